//! Fake Microsoft Graph: token endpoint, users, licences, groups, risk and sign-ins of one Entra tenant.
//!
//! What the service refuses is refused here with its status, code and message: a missing or expired token, a missing
//! application permission, a query that is "advanced" without saying so, a licence without a usage location or a free
//! unit, a group whose members cannot be set. The costliest quirk is played in full: `DELETE
//! /groups/{id}/members/{id}` without `/$ref` deletes the *user*, and [`State::snapshot`] lists who was lost so.
//!
//! Deliberately absent: delegated permissions, signed tokens, change notifications, batches, anything Countersign
//! does not call.

mod access;
mod collection;
mod data;
mod filter;
mod groups;
mod licences;
mod refusal;
mod render;
mod risk;
mod scripted;
mod tenant;
mod token;
mod users;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{delete, get, post};
use serde_json::Value;

use self::access::{Application, Grant, Throttle};
use self::refusal::Refusal;
use self::tenant::Tenant;
use crate::{NewUser, Now, Options};

/// Graph's state.
pub(crate) struct State {
    now: Now,
    application: Mutex<Application>,
    grants: Mutex<HashMap<String, Grant>>,
    throttle: Throttle,
    tenant: Mutex<Tenant>,
    requests: AtomicU64,
}

impl State {
    /// The state a sandbox starts with: the seed's people, groups and subscriptions, a tenant licensed for Entra ID P2,
    /// and one application with the permissions that the shipped runbooks need, and no other.
    pub(crate) fn seeded(options: &Options) -> Self {
        Self {
            now: Arc::clone(&options.now),
            application: Mutex::new(Application::new(&options.credentials)),
            grants: Mutex::new(HashMap::new()),
            throttle: Throttle::new(options.enforce_rate_limits),
            tenant: Mutex::new(Tenant::seeded(options, (options.now)())),
            requests: AtomicU64::new(0),
        }
    }

    /// What a person or a test looks at:
    /// - `users`: `id`, `login` (the UPN), `name`, `enabled`, `usage_location`, `licences` (part numbers), `groups`
    ///   (names), `risk` (`state/level` or null), `roles`, `sessions_revoked` (count);
    /// - `groups`: `id`, `name`, `kind`, `members` (logins), `subgroups` (names), `roles`;
    /// - `skus`: `id`, `part_number`, `enabled`, `consumed`, `free`;
    /// - `waiting`: logins that provisioning has sent and nobody can see yet;
    /// - `deleted_users`: `id`, `login`, `via`, `at`: users deleted through the API;
    /// - `p1_licence`, `p2_licence`;
    /// - `events`: `at`, `type`, `target` (login), `detail`: every change, oldest first.
    pub(crate) fn snapshot(&self) -> Value {
        render::snapshot(&self.tenant())
    }

    /// A scripted change, from `POST /_control/graph`: an object whose `op` names it. See [`scripted::Command`].
    ///
    /// # Errors
    /// A sentence that says what is wrong with the command.
    pub(crate) fn apply(&self, command: Value) -> Result<Value, String> {
        scripted::apply(self, command)
    }

    /// Provisioning from Okta: the user appears according to [`Options::sync_after`]. Somebody who is already known by
    /// that name stays as they are.
    pub(crate) fn sync_user(&self, user: NewUser) {
        let now = self.now();
        self.tenant().receive(user, now);
    }

    fn now(&self) -> i64 {
        (self.now)()
    }

    fn tenant(&self) -> MutexGuard<'_, Tenant> {
        held(&self.tenant)
    }

    fn next_request(&self) -> u64 {
        self.requests.fetch_add(1, Ordering::Relaxed)
    }
}

/// A panic in one request must not take the whole fake down: the state behind is plain data.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `/v1.0/...` and `/{tenant}/oauth2/v2.0/token`
pub(crate) fn router(state: Arc<State>) -> Router {
    let reference = || post(groups::add_member);
    let membership = || delete(groups::remove_member);
    let guarded = Router::new()
        .route("/v1.0/organization", get(licences::organization))
        .route("/v1.0/subscribedSkus", get(licences::subscribed_skus))
        .route("/v1.0/users", get(users::list))
        .route("/v1.0/users/{user}", get(users::get).patch(users::patch))
        .route("/v1.0/users/{user}/licenseDetails", get(licences::details))
        .route("/v1.0/users/{user}/assignLicense", post(licences::assign))
        .route("/v1.0/users/{user}/revokeSignInSessions", post(users::revoke_sessions))
        .route("/v1.0/users/{user}/memberOf", get(groups::of_user))
        .route("/v1.0/users/{user}/transitiveMemberOf", get(groups::transitively_of_user))
        .route("/v1.0/groups", get(groups::list))
        .route("/v1.0/groups/{group}", get(groups::get))
        .route("/v1.0/groups/{group}/memberOf", get(groups::of_group))
        .route("/v1.0/groups/{group}/members", get(groups::members))
        // A client may write `$` as it is or percent-encoded.
        .route("/v1.0/groups/{group}/members/$ref", reference())
        .route("/v1.0/groups/{group}/members/%24ref", reference())
        .route("/v1.0/groups/{group}/members/{member}", delete(groups::delete_user_by_mistake))
        .route("/v1.0/groups/{group}/members/{member}/$ref", membership())
        .route("/v1.0/groups/{group}/members/{member}/%24ref", membership())
        .route("/v1.0/identityProtection/riskyUsers", get(risk::list))
        .route("/v1.0/identityProtection/riskyUsers/{user}", get(risk::get))
        .route("/v1.0/identityProtection/riskyUsers/dismiss", post(risk::dismiss))
        .route("/v1.0/identityProtection/riskyUsers/confirmCompromised", post(risk::confirm_compromised))
        .route("/v1.0/auditLogs/signIns", get(risk::sign_ins))
        .fallback(|| async { Refusal::no_such_segment() })
        .method_not_allowed_fallback(|| async { Refusal::method_not_allowed() })
        .layer(from_fn_with_state(Arc::clone(&state), access::guard));
    Router::new().route("/{tenant}/oauth2/v2.0/token", post(token::issue)).merge(guarded).with_state(state)
}
