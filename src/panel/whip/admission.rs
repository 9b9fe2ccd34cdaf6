//! Who may fill a slot now: asked at each call, and again whenever an answer may have changed.

use std::time::Duration;

use axum::http::StatusCode;
use tokio::time::{MissedTickBehavior, interval};
use tracing::info;

use super::{Guest, links::Purpose};
use crate::{
    capture::phone::Holder,
    panel::{App, access::TokenHash, failure::Failure},
    protocol::{Problem, Role},
    rights,
};

/// How often links and PINs are looked at, which another process may have ended.
const LOOK: Duration = Duration::from_secs(1);

/// A guest who may fill a slot, as things stand. Only with one of these are servers for far phones told.
pub struct Admitted {
    /// The slot.
    pub slot: String,
    /// Who.
    pub holder: Holder,
}

impl Admitted {
    /// # Errors
    /// Another slot's link; a person whose segment is not on, or who has not agreed to it.
    pub fn new(app: &App, guest: Guest, slot: &str) -> Result<Self, Failure> {
        guest.may_fill(app, slot)?;
        admit(app, &guest.holder, slot).map_err(|problem| app.failure(StatusCode::FORBIDDEN, problem))?;
        Ok(Self { slot: slot.to_owned(), holder: guest.holder })
    }

    /// Whether the guest would be admitted again.
    pub fn still(&self, app: &App) -> bool {
        admit(app, &self.holder, &self.slot).is_ok()
    }
}

/// Whether a holder may fill a slot now.
fn admit(app: &App, holder: &Holder, slot: &str) -> Result<(), Problem> {
    let good = match holder {
        Holder::Person(person) => return admit_person(app, person, slot),
        Holder::Link(hash) => app.links.opened_by(hash) == Some(Purpose::Camera(slot.to_owned())),
        Holder::Desk(hash) => app.access.role(&TokenHash::known(hash)).is_some_and(|role| role >= Role::Animator),
    };
    if good { Ok(()) } else { Err(super::guest::unknown()) }
}

fn admit_person(app: &App, person: &str, slot: &str) -> Result<(), Problem> {
    let now = app.people.day.now();
    let on_air = now.on_air.iter().any(|source| source == slot);
    let register = app.studio.people().register();
    rights::may_film(&now.rundown, person, on_air, &|person| register.agreed(person)).map_err(|no| match no {
        rights::No::Missing(_) => not_agreed(),
        _ => not_your_turn(),
    })
}

/// Hangs up whoever may not fill their slot any more: somebody took an agreement back, was taken out,
/// their segment has ended, their link was ended. Until the studio closes.
pub async fn watch(app: App) {
    let mut changes = app.people.day.changes();
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = app.closing.cancelled() => return,
            changed = changes.changed() => if changed.is_err() { return },
            _ = looks.tick() => app.links.follow(),
        }
        let phones = app.studio.phones();
        for (slot, _) in phones.slots() {
            let Ok(Some(holder)) = phones.holder(slot).await else { continue };
            if let Err(problem) = admit(&app, &holder, slot) {
                info!(slot, code = problem.code, "a phone is hung up");
                // It may have hung up itself meanwhile.
                let _ = phones.hang_up(slot, None).await;
            }
        }
    }
}

fn not_your_turn() -> Problem {
    Problem::operator(
        "not_your_turn",
        "Votre téléphone peut filmer quand votre séquence est prête ou à l'antenne. Attendez que l'équipe l'ait acceptée.",
        "Your phone can film when your segment is ready or on air. Wait until the team has accepted it.",
    )
}

fn not_agreed() -> Problem {
    Problem::operator(
        "consent_missing",
        "Pour filmer, il faut d'abord accepter d'être enregistré·e et, à l'antenne, d'être en direct. Retournez à votre page et signez.",
        "To film, first agree to be recorded and, on air, to be live. Go back to your page and sign.",
    )
}
