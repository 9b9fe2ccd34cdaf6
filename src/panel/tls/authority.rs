//! The studio's own certificate authority, which phones and tablets learn to trust once.
//!
//! It is kept in `tls/` of the data folder and never changes; certificates under it come and go with
//! the machine's addresses. It may vouch for addresses and for names of the local network only, so
//! that whoever steals its key cannot impersonate a bank to the phones that trust it.

use std::{
    fs, io,
    net::IpAddr,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, PKCS_ECDSA_P256_SHA256, SanType,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use sha2::{Digest, Sha256};
use time::{Duration, OffsetDateTime, macros::datetime};
use x509_parser::{extensions::GeneralName, prelude::X509Certificate};

use super::names::{self, Names};
use crate::{
    disk::{self, Readers},
    protocol::{Fault, Problem},
};

/// The authority's certificate in the data folder, PEM.
pub const AUTHORITY_FILE: &str = "tls/authority.crt";

/// A certificate's life: below what Apple accepts (398 days), counted from two days ago for clocks
/// that are behind.
const LIFE: Duration = Duration::days(365);
const SLACK: Duration = Duration::days(2);
/// This long before its end it is replaced.
const RENEW: Duration = Duration::days(30);

/// A certificate with its key, as rustls takes them.
pub type Certified = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// The authority.
pub struct Authority {
    folder: PathBuf,
    certificate: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    /// The one in the data folder, made now if there is none.
    ///
    /// # Errors
    /// When its files cannot be read, written, or are not what they should be.
    pub fn open(data: &Path) -> Result<Self, Problem> {
        let folder = data.join("tls");
        let authority = Self::load_or_make(&folder).map_err(|error| unusable(&folder, &error))?;
        Ok(authority)
    }

    fn load_or_make(folder: &Path) -> io::Result<Self> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let (cert_file, key_file) = (folder.join("authority.crt"), folder.join("authority.key"));
        if !cert_file.exists() {
            let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(io::Error::other)?;
            let certificate = authority_params().self_signed(&key).map_err(io::Error::other)?;
            // The certificate last: with it the pair is complete.
            write_private(&key_file, &key.serialize_pem())?;
            write_private(&cert_file, &certificate.pem())?;
        }
        let key = KeyPair::from_pem(&fs::read_to_string(&key_file)?).map_err(io::Error::other)?;
        let certificate = CertificateDer::from_pem_file(&cert_file).map_err(io::Error::other)?;
        let issuer = Issuer::from_ca_cert_der(&certificate, key).map_err(io::Error::other)?;
        Ok(Self { folder: folder.to_owned(), certificate, issuer })
    }

    /// The authority's certificate.
    pub fn der(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// SHA-256 of the certificate, as phones show it: pairs of digits with colons.
    pub fn fingerprint(&self) -> String {
        let pairs: Vec<_> = Sha256::digest(&self.certificate).iter().map(|byte| format!("{byte:02X}")).collect();
        pairs.join(":")
    }

    /// A certificate for `names`: the one kept, or a new one if there is none, if it lacks a name or
    /// nears its end. The second value tells whether it is new.
    ///
    /// # Errors
    /// When its files cannot be written.
    pub fn certify(&self, names: &Names) -> Result<(Certified, bool), Problem> {
        let names = self.permitted(names);
        match self.kept(&names) {
            Some(kept) => Ok((kept, false)),
            None => {
                let made = self.make(&names).map_err(|error| unusable(&self.folder, &error))?;
                Ok((made, true))
            }
        }
    }

    fn kept(&self, names: &Names) -> Option<Certified> {
        let (certificate, key) = self.load().ok()?;
        let (_, leaf) = x509_parser::parse_x509_certificate(&certificate).ok()?;
        let (_, authority) = x509_parser::parse_x509_certificate(&self.certificate).ok()?;
        let ours = leaf.verify_signature(Some(authority.public_key())).is_ok();
        let end = leaf.validity().not_after.timestamp();
        let now = OffsetDateTime::now_utc();
        let timely = leaf.validity().is_valid() && end > (now + RENEW).unix_timestamp();
        (ours && timely && names_of(&leaf).cover(names)).then_some((vec![certificate], key))
    }

    fn load(&self) -> Result<(CertificateDer<'static>, PrivateKeyDer<'static>), rustls::pki_types::pem::Error> {
        let certificate = CertificateDer::from_pem_file(self.folder.join("studio.crt"))?;
        Ok((certificate, PrivateKeyDer::from_pem_file(self.folder.join("studio.key"))?))
    }

    fn make(&self, names: &Names) -> io::Result<Certified> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(io::Error::other)?;
        let mut params = CertificateParams::default();
        params.distinguished_name = named("Open Plateau");
        params.subject_alt_names = names.addresses.iter().map(|address| SanType::IpAddress(*address)).collect();
        for host in &names.hosts {
            let host = host.as_str().try_into().map_err(io::Error::other)?;
            params.subject_alt_names.push(SanType::DnsName(host));
        }
        params.not_before = OffsetDateTime::now_utc() - SLACK;
        params.not_after = params.not_before + LIFE;
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = params.signed_by(&key, &self.issuer).map_err(io::Error::other)?;
        write_private(&self.folder.join("studio.key"), &key.serialize_pem())?;
        write_private(&self.folder.join("studio.crt"), &certificate.pem())?;
        Ok((vec![certificate.der().clone()], PrivateKeyDer::from(key)))
    }

    /// Without the hosts that the authority may not vouch for (the machine was renamed since):
    /// one of them would spoil the whole certificate.
    fn permitted(&self, names: &Names) -> Names {
        let permitted = permitted_hosts(&self.certificate);
        let within = |host: &str, tree: &str| host == tree || host.ends_with(&format!(".{tree}"));
        let hosts = names.hosts.iter().filter(|host| permitted.iter().any(|tree| within(host, tree)));
        Names { addresses: names.addresses.clone(), hosts: hosts.cloned().collect() }
    }
}

/// Fixed dates: a machine may have woken up with a wrong clock on the day the authority is made.
fn authority_params() -> CertificateParams {
    let mut params = CertificateParams::default();
    let host = names::host_name();
    let name = host.as_ref().map_or("Open Plateau".to_owned(), |host| format!("Open Plateau ({host})"));
    params.distinguished_name = named(&name);
    params.not_before = datetime!(2024-01-01 00:00 UTC);
    params.not_after = datetime!(2049-12-31 00:00 UTC);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let hosts = ["local".to_owned(), "localhost".to_owned()].into_iter().chain(host);
    let any_address = [CidrSubnet::V4([0; 4], [0; 4]), CidrSubnet::V6([0; 16], [0; 16])];
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: hosts
            .map(GeneralSubtree::DnsName)
            .chain(any_address.map(GeneralSubtree::IpAddress))
            .collect(),
        excluded_subtrees: Vec::new(),
    });
    params
}

fn named(name: &str) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::CommonName, name);
    distinguished.push(DnType::OrganizationName, "Open Plateau");
    distinguished
}

fn permitted_hosts(authority: &CertificateDer<'_>) -> Vec<String> {
    let Ok((_, authority)) = x509_parser::parse_x509_certificate(authority) else { return Vec::new() };
    let constraints = authority.name_constraints().ok().flatten();
    let permitted = constraints.and_then(|constraints| constraints.value.permitted_subtrees.as_ref());
    let hosts = permitted.into_iter().flatten().filter_map(|tree| match tree.base {
        GeneralName::DNSName(host) => Some(host.to_owned()),
        _ => None,
    });
    hosts.collect()
}

fn names_of(certificate: &X509Certificate<'_>) -> Names {
    let mut names = Names::default();
    let alternative = certificate.subject_alternative_name().ok().flatten();
    for name in alternative.iter().flat_map(|extension| &extension.value.general_names) {
        match name {
            GeneralName::DNSName(host) => _ = names.hosts.insert((*host).to_owned()),
            GeneralName::IPAddress(bytes) => {
                let v4 = <[u8; 4]>::try_from(*bytes).map(IpAddr::from);
                let address = v4.or_else(|_| <[u8; 16]>::try_from(*bytes).map(IpAddr::from));
                names.addresses.extend(address);
            }
            _ => {}
        }
    }
    names
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    disk::write(path, text.as_bytes(), Readers::Owner)
}

fn unusable(folder: &Path, error: &io::Error) -> Problem {
    let folder = folder.display();
    Problem::new(
        "authority_unusable",
        Fault::Operator,
        format!(
            "Les certificats de {folder} sont inutilisables ({error}). Vérifiez les droits du dossier ; ou supprimez-le : une nouvelle autorité sera créée, que les téléphones devront accepter."
        ),
        format!(
            "The certificates in {folder} cannot be used ({error}). Check the folder's rights; or delete it: a new authority will be made, which the phones must accept."
        ),
    )
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn names(addresses: &[&str], hosts: &[&str]) -> Names {
        Names {
            addresses: addresses.iter().map(|address| address.parse().unwrap()).collect(),
            hosts: hosts.iter().map(|host| (*host).to_owned()).collect(),
        }
    }

    #[test]
    fn the_authority_stays_and_certificates_follow_the_addresses() {
        let data = tempfile::tempdir().unwrap();
        let authority = Authority::open(data.path()).unwrap();
        let home = names(&["127.0.0.1", "192.168.1.20", "::1"], &["localhost", "plateau.local"]);
        let ((first, _), new) = authority.certify(&home).unwrap();
        assert!(new);
        let again = Authority::open(data.path()).unwrap();
        assert_eq!(again.der(), authority.der());
        let ((kept, _), new) = again.certify(&names(&["192.168.1.20"], &["plateau.local"])).unwrap();
        assert!(!new && kept == first, "a lost address needs no new certificate");
        let ((moved, _), new) = again.certify(&names(&["10.0.0.4"], &["localhost"])).unwrap();
        assert!(new && moved != first);
        assert_eq!(Authority::open(data.path()).unwrap().der(), authority.der());
        for file in ["authority.key", "authority.crt", "studio.key", "studio.crt"] {
            let mode = fs::metadata(data.path().join("tls").join(file)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{file}");
        }
    }

    #[test]
    fn a_certificate_lives_a_year_and_names_only_what_is_permitted() {
        let data = tempfile::tempdir().unwrap();
        let authority = Authority::open(data.path()).unwrap();
        let asked = names(&["192.168.1.20"], &["plateau.local", "bank.example"]);
        let ((chain, _), _) = authority.certify(&asked).unwrap();
        let (_, leaf) = x509_parser::parse_x509_certificate(&chain[0]).unwrap();
        assert_eq!(names_of(&leaf), names(&["192.168.1.20"], &["plateau.local"]));
        let validity = leaf.validity();
        let days = (validity.not_after.timestamp() - validity.not_before.timestamp()) / 86400;
        assert!(days <= 366 && validity.is_valid());
    }

    #[test]
    fn another_authority_s_certificate_is_not_kept() {
        let data = tempfile::tempdir().unwrap();
        let home = names(&["127.0.0.1"], &["localhost"]);
        let ((first, _), _) = Authority::open(data.path()).unwrap().certify(&home).unwrap();
        fs::remove_file(data.path().join(AUTHORITY_FILE)).unwrap();
        let ((second, _), new) = Authority::open(data.path()).unwrap().certify(&home).unwrap();
        assert!(new && first != second);
    }

    #[test]
    fn a_spoiled_file_is_told() {
        let data = tempfile::tempdir().unwrap();
        Authority::open(data.path()).unwrap();
        fs::write(data.path().join("tls/authority.key"), "no key").unwrap();
        let Err(problem) = Authority::open(data.path()) else { panic!("accepted") };
        assert_eq!(problem.code, "authority_unusable");
    }
}
