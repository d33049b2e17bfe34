//! Modals: opening with a trigger id, and changing what is open.

use serde_json::{Value, json};

use super::State;
use super::args::{Args, Refusal};
use super::blocks::check_view;
use super::chat::name_blocks;
use super::room::{Modal, Room};

/// Largest view, in bytes of JSON.
const VIEW: usize = 250 * 1024;

fn view(args: &Args) -> Result<Value, Refusal> {
    let view = args.structure("view", "invalid_arguments")?.ok_or("invalid_arguments")?;
    checked(view)
}

/// Holds a view against Slack's rules.
pub(super) fn checked(view: Value) -> Result<Value, Refusal> {
    if view.to_string().len() > VIEW {
        return Err("view_too_large".into());
    }
    let problems = check_view(&view);
    if problems.is_empty() { Ok(view) } else { Err(Refusal::with("invalid_arguments", problems)) }
}

pub(super) fn open(state: &State, args: &Args) -> Result<Value, Refusal> {
    let view = view(args)?;
    let trigger = args.text("trigger_id").ok_or("invalid_arguments")?;
    let now = (state.now)();
    let mut room = state.room();
    if let Some(external) = view["external_id"].as_str().filter(|id| !id.is_empty())
        && room.modals.values().any(|modal| modal.view["external_id"] == external)
    {
        return Err("duplicate_external_id".into());
    }
    let user = room.use_trigger(trigger, now)?;
    let id = format!("V{:010X}", room.fresh());
    let modal = Modal { id: id.clone(), user, view: json!({}), hash: String::new(), errors: Value::Null };
    room.modals.insert(id.clone(), modal);
    room.show(&id, view, now)
}

pub(super) fn update(state: &State, args: &Args) -> Result<Value, Refusal> {
    let view = view(args)?;
    let now = (state.now)();
    let mut room = state.room();
    let modal = match (args.text("view_id"), args.text("external_id")) {
        (Some(id), _) => room.modals.get(id),
        (None, Some(external)) => room.modals.values().find(|modal| modal.view["external_id"] == external),
        (None, None) => return Err("invalid_arguments".into()),
    };
    let modal = modal.ok_or("not_found")?;
    if args.text("hash").is_some_and(|hash| hash != modal.hash) {
        return Err("hash_conflict".into());
    }
    let id = modal.id.clone();
    room.show(&id, view, now)
}

impl Room {
    /// Puts a checked view into an open modal.
    pub(super) fn show(&mut self, id: &str, mut view: Value, now: i64) -> Result<Value, Refusal> {
        if let Some(blocks) = view["blocks"].as_array_mut() {
            name_blocks(self, blocks);
            for block in blocks {
                if block["type"] == "input" && block["element"]["action_id"].is_null() {
                    block["element"]["action_id"] = json!(format!("a{:05x}", self.fresh()));
                }
            }
        }
        let hash = format!("{}.{:08x}", now.div_euclid(1_000_000), self.fresh());
        let modal = self.modals.get_mut(id).ok_or("not_found")?;
        modal.view = view;
        modal.hash = hash;
        modal.errors = Value::Null;
        let mut shown = modal.to_json();
        if let Some(fields) = shown.as_object_mut() {
            fields.retain(|name, _| name != "user" && name != "errors");
        }
        Ok(json!({ "view": shown }))
    }
}
