//! Guardians who sign elsewhere, by links of their own; and what the desk sees where one phone signs for a group.

use serde_json::{Value, json};

use crate::{
    day::{ask, call, code, enter, good, invite, open, person, refused, signing, state},
    panel_house::{ANIMATOR, House, MODERATOR, Socket},
    support::wait,
};

const CHILD: &str = "Zoé Lambrequin";

/// A child's form with these guardians, each `(name)` or `None` for one who signs elsewhere.
fn form(house: &House, guardians: &[Option<&str>]) -> Value {
    let mut form = signing(house, &["recorded", "live", "archived"], CHILD);
    let guardian = |name: &Option<&str>| match name {
        Some(name) => json!({ "name": name, "typed": true }),
        None => json!({ "name": "", "elsewhere": true }),
    };
    (form["minor"], form["birth_date"]) = (json!(true), json!("2014-05-05"));
    form["contact"] = json!("famille@example.org");
    form["guardians"] = guardians.iter().map(guardian).collect();
    form
}

fn sign(house: &House, token: &str, form: &Value) -> (String, Value) {
    let signed = good(house, "POST", "/api/participate/sign", token, form);
    (signed["token"].as_str().unwrap().to_owned(), signed["status"].clone())
}

/// The token of a guardian's link, as it is behind `#guardian=`.
fn link(house: &House, token: &str, guardian: usize) -> String {
    let scan = good(house, "POST", "/api/participate/guardian_link", token, &json!({ "guardian": guardian }));
    assert!(scan["qr"].as_str().unwrap().starts_with("<svg"));
    scan["url"].as_str().unwrap().split("/participate#guardian=").nth(1).unwrap().to_owned()
}

fn look(house: &House, link: &str) -> Value {
    good(house, "GET", "/api/participate/guardian", link, &Value::Null)
}

fn typed(name: &str, hash: &Value) -> Value {
    json!({ "hash": hash, "signature": { "name": name, "typed": true } })
}

/// A segment with a child and another guest; the child's own invitation.
fn segment(house: &House, desk: &str, socket: &mut Socket) -> (String, String) {
    let people = json!([{ "name": CHILD }, { "name": "Marc" }]);
    ask(socket, json!({ "command": "segment_add", "title": "Le club d'échecs", "participants": people }));
    let child = person(&state(socket), CHILD);
    let invitation = invite(house, desk, &child);
    (child, invitation)
}

/// The child in the desk's state, once it is as `wanted`.
fn desk_sees(socket: &mut Socket, wanted: impl Fn(&Value) -> bool) -> Value {
    wait::until("the desk to see it", 5.0, || {
        let child = state(socket)["rundown"][0]["participants"][0].take();
        wanted(&child).then_some(child)
    })
}

#[test]
fn two_guardians_sign_by_links_of_their_own_and_the_agreement_waits_for_both() {
    let house = open();
    let (desk, mut socket) = (house.login(ANIMATOR), enter(&house, ANIMATOR));
    let (_, invitation) = segment(&house, &desk, &mut socket);
    let asked = form(&house, &[None, None]);
    let (token, status) = sign(&house, &invitation, &asked);
    assert_eq!((&status["agreed"]["recorded"], &status["guardians"]), (&json!(false), &json!([false, false])));
    assert_eq!(
        call(&house, "GET", "/api/participate/me", &invitation, &Value::Null).status,
        401,
        "the link was replaced"
    );
    let child = desk_sees(&mut socket, |child| child["guardians_missing"] == 2);
    assert_eq!(child["recorded"], false);
    assert_eq!(code(&mut socket, json!({ "command": "segment_start" })), "consent_missing");

    // A link shows that child's form, and nothing of anybody else.
    let (first, second) = (link(&house, &token, 1), link(&house, &token, 2));
    let page = look(&house, &first);
    assert_eq!((&page["child"], &page["guardian"], &page["signed"]), (&json!(CHILD), &json!(1), &json!(false)));
    assert_eq!((&page["title"], &page["points"]), (&json!("Le club d'échecs"), &asked["points"]));
    assert!(!page.to_string().contains("famille@") && !page.to_string().contains("2014-05-05"), "{page}");
    for (method, path) in [
        ("GET", "/api/participate/me"),
        ("GET", "/api/participate/export"),
        ("DELETE", "/api/participate/me"),
        ("POST", "/api/participate/withdraw"),
        ("POST", "/api/participate/sign"),
        ("POST", "/api/participate/guardian_link"),
    ] {
        let answer = call(&house, method, path, &first, &json!({ "points": ["recorded"], "guardian": 2 }));
        assert_eq!(answer.status, 401, "{method} {path}");
    }
    for no_link in [&token, &"0".repeat(64), ""] {
        refused(&call(&house, "GET", "/api/participate/guardian", no_link, &Value::Null), 401, "unknown_link");
    }

    // Two different people, never the child; somebody who has written something.
    let signs = |link: &str, body: &Value| call(&house, "POST", "/api/participate/guardian", link, body);
    let hash = &page["hash"];
    refused(&signs(&first, &typed("zoe lambrequin", hash)), 422, "guardians_needed");
    refused(&signs(&first, &typed(" ", hash)), 422, "empty");
    refused(&signs(&first, &json!({ "hash": hash, "signature": { "name": "Anne" } })), 422, "empty_signature");
    refused(&signs(&first, &typed("Anne", &json!("?"))), 409, "text_changed");
    assert_eq!(signs(&first, &typed("Anne Lambrequin", hash)).status, 200);
    assert_eq!(look(&house, &first)["signed"], true);
    refused(&signs(&second, &typed("ANNE LAMBREQUIN", hash)), 422, "guardians_needed");
    assert!(!look(&house, &second).to_string().contains("Anne"), "a guardian knows nothing of the other");

    // Whoever is missing is named on the first phone, and counted at the desk.
    let me = || good(&house, "GET", "/api/participate/me", &token, &Value::Null);
    assert_eq!((&me()["agreed"]["recorded"], &me()["guardians"]), (&json!(false), &json!([true, false])));
    desk_sees(&mut socket, |child| child["guardians_missing"] == 1);
    let fellow = invite(&house, &desk, &person(&state(&mut socket), "Marc"));
    let fellows = good(&house, "GET", "/api/participate/me", &fellow, &Value::Null)["segment"]["fellows"].take();
    assert_eq!((&fellows[0]["signed"], &fellows[0]["guardians_missing"]), (&json!(false), &json!(1)));
    refused(
        &call(&house, "POST", "/api/participate/guardian_link", &token, &json!({ "guardian": 1 })),
        422,
        "no_guardian_awaited",
    );

    // A link that was given anew ends the one before. The last signature is the agreement.
    let anew = link(&house, &token, 2);
    refused(&signs(&second, &typed("Paul", hash)), 401, "unknown_link");
    assert_eq!(signs(&anew, &typed("Paul Martin", hash)).status, 200);
    assert_eq!((&me()["agreed"]["recorded"], &me()["guardians"]), (&json!(true), &json!([])));
    let child = desk_sees(&mut socket, |child| child["recorded"] == true);
    assert_eq!((&child["guardians_missing"], &child["live"]), (&json!(0), &json!(true)));
    let export = good(&house, "GET", "/api/participate/export", &token, &Value::Null);
    let document = &export["documents"][0];
    let names = [0, 1].map(|n| document["signatures"]["guardians"][n]["name"].clone());
    assert_eq!(names, ["Anne Lambrequin", "Paul Martin"]);
    assert_eq!((&document["kind"], &export["documents"].as_array().unwrap().len()), (&json!("signed"), &1));
    // Asking again, by a phone that did not hear the answer, changes nothing.
    assert_eq!(signs(&anew, &typed("Paul Martin", hash)).status, 200);
    assert_eq!(
        good(&house, "GET", "/api/participate/export", &token, &Value::Null)["documents"].as_array().unwrap().len(),
        1
    );
    let over = look(&house, &anew);
    assert_eq!((&over["signed"], &over["child"]), (&json!(true), &json!("")), "a link that has served shows nobody");
    house.close();
}

#[test]
fn what_waits_for_guardians_ends_with_the_segment_a_withdrawal_an_erasure_and_a_new_form() {
    let house = open();
    let (desk, mut socket) = (house.login(ANIMATOR), enter(&house, ANIMATOR));
    let (child, invitation) = segment(&house, &desk, &mut socket);
    let over = |link: &str| {
        refused(&call(&house, "GET", "/api/participate/guardian", link, &Value::Null), 401, "unknown_link")
    };

    // The same form again, by the link that was replaced: the answer was not heard. Another form is none of its.
    let half = form(&house, &[Some("Anne"), None]);
    sign(&house, &invitation, &half);
    let (token, status) = sign(&house, &invitation, &half);
    assert_eq!(status["guardians"], json!([true, false]));
    let other = form(&house, &[None, Some("Anne")]);
    refused(&call(&house, "POST", "/api/participate/sign", &"0".repeat(64), &other), 401, "unknown_link");
    let first = link(&house, &token, 2);
    let (token, _) = sign(&house, &token, &other);
    over(&first);

    // A guardian who does not sign elsewhere signs here; what says otherwise is not believed.
    let mut forged = form(&house, &[Some("Anne"), None]);
    forged["guardians"][1] = json!({ "name": "Paul", "typed": true, "elsewhere": true });
    let (token, status) = sign(&house, &token, &forged);
    assert_eq!((&status["guardians"], &status["agreed"]["recorded"]), (&json!([true, false]), &json!(false)));
    let paper = call(&house, "POST", &format!("/api/people/{child}/sign"), &desk, &form(&house, &[Some("Anne"), None]));
    refused(&paper, 422, "empty_signature");

    // A no ends it; so do the segment's end and an erasure.
    let second = link(&house, &token, 2);
    good(&house, "POST", "/api/participate/withdraw", &token, &json!({ "points": ["recorded"] }));
    over(&second);
    let (token, _) = sign(&house, &token, &half);
    let third = link(&house, &token, 2);
    let rundown = state(&mut socket)["rundown"][0]["id"].clone();
    ask(&mut socket, json!({ "command": "segment_update", "segment": rundown, "state": "dropped" }));
    wait::until("the link's end", 5.0, || {
        (call(&house, "GET", "/api/participate/guardian", &third, &Value::Null).status == 401).then_some(())
    });
    ask(&mut socket, json!({ "command": "segment_update", "segment": rundown, "state": "ready" }));
    let (token, _) = sign(&house, &token, &half);
    let fourth = link(&house, &token, 2);
    assert_eq!(call(&house, "DELETE", "/api/participate/me", &token, &Value::Null).status, 204);
    over(&fourth);
    let database = std::fs::read(house.data().join("people.sqlite")).unwrap();
    for word in ["famille@example.org", "2014-05-05", CHILD] {
        assert!(!database.windows(word.len()).any(|part| part == word.as_bytes()), "{word}");
    }
    house.close();
}

/// Signs as a phone that keeps the cookies it gets; the cookie from then on.
fn on_a_phone(house: &House, token: &str, name: &str, cookie: Option<&str>) -> String {
    let body = signing(house, &["recorded", "live"], name).to_string();
    let bearer = format!("Bearer {token}");
    let mut headers = vec![("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
    headers.extend(cookie.map(|cookie| ("Cookie", cookie)));
    let answer = house.request("POST", "/api/participate/sign", &headers, &body);
    assert_eq!(answer.status, 200);
    let set = answer.header("set-cookie").unwrap().to_owned();
    for word in ["HttpOnly", "SameSite=Strict", "Path=/api/participate"] {
        assert!(set.contains(word), "{set}");
    }
    set.split(';').next().unwrap().to_owned()
}

#[test]
fn one_phone_that_signs_for_a_group_is_shown_to_the_desk_and_to_nobody_else() {
    let house = open();
    let (desk, mut socket) = (house.login(ANIMATOR), enter(&house, ANIMATOR));
    let names = ["A", "B", "C", "D"];
    let people: Vec<_> = names.iter().map(|name| json!({ "name": name })).collect();
    for title in ["Un groupe", "Un autre"] {
        ask(&mut socket, json!({ "command": "segment_add", "title": title, "participants": people }));
    }
    let now = state(&mut socket);
    let id = |segment: usize, person: usize| {
        now["rundown"][segment]["participants"][person]["id"].as_str().unwrap().to_owned()
    };
    let invited = |segment, person| invite(&house, &desk, &id(segment, person));
    let phone = on_a_phone(&house, &invited(0, 0), "A", None);
    let mut groups = |segment: usize| state(&mut socket)["rundown"][segment]["same_device"].take();
    assert_eq!(groups(0), json!([]), "one who signs for themselves");
    on_a_phone(&house, &invited(0, 1), "B", None);
    assert_eq!(groups(0), json!([]), "two phones");
    assert_eq!(on_a_phone(&house, &invited(0, 2), "C", Some(&phone)), phone);
    on_a_phone(&house, &invited(0, 3), "D", Some(&phone));
    let expected = json!([[id(0, 0), id(0, 2), id(0, 3)]]);
    wait::until("the desk to see it", 5.0, || (groups(0) == expected).then_some(()));
    // Another segment's signatures are another matter, and the marks of both have nothing in common.
    on_a_phone(&house, &invited(1, 0), "A", Some(&phone));
    assert_eq!(groups(1), json!([]));
    let database = rusqlite::Connection::open(house.data().join("people.sqlite")).unwrap();
    let marks = "SELECT count(DISTINCT device) FROM person WHERE name = 'A'";
    assert_eq!(database.query_row(marks, [], |row| row.get::<_, i64>(0)).unwrap(), 2);
    assert!(!house.request("GET", "/api/now", &[], "").body.windows(11).any(|part| part == b"same_device"));
    let mut moderator = enter(&house, MODERATOR);
    assert_eq!(state(&mut moderator)["rundown"][0]["same_device"], json!([]));
    // Whoever is erased, is erased there too.
    assert_eq!(call(&house, "DELETE", &format!("/api/people/{}", id(0, 0)), &desk, &Value::Null).status, 204);
    let expected = json!([[id(0, 2), id(0, 3)]]);
    wait::until("the desk to see it", 5.0, || (groups(0) == expected).then_some(()));
    // A device that was asked to forget is told to.
    let forget = house.request("POST", "/api/participate/forget", &[("Cookie", &phone)], "");
    assert_eq!(forget.status, 204);
    assert!(forget.header("set-cookie").unwrap().starts_with("plateau_device=; "), "{:?}", forget.header("set-cookie"));
    assert!(forget.header("set-cookie").unwrap().contains("Max-Age=0"));
    house.close();
}
