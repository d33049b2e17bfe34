//! The connection: checks and a credential that is refused.

use super::{DeskStage, lines, raised, run};
use crate::contract::{is_refused, is_well, unauthorized};

/// A check reads; whatever is wrong with the connection, it answers.
pub async fn a_check_says_who_we_are_and_writes_nothing(stage: &impl DeskStage) {
    is_well(&stage.desk().check(stage.now()).await);
    assert_eq!(stage.writes(), 0);
}

/// An administrator must act, whatever was tried; above all nothing is taken for missing.
pub async fn a_refused_credential_is_unauthorized_everywhere(stage: &impl DeskStage) {
    let id = raised(stage).await;
    let posted = stage.desk().post_note(&id, &lines(1)).await.expect("posts");
    stage.refuse();
    unauthorized("fetch", stage.desk().fetch(&id).await);
    unauthorized("find_note", stage.desk().find_note(&id, &run(1)).await);
    unauthorized("post_note", stage.desk().post_note(&id, &lines(2)).await);
    unauthorized("edit_note", stage.desk().edit_note(&posted, &lines(2)).await);
    is_refused(&stage.desk().check(stage.now()).await);
    assert_eq!(stage.notes(&id).len(), 1);
}
