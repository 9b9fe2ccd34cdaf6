//! Open Plateau: a participatory television studio.

pub mod capture;
pub mod config;
pub mod media;
pub mod mix;
pub mod outputs;
pub mod program;
pub mod protocol;
pub mod studio;
