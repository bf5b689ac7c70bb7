//! Certificates, and the handshakes of connections over TLS.
//!
//! A service has the certificate of its trustpoint, or one that the server makes and signs itself: once, if there is a data
//! directory to keep it in (`pki/self-signed.pem` and `.key`), else at each start. Versions are 1.2 and 1.3, or what
//! `transport tcp tls` says for SIP. Clients are asked for a certificate if `client-trustpoint` names an authority.
//!
//! # Limits
//!
//! A stranger has [`HANDSHAKE_TIME`] and [`MAX_HANDSHAKE`] bytes for a handshake. There are [`MAX_HANDSHAKES`] at a time, and
//! [`MAX_HANDSHAKES_OF_ADDRESS`] from one address; where there are more, one that does not go on makes room. Handshakes of one
//! source take turns with what others send.

use std::{
    fs,
    io::{self, Write},
    net::IpAddr,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    pin::Pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll},
    time::Duration,
};

use hookflash_node::{
    Listeners,
    config::{Authority, CertificateFiles, Settings, TlsService, TlsVersions},
};
use rcgen::{CertificateParams, DnType, KeyPair, SanType};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ClientConfig, CommonState, RootCertStore, ServerConfig, SupportedProtocolVersion,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
        version::{TLS12, TLS13},
    },
    server::TlsStream,
};
use tracing::{info, warn};

use crate::{client_certificate::Clients, error::Error};

/// How long a handshake may take.
pub const HANDSHAKE_TIME: Duration = Duration::from_secs(10);
/// Bytes that may come in a handshake: a client sends some hundred, and some thousand with a certificate.
pub const MAX_HANDSHAKE: usize = 64 * 1024;
/// Handshakes at a time.
pub const MAX_HANDSHAKES: usize = 1024;
/// Handshakes of one address at a time: an office behind one address comes back at once after a power cut.
pub const MAX_HANDSHAKES_OF_ADDRESS: usize = 512;

/// Where the certificate of our own is, in the data directory.
const FOLDER: &str = "pki";
const OWN_CERTIFICATE: &str = "self-signed.pem";
const OWN_KEY: &str = "self-signed.key";

/// Years for which a certificate of our own is valid.
const YEARS: i32 = 10;

/// What each service needs for TLS.
#[derive(Default)]
pub struct Tls {
    sip: Option<TlsAcceptor>,
    csta: Option<TlsAcceptor>,
    http: Option<TlsAcceptor>,
    /// What clients are asked for.
    clients: Option<Clients>,
    /// Authorities that are trusted besides those of the system.
    authorities: Vec<CertificateDer<'static>>,
    client: OnceLock<Arc<ClientConfig>>,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}

impl Tls {
    /// Reads the certificates of the services that the listeners are for, and makes our own one if one of them needs it.
    ///
    /// # Errors
    /// [`Error::Certificate`] if a configured one cannot be used, [`Error::Data`] if our own one cannot be kept.
    pub fn of(settings: &Settings, listeners: &Listeners, data: Option<&Path>) -> Result<Tls, Error> {
        let clients = settings.client_authorities().ok().flatten().unwrap_or_default();
        let clients = Clients::of(read_authorities(&clients, data)?);
        let authorities = read_authorities(&settings.authorities(), data)?;
        let mut tls = Tls { clients, authorities, ..Tls::default() };
        let mut own = None;
        for service in listeners.secure() {
            let files = settings.certificate_files(service).ok().flatten();
            let identity = match (files, &own) {
                (Some(files), _) => Identity::read(&files, data)?,
                (None, Some(own)) => Identity::clone(own),
                (None, None) => own.insert(Identity::own(settings, listeners, data)?).clone(),
            };
            let versions = match settings.sip_ua.as_ref().and_then(|agent| agent.transport_tls) {
                Some(versions) if service == TlsService::Sip => versions,
                _ => TlsVersions::All,
            };
            info!(?service, certificate = %identity.name, "TLS");
            let acceptor = identity.acceptor(versions, tls.clients.as_ref())?;
            *tls.place(service) = Some(acceptor);
        }
        Ok(tls)
    }

    /// What other servers are reached with: they have to show a certificate of an authority that is trusted. Those of the system
    /// are read with the first attempt that needs them.
    pub(crate) fn client(&self) -> Arc<ClientConfig> {
        self.client.get_or_init(|| Arc::new(client(&self.authorities))).clone()
    }

    /// What the client of a connection has proved, if it has shown a certificate.
    pub(crate) fn certificate(&self, connection: &CommonState) -> Option<String> {
        self.clients.as_ref()?.told(connection.peer_certificates())
    }

    /// What a service accepts connections with.
    pub(crate) fn acceptor(&self, service: TlsService) -> Option<TlsAcceptor> {
        match service {
            TlsService::Sip => self.sip.clone(),
            TlsService::Csta => self.csta.clone(),
            TlsService::Http => self.http.clone(),
        }
    }

    fn place(&mut self, service: TlsService) -> &mut Option<TlsAcceptor> {
        match service {
            TlsService::Sip => &mut self.sip,
            TlsService::Csta => &mut self.csta,
            TlsService::Http => &mut self.http,
        }
    }
}

/// The certificates of authorities that the configuration names or has.
fn read_authorities(
    authorities: &[Authority<'_>],
    data: Option<&Path>,
) -> Result<Vec<CertificateDer<'static>>, Error> {
    let mut found = Vec::new();
    for authority in authorities {
        match authority {
            Authority::File(file) => found.extend(read_chain(&place(file, data))?),
            Authority::Inline(bytes) => found.push(CertificateDer::from(bytes.clone())),
        }
    }
    Ok(found)
}

fn client(authorities: &[CertificateDer<'static>]) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        warn!(%error, "certificates that the system trusts cannot be read");
    }
    roots.add_parsable_certificates(found.certs);
    let (_, wrong) = roots.add_parsable_certificates(authorities.iter().cloned());
    if wrong > 0 {
        warn!(wrong, "certificates of authorities in the configuration cannot be read");
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map(|builder| builder.with_root_certificates(roots.clone()).with_no_client_auth());
    // The versions that the provider has are those of the library.
    config.unwrap_or_else(|_| ClientConfig::builder().with_root_certificates(roots).with_no_client_auth())
}

/// Where a file of the configuration is.
fn place(file: &str, data: Option<&Path>) -> PathBuf {
    match data {
        Some(data) => data.join(FOLDER).join(file),
        None => PathBuf::from(file),
    }
}

/// The certificates in a file, of which there is one at least.
fn read_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let unusable = |reason: String| Error::Certificate { path: path.to_owned(), reason };
    let text = fs::read(path).map_err(|error| unusable(error.to_string()))?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    let chain = chain.map_err(|error| unusable(error.to_string()))?;
    match chain.is_empty() {
        true => Err(unusable("there is no certificate in it".to_owned())),
        false => Ok(chain),
    }
}

/// A certificate and its private key.
#[derive(Debug)]
struct Identity {
    /// What operators call it.
    name: String,
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl Clone for Identity {
    fn clone(&self) -> Identity {
        Identity { name: self.name.clone(), chain: self.chain.clone(), key: self.key.clone_key() }
    }
}

impl Identity {
    /// The certificate of a trustpoint.
    fn read(files: &CertificateFiles<'_>, data: Option<&Path>) -> Result<Identity, Error> {
        let name = format!("trustpoint {}", files.trustpoint);
        Identity::in_files(name, &place(files.certificate, data), &place(files.key, data))
    }

    fn in_files(name: String, certificate: &Path, key: &Path) -> Result<Identity, Error> {
        let unusable = |path: &Path, reason: String| Error::Certificate { path: path.to_owned(), reason };
        let read = |path: &Path| fs::read(path).map_err(|error| unusable(path, error.to_string()));
        let chain = read_chain(certificate)?;
        let key = PrivateKeyDer::from_pem_slice(&read(key)?).map_err(|error| {
            unusable(key, format!("{error}; it has to be a private key without a password, PEM"))
        })?;
        Ok(Identity { name, chain, key })
    }

    /// The certificate of our own: the one in the data directory, or a new one, which is kept there.
    fn own(settings: &Settings, listeners: &Listeners, data: Option<&Path>) -> Result<Identity, Error> {
        let folder = data.map(|data| data.join(FOLDER));
        let files = folder.as_ref().map(|folder| (folder.join(OWN_CERTIFICATE), folder.join(OWN_KEY)));
        if let Some((certificate, key)) = files.as_ref().filter(|(certificate, _)| certificate.exists()) {
            return Identity::in_files(certificate.display().to_string(), certificate, key);
        }
        let (certificate, key) = self_signed(settings, listeners).map_err(|error| Error::System {
            action: "making a certificate",
            source: io::Error::other(error),
        })?;
        let mut name = "self-signed, made at this start".to_owned();
        if let Some((certificate_file, key_file)) = &files {
            // The key first: a certificate without its key would be taken for a whole pair at the next start.
            keep(key_file, &key.serialize_pem(), 0o600)?;
            keep(certificate_file, &certificate.pem(), 0o644)?;
            name = certificate_file.display().to_string();
        }
        let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(|error| Error::System {
            action: "making a certificate",
            source: io::Error::other(error),
        })?;
        Ok(Identity { name, chain: vec![certificate.der().clone()], key })
    }

    fn acceptor(self, versions: TlsVersions, clients: Option<&Clients>) -> Result<TlsAcceptor, Error> {
        let versions: &[&SupportedProtocolVersion] = match versions {
            TlsVersions::All => &[&TLS13, &TLS12],
            TlsVersions::Only12 => &[&TLS12],
            TlsVersions::Only13 => &[&TLS13],
        };
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(versions)
            .map(|builder| match clients {
                Some(clients) => builder.with_client_cert_verifier(clients.asking()),
                None => builder.with_no_client_auth(),
            })
            .and_then(|builder| builder.with_single_cert(self.chain, self.key));
        match config {
            Ok(config) => Ok(TlsAcceptor::from(Arc::new(config))),
            Err(error) => Err(Error::Certificate { path: self.name.into(), reason: error.to_string() }),
        }
    }
}

/// A certificate for the names and addresses of this server.
fn self_signed(
    settings: &Settings,
    listeners: &Listeners,
) -> Result<(rcgen::Certificate, KeyPair), rcgen::Error> {
    let hostname = settings.hostname.as_deref().unwrap_or("hookflash");
    let names = [hostname, "localhost"].map(str::to_owned);
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name.push(DnType::CommonName, hostname);
    let listening = [listeners.sips, listeners.csta_tls, listeners.https].into_iter().flatten();
    let addresses = listening.map(|address| address.ip()).filter(|address| !address.is_unspecified());
    let mut addresses: Vec<IpAddr> = addresses.chain([IpAddr::from([127, 0, 0, 1])]).collect();
    addresses.sort_unstable();
    addresses.dedup();
    params.subject_alt_names.extend(addresses.into_iter().map(SanType::IpAddress));
    let today = jiff::Zoned::now().date();
    let day = |years: i32| {
        let month = u8::try_from(today.month()).unwrap_or(1);
        rcgen::date_time_ymd(i32::from(today.year()) + years, month, 1)
    };
    (params.not_before, params.not_after) = (day(0), day(YEARS));
    let key = KeyPair::generate()?;
    Ok((params.self_signed(&key)?, key))
}

/// Writes a file that must be whole, or not there at all.
fn keep(path: &Path, text: &str, mode: u32) -> Result<(), Error> {
    let failed = |source| Error::Data { path: path.to_owned(), source };
    path.parent().map_or(Ok(()), fs::create_dir_all).map_err(failed)?;
    let beside = path.with_extension("new");
    let _ = fs::remove_file(&beside);
    let mut file =
        fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(&beside).map_err(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
    fs::rename(&beside, path).map_err(failed)
}

/// Does the handshake of a connection.
///
/// # Errors
/// Those of the socket and of TLS; `TimedOut`.
pub(crate) async fn handshake(acceptor: &TlsAcceptor, socket: TcpStream) -> io::Result<TlsStream<Bounded>> {
    let accepted = acceptor.accept(Bounded { socket, left: MAX_HANDSHAKE });
    let mut stream = tokio::time::timeout(HANDSHAKE_TIME, accepted).await??;
    stream.get_mut().0.left = usize::MAX;
    Ok(stream)
}

/// A connection that may bring so many bytes until the handshake is done.
#[derive(Debug)]
pub(crate) struct Bounded {
    socket: TcpStream,
    left: usize,
}

impl Bounded {
    /// The connection itself.
    pub(crate) fn into_socket(self) -> TcpStream {
        self.socket
    }
}

impl AsyncRead for Bounded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.left == 0 {
            return Poll::Ready(Err(io::Error::other("the handshake is too long")));
        }
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.socket).poll_read(context, buffer);
        if self.left < usize::MAX {
            self.left -= (buffer.filled().len() - before).min(self.left);
        }
        polled
    }
}

impl AsyncWrite for Bounded {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(context)
    }
}
