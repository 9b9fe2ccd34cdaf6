//! Open Plateau: a participatory television studio.

pub mod capture;
pub mod cli;
pub mod config;
pub mod media;
pub mod mix;
pub mod outputs;
pub mod panel;
pub mod program;
pub mod protocol;
pub mod studio;
