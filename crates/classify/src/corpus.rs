//! The labelled tickets of `data/`, one JSON object a line in the format of the sample tickets.

use countersign_domain::classification::GroupAction;
use serde::Deserialize;

use crate::{
    features::{Features, Sparse},
    model::INTENTS,
    text::Reading,
};

/// A labelled ticket.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Labelled {
    /// Unique among all files.
    pub id: String,
    /// Who wrote it.
    pub author: String,
    /// Tickets of one family describe one situation with different labels; a cross-validation keeps them together.
    pub family: String,
    /// Language code; empty where it is not labelled.
    pub lang: String,
    /// The subject.
    pub subject: String,
    /// The description.
    pub description: String,
    /// Who sent it.
    #[serde(rename = "requesterEmail")]
    pub requester: Option<String>,
    /// What is right.
    pub gold: Gold,
    /// What kind of ticket it is; no input.
    #[serde(default)]
    pub tags: Vec<String>,
}

/// What is right for a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Gold {
    /// A built-in intent or `none`.
    pub intent: String,
    /// Further intents that are truly asked for.
    #[serde(default)]
    pub also: Vec<String>,
    /// The person concerned; left out where a ticket is labelled by its intent alone.
    pub target: Option<Person>,
    /// The group named.
    pub group: Option<String>,
    /// `add` or `remove`.
    pub action: Option<GroupAction>,
    /// The licence or product named.
    pub sku: Option<String>,
    /// The new starter.
    #[serde(rename = "newHire")]
    pub new_hire: Option<Hire>,
}

/// A person as a label names them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Person {
    /// The address.
    pub email: Option<String>,
    /// The name.
    pub name: Option<String>,
}

/// A new starter as a label describes them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Hire {
    /// The name.
    pub name: Option<String>,
    /// The address wanted.
    pub email: Option<String>,
    /// The groups wanted.
    #[serde(default)]
    pub groups: Vec<String>,
    /// The licence tier.
    pub license: Option<String>,
}

/// Training texts that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {says}")]
pub struct BadText {
    /// The file as it was named.
    pub file: String,
    /// Line, counted from 1.
    pub line: usize,
    /// What is wrong.
    pub says: String,
}

impl Labelled {
    /// The features of its text.
    pub(crate) fn sparse(&self) -> Sparse {
        Features::of(&Reading::new(&self.subject, &self.description)).sparse
    }

    /// The language's code, or that it is not labelled.
    pub fn language(&self) -> &str {
        if self.lang.is_empty() { "not labelled" } else { &self.lang }
    }

    /// The place of the intent among the built-in ones; `None`: nothing is asked.
    pub fn intent(&self) -> Option<usize> {
        INTENTS.iter().position(|known| *known == self.gold.intent)
    }
}

/// Reads labelled tickets.
///
/// # Errors
/// The first line that is no such ticket, or has an unknown intent.
pub fn read(file: &str, text: &str) -> Result<Vec<Labelled>, BadText> {
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(line, json)| {
            let bad = |says: String| BadText { file: file.to_owned(), line, says };
            let read: Labelled = serde_json::from_str(json).map_err(|error| bad(error.to_string()))?;
            let intent = read.gold.intent.as_str();
            if intent != "none" && !INTENTS.contains(&intent) {
                return Err(bad(format!("unknown intent {intent}")));
            }
            Ok(read)
        })
        .collect()
}

/// The tickets the shipped model was made from, author by author.
///
/// # Panics
/// Where a shipped file cannot be read; a test reads them all.
pub fn shipped() -> Vec<Labelled> {
    let read = |(file, text): &(&str, &str)| match read(file, text) {
        Ok(tickets) => tickets,
        Err(error) => unreachable!("a test reads the shipped tickets: {error}"),
    };
    SHIPPED.iter().flat_map(read).collect()
}

/// What the shipped files take.
pub(crate) fn bytes() -> usize {
    SHIPPED.iter().map(|(_, text)| text.len()).sum()
}

macro_rules! shipped {
    ($($author:literal),+ $(,)?) => {
        /// The shipped files.
        const SHIPPED: &[(&str, &str)] =
            &[$((concat!($author, ".jsonl"), include_str!(concat!("../data/tickets/", $author, ".jsonl")))),+];
    };
}

shipped!(
    "ada", "bea", "cyd", "dirk", "elo", "fina", "gus", "hana", "ivo", "jun", "kim", "lena", "luc", "mia", "nico",
    "omar", "paulo", "short",
);
