//! What viewers may do without a login: ask, clap, be counted, know what is on. All of it is limited
//! in size and rate, and no address is kept.

mod crowd;
mod destinations;
mod embed;
mod now;
mod numbers;
mod questions;
mod viewer;

pub use now::Board;
pub use viewer::Viewer;

use super::Routes;

/// The routes of this folder.
pub fn routes() -> Routes {
    Routes::new()
        .merge(questions::routes())
        .merge(now::routes())
        .merge(crowd::routes())
        .merge(numbers::routes())
        .merge(destinations::routes())
        .merge(embed::routes())
}
