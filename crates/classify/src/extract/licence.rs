//! Which product or licence a ticket names, as written.

use std::{collections::HashMap, ops::Range, sync::LazyLock};

use super::{Source, form::Label};
use crate::words::Words;

/// Products, folded, longest first where one begins another. A name before the tier belongs to it.
const PRODUCTS: &str = "microsoft 365 copilot|m365 copilot|copilot for microsoft 365|copilot for m365|copilot studio|copilot pro|copilot|visio plan 0|visio online plan 0|visio pro|visio professional|visio standard|visio|project plan 0|project online professional|project online|project professional|planner plan 0|planner and project plan 0|planner premium|power bi premium per user|power bi premium|power bi pro|power bi ppu|power bi|powerbi pro|powerbi premium|powerbi|power apps premium|power apps per app|power apps|powerapps|power automate premium|power automate per user|power automate|teams phone standard|teams phone|teams premium|teams rooms pro|teams essentials|exchange online plan 0|exchange online archiving|exchange online kiosk|exchange online|sharepoint online plan 0|sharepoint plan 0|onedrive for business plan 0|intune plan 0|intune suite|intune|entra id p1|entra id p2|entra id governance|azure ad premium p1|azure ad premium p2|azure ad p1|azure ad p2|entra suite|defender for office 0 plan 0|defender for office 0|defender for endpoint plan 0|defender for endpoint|dynamics 0 sales|dynamics 0 customer service|dynamics 0|windows 0 enterprise|windows 0 business|windows 0|apps for enterprise|apps for business|audio conferencing|clipchamp premium|clipchamp|viva suite|viva insights|viva goals|business premium|business standard|business basic|business essentials|security e5|ems e0|enterprise mobility security e5|enterprise mobility security e3";
/// The products by their first word.
static BY_FIRST_WORD: LazyLock<HashMap<&str, Vec<&str>>> = LazyLock::new(|| {
    let mut products: HashMap<&str, Vec<&str>> = HashMap::new();
    for product in PRODUCTS.split('|') {
        products.entry(product.split(' ').next().unwrap_or(product)).or_default().push(product);
    }
    products
});
const TIERS: [&str; 12] = ["e1", "e3", "e5", "f1", "f3", "f5", "a1", "a3", "a5", "g1", "g3", "g5"];
/// Names that stand before a tier or a product and belong to it.
const FAMILIES: [&str; 6] = ["microsoft 0", "office 0", "ms 0", "m365", "o365", "microsoft"];
/// Before a product: it is there already, or is to go.
const FORMER: &str = "|from|instead|of|current|currently|have|has|only|old|statt|anstelle|von|bisher|nur|au|lieu|actuelle|desde|lugar|van|plaats|de|vez|replaces|replace|";
const STRONG_FORMER: &str =
    "|from|instead|current|currently|statt|anstelle|bisher|lieu|lugar|plaats|vez|old|replace|replaces|replacing|only|";

/// The product asked for.
pub(super) fn find(source: &Source<'_>) -> Option<Range<usize>> {
    let labelled = source.fields.iter().filter(|field| field.label == Label::License);
    for field in labelled {
        let named = in_span(source, field.value.clone()).into_iter().next();
        if let Some((span, _)) = named {
            return Some(span);
        }
        if field.text.len() <= 60 && !is_empty_answer(field.text) {
            return Some(field.value.clone());
        }
    }
    let former = |span: &Range<usize>| {
        source.fields.iter().any(|field| field.label == Label::FormerLicense && field.value.contains(&span.start))
    };
    let mut found: Vec<(Range<usize>, bool)> = Vec::new();
    let order = source.sentences.iter().filter(|sentence| !sentence.is_subject);
    for sentence in order.chain(source.sentences.iter().filter(|sentence| sentence.is_subject)) {
        found.extend(in_span(source, sentence.span.clone()).into_iter().filter(|(span, _)| !former(span)));
    }
    let wanted = found
        .iter()
        .find(|(span, is_former)| !is_former && is_goal(source, span))
        .or_else(|| found.iter().find(|(_, is_former)| !is_former))?;
    // `Visio` in one place and `Visio Plan 2` in another: the fuller name says more.
    let short = source.slice(&wanted.0);
    let fuller = found.iter().filter(|(_, is_former)| !is_former).map(|(span, _)| span).find(|span| {
        let long = source.slice(span);
        long.len() > short.len() && long.to_lowercase().contains(&short.to_lowercase())
    });
    Some(fuller.unwrap_or(&wanted.0).clone())
}

/// Whether the ticket says `to` right before the product: `upgrade me to E3`.
fn is_goal(source: &Source<'_>, span: &Range<usize>) -> bool {
    let before = source.text[..span.start].trim_end();
    let last = before.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or("");
    matches!(last, "to" | "auf" | "vers" | "naar")
}

fn is_empty_answer(value: &str) -> bool {
    matches!(
        value.to_lowercase().as_str(),
        "-" | "none" | "no" | "n/a" | "keine" | "aucune" | "ninguna" | "geen" | "nenhuma" | "yes" | "?"
    )
}

/// The products in a stretch of text, each with whether it is only the former one.
fn in_span(source: &Source<'_>, span: Range<usize>) -> Vec<(Range<usize>, bool)> {
    let mut words = Words::default();
    words.read(source.text, span);
    let mut found = Vec::new();
    let mut place = 0;
    while place < words.len() {
        let length = product(source, &words, place);
        if length == 0 {
            place += 1;
            continue;
        }
        let start = place - family(&words, place);
        let near = |back: usize| start.checked_sub(back).map_or("", |at| words.get(at));
        let former = |word: &str, list: &str| !word.is_empty() && list.split('|').any(|known| known == word);
        let is_former = former(near(1), STRONG_FORMER)
            || ((2..=3).any(|back| former(near(back), STRONG_FORMER)) && former(near(1), FORMER));
        found.push((words.raw(start).start..words.raw(place + length - 1).end, is_former));
        place += length;
    }
    found
}

/// Words of the product that begins at this word; 0 where none does.
fn product(source: &Source<'_>, words: &Words, place: usize) -> usize {
    if words.get(place) == "@" {
        return 0;
    }
    let named = BY_FIRST_WORD.get(words.get(place)).into_iter().flatten();
    let known = named.filter_map(|product| matched(words, place, product)).max().unwrap_or(0);
    if known > 0 {
        return known;
    }
    let raw = source.slice(&words.raw(place));
    let tier = TIERS.contains(&words.get(place)) && raw.starts_with(|c: char| c.is_ascii_uppercase());
    usize::from(tier).max(code(source, words, place))
}

/// `SPE_E3`, `ENTERPRISEPACK`: a code as the directory has it.
fn code(source: &Source<'_>, words: &Words, place: usize) -> usize {
    let start = words.raw(place).start;
    let joined = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let code: &str = source.text[start..].split(|c: char| !joined(c)).next().unwrap_or("");
    let alone = source.text[..start].chars().next_back().is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != '-')
        && source.text[start + code.len()..].chars().next().is_none_or(|c| !c.is_alphanumeric() && c != '-');
    let known = code.contains('_')
        && [
            "SPE_",
            "POWER_",
            "PROJECT",
            "VISIO",
            "ENTERPRISE",
            "EMS",
            "SPB",
            "MCO",
            "EXCHANGE",
            "O365_",
            "M365_",
            "STANDARD",
            "FLOW_",
            "WIN_",
            "AAD_",
            "MICROSOFT_",
        ]
        .iter()
        .any(|begin| code.starts_with(begin));
    if !alone || !known {
        return 0;
    }
    (place..words.len()).take_while(|next| words.raw(*next).end <= start + code.len()).count()
}

fn matched(words: &Words, place: usize, product: &str) -> Option<usize> {
    let mut length = 0;
    for (ahead, wanted) in product.split(' ').enumerate() {
        let at = place + ahead;
        let digits = wanted == "365" && at < words.len() && words.get(at) == "0";
        if at >= words.len() || !(words.get(at) == wanted || digits) {
            return None;
        }
        length += 1;
    }
    Some(length)
}

/// Words before this one that belong to the product's name.
fn family(words: &Words, place: usize) -> usize {
    let fits = |family: &&str| {
        let length = family.split(' ').count();
        place.checked_sub(length).is_some_and(|start| matched(words, start, family).is_some())
    };
    FAMILIES.iter().find(|family| fits(family)).map_or(0, |family| family.split(' ').count())
}
