//! Reading one organisation.

use countersign_domain::{
    card::TicketWordsShown,
    ids::{ConnectionName, RunbookId},
    mode::Mode,
    person::PersonRef,
    protection::{Glob, Protected},
};
use jiff::tz::TimeZone;
use std::collections::{BTreeMap, BTreeSet};

use super::{
    connection,
    field::Field,
    section::Section,
    types::{ChannelConfig, OrgConfig, PolicyRules, RunbookRules},
    values::{parse_duration, parse_zone},
};

/// Seconds of `provisioning_wait` where it is not set.
const PROVISIONING_WAIT: u64 = 30 * 60;
/// Seconds of `expires_after` where it is not set.
const EXPIRES_AFTER: u64 = 24 * 60 * 60;
/// Seconds of `retention` where it is not set.
const RETENTION: u64 = 180 * 24 * 60 * 60;

/// Reads `[org.NAME]`; `None` where something that has no default is missing, which was then noted.
pub(super) fn org(section: &mut Section<'_>) -> Option<OrgConfig> {
    let zone =
        section.field("time_zone").parsed("a time zone by its IANA name, for example \"Europe/Berlin\"", |text| {
            parse_zone(text).map(|zone| (zone, text.to_owned()))
        });
    let zone = zone.unwrap_or(TimeZone::UTC);
    let mode = mode(section);
    let retention = retention(section);
    let note_prefix = section.field("note_prefix").parsed("text", note_prefix);
    let ticket_words = section.section("card", |card| {
        card.field("ticket_text").choice(&[
            ("excerpt", TicketWordsShown::Excerpt),
            ("subject", TicketWordsShown::Subject),
            ("none", TicketWordsShown::None),
        ])
    });
    let runbooks_dir = section.field("runbooks_dir");
    let runbooks_dir = runbooks_dir.text("the path of a folder").map(|path| runbooks_dir.reading().path(&path));
    let provisioning_wait = section.field("provisioning_wait").duration();
    let desks = section.named("desk", "desk", |_: &ConnectionName, desk| connection::desk(desk, &zone));
    let channels = section.named("channel", "channel", |_: &ConnectionName, channel| connection::channel(channel));
    let systems = section.named("system", "system", |_: &ConnectionName, system| connection::system(system));
    let channel = only_channel(section, channels);
    let policy = section.section("policy", policy);
    let runbooks = section.named("runbook", "runbook", |_: &RunbookId, rules| Some(runbook(rules)));
    let policy = policy?;
    let lists = runbooks.values().filter_map(|rules| rules.approvers.as_ref()).chain([&policy.approvers]);
    refuse_unreachable(section, lists.flatten());
    Some(OrgConfig {
        mode: mode.unwrap_or_default(),
        retention,
        time_zone: zone,
        note_prefix: note_prefix.unwrap_or_else(|| "Countersign".to_owned()),
        ticket_words: ticket_words.unwrap_or_default(),
        runbooks_dir,
        provisioning_wait: provisioning_wait.unwrap_or(PROVISIONING_WAIT),
        desks,
        channel,
        systems,
        policy,
        runbooks,
    })
}

fn mode(section: &mut Section<'_>) -> Option<Mode> {
    section.field("mode").choice(&[("off", Mode::Off), ("shadow", Mode::Shadow), ("live", Mode::Live)])
}

/// For how many seconds what may name people is kept after its run ended; `None`: for ever.
fn retention(section: &mut Section<'_>) -> Option<u64> {
    let set = section.field("retention").parsed("a length of time, for example \"90d\", or \"forever\"", |text| {
        if text.trim() == "forever" {
            return Ok((None, "forever".to_owned()));
        }
        parse_duration(text).map(|seconds| (Some(seconds), seconds.to_string()))
    });
    set.unwrap_or(Some(RETENTION))
}

/// Notes are found again by how they begin, so what stands in the brackets has none itself.
fn note_prefix(text: &str) -> Result<(String, String), String> {
    let text = text.trim();
    let fits = (1..=40).contains(&text.chars().count())
        && !text.chars().any(|letter| letter.is_control() || "[]<>&".contains(letter));
    if fits {
        Ok((text.to_owned(), text.to_owned()))
    } else {
        Err("expected 1 to 40 characters in one line, without [ ] < > &".to_owned())
    }
}

fn only_channel(
    section: &Section<'_>,
    channels: BTreeMap<ConnectionName, ChannelConfig>,
) -> Option<(ConnectionName, ChannelConfig)> {
    if channels.len() > 1 {
        let names: Vec<_> = channels.keys().map(|name| format!("`{name}`")).collect();
        section.problem_at(
            "channel",
            format!(
                "`{}.channel` has {}: this version asks in one channel; keep one of them",
                section.place(),
                names.join(" and ")
            ),
        );
    }
    channels.into_iter().next()
}

/// Whoever is named by a Slack id is asked in Slack alone.
fn refuse_unreachable<'a>(section: &Section<'_>, approvers: impl Iterator<Item = &'a PersonRef>) {
    if section.names().iter().any(|name| name == "channel") {
        return;
    }
    let slack: BTreeSet<_> = approvers.filter(|person| matches!(person, PersonRef::Slack(_))).collect();
    if let Some(person) = slack.first() {
        section.problem_at(
            "policy",
            format!(
                "the approver `{person}` cannot be asked: `{}` has no channel; add one, or name approvers by `mail:`",
                section.place()
            ),
        );
    }
}

fn policy(section: &mut Section<'_>) -> Option<PolicyRules> {
    let min_confidence = section.field("min_confidence").share();
    let expires_after = section.field("expires_after").duration();
    let protected = section.field("protected").set::<Protected>(
        "a list of protected targets, for example [\"mail:breakglass@acme.com\", \"group:Domain Admins\"]",
    );
    let listed = section.required(
        "approvers",
        "list at least one approver, for example [\"mail:lead@acme.com\"]; a missing list does not mean anyone",
    );
    Some(PolicyRules {
        min_confidence,
        approvers: approvers(&listed)?,
        expires_after: expires_after.unwrap_or(EXPIRES_AFTER),
        protected: protected.unwrap_or_default(),
    })
}

fn approvers(field: &Field<'_>) -> Option<BTreeSet<PersonRef>> {
    let listed =
        field.set::<PersonRef>("a list of approvers, for example [\"slack:U0123APPROVER\", \"mail:lead@acme.com\"]")?;
    if listed.is_empty() {
        field.problem(format!(
            "`{}` is empty, which does not mean anyone: list at least one approver, for example [\"mail:lead@acme.com\"]",
            field.place()
        ));
        return None;
    }
    Some(listed)
}

fn runbook(section: &mut Section<'_>) -> RunbookRules {
    RunbookRules {
        mode: mode(section),
        allow: section.section("allow", patterns),
        deny: section.section("deny", patterns),
        approvers: approvers(&section.field("approvers")),
        min_confidence: section.field("min_confidence").share(),
        expires_after: section.field("expires_after").duration(),
    }
}

/// A table of patterns by parameter. Which parameters there are is known once the runbooks are.
fn patterns(section: &mut Section<'_>) -> BTreeMap<String, BTreeSet<Glob>> {
    section.leave_open();
    let mut all = BTreeMap::new();
    for param in section.names() {
        let field = section.any_field(&param);
        let Some(listed) = field.set::<Glob>("a list of patterns, for example [\"proj-*\", \"app-*\"]") else {
            continue;
        };
        if listed.is_empty() {
            field.problem(format!("`{}` is empty: list at least one pattern, or leave it out", field.place()));
        }
        all.insert(param, listed);
    }
    all
}
