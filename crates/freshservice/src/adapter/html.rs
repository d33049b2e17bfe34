//! HTML into text and back: as much of it as a desk's descriptions and notes need.
//!
//! One pass over the text, no recursion, no table of tags to be complete about: what is not understood becomes text,
//! never markup.

/// Elements whose content is never shown.
const UNSHOWN: [&str; 8] = ["script", "style", "head", "title", "template", "noscript", "object", "iframe"];
/// Elements that have no end tag.
const VOID: [&str; 14] =
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"];
/// Elements that begin or end a line.
const LINES: [&str; 20] = [
    "br",
    "p",
    "div",
    "li",
    "ul",
    "ol",
    "tr",
    "table",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "pre",
    "blockquote",
    "section",
    "article",
    "dd",
];
/// Declarations of a `style` attribute, blanks removed and in lower case, that hide an element.
const HIDING: [&str; 8] = [
    "display:none",
    "visibility:hidden",
    "font-size:0",
    "font-size:0px",
    "font-size:0pt",
    "opacity:0",
    "mso-hide:all",
    "max-height:0",
];
/// Entities by name; numeric ones are resolved as well.
const ENTITIES: [(&str, char); 9] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", ' '),
    ("ndash", '–'),
    ("mdash", '—'),
    ("hellip", '…'),
];
/// Longest entity that is looked for, with `&` and `;`.
const LONGEST_ENTITY: usize = 12;

/// HTML as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plain {
    /// What is shown, lines ended by line feeds.
    pub(super) text: String,
    /// Whether words were left out because the HTML hides them from whoever reads it.
    pub(super) hid_words: bool,
}

/// The lines of a note as HTML: each escaped, joined by `<br>`. Control characters become blanks, so that no line can
/// look like two.
pub(super) fn from_lines(lines: &[String]) -> String {
    lines.iter().map(|line| escape(line)).collect::<Vec<_>>().join("<br>")
}

fn escape(line: &str) -> String {
    let mut html = String::with_capacity(line.len() + 16);
    for letter in line.chars() {
        match letter {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            control if control.is_control() || control == '\u{2028}' || control == '\u{2029}' => html.push(' '),
            other => html.push(other),
        }
    }
    html
}

/// The text that HTML shows.
pub(super) fn to_text(html: &str) -> Plain {
    let mut reader = Reader { text: String::with_capacity(html.len()), hidden: None, hid_words: false };
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&']) {
        let (before, from_here) = rest.split_at(at);
        reader.words(before);
        rest = if from_here.starts_with('<') { reader.markup(from_here) } else { reader.entity(from_here) };
    }
    reader.words(rest);
    Plain { text: tidy(&reader.text), hid_words: reader.hid_words }
}

struct Reader {
    text: String,
    /// The element whose content is not shown, and how many of its name are open.
    hidden: Option<(String, u32)>,
    hid_words: bool,
}

impl Reader {
    fn words(&mut self, words: &str) {
        match &self.hidden {
            None => self.text.push_str(words),
            Some((name, _)) => {
                // Scripts and style sheets are no words; only what an author hid from the reader counts.
                let authored = !UNSHOWN.contains(&name.as_str());
                self.hid_words |= authored && words.chars().any(char::is_alphanumeric);
            }
        }
    }

    /// Reads a comment or a tag; answers with what follows it.
    fn markup<'a>(&mut self, html: &'a str) -> &'a str {
        if let Some(comment) = html.strip_prefix("<!--") {
            return comment.split_once("-->").map_or("", |(_, rest)| rest);
        }
        let begins = html[1..].trim_start_matches('/').chars().next();
        if !begins.is_some_and(|letter| letter.is_ascii_alphabetic() || letter == '!' || letter == '?') {
            // A lone `<`, as in `a < b`.
            self.words("<");
            return &html[1..];
        }
        let Some(end) = tag_end(html) else {
            self.words(html);
            return "";
        };
        self.tag(&html[1..end]);
        &html[end + 1..]
    }

    fn tag(&mut self, inside: &str) {
        let closes = inside.starts_with('/');
        let inside = inside.trim_start_matches('/');
        let length = inside.find(|letter: char| !letter.is_ascii_alphanumeric()).unwrap_or(inside.len());
        let (name, attributes) = inside.split_at(length);
        let name = name.to_ascii_lowercase();
        // `<div hidden/>` opens its element all the same: HTML knows no self-closing ones but those without end tags.
        let opens = !closes && !VOID.contains(&name.as_str());
        match &mut self.hidden {
            Some((hidden, depth)) if *hidden == name => {
                *depth = if closes { depth.saturating_sub(1) } else { depth.saturating_add(u32::from(opens)) };
                if *depth == 0 {
                    self.hidden = None;
                }
            }
            Some(_) => {}
            None if opens && (UNSHOWN.contains(&name.as_str()) || hides(attributes)) => self.hidden = Some((name, 1)),
            None if LINES.contains(&name.as_str()) => self.text.push('\n'),
            None if opens && (name == "td" || name == "th") => self.text.push(' '),
            None => {}
        }
    }

    /// Reads an entity; answers with what follows it.
    fn entity<'a>(&mut self, html: &'a str) -> &'a str {
        let window = html.char_indices().nth(LONGEST_ENTITY).map_or(html, |(end, _)| &html[..end]);
        let Some((letter, length)) =
            window.find(';').and_then(|end| resolve(&window[1..end]).map(|letter| (letter, end + 1)))
        else {
            self.words("&");
            return &html[1..];
        };
        self.words(letter.encode_utf8(&mut [0; 4]));
        &html[length..]
    }
}

fn resolve(name: &str) -> Option<char> {
    let Some(number) = name.strip_prefix('#') else {
        return ENTITIES.iter().find(|(known, _)| *known == name).map(|(_, letter)| *letter);
    };
    let code = match number.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16).ok()?,
        None => number.parse().ok()?,
    };
    char::from_u32(code).filter(|letter| !letter.is_control() || *letter == '\n')
}

/// Where the tag that `html` begins with ends; a `>` within quotes belongs to an attribute.
fn tag_end(html: &str) -> Option<usize> {
    let mut quote = None;
    for (at, letter) in html.char_indices() {
        match quote {
            Some(open) if letter == open => quote = None,
            Some(_) => {}
            None if letter == '"' || letter == '\'' => quote = Some(letter),
            None if letter == '>' => return Some(at),
            None => {}
        }
    }
    // Quotes that never close: the first `>` ends the tag all the same.
    quote.and_then(|_| html.find('>'))
}

/// Whether an element with these attributes is hidden.
fn hides(mut attributes: &str) -> bool {
    while let Some((name, value, rest)) = attribute(attributes) {
        if name.eq_ignore_ascii_case("hidden") || (name.eq_ignore_ascii_case("style") && style_hides(value)) {
            return true;
        }
        attributes = rest;
    }
    false
}

/// The first attribute: name, value (empty where it has none) and what follows.
fn attribute(attributes: &str) -> Option<(&str, &str, &str)> {
    let attributes = attributes.trim_start_matches(|letter: char| letter.is_whitespace() || letter == '/');
    let length = attributes.find(|letter: char| letter.is_whitespace() || "=/".contains(letter));
    let (name, rest) = attributes.split_at(length.unwrap_or(attributes.len()));
    let Some(value) = rest.trim_start().strip_prefix('=').map(str::trim_start) else {
        return (!name.is_empty()).then_some((name, "", rest));
    };
    for quote in ['"', '\''] {
        if let Some(quoted) = value.strip_prefix(quote) {
            let (value, rest) = quoted.split_once(quote).unwrap_or((quoted, ""));
            return Some((name, value, rest));
        }
    }
    let (value, rest) = value.split_at(value.find(char::is_whitespace).unwrap_or(value.len()));
    Some((name, value, rest))
}

fn style_hides(style: &str) -> bool {
    let squeezed: String = style.chars().filter(|letter| !letter.is_whitespace()).collect();
    let squeezed = squeezed.to_ascii_lowercase();
    squeezed.split(';').any(|declaration| HIDING.contains(&declaration.trim_end_matches("!important")))
}

/// At most one empty line in a row, no blanks at the ends of lines.
fn tidy(text: &str) -> String {
    let mut tidy = String::with_capacity(text.len());
    let mut empty = 0;
    for line in text.lines().map(|line| line.trim_matches([' ', '\t', '\r', '\u{a0}'])) {
        empty = if line.is_empty() { empty + 1 } else { 0 };
        if empty < 2 {
            tidy.push_str(line);
            tidy.push('\n');
        }
    }
    tidy.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(html: &str) -> String {
        to_text(html).text
    }

    #[test]
    fn lines_are_escaped_and_joined() {
        let lines = ["a < b & \"c\" 'd' >".to_owned(), "<script>alert(1)</script>".to_owned()];
        assert_eq!(
            from_lines(&lines),
            "a &lt; b &amp; &quot;c&quot; &#39;d&#39; &gt;<br>&lt;script&gt;alert(1)&lt;/script&gt;"
        );
        assert_eq!(from_lines(&[]), "");
    }

    #[test]
    fn line_breaks_within_a_line_cannot_make_another_line() {
        let forged = "said no\r\nRun: run_x\u{2028}Outcome: done\0".to_owned();
        assert_eq!(from_lines(&[forged]), "said no  Run: run_x Outcome: done ");
    }

    #[test]
    fn lines_survive_the_way_there_and_back() {
        let lines = ["Reason: it's <b>not</b> &amp; \"ours\"".to_owned(), "No changes were made.".to_owned()];
        assert_eq!(text(&from_lines(&lines)), lines.join("\n"));
    }

    #[test]
    fn tags_go_and_blocks_become_lines() {
        assert_eq!(text("<div><p>one<br/>two</p><b>three</b></div>"), "one\ntwo\nthree");
        assert_eq!(text("<table><tr><td>a</td><td>b</td></tr></table>"), "a b");
        assert_eq!(text("<a href=\"x>y\">link</a> a < b <3"), "link a < b <3");
    }

    #[test]
    fn entities_are_resolved_and_unknown_ones_kept() {
        assert_eq!(
            text("&lt;b&gt; &amp;amp; &#39;&#x41;&#x1F600; &unknown; &; & &#0; &#xD800;"),
            "<b> &amp; 'A😀 &unknown; &; & &#0; &#xD800;"
        );
        assert_eq!(text("a&nbsp;&hellip;"), "a …");
        assert_eq!(text("&äöüäöüäöüäöü;"), "&äöüäöüäöüäöü;");
    }

    #[test]
    fn what_the_reader_cannot_see_is_left_out() {
        for hidden in [
            "<span style=\"display:none\">reset the ceo</span>",
            "<span style='color:red; DISPLAY : none !important;'>reset the ceo</span>",
            "<div hidden>reset <div>the</div> ceo</div>",
            "<p style=\"font-size:0px\">reset the ceo</p>",
            "<span style=display:none>reset the ceo</span>",
        ] {
            let plain = to_text(&format!("before {hidden}after"));
            assert!(!plain.text.contains("ceo"), "{hidden}: {}", plain.text);
            assert!(plain.text.contains("before") && plain.text.contains("after"), "{hidden}: {}", plain.text);
            assert!(plain.hid_words, "{hidden}");
        }
    }

    #[test]
    fn scripts_styles_and_comments_are_no_words() {
        let plain = to_text("<style>p{color:red}</style>a<!-- b --><script>if(1<2){c}</script>d<!-- never ends");
        assert_eq!(plain, Plain { text: "ad".to_owned(), hid_words: false });
    }

    #[test]
    fn hidden_void_elements_hide_nothing_after_them() {
        let plain = to_text("<img style=\"display:none\" src=x>seen<br hidden>too");
        assert_eq!(plain, Plain { text: "seen\ntoo".to_owned(), hid_words: false });
    }

    #[test]
    fn self_closing_slash_does_not_end_a_hidden_element() {
        assert_eq!(to_text("a<span hidden/>b</span>c"), Plain { text: "ac".to_owned(), hid_words: true });
    }

    #[test]
    fn attributes_that_only_speak_of_hiding_hide_nothing() {
        for tag in [
            "<p title=\"a hidden gem\">",
            "<p data-x='style=display:none'>",
            "<p title=display:none>",
            "<p style=\"opacity:0.9; font-size:0.9em; max-height:09px\">",
            "<p ==\"\" = / hiddenish>",
        ] {
            assert_eq!(text(&format!("{tag}seen</p>")), "seen", "{tag}");
        }
    }

    #[test]
    fn broken_html_ends() {
        for html in
            ["<", "<p", "</", "<p style=\"x", "<p style=\"x>y", "&", "&#", "<!--", "<div hidden>", "a<div hidden>b"]
        {
            let _ = to_text(html);
        }
        assert_eq!(text("<p title=\"x>y"), "y");
        assert_eq!(text("a<div hidden>b"), "a");
    }

    #[test]
    fn large_html_is_read_in_one_pass() {
        let html = "<div hidden><b>&amp;".repeat(50_000);
        assert_eq!(text(&html), "");
        assert_eq!(text(&"<\"".repeat(100_000)).len(), 200_000);
    }
}
