//! HTTPS: with the studio's own authority, or with the operator's certificate.

mod authority;
mod door;
mod names;
mod page;

pub use authority::{AUTHORITY_FILE, Authority};
pub use door::Door;
pub use names::lan_addresses;
pub use page::page;

use std::{path::Path, sync::Arc};

use axum_server::tls_rustls::RustlsConfig;
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

use self::{authority::Certified, names::Names};
use crate::{config, protocol::Problem};

/// What the server shows, and how it stays good.
#[derive(Clone)]
pub struct Tls {
    config: RustlsConfig,
    /// `None`: the operator's certificate is used.
    authority: Option<Arc<Authority>>,
}

impl Tls {
    /// The operator's certificate, else one of the studio's own. Blocking.
    ///
    /// # Errors
    /// When files cannot be read, written, or don't fit together.
    pub fn open(data: &Path, given: Option<&config::Tls>) -> Result<Self, Problem> {
        if let Some(given) = given {
            let config = operators(given).map_err(|error| unusable(given, &*error))?;
            return Ok(Self { config: RustlsConfig::from_config(config), authority: None });
        }
        let authority = Authority::open(data)?;
        let (certified, _) = authority.certify(&Names::of_this_machine())?;
        let config = server_config(certified).map_err(|error| mismatch(&error))?;
        Ok(Self { config: RustlsConfig::from_config(config), authority: Some(Arc::new(authority)) })
    }

    /// For the server.
    pub fn config(&self) -> RustlsConfig {
        self.config.clone()
    }

    /// The studio's own authority, when it is in use.
    pub fn authority(&self) -> Option<&Arc<Authority>> {
        self.authority.as_ref()
    }

    /// Follows the machine's addresses and the calendar. Blocking; about once a minute.
    pub fn renew(&self) {
        let Some(authority) = &self.authority else { return };
        match authority.certify(&Names::of_this_machine()) {
            Ok((_, false)) => {}
            Ok((certified, true)) => match server_config(certified) {
                Ok(config) => {
                    self.config.reload_from_config(config);
                    tracing::info!("new certificate");
                }
                Err(error) => tracing::error!(%error, "new certificate refused"),
            },
            Err(problem) => tracing::error!(code = problem.code, reason = %problem, "no new certificate"),
        }
    }
}

fn operators(given: &config::Tls) -> Result<Arc<ServerConfig>, Box<dyn std::error::Error>> {
    let chain = CertificateDer::pem_file_iter(&given.certificate)?.collect::<Result<Vec<_>, _>>()?;
    let key = PrivateKeyDer::from_pem_file(&given.key)?;
    Ok(server_config((chain, key))?)
}

fn server_config((chain, key): Certified) -> Result<Arc<ServerConfig>, rustls::Error> {
    let builder = ServerConfig::builder_with_provider(crate::tls::provider()).with_safe_default_protocol_versions()?;
    let mut config = builder.with_no_client_auth().with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn unusable(given: &config::Tls, error: &dyn std::error::Error) -> Problem {
    let (certificate, key) = (given.certificate.display(), given.key.display());
    Problem::operator(
        "certificate_unusable",
        format!(
            "Le certificat {certificate} et la clé {key} de [tls] sont inutilisables ({error}). Donnez deux fichiers PEM qui vont ensemble, ou retirez [tls] : le studio a sa propre autorité."
        ),
        format!(
            "The certificate {certificate} and the key {key} of [tls] cannot be used ({error}). Give two PEM files that belong together, or remove [tls]: the studio has an authority of its own."
        ),
    )
}

fn mismatch(error: &rustls::Error) -> Problem {
    Problem::operator(
        "authority_unusable",
        format!(
            "Les certificats du dossier tls sont inutilisables ({error}). Supprimez le dossier : une nouvelle autorité sera créée."
        ),
        format!(
            "The certificates in the folder tls cannot be used ({error}). Delete the folder: a new authority will be made."
        ),
    )
}
