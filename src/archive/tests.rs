//! The archive with real encoders and real readers: a program is made, segments are recorded, and what
//! comes out is read with ffprobe, exiftool, xmllint and a JSON parser.

mod export;
mod pictures;
mod readers;
mod rights;
mod words;

use std::{
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::mpsc::{self, UnboundedReceiver};

use super::*;
use crate::{
    config::Video,
    media::PicturePool,
    mix::{ProgramSink, RATE},
    program::Entrance,
    protocol::SegmentState,
    rights::{Agreed, Entry},
};

const VIDEO: Video = Video { width: 320, height: 180, framerate: 25 };
const FRAME: u64 = 40_000_000;

/// A program that is made faster than it would be shown.
struct Plateau {
    folder: TempDir,
    register: Register,
    archive: Archive,
    reports: UnboundedReceiver<Report>,
    entrance: Entrance,
    pool: PicturePool,
    frame: u64,
}

impl Plateau {
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::open_in(folder, |settings| settings)
    }

    fn open_in(folder: TempDir, change: impl FnOnce(Settings) -> Settings) -> Self {
        let (program, pool) = crate::program::tests::small(VIDEO);
        let (sender, reports) = mpsc::unbounded_channel();
        let settings = change(settings(folder.path()));
        let register = settings.register.clone();
        let archive = Archive::start(settings, program.clone(), sender);
        Self { folder, register, archive, reports, entrance: Entrance(program), pool, frame: 0 }
    }

    /// Somebody of a segment says what they agree to, and as whom.
    fn agrees(&self, segment: &Segment, at: usize, agreed: Agreed) {
        let id = &segment.participants[at].id;
        self.register.put(id, Some(Entry { segment: segment.id.clone(), listed: true, agreed }));
    }

    /// Makes this many seconds of program: a square that moves, a tone.
    fn run(&mut self, seconds: f64) {
        let until = self.frame + (seconds * 25.0) as u64;
        while self.frame < until {
            let (at, n) = (self.frame * FRAME, self.frame);
            let picture = self.pool.draw(at, |planes| {
                crate::mix::compose::black(planes);
                let stride = planes[0].stride;
                for (y, row) in planes[0].data.chunks_mut(stride).enumerate() {
                    for (x, pixel) in row.iter_mut().take(320).enumerate() {
                        *pixel = 40 + ((x as u64 * 3 + y as u64 * 2 + n * 4) % 170) as u8;
                    }
                }
            });
            self.entrance.picture(at, &picture.unwrap());
            let start = n * RATE / 25;
            let block: Vec<[f32; 2]> = (start..start + RATE / 25)
                .map(|sample| [(sample as f32 * 440.0 * std::f32::consts::TAU / RATE as f32).sin() * 0.25; 2])
                .collect();
            self.entrance.sound(at, &block);
            self.frame += 1;
            thread::sleep(Duration::from_millis(3));
        }
    }

    fn begin(&self, segment: &Segment) {
        self.archive.begin(segment, self.archive.claim(segment).unwrap());
    }

    /// Waits for a report, while the program goes on.
    fn wait<T>(&mut self, what: &str, mut wanted: impl FnMut(Report) -> Option<T>) -> T {
        let deadline = Instant::now() + Duration::from_secs(120);
        while Instant::now() < deadline {
            while let Ok(report) = self.reports.try_recv() {
                if let Report::Problem(problem) = &report {
                    eprintln!("{problem:?}");
                }
                if let Some(found) = wanted(report) {
                    return found;
                }
            }
            self.run(0.2);
        }
        panic!("waited in vain for {what}");
    }

    fn clip(&mut self) -> Record {
        self.wait("a clip", |report| match report {
            Report::Clip(record, _) => Some(*record),
            _ => None,
        })
    }

    fn measured(&mut self) -> Record {
        self.wait("its loudness", |report| match report {
            Report::Clip(record, _) if record.loudness.is_some() => Some(*record),
            _ => None,
        })
    }

    fn path(&self, record: &Record, name: &str) -> PathBuf {
        self.archive.store().find(&record.id).unwrap().1.join(name)
    }
}

impl Archive {
    /// Puts a record there as it is, with a film of these bytes; its folder.
    pub(crate) fn plant(&self, record: &Record, film: &[u8]) -> PathBuf {
        let (id, mut stage) = self.store().begin(record.medium, &record.id).unwrap();
        assert_eq!(id, record.id);
        stage.write(record.file(), film).unwrap();
        stage.record(record).unwrap();
        let folder = stage.commit().unwrap();
        self.index().put(record, &folder);
        folder
    }
}

fn settings(data: &Path) -> Settings {
    Settings {
        data: data.to_owned(),
        event: "Open Plateau d'été".into(),
        place: "L'Aquarium, médiathèque".into(),
        language: "fr".into(),
        licence: "CC-BY-SA-4.0".into(),
        address: Some("https://plateau.example/".into()),
        ..Settings::default()
    }
}

/// A segment of these people, who have said nothing yet.
fn segment(id: &str, title: &str, people: &[&str]) -> Segment {
    let people = people.iter().map(|person| {
        serde_json::json!({ "id": format!("{id}-{person}"), "name": person, "credit": null, "recorded": false,
            "live": false, "archived": false })
    });
    let text = serde_json::json!({
        "id": id, "title": title, "summary": "Une haie, des tomates & <b>des</b> voisins", "language": "fr",
        "planned_seconds": 300, "state": SegmentState::OnAir, "participants": people.collect::<Vec<_>>(), "started_at": null,
        "ended_at": null, "private": false, "needs": "", "day": "2026-11-24", "fixed_at": null,
        "planned_at": null, "expected_at": null, "overridden": false, "marks": [], "missing": [], "clip": null,
    });
    serde_json::from_value(text).unwrap()
}

/// All of it, under this name.
fn all(name: &str) -> Agreed {
    Agreed {
        recorded: true,
        live: true,
        archived: true,
        credit: Some(name.into()),
        spoke_at: Some(media::unix_ms()),
        ..Agreed::default()
    }
}

/// Being recorded, and no more.
fn less(name: &str) -> Agreed {
    Agreed { live: false, archived: false, ..all(name) }
}

/// Runs a reader of files that has never heard of us.
fn tool(program: &str, words: &[&str], file: &Path) -> String {
    let output =
        Command::new(program).args(words).arg(file).output().unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn probe(file: &Path) -> Value {
    let words = ["-v", "error", "-of", "json", "-show_format", "-show_streams", "-show_chapters"];
    serde_json::from_str(&tool("ffprobe", &words, file)).unwrap()
}

fn exif(file: &Path) -> Value {
    let read: Value = serde_json::from_str(&tool("exiftool", &["-j", "-G1", "-struct"], file)).unwrap();
    read[0].clone()
}

#[test]
fn a_mark_that_is_set_before_the_first_picture_is_written_is_a_chapter() {
    let mut plateau = Plateau::open();
    let segment = segment("s1", "Le jardin", &[]);
    plateau.begin(&segment);
    plateau.archive.mark("Les tomates");
    plateau.run(3.2);
    plateau.archive.end(&segment);
    let chapters = plateau.clip().chapters;
    assert_eq!(chapters.iter().map(|chapter| chapter.label.as_str()).collect::<Vec<_>>(), ["Les tomates"]);
}

#[test]
fn a_segment_becomes_a_clip_that_tells_a_stranger_everything() {
    let mut plateau = Plateau::open();
    plateau.run(8.0);
    let title = "Le jardin « partagé » / 🌱 \"été\" <b>";
    let segment = segment("s1", title, &["awa", "luc"]);
    plateau.agrees(&segment, 0, all("Awa Diop"));
    plateau.agrees(&segment, 1, all("Luc <Martin>"));
    plateau.begin(&segment);
    plateau.run(4.4);
    plateau.archive.mark("Les tomates & co");
    plateau.run(3.2);
    let ended = Instant::now();
    plateau.archive.end(&segment);
    let record = plateau.clip();
    assert!(ended.elapsed() < Duration::from_secs(4), "{:?}", ended.elapsed());
    assert!(
        plateau.archive.public(&record.id).is_some() && record.id.ends_with("-le-jardin-partage-ete-b"),
        "{record:?}"
    );
    let clip = plateau.path(&record, "clip.mp4");

    // Cut exactly: 7.6 s are 190 pictures, the first a key frame at zero.
    let frames = tool(
        "ffprobe",
        &["-v", "error", "-select_streams", "v", "-show_entries", "packet=pts_time,flags", "-of", "csv=p=0"],
        &clip,
    );
    let frames: Vec<_> = frames.lines().collect();
    assert_eq!(frames.len(), 190, "{frames:?}");
    assert!(frames[0].starts_with("0.000000,K"), "{}", frames[0]);
    let probed = probe(&clip);
    let duration: f64 = probed["format"]["duration"].as_str().unwrap().parse().unwrap();
    assert!((duration - 7.6).abs() < 0.03, "{duration}");
    assert!(frames.iter().any(|frame| frame.starts_with("4.4") && frame.contains('K')), "the mark has a key frame");
    let chapters = probed["chapters"].as_array().unwrap();
    assert_eq!(chapters.len(), 2, "{chapters:?}");
    let at: f64 = chapters[1]["start_time"].as_str().unwrap().parse().unwrap();
    assert!((at - 4.4).abs() < 0.05 && chapters[1]["tags"]["title"] == "Les tomates & co", "{chapters:?}");
    // Everything can be decoded, and the index lies in front.
    let decoded = Command::new("ffmpeg")
        .args(["-v", "error", "-xerror", "-i"])
        .arg(&clip)
        .args(["-f", "null", "-"])
        .output()
        .unwrap();
    assert!(decoded.status.success() && decoded.stderr.is_empty(), "{}", String::from_utf8_lossy(&decoded.stderr));
    let bytes = std::fs::read(&clip).unwrap();
    let find = |name: &[u8]| bytes.windows(4).position(|window| window == name).unwrap();
    assert!(find(b"moov") < find(b"mdat"));
    // The tone goes through from the first sample to the last: sound is aligned with the picture.
    let heard = Command::new("ffmpeg")
        .args(["-v", "info", "-i"])
        .arg(&clip)
        .args(["-af", "silencedetect=n=-40dB:d=0.02", "-f", "null", "-"])
        .output()
        .unwrap();
    let heard = String::from_utf8_lossy(&heard.stderr).into_owned();
    assert!(!heard.contains("silence_start: 0") && !heard.contains("silence_start: 1"), "{heard}");

    forms_agree(&plateau, &record, title);
    let measured = plateau.measured();
    let loudness = measured.loudness.unwrap();
    assert!(
        (-18.0..-9.0).contains(&loudness.integrated_lufs) && (-13.5..-10.5).contains(&loudness.true_peak_dbtp),
        "{loudness:?}"
    );
    let report = plateau.archive.verify();
    assert!(report.findings.is_empty(), "{:?}", report.findings);

    // The recording goes on for the handles, and holds what came before.
    let master = plateau.folder.path().join(&record.origin.as_ref().unwrap().master);
    plateau.run(6.0);
    let deadline = Instant::now() + Duration::from_secs(5);
    let length = || probe(&master)["format"]["duration"].as_str().unwrap().parse::<f64>().unwrap();
    while length() < 17.0 && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(50));
    }
    assert!((17.3..22.0).contains(&length()), "{} s of recording", length());
    let from = record.origin.as_ref().unwrap().from as f64 / 1e9;
    assert!((5.0..10.0).contains(&from), "{from} s before the segment");
}

/// Title, credits, place, date, licence: the same in every form.
fn forms_agree(plateau: &Plateau, record: &Record, title: &str) {
    let told = &record.description();
    let url = "https://creativecommons.org/licenses/by-sa/4.0/";
    let page = format!("https://plateau.example/archive/{}", record.id);
    for name in ["clip.mp4", "poster.jpg"] {
        let found = exif(&plateau.path(record, name));
        assert_eq!(found["XMP-dc:Title"], title, "{name}: {found:#}");
        assert_eq!(found["XMP-dc:Creator"], serde_json::json!(["Awa Diop", "Luc <Martin>"]));
        assert_eq!(found["XMP-cc:License"], url);
        assert_eq!(found["XMP-cc:AttributionName"], "Awa Diop, Luc <Martin>");
        assert_eq!(found["XMP-cc:AttributionURL"], page);
        assert_eq!(found["XMP-xmpRights:Marked"], true);
        assert_eq!(found["XMP-xmpRights:WebStatement"], page);
        assert!(found["XMP-xmpRights:UsageTerms"].as_str().unwrap().contains("CC BY-SA 4.0"));
        assert!(found["XMP-dc:Rights"].as_str().unwrap().contains("CC BY-SA 4.0"));
        assert_eq!(found["XMP-dc:Description"], record.summary);
        assert_eq!(found["XMP-iptcExt:LocationShown"][0]["Sublocation"], "L'Aquarium, médiathèque");
        assert!(found["XMP-dc:Date"].to_string().contains(&record.recorded[..4]), "{found:#}");
        assert_eq!(found["XMP-photoshop:Credit"], forms::words::credit(told));
    }
    let tags = probe(&plateau.path(record, "clip.mp4"))["format"]["tags"].clone();
    assert_eq!(tags["title"], title, "{tags:#}");
    assert_eq!(tags["artist"], "Awa Diop, Luc <Martin>");
    assert_eq!(tags["date"], record.recorded);
    assert_eq!(tags["comment"], forms::words::credit(told));
    assert!(tags["copyright"].as_str().unwrap().contains("CC BY-SA 4.0"));
    let json: Value = serde_json::from_slice(&std::fs::read(plateau.path(record, "clip.json")).unwrap()).unwrap();
    assert_eq!((&json["@type"], &json["name"], &json["license"]), (&"VideoObject".into(), &title.into(), &url.into()));
    assert_eq!(json["creditText"], forms::words::credit(told));
    assert_eq!(json["contentLocation"]["name"], "L'Aquarium, médiathèque");
    assert_eq!(json["duration"], "PT7.600S");
    assert_eq!(json["hasPart"].as_array().unwrap().len(), 1);
    let folder = plateau.folder.path();
    let channel =
        forms::feed::Channel { title: "É & <co>", place: "", language: "fr", address: "https://plateau.example" };
    let feed = folder.join("feed.xml");
    std::fs::write(&feed, forms::feed::rss(&channel, &[(told.clone(), 42)])).unwrap();
    let read = |path: &str| tool("xmllint", &["--xpath", &format!("string({path})")], &feed).trim_end().to_owned();
    assert_eq!(read("//item/title"), title);
    assert_eq!(read("//item/enclosure/@length"), "42");
    assert_eq!(read("//item/*[local-name()='license']"), url);
    assert_eq!(read("//item/link"), page);
    let map = folder.join("sitemap.xml");
    std::fs::write(&map, forms::sitemap::urls("https://plateau.example", std::slice::from_ref(told))).unwrap();
    assert!(tool("xmllint", &["--xpath", "//*[local-name()='title']/text()"], &map).contains("jardin"));
    let wiki = forms::commons::page(told).unwrap();
    assert!(wiki.contains("{{self|cc-by-sa-4.0|author=Awa Diop, Luc &#60;Martin&#62;}}"), "{wiki}");
    assert!(!wiki.contains("<b>"));
    let place = pages::Place {
        language: "fr".into(),
        base: "/".into(),
        still: false,
        address: plateau.archive.address(),
        here: "/archive".into(),
    };
    let html = plateau.archive.pages().record(&place, told, 1, &[]).unwrap();
    assert!(!html.contains("<b>"), "a title is text");
    let file = folder.join("page.html");
    std::fs::write(&file, &html).unwrap();
    let output = Command::new("xmllint")
        .args(["--html", "--nowarning", "--recover", "--xpath", "string(//a[contains(@rel, 'license')]/@href)"])
        .arg(&file)
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap().trim(), url);
    let output = Command::new("xmllint")
        .args(["--html", "--nowarning", "--recover", "--xpath", "string(//script[@type='application/ld+json'])"])
        .arg(&file)
        .output()
        .unwrap();
    let inside: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(inside, json, "the page says what clip.json says");
}

#[test]
fn changes_after_the_fact_are_in_every_form() {
    let mut plateau = Plateau::open();
    plateau.run(8.0);
    let segment = segment("s1", "Avant", &["awa", "luc"]);
    plateau.agrees(&segment, 0, all("Awa"));
    plateau.begin(&segment);
    plateau.run(6.0);
    plateau.archive.end(&segment);
    let id = plateau.clip().id;
    plateau.measured();
    let archive = plateau.archive.clone();
    let public = || archive.find(&Query::default(), 0, 10).1;
    assert_eq!(public(), 0, "not everybody has agreed");
    assert_eq!(archive.publish(&id, true).unwrap_err().code, "consent_missing");
    let wait_until = |what: &str, wanted: &dyn Fn() -> bool| {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !wanted() {
            assert!(Instant::now() < deadline, "waited in vain for {what}");
            thread::sleep(Duration::from_millis(10));
        }
    };
    plateau.agrees(&segment, 1, all("Luc"));
    assert_eq!(archive.settle("s1"), Ok(()));
    assert_eq!(public(), 1);

    // Two seconds more at the start, out of the handle; two fewer at the end. Captions keep their place.
    archive.caption(&id, "fr", Some(b"WEBVTT\n\n00:01.000 --> 00:02.000\nBonjour\n"), false).unwrap();
    let before = archive.record(&id).unwrap();
    let update = Update {
        clip: id.clone(),
        title: Some("Apr\u{e8}s".into()),
        from_ms: Some(-2000),
        until_ms: Some(4000),
        ..Update::default()
    };
    let after = archive.update(update).unwrap();
    let key = before.origin.as_ref().unwrap().from - after.origin.as_ref().unwrap().from;
    assert!((2_000_000_000..4_000_000_000).contains(&key), "{key} ns earlier");
    assert_eq!(after.duration_ms, 4000 + key / 1_000_000);
    assert_eq!(after.history.last().unwrap().before["title"], "Avant");
    let clip = plateau.path(&after, "clip.mp4");
    let probed = probe(&clip);
    assert_eq!(probed["format"]["tags"]["title"], "Apr\u{e8}s");
    assert_eq!(probed["format"]["tags"]["artist"], "Awa, Luc");
    assert_eq!(exif(&plateau.path(&after, "poster.jpg"))["XMP-dc:Title"], "Apr\u{e8}s");
    let track = captions::parse(&std::fs::read_to_string(plateau.path(&after, "captions.fr.vtt")).unwrap()).unwrap();
    assert_eq!(track.cues[0].from, 1000 + key / 1_000_000);
    wait_until("its loudness", &|| archive.record(&id).is_ok_and(|record| record.loudness.is_some()));
    let report = archive.verify();
    assert!(report.findings.is_empty(), "{:?}", report.findings);

    // Somebody withdraws: at once nothing is public; erased, nothing is left.
    plateau.agrees(&segment, 0, less("Awa"));
    assert_eq!((public(), archive.settle("s1"), public()), (0, Ok(()), 0));
    let master = plateau.folder.path().join(&after.origin.as_ref().unwrap().master);
    archive.erase(&id).unwrap();
    assert!(!clip.exists() && !master.exists() && archive.update(Update { clip: id, ..Update::default() }).is_err());
}

#[test]
fn a_disk_that_refuses_is_told_and_the_next_segment_is_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let masters = folder.path().join("masters");
    std::fs::write(&masters, "in the way").unwrap();
    // Beside it, the operator's command for captions.
    let script = folder.path().join("captions.sh");
    let lines = "test -f \"$1\" && test \"$2\" = fr && printf 'WEBVTT\\n\\n00:00.100 --> 00:01.000\\nBonjour\\n'\n";
    std::fs::write(&script, lines).unwrap();
    let command = format!("sh {}", script.display());
    let mut plateau = Plateau::open_in(folder, |settings| Settings { transcriber: Some(command), ..settings });
    plateau.run(3.0);
    let first = segment("s1", "Perdu", &[]);
    assert_eq!(plateau.archive.claim(&first).err().unwrap().code, "segment_not_recorded");
    std::fs::remove_file(&masters).unwrap();
    let second = segment("s2", "Gard\u{e9}", &["awa"]);
    plateau.agrees(&second, 0, all("Awa"));
    plateau.begin(&second);
    plateau.run(2.0);
    plateau.archive.end(&second);
    let record = plateau.clip();
    assert_eq!((record.title.as_str(), plateau.archive.public(&record.id).is_some()), ("Gard\u{e9}", true));
    let captioned = plateau.wait("its captions", |report| match report {
        Report::Clip(record, _) if !record.captions.is_empty() => Some(record),
        _ => None,
    });
    assert!(captioned.captions[0].automatic && captioned.transcript == "Bonjour");
}

#[test]
#[ignore = "a figure: run it by name"]
fn ten_minutes_become_a_clip() {
    let plateau = Plateau::open();
    let folder = plateau.folder.path();
    let ffmpeg = |words: &str, to: &Path| tool("ffmpeg", &words.split(' ').collect::<Vec<_>>(), to);
    let piece = folder.join("piece.mp4");
    ffmpeg(
        "-v error -f lavfi -i testsrc2=size=1280x720:rate=25 -f lavfi -i sine=sample_rate=48000 -t 10 -c:v libx264 \
         -preset ultrafast -b:v 2500k -maxrate 2500k -bufsize 2500k -bf 0 -g 50 -pix_fmt yuv420p -c:a aac -b:a 128k",
        &piece,
    );
    std::fs::create_dir_all(folder.join(master::FOLDER)).unwrap();
    let note = Note {
        master: format!("{}/ten.mp4", master::FOLDER),
        subject: Subject { id: "ten".into(), title: "Dix minutes".into(), ..Subject::default() },
        recorded_at: media::unix_ms(),
        from: Some(5_000_000_000),
        until: Some(605_000_000_000),
        ended: true,
        ..Note::default()
    };
    let again = format!("-v error -stream_loop 61 -i {} -c copy -movflags", piece.display());
    ffmpeg(&format!("{again} empty_moov+default_base_moof -frag_duration 200000"), &folder.join(&note.master));
    let began = Instant::now();
    let record = plateau.archive.clip_of(&note).unwrap();
    println!("a clip of {} s: {:?}", record.duration_ms / 1000, began.elapsed());
    let began = Instant::now();
    plateau.archive.finish(&record.id);
    println!("its loudness: {:?}", began.elapsed());
}
