//! Standing: what protects somebody, by the names that a configuration uses.

use super::{LOGIN, SystemStage, find};

/// But for the groups that everybody is in.
pub async fn a_plain_user_is_protected_by_nothing<S: SystemStage>(fresh: impl AsyncFn() -> S) {
    let stage = fresh().await;
    stage.add("Mara", "Lind", LOGIN);
    let standing = stage.system().standing(&find(&stage, LOGIN).await).await.expect("reads");
    assert!(standing.admin_roles.is_empty(), "{standing:?}");
    assert_eq!(standing.groups, stage.capabilities().everybody);
}

/// And nobody else has it.
pub async fn an_administrator_has_the_roles_name<S: SystemStage>(fresh: impl AsyncFn() -> S) {
    let stage = fresh().await;
    stage.add("Mara", "Lind", LOGIN);
    stage.add("Kit", "Moss", "kit.moss@acme.com");
    let role = stage.promote(LOGIN);
    let standing = stage.system().standing(&find(&stage, LOGIN).await).await.expect("reads");
    assert_eq!(standing.admin_roles, [role]);
    let other = stage.system().standing(&find(&stage, "kit.moss@acme.com").await).await.expect("reads");
    assert!(other.admin_roles.is_empty(), "{other:?}");
}

/// So that a group can be protected.
pub async fn a_member_has_the_groups_name<S: SystemStage>(fresh: impl AsyncFn() -> S) {
    let stage = fresh().await;
    stage.add("Mara", "Lind", LOGIN);
    let group = stage.join(LOGIN);
    let standing = stage.system().standing(&find(&stage, LOGIN).await).await.expect("reads");
    assert!(standing.groups.contains(&group) && standing.admin_roles.is_empty(), "{standing:?}");
}

/// What cannot be read is an error.
pub async fn an_unknown_user_is_never_taken_for_unprotected<S: SystemStage>(fresh: impl AsyncFn() -> S) {
    let stage = fresh().await;
    stage.add("Mara", "Lind", LOGIN);
    let mara = find(&stage, LOGIN).await;
    stage.remove(LOGIN);
    let error = stage.system().standing(&mara).await.expect_err("nobody is there");
    assert!(!error.retryable(), "{error:?}");
}
