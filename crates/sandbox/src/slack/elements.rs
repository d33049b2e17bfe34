//! Block elements and composition objects: buttons, selects, inputs, options, confirmation dialogs.

use serde_json::{Map, Value};

use super::blocks::{Checker, Kind};

/// Checks one element, which must be of one of the `taken` types.
pub(super) fn element(checker: &mut Checker, value: &Value, taken: &[&str], at: &str) {
    let Some(fields) = value.as_object() else {
        checker.say(at, "must be an object");
        return;
    };
    let kind = fields.get("type").and_then(Value::as_str).unwrap_or_default();
    if !taken.contains(&kind) {
        checker.say(&format!("{at}/type"), &format!("unsupported type: {kind}"));
        return;
    }
    if kind != "image" {
        checker.string(fields, "action_id", 1, 255, at);
    }
    match kind {
        "button" => button(checker, fields, at),
        "static_select" => {
            let known = ["type", "action_id", "placeholder", "options", "initial_option", "confirm", "focus_on_load"];
            checker.only(fields, &known, at);
            choices(checker, fields, 100, at);
        }
        "radio_buttons" => {
            checker.only(fields, &["type", "action_id", "options", "initial_option", "confirm", "focus_on_load"], at);
            choices(checker, fields, 10, at);
        }
        "overflow" => {
            checker.only(fields, &["type", "action_id", "options", "confirm"], at);
            choices(checker, fields, 5, at);
        }
        "plain_text_input" => input(checker, fields, at),
        _ => image(checker, fields, at),
    }
}

fn button(checker: &mut Checker, fields: &Map<String, Value>, at: &str) {
    let known = ["type", "action_id", "text", "value", "url", "style", "confirm", "accessibility_label"];
    checker.only(fields, &known, at);
    checker.text(fields.get("text"), Kind::Plain, 75, &format!("{at}/text"));
    checker.string(fields, "value", 0, 2000, at);
    checker.string(fields, "url", 1, 3000, at);
    checker.string(fields, "accessibility_label", 1, 75, at);
    match fields.get("style").map(Value::as_str) {
        None | Some(Some("primary" | "danger")) => {}
        Some(_) => checker.say(&format!("{at}/style"), "style must be primary or danger"),
    }
    confirm(checker, fields, at);
}

fn confirm(checker: &mut Checker, fields: &Map<String, Value>, at: &str) {
    let Some(dialog) = fields.get("confirm") else { return };
    let at = format!("{at}/confirm");
    let Some(dialog) = dialog.as_object() else {
        checker.say(&at, "must be an object");
        return;
    };
    checker.only(dialog, &["title", "text", "confirm", "deny", "style"], &at);
    checker.text(dialog.get("title"), Kind::Plain, 100, &format!("{at}/title"));
    checker.text(dialog.get("text"), Kind::Any, 300, &format!("{at}/text"));
    checker.text(dialog.get("confirm"), Kind::Plain, 30, &format!("{at}/confirm"));
    checker.text(dialog.get("deny"), Kind::Plain, 30, &format!("{at}/deny"));
    match dialog.get("style").map(Value::as_str) {
        None | Some(Some("primary" | "danger")) => {}
        Some(_) => checker.say(&format!("{at}/style"), "style must be primary or danger"),
    }
}

fn choices(checker: &mut Checker, fields: &Map<String, Value>, most: usize, at: &str) {
    if fields.contains_key("placeholder") {
        checker.text(fields.get("placeholder"), Kind::Plain, 150, &format!("{at}/placeholder"));
    }
    let options = fields.get("options").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    checker.count(options, most, &format!("{at}/options"));
    for (n, option) in options.iter().enumerate() {
        let at = format!("{at}/options/{n}");
        let Some(option) = option.as_object() else {
            checker.say(&at, "must be an object");
            continue;
        };
        checker.only(option, &["text", "value", "description", "url"], &at);
        checker.text(option.get("text"), Kind::Any, 75, &format!("{at}/text"));
        checker.string(option, "value", 1, 150, &at);
        if !option.contains_key("value") {
            checker.say(&at, "missing required field: value");
        }
        if option.contains_key("description") {
            checker.text(option.get("description"), Kind::Any, 75, &format!("{at}/description"));
        }
    }
    if let Some(initial) = fields.get("initial_option")
        && !options.contains(initial)
    {
        checker.say(&format!("{at}/initial_option"), "must be one of the options");
    }
    confirm(checker, fields, at);
}

fn input(checker: &mut Checker, fields: &Map<String, Value>, at: &str) {
    let known = [
        "type",
        "action_id",
        "initial_value",
        "multiline",
        "min_length",
        "max_length",
        "placeholder",
        "focus_on_load",
        "dispatch_action_config",
    ];
    checker.only(fields, &known, at);
    if fields.contains_key("placeholder") {
        checker.text(fields.get("placeholder"), Kind::Plain, 150, &format!("{at}/placeholder"));
    }
    for name in ["min_length", "max_length"] {
        if fields.get(name).is_some_and(|value| value.as_u64().is_none_or(|length| length > 3000)) {
            checker.say(&format!("{at}/{name}"), "must be a number up to 3000");
        }
    }
}

/// An image block or element.
pub(super) fn image(checker: &mut Checker, fields: &Map<String, Value>, at: &str) {
    checker.only(fields, &["type", "block_id", "image_url", "alt_text", "title"], at);
    checker.string(fields, "image_url", 1, 3000, at);
    checker.string(fields, "alt_text", 1, 2000, at);
    for name in ["image_url", "alt_text"] {
        if !fields.contains_key(name) {
            checker.say(at, &format!("missing required field: {name}"));
        }
    }
}
