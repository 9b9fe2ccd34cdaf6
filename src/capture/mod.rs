//! Cameras and microphones.

pub mod devices;
