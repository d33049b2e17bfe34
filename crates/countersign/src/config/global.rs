//! Reading the file's outermost tables.

use countersign_domain::{digest::Digest, ids::OrgId};
use countersign_server::ProxyNetwork;
use secrecy::{ExposeSecret, SecretString};
use std::{collections::BTreeSet, net::SocketAddr, path::PathBuf, time::Duration};
use url::{Host, Url};

use super::{
    classifier,
    field::{Field, table_of},
    org,
    section::Section,
    types::{Config, LogFormat, TlsFiles},
    values::{parse_address, sqlite_url},
    watched::Watched,
};

/// Reads everything; `None` where something that has no default is missing, which was then noted.
pub(super) fn config(root: &mut Section<'_>) -> Option<Config> {
    let server = root.section("server", server);
    let storage_url = root.section("storage", storage);
    let (concurrency, (request_timeout, lease)) =
        root.section("worker", |worker| (worker.field("concurrency").whole(0_u16..=1_024), times(worker)));
    let (log_level, log_format) = root.section("log", log);
    let otlp_endpoint = root.section("telemetry", collector);
    let classifier = root.section("classifier", classifier::classifier);
    let none_named = root.field("org").is_absent();
    let orgs = root.named::<OrgId, _>("org", "organisation", |_, section| org::org(section));
    if none_named {
        root.problem_at("org", "no organisation is configured: add a table such as [org.acme]".to_owned());
    }
    Some(Config {
        listen: server.listen,
        admin_listen: server.admin_listen,
        trusted_proxies: server.trusted_proxies,
        tls: server.tls,
        public_url: server.public_url,
        ca_file: server.ca_file,
        https_proxy: None,
        storage_url: storage_url?,
        worker_concurrency: usize::from(concurrency.unwrap_or(64)),
        worker_request_timeout: request_timeout,
        worker_lease: lease,
        log_level: log_level.unwrap_or("info"),
        log_format: log_format.unwrap_or(LogFormat::Text),
        otlp_endpoint,
        classifier,
        orgs,
        watched: Watched::default(),
        digest: Digest([0; 32]),
    })
}

/// How much longer than a request a lease has to be, in seconds: the wait for the rate budget, a margin, and a while
/// in which a request may begin at all.
const LEASE_BEYOND_REQUEST: u64 = 10;

/// How long a vendor has to answer, and for how long an effect is claimed. A request that begins while it is claimed
/// has to end while it is, or two nodes could act on the same one.
fn times(worker: &mut Section<'_>) -> (Duration, Duration) {
    let field = worker.field("request_timeout");
    let request = field.duration().unwrap_or(20);
    if !(2..=60).contains(&request) {
        field.problem(format!("`{}` is {request} s: expected from 2 s to 60 s", field.place()));
    }
    let field = worker.field("lease");
    let lease = field.duration().unwrap_or(60);
    let least = request.saturating_add(LEASE_BEYOND_REQUEST);
    if !(least..=600).contains(&lease) {
        field.problem(format!(
            "`{}` is {lease} s: expected from {least} s, which is `worker.request_timeout` and {LEASE_BEYOND_REQUEST} s \
             more, to 10 minutes",
            field.place()
        ));
    }
    (Duration::from_secs(request), Duration::from_secs(lease))
}

/// `[server]`
struct Server {
    listen: SocketAddr,
    admin_listen: Option<SocketAddr>,
    trusted_proxies: BTreeSet<ProxyNetwork>,
    tls: Option<TlsFiles>,
    public_url: Option<Url>,
    ca_file: Option<PathBuf>,
}

fn server(section: &mut Section<'_>) -> Server {
    let listen = socket(&section.field("listen")).unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8080)));
    let field = section.field("admin_listen");
    let admin_listen = socket(&field);
    if admin_listen == Some(listen) && listen.port() != 0 {
        field.problem(format!(
            "`{}` is the same as `server.listen`: choose another port, or leave it out to serve everything at one",
            field.place()
        ));
    }
    let expected = "a list of your proxies, for example [\"10.0.0.7\", \"10.1.0.0/16\"]";
    let trusted_proxies = section.field("trusted_proxies").set(expected).unwrap_or_default();
    let without_tls = section.any_field("tls").is_absent();
    let tls = section.section("tls", |tls| if without_tls { None } else { tls_files(tls) });
    let public_url = address(section, "public_url");
    let field = section.field("ca_file");
    let ca_file = field.text("the path of a PEM file").map(|path| field.reading().path(&path));
    Server { listen, admin_listen, trusted_proxies, tls, public_url, ca_file }
}

/// An address to listen on.
fn socket(field: &Field<'_>) -> Option<SocketAddr> {
    field.parsed("an address to listen on, for example \"127.0.0.1:8080\"", |text| {
        let address = text.parse::<SocketAddr>();
        address
            .map(|address| (address, address.to_string()))
            .map_err(|_| "expected an IP address and a port, for example \"127.0.0.1:8080\"".to_owned())
    })
}

/// Only where the files are: what they hold is read when the service starts, and again while it runs.
fn tls_files(section: &mut Section<'_>) -> Option<TlsFiles> {
    let mut file = |key, purpose: &str| {
        let field = section.required(key, purpose);
        let path = field.text("the path of a PEM file")?;
        Some(field.reading().path(&path))
    };
    let certificate = file("certificate", "name the PEM file with this service's certificate, its chain after it");
    let key = file("key", "name the PEM file with the certificate's private key");
    Some(TlsFiles { certificate: certificate?, key: key? })
}

/// An address on which paths are put, which may be absent.
pub(super) fn address(section: &mut Section<'_>, key: &'static str) -> Option<Url> {
    section.field(key).parsed_unseen("an address such as \"https://countersign.acme.com\"", |text| {
        parse_address(text).map(|url| (url.clone(), url.to_string()))
    })
}

/// The collector's address: traces leave this machine by https alone.
fn collector(section: &mut Section<'_>) -> Option<Url> {
    section.field("otlp_endpoint").parsed_unseen("an address such as \"http://127.0.0.1:4318\"", |text| {
        let url = parse_address(text)?;
        let here = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        if url.scheme() == "https" || here {
            return Ok((url.clone(), url.to_string()));
        }
        Err("it is http, which is allowed to this machine itself alone: use https, or let an agent of the collector \
             run here"
            .to_owned())
    })
}

/// The database's URL may stand in the file as long as it has no password; with one it is a secret like any other.
fn storage(section: &mut Section<'_>) -> Option<SecretString> {
    let field =
        section.required("url", "name the database, for example \"sqlite:///var/lib/countersign/countersign.db\"");
    let url = if field.value().is_some_and(|value| table_of(value).is_some()) {
        field.storage_secret()?
    } else {
        storage_in_the_file(&field)?
    };
    let placed = placed(&field, url.expose_secret());
    if placed.is_none() {
        field.problem(format!(
            "`{}` names a file in this configuration's folder, whose name is no UTF-8: name it from the root,              sqlite:///folder/file.db",
            field.place()
        ));
    }
    placed
}

/// Where the database is: a SQLite file that is not named from the root is in the configuration's folder, as every other
/// file of it. Not in the folder where a command happens to be called: it would be another, empty database.
fn placed(field: &Field<'_>, url: &str) -> Option<SecretString> {
    let path = url.strip_prefix("sqlite:").map(|rest| rest.trim_start_matches("//"));
    let relative = path.filter(|path| {
        let file = path.split('?').next().unwrap_or_default();
        // These two name no file; the store says so.
        !file.is_empty() && file != ":memory:" && !file.starts_with('/')
    });
    match relative {
        Some(path) => sqlite_url(&field.reading().path(""), path).map(SecretString::from),
        None => Some(SecretString::from(url)),
    }
}

fn storage_in_the_file(field: &Field<'_>) -> Option<SecretString> {
    field.parsed_unseen("a database URL as text, or `{ env = \"NAME\" }` where it has a password", |text| {
        let known = ["sqlite:", "postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme));
        if !known {
            return Err("expected sqlite:///folder/file.db or postgres://user@host/database".to_owned());
        }
        if has_password(text) {
            return Err("it has a password, which never stands in the file: give the whole URL as \
                        `{ env = \"NAME\" }` or `{ file = \"path\" }`, or the password by PGPASSFILE"
                .to_owned());
        }
        Ok((SecretString::from(text), text.to_owned()))
    })
}

/// Whether a database URL holds a password, before the host or among its options. Read as text, so that nothing passes
/// by being malformed.
fn has_password(text: &str) -> bool {
    let Some((_, rest)) = text.split_once("://").filter(|(scheme, _)| *scheme != "sqlite") else { return false };
    let before_host = rest.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'));
    before_host || rest.to_ascii_lowercase().contains("password=")
}

fn log(section: &mut Section<'_>) -> (Option<&'static str>, Option<LogFormat>) {
    let levels = ["error", "warn", "info", "debug", "trace"].map(|level| (level, level));
    let level = section.field("level").choice(&levels);
    (level, section.field("format").choice(&[("json", LogFormat::Json), ("text", LogFormat::Text)]))
}
