//! Whether anything is asked, by the manner alone.
//!
//! Other than the shipped manner head, this one does not learn from shipped tickets that ask for something no built-in
//! intent serves: they ask as plainly as any. Only tickets that are labelled as asking for nothing at all count against
//! it.

use super::{Seen, ground::Background, likelihood};
use crate::{
    corpus::Labelled,
    features::{GROUPS, MANNER, Sparse},
    heads::{Fitted, Recipe, Wish},
};

const RECIPE: Recipe = Recipe { rounds: 10, fewest_seen: 2, lengths: lengths() };
/// What mistakes about a runbook's examples cost, all together; about one shipped ticket it is 1.
const EXAMPLES: f32 = 80.0;
/// The same for a shipped ticket that says what is not to be done, or is done already. There are few, and they use the words of asking.
const NEGATED: f32 = 2.0;
/// The output that stands for one half.
const MIDDLE: f32 = -0.2;

/// Tags of tickets that ask for nothing.
const NOTHING_ASKED: [&str; 26] = [
    "alert",
    "cost",
    "forwarded",
    "future",
    "fyi",
    "howto",
    "info",
    "information",
    "meeting",
    "monitoring",
    "news",
    "newsletter",
    "no-action",
    "notice",
    "past",
    "policy",
    "question",
    "report",
    "resolved",
    "statistics",
    "stats",
    "status",
    "survey",
    "thank-you",
    "thanks",
    "training",
];
/// Tags of tickets that say what is not, no longer, or not any more to be done.
const NOT_TO_BE_DONE: [&str; 3] = ["negated", "withdrawn", "done"];

const fn lengths() -> [f32; GROUPS] {
    let mut lengths = [0.0; GROUPS];
    lengths[MANNER] = 1.0;
    lengths
}

/// What is learnt from a shipped ticket; `None`: nothing.
pub(super) fn wish(ticket: &Labelled) -> Option<Wish> {
    let has = |tags: &[&str]| ticket.tags.iter().any(|tag| tags.contains(&tag.as_str()));
    if ticket.intent().is_some() {
        Some(Wish::new(true, 1.0))
    } else if has(&NOT_TO_BE_DONE) {
        Some(Wish::new(false, NEGATED))
    } else {
        has(&NOTHING_ASKED).then_some(Wish::new(false, 1.0))
    }
}

/// What of a text's features shows its manner.
pub(super) fn features(sparse: &Sparse) -> Sparse {
    let mut manner = Sparse::default();
    manner.groups[MANNER].clone_from(&sparse.groups[MANNER]);
    manner
}

pub(super) fn fit(examples: &[&Seen], background: &Background<'_>) -> Fitted<1> {
    #[expect(clippy::cast_precision_loss, reason = "a file has some thousands of examples at most")]
    let each = EXAMPLES / examples.len().max(1) as f32;
    let shipped = background.iter().filter_map(|ticket| Some((&ticket.seen.manner, ticket.asked?)));
    let own = examples.iter().map(|text| (&text.manner, Wish::new(true, each)));
    let lessons: Vec<(&Sparse, Wish)> = shipped.chain(own).collect();
    let texts: Vec<&Sparse> = lessons.iter().map(|(sparse, _)| *sparse).collect();
    Fitted::fit(&texts, &RECIPE, |at| [lessons[at].1])
}

/// How likely it is of each example that it asks for something, by heads that were fitted on the others.
pub(super) fn held_out(examples: &[Seen], background: &Background<'_>) -> Vec<f64> {
    (0..examples.len())
        .map(|held| {
            let others: Vec<&Seen> =
                examples.iter().enumerate().filter(|(at, _)| *at != held).map(|(_, one)| one).collect();
            likelihood_of(&fit(&others, background), &examples[held].manner)
        })
        .collect()
}

pub(super) fn likelihood_of(head: &Fitted<1>, manner: &Sparse) -> f64 {
    likelihood(head.outputs(manner)[0], MIDDLE)
}
