//! The service's HTTP interface.

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use crate::{Bed, patience::PATIENCE};

/// An answer.
#[derive(Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The body where it is JSON, else null.
    pub body: Value,
    /// The content type.
    pub kind: String,
}

/// A text within a JSON value; empty where there is none.
#[must_use]
pub fn text_of<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

impl Bed {
    /// Sends a request with a key; an empty key sends none.
    ///
    /// # Errors
    /// No answer came.
    pub async fn call(&self, method: &str, path: &str, key: &str, body: Option<String>) -> anyhow::Result<Reply> {
        self.call_at(&format!("{}{path}", self.base()?), method, key, body).await
    }

    /// As [`Bed::call`], at any address.
    ///
    /// # Errors
    /// No answer came.
    pub async fn call_at(&self, url: &str, method: &str, key: &str, body: Option<String>) -> anyhow::Result<Reply> {
        let method = method.parse().context("no such method")?;
        let mut request = self.http.request(method, url).timeout(PATIENCE);
        if !key.is_empty() {
            request = request.bearer_auth(key);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body);
        }
        reply(request.send().await?).await
    }

    /// Reads something with the stage's own key.
    ///
    /// # Errors
    /// The answer was none of success.
    pub async fn get(&self, path: &str) -> anyhow::Result<Value> {
        let reply = self.call("GET", path, &self.key, None).await?;
        ensure!(reply.status == 200, "GET {path}: {} {}", reply.status, reply.body);
        Ok(reply.body)
    }

    /// A run with its effects and entries.
    ///
    /// # Errors
    /// There is none, or no answer.
    pub async fn run(&self, run: &str) -> anyhow::Result<Value> {
        self.get(&format!("/api/v1/runs/{run}")).await
    }

    /// Decides through the API about the plan that the run has at present.
    ///
    /// # Errors
    /// No answer came.
    pub async fn decide(&self, run: &str, decision: &str, reason: Option<&str>) -> anyhow::Result<Reply> {
        let present = self.run(run).await?;
        self.decide_on(run, decision, text_of(&present, "/plan/digest"), reason).await
    }

    /// Decides through the API about a plan with this digest.
    ///
    /// # Errors
    /// No answer came.
    pub async fn decide_on(
        &self,
        run: &str,
        decision: &str,
        digest: &str,
        reason: Option<&str>,
    ) -> anyhow::Result<Reply> {
        let body = json!({"decision": decision, "planDigest": digest, "reason": reason});
        self.call("POST", &format!("/api/v1/runs/{run}/decision"), &self.decider, Some(body.to_string())).await
    }

    /// Asks for a new plan.
    ///
    /// # Errors
    /// No answer came.
    pub async fn replan(&self, run: &str) -> anyhow::Result<Reply> {
        self.call("POST", &format!("/api/v1/runs/{run}/replan"), &self.key, None).await
    }

    /// Sends a raw body to the ingest route, with the content type given.
    ///
    /// # Errors
    /// No answer came.
    pub async fn ingest(&self, kind: &str, body: impl Into<Vec<u8>>) -> anyhow::Result<Reply> {
        let url = format!("{}/api/v1/tickets/ingest", self.base()?);
        let request = self.http.post(url).timeout(PATIENCE).bearer_auth(&self.key);
        reply(request.header("content-type", kind).body(body.into()).send().await?).await
    }

    /// Posts JSON to any address, with a header or none.
    ///
    /// # Errors
    /// No answer came.
    pub async fn post(&self, url: &str, header: Option<(&str, &str)>, body: &str) -> anyhow::Result<Reply> {
        let mut request = self.http.post(url).timeout(PATIENCE).header("content-type", "application/json");
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        reply(request.body(body.to_owned()).send().await?).await
    }

    /// Sends a request as it is given, and returns the status and the answer as it came, its head included.
    ///
    /// # Errors
    /// The request cannot be written, or no answer came.
    pub async fn exchange(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &[u8])],
        body: Vec<u8>,
    ) -> anyhow::Result<(u16, Vec<u8>)> {
        let method = method.parse().context("no such method")?;
        let mut request = self.http.request(method, format!("{}{path}", self.base()?)).timeout(PATIENCE).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        let mut whole = Vec::new();
        for (name, value) in answer.headers() {
            whole.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\n"].concat());
        }
        whole.extend(answer.bytes().await?);
        Ok((status, whole))
    }

    /// Sends a raw body to the channel's webhook with these headers.
    ///
    /// # Errors
    /// No answer came.
    pub async fn interact(&self, headers: &[(&str, &str)], body: &str) -> anyhow::Result<Reply> {
        let url = format!("{}/webhooks/acme/it-approvals", self.base()?);
        let mut request = self.http.post(url).timeout(PATIENCE).body(body.to_owned());
        request = request.header("content-type", "application/x-www-form-urlencoded");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        reply(request.send().await?).await
    }

    /// The whole ledger.
    ///
    /// # Errors
    /// It could not be read.
    pub async fn entries(&self) -> anyhow::Result<Vec<Value>> {
        let (mut all, mut after) = (Vec::new(), 0);
        loop {
            let page = self.get(&format!("/api/v1/audit/entries?limit=500&after={after}")).await?;
            all.extend(page["entries"].as_array().cloned().unwrap_or_default());
            match page["next"].as_u64() {
                Some(next) => after = next,
                None => return Ok(all),
            }
        }
    }
}

async fn reply(response: reqwest::Response) -> anyhow::Result<Reply> {
    let status = response.status().as_u16();
    let kind =
        response.headers().get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default().to_owned();
    let text = response.text().await?;
    Ok(Reply { status, body: serde_json::from_str(&text).unwrap_or(Value::Null), kind })
}
