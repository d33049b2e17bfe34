//! How a fault is written and read.

use http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::vendor::Vendor;

/// What happens to a request that meets a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// `status:503`: refused with this status; the request is not applied.
    Status(u16),
    /// `applied_status:502`: the request is applied, yet answered with this status.
    AppliedStatus(u16),
    /// `429:retry-after=1`: refused as over the limit, in the vendor's words.
    TooMany {
        /// Seconds to wait.
        retry_after: u32,
    },
    /// `cut`: applied, then the connection is closed without an answer: the caller cannot know the outcome.
    Cut,
    /// `cut_before`: the connection is closed without an answer; the request is not applied.
    CutBefore,
    /// `hang`: never answered, not applied.
    Hang,
    /// `hang_applied`: applied, never answered.
    HangApplied,
    /// `body:TEXT`: applied, answered with the ordinary status and this text as body.
    Body(String),
}

impl Action {
    fn parse(text: &str) -> Result<Self, String> {
        let status = |digits: &str| {
            let code = digits.parse::<u16>().ok().filter(|code| StatusCode::from_u16(*code).is_ok());
            code.ok_or_else(|| format!("{digits:?} is no HTTP status"))
        };
        match text {
            "cut" => return Ok(Self::Cut),
            "cut_before" => return Ok(Self::CutBefore),
            "hang" => return Ok(Self::Hang),
            "hang_applied" => return Ok(Self::HangApplied),
            _ => {}
        }
        if let Some(digits) = text.strip_prefix("status:") {
            return status(digits).map(Self::Status);
        }
        if let Some(digits) = text.strip_prefix("applied_status:") {
            return status(digits).map(Self::AppliedStatus);
        }
        if let Some(seconds) = text.strip_prefix("429:retry-after=") {
            let retry_after = seconds.parse().map_err(|_| format!("{seconds:?} is no number of seconds"))?;
            return Ok(Self::TooMany { retry_after });
        }
        if let Some(body) = text.strip_prefix("body:") {
            return Ok(Self::Body(body.to_owned()));
        }
        Err(format!(
            "\"do\" is {text:?}: use status:CODE, applied_status:CODE, 429:retry-after=SECONDS, cut, cut_before, hang, \
             hang_applied or body:TEXT"
        ))
    }
}

/// One scripted fault.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    vendor: Vendor,
    pattern: String,
    method: Option<Method>,
    path: Vec<String>,
    skip: u32,
    /// `None`: until the faults are cleared.
    times: Option<u32>,
    written: String,
    action: Action,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Script {
    vendor: Vendor,
    #[serde(rename = "match")]
    pattern: String,
    #[serde(default)]
    skip: u32,
    #[serde(default)]
    times: Option<u32>,
    #[serde(default)]
    always: bool,
    #[serde(rename = "do")]
    action: String,
}

impl Fault {
    /// Reads `{"vendor","match","times"?,"skip"?,"always"?,"do"}`. `match` is `METHOD /path` without the vendor's
    /// prefix; `*` stands for any method or one path segment, a last `**` for any rest. `times` is 1 where absent.
    pub(crate) fn parse(script: Value) -> Result<Self, String> {
        let script: Script = serde_json::from_value(script).map_err(|error| error.to_string())?;
        let Some((method, path)) = script.pattern.split_once(' ') else {
            return Err(format!("\"match\" is {:?}: write METHOD /path", script.pattern));
        };
        let method = match method {
            "*" => None,
            name => Some(Method::from_bytes(name.as_bytes()).map_err(|_| format!("{name:?} is no HTTP method"))?),
        };
        Ok(Self {
            vendor: script.vendor,
            method,
            path: path.trim_start_matches('/').split('/').map(str::to_owned).collect(),
            skip: script.skip,
            times: if script.always { None } else { Some(script.times.unwrap_or(1)) },
            action: Action::parse(&script.action)?,
            written: script.action,
            pattern: script.pattern,
        })
    }

    /// Whether the fault is meant for this request.
    pub(crate) fn matches(&self, vendor: Vendor, method: &Method, path: &str) -> bool {
        if vendor != self.vendor || self.method.as_ref().is_some_and(|wanted| wanted != method) {
            return false;
        }
        let mut segments = path.trim_start_matches('/').split('/');
        for wanted in &self.path {
            if wanted == "**" {
                return true;
            }
            match segments.next() {
                Some(segment) if wanted == "*" || wanted == segment => {}
                Some(_) | None => return false,
            }
        }
        segments.next().is_none()
    }

    /// Meets a matching request: spares it, or strikes.
    pub(crate) fn strike(&mut self) -> Option<Action> {
        if self.is_spent() {
            return None;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return None;
        }
        if let Some(times) = self.times.as_mut() {
            *times -= 1;
        }
        Some(self.action.clone())
    }

    /// Whether the fault has struck as often as it should.
    pub(crate) fn is_spent(&self) -> bool {
        self.times == Some(0)
    }

    /// The fault as it is listed.
    pub(crate) fn describe(&self) -> Value {
        json!({
            "vendor": self.vendor,
            "match": self.pattern,
            "skip": self.skip,
            "times": self.times,
            "always": self.times.is_none(),
            "do": self.written,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Fault;

    #[test]
    fn bad_script_says_what_is_wrong() {
        for (script, word) in [
            (json!({"vendor": "jira", "match": "GET /", "do": "cut"}), "jira"),
            (json!({"vendor": "okta", "match": "/users", "do": "cut"}), "METHOD /path"),
            (json!({"vendor": "okta", "match": "GET /users", "do": "explode"}), "explode"),
            (json!({"vendor": "okta", "match": "GET /users", "do": "status:99"}), "99"),
            (json!({"vendor": "okta", "match": "GET /users", "do": "cut", "time": 1}), "time"),
        ] {
            let error = Fault::parse(script).unwrap_err();
            assert!(error.contains(word), "{error}");
        }
    }
}
