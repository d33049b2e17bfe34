//! Recognising notes: our own by the run they carry, and those in which another system has decided the ticket.

use countersign_domain::ids::RunId;

use super::html;
use crate::client::Conversation;

/// What another approval system writes at the head of its decision.
const DECIDED_ELSEWHERE: &str = "[AscendCore] Runbook decision:";
/// What stands before a run's id in our own notes.
const RUN_LABEL: &str = "Run: ";
/// A run's id: `run_` and 26 characters.
const RUN_ID_LENGTH: usize = 30;

/// Whether this is a private note with exactly this marker (`Run: run_...`, see [`countersign_domain::note::marker`]).
pub(super) fn carries(conversation: &Conversation, marker: &str) -> bool {
    is_private_note(conversation) && words(conversation).contains(marker)
}

/// Whether this is a private note in which another approval system has decided. Our own notes may look alike where the
/// note's prefix is configured so; they carry a run's id.
pub(super) fn decides_elsewhere(conversation: &Conversation) -> bool {
    if !is_private_note(conversation) {
        return false;
    }
    let words = words(conversation);
    words.contains(DECIDED_ELSEWHERE) && !has_run(&words)
}

fn is_private_note(conversation: &Conversation) -> bool {
    conversation.private == Some(true) && conversation.incoming != Some(true)
}

/// Both forms of the words: the vendor's plain text may run lines together, and either may be null.
fn words(conversation: &Conversation) -> String {
    let shown = html::to_text(conversation.body.as_deref().unwrap_or_default()).text;
    let plain = conversation.body_text.as_deref().unwrap_or_default();
    format!("{shown}\n{plain}").replace('\u{a0}', " ")
}

fn has_run(text: &str) -> bool {
    text.match_indices(RUN_LABEL).any(|(at, label)| {
        let from = at + label.len();
        text.get(from..from + RUN_ID_LENGTH).is_some_and(|id| id.parse::<RunId>().is_ok())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARKER: &str = "Run: run_01k00000000000000000000000";

    fn note(text: &str) -> Conversation {
        Conversation { body_text: Some(text.to_owned()), private: Some(true), ..Conversation::default() }
    }

    #[test]
    fn private_note_with_the_marker_is_ours() {
        assert!(carries(&note(&format!("[Countersign] Runbook decision: APPROVED\n{MARKER}")), MARKER));
        assert!(carries(&note(&format!("Step 1: factors reset{MARKER}.")), MARKER), "lines run together");
        assert!(carries(&note(&MARKER.replace(' ', "\u{a0}")), MARKER));
    }

    #[test]
    fn marker_is_found_in_html_where_there_is_no_plain_text() {
        let html = Conversation { body_text: Some(" ".to_owned()), body: Some(format!("a<br>{MARKER}")), ..note("") };
        assert!(carries(&html, MARKER));
        assert!(!carries(&Conversation { body_text: None, body: None, ..note("") }, MARKER));
    }

    #[test]
    fn public_incoming_and_other_runs_notes_are_not_ours() {
        let public = Conversation { private: Some(false), ..note(MARKER) };
        let unsaid = Conversation { private: None, ..note(MARKER) };
        let incoming = Conversation { incoming: Some(true), ..note(MARKER) };
        let other = note("Run: run_01k00000000000000000000001");
        let cut = note(&MARKER[..MARKER.len() - 1]);
        for conversation in [public, unsaid, incoming, other, cut] {
            assert!(!carries(&conversation, MARKER));
        }
    }

    #[test]
    fn private_decision_note_of_another_system_counts() {
        assert!(decides_elsewhere(&note("[AscendCore] Runbook decision: APPROVED\nRunbook: MFA Reset")));
        assert!(!decides_elsewhere(&note("[Countersign] Runbook decision: APPROVED")));
    }

    #[test]
    fn requesters_words_and_our_own_note_do_not_count_as_decided_elsewhere() {
        let text = "[AscendCore] Runbook decision: DENIED";
        let public = Conversation { private: Some(false), ..note(text) };
        let incoming = Conversation { incoming: Some(true), ..note(text) };
        let ours = note(&format!("{text}\n{MARKER}"));
        for conversation in [public, incoming, ours] {
            assert!(!decides_elsewhere(&conversation));
        }
        assert!(decides_elsewhere(&note(&format!("{text}\nRun: run_short"))));
    }
}
