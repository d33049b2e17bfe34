//! The form that asks why something is denied.

use countersign_domain::{digest::Digest, ids::RunId, run::DenyReason};

use crate::{
    blocks::{BUTTON_TEXT, Block, Choice, Cut, InputElement, PlainText, View},
    marks::{self, FormNote},
};

/// The form for a denial of this plan; `room` is where its card stands.
pub fn reason_form(run: &RunId, plan_version: u32, plan_digest: Option<Digest>, room: &str) -> View {
    let note = FormNote { run: *run, plan_version, plan_digest, room: room.to_owned() };
    View {
        callback_id: marks::REASON_FORM.to_owned(),
        private_metadata: serde_json::json!(note).to_string(),
        title: PlainText::own("Deny this request"),
        submit: PlainText::own("Deny"),
        close: PlainText::own("Go back"),
        blocks: vec![
            Block::Input {
                block_id: marks::REASON.to_owned(),
                label: PlainText::own("Why"),
                element: InputElement::StaticSelect {
                    action_id: marks::REASON.to_owned(),
                    placeholder: PlainText::own("Choose a reason"),
                    options: DenyReason::ALL.into_iter().map(choice).collect(),
                },
                optional: false,
            },
            Block::Input {
                block_id: marks::WORDS.to_owned(),
                label: PlainText::own("In your words (kept in the record and written to the ticket)"),
                element: InputElement::PlainTextInput {
                    action_id: marks::WORDS.to_owned(),
                    multiline: true,
                    max_length: marks::WORDS_LIMIT,
                },
                optional: true,
            },
        ],
    }
}

fn choice(reason: DenyReason) -> Choice {
    let mut letters = reason.words().chars();
    let words: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
    Choice { text: PlainText::new(&words, BUTTON_TEXT, &mut Cut::default()), value: reason.name().to_owned() }
}
