//! The proxy through which `https` leaves a network that lets nothing else out.

use std::{fmt, net::IpAddr};

use reqwest::{NoProxy, Proxy};
use url::Url;

use crate::OutboundError;

/// Never reached through a proxy: it would be the proxy's own machine.
const OWN_MACHINE: &str = "localhost,127.0.0.0/8,::1";

/// A proxy, and the hosts that are reached without it. Its address may hold a user and a password, so nothing of it is
/// ever shown.
#[derive(Clone)]
pub struct HttpsProxy {
    url: Url,
    exempt: Vec<String>,
}

impl fmt::Debug for HttpsProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpsProxy").field("exempt", &self.exempt).finish_non_exhaustive()
    }
}

impl HttpsProxy {
    /// Reads an address as `HTTPS_PROXY` has it: `http://proxy.acme.com:3128`, also with `user:password@` before the
    /// host, with `https` to the proxy itself, or without a scheme, which means `http`.
    ///
    /// # Errors
    /// [`OutboundError::Proxy`] says what is wrong without repeating any of it.
    pub fn parse(address: &str) -> Result<Self, OutboundError> {
        let refuse = |why| Err(OutboundError::Proxy { why });
        let address = address.trim();
        let whole = if address.contains("://") { address.to_owned() } else { format!("http://{address}") };
        let Ok(url) = Url::parse(&whole) else {
            return refuse("it is no address; characters with a meaning in an address are written %40 for @ and so on");
        };
        if !matches!(url.scheme(), "http" | "https") {
            return refuse("it is neither http nor https; other kinds of proxies are not supported");
        }
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return refuse("it has more than a host and a port; leave out the path");
        }
        Ok(Self { url, exempt: Vec::new() })
    }

    /// Reads a list as `NO_PROXY` has it: with commas or blanks between them, host names (which include everything
    /// below them), IP addresses, networks such as `10.0.0.0/8`, or `*` for every name.
    ///
    /// # Errors
    /// [`OutboundError::NoProxy`]: an entry of another form, which would exempt nothing.
    pub fn except(mut self, list: &str) -> Result<Self, OutboundError> {
        let entries = list.split(|character: char| character == ',' || character.is_whitespace());
        self.exempt = entries.filter(|entry| !entry.is_empty()).map(exemption).collect::<Result<_, _>>()?;
        Ok(self)
    }

    /// As the HTTP client takes it.
    pub(crate) fn into_proxy(self) -> Result<Proxy, OutboundError> {
        let proxy = Proxy::https(self.url).map_err(|_| OutboundError::Proxy { why: "the HTTP client refuses it" })?;
        let exempt: Vec<&str> = self.exempt.iter().map(String::as_str).chain([OWN_MACHINE]).collect();
        Ok(proxy.no_proxy(NoProxy::from_string(&exempt.join(","))))
    }
}

fn exemption(entry: &str) -> Result<String, OutboundError> {
    let refuse = |why| Err(OutboundError::NoProxy { why });
    let entry = entry.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(entry);
    if entry == "*" || is_network(entry) {
        return Ok(entry.to_owned());
    }
    let name = entry.strip_prefix("*.").unwrap_or(entry);
    if name.contains("://") || name.contains('@') {
        return refuse("an entry is a whole address");
    }
    if name.contains(':') {
        return refuse("an entry has a port");
    }
    if name.contains('/') {
        return refuse("an entry has a slash and is no network");
    }
    if name.contains('*') {
        return refuse("an entry has a star that does not stand for whole labels at its beginning");
    }
    Ok(name.to_owned())
}

/// An IP address, or a network as address and prefix length.
fn is_network(text: &str) -> bool {
    let (address, length) = text.split_once('/').map_or((text, None), |(address, length)| (address, Some(length)));
    let Ok(address) = address.parse::<IpAddr>() else { return false };
    let most = if address.is_ipv4() { 32 } else { 128 };
    length.is_none_or(|length| length.parse::<u8>().is_ok_and(|length| length <= most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_other_programs_read_them() {
        for (text, url) in [
            ("http://proxy.acme.com:3128", "http://proxy.acme.com:3128/"),
            (" https://proxy.acme.com ", "https://proxy.acme.com/"),
            ("proxy.acme.com:3128", "http://proxy.acme.com:3128/"),
            ("10.0.0.1:3128/", "http://10.0.0.1:3128/"),
            ("user:p%40ss@proxy:3128", "http://user:p%40ss@proxy:3128/"),
        ] {
            let proxy = HttpsProxy::parse(text).unwrap();
            assert_eq!(proxy.url.as_str(), url);
            assert!(proxy.into_proxy().is_ok(), "{text}");
        }
    }

    #[test]
    fn unusable_addresses_are_refused_without_being_repeated() {
        for bad in [
            "",
            "http://",
            "http://user:hunter2@:x",
            "user:hunter2@proxy:99999",
            "user:hunter/2@proxy:3128",
            "socks5://user:hunter2@proxy:1080",
            "http://proxy/hunter2",
            "http://proxy?hunter2",
        ] {
            let error = HttpsProxy::parse(bad).unwrap_err();
            assert!(matches!(error, OutboundError::Proxy { .. }), "{bad}");
            assert!(!format!("{error} {error:?}").contains("hunter"), "{error:?}");
        }
    }

    #[test]
    fn nothing_of_the_address_is_shown() {
        let proxy = HttpsProxy::parse("http://user:hunter2@proxy:3128").unwrap();
        assert_eq!(format!("{proxy:?}"), "HttpsProxy { exempt: [], .. }");
    }

    #[test]
    fn exempt_hosts_are_names_addresses_and_networks() {
        let proxy = HttpsProxy::parse("proxy").unwrap();
        let list = "acme.com, .acme.net *.acme.org,,10.0.0.0/8 ::1,[::2],fd00::/8,*";
        let exempt = proxy.clone().except(list).unwrap().exempt;
        assert_eq!(exempt, ["acme.com", ".acme.net", "acme.org", "10.0.0.0/8", "::1", "::2", "fd00::/8", "*"]);
        for bad in [
            "https://acme.com",
            "me:hunter2@acme.com",
            "acme.com:443",
            "[::1]:443",
            "acme.com/x",
            "10.0.0.0/33",
            "10.*",
        ] {
            let error = proxy.clone().except(bad).unwrap_err();
            assert!(matches!(error, OutboundError::NoProxy { .. }), "{bad}");
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
        }
        assert!(proxy.except(" , ").unwrap().exempt.is_empty());
    }
}
