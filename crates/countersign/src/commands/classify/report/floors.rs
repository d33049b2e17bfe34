//! What decisions say of the floors: pure, and from counts alone, so that any number of runs takes little memory.
//!
//! A floor is only named where the lower Clopper-Pearson bound on the share approved among what lies at or above it
//! reaches the precision wanted, with a certainty of 95 %: a handful of decisions, all of them approvals, shows nothing.

use countersign_classify::calibration::at_most;
use countersign_domain::{
    classification::Confidence,
    ids::{IntentName, RunbookId},
};
use std::collections::{BTreeMap, BTreeSet};

use super::decided::{Decided, Judgement, Sorted};

/// Where bins begin, in parts per ten thousand: finer where floors lie.
const BINS: [u16; 15] =
    [0, 1_000, 2_000, 3_000, 4_000, 5_000, 6_000, 7_000, 8_000, 8_500, 9_000, 9_250, 9_500, 9_750, 9_900];
/// A certain answer, in parts per ten thousand.
const CERTAIN: u16 = 10_000;

/// How runs were decided.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// The plan was approved, whatever came of its steps.
    pub(super) approved: usize,
    /// It was denied.
    pub(super) denied: usize,
    /// A person said that something else is asked.
    pub(super) corrected: usize,
    /// A person gave it up while its card was out.
    pub(super) given_up: usize,
}

impl Counts {
    /// All of them.
    pub(super) fn decided(self) -> usize {
        self.approved + self.denied + self.corrected + self.given_up
    }

    /// The share approved; `None` where nothing was decided.
    #[expect(clippy::cast_precision_loss, reason = "counts of runs")]
    pub(super) fn share(self) -> Option<f64> {
        (self.decided() > 0).then(|| self.approved as f64 / self.decided() as f64)
    }

    /// The lower Clopper-Pearson bound on that share: the upper one on the share of the others, from the other end.
    pub(super) fn at_least(self) -> Option<f64> {
        (self.decided() > 0).then(|| 1.0 - at_most(self.decided() - self.approved, self.decided()))
    }

    /// Whether as many are approved as are wanted. The bound is below the share and takes longer.
    fn reach(self, precision: f64) -> bool {
        self.share().is_some_and(|share| share >= precision)
            && self.at_least().is_some_and(|at_least| at_least >= precision)
    }

    /// Counts these as well.
    pub(super) fn add(&mut self, other: Self) {
        self.approved += other.approved;
        self.denied += other.denied;
        self.corrected += other.corrected;
        self.given_up += other.given_up;
    }

    fn without(self, other: Self) -> Self {
        Self {
            approved: self.approved - other.approved,
            denied: self.denied - other.denied,
            corrected: self.corrected - other.corrected,
            given_up: self.given_up - other.given_up,
        }
    }
}

type ByConfidence = BTreeMap<Confidence, Counts>;

fn sum<'c>(counts: impl IntoIterator<Item = &'c Counts>) -> Counts {
    counts.into_iter().fold(Counts::default(), |mut sum, counts| {
        sum.add(*counts);
        sum
    })
}

/// Runs that say nothing of how good a confidence is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Apart {
    /// Nobody decided in time.
    pub(super) expired: usize,
    /// Planned in shadow: nobody was asked.
    pub(super) shadow: usize,
    /// Of those, the ones of which a person said that something else is asked.
    pub(super) shadow_corrected: usize,
    /// Decided, but started through the API: nothing was classified.
    pub(super) started: usize,
    /// Nothing was found to be asked, and a person said what is.
    pub(super) missed: usize,
    /// A person asked for what was found, below the floor say: picked by hand, so no fair sample.
    pub(super) picked: usize,
}

#[derive(Default)]
struct Seen {
    by: ByConfidence,
    raised: ByConfidence,
    denials: BTreeMap<&'static str, usize>,
}

/// Decisions, as they are counted.
#[derive(Default)]
pub(super) struct Decisions {
    intents: BTreeMap<IntentName, Seen>,
    models: BTreeMap<String, usize>,
    planned_again: usize,
    apart: Apart,
}

impl Decisions {
    /// Counts a run.
    pub(super) fn count(&mut self, sorted: Sorted) {
        match sorted {
            Sorted::Decided(decided) => self.take(decided),
            Sorted::Expired => self.apart.expired += 1,
            Sorted::Shadow { corrected } => {
                self.apart.shadow += 1;
                self.apart.shadow_corrected += usize::from(corrected);
            }
            Sorted::Started => self.apart.started += 1,
            Sorted::Missed => self.apart.missed += 1,
            Sorted::Picked => self.apart.picked += 1,
        }
    }

    fn take(&mut self, run: Decided) {
        let seen = self.intents.entry(run.intent).or_default();
        let by = if run.raised { &mut seen.raised } else { &mut seen.by };
        let counts = by.entry(run.confidence).or_default();
        match run.judgement {
            Judgement::Approved => counts.approved += 1,
            Judgement::Denied(reason) => {
                counts.denied += 1;
                *seen.denials.entry(reason.name()).or_default() += 1;
            }
            Judgement::Corrected => counts.corrected += 1,
            Judgement::GivenUp => counts.given_up += 1,
        }
        self.planned_again += usize::from(run.planned_again);
        *self.models.entry(run.model).or_default() += 1;
    }

    /// What follows, where intents are served by these runbooks with these floors today.
    pub(super) fn report(self, served: &BTreeMap<IntentName, (RunbookId, Confidence)>, precision: f64) -> Report {
        let needed = needed(precision);
        let (mut all, mut kept) = (ByConfidence::new(), ByConfidence::new());
        let mut intents = Vec::new();
        let mut raised = Counts::default();
        for (intent, seen) in self.intents {
            let today = served.get(&intent);
            for (confidence, counts) in &seen.by {
                all.entry(*confidence).or_default().add(*counts);
                if today.is_some_and(|(_, floor)| confidence >= floor) {
                    kept.entry(*confidence).or_default().add(*counts);
                }
            }
            raised.add(sum(seen.raised.values()));
            let split = today.map(|(_, floor)| split(&seen.by, *floor));
            intents.push(OfIntent {
                advice: split.map_or(Advice::Unserved, |today| advice(&seen.by, today, (precision, needed))),
                runbook: today.map(|(runbook, _)| runbook.clone()),
                today: split,
                decided: Part::of(&seen.by),
                raised: Part::of(&seen.raised),
                denials: seen.denials,
                intent,
            });
        }
        let today = sum(kept.values());
        let of_all = Split { floor: Confidence::default(), kept: today, dropped: sum(all.values()).without(today) };
        Report {
            precision,
            needed,
            intents,
            raised,
            advice: advice(&kept, of_all, (precision, needed)).beside(of_all.dropped),
            decided: Part::of(&all),
            today: of_all,
            models: self.models,
            planned_again: self.planned_again,
            apart: self.apart,
        }
    }
}

/// The fewest decisions, all of them approvals, that show the precision.
fn needed(precision: f64) -> usize {
    let all_of = |decided: usize| Counts { approved: decided, ..Counts::default() };
    (1..).find(|decided| all_of(*decided).reach(precision)).unwrap_or(usize::MAX)
}

/// What a floor keeps and what it drops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Split {
    /// The floor.
    pub(super) floor: Confidence,
    /// At or above it.
    pub(super) kept: Counts,
    /// Below it.
    pub(super) dropped: Counts,
}

fn split(by: &ByConfidence, floor: Confidence) -> Split {
    Split { floor, kept: sum(by.range(floor..).map(|row| row.1)), dropped: sum(by.range(..floor).map(|row| row.1)) }
}

/// What to do about a floor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Advice {
    /// Nothing: no runbook serves the intent.
    Unserved,
    /// Nothing can be said yet.
    TooFew,
    /// Nothing: today's floor gives what is wanted, and a lower one is not known to.
    Keep,
    /// No floor is known to give it.
    OutOfReach,
    /// The lowest floor that gives it.
    Set(Split),
}

impl Advice {
    /// The same where these are dropped in any case.
    fn beside(self, dropped: Counts) -> Self {
        match self {
            Self::Set(mut split) => {
                split.dropped.add(dropped);
                Self::Set(split)
            }
            other @ (Self::Unserved | Self::TooFew | Self::Keep | Self::OutOfReach) => other,
        }
    }

    /// The stable name.
    pub(super) fn name(self, today: Confidence) -> &'static str {
        match self {
            Self::Unserved => "unserved",
            Self::TooFew => "too_few",
            Self::Keep => "keep",
            Self::OutOfReach => "out_of_reach",
            Self::Set(split) if split.floor < today => "lower",
            Self::Set(_) => "raise",
        }
    }
}

fn advice(by: &ByConfidence, today: Split, (precision, needed): (f64, usize)) -> Advice {
    if sum(by.values()).decided() < needed {
        return Advice::TooFew;
    }
    match lowest(by, today.floor, precision) {
        None => Advice::OutOfReach,
        // Where nothing lies between two floors, today's is as good as the other.
        Some((_, kept)) if today.kept.reach(precision) && kept.decided() <= today.kept.decided() => Advice::Keep,
        Some((floor, _)) => Advice::Set(split(by, floor)),
    }
}

/// The lowest floor that gives the precision, and what it keeps: today's, or one in whole thousandths just under a
/// confidence that was seen. Confidences that are the same are kept or dropped together.
fn lowest(by: &ByConfidence, today: Confidence, precision: f64) -> Option<(Confidence, Counts)> {
    let floors: BTreeSet<Confidence> = by.keys().map(|seen| of_parts(seen.parts() / 10 * 10)).chain([today]).collect();
    let mut rows = by.iter().rev().peekable();
    let mut kept = Counts::default();
    let mut found = Vec::with_capacity(floors.len());
    for floor in floors.into_iter().rev() {
        while let Some((_, counts)) = rows.next_if(|(confidence, _)| **confidence >= floor) {
            kept.add(*counts);
        }
        found.push((floor, kept));
    }
    found.into_iter().rev().find(|(_, kept)| kept.reach(precision))
}

fn of_parts(parts: u16) -> Confidence {
    Confidence::from_share(f64::from(parts) / f64::from(CERTAIN))
}

/// Decisions by how sure the classifier was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    /// The bins that hold something, lowest first.
    pub(super) bins: Vec<Bin>,
    /// All of it.
    pub(super) total: Counts,
}

/// The decisions between two confidences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bin {
    /// Its least confidence.
    pub(super) from: Confidence,
    /// Where the next begins; the last one has 1 in it.
    pub(super) to: Confidence,
    /// What lies in it.
    pub(super) counts: Counts,
}

impl Part {
    fn of(by: &ByConfidence) -> Self {
        let ends = BINS.iter().skip(1).chain([&CERTAIN]);
        let bins = BINS.iter().zip(ends).map(|(from, to)| {
            let inside = |row: &(&Confidence, &Counts)| row.0.parts() < *to || *to == CERTAIN;
            let (from, to) = (of_parts(*from), of_parts(*to));
            let counts = sum(by.range(from..).take_while(inside).map(|row| row.1));
            Bin { from, to, counts }
        });
        Self { bins: bins.filter(|bin| bin.counts.decided() > 0).collect(), total: sum(by.values()) }
    }
}

/// What is said of one intent.
pub(super) struct OfIntent {
    /// Which.
    pub(super) intent: IntentName,
    /// The runbook that serves it today.
    pub(super) runbook: Option<RunbookId>,
    /// What the classifier was sure enough of by itself.
    pub(super) decided: Part,
    /// What a second opinion raised to the floor, by how sure the classifier was by itself. No floor has a say in these.
    pub(super) raised: Part,
    /// Why plans were denied, by the reason's name.
    pub(super) denials: BTreeMap<&'static str, usize>,
    /// Today's floor.
    pub(super) today: Option<Split>,
    /// What to do about it.
    pub(super) advice: Advice,
}

/// What is said.
pub(super) struct Report {
    /// The share approved that is wanted.
    pub(super) precision: f64,
    /// The fewest decisions that can show it.
    pub(super) needed: usize,
    /// By intent.
    pub(super) intents: Vec<OfIntent>,
    /// Of all intents, without what was raised.
    pub(super) decided: Part,
    /// What a second opinion raised to the floor.
    pub(super) raised: Counts,
    /// What today's floors keep and drop, each intent's its own; beside these there is none, so `floor` is 0.
    pub(super) today: Split,
    /// What to do about all of them at once: a floor below which none may lie.
    pub(super) advice: Advice,
    /// How many runs were decided under which model.
    pub(super) models: BTreeMap<String, usize>,
    /// How many were decided after a person had asked for a new plan, with nothing corrected.
    pub(super) planned_again: usize,
    /// What is not counted above.
    pub(super) apart: Apart,
}

#[cfg(test)]
mod tests;
