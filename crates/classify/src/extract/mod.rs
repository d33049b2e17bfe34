//! What a ticket says about the thing asked for. Every value is a stretch of the visible text, or the requester's own
//! address; what is not certain is left out.

mod address;
mod form;
mod group;
mod licence;
mod names;
mod person;
#[cfg(test)]
mod tests;

use countersign_domain::{
    classification::{NamedPerson, NewHire, Slots},
    runbook::ParamKind,
};
use std::ops::Range;

use crate::{features::Sentence, text::Reading, words::Words};
use address::Address;
use form::Field;

/// Addresses, lines of a form, and groups that are looked at; what comes after them plays no part.
const MOST_FOUND: usize = 40;
/// Bytes before and after a value that say what it is.
const LOOK_BACK: usize = 90;
const LOOK_AHEAD: usize = 40;

/// Which values an intent wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Wanted {
    pub(crate) person: bool,
    pub(crate) new_person: bool,
    pub(crate) group: bool,
    pub(crate) license: bool,
    /// Whether somebody who writes about nobody else means themselves.
    pub(crate) may_be_self: bool,
}

impl Wanted {
    pub(crate) fn of(kinds: impl Iterator<Item = ParamKind>, may_be_self: bool) -> Self {
        let mut wanted = Self { may_be_self, ..Self::default() };
        for kind in kinds {
            match kind {
                ParamKind::Person => wanted.person = true,
                ParamKind::NewPerson => wanted.new_person = true,
                ParamKind::Group | ParamKind::Membership => wanted.group = true,
                ParamKind::License => wanted.license = true,
                ParamKind::Groups => {}
            }
        }
        wanted
    }
}

/// What was found.
pub(crate) struct Found {
    pub(crate) slots: Slots,
    /// Whether several people are meant, so that there is no single action.
    pub(crate) several: bool,
}

/// A ticket, read for extraction.
struct Source<'t> {
    text: &'t str,
    sentences: &'t [Sentence],
    fields: Vec<Field<'t>>,
    addresses: Vec<Address>,
    requester: Option<&'t str>,
}

impl<'t> Source<'t> {
    fn new(reading: &'t Reading, sentences: &'t [Sentence], requester: Option<&'t str>) -> Self {
        let fields =
            reading.parts().filter_map(|(_, span)| form::field(&reading.text, span)).take(MOST_FOUND).collect();
        let found = sentences.iter().flat_map(|sentence| address::find(&reading.text, sentence.span.clone()));
        let addresses = found.take(MOST_FOUND).collect();
        Self { text: &reading.text, sentences, fields, addresses, requester }
    }

    fn slice(&self, span: &Range<usize>) -> &'t str {
        &self.text[span.clone()]
    }

    fn owned(&self, span: &Range<usize>) -> String {
        self.slice(span).to_owned()
    }

    /// The last words before a place and not before `start`, nearest first. Looks back a bounded way.
    fn words_before(&self, start: usize, end: usize, most: usize) -> Vec<String> {
        let near = self.text.ceil_char_boundary(end.saturating_sub(LOOK_BACK));
        let mut words = Words::default();
        words.read(self.text, start.max(near).min(end)..end);
        (0..words.len()).rev().take(most).map(|place| words.get(place).to_owned()).collect()
    }

    /// The first word after a place and before `end`.
    fn word_after(&self, start: usize, end: usize) -> Option<String> {
        let near = self.text.floor_char_boundary((start + LOOK_AHEAD).min(end));
        let mut words = Words::default();
        words.read(self.text, start..near.max(start));
        (words.len() > 0).then(|| words.get(0).to_owned())
    }

    fn sentence_at(&self, at: usize) -> Option<&Sentence> {
        self.sentences.iter().find(|sentence| sentence.span.contains(&at))
    }
}

/// Finds the values an intent wants.
pub(crate) fn extract(reading: &Reading, sentences: &[Sentence], requester: Option<&str>, wanted: Wanted) -> Found {
    let source = Source::new(reading, sentences, requester.map(str::trim).filter(|address| address::is_plain(address)));
    let mut found = Found { slots: Slots::default(), several: false };
    if wanted.person || wanted.new_person {
        let asks_for_self = wanted.may_be_self && !wanted.new_person;
        match person::find(&source, asks_for_self) {
            person::Target::Known(person) => found.slots.target = person,
            person::Target::Several => found.several = true,
            person::Target::Unclear => {}
        }
    }
    if wanted.new_person {
        let NamedPerson { name, email } = found.slots.target.clone();
        found.slots.new_hire = Some(NewHire {
            name,
            email,
            groups: group::all(&source).iter().map(|span| source.owned(span)).collect(),
            license: licence::find(&source).map(|span| source.owned(&span)),
        });
        return found;
    }
    if wanted.group {
        let group = group::one(&source);
        found.slots.action = group::action(&source, group.as_ref());
        found.slots.group = group.map(|span| source.owned(&span));
    }
    if wanted.license {
        found.slots.sku = licence::find(&source).map(|span| source.owned(&span));
    }
    found
}
