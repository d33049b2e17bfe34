//! Which product or licence a ticket names, as written.

use std::{collections::HashMap, ops::Range, sync::LazyLock};

use super::{
    Source,
    form::Label,
    marks::{self, Marks},
    person::Writer,
    products::{CODES, ENDINGS, FAMILIES, OF_OTHERS, PRODUCTS, TIERS},
    tokens::Tokens,
};

/// The products by their first word.
static BY_FIRST_WORD: LazyLock<HashMap<&str, Vec<Product>>> = LazyLock::new(|| {
    let mut products: HashMap<&str, Vec<Product>> = HashMap::new();
    let own = PRODUCTS.split('|').map(|words| Product { words, of_others: false });
    for product in own.chain(OF_OTHERS.split('|').map(|words| Product { words, of_others: true })) {
        products.entry(product.words.split(' ').next().unwrap_or(product.words)).or_default().push(product);
    }
    products
});

/// A product by its words.
struct Product {
    words: &'static str,
    /// Not one of Microsoft's.
    of_others: bool,
}

/// First words of products that in small letters are ordinary words.
const LOWER_IS_COMMON: [&str; 8] =
    ["phone", "calling", "international", "domestic", "windows", "project", "audio", "places"];

/// A product that is named, and how much says that it is the one asked for.
struct Mention {
    tokens: Range<usize>,
    standing: i32,
}

/// What this little speaks for is there already, by a form's own word.
const UNWANTED: i32 = -9;

/// The product asked for.
pub(super) fn find(source: &Source<'_>) -> Option<Range<usize>> {
    let labelled = source.fields.iter().filter(|field| field.label == Label::License);
    for field in labelled {
        if let Some(tokens) = first_in(source, source.tokens.within(&field.value)) {
            return Some(source.span(&tokens));
        }
        if field.text.len() <= 60 && !is_empty_answer(field.text) && !field.text.contains(['.', '@']) {
            return Some(field.value.clone());
        }
    }
    let found = mentions(source);
    let best = found.iter().map(|mention| mention.standing).max().filter(|best| *best > UNWANTED);
    let Some(wanted) = best.and_then(|best| found.iter().find(|mention| mention.standing == best)) else {
        return named(source);
    };
    // `Visio` in one place and `Visio Plan 2` in another: the fuller name says more.
    let short = source.slice(&source.span(&wanted.tokens)).to_lowercase();
    let fuller =
        found.iter().filter(|mention| mention.standing > -4).map(|mention| source.span(&mention.tokens)).find(|span| {
            let long = source.slice(span);
            long.len() > short.len() && long.to_lowercase().contains(&short)
        });
    Some(fuller.unwrap_or_else(|| source.span(&wanted.tokens)))
}

fn is_empty_answer(value: &str) -> bool {
    let plain = value.to_lowercase();
    plain.starts_with("see ")
        || plain.starts_with("siehe ")
        || matches!(
            plain.trim_matches(|c: char| !c.is_alphanumeric()),
            "" | "none"
                | "no"
                | "n/a"
                | "na"
                | "keine"
                | "aucune"
                | "ninguna"
                | "geen"
                | "nenhuma"
                | "yes"
                | "ja"
                | "tbd"
                | "oui"
                | "standard"
        )
}

/// The products named before the signature, the subject's last.
fn mentions(source: &Source<'_>) -> Vec<Mention> {
    let tokens = &source.tokens;
    let mut found = Vec::new();
    let mut at = 0;
    while at < source.said_end {
        let length = product(source, at);
        if length == 0 {
            at += 1;
            continue;
        }
        let place = at - family(tokens, at)..at + length;
        at = place.end;
        found.push(Mention { standing: standing(source, &place), tokens: place });
    }
    found.sort_by_key(|mention| source.sentences[tokens.all()[mention.tokens.start].sentence].is_subject);
    found
}

fn first_in(source: &Source<'_>, place: Range<usize>) -> Option<Range<usize>> {
    let tokens = &source.tokens;
    place.clone().find_map(|at| {
        let length = product(source, at);
        (length > 0).then(|| (at - family(tokens, at)).max(place.start)..at + length)
    })
}

/// Whether a product's name begins at this word.
pub(super) fn is_product(source: &Source<'_>, at: usize) -> bool {
    product(source, at) > 0
        || (FAMILIES.iter().any(|family| matched(&source.tokens, at, family).is_some())
            && (at + 1..at + 3).any(|next| product(source, next) > 0))
}

/// Whether a product's name stands where these words do, so that they are nobody's.
pub(super) fn covers(source: &Source<'_>, place: &Range<usize>) -> bool {
    (place.start.saturating_sub(3)..place.end).any(|at| {
        let length = product(source, at);
        length > 0 && at + length > place.start
    })
}

/// How much says that this product is asked for: `need E5`, `to E3`; less than nothing for one that is there already.
fn standing(source: &Source<'_>, place: &Range<usize>) -> i32 {
    let tokens = &source.tokens;
    let first = &tokens.all()[place.start];
    if source.field_at(first.raw.start).is_some_and(|field| field.label == Label::FormerLicense) {
        return UNWANTED;
    }
    let mut score = 0;
    let mut later = place.start;
    let (mut former, mut has_it) = (false, false);
    for (back, at) in tokens.before(place.start).take(5).enumerate() {
        let here = tokens.marks(at);
        if source.gap(at, later).contains([',', ';', '(', ':', '-', '—', '–']) && back > 0 {
            break;
        }
        former |= here.has(marks::FORMER) && !(here.has(marks::TOWARDS) && back > 1) && !wants_before(source, at);
        has_it |= here.has(marks::HAS) && back < 2 && !wants_before(source, at);
        score += match back {
            _ if here.has(marks::NEGATES) => -3,
            0 if here.has(marks::GOAL) => 3,
            0 | 1 if here.has(marks::WANTS) => 2,
            _ => i32::from(here.has(marks::WANTS)),
        };
        later = at;
    }
    let near = tokens.before(place.start).next().map(|at| tokens.marks(at)).unwrap_or_default();
    let arrow = place.start > 0 && source.gap(place.start - 1, place.start).contains(['→', '>']);
    let goal = arrow || (near.has(marks::GOAL) && tokens.word(place.start.saturating_sub(1)) != "a");
    score += 3 * i32::from(arrow);
    score -= 5 * i32::from(former && !goal) + 3 * i32::from(has_it && !goal);
    let has = |mark: Marks| tokens.sentence(first.sentence).any(|at| tokens.marks(at).has(mark));
    let after = tokens
        .after(place.end - 1)
        .take(4)
        .any(|at| matches!(tokens.word(at), "now" | "but" | "weg" | "raus") || tokens.marks(at).has(marks::NEGATES));
    (score - 2 * i32::from(after) + 2 * i32::from(has(marks::WANTS) || has(marks::DEED))
        - i32::from(source.sentences[first.sentence].is_subject)
        + i32::from(place.len() > 1))
    .max(UNWANTED + 1)
}

/// `please have`, `need to have`: what follows is wanted.
fn wants_before(source: &Source<'_>, at: usize) -> bool {
    let tokens = &source.tokens;
    tokens.before(at).take(2).any(|before| tokens.marks(before).has(marks::WANTS)) && tokens.word(at) != "from"
}

/// Words of the product that begins at this word; 0 where none does.
fn product(source: &Source<'_>, at: usize) -> usize {
    let tokens = &source.tokens;
    let Some(token) = tokens.get(at).filter(|token| !token.is_address) else { return 0 };
    let named = BY_FIRST_WORD.get(tokens.word(at)).into_iter().flatten();
    let fits = |product: &Product| !(product.of_others && source.writer == Writer::Never);
    let known = named
        .filter(|product| fits(product))
        .filter_map(|product| matched(tokens, at, product.words))
        .max()
        .unwrap_or(0);
    let written = source.slice(&token.raw);
    let tier = TIERS.contains(&tokens.word(at))
        && (written.starts_with(|c: char| c.is_ascii_uppercase()) || is_tier_place(source, at));
    let known = if written.starts_with(|c: char| c.is_uppercase()) || !LOWER_IS_COMMON.contains(&tokens.word(at)) {
        known
    } else {
        0
    };
    let length = known.max(usize::from(tier || is_code(written)));
    if length == 0 || (length == 1 && is_common(source, at)) { 0 } else { length + ending(source, at + length) }
}

/// A word that is a product only where it is written as one: `Places`, `Bookings`.
fn is_common(source: &Source<'_>, at: usize) -> bool {
    let tokens = &source.tokens;
    let common = matches!(tokens.word(at), "places" | "bookings" | "viva" | "priva" | "purview" | "intune");
    let near =
        tokens.before(at).take(2).chain(tokens.after(at).take(2)).any(|near| tokens.marks(near).has(marks::LICENCE));
    common && !near
}

/// A tier in small letters stands beside a word for licences, or is wanted.
fn is_tier_place(source: &Source<'_>, at: usize) -> bool {
    let tokens = &source.tokens;
    let near = tokens.before(at).take(3).chain(tokens.after(at).take(5));
    near.into_iter().any(|near| {
        let here = tokens.marks(near);
        let enough = matches!(source.tokens.word(near), "enough" | "reicht" | "suffit" | "basta" | "genoeg" | "chega");
        enough || here.has(marks::LICENCE) || here.has(marks::WANTS) || here.has(marks::FORMER)
    })
}

/// `SPE_E3`, `ENTERPRISEPACK`: a code as the directory has it.
pub(super) fn is_code(word: &str) -> bool {
    let written = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    word.len() >= 5 && word.chars().all(written) && CODES.iter().any(|begin| word.starts_with(begin)) && {
        let whole = ["STANDARD", "ENTERPRISE", "EXCHANGE", "PROJECT", "VISIO", "RIGHTS", "SHAREPOINT", "PROJECTS"];
        !whole.contains(&word)
    }
}

fn matched(tokens: &Tokens, at: usize, product: &str) -> Option<usize> {
    let mut length = 0;
    for wanted in product.split(' ') {
        let word = tokens.word(at + length);
        let number = wanted == "0" && !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
        // `Plan 2` is `Plano 2` where the ticket translates it.
        let plan = wanted == "plan" && matches!(word, "plano" | "abo");
        if !(word == wanted || number || plan) || (length > 0 && !tokens.together(at, at + length)) {
            return None;
        }
        length += 1;
    }
    Some(length)
}

/// Words after the product that belong to its name: `per user`, `4vCPU/16GB`.
fn ending(source: &Source<'_>, at: usize) -> usize {
    let tokens = &source.tokens;
    if at == 0 || !tokens.together(at - 1, at) || !matches!(source.gap(at - 1, at), " " | " (" | " + " | "-") {
        return 0;
    }
    if let Some(length) = ENDINGS.iter().filter_map(|ending| matched(tokens, at, ending)).max() {
        return length;
    }
    let word = tokens.word(at);
    if word.starts_with(|c: char| c.is_ascii_digit()) && word.contains("vcpu") {
        return 1 + (at + 1..at + 3).take_while(|next| source.gap(next - 1, *next) == "/").count();
    }
    let level = matches!(word, "p1" | "p2");
    usize::from(level)
}

/// Words before this one that belong to the product's name.
fn family(tokens: &Tokens, at: usize) -> usize {
    let fits = |family: &&str| {
        let length = family.split(' ').count();
        at.checked_sub(length)
            .is_some_and(|start| matched(tokens, start, family).is_some() && tokens.together(start, at))
    };
    FAMILIES.iter().find(|family| fits(family)).map_or(0, |family| family.split(' ').count())
}

/// A product that is not known, where the ticket says that what follows is one: `the licence "Foo Bar"`.
fn named(source: &Source<'_>) -> Option<Range<usize>> {
    let tokens = &source.tokens;
    (0..source.said_end).find_map(|at| {
        let (here, next) = (tokens.marks(at), tokens.get(at + 1)?);
        let called =
            here.has(marks::CALLED) && tokens.before(at).take(2).any(|before| tokens.marks(before).has(marks::LICENCE));
        if !(here.has(marks::LICENCE) || called) || !tokens.together(at, at + 1) {
            return None;
        }
        let open = source.text[..next.raw.start].chars().next_back().filter(|c| matches!(c, '"' | '“' | '„' | '«'))?;
        let close = match open {
            '“' => '”',
            '„' => '“',
            '«' => '»',
            same => same,
        };
        let rest = &source.text[next.raw.start..];
        let length = rest[..rest.floor_char_boundary(60)].find([close, '\n'])?;
        rest[length..].starts_with(close).then(|| next.raw.start..next.raw.start + length)
    })
}
