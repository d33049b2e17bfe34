//! A store with many runs that await approval, written as the program writes them.

use anyhow::Context;
use countersign_domain::{
    command::{Command, Facts, Understood},
    decide::{Opening, apply, decide, open},
    effect::{Ask, NewEffect},
    event::Record,
    mode::Mode,
    ports::{Opened, Store},
    run::{CardRef, Origin, Run},
    ticket::TicketText,
    time::At,
};
use countersign_store::{SqlStore, StoreOptions};
use countersign_testkit::{
    builders::{classification, connection, org_id, plan, run_id, runbook_id, slots_for, ticket_facts, ticket_id},
    ids::SeededIds,
};
use futures_util::{StreamExt, TryStreamExt, stream};
use std::sync::Arc;

use crate::machine::wall;

/// Runs under way at once: a full batch of the committer.
const AT_ONCE: usize = 256;

/// Opens so many runs that await approval, each with its card's place and the timer of its expiry.
pub(crate) async fn seed(storage: &str, count: u32) -> anyhow::Result<()> {
    let ids = Arc::new(SeededIds::new(7));
    let store = SqlStore::connect(storage, ids, StoreOptions::default()).await.context("the store cannot be opened")?;
    let now = wall();
    stream::iter(0..count)
        .map(|number| {
            let store = &store;
            async move {
                let (run, records, effects) = awaiting(number, now)?;
                match store.open(&run, Some(&text()), records, effects).await? {
                    Opened::New(_) => Ok(()),
                    Opened::Duplicate(_) => anyhow::bail!("the store holds ticket {number} already"),
                }
            }
        })
        .buffer_unordered(AT_ONCE)
        .try_collect::<Vec<()>>()
        .await?;
    store.shutdown().await;
    Ok(())
}

fn text() -> TicketText {
    TicketText {
        subject: "New phone, authenticator gone".to_owned(),
        description: "I got a new phone and my authenticator did not move over. ".repeat(4),
        requester: Some("rob@acme.com".to_owned()),
    }
}

/// A run taken through every step up to its card, with what the ledger says of it. Effects that were done by then are
/// left out; the timer is what waits.
fn awaiting(number: u32, now: At) -> anyhow::Result<(Run, Vec<Record>, Vec<NewEffect>)> {
    let found = classification(Some("mfa_reset"), 0.97, slots_for("sarah.chen@acme.com"));
    let understood = Understood::Runbook { classification: found, runbook: runbook_id("RB-002") };
    let opening = Opening {
        id: run_id(u128::from(number) + (1 << 90)),
        org: org_id(),
        origin: Origin::Ticket { desk: connection("helpdesk"), ticket: ticket_id(&(1_000_000 + number).to_string()) },
        understood: Some(understood.clone()),
        left_alone: None,
    };
    let (mut run, opened) = open(opening, now);
    let mut records: Vec<Record> = opened.events.iter().map(|event| event.record(&run, now)).collect();
    let mut effects = Vec::new();
    let card = CardRef {
        channel: connection("it-approvals"),
        room: "C0123ADMIN".to_owned(),
        message: format!("1781026931.{number:06}"),
    };
    for command in [
        Command::ReadTicket { facts: ticket_facts(), understood },
        Command::Plan { plan: Box::new(plan(1, 1, now)) },
        Command::CardPosted { card },
    ] {
        let decision = decide(&run, command, &Facts { now, policy: None, approver: None, mode: Mode::Live })?;
        run = apply(run, &decision, now);
        records.extend(decision.events.iter().map(|event| event.record(&run, now)));
        effects.extend(decision.effects);
    }
    effects.retain(|effect| matches!(effect.ask, Ask::Expire { .. }));
    Ok((run, records, effects))
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_domain::run::StateName;

    #[test]
    fn seeded_runs_await_approval_and_have_a_timer() {
        let (run, records, effects) = awaiting(3, At(1_781_026_931_310_000)).unwrap();
        assert_eq!(run.state.name(), StateName::AwaitingApproval);
        assert!(run.card.is_some());
        assert_eq!(effects.len(), 1);
        assert!(effects[0].not_before > At(1_781_026_931_310_000));
        assert!(records.len() >= 4, "{}", records.len());
    }
}
