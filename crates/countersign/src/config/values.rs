//! Values with a form of their own: lengths of time, moments, zones, addresses, host names.

use countersign_domain::time::At;
use jiff::{Span, SpanRelativeTo, civil::Date, tz::TimeZone};
use std::path::Path;
use url::Url;

/// The longest length of time that is taken: a year, in seconds.
const LONGEST: u64 = 366 * 24 * 60 * 60;

/// Reads a length of time such as `24h`, `90m`, `30s` or `7d`, in seconds; a day has 24 hours.
///
/// # Errors
/// What is wrong with it, without repeating it.
pub(crate) fn parse_duration(text: &str) -> Result<u64, String> {
    let refuse = || "expected a length of time such as \"30s\", \"90m\", \"24h\" or \"7d\"".to_owned();
    let span: Span = text.trim().parse().map_err(|_| refuse())?;
    // Months and years have no one length and are refused here.
    let duration = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| refuse())?;
    if duration.subsec_nanos() != 0 {
        return Err("expected whole seconds, for example \"30s\"".to_owned());
    }
    match u64::try_from(duration.as_secs()) {
        Ok(0) | Err(_) => Err("expected a length of time of at least one second".to_owned()),
        Ok(seconds) if seconds > LONGEST => Err("expected a length of time of at most a year (366 days)".to_owned()),
        Ok(seconds) => Ok(seconds),
    }
}

/// The URL of a SQLite file in a folder. `file` is as a URL has it: what follows a `?` says how it is opened. `None`: the
/// folder's name is no UTF-8.
pub(crate) fn sqlite_url(folder: &Path, file: &str) -> Option<String> {
    // In such a URL these two have a meaning.
    let folder = folder.join("").to_str()?.replace('%', "%25").replace('?', "%3F");
    Some(format!("sqlite://{folder}{file}"))
}

/// Reads an RFC 3339 moment, or a date, which means its first moment in `zone`.
pub(super) fn parse_moment(text: &str, zone: &TimeZone) -> Result<At, String> {
    if let Some(at) = At::parse(text) {
        return Ok(at);
    }
    let date = if text.len() == 10 { text.parse::<Date>().ok() } else { None };
    let start = date.and_then(|date| date.to_zoned(zone.clone()).ok());
    start.map(|start| At(start.timestamp().as_microsecond())).ok_or_else(|| {
        "expected a date such as 2026-01-31, or a moment with its offset such as 2026-01-31T08:00:00Z".to_owned()
    })
}

/// Reads the name of a time zone.
pub(super) fn parse_zone(text: &str) -> Result<TimeZone, String> {
    TimeZone::get(text)
        .map_err(|_| "there is no such time zone: give its IANA name, for example Europe/Berlin".to_owned())
}

/// Reads an address on which paths are put: http or https, a host, no credentials, no query.
pub(super) fn parse_address(text: &str) -> Result<Url, String> {
    let expected = "expected an address such as https://countersign.acme.com";
    let url = Url::parse(text.trim()).map_err(|_| expected.to_owned())?;
    if !matches!(url.scheme(), "https" | "http") || url.host_str().is_none_or(str::is_empty) {
        return Err(expected.to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("it holds a user or a password; credentials are given by keys of their own".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("it has a query or a fragment; leave both out".to_owned());
    }
    Ok(url)
}

/// Reads a host name, lower-cased.
pub(super) fn parse_host(text: &str, example: &str) -> Result<String, String> {
    let label = |label: &str| {
        !label.is_empty() && label.len() <= 63 && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    if text.len() <= 253 && text.contains('.') && text.split('.').all(label) {
        Ok(text.to_ascii_lowercase())
    } else {
        Err(format!("expected the host name alone, for example {example}"))
    }
}
