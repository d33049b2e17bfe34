//! Who a request comes from: a header is believed of trusted proxies alone.

use axum::{Extension, Router, routing::get};
use countersign_server::{ClientAddress, Limits, ProxyNetwork, TrustedProxies};
use http::{HeaderMap, HeaderValue};
use std::net::IpAddr;

use crate::support::wire::Listening;

fn trusted() -> TrustedProxies {
    let networks = ["10.0.0.0/8", "192.0.2.7", "2001:db8:1::/48", "::ffff:172.16.0.0/108"];
    networks.iter().map(|text| text.parse::<ProxyNetwork>().unwrap()).collect()
}

fn headers(lines: &[&[u8]]) -> HeaderMap {
    lines.iter().map(|line| ("x-forwarded-for".parse().unwrap(), HeaderValue::from_bytes(line).unwrap())).collect()
}

/// Who connected, the headers in order, and who it is.
const TABLE: [(&str, &[&[u8]], &str); 32] = [
    // Whoever connected is no trusted proxy: whatever the header says.
    ("203.0.113.9", &[], "203.0.113.9"),
    ("203.0.113.9", &[b"198.51.100.1"], "203.0.113.9"),
    ("203.0.113.9", &[b"10.0.0.1"], "203.0.113.9"),
    ("192.0.2.8", &[b"198.51.100.1"], "192.0.2.8"),
    ("2001:db8:2::1", &[b"198.51.100.1"], "2001:db8:2::1"),
    ("::ffff:203.0.113.9", &[b"198.51.100.1"], "203.0.113.9"),
    // One proxy.
    ("10.0.0.1", &[], "10.0.0.1"),
    ("10.0.0.1", &[b"198.51.100.1"], "198.51.100.1"),
    ("192.0.2.7", &[b" 198.51.100.1\t"], "198.51.100.1"),
    ("::ffff:10.0.0.1", &[b"198.51.100.1"], "198.51.100.1"),
    ("172.16.3.4", &[b"198.51.100.1"], "198.51.100.1"),
    ("2001:db8:1::5", &[b"2001:db8:9::1"], "2001:db8:9::1"),
    // What the client itself put to the left is not believed.
    ("10.0.0.1", &[b"1.1.1.1, 198.51.100.1"], "198.51.100.1"),
    ("10.0.0.1", &[b"10.0.0.9, 198.51.100.1"], "198.51.100.1"),
    ("10.0.0.1", &[b"1.1.1.1", b"198.51.100.1"], "198.51.100.1"),
    // Several proxies, in one header and in several.
    ("10.0.0.1", &[b"198.51.100.1, 10.0.0.2"], "198.51.100.1"),
    ("10.0.0.1", &[b"1.1.1.1,198.51.100.1,192.0.2.7,10.0.0.2"], "198.51.100.1"),
    ("10.0.0.1", &[b"1.1.1.1, 198.51.100.1", b"10.0.0.3, 10.0.0.2"], "198.51.100.1"),
    ("10.0.0.1", &[b"10.0.0.3, 10.0.0.2"], "10.0.0.3"),
    // Nothing between commas is nothing.
    ("10.0.0.1", &[b""], "10.0.0.1"),
    ("10.0.0.1", &[b" , ,"], "10.0.0.1"),
    ("10.0.0.1", &[b"198.51.100.1,, 10.0.0.2,"], "198.51.100.1"),
    // What is no address ends it.
    ("10.0.0.1", &[b"unknown"], "10.0.0.1"),
    ("10.0.0.1", &[b"198.51.100.1, unknown, 10.0.0.2"], "10.0.0.2"),
    ("10.0.0.1", &[b"198.51.100.1, \xff\xfe"], "10.0.0.1"),
    ("10.0.0.1", &[b"198.51.100.1", b"\xff"], "10.0.0.1"),
    ("10.0.0.1", &[b"198.51.100.1, 10.0.0.256"], "10.0.0.1"),
    // Ports, brackets, IPv4 in IPv6.
    ("10.0.0.1", &[b"198.51.100.1:4711"], "198.51.100.1"),
    ("10.0.0.1", &[b"[2001:db8:9::1]:443, 10.0.0.2:80"], "2001:db8:9::1"),
    ("10.0.0.1", &[b"[2001:db8:9::1]"], "2001:db8:9::1"),
    ("10.0.0.1", &[b"::ffff:198.51.100.1"], "198.51.100.1"),
    ("10.0.0.1", &[b"198.51.100.1, ::ffff:10.0.0.2"], "198.51.100.1"),
];

#[test]
fn the_nearest_address_that_is_no_trusted_proxy_is_the_clients() {
    for (peer, lines, client) in TABLE {
        let found = trusted().client(peer.parse().unwrap(), &headers(lines));
        let shown: Vec<_> = lines.iter().map(|line| String::from_utf8_lossy(line)).collect();
        assert_eq!(found, client.parse::<IpAddr>().unwrap(), "{peer} {shown:?}");
    }
}

#[test]
fn without_trusted_proxies_nobody_is_believed() {
    let nobody = TrustedProxies::default();
    for peer in ["127.0.0.1", "::1", "10.0.0.1"] {
        let peer: IpAddr = peer.parse().unwrap();
        assert_eq!(nobody.client(peer, &headers(&[b"198.51.100.1"])), peer);
    }
}

#[test]
fn other_headers_are_not_looked_at() {
    let mut other = HeaderMap::new();
    for name in ["forwarded", "x-real-ip", "cf-connecting-ip", "true-client-ip"] {
        other.insert(name, HeaderValue::from_static("198.51.100.1"));
    }
    let peer: IpAddr = "10.0.0.1".parse().unwrap();
    assert_eq!(trusted().client(peer, &other), peer);
}

#[test]
fn proxies_are_addresses_or_whole_networks() {
    for (text, shown) in [
        ("10.0.0.7", "10.0.0.7"),
        (" 10.0.0.7/32 ", "10.0.0.7"),
        ("10.0.0.0/8", "10.0.0.0/8"),
        ("::1", "::1"),
        ("2001:DB8::/32", "2001:db8::/32"),
        ("::ffff:10.0.0.7", "10.0.0.7"),
        ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
    ] {
        assert_eq!(text.parse::<ProxyNetwork>().unwrap().to_string(), shown);
    }
    for (text, says) in [
        ("", "expected an address"),
        ("proxy.acme.com", "expected an address"),
        ("10.0.0.7:80", "expected an address"),
        ("10.0.0.0/33", "expected an address"),
        ("10.0.0.0/", "expected an address"),
        ("10.0.0.5/8", "write 10.0.0.0/8 for the network or 10.0.0.5 for the address alone"),
        ("2001:db8::1/32", "write 2001:db8::/32 for the network"),
        ("0.0.0.0/0", "every address there is"),
        ("::/0", "every address there is"),
        ("::ffff:0.0.0.0/96", "every address there is"),
    ] {
        let error = text.parse::<ProxyNetwork>().unwrap_err().to_string();
        assert!(error.contains(says), "{text}: {error}");
    }
}

#[tokio::test]
async fn a_handler_finds_whom_the_request_comes_from() {
    let router = || {
        let who = async |Extension(ClientAddress(address)): Extension<ClientAddress>| address.to_string();
        Router::new().route("/", get(who))
    };
    let request = "GET / HTTP/1.1\r\nhost: x\r\nx-forwarded-for: 198.51.100.1\r\n\r\n";
    let alone = Listening::with(router(), Limits::default()).await;
    let mut peer = alone.connect().await;
    peer.send(request).await.unwrap();
    assert_eq!(peer.answer().await.unwrap().body, "127.0.0.1");
    let local = || ["127.0.0.1".parse::<ProxyNetwork>().unwrap()].into_iter().collect();
    let behind = Listening::shaped(router(), Limits::default(), |listener| listener.behind(local())).await;
    let mut peer = behind.connect().await;
    for _ in 0..2 {
        peer.send(request).await.unwrap();
        assert_eq!(peer.answer().await.unwrap().body, "198.51.100.1");
    }
}
