//! The payloads of interactions, in the shapes Slack sends.

use serde_json::{Map, Value, json};

use super::room::{APP_ID, Channel, Message, Modal, Room};
use crate::seed::SLACK_TEAM;

/// The verification token Slack still sends and nobody should trust.
const LEGACY_TOKEN: &str = "sandbox-legacy-token";

/// A button pressed in a message.
pub(super) struct Pressed<'a> {
    pub(super) channel: &'a Channel,
    pub(super) message: &'a Message,
    pub(super) ephemeral: bool,
    pub(super) block_id: &'a Value,
    pub(super) button: &'a Value,
    pub(super) response_url: String,
    pub(super) action_ts: String,
}

/// What every interaction carries: the workspace, the app, who did it.
pub(super) fn envelope(room: &Room, kind: &str, user: &str, team: &str, trigger: &str) -> Value {
    let name = room.member(user).map_or_else(|| user.to_ascii_lowercase(), |member| member.name.clone());
    let handle = name.to_ascii_lowercase().replace(' ', ".");
    json!({
        "type": kind,
        "token": LEGACY_TOKEN,
        "api_app_id": APP_ID,
        "team": {"id": team, "domain": if team == SLACK_TEAM { "acme-sandbox" } else { "elsewhere" }},
        "user": {"id": user, "username": handle, "name": handle, "team_id": team},
        "enterprise": null,
        "is_enterprise_install": false,
        "trigger_id": trigger,
    })
}

/// Completes the envelope of a `block_actions` interaction.
pub(super) fn block_actions(mut payload: Value, pressed: &Pressed<'_>) -> Value {
    let mut container = json!({
        "type": "message",
        "message_ts": pressed.message.ts,
        "channel_id": pressed.channel.id,
        "is_ephemeral": pressed.ephemeral,
    });
    if let Some(thread) = &pressed.message.thread_ts {
        container["thread_ts"] = json!(thread);
    }
    payload["container"] = container;
    payload["channel"] = json!({"id": pressed.channel.id, "name": pressed.channel.name});
    if !pressed.ephemeral {
        // What the app sees of its message in an interaction does not include the metadata.
        payload["message"] = pressed.message.to_json(&["metadata"]);
    }
    payload["state"] = json!({"values": {}});
    payload["response_url"] = json!(pressed.response_url);
    let mut action = json!({
        "type": "button",
        "action_id": pressed.button["action_id"],
        "block_id": pressed.block_id,
        "text": pressed.button["text"],
        "action_ts": pressed.action_ts,
    });
    for name in ["value", "style"] {
        if let Some(value) = pressed.button.get(name) {
            action[name] = value.clone();
        }
    }
    payload["actions"] = json!([action]);
    payload
}

/// Completes the envelope of a `view_submission` or `view_closed` interaction.
pub(super) fn view(mut payload: Value, modal: &Modal, values: &Value) -> Value {
    let mut shown = modal.to_json();
    if let Some(fields) = shown.as_object_mut() {
        fields.retain(|name, _| name != "user" && name != "errors");
    }
    shown["state"] = json!({ "values": values });
    payload["view"] = shown;
    payload["response_urls"] = json!([]);
    payload
}

/// What a member typed and chose, as `state.values`. `given` names each input by its action id or block id (a text,
/// or an option's value), or nests them as `{block: {action: value}}`.
///
/// # Errors
/// What Slack's own window would not let pass: a required input left empty, a text too long, an unknown option.
pub(super) fn values(modal: &Modal, given: &Map<String, Value>) -> Result<Value, String> {
    let mut values = Map::new();
    for block in modal.view["blocks"].as_array().map_or(&[][..], Vec::as_slice) {
        if block["type"] != "input" {
            continue;
        }
        let element = &block["element"];
        let (Some(block_id), Some(action_id)) = (block["block_id"].as_str(), element["action_id"].as_str()) else {
            continue;
        };
        let nested = given.get(block_id).filter(|value| value.is_object()).and_then(|value| value.get(action_id));
        let flat = || given.get(action_id).or_else(|| given.get(block_id)).filter(|value| value.is_string());
        let text = nested.or_else(flat).and_then(Value::as_str).filter(|text| !text.is_empty());
        if text.is_none() && block["optional"] != true {
            return Err(format!("{block_id}: please complete this required field"));
        }
        let state = if element["type"] == "plain_text_input" { typed(element, text) } else { chosen(element, text) };
        let state = state.map_err(|problem| format!("{block_id}: {problem}"))?;
        values.insert(block_id.to_owned(), json!({ action_id: state }));
    }
    Ok(Value::Object(values))
}

fn typed(element: &Value, text: Option<&str>) -> Result<Value, String> {
    let length = text.map_or(0, |text| text.chars().count()) as u64;
    let most = element["max_length"].as_u64().unwrap_or(3000);
    if length > most {
        return Err(format!("at most {most} characters"));
    }
    if text.is_some() && element["min_length"].as_u64().is_some_and(|least| length < least) {
        return Err("too short".to_owned());
    }
    Ok(json!({"type": "plain_text_input", "value": text}))
}

fn chosen(element: &Value, value: Option<&str>) -> Result<Value, String> {
    let option = match value {
        None => Value::Null,
        Some(value) => {
            let options = element["options"].as_array().map_or(&[][..], Vec::as_slice);
            let option = options.iter().find(|option| option["value"] == value);
            option.cloned().ok_or_else(|| format!("{value:?} is no option"))?
        }
    };
    Ok(json!({"type": element["type"], "selected_option": option}))
}
