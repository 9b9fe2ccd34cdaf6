//! Probes, forms, headers.

use crate::panel_house::{ADMIN, ANIMATOR, House};

#[test]
fn every_answer_is_hardened_and_probes_need_no_login() {
    let house = House::open();
    for (path, status) in [("/healthz", 200), ("/metrics", 200), ("/api/me", 401), ("/nothing", 404)] {
        let answer = house.request("GET", path, &[], "");
        assert_eq!(answer.status, status, "{path}");
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.contains("default-src 'self'") && policy.contains("frame-ancestors 'none'"), "{policy}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    }
    assert_eq!(house.request("GET", "/healthz", &[], "").json()["status"], "ok");
    let mut socket = house.enter(ANIMATOR);
    socket.snapshot();
    let metrics = house.request("GET", "/metrics", &[], "");
    assert!(metrics.header("content-type").unwrap().starts_with("text/plain"));
    assert!(String::from_utf8(metrics.body).unwrap().contains("plateau_panel_sockets 1"));
}

#[test]
fn forms_are_drawn_for_the_administrator_alone() {
    let house = House::open();
    let kinds = |pin| {
        let bearer = format!("Bearer {}", house.login(pin));
        house.request("GET", "/api/kinds", &[("Authorization", &bearer)], "")
    };
    assert_eq!(kinds(ANIMATOR).status, 403);
    let rows = kinds(ADMIN).json();
    let names = |part: &str| -> Vec<String> {
        rows[part].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
    };
    assert!(names("sources").contains(&"test".to_owned()) && names("outputs").contains(&"file".to_owned()));
}

#[test]
fn no_path_leads_out_of_the_pages() {
    let house = House::open();
    for path in ["/../Cargo.toml", "/..%2fCargo.toml", "//etc/passwd", "/assets/../../Cargo.toml", "/%2e%2e/Cargo.toml"]
    {
        assert_eq!(house.request("GET", path, &[], "").status, 404, "{path}");
    }
    assert_eq!(house.request("POST", "/panel", &[], "").status, 404);
}
