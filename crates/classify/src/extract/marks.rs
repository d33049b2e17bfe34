//! What a word says about the words beside it: one look-up for each word of a ticket, in tables by language
//! ([`super::lexicon`]). A mark decides nothing alone.

use std::{ops::BitOr, sync::LazyLock};

use super::lexicon;
use crate::cues::{HashedMap, SEED, hash_word};

/// A set of marks, one bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Marks(u64);

/// A title or an occupation: a name follows, and it is no part of it.
pub(super) const TITLE: Marks = Marks(1);
/// Capitalised at the start of a sentence, or always, and no name.
pub(super) const NO_NAME: Marks = Marks(1 << 1);
/// Between the words of a name.
pub(super) const PARTICLE: Marks = Marks(1 << 2);
/// Before a noun, and so not before a name.
pub(super) const ARTICLE: Marks = Marks(1 << 3);
/// Shortly before a person: not the one concerned.
pub(super) const BYSTANDER: Marks = Marks(1 << 4);
/// The same, where it stands right before.
pub(super) const RIGHT_BEFORE: Marks = Marks(1 << 5);
/// Right before a person: the one concerned.
pub(super) const CONCERNED: Marks = Marks(1 << 6);
/// Right after a person: the one concerned is or does something.
pub(super) const DOES: Marks = Marks(1 << 7);
/// Somebody other than the writer.
pub(super) const THIRD: Marks = Marks(1 << 8);
/// The writer, as subject.
pub(super) const I: Marks = Marks(1 << 9);
/// The writer, as object.
pub(super) const ME: Marks = Marks(1 << 10);
/// The writer's own.
pub(super) const MY: Marks = Marks(1 << 11);
/// What somebody has that a ticket is about: an account, a password, a telephone.
pub(super) const ITEM: Marks = Marks(1 << 12);
/// What a desk does: reset, unlock, suspend, add.
pub(super) const DEED: Marks = Marks(1 << 13);
/// What happened to whoever says `I`: forgot, lost.
pub(super) const TROUBLE: Marks = Marks(1 << 14);
/// A word for a group.
pub(super) const GROUP: Marks = Marks(1 << 15);
/// `called`: a name follows.
pub(super) const CALLED: Marks = Marks(1 << 16);
/// Before a group's name: it is joined or left.
pub(super) const TOWARDS: Marks = Marks(1 << 17);
/// A group is joined.
pub(super) const JOIN: Marks = Marks(1 << 18);
/// A group is left.
pub(super) const LEAVE: Marks = Marks(1 << 19);
/// A private address comes, or came.
pub(super) const PRIVATE: Marks = Marks(1 << 20);
/// What follows is not wanted.
pub(super) const NEGATES: Marks = Marks(1 << 21);
/// Who is spoken of is left as they are.
pub(super) const STAYS: Marks = Marks(1 << 22);
/// Before a product: it is to go.
pub(super) const FORMER: Marks = Marks(1 << 23);
/// A product is asked for.
pub(super) const WANTS: Marks = Marks(1 << 24);
/// A word for a licence.
pub(super) const LICENCE: Marks = Marks(1 << 25);
/// Right before a product: this one.
pub(super) const GOAL: Marks = Marks(1 << 26);
/// After a person: they take over from the one concerned.
pub(super) const SUCCEEDS: Marks = Marks(1 << 27);
/// After a person: they told the writer something.
pub(super) const ADVISED: Marks = Marks(1 << 31);
/// Right before a person: the one concerned, where what they have stands before it.
pub(super) const OF: Marks = Marks(1 << 32);
/// Before a product: somebody has it, perhaps already.
pub(super) const HAS: Marks = Marks(1 << 33);
/// Before a group: membership as a state (`should be in`).
pub(super) const BE: Marks = Marks(1 << 28);
/// Joins the members of a list.
pub(super) const AND: Marks = Marks(1 << 29);
/// The name that follows is the person's own.
pub(super) const NAMED: Marks = Marks(1 << 30);

/// A number of people, or all of them.
pub(super) const MANY: Marks = Marks(1 << 34);
/// People, or accounts, more than one.
pub(super) const PEOPLE: Marks = Marks(1 << 35);

impl Marks {
    pub(super) fn has(self, mark: Self) -> bool {
        self.0 & mark.0 != 0
    }

    pub(super) fn is_none(self) -> bool {
        self.0 == 0
    }
}

impl BitOr for Marks {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// Bytes of the shortest beginning in the tables.
const SHORTEST_STEM: usize = 4;
const LONGEST_STEM: usize = 12;

#[derive(Default)]
struct Table {
    words: HashedMap<Marks>,
    /// Beginnings of words.
    stems: HashedMap<Marks>,
    /// The first bytes of the beginnings: most words are none, and are known by these.
    heads: HashedMap<()>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table::default();
    for (mark, lists) in lexicon::ENTRIES {
        for word in lists.iter().flat_map(|list| list.split_whitespace()) {
            let known = match word.strip_suffix('*') {
                Some(stem) => {
                    table.heads.insert(hash_word(SEED, &stem[..SHORTEST_STEM]), ());
                    table.stems.entry(hash_word(SEED, stem)).or_default()
                }
                None => table.words.entry(hash_word(SEED, word)).or_default(),
            };
            *known = *known | *mark;
        }
    }
    table
});

/// The marks of a folded word.
pub(super) fn of(word: &str) -> Marks {
    let mut found = Marks::default();
    let (table, mut hash, mut may_be_stem) = (&*TABLE, SEED, false);
    for (place, byte) in word.bytes().enumerate() {
        hash = crate::cues::step(hash, byte);
        may_be_stem |= place + 1 == SHORTEST_STEM && table.heads.contains_key(&hash);
        if may_be_stem
            && (SHORTEST_STEM..=LONGEST_STEM).contains(&(place + 1))
            && let Some(marks) = table.stems.get(&hash)
        {
            found = found | *marks;
        }
    }
    table.words.get(&hash).map_or(found, |marks| found | *marks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_beginnings_have_their_marks() {
        assert!(of("frau").has(TITLE));
        assert!(of("zurucksetzen").has(DEED));
        assert!(of("contrasenas").has(ITEM));
        assert!(of("quokka").is_none() && of("").is_none());
    }

    #[test]
    fn every_entry_can_be_found() {
        for (mark, lists) in lexicon::ENTRIES {
            for word in lists.iter().flat_map(|list| list.split_whitespace()) {
                let stem = word.strip_suffix('*');
                let length = stem.map_or(SHORTEST_STEM, str::len);
                assert!((SHORTEST_STEM..=LONGEST_STEM).contains(&length), "{word}");
                assert!(of(stem.unwrap_or(word)).has(*mark), "{word}");
                assert_eq!(crate::words::folded(word), word, "an entry is folded");
            }
        }
    }
}
