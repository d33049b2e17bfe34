//! What may be repeated of a text that somebody else wrote: a vendor's message, a value that is no good.

/// What stands in the place of a word that is not repeated.
const LEFT_OUT: &str = "(...)";

/// What may stand around a word.
const AROUND: &str = "\"'`()[]{}<>.,;:!?#";

/// The longest word in capitals that is one, and no key.
const LONGEST_IN_CAPITALS: usize = 12;

/// The longest thing of letters and digits that is shown whatever it is: `24hh`, `RB-1`.
const SHORT: usize = 5;

/// A text in one line of at most `most` characters, fit for people, logs and the ledger.
///
/// A vendor repeats what it was sent and tells what it holds, and people put a value where another one belongs: passwords,
/// tokens, addresses, ids. So only words are repeated, numbers of up to six digits, names of fields and rights
/// (`accountEnabled`, `User.Read.All`), pointers to them, codes such as `E0000007`, and what is shorter than any secret;
/// anything else is left out. A secret that consists of plain words cannot be told from what is said about it.
pub fn shown(text: &str, most: usize) -> String {
    let line: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).take(most).collect();
    line.split(' ').map(repeated).collect::<Vec<_>>().join(" ").chars().take(most).collect()
}

/// A word with what stands around it, or what stands in its place.
fn repeated(word: &str) -> String {
    let bare = word.trim_matches(|letter| AROUND.contains(letter));
    if is_plain(bare) { word.to_owned() } else { word.replacen(bare, LEFT_OUT, 1) }
}

fn is_plain(bare: &str) -> bool {
    if bare.len() <= SHORT && bare.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return true;
    }
    // `Help-Desk` is a name; three of them in a row are how people make passwords.
    let phrase = bare.split('-').skip(1).filter(|part| part.starts_with(char::is_uppercase)).count() > 1;
    let bare = ["'s", "'t", "'re", "'ve"].iter().find_map(|end| bare.strip_suffix(end)).unwrap_or(bare);
    !phrase && bare.split(['/', ':', '.', '_', '-']).all(|part| is_word(part) || is_number(part) || is_code(part))
}

/// Letters alone: in small letters, with a capital at the beginning of each word in it, or a short one in capitals.
fn is_word(part: &str) -> bool {
    if !part.chars().all(char::is_alphabetic) {
        return false;
    }
    if !part.contains(char::is_lowercase) {
        return part.chars().count() <= LONGEST_IN_CAPITALS;
    }
    // The first piece begins in small letters, and is empty where the word begins with a capital.
    part.split(char::is_uppercase).skip(1).all(|rest| rest.chars().count() >= 2) || part.chars().count() <= 2
}

fn is_number(part: &str) -> bool {
    part.len() <= 6 && part.bytes().all(|byte| byte.is_ascii_digit())
}

/// `E0000007`, `AADSTS7000215`.
fn is_code(part: &str) -> bool {
    let digits = part.trim_start_matches(|letter: char| letter.is_ascii_uppercase());
    let letters = part.len() - digits.len();
    (1..=6).contains(&letters) && (4..=8).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_vendors_say_and_what_people_misspell_is_repeated() {
        for said in [
            "You are not authorized to perform this action.",
            "`body` can't be blank (invalid_value); and 4 more",
            "login: An object with this field already exists in the current organization",
            "Property 'accountEnabled' of User is read-only (AADSTS7000215, E0000007).",
            "[ERROR] must be shorter than 3000 characters [json-pointer:/blocks/0/text]",
            "grant User.Read.All or okta.users.read, please",
            "MFA: Größe ungültig",
            "24hh",
            "127.0.0.1:99999",
            "Europe/Nowhere",
            "--jsno",
            "RB-01",
            "#it-approvals",
            "Help-Desk",
        ] {
            assert_eq!(shown(said, 300), said);
        }
    }

    #[test]
    fn what_may_be_a_secret_an_address_or_an_id_is_not() {
        for secret in [
            "hunter2",
            "Xk9#mPq2",
            "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
            "xoxb-17653672481-19874698323-pdFZKVeTuE8sk7oOcHrzqqgy",
            "postgres://app:pw@db.acme.com/x",
            "sarah.chen@acme.com",
            "00ub0oNGTSWTBKOLGLNR",
            "4111111111111111",
            "JBSWYDPEHPKAPXPEXX",
            "aBcDeFgHiJ",
            "secret=geheim",
            "Blauer-Elefant-Rinne",
            "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
        ] {
            for (before, after) in [("", ""), ("'", "'"), ("(\"", "\")."), ("", ":")] {
                let said = format!("Resource {before}{secret}{after} does not exist");
                let expected = format!("Resource {before}(...){after} does not exist");
                assert_eq!(shown(&said, 300), expected);
            }
        }
    }

    #[test]
    fn it_is_one_short_line() {
        assert_eq!(shown("one\ntwo\tthree", 9), "one two t");
        assert_eq!(shown("", 9), "");
        assert_eq!(shown("a1b2c3d4 x", 10), "(...) x");
    }
}
