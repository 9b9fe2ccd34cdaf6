//! Out of the house: folders for another machine, a copy of the catalogue for any web host, files
//! ready for Wikimedia Commons. What is there already is not made again, so a job that was
//! interrupted goes on where it was.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::mpsc,
    time::Duration,
};

use gstreamer::{self as gst, prelude::*};

use super::{
    Archive, Medium, Query, Record,
    forms::{commons, feed, sitemap},
    pages::{Listing, Place},
    store,
};
use crate::{
    disk::{self, Readers},
    media::{Descriptions, Folder},
    priority,
    protocol::{Fault, Problem},
};

/// Without progress for this long, a conversion has failed.
const STALLED: Duration = Duration::from_secs(120);

/// Told after each record: how many are done, of how many.
pub type Progress<'a> = &'a mut dyn FnMut(usize, usize, &str);

impl Archive {
    /// Every public record, oldest first.
    fn public(&self) -> Vec<Record> {
        let mut records = self.index().search(&Query::default(), 0, u32::MAX.into()).0;
        records.reverse();
        records
    }

    /// Copies every public record's folder into `to`. Blocks.
    ///
    /// # Errors
    /// `export_failed`.
    pub fn export_bundle(&self, to: &Path, progress: Progress<'_>) -> Result<usize, Problem> {
        let records = self.public();
        let place = |record: &Record| to.join(&record.id);
        self.each(&records, progress, |record| copy_folder(&self.folder_of(record)?, &place(record)))
    }

    /// A copy of the catalogue that any web host serves: pages, films, photos, feed, site map. Blocks.
    ///
    /// # Errors
    /// `export_failed`, `bad_template`.
    pub fn export_site(&self, to: &Path, language: &str, progress: Progress<'_>) -> Result<usize, Problem> {
        let mut records = self.public();
        let done = self.each(&records, progress, |record| {
            copy_folder(&self.folder_of(record)?, &to.join(record.medium.folder()).join(&record.id))
        })?;
        records.reverse();
        let failed = |error: io::Error| failed(&error);
        let place = |base: &str| Place {
            language: language.into(),
            base: base.into(),
            still: true,
            address: self.address(),
            here: String::new(),
        };
        for record in &records {
            let same = records.iter().filter(|other| other.day() == record.day() && other.id != record.id);
            let same: Vec<_> = same.take(9).cloned().collect();
            let page = self.pages().record(&place("../../"), record, self.index().bytes(&record.id), &same)?;
            let folder = to.join("archive").join(&record.id);
            put(&folder.join("index.html"), page.as_bytes()).map_err(failed)?;
            if record.medium == Medium::Clip {
                let page = self.pages().embed(&place("../../../"), record)?;
                put(&folder.join("embed/index.html"), page.as_bytes()).map_err(failed)?;
            }
        }
        let (query, facets) = (Query::default(), super::Facets::default());
        let total = records.len() as u64;
        let listing = Listing { query: &query, records: &records, total, offset: 0, facets: &facets };
        let front = self.pages().catalogue(&place(""), &listing)?;
        put(&to.join("index.html"), front.as_bytes()).map_err(failed)?;
        let descriptions = Descriptions::new(&self.settings().data);
        for name in ["style.css", "script.js"] {
            put(&to.join("archive").join(name), descriptions.read(Folder::Pages, name)?.as_bytes()).map_err(failed)?;
        }
        let address = self.address().unwrap_or_default();
        let settings = self.settings();
        let channel = feed::Channel {
            title: &settings.event,
            place: &settings.place,
            language: &settings.language,
            address: &address,
        };
        let clips: Vec<_> = records
            .iter()
            .filter(|record| record.medium == Medium::Clip)
            .take(100)
            .map(|record| (record.clone(), self.index().bytes(&record.id)))
            .collect();
        put(&to.join("archive/feed.xml"), feed::rss(&channel, &clips).as_bytes()).map_err(failed)?;
        put(&to.join("archive/sitemap.xml"), sitemap::urls(&address, &records).as_bytes()).map_err(failed)?;
        Ok(done)
    }

    /// Files ready to upload to Wikimedia Commons: WebM (VP9, Opus) and JPEG, each with its page's text.
    /// Blocks for about as long as the films last.
    ///
    /// # Errors
    /// `export_failed`, `commons_licence` where Commons does not take the licence.
    pub fn export_commons(&self, to: &Path, progress: Progress<'_>) -> Result<usize, Problem> {
        let records = self.public();
        if let Some(record) = records.iter().find(|record| commons::page(record).is_none()) {
            return Err(commons_licence(&record.licence));
        }
        fs::create_dir_all(to).map_err(|error| failed(&error))?;
        self.each(&records, progress, |record| {
            let folder = self.folder_of(record)?;
            let page = commons::page(record).unwrap_or_default();
            let ending = if record.medium == Medium::Clip { "webm" } else { "jpg" };
            let file = to.join(commons::file_name(record, ending));
            put(&file.with_extension(format!("{ending}.wiki")), page.as_bytes())?;
            for captions in &record.captions {
                // Commons keeps captions as SubRip on pages of their own.
                let name = format!("captions.{}.vtt", captions.language);
                let text = fs::read(folder.join(&name))?;
                put(&file.with_extension(format!("{}.vtt", captions.language)), &text)?;
            }
            if file.exists() {
                return Ok(false);
            }
            let part = half(&file);
            match record.medium {
                Medium::Clip => webm(&folder.join("clip.mp4"), &part)?,
                Medium::Photo => {
                    fs::copy(folder.join("photo.jpg"), &part)?;
                }
            }
            fs::File::open(&part)?.sync_all()?;
            fs::rename(part, file)?;
            Ok(true)
        })
    }

    fn folder_of(&self, record: &Record) -> io::Result<PathBuf> {
        self.store().folder(record.medium, &record.id).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn each(
        &self,
        records: &[Record],
        progress: Progress<'_>,
        work: impl Fn(&Record) -> io::Result<bool>,
    ) -> Result<usize, Problem> {
        let mut made = 0;
        for (index, record) in records.iter().enumerate() {
            made += usize::from(work(record).map_err(|error| failed(&error))?);
            progress(index + 1, records.len(), &record.id);
        }
        Ok(made)
    }
}

/// Copies a folder whole or not at all; `false`: the same is there already.
fn copy_folder(from: &Path, to: &Path) -> io::Result<bool> {
    let sums = |folder: &Path| fs::read(folder.join(store::SUMS)).ok();
    if to.exists() && sums(from) == sums(to) {
        return Ok(false);
    }
    let part = half(to);
    let _ = fs::remove_dir_all(&part);
    fs::create_dir_all(&part)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        fs::copy(entry.path(), part.join(entry.file_name()))?;
    }
    if to.exists() {
        fs::remove_dir_all(to)?;
    }
    fs::rename(part, to)?;
    Ok(true)
}

fn half(path: &Path) -> PathBuf {
    let mut half = path.as_os_str().to_owned();
    half.push(".part");
    half.into()
}

fn put(path: &Path, content: &[u8]) -> io::Result<()> {
    fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
    disk::write(path, content, Readers::All)
}

/// VP9 and Opus in WebM, at the lowest priority.
fn webm(from: &Path, to: &Path) -> io::Result<()> {
    let broken = |error: &dyn std::fmt::Display| io::Error::other(error.to_string());
    let text = "webmmux name=mux ! filesink name=to \
                filesrc name=from ! qtdemux name=demux \
                demux.video_0 ! queue ! h264parse ! avdec_h264 ! videoconvert ! \
                vp9enc deadline=1 cpu-used=6 threads=1 end-usage=cq cq-level=33 target-bitrate=3000000 \
                keyframe-max-dist=250 ! queue ! mux. \
                demux.audio_0 ! queue ! aacparse ! avdec_aac ! audioconvert ! audioresample ! \
                opusenc bitrate=128000 ! queue ! mux.";
    let pipeline = gst::parse::launch(text).map_err(|error| broken(&error))?;
    let pipeline = pipeline.downcast::<gst::Pipeline>().map_err(|_| broken(&"no pipeline"))?;
    for (name, path) in [("from", from), ("to", to)] {
        let element = pipeline.by_name(name).ok_or_else(|| broken(&"no such element"))?;
        element.set_property("location", path.to_str().ok_or(io::ErrorKind::InvalidFilename)?);
    }
    let bus = pipeline.bus().ok_or_else(|| broken(&"no bus"))?;
    let (told, over) = mpsc::channel();
    bus.set_sync_handler(move |_, message| {
        match message.view() {
            gst::MessageView::Eos(_) => drop(told.send(Ok(()))),
            gst::MessageView::Error(error) => drop(told.send(Err(error.error().to_string()))),
            gst::MessageView::StreamStatus(status) if status.get().0 == gst::StreamStatusType::Enter => {
                priority::lower(19);
            }
            _ => (),
        }
        gst::BusSyncReply::Drop
    });
    let started = pipeline.set_state(gst::State::Playing).is_ok();
    let mut last = (None, std::time::Instant::now());
    let result = loop {
        match over.recv_timeout(Duration::from_secs(1)) {
            Ok(Ok(())) => break Ok(()),
            Ok(Err(message)) => break Err(broken(&message)),
            Err(_) => {
                let at = pipeline.query_position::<gst::ClockTime>();
                if at != last.0 {
                    last = (at, std::time::Instant::now());
                }
                if !started || last.1.elapsed() > STALLED {
                    break Err(io::ErrorKind::TimedOut.into());
                }
            }
        }
    };
    let _ = pipeline.set_state(gst::State::Null);
    bus.unset_sync_handler();
    result
}

fn failed(error: &io::Error) -> Problem {
    Problem::operator(
        "export_failed",
        format!(
            "L'export s'est arrêté ({error}). Libérez de la place ou vérifiez le dossier, puis relancez : ce qui est fait reste fait."
        ),
        format!(
            "The export has stopped ({error}). Make room or check the folder, then start it again: what is done stays done."
        ),
    )
}

fn commons_licence(licence: &str) -> Problem {
    Problem::new(
        "commons_licence",
        Fault::Operator,
        format!("Wikimedia Commons ne prend pas la licence {licence}. Il faut CC BY-SA, CC BY ou CC0."),
        format!("Wikimedia Commons does not take the licence {licence}. It should be CC BY-SA, CC BY or CC0."),
    )
}
