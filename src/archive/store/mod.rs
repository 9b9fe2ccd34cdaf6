//! Where clips and photos lie on the disk.

pub mod files;
