//! The head's small network: rows narrowed, looked at one by one and with their neighbours (a convolution), the strongest
//! and the mean of each channel over the text, and a weighing of those. All sums in one order, no fused operations: the same numbers give the
//! same answer on every machine.

use super::{SHARES, reading::Rows};

/// Neighbouring pieces that are looked at together.
pub(crate) const SPAN: usize = 5;
/// What a row is narrowed to.
pub(crate) const NARROW: usize = 64;
/// Channels that look at neighbouring pieces together.
pub(crate) const TOGETHER: usize = 96;
/// Channels that look at a piece alone.
pub(crate) const SINGLE: usize = 96;
/// All of them, in this order.
pub(crate) const CHANNELS: usize = TOGETHER + SINGLE;
/// What a whole text becomes: of each channel the strongest, then of each the mean.
pub(crate) const POOLED: usize = 2 * CHANNELS;

/// The numbers that are learnt, in this order: narrowing (`width` rows of [`NARROW`]) and its bias, convolution
/// ([`SPAN`] times [`NARROW`] rows of [`TOGETHER`]), single look ([`NARROW`] rows of [`SINGLE`]), the bias of both,
/// weighing ([`POOLED`] rows of [`SHARES`]) and its bias.
#[derive(Clone, PartialEq)]
pub(crate) struct Net {
    pub(crate) width: usize,
    pub(crate) numbers: Vec<f32>,
}

/// The parts of [`Net::numbers`], or of a change to them.
pub(crate) struct Parts<T> {
    pub(crate) narrowing: T,
    pub(crate) narrowing_bias: T,
    pub(crate) convolution: T,
    pub(crate) single: T,
    pub(crate) channel_bias: T,
    pub(crate) weighing: T,
    pub(crate) weighing_bias: T,
}

/// What comes about between a text's rows and its shares.
pub(crate) struct Passage {
    /// [`NARROW`] numbers a piece, none negative.
    pub(crate) narrowed: Vec<f32>,
    /// [`CHANNELS`] numbers a piece, none negative.
    pub(crate) seen: Vec<f32>,
    /// At which piece each channel is strongest.
    pub(crate) strongest: [usize; CHANNELS],
    /// The strongest of each channel, then the means.
    pub(crate) pooled: [f32; POOLED],
}

/// How many numbers each part has.
pub(crate) fn sizes(width: usize) -> [usize; 7] {
    [width * NARROW, NARROW, SPAN * NARROW * TOGETHER, NARROW * SINGLE, CHANNELS, POOLED * SHARES, SHARES]
}

/// Splits the numbers of a net of this width into its parts.
pub(crate) fn parts(width: usize, numbers: &[f32]) -> Parts<&[f32]> {
    let [a, b, c, d, e, f, _] = sizes(width);
    let (narrowing, rest) = numbers.split_at(a);
    let (narrowing_bias, rest) = rest.split_at(b);
    let (convolution, rest) = rest.split_at(c);
    let (single, rest) = rest.split_at(d);
    let (channel_bias, rest) = rest.split_at(e);
    let (weighing, weighing_bias) = rest.split_at(f);
    Parts { narrowing, narrowing_bias, convolution, single, channel_bias, weighing, weighing_bias }
}

/// As [`parts`], to be written to.
pub(crate) fn parts_mut(width: usize, numbers: &mut [f32]) -> Parts<&mut [f32]> {
    let [a, b, c, d, e, f, _] = sizes(width);
    let (narrowing, rest) = numbers.split_at_mut(a);
    let (narrowing_bias, rest) = rest.split_at_mut(b);
    let (convolution, rest) = rest.split_at_mut(c);
    let (single, rest) = rest.split_at_mut(d);
    let (channel_bias, rest) = rest.split_at_mut(e);
    let (weighing, weighing_bias) = rest.split_at_mut(f);
    Parts { narrowing, narrowing_bias, convolution, single, channel_bias, weighing, weighing_bias }
}

impl Net {
    /// The outputs before they become shares. `rows` has the net's width and at least one row.
    pub(crate) fn outputs(&self, rows: &Rows) -> [f32; SHARES] {
        let passage = self.pass(&rows.numbers);
        self.weigh(&passage.pooled)
    }

    pub(crate) fn pass(&self, rows: &[f32]) -> Passage {
        let parts = parts(self.width, &self.numbers);
        let pieces = rows.len() / self.width;
        let mut narrowed = Vec::with_capacity(pieces * NARROW);
        for row in rows.chunks_exact(self.width) {
            let mut sums = [0.0; NARROW];
            sums.copy_from_slice(parts.narrowing_bias);
            for (number, weights) in row.iter().zip(parts.narrowing.chunks_exact(NARROW)) {
                add(&mut sums, *number, weights);
            }
            narrowed.extend(sums.map(|sum| sum.max(0.0)));
        }
        let mut seen = Vec::with_capacity(pieces * CHANNELS);
        for piece in 0..pieces {
            let mut sums = [0.0; CHANNELS];
            sums.copy_from_slice(parts.channel_bias);
            let (together, single) = sums.split_at_mut(TOGETHER);
            for (_, (neighbour, weights)) in neighbours(piece, pieces, parts.convolution) {
                look(together, &narrowed[neighbour * NARROW..(neighbour + 1) * NARROW], weights);
            }
            look(single, &narrowed[piece * NARROW..(piece + 1) * NARROW], parts.single);
            seen.extend(sums.map(|sum| sum.max(0.0)));
        }
        let (strongest, pooled) = pool(&seen, pieces);
        Passage { narrowed, seen, strongest, pooled }
    }

    pub(crate) fn weigh(&self, pooled: &[f32; POOLED]) -> [f32; SHARES] {
        let parts = parts(self.width, &self.numbers);
        let mut sums = [0.0; SHARES];
        sums.copy_from_slice(parts.weighing_bias);
        for (number, weights) in pooled.iter().zip(parts.weighing.chunks_exact(SHARES)) {
            add(&mut sums, *number, weights);
        }
        sums
    }
}

/// The places of the convolution around a piece, each with the piece there and the weights that look at it.
pub(crate) fn neighbours(
    piece: usize,
    pieces: usize,
    weights: &[f32],
) -> impl Iterator<Item = (usize, (usize, &[f32]))> {
    let each = weights.chunks_exact(NARROW * TOGETHER).enumerate();
    each.filter_map(move |(place, weights)| {
        let neighbour = (piece + place).checked_sub(SPAN / 2).filter(|neighbour| *neighbour < pieces)?;
        Some((place, (neighbour, weights)))
    })
}

/// Adds what a narrowed row shows to some channels, `sums.len()` weights for each of its numbers.
fn look(sums: &mut [f32], row: &[f32], weights: &[f32]) {
    for (number, weights) in row.iter().zip(weights.chunks_exact(sums.len())) {
        if *number > 0.0 {
            add(sums, *number, weights);
        }
    }
}

fn pool(seen: &[f32], pieces: usize) -> ([usize; CHANNELS], [f32; POOLED]) {
    let (mut strongest, mut pooled) = ([0; CHANNELS], [0.0; POOLED]);
    #[expect(clippy::cast_precision_loss, reason = "some hundred pieces")]
    let share = 1.0 / pieces as f32;
    for (piece, numbers) in seen.chunks_exact(CHANNELS).enumerate() {
        for (channel, number) in numbers.iter().enumerate() {
            if *number > pooled[channel] {
                (strongest[channel], pooled[channel]) = (piece, *number);
            }
            pooled[CHANNELS + channel] += *number * share;
        }
    }
    (strongest, pooled)
}

/// Adds `weights` that many times.
pub(crate) fn add(sums: &mut [f32], times: f32, weights: &[f32]) {
    for (sum, weight) in sums.iter_mut().zip(weights) {
        *sum += times * *weight;
    }
}

/// Outputs as shares that sum to 1.
pub(crate) fn shares(outputs: &[f32; SHARES]) -> [f64; SHARES] {
    let highest = outputs.iter().copied().fold(f32::MIN, f32::max);
    let raised = outputs.map(|output| libm::exp(f64::from(output) - f64::from(highest)));
    let sum: f64 = raised.iter().sum();
    raised.map(|share| share / sum)
}
