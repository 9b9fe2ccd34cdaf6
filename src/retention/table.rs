//! What is kept, where, and for how long: the one list. The sweeper goes through it, the documentation is made of it,
//! and the agreement's text is held against it.

use crate::config::Days;

/// A sentence in French and in English.
pub type Said = [&'static str; 2];

/// Something that the studio keeps.
#[derive(Debug)]
pub struct Row {
    /// A stable name, for the log.
    pub id: &'static str,
    /// What it is.
    pub what: Said,
    /// Where it is: paths in the data folder (a folder ends in `/`), and columns of a database, as
    /// `people.sqlite: table.column` or `table.*`.
    pub places: &'static [&'static str],
    /// For how long.
    pub kept: Kept,
    /// What the agreement that people sign says of it.
    pub promise: Option<Said>,
}

/// For how long something is kept.
#[derive(Debug)]
pub enum Kept {
    /// The sweeper erases it.
    For {
        /// After so long…
        length: Length,
        /// … counted from this moment.
        since: Said,
        /// How it is erased.
        duty: Duty,
    },
    /// It is not the sweeper's: until when, and why.
    Until(Said),
}

/// How long a term is.
#[derive(Debug)]
pub enum Length {
    /// As the operator says.
    Days(&'static Days),
    /// Always this, hours.
    Hours(u32),
}

/// What the sweeper erases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duty {
    /// Recordings of segments.
    Masters,
    /// Words that were cut out of clips.
    Originals,
    /// Recordings of the programme.
    Recordings,
    /// Clips and photos that are not kept for good.
    Unpublished,
    /// The bin.
    Bin,
    /// Interviews that were not sent.
    Unsent,
    /// Interviews that were sent.
    Sent,
    /// Contacts.
    Contacts,
    /// Minors' forms that wait for guardians.
    Waiting,
    /// Birth dates.
    BirthDates,
    /// Segments that have not taken place.
    Unperformed,
    /// Viewers' questions and messages, and blocked names.
    Voices,
    /// Damaged files that were set aside.
    SetAside,
}

const RECORDED: Length = Length::Days(&Days::RECORDINGS);
const KNOWN: Length = Length::Days(&Days::CONTACTS);

/// The list.
pub const ROWS: &[Row] = &[
    Row {
        id: "public",
        what: [
            "Clips et photos que tous ont accepté de publier, qu'ils soient au catalogue public ou que l'équipe les ait gardés pour elle, et leurs exports",
            "Clips and photos that everybody agreed to publish, whether they are in the public catalogue or the desk has kept them to itself, and their exports",
        ],
        places: &["clips/", "photos/", "exports/"],
        kept: Kept::Until([
            "sans terme : ils ont été donnés sous une licence libre. Dès que quelqu'un retire son accord, ils quittent le catalogue et les exports, et la ligne suivante s'applique",
            "without a term: they were given under a free licence. When somebody takes their agreement back they leave the catalogue and the exports at once, and the next line applies",
        ]),
        promise: None,
    },
    Row {
        id: "unpublished",
        what: [
            "Clips et photos dont la publication n'a pas été acceptée, ou ne l'est plus",
            "Clips and photos whose publication was not agreed to, or no longer is",
        ],
        places: &["clips/", "photos/", "bin/"],
        kept: Kept::For {
            length: RECORDED,
            since: [
                "le tournage ; le retrait, si l'accord a été retiré ; la dernière modification, pour ce qui ne vient pas d'une séquence",
                "the recording; the withdrawal where the agreement was taken back; the last change for what does not come from a segment",
            ],
            duty: Duty::Unpublished,
        },
        promise: Some([
            "il est effacé après {{ recordings_days }} jours",
            "it is erased after {{ recordings_days }} days",
        ]),
    },
    Row {
        id: "bin",
        what: ["Clips et photos mis à la corbeille", "Clips and photos in the bin"],
        places: &["bin/"],
        kept: Kept::For {
            length: Length::Days(&Days::BIN),
            since: ["la mise à la corbeille", "the deletion"],
            duty: Duty::Bin,
        },
        promise: None,
    },
    Row {
        id: "masters",
        what: ["Enregistrements bruts des séquences", "Raw recordings of segments"],
        places: &["masters/"],
        kept: Kept::For {
            length: RECORDED,
            since: ["la première image de la séquence", "the segment's first picture"],
            duty: Duty::Masters,
        },
        promise: Some([
            "les enregistrements bruts {{ recordings_days }} jours au plus",
            "raw recordings for {{ recordings_days }} days at most",
        ]),
    },
    Row {
        id: "originals",
        what: [
            "Mots coupés d'un clip, et fichiers de sous-titres tels qu'ils ont été donnés",
            "Words that were cut out of a clip, and caption files as they were given",
        ],
        places: &["originals/"],
        kept: Kept::For {
            length: RECORDED,
            since: [
                "comme l'enregistrement brut, qui permet de défaire la coupe ; les fichiers donnés restent aussi longtemps que le clip",
                "as the raw recording, by which the cut can be undone; the files that were given stay as long as the clip",
            ],
            duty: Duty::Originals,
        },
        promise: None,
    },
    Row {
        id: "recordings",
        what: [
            "Enregistrements du programme : bouton « Enregistrer », sorties `file`, retour en arrière de la page du direct",
            "Recordings of the programme: the button “Record”, `file` outputs, the live page's rewind",
        ],
        places: &["recordings/", "live/"],
        kept: Kept::For {
            length: RECORDED,
            since: [
                "la dernière écriture (le retour en arrière s'efface de lui-même au fil du direct, et au démarrage suivant)",
                "the last writing (the rewind goes by itself as the programme goes on, and at the next start)",
            ],
            duty: Duty::Recordings,
        },
        promise: Some([
            "les enregistrements bruts {{ recordings_days }} jours au plus",
            "raw recordings for {{ recordings_days }} days at most",
        ]),
    },
    Row {
        id: "unsent",
        what: ["Entretiens de la cabine qui n'ont pas été envoyés", "Interviews of the booth that were not sent"],
        places: &["booth/"],
        kept: Kept::For {
            length: Length::Hours(24),
            since: ["le début de l'entretien", "the interview's beginning"],
            duty: Duty::Unsent,
        },
        promise: None,
    },
    Row {
        id: "sent",
        what: [
            "Entretiens de la cabine qui ont été envoyés (si le clip est aux archives, la signature reste aussi longtemps que lui)",
            "Interviews of the booth that were sent (where the clip is in the archive, the signature stays as long as the clip)",
        ],
        places: &["booth/"],
        kept: Kept::For {
            length: RECORDED,
            since: ["le début de l'entretien", "the interview's beginning"],
            duty: Duty::Sent,
        },
        promise: None,
    },
    Row {
        id: "contacts",
        what: ["Coordonnées des participants", "Participants' contact details"],
        places: &["people.sqlite: person.contact"],
        kept: Kept::For {
            length: KNOWN,
            since: ["le jour où le studio a connu la personne", "the day on which the studio came to know the person"],
            duty: Duty::Contacts,
        },
        promise: Some([
            "vos coordonnées {{ contacts_days }} jours",
            "your contact details for {{ contacts_days }} days",
        ]),
    },
    Row {
        id: "birth_dates",
        what: ["Dates de naissance des mineurs", "Minors' birth dates"],
        places: &["people.sqlite: document.signatures"],
        kept: Kept::For { length: KNOWN, since: ["la signature", "the signature"], duty: Duty::BirthDates },
        promise: None,
    },
    Row {
        id: "waiting",
        what: [
            "Formulaires de mineurs qui attendent la signature d'un responsable légal, et liens de ces responsables (seulement leurs empreintes)",
            "Minors' forms that wait for a guardian's signature, and the guardians' links (their hashes alone)",
        ],
        places: &["people.sqlite: waiting.*", "people.sqlite: guardian.*"],
        kept: Kept::For {
            length: KNOWN,
            since: [
                "le formulaire ; plus tôt, dès que tout est signé ou que la séquence est terminée",
                "the form; earlier, as soon as all is signed or the segment is over",
            ],
            duty: Duty::Waiting,
        },
        promise: None,
    },
    Row {
        id: "unperformed",
        what: [
            "Séquences qui n'ont pas eu lieu (proposées, prêtes, abandonnées), avec les personnes inscrites et ce qu'elles ont signé",
            "Segments that have not taken place (proposed, ready, dropped), with the people in them and what they signed",
        ],
        places: &["rundown.json", "people.sqlite: person.*", "people.sqlite: document.*"],
        kept: Kept::For {
            length: KNOWN,
            since: ["la fin du jour prévu", "the end of the day they were planned for"],
            duty: Duty::Unperformed,
        },
        promise: None,
    },
    Row {
        id: "voices",
        what: [
            "Questions et messages des spectateurs avec leurs noms, et noms bloqués",
            "Viewers' questions and messages with their names, and blocked names",
        ],
        places: &["audience/questions.json"],
        kept: Kept::For {
            length: Length::Days(&Days::VOICES),
            since: ["le message ; le blocage", "the message; the blocking"],
            duty: Duty::Voices,
        },
        promise: None,
    },
    Row {
        id: "set_aside",
        what: ["Fichiers abîmés, mis de côté", "Damaged files that were set aside"],
        places: &["*.damaged", "audience/*.damaged"],
        kept: Kept::For {
            length: RECORDED, since: ["la dernière écriture", "the last writing"], duty: Duty::SetAside
        },
        promise: None,
    },
    Row {
        id: "agreements",
        what: [
            "Accords signés et retirés, avec le texte exact, les noms, les signatures tracées et les liens personnels ; ce qu'on a dit de son extrait avant sa publication ; conducteur des séquences qui ont eu lieu",
            "Agreements signed and withdrawn, with the exact text, the names, the drawn signatures and the personal links; what was said of a clip before it was published; the rundown of segments that took place",
        ],
        places: &[
            "people.sqlite: person.*",
            "people.sqlite: document.*",
            "people.sqlite: link.*",
            "people.sqlite: operation.*",
            "people.sqlite: clip_answer.*",
            "rundown.json",
        ],
        kept: Kept::Until([
            "jusqu'à ce que la personne efface ses données : ils prouvent qui a accepté quoi, et permettent de retirer son accord à tout moment",
            "until the person erases their data: they prove who agreed to what, and let everybody withdraw at any time",
        ]),
        promise: None,
    },
    Row {
        id: "errands",
        what: [
            "Où une séquence est passée hors du studio, et les demandes de retrait",
            "Where a segment went outside the studio, and what was asked for there",
        ],
        places: &["people.sqlite: elsewhere.*"],
        kept: Kept::Until([
            "sans terme : sans nom ; il faut encore pouvoir demander le retrait après des années",
            "without a term: it names nobody; a removal may have to be asked for after years",
        ]),
        promise: None,
    },
    Row {
        id: "decisions",
        what: ["Décisions de passer outre un accord manquant", "Decisions to go ahead without an agreement"],
        places: &["decisions.jsonl"],
        kept: Kept::Until([
            "sans terme : c'est la preuve de qui a décidé et pourquoi ; les personnes n'y sont que des numéros",
            "without a term: they are the evidence of who decided and why; people are numbers in it",
        ]),
        promise: None,
    },
    Row {
        id: "counts",
        what: ["Décomptes de visiteurs, de réponses et de spectateurs", "Counts of visitors, answers and viewers"],
        places: &["people.sqlite: visit.*", "people.sqlite: answer.*", "audience/numbers.jsonl"],
        kept: Kept::Until([
            "sans terme : rien n'y mène à une personne",
            "without a term: nothing in them leads to a person",
        ]),
        promise: None,
    },
    Row {
        id: "access",
        what: [
            "Codes d'accès, appareils connectés, liens de caméra (seulement leurs empreintes)",
            "PINs, devices that are logged in, camera links (their hashes alone)",
        ],
        places: &["access.json", "access.lock", "links.json"],
        kept: Kept::Until([
            "un appareil : une semaine sans servir ; un lien : un jour, celui de la cabine une semaine",
            "a device: a week unused; a link: a day, the booth's a week",
        ]),
        promise: None,
    },
    Row {
        id: "technical",
        what: [
            "Réglages, certificats, index, et ce que le studio doit savoir après un arrêt",
            "Settings, certificates, indexes, and what the studio has to know after a stop",
        ],
        places: &[
            "plateau.toml",
            "tls/",
            "scenes.json",
            "pipelines/",
            "unfinished/",
            "archive.sqlite",
            "retention.json",
            "booth/questions.json",
        ],
        kept: Kept::Until([
            "sans terme : rien n'y parle d'une personne, sauf l'index, qui suit les clips et est nettoyé quand l'un d'eux est effacé",
            "without a term: nothing in them is about a person, but the index, which follows the clips and is scrubbed when one of them is erased",
        ]),
        promise: None,
    },
];
