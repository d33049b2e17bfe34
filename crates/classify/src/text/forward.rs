//! A forwarded mail that is the request itself: its writer says no more than `see below`. Then what it carries is said,
//! and by the one who sent it.

use std::ops::Range;

use super::{
    lines::{self, Line, LineKind},
    trimmed,
};

/// The forwarded mail whose words count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Forwarded {
    /// Where its words begin.
    pub(crate) start: usize,
    /// Who sent it, as its header has it.
    pub(crate) sender: Range<usize>,
}

/// How the subject of a forwarded mail begins.
const SUBJECTS: [&str; 13] =
    ["fw:", "fwd:", "fw :", "fwd :", "wg:", "tr:", "tr :", "rv:", "enc:", "doorst:", "i:", "wtr:", "res: fw"];
/// What is written above a forwarded mail that is the request itself.
const REFERRALS: [&str; 48] = [
    "see below",
    "as below",
    "per below",
    "below please",
    "request below",
    "see mail below",
    "see the mail",
    "pls see",
    "please see",
    "please handle",
    "pls handle",
    "please action",
    "please process",
    "can you handle",
    "can you do this",
    "for you",
    "over to you",
    "please take care",
    "siehe unten",
    "s. unten",
    "s.u.",
    "siehe mail",
    "bitte bearbeiten",
    "bitte erledigen",
    "bitte übernehmen",
    "bitte um erledigung",
    "zur bearbeitung",
    "zur erledigung",
    "weitergeleitet",
    "voir ci-dessous",
    "ci-dessous",
    "voir plus bas",
    "merci de traiter",
    "à traiter",
    "pouvez-vous traiter",
    "ver abajo",
    "más abajo",
    "mas abajo",
    "ver correo",
    "por favor gestionar",
    "para tramitar",
    "zie onder",
    "zie hieronder",
    "graag oppakken",
    "ver abaixo",
    "ver em baixo",
    "para tratar",
    "favor tratar",
];
/// What is written above one that is only for information.
const INFORMATION: [&str; 14] = [
    "fyi",
    "for info",
    "information",
    "zur info",
    "zur kenntnis",
    "z.k.",
    "z. k.",
    "pour info",
    "para info",
    "ter info",
    "just so you know",
    "no action",
    "nichts zu tun",
    "rien à faire",
];
/// Words that may stand above a forwarded mail that is the request itself.
const FEW: usize = 14;

/// Whether a subject is that of a forwarded mail.
pub(crate) fn is_forward(subject: &str) -> bool {
    let subject = subject.trim_start();
    SUBJECTS.iter().any(|begin| subject.get(..begin.len()).is_some_and(|head| head.eq_ignore_ascii_case(begin)))
}

/// Finds a forwarded mail that is the request itself, and says of its lines that they are said.
pub(super) fn carried(text: &str, subject: &str, lines: &mut [Line]) -> Option<Forwarded> {
    let first = lines.iter().position(|line| line.kind == LineKind::Quoted && !line.span.is_empty())?;
    let marked = lines[first..].iter().take(2).any(|line| lines::is_forward_mark(&text[line.span.clone()]));
    if !(marked || is_forward(subject)) || !refers(text, lines) {
        return None;
    }
    let header =
        (first..lines.len().min(first + 6)).find(|at| lines::sender(&text[lines[*at].span.clone()]).is_some())?;
    let sender = lines::sender(&text[lines[header].span.clone()])?;
    let sender = trimmed(text, lines[header].span.end - sender..lines[header].span.end);
    let begin = (header..lines.len()).find(|at| {
        let line = bare(text, &lines[*at].span);
        !line.is_empty() && !lines::is_header(&text[line])
    })?;
    let marks = text[lines[begin].span.clone()].bytes().take_while(|byte| *byte == b'>').count();
    let mut plain: Vec<Line> = Vec::new();
    for line in &lines[begin..] {
        let deeper = text[line.span.clone()].bytes().take_while(|byte| *byte == b'>').count() > marks;
        plain
            .push(Line { span: if deeper { line.span.clone() } else { bare(text, &line.span) }, kind: LineKind::Said });
    }
    let start = plain.first()?.span.start;
    lines::classify(text, &mut plain, false);
    for (line, inner) in lines[begin..].iter_mut().zip(plain) {
        *line = inner;
    }
    Some(Forwarded { start, sender })
}

/// Whether what is said above the mail only points at it.
fn refers(text: &str, lines: &[Line]) -> bool {
    let said = lines.iter().filter(|line| line.kind == LineKind::Said);
    let said: Vec<String> = said.map(|line| text[line.span.clone()].to_lowercase()).collect();
    let words: usize = said.iter().map(|line| line.split_whitespace().count()).sum();
    let has = |list: &[&str]| said.iter().any(|line| list.iter().any(|phrase| line.contains(phrase)));
    words == 0 || (words <= FEW && has(&REFERRALS) && !has(&INFORMATION) && !said.iter().any(|line| line.contains('@')))
}

/// A quoted line without the signs before it.
fn bare(text: &str, span: &Range<usize>) -> Range<usize> {
    let line = &text[span.clone()];
    trimmed(text, span.start + (line.len() - line.trim_start_matches(['>', '|', ' ', '\t']).len())..span.end)
}
