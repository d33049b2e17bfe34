//! Where traces go.

use super::{changed, load_with, problems};

fn with_endpoint(endpoint: &str) -> String {
    changed("[storage]", &format!("[telemetry]\notlp_endpoint = \"{endpoint}\"\n[storage]"))
}

#[test]
fn nothing_is_sent_anywhere_unless_a_collector_is_named() {
    assert_eq!(load_with(super::GOOD, &[]).unwrap().otlp_endpoint, None);
    for endpoint in ["http://127.0.0.1:4318/", "https://otel.acme.com/tenant/7"] {
        let config = load_with(&with_endpoint(endpoint), &[]).unwrap();
        assert_eq!(config.otlp_endpoint.as_ref().map(|url| url.as_str()), Some(endpoint));
    }
}

#[test]
fn address_of_a_collector_that_is_none_is_refused_without_repeating_it() {
    for endpoint in [
        "127.0.0.1:4318",
        "grpc://127.0.0.1:4317",
        "http://otel.acme.com:4318",
        "https://user:hunter2@otel.acme.com",
        "https://otel.acme.com?key=hunter2",
    ] {
        let found = problems(&with_endpoint(endpoint), &[]).join("\n");
        assert!(found.contains("`telemetry.otlp_endpoint` cannot be used"), "{found}");
        assert!(!found.contains("hunter2"), "{found}");
    }
}
