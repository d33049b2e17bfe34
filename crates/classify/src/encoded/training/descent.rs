//! Gradient descent with momentum and a pace for each number (Adam), by hand: what it takes for one small net, in one
//! order.

use super::Schedule;
use crate::encoded::{
    SHARES,
    net::{
        CHANNELS, NARROW, Net, POOLED, Parts, Passage, SPAN, TOGETHER, add, neighbours, parts, parts_mut, shares, sizes,
    },
    reading::Rows,
};

/// How certain the wanted answer is: a little less than certain, since labels err.
const SURE: f32 = 0.95;
/// The share of the changes at which the pace has grown to its full.
const WARMING: f32 = 0.1;
const MOMENTUM: f32 = 0.9;
const SPREAD: f32 = 0.999;
/// Weights shrink by this share of the pace at every change.
const SHRINKING: f32 = 1e-2;

/// A plain generator (splitmix64).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 up to 1.
    fn share(&mut self) -> f32 {
        let bits = u16::try_from(self.next() >> 48).unwrap_or(u16::MAX);
        f32::from(bits) / 65_536.0
    }

    /// 0 with this probability, else what keeps the mean as it is.
    fn kept(&mut self, forget: f32) -> f32 {
        if self.share() < forget { 0.0 } else { 1.0 / (1.0 - forget) }
    }

    fn shuffle(&mut self, order: &mut [usize]) {
        for last in (1..order.len()).rev() {
            let other = usize::try_from(self.next() % (last as u64 + 1)).unwrap_or(0);
            order.swap(last, other);
        }
    }
}

/// Learns a net from texts and their classes.
pub(super) fn learn(width: usize, lessons: &[(&Rows, usize)], schedule: Schedule) -> Net {
    let mut chance = Chance(1);
    let mut net = begin(width, &mut chance);
    let mut pace = Pace::new(net.numbers.len());
    let mut order: Vec<usize> = (0..lessons.len()).collect();
    let batch = schedule.batch.max(1);
    let changes = lessons.len().div_ceil(batch) * schedule.rounds;
    let mut gradient = vec![0.0; net.numbers.len()];
    for _ in 0..schedule.rounds {
        chance.shuffle(&mut order);
        for places in order.chunks(batch) {
            gradient.fill(0.0);
            for place in places {
                let (rows, class) = lessons[*place];
                lesson(&net, rows, class, schedule, &mut chance, &mut gradient);
            }
            pace.change(&mut net.numbers, &gradient, places.len(), schedule.pace, changes);
        }
    }
    net
}

/// Small numbers by chance, no biases.
fn begin(width: usize, chance: &mut Chance) -> Net {
    let mut numbers = vec![0.0; sizes(width).iter().sum()];
    let Parts { narrowing, convolution, single, weighing, .. } = parts_mut(width, &mut numbers);
    for (part, inputs) in [(narrowing, width), (convolution, SPAN * NARROW), (single, NARROW), (weighing, POOLED)] {
        #[expect(clippy::cast_precision_loss, reason = "some thousand")]
        let reach = 1.0 / libm::sqrtf(inputs as f32);
        part.iter_mut().for_each(|number| *number = (2.0 * chance.share() - 1.0) * reach);
    }
    Net { width, numbers }
}

/// Adds one lesson's gradient.
fn lesson(net: &Net, rows: &Rows, class: usize, schedule: Schedule, chance: &mut Chance, gradient: &mut [f32]) {
    let shown: Vec<f32> = rows.numbers.iter().map(|number| number * chance.kept(schedule.forget_rows)).collect();
    let passage = net.pass(&shown);
    let kept: [f32; POOLED] = std::array::from_fn(|_| chance.kept(schedule.forget_channels));
    let pooled: [f32; POOLED] = std::array::from_fn(|place| passage.pooled[place] * kept[place]);
    let given = shares(&net.weigh(&pooled));
    #[expect(clippy::cast_possible_truncation, reason = "shares need no more digits")]
    let error: [f32; SHARES] = std::array::from_fn(|place| given[place] as f32 - wanted(place == class));
    let weights = parts(net.width, &net.numbers);
    let mut change = parts_mut(net.width, gradient);
    add(change.weighing_bias, 1.0, &error);
    let mut by_pooled = [0.0; POOLED];
    for place in 0..POOLED {
        let row = place * SHARES..(place + 1) * SHARES;
        add(&mut change.weighing[row.clone()], pooled[place], &error);
        by_pooled[place] = dot(&weights.weighing[row], &error) * kept[place];
    }
    let by_narrowed = through_convolution(&weights, &passage, &by_pooled, &mut change);
    for (row, by_row) in shown.chunks_exact(net.width).zip(by_narrowed.chunks_exact(NARROW)) {
        add(change.narrowing_bias, 1.0, by_row);
        for (number, change) in row.iter().zip(change.narrowing.chunks_exact_mut(NARROW)) {
            if *number != 0.0 {
                add(change, *number, by_row);
            }
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "eight classes, some hundred pieces")]
fn wanted(is_right: bool) -> f32 {
    let rest = (1.0 - SURE) / SHARES as f32;
    if is_right { SURE + rest } else { rest }
}

/// From what the pooled numbers should change by to what the narrowed rows should.
fn through_convolution(
    weights: &Parts<&[f32]>,
    passage: &Passage,
    by_pooled: &[f32; POOLED],
    change: &mut Parts<&mut [f32]>,
) -> Vec<f32> {
    let pieces = passage.seen.len() / CHANNELS;
    #[expect(clippy::cast_precision_loss, reason = "some hundred pieces")]
    let share = 1.0 / pieces as f32;
    let mut by_narrowed = vec![0.0; passage.narrowed.len()];
    for (piece, seen) in passage.seen.chunks_exact(CHANNELS).enumerate() {
        let by_seen: [f32; CHANNELS] = std::array::from_fn(|channel| {
            let strongest = if passage.strongest[channel] == piece { by_pooled[channel] } else { 0.0 };
            if seen[channel] > 0.0 { strongest + by_pooled[CHANNELS + channel] * share } else { 0.0 }
        });
        add(change.channel_bias, 1.0, &by_seen);
        let (together, single) = by_seen.split_at(TOGETHER);
        for (place, (neighbour, weights)) in neighbours(piece, pieces, weights.convolution) {
            let change = &mut change.convolution[place * NARROW * TOGETHER..(place + 1) * NARROW * TOGETHER];
            let row = neighbour * NARROW..(neighbour + 1) * NARROW;
            through(weights, change, &passage.narrowed[row.clone()], together, &mut by_narrowed[row]);
        }
        let row = piece * NARROW..(piece + 1) * NARROW;
        through(weights.single, change.single, &passage.narrowed[row.clone()], single, &mut by_narrowed[row]);
    }
    by_narrowed
}

/// Through what one narrowed row showed to some channels. What was cut off at 0 changes nothing and is changed by nothing.
fn through(weights: &[f32], change: &mut [f32], row: &[f32], by_seen: &[f32], by_row: &mut [f32]) {
    let each = weights.chunks_exact(by_seen.len()).zip(change.chunks_exact_mut(by_seen.len()));
    for ((weights, change), (number, by_number)) in each.zip(row.iter().zip(by_row)) {
        if *number > 0.0 {
            add(change, *number, by_seen);
            *by_number += dot(weights, by_seen);
        }
    }
}

/// The sum of products, in eight sums side by side and then those in their order.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; 8];
    for (a, b) in a.chunks(8).zip(b.chunks(8)) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += a * b;
        }
    }
    sums.iter().sum()
}

/// How far each number goes at a change: by the mean of its gradients, over how much they vary.
struct Pace {
    mean: Vec<f32>,
    square: Vec<f32>,
    made: usize,
    momentum_left: f32,
    spread_left: f32,
}

impl Pace {
    fn new(numbers: usize) -> Self {
        let zeros = || vec![0.0; numbers];
        Self { mean: zeros(), square: zeros(), made: 0, momentum_left: 1.0, spread_left: 1.0 }
    }

    #[expect(clippy::cast_precision_loss, reason = "some thousand changes")]
    fn change(&mut self, numbers: &mut [f32], gradient: &[f32], lessons: usize, full: f32, changes: usize) {
        self.momentum_left *= MOMENTUM;
        self.spread_left *= SPREAD;
        let way = self.made as f32 / changes.max(1) as f32;
        let pace = full * if way < WARMING { way / WARMING } else { (1.0 - way) / (1.0 - WARMING) };
        self.made += 1;
        let (mean_scale, square_scale) = (1.0 / (1.0 - self.momentum_left), 1.0 / (1.0 - self.spread_left));
        let each = 1.0 / lessons as f32;
        for (place, number) in numbers.iter_mut().enumerate() {
            let slope = gradient[place] * each;
            self.mean[place] = MOMENTUM * self.mean[place] + (1.0 - MOMENTUM) * slope;
            self.square[place] = SPREAD * self.square[place] + (1.0 - SPREAD) * slope * slope;
            let step = self.mean[place] * mean_scale / (libm::sqrtf(self.square[place] * square_scale) + 1e-8);
            *number -= pace * (step + SHRINKING * *number);
        }
    }
}
