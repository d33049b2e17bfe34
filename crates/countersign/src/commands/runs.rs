//! `countersign runs`: what waits and why.

use countersign_app::story::Story;
use countersign_domain::{
    card::Card,
    ids::{ConnectionName, IntentName, OrgId, RunId},
    person::{Actor, MailAddress, PersonRef},
    ports::{Cursor, Queries, RunFilter},
    run::{NoActionReason, Run, StateName},
    shown::shown,
    time::At,
};
use countersign_server::{RunView, StoryView};
use jiff::tz::TimeZone;
use std::collections::BTreeMap;

use super::{
    opened::{open_app, open_records},
    say, table, tell,
};
use crate::{Failure, Outcome, cli::RunsCommand, service::Assembled};

/// How many runs are read at a time.
const PAGE: u32 = 200;

/// Lists, shows, plans again or gives up.
///
/// # Errors
/// A run that there is not, a state that does not allow it, a store that cannot be used.
pub(crate) async fn run(command: RunsCommand) -> Outcome {
    match command {
        RunsCommand::List { at, status, intent, desk, reason, shadow, since, limit } => {
            let (assembled, org) = open_records(&at.config, at.org.as_deref()).await?;
            let filter = RunFilter {
                state: status.as_deref().map(state_named).transpose()?,
                intent: intent.as_deref().map(IntentName::new).transpose()?,
                reason: if shadow { Some(NoActionReason::Shadow.as_str()) } else { reason_named(reason.as_deref())? },
                desk: desk.as_deref().map(ConnectionName::new).transpose()?,
                from: since.map(|text| since_of(&text, &assembled)).transpose()?,
                until: None,
            };
            let listed = list(&assembled, &org, &filter, (limit, shadow), at.json).await;
            assembled.store.shutdown().await;
            listed
        }
        RunsCommand::Show { at, run } => {
            let (assembled, org) = open_records(&at.config, at.org.as_deref()).await?;
            let story = assembled.app.story(&org, &id_of(&run)?).await;
            let card = match &story {
                Ok(story) => assembled.app.card(&story.run).await?,
                Err(_) => None,
            };
            assembled.store.shutdown().await;
            show(story?, card.as_ref(), &zone(&assembled, &org)?, at.json)
        }
        RunsCommand::Replan { at, run, intent, person } => {
            let corrected = correction(intent.as_deref(), person.as_deref())?;
            let (assembled, org) = open_app(&at.config, at.org.as_deref()).await?;
            let planned = async {
                let run = assembled.app.run(&org, &id_of(&run)?).await?;
                Ok::<_, Failure>(assembled.app.replan(run, corrected, Actor::Operator).await?)
            };
            let planned = planned.await;
            assembled.store.shutdown().await;
            changed(&planned?, "is planned again; the running service makes the plan", at.json)
        }
        RunsCommand::Cancel { at, run } => {
            let (assembled, org) = open_records(&at.config, at.org.as_deref()).await?;
            let cancelled = async {
                let run = assembled.app.run(&org, &id_of(&run)?).await?;
                Ok::<_, Failure>(assembled.app.cancel(run, Actor::Operator).await?)
            };
            let cancelled = cancelled.await;
            assembled.store.shutdown().await;
            changed(&cancelled?, "is given up; no changes are made", at.json)
        }
    }
}

fn state_named(name: &str) -> Result<StateName, Failure> {
    StateName::from_name(name).ok_or_else(|| {
        let known = StateName::ALL.map(StateName::as_str).join(", ");
        Failure::Usage(format!("there is no status {:?}; there are: {known}", shown(name, 40)))
    })
}

fn reason_named(name: Option<&str>) -> Result<Option<&'static str>, Failure> {
    let Some(name) = name else { return Ok(None) };
    let known = NoActionReason::ALL.map(|reason| reason.as_str());
    let found = known.into_iter().find(|known| *known == name);
    found.map(Some).ok_or_else(|| {
        Failure::Usage(format!("there is no reason {:?}; there are: {}", shown(name, 40), known.join(", ")))
    })
}

/// The moment that lies so long before now.
///
/// # Errors
/// [`Failure::Usage`]: no length of time.
pub(super) fn since_of(text: &str, assembled: &Assembled) -> Result<At, Failure> {
    let seconds = crate::config::parse_duration(text).map_err(|why| Failure::Usage(format!("--since: {why}")))?;
    Ok(assembled.app.parts().clock.now().minus_seconds(seconds))
}

fn id_of(text: &str) -> Result<RunId, Failure> {
    text.parse().map_err(|error| Failure::Usage(format!("{error}")))
}

/// Whoever corrects an intent cannot approve what comes of it, so they have to be known.
fn correction(intent: Option<&str>, person: Option<&str>) -> Result<Option<(IntentName, MailAddress)>, Failure> {
    match (intent, person) {
        (None, _) => Ok(None),
        (Some(_), None) => Err(Failure::Usage(
            "say who corrects the intent with --person mail:name@example.com: they cannot approve what comes of it"
                .to_owned(),
        )),
        (Some(intent), Some(person)) => match person.parse::<PersonRef>()? {
            PersonRef::Mail(mail) => Ok(Some((IntentName::new(intent)?, mail))),
            PersonRef::Slack(_) => Err(Failure::Usage("name the person by address: mail:name@example.com".to_owned())),
        },
    }
}

fn zone(assembled: &Assembled, org: &OrgId) -> Result<TimeZone, Failure> {
    Ok(assembled.app.org(org)?.zone.clone())
}

async fn list(
    assembled: &Assembled,
    org: &OrgId,
    filter: &RunFilter,
    (limit, summed): (usize, bool),
    json: bool,
) -> Outcome {
    let zone = zone(assembled, org)?;
    let (mut rows, mut days, mut after, mut seen) = (Vec::new(), Days::default(), None::<Cursor>, 0_usize);
    loop {
        let page = assembled.store.runs(org, filter, after.as_ref(), PAGE).await?;
        for run in &page.runs {
            days.count(run, &zone);
            if seen < limit {
                if json {
                    say(&serde_json::to_string(&RunView::of(run))?);
                } else {
                    rows.push(row(run, &zone));
                }
            }
            seen += 1;
        }
        after = page.next;
        if after.is_none() || (seen >= limit && !summed) {
            break;
        }
    }
    if seen > limit || after.is_some() {
        tell(&format!("There are more; --limit shows more than {limit}."));
    }
    if json {
        return Ok(());
    }
    if seen == 0 {
        say("There are no such runs.");
        return Ok(());
    }
    say(&table(&["run", "ticket", "since", "status", "asks for", "confidence", "about"], rows));
    if summed {
        say("\nCards that live mode would have posted, by day and runbook:");
        say(&days.table());
    }
    Ok(())
}

fn row(run: &Run, zone: &TimeZone) -> Vec<String> {
    let ticket = run.ticket_key().map_or_else(|| "API".to_owned(), |(desk, ticket)| format!("{desk} #{ticket}"));
    let about = match (run.left_alone(), run.state.plan()) {
        (Some(NoActionReason::Shadow) | None, Some(plan)) => countersign_domain::card::target_name(plan),
        (Some(reason), _) => reason.words().to_owned(),
        (None, None) => String::new(),
    };
    // What a person said has no confidence, and the classifier's was in something else.
    let confidence = match &run.correction {
        Some(_) => Some("corrected".to_owned()),
        None => run.classification.as_ref().map(|found| found.confidence.to_string()),
    };
    vec![
        run.id.to_string(),
        ticket,
        run.created_at.local(zone),
        run.left_alone()
            .map_or_else(|| run.state.name().to_string(), |reason| format!("no_action: {}", reason.as_str())),
        run.intent().map_or_else(|| "nothing".to_owned(), ToString::to_string),
        confidence.unwrap_or_default(),
        about,
    ]
}

/// How many cards a day would have brought, by runbook.
#[derive(Default)]
struct Days(BTreeMap<(String, String), (u64, u64)>);

impl Days {
    fn count(&mut self, run: &Run, zone: &TimeZone) {
        let day = run.created_at.local_day(zone);
        let runbook = run.runbook.as_ref().map(ToString::to_string).unwrap_or_default();
        let (cards, blocked) = self.0.entry((day, runbook)).or_default();
        *cards += 1;
        *blocked += u64::from(run.state.plan().is_some_and(|plan| !plan.approvable()));
    }

    fn table(self) -> String {
        let rows = self
            .0
            .into_iter()
            .rev()
            .map(|((day, runbook), (cards, blocked))| vec![day, runbook, cards.to_string(), blocked.to_string()]);
        table(&["day", "runbook", "cards", "of them not approvable"], rows.collect())
    }
}

fn show(story: Story, card: Option<&Card>, zone: &TimeZone, json: bool) -> Outcome {
    if json {
        say(&serde_json::to_string(&StoryView::from(story))?);
        return Ok(());
    }
    say(&table(&["run", "ticket", "since", "status", "asks for", "confidence", "about"], vec![row(&story.run, zone)]));
    say(&format!("\n{}", story.now));
    let floor = story.floor.map(|floor| format!("; its runbook asks for a confidence of {floor}")).unwrap_or_default();
    say(&format!("Mode: {}{floor}.", story.mode));
    if let Some(pause) = &story.pause {
        say(&format!("Paused since {}.", pause.since.local(zone)));
    }
    if let Some(card) = card {
        say(&format!("\n{}", super::plan::card_text(card)));
    }
    say("\nWhat happened:");
    let happened = story.happened.into_iter().map(|entry| {
        let says = entry.says.unwrap_or_else(|| "(its words were erased)".to_owned());
        vec![entry.at.to_string(), format!("{} {}", entry.seq, entry.hash), entry.kind, entry.actor, says]
    });
    say(&table(&["when", "ledger entry", "what", "by", "in words"], happened.collect()));
    if !story.stages.is_empty() {
        let stages: Vec<_> = story.stages.iter().map(|stage| format!("{} {} ms", stage.name, stage.millis)).collect();
        say(&format!("\nTook: {}", stages.join(", ")));
    }
    say("\nWhat the world was asked for:");
    let effects = story.effects.into_iter().map(|effect| {
        vec![
            effect.ordinal.to_string(),
            effect.name,
            effect.lane,
            effect.state,
            effect.attempt.to_string(),
            effect.why.unwrap_or_default(),
        ]
    });
    say(&table(&["no.", "effect", "lane", "state", "attempts", "what the last one came to"], effects.collect()));
    Ok(())
}

fn changed(run: &Run, what: &str, json: bool) -> Outcome {
    if json {
        say(&serde_json::to_string(&RunView::of(run))?);
    } else {
        say(&format!("{} {what}. Its status: {}.", run.id, run.state.name()));
    }
    Ok(())
}
