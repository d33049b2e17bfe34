//! Intents of an administrator's own runbooks, fitted when the program starts: the shipped heads stay as they are.
//!
//! Two small heads for each. One says whether a ticket is about the examples' matter (`matter`), by the words that not
//! everybody uses; it knows only what stands in the runbook's own texts, so that eight examples are enough. The other
//! says whether anything is asked (`asked`), by the manner alone, learnt from the shipped tickets and these examples.
//! The shipped tickets that ask for a built-in intent stay that intent's; those that ask for something else count for
//! little, because an intent of one's own may well be what they ask for.

mod asked;
mod ground;
mod matter;
pub mod trial;

use countersign_domain::{classification::Confidence, ids::IntentName, runbook::Runbook};

use crate::{
    embedded::DEFAULT_FLOOR,
    extract::Wanted,
    features::{Features, Sparse},
    heads::Fitted,
    model::logistic,
    text::Reading,
};
pub(crate) use ground::Ground;
use matter::{Common, Matter};

/// How steeply the output of a head becomes a likelihood.
const SLOPE: f64 = 8.0;
/// An administrator's runbook is the more particular one: from here on it is preferred to a built-in intent.
const SURE: f64 = 0.85;
/// From here on an intent is the likelier answer than none. An example is taken for recognised from here on: what is
/// learnt without it knows less than what is learnt from all.
const EVEN: f64 = 0.5;
/// The share of its examples, each held out, that a runbook must recognise; else they are too few or too different.
pub const LEAST_RECALL: f64 = 0.7;

/// A text as the heads of this kind see it.
pub(crate) struct Seen {
    matter: Sparse,
    manner: Sparse,
}

impl Seen {
    fn new(text: &str, common: &Common) -> Self {
        let reading = Reading::new("", text);
        Self { matter: matter::features(&reading, common), manner: asked::features(&Features::of(&reading).sparse) }
    }
}

/// One intent of an administrator's runbook.
pub(crate) struct Custom {
    pub(crate) intent: IntentName,
    pub(crate) wanted: Wanted,
    matter: Matter,
    asked: Fitted<1>,
    floor: f64,
    /// How sure it is of each example by what it learns from the other ones.
    held_out: Vec<f64>,
}

/// A runbook whose tickets are hard to recognise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weak {
    /// Its intent.
    pub intent: IntentName,
    /// Examples that are recognised by what is learnt from the other ones.
    pub recognised: usize,
    /// All its examples.
    pub examples: usize,
}

impl Custom {
    /// Fits the heads on a runbook's examples and those of the shipped tickets that `counts` lets pass.
    pub(crate) fn fit(runbook: &Runbook, ground: &Ground, counts: &dyn Fn(usize) -> bool) -> Self {
        let seen = |texts: &[String]| texts.iter().map(|text| Seen::new(text, &ground.common)).collect::<Vec<_>>();
        let (examples, not_examples) = (seen(&runbook.examples), seen(&runbook.not_examples));
        let background = ground.chosen(counts);
        let (matter, about) = Matter::fit(&examples, &not_examples, &background);
        let asked = asked::fit(&examples.iter().collect::<Vec<_>>(), &background);
        let manners = asked::held_out(&examples, &background);
        let held_out =
            about.into_iter().zip(manners).map(|(about, manner)| matter.likelihood(about) * manner).collect();
        let wanted = Wanted::of(runbook.params.iter().map(|param| param.kind), true);
        Self { intent: runbook.intent.clone(), wanted, matter, asked, floor: floor(runbook), held_out }
    }

    /// Says so where too few of its examples are recognised by what is learnt from the other ones.
    pub(crate) fn weak(&self) -> Option<Weak> {
        let recognised = self.held_out.iter().filter(|sure| **sure >= EVEN).count();
        let examples = self.held_out.len();
        is_too_few(recognised, examples).then(|| Weak { intent: self.intent.clone(), recognised, examples })
    }

    /// How sure it is that a ticket asks for this, from 0 to 1.
    fn confidence(&self, seen: &Seen) -> f64 {
        self.matter.likelihood(self.matter.output(&seen.matter)) * asked::likelihood_of(&self.asked, &seen.manner)
    }
}

/// The intents of an administrator's runbooks.
#[derive(Default)]
pub(crate) struct Customs {
    pub(crate) all: Vec<Custom>,
    common: Common,
}

impl Customs {
    /// Learns them. Takes some tenths of a second, and some hundredths more for each.
    pub(crate) fn learn(runbooks: &[&Runbook]) -> Self {
        if runbooks.is_empty() {
            return Self::default();
        }
        let ground = Ground::new();
        let all = runbooks.iter().map(|runbook| Custom::fit(runbook, &ground, &|_| true)).collect();
        Self { all, common: ground.common }
    }

    /// The likeliest of these intents and how sure it is.
    pub(crate) fn likeliest(&self, reading: &Reading, sparse: &Sparse) -> Option<(&Custom, f64)> {
        if self.all.is_empty() {
            return None;
        }
        let seen = Seen { matter: matter::features(reading, &self.common), manner: asked::features(sparse) };
        let sure = self.all.iter().map(|custom| (custom, custom.confidence(&seen)));
        sure.max_by(|(_, a), (_, b)| a.total_cmp(b))
    }
}

/// Whether an intent of one's own, this sure, is answered rather than the likeliest built-in one.
pub(crate) fn prevails(own: f64, built_in: f64) -> bool {
    own > built_in || own >= SURE
}

#[expect(clippy::cast_precision_loss, reason = "a file has some thousands of examples at most")]
fn is_too_few(recognised: usize, examples: usize) -> bool {
    (recognised as f64) < LEAST_RECALL * examples as f64
}

fn floor(runbook: &Runbook) -> f64 {
    runbook.min_confidence.map_or(DEFAULT_FLOOR, Confidence::share)
}

/// The likelihood that an output stands for, where this output stands for one half.
fn likelihood(output: f32, middle: f32) -> f64 {
    logistic(SLOPE * f64::from(output - middle))
}
