//! The rows of a model for scoring: most features of a ticket have none, and it must be cheap to see that.

use super::{OUTPUTS, Row};

/// Outputs with room to spare: with its key, a row then fills a quarter of a cache line and never lies across two.
const WIDTH: usize = 12;
/// Bits of a key that name its marks, and those that name its bit there.
const MARKS: u32 = 15;
const BIT: u32 = 5;
/// Keys that are looked up together: so few that sums of their weights stay within 16 bits.
const TOGETHER: usize = 256;
const _: () = assert!(TOGETHER * 127 <= i16::MAX as usize && OUTPUTS <= WIDTH);

/// Which of 32 neighbouring parts of the keys' range have a row, and how many rows stand before all of them.
#[derive(Clone, Copy, Default)]
struct Marks {
    bits: u32,
    before: u32,
}

/// Rows by key.
pub(super) struct Rows {
    marks: Box<[Marks; 1 << MARKS]>,
    /// In the order of their keys.
    rows: Vec<Keyed>,
}

/// A row with its key.
#[derive(Clone, Copy)]
#[repr(align(16))]
struct Keyed {
    weights: [i8; WIDTH],
    key: u32,
}

/// The place of a key's marks, and which bit is its own there.
fn place(key: u32) -> (usize, u32) {
    ((key >> (u32::BITS - MARKS)) as usize, key >> (u32::BITS - MARKS - BIT) & ((1 << BIT) - 1))
}

impl Rows {
    /// The rows must be in the order of their keys, each key once.
    pub(super) fn new(rows: &[(u32, Row)]) -> Self {
        let mut marks = Box::new([Marks::default(); 1 << MARKS]);
        for (key, _) in rows {
            let (at, bit) = place(*key);
            marks[at].bits |= 1 << bit;
            // For now, how many rows it has itself.
            marks[at].before += 1;
        }
        let mut before = 0;
        for marks in marks.iter_mut() {
            let own = marks.before;
            marks.before = before;
            before += own;
        }
        let keyed = |(key, row): &(u32, Row)| {
            let weights = std::array::from_fn(|output| row.weights.get(output).copied().unwrap_or(0));
            Keyed { weights, key: *key }
        };
        Self { marks, rows: rows.iter().map(keyed).collect() }
    }

    /// The sums of the weights of these keys. Those without a row count for nothing.
    pub(super) fn sum(&self, keys: &[u32]) -> [i32; OUTPUTS] {
        let mut sums = [0_i32; OUTPUTS];
        let mut marked = [(0_u32, 0_u32); TOGETHER];
        for keys in keys.chunks(TOGETHER) {
            // First which may have a row, and where, without a guess at it: then the rows' memory is fetched side by side.
            let mut count = 0;
            for key in keys {
                let (at, bit) = place(*key);
                let Marks { bits, before } = self.marks[at];
                marked[count] = (*key, before + (bits & ((1 << bit) - 1)).count_ones());
                count += (bits >> bit & 1) as usize;
            }
            let mut some = [0_i16; WIDTH];
            for weights in marked[..count].iter().filter_map(|(key, row)| self.from(*row as usize, *key)) {
                for (sum, weight) in some.iter_mut().zip(weights) {
                    *sum += i16::from(*weight);
                }
            }
            sums.iter_mut().zip(some).for_each(|(sum, some)| *sum += i32::from(some));
        }
        sums
    }

    /// The row of a key, which stands here or, where two keys share a bit, a little further on.
    fn from(&self, mut row: usize, key: u32) -> Option<&[i8; WIDTH]> {
        while self.rows.get(row)?.key < key {
            row += 1;
        }
        self.rows.get(row).filter(|found| found.key == key).map(|found| &found.weights)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(weight: i8) -> Row {
        Row { group: 0, weights: [weight; OUTPUTS] }
    }

    #[test]
    fn every_key_has_its_own_row_and_no_other_has_one() {
        // Neighbours that share a mark, and both ends.
        let keys = [0, 1, 2, 4_095, 4_096, 4_097, 300_000, 300_001, 2_000_000_000, u32::MAX - 1, u32::MAX];
        let rows: Vec<(u32, Row)> = (1..).zip(keys).map(|(weight, key)| (key, row(weight))).collect();
        let table = Rows::new(&rows);
        for (key, row) in &rows {
            assert_eq!(table.sum(&[*key]), row.weights.map(i32::from), "{key}");
        }
        for key in [3, 4_094, 4_098, 299_999, 300_002, 1_999_999_999, u32::MAX - 2] {
            assert_eq!(table.sum(&[key]), [0; OUTPUTS], "{key}");
        }
    }

    #[test]
    fn sums_are_over_all_keys_however_many_there_are() {
        let rows: Vec<(u32, Row)> = (0..1_000).map(|place| (place * 7_919, row(3))).collect();
        let keys: Vec<u32> = (0..1_000 * 7_919).step_by(2 * 7_919).chain([5, 6]).collect();
        assert_eq!(Rows::new(&rows).sum(&keys), [1_500; OUTPUTS]);
        assert_eq!(Rows::new(&[]).sum(&keys), [0; OUTPUTS]);
    }
}
