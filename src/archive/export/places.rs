//! Where exports are: the desk's own folders, and those that somebody had made elsewhere, on a disk that
//! is not always there.
//!
//! `exports/elsewhere.json` of the data folder remembers the latter, so that a withdrawal reaches them.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use tracing::warn;

use super::Form;
use crate::{
    archive::{Archive, Record},
    disk::{self, Readers},
    media,
};

/// In the exports' folder.
const FILE: &str = "elsewhere.json";

/// A folder with an export in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Place {
    pub form: Form,
    pub folder: PathBuf,
    /// Unix milliseconds when it was last brought up to date, elsewhere; 0 for the desk's own.
    pub at: u64,
}

impl Place {
    /// What it has of a record can be taken out.
    ///
    /// # Errors
    /// `NotFound`: it may have that record, and is not there.
    pub fn reached(&self, record: &Record) -> io::Result<()> {
        // Of one that cannot be read nobody knows how old it is.
        if (record.recorded_at > 0 && self.at < record.recorded_at) || self.folder.exists() {
            Ok(())
        } else {
            Err(io::ErrorKind::NotFound.into())
        }
    }
}

impl Archive {
    /// Where the desk's exports are.
    pub(super) fn exports(&self) -> PathBuf {
        self.settings().data.join("exports")
    }

    /// Every folder that was ever exported to.
    pub(super) fn places(&self) -> Vec<Place> {
        let own = Form::ALL.map(|form| Place { form, folder: self.exports().join(form.folder()), at: 0 });
        own.into_iter().chain(self.elsewhere()).collect()
    }

    /// An export begins there: before its first file is, so that no crash comes between. A data folder on
    /// a disk that takes nothing is a copy, whose withdrawals are carried out elsewhere.
    pub(super) fn remember(&self, form: Form, to: &Path) -> io::Result<()> {
        if to == self.exports().join(form.folder()) {
            return Ok(());
        }
        let place = Place { form, folder: fs::canonicalize(to)?, at: media::unix_ms() };
        let mut places = self.elsewhere();
        places.retain(|known| (known.form, &known.folder) != (place.form, &place.folder));
        places.push(place);
        let text = serde_json::to_vec_pretty(&places)?;
        let kept = fs::create_dir_all(self.exports())
            .and_then(|()| disk::write(&self.exports().join(FILE), &text, Readers::All));
        kept.or_else(|error| if error.kind() == io::ErrorKind::ReadOnlyFilesystem { Ok(()) } else { Err(error) })
    }

    fn elsewhere(&self) -> Vec<Place> {
        let file = self.exports().join(FILE);
        let Ok(text) = fs::read(&file) else { return Vec::new() };
        serde_json::from_slice(&text).unwrap_or_else(|error| {
            warn!(%error, ?file, "not read: exports elsewhere are out of reach");
            Vec::new()
        })
    }
}
