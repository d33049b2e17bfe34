//! The part of Block Kit that is used, within Slack's limits: <https://docs.slack.dev/reference/block-kit>.
//!
//! Texts cannot be made longer than their place allows, and never empty. Lengths are counted in UTF-16 units, which is
//! never less than what Slack may count. Absent: every block and element that is not used.

mod text;

pub use text::{Cut, Markup, Mrkdwn, PlainText, Text, clean, escape, one_line};
pub(crate) use text::{units, web_address};

use serde::Serialize;

/// Most blocks in a message.
pub const MESSAGE_BLOCKS: usize = 50;
/// Longest text of a section.
pub const SECTION_TEXT: usize = 3000;
/// Longest field of a section, longest element of a context.
pub const FIELD_TEXT: usize = 2000;
/// Most fields of a section.
pub const FIELDS: usize = 10;
/// Longest header.
pub const HEADER_TEXT: usize = 150;
/// Longest label of a button, of an option, and of what a screen reader reads for a button.
pub const BUTTON_TEXT: usize = 75;
/// Longest value of a button.
pub const BUTTON_VALUE: usize = 2000;
/// Longest title of a confirmation.
pub const CONFIRM_TITLE: usize = 100;
/// Longest text of a confirmation.
pub const CONFIRM_TEXT: usize = 300;
/// Longest label of a confirmation's button.
pub const CONFIRM_BUTTON: usize = 30;
/// Longest title of a modal, longest label of its buttons.
pub const VIEW_TITLE: usize = 24;
/// Longest `private_metadata` of a modal.
pub const VIEW_METADATA: usize = 3000;
/// Longest label of an input.
pub const LABEL_TEXT: usize = 2000;

/// A block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Block {
    /// A large title.
    Header {
        /// At most [`HEADER_TEXT`].
        text: PlainText,
    },
    /// A text, or a small table.
    Section {
        /// At most [`SECTION_TEXT`].
        #[serde(skip_serializing_if = "Option::is_none")]
        text: Option<Text>,
        /// At most [`FIELDS`] of [`FIELD_TEXT`] each.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        fields: Vec<Text>,
        /// Shown whole, without "see more".
        expand: bool,
    },
    /// Small print.
    Context {
        /// At most ten of [`FIELD_TEXT`] each.
        elements: Vec<Text>,
    },
    /// Buttons.
    Actions {
        /// Names the block within its message.
        block_id: String,
        /// At most 25.
        elements: Vec<Button>,
    },
    /// An input of a modal.
    Input {
        /// Names the block within its modal.
        block_id: String,
        /// At most [`LABEL_TEXT`].
        label: PlainText,
        /// The input.
        element: InputElement,
        /// Whether it may stay empty.
        optional: bool,
    },
}

impl Block {
    /// A header.
    pub fn header(text: &str, cut: &mut Cut) -> Self {
        Self::Header { text: PlainText::new(text, HEADER_TEXT, cut) }
    }

    /// A section that shows exactly this text, formatting nothing.
    pub fn plain(text: &str, cut: &mut Cut) -> Self {
        Self::Section { text: Some(PlainText::new(text, SECTION_TEXT, cut).into()), fields: Vec::new(), expand: true }
    }

    /// A section with a text made of checked pieces.
    pub fn marked(text: Markup) -> Self {
        Self::Section { text: Some(text.within(SECTION_TEXT).into()), fields: Vec::new(), expand: true }
    }

    /// A section that is a table of labels and values; at most five rows.
    pub fn table(rows: Vec<(&'static str, Text)>) -> Self {
        let row = |(label, value)| [Markup::default().bold(label).within(FIELD_TEXT).into(), value];
        Self::Section { text: None, fields: rows.into_iter().take(FIELDS / 2).flat_map(row).collect(), expand: true }
    }

    /// Small print that shows exactly this text.
    pub fn small_print(text: &str, cut: &mut Cut) -> Self {
        Self::Context { elements: vec![PlainText::new(text, FIELD_TEXT, cut).into()] }
    }
}

/// How a button looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Style {
    /// Green.
    Primary,
}

/// A button.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename = "button")]
pub struct Button {
    /// What was pressed, as a click names it.
    pub action_id: String,
    /// At most [`BUTTON_TEXT`].
    pub text: PlainText,
    /// What a click carries; at most [`BUTTON_VALUE`].
    pub value: String,
    /// How it looks; none is the ordinary look.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub style: Option<Style>,
    /// What is asked before the click counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirm: Option<Confirm>,
    /// What a screen reader reads; at most [`BUTTON_TEXT`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accessibility_label: Option<String>,
}

/// A question before a click counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Confirm {
    /// At most [`CONFIRM_TITLE`].
    pub title: PlainText,
    /// At most [`CONFIRM_TEXT`].
    pub text: PlainText,
    /// The button that goes on; at most [`CONFIRM_BUTTON`].
    pub confirm: PlainText,
    /// The button that goes back; at most [`CONFIRM_BUTTON`].
    pub deny: PlainText,
    /// How the button that goes on looks.
    pub style: Style,
}

/// What a modal's input is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum InputElement {
    /// One of a list.
    StaticSelect {
        /// Names the input within its block.
        action_id: String,
        /// Shown while nothing is chosen.
        placeholder: PlainText,
        /// At most 100.
        options: Vec<Choice>,
    },
    /// Free words.
    PlainTextInput {
        /// Names the input within its block.
        action_id: String,
        /// Whether it has several lines.
        multiline: bool,
        /// Most characters, up to 3000.
        max_length: u16,
    },
}

/// One entry of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// At most [`BUTTON_TEXT`].
    pub text: PlainText,
    /// What a submission carries; at most 150.
    pub value: String,
}

/// A modal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename = "modal")]
pub struct View {
    /// What a submission is told by.
    pub callback_id: String,
    /// What a submission carries back; at most [`VIEW_METADATA`].
    pub private_metadata: String,
    /// At most [`VIEW_TITLE`].
    pub title: PlainText,
    /// The button that submits; at most [`VIEW_TITLE`].
    pub submit: PlainText,
    /// The button that closes; at most [`VIEW_TITLE`].
    pub close: PlainText,
    /// At most 100.
    pub blocks: Vec<Block>,
}
