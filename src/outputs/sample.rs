//! A kind that only the tests have: a new kind takes its file, its line in the registry and its description,
//! nothing else.

use super::kinds::{BASE, Behaviour, set};
use crate::config::{Key, Kind, ValueType};

pub const KIND: Kind = Kind {
    name: "sample",
    label: ["Essai", "Sample"],
    keys: &[Key {
        name: "url",
        value: ValueType::Url(&["udp"]),
        required: true,
        help: ["udp://HÔTE:PORT", "udp://HOST:PORT"],
    }],
};

pub const BEHAVIOUR: Behaviour = Behaviour {
    description: "sample",
    configure: |pipeline, settings, _| {
        let address = url::Url::parse(settings.text("url").unwrap_or_default()).expect("a checked address");
        set(pipeline, "sink", "host", address.host_str().unwrap_or_default());
        set(pipeline, "sink", "port", &address.port().unwrap_or_default().to_string());
        Ok(None)
    },
    ..BASE
};

/// As `pipelines/outputs/sample.launch` would say it.
const DESCRIPTION: &str = "mpegtsmux name=mux alignment=7 ! udpsink name=sink sync=false async=false
    appsrc name=picture ! h264parse config-interval=-1 ! video/x-h264,stream-format=byte-stream,alignment=au ! mux.
    appsrc name=sound ! aacparse ! mux.";

mod tests {
    use std::{fs, net::UdpSocket, time::Duration};

    use tokio::sync::mpsc;

    use crate::{
        config::{self, Kinds, Video},
        media::{Clock, Descriptions},
        mix::{ProgramSink, compose::black},
        outputs::{Flv, Outputs, Surroundings, Wish, hls::Live},
        program::{Entrance, tests::small},
        protocol::{OutputState, OutputStatus},
    };

    const FRAME: u64 = 40_000_000;

    /// The next report that is as asked.
    async fn told(
        reports: &mut mpsc::Receiver<(String, OutputState)>,
        wanted: impl Fn(&OutputState) -> bool,
    ) -> OutputState {
        loop {
            let next = tokio::time::timeout(Duration::from_secs(20), reports.recv()).await;
            let (_, state) = next.expect("a report in 20 s").expect("a running output");
            if wanted(&state) {
                return state;
            }
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_kind_takes_its_file_its_line_and_its_description() {
        let data = tempfile::tempdir().unwrap();
        fs::create_dir_all(data.path().join("pipelines/outputs")).unwrap();
        fs::write(data.path().join("pipelines/outputs/sample.launch"), super::DESCRIPTION).unwrap();
        let receiver = UdpSocket::bind("127.0.0.1:0").unwrap();
        receiver.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let address = receiver.local_addr().unwrap();

        // The configuration knows its keys, and its manual describes them.
        let kinds = Kinds { sources: &[], outputs: crate::outputs::KINDS, voices: &[] };
        let text = |url: &str| format!("[[output]]\nid = \"out\"\nkind = \"sample\"\nurl = \"{url}\"\n");
        assert!(config::parse(&text("http://127.0.0.1"), &kinds).is_err(), "no address of its scheme");
        let config = config::parse(&text(&format!("udp://{address}")), &kinds).unwrap();
        assert!(config::reference(&kinds).contains("udp://HOST:PORT"));

        // It is started, fed, watched and simulated, and clients are told what it is.
        let (program, pool) = small(Video { width: 320, height: 180, framerate: 25 });
        let around = Surroundings {
            clock: Clock::start(),
            descriptions: Descriptions::new(data.path()),
            data: data.path().to_owned(),
            program: program.clone(),
            flv: Flv::default(),
            live: Live::open(data.path(), 25, 2),
        };
        let (sender, mut reports) = mpsc::channel(64);
        let (outputs, states) = Outputs::start(config.outputs.clone(), &around, &sender);
        assert_eq!((states["out"].kind.as_str(), states["out"].capabilities), ("sample", super::BEHAVIOUR.capabilities));
        outputs.wish("out", Wish::Simulate);
        assert!(told(&mut reports, |state| state.status == OutputStatus::Live).await.simulated);
        outputs.wish("out", Wish::Stop);
        told(&mut reports, |state| state.status == OutputStatus::Off).await;
        outputs.wish("out", Wish::Start);
        let (showing, shown) = mpsc::channel::<()>(1);
        let show = tokio::task::spawn_blocking(move || {
            let (mut entrance, picture) = (Entrance(program), pool.draw(0, black).unwrap());
            for n in 0.. {
                entrance.sound(n * FRAME, &[[0.1; 2]; 1920]);
                entrance.picture(n * FRAME, &picture);
                std::thread::sleep(Duration::from_nanos(FRAME));
                if showing.is_closed() {
                    return;
                }
            }
        });
        let live = told(&mut reports, |state| state.status == OutputStatus::Live).await;
        assert!(!live.simulated && live.since.is_some(), "{live:?}");
        let mut packet = [0; 1500];
        let length = receiver.recv(&mut packet).unwrap();
        assert!(length.is_multiple_of(188) && packet[0] == 0x47, "an MPEG transport stream");
        drop(shown);
        show.await.unwrap();
        outputs.stop().await;
    }
}
