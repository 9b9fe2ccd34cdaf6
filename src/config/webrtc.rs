//! `[webrtc]`: servers that help phones far away.

use base64::Engine as _;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use ring::hmac;
use toml::Spanned;

use super::{
    Secret,
    mistake::Mistakes,
    secret::{Surroundings, secret_of},
    section::{Section, text_of},
};

/// TURN servers that may be given.
const SERVERS: usize = 4;

/// `[webrtc]`
#[derive(Debug, Clone, Default)]
pub struct Webrtc {
    /// `stun://host:port`
    pub stun: Option<String>,
    /// `turn://name:password@host:port` or `turns://…`; with `turn_secret`, without name and password.
    pub turn: Vec<Secret>,
    /// What the TURN servers share with the studio: each call gets a name and a password of its own.
    pub turn_secret: Option<Secret>,
}

/// How long a name and a password for a TURN server are good, seconds: longer than a day's show.
const TURN_LIFE: u64 = 12 * 3600;

impl Webrtc {
    /// The TURN servers for one call that begins now (Unix seconds), each with a name and a password. With
    /// a shared secret these are made as TURN servers know it (`draft-uberti-behave-turn-rest-00`, coturn's
    /// `use-auth-secret`): the name is the time at which it ends and `caller`, the password the base64 of
    /// the name's HMAC-SHA1 under the secret.
    pub fn turn_for(&self, caller: &str, now: u64) -> Vec<Secret> {
        let Some(secret) = &self.turn_secret else { return self.turn.clone() };
        let name = format!("{}:{caller}", now + TURN_LIFE);
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret.reveal().as_bytes());
        let password = base64::engine::general_purpose::STANDARD.encode(hmac::sign(&key, name.as_bytes()));
        // The name has a colon and the password may have a slash: written as in any address.
        let escaped = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let named = |server: &Secret| {
            let (scheme, rest) = server.reveal().split_once("://")?;
            Some(Secret::new(format!("{scheme}://{}:{}@{rest}", escaped(&name), escaped(&password))))
        };
        self.turn.iter().filter_map(named).collect()
    }
}

pub(super) fn read(section: Option<Section<'_, '_>>, around: &Surroundings<'_>, mistakes: &mut Mistakes) -> Webrtc {
    let mut webrtc = Webrtc::default();
    let Some(mut section) = section else { return webrtc };
    if let Some(value) = section.value("stun")
        && let Some(text) = text_of("stun", value, 300, mistakes)
    {
        webrtc.stun = address(&text, &["stun"], false);
        if webrtc.stun.is_none() {
            mistakes.at(
                &value.span(),
                "`stun` doit être \"stun:serveur:port\", comme \"stun:stun.example.org:3478\"",
                "`stun` should be \"stun:host:port\", such as \"stun:stun.example.org:3478\"",
            );
        }
    }
    if let Some(value) = section.value("turn_secret") {
        webrtc.turn_secret = secret_of("turn_secret", value, around, mistakes);
    }
    let named = webrtc.turn_secret.is_none();
    let servers = section.list("turn", mistakes);
    if servers.len() > SERVERS {
        mistakes.at(
            &section.place_of("turn"),
            format!("`turn` a {} serveurs ; {SERVERS} au plus", servers.len()),
            format!("`turn` has {} servers; at most {SERVERS}", servers.len()),
        );
    }
    for server in servers.iter().take(SERVERS) {
        let Some(secret) = secret_of("turn", server, around, mistakes) else { continue };
        match address(secret.reveal(), &["turn", "turns"], named) {
            Some(address) => webrtc.turn.push(Secret::new(address)),
            None if !named => mistakes.at(
                &Spanned::span(server),
                "avec `turn_secret`, `turn` doit donner \"turn:serveur:port\" (ou `turns:`), sans nom ni code",
                "with `turn_secret`, `turn` should give \"turn:host:port\" (or `turns:`), without name and password",
            ),
            None => mistakes.at(
                &Spanned::span(server),
                "`turn` doit donner \"turn:NOM:CODE@serveur:port\" (ou `turns:`)",
                "`turn` should give \"turn:NAME:Zef3s4yZxwDeDqOhgUgTUksKjdM%3D@host:port\" (or `turns:`)",
            ),
        }
    }
    section.close(mistakes);
    webrtc
}

/// `scheme://…` of `scheme:…` or `scheme://…`, checked.
fn address(text: &str, schemes: &[&str], credentials: bool) -> Option<String> {
    let (scheme, rest) = text.split_once(':')?;
    let scheme = schemes.iter().find(|known| scheme.eq_ignore_ascii_case(known))?;
    let rest = rest.trim_start_matches("//");
    let url = url::Url::parse(&format!("http://{rest}")).ok()?;
    let plain = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    let named = !url.username().is_empty() && url.password().is_some();
    (url.host_str().is_some() && plain && named == credentials).then(|| format!("{scheme}://{rest}"))
}

#[cfg(test)]
mod tests {
    use super::{Secret, Webrtc, address};

    #[test]
    fn a_shared_secret_makes_a_name_and_a_password_for_each_call() {
        let webrtc = Webrtc {
            turn: vec![Secret::new("turn://turn.example.org:3478")],
            turn_secret: Some(Secret::new("north")),
            ..Webrtc::default()
        };
        // printf %s 1700043200:p1 | openssl dgst -sha1 -hmac north -binary | base64
        let made = webrtc.turn_for("p1", 1_700_000_000);
        assert_eq!(made[0].reveal(), "turn://1700043200%3Ap1:Zef3s4yZxwDeDqOhgUgTUksKjdM%3D@turn.example.org:3478");
        assert_ne!(webrtc.turn_for("p1", 1_700_000_001)[0].reveal(), made[0].reveal());
    }

    #[test]
    fn servers_are_addresses_with_credentials_where_they_need_them() {
        let stun = |text| address(text, &["stun"], false);
        assert_eq!(stun("stun:stun.example.org:3478").as_deref(), Some("stun://stun.example.org:3478"));
        assert_eq!(stun("stun://[2001:db8::1]:3478").as_deref(), Some("stun://[2001:db8::1]:3478"));
        for wrong in ["stun.example.org", "http://stun.example.org", "stun:", "stun:a:b@c:1", "stun:host/path"] {
            assert_eq!(stun(wrong), None, "{wrong}");
        }
        let turn = |text| address(text, &["turn", "turns"], true);
        assert_eq!(turn("turns:me:pw@turn.example.org:5349").as_deref(), Some("turns://me:pw@turn.example.org:5349"));
        assert_eq!(turn("turn:turn.example.org:3478"), None);
    }
}
