//! HTTPS with the studio's own authority, and the page that hands it out.

use std::{
    io::{self, Read, Write},
    net::TcpStream,
    sync::Arc,
};

use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use serde_json::json;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::panel_house::{ANIMATOR, Answer, House, WITH_PINS};

type Secured = StreamOwned<ClientConnection, TcpStream>;

/// A connection that trusts `authority` alone and expects to find `name`.
fn dial(house: &House, authority: Option<&CertificateDer<'static>>, name: &str) -> io::Result<Secured> {
    let mut roots = RootCertStore::empty();
    if let Some(authority) = authority {
        roots.add(authority.clone()).unwrap();
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_root_certificates(roots).with_no_client_auth();
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let client = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = StreamOwned::new(client, TcpStream::connect(house.host())?);
    stream.conn.complete_io(&mut stream.sock)?;
    Ok(stream)
}

fn authority(house: &House) -> CertificateDer<'static> {
    CertificateDer::from_pem_file(house.data().join("tls/authority.crt")).unwrap()
}

/// The address of the page in plain HTTP, on loopback.
fn page(house: &House) -> String {
    let line = house.printed_line("Certificat ");
    let port = line.trim_end_matches('/').rsplit(':').next().unwrap();
    format!("127.0.0.1:{port}")
}

fn get(host: &str, path: &str) -> Answer {
    Answer::get(&mut TcpStream::connect(host).unwrap(), host, path)
}

#[test]
fn off_loopback_a_phone_that_trusts_the_authority_comes_in_and_no_other() {
    let folder = Arc::new(TempDir::new().unwrap());
    let house = House::open_in(Arc::clone(&folder), "0.0.0.0:0", WITH_PINS);
    assert!(house.address().starts_with("https://"));
    let trusted = authority(&house);
    for name in ["127.0.0.1", "localhost"] {
        let answer = Answer::get(&mut dial(&house, Some(&trusted), name).unwrap(), name, "/healthz");
        assert_eq!(answer.json(), json!({ "status": "ok" }), "{name}");
    }
    assert!(dial(&house, None, "localhost").is_err(), "nobody else vouches for it");
    assert!(dial(&house, Some(&trusted), "bank.example").is_err(), "it is nobody else");
    let shown = dial(&house, Some(&trusted), "localhost").unwrap().conn.peer_certificates().unwrap()[0].clone();
    let body = json!({ "pin": ANIMATOR }).to_string();
    let request = format!(
        "POST /api/login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let login = Answer::read(&mut dial(&house, Some(&trusted), "localhost").unwrap(), &request);
    assert!(login.header("set-cookie").unwrap().contains("; Secure"), "{login:?}");
    house.close();

    let house = House::open_in(folder, "0.0.0.0:0", WITH_PINS);
    assert_eq!(authority(&house), trusted, "phones need not learn it again");
    let again = dial(&house, Some(&trusted), "localhost").unwrap().conn.peer_certificates().unwrap()[0].clone();
    assert_eq!(again, shown, "nor those that accepted the certificate alone");
}

#[test]
fn the_plain_page_offers_the_authority_and_nothing_else() {
    let house = House::open_in(Arc::new(TempDir::new().unwrap()), "0.0.0.0:0", WITH_PINS);
    let page = page(&house);
    let certificate = get(&page, "/authority.crt");
    assert_eq!(certificate.header("content-type"), Some("application/x-x509-ca-cert"));
    assert_eq!(certificate.body, authority(&house).to_vec());
    let html = get(&page, "/");
    let text = String::from_utf8(html.body.clone()).unwrap();
    let digest: Vec<_> = Sha256::digest(&certificate.body).iter().map(|byte| format!("{byte:02X}")).collect();
    assert!(digest.chunks(8).all(|row| text.contains(&row.join(" "))), "the fingerprint");
    assert!(text.contains(&format!("https://{}/panel", house.host())), "the way on");
    assert!(text.contains("Android") && text.contains("iPhone") && text.contains("lang=\"en\""));
    assert!(html.header("content-security-policy").unwrap().contains("default-src 'none'"));
    assert!(house.said().contains(&digest[..8].join(" ")), "to be compared on the studio's own screen");
    for path in ["/api/login", "/api/control", "/panel", "/metrics"] {
        let answer = get(&page, path);
        assert_eq!((answer.status, answer.header("location")), (303, Some("/")), "{path}");
    }
}

#[test]
fn ctl_finds_the_authority_in_the_data_folder() {
    let house = House::open_in(Arc::new(TempDir::new().unwrap()), "0.0.0.0:0", WITH_PINS);
    let done = house.ctl(ANIMATOR, &["take", "scene=cam2"]);
    assert_eq!(done.status.code(), Some(0), "{done:?}");
}

#[test]
fn an_address_typed_without_https_leads_on() {
    let house = House::open_in(Arc::new(TempDir::new().unwrap()), "0.0.0.0:0", WITH_PINS);
    let answer = get(house.host(), "/panel");
    assert_eq!(
        (answer.status, answer.header("location")),
        (307, Some(format!("https://{}/panel", house.host()).as_str()))
    );
}

#[test]
fn plain_words_at_the_encrypted_door_do_no_harm() {
    let house = House::open_in(Arc::new(TempDir::new().unwrap()), "0.0.0.0:0", WITH_PINS);
    for words in ["GET / HTTP/1.1\r\nHost: x\r\n\r\n", "\u{16}\u{3}\u{1}", ""] {
        let mut stream = TcpStream::connect(house.host()).unwrap();
        stream.write_all(words.as_bytes()).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let _ = stream.read_to_end(&mut Vec::new());
    }
    assert!(dial(&house, Some(&authority(&house)), "localhost").is_ok());
}
