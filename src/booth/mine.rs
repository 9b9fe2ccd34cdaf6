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

    /// Takes it back, by its person's link: as [`Booth::erase_with_clip`]. Blocking.
    ///
    /// # Errors
    /// No such link; a disk that will not erase, and then the link still works.
    pub fn take_back(&self, token: &str, archive: &Archive) -> Result<(), Refusal> {
        self.erase_with_clip(&self.mine(token)?.id, archive)
    }

    /// Erases a take and all that the archive made of it, past any bin and in it, with its copies within
    /// reach. From its first step on nothing of it is public; what a crash leaves undone,
    /// [`Booth::finish_erasures`] does. Blocking.
    ///
    /// # Errors
    /// No such take; a disk that will not erase.
    pub fn erase_with_clip(&self, id: &str, archive: &Archive) -> Result<(), Refusal> {
        let failed = |problem| Refusal { reason: Reason::Disk, problem };
        let clip = self.forbid(id)?;
        archive.erase_take(id).map_err(failed)?;
        // Clips of before did not say of which take they are.
        match clip.map(|clip| archive.erase(&clip)) {
            Some(Err(problem)) if problem.code != "unknown_clip" => return Err(failed(problem)),
            _ => (),
        }
        self.remove(id)
    }

    /// Erases what was taken back and could not be erased then, because of a crash or of the disk. Returns the
    /// first thing that still stands in the way. Blocking.
    pub fn finish_erasures(&self, archive: &Archive) -> Option<Problem> {
        let mut left = None;
        for id in self.taken_back() {
            if let Err(Refusal { reason, problem }) = self.erase_with_clip(&id, archive) {
                tracing::warn!(take = id, reason = problem.text.en, "a take is not erased yet");
                // Somebody else has erased it meanwhile.
                left = left.or((reason != Reason::Unknown).then_some(problem));
            }
        }
        left
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
    use crate::{
        booth::{Booth, Reason, Start, sign::tests::signed},
        rights::Register,
    };

    #[test]
    fn the_last_link_leads_to_the_take_and_no_other_does() {
        let data = tempfile::tempdir().unwrap();
        let booth = Booth::open(data.path(), Register::default());
        let Start { id, .. } = booth.start(signed()).unwrap();
        let first = [0x1a, 0x45, 0xdf, 0xa3];
        booth.chunk(&id, 0, &first).unwrap();
        booth.finish(&id, &crate::tokens::sha256(first)).unwrap();
        let lost = booth.send(&id).unwrap();
        // The tablet did not hear the answer, and asks again.
        let token = booth.send(&id).unwrap();
        assert_eq!(booth.mine(&lost).unwrap_err().reason, Reason::Unknown);
        assert_eq!(booth.mine("").unwrap_err().reason, Reason::Unknown);
        let booth = Booth::open(data.path(), Register::default());
        assert_eq!(booth.mine(&token).unwrap().id, id);
        let kept = std::fs::read_to_string(data.path().join("booth").join(&id).join("take.json")).unwrap();
        assert!(!kept.contains(&token), "links are kept as hashes");
    }
}
