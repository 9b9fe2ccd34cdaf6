//! The challenge that a client answers without saying the password.
//!
//! answer = base64(SHA-256(secret + challenge)), secret = base64(SHA-256(password + salt)); the
//! protocol's "Creating an authentication string".

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

use crate::config::Secret;

/// What a client is asked before it may do anything.
pub struct Challenge {
    /// Mixed into the password.
    pub salt: String,
    /// Mixed into what comes of it.
    pub challenge: String,
}

impl Challenge {
    /// A new one for each connection: an answer that was overheard opens nothing later.
    pub fn new() -> Self {
        let random = || STANDARD.encode(rand::random::<[u8; 32]>());
        Self { salt: random(), challenge: random() }
    }

    /// Whether `answer` was made with `password`. Takes the same time wherever it differs.
    pub fn accepts(&self, password: &Secret, answer: &str) -> bool {
        let digest = |text: String| STANDARD.encode(Sha256::digest(text));
        let secret = digest(format!("{}{}", password.reveal(), self.salt));
        let right = digest(format!("{secret}{}", self.challenge));
        // The length is no secret: it is that of every SHA-256 in base64.
        let different = right.bytes().zip(answer.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b));
        right.len() == answer.len() && std::hint::black_box(different) == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_right_password_opens_and_nothing_else() {
        // Computed with `printf … | openssl dgst -sha256 -binary | base64`.
        let asked = Challenge {
            salt: "lM1GncleQOaCu9lT1yeUZhFYnqhsLLP1G5lAGo3ixaI=".into(),
            challenge: "+IxH4CnCiqpX1rM9scsNynZzbOe4KhDeYcTNS3PDaeY=".into(),
        };
        let password = Secret::new("supersecretpassword");
        let right = "1Ct943GAT+6YQUUX47Ia/ncufilbe6+oD6lY+5kaCu4=";
        assert!(asked.accepts(&password, right));
        assert!(!asked.accepts(&Secret::new("supersecretpasswore"), right));
        assert!(!asked.accepts(&password, &right.replace('C', "D")));
        assert!(!asked.accepts(&password, &right[..20]));
        assert!(!asked.accepts(&password, ""));
        assert_ne!(Challenge::new().challenge, Challenge::new().challenge);
    }
}
