//! Fake Okta: users, their lifecycle, factors, sessions and groups, as the Management API describes them.
//!
//! What the real service refuses is refused here with its status, `errorCode` and `errorCauses`. Facts come from
//! Okta's own API description (release 2026.06.3) and its page of error codes; where a wording is not published,
//! the code and status are, and a client must go by those.
//!
//! Deliberately absent: OAuth for this API, profile updates, deletion, branded mails, anything Countersign does not
//! call.

mod access;
mod directory;
mod filter;
mod groups;
mod lifecycle;
mod logs;
mod paging;
mod refusal;
mod render;
mod scripted;
mod users;

#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{delete, get, post, put};
use serde_json::Value;

use self::access::Rates;
use self::directory::Directory;
use self::refusal::Refusal;
use crate::{NewUser, Now, Options};

type CreationHook = Arc<dyn Fn(NewUser) + Send + Sync>;

/// Okta's state.
pub(crate) struct State {
    now: Now,
    token: Mutex<String>,
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
            token: Mutex::new(options.credentials.okta_api_token.clone()),
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
        (self.now)()
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

/// `/api/v1/...`
pub(crate) fn router(state: Arc<State>) -> Router {
    Router::new()
        .route("/api/v1/users", get(users::list).post(users::create))
        .route("/api/v1/users/{user}", get(users::get))
        .route("/api/v1/users/{user}/groups", get(users::groups))
        .route("/api/v1/users/{user}/roles", get(users::roles))
        .route("/api/v1/users/{user}/factors", get(users::factors))
        .route("/api/v1/users/{user}/factors/{factor}", get(users::factor).delete(users::unenroll))
        .route("/api/v1/users/{user}/sessions", delete(users::clear_sessions))
        .route("/api/v1/users/{user}/lifecycle/{operation}", post(lifecycle::perform))
        .route("/api/v1/groups", get(groups::list))
        .route("/api/v1/groups/{group}", get(groups::get))
        .route("/api/v1/groups/{group}/users", get(groups::members))
        .route("/api/v1/groups/{group}/users/{user}", put(groups::add).delete(groups::remove))
        .route("/api/v1/logs", get(logs::list))
        .fallback(|| async { Refusal::no_such_path() })
        .method_not_allowed_fallback(|| async { Refusal::method_not_allowed() })
        .layer(from_fn_with_state(Arc::clone(&state), access::guard))
        .with_state(state)
}
