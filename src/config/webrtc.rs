//! `[webrtc]`: servers that help phones far away.

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
    /// `turn://name:password@host:port` or `turns://…`
    pub turn: Vec<Secret>,
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
        match address(secret.reveal(), &["turn", "turns"], true) {
            Some(address) => webrtc.turn.push(Secret::new(address)),
            None => mistakes.at(
                &Spanned::span(server),
                "`turn` doit donner \"turn:NOM:CODE@serveur:port\" (ou `turns:`)",
                "`turn` should give \"turn:NAME:PASSWORD@host:port\" (or `turns:`)",
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
    use super::address;

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
