//! Private certificate authorities and proxies, over real sockets on this machine.

mod stage;

use countersign_outbound::{Call, CallError, Factory, FactoryOptions, HttpsProxy, OutboundError, Pace, Target};
use stage::{Authority, Proxy, vendor};

/// An address of this machine that is no loopback address, so that it is not exempt from the proxy by itself.
const HERE: &str = "0.0.0.0";

fn options(authority: &Authority, proxy: Option<HttpsProxy>) -> FactoryOptions {
    FactoryOptions { ca_file: Some(authority.file()), https_proxy: proxy, ..FactoryOptions::default() }
}

async fn say_hello(options: FactoryOptions, base: &str) -> Result<String, CallError> {
    let target = Target { vendor: "okta", base_url: base.parse().expect("a URL"), pace: Pace::default() };
    let http = Factory::new(options).expect("a factory").client(target).expect("a client");
    let reply = http.send(Call::get("/secret-path").template("/{path}")).await?;
    Ok(String::from_utf8_lossy(&reply.body).into_owned())
}

fn proxy_at(proxy: &Proxy, credentials: &str) -> HttpsProxy {
    HttpsProxy::parse(&format!("http://{credentials}{}", proxy.address)).expect("a proxy")
}

#[tokio::test]
async fn authorities_of_the_file_are_trusted_and_others_are_not() {
    let authority = Authority::new();
    let base = format!("https://{}", vendor(&authority, "127.0.0.1").await);
    assert_eq!(say_hello(options(&authority, None), &base).await.expect("an answer"), "hello");
    for untrusting in [FactoryOptions::default(), options(&Authority::new(), None)] {
        let error = say_hello(untrusting, &base).await.expect_err("a refusal");
        assert!(matches!(error, CallError::NotSent { retry_after_ms: None, .. }), "{error:?}");
    }
}

#[tokio::test]
async fn broken_certificate_in_the_file_is_named_at_the_start() {
    let authority = Authority::new();
    let pem = std::fs::read_to_string(authority.file()).expect("the file");
    let second = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    std::fs::write(authority.file(), format!("{pem}{second}")).expect("the file");
    let error = Factory::new(options(&authority, None)).expect_err("a refusal");
    assert!(matches!(error, OutboundError::CaFormat { .. }), "{error:?}");
    assert!(error.to_string().contains("ca.pem cannot be used: one of its certificates cannot be read"), "{error}");
}

#[tokio::test]
async fn https_goes_through_the_proxy_which_sees_the_host_alone() {
    let authority = Authority::new();
    let proxy = Proxy::to(vendor(&authority, "acme.okta.test").await).await;
    let options = options(&authority, Some(proxy_at(&proxy, "dana:p%40ss@")));
    assert_eq!(say_hello(options, "https://acme.okta.test").await.expect("an answer"), "hello");
    let seen = proxy.seen();
    assert_eq!(seen.len(), 1);
    assert!(seen[0].starts_with("CONNECT acme.okta.test:443 HTTP/1.1\r\n"), "{seen:?}");
    // dana:p@ss
    assert!(seen[0].to_ascii_lowercase().contains("proxy-authorization: basic zgfuytpwqhnz\r\n"), "{seen:?}");
    assert!(!seen[0].contains("secret-path"), "{seen:?}");
}

#[tokio::test]
async fn exempt_host_is_reached_without_the_proxy() {
    let authority = Authority::new();
    let vendor = vendor(&authority, HERE).await;
    let proxy = Proxy::to(vendor).await;
    let base = format!("https://{HERE}:{}", vendor.port());
    for (exempt, tunnels) in [("", 1), ("acme.test", 1), ("acme.test, 0.0.0.0", 0), ("0.0.0.0/8", 0)] {
        let before = proxy.seen().len();
        let settings = proxy_at(&proxy, "").except(exempt).expect("a list");
        let answer = say_hello(options(&authority, Some(settings)), &base).await;
        assert_eq!((answer.expect("an answer").as_str(), proxy.seen().len() - before), ("hello", tunnels), "{exempt}");
    }
}

#[tokio::test]
async fn this_machine_is_never_reached_through_the_proxy() {
    let authority = Authority::new();
    let vendor = vendor(&authority, "127.0.0.1").await;
    let proxy = Proxy::to(vendor).await;
    let https = options(&authority, Some(proxy_at(&proxy, "")));
    assert_eq!(say_hello(https.clone(), &format!("https://{vendor}")).await.expect("an answer"), "hello");
    // Plain HTTP goes to this machine alone; that the vendor does not speak it shows that it was reached.
    let plain = say_hello(https, &format!("http://{vendor}")).await;
    assert!(matches!(plain, Err(CallError::Ambiguous { .. })), "{plain:?}");
    assert!(proxy.seen().is_empty());
}

#[tokio::test]
async fn refusing_proxy_means_that_nothing_was_sent_and_its_password_is_not_shown() {
    let (authority, proxy) = (Authority::new(), Proxy::refusing().await);
    let options = options(&authority, Some(proxy_at(&proxy, "dana:hunter2@")));
    assert!(!format!("{options:?} {:?}", Factory::new(options.clone())).contains("hunter2"));
    let error = say_hello(options, "https://acme.okta.test").await.expect_err("a refusal");
    assert!(matches!(error, CallError::NotSent { retry_after_ms: None, .. }), "{error:?}");
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains("hunter2") && !shown.contains("dana"), "{shown}");
}
