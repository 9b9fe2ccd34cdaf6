//! What leaves the studio.

pub mod monitors;
