//! Pictures and sound that a socket carries, and their binary form.

use std::{future::pending, sync::Arc};

use bytes::{BufMut, Bytes, BytesMut};
use futures_util::{FutureExt, StreamExt};
use tokio::sync::{broadcast, watch};
use tokio_stream::{StreamMap, wrappers::WatchStream};

use crate::{
    outputs::monitors::{Picture, Sound},
    protocol::{BINARY_PICTURE, BINARY_SOUND},
};

/// A source's newest picture, by its id.
pub type PictureFeed = (String, watch::Receiver<Option<Arc<Picture>>>);
/// A source's sound, by its id.
pub type SoundFeed = (String, broadcast::Receiver<Arc<Sound>>);

/// The pictures a client asked for.
#[derive(Default)]
pub struct Pictures {
    feeds: StreamMap<String, WatchStream<Option<Arc<Picture>>>>,
}

impl Pictures {
    /// Of these sources.
    pub fn of(feeds: Vec<PictureFeed>) -> Self {
        let feeds = feeds.into_iter().map(|(id, feed)| (id, WatchStream::new(feed)));
        Self { feeds: feeds.collect() }
    }

    /// Waits for a new picture, and takes every other that is new by then. Cancel safe. Forever
    /// without sources.
    pub async fn batch(&mut self) -> Vec<Bytes> {
        let mut batch = Vec::new();
        loop {
            match self.feeds.next().await {
                Some((id, Some(picture))) => batch.push(picture_frame(&id, &picture)),
                Some((_, None)) => continue,
                None => pending().await,
            }
            while let Some(Some((id, picture))) = self.feeds.next().now_or_never() {
                batch.extend(picture.map(|picture| picture_frame(&id, &picture)));
            }
            return batch;
        }
    }
}

/// The sound a client asked for.
#[derive(Default)]
pub struct Headphones {
    feed: Option<SoundFeed>,
}

impl Headphones {
    /// Of this source.
    pub fn of(feed: Option<SoundFeed>) -> Self {
        Self { feed }
    }

    /// Waits for the next piece; what was missed is gone. Cancel safe. Forever without a source.
    pub async fn next(&mut self) -> Bytes {
        loop {
            let Some((id, feed)) = &mut self.feed else { return pending().await };
            match feed.recv().await {
                Ok(sound) => return frame(BINARY_SOUND, id, sound.captured_us, &sound.samples),
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => self.feed = None,
            }
        }
    }
}

fn picture_frame(id: &str, picture: &Picture) -> Bytes {
    frame(BINARY_PICTURE, id, picture.captured_us, &picture.jpeg)
}

/// 1 byte kind, 1 byte length of the id, the id, 8 bytes big-endian microseconds, the data.
fn frame(kind: u8, id: &str, captured_us: u64, data: &[u8]) -> Bytes {
    let mut frame = BytesMut::with_capacity(2 + id.len() + 8 + data.len());
    frame.put_u8(kind);
    frame.put_u8(u8::try_from(id.len()).expect("ids have 32 bytes at most"));
    frame.put_slice(id.as_bytes());
    frame.put_u64(captured_us);
    frame.put_slice(data);
    frame.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(n: u8) -> Option<Arc<Picture>> {
        Some(Arc::new(Picture { jpeg: Bytes::copy_from_slice(&[n]), captured_us: n.into() }))
    }

    #[tokio::test]
    async fn a_late_reader_gets_the_newest_of_each_and_nothing_twice() {
        let (a, from_a) = watch::channel(None);
        let (b, from_b) = watch::channel(None);
        let mut pictures = Pictures::of(vec![("a".into(), from_a), ("bb".into(), from_b)]);
        assert!(pictures.batch().now_or_never().is_none());
        for n in 1..=3 {
            a.send(picture(n)).unwrap();
        }
        b.send(picture(9)).unwrap();
        let mut batch = pictures.batch().await;
        batch.sort();
        let expected: [&[u8]; 2] =
            [&[1, 1, b'a', 0, 0, 0, 0, 0, 0, 0, 3, 3], &[1, 2, b'b', b'b', 0, 0, 0, 0, 0, 0, 0, 9, 9]];
        assert_eq!(batch, expected);
        assert!(pictures.batch().now_or_never().is_none());
        drop((a, b));
        assert!(pictures.batch().now_or_never().is_none());
    }

    #[tokio::test]
    async fn sound_that_was_missed_is_skipped() {
        let (sender, feed) = broadcast::channel(2);
        let mut headphones = Headphones::of(Some(("mic".into(), feed)));
        for n in 1..=4u8 {
            let samples = Bytes::copy_from_slice(&[n]);
            sender.send(Arc::new(Sound { samples, captured_us: n.into() })).unwrap();
        }
        assert_eq!(headphones.next().await.last(), Some(&3));
        assert_eq!(headphones.next().await.last(), Some(&4));
        drop(sender);
        assert!(headphones.next().now_or_never().is_none());
    }
}
