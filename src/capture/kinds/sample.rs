//! A kind that only the tests have: a new kind takes its file, its line in the registry and its description,
//! nothing else.

use super::{Behaviour, LIVE, set};
use crate::config::{Key, Kind, ValueType};

pub const KIND: Kind = Kind {
    name: "sample",
    label: ["Essai", "Sample"],
    keys: &[Key {
        name: "pattern",
        value: ValueType::Choice(&["ball", "snow"]),
        required: true,
        help: ["Le dessin de l'essai.", "The sample's drawing."],
    }],
};

pub const BEHAVIOUR: Behaviour = Behaviour {
    description: |_| "sample".into(),
    configure: |pipeline, settings, _| {
        set(pipeline, "source", "pattern", settings.text("pattern").unwrap_or_default());
        Ok(())
    },
    sound: |_| false,
    ..LIVE
};

/// As `pipelines/sources/sample.launch` would say it.
const DESCRIPTION: &str = "videotestsrc name=source is-live=true ! video/x-raw,width=64,height=36 ! queue name=video";

mod tests {
    use std::{
        fs,
        sync::{
            Arc,
            atomic::{AtomicU32, Ordering},
        },
        time::Duration,
    };

    use tokio::sync::mpsc;

    use crate::{
        capture::{Destination, Sources, Surroundings, carries},
        config::{self, Kinds, Video, Webrtc},
        media::{self, Clock, Descriptions, Ns, Picture},
        protocol::SourceStatus,
    };

    /// Counts pictures.
    #[derive(Default)]
    struct Counter(AtomicU32);

    impl Destination for Counter {
        fn picture(&self, _: Picture, _: Ns) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
        fn sound(&self, _: i64, _: &[[f32; 2]], _: Ns) {}
        fn hold(&self, _: Ns) {}
        fn picture_lost(&self, _: Ns) -> bool {
            self.0.load(Ordering::Relaxed) == 0
        }
        fn sound_lost(&self, _: Ns) -> bool {
            true
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_kind_takes_its_file_its_line_and_its_description() {
        media::init().unwrap();
        let data = tempfile::tempdir().unwrap();
        fs::create_dir_all(data.path().join("pipelines/sources")).unwrap();
        fs::write(data.path().join("pipelines/sources/sample.launch"), super::DESCRIPTION).unwrap();
        let kinds = Kinds { sources: crate::capture::KINDS, outputs: &[], voices: &[] };
        let config = config::parse("[[source]]\nid = \"cam\"\nkind = \"sample\"\npattern = \"ball\"\n", &kinds);
        let source = config.unwrap().sources[0].clone();
        assert!(config::reference(&kinds).contains("The sample's drawing."));
        assert_eq!(carries(&source), (true, false));

        let around = Surroundings {
            clock: Clock::start(),
            descriptions: Descriptions::new(data.path()),
            video: Video { width: 64, height: 36, framerate: 25 },
            data: data.path().to_owned(),
            webrtc: Webrtc::default(),
        };
        let (counter, (sender, mut reports)) = (Arc::new(Counter::default()), mpsc::channel(64));
        let sources = Sources::start(vec![(source, counter.clone() as Arc<dyn Destination>)], &around, &sender);
        let live = async {
            while let Some(report) = reports.recv().await {
                if report.status == SourceStatus::Live {
                    return;
                }
            }
            panic!("the source has ended");
        };
        tokio::time::timeout(Duration::from_secs(20), live).await.expect("pictures in 20 s");
        assert!(counter.0.load(Ordering::Relaxed) > 0);
        sources.stop().await;
    }
}
