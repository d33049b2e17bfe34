//! What of a ticket its writer says to the desk: markup, quoted mails, signatures and text aimed at software are left out.

mod directives;
mod forward;
mod html;
mod lines;
#[cfg(test)]
mod tests;

pub(crate) use forward::{Forwarded, is_forward};
use lines::LineKind;
pub(crate) use lines::sender;
use std::ops::Range;

/// Bytes of a subject that are read.
const LONGEST_SUBJECT: usize = 1_000;
/// Bytes of a description that are read; what follows plays no part.
const LONGEST_DESCRIPTION: usize = 24_000;

/// Bytes after which a sentence is taken to end at the next space, so that work on one is bounded.
const LONGEST_SENTENCE: usize = 800;

/// A ticket's visible text and the parts of it that count. Every span is a range of `text`, within one line of it.
pub(crate) struct Reading {
    /// The subject, a newline, and the description as a reader sees it.
    pub(crate) text: String,
    /// The subject's part that counts; empty where nothing does.
    pub(crate) subject: Range<usize>,
    /// The description's lines that count, in order.
    pub(crate) body: Vec<Range<usize>>,
    /// The lines of quoted mails and signatures. Nothing in them counts; they may say how somebody is called whom the
    /// ticket names by address.
    pub(crate) asides: Vec<Range<usize>>,
    /// The forwarded mail that is the request itself, where there is one; its lines are among [`Reading::body`].
    pub(crate) forwarded: Option<Forwarded>,
}

impl Reading {
    pub(crate) fn new(subject: &str, description: &str) -> Self {
        let subject = head(subject, LONGEST_SUBJECT);
        let mut text = String::with_capacity(subject.len() + description.len().min(LONGEST_DESCRIPTION) + 1);
        text.extend(subject.chars().map(|c| if c.is_control() { ' ' } else { c }));
        let subject_end = directives::begin(&text, false).unwrap_or(text.len());
        text.push('\n');
        let start = text.len();
        html::visible(head(description, LONGEST_DESCRIPTION), &mut text);
        let record = is_record(&text[start..]);
        let (mut body, mut asides) = (Vec::new(), Vec::new());
        let mut lines = lines::split(&text, start, record);
        let forwarded = forward::carried(&text, subject, &mut lines);
        for line in lines.into_iter().filter(|line| !line.span.is_empty()) {
            match line.kind {
                LineKind::Said => body.push(line.span),
                LineKind::Quoted | LineKind::Signature => asides.push(line.span),
                LineKind::Directive | LineKind::Fenced | LineKind::Note | LineKind::Over => {}
            }
        }
        Self { subject: trimmed(&text, 0..subject_end), text, body, asides, forwarded }
    }

    /// The subject and the lines, with whether it is the subject.
    pub(crate) fn parts(&self) -> impl Iterator<Item = (bool, Range<usize>)> + '_ {
        std::iter::once((true, self.subject.clone()))
            .chain(self.body.iter().map(|span| (false, span.clone())))
            .filter(|(_, span)| !span.is_empty())
    }

    /// The sentences of the subject and the lines, with whether it is the subject.
    pub(crate) fn sentences(&self) -> Vec<(bool, Range<usize>)> {
        let mut found = Vec::with_capacity(self.body.len() * 2 + 1);
        for (is_subject, part) in self.parts() {
            let mut start = part.start;
            let bytes = self.text.as_bytes();
            for at in part.clone() {
                let ends = matches!(bytes[at], b'.' | b'!' | b'?' | b';')
                    && bytes.get(at + 1).is_none_or(|next| next.is_ascii_whitespace());
                let long = at - start > LONGEST_SENTENCE && bytes[at] == b' ';
                if long || ends && !is_abbreviation(&self.text[start..at]) {
                    found.push((is_subject, start..at + 1));
                    start = at + 1;
                }
            }
            found.push((is_subject, start..part.end));
        }
        found.retain(|(_, span)| !self.text[span.clone()].trim().is_empty());
        found
    }
}

/// Whether a text is one JSON object from end to end.
fn is_record(text: &str) -> bool {
    let text = text.trim();
    text.ends_with('}') && text.strip_prefix('{').is_some_and(|inner| inner.trim_start().starts_with('"'))
}

/// Whether a full stop after this text ends a title rather than a sentence.
fn is_abbreviation(before: &str) -> bool {
    let word = before.rsplit([' ', '\t', '(']).next().unwrap_or("");
    // `J. Doe`.
    let initial = word.len() == 1 && word.bytes().all(|byte| byte.is_ascii_uppercase());
    initial
        || matches!(
            word,
            "Dr" | "Mr"
                | "Mrs"
                | "Ms"
                | "Prof"
                | "Hr"
                | "Fr"
                | "Sr"
                | "Sra"
                | "Srta"
                | "Dra"
                | "Mme"
                | "Ing"
                | "Lic"
                | "Rev"
                | "Revd"
                | "Capt"
                | "Sgt"
                | "Cllr"
                | "Hon"
                | "Mag"
                | "Prim"
                | "Doz"
                | "dhr"
                | "Dhr"
                | "mevr"
                | "Mevr"
                | "Eng"
                | "St"
                | "e.g"
                | "z.B"
                | "No"
                | "Nr"
        )
}

/// The longest beginning of at most this many bytes.
fn head(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

/// The span without the white space at its ends.
pub(crate) fn trimmed(text: &str, span: Range<usize>) -> Range<usize> {
    let inner = &text[span.clone()];
    let start = span.start + (inner.len() - inner.trim_start().len());
    let end = span.start + inner.trim_end().len();
    start..end.max(start)
}
