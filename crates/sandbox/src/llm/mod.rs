//! A fake language model behind the OpenAI API's chat completions, with strict structured outputs enforced.
//!
//! What it says depends on its [`Mode`]: it understands by keywords, or lies, or does what no answer may do. Which mode
//! it is in is set by `POST /_control/llm`, `{"op":"set_mode","mode":"lies"}`; see [`Command`].
//!
//! Deliberately absent: any model, streaming, tools, other endpoints than `chat/completions`.

mod answer;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::Options;

/// The only model there is.
const MODEL: &str = "sandbox-model";

/// How many requests are remembered.
const MOST_ASKED: usize = 1_000;

/// What it answers with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Mode {
    /// The intent most of whose name's words occur in the ticket, else none; no values.
    Honest,
    /// Another intent than that one.
    Lies,
    /// That nothing is asked.
    Denies,
    /// The right intent, with a field that was not asked for.
    InjectsFields,
    /// The right intent, as a call of a tool.
    InjectsToolCall,
    /// The right intent, with prose and instructions around the object.
    InjectsProse,
    /// The right intent, with values that do not stand in the ticket.
    InjectsValues,
    /// No answer, ever.
    Slow,
    /// An error page.
    Broken,
}

/// A scripted change.
#[derive(Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
enum Command {
    /// Answers like this from now on: `{"op":"set_mode","mode":"honest"}`.
    SetMode { mode: Mode },
    /// Names these values from now on where it is honest, `null` where one is left out:
    /// `{"op":"set_values","target":"ADDRESS_1","group":"Docs"}`.
    SetValues { target: Option<String>, group: Option<String>, action: Option<String>, sku: Option<String> },
    /// Forgets what it was asked: `{"op":"forget"}`.
    Forget,
}

/// What the model names besides the intent.
#[derive(Clone, Debug, Default, Serialize)]
struct Values {
    target: Option<String>,
    group: Option<String>,
    action: Option<String>,
    sku: Option<String>,
}

struct Behaviour {
    mode: Mode,
    values: Values,
    /// The requests that passed every check, oldest first.
    asked: Vec<Value>,
}

/// The endpoint's state.
pub(crate) struct State {
    key: String,
    behaviour: Mutex<Behaviour>,
}

impl State {
    /// Honest, with the configured key.
    pub(crate) fn seeded(options: &Options) -> Self {
        let key = options.credentials.llm_api_key.clone();
        let behaviour = Behaviour { mode: Mode::Honest, values: Values::default(), asked: Vec::new() };
        Self { key, behaviour: Mutex::new(behaviour) }
    }

    /// `mode`, and `asked`: the requests it was asked with, oldest first, the newest `limit` of them.
    pub(crate) fn snapshot(&self, limit: usize) -> Value {
        let behaviour = self.behaviour();
        let from = behaviour.asked.len().saturating_sub(limit);
        json!({"mode": behaviour.mode, "asked": behaviour.asked[from..]})
    }

    /// A scripted change, from `POST /_control/llm`. See [`Command`].
    ///
    /// # Errors
    /// A sentence that says what is wrong with the command.
    pub(crate) fn apply(&self, command: Value) -> Result<Value, String> {
        let command: Command = serde_json::from_value(command).map_err(|error| error.to_string())?;
        let mut behaviour = self.behaviour();
        match command {
            Command::SetMode { mode } => behaviour.mode = mode,
            Command::SetValues { target, group, action, sku } => {
                behaviour.values = Values { target, group, action, sku };
            }
            Command::Forget => behaviour.asked.clear(),
        }
        Ok(json!({"mode": behaviour.mode, "values": behaviour.values}))
    }

    fn behaviour(&self) -> MutexGuard<'_, Behaviour> {
        self.behaviour.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The routes, without the prefix.
pub(crate) fn router(state: Arc<State>) -> Router {
    Router::new().route("/v1/chat/completions", post(complete)).with_state(state)
}

async fn complete(Shared(state): Shared<Arc<State>>, headers: HeaderMap, Json(request): Json<Value>) -> Response {
    let (mode, values) = {
        let mut behaviour = state.behaviour();
        let sent = headers.get("authorization").and_then(|value| value.to_str().ok());
        if sent != Some(&format!("Bearer {}", state.key)) {
            return refusal(StatusCode::UNAUTHORIZED, "Incorrect API key provided.", "invalid_api_key");
        }
        if request["model"] != MODEL {
            return refusal(StatusCode::NOT_FOUND, "The model does not exist.", "model_not_found");
        }
        if let Err(why) = answer::accepted(&request) {
            return refusal(StatusCode::BAD_REQUEST, &why, "invalid_request_error");
        }
        if behaviour.asked.len() == MOST_ASKED {
            behaviour.asked.remove(0);
        }
        behaviour.asked.push(request.clone());
        (behaviour.mode, behaviour.values.clone())
    };
    match mode {
        Mode::Slow => std::future::pending().await,
        Mode::Broken => (StatusCode::BAD_GATEWAY, "<html><body>Bad gateway</body></html>").into_response(),
        Mode::Honest
        | Mode::Lies
        | Mode::Denies
        | Mode::InjectsFields
        | Mode::InjectsToolCall
        | Mode::InjectsProse
        | Mode::InjectsValues => Json(answer::completion(mode, &values, &request)).into_response(),
    }
}

fn refusal(status: StatusCode, message: &str, code: &str) -> Response {
    let error = json!({"error": {"message": message, "type": "invalid_request_error", "param": null, "code": code}});
    (status, Json(error)).into_response()
}

#[cfg(test)]
mod tests;
