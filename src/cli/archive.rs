//! `plateau archive`

use std::{ops::ControlFlow, path::PathBuf};

use clap::{Args, Subcommand, ValueEnum};

use super::{Exit, Failure, folders, print};
use crate::{
    archive::{Archive as Archives, Description, ExportForm, Query, Settings, Stand, Standing, store::Fault},
    booth::Booth,
    config::terminal_language,
    media, people,
    protocol::{Problem, Text},
};

/// The archive without the studio running: what is in it, whether all of it is whole, and ways in and
/// out.
#[derive(Args)]
pub struct Archive {
    /// The configuration.
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// The data folder.
    #[arg(long, value_name = "FOLDER", global = true)]
    data: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Lists clips and photos, newest first.
    List {
        /// Words to look for.
        words: Vec<String>,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Reads every file and says what is missing, changed, orphaned or half written; exit 1 if
    /// anything is.
    Verify {
        /// First make the index anew from the files.
        #[arg(long)]
        rebuild: bool,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Copies what is public into a folder; started again, it goes on where it was.
    Export {
        /// The folder.
        to: PathBuf,
        /// In which form.
        #[arg(long, value_enum, default_value = "bundle")]
        form: ExportForm,
    },
    /// Takes an MP4 (H.264, AAC) in.
    Import {
        /// The film.
        file: PathBuf,
        /// What it is called.
        #[arg(long)]
        title: String,
        /// What it is about.
        #[arg(long, default_value = "")]
        summary: String,
        /// BCP 47; without it, the studio's.
        #[arg(long, default_value = "")]
        language: String,
        /// Somebody who takes part; may be given several times.
        #[arg(long = "name")]
        names: Vec<String>,
        /// A theme; may be given several times.
        #[arg(long = "tag")]
        tags: Vec<String>,
        /// Everybody in it has agreed to its publication under the licence: it is published.
        #[arg(long)]
        agreed: bool,
    },
    /// Prints the documentation sheet of a day.
    Sheet {
        /// `2026-11-24`; without it, the last day that has clips.
        day: Option<String>,
        /// In which form.
        #[arg(long, value_enum, default_value = "markdown")]
        form: SheetForm,
    },
}

/// In which markup.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SheetForm {
    /// MediaWiki text.
    Wiki,
    /// Markdown.
    Markdown,
    /// A page of its own.
    Html,
}

impl Archive {
    /// Does it.
    pub fn main(self) -> Result<(), Failure> {
        let data = folders::data(self.data.as_deref());
        let config = match folders::config_file(self.config.as_deref(), &data) {
            Some(file) => Some(folders::load(&file)?),
            None => None,
        };
        let failed = |problem: Problem| Failure::new(Exit::Failed, &problem);
        media::init().map_err(failed)?;
        let register = people::register(&data).map_err(failed)?;
        Booth::register(&data, &register);
        let settings = match &config {
            Some(config) => Settings::new(config, &data, register),
            None => Settings {
                data: data.clone(),
                event: "Open Plateau".into(),
                language: terminal_language().into(),
                licence: "CC-BY-SA-4.0".into(),
                register,
                ..Settings::default()
            },
        };
        let archive = Archives::open(settings);
        archive.follow();
        match self.command {
            Command::List { words, json } => list(&archive, &words.join(" "), json),
            Command::Verify { rebuild, json } => return verify(&archive, rebuild, json),
            Command::Export { to, form } => export(&archive, &to, form).map_err(failed)?,
            Command::Import { file, title, summary, language, names, tags, agreed } => {
                let description =
                    Description { title, summary, language, tags, names, agreed, ..Description::default() };
                let record = archive.import(&file, description).map_err(failed)?;
                print(&format!("{}\n", record.id));
            }
            Command::Sheet { day, form } => {
                let name = match form {
                    SheetForm::Wiki => "sheet.wiki",
                    SheetForm::Markdown => "sheet.md",
                    SheetForm::Html => "sheet.html",
                };
                print(&archive.sheet(day.as_deref(), name, config.as_deref()).map_err(failed)?);
            }
        }
        Ok(())
    }
}

fn list(archive: &Archives, words: &str, json: bool) {
    let query = Query { q: words.into(), ..Query::default() };
    for record in archive.all(&query, u32::MAX.into()) {
        let line = match json {
            true => serde_json::to_string(&record).unwrap_or_default(),
            false => {
                let standing = match (record.standing, archive.stand(&record)) {
                    (_, Stand { public: true, .. }) => Text::new("publié", "published"),
                    (Standing::Hidden, _) => Text::new("retiré", "hidden"),
                    (_, Stand { allowed: true, .. }) => Text::new("à relire", "to review"),
                    _ => Text::new("sans accord", "not agreed"),
                };
                let seconds = record.duration_ms / 1000;
                let standing = standing.get(terminal_language()).to_owned();
                format!("{}\t{}:{:02}\t{standing}\t{}", record.id, seconds / 60, seconds % 60, record.title)
            }
        };
        if !print(&format!("{line}\n")) {
            return;
        }
    }
}

fn verify(archive: &Archives, rebuild: bool, json: bool) -> Result<(), Failure> {
    if rebuild {
        archive.rebuild();
    }
    let report = archive.verify();
    for finding in &report.findings {
        let text = match json {
            true => serde_json::to_string(finding).unwrap_or_default(),
            false => {
                let what = match finding.fault {
                    Fault::Missing => Text::new("manque", "missing"),
                    Fault::Changed => Text::new("a changé", "changed"),
                    Fault::Orphaned => Text::new("n'appartient à rien", "orphaned"),
                    Fault::HalfWritten => Text::new("à moitié écrit", "half written"),
                    Fault::Unreadable => Text::new("illisible", "unreadable"),
                    Fault::Index => {
                        Text::new("l'index dit autre chose (--rebuild)", "the index says otherwise (--rebuild)")
                    }
                };
                format!("{}: {}", finding.path, what.get(terminal_language()))
            }
        };
        print(&format!("{text}\n"));
    }
    let (records, wrong, megabytes) = (report.records.len(), report.findings.len(), report.bytes / 1_000_000);
    if wrong == 0 {
        let whole = Text::new(
            format!("{records} extraits et photos, {megabytes} Mo : tout est là."),
            format!("{records} clips and photos, {megabytes} MB: all is there."),
        );
        if !json {
            print(&format!("{}\n", whole.get(terminal_language())));
        }
        return Ok(());
    }
    let problem = Problem::operator(
        "archive_damaged",
        format!("{wrong} défauts dans {records} extraits et photos. Reprenez ces fichiers d'une copie."),
        format!("{wrong} faults in {records} clips and photos. Take these files from a copy."),
    );
    Err(Failure::new(Exit::Failed, &problem))
}

fn export(archive: &Archives, to: &std::path::Path, form: ExportForm) -> Result<(), Problem> {
    let mut told = None;
    archive.export(form, to, terminal_language(), &mut |step| {
        if told.replace(step.done) != Some(step.done) {
            let title = step.record.map_or("", |record| &record.title);
            // Whoever listens no more still wants the files.
            let _ = print(format!("{}/{} {title}", step.done, step.of).trim_end()) && print("\n");
        }
        ControlFlow::Continue(())
    })
}
