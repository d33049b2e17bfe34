//! Whom a ticket is about.

use countersign_domain::classification::NamedPerson;
use std::ops::Range;

use super::{
    Source,
    address::{is_machine, is_private},
    form::{Field, Label},
    forwarded, licence, marks,
    mentions::{CLEAR, address_standing, is_bystander, is_denied, leads, name_standing},
    names::{Local, Name},
    tokens::Joint,
    writer::Speech,
};

pub(super) enum Target {
    Known(NamedPerson),
    /// More than one person, with nothing that tells which.
    Several,
    Unclear,
}

/// Whether somebody who writes about nobody else means themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Writer {
    Presumed,
    /// Only where they say so outright.
    IfSaid,
    Never,
}

/// How much more must speak for a name where the writer speaks of a matter of their own.
const AGAINST_OWN: i32 = 2;

pub(super) fn find(source: &Source<'_>, writer: Writer) -> Target {
    if source.addresses.iter().any(|address| !address.is_plain) {
        return Target::Unclear;
    }
    let speech = Speech::of(source);
    if writer != Writer::Never && source.fields.iter().any(says_self) {
        return own(source);
    }
    if let Some(sender) = forwarded::speaker(source).filter(|_| writer != Writer::Never) {
        return Target::Known(sender);
    }
    let mut candidates = candidates(source);
    // Who is only to be left as they are, or gave advice, is not meant by a writer who speaks of themselves.
    let left = candidates.iter().all(|(standing, _)| *standing < 0);
    if writer != Writer::Never && left && (speech.own || (speech.writer && !speech.third)) {
        candidates.clear();
    }
    match strongest(source, &candidates) {
        Strongest::None => without_address(source, writer, speech),
        Strongest::One(place) => Target::Known(with_address(source, place, writer)),
        Strongest::Several => Target::Several,
    }
}

/// The requester's own address, where it may be somebody's account.
fn own(source: &Source<'_>) -> Target {
    match source.requester {
        Some(own) if !is_private(own) && !is_machine(own) => {
            Target::Known(NamedPerson { email: Some(own.to_owned()), name: None })
        }
        Some(_) | None => Target::Unclear,
    }
}

/// `Requested for: myself`, `Account: mine`.
fn says_self(field: &Field<'_>) -> bool {
    let value = field.text.to_lowercase();
    let value = value.trim_matches(|c: char| !c.is_alphanumeric());
    let person = matches!(field.label, Label::Person | Label::Account);
    let alone = matches!(
        value,
        "myself"
            | "me"
            | "mine"
            | "self"
            | "ich"
            | "ich selbst"
            | "mich"
            | "selbst"
            | "moi"
            | "moi-même"
            | "yo"
            | "yo mismo"
            | "yo misma"
            | "para mí"
            | "ik"
            | "ikzelf"
            | "mijzelf"
            | "eu"
            | "eu mesmo"
            | "eu mesma"
            | "eu próprio"
            | "mim"
    );
    let beside = ["self", "requester", "myself", "me", "selbst", "moi-même"]
        .iter()
        .any(|word| value.strip_suffix(word).is_some_and(|before| before.ends_with('(') || before.ends_with("- ")));
    person && (alone || beside)
}

enum Strongest {
    None,
    One(usize),
    Several,
}

fn strongest(source: &Source<'_>, candidates: &[(i32, usize)]) -> Strongest {
    let Some(best) = candidates.iter().map(|(standing, _)| *standing).max() else { return Strongest::None };
    let Some((_, first)) = candidates.iter().find(|(standing, _)| *standing == best) else { return Strongest::None };
    // Two in one sentence, as much spoken of: `reset a@b.example and c@b.example`.
    let equal = |(standing, place): &&(i32, usize)| {
        *standing == best || (*standing == best - 1 && source.tokens.together(*first.min(place), *first.max(place)))
    };
    if candidates.iter().filter(equal).count() == 1 { Strongest::One(*first) } else { Strongest::Several }
}

/// The addresses that may be the target's, with how strongly each is meant: corporate, not a bystander's, each once; the
/// requester's own only where it is the only one.
fn candidates(source: &Source<'_>) -> Vec<(i32, usize)> {
    let mut found: Vec<(i32, usize)> = Vec::new();
    for place in source.address_places() {
        let text = source.slice(&source.tokens.all()[place].raw);
        if is_private(text) || is_bystander(source, place, place + 1) {
            continue;
        }
        let standing = address_standing(source, place);
        let known = found
            .iter_mut()
            .find(|(_, known)| source.slice(&source.tokens.all()[*known].raw).eq_ignore_ascii_case(text));
        match known {
            Some((strongest, _)) => *strongest = standing.max(*strongest),
            None => found.push((standing, place)),
        }
    }
    let name_of = |place: usize| source.slice(&source.tokens.all()[place].raw);
    if found.iter().any(|(_, place)| !is_of_bystander(source, name_of(*place))) {
        found.retain(|(_, place)| !is_of_bystander(source, name_of(*place)));
    }
    let alone = found.len() < 2;
    for (standing, place) in &mut found {
        *standing -= 2 * i32::from(!alone && is_denied(source, *place));
        let local = Local::of(source.slice(&source.tokens.all()[*place].raw));
        *standing += named_beside_deed(source, &local);
    }
    let is_own = |place: usize| source.is_own(source.slice(&source.tokens.all()[place].raw));
    if found.iter().any(|(_, place)| !is_own(*place)) {
        found.retain(|(_, place)| !is_own(*place));
    }
    found
}

/// Whether the only names that fit an address are those of bystanders.
fn is_of_bystander(source: &Source<'_>, address: &str) -> bool {
    let local = Local::of(address);
    let mut fitting = source.said_names().filter(|name| local.fits(&source.tokens, name)).peekable();
    fitting.peek().is_some() && fitting.all(|name| is_bystander(source, name.tokens.start, name.tokens.end))
}

/// Whether the desk is to do something for somebody of a name that fits an address.
fn named_beside_deed(source: &Source<'_>, local: &Local) -> i32 {
    let tokens = &source.tokens;
    let deed = |name: &&Name| {
        let before =
            |most: usize, mark| tokens.before(name.tokens.start).take(most).any(|at| tokens.marks(at).has(mark));
        let given = tokens.before(name.tokens.start).next().is_some_and(|at| {
            matches!(tokens.word(at), "to" | "for" | "an" | "fur" | "a" | "para" | "voor" | "aan" | "pour")
        });
        local.fits(tokens, name)
            && !is_bystander(source, name.tokens.start, name.tokens.end)
            && (before(4, marks::DEED) || given)
    };
    let whole = |name: &Name| name.words >= 2 && local.fits(tokens, name);
    i32::from(source.said_names().any(|name| deed(&name))) + i32::from(source.said_names().any(whole))
}

fn with_address(source: &Source<'_>, place: usize, writer: Writer) -> NamedPerson {
    let raw = source.tokens.all()[place].raw.clone();
    let email = source.owned(&raw);
    if source.is_own(&email) && writer != Writer::Never {
        return NamedPerson { email: Some(email), name: None };
    }
    let local = Local::of(&email);
    let named = field_name(source, Some(&local))
        .or_else(|| local.named(&source.tokens, &source.names, 0..source.said_end).map(|found| source.span(&found)))
        .or_else(|| adjacent(source, place))
        // Who writes from elsewhere signs with the name that the address has.
        .or_else(|| {
            local
                .named(&source.tokens, &source.names, source.said_end..source.tokens.len())
                .map(|found| source.span(&found))
        })
        .or_else(|| only_name(source, &local));
    let name = fuller(source, &local, named.as_ref()).or_else(|| named.map(|span| source.owned(&span)));
    NamedPerson { email: Some(email), name }
}

/// A name in a form's line about the person.
fn field_name(source: &Source<'_>, local: Option<&Local>) -> Option<Range<usize>> {
    let of_person = source.fields.iter().filter(|field| matches!(field.label, Label::Person | Label::Account));
    of_person.filter(|field| !is_turned(field.text)).find_map(|field| {
        let place = source.tokens.within(&field.value);
        let inside = |name: &&Name| place.start <= name.tokens.start && name.tokens.end <= place.end;
        let name = source.names.iter().find(inside)?;
        let leads = name.tokens.start == place.start + usize::from(name.titled);
        let fits = local.is_some_and(|local| local.fits(&source.tokens, name));
        (leads && (name.words >= 2 || fits)).then(|| source.span(&name.tokens))
    })
}

/// `Surname, Given`: a name, but not one that stands in the text the right way round.
fn is_turned(value: &str) -> bool {
    value.split_once(',').is_some_and(|(left, right)| {
        !left.contains(' ')
            && right.trim().split(' ').count() == 1
            && right.trim().starts_with(char::is_uppercase)
            && !right.contains('@')
    })
}

/// A full name right beside the address: `Name (address)`, `Name <address>`, `Name, address`.
fn adjacent(source: &Source<'_>, place: usize) -> Option<Range<usize>> {
    let beside = |name: &&Name| {
        let (before, after) = (name.tokens.end == place, name.tokens.start == place + 1);
        let gap = if before { source.gap(place - 1, place) } else { source.gap(place, place + 1) };
        let joined = gap.len() <= 4
            && gap.chars().all(|c| matches!(c, ' ' | '(' | '<' | '[' | ',' | '/' | '-' | '–' | ';' | '|'));
        let together = source.tokens.together(name.tokens.start, place);
        name.words >= 2 && (before || after) && together && joined
    };
    source.said_names().find(beside).map(|name| source.span(&name.tokens))
}

/// The only full name that is spoken of as the one concerned, where the address itself names nobody: `desk2@...`.
fn only_name(source: &Source<'_>, local: &Local) -> Option<Range<usize>> {
    let least = if local.is_simple() { 1 } else { CLEAR };
    let mut meant = source
        .said_names()
        .filter(|name| !source.is_writer(name) && !fits_another(source, local, name))
        .filter(|name| name.words >= 2 || is_called_simply(source, local, name))
        .filter(|name| name_standing(source, name) >= least);
    let first = meant.next()?;
    meant.all(|name| source.same_words(first, name)).then(|| source.span(&first.tokens))
}

/// One word, where the address names nobody and the ticket plainly speaks of its bearer.
fn is_called_simply(source: &Source<'_>, local: &Local, name: &Name) -> bool {
    local.is_simple() && name_standing(source, name) > CLEAR
}

fn fits_another(source: &Source<'_>, local: &Local, name: &Name) -> bool {
    !local.fits(&source.tokens, name)
        && source.address_places().any(|place| {
            let other = Local::of(source.slice(&source.tokens.all()[place].raw));
            other.fits(&source.tokens, name)
        })
}

/// The whole name as the person's own quoted mail has it, where the ticket has their address and less of the name. What
/// is quoted never says whom the ticket is about, only what somebody is called whom it names by address.
fn fuller(source: &Source<'_>, local: &Local, known: Option<&Range<usize>>) -> Option<String> {
    let short = known.is_none_or(|span| !source.slice(span).contains(' '));
    if !short || source.asides.is_empty() || local.is_simple() {
        return None;
    }
    let quoted = source.aside_names();
    let whole = local.named(&quoted.tokens, &quoted.names, 0..quoted.tokens.len())?;
    let first = quoted.tokens.get(whole.start)?.raw.start;
    let last = quoted.tokens.get(whole.end - 1)?.raw.end;
    let name = &source.text[first..last];
    let extends = known.is_none_or(|span| name.contains(source.slice(span)));
    (whole.len() >= 2 && extends).then(|| name.to_owned())
}

fn without_address(source: &Source<'_>, writer: Writer, speech: Speech) -> Target {
    let named = |span: Range<usize>| Target::Known(NamedPerson { email: None, name: Some(source.owned(&span)) });
    let own_name = |span: &Range<usize>| {
        let place = source.tokens.within(span);
        writer != Writer::Never
            && source.names.iter().any(|name| name.tokens.start == place.start && source.is_writer(name))
    };
    if let Some(span) = field_name(source, None) {
        if !own_name(&span) {
            return named(span);
        }
    } else if source.fields.iter().any(|field| field.label == Label::Person && !field.text.contains('@')) {
        // The form says whom it is about, in a way that cannot be read for certain.
        if source.fields.iter().any(|field| field.label == Label::Person && is_turned(field.text)) {
            return Target::Unclear;
        }
    }
    match about(source, writer, speech) {
        About::One(span) => {
            if let Some(sender) = forwarded::sender_named(source, source.slice(&span)) {
                return Target::Known(sender);
            }
            return whole_name(source, &span)
                .map_or_else(|| named(span), |name| Target::Known(NamedPerson { email: None, name: Some(name) }));
        }
        About::Several => return Target::Several,
        About::Nobody => {}
    }
    if let Some(sender) = forwarded::spoken_of(source, speech, writer) {
        return Target::Known(sender);
    }
    if speech.many && !speech.own {
        return Target::Several;
    }
    match writer {
        Writer::Never => Target::Unclear,
        Writer::IfSaid if speech.own_account && !speech.third => own(source),
        Writer::IfSaid => Target::Unclear,
        Writer::Presumed if !speech.own && (speech.others || (speech.third && !speech.writer)) => Target::Unclear,
        Writer::Presumed => own(source),
    }
}

enum About {
    One(Range<usize>),
    Several,
    Nobody,
}

/// The name of somebody other than the requester whom the ticket is about.
fn about(source: &Source<'_>, writer: Writer, speech: Speech) -> About {
    let mut least = match (writer, speech.own) {
        (Writer::Never, _) => 1,
        (Writer::IfSaid, _) if !speech.own_account => 1,
        (Writer::Presumed | Writer::IfSaid, true) => CLEAR + AGAINST_OWN,
        (Writer::Presumed | Writer::IfSaid, false) => 1 + i32::from(speech.writer),
    };
    least -= i32::from(speech.third && speech.own) + i32::from(speech.others && speech.own);
    let mut best: Vec<(i32, &Name)> = Vec::new();
    for name in source.said_names().filter(|name| !source.is_writer(name) && !licence::covers(source, &name.tokens)) {
        // `Ann from sales, our oldest hand, ... unlock her account`.
        let opens = speech.others && name.words < 2 && leads(source, name);
        // A noun of the subject is no name of which the text knows nothing, where the writer speaks of themselves.
        if speech.writer && !speech.third && is_of_subject_alone(source, name) {
            continue;
        }
        let standing = name_standing(source, name) + 2 * i32::from(opens);
        let single = if speech.others { CLEAR - 1 } else { CLEAR };
        if standing >= least.max(if name.words < 2 { single } else { 0 }) {
            best.push((standing, name));
        }
    }
    let Some(highest) = best.iter().map(|(standing, name)| (name.words.min(2), *standing)).max() else {
        return unmarked(source, speech).map_or(About::Nobody, About::One);
    };
    let strongest: Vec<&Name> = best
        .iter()
        .filter(|(standing, name)| (name.words.min(2), *standing) == highest)
        .map(|(_, name)| *name)
        .collect();
    let first = strongest[0];
    if is_listed(source, first) || !strongest.iter().all(|name| source.same_words(first, name)) {
        return About::Several;
    }
    // `Ann` in the subject is `Ann Lee` of the text.
    About::One(source.span(&first.tokens))
}

/// The whole name as a quoted mail has it, of somebody of whom the ticket has one name.
fn whole_name(source: &Source<'_>, span: &Range<usize>) -> Option<String> {
    let short = source.slice(span);
    if short.contains(' ') || source.asides.is_empty() {
        return None;
    }
    let aside = source.aside_names();
    let has = |name: &&Name| {
        name.words >= 2
            && name.tokens.clone().any(|at| aside.tokens.get(at).is_some_and(|token| source.slice(&token.raw) == short))
    };
    let name = aside.names.iter().find(has)?;
    let (first, last) = (aside.tokens.get(name.tokens.start)?, aside.tokens.get(name.tokens.end - 1)?);
    Some(source.owned(&(first.raw.start..last.raw.end)))
}

/// Whether a name stands in the subject, and the text has no word of it.
fn is_of_subject_alone(source: &Source<'_>, name: &Name) -> bool {
    let in_subject = |name: &Name| {
        source.tokens.get(name.tokens.start).is_some_and(|token| source.sentences[token.sentence].is_subject)
    };
    in_subject(name) && !source.names.iter().any(|other| !in_subject(other) && source.same_words(name, other))
}

/// Whether a full name stands beside another one, with nothing but a comma or an `and` between them.
fn is_listed(source: &Source<'_>, name: &Name) -> bool {
    let beside = |other: &&Name| {
        let (first, second) = if other.tokens.start < name.tokens.start { (*other, name) } else { (name, *other) };
        let (from, to) = (first.tokens.end, second.tokens.start);
        let between = from <= to && to - from <= 2 && source.tokens.together(from - 1, to);
        let joined = (from..to).all(|at| source.tokens.marks(at).has(marks::AND) || source.tokens.word(at) == "a");
        let (gap, listed) = (source.gap(from - 1, to), to > from);
        between && joined && (listed || gap.trim() == ",") && other.words >= 2 && !source.same_words(name, other)
    };
    name.words >= 2 && source.said_names().filter(|other| !source.is_writer(other)).any(|other| beside(&other))
}

/// A name without capitals that can be nothing else: the whole subject, said again in the text; or two unknown words
/// after what somebody is and before what they did: `the cook gino marra forgot`.
fn unmarked(source: &Source<'_>, speech: Speech) -> Option<Range<usize>> {
    let tokens = &source.tokens;
    let plain = |at: usize| {
        tokens.get(at).is_some_and(|token| {
            token.marks.is_none()
                && token.letters
                && !token.is_address
                && !token.raw.is_empty()
                && tokens.word(at).len() > 2
        })
    };
    let pair =
        |at: usize| plain(at) && plain(at + 1) && tokens.get(at + 1).is_some_and(|token| token.joint == Joint::Space);
    let subject =
        source.sentences.iter().position(|sentence| sentence.is_subject).map(|number| tokens.sentence(number));
    if let Some(subject) = subject.filter(|subject| speech.third && subject.len() == 2 && pair(subject.start)) {
        let (given, family) = (tokens.word(subject.start), tokens.word(subject.start + 1));
        let again = (subject.end..source.said_end).find(|at| {
            pair(*at)
                && tokens.word(*at) == given
                && tokens.word(*at + 1) == family
                && (tokens.marks(*at + 2).has(marks::DOES) || tokens.marks(*at + 2).has(marks::TITLE))
        });
        if let Some(at) = again {
            return Some(source.span(&(at..at + 2)));
        }
    }
    let after_role = |at: &usize| {
        let verb = tokens.marks(at + 3);
        speech.third
            && tokens.marks(*at).has(marks::TITLE)
            && pair(at + 1)
            && tokens.together(*at, at + 3)
            && verb.has(marks::DOES)
    };
    (0..source.said_end).find(after_role).map(|at| source.span(&(at + 1..at + 3)))
}
