//! How much of what is read goes into the answer, and how sure that answer may be: fitted on texts that were held out.

use crate::encoded::{SHARES, head::Mixing};

/// A text that was held out: what the embedded model and a net that had not seen it make of it.
pub(super) struct Judged {
    pub(super) own: [f64; SHARES],
    pub(super) read: [f64; SHARES],
    pub(super) class: usize,
}

/// The mixing under which the right classes are likeliest.
pub(super) fn fit(judged: &[Judged]) -> Mixing {
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
    judged.iter().map(|judged| -libm::log(mixing.join(&judged.own, &judged.read)[judged.class].max(1e-12))).sum()
}
