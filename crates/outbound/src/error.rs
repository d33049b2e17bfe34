//! How a request can fail, and what that means for what comes next.

use std::{fmt, path::PathBuf};

use countersign_domain::ports::PortError;

use crate::Reply;

/// A client that could not be made. All of these are matters of configuration.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OutboundError {
    /// The base URL is not one that may be used.
    #[error("the {vendor} connection's base URL is refused: {why}")]
    BaseUrl {
        /// The vendor.
        vendor: &'static str,
        /// What is wrong with it and what to write instead.
        why: &'static str,
    },
    /// The file with further certificate authorities cannot be read.
    #[error("the CA file {} cannot be read; check the path and its permissions", path.display())]
    CaFile {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file with further certificate authorities holds none, or a broken one.
    #[error("the CA file {} cannot be used: {why}", path.display())]
    CaFormat {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The proxy's address cannot be used.
    #[error("the HTTPS proxy is not given as an address such as http://proxy.acme.com:3128: {why}")]
    Proxy {
        /// What is wrong with it.
        why: &'static str,
    },
    /// The list of hosts that are reached without the proxy cannot be used.
    #[error(
        "the hosts reached without the proxy are not given as names, IP addresses or networks with commas between \
         them, for example acme.com,10.0.0.0/8: {why}"
    )]
    NoProxy {
        /// What is wrong with it.
        why: &'static str,
    },
    /// The TLS set-up was refused, most often because the machine has no certificate authorities at all.
    #[error("the HTTP client could not be set up: {why}; install the system's CA certificates or name a CA file")]
    Setup {
        /// In the words of the TLS library.
        why: String,
    },
}

/// Which call it was, in words that may be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) vendor: &'static str,
    pub(crate) template: &'static str,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.vendor, self.template)
    }
}

impl Origin {
    pub(crate) fn bad_answer(self, why: impl Into<String>) -> CallError {
        CallError::BadAnswer { vendor: self.vendor, template: self.template, why: why.into() }
    }

    pub(crate) fn refused(self, why: &'static str) -> CallError {
        CallError::Refused { vendor: self.vendor, template: self.template, why }
    }

    pub(crate) fn not_sent(self, why: impl Into<String>, retry_after_ms: Option<u64>) -> CallError {
        CallError::NotSent { vendor: self.vendor, template: self.template, why: why.into(), retry_after_ms }
    }

    pub(crate) fn ambiguous(self, why: impl Into<String>) -> CallError {
        CallError::Ambiguous { vendor: self.vendor, template: self.template, why: why.into() }
    }
}

/// Whether a call only reads, or may change something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// It changes nothing, however often it is sent.
    Read,
    /// It may have changed something as soon as it was sent.
    Write,
}

/// A call without a usable answer. Its text names the vendor and the path's template, never a secret or an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// Nothing reached the vendor: no connection, no TLS, or the rate budget would have meant too long a wait.
    #[error("nothing was sent to {vendor} ({template}): {why}")]
    NotSent {
        /// The vendor.
        vendor: &'static str,
        /// The path's template.
        template: &'static str,
        /// Why.
        why: String,
        /// For how long our own rate budget holds the call back, in milliseconds; `None`: it did not, nothing could be
        /// reached.
        retry_after_ms: Option<u64>,
    },
    /// It was sent, and then cut or timed out before a whole answer came.
    #[error("sent to {vendor} ({template}), but no whole answer came: {why}")]
    Ambiguous {
        /// The vendor.
        vendor: &'static str,
        /// The path's template.
        template: &'static str,
        /// Why.
        why: String,
    },
    /// An answer came that is not what was asked for: too large, or not JSON.
    #[error("{vendor} ({template}) answered with something unusable: {why}")]
    BadAnswer {
        /// The vendor.
        vendor: &'static str,
        /// The path's template.
        template: &'static str,
        /// What it was instead.
        why: String,
    },
    /// The call was not fit to be sent: above all, an address outside the connection.
    #[error("a call to {vendor} ({template}) was refused before it was sent: {why}")]
    Refused {
        /// The vendor.
        vendor: &'static str,
        /// The path's template.
        template: &'static str,
        /// Why.
        why: &'static str,
    },
}

impl CallError {
    /// What it means to the corridor. A read is never ambiguous, since repeating it does no harm; a write that was
    /// answered with something unusable may have taken; what our own budget held back was no attempt.
    pub fn into_port(self, sort: Sort) -> PortError {
        let says = self.to_string();
        match (self, sort) {
            (Self::NotSent { retry_after_ms: Some(wait), .. }, _) => PortError::held(says, wait),
            (Self::NotSent { retry_after_ms: None, .. }, _) => PortError::transient(says, None),
            (Self::Ambiguous { .. } | Self::BadAnswer { .. }, Sort::Read) => PortError::transient(says, None),
            (Self::Ambiguous { .. } | Self::BadAnswer { .. }, Sort::Write) => PortError::ambiguous(says),
            (Self::Refused { .. }, _) => PortError::permanent(says),
        }
    }
}

/// What a status means where the vendor crate has no better word for it.
///
/// `vendor` is the name people know (`Okta`), `what` the thing attempted (`reading the user`), `says` the vendor's own
/// words or what to do next; it may be empty and must be safe for people and logs.
///
/// 401 and 403 are unauthorised; 408, 425, 429 and 503 transient, with the wait the vendor asked for; any other 5xx is
/// transient for a read and ambiguous for a write; everything else is refused for good.
pub fn status_error(vendor: &str, what: &str, reply: &Reply, sort: Sort, says: &str) -> PortError {
    let words = if says.is_empty() { usual_words(reply.status) } else { says };
    let text = format!("{vendor} answered {what} with status {}: {words}", reply.status);
    match (reply.status, sort) {
        (401 | 403, _) => PortError::unauthorized(text),
        (408 | 425 | 429 | 503, _) => PortError::transient(text, reply.retry_after_ms()),
        (500..=599, Sort::Read) => PortError::transient(text, reply.retry_after_ms()),
        (500..=599, Sort::Write) => PortError::ambiguous(text),
        _ => PortError::permanent(text),
    }
}

fn usual_words(status: u16) -> &'static str {
    match status {
        300..=399 => "a redirect, which is never followed; check the connection's base URL",
        400 | 422 => "it did not accept the request",
        401 => "it does not accept our credential; check or renew it",
        403 => "our credential lacks the right to do this; grant it",
        404 => "it knows no such thing; it may have been deleted",
        409 => "it is in conflict with what is there now",
        408 | 425 | 503 => "it is not available at the moment; it will be tried again",
        429 => "too many requests at the moment; it will be tried again",
        500..=599 => "it failed inside",
        _ => "this was not expected",
    }
}

#[cfg(test)]
mod tests {
    use countersign_domain::ports::PortErrorKind;
    use http::{HeaderMap, HeaderValue};

    use super::*;

    fn kind(status: u16, sort: Sort) -> PortErrorKind {
        let headers = HeaderMap::from_iter([(http::header::RETRY_AFTER, HeaderValue::from_static("7"))]);
        status_error("Okta", "reading the user", &Reply::new(status, headers, ""), sort, "").kind
    }

    #[test]
    fn statuses_mean_the_same_for_every_vendor() {
        let later = PortErrorKind::Transient { retry_after_ms: Some(7_000) };
        for sort in [Sort::Read, Sort::Write] {
            assert_eq!([401, 403].map(|status| kind(status, sort)), [PortErrorKind::Unauthorized; 2]);
            assert_eq!([408, 425, 429, 503].map(|status| kind(status, sort)), [later; 4]);
            assert_eq!([301, 400, 404, 409, 422].map(|status| kind(status, sort)), [PortErrorKind::Permanent; 5]);
        }
        assert_eq!([500, 502, 504].map(|status| kind(status, Sort::Read)), [later; 3]);
        assert_eq!([500, 502, 504].map(|status| kind(status, Sort::Write)), [PortErrorKind::Ambiguous; 3]);
    }

    #[test]
    fn text_says_what_happened_to_what_and_what_next() {
        let error = status_error("Okta", "reading the user", &Reply::new(403, HeaderMap::new(), ""), Sort::Read, "");
        assert_eq!(
            error.to_string(),
            "Okta answered reading the user with status 403: our credential lacks the right to do this; grant it"
        );
    }

    #[test]
    fn read_is_never_ambiguous() {
        let origin = Origin { vendor: "okta", template: "/x" };
        for (error, read, write) in [
            (origin.ambiguous("cut"), PortErrorKind::Transient { retry_after_ms: None }, PortErrorKind::Ambiguous),
            (origin.bad_answer("html"), PortErrorKind::Transient { retry_after_ms: None }, PortErrorKind::Ambiguous),
            (origin.refused("elsewhere"), PortErrorKind::Permanent, PortErrorKind::Permanent),
            (
                origin.not_sent("budget", Some(5)),
                PortErrorKind::Held { retry_after_ms: 5 },
                PortErrorKind::Held { retry_after_ms: 5 },
            ),
            (
                origin.not_sent("no connection", None),
                PortErrorKind::Transient { retry_after_ms: None },
                PortErrorKind::Transient { retry_after_ms: None },
            ),
        ] {
            assert_eq!(error.clone().into_port(Sort::Read).kind, read, "{error}");
            assert_eq!(error.clone().into_port(Sort::Write).kind, write, "{error}");
        }
    }
}
