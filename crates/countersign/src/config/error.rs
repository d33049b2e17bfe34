//! What is wrong with a configuration.

use std::{cmp::Ordering, fmt, path::PathBuf};

/// A configuration that cannot be used, with everything that is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConfigError {
    /// The file.
    pub(crate) file: PathBuf,
    /// At least one, in the file's order; what came from the environment last.
    pub(crate) problems: Vec<Problem>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.problems.len();
        let noun = if count == 1 { "problem" } else { "problems" };
        write!(f, "the configuration {} has {count} {noun}:", self.file.display())?;
        self.problems.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

impl std::error::Error for ConfigError {}

/// Where a value was given. Ordered as problems are listed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Origin {
    /// On this line of the file, counted from 1.
    Line(usize),
    /// Nowhere in particular: something is missing, or the whole file is meant.
    File,
    /// By this environment variable.
    Variable(String),
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// Where.
    pub(crate) origin: Origin,
    /// What, with the key's path, and what to do about it. Never a value that may be a secret.
    pub(crate) message: String,
}

impl Problem {
    /// About the file as a whole.
    pub(super) fn of_the_file(message: String) -> Self {
        Self { origin: Origin::File, message }
    }

    /// The order in which problems are listed.
    pub(super) fn order(&self, other: &Self) -> Ordering {
        (&self.origin, &self.message).cmp(&(&other.origin, &other.message))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            Origin::Line(line) => write!(f, "line {line}: {}", self.message),
            Origin::File => f.write_str(&self.message),
            Origin::Variable(name) => write!(f, "{name}: {}", self.message),
        }
    }
}
