//! What is written into messages and forms to be understood when it comes back.

use countersign_domain::{digest::Digest, ids::RunId};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::client::{Message, Metadata};

/// The button that approves.
pub(crate) const APPROVE: &str = "countersign.approve";
/// The button that opens the form for a denial.
pub(crate) const DENY: &str = "countersign.deny";
/// The button of a probe's card.
pub(crate) const PROBE: &str = "countersign.probe";
/// The form for a denial.
pub(crate) const REASON_FORM: &str = "countersign.reason";
/// The form's list of reasons: block and input.
pub(crate) const REASON: &str = "reason";
/// The form's free words: block and input.
pub(crate) const WORDS: &str = "words";
/// Most characters of the free words.
pub(crate) const WORDS_LIMIT: u16 = 500;

const CARD_EVENT: &str = "countersign_card";
const THREAD_EVENT: &str = "countersign_thread";
const PROBE_EVENT: &str = "countersign_probe";

/// Most characters of what a probe's button carries.
const PROBE_LIMIT: usize = 200;

/// What a button carries: the run, the plan version and the plan's digest, nothing else.
pub(crate) fn button_value(run: &RunId, plan_version: u32, plan_digest: &Digest) -> String {
    format!("{run}:{plan_version}:{plan_digest}")
}

/// Reads what a button carries. The button of a card that an earlier version of this program posted has no digest.
pub(crate) fn read_button_value(value: &str) -> Option<(RunId, u32, Option<Digest>)> {
    let (run, rest) = value.split_once(':')?;
    let (version, digest) = match rest.split_once(':') {
        Some((version, digest)) => (version, Some(digest.parse().ok()?)),
        None => (rest, None),
    };
    if version.is_empty() || version.len() > 10 || !version.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some((run.parse().ok()?, version.parse().ok()?, digest))
}

/// Whether a probe's button can carry this: printable ASCII of a moderate length.
pub(crate) fn is_probe(value: &str) -> bool {
    (1..=PROBE_LIMIT).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_graphic())
}

/// What the form for a denial carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FormNote {
    pub(crate) run: RunId,
    pub(crate) plan_version: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) plan_digest: Option<Digest>,
    pub(crate) room: String,
}

/// A trigger together with the room it was caused in, so that the form can carry the room: the port hands triggers
/// through without looking into them.
pub(crate) fn pack_trigger(room: &str, trigger: &str) -> String {
    format!("{room}:{trigger}")
}

/// The room, where the trigger has one, and Slack's own trigger id.
pub(crate) fn unpack_trigger(trigger: &str) -> (Option<&str>, &str) {
    match trigger.split_once(':') {
        Some((room, trigger)) => (Some(room), trigger),
        None => (None, trigger),
    }
}

/// Marks a run's card.
pub(crate) fn card_mark(run: &RunId) -> Metadata {
    Metadata { event_type: CARD_EVENT.to_owned(), event_payload: json!({ "run": run }) }
}

/// Marks something said in a card's thread.
pub(crate) fn thread_mark(topic: &str) -> Metadata {
    Metadata { event_type: THREAD_EVENT.to_owned(), event_payload: json!({ "topic": topic }) }
}

/// Marks a probe's card.
pub(crate) fn probe_mark(probe: &str) -> Metadata {
    Metadata { event_type: PROBE_EVENT.to_owned(), event_payload: json!({ "probe": probe }) }
}

/// Whether a message carries this mark.
pub(crate) fn carries(message: &Message, mark: &Metadata) -> bool {
    message.metadata.as_ref() == Some(mark)
}

/// A channel's id.
pub(crate) fn is_room(id: &str) -> bool {
    is_id(id, "CDG")
}

/// A user's id.
pub(crate) fn is_user(id: &str) -> bool {
    is_id(id, "UW")
}

/// A workspace's or an organisation's id.
pub(crate) fn is_workspace(id: &str) -> bool {
    is_id(id, "TE")
}

fn is_id(id: &str, first: &str) -> bool {
    (2..=32).contains(&id.len())
        && id.starts_with(|letter| first.contains(letter))
        && id.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: &str = "run_01k0000000000000000000000a";

    #[test]
    fn a_button_value_reads_back() {
        let run: RunId = RUN.parse().unwrap();
        let digest = Digest::of(b"the plan");
        let value = button_value(&run, 3, &digest);
        assert_eq!(value, format!("{RUN}:3:{digest}"));
        assert_eq!(value.len(), 30 + ":3:".len() + 64);
        assert_eq!(read_button_value(&value), Some((run, 3, Some(digest))));
        assert!(button_value(&run, u32::MAX, &digest).len() <= 2000, "Slack's limit for a button's value");
    }

    #[test]
    fn a_button_of_an_earlier_version_has_no_digest() {
        assert_eq!(read_button_value(&format!("{RUN}:3")), Some((RUN.parse().unwrap(), 3, None)));
    }

    #[test]
    fn other_button_values_are_refused() {
        for bad in ["", ":", "3", RUN, &format!("{RUN}:"), &format!("{RUN}:-1"), &format!("{RUN}:+1")] {
            assert_eq!(read_button_value(bad), None, "{bad}");
        }
        for bad in ["4294967296", "99999999999", "1:2", " 1"] {
            assert_eq!(read_button_value(&format!("{RUN}:{bad}")), None, "{bad}");
        }
        let digest = Digest::of(b"the plan").to_string();
        for bad in [
            String::new(),
            digest[1..].to_owned(),
            format!("{digest}0"),
            format!("{digest}:"),
            format!("{digest}:{digest}"),
            format!(" {}", &digest[1..]),
            digest.to_uppercase(),
            "g".repeat(64),
            "ü".repeat(32),
        ] {
            assert_eq!(read_button_value(&format!("{RUN}:3:{bad}")), None, "{bad}");
        }
        assert_eq!(read_button_value(&format!("{RUN}::{digest}")), None);
        assert_eq!(read_button_value(&format!("{RUN}:{digest}")), None);
    }

    #[test]
    fn a_probe_is_short_and_printable() {
        assert!(is_probe("probe_01k0000000000000000000000a") && is_probe(&"x".repeat(200)));
        for bad in ["", " ", "a b", "a\n", "ä", &"x".repeat(201)] {
            assert!(!is_probe(bad), "{bad}");
        }
    }

    #[test]
    fn a_trigger_keeps_its_room() {
        assert_eq!(unpack_trigger(&pack_trigger("C1", "1.2.x")), (Some("C1"), "1.2.x"));
        assert_eq!(unpack_trigger("1.2.x"), (None, "1.2.x"));
    }

    #[test]
    fn ids_of_another_kind_are_no_rooms() {
        assert!(is_room("C0123ADMIN") && is_room("G1") && !is_room("U1") && !is_room("general") && !is_room("C"));
    }
}
