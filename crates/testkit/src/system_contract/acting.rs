//! Acting: the world is read right before each step, and a step is one write.

use countersign_domain::{
    plan::{BlockCode, EffectClass},
    ports::{Observed, PortErrorKind, SubjectOfAsk},
    runbook::ActionKind,
};

use super::{
    LOGIN, NEW, SystemStage, Wanted, ask, blocked, can, find, is_done, is_drifted, login_of, nina, observe, only_step,
    planned,
};
use crate::contract::kind;

/// What puts a state is seen to be done; what was sent once is not ready to be sent again, unless nothing could be seen
/// of it and a repetition is harmless.
pub async fn a_step_is_ready_then_done_by_one_write<S: SystemStage>(fresh: impl AsyncFn() -> S) {
    let stage = fresh().await;
    let (actions, unseen) = (stage.system().actions(), stage.capabilities().unseen);
    for action in actions {
        let stage = fresh().await;
        let (_, step) = planned(&stage, *action).await;
        assert_eq!(observe(&stage, &step, false).await, Observed::Ready, "{action}");
        let done = stage.system().perform(&step, None).await.unwrap_or_else(|error| panic!("{action}: {error}"));
        assert!(!done.says.trim().is_empty(), "{action}");
        assert_eq!(done.created.is_some(), *action == ActionKind::CreateUser, "{action}: {done:?}");
        assert_eq!(stage.writes(), 1, "{action}");
        let after = observe(&stage, &step, false).await;
        if unseen.contains(action) {
            assert_eq!((after, step.action.class()), (Observed::Ready, EffectClass::Idempotent), "{action}");
            continue;
        }
        assert!(is_done(&observe(&stage, &step, true).await), "{action}");
        assert!(is_done(&after) || (step.action.class() == EffectClass::ReadBack && is_drifted(&after)), "{after:?}");
        assert_eq!(stage.writes(), 1, "{action}");
    }
}

/// Somebody else was there between plan and step: nothing may be sent.
pub async fn a_change_of_what_was_planned_on_is_drifted<S: SystemStage>(fresh: impl AsyncFn() -> S) {
    let stage = fresh().await;
    let (actions, undisturbed) = (stage.system().actions(), stage.capabilities().undisturbed);
    for action in actions.iter().filter(|action| !undisturbed.contains(action)) {
        let stage = fresh().await;
        let (_, step) = planned(&stage, *action).await;
        stage.disturb(step.action.kind(), login_of(&step));
        let observed = observe(&stage, &step, false).await;
        assert!(is_drifted(&observed), "{action}: {observed:?}");
        assert_eq!(stage.writes(), 0, "{action}");
    }
}

/// At the reading before the step, and at the step itself.
pub async fn whoever_vanished_is_drifted_and_refused_for_good<S: SystemStage>(fresh: impl AsyncFn() -> S) {
    let actions = fresh().await.system().actions();
    for action in actions.iter().filter(|action| **action != ActionKind::CreateUser) {
        let stage = fresh().await;
        let (_, step) = planned(&stage, *action).await;
        stage.remove(LOGIN);
        for ambiguous in [false, true] {
            let observed = observe(&stage, &step, ambiguous).await;
            assert!(is_drifted(&observed), "{action}: {observed:?}");
        }
        let performed = stage.system().perform(&step, None).await;
        assert_eq!(kind(performed), Some(PortErrorKind::Permanent), "{action}");
    }
}

/// The second time is taken or refused for good, and leaves everything as the first did.
pub async fn a_state_put_twice_is_put_once<S: SystemStage>(fresh: impl AsyncFn() -> S) {
    let actions = fresh().await.system().actions();
    for action in actions {
        let stage = fresh().await;
        let (_, step) = planned(&stage, *action).await;
        if step.action.class() != EffectClass::Idempotent {
            continue;
        }
        stage.system().perform(&step, None).await.unwrap_or_else(|error| panic!("{action}: {error}"));
        let (once, seen) = (stage.state(LOGIN), observe(&stage, &step, false).await);
        let again = kind(stage.system().perform(&step, None).await);
        assert!(matches!(again, None | Some(PortErrorKind::Permanent)), "{action}: {again:?}");
        assert_eq!((stage.state(LOGIN), observe(&stage, &step, false).await), (once, seen), "{action}");
    }
}

/// Somebody whom another system creates is looked for by login, and nothing is sent before they are there.
pub async fn somebody_awaited_is_waited_for<S: SystemStage>(fresh: impl AsyncFn() -> S) {
    let stage = fresh().await;
    if !can(&stage, ActionKind::AddToGroup) {
        return;
    }
    stage.add("Mara", "Lind", LOGIN);
    let wanted = stage.arrange(ActionKind::AddToGroup, LOGIN);
    let awaited = SubjectOfAsk::Awaited { login: nina().login };
    let prepared = stage.system().prepare(&ask(ActionKind::AddToGroup, awaited, wanted)).await.expect("prepares");
    let step = only_step(prepared);
    for ambiguous in [false, true] {
        let observed = observe(&stage, &step, ambiguous).await;
        assert!(matches!(&observed, Observed::NotYet(says) if !says.is_empty()), "{observed:?}");
    }
    assert!(stage.system().perform(&step, None).await.is_err());
    assert_eq!(stage.writes(), 0);
    stage.add("Nina", "Vogel", NEW);
    assert_eq!(observe(&stage, &step, false).await, Observed::Ready);
    stage.system().perform(&step, None).await.expect("performs");
    assert!(is_done(&observe(&stage, &step, true).await));
}

/// By the id that the creating step gave.
pub async fn whoever_a_step_creates_is_the_next_ones_person<S: SystemStage>(fresh: impl AsyncFn() -> S) {
    let stage = fresh().await;
    if !can(&stage, ActionKind::CreateUser) {
        return;
    }
    let (_, create) = planned(&stage, ActionKind::CreateUser).await;
    stage.add("Mara", "Lind", LOGIN);
    let wanted = stage.arrange(ActionKind::AddToGroup, LOGIN);
    let created = SubjectOfAsk::CreatedBy { step: 0, login: nina().login };
    let prepared = stage.system().prepare(&ask(ActionKind::AddToGroup, created, wanted)).await.expect("prepares");
    let join = only_step(prepared);
    assert!(is_drifted(&observe(&stage, &join, false).await), "nobody is there yet");
    let id = stage.system().perform(&create, None).await.expect("performs").created.expect("an id");
    assert_eq!(find(&stage, NEW).await.id, id);
    assert_eq!(stage.system().observe(&join, Some(&id), false).await, Ok(Observed::Ready));
    stage.system().perform(&join, Some(&id)).await.expect("performs");
    assert!(is_done(&stage.system().observe(&join, Some(&id), true).await.expect("observes")));
    let again = ask(ActionKind::CreateUser, SubjectOfAsk::New(nina()), Wanted::default());
    assert_eq!(blocked(&stage.system().prepare(&again).await.expect("prepares")), BlockCode::AlreadyExists);
}
