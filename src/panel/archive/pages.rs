//! `/archive…`: the catalogue's pages.

use axum::Router;

use crate::panel::App;

/// The routes of this file.
pub fn routes() -> Router<App> {
    Router::new()
}
