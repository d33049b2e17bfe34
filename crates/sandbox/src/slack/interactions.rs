//! A member presses a button or submits a modal: Slack tells the app, and does what the app answers.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State as Shared};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::State;
use super::args::{Args, Refusal};
use super::chat::{Content, Extras};
use super::payload::{self, Pressed};
use super::room::Room;
use super::views::checked;
use crate::outgoing::{self, Delivery};
use crate::seed::{SLACK_BOT_USER, SLACK_TEAM};
use crate::signing::slack_signature;
use crate::stamp::SECOND;

/// How long Slack waits for an app's answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// Somebody presses a button.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Click {
    /// The message's `ts`; an ephemeral message's too.
    pub ts: String,
    /// The button.
    pub action_id: String,
    /// Slack member id of whoever presses it.
    pub user: String,
    /// Only the button in this block, where several share an action id.
    pub block_id: Option<String>,
    /// The member's workspace, where another one than the sandbox's.
    pub team: Option<String>,
    /// Sends this value instead of the button's own: a tampered or outdated card.
    pub value: Option<String>,
}

/// Somebody submits a modal.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Submission {
    /// The modal; the user's only open one where empty.
    pub view_id: String,
    /// Slack member id.
    pub user: String,
    /// Inputs by action id or block id: a text, or an option's value.
    pub values: Map<String, Value>,
}

/// What the app answered to an interaction, and what Slack made of it.
#[derive(Clone, Debug, Serialize)]
pub struct Answer {
    /// One entry a delivery.
    pub deliveries: Vec<Delivery>,
    /// What the member is shown where the app did not answer 200 within three seconds.
    pub trouble: Option<String>,
    /// `response_action` of a submission's answer, where it had one.
    pub response_action: Option<String>,
}

impl Answer {
    /// Whether the app answered every delivery with 200 in time.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.trouble.is_none()
    }
}

impl State {
    /// Presses a button: sends a signed `block_actions` interaction and waits for its answer.
    pub(crate) async fn click(&self, click: Click) -> Result<Answer, String> {
        let payload = self.block_actions(&click)?;
        self.send(&payload).await
    }

    fn block_actions(&self, click: &Click) -> Result<Value, String> {
        let now = (self.now)();
        let mut room = self.room();
        let found = room.find(&click.ts).ok_or_else(|| format!("there is no message {}", click.ts))?;
        let (channel_id, ephemeral) = found;
        let trigger = room.new_trigger(&click.user, now);
        let token = room.new_response(&channel_id, &click.ts, &click.user, ephemeral, now);
        let action_ts = room.fresh_ts(now);
        let channel = room.channel(&channel_id).ok_or("the message's channel is gone")?;
        let message = if ephemeral {
            room.ephemerals.iter().find(|entry| entry.message.ts == click.ts).map(|entry| &entry.message)
        } else {
            channel.messages.get(&click.ts)
        };
        let message = message.ok_or("the message is gone")?;
        let (block_id, mut button) = find_button(&message.blocks, click)
            .ok_or_else(|| format!("message {} has no button {}", click.ts, click.action_id))?;
        if let Some(value) = &click.value {
            button["value"] = json!(value);
        }
        let pressed = Pressed {
            channel,
            message,
            ephemeral,
            block_id: &block_id,
            button: &button,
            response_url: format!("{}/response/{token}", self.base_url),
            action_ts,
        };
        let team = click.team.as_deref().or_else(|| room.member(&click.user).map(|member| member.team.as_str()));
        let envelope = payload::envelope(&room, "block_actions", &click.user, team.unwrap_or(SLACK_TEAM), &trigger);
        Ok(payload::block_actions(envelope, &pressed))
    }

    /// Submits a modal: sends a signed `view_submission` and does what the app answers.
    pub(crate) async fn submit(&self, submission: Submission) -> Result<Answer, String> {
        let (view_id, payload) = {
            let now = (self.now)();
            let mut room = self.room();
            let trigger = room.new_trigger(&submission.user, now);
            let modal = room.modal_of(&submission)?;
            let values = payload::values(modal, &submission.values)?;
            let envelope = payload::envelope(&room, "view_submission", &submission.user, SLACK_TEAM, &trigger);
            (modal.id.clone(), payload::view(envelope, modal, &values))
        };
        let mut answer = self.send(&payload).await?;
        if answer.is_ok()
            && let Some(first) = answer.deliveries.first()
        {
            answer.response_action = self.conclude(&view_id, &first.answer).map_err(|problem| {
                format!("the app answered the submission with something Slack refuses: {problem}")
            })?;
        }
        Ok(answer)
    }

    /// Does what the app answered to a submission: without an action the modal closes.
    fn conclude(&self, view_id: &str, answer: &Value) -> Result<Option<String>, String> {
        let action = answer["response_action"].as_str().map(str::to_owned);
        let now = (self.now)();
        let mut room = self.room();
        match action.as_deref() {
            None => {
                room.modals.remove(view_id);
            }
            Some("clear") => room.modals.clear(),
            Some("errors") => {
                if let Some(modal) = room.modals.get_mut(view_id) {
                    modal.errors = answer["errors"].clone();
                }
            }
            Some("update" | "push") => {
                let view = checked(answer["view"].clone()).map_err(|refusal| format!("{refusal:?}"))?;
                room.show(view_id, view, now).map_err(|refusal| format!("{refusal:?}"))?;
            }
            Some(other) => return Err(format!("unknown response_action {other}")),
        }
        Ok(action)
    }

    /// Closes a modal without submitting it; the app is told where the view asks for that.
    pub(crate) async fn close(&self, submission: Submission) -> Result<Answer, String> {
        let payload = {
            let now = (self.now)();
            let mut room = self.room();
            let trigger = room.new_trigger(&submission.user, now);
            let modal = room.modal_of(&submission)?.clone();
            room.modals.remove(&modal.id);
            let envelope = payload::envelope(&room, "view_closed", &submission.user, SLACK_TEAM, &trigger);
            let wanted = modal.view["notify_on_close"] == true;
            wanted.then(|| payload::view(envelope, &modal, &json!({})))
        };
        match payload {
            Some(payload) => self.send(&payload).await,
            None => Ok(Answer { deliveries: Vec::new(), trouble: None, response_action: None }),
        }
    }

    /// Signs and sends one payload, twice where so configured.
    async fn send(&self, payload: &Value) -> Result<Answer, String> {
        let interactivity = self.interactivity();
        let url = interactivity.url.ok_or("no interactivity URL is set: POST /_control/slack/interactivity")?;
        let body =
            serde_urlencoded::to_string([("payload", payload.to_string())]).map_err(|error| error.to_string())?;
        let timestamp = (self.now)().div_euclid(SECOND).to_string();
        let signature = slack_signature(&self.signing_secret, &timestamp, body.as_bytes());
        let mut deliveries = Vec::new();
        for _ in 0..if interactivity.twice { 2 } else { 1 } {
            let request = self.http.post(&url).timeout(PATIENCE);
            let request = request.header("content-type", "application/x-www-form-urlencoded");
            let request = request.header("x-slack-request-timestamp", &timestamp);
            let request =
                request.header("x-slack-signature", &signature).header("user-agent", "Slackbot 1.0 (sandbox)");
            deliveries.push(outgoing::send(request.body(body.clone())).await);
        }
        let failed = deliveries.iter().find(|delivery| delivery.status != 200);
        let trouble = failed.map(|delivery| match delivery.status {
            0 => "We had some trouble connecting: the app did not answer within 3 seconds.".to_owned(),
            status => format!("We had some trouble connecting: the app answered with status {status}."),
        });
        Ok(Answer { deliveries, trouble, response_action: None })
    }
}

impl Room {
    /// The channel of a message, and whether the message is an ephemeral one.
    fn find(&self, ts: &str) -> Option<(String, bool)> {
        let posted = self.channels.iter().find(|channel| channel.messages.contains_key(ts));
        let posted = posted.map(|channel| (channel.id.clone(), false));
        posted.or_else(|| {
            let whisper = self.ephemerals.iter().find(|ephemeral| ephemeral.message.ts == ts);
            whisper.map(|ephemeral| (ephemeral.channel.clone(), true))
        })
    }

    fn modal_of(&self, submission: &Submission) -> Result<&super::room::Modal, String> {
        let mut own = self.modals.values().filter(|modal| modal.user == submission.user);
        let modal = if submission.view_id.is_empty() {
            own.next_back()
        } else {
            own.find(|modal| modal.id == submission.view_id)
        };
        modal.ok_or_else(|| format!("{} has no such modal open", submission.user))
    }
}

/// The button with this action id, and its block's id.
fn find_button(blocks: &[Value], click: &Click) -> Option<(Value, Value)> {
    let wanted = |element: &&Value| element["type"] == "button" && element["action_id"] == click.action_id.as_str();
    blocks.iter().filter(|block| click.block_id.as_ref().is_none_or(|id| block["block_id"] == id.as_str())).find_map(
        |block| {
            let elements = block["elements"].as_array().map_or(&[][..], Vec::as_slice);
            let button = elements.iter().chain(block.get("accessory")).find(wanted)?;
            Some((block["block_id"].clone(), button.clone()))
        },
    )
}

/// `POST` to a response URL: edits, deletes or answers the message from which it came.
pub(super) async fn respond(
    Shared(state): Shared<Arc<State>>,
    Path(token): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    match answer_by_url(&state, &token, &headers, &body) {
        Ok(()) => Json(json!({"ok": true})).into_response(),
        Err(refusal) => {
            let mut response = refusal.into_response();
            *response.status_mut() = StatusCode::NOT_FOUND;
            response
        }
    }
}

fn answer_by_url(state: &State, token: &str, headers: &HeaderMap, body: &[u8]) -> Result<(), Refusal> {
    let args = Args::read("", headers, body, true)?;
    let now = (state.now)();
    let mut room = state.room();
    let origin = room.use_response(token, now)?;
    if args.flag("delete_original") {
        room.ephemerals.retain(|ephemeral| ephemeral.message.ts != origin.ts);
        if let Some(channel) = room.channel_mut(&origin.channel) {
            channel.messages.remove(&origin.ts);
        }
        return Ok(());
    }
    let blocks = args.structure("blocks", "invalid_blocks_format")?;
    let content = Content::checked(args.text("text").unwrap_or_default(), blocks)?;
    let thread = args.text("thread_ts").map(str::to_owned);
    if args.flag("replace_original") {
        if origin.ephemeral {
            room.ephemerals.retain(|ephemeral| ephemeral.message.ts != origin.ts);
            room.whisper(&origin.channel, &origin.user, content, thread, now);
            return Ok(());
        }
        return room.edit(&origin.channel, &origin.ts, content, None, now).map(drop);
    }
    if args.text("response_type") == Some("in_channel") {
        let extras = Extras { thread_ts: thread, ..Extras::default() };
        return room.post(&origin.channel, SLACK_BOT_USER, content, extras, now).map(drop);
    }
    room.whisper(&origin.channel, &origin.user, content, thread, now);
    Ok(())
}
