//! Identifiers and units as that protocol has them.

use sha2::{Digest, Sha256};

use crate::tokens::hex;

/// The UUID of a scene or an input, always the same for the same id: version 8 of RFC 9562 §5.8,
/// made of the SHA-256 of its sort and id.
pub fn uuid(sort: &str, id: &str) -> String {
    let digest = Sha256::digest(format!("open-plateau/{sort}/{id}"));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = hex(&bytes);
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

/// A factor on the amplitude, of a level in dB; -90 dB (the meters' silence) and below are 0.
pub fn mul(db: f32) -> f64 {
    if db <= -90.0 { 0.0 } else { 10f64.powf(f64::from(db) / 20.0) }
}

/// The level in dB of a factor; 0 is -100 dB, the least the protocol has.
pub fn db(mul: f64) -> f32 {
    if mul <= 1e-5 { -100.0 } else { (20.0 * mul.log10()) as f32 }
}

/// `hh:mm:ss.mmm`
pub fn timecode(ms: u64) -> String {
    let (seconds, minutes, hours) = (ms / 1000 % 60, ms / 60_000 % 60, ms / 3_600_000);
    format!("{hours:02}:{minutes:02}:{seconds:02}.{:03}", ms % 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_is_well_formed_and_stays() {
        let one = uuid("scene", "cam1");
        assert_eq!(one, uuid("scene", "cam1"));
        assert_ne!(one, uuid("input", "cam1"));
        assert_eq!((one.len(), &one[14..15]), (36, "8"));
        assert!(["8", "9", "a", "b"].contains(&&one[19..20]));
    }

    #[test]
    fn levels_go_there_and_back() {
        for level in [-60.0, -6.0, 0.0, 12.0f32] {
            assert!((db(mul(level)) - level).abs() < 0.001);
        }
        assert_eq!((db(0.0), mul(-100.0)), (-100.0, 0.0));
        assert_eq!(timecode(3_723_004), "01:02:03.004");
    }
}
