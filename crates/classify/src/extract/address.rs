//! Addresses: plain ones are found, and ones with tricks in them are found out.

use std::ops::Range;

use crate::words::is_invisible;

/// A stretch of text that is, or pretends to be, a mail address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) span: Range<usize>,
    /// Whether it has nothing but the characters of an ordinary address.
    pub(super) is_plain: bool,
}

/// Providers of private mailboxes: the part of the domain before its last dots.
const PRIVATE: [&str; 24] = [
    "gmail",
    "googlemail",
    "yahoo",
    "ymail",
    "hotmail",
    "outlook",
    "live",
    "msn",
    "icloud",
    "me",
    "mac",
    "aol",
    "gmx",
    "web",
    "t-online",
    "freenet",
    "proton",
    "protonmail",
    "orange",
    "wanadoo",
    "free",
    "laposte",
    "mail",
    "hushmail",
];

fn is_local(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-' | '\'')
}

fn is_domain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '-')
}

/// Characters that are no part of a plain address and yet look as if they were: full-width forms, ideographic and
/// leader dots, look-alikes in other scripts, what is not seen.
fn is_trick(c: char) -> bool {
    is_invisible(c)
        || (!c.is_ascii() && c.is_alphanumeric())
        || matches!(
            c,
            '\u{300}'..='\u{36f}' | '\u{3002}' | '\u{ff61}' | '\u{2024}' | '\u{ff0e}' | '\u{ff0d}' | '\u{ff3f}'
        )
}

/// The sign itself, and what looks like it.
const SIGNS: [char; 3] = ['@', '\u{ff20}', '\u{fe6b}'];
/// Bytes of the longest address, on either side of its sign.
const LONGEST: usize = 254;

/// The addresses in `text[span]`, in order.
pub(super) fn find(text: &str, span: Range<usize>) -> Vec<Address> {
    let mut found: Vec<Address> = Vec::new();
    let part = &text[span.clone()];
    // Nearly every sentence is without any.
    if !part.bytes().any(|byte| byte == b'@' || byte == 0xef) {
        return found;
    }
    for (at, sign) in part.match_indices(SIGNS) {
        let (near, after) = (part.ceil_char_boundary(at.saturating_sub(LONGEST)), at + sign.len());
        let left = part[near..at].chars().rev().take_while(|c| is_local(*c) || is_trick(*c));
        let start = at - left.map(char::len_utf8).sum::<usize>();
        let right = part[after..].chars().take(LONGEST).take_while(|c| is_domain(*c) || is_trick(*c));
        let end = after + right.map(char::len_utf8).sum::<usize>();
        let start =
            start + (part[start..at].len() - part[start..at].trim_start_matches(['.', '\'', '-', '+', '%']).len());
        let end = after + part[after..end].trim_end_matches(['.', '-']).len();
        let dotted = part[after..end].contains(['.', '\u{3002}', '\u{ff61}', '\u{2024}', '\u{ff0e}']);
        let again = found.last().is_some_and(|last| span.start + start < last.span.end);
        if start == at || !dotted || again || is_sign_in(&part[near..at]) {
            continue;
        }
        let is_plain = is_plain(&part[start..end]);
        found.push(Address { span: span.start + start..span.start + end, is_plain });
    }
    found
}

/// Whether what stands before an `@` signs in at a link's host: `postgres://app:password` is nobody's address. One that
/// stands further behind in a link, in its path or query, may be.
fn is_sign_in(before: &str) -> bool {
    let chunk = before.rsplit(char::is_whitespace).next().unwrap_or_default();
    let Some((_, link)) = chunk.rsplit_once("://") else { return false };
    match link.split_once(['/', '?', '#']) {
        None => true,
        // A password may have a slash in it; what follows a host is a port.
        Some((host, _)) => {
            host.split_once(':').is_some_and(|(_, port)| !port.bytes().all(|byte| byte.is_ascii_digit()))
        }
    }
}

/// Whether a text is one ordinary address and nothing else. A domain in other letters than these, also one written in
/// their stead (`xn--`), is not ordinary: nobody can see what it says.
pub(super) fn is_plain(address: &str) -> bool {
    let Some((local, domain)) = address.split_once('@') else { return false };
    let labels = domain.split('.').collect::<Vec<_>>();
    let is_label = |label: &&str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && !is_punycode(label)
    };
    address.len() <= 254
        && !local.is_empty()
        && local.chars().all(is_local)
        && !local.contains("..")
        && domain.chars().all(is_domain)
        && labels.len() >= 2
        && labels.iter().all(is_label)
        && labels.last().is_some_and(|last| last.len() >= 2 && last.bytes().all(|byte| byte.is_ascii_alphabetic()))
}

fn is_punycode(label: &str) -> bool {
    label.get(..4).is_some_and(|begin| begin.eq_ignore_ascii_case("xn--"))
}

/// Whether two addresses have their domain in common.
pub(super) fn same_domain(one: &str, other: &str) -> bool {
    match (one.rsplit_once('@'), other.rsplit_once('@')) {
        (Some((_, one)), Some((_, other))) => one.eq_ignore_ascii_case(other),
        (Some(_) | None, _) => false,
    }
}

/// Whether an address is of a provider of private mailboxes.
pub(super) fn is_private(address: &str) -> bool {
    let domain = address.rsplit('@').next().unwrap_or("").to_ascii_lowercase();
    let name = domain.split('.').next().unwrap_or("");
    // Two labels at most, so that `mail.acme.com` and `web.acme.com` are not taken for one; `yahoo.co.uk` is.
    let short = domain.matches('.').count() == 1 || domain.ends_with(".co.uk") || domain.ends_with(".com.br");
    short && PRIVATE.contains(&name)
}

/// Whether nobody reads what is sent there, so that it is nobody's own.
pub(super) fn is_machine(address: &str) -> bool {
    let local: String = address
        .split('@')
        .next()
        .unwrap_or("")
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect::<String>()
        .to_ascii_lowercase();
    ["noreply", "donotreply", "mailerdaemon", "postmaster"].iter().any(|name| local.starts_with(name))
}
