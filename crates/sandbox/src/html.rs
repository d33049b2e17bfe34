//! Text to HTML and back, as far as a desk's descriptions and notes need it.

/// Plain text as the HTML a desk stores: escaped, lines joined by `<br>`.
pub(crate) fn from_text(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + 16);
    html.push_str("<div>");
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\n' => html.push_str("<br>"),
            other => html.push(other),
        }
    }
    html.push_str("</div>");
    html
}

/// The plain-text form of HTML: `<br>` and the ends of paragraphs become line breaks, other tags go, the five usual
/// entities and `&nbsp;` are resolved.
pub(crate) fn to_text(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&']) {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        rest = if rest.starts_with('<') { skip_tag(rest, &mut text) } else { resolve_entity(rest, &mut text) };
    }
    text.push_str(rest);
    text.trim_end().to_owned()
}

fn skip_tag<'a>(html: &'a str, text: &mut String) -> &'a str {
    let Some(end) = html.find('>') else {
        text.push_str(html);
        return "";
    };
    let tag = html[1..end].trim_end_matches('/').trim().to_ascii_lowercase();
    if matches!(tag.as_str(), "br" | "/p" | "/div" | "/li") {
        text.push('\n');
    }
    &html[end + 1..]
}

fn resolve_entity<'a>(html: &'a str, text: &mut String) -> &'a str {
    const ENTITIES: [(&str, char); 7] = [
        ("&amp;", '&'),
        ("&lt;", '<'),
        ("&gt;", '>'),
        ("&quot;", '"'),
        ("&#39;", '\''),
        ("&#x27;", '\''),
        ("&nbsp;", ' '),
    ];
    for (entity, c) in ENTITIES {
        if let Some(rest) = html.strip_prefix(entity) {
            text.push(c);
            return rest;
        }
    }
    text.push('&');
    &html[1..]
}

#[cfg(test)]
mod tests {
    use super::{from_text, to_text};

    #[test]
    fn text_survives_the_way_there_and_back() {
        let text = "a < b & \"c\"\n<script>alert(1)</script>\nit's";
        assert_eq!(to_text(&from_text(text)), text);
    }

    #[test]
    fn breaks_become_lines_and_tags_go() {
        assert_eq!(to_text("<p>one<br/>two</p><b>three</b> &unknown; <"), "one\ntwo\nthree &unknown; <");
    }
}
