//! From what a ticket calls a product to the subscription the tenant has of it. Nothing is guessed: where several fit,
//! all of them are candidates.

use std::sync::LazyLock;

use crate::client::SubscribedSku;

/// The shipped table, read once.
static PRODUCTS: LazyLock<Vec<Product>> = LazyLock::new(|| read(include_str!("products.txt")));

struct Product {
    name: &'static str,
    /// Keys of the string ids.
    parts: Vec<String>,
    /// Keys of the names.
    names: Vec<String>,
}

/// Which subscriptions a name stands for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Choice<'a> {
    /// Exactly this.
    One(&'a SubscribedSku),
    /// Any of these.
    Several(Vec<&'a SubscribedSku>),
    /// None the tenant has; the names of the products meant, where the table knows any.
    None(Vec<&'static str>),
}

/// Finds the subscriptions that `wanted` (a product name, a string id or a SKU id) stands for.
pub(super) fn choose<'a>(wanted: &str, skus: &'a [SubscribedSku]) -> Choice<'a> {
    let wanted = wanted.trim();
    let exact = |sku: &&SubscribedSku| sku.sku_id.is(wanted) || part_number(sku).eq_ignore_ascii_case(wanted);
    if let Some(sku) = skus.iter().find(exact).filter(|_| !wanted.is_empty()) {
        return Choice::One(sku);
    }
    let asked = key(wanted);
    let meant = if asked.is_empty() { Vec::new() } else { products_called(&asked) };
    let fits =
        |part: String| !part.is_empty() && (part == asked || meant.iter().any(|known| known.parts.contains(&part)));
    let found: Vec<_> = skus.iter().filter(|sku| fits(key(part_number(sku)))).collect();
    match found.as_slice() {
        [] => Choice::None(meant.iter().map(|product| product.name).collect()),
        [one] => Choice::One(one),
        [_, _, ..] => Choice::Several(found),
    }
}

/// What people call a subscription: `Microsoft 365 E3 (SPE_E3)`, or the string id alone where the table has no name.
pub(super) fn title(sku: &SubscribedSku) -> String {
    let part = part_number(sku);
    let wanted = key(part);
    match PRODUCTS.iter().find(|product| product.parts.contains(&wanted)) {
        Some(product) => format!("{} ({part})", product.name),
        None if part.is_empty() => sku.sku_id.to_string(),
        None => part.to_owned(),
    }
}

fn part_number(sku: &SubscribedSku) -> &str {
    sku.sku_part_number.as_deref().unwrap_or_default()
}

fn products_called(asked: &str) -> Vec<&'static Product> {
    let called =
        |name: &str| PRODUCTS.iter().filter(|product| product.names.iter().any(|known| known == name)).collect();
    let found: Vec<_> = called(asked);
    match asked.strip_prefix("microsoft") {
        Some(rest) if found.is_empty() && !rest.is_empty() => called(rest),
        Some(_) | None => found,
    }
}

/// What remains of a name when everything is left out that people write in different ways.
fn key(name: &str) -> String {
    let lower = name.to_lowercase();
    let words: Vec<&str> =
        lower.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let mut out = String::new();
    for (place, word) in words.iter().enumerate() {
        let numbered = words.get(place + 1).is_some_and(|next| next.bytes().all(|byte| byte.is_ascii_digit()));
        match *word {
            "a" | "an" | "the" | "license" | "licence" | "licenses" | "licences" | "subscription" | "sku" | "seat" => {}
            "plan" if numbered => out.push('p'),
            "ms" => out.push_str("microsoft"),
            "m365" => out.push_str("microsoft365"),
            "o365" => out.push_str("office365"),
            word => match word.strip_prefix("plan") {
                Some(digits) if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                    out.push('p');
                    out.push_str(digits);
                }
                Some(_) | None => out.push_str(word),
            },
        }
    }
    out
}

fn read(table: &'static str) -> Vec<Product> {
    table.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')).filter_map(product).collect()
}

fn product(line: &'static str) -> Option<Product> {
    let mut columns = line.split('|').map(str::trim);
    let (name, parts, names) = (columns.next()?, columns.next()?, columns.next()?);
    let keys = |list: &str| list.split(';').map(key).filter(|key| !key.is_empty()).collect::<Vec<_>>();
    let mut names = keys(names);
    names.push(key(name));
    Some(Product { name, parts: keys(parts), names })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Id;

    fn sku(part: &str, id: &str) -> SubscribedSku {
        SubscribedSku {
            sku_id: Id::new(id).unwrap(),
            sku_part_number: Some(part.to_owned()),
            applies_to: None,
            capability_status: None,
            consumed_units: None,
            prepaid_units: None,
        }
    }

    fn tenant(parts: &[&str]) -> Vec<SubscribedSku> {
        parts.iter().enumerate().map(|(place, part)| sku(part, &format!("id-{place}"))).collect()
    }

    fn one(wanted: &str, skus: &[SubscribedSku]) -> Option<String> {
        match choose(wanted, skus) {
            Choice::One(sku) => sku.sku_part_number.clone(),
            Choice::Several(_) | Choice::None(_) => None,
        }
    }

    #[test]
    fn every_line_of_the_table_is_read() {
        let lines = include_str!("products.txt").lines().filter(|line| line.contains('|') && !line.starts_with('#'));
        let products = read(include_str!("products.txt"));
        assert_eq!(products.len(), lines.count());
        for product in &products {
            assert!(!product.parts.is_empty() && !product.name.is_empty(), "{}", product.name);
            assert!(product.names.len() > 1, "{}", product.name);
        }
    }

    #[test]
    fn no_string_id_stands_in_two_lines() {
        let mut seen = std::collections::BTreeSet::new();
        for product in read(include_str!("products.txt")) {
            for part in product.parts {
                assert!(seen.insert(part.clone()), "{part}");
            }
        }
    }

    #[test]
    fn names_as_tickets_have_them_are_understood() {
        let skus = tenant(&["SPE_E3", "SPE_E5", "VISIOCLIENT", "POWER_BI_PRO", "PROJECTPROFESSIONAL"]);
        for (wanted, part) in [
            ("E3", "SPE_E3"),
            ("e3 licence", "SPE_E3"),
            ("M365 E3", "SPE_E3"),
            ("Microsoft 365 E3 license", "SPE_E3"),
            ("an MS 365 E5", "SPE_E5"),
            ("spe_e5", "SPE_E5"),
            ("id-0", "SPE_E3"),
            ("Visio Plan 2", "VISIOCLIENT"),
            ("Microsoft Visio Plan 2", "VISIOCLIENT"),
            ("visio p2", "VISIOCLIENT"),
            ("Visio", "VISIOCLIENT"),
            ("PowerBI Pro", "POWER_BI_PRO"),
            ("Project Plan3", "PROJECTPROFESSIONAL"),
        ] {
            assert_eq!(one(wanted, &skus).as_deref(), Some(part), "{wanted}");
        }
    }

    #[test]
    fn several_that_fit_are_candidates() {
        let skus = tenant(&["SPE_E3", "ENTERPRISEPACK", "SPE_E5"]);
        assert!(matches!(choose("E3", &skus), Choice::Several(found) if found.len() == 2));
        assert_eq!(one("Office 365 E3", &skus).as_deref(), Some("ENTERPRISEPACK"));
        assert_eq!(one("O365 E3", &skus).as_deref(), Some("ENTERPRISEPACK"));
        assert_eq!(one("M365 E3", &skus).as_deref(), Some("SPE_E3"));
    }

    #[test]
    fn name_that_looks_like_a_string_id_hides_no_other_candidate() {
        let skus = tenant(&["SPE_E3", "Microsoft_365_E3"]);
        assert!(matches!(choose("Microsoft 365 E3", &skus), Choice::Several(found) if found.len() == 2));
        assert_eq!(one("Microsoft_365_E3", &skus).as_deref(), Some("Microsoft_365_E3"));
    }

    #[test]
    fn product_the_tenant_lacks_is_named_and_not_replaced() {
        let skus = tenant(&["SPE_E3"]);
        assert_eq!(choose("Visio Plan 1", &skus), Choice::None(vec!["Visio Plan 1"]));
        assert_eq!(choose("Photoshop", &skus), Choice::None(vec![]));
        for empty in ["", "  ", "licence", "!!", "'; drop"] {
            assert_eq!(choose(empty, &skus), Choice::None(vec![]), "{empty:?}");
        }
    }

    #[test]
    fn subscription_without_a_string_id_fits_no_name() {
        let mut skus = tenant(&["SPE_E3"]);
        skus[0].sku_part_number = None;
        assert_eq!(choose("licence", &skus), Choice::None(vec![]));
    }

    #[test]
    fn title_shows_name_and_string_id() {
        assert_eq!(title(&sku("SPE_E3", "id")), "Microsoft 365 E3 (SPE_E3)");
        assert_eq!(title(&sku("ACME_ONLY", "id")), "ACME_ONLY");
        assert_eq!(
            title(&sku("O365_w/o\u{a0}Teams\u{a0}Bundle_M3", "id")).split(" (O").next(),
            Some("Microsoft 365 E3 (no Teams)")
        );
    }
}
