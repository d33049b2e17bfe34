//! What is gathered while the tree is read: problems, and what the digest is made of.

use ::config::Value;
use countersign_canon::Encoder;
use countersign_domain::digest::Digest;
use countersign_outbound::LiveSecret;
use std::{
    cell::RefCell,
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
};

use super::{
    error::{Origin, Problem},
    overrides::first_origin,
    source::Lines,
    watched::Watched,
};

/// A key's path from the root.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place(Vec<String>);

impl Place {
    /// The path of a key below this one.
    pub(super) fn child(&self, key: &str) -> Self {
        let mut path = self.0.clone();
        path.push(key.to_owned());
        Self(path)
    }
}

/// As TOML would spell it: keys with other characters than a bare key's in quotes.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, key) in self.0.iter().enumerate() {
            let dot = if index == 0 { "" } else { "." };
            let bare = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
            if !key.is_empty() && key.bytes().all(bare) {
                write!(f, "{dot}{key}")?;
            } else {
                write!(f, "{dot}{key:?}")?;
            }
        }
        Ok(())
    }
}

/// Whether secrets are taken from where they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Secrets {
    /// They are; a missing one is a problem.
    Read,
    /// The database's URL is; each other one is left out, whether it is there or not.
    StorageAlone,
    /// Each is left out, whether it is there or not.
    LeftOut,
}

/// One reading of one configuration.
pub(super) struct Reading<'a> {
    /// Where secrets named by variable are taken from.
    pub(super) environment: &'a BTreeMap<String, String>,
    /// Whether secrets are read.
    pub(super) secrets: Secrets,
    folder: &'a Path,
    lines: Lines,
    problems: RefCell<Vec<Problem>>,
    facts: RefCell<BTreeMap<Place, Vec<String>>>,
    watched: RefCell<Watched>,
}

impl<'a> Reading<'a> {
    /// Begins a reading with the problems already found.
    pub(super) fn new(
        lines: Lines,
        problems: Vec<Problem>,
        environment: &'a BTreeMap<String, String>,
        folder: &'a Path,
    ) -> Self {
        let (facts, watched) = (RefCell::default(), RefCell::default());
        let secrets = Secrets::Read;
        Self { environment, secrets, folder, lines, problems: RefCell::new(problems), facts, watched }
    }

    /// The reading with or without secrets.
    pub(super) fn with_secrets(self, secrets: Secrets) -> Self {
        Self { secrets, ..self }
    }

    /// A path as the configuration means it: one that is not absolute starts at the file's folder.
    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }

    /// Whether the file itself has this key.
    pub(super) fn stands_in_file(&self, place: &Place) -> bool {
        self.lines.contains_key(&place.0)
    }

    /// Notes a problem with the value at `place`, or with its absence.
    pub(super) fn problem(&self, place: &Place, value: Option<&Value>, message: String) {
        let origin = match value.and_then(first_origin) {
            Some(variable) => Origin::Variable(variable.to_owned()),
            None => self.line(place).map_or(Origin::File, Origin::Line),
        };
        self.problems.borrow_mut().push(Problem { origin, message });
    }

    /// Notes a problem with a variable that stands for no key.
    pub(super) fn problem_of_variable(&self, name: &str, message: String) {
        self.problems.borrow_mut().push(Problem { origin: Origin::Variable(name.to_owned()), message });
    }

    /// Notes the file that the secret at `place` was read from.
    pub(super) fn watch(&self, place: &Place, path: PathBuf, secret: LiveSecret) {
        self.watched.borrow_mut().add(place.to_string(), path, secret);
    }

    /// The line of the key, or of the nearest table around it that the file has.
    fn line(&self, place: &Place) -> Option<usize> {
        (1..=place.0.len()).rev().find_map(|length| self.lines.get(&place.0[..length]).copied())
    }

    /// Notes a value that was accepted, in its one form; for a secret, where it comes from.
    pub(super) fn fact(&self, place: &Place, form: Vec<String>) {
        self.facts.borrow_mut().insert(place.clone(), form);
    }

    /// All problems in order, the digest of everything accepted, and the secrets that came from files.
    pub(super) fn finish(self) -> (Vec<Problem>, Digest, Watched) {
        let mut problems = self.problems.into_inner();
        problems.sort_by(Problem::order);
        problems.dedup();
        let mut out = Encoder::new("countersign/config/v1");
        out.list(self.facts.into_inner().iter(), |out, (place, form)| {
            out.list(place.0.iter(), |out, key| {
                out.text(key);
            });
            out.list(form.iter(), |out, text| {
                out.text(text);
            });
        });
        (problems, Digest::of(&out.finish()), self.watched.into_inner())
    }
}
