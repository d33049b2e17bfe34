//! What a ticket says about the thing asked for. Every value is a stretch of the visible text, or the requester's own
//! address; what is not certain is left out.
//!
//! The words are read once ([`tokens`]), each with its marks by language ([`marks`], [`lexicon`]); people, groups and
//! products are then found by what stands around them.

mod action;
mod address;
mod form;
mod forwarded;
mod group;
mod lexicon;
mod licence;
mod marks;
mod mentions;
mod names;
mod person;
mod products;
mod shapes;
mod source;
#[cfg(test)]
mod tests;
mod tokens;
mod writer;

use countersign_domain::{
    classification::{NamedPerson, NewHire, Slots},
    runbook::ParamKind,
};

use crate::{features::Sentence, text::Reading};
use person::Writer;
use source::Source;

/// Addresses, lines of a form, and groups that are looked at; what comes after them plays no part.
const MOST_FOUND: usize = 40;

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

/// Finds the values an intent wants.
pub(crate) fn extract(reading: &Reading, sentences: &[Sentence], requester: Option<&str>, wanted: Wanted) -> Found {
    let mut found = Found { slots: Slots::default(), several: false };
    if wanted == (Wanted { may_be_self: wanted.may_be_self, ..Wanted::default() }) {
        return found;
    }
    let writer = match (wanted.new_person, wanted.may_be_self) {
        (true, _) => Writer::Never,
        (false, true) => Writer::Presumed,
        (false, false) => Writer::IfSaid,
    };
    let source = Source::new(reading, sentences, requester, writer);
    if wanted.person || wanted.new_person {
        match person::find(&source, writer) {
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
        found.slots.action = action::find(&source, group.as_ref());
        found.slots.group = group.map(|span| source.owned(&span));
    }
    if wanted.license {
        found.slots.sku = licence::find(&source).map(|span| source.owned(&span));
    }
    found
}
