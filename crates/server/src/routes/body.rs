//! Reading bodies: bounded in size and time, each and all together.

use axum::{body::Body, extract::Request};
use bytes::{Bytes, BytesMut};
use countersign_domain::shown::shown;
use http::{HeaderMap, StatusCode, header, request::Parts};
use http_body_util::BodyExt;
use serde::de::DeserializeOwned;
use std::{sync::Arc, time::Duration};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{accept::Limits, problem::Problem};

/// The most bytes of a body whose sender has shown a key.
pub(super) const LIMIT: usize = 1024 * 1024;

/// The most bytes of a webhook's body: its proof can only be checked once all of it is there.
pub(super) const WEBHOOK_LIMIT: usize = 256 * 1024;

/// The most KiB of bodies of a sort that are held at once.
const BUDGET: usize = 64 * 1024;

/// How long a peer may take to send a body: the accept loop's limit, put on every request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BodyTime(pub(crate) Duration);

/// What the bodies of a sort of requests together may take, in KiB.
pub(crate) struct BodyBudget(Arc<Semaphore>);

impl Default for BodyBudget {
    fn default() -> Self {
        Self::of(BUDGET)
    }
}

impl BodyBudget {
    fn of(kib: usize) -> Self {
        Self(Arc::new(Semaphore::new(kib)))
    }
}

/// A body's part of the budget. It grows with what has arrived and not with what is announced, so that announcing
/// costs the others nothing.
struct Held<'a> {
    budget: &'a BodyBudget,
    permits: Option<OwnedSemaphorePermit>,
}

impl Held<'_> {
    fn cover(&mut self, bytes: usize) -> Result<(), Cut> {
        let held = self.permits.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let more = u32::try_from(bytes.div_ceil(1024).saturating_sub(held)).map_err(|_| Cut::NoRoom)?;
        if more == 0 {
            return Ok(());
        }
        let more = Arc::clone(&self.budget.0).try_acquire_many_owned(more).map_err(|_| Cut::NoRoom)?;
        match &mut self.permits {
            Some(permits) => permits.merge(more),
            None => self.permits = Some(more),
        }
        Ok(())
    }
}

/// A request whose body was read whole.
pub(super) struct Whole {
    /// Its head.
    pub(super) parts: Parts,
    /// Its body.
    pub(super) bytes: Bytes,
    /// Its part of the budget, until this is dropped.
    _held: Option<OwnedSemaphorePermit>,
}

/// Why a body was not read whole.
enum Cut {
    TooLarge,
    Broken,
    NoRoom,
}

/// Reads a whole body of at most `limit` bytes.
pub(super) async fn read_body(request: Request, limit: usize, budget: &BodyBudget) -> Result<Whole, Problem> {
    let (parts, body) = request.into_parts();
    let time = parts.extensions.get::<BodyTime>().map_or_else(|| Limits::default().body, |time| time.0);
    match tokio::time::timeout(time, collect(body, limit, budget)).await {
        Ok(Ok((bytes, held))) => Ok(Whole { parts, bytes, _held: held }),
        Ok(Err(Cut::TooLarge)) => Err(Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "body-too-large",
            "The body is too large",
            format!(
                "The body is larger than {limit} bytes. Send the ticket's id alone; its text is fetched from the desk."
            ),
        )),
        Ok(Err(Cut::Broken)) => Err(Problem::new(
            StatusCode::BAD_REQUEST,
            "body-cut",
            "The body did not arrive whole",
            "The connection was cut before the body ended. Nothing was taken; send it again.",
        )),
        Ok(Err(Cut::NoRoom)) => Err(Problem::unavailable(
            "More is being received than is good. Nothing was taken; send it again in a moment.",
        )),
        Err(_) => Err(Problem::new(
            StatusCode::REQUEST_TIMEOUT,
            "body-timeout",
            "The body took too long",
            "The body did not arrive in time. Nothing was taken; send it again.",
        )),
    }
}

async fn collect(
    mut body: Body,
    limit: usize,
    budget: &BodyBudget,
) -> Result<(Bytes, Option<OwnedSemaphorePermit>), Cut> {
    let mut held = Held { budget, permits: None };
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        // What is no data is a trailer, which nobody asked for.
        let Ok(data) = frame.map_err(|_| Cut::Broken)?.into_data() else { continue };
        let length = whole.len().saturating_add(data.len());
        if length > limit {
            return Err(Cut::TooLarge);
        }
        held.cover(length)?;
        whole.extend_from_slice(&data);
    }
    Ok((whole.freeze(), held.permits))
}

/// A JSON body of a known shape.
pub(crate) trait FromBody: DeserializeOwned {
    /// Reads it.
    fn from_body(headers: &HeaderMap, bytes: &[u8]) -> Result<Self, Problem> {
        let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("none");
        let essence = kind.split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("application/json") {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "content-type",
                "Wrong content type",
                format!("The content type is {:?}; send application/json.", shown(essence, 60)),
            ));
        }
        serde_json::from_slice(bytes).map_err(|error| {
            let place = format!("line {}, column {}", error.line(), error.column());
            Problem::invalid("", format!("The body cannot be read at {place}: {}.", what(&error)))
        })
    }
}

impl<T: DeserializeOwned> FromBody for T {}

/// The error without the place, which is said apart, and without the text that stood where something else belongs.
fn what(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or_default();
    match (text.find(" string \""), text.rfind("\", expected")) {
        (Some(begin), Some(end)) if begin < end => shown(&format!("{} text{}", &text[..begin], &text[end + 1..]), 200),
        (_, _) => shown(text, 200),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(bytes: usize) -> Request {
        Request::new(Body::from(vec![b'x'; bytes]))
    }

    async fn status(bytes: usize, budget: &BodyBudget) -> u16 {
        read_body(request(bytes), LIMIT, budget).await.map_or_else(|problem| problem.status, |_| 200)
    }

    #[tokio::test]
    async fn bodies_hold_their_part_until_they_are_dealt_with() {
        let budget = BodyBudget::of(4);
        let Ok(first) = read_body(request(3 * 1024), LIMIT, &budget).await else { panic!("there is room") };
        assert_eq!(status(1024, &budget).await, 200);
        let Err(problem) = read_body(request(1025), LIMIT, &budget).await else { panic!("there is no room") };
        assert_eq!((problem.status, problem.retry_after), (503, Some(1)));
        drop(first);
        assert_eq!(status(4 * 1024, &budget).await, 200);
        assert_eq!(budget.0.available_permits(), 4);
    }

    #[tokio::test]
    async fn a_refused_body_leaves_nothing_behind() {
        let budget = BodyBudget::of(4_096);
        assert_eq!(status(LIMIT + 1, &budget).await, 413);
        assert_eq!(status(LIMIT, &budget).await, 200);
        assert_eq!(budget.0.available_permits(), 4_096);
    }

    #[tokio::test]
    async fn an_empty_body_costs_nothing() {
        assert_eq!(status(0, &BodyBudget::of(0)).await, 200);
    }
}
