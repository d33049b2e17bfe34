//! What no committed file may say: where it was written, that it is unfinished, where packages are downloaded from.
//!
//! The forbidden words are put together from halves, so that this file does not find itself.

use anyhow::Result;

use super::{Outcome, Subject};

/// Folders that exist on one machine only. They count where a path begins: not inside a longer path or an address.
const MACHINE_PATHS: [&str; 3] = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/")];

/// Hosts of package registries: a build takes what the machine's own configuration names.
const REGISTRIES: [&str; 7] = [
    concat!("crates", ".io"),
    concat!("registry.", "npmjs.org"),
    concat!("registry.", "yarnpkg.com"),
    concat!("py", "pi.org"),
    concat!("files.", "pythonhosted.org"),
    concat!("proxy.", "golang.org"),
    concat!("ruby", "gems.org"),
];

/// Signs of unfinished work in Rust sources.
const UNFINISHED: [&str; 5] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("to", "do!("),
    concat!("unimpl", "emented!("),
    concat!("#[ig", "nore"),
];

/// Every text that git tracks or would track.
pub(super) fn check(subject: &Subject<'_>) -> Result<Outcome> {
    let offenders = subject.texts.iter().flat_map(|(path, text)| offenders(path, text)).collect();
    Ok(Outcome::new(format!("{} files", subject.texts.len()), offenders))
}

fn offenders(path: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        let mut offend = |what: &str, word: &str| found.push(format!("{path}:{number} {what}: {word}"));
        for word in MACHINE_PATHS.into_iter().filter(|word| begins_a_path(line, word)) {
            offend("machine path", word);
        }
        // The lock file names the index each crate came from; `cargo deny` says which are allowed there.
        if path != "Cargo.lock" {
            for word in REGISTRIES.into_iter().filter(|word| line.contains(word)) {
                offend("package registry", word);
            }
        }
        if path.ends_with(".rs") {
            for word in UNFINISHED.into_iter().filter(|word| stands_alone(line, word)) {
                offend("unfinished", word);
            }
        }
    }
    found
}

/// Whether `word` occurs where no path or address is already under way.
fn begins_a_path(line: &str, word: &str) -> bool {
    let continues_a_path = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '}' | ')' | '*');
    line.match_indices(word).any(|(at, _)| !line[..at].ends_with(continues_a_path))
}

/// Whether `word` occurs without being part of a longer one.
fn stands_alone(line: &str, word: &str) -> bool {
    let in_a_word = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let after = &line[at + word.len()..];
        let goes_on = word.ends_with(in_a_word) && after.starts_with(in_a_word);
        let was_begun = word.starts_with(in_a_word) && line[..at].ends_with(in_a_word);
        !goes_on && !was_begun
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_path_is_found_with_its_line() {
        let text = format!("first\nsee {}shared\n", MACHINE_PATHS[0]);
        assert_eq!(offenders("README.md", &text), [format!("README.md:2 machine path: {}", MACHINE_PATHS[0])]);
        assert_eq!(offenders("a.toml", &format!("file = \"{}me\"", MACHINE_PATHS[2])).len(), 1);
        assert_eq!(offenders("a.md", &format!("file://{}x", MACHINE_PATHS[1])).len(), 1);
    }

    #[test]
    fn a_folder_of_the_project_or_an_address_is_no_machine_path() {
        for text in ["docs{}x", "https://example.com{}x", "..{}x", "${ROOT}{}x"] {
            let text = text.replace("{}", MACHINE_PATHS[0]);
            assert_eq!(offenders("a.md", &text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn unfinished_work_is_found_in_rust_alone() {
        for word in UNFINISHED {
            let text = format!("    {word}\n");
            assert_eq!(offenders("src/a.rs", &text).len(), 1, "{word}");
            assert_eq!(offenders("docs/a.md", &text).len(), 0, "{word}");
        }
    }

    #[test]
    fn a_longer_word_is_not_taken_for_unfinished_work() {
        let text = format!("ME{}NT and {}S and is_{})", UNFINISHED[0], UNFINISHED[0], UNFINISHED[2]);
        assert_eq!(offenders("src/a.rs", &text), Vec::<String>::new());
    }

    #[test]
    fn a_registry_is_found_except_in_the_lock_file() {
        for word in REGISTRIES {
            let text = format!("see https://{word}/x");
            assert_eq!(offenders("README.md", &text).len(), 1, "{word}");
            assert_eq!(offenders("Cargo.lock", &text).len(), 0, "{word}");
        }
    }
}
