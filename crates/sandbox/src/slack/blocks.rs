//! Block Kit as Slack checks it: known types, known properties, lengths, counts and unique ids.
//!
//! Each fault becomes one line `[ERROR] what [json-pointer:/where]`, as Slack lists them in
//! `response_metadata.messages`. Lengths are counted in characters. Absent: video, file, rich text and markdown
//! blocks, which the fake refuses as unsupported.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::elements;

/// Most blocks in a message.
const MESSAGE_BLOCKS: usize = 50;
/// Most blocks in a modal.
const VIEW_BLOCKS: usize = 100;

/// Collects what is wrong.
#[derive(Debug, Default)]
pub(super) struct Checker {
    pub(super) problems: Vec<String>,
}

/// Which kinds of text object are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `plain_text` only.
    Plain,
    /// `plain_text` or `mrkdwn`.
    Any,
}

/// The faults of a message's blocks.
pub(super) fn check_message(blocks: &[Value]) -> Vec<String> {
    let mut checker = Checker::default();
    checker.blocks(blocks, MESSAGE_BLOCKS, "/blocks");
    checker.problems
}

/// The faults of a modal.
pub(super) fn check_view(view: &Value) -> Vec<String> {
    let mut checker = Checker::default();
    let Some(fields) = view.as_object() else {
        return vec!["[ERROR] must be an object [json-pointer:/view]".to_owned()];
    };
    let known = [
        "type",
        "title",
        "blocks",
        "close",
        "submit",
        "callback_id",
        "private_metadata",
        "clear_on_close",
        "notify_on_close",
        "external_id",
        "submit_disabled",
    ];
    checker.only(fields, &known, "/view");
    if fields.get("type").and_then(Value::as_str) != Some("modal") {
        checker.say("/view/type", "must be modal");
    }
    checker.text(fields.get("title"), Kind::Plain, 24, "/view/title");
    for name in ["submit", "close"] {
        if fields.contains_key(name) {
            checker.text(fields.get(name), Kind::Plain, 24, &format!("/view/{name}"));
        }
    }
    for (name, most) in [("callback_id", 255), ("private_metadata", 3000), ("external_id", 255)] {
        checker.string(fields, name, 0, most, "/view");
    }
    match fields.get("blocks").and_then(Value::as_array) {
        None => checker.say("/view/blocks", "missing required field: blocks"),
        Some(blocks) => {
            checker.blocks(blocks, VIEW_BLOCKS, "/view/blocks");
            let asks = blocks.iter().any(|block| block["type"] == "input");
            if asks && !fields.contains_key("submit") {
                checker.say("/view/submit", "a view with input blocks needs a submit button");
            }
        }
    }
    checker.problems
}

impl Checker {
    /// Notes one fault.
    pub(super) fn say(&mut self, at: &str, what: &str) {
        self.problems.push(format!("[ERROR] {what} [json-pointer:{at}]"));
    }

    /// Refuses properties that are not known.
    pub(super) fn only(&mut self, fields: &Map<String, Value>, known: &[&str], at: &str) {
        for name in fields.keys().filter(|name| !known.contains(&name.as_str())) {
            self.say(at, &format!("invalid additional property: {name}"));
        }
    }

    /// An optional string of `least..=most` characters.
    pub(super) fn string(&mut self, fields: &Map<String, Value>, name: &str, least: usize, most: usize, at: &str) {
        let at = format!("{at}/{name}");
        match fields.get(name) {
            None => {}
            Some(Value::String(text)) => self.length(text, least, most, &at),
            Some(_) => self.say(&at, "must be a string"),
        }
    }

    fn length(&mut self, text: &str, least: usize, most: usize, at: &str) {
        let length = text.chars().count();
        if length > most {
            self.say(at, &format!("must be less than {} characters", most + 1));
        }
        if length < least {
            self.say(at, &format!("must be more than {} characters", least.saturating_sub(1)));
        }
    }

    /// A required text object of 1 to `most` characters.
    pub(super) fn text(&mut self, value: Option<&Value>, kind: Kind, most: usize, at: &str) {
        let Some(fields) = value.and_then(Value::as_object) else {
            self.say(at, "missing or invalid text object");
            return;
        };
        self.only(fields, &["type", "text", "emoji", "verbatim"], at);
        match fields.get("type").and_then(Value::as_str) {
            Some("plain_text") => {
                if fields.contains_key("verbatim") {
                    self.say(at, "invalid additional property: verbatim");
                }
            }
            Some("mrkdwn") if kind == Kind::Any => {
                if fields.contains_key("emoji") {
                    self.say(at, "invalid additional property: emoji");
                }
            }
            Some(_) | None => self.say(&format!("{at}/type"), "unsupported type of text object"),
        }
        match fields.get("text") {
            Some(Value::String(text)) => self.length(text, 1, most, &format!("{at}/text")),
            Some(_) | None => self.say(&format!("{at}/text"), "must be a string"),
        }
    }

    fn blocks(&mut self, blocks: &[Value], most: usize, at: &str) {
        if blocks.len() > most {
            self.say(at, &format!("no more than {most} items allowed"));
        }
        let mut ids = HashSet::new();
        for (n, block) in blocks.iter().enumerate() {
            let at = format!("{at}/{n}");
            let Some(fields) = block.as_object() else {
                self.say(&at, "must be an object");
                continue;
            };
            self.string(fields, "block_id", 1, 255, &at);
            if let Some(id) = fields.get("block_id").and_then(Value::as_str)
                && !ids.insert(id)
            {
                self.say(&format!("{at}/block_id"), &format!("`block_id` {id} already exists"));
            }
            self.block(fields, &at);
        }
    }

    fn block(&mut self, fields: &Map<String, Value>, at: &str) {
        match fields.get("type").and_then(Value::as_str) {
            Some("divider") => self.only(fields, &["type", "block_id"], at),
            Some("header") => {
                self.only(fields, &["type", "block_id", "text", "level"], at);
                self.text(fields.get("text"), Kind::Plain, 150, &format!("{at}/text"));
            }
            Some("section") => self.section(fields, at),
            Some("context") => self.context(fields, at),
            Some("actions") => self.actions(fields, at),
            Some("input") => self.input(fields, at),
            Some("image") => elements::image(self, fields, at),
            Some(other) => self.say(&format!("{at}/type"), &format!("unsupported type: {other}")),
            None => self.say(at, "missing required field: type"),
        }
    }

    fn section(&mut self, fields: &Map<String, Value>, at: &str) {
        self.only(fields, &["type", "block_id", "text", "fields", "accessory", "expand"], at);
        let parts = fields.get("fields").and_then(Value::as_array);
        if fields.contains_key("text") || parts.is_none() {
            self.text(fields.get("text"), Kind::Any, 3000, &format!("{at}/text"));
        }
        if let Some(parts) = parts {
            self.count(parts, 10, &format!("{at}/fields"));
            for (n, part) in parts.iter().enumerate() {
                self.text(Some(part), Kind::Any, 2000, &format!("{at}/fields/{n}"));
            }
        }
        if let Some(accessory) = fields.get("accessory") {
            elements::element(
                self,
                accessory,
                &["button", "static_select", "overflow", "image"],
                &format!("{at}/accessory"),
            );
        }
    }

    fn context(&mut self, fields: &Map<String, Value>, at: &str) {
        self.only(fields, &["type", "block_id", "elements"], at);
        let list = fields.get("elements").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        self.count(list, 10, &format!("{at}/elements"));
        for (n, element) in list.iter().enumerate() {
            let at = format!("{at}/elements/{n}");
            match element.as_object() {
                Some(image) if image.get("type").and_then(Value::as_str) == Some("image") => {
                    elements::image(self, image, &at);
                }
                Some(_) | None => self.text(Some(element), Kind::Any, 2000, &at),
            }
        }
    }

    fn actions(&mut self, fields: &Map<String, Value>, at: &str) {
        self.only(fields, &["type", "block_id", "elements"], at);
        let list = fields.get("elements").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        self.count(list, 25, &format!("{at}/elements"));
        let mut ids = HashSet::new();
        for (n, element) in list.iter().enumerate() {
            let at = format!("{at}/elements/{n}");
            elements::element(self, element, &["button", "static_select", "overflow"], &at);
            if let Some(id) = element["action_id"].as_str()
                && !ids.insert(id)
            {
                self.say(&format!("{at}/action_id"), &format!("`action_id` {id} already exists"));
            }
        }
    }

    fn input(&mut self, fields: &Map<String, Value>, at: &str) {
        self.only(fields, &["type", "block_id", "label", "element", "hint", "optional", "dispatch_action"], at);
        self.text(fields.get("label"), Kind::Plain, 2000, &format!("{at}/label"));
        if fields.contains_key("hint") {
            self.text(fields.get("hint"), Kind::Plain, 2000, &format!("{at}/hint"));
        }
        let at = format!("{at}/element");
        match fields.get("element") {
            Some(element) => {
                elements::element(self, element, &["plain_text_input", "static_select", "radio_buttons"], &at);
            }
            None => self.say(&at, "missing required field: element"),
        }
    }

    /// 1 to `most` entries.
    pub(super) fn count(&mut self, list: &[Value], most: usize, at: &str) {
        if list.is_empty() {
            self.say(at, "no fewer than 1 items allowed");
        }
        if list.len() > most {
            self.say(at, &format!("no more than {most} items allowed"));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{check_message, check_view};

    fn section(length: usize) -> Value {
        json!({"type": "section", "text": {"type": "mrkdwn", "text": "ü".repeat(length)}})
    }

    fn button(value: &str, label: &str) -> Value {
        let text = json!({"type": "plain_text", "text": label});
        json!({"type": "actions", "elements": [{"type": "button", "action_id": "a", "text": text, "value": value}]})
    }

    #[test]
    fn lengths_are_counted_in_characters_and_enforced() {
        assert_eq!(check_message(&[section(3000)]), Vec::<String>::new());
        let problems = check_message(&[section(3001)]);
        assert_eq!(problems, ["[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]"]);
        assert!(check_message(&[button(&"v".repeat(2000), "ok")]).is_empty());
        assert_eq!(check_message(&[button(&"v".repeat(2001), "ok")]).len(), 1);
        assert_eq!(check_message(&[button("v", &"l".repeat(76))]).len(), 1);
    }

    #[test]
    fn fifty_blocks_pass_and_one_more_does_not() {
        let divider = || json!({"type": "divider"});
        assert!(check_message(&(0..50).map(|_| divider()).collect::<Vec<_>>()).is_empty());
        assert_eq!(check_message(&(0..51).map(|_| divider()).collect::<Vec<_>>()).len(), 1);
    }

    #[test]
    fn misspelt_types_properties_and_styles_are_named() {
        for (block, word) in [
            (json!({"type": "sektion"}), "sektion"),
            (json!({"type": "divider", "blockid": "x"}), "blockid"),
            (json!({"type": "header", "text": {"type": "mrkdwn", "text": "x"}}), "unsupported type of text"),
            (json!({"type": "section"}), "text object"),
            (json!({"type": "actions", "elements": []}), "fewer"),
            (
                json!({"type": "actions", "elements": [
                    {"type": "button", "style": "green", "text": {"type": "plain_text", "text": "x"}}]}),
                "style",
            ),
        ] {
            let problems = check_message(&[block]);
            assert!(problems.iter().any(|problem| problem.contains(word)), "{word}: {problems:?}");
        }
    }

    #[test]
    fn repeated_ids_are_refused() {
        let block = json!({"type": "divider", "block_id": "same"});
        assert_eq!(check_message(&[block.clone(), block]).len(), 1);
    }

    #[test]
    fn modal_title_over_24_characters_is_refused() {
        let view = |title: &str| json!({"type": "modal", "title": {"type": "plain_text", "text": title}, "blocks": [{"type": "divider"}]});
        assert!(check_view(&view(&"t".repeat(24))).is_empty());
        assert_eq!(check_view(&view(&"t".repeat(25))).len(), 1);
    }

    #[test]
    fn modal_with_input_needs_a_submit_button() {
        let text = json!({"type": "plain_text", "text": "x"});
        let element = json!({"type": "plain_text_input", "action_id": "words"});
        let blocks = json!([{"type": "input", "label": text, "element": element}]);
        let mut view = json!({"type": "modal", "title": text, "blocks": blocks});
        assert_eq!(check_view(&view).len(), 1);
        view["submit"] = text;
        assert!(check_view(&view).is_empty());
    }
}
