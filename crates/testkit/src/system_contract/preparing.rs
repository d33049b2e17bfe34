//! Preparing: by reading only, and what stands in the way is said.

use countersign_domain::{
    plan::{BlockCode, EffectClass},
    ports::{Observed, StepAsk, SubjectOfAsk},
    runbook::ActionKind,
};

use super::{
    LOGIN, SystemStage, Wanted, arranged, ask, blocked, can, find, is_drifted, nina, observe, only_step, planned,
};
use crate::builders;

/// Looking, preparing, observing and asking what protects somebody.
pub async fn reading_writes_nothing<S: SystemStage>(fresh: impl AsyncFn() -> S) {
    let actions = fresh().await.system().actions();
    for action in actions {
        let stage = fresh().await;
        let (_, step) = planned(&stage, *action).await;
        stage.add("Kit", "Moss", "kit.moss@acme.com");
        let before = stage.state(LOGIN);
        for ambiguous in [false, true] {
            observe(&stage, &step, ambiguous).await;
        }
        stage.system().standing(&find(&stage, "kit.moss@acme.com").await).await.expect("reads");
        assert_eq!((stage.writes(), stage.state(LOGIN)), (0, before), "{action}");
    }
}

/// A runbook that names the wrong system is told so at the plan.
pub async fn an_action_of_another_system_is_blocked<S: SystemStage>(fresh: impl AsyncFn() -> S) {
    let stage = fresh().await;
    stage.add("Mara", "Lind", LOGIN);
    let mara = find(&stage, LOGIN).await;
    for action in ActionKind::ALL.into_iter().filter(|action| !stage.system().actions().contains(action)) {
        let new = action == ActionKind::CreateUser;
        let subject = if new { SubjectOfAsk::New(nina()) } else { SubjectOfAsk::Known(mara.clone()) };
        let wanted = Wanted { group: Some("Engineering".to_owned()), license: Some("Office".to_owned()) };
        let prepared = stage.system().prepare(&ask(action, subject, wanted)).await.expect("prepares");
        assert_eq!(blocked(&prepared), BlockCode::NotPossible, "{action}");
    }
    assert_eq!(stage.writes(), 0);
}

/// Between looking somebody up and planning for them.
pub async fn somebody_who_has_vanished_is_blocked<S: SystemStage>(fresh: impl AsyncFn() -> S) {
    let actions = fresh().await.system().actions();
    for action in actions.iter().filter(|action| **action != ActionKind::CreateUser) {
        let stage = fresh().await;
        let ask = arranged(&stage, *action).await;
        stage.remove(LOGIN);
        let prepared = stage.system().prepare(&ask).await.expect("prepares");
        assert_eq!(blocked(&prepared), BlockCode::UnknownTarget, "{action}");
    }
}

/// Nothing is guessed, and nothing is left out in silence.
pub async fn what_is_unknown_or_not_named_is_blocked<S: SystemStage>(fresh: impl AsyncFn() -> S) {
    let cases = [
        (ActionKind::AddToGroup, BlockCode::UnknownGroup),
        (ActionKind::RemoveFromGroup, BlockCode::UnknownGroup),
        (ActionKind::AssignLicense, BlockCode::UnknownLicense),
    ];
    let actions = fresh().await.system().actions();
    for (action, unknown) in cases.into_iter().filter(|(action, _)| actions.contains(action)) {
        let stage = fresh().await;
        let asked = arranged(&stage, action).await;
        let named = |name: Option<&str>| StepAsk {
            groups: name.into_iter().map(str::to_owned).collect(),
            license: name.map(str::to_owned),
            ..asked.clone()
        };
        for (ask, code) in [(named(Some("No Such Thing")), unknown), (named(None), BlockCode::MissingParameter)] {
            let prepared = stage.system().prepare(&ask).await.expect("prepares");
            assert_eq!(blocked(&prepared), code, "{action}");
        }
    }
}

/// Whatever case the ticket writes it in.
pub async fn a_login_that_is_taken_is_blocked<S: SystemStage>(fresh: impl AsyncFn() -> S) {
    let stage = fresh().await;
    if !can(&stage, ActionKind::CreateUser) {
        return;
    }
    stage.add("Mara", "Lind", "Mara.Lind@acme.com");
    let taken = SubjectOfAsk::New(builders::new_user("Mara", "Lind", LOGIN));
    let prepared = stage.system().prepare(&ask(ActionKind::CreateUser, taken, Wanted::default())).await;
    assert_eq!(blocked(&prepared.expect("prepares")), BlockCode::AlreadyExists);
}

/// A remark says so; where the system was asked what is wrong, it may say instead that nothing is.
pub async fn what_is_so_already_leads_to_no_step<S: SystemStage>(fresh: impl AsyncFn() -> S) {
    let stage = fresh().await;
    let (actions, unseen) = (stage.system().actions(), stage.capabilities().unseen);
    for action in actions.iter().filter(|action| !unseen.contains(action)) {
        let stage = fresh().await;
        let (asked, step) = planned(&stage, *action).await;
        if step.action.class() != EffectClass::Idempotent {
            continue;
        }
        stage.system().perform(&step, None).await.expect("performs");
        let again = stage.system().prepare(&asked).await.expect("prepares");
        assert!(again.steps.is_empty(), "{action}: {again:#?}");
        match again.blockers.as_slice() {
            [] => assert_eq!(again.remarks.len(), 1, "{action}: {again:#?}"),
            [only] => {
                assert_eq!((*action, only.code), (ActionKind::RestoreSignIn, BlockCode::NothingToDo), "{again:#?}");
            }
            _ => panic!("{action}: {again:#?}"),
        }
    }
}

/// So that protecting the outer group protects the inner one, by the outer one's name; and nothing is sent where that
/// changed since the plan was made.
pub async fn a_group_within_another_says_so<S: SystemStage>(fresh: impl AsyncFn() -> S) {
    let groups = [ActionKind::AddToGroup, ActionKind::RemoveFromGroup];
    let actions = fresh().await.system().actions();
    for action in groups.into_iter().filter(|action| actions.contains(action)) {
        let stage = fresh().await;
        let asked = arranged(&stage, action).await;
        let prepared = stage.system().prepare(&asked).await.expect("prepares");
        assert!(prepared.steps.iter().all(|step| step.within.is_empty()), "{action}: {prepared:#?}");
        let before = only_step(prepared);
        let Some(outer) = stage.nest(&asked.groups[0]) else {
            println!("LEFT OUT: groups of {} hold no groups", stage.system().kind());
            continue;
        };
        assert!(is_drifted(&observe(&stage, &before, false).await), "{action}");
        let prepared = stage.system().prepare(&asked).await.expect("prepares");
        assert_eq!(prepared.steps[0].within, [outer], "{action}");
        assert_eq!(observe(&stage, &only_step(prepared), false).await, Observed::Ready, "{action}");
    }
}
