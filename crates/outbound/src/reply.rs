//! An answer.

use std::fmt;

use bytes::Bytes;
use http::HeaderMap;
use serde::de::DeserializeOwned;

use crate::{CallError, date::unix_seconds, error::Origin};

/// How much of an answer is read; a longer one is refused.
pub const MAX_ANSWER_BYTES: usize = 8 * 1024 * 1024;

/// What the vendor answered, whatever its status.
#[derive(Clone)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, at most [`MAX_ANSWER_BYTES`].
    pub body: Bytes,
    pub(crate) origin: Origin,
}

impl Reply {
    /// An answer that did not come through a client: for the tests of what reads answers.
    pub fn new(status: u16, headers: HeaderMap, body: impl Into<Bytes>) -> Self {
        Self { status, headers, body: body.into(), origin: Origin { vendor: "vendor", template: "(unnamed)" } }
    }

    /// Reads the body as JSON.
    ///
    /// # Errors
    /// [`CallError::BadAnswer`], with the place where it stopped being what was expected and no word of the body.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, CallError> {
        serde_json::from_slice(&self.body).map_err(|error| {
            let sort = match error.classify() {
                serde_json::error::Category::Data => "JSON of another shape",
                serde_json::error::Category::Syntax | serde_json::error::Category::Io => "no JSON",
                serde_json::error::Category::Eof => "JSON that ends early",
            };
            let (line, column, status) = (error.line(), error.column(), self.status);
            self.origin.bad_answer(format!("{sort} (status {status}, line {line}, column {column})"))
        })
    }

    /// A header's value, where there is one and it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// How long the vendor asks us to wait (`Retry-After`, in seconds or as a date), in milliseconds.
    pub fn retry_after_ms(&self) -> Option<u64> {
        let text = self.header("retry-after")?.trim();
        if let Ok(seconds) = text.parse::<u64>() {
            return Some(seconds.saturating_mul(1_000));
        }
        self.until_ms(unix_seconds(text)?)
    }

    /// How long it is from this answer until a moment in Unix seconds, in milliseconds, by the clock of whoever
    /// answered: vendors that name a moment mean their own clock. None where the answer has no `Date`.
    pub fn until_ms(&self, unix: i64) -> Option<u64> {
        let answered = self.answered_at()?;
        let seconds = unix.saturating_sub(answered).max(0);
        u64::try_from(seconds).ok().map(|seconds| seconds.saturating_mul(1_000))
    }

    /// When it was answered by the clock of whoever answered (`Date`), in Unix seconds.
    pub fn answered_at(&self) -> Option<i64> {
        self.header("date").and_then(unix_seconds)
    }

    /// Whether the status is 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("status", &self.status)
            .field("origin", &self.origin)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn reply(headers: &[(&'static str, &'static str)], body: &'static str) -> Reply {
        let headers =
            headers.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value))).collect();
        Reply::new(200, headers, body)
    }

    #[test]
    fn retry_after_is_read_in_seconds_and_as_a_date() {
        assert_eq!(reply(&[("retry-after", "30")], "").retry_after_ms(), Some(30_000));
        let dated = [("date", "Sun, 06 Nov 1994 08:49:37 GMT"), ("retry-after", "Sun, 06 Nov 1994 08:50:37 GMT")];
        assert_eq!(reply(&dated, "").retry_after_ms(), Some(60_000));
        assert_eq!(reply(&dated[1..], "").retry_after_ms(), None);
        for bad in ["-1", "soon", "", "1.5"] {
            assert_eq!(reply(&[("retry-after", bad)], "").retry_after_ms(), None, "{bad}");
        }
        assert_eq!(reply(&[("retry-after", "18446744073709551615")], "").retry_after_ms(), Some(u64::MAX));
    }

    #[test]
    fn moment_of_the_answer_is_its_date() {
        assert_eq!(reply(&[("date", "Sun, 06 Nov 1994 08:49:37 GMT")], "").answered_at(), Some(784_111_777));
        assert_eq!(reply(&[("date", "soon")], "").answered_at(), None);
        assert_eq!(reply(&[], "").answered_at(), None);
    }

    #[test]
    fn moment_that_has_passed_is_no_wait() {
        let reply = reply(&[("date", "Sun, 06 Nov 1994 08:49:37 GMT")], "");
        assert_eq!(reply.until_ms(784_111_777), Some(0));
        assert_eq!(reply.until_ms(i64::MIN), Some(0));
    }

    #[test]
    fn bad_json_is_told_without_its_text() {
        for (body, word) in [("<html>s3cr3t", "no JSON"), ("[1,", "ends early"), ("[\"s3cr3t\"]", "another shape")] {
            let error = reply(&[], body).json::<Vec<u32>>().unwrap_err();
            let shown = format!("{error} {error:?}");
            assert!(shown.contains(word) && !shown.contains("s3cr3t"), "{shown}");
        }
    }

    #[test]
    fn debug_shows_no_body_and_no_headers() {
        let shown = format!("{:?}", reply(&[("set-cookie", "s3cr3t")], "s3cr3t"));
        assert!(!shown.contains("s3cr3t"), "{shown}");
    }
}
