//! Open Plateau: a participatory television studio.

pub mod capture;
pub mod cli;
pub mod config;
pub mod outputs;
pub mod panel;
pub mod protocol;
pub mod studio;
