//! `countersign check`: is the file valid, does every connection answer, may it do what the runbooks need, can somebody
//! approve. One line for each thing, with what to do where it is not well.

mod card;
mod policy;
mod report;
mod ticket;

use countersign_domain::{
    ids::OrgId,
    mode::Mode,
    ports::{Clock, Connections, Finding, Ids, KeyRow, Queries, Verdict},
    runbook::Runbook,
};
use countersign_store::{Examined, SqlStore, StoreOptions, examine, is_there};
use secrecy::ExposeSecret;
use std::{
    collections::BTreeMap,
    io::{IsTerminal, stderr},
    sync::Arc,
};

use super::{load, opened::Beside, tell, the_org};
use crate::{
    Failure, Outcome,
    cli::At,
    clock::SystemClock,
    config::{Config, OrgConfig},
    connections::Wired,
    ids::RandomIds,
    service::runbooks_of,
};
use report::Report;

/// What everything is looked at with.
struct Means<'a> {
    at: &'a At,
    config: &'a Config,
    clock: Arc<SystemClock>,
    /// Unless it is not there yet, cannot be opened, or opening would change its schema.
    store: Option<Arc<SqlStore>>,
    /// Its keys, unless they cannot be read.
    keys: Option<Vec<KeyRow>>,
    /// Unless they cannot be made.
    wired: Option<Wired>,
}

/// Checks a configuration; one line for each thing. With `card`, posts a card whose click must come back; with `ticket`,
/// fetches that ticket and writes a test note to it.
///
/// # Errors
/// Anything that has failed, after all lines were printed; [`Failure::Configuration`] where the configuration itself is
/// no good.
pub(crate) async fn run(at: &At, card: bool, ticket: Option<&str>) -> Outcome {
    let config = load(&at.config)?;
    let only = at.org.as_deref().map(|named| the_org(&config, Some(named))).transpose()?;
    let tried = if card || ticket.is_some() { Some(the_org(&config, at.org.as_deref())?) } else { None };
    let ticket = match (ticket, &tried) {
        (Some(id), Some(org)) => Some(ticket::Asked::new(org, &config.orgs[org], id)?),
        (_, _) => None,
    };
    let mut report = Report::new(at.json);
    report.say(&Finding::ok("configuration", format!("{} is valid", at.config.display())));
    let means = means(at, &config, &mut report).await;
    if let Some(wired) = &means.wired {
        wired.check_second_opinion().await.iter().for_each(|finding| report.say(finding));
    }
    for (org, settings) in config.orgs.iter().filter(|(org, _)| only.as_ref().is_none_or(|only| only == *org)) {
        check_org(&means, org, settings, &mut report).await;
    }
    if let (Some(org), Some(wired)) = (&tried, &means.wired) {
        if let Some(asked) = &ticket {
            report.say(&asked.run(wired).await);
        }
        if card {
            report.say(&try_card(&means, wired, org).await);
        }
    }
    if let Some(store) = means.store {
        store.shutdown().await;
    }
    report.end()
}

/// Looks at the store and makes the clients.
async fn means<'a>(at: &'a At, config: &'a Config, report: &mut Report) -> Means<'a> {
    let beside = Beside::default();
    let (store, keys) = match look(config, &beside, report).await {
        Look::Open(store) => {
            let keys = store.keys().await.ok();
            (Some(store), keys)
        }
        Look::NotThereYet => (None, Some(Vec::new())),
        Look::Closed => (None, None),
    };
    let clock = beside.clock;
    let wired = match Wired::connect(config) {
        Ok(wired) => Some(wired),
        Err(failure) => {
            report.outcome("connections", Err(failure));
            None
        }
    };
    Means { at, config, clock, store, keys, wired }
}

/// What became of looking at the store.
enum Look {
    /// It was opened.
    Open(Arc<SqlStore>),
    /// There is none yet, and none is made by looking: there is nothing in it.
    NotThereYet,
    /// It stays closed, as the findings have it.
    Closed,
}

/// Looks at the store, and opens it. That brings an earlier version's schema up to date, from which there is no way back:
/// a look leaves such a store closed.
async fn look(config: &Config, beside: &Beside, report: &mut Report) -> Look {
    let (url, options) = (config.storage_url.expose_secret(), StoreOptions::default());
    let Examined { findings, outdated } = examine(url, &options).await;
    let said = findings.iter().any(|finding| finding.verdict == Verdict::Failed);
    for finding in findings {
        report.say(&Finding { what: format!("storage {}", finding.what), ..finding });
    }
    if outdated {
        let says = "answers; it was not opened, since that would bring it up to date: the next start does";
        report.say(&Finding::ok("storage", says));
        return Look::Closed;
    }
    if matches!(is_there(url, &options).await, Ok(false)) {
        return Look::NotThereYet;
    }
    match beside.store(config).await {
        Ok(opened) => {
            let answers = opened.ping().await.map(|()| "answers".to_owned());
            report.outcome("storage", answers.map_err(Failure::from));
            Look::Open(opened)
        }
        // The examination has said why.
        Err(_) if said => Look::Closed,
        Err(error) => {
            report.outcome("storage", Err(error.into()));
            Look::Closed
        }
    }
}

async fn check_org(means: &Means<'_>, org: &OrgId, settings: &OrgConfig, report: &mut Report) {
    let runbooks = match runbooks_of(org, settings) {
        Ok(runbooks) => runbooks,
        Err(failure) => {
            report.outcome(&format!("{org} runbooks"), Err(failure));
            Vec::new()
        }
    };
    if !runbooks.is_empty() {
        modes(org, settings, &runbooks).into_iter().for_each(|finding| report.say(&finding));
    }
    let enabled = super::setup::enabled(settings, &runbooks);
    let now = means.clock.now();
    let mut resolved = BTreeMap::new();
    if let Some(wired) = &means.wired {
        let terminal = stderr().is_terminal();
        let told = |what: &str, done: usize, all: usize| {
            if terminal {
                tell(&format!("... {what} was looked at ({done} of {all})"));
            }
        };
        let checked = wired.check(org, &enabled, now, told).await;
        checked.findings.into_iter().for_each(|finding| report.say(&finding));
        resolved = checked.approvers;
    }
    let several = means.config.orgs.len() > 1;
    let people = policy::People {
        org,
        config: &means.at.config,
        name_org: several,
        resolved: &resolved,
        keys: means.keys.as_deref(),
        now,
    };
    people.check(settings, &runbooks).into_iter().for_each(|finding| report.say(&finding));
}

/// How many runbooks there are in each mode, and whether anything is decided at all.
fn modes(org: &OrgId, settings: &OrgConfig, runbooks: &[Runbook]) -> Vec<Finding> {
    let count = |mode: Mode| runbooks.iter().filter(|runbook| settings.mode_of(&runbook.id) == mode).count();
    let (live, shadow, off) = (count(Mode::Live), count(Mode::Shadow), count(Mode::Off));
    let says = format!("{} in force: {live} live, {shadow} in shadow, {off} off", runbooks.len());
    let mut found = vec![Finding::ok(format!("{org} runbooks"), says)];
    if live == 0 {
        let (why, mend) = if shadow == 0 {
            (
                "every runbook is off: tickets are recorded and left alone",
                format!("set mode = \"shadow\" in [org.{org}]"),
            )
        } else {
            (
                "no runbook is live: tickets are planned by reading, nobody is asked, nothing will be decided",
                format!(
                    "right at first; once `countersign runs list --shadow` shows what you expect, set mode = \"live\" in \
                     [org.{org}]"
                ),
            )
        };
        found.push(Finding::warning(format!("{org} mode"), why, mend));
    }
    found
}

async fn try_card(means: &Means<'_>, wired: &Wired, org: &OrgId) -> Finding {
    let what = format!("{org} card");
    let Some((name, channel)) = wired.channel(org) else {
        return Finding::failed(
            what,
            "no channel is configured to post a card in",
            format!("add [org.{org}.channel.NAME]"),
        );
    };
    let Some(store) = &means.store else {
        return Finding::failed(
            what,
            "not posted: the click could not be seen without the store",
            "do what the storage's lines say first, and start the service",
        );
    };
    let ids = RandomIds::new(means.clock.clone());
    let random: String = ids.secret().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let carries = countersign_app::probe::probe(means.clock.now(), &random);
    let public = means.config.public_url.as_ref();
    let public = public.map_or("https://your-public-address", |url| url.as_str().trim_end_matches('/'));
    let door = format!("{public}/webhooks/{org}/{name}");
    let probe = card::Probe { what: &what, org, carries: &carries, door: &door };
    card::try_card(&probe, channel.as_ref(), store.as_ref()).await
}
