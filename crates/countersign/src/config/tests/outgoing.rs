//! How vendors are reached: the proxy's variables, and further certificate authorities.

use super::{GOOD, changed, load_with, problems};

const PROXY: &str = "http://dana:hunter2@proxy.acme.com:3128";

#[test]
fn proxy_is_taken_from_the_variables_that_other_programs_heed() {
    assert!(load_with(GOOD, &[]).unwrap().https_proxy.is_none());
    for proxy in ["HTTPS_PROXY", "https_proxy"] {
        for exempt in ["NO_PROXY", "no_proxy"] {
            let config = load_with(GOOD, &[(proxy, PROXY), (exempt, "acme.com, 10.0.0.0/8")]).unwrap();
            let shown = format!("{:?}", config.https_proxy.unwrap());
            assert_eq!(shown, "HttpsProxy { exempt: [\"acme.com\", \"10.0.0.0/8\"], .. }");
        }
    }
    let same = [("HTTPS_PROXY", PROXY), ("https_proxy", PROXY), ("NO_PROXY", " "), ("HTTP_PROXY", "not ours")];
    assert!(load_with(GOOD, &same).unwrap().https_proxy.is_some());
}

#[test]
fn empty_variable_and_an_exemption_from_nothing_are_no_proxy() {
    for more in [&[("HTTPS_PROXY", " ")][..], &[("https_proxy", "")], &[("NO_PROXY", "acme.com:443")]] {
        assert!(load_with(GOOD, more).unwrap().https_proxy.is_none(), "{more:?}");
    }
}

#[test]
fn unusable_variables_are_named_and_not_repeated() {
    let proxy = "the HTTPS proxy is not given as an address such as http://proxy.acme.com:3128: ";
    let exempt = "the hosts reached without the proxy are not given as names, IP addresses or networks with commas \
                  between them, for example acme.com,10.0.0.0/8: ";
    for (more, message) in [
        (
            &[("HTTPS_PROXY", "socks5://dana:hunter2@proxy")][..],
            format!("HTTPS_PROXY: {proxy}it is neither http nor https; other kinds of proxies are not supported"),
        ),
        (
            &[("https_proxy", "http://dana:hunter2@proxy/hunter2")],
            format!("https_proxy: {proxy}it has more than a host and a port; leave out the path"),
        ),
        (
            &[("HTTPS_PROXY", PROXY), ("no_proxy", "https://hunter2")],
            format!("no_proxy: {exempt}an entry is a whole address"),
        ),
        (
            &[("HTTPS_PROXY", PROXY), ("https_proxy", "http://hunter2")],
            "HTTPS_PROXY: says something else than https_proxy: unset one of them".to_owned(),
        ),
    ] {
        assert_eq!(problems(GOOD, more), [message]);
    }
}

#[test]
fn proxy_and_its_exemptions_are_part_of_the_digest_and_its_password_is_not() {
    let digest = |more: &[(&str, &str)]| load_with(GOOD, more).unwrap().digest();
    let (none, set) = (digest(&[]), digest(&[("HTTPS_PROXY", PROXY)]));
    assert_ne!(none, set);
    assert_eq!(set, digest(&[("HTTPS_PROXY", "http://dana:other@proxy.acme.com:3128")]));
    assert_ne!(set, digest(&[("HTTPS_PROXY", PROXY), ("NO_PROXY", "acme.com")]));
}

#[test]
fn nothing_shows_the_proxys_address() {
    let shown = format!("{:?}", load_with(GOOD, &[("HTTPS_PROXY", PROXY)]).unwrap());
    assert!(!shown.contains("hunter2") && !shown.contains("proxy.acme.com"), "{shown}");
}

#[test]
fn ca_file_is_found_beside_the_configuration() {
    assert_eq!(load_with(GOOD, &[]).unwrap().ca_file, None);
    let config = load_with(&changed("[storage]", "ca_file = \"ca/acme.pem\"\n[storage]"), &[]).unwrap();
    assert!(config.ca_file.as_ref().unwrap().is_absolute(), "{config:?}");
    assert!(config.ca_file.unwrap().ends_with("ca/acme.pem"));
    assert_eq!(
        problems(&changed("[storage]", "ca_file = 7\n[storage]"), &[]),
        ["line 3: `server.ca_file` is a whole number: expected the path of a PEM file"]
    );
}
