//! Draws what is over the picture, and what stands for a source that has none, on a thread of its own:
//! when it changes, and each second where a title shows the time.

use std::{
    sync::{
        Arc,
        mpsc::{self, RecvTimeoutError},
    },
    time::Duration,
};

use indexmap::IndexMap;
use time::OffsetDateTime;
use tracing::warn;

use super::{countdown, titles::CLOCK};
use crate::{
    media::unix_ms,
    mix::{Order, compose::Overlay, graphics::Graphics},
    protocol::TitleState,
};

/// A template and what it says.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawing {
    /// Its name.
    pub template: String,
    /// Its texts.
    pub fields: IndexMap<String, String>,
    /// Unix milliseconds of a countdown's end.
    pub counts_to: Option<u64>,
}

impl From<&TitleState> for Drawing {
    fn from(title: &TitleState) -> Self {
        let TitleState { template, fields, counts_to, .. } = title;
        Self { template: template.clone(), fields: fields.clone(), counts_to: *counts_to }
    }
}

impl Drawing {
    /// Milliseconds until it says something else by itself; `None`: it never does.
    fn next(&self, now: u64) -> Option<u64> {
        match self.counts_to {
            // A countdown's seconds are its own.
            Some(end) if end > now => Some((end - now - 1) % 1000 + 1),
            Some(_) => None,
            None => (self.template == CLOCK).then(|| 1000 - now % 1000),
        }
    }

    /// Its texts at this moment.
    fn at(&self, now: u64) -> IndexMap<String, String> {
        let time = match self.counts_to {
            Some(end) => countdown::left(end, now),
            None if self.template == CLOCK => clock(now),
            None => return self.fields.clone(),
        };
        let mut fields = self.fields.clone();
        fields.insert("time".into(), time);
        fields
    }
}

/// `16:30:07` where the machine stands.
fn clock(now: u64) -> String {
    let utc = OffsetDateTime::from_unix_timestamp((now / 1000) as i64).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let local = time::UtcOffset::local_offset_at(utc).map_or(utc, |offset| utc.to_offset(offset));
    format!("{:02}:{:02}:{:02}", local.hour(), local.minute(), local.second())
}

/// What is to be drawn.
enum Work {
    /// These over the picture, bottom first.
    Titles(Vec<Drawing>),
    /// The picture that stands for a source, and its texts.
    Stand(String, IndexMap<String, String>),
}

/// The way to the thread; it ends when this is dropped.
pub struct Painter {
    wanted: mpsc::Sender<Work>,
}

impl Painter {
    /// Draws with `graphics` and hands what comes out to the mixer.
    pub fn start(graphics: Arc<Graphics>, orders: mpsc::Sender<Order>) -> std::io::Result<Self> {
        let (wanted, inbox) = mpsc::channel();
        let canvas = Canvas { graphics, orders, drawn: Vec::new() };
        std::thread::Builder::new().name("painter".into()).spawn(move || canvas.run(&inbox))?;
        Ok(Self { wanted })
    }

    /// From now on these, bottom first. Returns at once; of several calls in a row the last counts.
    pub fn show(&self, drawings: Vec<Drawing>) {
        // The thread only goes when this does.
        let _ = self.wanted.send(Work::Titles(drawings));
    }

    /// From now on this stands for a source that has no picture. Returns at once; titles come first.
    pub fn stand(&self, source: &str, fields: IndexMap<String, String>) {
        // As above.
        let _ = self.wanted.send(Work::Stand(source.to_owned(), fields));
    }
}

/// A title as it was drawn last; `None` in place of the picture: it cannot be drawn.
struct Drawn {
    template: String,
    fields: IndexMap<String, String>,
    overlay: Option<Arc<Overlay>>,
}

struct Canvas {
    graphics: Arc<Graphics>,
    orders: mpsc::Sender<Order>,
    drawn: Vec<Drawn>,
}

impl Canvas {
    fn run(mut self, inbox: &mpsc::Receiver<Work>) {
        let mut wanted: Vec<Drawing> = Vec::new();
        let mut stands: IndexMap<String, IndexMap<String, String>> = IndexMap::new();
        let mut at = unix_ms();
        loop {
            // Counted from what was drawn, so that no change is passed over while drawing; and a second
            // at most, should somebody set the machine's clock.
            let next = match wanted.iter().filter_map(|drawing| drawing.next(at)).min() {
                _ if !stands.is_empty() => inbox.recv_timeout(Duration::ZERO),
                Some(wait) => {
                    inbox.recv_timeout(Duration::from_millis((at + wait).saturating_sub(unix_ms()).min(1000)))
                }
                None => inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            let first = match next {
                Ok(first) => Some(first),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            for work in first.into_iter().chain(inbox.try_iter()) {
                match work {
                    Work::Titles(newest) => wanted = newest,
                    Work::Stand(source, fields) => _ = stands.insert(source, fields),
                }
            }
            at = unix_ms();
            self.draw(&wanted, at);
            if let Some((source, fields)) = stands.shift_remove_index(0) {
                self.stand(source, &fields);
            }
        }
    }

    fn stand(&self, source: String, fields: &IndexMap<String, String>) {
        match self.graphics.picture("lost", fields) {
            // The mixer may have gone before us.
            Ok(picture) => drop(self.orders.send(Order::Stand { source, picture })),
            Err(problem) => warn!(%problem, "no placard"),
        }
    }

    /// Draws what says something else than last time, and keeps the rest.
    fn draw(&mut self, wanted: &[Drawing], now: u64) {
        let mut old = std::mem::take(&mut self.drawn);
        let count = old.len();
        let mut changed = false;
        for (place, drawing) in wanted.iter().enumerate() {
            let fields = drawing.at(now);
            let same = old.iter().position(|drawn| drawn.template == drawing.template && drawn.fields == fields);
            changed |= same != Some(0) || place >= count;
            let drawn = same.map(|at| old.remove(at)).unwrap_or_else(|| {
                let made = self.graphics.overlay(&drawing.template, &fields);
                let made = made.inspect_err(|problem| warn!(drawing.template, %problem, "a title is not drawn"));
                Drawn { template: drawing.template.clone(), fields, overlay: made.ok().map(Arc::new) }
            });
            self.drawn.push(drawn);
        }
        if changed || !old.is_empty() {
            let overlays = self.drawn.iter().filter_map(|drawn| drawn.overlay.clone()).collect();
            // The mixer may have gone before us.
            let _ = self.orders.send(Order::Overlays(overlays));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{config::Video, media::Descriptions};

    fn canvas() -> (Canvas, mpsc::Receiver<Order>) {
        let (orders, told) = mpsc::channel();
        let folder = std::path::Path::new("/nowhere");
        let video = Video { width: 640, height: 360, framerate: 25 };
        let graphics = Arc::new(Graphics::new(Descriptions::new(folder), video));
        (Canvas { graphics, orders, drawn: Vec::new() }, told)
    }

    fn drawing(template: &str, fields: &[(&str, &str)], counts_to: Option<u64>) -> Drawing {
        let fields = fields.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        Drawing { template: template.into(), fields, counts_to }
    }

    fn overlays(told: &mpsc::Receiver<Order>) -> Option<Vec<Arc<Overlay>>> {
        match told.try_recv().ok()? {
            Order::Overlays(overlays) => Some(overlays),
            _ => None,
        }
    }

    #[test]
    fn each_ticks_by_its_own_seconds() {
        assert_eq!(drawing("clock", &[], None).next(5_250), Some(750));
        assert_eq!(drawing("countdown", &[], Some(10_400)).next(5_250), Some(150));
        assert_eq!(drawing("countdown", &[], Some(10_400)).next(5_400), Some(1000));
        assert_eq!(drawing("countdown", &[], Some(10_400)).next(10_400), None);
        assert_eq!(drawing("lower-third", &[], None).next(5_250), None);
    }

    #[test]
    fn a_second_draws_what_shows_it_and_nothing_else() {
        let (mut canvas, told) = canvas();
        let name = drawing("lower-third", &[("name", "Mme Ruche")], None);
        let count = drawing("countdown", &[("label", "Le direct")], Some(10_000));
        let wanted = [name.clone(), count];
        canvas.draw(&wanted, 1000);
        let first = overlays(&told).expect("they are new");
        canvas.draw(&wanted, 1000);
        assert!(overlays(&told).is_none(), "nothing has changed");
        canvas.draw(&wanted, 2000);
        let second = overlays(&told).expect("a second has gone");
        assert!(Arc::ptr_eq(&first[0], &second[0]), "the name is not drawn again");
        assert!(!Arc::ptr_eq(&first[1], &second[1]), "the time is");
        canvas.draw(&[name], 3000);
        assert_eq!(overlays(&told).map(|overlays| overlays.len()), Some(1));
        canvas.draw(&[], 3000);
        assert_eq!(overlays(&told).map(|overlays| overlays.len()), Some(0));
        canvas.draw(&[], 4000);
        assert!(overlays(&told).is_none());
    }

    #[test]
    fn what_cannot_be_drawn_is_left_out_and_tried_once() {
        let (mut canvas, told) = canvas();
        let wanted = [drawing("nothing", &[], None), drawing("lower-third", &[("name", "A")], None)];
        canvas.draw(&wanted, 0);
        assert_eq!(overlays(&told).map(|overlays| overlays.len()), Some(1));
        canvas.draw(&wanted, 0);
        assert!(overlays(&told).is_none());
    }

    #[test]
    fn the_thread_ticks_by_itself_and_ends_with_its_owner() {
        let (Canvas { graphics, orders, .. }, told) = canvas();
        let painter = Painter::start(graphics, orders).unwrap();
        painter.show(vec![drawing("clock", &[], None)]);
        // The first may wait for the fonts.
        for patience in [20, 3, 3] {
            assert!(told.recv_timeout(Duration::from_secs(patience)).is_ok());
        }
        drop(painter);
        while told.recv_timeout(Duration::from_secs(3)).is_ok() {}
        assert_eq!(told.try_recv().err(), Some(mpsc::TryRecvError::Disconnected));
    }
}
