//! TLS 1.2 and 1.3 on a listener, with a certificate that can be replaced while the service runs.
//!
//! - A pair of files is served only if the key belongs to the certificate.
//! - A replaced pair that is no good changes nothing; what was good before is served on.

use countersign_domain::digest::Digest;
use http::StatusCode;
use rustls::{
    Error, InconsistentKeys, ServerConfig,
    crypto::{CryptoProvider, ring},
    pki_types::{
        CertificateDer, PrivateKeyDer,
        pem::{Error as PemError, PemObject},
    },
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::Duration,
};
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use crate::{problem::Problem, write_deadline::WriteDeadline};

/// The most bytes of a certificate's or key's file.
const LARGEST: u64 = 1024 * 1024;

/// Why a certificate or its key cannot be used. Never a word of what stands in the files.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TlsError {
    /// A file that cannot be read.
    #[error("{} cannot be read: {why}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's word.
        why: String,
    },
    /// A file without a certificate.
    #[error("{} holds no certificate: expected PEM, this service's own certificate first", path.display())]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// A file without a key.
    #[error("{} holds no private key: expected PEM (PKCS#8, PKCS#1 or SEC1) that is not encrypted", path.display())]
    NoKey {
        /// The file.
        path: PathBuf,
    },
    /// A file that is cut or garbled.
    #[error("{} is damaged: it is not whole PEM; write it again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// A certificate or key of a kind that is not known.
    #[error("{} cannot be used: {why}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A key that belongs to another certificate.
    #[error(
        "the key {} does not belong to the certificate {}: use the two that were issued together, and where the \
         certificate's file holds several, put this service's own first",
        key.display(),
        certificate.display()
    )]
    Mismatch {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
    },
}

/// What looking at the files again came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reload {
    /// They are as they were when they were last looked at.
    Unchanged,
    /// They changed, and new connections get the new certificate.
    Replaced,
    /// They changed and are no good, and new connections get the certificate as before.
    Refused(TlsError),
}

/// A certificate and its key, as PEM files.
#[derive(Debug)]
struct Files {
    certificate: PathBuf,
    key: PathBuf,
}

/// What the files hold.
struct Pair {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

/// How the files were when they were last looked at.
#[derive(PartialEq, Eq)]
enum Seen {
    Content(Digest, Digest),
    Unreadable(TlsError),
}

/// TLS with the certificate of two files.
pub struct Tls {
    files: Files,
    config: Arc<ServerConfig>,
    served: Arc<Served>,
    seen: Mutex<Seen>,
}

/// How a connection to a listener with TLS begins.
pub(crate) enum Greeting {
    /// With a handshake that went well.
    Secure(Box<TlsStream<WriteDeadline<TcpStream>>>),
    /// With plain HTTP, as it seems.
    Plain(WriteDeadline<TcpStream>),
}

impl Tls {
    /// Reads a certificate (with those that lead to its authority after it) and its key.
    ///
    /// # Errors
    /// [`TlsError`]: which file is no good, and why.
    pub fn load(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let files = Files { certificate: certificate.to_owned(), key: key.to_owned() };
        let pair = files.read()?;
        let provider = Arc::new(ring::default_provider());
        let served = Arc::new(Served(RwLock::new(Arc::new(files.certified(&pair, &provider)?))));
        let builder = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| TlsError::Unusable { path: files.certificate.clone(), why: error.to_string() })?;
        let mut config = builder.with_no_client_auth().with_cert_resolver(Arc::clone(&served) as Arc<_>);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { files, config: Arc::new(config), served, seen: Mutex::new(pair.seen()) })
    }

    /// Looks at the files again and, where they changed for the better, serves what they hold from the next connection
    /// on. Says in the log what it did; of files that are no good, once.
    pub fn reload(&self) -> Reload {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let pair = self.files.read();
        let now = pair.as_ref().map_or_else(|error| Seen::Unreadable(error.clone()), Pair::seen);
        if *seen == now {
            return Reload::Unchanged;
        }
        *seen = now;
        let certificate = self.files.certificate.display();
        match pair.and_then(|pair| self.files.certified(&pair, self.config.crypto_provider())) {
            Ok(certified) => {
                *self.served.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(certified);
                tracing::info!(%certificate, "the TLS certificate changed; new connections get the new one");
                Reload::Replaced
            }
            Err(error) => {
                tracing::error!(%error, "the TLS files changed and cannot be used; the certificate before is served on");
                Reload::Refused(error)
            }
        }
    }

    /// Begins a connection. Without a limit of its own on how long the peer may take.
    pub(crate) async fn greet(&self, stream: TcpStream, write: Duration) -> io::Result<Greeting> {
        let mut first = [0];
        if stream.peek(&mut first).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let stream = WriteDeadline::new(stream, write);
        // A handshake's first byte is 22, a request's the first letter of its method.
        if first[0].is_ascii_alphabetic() {
            return Ok(Greeting::Plain(stream));
        }
        let stream = TlsAcceptor::from(Arc::clone(&self.config)).accept(stream).await?;
        Ok(Greeting::Secure(Box::new(stream)))
    }
}

/// The answer to plain HTTP where TLS is spoken.
pub(crate) async fn refuse_plain_http() -> Problem {
    let detail = "This address speaks TLS. Send the request to https:// instead; whatever key was sent travelled in the \
                  clear, so replace it.";
    Problem::new(StatusCode::BAD_REQUEST, "plain-http", "TLS is spoken here", detail)
}

impl Files {
    fn read(&self) -> Result<Pair, TlsError> {
        Ok(Pair { certificate: read(&self.certificate)?, key: read(&self.key)? })
    }

    fn certified(&self, pair: &Pair, provider: &CryptoProvider) -> Result<CertifiedKey, TlsError> {
        let (path, key_path) = (&self.certificate, &self.key);
        let chain = CertificateDer::pem_slice_iter(&pair.certificate)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| TlsError::Damaged { path: path.clone() })?;
        if chain.is_empty() {
            return Err(TlsError::NoCertificate { path: path.clone() });
        }
        let key = match PrivateKeyDer::from_pem_slice(&pair.key) {
            Ok(key) => key,
            Err(PemError::NoItemsFound) => return Err(TlsError::NoKey { path: key_path.clone() }),
            Err(_) => return Err(TlsError::Damaged { path: key_path.clone() }),
        };
        let unusable =
            |path: &Path, error: &Error| TlsError::Unusable { path: path.to_owned(), why: error.to_string() };
        let key = provider.key_provider.load_private_key(key).map_err(|error| unusable(key_path, &error))?;
        let certified = CertifiedKey::new(chain, key);
        match certified.keys_match() {
            Ok(()) => Ok(certified),
            Err(Error::InconsistentKeys(InconsistentKeys::KeyMismatch)) => {
                Err(TlsError::Mismatch { certificate: path.clone(), key: key_path.clone() })
            }
            Err(error) => Err(unusable(path, &error)),
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    let unreadable = |why: String| TlsError::Unreadable { path: path.to_owned(), why };
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes))
        .map_err(|error| unreadable(error.to_string()))?;
    if bytes.len() as u64 > LARGEST {
        return Err(unreadable("it is larger than 1 MiB, so it is not what is meant".to_owned()));
    }
    Ok(bytes)
}

impl Pair {
    fn seen(&self) -> Seen {
        Seen::Content(Digest::of(&self.certificate), Digest::of(&self.key))
    }
}

/// The certificate that new connections get.
#[derive(Debug)]
struct Served(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Served {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner)))
    }
}
