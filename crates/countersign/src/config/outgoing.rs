//! How requests leave the network: the variables that every program heeds for that.

use countersign_outbound::HttpsProxy;

use super::reading::{Place, Reading};

/// The proxy of `HTTPS_PROXY`, less the hosts of `NO_PROXY`; either name may be in small letters. A variable that is
/// empty counts as not set.
pub(super) fn proxy(reading: &Reading<'_>) -> Option<HttpsProxy> {
    let (name, address) = variable(reading, "HTTPS_PROXY", "https_proxy")?;
    let proxy = HttpsProxy::parse(address);
    let proxy = proxy.map_err(|error| reading.problem_of_variable(name, error.to_string())).ok()?;
    // Of a value that may hold a password, only where it comes from.
    reading.fact(&Place::default().child("HTTPS_PROXY"), vec![name.to_owned()]);
    let Some((name, hosts)) = variable(reading, "NO_PROXY", "no_proxy") else { return Some(proxy) };
    let proxy = proxy.except(hosts);
    let proxy = proxy.map_err(|error| reading.problem_of_variable(name, error.to_string())).ok()?;
    reading.fact(&Place::default().child("NO_PROXY"), vec![hosts.to_owned()]);
    Some(proxy)
}

/// A variable that goes by two names, with the one it was given by.
fn variable<'r>(reading: &Reading<'r>, capital: &'static str, small: &'static str) -> Option<(&'static str, &'r str)> {
    let set = |name: &'static str| {
        let value = reading.environment.get(name)?.trim();
        (!value.is_empty()).then_some((name, value))
    };
    match (set(capital), set(small)) {
        (Some((_, one)), Some((_, other))) if one != other => {
            reading.problem_of_variable(capital, format!("says something else than {small}: unset one of them"));
            None
        }
        (Some(given), _) | (None, Some(given)) => Some(given),
        (None, None) => None,
    }
}
