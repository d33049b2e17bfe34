//! Who a request comes from where proxies stand in between.

use http::HeaderMap;
use ipnet::{IpNet, Ipv4Net};
use std::{
    collections::BTreeSet,
    fmt,
    net::{IpAddr, Ipv6Addr, SocketAddr},
    str::FromStr,
};

/// The header in which each proxy adds, at the right end, whom it was called by.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// A proxy's address, or a network of proxies in CIDR notation. IPv4 that is written as IPv6 (`::ffff:10.0.0.7`) is IPv4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProxyNetwork(IpNet);

/// What cannot be trusted as a proxy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProxyNetworkError {
    /// Neither an address nor a network.
    #[error("expected an address such as \"10.0.0.7\" or a network such as \"10.0.0.0/24\"")]
    Malformed,
    /// A network whose address is not its first one: more may be meant, or less.
    #[error("the address is not the network's first: write {0} for the network or {1} for the address alone")]
    HostBits(IpNet, IpAddr),
    /// Every address there is.
    #[error("this is every address there is, and anybody's word would be taken for it: list your proxies alone")]
    Everybody,
}

impl FromStr for ProxyNetwork {
    type Err = ProxyNetworkError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let written = match text.parse::<IpAddr>() {
            Ok(address) => IpNet::from(address),
            Err(_) => text.parse::<IpNet>().map_err(|_| ProxyNetworkError::Malformed)?,
        };
        let network = unmapped(written);
        if network.addr() != network.network() {
            return Err(ProxyNetworkError::HostBits(network.trunc(), network.addr()));
        }
        if network.prefix_len() == 0 {
            return Err(ProxyNetworkError::Everybody);
        }
        Ok(Self(network))
    }
}

/// A network of IPv4 addresses as IPv6 has them, as one of IPv4.
fn unmapped(network: IpNet) -> IpNet {
    let IpNet::V6(six) = network else { return network };
    let four = six.addr().to_ipv4_mapped().zip(six.prefix_len().checked_sub(96));
    four.and_then(|(address, length)| Ipv4Net::new(address, length).ok()).map_or(network, IpNet::V4)
}

/// An address alone where it is one.
impl fmt::Display for ProxyNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.prefix_len() == self.0.max_prefix_len() { self.0.addr().fmt(f) } else { self.0.fmt(f) }
    }
}

/// The proxies whose word is taken for whom they were called by.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(BTreeSet<ProxyNetwork>);

impl FromIterator<ProxyNetwork> for TrustedProxies {
    fn from_iter<T: IntoIterator<Item = ProxyNetwork>>(networks: T) -> Self {
        Self(networks.into_iter().collect())
    }
}

impl TrustedProxies {
    /// Whom a request comes from: whoever connected, unless that is a trusted proxy. Then the nearest address of its
    /// `X-Forwarded-For` that is not one; where all are, the farthest. What stands to the left of the first address
    /// that is not a proxy's, or of anything that is no address, was nobody's to vouch for and is not looked at.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        for line in headers.get_all(FORWARDED_FOR).iter().rev() {
            // Headers that are not text: their rightmost entry is not an address.
            let Ok(line) = line.to_str() else { return client };
            for entry in line.rsplit(',').map(str::trim).filter(|entry| !entry.is_empty()) {
                if !self.trusts(client) {
                    return client;
                }
                let Some(address) = address(entry) else { return client };
                client = address;
            }
        }
        client
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.0.contains(&address))
    }
}

/// An entry: an address, IPv6 perhaps in brackets, perhaps with a port.
fn address(entry: &str) -> Option<IpAddr> {
    let bare = || entry.parse::<IpAddr>().ok();
    let with_port = || entry.parse::<SocketAddr>().ok().map(|address| address.ip());
    let bracketed = || entry.strip_prefix('[')?.strip_suffix(']')?.parse::<Ipv6Addr>().ok().map(IpAddr::V6);
    bare().or_else(with_port).or_else(bracketed).map(|address| address.to_canonical())
}
