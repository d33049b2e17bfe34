//! Fake Okta: users, their lifecycle, factors, sessions and groups, as the Management API describes them.
//!
//! What the real service refuses is refused here with its status, `errorCode` and `errorCauses`. Facts come from
//! Okta's own API description (release 2026.06.3) and its page of error codes; where a wording is not published,
//! the code and status are, and a client must go by those.
//!
//! Deliberately absent: signing in, profile updates, deletion, branded mails, anything Countersign does not
//! call.

mod access;
mod directory;
mod filter;
mod groups;
mod lifecycle;
mod logs;
mod oauth;
mod paging;
mod refusal;
mod render;
mod scripted;
mod users;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{delete, get, post, put};
use http::HeaderValue;
use serde_json::Value;

use self::access::Rates;
use self::directory::Directory;
use self::oauth::Oauth;
use self::refusal::Refusal;
use crate::stamp::SECOND;
use crate::{NewUser, Now, Options};

type CreationHook = Arc<dyn Fn(NewUser) + Send + Sync>;

/// Okta's state.
pub(crate) struct State {
    now: Now,
    /// How far this vendor's clock is ahead of the sandbox's, in seconds.
    ahead: AtomicI64,
    token: Mutex<String>,
    oauth: Mutex<Oauth>,
    /// Calls that the credential has no role for, as `GET /api/v1/users`.
    denied: Mutex<BTreeSet<String>>,
    rates: Rates,
    directory: Mutex<Directory>,
    on_user_created: Mutex<Option<CreationHook>>,
    requests: AtomicU64,
}

impl State {
    /// The state a sandbox starts with: the seed's people and groups, the configured API token.
    pub(crate) fn seeded(options: &Options) -> Self {
        Self {
            now: Arc::clone(&options.now),
            ahead: AtomicI64::new(0),
            token: Mutex::new(options.credentials.okta_api_token.clone()),
            oauth: Mutex::new(Oauth::new(&options.credentials)),
            denied: Mutex::default(),
            rates: Rates::new(options.enforce_rate_limits),
            directory: Mutex::new(Directory::seeded(options.seed, (options.now)())),
            on_user_created: Mutex::new(None),
            requests: AtomicU64::new(0),
        }
    }

    /// What a person or a test looks at:
    /// - `users`: `id`, `login`, `name`, `status`, `factors` (`type/PROVIDER`), `sessions` (count), `groups` (names),
    ///   `roles`;
    /// - `groups`: `id`, `name`, `type`, `members` (logins);
    /// - `mails`: `to`, `subject`, `at`;
    /// - `events`: `at`, `type` (Okta's event type), `target` (login), `detail`: every change, oldest first.
    pub(crate) fn snapshot(&self) -> Value {
        render::snapshot(&self.directory())
    }

    /// A scripted change, from `POST /_control/okta`: an object whose `op` names it. See [`scripted::Command`].
    ///
    /// # Errors
    /// A sentence that says what is wrong with the command.
    pub(crate) fn apply(&self, command: Value) -> Result<Value, String> {
        scripted::apply(self, command)
    }

    /// Called after each user's first activation (that is when Okta provisions downstream), outside any lock.
    pub(crate) fn set_on_user_created(&self, hook: Box<dyn Fn(NewUser) + Send + Sync>) {
        *held(&self.on_user_created) = Some(Arc::from(hook));
    }

    fn now(&self) -> i64 {
        (self.now)() + self.ahead.load(Ordering::Relaxed) * SECOND
    }

    /// The date of this vendor's answers where its clock was set; else the server's own.
    fn own_date(&self) -> Option<HeaderValue> {
        let set = self.ahead.load(Ordering::Relaxed) != 0;
        let at = jiff::Timestamp::from_microsecond(self.now()).ok().filter(|_| set)?;
        HeaderValue::from_str(&at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()).ok()
    }

    fn directory(&self) -> MutexGuard<'_, Directory> {
        held(&self.directory)
    }

    fn announce(&self, user: Option<NewUser>) {
        let hook = held(&self.on_user_created).clone();
        if let (Some(user), Some(hook)) = (user, hook) {
            hook(user);
        }
    }

    fn next_request(&self) -> u64 {
        self.requests.fetch_add(1, Ordering::Relaxed)
    }
}

/// A panic in one request must not take the whole fake down: the state behind is plain data.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `/api/v1/...` and `/oauth2/v1/token`. Templates are those of Okta's description.
pub(crate) fn router(state: Arc<State>) -> Router {
    let lifecycle = lifecycle::OPERATIONS.into_iter().fold(Router::new(), |router, operation| {
        let path = format!("/api/v1/users/{{id}}/lifecycle/{}", operation.as_str());
        let perform = move |state, key, params, headers| lifecycle::perform(operation, state, key, params, headers);
        router.route(&path, post(perform))
    });
    Router::new()
        .route("/oauth2/v1/token", post(oauth::issue))
        .route("/api/v1/users", get(users::list).post(users::create))
        .route("/api/v1/users/me", get(users::me))
        .route("/api/v1/users/{id}", get(users::get))
        .route("/api/v1/users/{id}/groups", get(users::groups))
        .route("/api/v1/users/{id}/blocks", get(users::blocks))
        .route("/api/v1/users/{userId}/roles", get(users::roles))
        .route("/api/v1/users/{userId}/factors", get(users::factors))
        .route("/api/v1/users/{userId}/factors/{factorId}", get(users::factor).delete(users::unenroll))
        .route("/api/v1/users/{userId}/sessions", delete(users::clear_sessions))
        .merge(lifecycle)
        .route("/api/v1/groups", get(groups::list))
        .route("/api/v1/groups/{groupId}", get(groups::get))
        .route("/api/v1/groups/{groupId}/roles", get(groups::roles))
        .route("/api/v1/groups/{groupId}/users", get(groups::members))
        .route("/api/v1/groups/{groupId}/users/{userId}", put(groups::add).delete(groups::remove))
        .route("/api/v1/logs", get(logs::list))
        .fallback(|| async { Refusal::no_such_path() })
        .method_not_allowed_fallback(|| async { Refusal::method_not_allowed() })
        .layer(from_fn_with_state(Arc::clone(&state), access::guard))
        .with_state(state)
}
