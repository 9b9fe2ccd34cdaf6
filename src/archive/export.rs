//! Out of the house: whole folders for another machine.

use std::{fs, io, path::Path};

use super::Archive;

impl Archive {
    /// Copies every public record's folder into `to`, which may hold some of them already. Returns how
    /// many were copied. Blocks.
    pub fn export_bundle(&self, to: &Path) -> io::Result<usize> {
        let mut copied = 0;
        for folder in self.store().folders() {
            let Ok(record) = super::store::read(&folder) else { continue };
            let Some(id) = folder.file_name().filter(|_| record.is_public()) else { continue };
            let place = to.join(id);
            if place.exists() {
                continue;
            }
            let mut half = place.clone().into_os_string();
            half.push(".part");
            let half = Path::new(&half);
            let _ = fs::remove_dir_all(half);
            fs::create_dir_all(half)?;
            for entry in fs::read_dir(&folder)? {
                let entry = entry?;
                fs::copy(entry.path(), half.join(entry.file_name()))?;
            }
            fs::rename(half, place)?;
            copied += 1;
        }
        Ok(copied)
    }
}
