//! A second opinion: asked about tickets just below the floor once they were fetched, and about no others.

use std::sync::Arc;

use countersign_app::{
    dry_run::DryTicket,
    ingest::{Disposition, Taken},
};
use countersign_domain::{
    classification::{Confidence, Consultation},
    mode::Mode,
    person::Actor,
    ports::{OpinionValues, PortError},
    run::{NoActionReason, StateName},
    ticket::TicketText,
};
use countersign_testkit::{
    builders::{intent, org_id, runbook_id, ticket},
    second_opinion::{FakeSecondOpinion, SecondOpinionCall},
};

use crate::world::{World, body, taken};

const UNSURE: &str = "I am unsure about my mfa";

fn saying(found: &str) -> Arc<FakeSecondOpinion> {
    Arc::new(FakeSecondOpinion::new().saying(intent(found), OpinionValues::default()))
}

async fn ended(world: &World, description: &str) -> (StateName, Option<NoActionReason>, Option<Consultation>) {
    let id = world.ask_for(description).await;
    let run = world.run(id).await;
    let consulted = run.classification.as_ref().and_then(|found| found.consulted.clone());
    (run.state.name(), run.left_alone().cloned(), consulted.map(|consulted| consulted.said))
}

#[tokio::test]
async fn a_ticket_in_the_band_waits_to_be_fetched_and_is_asked_about_then() {
    let asked = saying("mfa_reset");
    let world = World::new().asking(asked.clone());
    world.desk.put(ticket("4211", "Please help", UNSURE));
    let ingested = taken(world.send(&body("4211", "Please help", UNSURE)).await);
    assert_eq!((ingested.disposition, ingested.status), (Disposition::Received, StateName::Received));
    assert_eq!(asked.script.calls(SecondOpinionCall::Ask), 0, "nobody waits for it in the sender's request");
    world.drive().await;
    let run = world.run(ingested.run).await;
    assert_eq!(run.state.name(), StateName::AwaitingApproval);
    let found = run.classification.expect("it was classified");
    assert_eq!(found.confidence, Confidence::from_share(0.8), "as sure as the floor, and no surer");
    let consulted = found.consulted.expect("it is recorded");
    assert_eq!((consulted.model.as_str(), consulted.alone), ("fake-model", Confidence::from_share(0.5)));
    let question = asked.asked().remove(0);
    assert_eq!((question.said.subject.as_str(), question.said.body.as_str()), ("Please help", UNSURE));
    assert!(question.candidates.contains(&intent("suspend_account")));
    let story = world.app.story(&org_id(), &ingested.run).await.expect("its story");
    let says: Vec<_> = story.happened.iter().filter_map(|happened| happened.says.clone()).collect();
    assert!(
        says.iter().any(|says| says.contains("fake-model agreed (by itself the classifier was 0.50 sure)")),
        "{says:?}"
    );
}

#[tokio::test]
async fn without_agreement_the_classifiers_own_answer_stands() {
    let failing = saying("mfa_reset");
    failing.script.fail(SecondOpinionCall::Ask, PortError::transient("it took too long", None));
    for (asked, expected) in [
        (saying("suspend_account"), Consultation::OtherIntent { intent: intent("suspend_account") }),
        (Arc::new(FakeSecondOpinion::new()), Consultation::NothingAsked),
        (failing, Consultation::NoAnswer { why: "it took too long".to_owned() }),
    ] {
        let world = World::new().asking(asked.clone());
        let end = ended(&world, UNSURE).await;
        assert_eq!(end, (StateName::NoAction, Some(NoActionReason::BelowFloor), Some(expected)));
        assert_eq!(asked.script.calls(SecondOpinionCall::Ask), 1, "once");
        assert!(world.channel.cards().is_empty());
    }
}

#[tokio::test]
async fn what_is_sure_and_what_asks_for_nothing_is_nobody_elses_to_see() {
    for (description, state) in [
        ("my mfa is lost", StateName::AwaitingApproval),
        ("lunch", StateName::NoAction),
        ("coffee", StateName::NoAction),
    ] {
        let asked = saying("mfa_reset");
        let world = World::new().asking(asked.clone());
        let (ended, _, consulted) = ended(&world, description).await;
        assert_eq!((ended, consulted), (state, None), "{description}");
        assert_eq!(asked.script.calls(SecondOpinionCall::Ask), 0, "{description}");
    }
}

#[tokio::test]
async fn a_runbook_that_is_off_is_not_asked_about_and_one_in_shadow_is() {
    for (mode, calls, reason) in [(Mode::Off, 0, NoActionReason::BelowFloor), (Mode::Shadow, 1, NoActionReason::Shadow)]
    {
        let asked = saying("mfa_reset");
        let world = World::under(|rules| {
            rules.modes.insert(runbook_id("RB-002"), mode);
        });
        let world = world.asking(asked.clone());
        let (state, left_alone, _) = ended(&world, UNSURE).await;
        assert_eq!((state, left_alone), (StateName::NoAction, Some(reason)), "{mode}");
        assert_eq!(asked.script.calls(SecondOpinionCall::Ask), calls, "{mode}");
    }
}

#[tokio::test]
async fn somebody_who_asks_for_a_new_plan_is_not_second_guessed() {
    let asked = saying("suspend_account");
    let world = World::new().asking(asked.clone());
    let id = world.ask_for(UNSURE).await;
    let run = world.run(id).await;
    world.app.replan(run, None, Actor::Operator).await.expect("it is planned again");
    world.drive().await;
    assert_eq!(asked.script.calls(SecondOpinionCall::Ask), 1);
    assert_eq!(world.state(id).await, StateName::NoAction);
}

#[tokio::test]
async fn a_sent_text_that_was_sure_is_asked_about_where_the_fetched_one_is_not() {
    let asked = saying("mfa_reset");
    let world = World::new().asking(asked.clone());
    world.desk.put(ticket("4211", "Please help", UNSURE));
    let Taken::Run(ingested) = world.send(&body("4211", "Please help", "my mfa is lost")).await else {
        panic!("a run")
    };
    world.drive().await;
    assert_eq!(asked.script.calls(SecondOpinionCall::Ask), 1);
    assert_eq!(world.state(ingested.run).await, StateName::AwaitingApproval);
}

#[tokio::test]
async fn a_dry_run_asks_as_well_and_shows_it() {
    let asked = saying("mfa_reset");
    let world = World::new().asking(asked.clone());
    let text = TicketText {
        subject: "Please help".to_owned(),
        description: UNSURE.to_owned(),
        requester: Some("rob@acme.com".to_owned()),
    };
    let dry = world.app.dry_run(&org_id(), DryTicket::Words(text)).await.expect("it can be tried");
    assert!(dry.left_alone.is_none() && dry.plan.is_some());
    assert!(matches!(dry.classification.consulted.expect("asked").said, Consultation::Agreed { .. }));
    assert_eq!(asked.script.calls(SecondOpinionCall::Ask), 1);
}
