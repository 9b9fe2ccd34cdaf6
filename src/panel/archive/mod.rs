//! The public catalogue, and what the desk does in it.
//!
//! ```text
//! /archive…            pages    made here, readable without a script
//! /clips/…, /photos/…  files    with ranges, public ones alone
//! /api/clips           api      the same as JSON
//! /api/archive/…       desk     captions, photos: what a websocket is too small for
//! ```

mod api;
mod desk;
mod files;
mod pages;
pub(super) mod words;

use super::Routes;

/// The routes of this folder.
pub fn routes() -> Routes {
    Routes::new().merge(api::routes()).merge(desk::routes()).merge(files::routes()).merge(pages::routes())
}
