//! Texts: what may stand in them, and how long they may be.

use serde::Serialize;
use url::Url;

/// Remembers whether a text had to be cut.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cut(pub bool);

impl Cut {
    /// At most `limit` UTF-16 units of `text`, the last being `…` where something is left out. Never splits a character.
    pub fn within(&mut self, text: &str, limit: usize) -> String {
        if units(text) <= limit {
            return text.to_owned();
        }
        self.0 = true;
        let mut room = limit.saturating_sub(1);
        let kept: String = text
            .chars()
            .take_while(|letter| {
                let fits = letter.len_utf16() <= room;
                room = room.saturating_sub(letter.len_utf16());
                fits
            })
            .collect();
        format!("{}…", kept.trim_end())
    }
}

/// UTF-16 units.
pub(crate) fn units(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// A text that is shown exactly as it is: Slack formats, links and mentions nothing in it, and turns no `:name:` into a
/// picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename = "plain_text")]
pub struct PlainText {
    text: String,
    emoji: bool,
}

impl PlainText {
    /// The text, cleaned (see [`clean`]) and cut; `–` where nothing is left.
    pub fn new(text: &str, limit: usize, cut: &mut Cut) -> Self {
        let text = cut.within(clean(text).trim_end(), limit);
        Self { text: if text.trim().is_empty() { "–".to_owned() } else { text }, emoji: false }
    }

    /// A text of our own, known to fit.
    pub fn own(text: &'static str) -> Self {
        Self { text: text.to_owned(), emoji: false }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// A text in Slack's markup. Only [`Markup`] makes one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename = "mrkdwn")]
pub struct Mrkdwn {
    text: String,
    verbatim: bool,
}

/// Either kind of text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Text {
    /// Shown exactly.
    Plain(PlainText),
    /// Slack's markup.
    Mrkdwn(Mrkdwn),
}

impl From<PlainText> for Text {
    fn from(text: PlainText) -> Self {
        Self::Plain(text)
    }
}

impl From<Mrkdwn> for Text {
    fn from(text: Mrkdwn) -> Self {
        Self::Mrkdwn(text)
    }
}

/// A text in Slack's markup, made of pieces of which each is safe. A piece that would not fit is left out whole, so that
/// no link or mention is ever cut in two.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Markup {
    pieces: Vec<String>,
}

impl Markup {
    fn with(mut self, piece: String) -> Self {
        self.pieces.push(piece);
        self
    }

    /// Our own words, in bold.
    pub fn bold(self, words: &'static str) -> Self {
        self.with(format!("*{}*", escape(words)))
    }

    /// Our own words or the configuration's. Nothing of a ticket or a directory: formatting signs keep their meaning.
    pub fn words(self, words: &str) -> Self {
        self.with(escape(&one_line(words)))
    }

    /// A space.
    pub fn space(self) -> Self {
        self.with(" ".to_owned())
    }

    /// A link. The label is our own; an address that is not `http` or `https` leaves the bare label.
    pub fn link(self, url: &str, label: &str) -> Self {
        let label = escape(&one_line(label));
        match web_address(url) {
            Some(url) => self.with(format!("<{url}|{label}>")),
            None => self.with(label),
        }
    }

    /// A mention of a user, by id. What is no id is shown as words.
    pub fn mention(self, user: &str) -> Self {
        let is_id = user.starts_with(['U', 'W'])
            && user.len() <= 32
            && user.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        if is_id { self.with(format!("<@{user}>")) } else { self.words(user) }
    }

    /// The text, of at most `limit` UTF-16 units; `…` stands for the pieces that did not fit.
    pub fn within(self, limit: usize) -> Mrkdwn {
        let mut text = String::new();
        let mut room = limit.saturating_sub(1);
        for piece in &self.pieces {
            let size = units(piece);
            if size > room {
                text.push('…');
                break;
            }
            room -= size;
            text.push_str(piece);
        }
        Mrkdwn { text: if text.is_empty() { "–".to_owned() } else { text }, verbatim: true }
    }
}

/// An address as it may stand within `<` and `>`.
pub(crate) fn web_address(url: &str) -> Option<String> {
    let url = Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())?;
    Some(escape(&url.as_str().replace('|', "%7C")))
}

/// Slack's three control characters, escaped: <https://docs.slack.dev/messaging/formatting-message-text#escaping>.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A text without what the eye does not see: control and zero-width characters are dropped, characters that turn the
/// direction of reading are shown as `�`. `<!channel>`, `<@U1>` and `<#C1>` are broken up by an invisible joiner, so that
/// they mean nothing to Slack wherever they end up.
pub fn clean(text: &str) -> String {
    let seen = text.chars().filter_map(visible);
    let mut out = String::with_capacity(text.len());
    let mut opened = false;
    for letter in seen {
        if opened && matches!(letter, '!' | '@' | '#') {
            out.push('\u{2060}');
        }
        opened = letter == '<';
        out.push(letter);
    }
    out
}

/// [`clean`], on one line.
pub fn one_line(text: &str) -> String {
    clean(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn visible(letter: char) -> Option<char> {
    match letter {
        '\n' | '\u{2028}' | '\u{2029}' => Some('\n'),
        '\t' => Some(' '),
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => Some('\u{fffd}'),
        '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{115f}'
        | '\u{1160}'
        | '\u{17b4}'
        | '\u{17b5}'
        | '\u{180b}'..='\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2060}'..='\u{2065}'
        | '\u{206a}'..='\u{206f}'
        | '\u{3164}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e0fff}' => None,
        letter if letter.is_control() => None,
        letter => Some(letter),
    }
}

#[cfg(test)]
mod tests;
