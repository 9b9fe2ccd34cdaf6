//! The pages' words, French and English.

use serde_json::{Map, Value};

const WORDS: &[(&str, &str, &str)] = &[
    ("memory", "La mémoire du plateau", "The plateau's memory"),
    ("skip", "Aller au contenu", "Skip to the content"),
    ("language", "Langue", "Language"),
    (
        "about",
        "Ce que les habitants ont dit, joué et montré ici, à revoir, à partager et à réutiliser librement.",
        "What people said, played and showed here, to watch again, to share and to reuse freely.",
    ),
    ("search", "Chercher", "Search"),
    ("search_label", "Chercher dans les archives", "Search the archive"),
    ("search_hint", "mot, nom, thème…", "a word, a name, a theme…"),
    ("themes", "Thèmes", "Themes"),
    ("days", "Journées", "Days"),
    ("languages", "Langues", "Languages"),
    ("all", "Tout voir", "See everything"),
    (
        "nothing",
        "Rien ne correspond. Essayez un seul mot, ou le début d'un nom.",
        "Nothing matches. Try a single word, or the beginning of a name.",
    ),
    (
        "empty",
        "Le premier extrait apparaîtra ici dès la fin de sa séquence.",
        "The first clip will appear here as soon as its segment is over.",
    ),
    ("pages", "Pages", "Pages"),
    ("earlier", "Plus ancien", "Earlier"),
    ("later", "Plus récent", "Later"),
    ("length", "Durée", "Length"),
    ("with", "Avec", "With"),
    ("chapters", "Chapitres", "Chapters"),
    ("transcript", "Transcription", "Transcript"),
    ("read", "Lire ce qui est dit", "Read what is said"),
    ("reuse", "Réutiliser", "How to reuse this"),
    ("licensed", "Sous licence", "Licensed under"),
    (
        "terms",
        "Vous pouvez le copier, le montrer, le modifier, en citant ses auteurs et, si la licence le demande, en partageant de la même façon. La licence ne donne aucun droit sur l'image des personnes.",
        "You may copy it, show it, change it, as long as you credit its authors and, where the licence asks for it, share alike. The licence gives no right over people's image.",
    ),
    ("credit", "La mention à reprendre", "The credit line"),
    ("copy", "Copier", "Copy"),
    ("copied", "Copié", "Copied"),
    ("download", "Télécharger", "Download"),
    ("captions", "Sous-titres", "Captions"),
    ("automatic", "automatiques", "automatic"),
    ("metadata", "Métadonnées", "Metadata"),
    ("embed", "Intégrer à une page", "Embed in a page"),
    ("same_day", "Le même jour", "On the same day"),
    (
        "footer",
        "Sauf mention contraire, tout est sous licence",
        "Unless otherwise stated, everything is under the licence",
    ),
    ("feed", "Flux pour lecteurs de podcasts", "Feed for podcast players"),
    ("live", "Le direct", "The live programme"),
    ("clips", "Extraits", "Clips"),
    ("photos", "Photos", "Photos"),
    ("studio", "Le studio", "The studio"),
    ("participants", "Participants", "Participants"),
    ("again", "Refaire cette journée", "Doing it again"),
    ("edit", "Corriger", "Edit"),
    ("edit_title", "Titre", "Title"),
    ("edit_summary", "Résumé", "Summary"),
    ("edit_credits", "Noms, un par ligne ; après une barre |, le rôle", "Names, one a line; after a bar |, the role"),
    ("edit_tags", "Thèmes, séparés par des virgules", "Themes, separated by commas"),
    ("edit_chapters", "Chapitres, un par ligne : 1:30 Titre", "Chapters, one a line: 1:30 Title"),
    ("edit_language", "Langue (fr, en, pt-BR…)", "Language (fr, en, pt-BR…)"),
    ("save_words", "Garder cette fiche", "Save this description"),
    ("save_captions", "Garder les sous-titres", "Save the captions"),
    ("saved", "C'est gardé.", "Saved."),
    ("failed", "Rien n'a été changé : le studio ne répond pas.", "Nothing was changed: the studio does not answer."),
    ("publish", "Publier", "Publish"),
    ("hide", "Retirer du catalogue", "Take out of the catalogue"),
    ("published", "Dans le catalogue public.", "In the public catalogue."),
    ("not_public", "Pas dans le catalogue public.", "Not in the public catalogue."),
    (
        "not_agreed",
        "Tous ceux qu'on y voit n'ont pas donné leur accord : ce n'est pas public.",
        "Not everybody in it has agreed: it is not public.",
    ),
    (
        "agreed",
        "Toutes les personnes reconnaissables ont donné leur accord, ou personne n'est reconnaissable.",
        "Everybody who can be recognised has agreed, or nobody can be.",
    ),
    ("answers", "Ce qu'en disent les participants", "What the participants say"),
    ("answer_none", "pas encore de réponse", "no answer yet"),
    ("answer_fine", "c'est bien", "it's fine"),
    ("answer_cut", "demande de couper", "asks to cut it"),
    ("unnamed", "Une personne qui ne veut pas être nommée", "Somebody who does not wish to be named"),
    ("cut_look", "Regarder ainsi", "Watch it like this"),
    ("cut_so", "Couper ainsi", "Cut it like this"),
    (
        "not_answered",
        "Pas public : on attend ce que les participants disent de cette coupe.",
        "Not public: what the participants say of this cut is awaited.",
    ),
    (
        "heard",
        "J'ai joint toutes ces personnes : elles sont d'accord avec l'extrait tel qu'il est.",
        "I have spoken with all of them: they agree with the clip as it is.",
    ),
    ("cut", "Début et fin", "Start and end"),
    (
        "cut_help",
        "Placez la lecture, puis choisissez. La coupe se fait à l'image clé précédente ; jusqu'à 5 s d'avant et d'après sont gardées un temps.",
        "Move the player there, then choose. The cut is made at the key frame before; up to 5 s before and after are kept for a while.",
    ),
    ("cut_from", "Commence ici", "Starts here"),
    ("cut_until", "Finit ici", "Ends here"),
    ("cut_now", "Couper", "Cut"),
    ("poster_here", "Prendre cette image comme affiche", "Use this picture as the poster"),
    (
        "caption_help",
        "Ctrl+Entrée : lire ou arrêter. Alt+← et Alt+→ : deux secondes. Ctrl+I : un sous-titre commence ici. Ctrl+O : il finit ici.",
        "Ctrl+Enter: play or stop. Alt+← and Alt+→: two seconds. Ctrl+I: a caption starts here. Ctrl+O: it ends here.",
    ),
    ("caption_starts", "Commence ici", "Starts here"),
    ("caption_ends", "Finit ici", "Ends here"),
    ("caption_file", "Ou prendre un fichier .vtt ou .srt", "Or take a .vtt or .srt file"),
    ("edit_rights", "Mention de droits de la photo", "The photo's notice of rights"),
    (
        "rights_help",
        "Cette photo porte une mention de droits. Publiez-la si son auteur est d'accord ; la mention est publiée avec elle.",
        "This photo carries a notice of rights. Publish it if its author agrees; the notice is published with it.",
    ),
    (
        "withheld",
        "La coupe a retiré la transcription qui avait été saisie. La voici : reprenez-en ce qui reste dans l'extrait, puis gardez la fiche.",
        "The cut has taken the typed transcript off. Here it is: take from it what is left in the clip, then save.",
    ),
    ("back", "Voir la page", "See the page"),
];

const MONTHS: [[&str; 2]; 12] = [
    ["janvier", "January"],
    ["février", "February"],
    ["mars", "March"],
    ["avril", "April"],
    ["mai", "May"],
    ["juin", "June"],
    ["juillet", "July"],
    ["août", "August"],
    ["septembre", "September"],
    ["octobre", "October"],
    ["novembre", "November"],
    ["décembre", "December"],
];

/// The words in one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Labels {
    french: bool,
}

/// The words in `language` (`fr…` is French, anything else English).
pub fn labels(language: &str) -> Labels {
    Labels { french: language.starts_with("fr") }
}

impl Labels {
    /// One of them.
    pub fn get(self, name: &str) -> &'static str {
        let found = WORDS.iter().find(|(known, ..)| *known == name);
        found.map_or("", |(_, fr, en)| if self.french { fr } else { en })
    }

    /// All of them.
    pub fn all(self) -> Value {
        let words = WORDS.iter().map(|(name, ..)| ((*name).to_owned(), Value::from(self.get(name))));
        Value::Object(words.collect::<Map<_, _>>())
    }

    /// `24 novembre 2026`, of `2026-11-24`.
    pub fn day(self, day: &str) -> String {
        let mut parts = day.split('-').map(|part| part.parse::<usize>().ok());
        let (Some(Some(year)), Some(Some(month)), Some(Some(number))) = (parts.next(), parts.next(), parts.next())
        else {
            return day.to_owned();
        };
        let Some(month) = month.checked_sub(1).and_then(|month| MONTHS.get(month)) else { return day.to_owned() };
        match self.french {
            true if number == 1 => format!("1er {} {year}", month[0]),
            true => format!("{number} {} {year}", month[0]),
            false => format!("{number} {} {year}", month[1]),
        }
    }

    /// How many were found.
    pub fn found(self, total: u64) -> String {
        match (total, self.french) {
            (0, true) => "Aucun résultat.".into(),
            (0, false) => "No results.".into(),
            (1, true) => "1 résultat.".into(),
            (1, false) => "1 result.".into(),
            (total, true) => format!("{total} résultats."),
            (total, false) => format!("{total} results."),
        }
    }

    /// The heading of a search.
    pub fn results(self, typed: &str) -> String {
        if self.french { format!("« {typed} »") } else { format!("“{typed}”") }
    }

    /// `12 Mo`; empty for nothing.
    pub fn size(self, bytes: u64) -> String {
        let unit = if self.french { ["ko", "Mo"] } else { ["kB", "MB"] };
        match bytes {
            0 => String::new(),
            1..1_000_000 => format!("{} {}", bytes.div_ceil(1000), unit[0]),
            bytes => format!("{} {}", (bytes + 500_000) / 1_000_000, unit[1]),
        }
    }
}

/// A language's name in another.
pub fn language_name(language: &str, reader: &str) -> String {
    const NAMES: [(&str, &str, &str); 14] = [
        ("fr", "français", "French"),
        ("en", "anglais", "English"),
        ("es", "espagnol", "Spanish"),
        ("it", "italien", "Italian"),
        ("de", "allemand", "German"),
        ("pt", "portugais", "Portuguese"),
        ("ar", "arabe", "Arabic"),
        ("tr", "turc", "Turkish"),
        ("ru", "russe", "Russian"),
        ("uk", "ukrainien", "Ukrainian"),
        ("oc", "occitan", "Occitan"),
        ("br", "breton", "Breton"),
        ("zh", "chinois", "Chinese"),
        ("fsl", "langue des signes française", "French Sign Language"),
    ];
    let short = language.split('-').next().unwrap_or_default();
    let found = NAMES.iter().find(|(id, ..)| *id == short);
    found.map_or(language, |(_, fr, en)| if reader.starts_with("fr") { fr } else { en }).to_owned()
}

/// The language that a browser asks for: French first, English where it comes before French.
pub fn wanted(accepted: &str) -> &'static str {
    let mut wishes: Vec<(f32, &str)> = accepted
        .split(',')
        .filter_map(|wish| {
            let (tag, rest) = wish.split_once(';').unwrap_or((wish, ""));
            let weight = rest.trim().strip_prefix("q=").map_or(Some(1.0), |weight| weight.parse().ok())?;
            Some((weight, tag.trim()))
        })
        .collect();
    wishes.sort_by(|a, b| b.0.total_cmp(&a.0));
    let known = wishes.iter().find_map(|(_, tag)| match tag.get(..2)?.to_ascii_lowercase().as_str() {
        "fr" => Some("fr"),
        "en" => Some("en"),
        _ => None,
    });
    known.unwrap_or("fr")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn french_unless_the_browser_wants_english_first() {
        for (accepted, language) in [
            ("", "fr"),
            ("de", "fr"),
            ("en-GB,fr;q=0.5", "en"),
            ("fr-FR,en;q=0.9", "fr"),
            ("de,en;q=0.3,fr;q=0.8", "fr"),
            ("*;q=x,,;", "fr"),
        ] {
            assert_eq!(wanted(accepted), language, "{accepted}");
        }
    }

    /// « Enregistrer » is what the studio does with the programme.
    #[test]
    fn keeping_words_is_not_called_as_recording_is() {
        let recording: Vec<_> = WORDS.iter().filter(|(_, fr, _)| fr.starts_with("Enregistr")).collect();
        assert!(recording.is_empty(), "{recording:?}");
    }
}
