//! An administrator's runbook on trial, before it is used: whether its examples are recognised by what is learnt from
//! the other ones, and what it would take from the tickets the classifier was made from.

use countersign_domain::runbook::Runbook;
use std::collections::BTreeMap;

use super::{Custom, EVEN, Ground, LEAST_RECALL, is_too_few, prevails};
use crate::{
    embedded::shipped,
    extract,
    features::{Features, Sparse},
    model::{INTENTS, Model},
    text::Reading,
};

/// The share of the shipped tickets that a runbook may answer otherwise than without it.
pub const MOST_MOVED: f64 = 0.005;
/// Parts of the shipped tickets that are held out in turn.
const FOLDS: usize = 5;

/// How an example is answered by what is learnt from the other ones.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// As it should be, this sure.
    Recognised(f64),
    /// As a ticket of a built-in intent, this sure.
    Other(&'static str, f64),
    /// As one that asks for nothing: the runbook is no surer than this.
    Unsure(f64),
    /// As one that means several people, so that there is no single action.
    Several,
}

/// What came of a trial.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// By example, in the order of the file.
    pub answers: Vec<Answer>,
    /// How many shipped tickets are answered otherwise than without the runbook, by their label: a built-in intent, or
    /// `none`.
    pub taken: BTreeMap<String, usize>,
    /// All shipped tickets.
    pub shipped: usize,
}

impl Trial {
    /// Tries a runbook. Takes a second or two. `None`: it serves a built-in intent, and its examples are not used.
    pub fn of(runbook: &Runbook) -> Option<Self> {
        if INTENTS.contains(&runbook.intent.as_str()) {
            return None;
        }
        let (ground, model) = (Ground::new(), shipped());
        Some(Self {
            answers: answers(runbook, &ground, &model),
            taken: taken(runbook, &ground, &model),
            shipped: ground.tickets.len(),
        })
    }

    /// Examples that are recognised.
    pub fn recognised(&self) -> usize {
        self.answers.iter().filter(|answer| matches!(answer, Answer::Recognised(_))).count()
    }

    /// Whether too few examples are recognised: fewer than [`LEAST_RECALL`].
    pub fn is_weak(&self) -> bool {
        is_too_few(self.recognised(), self.answers.len())
    }

    /// Shipped tickets that are answered otherwise.
    pub fn moved(&self) -> usize {
        self.taken.values().sum()
    }

    /// The share of the shipped tickets that are answered otherwise.
    #[expect(clippy::cast_precision_loss, reason = "counts of tickets")]
    pub fn moved_share(&self) -> f64 {
        self.moved() as f64 / self.shipped.max(1) as f64
    }

    /// Whether it takes too much from what the classifier knows: more than [`MOST_MOVED`].
    pub fn is_greedy(&self) -> bool {
        self.moved_share() > MOST_MOVED
    }

    /// What is wrong with the runbook's examples, what collides with what, and what to do; empty: nothing is.
    pub fn complaints(&self) -> Vec<String> {
        let mut says = Vec::new();
        if self.is_weak() {
            says.push(format!(
                "{} of {} `examples` are recognised by what is learnt from the other ones; at least {:.0} % must be. \
                 Give more examples of each kind, in the words of real tickets.",
                self.recognised(),
                self.answers.len(),
                100.0 * LEAST_RECALL
            ));
        }
        if self.is_greedy() {
            says.push(format!(
                "{} of {} tickets that the classifier was made from would be answered otherwise ({:.1} %, at most {:.1} % \
                 may be): {}. Say in the `examples` what is particular about this request, and put tickets that look \
                 like it and are not into `not_examples`.",
                self.moved(),
                self.shipped,
                100.0 * self.moved_share(),
                100.0 * MOST_MOVED,
                self.takings()
            ));
        }
        says
    }

    /// How each example that is not recognised is answered instead.
    pub fn collisions(&self) -> Vec<String> {
        let says = |(number, answer): (usize, &Answer)| match answer {
            Answer::Recognised(_) => None,
            Answer::Other(intent, sure) => Some(format!("example {number} is answered as `{intent}` ({sure:.2})")),
            Answer::Unsure(sure) => {
                Some(format!("example {number} is too unlike the other ones to be recognised ({sure:.2})"))
            }
            Answer::Several => Some(format!("example {number} speaks of several people; a ticket is about one")),
        };
        (1..).zip(&self.answers).filter_map(says).collect()
    }

    /// What it takes, by label.
    pub fn takings(&self) -> String {
        let says = |(label, count): (&String, &usize)| match label.as_str() {
            "none" => format!("{count} that ask for nothing a built-in runbook does"),
            intent => format!("{count} of `{intent}`"),
        };
        self.taken.iter().map(says).collect::<Vec<_>>().join(", ")
    }
}

/// How the built-in intents answer, and whether it would be acted on.
fn built_in(model: &Model, sparse: &Sparse) -> (usize, f64, bool) {
    let (topic, sure) = model.score(sparse).best();
    (topic, sure, sure >= model.floor(topic))
}

fn answers(runbook: &Runbook, ground: &Ground, model: &Model) -> Vec<Answer> {
    let custom = Custom::fit(runbook, ground, &|_| true);
    let answer = |(text, own): (&String, &f64)| {
        let reading = Reading::new("", text);
        let features = Features::of(&reading);
        let (topic, sure, is_acted_on) = built_in(model, &features.sparse);
        if extract::extract(&reading, &features.sentences, None, custom.wanted).several {
            Answer::Several
        } else if prevails(*own, sure) && *own >= EVEN {
            Answer::Recognised(*own)
        } else if is_acted_on && !prevails(*own, sure) {
            Answer::Other(INTENTS[topic], sure)
        } else {
            Answer::Unsure(*own)
        }
    };
    runbook.examples.iter().zip(&custom.held_out).map(answer).collect()
}

/// Each shipped ticket is answered by heads that were not fitted on it.
fn taken(runbook: &Runbook, ground: &Ground, model: &Model) -> BTreeMap<String, usize> {
    let mut taken = BTreeMap::new();
    for held in 0..FOLDS {
        let is_held = |at: usize| ground.tickets[at].fold % FOLDS == held;
        let custom = Custom::fit(runbook, ground, &|at| !is_held(at));
        for (at, ticket) in ground.tickets.iter().enumerate().filter(|(at, _)| is_held(*at)) {
            let own = custom.confidence(&ticket.seen);
            let (_, sure, is_acted_on) = built_in(model, &ticket.sparse);
            if prevails(own, sure) && (own >= custom.floor || is_acted_on) {
                *taken.entry(ground.labels[at].gold.intent.clone()).or_default() += 1;
            }
        }
    }
    taken
}
