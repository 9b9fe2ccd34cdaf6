//! Open Plateau: a participatory television studio.

pub mod cli;
pub mod config;
pub mod outputs;
pub mod panel;
pub mod protocol;
pub mod studio;
