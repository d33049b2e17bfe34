//! An interaction's payload: <https://docs.slack.dev/reference/interaction-payloads>.

use std::collections::BTreeMap;

use countersign_domain::{
    digest::Digest,
    ids::{ConnectionName, RunId},
    ports::{Answer, Click, Decided, InboundRefusal, Incoming},
    run::DenyReason,
};
use serde::{Deserialize, de::DeserializeOwned};

use super::{malformed, nothing};
use crate::marks::{self, FormNote};

/// What a payload wants, and what is answered to it.
pub(super) struct Understood {
    pub(super) incoming: Incoming,
    pub(super) answer: Answer,
}

impl Understood {
    fn quietly(incoming: Incoming) -> Self {
        Self { incoming, answer: nothing() }
    }
}

#[derive(Deserialize)]
struct Kind {
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct Named {
    id: String,
}

#[derive(Deserialize)]
struct Person {
    id: String,
    #[serde(default)]
    team_id: Option<String>,
}

#[derive(Deserialize)]
struct BlockActions {
    user: Person,
    #[serde(default)]
    team: Option<Named>,
    #[serde(default)]
    channel: Option<Named>,
    #[serde(default)]
    container: Container,
    #[serde(default)]
    trigger_id: Option<String>,
    actions: Vec<Action>,
}

#[derive(Default, Deserialize)]
struct Container {
    #[serde(default)]
    message_ts: Option<String>,
    #[serde(default)]
    channel_id: Option<String>,
}

#[derive(Deserialize)]
struct Action {
    #[serde(rename = "type")]
    kind: String,
    action_id: String,
    #[serde(default)]
    value: Option<String>,
    action_ts: String,
}

#[derive(Deserialize)]
struct ViewSubmission {
    user: Person,
    #[serde(default)]
    team: Option<Named>,
    view: View,
}

#[derive(Deserialize)]
struct View {
    id: String,
    callback_id: String,
    private_metadata: String,
    state: Filled,
}

#[derive(Deserialize)]
struct Filled {
    values: BTreeMap<String, BTreeMap<String, Input>>,
}

#[derive(Deserialize)]
struct Input {
    #[serde(default)]
    value: Option<String>,
    #[serde(default)]
    selected_option: Option<Chosen>,
}

#[derive(Deserialize)]
struct Chosen {
    value: String,
}

/// Reads a payload. Its proof was checked.
pub(super) fn understand(channel: &ConnectionName, payload: &str) -> Result<Understood, InboundRefusal> {
    let Kind { kind } = read(payload)?;
    match kind.as_str() {
        "block_actions" => pressed(channel, read(payload)?),
        "view_submission" => submitted(channel, read(payload)?),
        _ => Ok(Understood::quietly(Incoming::Nothing)),
    }
}

fn pressed(channel: &ConnectionName, payload: BlockActions) -> Result<Understood, InboundRefusal> {
    let [action] = payload.actions.as_slice() else {
        return Err(malformed(format!("it has {} actions where there can be one", payload.actions.len())));
    };
    if ![marks::APPROVE, marks::DENY, marks::PROBE].contains(&action.action_id.as_str()) {
        return Ok(Understood::quietly(Incoming::Nothing));
    }
    if action.kind != "button" {
        return Err(malformed("its action is no button"));
    }
    if action.action_id == marks::PROBE {
        return probed(action, payload.user);
    }
    let (run, plan_version, plan_digest) = carried(action)?;
    let room = payload.channel.map(|channel| channel.id).or(payload.container.channel_id);
    let room = room.filter(|room| marks::is_room(room)).ok_or_else(|| malformed("it names no channel"))?;
    let workspace = workspace(payload.team, &payload.user)?;
    let user = user(payload.user)?;
    if action.action_id == marks::DENY {
        let trigger = payload.trigger_id.filter(|trigger| !trigger.is_empty());
        let trigger = trigger.ok_or_else(|| malformed("it has no trigger_id, so no form can be opened"))?;
        let trigger = marks::pack_trigger(&room, &trigger);
        let wanted = Incoming::ReasonWanted { trigger, run, plan_version, plan_digest, room, user };
        return Ok(Understood::quietly(wanted));
    }
    let message = payload.container.message_ts.filter(|message| is_stamp(message));
    let message = message.ok_or_else(|| malformed("it names no message"))?;
    if !is_stamp(&action.action_ts) {
        return Err(malformed("its action has no time"));
    }
    // A redelivery repeats all four; a second press has a time of its own.
    let dedupe = format!("click:{room}:{message}:{user}:{}", action.action_ts);
    Ok(Understood::quietly(Incoming::Decision(Click {
        dedupe,
        channel: channel.clone(),
        workspace,
        user,
        room,
        run,
        plan_version,
        plan_digest,
        decided: Decided::Approve,
    })))
}

/// The button of a probe's card: it carries no run, and decides nothing.
fn probed(action: &Action, who: Person) -> Result<Understood, InboundRefusal> {
    let probe = action.value.clone().filter(|value| marks::is_probe(value));
    let probe = probe.ok_or_else(|| malformed("its button does not carry a probe"))?;
    Ok(Understood::quietly(Incoming::Probe { probe, user: user(who)? }))
}

fn carried(action: &Action) -> Result<(RunId, u32, Option<Digest>), InboundRefusal> {
    let value = action.value.as_deref().and_then(marks::read_button_value);
    value.ok_or_else(|| malformed("its button does not carry a run and a plan version"))
}

fn submitted(channel: &ConnectionName, payload: ViewSubmission) -> Result<Understood, InboundRefusal> {
    let view = payload.view;
    if view.callback_id != marks::REASON_FORM {
        return Err(malformed("it is the submission of a form that is not ours"));
    }
    let note: FormNote = serde_json::from_str(&view.private_metadata)
        .map_err(|_| malformed("its form does not carry a run, a plan version and a channel"))?;
    if !marks::is_room(&note.room) {
        return Err(malformed("its form names no channel"));
    }
    if view.id.is_empty() || view.id.len() > 64 {
        return Err(malformed("its form has no id"));
    }
    let decided = Decided::Deny { reason: reason(&view.state)?, words: words(&view.state) };
    let workspace = workspace(payload.team, &payload.user)?;
    let click = Click {
        dedupe: format!("view:{}", view.id),
        channel: channel.clone(),
        workspace,
        user: user(payload.user)?,
        room: note.room,
        run: note.run,
        plan_version: note.plan_version,
        plan_digest: note.plan_digest,
        decided,
    };
    let answer = Answer { content_type: "application/json", body: br#"{"response_action":"clear"}"#.to_vec() };
    Ok(Understood { incoming: Incoming::Decision(click), answer })
}

fn input<'a>(filled: &'a Filled, name: &str) -> Option<&'a Input> {
    filled.values.get(name)?.get(name)
}

fn reason(filled: &Filled) -> Result<DenyReason, InboundRefusal> {
    let chosen = input(filled, marks::REASON).and_then(|input| input.selected_option.as_ref());
    let chosen = chosen.ok_or_else(|| malformed("its form has no reason"))?;
    DenyReason::from_name(&chosen.value).ok_or_else(|| malformed("its form has a reason that is not on the list"))
}

/// At most 500 characters, without control characters; nothing where nothing is left.
fn words(filled: &Filled) -> Option<String> {
    let given = input(filled, marks::WORDS).and_then(|input| input.value.as_deref())?;
    let seen: String = given.chars().filter(|letter| *letter == '\n' || !letter.is_control()).collect();
    let kept: String = seen.trim().chars().take(usize::from(marks::WORDS_LIMIT)).collect();
    Some(kept).filter(|words| !words.is_empty())
}

/// The workspace of whoever acted: their own, or, where Slack does not say it, the one they acted in.
fn workspace(team: Option<Named>, user: &Person) -> Result<String, InboundRefusal> {
    let named = user.team_id.clone().or(team.map(|team| team.id));
    named.filter(|id| marks::is_workspace(id)).ok_or_else(|| malformed("it names no workspace"))
}

fn user(user: Person) -> Result<String, InboundRefusal> {
    if marks::is_user(&user.id) { Ok(user.id) } else { Err(malformed("it names no user")) }
}

/// A time as Slack writes it: `1548261231.000200`.
fn is_stamp(text: &str) -> bool {
    (1..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

fn read<T: DeserializeOwned>(payload: &str) -> Result<T, InboundRefusal> {
    serde_json::from_str(payload).map_err(|error| shape("the payload", &error))
}

/// Says where JSON does not fit, without repeating what stands there.
pub(super) fn shape(what: &str, error: &serde_json::Error) -> InboundRefusal {
    let fault = if error.is_data() { "does not have the shape Slack documents" } else { "is not JSON" };
    malformed(format!("{what} {fault} (line {}, column {})", error.line(), error.column()))
}
