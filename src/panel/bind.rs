//! From an address to a running server.

use std::{
    future::Future,
    io,
    net::{IpAddr, SocketAddr, TcpListener},
    path::Path,
    sync::Arc,
    time::Duration,
};

use axum::Router;
use axum_server::{Control, Handle, accept::NoDelayAcceptor};
use tokio::{
    task::{JoinSet, spawn_blocking},
    time::{MissedTickBehavior, interval, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    Addresses, App,
    access::{Access, NewPins},
    audience, people,
    places::Counted,
    probes,
    router::router,
    tls::{self, Tls},
    whip,
};
use crate::{
    config::Config,
    descriptors::Places,
    disk,
    protocol::{Fault, Problem},
    studio::Studio,
};

/// Ports tried for the authority's page before any free one is taken.
const PAGE_PORTS: u16 = 16;
/// For requests under way when the server ends; the websockets' goodbyes fit in.
const GRACE: Duration = Duration::from_millis(700);
/// For a first request, and for each header that follows.
const REQUEST: Duration = Duration::from_secs(20);

/// Holds its ports, and everything else that can fail before the show starts.
pub struct Bound {
    listener: TcpListener,
    addr: SocketAddr,
    tls: Option<Tls>,
    page: Option<(TcpListener, SocketAddr)>,
    access: Arc<Access>,
    new_pins: NewPins,
    language: Arc<str>,
    links: Arc<whip::Links>,
}

/// Takes `addr` (port 0: any that is free), makes the data folder, and opens what the panel keeps in
/// it. Plain HTTP on a loopback address, HTTPS elsewhere. Blocking.
///
/// # Errors
/// A port that is busy or forbidden, an address that this machine doesn't have, a data folder that
/// cannot be written, a certificate that cannot be used.
pub fn bind(addr: SocketAddr, config: &Config, data: &Path) -> Result<Bound, Problem> {
    let (listener, addr) = listen(addr).map_err(|error| busy(addr, &error))?;
    disk::private_folder(data).map_err(|error| unwritable(data, &error))?;
    let (access, new_pins) = Access::open(data, &config.access)?;
    let tls = match addr.ip().to_canonical().is_loopback() {
        true => None,
        false => Some(Tls::open(data, config.tls.as_ref())?),
    };
    let page = match tls.as_ref().and_then(Tls::authority) {
        Some(_) => Some(beside(addr)?),
        None => None,
    };
    let language = config.plateau.language.as_str().into();
    let links = Arc::new(whip::Links::open(data));
    Ok(Bound { listener, addr, tls, page, access: Arc::new(access), new_pins, language, links })
}

impl Bound {
    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// `http` or `https`.
    pub fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }

    /// `https://192.168.1.20:8443` for every address under which it can be reached from outside, the
    /// most likely first; the loopback address if that is where it listens.
    pub fn urls(&self) -> Vec<String> {
        urls(self.scheme(), self.addr)
    }

    /// Where the authority's certificate is offered, as [`urls`](Self::urls); empty without one.
    pub fn authority_urls(&self) -> Vec<String> {
        self.page.as_ref().map_or(Vec::new(), |(_, addr)| urls("http", *addr))
    }

    /// SHA-256 of the authority's certificate.
    pub fn fingerprint(&self) -> Option<String> {
        self.tls.as_ref().and_then(Tls::authority).map(|authority| authority.fingerprint())
    }

    /// PINs made just now; they are shown this once.
    pub fn new_pins(&self) -> &NewPins {
        &self.new_pins
    }

    /// Serves until `shutdown`, then says goodbye: within one second. Connections take their `places`.
    ///
    /// # Errors
    /// When the operating system takes the listener away.
    pub async fn serve(self, studio: Studio, places: Places, shutdown: impl Future<Output = ()>) -> io::Result<()> {
        probes::recorder();
        let addresses =
            Addresses { own: self.urls(), authority: self.authority_urls(), fingerprint: self.fingerprint() };
        studio.archive().served_at(self.urls().first());
        let app = App {
            board: audience::Board::new(studio.clone()),
            people: people::Door::open(&studio),
            booth: studio.booth().clone(),
            studio,
            links: Arc::clone(&self.links),
            addresses: Arc::new(addresses),
            access: Arc::clone(&self.access),
            language: self.language,
            secure: self.tls.is_some(),
            closing: CancellationToken::new(),
            sockets: TaskTracker::new(),
            quotas: Arc::default(),
        };
        let (closing, sockets) = (app.closing.clone(), app.sockets.clone());
        let booth = app.booth.clone();
        let control = Control::new();
        let mut servers = JoinSet::new();
        if let (Some((listener, _)), Some(authority)) = (self.page, self.tls.as_ref().and_then(Tls::authority)) {
            let page = tls::page(Arc::clone(authority), self.addr.port());
            start(&mut servers, listener, &control, &places, None, page)?;
        }
        let watched = app.clone();
        start(&mut servers, self.listener, &control, &places, self.tls.as_ref(), router(app))?;
        let mut housekeeping = JoinSet::new();
        housekeeping.spawn(async move { booth.convert_waiting().await });
        housekeeping.spawn(whip::watch(watched));
        housekeeping.spawn(keep_house(Arc::clone(&self.access), self.tls));

        shutdown.await;
        closing.cancel();
        sockets.close();
        control.graceful_shutdown(Some(GRACE));
        let ended = async {
            sockets.wait().await;
            while servers.join_next().await.is_some() {}
        };
        if timeout(GRACE + Duration::from_millis(200), ended).await.is_err() {
            control.shutdown();
        }
        housekeeping.shutdown().await;
        if let Err(error) = spawn_blocking(move || self.access.save()).await {
            std::panic::resume_unwind(error.into_panic());
        }
        Ok(())
    }
}

fn start(
    servers: &mut JoinSet<io::Result<()>>,
    listener: TcpListener,
    control: &Control,
    places: &Places,
    tls: Option<&Tls>,
    router: Router,
) -> io::Result<()> {
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let server = axum_server::from_tcp(listener)?.handle(Handle::with_control(control.clone()));
    let mut server = server.first_request_timeout(REQUEST);
    server.http_builder().http1().header_read_timeout(REQUEST);
    match tls {
        Some(tls) => {
            let door = Counted::new(places.clone(), tls::Door::new(tls.config()));
            servers.spawn(server.acceptor(door).serve(service))
        }
        None => {
            let door = Counted::new(places.clone(), NoDelayAcceptor::new());
            servers.spawn(server.acceptor(door).serve(service))
        }
    };
    Ok(())
}

/// Small duties: every second the access file, every minute what was used and the certificate.
async fn keep_house(access: Arc<Access>, tls: Option<Tls>) {
    let mut seconds = interval(Duration::from_secs(1));
    seconds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for second in 1u64.. {
        seconds.tick().await;
        let (access, tls) = (Arc::clone(&access), tls.clone().filter(|_| second % 60 == 0));
        let duties = spawn_blocking(move || {
            access.refresh();
            if second % 60 == 0 {
                access.save();
            }
            if let Some(tls) = tls {
                tls.renew();
            }
            if let Some(recorder) = probes::recorder() {
                recorder.run_upkeep();
            }
        });
        if let Err(error) = duties.await {
            tracing::error!(%error, "housekeeping");
        }
    }
}

fn listen(addr: SocketAddr) -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(addr)?;
    let addr = listener.local_addr()?;
    Ok((listener, addr))
}

/// A port for the authority's page: the next one, else any.
fn beside(addr: SocketAddr) -> Result<(TcpListener, SocketAddr), Problem> {
    let next = (1..=PAGE_PORTS).filter_map(|step| addr.port().checked_add(step));
    let mut found = next.chain([0]).map(|port| listen(SocketAddr::new(addr.ip(), port)));
    let last = SocketAddr::new(addr.ip(), 0);
    found.find(Result::is_ok).unwrap_or_else(|| listen(last)).map_err(|error| busy(last, &error))
}

fn urls(scheme: &str, addr: SocketAddr) -> Vec<String> {
    let addresses: Vec<IpAddr> = match addr.ip().is_unspecified() {
        true => tls::lan_addresses().into_iter().filter(|ip| ip.is_ipv4() || addr.is_ipv6()).collect(),
        false => vec![addr.ip()],
    };
    let addresses = if addresses.is_empty() { vec![IpAddr::from([127, 0, 0, 1])] } else { addresses };
    addresses.into_iter().map(|ip| format!("{scheme}://{}", SocketAddr::new(ip, addr.port()))).collect()
}

fn busy(addr: SocketAddr, error: &io::Error) -> Problem {
    let port = addr.port();
    match error.kind() {
        io::ErrorKind::AddrInUse => Problem::operator(
            "port_busy",
            format!(
                "Le port {port} est déjà pris, peut-être par un autre studio. Arrêtez l'autre programme, ou choisissez un autre port : --listen {}:{}.",
                addr.ip(),
                port.wrapping_add(10)
            ),
            format!(
                "Port {port} is taken already, perhaps by another studio. Stop the other program, or choose another port: --listen {}:{}.",
                addr.ip(),
                port.wrapping_add(10)
            ),
        ),
        io::ErrorKind::PermissionDenied => Problem::operator(
            "port_forbidden",
            format!(
                "Le système ne permet pas le port {port} à ce programme. Choisissez un port à partir de 1024, par exemple --listen {}:8443.",
                addr.ip()
            ),
            format!(
                "The system does not allow port {port} to this program. Choose a port from 1024 up, such as --listen {}:8443.",
                addr.ip()
            ),
        ),
        io::ErrorKind::AddrNotAvailable => Problem::operator(
            "address_missing",
            format!(
                "Cette machine n'a pas l'adresse {}. Donnez une des siennes, ou 0.0.0.0 pour toutes : --listen 0.0.0.0:{port}.",
                addr.ip()
            ),
            format!(
                "This machine does not have the address {}. Give one of its own, or 0.0.0.0 for all: --listen 0.0.0.0:{port}.",
                addr.ip()
            ),
        ),
        _ => Problem::new(
            "listen_failed",
            Fault::Operator,
            format!("Impossible d'écouter sur {addr} ({error}). Essayez une autre adresse : --listen ADRESSE:PORT."),
            format!("Cannot listen on {addr} ({error}). Try another address: --listen ADDRESS:PORT."),
        ),
    }
}

fn unwritable(data: &Path, error: &io::Error) -> Problem {
    let data = data.display();
    Problem::operator(
        "data_unwritable",
        format!(
            "Le dossier de données {data} ne peut pas être créé ({error}). Donnez un dossier où ce programme peut écrire : --data DOSSIER."
        ),
        format!(
            "The data folder {data} cannot be made ({error}). Give a folder that this program may write to: --data FOLDER."
        ),
    )
}
