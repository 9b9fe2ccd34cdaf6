//! The addresses to hand out.

use crate::panel_house::{ANIMATOR, House, MODERATOR};

#[test]
fn who_runs_the_show_gets_each_address_with_its_code() {
    let house = House::open();
    let ask = |token: &str| house.request("GET", "/api/share", &[("Authorization", &format!("Bearer {token}"))], "");
    let share = ask(&house.login(ANIMATOR)).json();
    for (name, path) in [("panel", "/panel"), ("participate", "/participate"), ("watch", "/")] {
        assert_eq!(share[name]["url"], format!("{}{path}", house.address()));
        assert!(share[name]["qr"].as_str().is_some_and(|drawing| drawing.starts_with("<svg")), "{share}");
    }
    // On a loopback address there is no authority to trust.
    assert!(share["certificate"].is_null());
    assert_eq!(ask(&house.login(MODERATOR)).status, 403);
    assert_eq!(ask("nobody").status, 401);
}
