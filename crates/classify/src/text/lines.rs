//! Lines: which the writer says, and which are a quoted mail, a signature or aimed at software.

use std::ops::Range;

use super::{directives, trimmed};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LineKind {
    Said,
    Quoted,
    Signature,
    Directive,
}

pub(super) struct Line {
    pub(super) span: Range<usize>,
    pub(super) kind: LineKind,
}

/// Begins of the headers of a quoted mail: the sender's, in six languages.
const FROM: [&str; 6] = ["from:", "von:", "de:", "de :", "van:", "da:"];
/// Other headers of a quoted mail, of which one must follow closely.
const HEADERS: [&str; 34] = [
    "sent:",
    "date:",
    "to:",
    "subject:",
    "cc:",
    "gesendet:",
    "an:",
    "betreff:",
    "datum:",
    "envoyé:",
    "envoyé :",
    "à:",
    "à :",
    "objet:",
    "objet :",
    "date :",
    "cc :",
    "enviado:",
    "enviado el:",
    "para:",
    "asunto:",
    "fecha:",
    "verzonden:",
    "aan:",
    "onderwerp:",
    "enviada:",
    "enviada em:",
    "assunto:",
    "data:",
    "inviato:",
    "a:",
    "oggetto:",
    "reply-to:",
    "importance:",
];
const ORIGINALS: [&str; 12] = [
    "original message",
    "original appointment",
    "forwarded message",
    "ursprüngliche nachricht",
    "weitergeleitete nachricht",
    "originalnachricht",
    "message d'origine",
    "message transféré",
    "mensaje original",
    "mensaje reenviado",
    "oorspronkelijk bericht",
    "mensagem original",
];
/// Ends of the line before a quoted mail, with how such a line begins.
const WROTE: [(&str, &str); 8] = [
    ("on ", "wrote"),
    ("am ", "schrieb"),
    ("le ", "a écrit"),
    ("el ", "escribió"),
    ("op ", "schreef"),
    ("em ", "escreveu"),
    ("no dia ", "escreveu"),
    ("a ", "escreveu"),
];
/// How a closing begins, in six languages.
const CLOSINGS: [&str; 52] = [
    "best regards",
    "kind regards",
    "warm regards",
    "best wishes",
    "many thanks",
    "regards",
    "thanks and regards",
    "thank you and regards",
    "sincerely",
    "yours sincerely",
    "yours faithfully",
    "cheers",
    "all the best",
    "br",
    "rgds",
    "thx",
    "thanks",
    "thank you",
    "mit freundlichen grüßen",
    "mit freundlichen gruessen",
    "mit freundlichem gruß",
    "freundliche grüße",
    "viele grüße",
    "liebe grüße",
    "beste grüße",
    "schöne grüße",
    "mfg",
    "vg",
    "lg",
    "gruß",
    "grüße",
    "vielen dank",
    "danke",
    "cordialement",
    "bien cordialement",
    "bien à vous",
    "salutations",
    "merci",
    "saludos",
    "un saludo",
    "atentamente",
    "gracias",
    "muchas gracias",
    "met vriendelijke groet",
    "met vriendelijke groeten",
    "groeten",
    "groet",
    "mvg",
    "atenciosamente",
    "cumprimentos",
    "com os melhores cumprimentos",
    "obrigad",
];
const DEVICES: [&str; 8] = [
    "sent from my",
    "von meinem",
    "gesendet von",
    "envoyé de mon",
    "enviado desde mi",
    "verzonden vanaf",
    "enviado do meu",
    "get outlook for",
];

/// Splits `text` from `start` on into lines and says of each what it is.
pub(super) fn split(text: &str, start: usize) -> Vec<Line> {
    let mut spans = Vec::new();
    let mut at = start;
    for line in text[start..].split('\n') {
        spans.push(trimmed(text, at..at + line.len()));
        at += line.len() + 1;
    }
    let lower: Vec<String> = spans.iter().map(|span| text[span.clone()].to_lowercase()).collect();
    let mut lines = Vec::with_capacity(spans.len());
    let mut rest = LineKind::Said;
    for (place, span) in spans.into_iter().enumerate() {
        let (line, kind) = (&text[span.clone()], rest);
        let (kind, until) = kind_of(line, &lower, place, kind);
        rest = until;
        match (kind, directives::begin(line)) {
            (LineKind::Said, Some(0)) => {
                rest = LineKind::Directive;
                lines.push(Line { span, kind: LineKind::Directive });
            }
            (LineKind::Said, Some(cut)) => {
                rest = LineKind::Directive;
                lines.push(Line { span: trimmed(text, span.start..span.start + cut), kind });
            }
            (kind, _) => lines.push(Line { span, kind }),
        }
    }
    lines
}

/// What a line is, and what the lines after it are as long as nothing else is seen.
fn kind_of(line: &str, lower: &[String], place: usize, so_far: LineKind) -> (LineKind, LineKind) {
    let this = lower[place].as_str();
    if so_far == LineKind::Quoted || quotes_begin(lower, place) {
        return (LineKind::Quoted, LineKind::Quoted);
    }
    if line.starts_with('>') {
        return (LineKind::Quoted, so_far);
    }
    match so_far {
        LineKind::Directive if line.is_empty() => (LineKind::Said, LineKind::Said),
        LineKind::Directive => (LineKind::Directive, LineKind::Directive),
        LineKind::Signature if this.starts_with("ps") || this.starts_with("p.s") => (LineKind::Said, LineKind::Said),
        LineKind::Signature => (LineKind::Signature, LineKind::Signature),
        LineKind::Said if line == "--" || line.starts_with("____") || is_closing(this) => {
            (LineKind::Signature, LineKind::Signature)
        }
        LineKind::Said if is_signature_line(line, this) => (LineKind::Signature, LineKind::Said),
        LineKind::Said | LineKind::Quoted => (LineKind::Said, LineKind::Said),
    }
}

fn quotes_begin(lower: &[String], place: usize) -> bool {
    let this = lower[place].as_str();
    let bare = this.trim_matches(['-', ' ', '*', '_', ':']);
    if ORIGINALS.contains(&bare) {
        return true;
    }
    let ends = this.trim_end_matches([' ', ':']);
    if this.ends_with(':')
        && WROTE
            .iter()
            .any(|(begin, end)| this.starts_with(begin) && (ends.ends_with(end) || this.contains(&format!(" {end} "))))
    {
        return true;
    }
    let starts = |line: &str, heads: &[&str]| heads.iter().any(|head| line.trim_start_matches('*').starts_with(head));
    starts(this, &FROM) && lower[place + 1..].iter().take(3).any(|next| starts(next, &HEADERS))
}

/// A line that is a closing and little else: `Best regards`, `Danke, Jonas`.
fn is_closing(lower: &str) -> bool {
    let words = lower.split_whitespace().count();
    words <= 5
        && lower.len() <= 48
        && !lower.contains(['@', '?', ':'])
        && CLOSINGS.iter().any(|closing| {
            lower.strip_prefix(closing).is_some_and(|after| {
                let open = if *closing == "obrigad" { after.trim_start_matches(['o', 'a']) } else { after };
                let few = open.split_whitespace().count() <= 2;
                open.is_empty() || (few && open.starts_with([',', '.', '!', ' ']) && !asks(open))
            })
        })
}

/// Whether what follows `thanks` goes on with the request: `thanks for ...`, `merci de ...`.
fn asks(after: &str) -> bool {
    let first = after.trim_start_matches([',', '.', '!', ' ']).split(' ').next().unwrap_or("");
    matches!(first, "for" | "to" | "de" | "d" | "für" | "por" | "pour" | "voor" | "if" | "in" | "but")
}

fn is_signature_line(line: &str, lower: &str) -> bool {
    let piped = line.matches('|').count() >= 2 || line.matches(" · ").count() >= 2;
    let device = DEVICES.iter().any(|begin| lower.starts_with(begin));
    let numbers = ["tel:", "tel.:", "phone:", "mobile:", "fax:", "tel +", "t: +", "m: +", "t +", "m +"];
    piped || device || numbers.iter().any(|begin| lower.starts_with(begin))
}
