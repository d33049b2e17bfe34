//! Which groups a ticket names, as written.

use std::ops::Range;

use super::{
    MOST_FOUND, Source,
    form::Label,
    licence,
    marks::{self, Marks},
    mentions::is_boss,
    names::Local,
    shapes::{is_in_link, is_person, is_trade, shape},
    tokens::Joint,
};
use crate::text::trimmed;

const OPEN: [char; 9] = ['[', '"', '“', '„', '«', '\'', '‘', '`', '*'];
const CLOSE: [char; 10] = [']', '"', '”', '“', '»', '\'', '’', '`', '‘', '*'];
/// What much speaks for: a group's name, whatever else stands in the ticket.
const CERTAIN: i32 = 5;
/// What something speaks for: taken where nothing better is there.
const LIKELY: i32 = 3;
/// Words of the longest name.
const LONGEST: usize = 7;

/// A stretch of words that may be a group's name.
struct Mention {
    standing: i32,
    tokens: Range<usize>,
    /// Where it stands in the text; with a bracket at its end, more than its words.
    span: Range<usize>,
    /// Whether it is one word that by itself looks like a group's name.
    shaped: bool,
}

impl Mention {
    fn of(source: &Source<'_>, tokens: Range<usize>, standing: i32) -> Self {
        let span = source.span(&tokens);
        Self { standing, tokens, span, shaped: false }
    }
}

/// The group a membership is asked for.
pub(super) fn one(source: &Source<'_>) -> Option<Range<usize>> {
    if let Some(field) = source.fields.iter().find(|field| field.label == Label::Group) {
        return split(source, field.value.clone()).into_iter().next();
    }
    let found = mentioned(source);
    let best = found.iter().map(|mention| mention.standing).max().filter(|best| *best >= LIKELY)?;
    found.into_iter().find(|mention| mention.standing == best).map(|mention| mention.span)
}

/// Every group named as wanted, in order, each once.
pub(super) fn all(source: &Source<'_>) -> Vec<Range<usize>> {
    let labelled: Vec<_> = source
        .fields
        .iter()
        .filter(|field| field.label == Label::Group)
        .flat_map(|field| split(source, field.value.clone()))
        .collect();
    let found = if labelled.is_empty() { listed(source).unwrap_or_else(|| wanted(source)) } else { labelled };
    let mut once: Vec<Range<usize>> = Vec::new();
    for span in found {
        if once.len() < MOST_FOUND && !once.iter().any(|known| source.slice(known) == source.slice(&span)) {
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
    let quotes = text.contains(['"', '“', '„', '«']);
    let mut at = 0;
    while at < text.len() {
        let separator =
            [", ", ",", "; ", ";", " and ", " und ", " et ", " y ", " en ", " e ", " sowie ", " & ", " + ", " / ", "|"]
                .iter()
                .find(|separator| {
                    text[at..].starts_with(**separator)
                        && !(quotes && **separator == " & " && !text[..at].trim_end().ends_with(CLOSE))
                });
        let step = separator.map_or_else(|| text[at..].chars().next().map_or(1, char::len_utf8), |found| found.len());
        if separator.is_some() {
            parts.push(start..value.start + at);
            start = value.start + at + step;
        }
        at += step;
    }
    parts.push(start..value.end);
    parts.retain(|part| part.start < part.end);
    parts.into_iter().map(|part| bare(source, part)).filter(|span| is_answer(source.slice(span))).collect()
}

/// Without quotation marks and a full stop at its end.
fn bare(source: &Source<'_>, part: Range<usize>) -> Range<usize> {
    let inner = trimmed(source.text, part);
    let text = source.slice(&inner);
    let left = text.len() - text.trim_start_matches(OPEN).len();
    let right = text.trim_end_matches('.').trim_end_matches(CLOSE).trim_end_matches('.').len();
    inner.start + left..(inner.start + right).max(inner.start + left)
}

/// Whether a form's value names a group, and does not say that there is none.
fn is_answer(value: &str) -> bool {
    let plain = value.to_lowercase();
    let plain = plain.trim_matches(|c: char| !c.is_alphanumeric());
    let nothing = [
        "",
        "none",
        "keine",
        "n/a",
        "na",
        "no",
        "aucun",
        "aucune",
        "ninguno",
        "ninguna",
        "geen",
        "nenhum",
        "nenhuma",
        "tbd",
        "nil",
        "entfällt",
    ];
    (1..=80).contains(&value.len()) && !value.contains('@') && !nothing.contains(&plain)
}

/// `Groups: A, B`: a list behind the word for groups, within a line.
fn listed(source: &Source<'_>) -> Option<Vec<Range<usize>>> {
    let tokens = &source.tokens;
    (0..source.said_end).filter(|at| tokens.marks(*at).has(marks::GROUP)).find_map(|at| {
        let mut after = tokens.after(at).take(4);
        let first = after.find(|next| source.gap(next - 1, *next).contains(':'))?;
        let end = tokens.sentence(tokens.get(first)?.sentence).end;
        let span = tokens.get(first)?.raw.start..tokens.get(end - 1)?.raw.end;
        let parts = split(source, span);
        let short = |part: &Range<usize>| source.slice(part).split(' ').count() <= 3;
        let names =
            parts.iter().all(short) && parts.iter().all(|part| !licence::is_product(source, tokens.from(part.start)));
        (names && source.slice(&(tokens.get(first)?.raw.start..tokens.get(first)?.raw.end)).len() > 1).then_some(parts)
    })
}

/// The groups of the text that are certain, and those in one list with them.
fn wanted(source: &Source<'_>) -> Vec<Range<usize>> {
    let mut found = mentioned(source);
    found.sort_by_key(|mention| mention.tokens.start);
    let mut kept: Vec<Mention> = Vec::new();
    for mention in found {
        let listed = kept.last().is_some_and(|last| is_listed(source, &last.tokens, &mention.tokens));
        let certain = mention.standing >= CERTAIN || (mention.shaped && mention.standing >= LIKELY);
        if certain || (listed && mention.standing > 0) {
            let rest = (!listed).then(|| after_and(source, &mention.tokens)).flatten();
            kept.push(mention);
            kept.extend(rest);
        }
    }
    kept.into_iter().map(|mention| mention.span).collect()
}

/// One capitalised word behind a group and an `and`: `groups Lab-Users and Seminar`.
fn after_and(source: &Source<'_>, first: &Range<usize>) -> Option<Mention> {
    let tokens = &source.tokens;
    let (and, next) = (first.end, first.end + 1);
    let token = tokens.get(next)?;
    let joined = tokens.marks(and).has(marks::AND)
        && tokens.together(first.start, next)
        && source.gap(and, next) == " "
        && source.gap(and - 1, and) == " ";
    let grouped = tokens.before(first.start).take(2).any(|at| tokens.marks(at).has(marks::GROUP));
    let plain = token.capital && token.marks.is_none() && shape(source.slice(&token.raw)).is_none();
    (joined && grouped && plain && token.letters).then(|| Mention::of(source, next..next + 1, CERTAIN))
}

/// Whether nothing but a comma or an `and` stands between two mentions.
fn is_listed(source: &Source<'_>, first: &Range<usize>, second: &Range<usize>) -> bool {
    let tokens = &source.tokens;
    let (from, to) = (first.end, second.start);
    from <= to
        && to - from <= 2
        && tokens.together(first.start, second.start)
        && (from..to).all(|at| tokens.marks(at).has(marks::AND) || tokens.marks(at).has(marks::GROUP))
        && !source.gap(from - 1, to).contains(['(', ':'])
}

/// Names of groups in the text, each with how sure it is that it is one, in no order.
fn mentioned(source: &Source<'_>) -> Vec<Mention> {
    let mut found: Vec<Mention> = Vec::new();
    let mut at = 0;
    while at < source.said_end && found.len() < MOST_FOUND {
        let next = quoted(source, at).or_else(|| shaped(source, at)).or_else(|| capitalised(source, at));
        match next {
            Some(mention) => {
                at = mention.tokens.end.max(at + 1);
                found.push(mention);
            }
            None => at += 1,
        }
    }
    let last: Vec<_> = found.iter().map(|mention| mention.tokens.clone()).collect();
    // `A, B and C to the group`: what a list begins with holds for the rest of it.
    for place in 1..found.len() {
        if is_listed(source, &last[place - 1], &last[place]) {
            let led = found[place - 1].standing - 1;
            found[place].standing = found[place].standing.max(led);
        }
    }
    found
}

/// How much what stands around some words says that they are the name of a group to be joined or left.
fn standing(source: &Source<'_>, place: &Range<usize>) -> i32 {
    let tokens = &source.tokens;
    let mut score = 0;
    let mut later = place.start;
    for (back, at) in tokens.before(place.start).take(4).enumerate() {
        let here = tokens.marks(at);
        if source.gap(at, later).contains([',', ';']) && back > 0 {
            break;
        }
        // `not Lab-Old`, `no access to Lab-Partners`; but `is not in Lab-Users` says which is wanted.
        let denied = back == 0 || (back == 2 && is_access(tokens.word(at + 1)));
        // In Portuguese `no` is `in the`.
        if here.has(marks::NEGATES) && denied && !(back == 0 && tokens.word(at) == "no") {
            score -= 6;
        }
        let near = back == 0 || (back < 3 && (at + 1..place.start).all(|between| is_filler(source, between)));
        if near && here.has(marks::GROUP) {
            score += 4;
        } else {
            let led = back == 0 || (back == 1 && tokens.marks(later).has(marks::ARTICLE));
            score += 2 * i32::from(near && here.has(marks::CALLED) || led && here.has(marks::TOWARDS));
        }
        score += i32::from(back == 1 && here.has(marks::BE));
        later = at;
    }
    let next = tokens.marks(place.end);
    if next.has(marks::GROUP) && is_followed(source, place) {
        score += 4;
    }
    let sentence = tokens.all()[place.start].sentence;
    let has = |mark: Marks| tokens.sentence(sentence).any(|at| tokens.marks(at).has(mark));
    score += 2 * i32::from(has(marks::JOIN | marks::LEAVE)) + i32::from(has(marks::GROUP));
    score + i32::from(!source.sentences[sentence].is_subject)
}

fn is_access(word: &str) -> bool {
    matches!(word, "access" | "zugriff" | "zugang" | "acces" | "acceso" | "toegang" | "acesso")
}

/// Whether the word for a group behind a name belongs to it, and not to the name that follows in turn.
fn is_followed(source: &Source<'_>, place: &Range<usize>) -> bool {
    let tokens = &source.tokens;
    let next = |at: usize| tokens.get(at).filter(|token| token.joint == Joint::Space);
    let another = next(place.end + 1).is_some_and(|token| {
        let written = source.slice(&token.raw);
        token.capital || written.contains(['-', '_']) || written.starts_with(|c: char| c.is_ascii_digit())
    });
    next(place.end).is_some_and(|token| token.marks.has(marks::GROUP)) && !another
}

/// Words between the word for a group and its name.
fn is_filler(source: &Source<'_>, at: usize) -> bool {
    let here = source.tokens.marks(at);
    here.has(marks::CALLED)
        || matches!(
            source.tokens.word(at),
            "the"
                | "security"
                | "ad"
                | "mit"
                | "namen"
                | "entra"
                | "m365"
                | "would"
                | "be"
                | "are"
                | "bitte"
                | "please"
                | "sind"
                | "es"
                | "est"
        )
}

/// `Finance-Reports`, `SG_Sales_RW`, `app.crm.users`: the shape tells, and what stands beside it confirms.
fn shaped(source: &Source<'_>, at: usize) -> Option<Mention> {
    let tokens = &source.tokens;
    let token = tokens.get(at)?;
    let word = &source.text[token.raw.clone()];
    let shape = shape(word)?;
    if token.is_address
        || is_person(source, at)
        || is_in_link(source, token)
        || is_trade(source, at)
        || licence::is_code(word)
    {
        return None;
    }
    let place = at..at + 1;
    let said = !source.sentences[token.sentence].is_subject;
    Some(Mention { shaped: shape >= 2 && said, ..Mention::of(source, place.clone(), shape + standing(source, &place)) })
}

/// A name in quotation marks: `the "QA Readers" group`.
fn quoted(source: &Source<'_>, at: usize) -> Option<Mention> {
    let tokens = &source.tokens;
    let token = tokens.get(at)?;
    let before = source.text[..token.raw.start].chars().next_back()?;
    // An apostrophe opens a quotation only where no word ends: `m'ajouter`.
    let opening =
        source.text[..token.raw.start - before.len_utf8()].chars().next_back().is_none_or(|c| !c.is_alphanumeric());
    if !OPEN.contains(&before) || before == '[' || !opening {
        return None;
    }
    let close = match before {
        '“' => '”',
        '„' => '“',
        '«' => '»',
        '‘' => '’',
        same => same,
    };
    let sentence = tokens.sentence(token.sentence);
    let ends = |last: usize| {
        let rest = &source.text[tokens.all()[last].raw.end..];
        let bracket = rest.len() - rest.trim_start_matches(')').len();
        let stops = rest[bracket..].len() - rest[bracket..].trim_start_matches(['.', ',']).len();
        rest[bracket + stops..].starts_with([close, '”']).then_some((last + 1, tokens.all()[last].raw.end + bracket))
    };
    // A name with a bracket at its end: `"Prescribers (Small Animal)"`.
    let (end, stop) = (at..sentence.end.min(at + LONGEST)).find_map(ends)?;
    let (place, span) = (at..end, token.raw.start..stop);
    let inner = source.slice(&span);
    let around = place.len() > 2
        && place.clone().any(|at| shape(source.slice(&tokens.all()[at].raw)).is_some_and(|shape| shape >= 2));
    if inner.len() < 2 || inner.contains(['\n', '@']) || licence::is_product(source, at) || around {
        return None;
    }
    let asked = tokens.before(at).take(3).any(|before| tokens.marks(before).has(marks::WANTS));
    let standing = 2 + 2 * i32::from(asked) + standing(source, &place) + shape(inner).unwrap_or(0);
    Some(Mention { standing, tokens: place, span, shaped: false })
}

/// Capitalised words that the word for a group, or one that leads to it, points at: `to the Finance Reports group`.
fn capitalised(source: &Source<'_>, at: usize) -> Option<Mention> {
    let tokens = &source.tokens;
    let token = tokens.get(at)?;
    let shouted = token.shouted && tokens.get(at + 1).is_some_and(|next| next.shouted);
    if !token.capital || token.is_address || token.marks.has(marks::GROUP) || shouted || is_filler(source, at) {
        return None;
    }
    let (place, led) = (at..capital_end(source, at), led(source, at));
    let grouped_after = is_followed(source, &place);
    let words = place.len();
    if !(led.by_group || grouped_after || (led.by_way && words >= 2)) || is_known(source, &place) {
        return None;
    }
    let unsure = led.article && !grouped_after && !led.by_group;
    let standing = standing(source, &place) + i32::from(words >= 2) - 3 * i32::from(unsure);
    (standing >= LIKELY).then(|| Mention::of(source, place, standing))
}

struct Led {
    by_group: bool,
    by_way: bool,
    article: bool,
}

/// What stands before a name.
fn led(source: &Source<'_>, at: usize) -> Led {
    let tokens = &source.tokens;
    let mut before = tokens.before(at).skip_while(|before| is_filler(source, *before));
    let nearest = before.next();
    let called = tokens.marks(at.wrapping_sub(1)).has(marks::CALLED);
    let marks_of = |place: Option<usize>| place.map(|place| tokens.marks(place)).unwrap_or_default();
    let last = marks_of(nearest);
    let last_but_one = marks_of(before.next());
    // `Head of Research` is somebody.
    let office = tokens.before(at).nth(1).is_some_and(|at| {
        tokens.word(at) != "member" && (tokens.marks(at).has(marks::TITLE) || is_boss(tokens.word(at)))
    });
    let comma = at > 0 && source.gap(at - 1, at).contains([',', ';', '.']);
    Led {
        by_group: !comma
            && (last.has(marks::GROUP)
                || (called && tokens.before(at).take(8).any(|at| tokens.marks(at).has(marks::GROUP)))),
        by_way: !comma
            && !office
            && (last.has(marks::TOWARDS) || (last.has(marks::ARTICLE) && last_but_one.has(marks::TOWARDS))),
        article: last.has(marks::ARTICLE) && !last.has(marks::TOWARDS),
    }
}

/// The place after the capitalised words that begin here, as far as spaces, dashes and brackets go.
fn capital_end(source: &Source<'_>, at: usize) -> usize {
    let tokens = &source.tokens;
    let mut end = at + 1;
    while let Some(token) = tokens.get(end) {
        let gap = source.gap(end - 1, end);
        let joined = matches!(gap, " " | " – " | " - " | " — " | " & " | " (" | ") ") && tokens.together(at, end);
        let written = token.capital || source.text[token.raw.clone()].starts_with(|c: char| c.is_ascii_digit());
        let shaped = shape(source.slice(&token.raw)).is_some_and(|shape| shape > 0);
        let stops = token.marks.has(marks::GROUP | marks::LICENCE)
            || shaped
            || token.is_address
            || tokens.word(end) == "please"
            || tokens.word(end) == "i";
        let and = tokens.word(end) == "and"
            && gap == " "
            && tokens
                .get(end + 1)
                .is_some_and(|next| next.capital && next.marks.is_none() && shape(source.slice(&next.raw)).is_none());
        if !joined || stops || end - at >= LONGEST || !(written || and) {
            break;
        }
        end += 1;
    }
    end
}

/// A day, a product, or somebody: no group, unless the word for one stands beside it.
fn is_known(source: &Source<'_>, place: &Range<usize>) -> bool {
    let tokens = &source.tokens;
    let first = tokens.marks(place.start);
    let department = matches!(
        tokens.word(place.start),
        "team" | "abteilung" | "department" | "equipe" | "afdeling" | "equipo" | "equipa"
    );
    let one_known = department
        || place.len() == 1 && (first.has(marks::NO_NAME) || first.has(marks::ITEM) || first.has(marks::TITLE));
    let titled = first.has(marks::TITLE)
        && place.len() <= 3
        && source.names.iter().any(|name| name.titled && name.tokens.start == place.start + 1);
    let person = source.address_places().any(|address| {
        let local = Local::of(source.slice(&tokens.all()[address].raw));
        source.names.iter().any(|name| name.tokens.start == place.start && local.fits(tokens, name) && place.len() <= 3)
    });
    one_known || titled || person || licence::is_product(source, place.start)
}
