//! Whether a word by itself looks like the name of a group, and what only looks so.

use super::{Source, marks, names::Local, tokens::Token};

/// How much a word by itself looks like the name of a group; nothing where it does not.
pub(super) fn shape(word: &str) -> Option<i32> {
    let parts: Vec<&str> = word.split(['-', '_', '.']).collect();
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if parts.len() < 2 {
        let mut letters = word.chars().peekable();
        let mut camel = false;
        while let Some(c) = letters.next() {
            camel |= c.is_lowercase() && letters.peek().is_some_and(|next| next.is_uppercase());
        }
        return camel.then_some(0);
    }
    let empty = parts.iter().any(|part| part.is_empty());
    let numbers = parts.iter().filter(|part| digits(part)).count();
    let month = parts.len() == 3 && parts[1].len() == 3 && numbers >= 1;
    let date = digits(parts[0]) || (month && parts.last().is_some_and(|last| digits(last)));
    let reference = parts.len() == 2 && digits(parts[1]) && parts[1].len() >= 3 && parts[0].len() <= 5;
    if empty || date || parts[0].len() < 2 && parts.len() < 3 || word.contains('\'') {
        return None;
    }
    let begins = |part: &&str| part.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit());
    let upper = parts.iter().take(2).all(begins);
    let dotted = !word.contains(['-', '_']);
    Some(match (dotted, word.contains('_'), upper) {
        (true, _, _) if parts.len() < 3 => -1,
        (true, _, _) => 1,
        (false, true, _) | (false, false, true) if !reference => 3,
        (false, _, _) if reference => -1,
        (false, _, _) if parts.len() >= 3 => 2,
        (false, _, _) => 1,
    })
}

/// A double name such as `Hanna Meyer-Lund` or `Lou-Anne Roy` is no group.
pub(super) fn is_person(source: &Source<'_>, at: usize) -> bool {
    let tokens = &source.tokens;
    let named = source.names.iter().any(|name| name.tokens.contains(&at) && name.words >= 2);
    let word = &source.text[tokens.all()[at].raw.clone()];
    let simple = !word.contains(['_', '.']) && word.matches('-').count() == 1 && !tokens.all()[at].begins_shouted();
    let grouped = tokens.before(at).take(2).any(|before| tokens.marks(before).has(marks::GROUP));
    simple
        && !grouped
        && (named
            || source
                .address_places()
                .any(|place| Local::of(source.slice(&tokens.all()[place].raw)).is_all(tokens.word(at))))
}

/// Part of a link, a path or a host's name.
pub(super) fn is_in_link(source: &Source<'_>, token: &Token) -> bool {
    let before = source.text[..token.raw.start].ends_with(['/', '\\', '#']);
    before || source.text[token.raw.end..].starts_with("://") || source.text[token.raw.end..].starts_with("/")
}

const MONTHS: [&str; 13] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec"];

/// A word of the trade: `MFA-Reset`, `Self-Service`.
pub(super) fn is_trade(source: &Source<'_>, at: usize) -> bool {
    let trade = marks::DEED | marks::LICENCE | marks::ITEM;
    let word = source.tokens.word(at);
    if !word.contains(['_', '.', '-']) {
        // `SharePoint`.
        return source.tokens.marks(at).has(marks::NO_NAME | marks::ITEM);
    }
    if word.contains(['_', '.']) || word.matches('-').count() != 1 {
        return false;
    }
    let grouped = source.tokens.before(at).take(2).any(|before| source.tokens.marks(before).has(marks::GROUP));
    let person = |last: &str| marks::of(last).has(marks::TITLE) && last.len() > 3 || last == "leute";
    let clitic = |last: &str| matches!(last, "feira" | "se" | "me" | "lhe" | "la" | "lo" | "na" | "no" | "nos" | "moi");
    if word.rsplit('-').next().is_some_and(|last| clitic(last) || (!grouped && person(last))) {
        return true;
    }
    let month = |part: &str| MONTHS.contains(&part);
    let of_it = |first: &str| matches!(first, "it" | "edv" | "ict");
    if word.split('-').all(month) || word.split('-').next().is_some_and(of_it) {
        return true;
    }
    let known = |part: &str| part.len() >= 3 && (marks::of(part).has(trade) || marks::of(part).has(marks::NO_NAME));
    let all = word.split('-').all(known);
    all || word
        .split('-')
        .any(|part| matches!(part, "mfa" | "password" | "passwort" | "reset" | "licence" | "license" | "lizenz"))
}
