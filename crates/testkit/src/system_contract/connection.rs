//! The connection: checks and a credential that is refused.

use super::{LOGIN, SystemStage, by_mail, find, planned};
use crate::contract::{is_refused, is_well, unauthorized};

/// For each action, for all of them and for none.
pub async fn a_check_says_who_we_are_and_writes_nothing<S: SystemStage>(fresh: impl AsyncFn() -> S) {
    let stage = fresh().await;
    let actions = stage.system().actions();
    is_well(&stage.system().check(&[], stage.now()).await);
    is_well(&stage.system().check(actions, stage.now()).await);
    for action in actions {
        is_well(&stage.system().check(&[*action], stage.now()).await);
    }
    assert_eq!(stage.writes(), 0);
}

/// An administrator must act, whatever was tried; above all nobody is taken for missing or unprotected.
pub async fn a_refused_credential_is_unauthorized_everywhere<S: SystemStage>(fresh: impl AsyncFn() -> S) {
    let actions = fresh().await.system().actions();
    for action in actions {
        let stage = fresh().await;
        let (ask, step) = planned(&stage, *action).await;
        stage.refuse();
        unauthorized(&format!("prepare {action}"), stage.system().prepare(&ask).await);
        unauthorized(&format!("observe {action}"), stage.system().observe(&step, None, false).await);
        unauthorized(&format!("perform {action}"), stage.system().perform(&step, None).await);
    }
    let stage = fresh().await;
    stage.add("Mara", "Lind", LOGIN);
    let mara = find(&stage, LOGIN).await;
    stage.refuse();
    unauthorized("resolve", stage.system().resolve(&by_mail(LOGIN)).await);
    unauthorized("standing", stage.system().standing(&mara).await);
    is_refused(&stage.system().check(&[], stage.now()).await);
    is_refused(&stage.system().check(actions, stage.now()).await);
}
