//! A request before it is sent.

use std::fmt;

use bytes::Bytes;
use reqwest::Method;
use secrecy::SecretString;
use serde::Serialize;
use url::form_urlencoded;

/// A header as it will be sent.
#[derive(Clone)]
pub(crate) enum HeaderText {
    Open(String),
    Secret(SecretString),
}

/// How the request proves who sends it.
#[derive(Clone)]
pub(crate) enum Credential {
    Basic { user: SecretString, password: String },
    Bearer(SecretString),
}

/// A request to one connection: a path under its base URL, and what goes with it.
#[derive(Clone)]
pub struct Call {
    pub(crate) method: Method,
    pub(crate) place: String,
    pub(crate) template: &'static str,
    pub(crate) endpoint: Option<String>,
    pub(crate) headers: Vec<(&'static str, HeaderText)>,
    pub(crate) credential: Option<Credential>,
    pub(crate) body: Option<(&'static str, Bytes)>,
    /// What was wrong with the parts; the call is then refused instead of sent.
    pub(crate) flaw: Option<&'static str>,
}

impl Call {
    fn new(method: Method, place: impl Into<String>) -> Self {
        Self {
            method,
            place: place.into(),
            template: "(unnamed)",
            endpoint: None,
            headers: Vec::new(),
            credential: None,
            body: None,
            flaw: None,
        }
    }

    /// Reads. `place` is a path with an optional query, starting with `/` and relative to the base URL, or an absolute
    /// URL within the connection. Ids in it go through [`segment`].
    pub fn get(place: impl Into<String>) -> Self {
        Self::new(Method::GET, place)
    }

    /// Posts; `place` as in [`Call::get`].
    pub fn post(place: impl Into<String>) -> Self {
        Self::new(Method::POST, place)
    }

    /// Puts; `place` as in [`Call::get`].
    pub fn put(place: impl Into<String>) -> Self {
        Self::new(Method::PUT, place)
    }

    /// Patches; `place` as in [`Call::get`].
    pub fn patch(place: impl Into<String>) -> Self {
        Self::new(Method::PATCH, place)
    }

    /// Deletes; `place` as in [`Call::get`].
    pub fn delete(place: impl Into<String>) -> Self {
        Self::new(Method::DELETE, place)
    }

    /// Adds a header that may be seen.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, HeaderText::Open(value.into())));
        self
    }

    /// Adds a header that may not be seen: it is exposed only while the request is built and marked sensitive there.
    #[must_use]
    pub fn secret_header(mut self, name: &'static str, value: &SecretString) -> Self {
        self.headers.push((name, HeaderText::Secret(value.clone())));
        self
    }

    /// Basic authentication; the secret is the user, as vendors have it who take an API key there.
    #[must_use]
    pub fn basic(mut self, user: &SecretString, password: &str) -> Self {
        self.credential = Some(Credential::Basic { user: user.clone(), password: password.to_owned() });
        self
    }

    /// A bearer token.
    #[must_use]
    pub fn bearer(mut self, token: &SecretString) -> Self {
        self.credential = Some(Credential::Bearer(token.clone()));
        self
    }

    /// A JSON body. What cannot be written as JSON makes the call a refused one.
    #[must_use]
    pub fn json<T: Serialize + ?Sized>(mut self, body: &T) -> Self {
        match serde_json::to_vec(body) {
            Ok(bytes) => self.body = Some(("application/json", Bytes::from(bytes))),
            Err(_) => self.flaw = Some("its body cannot be written as JSON"),
        }
        self
    }

    /// A form body.
    #[must_use]
    pub fn form(mut self, pairs: &[(&str, &str)]) -> Self {
        let text = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        self.body = Some(("application/x-www-form-urlencoded", Bytes::from(text)));
        self
    }

    /// A body of any other sort.
    #[must_use]
    pub fn bytes(mut self, sort: &'static str, body: impl Into<Bytes>) -> Self {
        self.body = Some((sort, body.into()));
        self
    }

    /// The key of the per-endpoint budget that this call counts against as well; a key without a budget is no limit.
    #[must_use]
    pub fn endpoint(mut self, key: &str) -> Self {
        self.endpoint = Some(key.to_owned());
        self
    }

    /// The path with placeholders, for metrics, logs and errors: `/api/v1/users/{id}`. The real path holds ids and is
    /// never shown.
    #[must_use]
    pub fn template(mut self, template: &'static str) -> Self {
        self.template = template;
        self
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("method", &self.method).field("template", &self.template).finish_non_exhaustive()
    }
}

/// Percent-encodes a text to be one segment of a path: everything but RFC 3986's unreserved characters.
pub fn segment(text: &str) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segment_leaves_nothing_that_could_change_the_path() {
        assert_eq!(segment("00u1"), "00u1");
        assert_eq!(segment("a/b?c#d e%é@x"), "a%2Fb%3Fc%23d%20e%25%C3%A9%40x");
    }

    #[test]
    fn debug_shows_neither_path_nor_secrets_nor_body() {
        let secret = SecretString::from("s3cr3t-value");
        let call = Call::post("/api/v1/users/00uSARAH?token=s3cr3t-value")
            .template("/api/v1/users/{id}")
            .secret_header("authorization", &secret)
            .bearer(&secret)
            .basic(&secret, "X")
            .json("s3cr3t-value");
        let shown = format!("{call:?}");
        assert!(!shown.contains("s3cr3t"), "{shown}");
        assert!(!shown.contains("SARAH"), "{shown}");
        assert!(shown.contains("/api/v1/users/{id}"), "{shown}");
    }

    #[test]
    fn body_that_cannot_be_json_is_a_flaw() {
        let keyed_by_list = std::collections::BTreeMap::from([(vec![1], 2)]);
        assert!(Call::post("/").json(&keyed_by_list).flaw.is_some());
    }

    #[test]
    fn body_of_another_sort_is_sent_as_it_is() {
        let call = Call::post("/").bytes("application/x-protobuf", vec![0, 1, 255]);
        assert_eq!(call.body, Some(("application/x-protobuf", Bytes::from_static(&[0, 1, 255]))));
    }

    #[test]
    fn form_escapes_its_values() {
        let call = Call::post("/").form(&[("a", "1&b=2"), ("c", "ü ")]);
        let (_, body) = call.body.expect("a body");
        assert_eq!(body, "a=1%26b%3D2&c=%C3%BC+");
    }
}
