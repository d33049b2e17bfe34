//! Sending.

use std::{error::Error, fmt, sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, header::CONTENT_TYPE};
use reqwest::{Client, Request, Response};
use secrecy::ExposeSecret;
use tracing::{Instrument, field::Empty};
use url::Url;

use crate::{
    Call, CallError, MAX_ANSWER_BYTES, Reply, Target,
    call::{Credential, HeaderText},
    error::Origin,
    pace::{Budget, TooLong, monotonic},
    target::locate,
};

/// What a 429 without `Retry-After` is taken to ask for, in milliseconds.
const USUAL_HOLD: u64 = 1_000;

struct Shared {
    client: Client,
    vendor: &'static str,
    base: Url,
    budget: Arc<Budget>,
}

/// A client of one connection. A clone is the same client, with the same rate budget.
#[derive(Clone)]
pub struct Http {
    shared: Arc<Shared>,
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http").field("vendor", &self.shared.vendor).finish_non_exhaustive()
    }
}

impl Http {
    pub(crate) fn new(client: Client, target: Target, budget: Arc<Budget>) -> Self {
        Self { shared: Arc::new(Shared { client, vendor: target.vendor, base: target.base_url, budget }) }
    }

    /// Where every request goes.
    pub fn base(&self) -> &Url {
        &self.shared.base
    }

    /// Sends no request before this many milliseconds have passed (at most 15 minutes): what a vendor's headers ask
    /// for. A 429 does so by itself.
    pub fn hold(&self, millis: u64) {
        self.shared.budget.hold(Duration::from_millis(millis));
    }

    /// Sends once, when the rate budget allows it, and answers with whatever status came back.
    ///
    /// # Errors
    /// [`CallError`]: whether anything was sent is what its variants differ in.
    pub async fn send(&self, call: Call) -> Result<Reply, CallError> {
        let (vendor, template) = (self.shared.vendor, call.template);
        let method = call.method.to_string();
        let start = monotonic();
        let span = tracing::error_span!(target: "countersign::trace", "call", vendor, method, template, status = Empty);
        let result = self.attempt(call, Origin { vendor, template }).instrument(span.clone()).await;
        let status = outcome(&result);
        span.record("status", &status);
        let seconds = start.elapsed().as_secs_f64();
        tracing::debug!(vendor, method, template, status, seconds, "vendor call");
        metrics::histogram!("countersign_vendor_call_seconds", "vendor" => vendor, "method" => method.clone(), "template" => template)
            .record(seconds);
        metrics::counter!(
            "countersign_vendor_calls_total",
            "vendor" => vendor, "method" => method, "template" => template, "status" => status
        )
        .increment(1);
        if let Ok(reply) = &result
            && reply.status == 429
        {
            self.hold(reply.retry_after_ms().unwrap_or(USUAL_HOLD));
        }
        result
    }

    async fn attempt(&self, call: Call, origin: Origin) -> Result<Reply, CallError> {
        let endpoint = call.endpoint.clone();
        let request = self.build(call).map_err(|why| origin.refused(why))?;
        if let Err(TooLong(wait)) = self.shared.budget.turn(endpoint.as_deref()).await {
            return Err(origin.not_sent("the rate limit asks for a longer wait than one request may take", Some(wait)));
        }
        let response = self.shared.client.execute(request).await.map_err(|error| failure(&error, origin))?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(Reply { status, headers, body: body(response, origin).await?, origin })
    }

    fn build(&self, call: Call) -> Result<Request, &'static str> {
        if let Some(flaw) = call.flaw {
            return Err(flaw);
        }
        let url = locate(&self.shared.base, &call.place)?;
        let mut headers = HeaderMap::new();
        for (name, text) in &call.headers {
            let (text, sensitive) = match text {
                HeaderText::Open(text) => (text.as_str(), false),
                HeaderText::Secret(secret) => (secret.expose_secret(), true),
            };
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| "a header's name is none")?;
            let mut value =
                HeaderValue::from_str(text).map_err(|_| "a header's value has characters that cannot be sent")?;
            value.set_sensitive(sensitive);
            headers.append(name, value);
        }
        let mut request = self.shared.client.request(call.method, url).headers(headers);
        request = match &call.credential {
            Some(Credential::Basic { user, password }) => request.basic_auth(user.expose_secret(), Some(password)),
            Some(Credential::Bearer(token)) => request.bearer_auth(token.expose_secret()),
            None => request,
        };
        if let Some((sort, body)) = call.body {
            request = request.header(CONTENT_TYPE, sort).body(body);
        }
        request.build().map_err(|_| "its parts make no request; check the credential for line breaks")
    }
}

/// The metric label: the status, or how it failed.
fn outcome(result: &Result<Reply, CallError>) -> String {
    match result {
        Ok(reply) => reply.status.to_string(),
        Err(CallError::NotSent { .. }) => "not_sent".to_owned(),
        Err(CallError::Ambiguous { .. }) => "ambiguous".to_owned(),
        Err(CallError::BadAnswer { .. }) => "bad_answer".to_owned(),
        Err(CallError::Refused { .. }) => "refused".to_owned(),
    }
}

async fn body(mut response: Response, origin: Origin) -> Result<Bytes, CallError> {
    let too_large = || origin.bad_answer(format!("more than {MAX_ANSWER_BYTES} bytes"));
    let announced = response.content_length().unwrap_or(0);
    if usize::try_from(announced).map_or(true, |length| length > MAX_ANSWER_BYTES) {
        return Err(too_large());
    }
    let mut whole = BytesMut::new();
    while let Some(part) = response.chunk().await.map_err(|error| failure(&error, origin))? {
        if whole.len() + part.len() > MAX_ANSWER_BYTES {
            return Err(too_large());
        }
        whole.extend_from_slice(&part);
    }
    Ok(whole.freeze())
}

/// Without a connection nothing can have been sent; after it, nobody knows.
fn failure(error: &reqwest::Error, origin: Origin) -> CallError {
    if error.is_connect() || error.is_builder() {
        return origin.not_sent(format!("no connection ({})", root(error)), None);
    }
    if error.is_timeout() {
        return origin.ambiguous("it took too long");
    }
    origin.ambiguous(root(error))
}

/// The innermost cause: the outer ones repeat it, and the outermost holds the URL.
pub(crate) fn root(error: &reqwest::Error) -> String {
    let mut cause = error.source();
    while let Some(inner) = cause.and_then(Error::source) {
        cause = Some(inner);
    }
    cause.map_or_else(|| "unknown cause".to_owned(), ToString::to_string)
}
