//! What a published file contains, from outside: pictures, words, addresses.

use std::collections::BTreeSet;

use serde_json::json;

use crate::{archive::Desk, panel_house::SOON, support::wait};

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
    let clip = desk.segment("Le jardin", &[], 1.5);
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
