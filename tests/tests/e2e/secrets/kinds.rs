//! Secrets of every shape that people and machines write, each one of a kind and none like another.

use std::fmt::Write as _;

/// What a secret looks like, and how somebody would write it down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Password,
    Letters,
    MixedWords,
    Signs,
    Quotes,
    Umlauts,
    Emoji,
    TwoLines,
    JsonMeta,
    HtmlMeta,
    PercentEncoded,
    SlackBot,
    SlackUser,
    GitHub,
    Aws,
    Okta,
    Azure,
    OurKey,
    Jwt,
    Pem,
    DatabaseUrl,
    BasicUrl,
    BasicHeader,
    HexKey,
    TotpSeed,
    Card,
    SlackHook,
    Passphrase,
}

use Kind::{
    Aws, Azure, BasicHeader, BasicUrl, Card, DatabaseUrl, Emoji, GitHub, HexKey, HtmlMeta, JsonMeta, Jwt, Letters,
    MixedWords, Okta, OurKey, Passphrase, Password, Pem, PercentEncoded, Quotes, Signs, SlackBot, SlackHook, SlackUser,
    TotpSeed, TwoLines, Umlauts,
};

pub(super) const ALL: [Kind; 28] = [
    Password,
    Letters,
    MixedWords,
    Signs,
    Quotes,
    Umlauts,
    Emoji,
    TwoLines,
    JsonMeta,
    HtmlMeta,
    PercentEncoded,
    SlackBot,
    SlackUser,
    GitHub,
    Aws,
    Okta,
    Azure,
    OurKey,
    Jwt,
    Pem,
    DatabaseUrl,
    BasicUrl,
    BasicHeader,
    HexKey,
    TotpSeed,
    Card,
    SlackHook,
    Passphrase,
];

const LOWER: &str = "abcdefghijkmnopqrstuvwxyz";
const ALPHANUMERIC: &str = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
const BASE32: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const HEX: &str = "0123456789abcdef";
const URL_SAFE: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const SYLLABLES: [&str; 24] = [
    "quok", "zem", "bri", "lofu", "wagt", "nixe", "plur", "doba", "hesk", "vinz", "mott", "jaru", "krel", "supi",
    "tonk", "yewa", "fisp", "gond", "ruba", "chal", "opze", "lirk", "medu", "spov",
];

/// SplitMix64: the same numbers on every machine and in every year.
pub(super) struct Numbers(u64);

impl Numbers {
    pub(super) fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap_or_default()
    }

    fn of(&mut self, letters: &str, length: usize) -> String {
        let letters: Vec<char> = letters.chars().collect();
        (0..length).map(|_| letters[self.below(letters.len())]).collect()
    }

    fn word(&mut self, syllables: usize) -> String {
        (0..syllables).map(|_| SYLLABLES[self.below(SYLLABLES.len())]).collect()
    }

    fn capital(&mut self, syllables: usize) -> String {
        let word = self.word(syllables);
        format!("{}{}", word[..1].to_uppercase(), &word[1..])
    }
}

impl Kind {
    /// The part that nobody may learn. Without what every secret of the kind has in common.
    pub(super) fn secret(self, numbers: &mut Numbers) -> String {
        let n = numbers;
        match self {
            Password => format!("{}{}", n.word(2), n.of("23456789", 5)),
            Letters => n.word(5),
            MixedWords => format!("{}-{}-{}", n.capital(2), n.capital(2), n.capital(2)),
            Signs => format!(
                "{}#{}%{}&{}!",
                n.of(ALPHANUMERIC, 4),
                n.of(ALPHANUMERIC, 3),
                n.of("23456789", 3),
                n.of(LOWER, 3)
            ),
            Quotes => {
                format!("{}\"{}'{}\\{}", n.of(ALPHANUMERIC, 4), n.of(ALPHANUMERIC, 4), n.of(LOWER, 3), n.of(LOWER, 3))
            }
            Umlauts => format!("Schlüssel{}ßÄ{}", n.of(LOWER, 7), n.of("23456789", 3)),
            Emoji => format!("🔑{}🦊{}", n.of(ALPHANUMERIC, 5), n.of(ALPHANUMERIC, 5)),
            TwoLines => format!("{}\n{}", n.of(ALPHANUMERIC, 12), n.of(ALPHANUMERIC, 12)),
            JsonMeta => format!("{}\",\"{}\":[{{{}", n.of(ALPHANUMERIC, 5), n.of(LOWER, 4), n.of(ALPHANUMERIC, 5)),
            HtmlMeta => format!("<b>{}</b>&amp;{}>", n.of(ALPHANUMERIC, 6), n.of(ALPHANUMERIC, 5)),
            PercentEncoded => {
                format!("{}%2F{}%20%C3%BC{}", n.of(ALPHANUMERIC, 4), n.of(ALPHANUMERIC, 4), n.of(LOWER, 4))
            }
            SlackBot | SlackUser => {
                format!("{}-{}-{}", n.of("123456789", 11), n.of("123456789", 12), n.of(ALPHANUMERIC, 24))
            }
            GitHub => n.of(ALPHANUMERIC, 36),
            Aws => n.of(BASE32, 16),
            Okta => n.of(URL_SAFE, 38),
            Azure => format!("{}8Q~{}", n.of(ALPHANUMERIC, 3), n.of(ALPHANUMERIC, 31)),
            OurKey | HexKey => n.of(HEX, 64),
            Jwt => format!("{}.{}", n.of(URL_SAFE, 48), n.of(URL_SAFE, 43)),
            Pem => [n.of(ALPHANUMERIC, 64), n.of(ALPHANUMERIC, 64), n.of(ALPHANUMERIC, 30)].join("\n"),
            DatabaseUrl | BasicUrl => n.of(ALPHANUMERIC, 14),
            BasicHeader => n.of(ALPHANUMERIC, 28),
            TotpSeed => n.of(BASE32, 32),
            Card => format!("4{}", n.of("0123456789", 15)),
            SlackHook => n.of(ALPHANUMERIC, 24),
            Passphrase => format!("{} {} {} {}", n.word(2), n.word(2), n.word(2), n.word(2)),
        }
    }

    /// Whether it can be told from plain words, where a value is repeated that is no good: `"octa": expected "okta"`. A
    /// password of nothing but words cannot.
    pub(super) fn is_telling(self) -> bool {
        !matches!(self, Letters | Passphrase)
    }

    /// Whether it is written in one line.
    pub(super) fn is_one_line(self) -> bool {
        !matches!(self, TwoLines | Pem)
    }

    /// The secret with what belongs to it: a token's prefix, a key's armour, the rest of the address.
    pub(super) fn written(self, secret: &str) -> String {
        match self {
            SlackBot => format!("xoxb-{secret}"),
            SlackUser => format!("xoxp-{secret}"),
            GitHub => format!("ghp_{secret}"),
            Aws => format!("AKIA{secret}"),
            Okta => format!("SSWS 00{secret}"),
            OurKey => format!("csk_{secret}"),
            Jwt => format!("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.{secret}"),
            Pem => format!("-----BEGIN PRIVATE KEY-----\n{secret}\n-----END PRIVATE KEY-----"),
            DatabaseUrl => format!("postgres://app:{secret}@db.acme.com:5432/crm"),
            BasicUrl => format!("https://deploy:{secret}@git.acme.com/app.git"),
            BasicHeader => format!("Basic {secret}"),
            SlackHook => format!("https://hooks.slack.com/services/T0ACME/B0ACME/{secret}"),
            Password | Letters | MixedWords | Signs | Quotes | Umlauts | Emoji | TwoLines | JsonMeta | HtmlMeta
            | PercentEncoded | Azure | HexKey | TotpSeed | Card | Passphrase => secret.to_owned(),
        }
    }

    /// A sentence in which somebody gives the secret away in a ticket.
    pub(super) fn sentence(self, secret: &str, number: usize) -> String {
        let written = self.written(secret);
        let people = [
            "My password is {}, please reset it.",
            "password: {}",
            "The old pw is {} by the way.",
            "Mein Passwort lautet {} und geht nicht mehr.",
            "I typed {} three times.",
            "login jdoe / {} does not work",
            "PIN={}",
            "mot de passe: {}",
        ];
        let machines = [
            "It fails with {} since today.",
            "token: {}",
            "Authorization: Bearer {}",
            "export API_KEY={}",
            "I use {} for the build, is it still good?",
            "secret = \"{}\"",
            "Our key is {}.",
        ];
        let places: &[&str] = match self {
            Password | Letters | MixedWords | Signs | Quotes | Umlauts | Emoji | TwoLines | JsonMeta | HtmlMeta
            | PercentEncoded | Passphrase => &people,
            TotpSeed => &["The seed of my authenticator is {}.", "otpauth://totp/acme?secret={}"],
            Card => &["I paid it with {}.", "Card: {} 12/29 123"],
            SlackBot | SlackUser | GitHub | Aws | Okta | Azure | OurKey | Jwt | Pem | DatabaseUrl | BasicUrl
            | BasicHeader | HexKey | SlackHook => &machines,
        };
        places[number % places.len()].replace("{}", &written)
    }

    /// What of a secret is looked for: each line of its own, a long one in pieces, so that a part is found as well.
    pub(super) fn pieces(secret: &str) -> Vec<String> {
        let mut pieces = Vec::new();
        for line in secret.lines() {
            let letters: Vec<char> = line.chars().collect();
            if letters.len() <= 24 {
                pieces.push(line.to_owned());
            } else {
                pieces.extend(letters.chunks(12).filter(|chunk| chunk.len() == 12).map(String::from_iter));
            }
        }
        pieces
    }
}

/// Every byte as `%XX`, or all but those that stand for themselves in an address.
pub(super) fn percent(text: &str, all: bool) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if !all && (byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte)) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}
