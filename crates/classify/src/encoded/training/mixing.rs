//! How much of what is read goes into the answer, and how sure that answer may be: fitted on texts that were held out.

use crate::encoded::{SHARES, head::Mixing};

/// A text that was held out: what the embedded model and a net that had not seen it make of it.
pub(super) struct Judged {
    pub(super) own: [f64; SHARES],
    /// `None`: the encoder does not know the language, and the embedded model's shares stand.
    pub(super) read: Option<[f64; SHARES]>,
    pub(super) class: usize,
}

impl Judged {
    fn joined(&self, mixing: &Mixing) -> [f64; SHARES] {
        self.read.map_or(self.own, |read| mixing.join(&self.own, &read))
    }
}

/// How far the caution is moved at most from where the right classes are likeliest, and in what steps.
const MOST_MOVED: u16 = 50;
const STEP: f32 = 0.02;

/// The mixing under which the right classes are likeliest, as cautious as the joined shares have to be for `keep`, and no
/// more: so the floors of the embedded model serve with and without an encoder.
pub(super) fn fit(judged: &[Judged], keep: impl Fn(&[[f64; SHARES]]) -> bool) -> Mixing {
    let likeliest = likeliest(judged);
    let moved = |steps: f32| Mixing { caution: likeliest.caution + steps * STEP, ..likeliest };
    let keeps = |steps: f32| keep(&joined(judged, &moved(steps)));
    let towards = if keeps(0.0) { -1.0 } else { 1.0 };
    let mut found = likeliest;
    for step in 1..=MOST_MOVED {
        let steps = towards * f32::from(step);
        match (towards < 0.0, keeps(steps)) {
            (true, true) | (false, false) => found = moved(steps),
            (true, false) => break,
            (false, true) => return moved(steps),
        }
    }
    found
}

/// The joined shares.
pub(super) fn joined(judged: &[Judged], mixing: &Mixing) -> Vec<[f64; SHARES]> {
    judged.iter().map(|judged| judged.joined(mixing)).collect()
}

fn likeliest(judged: &[Judged]) -> Mixing {
    let mut found = Mixing { weight: 0.5, sharpness: 1.0, caution: 0.0 };
    let mut least = loss(judged, &found);
    let mut step = 0.25_f32;
    while step > 0.01 {
        let better = around(found, step)
            .into_iter()
            .map(|tried| (loss(judged, &tried), tried))
            .fold((least, found), |best, tried| if tried.0 < best.0 { tried } else { best });
        if better.0 < least {
            (least, found) = better;
        } else {
            step /= 2.0;
        }
    }
    found
}

fn around(found: Mixing, step: f32) -> [Mixing; 6] {
    let weight = |by: f32| Mixing { weight: (found.weight + by).clamp(0.0, 1.0), ..found };
    let sharpness = |by: f32| Mixing { sharpness: (found.sharpness + by).clamp(0.25, 4.0), ..found };
    let caution = |by: f32| Mixing { caution: found.caution + by, ..found };
    [weight(step), weight(-step), sharpness(step), sharpness(-step), caution(step), caution(-step)]
}

fn loss(judged: &[Judged], mixing: &Mixing) -> f64 {
    judged.iter().map(|judged| -libm::log(judged.joined(mixing)[judged.class].max(1e-12))).sum()
}
