//! Whom a ticket is about.

use countersign_domain::classification::NamedPerson;
use std::ops::Range;

use super::{
    Source,
    address::{is_machine, is_private},
    form::Label,
    names::{self, Name},
};
use crate::{
    cues::{self, Cue},
    features::Sentence,
    words::Words,
};

pub(super) enum Target {
    Known(NamedPerson),
    /// More than one person, with nothing that tells which.
    Several,
    Unclear,
}

/// Before an address or a name: somebody who is not the person concerned.
const BYSTANDER: &str = "|cc|bcc|manager|boss|approver|approved|approval|contact|reply|replies|inform|notify|questions|successor|replacement|forward|copy|supervisor|chef|chefin|vorgesetzte|vorgesetzter|genehmigt|ruckfragen|nachfolger|nachfolgerin|responsable|valide|jefe|jefa|autorizado|aprobado|goedgekeurd|leidinggevende|opvolger|aprovado|sucessor|sucesor|successeur|confirm|confirmation|delegate|ticket|requester|regards|thanks|";
/// The same, where it stands right before.
const RIGHT_BEFORE: &str = "|by|ask|call|via|from|door|par|por|durch|";
/// Before a name: the person concerned.
const CONCERNED: &str = "|for|suspend|remove|add|reset|unlock|disable|deactivate|block|colleague|kollege|kollegin|kollegen|employee|herr|herrn|frau|mr|mrs|ms|dr|starter|joiner|leaver|hire|contractor|consultant|intern|trainee|user|of|give|put|include|offboard|onboard|welcome|mitarbeiter|mitarbeiterin|werkstudent|werkstudentin|praktikant|praktikantin|fur|von|pour|para|voor|de|collegue|companero|companera|collega|colega|stagiaire|stagiair|becario|temp|freelancer|developer|nurse|apprentice|driver|accountant|dispatcher|receptionist|assistant|technician|account|colleagues|member|empleado|employe|medewerker|named|called|is|a|o|ao|von|successor|provision|dispatcher|access|";
/// After a name: the person concerned is or does something.
const DOES: &str = "|is|has|can|cannot|can't|left|leaves|starts|begins|joins|needs|forgot|lost|will|was|would|should|must|hat|ist|fangt|beginnt|verlasst|startet|braucht|kommt|weiss|kennt|est|arrive|rejoint|commence|perdu|oublie|empieza|deja|ha|se|heeft|begint|komt|deixou|comeca|inicia|foi|esqueceu|ficou|from|no|does|doesn't|did|in|at|entered|went|resigned|retires|dropped|got|changed|typed|tried|joined|knows|finished|says|starting|wants|had|isn't|moved|keeps|to|";
/// Somebody other than the writer, for certain.
const OTHERS: &str = "|he|she|his|her|him|colleague|kollege|kollegin|kollegen|collegue|companero|companera|collega|colega|employee|mitarbeiter|mitarbeiterin|intern|contractor|";
/// The writer.
const SELF: &str =
    "|i|me|my|mine|myself|ich|mein|meine|meinen|meinem|mich|mir|je|j|mon|ma|moi|mi|yo|ik|mijn|mij|eu|minha|meu|mim|m|";
const DEEDS: [Cue; 7] = [cues::RESET, cues::LOCK, cues::LEAVE, cues::ADD, cues::REMOVE, cues::ASSIGN, cues::CREATE];

fn among(list: &str, word: &str) -> bool {
    !word.is_empty() && list.split('|').any(|known| known == word)
}

pub(super) fn find(source: &Source<'_>, may_be_self: bool) -> Target {
    if source.addresses.iter().any(|address| !address.is_plain) {
        return Target::Unclear;
    }
    let candidates = candidates(source);
    match candidates.as_slice() {
        [] => without_address(source, may_be_self),
        [only] => Target::Known(with_address(source, only, may_be_self)),
        several => {
            let scored: Vec<_> = several.iter().map(|span| (strength(source, span), span)).collect();
            let strongest = scored.iter().map(|(score, _)| *score).max().unwrap_or(0);
            let mut best = scored.iter().filter(|(score, _)| *score == strongest);
            match (best.next(), best.next()) {
                (Some((_, span)), None) => Target::Known(with_address(source, span, may_be_self)),
                (Some(_) | None, _) => Target::Several,
            }
        }
    }
}

/// The addresses that may be the target's: corporate, not a bystander's, each once; the requester's own only where it
/// is the only one.
fn candidates(source: &Source<'_>) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for address in &source.addresses {
        let text = source.slice(&address.span);
        let again = found.iter().any(|known| source.slice(known).eq_ignore_ascii_case(text));
        if !again && !is_private(text) && !is_bystander(source, &address.span) {
            found.push(address.span.clone());
        }
    }
    let own = |span: &Range<usize>| source.requester.is_some_and(|own| own.eq_ignore_ascii_case(source.slice(span)));
    if found.iter().any(|span| !own(span)) {
        found.retain(|span| !own(span));
    }
    found
}

fn is_bystander(source: &Source<'_>, span: &Range<usize>) -> bool {
    if let Some(field) = source.fields.iter().find(|field| field.value.contains(&span.start)) {
        return field.label == Label::Other;
    }
    let start = source.sentence_at(span.start).map_or(0, |sentence| sentence.span.start);
    follows_bystander(source, start, span.start, 4)
}

/// Whether the words before a place, in its own clause, say that somebody else comes.
fn follows_bystander(source: &Source<'_>, start: usize, end: usize, most: usize) -> bool {
    let clause = source.text[start.min(end)..end].rfind([',', ';']).map_or(start, |at| start + at + 1);
    let words = source.words_before(clause, end, most);
    words.first().is_some_and(|word| among(RIGHT_BEFORE, word)) || words.iter().any(|word| among(BYSTANDER, word))
}

fn strength(source: &Source<'_>, span: &Range<usize>) -> u32 {
    let labelled =
        source.fields.iter().find(|field| field.value.contains(&span.start)).map_or(0, |field| match field.label {
            Label::Account => 5,
            Label::Person => 4,
            Label::Other | Label::Group | Label::License | Label::FormerLicense | Label::Action => 0,
        });
    let deed = source.sentence_at(span.start).is_some_and(|sentence| sentence.cues.any(&DEEDS));
    labelled + 2 * u32::from(deed)
}

fn with_address(source: &Source<'_>, span: &Range<usize>, may_be_self: bool) -> NamedPerson {
    let email = source.owned(span);
    let own = source.requester.is_some_and(|own| own.eq_ignore_ascii_case(&email));
    if own && may_be_self {
        return NamedPerson { email: Some(email), name: None };
    }
    let local = names::local_part(&email);
    let named = field_name(source, &local).or_else(|| fitting_name(source, &local)).or_else(|| adjacent(source, span));
    NamedPerson { email: Some(email), name: named.map(|span| source.owned(&span)) }
}

/// A name in a form's line about the person.
fn field_name(source: &Source<'_>, local: &str) -> Option<Range<usize>> {
    let of_person = source.fields.iter().filter(|field| matches!(field.label, Label::Person | Label::Account));
    of_person.filter(|field| !is_turned(field.text)).find_map(|field| {
        let found = names::find(source.text, field.value.clone(), local);
        let first = found.into_iter().next().filter(|name| name.span.start == field.value.start)?;
        (first.words.len() >= 2 || names::fits(&first, local)).then_some(first.span)
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

/// The longest name with a word of the address in it.
fn fitting_name(source: &Source<'_>, local: &str) -> Option<Range<usize>> {
    let mut best: Option<Name> = None;
    for sentence in source.sentences {
        for name in names::find(source.text, sentence.span.clone(), local) {
            let longer = best.as_ref().is_none_or(|best| best.words.len() < name.words.len());
            if longer && names::fits(&name, local) {
                best = Some(name);
            }
        }
    }
    best.map(|name| name.span)
}

/// A full name right beside the address: `Name (address)`, `Name <address>`, `Name, address`.
fn adjacent(source: &Source<'_>, span: &Range<usize>) -> Option<Range<usize>> {
    let sentence = source.sentence_at(span.start)?;
    names::find(source.text, sentence.span.clone(), "").into_iter().map(|name| (name.words.len(), name.span)).find_map(
        |(words, name)| {
            let between = if name.end <= span.start { name.end..span.start } else { span.end..name.start };
            let joined = source.text.get(between).is_some_and(|between| {
                between.len() <= 4
                    && between.chars().all(|c| matches!(c, ' ' | '(' | '<' | '[' | ',' | '/' | '-' | '–'))
            });
            (joined && words >= 2).then_some(name)
        },
    )
}

fn without_address(source: &Source<'_>, may_be_self: bool) -> Target {
    let own = source.requester.map(names::local_part).unwrap_or_default();
    let named = |span: Range<usize>| Target::Known(NamedPerson { email: None, name: Some(source.owned(&span)) });
    if let Some(span) = field_name(source, "") {
        let name = names::find(source.text, span.clone(), "").into_iter().next();
        if !(may_be_self && name.is_some_and(|name| !own.is_empty() && names::fits(&name, &own))) {
            return named(span);
        }
    } else if source.fields.iter().any(|field| matches!(field.label, Label::Person | Label::Account)) {
        // The form says whom it is about, in a way that cannot be read for certain.
        return Target::Unclear;
    }
    match about(source, &own, may_be_self) {
        About::One(span) => return named(span),
        About::Several => return Target::Several,
        About::Nobody => {}
    }
    if !may_be_self || speaks_of_others(source) {
        return Target::Unclear;
    }
    match source.requester {
        Some(own) if !is_private(own) && !is_machine(own) => {
            Target::Known(NamedPerson { email: Some(own.to_owned()), name: None })
        }
        Some(_) | None => Target::Unclear,
    }
}

enum About {
    One(Range<usize>),
    Several,
    Nobody,
}

/// The name of somebody other than the requester whom the ticket is about.
///
/// Where the writer cannot be meant, any full name will do.
fn about(source: &Source<'_>, own: &str, may_be_self: bool) -> About {
    let mut best: Vec<(u32, Name)> = Vec::new();
    for sentence in source.sentences {
        let found = names::find(source.text, sentence.span.clone(), "");
        for name in found.into_iter().filter(|name| own.is_empty() || !names::fits(name, own)) {
            let score = standing(source, sentence, &name) + u32::from(sentence.is_subject);
            if score >= 3 || (!may_be_self && name.words.len() >= 2 && score >= 1) {
                best.push((score, name));
            }
        }
    }
    let Some(highest) = best.iter().map(|(score, name)| (name.words.len().min(2), *score)).max() else {
        return About::Nobody;
    };
    let mut strongest = best.iter().filter(|(score, name)| (name.words.len().min(2), *score) == highest);
    let Some((_, first)) = strongest.next() else { return About::Nobody };
    let same = |name: &Name| name.words.iter().any(|word| first.words.contains(word));
    if strongest.all(|(_, name)| same(name)) { About::One(first.span.clone()) } else { About::Several }
}

/// How much what stands around a name says that the ticket is about its bearer.
fn standing(source: &Source<'_>, sentence: &Sentence, name: &Name) -> u32 {
    let (is_subject, sentence) = (sentence.is_subject, sentence.span.clone());
    let previous = source.words_before(sentence.start, name.span.start, 2);
    let last = previous.first().map_or("", String::as_str);
    let after = &source.text[name.span.end..sentence.end];
    let following = source.word_after(name.span.end, sentence.end);
    let next = following.as_deref().unwrap_or("");
    let introduces = next == "here"
        || (matches!(last, "is" | "am" | "bin" | "suis" | "soy" | "ben" | "sou")
            && previous.get(1).is_some_and(|word| among("|name|this|i|ich|je|yo|ik|eu|", word)));
    let closing = !is_subject && following.is_none() && sentence.start != name.span.start && name.words.len() < 2;
    let bystander = follows_bystander(source, sentence.start, name.span.start, 2);
    if introduces || closing || bystander {
        return 0;
    }
    let possessive = after.starts_with("'s") || after.starts_with("’s");
    let leads = name.span.start == sentence.start && next.chars().all(char::is_alphanumeric) && among(DOES, next);
    let called = among(CONCERNED, last);
    if name.words.len() < 2 && !possessive && !called {
        return 0;
    }
    2 * u32::from(possessive)
        + 2 * u32::from(leads || among(DOES, next))
        + 2 * u32::from(called)
        + u32::from(name.words.len() >= 2)
}

/// Whether somebody else is spoken of and the writer is not.
fn speaks_of_others(source: &Source<'_>) -> bool {
    let mut words = Words::default();
    let (mut others, mut own) = (false, false);
    for sentence in source.sentences {
        words.read(source.text, sentence.span.clone());
        let mut previous = "";
        for word in words.iter() {
            let other = among(OTHERS, word);
            others |= other;
            own |= among(SELF, word);
            // `my colleague`: the writer speaks of somebody else.
            if other
                && matches!(
                    previous,
                    "my" | "mein" | "meine" | "meinem" | "meiner" | "mon" | "ma" | "mi" | "mijn" | "meu" | "minha"
                )
            {
                others = true;
                own = false;
            }
            previous = word;
        }
    }
    others && !own
}
