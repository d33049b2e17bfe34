//! Certificates for tests, their files, and a client that trusts one of them.

use countersign_server::Tls;
use rustls::{
    ClientConfig, RootCertStore, SupportedProtocolVersion,
    crypto::ring,
    pki_types::{CertificateDer, ServerName},
    version::{TLS12, TLS13},
};
use std::{io, net::SocketAddr, path::PathBuf, sync::Arc};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::wire::Peer;

/// A certificate of its own authority for `localhost`, with its key.
pub(crate) struct Pair {
    pub(crate) certificate: String,
    pub(crate) key: String,
    trust: CertificateDer<'static>,
}

impl Pair {
    pub(crate) fn fresh() -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        Self { certificate: made.cert.pem(), key: made.signing_key.serialize_pem(), trust: made.cert.der().clone() }
    }

    /// Connects, trusting this certificate alone.
    pub(crate) async fn connect(&self, address: SocketAddr) -> io::Result<Peer<TlsStream<TcpStream>>> {
        self.connect_with(address, &[&TLS12, &TLS13], &[]).await
    }

    /// Connects with these versions and these application protocols.
    pub(crate) async fn connect_with(
        &self,
        address: SocketAddr,
        versions: &[&'static SupportedProtocolVersion],
        protocols: &[&str],
    ) -> io::Result<Peer<TlsStream<TcpStream>>> {
        let mut roots = RootCertStore::empty();
        roots.add(self.trust.clone()).expect("a certificate");
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let builder = builder.with_protocol_versions(versions).expect("versions of the provider");
        let mut config = builder.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        let name = ServerName::try_from("localhost").expect("a name");
        let stream = TcpStream::connect(address).await?;
        Ok(Peer(TlsConnector::from(Arc::new(config)).connect(name, stream).await?))
    }
}

/// A certificate's and a key's file.
pub(crate) struct PairFiles {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
    _folder: TempDir,
}

impl PairFiles {
    pub(crate) fn of(pair: &Pair) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (certificate, key) = (folder.path().join("certificate.pem"), folder.path().join("key.pem"));
        let files = Self { certificate, key, _folder: folder };
        files.hold(&pair.certificate, &pair.key);
        files
    }

    /// Writes them anew.
    pub(crate) fn hold(&self, certificate: &str, key: &str) {
        std::fs::write(&self.certificate, certificate).expect("the file can be written");
        std::fs::write(&self.key, key).expect("the file can be written");
    }

    pub(crate) fn load(&self) -> Arc<Tls> {
        Arc::new(Tls::load(&self.certificate, &self.key).expect("they belong together"))
    }
}
