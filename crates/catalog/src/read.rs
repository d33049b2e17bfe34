//! A runbook file, read and checked.

use countersign_domain::{
    classification::Confidence,
    digest::Digest,
    ids::{IdError, IntentName, RunbookId},
    runbook::{Param, ParamKind, Risk, Runbook},
};
use toml::de::DeTable;

use crate::{
    fields::Section,
    problem::{Problem, Report, nearest},
    steps,
};

const KEYS: [&str; 11] = [
    "id",
    "name",
    "intent",
    "risk",
    "description",
    "expires_after",
    "min_confidence",
    "params",
    "steps",
    "examples",
    "not_examples",
];
const KINDS: [ParamKind; 6] = [
    ParamKind::Person,
    ParamKind::NewPerson,
    ParamKind::Group,
    ParamKind::Groups,
    ParamKind::Membership,
    ParamKind::License,
];
/// Bytes of a file.
const LARGEST: usize = 256 * 1024;
/// Examples that recognition needs at least.
const FEWEST_EXAMPLES: usize = 3;
/// Seconds that a plan may wait: from five minutes to thirty days.
const WAITS: std::ops::RangeInclusive<u64> = 300..=30 * 86_400;

/// Where a file says what must be its own.
pub(crate) struct Places {
    pub(crate) id: usize,
    pub(crate) intent: usize,
}

/// Reads a runbook file. `file_name` is only for the complaints.
///
/// # Errors
/// Everything that is wrong with it, in the order of the text; never an empty list.
pub fn parse(file_name: &str, text: &str) -> Result<Runbook, Vec<Problem>> {
    parse_placed(file_name, text).map(|(runbook, _)| runbook)
}

pub(crate) fn parse_placed(file_name: &str, text: &str) -> Result<(Runbook, Places), Vec<Problem>> {
    let mut report = Report::new(file_name, text);
    if text.len() > LARGEST {
        report.say(0, format!("the file has {} bytes; a runbook has at most {LARGEST}", text.len()));
        return Err(report.finish());
    }
    let (root, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let at = error.span().map_or(0, |span| span.start);
        report.say(at, error.message().lines().collect::<Vec<_>>().join(", "));
    }
    if !report.is_empty() {
        return Err(report.finish());
    }
    match runbook(root.get_ref(), text, &mut report) {
        Some(read) if report.is_empty() => Ok(read),
        Some(_) | None => Err(report.finish()),
    }
}

fn runbook(table: &DeTable<'_>, text: &str, report: &mut Report<'_>) -> Option<(Runbook, Places)> {
    let root = Section::open(table, 0, "the runbook", &KEYS, report);
    let id = named("id", root, RunbookId::new, report);
    let name = root.line("name", 60, report);
    let intent = named("intent", root, IntentName::new, report);
    let risk = risk(root, report);
    let description = root.line("description", 300, report);
    let expires_after = expires_after(root, report);
    let min_confidence = root.share("min_confidence", report).map(Confidence::from_share);
    let params = params(root, report);
    let tables = root.list_of_tables("steps", report);
    if tables.is_empty() {
        report.say(0, "the runbook has no `[[steps]]`; it needs at least one");
    }
    let steps = steps::read(&tables, &params, report);
    let (examples, not_examples) = examples(root, report);
    let (id, intent) = (id?, intent?);
    let places = Places { id: id.1, intent: intent.1 };
    let runbook = Runbook {
        id: id.0,
        name: name?,
        intent: intent.0,
        risk: risk?,
        description: description?,
        params: params.into_iter().map(|(param, _)| param).collect(),
        steps,
        expires_after,
        min_confidence,
        examples,
        not_examples,
        digest: Digest::of(text.as_bytes()),
    };
    Some((runbook, places))
}

fn named<T>(
    key: &str,
    root: Section<'_, '_>,
    read: fn(&str) -> Result<T, IdError>,
    report: &mut Report<'_>,
) -> Option<(T, usize)> {
    let written = root.text(key, report)?;
    match read(written.text) {
        Ok(value) => Some((value, written.at)),
        Err(error) => {
            report.say(written.at, error.to_string());
            None
        }
    }
}

fn risk(root: Section<'_, '_>, report: &mut Report<'_>) -> Option<Risk> {
    let written = root.text("risk", report)?;
    match written.text {
        "low" => Some(Risk::Low),
        "medium" => Some(Risk::Medium),
        "high" => Some(Risk::High),
        other => {
            let hint = nearest(other, ["low", "medium", "high"]);
            report.say(written.at, format!("unknown risk `{other}`{hint}"));
            None
        }
    }
}

/// Seconds of a duration such as `90m`, `24h` or `7d`.
fn expires_after(root: Section<'_, '_>, report: &mut Report<'_>) -> Option<u64> {
    let written = root.optional_text("expires_after", report)?;
    let seconds = written.text.char_indices().next_back().and_then(|(end, unit)| {
        let unit = match unit {
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            _ => return None,
        };
        let digits = &written.text[..end];
        let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse::<u64>().ok().filter(|_| plain)?.checked_mul(unit)
    });
    match seconds {
        Some(seconds) if WAITS.contains(&seconds) => Some(seconds),
        Some(_) => {
            report.say(written.at, format!("`expires_after` is \"{}\"; from 5m to 30d is possible", written.text));
            None
        }
        None => {
            let message = format!(
                "`expires_after` is \"{}\"; a whole number with m, h or d is expected, for example \"24h\"",
                written.text
            );
            report.say(written.at, message);
            None
        }
    }
}

fn params(root: Section<'_, '_>, report: &mut Report<'_>) -> Vec<(Param, usize)> {
    let mut params: Vec<(Param, usize)> = Vec::new();
    for (name, table) in root.tables("params", report) {
        if !name.text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_') {
            report.say(name.at, format!("the parameter name `{}` may have a-z, 0-9 and `_` only", name.text));
        }
        let what = format!("the parameter `{}`", name.text);
        let section = Section::open(table, name.at, &what, &["kind", "required", "description"], report);
        let kind = kind(section, report);
        let required = section.flag("required", true, report);
        let description = section.line("description", 300, report);
        let (Some(kind), Some(description)) = (kind, description) else {
            // Kept, so that the steps that use it are not complained about as well.
            let stand_in = kind.unwrap_or(ParamKind::Person);
            params.push((Param { name: name.text.to_owned(), kind: stand_in, required, description: what }, name.at));
            continue;
        };
        if let Some((other, _)) = params.iter().find(|(other, _)| other.kind == kind) {
            let kind = steps::kind_name(kind);
            let message = format!("`{}` is already the parameter of kind {kind}; a ticket has one", other.name);
            report.say(name.at, message);
        }
        params.push((Param { name: name.text.to_owned(), kind, required, description }, name.at));
    }
    params
}

fn kind(section: Section<'_, '_>, report: &mut Report<'_>) -> Option<ParamKind> {
    let written = section.text("kind", report)?;
    let known = KINDS.into_iter().find(|kind| steps::kind_name(*kind) == written.text);
    if known.is_none() {
        let hint = nearest(written.text, KINDS.map(steps::kind_name));
        report.say(written.at, format!("unknown kind `{}`{hint}", written.text));
    }
    known
}

fn examples(root: Section<'_, '_>, report: &mut Report<'_>) -> (Vec<String>, Vec<String>) {
    let examples = root.texts("examples", report);
    let not_examples = root.texts("not_examples", report);
    if examples.len() < FEWEST_EXAMPLES {
        let at = root.value("examples").map_or(0, |value| value.span().start);
        let found = examples.len();
        report.say(at, format!("`examples` has {found} of at least {FEWEST_EXAMPLES} tickets that ask for this"));
    }
    for (place, example) in examples.iter().chain(&not_examples).enumerate() {
        if example.text.trim().is_empty() {
            report.say(example.at, "this example is empty");
        } else if examples.iter().chain(&not_examples).take(place).any(|earlier| earlier.text == example.text) {
            report.say(example.at, "this example stands in the file twice");
        }
    }
    let owned = |texts: Vec<crate::fields::Text<'_>>| texts.iter().map(|text| text.text.to_owned()).collect();
    (owned(examples), owned(not_examples))
}
