//! What the doors that are not the desk's know of people and of private segments.

use serde_json::{Value, json};

use crate::{
    day::{ask, call, enter, good, invite, open, person, signing, state},
    panel_house::{ADMIN, ANIMATOR, House},
    support::wait,
};

/// Signs by the link that the desk hands on; the person's own link from then on.
fn signs(house: &House, desk: &str, person: &str, points: &[&str], credit: Value) -> String {
    let mut form = signing(house, points, "Signature");
    form["credit"] = credit;
    let link = invite(house, desk, person);
    good(house, "POST", "/api/participate/sign", &link, &form)["token"].as_str().unwrap().to_owned()
}

#[test]
fn what_is_on_names_people_as_they_chose_and_nobody_else() {
    let house = open();
    let (desk, mut admin) = (house.login(ANIMATOR), enter(&house, ADMIN));
    let now = || house.request("GET", "/api/now", &[], "").json();
    let on_air = |title: &str| {
        wait::until(title, 5.0, || Some(now()["segment"].clone()).filter(|segment| segment["title"] == title))
    };
    let add = |admin: &mut crate::panel_house::Socket, title: &str, names: &[&str]| {
        let people: Vec<Value> = names.iter().map(|name| json!({ "name": name })).collect();
        ask(admin, json!({ "command": "segment_add", "title": title, "participants": people }));
        state(admin)
    };

    let known = add(&mut admin, "Les trois", &["Own Realname", "Pseudo Realname", "Hidden Realname"]);
    let all = ["recorded", "live", "archived"];
    let named = |name: &str| json!({ "kind": "name", "name": name });
    signs(&house, &desk, &person(&known, "Own Realname"), &all, named("Own Realname"));
    let pseudo = signs(&house, &desk, &person(&known, "Pseudo Realname"), &all, named("Abeille75"));
    signs(&house, &desk, &person(&known, "Hidden Realname"), &all, json!({ "kind": "none" }));
    ask(&mut admin, json!({ "command": "segment_start" }));
    assert_eq!(on_air("Les trois")["names"], json!(["Own Realname", "Abeille75"]));
    // Whoever takes it back is not named any more; nor is the segment listed, whose picture has gone.
    good(&house, "POST", "/api/participate/withdraw", &pseudo, &json!({ "points": ["recorded"] }));
    wait::until("nobody is named", 5.0, || now()["segment"].is_null().then_some(()));
    assert!(!now().to_string().contains("Abeille75"));
    ask(&mut admin, json!({ "command": "segment_end" }));
    ask(&mut admin, json!({ "command": "slate", "on": false }));

    let known = add(&mut admin, "Passé outre", &["Never Agreed", "Only Recorded"]);
    let (never, recorded) = (person(&known, "Never Agreed"), person(&known, "Only Recorded"));
    signs(&house, &desk, &recorded, &["recorded"], named("Ruche12"));
    ask(&mut admin, json!({ "command": "segment_start", "reason": "accord filmé avant l'antenne" }));
    assert_eq!(on_air("Passé outre")["names"], json!(["Ruche12"]));
    assert!(!now().to_string().contains("Never Agreed"));
    assert_eq!(call(&house, "DELETE", &format!("/api/people/{never}"), &desk, &Value::Null).status, 204);
    wait::until("an erased person's segment is not listed", 5.0, || now()["segment"].is_null().then_some(()));
    ask(&mut admin, json!({ "command": "segment_end" }));

    let known = add(&mut admin, "À venir", &["Later Realname"]);
    let next = || now()["next"].as_array().unwrap().iter().any(|next| next["title"] == "À venir");
    wait::until("the next segment", 5.0, || next().then_some(()));
    let later = person(&known, "Later Realname");
    let token = signs(&house, &desk, &later, &all, named("Later Realname"));
    good(&house, "POST", "/api/participate/withdraw", &token, &json!({ "points": ["live"] }));
    wait::until("what somebody refuses is not announced", 5.0, || (!next()).then_some(()));
    house.close();
}
