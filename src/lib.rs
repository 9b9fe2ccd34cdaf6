//! Open Plateau: a participatory television studio.

pub mod capture;
pub mod config;
pub mod outputs;
pub mod protocol;
pub mod studio;
