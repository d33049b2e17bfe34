//! What is not sent: addresses and numbers, for which placeholders stand, and what looks like a password.

use countersign_domain::{card::mask_secrets, classification::Said};

/// How many digits make a telephone number, and with it anything else that is as long.
const DIGITS_OF_A_NUMBER: usize = 7;

/// How many characters may stand between two digits of one number: `+49 (0) 30`.
const MOST_BETWEEN: usize = 3;

/// A ticket's words with placeholders in the place of addresses and numbers.
pub(crate) struct Hidden {
    /// The words as they may be sent.
    pub(crate) said: Said,
    /// Each placeholder with what it stands for.
    originals: Vec<(String, String)>,
}

/// What a placeholder stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Address,
    Number,
}

impl Sort {
    const ALL: [Self; 2] = [Self::Address, Self::Number];

    fn prefix(self) -> &'static str {
        match self {
            Self::Address => "ADDRESS_",
            Self::Number => "NUMBER_",
        }
    }
}

impl Hidden {
    /// Replaces every address and every number, and masks passwords. The same original has the same placeholder wherever
    /// it stands.
    pub(crate) fn of(said: &Said) -> Self {
        let said = &Said { subject: mask_secrets(&said.subject), body: mask_secrets(&said.body) };
        let mut originals = Vec::new();
        let subject = replace(&said.subject, said, &mut originals);
        let body = replace(&said.body, said, &mut originals);
        Self { said: Said { subject, body }, originals }
    }

    /// A text with what its placeholders stand for put back. What only looks like one is left as it is.
    pub(crate) fn reveal(&self, text: &str) -> String {
        let (mut out, mut rest) = (String::with_capacity(text.len()), text);
        while let Some(start) = Sort::ALL.iter().filter_map(|sort| rest.find(sort.prefix())).min() {
            let digits = |rest: &str| rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
            let number = start + rest[start..].find('_').map_or(0, |line| line + 1);
            let end = number + digits(&rest[number..]);
            let found = &rest[start..end];
            let known = self.originals.iter().find(|(placeholder, _)| placeholder == found);
            out.push_str(&rest[..start]);
            out.push_str(known.map_or(found, |(_, original)| original));
            rest = &rest[end..];
        }
        out.push_str(rest);
        out
    }
}

fn replace(text: &str, said: &Said, originals: &mut Vec<(String, String)>) -> String {
    let (mut out, mut plain) = (String::with_capacity(text.len()), String::new());
    for part in text.split_inclusive(|letter: char| letter.is_whitespace() || "<>()[]{},;:\"|“”„«»".contains(letter))
    {
        let Some((before, address, after)) = address(part) else {
            plain.push_str(part);
            continue;
        };
        plain.push_str(before);
        out.push_str(&without_numbers(&plain, said, originals));
        out.push_str(&placeholder(Sort::Address, address, said, originals));
        plain = after.to_owned();
    }
    out.push_str(&without_numbers(&plain, said, originals));
    out
}

/// Whatever has an `@` within it, in whichever script, with what stands before and after it.
fn address(part: &str) -> Option<(&str, &str, &str)> {
    let inner = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '@' | '＠' | '﹫');
    let start = part.find(inner)?;
    let (end, last) = part.char_indices().rev().find(|(_, letter)| inner(*letter))?;
    let end = end + last.len_utf8();
    let found = &part[start..end];
    let is_one = found.contains(['@', '＠', '﹫']) && found.chars().any(char::is_alphanumeric);
    is_one.then(|| (&part[..start], found, &part[end..]))
}

fn without_numbers(text: &str, said: &Said, originals: &mut Vec<(String, String)>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(char::is_numeric) {
        let (end, digits) = number(&rest[start..]);
        let (before, found) = (&rest[..start], &rest[start..start + end]);
        out.push_str(before);
        if digits >= DIGITS_OF_A_NUMBER {
            out.push_str(&placeholder(Sort::Number, found, said, originals));
        } else {
            out.push_str(found);
        }
        rest = &rest[start + end..];
    }
    out.push_str(rest);
    out
}

/// Where a number that begins a text ends, and how many digits it has.
fn number(text: &str) -> (usize, usize) {
    let (mut end, mut digits, mut between) = (0, 0, 0);
    for (at, letter) in text.char_indices() {
        if letter.is_numeric() {
            (end, digits, between) = (at + letter.len_utf8(), digits + 1, 0);
        } else if between < MOST_BETWEEN && " -./()+\u{a0}\u{2011}\u{2013}".contains(letter) {
            between += 1;
        } else {
            break;
        }
    }
    (end, digits)
}

/// The placeholder of an original: one that does not occur in the ticket itself.
fn placeholder(sort: Sort, original: &str, said: &Said, originals: &mut Vec<(String, String)>) -> String {
    let prefix = sort.prefix();
    if let Some((known, _)) = originals.iter().find(|(known, other)| other == original && known.starts_with(prefix)) {
        return known.clone();
    }
    let taken = |name: &String| {
        said.subject.contains(name) || said.body.contains(name) || originals.iter().any(|(known, _)| known == name)
    };
    let fresh = (1..).map(|count: u32| format!("{prefix}{count}")).find(|name| !taken(name)).unwrap_or_default();
    originals.push((fresh.clone(), original.to_owned()));
    fresh
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(subject: &str, body: &str) -> Said {
        Said { subject: subject.to_owned(), body: body.to_owned() }
    }

    fn hidden(body: &str) -> String {
        Hidden::of(&said("", body)).said.body
    }

    #[test]
    fn addresses_of_every_kind_are_replaced() {
        for (text, shown) in [
            ("Reset sarah.chen@acme.com, please.", "Reset ADDRESS_1, please."),
            ("Reset sarah.chen@acme.com.", "Reset ADDRESS_1."),
            ("<mailto:sarah@acme.com> 'sarah@acme.com'", "<mailto:ADDRESS_1> 'ADDRESS_1'"),
            ("jürgen.müller@müller.example or o'brien@acme.com", "ADDRESS_1 or ADDRESS_2"),
            ("sarah＠acme.com and @sarah", "ADDRESS_1 and ADDRESS_2"),
            ("a+b=c@acme.com/x", "ADDRESS_1"),
            ("lunch @ noon", "lunch @ noon"),
            ("a@x.de b@x.de a@x.de", "ADDRESS_1 ADDRESS_2 ADDRESS_1"),
            ("a@x.de 234 567 89", "ADDRESS_1 NUMBER_1"),
            ("12345678 a@x.de", "NUMBER_1 ADDRESS_1"),
        ] {
            assert_eq!(hidden(text), shown, "{text}");
        }
    }

    #[test]
    fn telephone_like_numbers_are_replaced_and_short_ones_are_not() {
        for (text, shown) in [
            ("call +49 (0) 30 1234567 now", "call +NUMBER_1 now"),
            ("call 555-0100-22 or 0301234567", "call NUMBER_1 or NUMBER_2"),
            ("Visio Plan 2, room 4711, ticket 123456", "Visio Plan 2, room 4711, ticket 123456"),
            ("٠١٢٣٤٥٦٧", "NUMBER_1"),
        ] {
            assert_eq!(hidden(text), shown, "{text}");
        }
    }

    #[test]
    fn the_same_original_is_the_same_in_subject_and_body_and_comes_back() {
        let all: String = (1..=12).map(|count| format!("p{count}@acme.com ")).collect();
        let hidden = Hidden::of(&said("p1@acme.com", &all));
        assert_eq!(hidden.said.subject, "ADDRESS_1");
        assert!(hidden.said.body.starts_with("ADDRESS_1 ADDRESS_2 "));
        assert!(!hidden.said.body.contains('@'));
        assert_eq!(hidden.reveal(&hidden.said.body), all);
        assert_eq!(hidden.reveal("Pat (ADDRESS_12)"), "Pat (p12@acme.com)");
        for unknown in ["ADDRESS_99", "NUMBER_1", "ADDRESS_", "ADDRESS_x"] {
            assert_eq!(hidden.reveal(unknown), unknown);
        }
    }

    #[test]
    fn a_ticket_cannot_bring_its_own_placeholders() {
        let hidden = Hidden::of(&said("ADDRESS_1", "not ADDRESS_1 but eve@acme.com"));
        assert_eq!(hidden.said.body, "not ADDRESS_1 but ADDRESS_2");
        assert_eq!(hidden.reveal("ADDRESS_1"), "ADDRESS_1");
    }

    #[test]
    fn what_looks_like_a_password_is_masked() {
        let shown = hidden("Reset my MFA.\nPassword: hunter2-zanzibar");
        assert!(shown.starts_with("Reset my MFA.") && !shown.contains("hunter2"), "{shown}");
    }

    #[test]
    fn any_text_is_taken() {
        for text in ["", "@", "@@@", "1", "＠", "\u{0}7 7", "é@", "1234567890@", "(((", "💥1💥2"] {
            let hidden = Hidden::of(&said(text, text));
            assert_eq!(hidden.reveal(&hidden.said.body), text);
        }
    }
}
