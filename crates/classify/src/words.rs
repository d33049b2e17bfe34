//! Words: lower-case, without diacritics, so that one spelling stands for all.

use std::ops::Range;
use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

/// The words of a stretch of text. Reused between stretches.
#[derive(Default)]
pub(crate) struct Words {
    folded: String,
    spans: Vec<Word>,
}

/// What a byte is to a reader of words.
#[derive(Clone, Copy)]
enum Kind {
    /// An ASCII letter or digit.
    Letter,
    /// Any other ASCII character that is seen or not.
    Mark,
    /// ASCII white space.
    Space,
    /// `@`.
    Sign,
    /// Part of a character beyond ASCII.
    Wide,
}

const KINDS: [Kind; 256] = {
    let mut kinds = [Kind::Mark; 256];
    let mut byte = 0_u8;
    loop {
        kinds[byte as usize] = match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => Kind::Letter,
            b' ' | b'\t'..=b'\r' => Kind::Space,
            b'@' => Kind::Sign,
            0x80.. => Kind::Wide,
            _ => Kind::Mark,
        };
        if byte == u8::MAX {
            break kinds;
        }
        byte += 1;
    }
};

/// One word: where it stands folded, and where in the text.
#[derive(Clone)]
struct Word {
    folded: Range<usize>,
    raw: Range<usize>,
}

impl Words {
    /// Reads the words of `text[span]`; an address becomes the word `@`, a number the word `0`.
    pub(crate) fn read(&mut self, text: &str, span: Range<usize>) {
        let said = &text[span.clone()];
        self.spans.clear();
        // Most words are plain, and then already stand here as they fold; others are added at the end.
        self.folded.clear();
        self.folded.push_str(said);
        self.folded.make_ascii_lowercase();
        let mut from = 0;
        while from < said.len() {
            let known = self.spans.len();
            let (end, is_plain, gap) = self.plain_words(said, from, span.start);
            if !is_plain {
                self.spans.truncate(known);
                self.chunk(&said[from..end], span.start + from);
            }
            from = end + gap;
        }
    }

    /// Reads what stands from here to the next white space: where it ends, whether it was all plain words and
    /// punctuation, and the bytes of the white space.
    fn plain_words(&mut self, said: &str, from: usize, start: usize) -> (usize, bool, usize) {
        let bytes = said.as_bytes();
        let mut is_plain = !(said[from..].starts_with("http") || said[from..].starts_with("www."));
        let (mut begin, mut at) = (from, from);
        while let Some(byte) = bytes.get(at) {
            let (mut length, mut is_space) = (1, false);
            match KINDS[usize::from(*byte)] {
                Kind::Letter => {
                    at += 1;
                    continue;
                }
                Kind::Mark => {}
                Kind::Space => is_space = true,
                Kind::Sign => is_plain = false,
                Kind::Wide => {
                    let c = said[at..].chars().next().unwrap_or(' ');
                    (length, is_space) = (c.len_utf8(), c.is_whitespace());
                    is_plain &= is_space;
                }
            }
            self.plain(said, begin..at, start);
            if is_space {
                return (at, is_plain, length);
            }
            at += length;
            begin = at;
        }
        self.plain(said, begin..at, start);
        (at, is_plain, 0)
    }

    /// A word of ASCII letters and digits at this place, or nothing; the text begins at `start`.
    fn plain(&mut self, said: &str, place: Range<usize>, start: usize) {
        let Some(first) = said.as_bytes()[place.clone()].first() else { return };
        let raw = start + place.start..start + place.end;
        if first.is_ascii_digit() && said[place.clone()].bytes().all(|byte| byte.is_ascii_digit()) {
            self.push("0", raw);
        } else {
            self.spans.push(Word { folded: place, raw });
        }
    }

    /// Reads what stands between white space.
    fn chunk(&mut self, chunk: &str, at: usize) {
        if chunk.find('@').is_some_and(|sign| sign > 0 && chunk[sign..].contains('.')) {
            self.push("@", at..at + chunk.len());
        } else if chunk.starts_with("http") || chunk.starts_with("www.") {
            self.push("http", at..at + chunk.len());
        } else {
            self.parts(chunk, at);
        }
    }

    fn parts(&mut self, chunk: &str, at: usize) {
        let mut start = None;
        for (place, c) in chunk.char_indices() {
            let inside = c.is_alphanumeric() || is_combining_mark(c) || is_invisible(c);
            match (inside, start) {
                (true, None) => start = Some(place),
                (false, Some(begin)) => {
                    self.word(&chunk[begin..place], at + begin);
                    start = None;
                }
                (true, Some(_)) | (false, None) => {}
            }
        }
        if let Some(begin) = start {
            self.word(&chunk[begin..], at + begin);
        }
    }

    fn word(&mut self, word: &str, at: usize) {
        let raw = at..at + word.len();
        if word.bytes().all(|byte| byte.is_ascii_digit()) {
            self.push("0", raw);
            return;
        }
        let start = self.folded.len();
        fold(word, &mut self.folded);
        if self.folded.len() > start {
            self.spans.push(Word { folded: start..self.folded.len(), raw });
        }
    }

    fn push(&mut self, folded: &str, raw: Range<usize>) {
        let start = self.folded.len();
        self.folded.push_str(folded);
        self.spans.push(Word { folded: start..self.folded.len(), raw });
    }

    pub(crate) fn len(&self) -> usize {
        self.spans.len()
    }

    /// The folded word at this place.
    pub(crate) fn get(&self, place: usize) -> &str {
        &self.folded[self.spans[place].folded.clone()]
    }

    /// Where the word at this place stands in the text.
    pub(crate) fn raw(&self, place: usize) -> Range<usize> {
        self.spans[place].raw.clone()
    }

    /// The folded words in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.spans.iter().map(|word| &self.folded[word.folded.clone()])
    }
}

/// Whether a character is not seen: zero-width and direction marks.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Appends the word in lower case, without diacritics and invisible characters.
pub(crate) fn fold(word: &str, out: &mut String) {
    if word.is_ascii() {
        out.extend(word.bytes().map(|byte| char::from(byte.to_ascii_lowercase())));
        return;
    }
    for c in word.nfd().filter(|c| !is_combining_mark(*c) && !is_invisible(*c)) {
        match c {
            'ß' => out.push_str("ss"),
            'ø' | 'Ø' => out.push('o'),
            'ł' | 'Ł' => out.push('l'),
            'æ' | 'Æ' => out.push_str("ae"),
            'œ' | 'Œ' => out.push_str("oe"),
            'đ' | 'Đ' => out.push('d'),
            c => out.extend(c.to_lowercase()),
        }
    }
}

/// The folded form of a text.
pub(crate) fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    fold(text, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let mut words = Words::default();
        words.read(text, 0..text.len());
        words.iter().map(str::to_owned).collect()
    }

    #[test]
    fn spellings_fold_to_one() {
        assert_eq!(words("Zurücksetzen, CONTRASEÑA! Straße"), ["zurucksetzen", "contrasena", "strasse"]);
        assert_eq!(words("pass\u{200b}word can't 4711 E3"), ["password", "can", "t", "0", "e3"]);
    }

    #[test]
    fn addresses_and_links_are_one_word_each() {
        assert_eq!(words("to <a.b@c.example>, see https://x.example/reset"), ["to", "@", "see", "http"]);
    }

    #[test]
    fn words_end_at_white_space_and_punctuation_of_any_script() {
        assert_eq!(words("a\u{a0}b\u{2003}C\u{3000}d\u{b}e\u{85}f"), ["a", "b", "c", "d", "e", "f"]);
        assert_eq!(words("x–y „Ünd“ e\u{301}t @x.y a@b ½"), ["x", "y", "und", "et", "x", "y", "a", "b", "½"]);
        assert_eq!(words("  "), [""; 0]);
    }

    #[test]
    fn places_point_into_the_text() {
        let text = "ä  Müller-Kerr x";
        let mut found = Words::default();
        found.read(text, 0..text.len());
        let raw: Vec<_> = (0..found.len()).map(|place| &text[found.raw(place)]).collect();
        assert_eq!(raw, ["ä", "Müller", "Kerr", "x"]);
    }
}
