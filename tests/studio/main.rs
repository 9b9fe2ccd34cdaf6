//! The studio from outside: its doors, its protocol, its command line.

#[path = "../support/mod.rs"]
mod support;

mod panel_house;

mod access;
mod panel_control;
mod panel_ctl;
mod panel_fuzz;
mod panel_pages;
mod panel_tls;
