//! What a person may do later with what they sent, by the link that the tablet showed them as a code.

use super::{Booth, Reason, Refusal, Told};
use crate::{archive::Archive, protocol::Problem, tokens};

impl Booth {
    /// The take that this link belongs to. Blocking.
    ///
    /// # Errors
    /// No such link: forged, of a take that was erased, or handed out before a newer one.
    pub fn mine(&self, token: &str) -> Result<Told, Refusal> {
        let link = tokens::sha256(token);
        let known = |told: &Told| self.with(&told.id, |take| Ok(take.note.link.as_ref() == Some(&link)));
        self.sent().into_iter().find(|told| known(told).unwrap_or(false)).ok_or_else(not_yours)
    }

    /// Takes it back: what the archive made of it is erased past any bin, then the take. Blocking.
    ///
    /// # Errors
    /// No such link; a disk that will not erase, and then the link still works.
    pub fn take_back(&self, token: &str, archive: &Archive) -> Result<(), Refusal> {
        let id = self.mine(token)?.id;
        if let Some(clip) = self.clip(&id)? {
            match archive.erase(&clip) {
                Err(problem) if problem.code != "unknown_clip" => {
                    return Err(Refusal { reason: Reason::Disk, problem });
                }
                // It has gone already.
                Ok(()) | Err(_) => (),
            }
        }
        self.remove(&id)
    }
}

fn not_yours() -> Refusal {
    let problem = Problem::operator(
        "unknown_link",
        "Ce lien ne mène plus à une vidéo : elle a été effacée, ou le lien est incomplet.",
        "This link leads to no video any more: it was erased, or the link is incomplete.",
    );
    Refusal { reason: Reason::Unknown, problem }
}

#[cfg(test)]
mod tests {
    use crate::booth::{Booth, Reason, Start, sign::tests::signed};

    #[test]
    fn the_last_link_leads_to_the_take_and_no_other_does() {
        let data = tempfile::tempdir().unwrap();
        let booth = Booth::open(data.path());
        let Start { id, .. } = booth.start(signed()).unwrap();
        let first = [0x1a, 0x45, 0xdf, 0xa3];
        booth.chunk(&id, 0, &first).unwrap();
        booth.finish(&id, &crate::tokens::sha256(first)).unwrap();
        let lost = booth.send(&id).unwrap();
        // The tablet did not hear the answer, and asks again.
        let token = booth.send(&id).unwrap();
        assert_eq!(booth.mine(&lost).unwrap_err().reason, Reason::Unknown);
        assert_eq!(booth.mine("").unwrap_err().reason, Reason::Unknown);
        let booth = Booth::open(data.path());
        assert_eq!(booth.mine(&token).unwrap().id, id);
        let kept = std::fs::read_to_string(data.path().join("booth").join(&id).join("take.json")).unwrap();
        assert!(!kept.contains(&token), "links are kept as hashes");
    }
}
