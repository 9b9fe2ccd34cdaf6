//! The studio from outside: its doors, its protocol, its command line.

#![allow(clippy::unwrap_used, reason = "in a test a surprise is a failure")]

#[path = "../support/mod.rs"]
mod support;

mod panel_house;

mod access;
mod answers;
mod archive;
mod archive_full;
mod archive_media;
mod archive_photos;
mod archive_rights;
mod audience;
mod audience_networks;
mod crowded;
mod day;
mod doors;
mod files;
mod guardians;
mod model;
mod operations;
mod outsiders;
mod packages;
mod panel_control;
mod panel_ctl;
mod panel_fuzz;
mod panel_pages;
mod panel_tls;
mod phones;
mod phones_booth;
mod rehearsal;
mod remote;
mod remote_protocol;
mod retention;
mod share;
mod silent_disk;
mod titles;
mod withdrawals;
