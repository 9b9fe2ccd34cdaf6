//! `web/docs/retention.fr.md` and `retention.en.md`, made from the table; and the agreement's text, held against it.

use std::{fs, path::Path};

use super::{Kept, Length, ROWS, Row, table::Said};

/// Says that the pages in web/docs are to be written instead of compared; `make docs` sets it.
const WRITE: &str = "PLATEAU_WRITE_DOCS";

const LANGUAGES: [&str; 2] = ["fr", "en"];

const MADE: &str = "<!-- Made from src/retention/table.rs by `make docs`; a stale copy fails the tests. -->\n";

const HEAD: Said = [
    "# Ce que le studio garde, et combien de temps\n\n\
     Tout ce que le studio garde est dans le dossier de données. Ce dont le terme est passé est effacé de lui-même : au \
     démarrage, puis toutes les heures, mais pas pendant une séquence à l'antenne (l'effacement attend alors sa fin, un \
     jour au plus). Un terme se change dans `plateau.toml`, par sa clé.\n\n\
     | Quoi | Où | Combien de temps | Compté depuis |\n| --- | --- | --- | --- |\n",
    "# What the studio keeps, and for how long\n\n\
     Everything that the studio keeps is in the data folder. What has had its term is erased by itself: at the start, \
     then every hour, but not while a segment is on air (it then waits for the segment's end, for a day at most). A term \
     is changed in `plateau.toml`, by its key.\n\n\
     | What | Where | For how long | Counted from |\n| --- | --- | --- | --- |\n",
];

const TAIL: Said = [
    "\nLe journal du système (`journalctl`) n'est pas dans ce dossier : il ne nomme personne, et note l'adresse de qui se \
     connecte à la régie. Sa durée est celle du système. Les copies prises par d'autres, sur des réseaux ou sur des \
     disques, ne sont pas à la portée du studio : la régie a la liste des endroits à prévenir. \
     Un clip dont la fiche est abîmée n'est plus public, et n'est pas effacé de lui-même : la régie le montre.\n\n\
     ## L'horloge\n\n\
     Les termes se comptent avec la date de l'ordinateur. Si elle est en doute, **rien n'est effacé** : au démarrage, \
     quand elle est plus ancienne qu'au dernier passage ou de plus de treize mois plus tard (une pile d'horloge morte) ; \
     pendant la marche, quand elle recule depuis le dernier passage ou saute de plus d'un jour. La régie montre alors \
     `clock_doubtful`. Mettez l'ordinateur à la date ; puis un administrateur la confirme, dans la liste des problèmes ou \
     par `plateau ctl retention_confirm` : ce dont le terme est passé est effacé aussitôt. Ce qui a été enregistré \
     pendant le doute porte une fausse date : son terme compte depuis la confirmation.\n\n\
     ## Qui peut lire ces fichiers\n\n\
     Le dossier de données n'est ouvert qu'à l'utilisateur du studio (0700), et ce qu'il contient est fermé aux autres \
     utilisateurs de l'ordinateur. Pour qu'un serveur web du même ordinateur lise un export, donnez ce droit à lui seul :\n\n\
     ```sh\n\
     setfacl -m u:www-data:x /var/lib/plateau\n\
     setfacl -R -m u:www-data:rX -m d:u:www-data:rX /var/lib/plateau/exports\n\
     ```\n\n\
     Un export fait ailleurs par `plateau archive export` demande la seconde ligne, avec son dossier.\n",
    "\nThe system's log (`journalctl`) is not in this folder: it names nobody, and notes the address of whoever logs in to \
     the control room. How long it is kept is the system's affair. Copies that others have taken, on networks or disks, \
     are out of the studio's reach: the control room lists the places to ask. A clip whose \
     record is damaged is not public any more, and is not erased by itself: the control room shows it.\n\n\
     ## The clock\n\n\
     Terms are counted by the computer's date. While that is in doubt, **nothing is erased**: at the start, when it is \
     earlier than at the last run or later by more than thirteen months (a clock battery that is dead); while the studio \
     runs, when it goes back behind the last run or steps by more than a day. The control room then shows \
     `clock_doubtful`. Set the computer's date right; then an administrator confirms it, in the list of problems or by \
     `plateau ctl retention_confirm`: what has had its term is erased at once. What was recorded while the clock was in \
     doubt carries a wrong date: its term counts from the confirmation.\n\n\
     ## Who can read these files\n\n\
     The data folder is open to the studio's user alone (0700), and what is in it is closed to the other users of the \
     computer. For a web server on the same computer to read an export, give that right to it alone:\n\n\
     ```sh\n\
     setfacl -m u:www-data:x /var/lib/plateau\n\
     setfacl -R -m u:www-data:rX -m d:u:www-data:rX /var/lib/plateau/exports\n\
     ```\n\n\
     An export that `plateau archive export` makes elsewhere needs the second line, with its folder.\n",
];

fn page(language: usize) -> String {
    let rows: String = ROWS.iter().map(|row| line(row, language)).collect();
    format!("{MADE}\n{}{rows}{}", HEAD[language], TAIL[language])
}

fn line(row: &Row, language: usize) -> String {
    let places: Vec<_> = row.places.iter().map(|place| format!("`{place}`")).collect();
    let (long, since) = match &row.kept {
        Kept::Until(until) => (until[language].to_owned(), ""),
        Kept::For { length, since, .. } => (length_of(length, language), since[language]),
    };
    format!("| {} | {} | {long} | {since} |\n", row.what[language], places.join("<br>"))
}

fn length_of(length: &Length, language: usize) -> String {
    match (length, language) {
        (Length::Hours(hours), 0) => format!("{hours} heures"),
        (Length::Hours(hours), _) => format!("{hours} hours"),
        (Length::Days(days), _) => {
            let (least, most) = (days.range.start(), days.range.end());
            let key = format!("`[{}] {}`", days.table, days.key);
            match language {
                0 => format!("{} jours ({key}, de {least} à {most})", days.default),
                _ => format!("{} days ({key}, {least} to {most})", days.default),
            }
        }
    }
}

#[test]
fn the_documentation_is_made_from_the_table() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("web/docs");
    for (language, name) in LANGUAGES.iter().enumerate() {
        let (path, wanted) = (folder.join(format!("retention.{name}.md")), page(language));
        if std::env::var_os(WRITE).is_some() {
            fs::create_dir_all(&folder).and_then(|()| fs::write(&path, wanted)).expect("web/docs is writable");
            continue;
        }
        let found = fs::read_to_string(&path).unwrap_or_default();
        let stale = wanted.lines().zip(found.lines()).find(|(wanted, found)| wanted != found);
        assert!(wanted == found, "{} is stale: run `make docs`. First difference: {stale:?}", path.display());
    }
}

/// Every term that the agreement speaks of is one that is kept, and the other way round.
#[test]
fn the_agreement_promises_what_is_done() {
    let texts = [
        include_str!("../../pipelines/people/agreement.fr.txt"),
        include_str!("../../pipelines/people/agreement.en.txt"),
    ];
    for (language, text) in texts.iter().enumerate() {
        let mut rest = (*text).to_owned();
        for row in ROWS {
            let Some(promise) = row.promise.map(|promise| promise[language]) else { continue };
            assert!(text.contains(promise), "{}: the agreement does not say “{promise}”", row.id);
            let Kept::For { length: Length::Days(days), .. } = &row.kept else {
                panic!("{} is promised and nobody erases it", row.id)
            };
            assert!(promise.contains(&format!("{{{{ {} }}}}", days.key)), "{}: another term is promised", row.id);
            rest = rest.replace(promise, "");
        }
        assert!(!rest.contains("_days"), "a term that no line of the table keeps: {rest}");
    }
}
