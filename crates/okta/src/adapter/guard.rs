//! The guard of a step: what was read of the world when it was planned, as `key=value` joined with `;`.
//!
//! Values are Okta's own words and ids, which hold neither separator; what is compared is compared as a whole.

use crate::client::{Factor, User, UserStatus};

/// What was read of a user, for steps that depend on the status.
pub(super) fn of_status(user: &User) -> String {
    let since = user.status_changed.as_deref().unwrap_or_default();
    format!("status={};since={since}", user.status.as_str())
}

/// What was read of a user and their factors.
pub(super) fn of_factors(user: &User, factors: &[Factor]) -> String {
    format!("status={};factors={}", user.status.as_str(), factor_ids(factors).join(","))
}

/// What was read of a membership.
pub(super) fn of_membership(member: bool) -> String {
    format!("member={member}")
}

/// That nobody had the login.
pub(super) const LOGIN_FREE: &str = "login=free";

/// That the user was there at all.
pub(super) const PRESENT: &str = "user=present";

/// The value of a key; empty where the guard has none.
pub(super) fn value<'a>(guard: &'a str, key: &str) -> &'a str {
    guard
        .split(';')
        .find_map(|pair| pair.split_once('=').filter(|(found, _)| *found == key))
        .map(|(_, value)| value)
        .unwrap_or_default()
}

/// The status that the guard has.
pub(super) fn status(guard: &str) -> UserStatus {
    UserStatus::from(value(guard, "status").to_owned())
}

/// The enrolments that the guard has.
pub(super) fn factors(guard: &str) -> Vec<&str> {
    value(guard, "factors").split(',').filter(|id| !id.is_empty()).collect()
}

/// The enrolments' ids, sorted.
pub(super) fn factor_ids(factors: &[Factor]) -> Vec<&str> {
    let mut ids: Vec<_> = factors.iter().map(|factor| factor.id.as_str()).collect();
    ids.sort_unstable();
    ids
}
