//! The runbooks in force: the built-in ones and an administrator's own.

use countersign_domain::{
    ids::RunbookId,
    runbook::{Runbook, RunbooksByIntent},
};

use crate::{
    problem::{Problem, located},
    read::{Places, parse_placed},
};

const BUILTIN: [(&str, &str); 7] = [
    ("RB-001.toml", include_str!("../runbooks/RB-001.toml")),
    ("RB-002.toml", include_str!("../runbooks/RB-002.toml")),
    ("RB-003.toml", include_str!("../runbooks/RB-003.toml")),
    ("RB-006.toml", include_str!("../runbooks/RB-006.toml")),
    ("RB-007.toml", include_str!("../runbooks/RB-007.toml")),
    ("RB-011.toml", include_str!("../runbooks/RB-011.toml")),
    ("RB-013.toml", include_str!("../runbooks/RB-013.toml")),
];

/// The built-in runbooks, by id.
pub fn builtin() -> Vec<Runbook> {
    BUILTIN
        .iter()
        .map(|(file, text)| match parse_placed(file, text) {
            Ok((runbook, _)) => runbook,
            Err(problems) => unreachable!("a test parses every built-in runbook: {problems:?}"),
        })
        .collect()
}

/// The runbooks in force, each with an id and an intent of its own.
#[derive(Debug, Clone)]
pub struct Catalogue {
    runbooks: Vec<Runbook>,
}

impl Catalogue {
    /// The built-in runbooks alone.
    pub fn of_builtin() -> Self {
        Self { runbooks: builtin() }
    }

    /// The built-in runbooks and these files, each a name and its text, in their order.
    ///
    /// # Errors
    /// Everything that is wrong with any of the files; an id or an intent that an earlier file or a built-in runbook
    /// has is refused, never replaced, naming both.
    pub fn with_files(files: &[(String, String)]) -> Result<Self, Vec<Problem>> {
        let mut known: Vec<(String, Runbook)> =
            builtin().into_iter().map(|runbook| (format!("the built-in {}", runbook.id), runbook)).collect();
        let mut problems = Vec::new();
        for (file, text) in files {
            match parse_placed(file, text) {
                Ok((runbook, places)) => {
                    let taken = taken(&known, &runbook, &places, file, text);
                    if taken.is_empty() {
                        known.push((file.clone(), runbook));
                    }
                    problems.extend(taken);
                }
                Err(found) => problems.extend(found),
            }
        }
        if problems.is_empty() {
            Ok(Self { runbooks: known.into_iter().map(|(_, runbook)| runbook).collect() })
        } else {
            Err(problems)
        }
    }

    /// The runbooks: the built-in ones first, then the files in their order.
    pub fn runbooks(&self) -> &[Runbook] {
        &self.runbooks
    }

    /// The runbook of this id.
    pub fn get(&self, id: &RunbookId) -> Option<&Runbook> {
        self.runbooks.iter().find(|runbook| runbook.id == *id)
    }

    /// The runbooks by the intent they serve.
    pub fn by_intent(&self) -> RunbooksByIntent {
        self.runbooks.iter().map(|runbook| (runbook.intent.clone(), runbook.clone())).collect()
    }
}

fn taken(known: &[(String, Runbook)], new: &Runbook, places: &Places, file: &str, text: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    if let Some((owner, _)) =
        known.iter().find(|(_, runbook)| runbook.id.as_str().eq_ignore_ascii_case(new.id.as_str()))
    {
        let message = format!("the id `{}` is that of {owner}; runbooks are not replaced, choose another id", new.id);
        problems.push(located(file, text, places.id, message));
    }
    if let Some((owner, runbook)) = known.iter().find(|(_, runbook)| runbook.intent == new.intent) {
        let message = format!(
            "the intent `{}` is served by {} ({owner}); an intent is served by one runbook",
            new.intent, runbook.id
        );
        problems.push(located(file, text, places.intent, message));
    }
    problems
}
