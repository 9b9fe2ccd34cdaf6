//! Why a phone is not let in, in words for the person who holds it.

use crate::protocol::{Fault, Problem};

/// What is wrong, so that a door may choose its own answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Not a session description.
    NotAnOffer,
    /// A description of something the studio cannot take.
    Unsupported,
    /// No such slot.
    NoSlot,
    /// No such session (any more).
    NoSession,
    /// Somebody else has the slot.
    Taken,
    /// Too many attempts at once, or the studio ends.
    Busy,
    /// The studio could not answer.
    Failed,
}

/// Why a phone is not let in.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// For a machine.
    pub reason: Reason,
    /// For a person.
    pub problem: Problem,
}

impl Refusal {
    fn new(reason: Reason, code: &str, fault: Fault, fr: impl Into<String>, en: impl Into<String>) -> Self {
        Self { reason, problem: Problem::new(code, fault, fr, en) }
    }

    pub(super) fn not_sdp() -> Self {
        Self::new(
            Reason::NotAnOffer,
            "not_sdp",
            Fault::OtherSide,
            "Ce n'est pas une offre SDP : le téléphone, ou ce qui se fait passer pour lui, a envoyé autre chose.",
            "This is no SDP offer: the phone, or what passes for one, sent something else.",
        )
    }

    pub(super) fn no_codec() -> Self {
        Self::new(
            Reason::Unsupported,
            "no_codec",
            Fault::OtherSide,
            "Ce téléphone ne propose aucun codage que le studio connaît. Il faut H.264 ou VP8 pour l'image, Opus pour le son. Essayez un autre navigateur.",
            "This phone offers no coding that the studio knows. It takes H.264 or VP8 for the picture, Opus for the sound. Try another browser.",
        )
    }

    pub(super) fn no_picture() -> Self {
        Self::new(
            Reason::Unsupported,
            "no_picture",
            Fault::OtherSide,
            "Cette offre n'envoie pas d'image : il en faut une, et un son au plus. Autorisez la caméra, puis recommencez.",
            "This offer sends no picture: it takes one, and one sound at most. Allow the camera, then start again.",
        )
    }

    pub(super) fn too_many_sections() -> Self {
        Self::new(
            Reason::Unsupported,
            "too_many_media",
            Fault::OtherSide,
            "Cette offre contient autre chose qu'une image et un son.",
            "This offer holds something else than one picture and one sound.",
        )
    }

    pub(super) fn no_encryption() -> Self {
        Self::new(
            Reason::Unsupported,
            "no_encryption",
            Fault::OtherSide,
            "Cette offre n'est pas chiffrée comme le WebRTC le demande (DTLS-SRTP, ICE).",
            "This offer is not encrypted as WebRTC asks (DTLS-SRTP, ICE).",
        )
    }

    /// There is no such slot.
    pub fn no_slot(slot: &str) -> Self {
        let slot: String = slot.chars().take(40).collect();
        Self::new(
            Reason::NoSlot,
            "unknown_slot",
            Fault::Operator,
            format!("Il n'y a pas de place « {slot} » pour un téléphone. Demandez un nouveau lien à l'animateur."),
            format!("There is no place “{slot}” for a phone. Ask the host for a new link."),
        )
    }

    pub(super) fn no_session() -> Self {
        Self::new(
            Reason::NoSession,
            "unknown_session",
            Fault::OtherSide,
            "Cette liaison est déjà terminée.",
            "This connection has ended already.",
        )
    }

    pub(super) fn taken(label: &str) -> Self {
        Self::new(
            Reason::Taken,
            "slot_taken",
            Fault::Operator,
            format!(
                "« {label} » est tenu par un autre téléphone. Demandez une autre place à l'animateur, ou attendez qu'elle se libère."
            ),
            format!("“{label}” is held by another phone. Ask the host for another place, or wait until it is free."),
        )
    }

    pub(super) fn replaced(label: &str) -> Self {
        Self::new(
            Reason::Taken,
            "slot_replaced",
            Fault::Operator,
            format!("Un autre téléphone a repris « {label} » avec le même lien."),
            format!("Another phone took “{label}” over with the same link."),
        )
    }

    /// Too much at once.
    pub fn busy() -> Self {
        Self::new(
            Reason::Busy,
            "slot_busy",
            Fault::Ours,
            "Trop d'essais à la fois, ou le studio s'arrête. Réessayez dans un instant.",
            "Too many attempts at once, or the studio is shutting down. Try again in a moment.",
        )
    }

    pub(super) fn failed(detail: &str) -> Self {
        Self::new(
            Reason::Failed,
            "phone_failed",
            Fault::Ours,
            format!(
                "Le studio n'a pas pu répondre à ce téléphone ({detail}). Réessayez ; si cela continue, essayez un autre navigateur."
            ),
            format!(
                "The studio could not answer this phone ({detail}). Try again; if it goes on, try another browser."
            ),
        )
    }
}
