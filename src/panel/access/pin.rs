//! PINs: making them, hashing them, telling them apart.

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};

use crate::config::Secret;

/// Longer than any PIN; what is longer is wrong without being hashed.
const LONGEST: usize = 64;

/// A fresh PIN of six digits, for people to read out to each other.
pub fn make() -> Secret {
    Secret::new(format!("{:06}", rand::random_range(0..1_000_000u32)))
}

/// The PIN as it is compared: people type blanks between the digits.
fn bare(pin: &Secret) -> String {
    pin.reveal().chars().filter(|c| !c.is_whitespace()).collect()
}

/// 8 MiB and two passes: a PIN has a million values at most, so what protects it is the throttle
/// in front; the hash is for whoever reads the file, and must not take the mix's CPU time.
fn hasher() -> Argon2<'static> {
    let params = Params::new(8 * 1024, 2, 1, None).expect("constants within argon2's ranges");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// The PHC string of a PIN. Takes some 10 ms of a core: not for async threads.
pub fn hash(pin: &Secret) -> String {
    let hash = hasher().hash_password(bare(pin).as_bytes());
    hash.expect("a PIN and a random salt are within argon2's ranges").to_string()
}

/// Whether `pin` is the one behind `hash`. Takes some 10 ms of a core: not for async threads.
pub fn matches(pin: &Secret, hash: &str) -> bool {
    let bare = bare(pin);
    if bare.is_empty() || bare.len() > LONGEST {
        return false;
    }
    PasswordHash::new(hash).is_ok_and(|hash| hasher().verify_password(bare.as_bytes(), &hash).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_six_digits_and_found_behind_its_hash() {
        let pin = make();
        assert_eq!(pin.reveal().len(), 6);
        assert!(pin.reveal().bytes().all(|b| b.is_ascii_digit()));
        let hash = hash(&pin);
        assert!(hash.starts_with("$argon2id$"));
        assert!(!hash.contains(pin.reveal()));
        let spaced = Secret::new(format!(" {} {}", &pin.reveal()[..3], &pin.reveal()[3..]));
        assert!(matches(&spaced, &hash));
        assert!(!matches(&Secret::new("12345"), &hash));
        assert!(!matches(&Secret::new(""), &hash));
        assert!(!matches(&Secret::new("0".repeat(1_000_000)), &hash));
    }
}
