//! Where a connection goes, and the guard that it goes nowhere else.

use std::fmt;

use url::{Host, Url};

use crate::{OutboundError, Pace};

/// One connection to one vendor.
#[derive(Clone)]
pub struct Target {
    /// The vendor, as metrics, logs and errors name it: `okta`.
    pub vendor: &'static str,
    /// Where every request goes: `https`, or `http` where the host is this machine itself (loopback). Its path, if it
    /// has one, stands before every call's.
    pub base_url: Url,
    /// The rate budget.
    pub pace: Pace,
}

/// Without the base URL: until it is checked, it may hold a password.
impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target").field("vendor", &self.vendor).field("pace", &self.pace).finish_non_exhaustive()
    }
}

impl Target {
    pub(crate) fn check(&self) -> Result<(), OutboundError> {
        let refuse = |why: &'static str| Err(OutboundError::BaseUrl { vendor: self.vendor, why });
        let url = &self.base_url;
        let Some(host) = url.host() else {
            return refuse("it names no host; write it as https://host");
        };
        if !url.username().is_empty() || url.password().is_some() {
            return refuse("it holds a user or a password; credentials are configured apart from the address");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return refuse("it has a query or a fragment; leave both out");
        }
        match url.scheme() {
            "https" => Ok(()),
            "http" if is_loopback(&host) => Ok(()),
            "http" => refuse("it is http, which is allowed to this machine itself alone; use https"),
            _ => refuse("it is neither https nor http"),
        }
    }
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

/// The URL of a call, or why it is not within the connection.
pub(crate) fn locate(base: &Url, place: &str) -> Result<Url, &'static str> {
    let url = if place.starts_with('/') { join(base, place) } else { foreign(base, place)? };
    if url.origin() != base.origin() {
        return Err("its address is on another host");
    }
    let prefix = base.path().trim_end_matches('/');
    if !url.path().strip_prefix(prefix).is_some_and(|rest| rest.starts_with('/')) {
        return Err("its path is outside the connection's");
    }
    if climbs(path_of(place)) { Err("its path climbs with dots") } else { Ok(url) }
}

fn path_of(place: &str) -> &str {
    place.split(['?', '#']).next().unwrap_or_default()
}

/// Whether a path has a segment that URL parsers take as "here" or "one up". Ids come from outside; none of them may
/// move a request to another endpoint.
fn climbs(path: &str) -> bool {
    path.split(['/', '\\']).any(|part| matches!(part.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | ".."))
}

fn join(base: &Url, place: &str) -> Url {
    let (path, query) = match place.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (place, None),
    };
    let mut url = base.clone();
    url.set_path(&format!("{}{path}", base.path().trim_end_matches('/')));
    url.set_query(query);
    url
}

fn foreign(base: &Url, place: &str) -> Result<Url, &'static str> {
    let mut url = Url::parse(place).map_err(|_| "it has neither a path that starts with / nor a whole address")?;
    if url.scheme() != base.scheme() {
        return Err("its address has another scheme");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("its address holds a user or a password");
    }
    url.set_fragment(None);
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(url: &str) -> Result<(), OutboundError> {
        Target { vendor: "okta", base_url: url.parse().unwrap(), pace: Pace::default() }.check()
    }

    #[test]
    fn plain_http_is_for_this_machine_alone() {
        for fine in ["https://acme.okta.com", "http://127.0.0.1:8081", "http://localhost:8081/x", "http://[::1]:1"] {
            assert!(target(fine).is_ok(), "{fine}");
        }
        for bad in [
            "http://acme.okta.com",
            "http://10.0.0.1",
            "http://localhost.evil.com",
            "http://169.254.169.254",
            "ftp://acme.okta.com",
            "data:text/plain,x",
            "https://user@acme.okta.com",
            "https://user:pass@acme.okta.com",
            "https://acme.okta.com?x=1",
            "https://acme.okta.com#x",
        ] {
            assert!(target(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn error_about_a_base_url_does_not_repeat_its_password() {
        let error = target("https://user:hunter2@acme.okta.com").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }

    #[test]
    fn paths_go_under_the_base() {
        let base: Url = "https://graph.microsoft.com/v1.0/".parse().unwrap();
        assert_eq!(locate(&base, "/users?$top=2").unwrap().as_str(), "https://graph.microsoft.com/v1.0/users?$top=2");
        let next = "https://graph.microsoft.com/v1.0/users?$skiptoken=a";
        assert_eq!(locate(&base, next).unwrap().as_str(), next);
        let odd = locate(&base, "//evil.com/x").unwrap();
        assert_eq!(odd.host_str(), Some("graph.microsoft.com"));
    }

    #[test]
    fn addresses_elsewhere_are_refused() {
        let base: Url = "https://graph.microsoft.com/v1.0".parse().unwrap();
        for bad in [
            "https://evil.com/v1.0/users",
            "http://graph.microsoft.com/v1.0/users",
            "https://graph.microsoft.com:444/v1.0/users",
            "https://graph.microsoft.com@evil.com/v1.0/users",
            "https://x:y@graph.microsoft.com/v1.0/users",
            "https://graph.microsoft.com/beta/users",
            "https://graph.microsoft.com/v1.00/users",
            "https://graph.microsoft.com/v1.0",
            "https://graph.microsoft.com/v1.0/../beta/users",
            "/users/../groups",
            "/users/%2e%2E/groups",
            "/users/..\\groups",
            "/users/./x",
            "users",
            "",
            "file:///etc/passwd",
        ] {
            assert!(locate(&base, bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn dots_in_a_query_are_no_path() {
        let base: Url = "https://acme.okta.com".parse().unwrap();
        assert!(locate(&base, "/api/v1/users?q=../x").is_ok());
    }
}
