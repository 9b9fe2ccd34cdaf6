//! What the other side's machine has not taken yet: the unacknowledged bytes in our kernel's send queue.
//!
//! A server that hangs leaves its connection open, and a sink goes on writing into the kernel's
//! buffers for half a minute. Linux tells how much of that was acknowledged in `/proc/self/net/tcp`
//! (`tx_queue`, proc(5)); our own sockets are those among `/proc/self/fd`.

use std::{
    collections::HashSet,
    fs,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;
use url::Url;

/// How often the kernel is asked.
const EVERY: Duration = Duration::from_millis(900);

/// A destination's connection, as the kernel sees it.
pub struct Peer {
    addresses: Vec<SocketAddr>,
    asked: Option<Instant>,
    taken: u64,
}

impl Peer {
    /// Of an address over TCP; other protocols know by themselves when nobody listens.
    pub async fn of(url: Option<&str>) -> Self {
        let mut peer = Self { addresses: Vec::new(), asked: None, taken: 0 };
        let Some(url) = url.and_then(|url| Url::parse(url).ok()) else { return peer };
        let port = match url.scheme() {
            "rtmp" => url.port().unwrap_or(1935),
            "rtmps" => url.port().unwrap_or(443),
            _ => return peer,
        };
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let looked_up = tokio::time::timeout(Duration::from_secs(5), tokio::net::lookup_host((host, port)));
        if let Ok(Ok(addresses)) = looked_up.await {
            peer.addresses = addresses.collect();
        }
        peer
    }

    /// How many of `sent` bytes the other side's machine has taken, as of the last look (one every
    /// [`EVERY`]); all of them where that cannot be told.
    pub async fn taken(&mut self, sent: u64) -> u64 {
        if self.addresses.is_empty() {
            return sent;
        }
        if self.asked.is_none_or(|asked| asked.elapsed() >= EVERY) {
            self.asked = Some(Instant::now());
            // No connection yet, or none that can be told from others'.
            self.taken = sent.saturating_sub(self.waiting().await.unwrap_or(0));
        }
        self.taken
    }

    /// Bytes that wait in our kernel for the other side. Where several connections might be meant, the
    /// emptiest: better to notice late than to cut a good line.
    async fn waiting(&self) -> Option<u64> {
        let addresses = self.addresses.clone();
        let asked = tokio::task::spawn_blocking(move || {
            let ours = ours();
            ours.iter().filter(|row| addresses.contains(&row.remote)).map(|row| row.unacknowledged).min()
        });
        asked.await.ok().flatten()
    }
}

/// This process's connections. The kernel walks through all of the machine's for it, several milliseconds:
/// one look does for all destinations, and is never older than [`EVERY`].
fn ours() -> Arc<[Connection]> {
    static SEEN: Mutex<Option<(Instant, Arc<[Connection]>)>> = Mutex::new(None);
    let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((at, rows)) = &*seen
        && at.elapsed() < EVERY
    {
        return rows.clone();
    }
    let own = own_sockets();
    let rows: Arc<[_]> = connections().into_iter().filter(|row| own.contains(&row.inode)).collect();
    *seen = Some((Instant::now(), rows.clone()));
    rows
}

/// A row of the kernel's table.
#[derive(Debug, PartialEq, Eq)]
struct Connection {
    remote: SocketAddr,
    unacknowledged: u64,
    inode: u64,
}

/// The inodes of this process's sockets.
fn own_sockets() -> HashSet<u64> {
    let entries = fs::read_dir("/proc/self/fd").into_iter().flatten().flatten();
    let targets = entries.filter_map(|entry| fs::read_link(entry.path()).ok());
    targets.filter_map(|target| target.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()).collect()
}

fn connections() -> Vec<Connection> {
    let tables = ["/proc/self/net/tcp", "/proc/self/net/tcp6"].map(|path| fs::read_to_string(path).unwrap_or_default());
    tables.iter().flat_map(|table| table.lines().skip(1)).filter_map(row).collect()
}

/// `sl local remote st tx:rx …  uid timeout inode`; `st` 01 is established.
fn row(line: &str) -> Option<Connection> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [_, _, remote, "01", queues, ..] = words[..] else { return None };
    let (address, port) = remote.split_once(':')?;
    let (unacknowledged, _) = queues.split_once(':')?;
    Some(Connection {
        remote: SocketAddr::new(address_of(address)?, u16::from_str_radix(port, 16).ok()?),
        unacknowledged: u64::from_str_radix(unacknowledged, 16).ok()?,
        inode: words.get(9)?.parse().ok()?,
    })
}

/// Words of 32 bits, each in the machine's own byte order.
fn address_of(hex: &str) -> Option<IpAddr> {
    let word = |at: usize| u32::from_str_radix(hex.get(at * 8..at * 8 + 8)?, 16).ok().map(u32::to_ne_bytes);
    match hex.len() {
        8 => Some(Ipv4Addr::from(word(0)?).into()),
        32 => {
            let bytes: Vec<u8> = [word(0)?, word(1)?, word(2)?, word(3)?].concat();
            Some(IpAddr::from(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?)).to_canonical())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::{io::Write, net::TcpStream};

    use super::*;

    #[test]
    fn rows_are_read_and_others_left() {
        let line =
            "   5: 0100007F:A3C2 0100007F:078F 01 0001F400:00000000 01:00000014 00000000  1000        0 4242 2 0";
        let read = Connection { remote: "127.0.0.1:1935".parse().unwrap(), unacknowledged: 128_000, inode: 4242 };
        assert_eq!(row(line), Some(read));
        assert_eq!(row(&line.replace(" 01 0001F400", " 0A 0001F400")), None);
        assert_eq!(row("nonsense"), None);
        assert_eq!(address_of("00000000000000000000000001000000"), Some("::1".parse().unwrap()));
        assert_eq!(address_of("0000000000000000FFFF00000100007F"), Some("127.0.0.1".parse().unwrap()));
    }

    #[tokio::test]
    async fn bytes_that_nobody_reads_are_seen() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        let _held = listener.accept().unwrap();
        stream.set_nonblocking(true).unwrap();
        let mut peer = Peer::of(Some(&format!("rtmp://{address}/live"))).await;
        assert_eq!(peer.taken(1_000_000).await, 1_000_000);
        while stream.write(&[0; 65536]).is_ok() {}
        tokio::time::sleep(EVERY).await;
        assert!(peer.waiting().await.unwrap() > 10_000);
        peer.asked = None;
        assert!(peer.taken(1_000_000).await < 990_000);
    }
}
