//! Just enough Matroska to send raw picture and sound live, as voctomix sources do.

/// What the stream carries.
#[derive(Debug, Clone, Copy)]
pub struct Tracks {
    /// Width, height and frames a second of the I420 picture.
    pub picture: Option<(usize, usize, usize)>,
    /// S16LE stereo, 48 kHz.
    pub sound: bool,
}

/// Number of the picture's track.
pub const PICTURE: u8 = 1;
/// Number of the sound's track.
pub const SOUND: u8 = 2;

fn length(value: usize) -> [u8; 8] {
    ((1_u64 << 56) | value as u64).to_be_bytes()
}

fn element(id: &[u8], payload: &[u8]) -> Vec<u8> {
    [id, &length(payload.len()), payload].concat()
}

fn unsigned(id: &[u8], value: u64) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    let first = (value.leading_zeros() as usize / 8).min(7);
    element(id, &bytes[first..])
}

fn float(id: &[u8], value: f64) -> Vec<u8> {
    element(id, &value.to_be_bytes())
}

/// Everything before the first cluster; the segment's length is left open.
pub fn header(tracks: Tracks) -> Vec<u8> {
    let head = element(
        &[0x1a, 0x45, 0xdf, 0xa3],
        &[
            unsigned(&[0x42, 0x86], 1),
            unsigned(&[0x42, 0xf7], 1),
            unsigned(&[0x42, 0xf2], 4),
            unsigned(&[0x42, 0xf3], 8),
            element(&[0x42, 0x82], b"matroska"),
            unsigned(&[0x42, 0x87], 4),
            unsigned(&[0x42, 0x85], 2),
        ]
        .concat(),
    );
    let info = element(
        &[0x15, 0x49, 0xa9, 0x66],
        &[
            unsigned(&[0x2a, 0xd7, 0xb1], 1_000_000), // timestamps in milliseconds
            element(&[0x4d, 0x80], b"test-camera"),
            element(&[0x57, 0x41], b"test-camera"),
        ]
        .concat(),
    );
    let mut entries = Vec::new();
    if let Some((width, height, rate)) = tracks.picture {
        let shape = [
            unsigned(&[0xb0], width as u64),
            unsigned(&[0xba], height as u64),
            unsigned(&[0x9a], 2), // progressive
            element(&[0x2e, 0xb5, 0x24], b"I420"),
            float(&[0x23, 0x83, 0xe3], rate as f64),
        ]
        .concat();
        entries.extend(element(
            &[0xae],
            &[
                track(PICTURE, 1, b"V_UNCOMPRESSED"),
                unsigned(&[0x23, 0xe3, 0x83], 1_000_000_000 / rate as u64),
                element(&[0xe0], &shape),
            ]
            .concat(),
        ));
    }
    if tracks.sound {
        let shape = [float(&[0xb5], 48_000.0), unsigned(&[0x9f], 2), unsigned(&[0x62, 0x64], 16)].concat();
        entries.extend(element(&[0xae], &[track(SOUND, 2, b"A_PCM/INT/LIT"), element(&[0xe1], &shape)].concat()));
    }
    let tracks = element(&[0x16, 0x54, 0xae, 0x6b], &entries);
    [head, vec![0x18, 0x53, 0x80, 0x67, 0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], info, tracks].concat()
}

fn track(number: u8, kind: u64, codec: &[u8]) -> Vec<u8> {
    [
        unsigned(&[0xd7], u64::from(number)),
        unsigned(&[0x73, 0xc5], u64::from(number)),
        unsigned(&[0x83], kind),
        unsigned(&[0x9c], 0), // no lacing
        element(&[0x86], codec),
    ]
    .concat()
}

/// The head of a cluster at `ms` that holds blocks with payloads of these lengths.
pub fn cluster(ms: u64, payloads: &[usize]) -> Vec<u8> {
    let time = unsigned(&[0xe7], ms);
    let size = time.len() + payloads.iter().map(|payload| 1 + 8 + 4 + payload).sum::<usize>();
    [&[0x1f, 0x43, 0xb6, 0x75], length(size).as_slice(), &time].concat()
}

/// The head of a key block of `track`, at its cluster's time, with a payload of this length.
pub fn block(track: u8, payload: usize) -> Vec<u8> {
    [&[0xa3], length(4 + payload).as_slice(), &[0x80 | track, 0, 0, 0x80]].concat()
}
