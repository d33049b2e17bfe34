//! HTML remnants to the text a reader sees. Total: broken markup is read as far as it goes.

/// Elements whose content nobody reads, or that hold a quoted mail.
const DROPPED: [&str; 9] = ["script", "style", "head", "title", "template", "blockquote", "noscript", "object", "svg"];
/// Elements that begin a new line.
const BLOCKS: [&str; 16] =
    ["p", "div", "br", "tr", "li", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "section"];
/// Elements that are markup, besides those above. `<` before anything else is text.
const INLINE: [&str; 31] = [
    "a", "abbr", "b", "body", "center", "code", "col", "colgroup", "dd", "dl", "dt", "em", "font", "footer", "header",
    "html", "i", "img", "input", "label", "link", "main", "meta", "o:p", "pre", "small", "span", "strong", "sub",
    "sup", "u",
];
const CELLS: [&str; 6] = ["td", "th", "thead", "tbody", "tfoot", "article"];
const VOID: [&str; 7] = ["br", "hr", "img", "input", "link", "meta", "col"];

const ENTITIES: [(&str, &str); 47] = [
    ("amp", "&"),
    ("lt", "<"),
    ("gt", ">"),
    ("quot", "\""),
    ("apos", "'"),
    ("nbsp", " "),
    ("shy", ""),
    ("zwnj", "\u{200c}"),
    ("zwj", "\u{200d}"),
    ("ndash", "–"),
    ("mdash", "—"),
    ("lsquo", "‘"),
    ("rsquo", "’"),
    ("ldquo", "“"),
    ("rdquo", "”"),
    ("hellip", "…"),
    ("euro", "€"),
    ("auml", "ä"),
    ("ouml", "ö"),
    ("uuml", "ü"),
    ("Auml", "Ä"),
    ("Ouml", "Ö"),
    ("Uuml", "Ü"),
    ("szlig", "ß"),
    ("eacute", "é"),
    ("egrave", "è"),
    ("ecirc", "ê"),
    ("euml", "ë"),
    ("agrave", "à"),
    ("aacute", "á"),
    ("acirc", "â"),
    ("atilde", "ã"),
    ("aring", "å"),
    ("ccedil", "ç"),
    ("iacute", "í"),
    ("icirc", "î"),
    ("iuml", "ï"),
    ("ntilde", "ñ"),
    ("oacute", "ó"),
    ("ocirc", "ô"),
    ("otilde", "õ"),
    ("oslash", "ø"),
    ("uacute", "ú"),
    ("ugrave", "ù"),
    ("ucirc", "û"),
    ("Eacute", "É"),
    ("bull", "•"),
];

/// Bytes of a tag within which quotation marks are heeded; so that work on broken markup is bounded.
const LONGEST_TAG: usize = 1_000;

struct Tag<'t> {
    /// Lower-case.
    name: String,
    attributes: &'t str,
    closing: bool,
    /// Bytes of the whole tag.
    length: usize,
}

/// Appends the visible text of `source` to `out`.
pub(super) fn visible(source: &str, out: &mut String) {
    let mut rest = source;
    while let Some(at) = rest.find(['<', '&', '\r']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let eaten = match rest.as_bytes()[0] {
            b'<' => markup(rest, out),
            b'&' => entity(rest, out),
            _ => {
                if !rest.starts_with("\r\n") {
                    out.push('\n');
                }
                1
            }
        };
        rest = &rest[eaten..];
    }
    out.push_str(rest);
}

/// Reads what begins with `<` and says how many bytes it took.
fn markup(rest: &str, out: &mut String) -> usize {
    if let Some(comment) = rest.strip_prefix("<!--") {
        return comment.find("-->").map_or(rest.len(), |end| end + 7);
    }
    let Some(tag) = tag(rest) else {
        out.push('<');
        return 1;
    };
    if !tag.closing && (DROPPED.contains(&tag.name.as_str()) || is_hidden(&tag)) && !VOID.contains(&tag.name.as_str()) {
        out.push('\n');
        return tag.length + skipped(&rest[tag.length..], &tag.name);
    }
    if BLOCKS.contains(&tag.name.as_str()) {
        out.push('\n');
    } else if matches!(tag.name.as_str(), "td" | "th") && tag.closing {
        out.push('\t');
    }
    tag.length
}

fn tag(rest: &str) -> Option<Tag<'_>> {
    let inner = &rest[1..];
    let closing = inner.starts_with('/');
    let inner = inner.strip_prefix('/').unwrap_or(inner);
    let name_end = inner.find(|c: char| !(c.is_ascii_alphanumeric() || c == ':')).unwrap_or(inner.len());
    let name = inner[..name_end].to_ascii_lowercase();
    let known = [&DROPPED[..], &BLOCKS, &INLINE, &CELLS].iter().any(|list| list.contains(&name.as_str()));
    if !known || !inner[name_end..].starts_with(['>', '/', ' ', '\n', '\t', '\r']) {
        return None;
    }
    let end = tag_end(&inner[name_end..])?;
    let length = rest.len() - inner.len() + name_end + end + 1;
    Some(Tag { name, attributes: &inner[name_end..name_end + end], closing, length })
}

/// The place of the `>` that ends a tag; one within a quoted attribute does not.
fn tag_end(attributes: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in attributes.bytes().enumerate().take(LONGEST_TAG) {
        match (quote, byte) {
            (None, b'>') => return Some(at),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            (None | Some(_), _) => {}
        }
    }
    attributes.find('>')
}

fn is_hidden(tag: &Tag<'_>) -> bool {
    let plain: String = tag.attributes.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_lowercase()).collect();
    let bare = tag.attributes.to_ascii_lowercase();
    let attribute = bare.split([' ', '\n', '\t', '/']).any(|word| word == "hidden" || word.starts_with("hidden="));
    let quoted = ["gmail_quote", "yahoo_quoted", "moz-cite-prefix"].iter().any(|class| plain.contains(class));
    attribute || quoted || HIDING.iter().any(|style| plain.contains(style)) || is_white_on_white(&plain)
}

/// White letters where no other background is set beside them.
fn is_white_on_white(plain: &str) -> bool {
    let colours = |name: &'static str| {
        plain
            .match_indices(name)
            .map(move |(at, _)| (&plain[..at], plain[at + name.len()..].trim_start_matches(['"', '\''])))
    };
    let behind = colours("background-color:").chain(colours("background:")).chain(colours("bgcolor="));
    let dark = behind.into_iter().any(|(_, value)| !is_white(value) && !value.starts_with("transparent"));
    let letters = colours("color:").chain(colours("color="));
    let white = letters
        .into_iter()
        .any(|(before, value)| !before.ends_with(['-', 'g']) && (is_white(value) || value.starts_with("transparent")));
    white && !dark
}

/// Whether a colour is white, or so near that nobody sees it on white.
fn is_white(value: &str) -> bool {
    if value.starts_with("white") || value.starts_with("snow") || value.starts_with("rgb(255,255,255)") {
        return true;
    }
    let Some(digits) = value.strip_prefix('#') else { return false };
    let length = digits.bytes().take_while(u8::is_ascii_hexdigit).count();
    let light = |part: &[u8], at: usize| part.get(at).is_some_and(|digit| *digit == b'f');
    match length {
        3 | 4 => (0..3).all(|at| light(digits.as_bytes(), at)),
        6 | 8 => (0..3).all(|at| light(digits.as_bytes(), 2 * at)),
        _ => false,
    }
}

const HIDING: [&str; 13] = [
    "max-height:0",
    "max-width:0",
    "text-indent:-99",
    "clip:rect(0",
    "opacity:0}",
    "display:none",
    "visibility:hidden",
    "visibility:collapse",
    "font-size:0",
    "font-size:1px",
    "opacity:0;",
    "opacity:0\"",
    "mso-hide:all",
];

/// Bytes up to and with the tag that closes an element of this name; all of it where none does.
fn skipped(rest: &str, name: &str) -> usize {
    let mut depth = 1;
    let mut at = 0;
    while let Some(next) = rest[at..].find('<') {
        at += next;
        match tag(&rest[at..]) {
            Some(found) if found.name == name => {
                depth = if found.closing { depth - 1 } else { depth + 1 };
                at += found.length;
                if depth == 0 {
                    return at;
                }
            }
            Some(_) | None => at += 1,
        }
    }
    rest.len()
}

/// Reads what begins with `&` and says how many bytes it took.
fn entity(rest: &str, out: &mut String) -> usize {
    let name_end = rest.bytes().take(12).position(|byte| byte == b';');
    let Some(name) = name_end.map(|end| &rest[1..end]) else {
        out.push('&');
        return 1;
    };
    let number = name.strip_prefix('#').and_then(|digits| match digits.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => digits.parse().ok(),
    });
    let decoded = number.and_then(char::from_u32).filter(|c| !c.is_control() || *c == '\n');
    if let Some(c) = decoded {
        out.push(c);
    } else if let Some((_, text)) = ENTITIES.iter().find(|(known, _)| *known == name) {
        out.push_str(text);
    } else {
        out.push('&');
        return 1;
    }
    name.len() + 2
}
