//! Photos that people bring, through exiftool: what they say of themselves, and what is published.

use std::fs;

use super::*;
use crate::archive::forms::jpeg::{Picture, Unfit};

fn jpeg(width: usize, height: usize) -> Vec<u8> {
    let pixels: Vec<u8> = (0..width * height * 3).map(|n| (n * 7 % 251) as u8).collect();
    let format = turbojpeg::PixelFormat::RGB;
    let image = turbojpeg::Image { pixels: pixels.as_slice(), width, pitch: width * 3, height, format };
    turbojpeg::compress(image, 90, turbojpeg::Subsamp::Sub2x2).unwrap().to_vec()
}

/// A photo with what exiftool writes into it.
fn taken(folder: &Path, words: &[&str]) -> Vec<u8> {
    let file = folder.join("taken.jpg");
    fs::write(&file, jpeg(300, 200)).unwrap();
    tool("exiftool", &[&["-q", "-overwrite_original"], words].concat(), &file);
    fs::read(file).unwrap()
}

/// A profile that takes two segments, as far as its header goes.
fn profile() -> Vec<u8> {
    let mut profile: Vec<u8> = (0..90_000u32).map(|n| (n % 253) as u8).collect();
    profile[..4].copy_from_slice(&90_000u32.to_be_bytes());
    profile[12..24].copy_from_slice(b"mntrRGB XYZ ");
    profile[36..40].copy_from_slice(b"acsp");
    profile[128..132].fill(0);
    profile
}

impl Plateau {
    fn given(&self, photo: &[u8], author: Option<&str>) -> Record {
        self.archive.keep_photo(photo, "La ruche", author).unwrap()
    }

    fn told(&self, record: &Record) -> Value {
        exif(&self.path(record, "photo.jpg"))
    }
}

#[test]
fn date_colours_and_orientation_stay_with_a_photo_and_nothing_else_of_the_camera() {
    let plateau = Plateau::open();
    let folder = plateau.folder.path();
    let colours = folder.join("display-p3.icc");
    fs::write(&colours, profile()).unwrap();
    let colours_in = format!("-icc_profile<={}", colours.display());
    let photo = taken(
        folder,
        &[
            "-DateTimeOriginal=2024:05:01 14:30:07",
            "-OffsetTimeOriginal=+05:30",
            "-CreateDate=2025:01:01 00:00:00",
            "-Orientation#=6",
            "-GPSLatitude=48.8",
            "-Make=Phone",
            "-Model=One",
            "-SerialNumber=7714",
            &colours_in,
        ],
    );
    let record = plateau.given(&photo, None);
    assert_eq!((record.recorded.as_str(), record.recorded_at), ("2024-05-01T14:30:07+05:30", 1_714_554_007_000));
    assert!(record.id.starts_with("2024-05-01-la-ruche"), "{}", record.id);
    assert_eq!((record.width, record.height), (200, 300), "it stands upright");
    assert_eq!(record.place, "", "where it was on another day is not known");
    assert_eq!(record.rights_notice, None);
    let found = plateau.told(&record);
    assert_eq!(found["XMP-photoshop:DateCreated"], "2024:05:01 14:30:07+05:30", "{found:#}");
    assert_eq!(found["IFD0:Orientation"], "Rotate 90 CW");
    let groups = found.as_object().unwrap().keys().filter_map(|name| name.split_once(':'));
    let camera = groups.filter(|(group, name)| {
        matches!(*group, "ExifIFD" | "GPS" | "IPTC" | "IFD1" | "MakerNotes")
            || *group == "IFD0" && *name != "Orientation"
    });
    assert_eq!(camera.collect::<Vec<_>>(), []);
    let there = Command::new("exiftool").args(["-b", "-icc_profile"]).arg(plateau.path(&record, "photo.jpg")).output();
    assert!(there.unwrap().stdout == profile(), "the colours are the photo's own");
    // Through a change of title too, and again without the photo's past.
    let update = Update { clip: record.id.clone(), title: Some("Le miel".into()), ..Update::default() };
    let record = plateau.archive.update(update).unwrap();
    let found = plateau.told(&record);
    assert_eq!((&found["XMP-dc:Title"], &found["IFD0:Orientation"]), (&"Le miel".into(), &"Rotate 90 CW".into()));
    let there = Command::new("exiftool").args(["-b", "-icc_profile"]).arg(plateau.path(&record, "photo.jpg")).output();
    assert!(there.unwrap().stdout == profile());

    // By the clock of the place where the camera does not say; not at all where it cannot be true.
    let record = plateau.given(&taken(folder, &["-DateTimeOriginal=2024:07:01 12:00:00"]), None);
    assert!(record.recorded.starts_with("2024-07-01T12:00:00") && record.recorded == day::local(record.recorded_at));
    let today = day::local(media::unix_ms());
    for date in [
        "-DateTimeOriginal=2099:01:01 00:00:00",
        "-DateTimeOriginal#=0000:00:00 00:00:00",
        "-CreateDate=2024:05:01 14:30:07",
    ] {
        let record = plateau.given(&taken(folder, &[date]), None);
        assert_eq!(record.recorded.get(..10), today.get(..10), "{date}");
        assert_eq!(record.place, "L'Aquarium, médiathèque");
    }
    // Older than computers count.
    let record =
        plateau.given(&taken(folder, &["-DateTimeOriginal=1936:06:07 09:00:00", "-OffsetTimeOriginal=+01:00"]), None);
    assert_eq!((record.recorded.as_str(), record.recorded_at), ("1936-06-07T09:00:00+01:00", 0));
}

#[test]
fn a_photographers_notice_stays_and_a_person_decides_on_it() {
    let plateau = Plateau::open();
    let (folder, archive) = (plateau.folder.path(), &plateau.archive);
    let notice = "© 2024 Jane Dœ / AFP. Tous droits réservés";
    for words in [
        vec![format!("-EXIF:Copyright={notice}")],
        vec![format!("-IPTC:CopyrightNotice={notice}"), "-codedcharacterset=utf8".into()],
        vec![format!("-XMP-dc:Rights={notice}")],
        vec![format!("-XMP-xmpRights:UsageTerms={notice}"), format!("-EXIF:Copyright={notice}")],
    ] {
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        let record = plateau.given(&taken(folder, &words), None);
        assert_eq!(record.rights_notice.as_deref(), Some(notice), "{words:?}");
        assert_eq!(plateau.told(&record)["XMP-dc:Rights"], format!("{notice}, CC BY-SA 4.0"));
        let problem = archive.publish(&record.id, false).unwrap_err();
        assert!(problem.code == "other_rights" && problem.text.fr.contains(notice), "{problem:?}");
        assert!(!archive.stand(&record).public);
        let record = archive.publish(&record.id, true).unwrap();
        assert!(archive.stand(&record).public);
        let json: Value = serde_json::from_slice(&fs::read(plateau.path(&record, "clip.json")).unwrap()).unwrap();
        assert_eq!(json["copyrightNotice"], format!("{notice}, CC BY-SA 4.0"));
    }

    // Whom a photo names took it, unless somebody says who did.
    for word in ["-EXIF:Artist=Jane Dœ; Luc", "-IPTC:By-line=Jane Dœ", "-XMP-dc:Creator=Jane Dœ"] {
        let photo = taken(folder, &["-codedcharacterset=utf8", word]);
        let record = plateau.given(&photo, None);
        assert_eq!((record.credits[0].name.as_str(), record.credits[0].role.as_str()), ("Jane Dœ", "photo"), "{word}");
        assert_eq!(record.rights_notice, None);
        let creators = plateau.told(&record)["XMP-dc:Creator"].to_string();
        assert!(creators.contains("Jane Dœ"), "{creators}");
        // Somebody who does not want to be named is not named by their camera either, until a person decides.
        let record = plateau.given(&photo, Some(""));
        assert!(record.credits.is_empty() && record.rights_notice.is_some_and(|notice| notice.starts_with("Jane Dœ")));
        let record = plateau.given(&photo, Some("jane dœ"));
        assert_eq!(record.rights_notice.as_deref(), word.contains("Luc").then_some("Luc"));
    }

    // Corrected, it is what people say it is.
    let record = plateau.given(&taken(folder, &["-EXIF:Copyright=tous droits réservés"]), Some("Awa"));
    let update =
        |notice: &str| Update { clip: record.id.clone(), rights_notice: Some(notice.into()), ..Update::default() };
    let corrected = archive.update(update("© 2026 Awa \u{202e}Diop")).unwrap();
    assert_eq!(plateau.told(&corrected)["XMP-dc:Rights"], "© 2026 Awa Diop, CC BY-SA 4.0");
    let without = archive.update(update("")).unwrap();
    assert_eq!(archive.publish(&without.id, false).unwrap_err().code, "consent_missing");
    assert!(plateau.told(&without)["XMP-dc:Rights"].as_str().unwrap().ends_with("Awa, CC BY-SA 4.0"));
}

#[test]
fn pictures_of_every_make_go_through_and_come_out_the_same() {
    let seen = |jpeg: &[u8]| turbojpeg::decompress(jpeg, turbojpeg::PixelFormat::RGB).unwrap().pixels;
    let made = jpeg(333, 217);
    let again = |change: fn(&mut turbojpeg::Transform)| {
        let mut transform = turbojpeg::Transform::default();
        change(&mut transform);
        turbojpeg::transform(&transform, &made).unwrap().to_vec()
    };
    for (name, jpeg) in [
        ("baseline", made.clone()),
        ("progressive", again(|transform| transform.progressive = true)),
        ("arithmetic", again(|transform| transform.arithmetic = true)),
        ("grey", again(|transform| transform.gray = true)),
    ] {
        let once = Picture::of(&jpeg).unwrap().with("<x/>");
        assert_eq!(seen(&once), seen(&jpeg), "{name}");
        assert_eq!(Picture::of(&once).unwrap().with("<x/>"), once, "{name}: the second time changes nothing");
    }
    // Small to send, large to open.
    let wide = |width: u16, height: u16| {
        let mut jpeg = made.clone();
        let frame = jpeg.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
        jpeg[frame + 5..frame + 7].copy_from_slice(&height.to_be_bytes());
        jpeg[frame + 7..frame + 9].copy_from_slice(&width.to_be_bytes());
        Picture::of(&jpeg).err()
    };
    assert_eq!(wide(16_000, 16_000), Some(Unfit::Size));
    assert_eq!(wide(50_000, 20), Some(Unfit::Size));
    assert_eq!(wide(340, 300), Some(Unfit::CutShort));
}
