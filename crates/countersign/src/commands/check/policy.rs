//! Whether somebody can approve what is live, and who cannot.

use countersign_app::scope::Scope;
use countersign_domain::{
    ids::OrgId,
    mode::Mode,
    person::PersonRef,
    ports::{Finding, KeyRow},
    runbook::Runbook,
    time::At,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use crate::{config::OrgConfig, connections::Ability};

/// What is known of the people of an organisation.
pub(super) struct People<'a> {
    /// The organisation.
    pub(super) org: &'a OrgId,
    /// The configuration's file, for the commands to be pasted.
    pub(super) config: &'a Path,
    /// Whether such a command has to say which organisation.
    pub(super) name_org: bool,
    /// The approvers who are asked in the channel, as far as it said.
    pub(super) resolved: &'a BTreeMap<PersonRef, Ability>,
    /// The keys, unless they could not be read.
    pub(super) keys: Option<&'a [KeyRow]>,
    /// By when a key must not have ended.
    pub(super) now: At,
}

impl People<'_> {
    /// Approvers by key, the protected list, and whether anything is live that nobody can approve.
    pub(super) fn check(&self, settings: &OrgConfig, runbooks: &[Runbook]) -> Vec<Finding> {
        let mut found: Vec<Finding> =
            settings.approvers().iter().filter_map(|approver| self.by_key(approver)).collect();
        found.extend(self.protected(settings, runbooks));
        found.extend(self.nobody(settings, runbooks));
        found
    }

    /// About an approver who decides by a key.
    fn by_key(&self, approver: &PersonRef) -> Option<Finding> {
        let PersonRef::Mail(_) = approver else { return None };
        let what = format!("{} approver {approver}", self.org);
        Some(match self.ability(approver) {
            Ability::Able => Finding::ok(what, "has a key with which to decide"),
            Ability::Unable => Finding::warning(
                what,
                "has no key in force with which to decide (run:decide)",
                self.key_create(approver),
            ),
            Ability::Unknown => Finding::warning(
                what,
                "the keys could not be read, so whether they can decide is not known",
                "do what the storage's lines say, and check again",
            ),
        })
    }

    fn ability(&self, approver: &PersonRef) -> Ability {
        match (approver, self.keys) {
            (PersonRef::Slack(_), _) => self.resolved.get(approver).copied().unwrap_or(Ability::Unknown),
            (PersonRef::Mail(_), None) => Ability::Unknown,
            (PersonRef::Mail(_), Some(keys)) => {
                let can = keys.iter().any(|key| self.decides(key) && key.person.as_ref() == Some(approver));
                if can { Ability::Able } else { Ability::Unable }
            }
        }
    }

    fn decides(&self, key: &KeyRow) -> bool {
        key.org == *self.org
            && key.revoked_at.is_none()
            && key.expires_at.is_none_or(|at| at > self.now)
            && key.scopes.iter().any(|scope| scope == Scope::RunDecide.as_str())
    }

    /// The command that makes an approver's key, to be pasted.
    fn key_create(&self, approver: &PersonRef) -> String {
        let name = approver.to_string();
        let name = name.split_once(':').map_or(name.as_str(), |(_, mail)| mail);
        let org = if self.name_org { format!(" --org {}", self.org) } else { String::new() };
        format!(
            "countersign key create --config {}{org} --name {} --scope run:decide --person {}",
            quoted(&self.config.display().to_string()),
            quoted(name),
            quoted(&approver.to_string()),
        )
    }

    fn protected(&self, settings: &OrgConfig, runbooks: &[Runbook]) -> Option<Finding> {
        let policy = settings.policy_of(runbooks.first()?).ok()?;
        let listed: Vec<String> = policy.protection().protected.iter().map(ToString::to_string).collect();
        let says = if listed.is_empty() {
            "nobody and nothing is listed; holders of administrator roles are protected all the same".to_owned()
        } else {
            format!("{}; and holders of administrator roles", listed.join(", "))
        };
        Some(Finding::ok(format!("{} protected", self.org), says))
    }

    /// About the live runbooks that nobody can approve, where it is known of every approver.
    fn nobody(&self, settings: &OrgConfig, runbooks: &[Runbook]) -> Option<Finding> {
        let live: Vec<&Runbook> =
            runbooks.iter().filter(|runbook| settings.mode_of(&runbook.id) == Mode::Live).collect();
        if live.is_empty() {
            return None;
        }
        let what = format!("{} policy", self.org);
        let (mut stuck, mut who) = (Vec::new(), BTreeSet::new());
        for runbook in live {
            let Ok(policy) = settings.policy_of(runbook) else { continue };
            if policy.approvers().iter().all(|approver| self.ability(approver) == Ability::Unable) {
                stuck.push(runbook.id.as_str());
                who.extend(policy.approvers().iter().map(ToString::to_string));
            }
        }
        if stuck.is_empty() {
            return Some(Finding::ok(what, "nothing is live that nobody could approve, as far as is known"));
        }
        let who: Vec<String> = who.into_iter().collect();
        Some(Finding::failed(
            what,
            format!("nobody can approve {}: of {} not one can decide", stuck.join(", "), who.join(", ")),
            "do what the lines of these approvers say, or name others in `approvers`",
        ))
    }
}

/// A word for a shell.
fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:@+=".contains(letter);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests;
