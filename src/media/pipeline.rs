//! The life of a GStreamer pipeline: built from a description, played, ended, or given up.
//!
//! State changes run on a thread of their own with a deadline, because an element may hang in them
//! (a driver, a peer that accepts and never answers). A pipeline that hangs is abandoned: its thread
//! and its memory are lost, the programme is not. [`abandoned`] counts them.

use std::{
    sync::{
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc,
    },
    time::Duration,
};

use gstreamer::{self as gst, prelude::*};
use tracing::{debug, warn};

use super::{Clock, Ns, parse};
use crate::protocol::Problem;

/// What a bus says, reduced to what its owner acts on.
#[derive(Debug, Clone)]
pub enum Notice {
    /// An element failed; the pipeline is of no use any more.
    Error {
        /// The element's factory.
        element: String,
        /// GStreamer's sentence.
        message: String,
        /// Its details, for the log.
        details: String,
        /// The other side refused us (authorisation, closed before publishing).
        not_authorized: bool,
    },
    /// Everything sent has reached the last element.
    Ended,
}

/// A pipeline on the studio's clock. Dropping it stops it.
pub struct Pipeline {
    inner: gst::Pipeline,
    stopped: AtomicBool,
}

static ABANDONED: AtomicUsize = AtomicUsize::new(0);

/// Pipelines that did not stop and were given up since the program started.
pub fn abandoned() -> usize {
    ABANDONED.load(Ordering::Relaxed)
}

impl Pipeline {
    /// Parses a description. `origin` is the running time that is zero inside the pipeline.
    /// `notify` is called from GStreamer's threads and must not block.
    pub fn parse(
        name: &str,
        description: &str,
        clock: &Clock,
        origin: Ns,
        notify: impl Fn(Notice) + Send + Sync + 'static,
    ) -> Result<Self, Problem> {
        let element = parse::launch(name, description)?;
        let inner = element.downcast::<gst::Pipeline>().unwrap_or_else(|element| {
            let pipeline = gst::Pipeline::new();
            pipeline.add(&element).expect("a new pipeline takes its first element");
            pipeline
        });
        inner.set_property("name", name);
        clock.govern(&inner, origin);
        let bus = inner.bus().expect("a pipeline has a bus");
        bus.set_sync_handler(move |_, message| {
            if let Some(notice) = notice(message) {
                notify(notice);
            }
            match message.view() {
                gst::MessageView::NeedContext(_) | gst::MessageView::HaveContext(_) => gst::BusSyncReply::Pass,
                _ => gst::BusSyncReply::Drop,
            }
        });
        Ok(Self { inner, stopped: AtomicBool::new(false) })
    }

    /// The element of this name.
    pub fn element(&self, name: &str) -> Option<gst::Element> {
        self.inner.by_name(name)
    }

    /// The same of one that the description must have.
    pub fn part<T: IsA<gst::Element>>(&self, name: &str) -> Result<T, Problem> {
        self.element(name).and_then(|element| element.downcast().ok()).ok_or_else(|| {
            let whose = self.inner.name();
            Problem::operator(
                "bad_description",
                format!(
                    "La description de « {whose} » n'a pas d'élément « {name} » du bon type. Comparez-la à celle d'origine."
                ),
                format!("The description of {whose} has no element `{name}` of the right type. Compare it with the original."),
            )
        })
    }

    /// The pipeline itself, to add elements and links before it plays.
    pub fn bin(&self) -> &gst::Pipeline {
        &self.inner
    }

    /// Running time zero inside the pipeline is `origin` from now on.
    pub fn set_origin(&self, clock: &Clock, origin: Ns) {
        clock.govern(&self.inner, origin);
    }

    /// Plays. Elements may block in it: call it where blocking is no harm. Failures also reach
    /// `notify` with their reason.
    pub fn play(&self) -> bool {
        self.inner.set_state(gst::State::Playing).is_ok()
    }

    /// Asks every source to end; `Notice::Ended` follows once everything has been written.
    pub fn end(&self) {
        self.inner.send_event(gst::event::Eos::new());
    }

    /// Stops within `deadline` or gives the pipeline up. Blocks at most that long.
    pub fn stop(&self, deadline: Duration) -> bool {
        if self.stopped.swap(true, Ordering::AcqRel) {
            return true;
        }
        let (done, wait) = mpsc::channel();
        let pipeline = self.inner.clone();
        let name = pipeline.name().to_string();
        let thread = std::thread::Builder::new().name("pipeline-stop".into()).spawn(move || {
            let _ = pipeline.set_state(gst::State::Null);
            if let Some(bus) = pipeline.bus() {
                bus.unset_sync_handler();
            }
            let _ = done.send(());
        });
        if thread.is_ok() && wait.recv_timeout(deadline).is_ok() {
            debug!(pipeline = name, "stopped");
            return true;
        }
        ABANDONED.fetch_add(1, Ordering::Relaxed);
        warn!(pipeline = name, "does not stop; given up");
        false
    }
}

impl Drop for Pipeline {
    fn drop(&mut self) {
        self.stop(Duration::from_secs(2));
    }
}

fn notice(message: &gst::MessageRef) -> Option<Notice> {
    match message.view() {
        gst::MessageView::Error(error) => {
            let element = message
                .src()
                .and_then(|source| source.downcast_ref::<gst::Element>())
                .and_then(|element| element.factory())
                .map_or_else(String::new, |factory| factory.name().to_string());
            let details = error.debug().map(|text| text.to_string()).unwrap_or_default();
            let not_authorized = error.error().matches(gst::ResourceError::NotAuthorized);
            Some(Notice::Error { element, message: error.error().to_string(), details, not_authorized })
        }
        gst::MessageView::Eos(_) => Some(Notice::Ended),
        _ => None,
    }
}
