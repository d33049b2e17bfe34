//! Looking at every connection of an organisation at once.

use countersign_domain::{
    ids::{ConnectionName, OrgId},
    person::PersonRef,
    ports::{Channel, Connections, Finding, PortErrorKind, Verdict},
    runbook::{ActionKind, Runbook},
    time::At,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
    pin::Pin,
    sync::Arc,
    time::Duration,
};
use tokio::task::JoinSet;

use super::Wired;
use crate::approvers::{self, Unresolved};

/// How long a connection may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Whether an approver could decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ability {
    /// They could.
    Able,
    /// They cannot.
    Unable,
    /// It could not be asked.
    Unknown,
}

/// What came of looking at an organisation's connections.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    /// What was found, in the order desks, channel, approvers, systems.
    pub(crate) findings: Vec<Finding>,
    /// The approvers who are asked in the channel; none where the channel could not be asked.
    pub(crate) approvers: BTreeMap<PersonRef, Ability>,
}

type Look = Pin<Box<dyn Future<Output = Checked> + Send>>;

impl Wired {
    /// Looks at every connection of an organisation, all at once, each for at most 30 s. Systems are asked about what
    /// `enabled` runbooks do in them. `told` hears which connection has answered, and how many of how many.
    pub(crate) async fn check(
        &self,
        org: &OrgId,
        enabled: &[Runbook],
        now: At,
        told: impl Fn(&str, usize, usize),
    ) -> Checked {
        let mut looks = JoinSet::new();
        let mut names = Vec::new();
        for (place, (name, look)) in self.looks(org, enabled, now).into_iter().enumerate() {
            let whole = name.clone();
            names.push(name);
            looks.spawn(async move { (place, in_time(&whole, look).await) });
        }
        let (all, mut seen) = (names.len(), BTreeMap::new());
        while let Some(done) = looks.join_next().await {
            // A look that panicked is found missing below.
            let Ok((place, checked)) = done else { continue };
            seen.insert(place, checked);
            told(&names[place], seen.len(), all);
        }
        let mut whole = Checked::default();
        for (place, name) in names.iter().enumerate() {
            let checked = seen.remove(&place).unwrap_or_else(|| broken(name));
            whole.findings.extend(checked.findings);
            whole.approvers.extend(checked.approvers);
        }
        whole.findings.extend(self.missing_systems(org, enabled));
        whole
    }

    /// Looks at the language model that is asked for second opinions; nothing where there is none.
    pub(crate) async fn check_second_opinion(&self) -> Vec<Finding> {
        let Some(asked) = self.second_opinion.clone() else { return Vec::new() };
        let whole = "classifier llm";
        let look = async move { named(whole, asked.check().await) };
        in_time(whole, Box::pin(look)).await.findings
    }

    /// One look for each connection, by what it is called on a line.
    fn looks(&self, org: &OrgId, enabled: &[Runbook], now: At) -> Vec<(String, Look)> {
        let mut looks: Vec<(String, Look)> = Vec::new();
        for ((_, name), desk) in self.desks.iter().filter(|((of, _), _)| of == org) {
            let (what, desk) = (format!("{org} desk {name}"), Arc::clone(desk));
            let whole = what.clone();
            looks.push((what, Box::pin(async move { named(&whole, desk.check(now).await) })));
        }
        if let Some((name, channel)) = self.channels.get(org) {
            let what = format!("{org} channel {name}");
            let (whole, org, channel) = (what.clone(), org.clone(), Arc::clone(channel));
            let asked: Vec<PersonRef> = self.asked_of(&org).cloned().collect();
            let look = async move {
                let mut checked = named(&whole, channel.check(now).await);
                if reachable(&checked.findings) {
                    look_up(&org, channel.as_ref(), asked, &mut checked).await;
                }
                checked
            };
            looks.push((what, Box::pin(look)));
        }
        let actions = self.actions(org, enabled);
        for ((_, name), system) in self.systems.iter().filter(|((of, _), _)| of == org) {
            let (what, system) = (format!("{org} system {name}"), Arc::clone(system));
            let whole = what.clone();
            let actions: Vec<ActionKind> = actions.get(name).into_iter().flatten().copied().collect();
            looks.push((what, Box::pin(async move { named(&whole, system.check(&actions, now).await) })));
        }
        looks
    }

    /// The approvers of an organisation who are asked in its channel.
    fn asked_of(&self, org: &OrgId) -> impl Iterator<Item = &PersonRef> {
        let all = self.approvers.get(org).into_iter().flatten();
        all.filter(|approver| matches!(approver, PersonRef::Slack(_)))
    }

    /// What the enabled runbooks do in each system.
    fn actions(&self, org: &OrgId, enabled: &[Runbook]) -> BTreeMap<ConnectionName, BTreeSet<ActionKind>> {
        let mut actions: BTreeMap<ConnectionName, BTreeSet<ActionKind>> = BTreeMap::new();
        for step in enabled.iter().flat_map(|runbook| &runbook.steps) {
            if let Some((name, _)) = self.system(org, &step.system) {
                actions.entry(name).or_default().insert(step.action);
            }
        }
        actions
    }

    /// Systems that enabled runbooks name and that no connection is.
    fn missing_systems(&self, org: &OrgId, enabled: &[Runbook]) -> Vec<Finding> {
        let mut missing: BTreeMap<&ConnectionName, BTreeSet<&str>> = BTreeMap::new();
        for runbook in enabled {
            for step in runbook.steps.iter().filter(|step| self.system(org, &step.system).is_none()) {
                missing.entry(&step.system).or_default().insert(runbook.id.as_str());
            }
        }
        let said = missing.into_iter().map(|(system, runbooks)| {
            let runbooks: Vec<&str> = runbooks.into_iter().collect();
            Finding::warning(
                format!("{org} system {system}"),
                format!(
                    "{} would act in it, but no connection, or more than one, is meant by this name: each of their plans \
                     will be blocked",
                    runbooks.join(", ")
                ),
                format!("add [org.{org}.system.{system}], or set mode = \"off\" for these runbooks"),
            )
        });
        said.collect()
    }
}

/// Findings as lines that begin with the connection they are about.
fn named(whole: &str, findings: Vec<Finding>) -> Checked {
    let findings = findings.into_iter();
    let findings = findings.map(|finding| Finding { what: format!("{whole} {}", finding.what), ..finding }).collect();
    Checked { findings, approvers: BTreeMap::new() }
}

/// What came of a look, or that it took too long.
async fn in_time(whole: &str, look: Look) -> Checked {
    tokio::time::timeout(PATIENCE, look).await.unwrap_or_else(|_| silent(whole))
}

fn silent(whole: &str) -> Checked {
    let finding = Finding::failed(
        whole,
        format!("did not answer everything within {} s", PATIENCE.as_secs()),
        "look at the network between this machine and the vendor (a firewall that drops silently, a proxy), and check again",
    );
    Checked { findings: vec![finding], approvers: BTreeMap::new() }
}

fn broken(whole: &str) -> Checked {
    let finding = Finding::failed(
        whole,
        "could not be looked at: the look itself ended badly",
        "check again; if it stays so, report it with what stands on standard error",
    );
    Checked { findings: vec![finding], approvers: BTreeMap::new() }
}

/// Whether the channel said who we are, so that people can be looked up there.
fn reachable(findings: &[Finding]) -> bool {
    findings.first().is_some_and(|first| first.verdict != Verdict::Failed)
}

/// Looks approvers up in their channel. Whoever cannot be resolved to a person cannot decide.
async fn look_up(org: &OrgId, channel: &dyn Channel, asked: Vec<PersonRef>, checked: &mut Checked) {
    for approver in asked {
        let what = format!("{org} approver {approver}");
        let (finding, ability) = match approvers::resolve(channel, &approver).await {
            Ok(person) => (Finding::ok(what, person), Ability::Able),
            Err(why) => (Finding::failed(what, why.to_string(), mend(&why)), ability(&why)),
        };
        checked.findings.push(finding);
        checked.approvers.insert(approver, ability);
    }
}

fn ability(why: &Unresolved) -> Ability {
    match why {
        Unresolved::Barred(_) | Unresolved::NoMail => Ability::Unable,
        Unresolved::NotTold(error) => match error.kind {
            PortErrorKind::Permanent | PortErrorKind::Gone => Ability::Unable,
            PortErrorKind::Transient { .. }
            | PortErrorKind::Held { .. }
            | PortErrorKind::Unauthorized
            | PortErrorKind::Ambiguous => Ability::Unknown,
        },
    }
}

fn mend(why: &Unresolved) -> &'static str {
    match why {
        Unresolved::NotTold(_) => "mend what the channel's lines name, and check again",
        Unresolved::Barred(_) => "name another person in `approvers`, or have the Slack account put right",
        Unresolved::NoMail => "grant users:read.email and reinstall the app, or have the account given an address",
    }
}

#[cfg(test)]
mod tests;
