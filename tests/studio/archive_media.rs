//! What a published file contains, from outside: pictures, words, addresses.

use std::{collections::BTreeSet, fs};

use serde_json::json;

use crate::{
    archive::Desk,
    panel_house::{ANIMATOR, Answer, SOON},
    support::wait,
};

/// The ids of the photos that the desk sees.
fn photos(desk: &mut Desk) -> Vec<String> {
    let state = desk.socket.fresh_snapshot()["state"].take();
    let clips = state["clips"].as_array().unwrap().iter().filter(|clip| clip["medium"] == "photo");
    clips.map(|clip| clip["id"].as_str().unwrap().to_owned()).collect()
}

/// The paths of every address of this studio that a text names.
fn addresses(text: &str, house: &str) -> BTreeSet<String> {
    // In a page a slash may be written as a character reference.
    let text = text.replace("&#x2f;", "/");
    let ends = |c: char| matches!(c, '"' | '\'' | '<' | '>' | ' ' | '\n' | ',' | '&' | '\\');
    text.split(house).skip(1).map(|rest| rest.split(ends).next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn every_address_that_a_clip_and_a_photo_give_answers() {
    let mut desk = Desk::open();
    let clip = desk.segment("Le jardin", 1.5);
    desk.ask(json!({ "command": "photo", "source": "cam1", "title": "Le plateau" }));
    let photo = wait::until("the photo at the desk", SOON, || photos(&mut desk).pop());
    desk.ask(json!({ "command": "clip_publish", "clip": photo, "agreed": true }));
    let house = desk.house.address().to_owned();
    let mut named = BTreeSet::new();
    for page in [
        format!("/clips/{clip}/clip.json"),
        format!("/archive/{clip}"),
        format!("/photos/{photo}/clip.json"),
        format!("/archive/{photo}"),
        "/archive/sitemap.xml".into(),
        "/archive/feed.xml".into(),
    ] {
        named.extend(addresses(&String::from_utf8(desk.get(&page).body).unwrap(), &house));
    }
    for file in [format!("/photos/{photo}/photo.jpg"), format!("/clips/{clip}/poster.jpg")] {
        assert!(named.contains(&file), "{file} is not in {named:#?}");
    }
    for address in named {
        assert_eq!(desk.get(&address).status, 200, "{address}");
    }
}

/// A change by HTTP, as an animator's.
fn change(desk: &Desk, method: &str, path: &str, body: &str) -> Answer {
    let bearer = format!("Bearer {}", desk.house.login(ANIMATOR));
    let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
    desk.house.request(method, path, &headers, body)
}

#[test]
fn words_that_were_cut_out_are_in_no_public_answer() {
    const SECRET: &str = "SECRETADRESSE";
    let mut desk = Desk::open();
    let clip = desk.segment("Le jardin", 7.0);
    let captions =
        format!("WEBVTT\n\n00:00.500 --> 00:02.000\nJ'habite au 3, {SECRET}\n\n00:05.000 --> 00:06.000\nDu miel\n");
    let put = change(&desk, "PUT", &format!("/api/archive/{clip}/captions/fr"), &captions);
    assert_eq!(put.status, 200, "{put:?}");
    let chapters = json!([{ "at_ms": 500, "label": SECRET }, { "at_ms": 5000, "label": "La ruche" }]);
    desk.ask(json!({ "command": "clip_update", "clip": clip, "chapters": chapters }));
    let public = [
        "/archive",
        "/archive/ID",
        "/archive/ID?lang=en",
        "/archive/ID/embed",
        "/archive/feed.xml",
        "/archive/sitemap.xml",
        "/api/clips",
        "/api/clips/ID",
        "/clips/ID/clip.json",
        "/clips/ID/clip.mp4",
        "/clips/ID/poster.jpg",
        "/clips/ID/captions.fr.vtt",
        "/clips/ID/record.json",
        "/clips/ID/uncut.json",
        "/clips/ID/captions.fr.given",
        "/originals/ID/uncut.json",
    ];
    let telling = |desk: &Desk| {
        let mut telling: Vec<String> = Vec::new();
        let holds =
            |bytes: &[u8]| bytes.to_ascii_uppercase().windows(SECRET.len()).any(|found| found == SECRET.as_bytes());
        for path in public {
            let path = path.replace("ID", &clip);
            telling.extend(holds(&desk.get(&path).body).then_some(path));
        }
        for path in [format!("/api/clips?q={SECRET}"), format!("/archive?q={SECRET}")] {
            telling.extend(String::from_utf8_lossy(&desk.get(&path).body).contains(&clip).then_some(path));
        }
        for name in ["archive.sqlite", "archive.sqlite-wal"] {
            let bytes = fs::read(desk.house.data().join(name)).unwrap_or_default();
            telling.extend(holds(&bytes).then(|| name.to_owned()));
        }
        telling
    };
    let before = telling(&desk);
    for path in ["/archive/ID", "/clips/ID/clip.json", "/clips/ID/clip.mp4", "/clips/ID/captions.fr.vtt"] {
        assert!(before.contains(&path.replace("ID", &clip)), "{path} in {before:?}");
    }
    desk.ask(json!({ "command": "clip_update", "clip": clip, "from_ms": 4500 }));
    assert_eq!(telling(&desk), Vec::<String>::new());
    let page = String::from_utf8(desk.get(&format!("/archive/{clip}")).body).unwrap();
    assert!(page.contains("Du miel") && page.contains("La ruche"), "{page}");
}
