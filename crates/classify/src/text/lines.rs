//! Lines: which the writer says, and which are a quoted mail, a signature or aimed at software.

use std::ops::Range;

use super::{directives, trimmed};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LineKind {
    Said,
    Quoted,
    Signature,
    /// Aimed at software.
    Directive,
    /// Pasted between code fences.
    Fenced,
    /// Between `--- begin ... ---` and `--- end ... ---`.
    Note,
    /// Behind an end of the ticket that the ticket itself declares.
    Over,
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
const ORIGINALS: [&str; 17] = [
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
    "begin forwarded message",
    "message transfere",
    "doorgestuurd bericht",
    "mensagem encaminhada",
    "fwd message",
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

/// Splits `text` from `start` on into lines and says of each what it is. A `record` is one JSON object from end to end.
pub(super) fn split(text: &str, start: usize, record: bool) -> Vec<Line> {
    let mut spans = Vec::new();
    let mut at = start;
    for line in text[start..].split('\n') {
        spans.push(trimmed(text, at..at + line.len()));
        at += line.len() + 1;
    }
    let mut lines: Vec<Line> = spans.into_iter().map(|span| Line { span, kind: LineKind::Said }).collect();
    classify(text, &mut lines, record);
    lines
}

/// Says of each line what it is.
pub(super) fn classify(text: &str, lines: &mut [Line], record: bool) {
    let lower: Vec<String> = lines.iter().map(|line| text[line.span.clone()].to_lowercase()).collect();
    let mut rest = LineKind::Said;
    for (place, line) in lines.iter_mut().enumerate() {
        let written = &text[line.span.clone()];
        (line.kind, rest) = kind_of(written, &lower, place, rest);
        if line.kind != LineKind::Said {
            continue;
        }
        match directives::begin(written, record) {
            Some(0) => {
                // `[Note to the bot: ...]` ends with its bracket; what follows is said again.
                let closed = written.starts_with('[') && written.ends_with(']');
                rest = if closed { LineKind::Said } else { LineKind::Directive };
                line.kind = LineKind::Directive;
            }
            Some(cut) => {
                rest = LineKind::Directive;
                line.span = trimmed(text, line.span.start..line.span.start + cut);
            }
            None => {}
        }
    }
}

/// Whether a line marks a forwarded mail: `---------- Forwarded message ----------`.
pub(super) fn is_forward_mark(line: &str) -> bool {
    let lower = line.to_lowercase();
    ["forwarded message", "forwarded mail", "weitergeleitete", "transféré", "reenviado", "doorgestuurd", "encaminhada"]
        .iter()
        .any(|mark| lower.contains(mark))
}

/// Bytes of the sender in the header that names them.
pub(crate) fn sender(line: &str) -> Option<usize> {
    let bare = line.trim_start_matches(['>', '|', ' ', '*', '\t']);
    let lower = bare.to_lowercase();
    FROM.iter().find(|head| lower.starts_with(**head)).map(|head| bare.len().saturating_sub(head.len()))
}

/// Whether a line is a header of a mail.
pub(super) fn is_header(line: &str) -> bool {
    let lower = line.to_lowercase();
    let bare = lower.trim_start_matches('*');
    FROM.iter().chain(&HEADERS).any(|head| bare.starts_with(head))
        || is_rule(&lower)
        || ORIGINALS.contains(&lower.trim_matches(['-', ' ', '*', '_', ':']))
}

/// What a line is, and what the lines after it are as long as nothing else is seen.
fn kind_of(line: &str, lower: &[String], place: usize, so_far: LineKind) -> (LineKind, LineKind) {
    let this = lower[place].as_str();
    if so_far == LineKind::Quoted || quotes_begin(lower, place) {
        return (LineKind::Quoted, LineKind::Quoted);
    }
    if line.starts_with('>') || (line.starts_with("| ") && line.matches('|').count() == 1) {
        return (LineKind::Quoted, so_far);
    }
    match (so_far, fence(this)) {
        (LineKind::Fenced, Some(Fence::Code)) => return (LineKind::Fenced, LineKind::Said),
        (LineKind::Fenced, _) => return (LineKind::Fenced, LineKind::Fenced),
        (LineKind::Said | LineKind::Directive, Some(Fence::Code)) => return (LineKind::Fenced, LineKind::Fenced),
        (LineKind::Over, _) | (_, Some(Fence::Over)) => return (LineKind::Over, LineKind::Over),
        (LineKind::Note, Some(Fence::EndOfNote)) => return (LineKind::Note, LineKind::Said),
        (LineKind::Note, _) | (LineKind::Said | LineKind::Directive | LineKind::Signature, Some(Fence::Note)) => {
            return (LineKind::Note, LineKind::Note);
        }
        (LineKind::Said, _) if is_transcript(lower, place) => return (LineKind::Directive, LineKind::Directive),
        (_, _) => {}
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
        LineKind::Said | LineKind::Quoted | LineKind::Fenced | LineKind::Note | LineKind::Over => {
            (LineKind::Said, LineKind::Said)
        }
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
    let near = || lower[place + 1..].iter().take(3).filter(|next| starts(next, &HEADERS));
    // `From: Hall 1 / To: Hall 2` is a line of a form.
    let mail = |next: &String| !starts(next, &["to:", "a:", "an:", "aan:"]) || next.contains('@');
    let ruled = || lower[..place].iter().rev().find(|line| !line.is_empty()).is_some_and(|line| is_rule(line));
    starts(this, &FROM) && (near().any(mail) || (near().count() > 0 && (this.contains('@') || ruled())))
}

/// What a line of dashes, signs and few words marks off.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fence {
    Code,
    Note,
    EndOfNote,
    Over,
}

fn fence(lower: &str) -> Option<Fence> {
    if lower.starts_with("```") {
        return Some(Fence::Code);
    }
    let ruled = ["---", "###", "===", "***"].iter().any(|rule| lower.starts_with(rule));
    if !ruled || lower.len() > 80 {
        return None;
    }
    let words = lower.trim_start_matches(['-', '#', '=', '*', ' ', '[', '<']);
    let over = [
        "end of ticket",
        "end ticket",
        "new ticket",
        "ende des tickets",
        "neues ticket",
        "fin du ticket",
        "fin del ticket",
        "nuevo ticket",
        "nouveau ticket",
    ];
    if over.iter().any(|begin| words.starts_with(begin)) {
        Some(Fence::Over)
    } else if words.starts_with("begin ") && !words.starts_with("begin forwarded") {
        Some(Fence::Note)
    } else if words.starts_with("end ") || words == "end" {
        Some(Fence::EndOfNote)
    } else {
        None
    }
}

/// `User: ...` and `Assistant: ...` below it: a made-up talk with software.
fn is_transcript(lower: &[String], place: usize) -> bool {
    ["user:", "human:", "utilisateur :", "benutzer:"].iter().any(|begin| lower[place].starts_with(begin))
        && lower[place + 1..].iter().find(|line| !line.is_empty()).is_some_and(|line| {
            ["assistant:", "ai:", "bot:", "assistent:", "assistant :"].iter().any(|begin| line.starts_with(begin))
        })
}

/// A line of dashes.
fn is_rule(line: &str) -> bool {
    line.len() >= 2 && line.bytes().all(|byte| matches!(byte, b'-' | b'_' | b'=' | b'*' | b' '))
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
    // A row of a table begins with the one it is about.
    let row = line.split(['|', '·']).next().is_some_and(|first| first.contains('@'));
    let piped = !row && line.matches('|').count() >= 2 || line.matches(" · ").count() >= 2;
    let device = line.len() <= 60 && DEVICES.iter().any(|begin| lower.starts_with(begin));
    let numbers = ["tel:", "tel.:", "phone:", "mobile:", "fax:", "tel +", "t: +", "m: +", "t +", "m +"];
    piped || device || numbers.iter().any(|begin| lower.starts_with(begin))
}
