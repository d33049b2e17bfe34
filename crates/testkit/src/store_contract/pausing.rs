//! The kill switch: steps of what is paused are not handed out, whatever hands them out; everything else goes on.

use std::collections::BTreeSet;

use countersign_domain::{
    effect::{Ask, ClaimedEffect, Settlement},
    event::OrgEvent,
    ids::{OrgId, RunId, RunbookId},
    pause::{Pause, PauseChange},
    person::Actor,
    ports::{Change, ClaimRequest, Opened},
    run::Run,
};

use super::{
    Shared, change, claim, due, fresh_run, fresh_run_of, ledger::verified, org, request, settle, settlement_of,
};
use crate::builders::{START, digest, runbook_id};

const PLAN: Ask = Ask::MakePlan { version: 2 };

fn step(ordinal: u16) -> Ask {
    Ask::Perform { ordinal, plan_digest: digest(1) }
}

/// A pause of the organisation or of one of its runbooks, with its ledger record.
pub fn pause(of: &OrgId, runbook: Option<&RunbookId>) -> Change {
    let why = Some("a \"storm\"".to_owned());
    let pause =
        Pause { org: of.clone(), runbook: runbook.cloned(), since: START, by: Actor::Operator, why: why.clone() };
    let record = OrgEvent::Paused { runbook: runbook.cloned(), why }.record(&Actor::Operator, START);
    Change { org: Some(of.clone()), records: vec![record], pause: Some(PauseChange::Pause(pause)), ..Change::default() }
}

/// The end of such a pause.
pub fn resume(of: &OrgId, runbook: Option<&RunbookId>) -> Change {
    let record = OrgEvent::Resumed { runbook: runbook.cloned() }.record(&Actor::Operator, START);
    let change = PauseChange::Resume { org: of.clone(), runbook: runbook.cloned() };
    Change { org: Some(of.clone()), records: vec![record], pause: Some(change), ..Change::default() }
}

async fn commit(store: &Shared, change: Change) {
    store.commit(change).await.expect("commits");
}

/// Opens a run of this runbook that asks for these.
async fn opened(store: &Shared, run: &Run, runbook: &str, asks: &[Ask]) -> Run {
    let run = Run { runbook: Some(runbook_id(runbook)), ..run.clone() };
    let opened = store.open(&run, None, vec![], due(0, asks)).await.expect("opens");
    assert!(matches!(opened, Opened::New(_)));
    run
}

fn runs(claimed: &[ClaimedEffect]) -> BTreeSet<RunId> {
    claimed.iter().map(|effect| effect.run).collect()
}

/// While an organisation is paused its steps wait; plans, cards, notes and other organisations do not. A resume sets the
/// steps free at once.
pub async fn a_pause_holds_steps_and_nothing_else(store: &Shared) {
    let acme = org("acme");
    let held = opened(store, &fresh_run(1, None), "RB-002", &[step(0), Ask::ShowCard, Ask::ShowNote]).await;
    let planning = opened(store, &fresh_run(2, None), "RB-002", &[PLAN]).await;
    let theirs = opened(store, &fresh_run_of("globex", 3, None), "RB-002", &[step(0)]).await;
    commit(store, pause(&acme, None)).await;
    let claimed = claim(store).await;
    let names: BTreeSet<_> = claimed.iter().map(|effect| (effect.run, effect.ask.name())).collect();
    let expected = [(held.id, "show_card"), (held.id, "show_note"), (planning.id, "make_plan"), (theirs.id, "perform")];
    assert_eq!(names, BTreeSet::from(expected));
    commit(store, resume(&acme, None)).await;
    let freed = claim(store).await;
    assert_eq!((freed.len(), freed[0].run, freed[0].attempt, freed[0].ambiguous), (1, held.id, 1, false));
    assert_eq!(verified(store.as_ref(), &acme).await.entries, 2);
}

/// A runbook's pause and its organisation's are apart: each holds by itself, and releasing one leaves the other.
pub async fn pauses_of_runbook_and_organisation_are_apart(store: &Shared) {
    let (acme, mfa) = (org("acme"), runbook_id("RB-002"));
    let one = opened(store, &fresh_run(1, None), "RB-002", &[step(0)]).await;
    let other = opened(store, &fresh_run(2, None), "RB-011", &[step(0)]).await;
    let bare = fresh_run(3, None);
    store.open(&bare, None, vec![], due(0, &[step(0)])).await.expect("opens");
    commit(store, pause(&acme, Some(&mfa))).await;
    commit(store, pause(&org("globex"), None)).await;
    assert_eq!(runs(&claim(store).await), BTreeSet::from([other.id, bare.id]));
    commit(store, pause(&acme, None)).await;
    commit(store, resume(&acme, Some(&mfa))).await;
    assert!(claim(store).await.is_empty(), "the organisation's own still holds it");
    commit(store, pause(&acme, Some(&mfa))).await;
    commit(store, resume(&acme, None)).await;
    assert!(claim(store).await.is_empty(), "the runbook's own still holds it");
    commit(store, resume(&acme, Some(&mfa))).await;
    assert_eq!(runs(&claim(store).await), BTreeSet::from([one.id]));
}

/// A pause that is there stays as it was; whatever is thrown or released again is still recorded.
pub async fn a_pause_stays_as_it_was(store: &Shared) {
    let (acme, mfa) = (org("acme"), runbook_id("RB-002"));
    commit(store, pause(&acme, None)).await;
    let mut again = pause(&acme, None);
    if let Some(PauseChange::Pause(pause)) = &mut again.pause {
        (pause.since, pause.by, pause.why) = (START.plus_seconds(9), Actor::System, None);
    }
    commit(store, again).await;
    commit(store, pause(&acme, Some(&mfa))).await;
    commit(store, resume(&acme, Some(&runbook_id("RB-011")))).await;
    let why = Some("a \"storm\"".to_owned());
    let first = Pause { org: acme.clone(), runbook: None, since: START, by: Actor::Operator, why };
    let second = Pause { runbook: Some(mfa), ..first.clone() };
    assert_eq!(store.pauses().await, Ok(vec![first, second]));
    assert_eq!(verified(store.as_ref(), &acme).await.entries, 4);
}

fn for_me(change: Change) -> Change {
    Change { claim_for: Some(("worker-1".to_owned(), 60_000)), now: Some(START), ..change }
}

/// A commit does not hand out a new step of what is paused, be it paused before or by this very commit; nor what waits
/// behind the step.
pub async fn a_commit_hands_out_no_new_step_while_paused(store: &Shared) {
    let acme = org("acme");
    let first = opened(store, &fresh_run(1, None), "RB-002", &[]).await;
    let (_, mut write) = change(&first);
    write.effects = due(0, &[step(0), PLAN, Ask::ShowCard]);
    write.pause = pause(&acme, None).pause;
    let receipt = store.commit(for_me(write)).await.expect("commits");
    assert_eq!(receipt.claimed.iter().map(|effect| effect.ask.name()).collect::<Vec<_>>(), ["show_card"]);
    let second = opened(store, &fresh_run(2, None), "RB-011", &[]).await;
    let (_, mut write) = change(&second);
    write.effects = due(0, &[step(0)]);
    assert!(store.commit(for_me(write)).await.expect("commits").claimed.is_empty());
    // A resume that claims finds them free.
    let third = opened(store, &fresh_run(3, None), "RB-011", &[]).await;
    let (_, mut write) = change(&third);
    write.effects = due(0, &[step(0)]);
    write.pause = resume(&acme, None).pause;
    assert_eq!(runs(&store.commit(for_me(write)).await.expect("commits").claimed), BTreeSet::from([third.id]));
    assert_eq!(runs(&claim(store).await), BTreeSet::from([first.id, second.id]));
}

/// A commit that settles a step does not hand out the next one while its runbook is paused; a settlement alone neither.
pub async fn a_commit_hands_out_no_next_step_while_paused(store: &Shared) {
    let (acme, mfa) = (org("acme"), runbook_id("RB-002"));
    let first = opened(store, &fresh_run(1, None), "RB-002", &[step(0), step(1)]).await;
    let second = opened(store, &fresh_run(2, None), "RB-002", &[step(0), step(1)]).await;
    let other = opened(store, &fresh_run(3, None), "RB-011", &[step(0), step(1)]).await;
    let claimed = claim(store).await;
    assert_eq!(claimed.len(), 3);
    let of = |run: &Run| claimed.iter().find(|effect| effect.run == run.id).expect("it was claimed");
    commit(store, pause(&acme, Some(&mfa))).await;
    let (_, mut write) = change(&first);
    write.settle = Some(settlement_of(of(&first), Settlement::Done));
    assert!(store.commit(for_me(write)).await.expect("commits").claimed.is_empty());
    let alone = for_me(settle(of(&second), Settlement::Done));
    assert!(store.commit(alone).await.expect("commits").claimed.is_empty());
    let next = for_me(settle(of(&other), Settlement::Done));
    assert_eq!(store.commit(next).await.expect("commits").claimed.len(), 1, "another runbook goes on");
    commit(store, resume(&acme, Some(&mfa))).await;
    let freed = claim(store).await;
    assert_eq!((runs(&freed), freed.len()), (BTreeSet::from([first.id, second.id]), 2));
}

/// However many steps are held, what may go on is handed out, also to whoever asks for one effect.
pub async fn held_steps_hide_nothing(store: &Shared) {
    let acme = org("acme");
    for number in 1..=1_000 {
        opened(store, &fresh_run(number, None), "RB-002", &[step(0)]).await;
    }
    let free = opened(store, &fresh_run_of("globex", 2_000, None), "RB-002", &[step(0)]).await;
    commit(store, pause(&acme, None)).await;
    let one = ClaimRequest { limit: 1, ..request(START.plus_seconds(1)) };
    assert_eq!(runs(&store.claim(one.clone()).await.expect("claims")), BTreeSet::from([free.id]));
    let planning = opened(store, &fresh_run(3_000, None), "RB-002", &[PLAN]).await;
    assert_eq!(runs(&store.claim(one).await.expect("claims")), BTreeSet::from([planning.id]));
}

/// Steps in flight are those that are claimed: of the organisation, or of a runbook.
pub async fn steps_in_flight_are_counted(store: &Shared) {
    let (acme, mfa) = (org("acme"), runbook_id("RB-002"));
    opened(store, &fresh_run(1, None), "RB-002", &[step(0), Ask::ShowCard]).await;
    opened(store, &fresh_run(2, None), "RB-011", &[step(0)]).await;
    opened(store, &fresh_run(3, None), "RB-002", &[PLAN]).await;
    opened(store, &fresh_run_of("globex", 4, None), "RB-002", &[step(0)]).await;
    assert_eq!(store.steps_in_flight(&acme, None).await, Ok(0), "what waits is not in flight");
    let claimed = claim(store).await;
    assert_eq!(claimed.len(), 5);
    commit(store, pause(&acme, None)).await;
    assert_eq!(store.steps_in_flight(&acme, None).await, Ok(2));
    assert_eq!(store.steps_in_flight(&acme, Some(&mfa)).await, Ok(1));
    assert_eq!(store.steps_in_flight(&acme, Some(&runbook_id("RB-013"))).await, Ok(0));
    let of_mfa = claimed.iter().find(|effect| effect.run == fresh_run(1, None).id && effect.ask.name() == "perform");
    commit(store, settle(of_mfa.expect("it was claimed"), Settlement::Done)).await;
    assert_eq!(store.steps_in_flight(&acme, Some(&mfa)).await, Ok(0));
    assert_eq!(store.steps_in_flight(&acme, None).await, Ok(1));
}

/// A step whose lease ran out is not handed out again before the resume; then it is ambiguous. Whether it still counts as
/// in flight is the store's: one whose clock another process reads cannot tell.
pub async fn an_abandoned_step_waits_for_the_resume(store: &Shared) {
    let acme = org("acme");
    opened(store, &fresh_run(1, None), "RB-002", &[step(0)]).await;
    let short = ClaimRequest { lease_ms: 0, ..request(START) };
    assert_eq!(store.claim(short).await.expect("claims").len(), 1);
    commit(store, pause(&acme, None)).await;
    assert!(claim(store).await.is_empty());
    commit(store, resume(&acme, None)).await;
    let again = claim(store).await.remove(0);
    assert_eq!((again.attempt, again.ambiguous), (2, true));
}

/// In a storm of claims: a step that is handed out after the pause was acknowledged was asked for before, and is seen
/// among the steps in flight.
pub async fn no_step_starts_after_the_pause_is_acknowledged(store: &Shared) {
    let acme = org("acme");
    for number in 1..=300 {
        opened(store, &fresh_run(number, None), "RB-002", &[step(0)]).await;
    }
    let workers: Vec<_> = (0..6)
        .map(|number| {
            let (store, owner) = (store.clone(), format!("worker-{number}"));
            tokio::spawn(async move {
                let mut taken = 0;
                loop {
                    let request = ClaimRequest { owner: owner.clone(), limit: 3, ..request(START) };
                    match store.claim(request).await.expect("claims").len() {
                        0 if !store.pauses().await.expect("reads").is_empty() => break taken,
                        more => taken += more as u64,
                    }
                }
            })
        })
        .collect();
    while store.steps_in_flight(&acme, None).await.expect("reads") < 30 {
        tokio::task::yield_now().await;
    }
    commit(store, pause(&acme, None)).await;
    let seen = store.steps_in_flight(&acme, None).await.expect("reads");
    assert!(claim(store).await.is_empty());
    let mut taken = 0;
    for worker in workers {
        taken += worker.await.expect("no worker panics");
    }
    assert_eq!(taken, seen, "every step that was handed out was in flight when the pause was acknowledged");
}
