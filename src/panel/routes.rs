//! The routes as a table: axum's router, and the list of its paths that axum does not tell.

use axum::{Router, extract::DefaultBodyLimit, routing::MethodRouter};

use super::App;

/// Routes with their paths, as each folder of the panel hands them in.
#[derive(Default)]
pub struct Routes {
    router: Router<App>,
    paths: Vec<&'static str>,
}

impl Routes {
    /// No route yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// With a path more, in axum's form: `/api/clips/{clip}`.
    pub fn route(mut self, path: &'static str, methods: MethodRouter<App>) -> Self {
        self.router = self.router.route(path, methods);
        self.paths.push(path);
        self
    }

    /// With all routes of another table.
    pub fn merge(mut self, other: Routes) -> Self {
        self.router = self.router.merge(other.router);
        self.paths.extend(other.paths);
        self
    }

    /// With bodies of so many bytes at most.
    pub fn layer(mut self, limit: DefaultBodyLimit) -> Self {
        self.router = self.router.layer(limit);
        self
    }

    /// The paths, in the order in which they were handed in.
    pub fn into_paths(self) -> Vec<&'static str> {
        self.paths
    }

    /// For axum.
    pub fn into_router(self) -> Router<App> {
        self.router
    }
}
