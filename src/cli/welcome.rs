//! What the person who starts the studio reads first.

use std::{
    fmt::Write,
    io::{IsTerminal, stdout},
};

use qrcode::{QrCode, render::unicode::Dense1x2};

use crate::{
    config::Config,
    panel::{Bound, NewPins},
    protocol::{Role, Text},
};

/// Addresses, PINs that were just made, and a QR code of the panel's address. The first line is for
/// scripts.
pub fn text(bound: &Bound, config: &Config) -> String {
    let language = config.plateau.language.as_str();
    let say = |fr: &'static str, en: &'static str| if language.starts_with("fr") { fr } else { en };
    let mut text = format!("listening {}://{}\n\n", bound.scheme(), bound.addr());
    let version = env!("CARGO_PKG_VERSION");
    let names = [config.plateau.title.as_str(), config.plateau.place.as_str()].map(str::trim);
    let names: String = names.iter().filter(|name| !name.is_empty()).map(|name| format!(" · {name}")).collect();
    line(&mut text, format_args!("Open Plateau {version}{names}\n"));
    let urls = bound.urls();
    for (n, url) in urls.iter().enumerate() {
        let name = if n == 0 { say("Régie", "Control room") } else { "" };
        line(&mut text, format_args!("  {name:<14}{url}/panel"));
    }
    let first = urls.first().map_or("", String::as_str);
    line(&mut text, format_args!("  {:<14}{first}/", say("Public", "Viewers")));
    if let (Some(url), Some(fingerprint)) = (bound.authority_urls().first(), bound.fingerprint()) {
        line(&mut text, format_args!("  {:<14}{url}/", say("Certificat", "Certificate")));
        let explain = say(
            "à ouvrir une fois sur chaque téléphone et tablette ; empreinte :",
            "open it once on each phone and tablet; fingerprint:",
        );
        line(&mut text, format_args!("  {:<14}{explain}", ""));
        let pairs: Vec<_> = fingerprint.split(':').collect();
        for row in pairs.chunks(8) {
            line(&mut text, format_args!("  {:<14}{}", "", row.join(" ")));
        }
    }
    if !bound.new_pins().is_empty() {
        text.push('\n');
        text.push_str(&pins(bound.new_pins(), language));
    }
    if let Some(code) = qr_code(&format!("{first}/panel")) {
        text.push('\n');
        text.push_str(&code);
    }
    text
}

/// PINs, shown this once.
pub fn pins(pins: &NewPins, language: &str) -> String {
    let mut text = String::new();
    let title = match pins.is_empty() {
        true => Text::new(
            "Tous les codes sont donnés par la configuration ; chacun devra se connecter de nouveau.",
            "The configuration gives all the PINs; everybody has to log in again.",
        ),
        false => Text::new(
            "Codes, montrés cette seule fois (« plateau pins --reset » en fait de nouveaux) :",
            "PINs, shown this once (“plateau pins --reset” makes new ones):",
        ),
    };
    line(&mut text, format_args!("  {}", title.get(language)));
    for (role, pin) in pins {
        let role = match role {
            Role::Admin => Text::new("administration", "administrator"),
            Role::Animator => Text::new("animation", "animator"),
            Role::Moderator => Text::new("modération", "moderator"),
        };
        line(&mut text, format_args!("    {:<18}{}", role.get(language), pin.reveal()));
    }
    text
}

/// Black on white whatever the terminal's colours, with the margin that scanners ask for.
fn qr_code(url: &str) -> Option<String> {
    let code = QrCode::new(url).ok()?;
    if stdout().is_terminal() {
        let code = code.render::<Dense1x2>().quiet_zone(true).build();
        return Some(code.lines().map(|row| format!("  \x1b[30;107m{row}\x1b[0m\n")).collect());
    }
    let code = code.render::<Dense1x2>().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build();
    Some(code.lines().map(|row| format!("  {row}\n")).collect())
}

fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments).expect("a String takes everything");
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;

    #[test]
    fn pins_are_shown_with_their_role_in_both_languages() {
        let made = vec![(Role::Admin, Secret::new("012345"))];
        assert!(pins(&made, "fr").contains("administration    012345"));
        assert!(pins(&made, "en").contains("administrator     012345"));
    }

    #[test]
    fn the_code_is_a_square_of_blocks() {
        let code = qr_code("https://192.168.1.20:8443/panel").unwrap();
        assert!(code.lines().count() > 10 && code.contains('█'));
    }
}
