//! Photos that people bring: nothing leaves with them but the picture.

use std::{fs, net::TcpStream, path::Path};

use serde_json::{Value, json};

use crate::{
    day,
    panel_house::{ANIMATOR, Answer, House, Socket},
    support::wait,
};

/// Stands in everything that must not get out.
const HIDDEN: &[u8] = b"HIDDENREST";
const SIZE: (usize, usize) = (320, 200);

/// A picture and nothing else.
pub fn plain() -> Vec<u8> {
    let pixels: Vec<u8> = (0..SIZE.1)
        .flat_map(|y| {
            (0..SIZE.0).flat_map(move |x| [(x * 255 / SIZE.0) as u8, (y * 255 / SIZE.1) as u8, (x ^ y) as u8])
        })
        .collect();
    let image = turbojpeg::Image {
        pixels: pixels.as_slice(),
        width: SIZE.0,
        pitch: SIZE.0 * 3,
        height: SIZE.1,
        format: turbojpeg::PixelFormat::RGB,
    };
    turbojpeg::compress(image, 90, turbojpeg::Subsamp::Sub2x2).unwrap().to_vec()
}

fn progressive() -> Vec<u8> {
    let mut transform = turbojpeg::Transform::default();
    transform.progressive = true;
    turbojpeg::transform(&transform, &plain()).unwrap().to_vec()
}

fn pixels(jpeg: &[u8]) -> Vec<u8> {
    turbojpeg::decompress(jpeg, turbojpeg::PixelFormat::RGB).unwrap().pixels
}

fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
    [&[0xff, marker][..], &length, content].concat()
}

/// A JPEG with more segments behind its JFIF header.
fn with(jpeg: &[u8], segments: &[Vec<u8>]) -> Vec<u8> {
    let header = 4 + usize::from(u16::from_be_bytes([jpeg[4], jpeg[5]]));
    [&jpeg[..header], &segments.concat(), &jpeg[header..]].concat()
}

fn ends(jpeg: &[u8], rest: &[u8]) -> Vec<u8> {
    [jpeg, rest].concat()
}

/// A film as phones hang it behind a picture, as far as a search for its parts goes.
fn film() -> Vec<u8> {
    [b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom\0\0\0\x20mdat", HIDDEN, b"moovtrakmp4a"].concat()
}

/// What exiftool writes into a JPEG.
fn described(folder: &Path, jpeg: &[u8], words: &[&str]) -> Vec<u8> {
    let file = folder.join("described.jpg");
    fs::write(&file, jpeg).unwrap();
    let mut exiftool = std::process::Command::new("exiftool");
    let done = exiftool.args(["-q", "-m", "-overwrite_original"]).args(words).arg(&file).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    fs::read(file).unwrap()
}

/// Everything that a file can carry beside its picture, by name.
fn kinds(folder: &Path) -> Vec<(&'static str, Vec<u8>)> {
    let jpeg = plain();
    let hidden = |before: &[u8]| [before, HIDDEN].concat();
    let thumbnail = with(&plain(), &[segment(0xfe, HIDDEN)]);
    let place = ["-GPSLatitude=48.8", "-GPSLongitude=2.37", "-SerialNumber=HIDDENREST", "-UserComment=HIDDENREST"];
    let located = described(folder, &jpeg, &place);
    fs::write(folder.join("thumbnail.jpg"), &thumbnail).unwrap();
    let shown = format!("-ThumbnailImage<={}", folder.join("thumbnail.jpg").display());
    let directory = [b"SEFH\x6b\0\0\0\x01\0\0\0", HIDDEN, b"\x0c\0\0\0SEFT"].concat();
    // Before the end of the picture's data, where decoders do not look.
    let (data, end) = jpeg.split_at(jpeg.len() - 2);
    // Between two scans of a progressive one.
    let layered = progressive();
    let scan = layered.windows(2).rposition(|pair| pair == [0xff, 0xda]).unwrap();
    let between = [&layered[..scan], &segment(0xe1, HIDDEN), &segment(0xfe, HIDDEN), &layered[scan..]].concat();
    let jfif = [b"JFIF\0\x01\x02\0\0\x01\0\x01\x04\x01".as_slice(), b"HIDDENREST\0\0"].concat();
    let mut profile = vec![0; 128];
    profile[..4].copy_from_slice(&128u32.to_be_bytes());
    profile[36..40].copy_from_slice(b"acsp");
    profile.extend_from_slice(HIDDEN);
    vec![
        ("a film behind the end", ends(&located, &film())),
        (
            "Samsung's trailer",
            ends(&jpeg, &[b"\0\0\x30\x0a\x10\0\0\0MotionPhoto_Data", &film()[..], &directory].concat()),
        ),
        (
            "a second JPEG",
            ends(&with(&jpeg, &[segment(0xe2, &hidden(b"MPF\0MM\0*"))]), &described(folder, &thumbnail, &place)),
        ),
        ("the rest of what was cut off", ends(&jpeg, &[&jpeg[200..], HIDDEN].concat())),
        ("a JFXX thumbnail", with(&jpeg, &[segment(0xe0, &[b"JFXX\0\x10", &thumbnail[..]].concat())])),
        ("a JFIF thumbnail", [&[0xff, 0xd8][..], &segment(0xe0, &jfif), &jpeg[20..]].concat()),
        ("the tail of an Adobe segment", with(&jpeg, &[segment(0xee, &hidden(b"Adobe\0\x64\0\0\0\0\x01"))])),
        ("place, serial number, comment", located.clone()),
        ("an Exif thumbnail", described(folder, &jpeg, &[&shown])),
        (
            "XMP",
            described(
                folder,
                &jpeg,
                &["-XMP-dc:Description=HIDDENREST", "-XMP-iptcExt:LocationCreatedCity=HIDDENREST"],
            ),
        ),
        ("extended XMP", with(&jpeg, &[segment(0xe1, &hidden(b"http://ns.adobe.com/xmp/extension/\0"))])),
        ("IPTC", described(folder, &jpeg, &["-IPTC:Caption-Abstract=HIDDENREST", "-IPTC:City=HIDDENREST"])),
        ("a comment", with(&jpeg, &[segment(0xfe, HIDDEN)])),
        (
            "segments that nobody knows",
            with(&jpeg, &(0xe3..=0xef).map(|marker| segment(marker, HIDDEN)).collect::<Vec<_>>()),
        ),
        ("segments between scans", between),
        ("behind the picture's last block", [data, HIDDEN, end].concat()),
        ("behind a colour profile", with(&jpeg, &[segment(0xe2, &[b"ICC_PROFILE\0\x01\x01", &profile[..]].concat())])),
    ]
}

/// The files below a folder that hold the mark.
fn telling(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.path() {
                path if path.is_dir() => folders.push(path),
                path if holds(&fs::read(&path).unwrap()) => found.push(path.display().to_string()),
                _ => (),
            }
        }
    }
    found
}

fn holds(bytes: &[u8]) -> bool {
    let marks = [HIDDEN, b"ftyp", b"mp4a", b"SEFT", b"JFXX", b"GPS", b"Photoshop 3.0"];
    marks.iter().any(|mark| bytes.windows(mark.len()).any(|window| window == *mark))
}

/// Gives a photo at a door, from the n-th address of this machine. `title`: as it stands in an address.
pub fn give(house: &House, door: &str, token: &str, n: usize, title: &str, photo: &[u8]) -> Answer {
    let head = format!(
        "POST {door}?title={title} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nAuthorization: Bearer {token}\r\nContent-Length: {}\r\n\r\n",
        house.host(),
        photo.len()
    );
    // A bucket of twelve for each address.
    let from = std::net::SocketAddr::from(([127, 0, 0, 2 + (n / 10) as u8], 0));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let stream: TcpStream = runtime.block_on(async {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind(from).unwrap();
        socket.connect(house.host().parse().unwrap()).await.unwrap().into_std().unwrap()
    });
    stream.set_nonblocking(false).unwrap();
    Answer::read(&mut { stream }, [head.as_bytes(), photo].concat())
}

fn photos(desk: &mut Socket) -> Vec<Value> {
    let state = desk.fresh_snapshot()["state"].take();
    state["clips"].as_array().unwrap().iter().filter(|clip| clip["medium"] == "photo").cloned().collect()
}

#[test]
fn whatever_hangs_on_a_photo_stays_behind_at_every_door() {
    let house = day::open();
    let mut desk = house.enter(ANIMATOR);
    let folder = tempfile::tempdir().unwrap();
    let kinds = kinds(folder.path());
    let (link, _) = day::propose(&house, "Les abeilles", &["Awa Diop"]);
    let link = day::sign(&house, &link, &["recorded", "archived"], "Awa Diop");
    let animator = house.login(ANIMATOR);
    let doors = [("/api/archive/photos", &animator), ("/api/participate/photo", &link)];
    let wanted = pixels(&plain());
    for (door, token) in doors {
        for (n, (name, photo)) in kinds.iter().enumerate() {
            assert!(holds(photo), "{name} is not what it ought to be");
            let answer = give(&house, door, token, n, &format!("Photo%20{n}"), photo);
            assert!(answer.status < 300, "{name} at {door}: {}", String::from_utf8_lossy(&answer.body));
        }
    }
    let given = doors.len() * kinds.len();
    let all = wait::until("the photos at the desk", 10.0, || Some(photos(&mut desk)).filter(|all| all.len() == given));
    for photo in &all {
        let published = desk.ask(json!({ "command": "clip_publish", "clip": photo["id"], "agreed": true }));
        assert_eq!(published["ok"], true, "{published}");
    }
    for form in ["bundle", "site"] {
        let path = house.data().join("exports").join(form);
        let started = desk.ask(json!({ "command": "export_start", "form": form }));
        assert_eq!(started["ok"], true, "{started}");
        wait::until("the export", 60.0, || {
            let state = desk.fresh_snapshot()["state"].take();
            let done = |export: &Value| export["form"] == form && export["status"] == "done";
            state["exports"].as_array().unwrap().iter().any(done).then_some(())
        });
        assert!(path.exists());
    }
    for photo in &all {
        let id = photo["id"].as_str().unwrap();
        let served = house.request("GET", &format!("/photos/{id}/photo.jpg"), &[], "");
        let jpeg = served.body;
        assert_eq!(served.status, 200);
        assert_eq!(pixels(&jpeg), wanted, "{}", photo["title"]);
        assert!(jpeg.ends_with(&[0xff, 0xd9]), "{}", photo["title"]);
        let starts = jpeg.windows(3).filter(|window| *window == [0xff, 0xd8, 0xff]).count();
        assert_eq!(starts, 1, "{}", photo["title"]);
        for path in [format!("/photos/{id}/photo.jpg"), format!("/photos/{id}/clip.json"), format!("/archive/{id}")] {
            assert!(!holds(&house.request("GET", &path, &[], "").body), "{path}: {}", photo["title"]);
        }
    }
    for folder in ["clips", "photos", "exports", "originals"] {
        assert_eq!(telling(&house.data().join(folder)), Vec::<String>::new());
    }
    // What is no whole picture is refused in words.
    let cmyk = turbojpeg::Image {
        pixels: vec![90u8; SIZE.0 * SIZE.1 * 4],
        width: SIZE.0,
        pitch: SIZE.0 * 4,
        height: SIZE.1,
        format: turbojpeg::PixelFormat::CMYK,
    };
    let cmyk = turbojpeg::compress(cmyk.as_deref(), 90, turbojpeg::Subsamp::None).unwrap();
    let jpeg = plain();
    let mut closed = jpeg[..jpeg.len() / 2].to_vec();
    closed.extend_from_slice(&[0xff, 0xd9]);
    for (photo, words) in [
        (&jpeg[..jpeg.len() / 2], "incomplete"),
        (&progressive()[..3000], "incomplete"),
        (&closed[..], "incomplete"),
        (&cmyk[..], "CMYK"),
        (&jpeg[..100], "no readable JPEG"),
        (b"\x89PNG\r\n\x1a\n", "no readable JPEG"),
    ] {
        let answer = give(&house, "/api/archive/photos", &animator, 0, "Photo", photo);
        let error = answer.json()["error"].take();
        assert_eq!((answer.status, error["code"].as_str()), (422, Some("bad_photo")));
        assert!(error["text"]["en"].as_str().unwrap().contains(words), "{error} for {words}");
    }
    house.close();
}
