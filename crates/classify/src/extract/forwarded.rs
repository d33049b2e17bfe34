//! Who sent a mail that was forwarded to the desk.

use countersign_domain::classification::NamedPerson;
use std::ops::Range;

use super::{
    Source,
    address::{self, is_machine, is_private},
    marks,
    person::Writer,
    writer::Speech,
};
use crate::text::is_forward;

/// Lines of a quoted mail in which its sender is looked for.
const MOST_LINES: usize = 6;

/// The sender of a forwarded mail that is the request itself, where it speaks of its sender: `my password`.
pub(super) fn speaker(source: &Source<'_>) -> Option<NamedPerson> {
    let forwarded = source.forwarded?;
    let carried = Speech::within(source, source.tokens.from(forwarded.start)..source.said_end);
    carried.own.then(|| sender(source, forwarded.sender.clone()))
}

/// The sender of the mail below, where the ticket forwards it and speaks of somebody without saying whom: `she needs a
/// new one`.
pub(super) fn spoken_of(source: &Source<'_>, speech: Speech, writer: Writer) -> Option<NamedPerson> {
    let subject = source.sentences.iter().find(|sentence| sentence.is_subject)?;
    // A leaver's own letter speaks of its writer; the mail of an office does not.
    let asides = &source.aside_names().tokens;
    let letter = || {
        writer == Writer::IfSaid
            && asides.all().iter().any(|token| token.marks.has(marks::I) || token.marks.has(marks::MY))
    };
    let meant =
        writer != Writer::Never && (speech.third || letter()) && !speech.own && is_forward(source.slice(&subject.span));
    if !meant {
        return None;
    }
    let header = header(source)?;
    let person = sender(source, header);
    (person.email.is_some() || person.name.is_some()).then_some(person)
}

/// The sender of the forwarded mail, where the ticket names them by one of their names.
pub(super) fn sender_named(source: &Source<'_>, name: &str) -> Option<NamedPerson> {
    let subject = source.sentences.iter().find(|sentence| sentence.is_subject)?;
    let person = sender(source, header(source).filter(|_| is_forward(source.slice(&subject.span)))?);
    let has = |whole: &String| whole.split(' ').any(|word| name.split(' ').any(|known| known == word));
    (person.email.is_some() && person.name.as_ref().is_some_and(has)).then_some(person)
}

/// The line of the forwarded mail that says who sent it.
fn header(source: &Source<'_>) -> Option<Range<usize>> {
    source
        .asides
        .iter()
        .take(MOST_LINES)
        .find_map(|line| crate::text::sender(source.slice(line)).map(|length| line.end - length..line.end))
}

/// The address and the name of a header.
fn sender(source: &Source<'_>, header: Range<usize>) -> NamedPerson {
    let found = address::find(source.text, header.clone());
    if found.iter().any(|address| !address.is_plain) {
        return NamedPerson::default();
    }
    let address = found.first().map(|address| address.span.clone());
    let until = address.as_ref().map_or(header.end, |address| address.start);
    let name = source.text[header.start..until].trim_matches(|c: char| !c.is_alphanumeric());
    let named = name.split(' ').count() >= 2
        && name.len() <= 60
        && name.chars().all(|c| c.is_alphabetic() || matches!(c, ' ' | '-' | '\'' | '’' | '.'));
    let email = address.map(|address| source.owned(&address)).filter(|email| !is_private(email) && !is_machine(email));
    NamedPerson { email, name: named.then(|| name.to_owned()) }
}
