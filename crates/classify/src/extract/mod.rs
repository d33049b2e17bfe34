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

use crate::{
    cues::{self, Cues},
    text::Reading,
    words::Words,
};
use address::Address;
use form::Field;

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

/// A sentence of the ticket and its cues.
struct Sentence {
    span: Range<usize>,
    is_subject: bool,
    cues: Cues,
}

/// A ticket, read for extraction.
struct Source<'t> {
    text: &'t str,
    sentences: Vec<Sentence>,
    fields: Vec<Field<'t>>,
    addresses: Vec<Address>,
    requester: Option<&'t str>,
}

impl<'t> Source<'t> {
    fn new(reading: &'t Reading, requester: Option<&'t str>) -> Self {
        let mut words = Words::default();
        let sentences = reading
            .sentences()
            .into_iter()
            .map(|(is_subject, span)| {
                words.read(&reading.text, span.clone());
                Sentence { span, is_subject, cues: cues::of_words(&words) }
            })
            .collect();
        let fields = reading.parts().filter_map(|(_, span)| form::field(&reading.text, span)).collect();
        let addresses = reading.parts().flat_map(|(_, span)| address::find(&reading.text, span)).collect();
        Self { text: &reading.text, sentences, fields, addresses, requester }
    }

    fn slice(&self, span: &Range<usize>) -> &'t str {
        &self.text[span.clone()]
    }

    fn owned(&self, span: &Range<usize>) -> String {
        self.slice(span).to_owned()
    }

    fn sentence_at(&self, at: usize) -> Option<&Sentence> {
        self.sentences.iter().find(|sentence| sentence.span.contains(&at))
    }
}

/// Finds the values an intent wants.
pub(crate) fn extract(reading: &Reading, requester: Option<&str>, wanted: Wanted) -> Found {
    let source = Source::new(reading, requester.map(str::trim).filter(|address| address::is_plain(address)));
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
