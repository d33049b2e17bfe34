//! How good the classifier is on tickets it was not made from: every figure here is of held-out tickets.

use countersign_domain::classification::TicketWords;
use std::{collections::BTreeMap, fmt::Write as _};

use crate::{
    calibration::{Curve, Judged, at_most},
    corpus::Labelled,
    embedded,
    model::INTENTS,
};

/// Classes: the intents, and `none` last.
pub const CLASSES: usize = INTENTS.len() + 1;
const NONE: usize = INTENTS.len();
/// Bins of confidence for the calibration error.
const BINS: usize = 10;
/// Below this the likelier answer is that nothing is asked.
const EVEN: f64 = 0.5;

/// One held-out answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Answered {
    /// The place of the right class.
    pub right: usize,
    /// The place of the likeliest intent.
    pub topic: usize,
    /// How sure it is that this is asked.
    pub confidence: f64,
    /// The floor of that intent.
    pub floor: f64,
}

impl Answered {
    /// The likeliest class.
    pub fn class(&self) -> usize {
        if self.confidence >= EVEN { self.topic } else { NONE }
    }

    fn fires(&self) -> bool {
        self.confidence >= self.floor
    }
}

/// The figures of a set of answers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Figures {
    /// Tickets.
    pub tickets: usize,
    /// Tickets whose likeliest class is right.
    pub right: usize,
    /// Tickets that ask for something.
    pub asking: usize,
    /// Of those, the ones whose right intent passes the floor.
    pub covered: usize,
    /// Tickets that ask for nothing.
    pub nothing: usize,
    /// Of those, the ones where an intent passes the floor.
    pub fired_on_nothing: usize,
    /// All tickets where an intent passes the floor.
    pub fired: usize,
    /// Of those, the ones where it is right.
    pub fired_right: usize,
    /// The expected calibration error of the likeliest intent's confidence, over ten bins.
    pub calibration_error: f64,
    /// Right class by answered class.
    pub confusion: [[usize; CLASSES]; CLASSES],
}

/// The answers that held-out outputs give.
pub(crate) fn answers(judged: &[Judged], curve: &Curve, floors: &[f64; INTENTS.len()]) -> Vec<Answered> {
    let answer = |judged: &Judged| {
        let (topic, confidence) = judged.best(curve);
        Answered { right: judged.intent.unwrap_or(NONE), topic, confidence, floor: floors[topic] }
    };
    judged.iter().map(answer).collect()
}

fn words(ticket: &Labelled) -> TicketWords<'_> {
    TicketWords { subject: &ticket.subject, description: &ticket.description, requester: ticket.requester.as_deref() }
}

impl Figures {
    /// Counts answers.
    pub fn of<'a>(answers: impl Iterator<Item = &'a Answered>) -> Self {
        let mut figures = Self::default();
        let mut bins = [(0_usize, 0.0, 0_usize); BINS];
        for answer in answers {
            let is_right = answer.topic == answer.right;
            figures.tickets += 1;
            figures.right += usize::from(answer.class() == answer.right);
            figures.confusion[answer.right][answer.class()] += 1;
            figures.fired += usize::from(answer.fires());
            figures.fired_right += usize::from(answer.fires() && is_right);
            if answer.right == NONE {
                figures.nothing += 1;
                figures.fired_on_nothing += usize::from(answer.fires());
            } else {
                figures.asking += 1;
                figures.covered += usize::from(answer.fires() && is_right);
            }
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share times ten")]
            let bin = &mut bins[((answer.confidence * BINS as f64) as usize).min(BINS - 1)];
            *bin = (bin.0 + 1, bin.1 + answer.confidence, bin.2 + usize::from(is_right));
        }
        let off = |(_, sure, right): &(usize, f64, usize)| (sure - *right as f64).abs();
        figures.calibration_error = bins.iter().map(off).sum::<f64>() / (figures.tickets.max(1) as f64);
        figures
    }

    /// Share of tickets whose likeliest class is right.
    pub fn accuracy(&self) -> f64 {
        share(self.right, self.tickets)
    }

    /// Share of requests whose right intent passes the floor.
    pub fn coverage(&self) -> f64 {
        share(self.covered, self.asking)
    }

    /// Share of what passes the floor that is right.
    pub fn precision(&self) -> f64 {
        share(self.fired_right, self.fired)
    }

    /// Share of the tickets that ask for nothing that pass the floor.
    pub fn fired_share(&self) -> f64 {
        share(self.fired_on_nothing, self.nothing)
    }

    /// The upper bound, with a certainty of 95 %, on that share.
    pub fn fired_bound(&self) -> f64 {
        at_most(self.fired_on_nothing, self.nothing)
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of tickets")]
fn share(part: usize, all: usize) -> f64 {
    if all == 0 { f64::NAN } else { part as f64 / all as f64 }
}

/// Values found exactly, of those labelled, with the intent given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Extracted {
    /// Right and all, for target, group, action, licence and new starter.
    pub counts: [(usize, usize); 5],
}

/// What the values are called, in the order of [`Extracted::counts`].
pub const VALUES: [&str; 5] = ["target", "group", "action", "SKU", "new hire"];

/// Compares what is extracted with the labels.
pub fn extraction<'t>(tickets: impl Iterator<Item = &'t Labelled>) -> Extracted {
    let mut found = Extracted::default();
    for ticket in tickets {
        let gold = &ticket.gold;
        let (Some(target), Some(topic)) = (&gold.target, ticket.intent()) else { continue };
        let slots = embedded::found(words(ticket), topic).slots;
        let mut count = |place: usize, is_right: bool| {
            let (right, all) = &mut found.counts[place];
            *right += usize::from(is_right);
            *all += 1;
        };
        count(0, slots.target.email == target.email && slots.target.name == target.name);
        match INTENTS[topic] {
            "group_membership" => {
                count(1, slots.group == gold.group);
                count(2, slots.action == gold.action);
            }
            "license_assignment" => count(3, slots.sku == gold.sku),
            "new_hire_provisioning" => {
                let same = match (&slots.new_hire, &gold.new_hire) {
                    (Some(found), Some(gold)) => {
                        found.name == gold.name
                            && found.email == gold.email
                            && found.groups == gold.groups
                            && found.license == gold.license
                    }
                    (None, None) => true,
                    (Some(_), None) | (None, Some(_)) => false,
                };
                count(4, same);
            }
            _ => {}
        }
    }
    found
}

/// The worst mistakes: the surest wrong answers, and the requests least recognised, as places of the tickets.
pub fn worst(answers: &[Answered], most: usize) -> Vec<usize> {
    let badness = |answer: &Answered| {
        if answer.class() == answer.right {
            return 0.0;
        }
        if answer.class() == NONE { 1.0 - answer.confidence } else { 1.0 + answer.confidence }
    };
    let mut places: Vec<usize> = (0..answers.len()).filter(|at| badness(&answers[*at]) > 0.0).collect();
    places.sort_by(|a, b| badness(&answers[*b]).total_cmp(&badness(&answers[*a])).then(a.cmp(b)));
    places.truncate(most);
    places
}

/// Figures by a name that each ticket has.
pub fn by<'t>(
    tickets: &'t [Labelled],
    answers: &[Answered],
    name: impl Fn(&'t Labelled) -> &'t str,
) -> BTreeMap<&'t str, Figures> {
    let mut groups: BTreeMap<&str, Vec<&Answered>> = BTreeMap::new();
    for (ticket, answer) in tickets.iter().zip(answers) {
        groups.entry(name(ticket)).or_default().push(answer);
    }
    groups.into_iter().map(|(name, answers)| (name, Figures::of(answers.into_iter()))).collect()
}

/// A row of a table in Markdown.
pub fn row(name: &str, figures: &Figures) -> String {
    let mut row = String::new();
    let percent = |share: f64| if share.is_nan() { "–".to_owned() } else { format!("{:.1} %", 100.0 * share) };
    let _ = write!(
        row,
        "| {name} | {} | {:.3} | {} | {} | {} | {:.3} |",
        figures.tickets,
        figures.accuracy(),
        percent(figures.fired_share()),
        percent(figures.coverage()),
        percent(figures.precision()),
        figures.calibration_error,
    );
    row
}
