//! Looking for thousands of secrets at once, in every form in which text is carried.

use anyhow::ensure;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt::Write as _;

use super::{
    kinds::{self, Kind, Numbers},
    surfaces::Surface,
};

/// As many bytes of a form are its mark: a form shorter than this is not looked for.
const MARK: usize = 8;

/// A secret, and where it was planted.
#[derive(Debug, Clone)]
pub(super) struct Planted {
    pub(super) kind: Kind,
    pub(super) place: &'static str,
    pub(super) secret: String,
}

impl Planted {
    pub(super) fn written(&self) -> String {
        self.kind.written(&self.secret)
    }
}

/// Makes secrets, and remembers each with its place.
pub(super) struct Garden {
    numbers: Numbers,
    kinds: usize,
    planted: Vec<Planted>,
}

impl Garden {
    pub(super) fn seeded(seed: u64) -> Self {
        Self { numbers: Numbers::seeded(seed), kinds: 0, planted: Vec::new() }
    }

    pub(super) fn count(&self) -> usize {
        self.planted.len()
    }

    /// A new secret of the next kind.
    pub(super) fn plant(&mut self, place: &'static str) -> Planted {
        let kind = kinds::ALL[self.kinds % kinds::ALL.len()];
        self.kinds += 1;
        let planted = Planted { kind, place, secret: kind.secret(&mut self.numbers) };
        self.planted.push(planted.clone());
        planted
    }

    /// A new secret of the next kind that is fit for the place.
    pub(super) fn plant_if(&mut self, place: &'static str, fit: impl Fn(Kind) -> bool) -> Planted {
        while !fit(kinds::ALL[self.kinds % kinds::ALL.len()]) {
            self.kinds += 1;
        }
        self.plant(place)
    }

    /// So many sentences that each give a secret away.
    pub(super) fn sentences(&mut self, place: &'static str, count: usize) -> String {
        let sentences = (0..count).map(|number| {
            let planted = self.plant(place);
            planted.kind.sentence(&planted.secret, number + self.kinds / kinds::ALL.len())
        });
        sentences.collect::<Vec<_>>().join("\n")
    }

    /// Looks for every secret in everything that came out.
    ///
    /// # Errors
    /// What came out where, by kind and place.
    pub(super) fn nothing_in(&self, surfaces: &[Surface]) -> anyhow::Result<()> {
        let index = Index::of(&self.planted);
        let mut found: BTreeMap<String, (BTreeSet<String>, String)> = BTreeMap::new();
        for surface in surfaces {
            for (number, form, around) in index.search(&surface.bytes) {
                let Planted { kind, place, .. } = &self.planted[number];
                if !surface.may_hold(place) {
                    let of = format!("{} ({place}, {form})", surface.name);
                    found.entry(of).or_insert_with(|| (BTreeSet::new(), around)).0.insert(format!("{kind:?}"));
                }
            }
        }
        let shown = found.iter().map(|(of, (kinds, around))| {
            let kinds: Vec<_> = kinds.iter().map(String::as_str).collect();
            format!("{of}: {}; one of them: {around:?}", kinds.join(", "))
        });
        ensure!(found.is_empty(), "secrets came out of\n{}", shown.collect::<Vec<_>>().join("\n"));
        Ok(())
    }
}

struct Form {
    secret: usize,
    name: &'static str,
    bytes: Vec<u8>,
}

/// Every form of every secret, by its first bytes.
struct Index {
    forms: Vec<Form>,
    marks: HashMap<[u8; MARK], Vec<usize>>,
    /// One bit for each pair of first two bytes that a form has: most places are passed over by it.
    first: Vec<bool>,
}

impl Index {
    fn of(planted: &[Planted]) -> Self {
        let mut index = Self { forms: Vec::new(), marks: HashMap::new(), first: vec![false; 1 << 16] };
        let mut seen = HashSet::new();
        for (secret, planted) in planted.iter().enumerate() {
            for piece in Kind::pieces(&planted.secret) {
                for (name, text) in forms(&piece) {
                    let bytes = text.into_bytes();
                    if bytes.len() >= MARK && seen.insert(bytes.clone()) {
                        index.add(Form { secret, name, bytes });
                    }
                }
            }
        }
        index
    }

    fn add(&mut self, form: Form) {
        if let Some(mark) = form.bytes.first_chunk::<MARK>() {
            self.first[usize::from(mark[0]) << 8 | usize::from(mark[1])] = true;
            self.marks.entry(*mark).or_default().push(self.forms.len());
            self.forms.push(form);
        }
    }

    /// Each secret that stands in the text: which, in which form, and the text around it.
    fn search(&self, text: &[u8]) -> Vec<(usize, &'static str, String)> {
        let mut found = Vec::new();
        for (place, window) in text.windows(MARK).enumerate() {
            if !self.first[usize::from(window[0]) << 8 | usize::from(window[1])] {
                continue;
            }
            let Some(numbers) = window.first_chunk::<MARK>().and_then(|mark| self.marks.get(mark)) else { continue };
            for form in numbers.iter().map(|number| &self.forms[*number]) {
                if text[place..].starts_with(&form.bytes) {
                    let around = &text[place.saturating_sub(120)..(place + form.bytes.len() + 40).min(text.len())];
                    found.push((form.secret, form.name, String::from_utf8_lossy(around).into_owned()));
                }
            }
        }
        found
    }
}

/// A text in every form in which it may be carried.
fn forms(text: &str) -> Vec<(&'static str, String)> {
    let escaped = unquoted(&json_text(text));
    let html = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let quoted_html = html.replace('"', "&quot;");
    let mut forms = vec![
        ("as it is", text.to_owned()),
        ("in small letters", text.to_lowercase()),
        ("escaped as JSON", escaped.clone()),
        ("escaped as JSON twice", unquoted(&json_text(&escaped))),
        ("escaped as JSON in ASCII", ascii_json(text)),
        ("escaped as Rust shows text", unquoted(&format!("{text:?}"))),
        ("escaped as Rust shows bytes", text.as_bytes().escape_ascii().to_string()),
        ("percent-encoded", kinds::percent(text, false)),
        ("percent-encoded, in small letters", kinds::percent(text, false).to_lowercase()),
        ("percent-encoded throughout", kinds::percent(text, true)),
        ("encoded as a form", kinds::percent(text, false).replace("%20", "+")),
        ("escaped as HTML", html),
        ("escaped as HTML with quotes", quoted_html.replace('\'', "&#39;")),
        ("escaped as HTML with quotes in hex", quoted_html.replace('\'', "&#x27;")),
        ("in hex", hex(text)),
        ("escaped as JSON, then in hex", hex(&escaped)),
    ];
    forms.push(("percent-decoded", decoded(text)));
    for shift in 0..3 {
        forms.extend(base64(text.as_bytes(), shift).map(|form| ("in base64", form)));
        forms.extend(base64(escaped.as_bytes(), shift).map(|form| ("escaped as JSON, then in base64", form)));
    }
    forms
}

fn json_text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Without the first and the last letter, which are quotes.
fn unquoted(text: &str) -> String {
    let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    inner.unwrap_or(text).to_owned()
}

fn ascii_json(text: &str) -> String {
    let mut out = String::new();
    for unit in unquoted(&json_text(text)).encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte) if byte.is_ascii() => out.push(char::from(byte)),
            Ok(_) | Err(_) => {
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    out
}

fn hex(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

fn decoded(text: &str) -> String {
    let mut pieces = text.split('%');
    let mut bytes = pieces.next().unwrap_or_default().as_bytes().to_vec();
    for piece in pieces {
        match piece.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                bytes.extend_from_slice(&piece.as_bytes()[2..]);
            }
            None => {
                bytes.push(b'%');
                bytes.extend_from_slice(piece.as_bytes());
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What of the text's Base64 is the same whatever stands around it, where the text begins `shift` bytes into a group.
fn base64(bytes: &[u8], shift: usize) -> Option<String> {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let skipped = (3 - shift) % 3;
    let whole = bytes.get(skipped..)?;
    let letters = whole.chunks_exact(3).flat_map(|group| {
        let bits = u32::from(group[0]) << 16 | u32::from(group[1]) << 8 | u32::from(group[2]);
        [18, 12, 6, 0].map(|place| char::from(LETTERS[usize::try_from(bits >> place & 63).unwrap_or_default()]))
    });
    let text: String = letters.collect();
    (text.len() >= MARK).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(secret: &str, text: &str) -> bool {
        let planted = Planted { kind: Kind::Password, place: "here", secret: secret.to_owned() };
        !Index::of(&[planted]).search(text.as_bytes()).is_empty()
    }

    #[test]
    fn secret_is_found_in_every_form() {
        let secret = "hü\"nter<2>&Xk9 #mP";
        for text in [
            "a hü\"nter<2>&Xk9 #mP b",
            r#"{"x":"hü\"nter<2>&Xk9 #mP"}"#,
            r#"{"x":"{\"y\":\"hü\\\"nter<2>&Xk9 #mP\"}"}"#,
            r#"{"x":"h\u00fc\"nter<2>&Xk9 #mP"}"#,
            "?q=h%C3%BC%22nter%3C2%3E%26Xk9%20%23mP",
            "q=h%C3%BC%22nter%3C2%3E%26Xk9+%23mP&r=1",
            "<p>hü&quot;nter&lt;2&gt;&amp;Xk9 #mP</p>",
            "aMO8Im50ZXI8Mj4mWGs5ICNtUA==",
            "eGjDvCJudGVyPDI+JlhrOSAjbVA=",
            "68c3bc226e7465723c323e26586b3920236d50",
        ] {
            assert!(found(secret, text), "{text}");
        }
        assert!(!found(secret, "hü\"nter<2>&Xk9 #m"));
    }

    #[test]
    fn part_of_a_long_secret_is_found() {
        let long = "0123456789abcdefghijklmnopqrstuvwxyz";
        assert!(found(long, "cut: 0123456789ab…") && found(long, "…opqrstuvwxyz"));
        assert!(found("first-line-7\nsecond-line-8", "x second-line-8 y"));
    }
}
