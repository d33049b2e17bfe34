//! Which groups a ticket names, as written, and whether they are to be joined or left.

use countersign_domain::classification::GroupAction;
use std::ops::Range;

use super::{MOST_FOUND, Source, address, form::Label};
use crate::{
    cues,
    features::{Sentence, is_group_name},
    text::trimmed,
    words::{Words, folded},
};

/// Words for a group.
const GROUP: &str = "|group|groups|gruppe|gruppen|groupe|groupes|grupo|grupos|groep|groepen|";
/// Between the word for a group and its name.
const FILLERS: &str =
    "|called|named|name|the|namens|mit|namen|nomme|appele|llamado|genaamd|chamado|security|ad|is|and|";
/// Before a group's name: it is joined or left.
const TOWARDS: &str = "|to|into|in|from|of|out|zu|zur|aus|der|au|aux|du|al|del|aan|uit|de|van|ao|aos|do|dos|no|na|on|be|by|from|inside|within|";
const OPEN: [char; 7] = ['"', '“', '„', '«', '\'', '‘', '`'];
const CLOSE: [char; 8] = ['"', '”', '“', '»', '\'', '’', '`', '‘'];

fn is_among(list: &str, word: &str) -> bool {
    list.split('|').any(|known| known == word)
}

/// The group a membership is asked for.
pub(super) fn one(source: &Source<'_>) -> Option<Range<usize>> {
    if let Some(field) = source.fields.iter().find(|field| field.label == Label::Group) {
        return split(source, field.value.clone()).into_iter().next();
    }
    let mut found = mentioned(source);
    found.sort_by_key(|(strength, span)| (std::cmp::Reverse(*strength), span.start));
    found.into_iter().next().map(|(_, span)| span)
}

/// Every group named as wanted, in order, each once.
pub(super) fn all(source: &Source<'_>) -> Vec<Range<usize>> {
    let labelled: Vec<_> = source
        .fields
        .iter()
        .filter(|field| field.label == Label::Group)
        .flat_map(|field| split(source, field.value.clone()))
        .collect();
    let found = if labelled.is_empty() {
        let mut spans: Vec<_> = mentioned(source).into_iter().map(|(_, span)| span).collect();
        spans.sort_by_key(|span| span.start);
        spans
    } else {
        labelled
    };
    let mut once: Vec<Range<usize>> = Vec::new();
    for span in found {
        if !once.iter().any(|known| source.slice(known) == source.slice(&span)) {
            once.push(span);
        }
    }
    once
}

/// The parts of a list: `A, B and C`.
fn split(source: &Source<'_>, value: Range<usize>) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut start = value.start;
    let text = &source.text[value.clone()];
    let mut at = 0;
    while at < text.len() {
        let separator = [", ", ",", "; ", ";", " and ", " und ", " et ", " y ", " en ", " e ", " & ", " + "]
            .iter()
            .find(|separator| text[at..].starts_with(**separator));
        let step = separator.map_or_else(|| text[at..].chars().next().map_or(1, char::len_utf8), |found| found.len());
        if separator.is_some() {
            parts.push(start..value.start + at);
            start = value.start + at + step;
        }
        at += step;
    }
    parts.push(start..value.end);
    parts.retain(|part| part.start < part.end);
    let clean = |part: Range<usize>| {
        let inner = trimmed(source.text, part);
        let bare = source.slice(&inner);
        let left = bare.len() - bare.trim_start_matches(OPEN).len();
        let right = bare.trim_end_matches(CLOSE).trim_end_matches('.').len();
        inner.start + left..(inner.start + right).max(inner.start + left)
    };
    let is_name = |span: &Range<usize>| {
        let text = source.slice(span);
        (1..=80).contains(&text.len())
            && !text.contains('@')
            && !matches!(text.to_lowercase().as_str(), "-" | "none" | "keine" | "n/a")
    };
    parts.into_iter().map(clean).filter(is_name).collect()
}

/// Names of groups in the text, each with how sure it is that it is one.
fn mentioned(source: &Source<'_>) -> Vec<(u32, Range<usize>)> {
    let mut found: Vec<(u32, Range<usize>)> = Vec::new();
    for sentence in source.sentences {
        if found.len() >= MOST_FOUND {
            break;
        }
        let weight = u32::from(!sentence.is_subject);
        for (strength, span) in
            by_shape(source, sentence.span.clone()).into_iter().chain(beside_word(source, sentence.span.clone()))
        {
            let again = found.iter_mut().find(|(_, known)| known.start < span.end && span.start < known.end);
            match again {
                Some((known_strength, known)) => {
                    *known_strength = (*known_strength).max(strength + weight);
                    if span.len() > known.len() {
                        *known = span;
                    }
                }
                None => found.push((strength + weight, span)),
            }
        }
    }
    found
}

/// `Finance-Reports`, `SG_Sales_RW`: the shape tells, and a word before or after it confirms.
fn by_shape(source: &Source<'_>, span: Range<usize>) -> Vec<(u32, Range<usize>)> {
    let mut found = Vec::new();
    let mut at = span.start;
    for chunk in source.text[span.clone()].split(char::is_whitespace) {
        let start = at;
        at += chunk.len();
        at += source.text[at..].chars().next().map_or(0, char::len_utf8);
        let left = chunk.len() - chunk.trim_start_matches(|c: char| !c.is_alphanumeric()).len();
        let right = chunk.trim_end_matches(|c: char| !c.is_alphanumeric()).len();
        let Some(word) = chunk.get(left..right) else { continue };
        if !is_group_name(word) || word.contains([',', ':', '(']) || is_part_of_name(source, start + left) {
            continue;
        }
        let place = start + left..start + right;
        let last = source.words_before(span.start, place.start, 2);
        let grouped = last.iter().any(|word| is_among(GROUP, word));
        let towards = last.first().is_some_and(|word| is_among(TOWARDS, word));
        found.push((3 + 3 * u32::from(grouped) + 2 * u32::from(towards), place));
    }
    found
}

/// A double name such as `Hanna Meyer-Lund`, or one in an address, is no group.
fn is_part_of_name(source: &Source<'_>, at: usize) -> bool {
    let inside = source.addresses.iter().any(|address| address.span.contains(&at));
    let before = source.text[..at].trim_end_matches(' ');
    let previous = before.rsplit(|c: char| c.is_whitespace()).next().unwrap_or("");
    let gap = at - before.len();
    let capitalised = gap == 1 && previous.starts_with(char::is_uppercase) && previous.chars().all(char::is_alphabetic);
    let known = [&cues::GROUP, &cues::ADD, &cues::REMOVE, &cues::ACCESS, &cues::REQUEST];
    inside
        || (capitalised
            && !known.iter().any(|cue| cues::of_word(&folded(previous)).has(**cue))
            && !is_among(TOWARDS, &folded(previous)))
}

/// A name that the word for a group, or quotation marks, point at: `group Finance Reports`, `the "QA Readers" group`.
fn beside_word(source: &Source<'_>, span: Range<usize>) -> Vec<(u32, Range<usize>)> {
    let mut found: Vec<(u32, Range<usize>)> = Vec::new();
    let mut words = Words::default();
    for name in quoted(source, span.clone()) {
        let before = source.words_before(span.start, name.start, 2);
        let near = before.iter().any(|word| is_among(GROUP, word) || is_among(TOWARDS, word));
        let after = source.word_after(name.end, span.end).is_some_and(|word| is_among(GROUP, &word));
        if near || after {
            found.push((6, name));
        }
    }
    words.read(source.text, span.clone());
    for place in 0..words.len() {
        if !is_among(GROUP, words.get(place)) {
            continue;
        }
        let mut next = place + 1;
        while next < words.len() && is_among(FILLERS, words.get(next)) {
            next += 1;
        }
        if let Some(name) = capitalised(source, &words, next, span.end) {
            found.push((5, name));
        } else if let Some(name) = capitalised_before(source, &words, place) {
            found.push((4, name));
        }
    }
    found
}

/// The capitalised words from this one on, as far as nothing but spaces and dashes stands between them.
fn capitalised(source: &Source<'_>, words: &Words, from: usize, end: usize) -> Option<Range<usize>> {
    if from >= words.len() || words.raw(from).start >= end {
        return None;
    }
    let is_capital = |place: usize| {
        let raw = source.slice(&words.raw(place));
        raw.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit()) || raw == "and"
    };
    let start = words.raw(from).start;
    if !source.slice(&words.raw(from)).starts_with(char::is_uppercase) || words.get(from) == "@" {
        return None;
    }
    let mut last = from;
    while last + 1 < words.len() && last - from < 5 {
        let between = &source.text[words.raw(last).end..words.raw(last + 1).start];
        let joined = between.chars().all(|c| matches!(c, ' ' | '-' | '_' | '&')) && !between.contains("- ");
        let shaped = is_group_name(source.slice(&(start..words.raw(last).end)));
        if !joined || (shaped && between.contains(' ')) || !(is_capital(last + 1) || between == "-" || between == "_") {
            break;
        }
        last += 1;
    }
    while last > from && source.slice(&words.raw(last)) == "and" {
        last -= 1;
    }
    let span = start..words.raw(last).end;
    let alone = last == from && cues::of_word(words.get(from)).any(&[cues::REQUEST, cues::ADD, cues::REMOVE]);
    (!alone && !address::is_plain(source.slice(&span))).then_some(span)
}

/// The capitalised words right before this one, after an article or a preposition: `the Finance Reports group`.
fn capitalised_before(source: &Source<'_>, words: &Words, place: usize) -> Option<Range<usize>> {
    let is_part = |at: usize| {
        let spaced = source.text.get(words.raw(at).end..words.raw(at + 1).start).is_some_and(|between| between == " ");
        spaced && source.slice(&words.raw(at)).starts_with(char::is_uppercase)
    };
    let first = (0..place).rev().take_while(|at| is_part(*at)).last()?;
    let led = first > 0 && (is_among(TOWARDS, words.get(first - 1)) || is_among(FILLERS, words.get(first - 1)));
    led.then(|| words.raw(first).start..words.raw(place - 1).end)
}

fn quoted(source: &Source<'_>, span: Range<usize>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = span.start;
    while let Some(open) = source.text[at..span.end].find(['"', '“', '„', '«', '`']) {
        let begin = at + open + source.text[at + open..].chars().next().map_or(1, char::len_utf8);
        let Some(length) = source.text[begin..span.end].find(['"', '”', '“', '»', '`']) else { break };
        let inner = trimmed(source.text, begin..begin + length);
        let short = (2..=60).contains(&inner.len()) && source.slice(&inner).split(' ').count() <= 6;
        if short && !source.slice(&inner).contains('@') {
            found.push(inner);
        }
        at = begin + length + source.text[begin + length..].chars().next().map_or(1, char::len_utf8);
    }
    found
}

/// Whether the group is to be joined or left.
pub(super) fn action(source: &Source<'_>, group: Option<&Range<usize>>) -> Option<GroupAction> {
    let mut words = Words::default();
    let mut verbs = |span: Range<usize>| {
        words.read(source.text, span);
        let at = |cue| (0..words.len()).find(|place| cues::of_word(words.get(*place)).has(cue));
        let all = cues::of_words(&words);
        let removes = all.has(cues::REMOVE).then(|| at(cues::REMOVE).unwrap_or(0));
        let adds = all.has(cues::ADD).then(|| at(cues::ADD).unwrap_or(usize::MAX));
        match (adds, removes) {
            (None, None) => None,
            (Some(_), None) => Some(GroupAction::Add),
            (None, Some(_)) => Some(GroupAction::Remove),
            (Some(add), Some(remove)) => Some(if remove <= add { GroupAction::Remove } else { GroupAction::Add }),
        }
    };
    let labelled = source.fields.iter().filter(|field| field.label == Label::Action);
    if let Some(action) = labelled.filter_map(|field| verbs(field.value.clone())).next() {
        return Some(action);
    }
    let of_group = group.and_then(|group| source.sentence_at(group.start)).map(|sentence| sentence.span.clone());
    let asking = |sentence: &&Sentence| !sentence.is_subject && sentence.cues.has(cues::REQUEST);
    let asked = source.sentences.iter().filter(asking).map(|sentence| sentence.span.clone());
    let body = source.sentences.iter().filter(|sentence| !sentence.is_subject).map(|sentence| sentence.span.clone());
    let subject = source.sentences.iter().filter(|sentence| sentence.is_subject).map(|sentence| sentence.span.clone());
    let order: Vec<_> = asked.chain(of_group).chain(body).chain(subject).collect();
    let membership = || {
        let member = source.sentences.iter().any(|sentence| sentence.cues.any(&[cues::GROUP, cues::ACCESS, cues::ADD]));
        member.then_some(GroupAction::Add)
    };
    order.into_iter().find_map(verbs).or_else(membership)
}
