//! Every form that a record takes: one module each, all from the same words.
//!
//! [`words`] has what several of them say (licence, credit line, notice), so that they cannot
//! disagree.

pub mod commons;
pub mod exif;
pub mod feed;
pub mod jpeg;
pub mod json_ld;
pub mod sitemap;
pub mod tags;
pub mod words;
pub mod xml;
pub mod xmp;
