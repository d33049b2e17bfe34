//! Linear heads over sparse features, each of them one against the rest: L2-regularised squared hinge, by dual
//! coordinate descent (Hsieh et al., "A Dual Coordinate Descent Method for Large-scale Linear SVM", 2008; the same as
//! liblinear's solver 1). The same examples in the same order give the same weights on every machine: one thread, one
//! order of summation, no function whose rounding is not fixed.

use std::collections::BTreeMap;

use crate::features::{GROUPS, Sparse};

/// Constants of a fit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Recipe {
    /// Rounds over all examples.
    pub(crate) rounds: usize,
    /// A feature seen in fewer examples is left out.
    pub(crate) fewest_seen: u32,
    /// The length of each group's vector; a group of length 0 is left out.
    pub(crate) lengths: [f32; GROUPS],
}

/// What an output is to say for an example.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Wish {
    /// 1 or -1.
    pub(crate) sign: f32,
    /// What a mistake costs; 0: nothing, the output does not learn from it.
    pub(crate) cost: f32,
}

impl Wish {
    pub(crate) fn new(is_wanted: bool, cost: f32) -> Self {
        Self { sign: if is_wanted { 1.0 } else { -1.0 }, cost }
    }
}

/// Fitted heads, before they are quantised: a row of weights for every feature, sorted by key.
pub(crate) struct Fitted<const N: usize> {
    pub(crate) keys: Vec<u32>,
    pub(crate) groups: Vec<u8>,
    pub(crate) weights: Vec<[f32; N]>,
    pub(crate) bias: [f32; N],
    pub(crate) lengths: [f32; GROUPS],
}

/// What heads learn from and judge.
pub(crate) trait Example {
    /// The features with their groups, keys and what each counts for, where a group's vector has this length.
    fn valued(&self, lengths: &[f32; GROUPS]) -> impl Iterator<Item = (u8, u32, f32)>;
}

/// All features of a group count for the same. A group of length 0 is left out.
impl Example for Sparse {
    fn valued(&self, lengths: &[f32; GROUPS]) -> impl Iterator<Item = (u8, u32, f32)> {
        let groups = (0_u8..).zip(self.groups.iter().zip(*lengths)).filter(|(_, (_, length))| *length > 0.0);
        groups.flat_map(|(group, (keys, length))| {
            let value = value(keys.len(), length);
            keys.iter().map(move |key| (group, *key, value))
        })
    }
}

/// An example as rows with their values.
type Rows = Vec<(u32, f32)>;

/// What one of so many features of a group counts for.
pub(crate) fn value(count: usize, length: f32) -> f32 {
    #[expect(clippy::cast_precision_loss, reason = "a ticket has some thousands of features at most")]
    let count = count.max(1) as f32;
    length / count.sqrt()
}

impl<const N: usize> Fitted<N> {
    /// Fits heads on examples. `wishes` says what each output is to say for the example at this place.
    pub(crate) fn fit<E: Example>(examples: &[&E], recipe: &Recipe, wishes: impl Fn(usize) -> [Wish; N]) -> Self {
        let mut fitted = Self::without_weights(examples, recipe);
        let rows: Vec<Rows> = examples.iter().map(|example| fitted.rows(*example)).collect();
        let wishes: Vec<[Wish; N]> = (0..examples.len()).map(wishes).collect();
        let mut duals = vec![[0.0_f32; N]; examples.len()];
        let mut order: Vec<usize> = (0..examples.len()).collect();
        let mut state = SEED;
        for _ in 0..recipe.rounds {
            shuffle(&mut order, &mut state);
            for at in &order {
                fitted.learn(&rows[*at], &wishes[*at], &mut duals[*at]);
            }
        }
        fitted
    }

    fn without_weights<E: Example>(examples: &[&E], recipe: &Recipe) -> Self {
        let mut seen: BTreeMap<u32, (u32, u8)> = BTreeMap::new();
        for (group, key, _) in examples.iter().flat_map(|example| example.valued(&recipe.lengths)) {
            seen.entry(key).or_insert((0, group)).0 += 1;
        }
        seen.retain(|_, (count, _)| *count >= recipe.fewest_seen);
        Self {
            keys: seen.keys().copied().collect(),
            groups: seen.values().map(|(_, group)| *group).collect(),
            weights: vec![[0.0; N]; seen.len()],
            bias: [0.0; N],
            lengths: recipe.lengths,
        }
    }

    /// An example's known features. Unknown ones count towards the length of the vector: who says much that was never
    /// seen says little that is known.
    fn rows<E: Example>(&self, example: &E) -> Rows {
        let known = |(_, key, value)| Some((u32::try_from(self.keys.binary_search(&key).ok()?).ok()?, value));
        example.valued(&self.lengths).filter_map(known).collect()
    }

    /// The outputs for an example.
    pub(crate) fn outputs<E: Example>(&self, example: &E) -> [f32; N] {
        self.sums(&self.rows(example))
    }

    fn sums(&self, rows: &Rows) -> [f32; N] {
        let mut outputs = self.bias;
        for (row, value) in rows {
            for (output, weight) in outputs.iter_mut().zip(&self.weights[*row as usize]) {
                *output += weight * value;
            }
        }
        outputs
    }

    fn learn(&mut self, rows: &Rows, wishes: &[Wish; N], duals: &mut [f32; N]) {
        let outputs = self.sums(rows);
        let length = 1.0 + rows.iter().map(|(_, value)| value * value).sum::<f32>();
        let mut steps = [0.0_f32; N];
        for (output, wish) in wishes.iter().enumerate().filter(|(_, wish)| wish.cost > 0.0) {
            let diagonal = 0.5 / wish.cost;
            let slope = wish.sign * outputs[output] - 1.0 + diagonal * duals[output];
            let dual = (duals[output] - slope / (length + diagonal)).max(0.0);
            steps[output] = (dual - duals[output]) * wish.sign;
            duals[output] = dual;
        }
        for (bias, step) in self.bias.iter_mut().zip(steps) {
            *bias += step;
        }
        for (row, value) in rows {
            for (weight, step) in self.weights[*row as usize].iter_mut().zip(steps) {
                *weight += step * value;
            }
        }
    }
}

impl<const N: usize> Fitted<N> {
    /// These heads and, last, another one that was fitted on other groups of features.
    pub(crate) fn beside<const M: usize>(&self, last: &Fitted<1>) -> Fitted<M> {
        let mine = self.keys.iter().zip(&self.groups).zip(&self.weights).map(|((key, group), weights)| {
            (*key, (*group, std::array::from_fn(|output| weights.get(output).copied().unwrap_or(0.0))))
        });
        let theirs = last.keys.iter().zip(&last.groups).zip(&last.weights).map(|((key, group), weights)| {
            (*key, (*group, std::array::from_fn(|output| if output + 1 == M { weights[0] } else { 0.0 })))
        });
        // A key of both, by chance one in millions, keeps the row of the first.
        let rows: BTreeMap<u32, (u8, [f32; M])> = theirs.chain(mine).collect();
        Fitted {
            keys: rows.keys().copied().collect(),
            groups: rows.values().map(|(group, _)| *group).collect(),
            weights: rows.values().map(|(_, weights)| *weights).collect(),
            bias: std::array::from_fn(|output| self.bias.get(output).copied().unwrap_or(last.bias[0])),
            lengths: std::array::from_fn(|group| self.lengths[group].max(last.lengths[group])),
        }
    }
}

const SEED: u64 = 0x2545_f491_4f6c_dd1d;

fn shuffle(order: &mut [usize], state: &mut u64) {
    for place in (1..order.len()).rev() {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        let other = usize::try_from(*state % (place as u64 + 1)).unwrap_or(0);
        order.swap(place, other);
    }
}
