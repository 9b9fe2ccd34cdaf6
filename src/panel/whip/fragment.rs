//! The part of a description that a phone sends later (RFC 8840, section 9).

/// Candidates in one fragment.
const CANDIDATES: usize = 32;

/// What a fragment says.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Fragment {
    /// The ICE session it belongs to.
    pub ufrag: Option<String>,
    /// Section and candidate.
    pub candidates: Vec<(String, String)>,
}

impl Fragment {
    /// Reads a fragment; `None` where it is none.
    pub fn read(text: &str) -> Option<Self> {
        let mut fragment = Self::default();
        let mut section = None;
        for line in text.split('\n').map(|line| line.trim_end_matches('\r')).filter(|line| !line.is_empty()) {
            if line.bytes().any(|byte| !(b' '..=b'~').contains(&byte)) || line.as_bytes().get(1) != Some(&b'=') {
                return None;
            }
            if let Some(ufrag) = line.strip_prefix("a=ice-ufrag:") {
                fragment.ufrag.get_or_insert_with(|| ufrag.to_owned());
            } else if let Some(mid) = line.strip_prefix("a=mid:") {
                section = Some(mid.to_owned());
            } else if let Some(candidate) = line.strip_prefix("a=candidate:")
                && fragment.candidates.len() < CANDIDATES
            {
                fragment.candidates.push((section.clone()?, format!("candidate:{candidate}")));
            }
        }
        Some(fragment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_belong_to_the_section_before_them() {
        let text = "a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\na=candidate:1 1 udp 1 192.0.2.1 61764 typ host\r\na=end-of-candidates\r\n";
        let fragment = Fragment::read(text).unwrap();
        assert_eq!(fragment.ufrag.as_deref(), Some("EsAw"));
        assert_eq!(fragment.candidates, [("0".to_owned(), "candidate:1 1 udp 1 192.0.2.1 61764 typ host".to_owned())]);
        assert_eq!(Fragment::read("hello"), None);
        assert_eq!(Fragment::read("a=candidate:1"), None);
        assert_eq!(Fragment::read(""), Some(Fragment::default()));
    }
}
