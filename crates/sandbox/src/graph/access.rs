//! Who may call: the application, its tokens and permissions, the throttle, and what every answer carries.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use axum::extract::{Request, State as Shared};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, header};

use super::refusal::Refusal;
use super::{State, held};
use crate::options::Credentials;
use crate::stamp::SECOND;
use crate::window::{Admission, Window};

/// What Graph's identity service allows a small tenant in ten seconds.
const PER_TEN_SECONDS: u32 = 3500;
const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("client-request-id");

/// The permissions (app roles) that the sandbox's application has been granted: what the shipped runbooks need, and no
/// other. The Graph adapter's tests hold this against the calls that are made.
pub(super) const GRANTED: [&str; 9] = [
    "AuditLog.Read.All",
    "GroupMember.ReadWrite.All",
    "IdentityRiskyUser.ReadWrite.All",
    "LicenseAssignment.Read.All",
    "LicenseAssignment.ReadWrite.All",
    "RoleManagement.Read.Directory",
    "User.EnableDisableAccount.All",
    "User.Read.All",
    "User.ReadUpdate.All",
];

// Who may do what: the permissions tables of Microsoft's reference, one page a call.

/// One of these is needed to read users.
pub(super) const READ_USERS: &[&str] =
    &["User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"];
/// One of these is needed to change users, but for what has a permission of its own.
pub(super) const UPDATE_USERS: &[&str] = &["User.ReadUpdate.All", "User.ReadWrite.All", "Directory.ReadWrite.All"];
/// One of these is needed to enable and disable accounts, and one to read users besides.
pub(super) const SWITCH_ACCOUNTS: &[&str] =
    &["User.EnableDisableAccount.All", "User.ReadWrite.All", "Directory.ReadWrite.All"];
/// One of these is needed to delete users.
pub(super) const DELETE_USERS: &[&str] = &["User.DeleteRestore.All", "User.ReadWrite.All"];
/// Needed to end sessions; Microsoft names no higher permission that would do.
pub(super) const REVOKE_SESSIONS: &[&str] = &["User.RevokeSessions.All"];
/// One of these is needed to assign licences.
pub(super) const ASSIGN_LICENCES: &[&str] =
    &["LicenseAssignment.ReadWrite.All", "User.ReadWrite.All", "Directory.ReadWrite.All"];
/// One of these is needed to read the organisation.
pub(super) const READ_ORGANISATION: &[&str] =
    &["Organization.Read.All", "Organization.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"];
/// One of these is needed to read the organisation's subscriptions.
pub(super) const READ_SUBSCRIPTIONS: &[&str] = &[
    "LicenseAssignment.Read.All",
    "Organization.Read.All",
    "Organization.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
];
/// One of these is needed to see more of a directory role than that there is one.
pub(super) const READ_ROLES: &[&str] = &[
    "RoleManagement.Read.Directory",
    "RoleManagement.ReadWrite.Directory",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
];
/// One of these is needed to read groups and their members.
pub(super) const READ_GROUPS: &[&str] = &[
    "GroupMember.Read.All",
    "GroupMember.ReadWrite.All",
    "Group.Read.All",
    "Group.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
];
/// One of these is needed to change a group's members.
pub(super) const WRITE_MEMBERS: &[&str] =
    &["GroupMember.ReadWrite.All", "Group.ReadWrite.All", "Directory.ReadWrite.All"];
/// Needed besides, where a group is assignable to roles.
pub(super) const WRITE_ROLES: &[&str] = &["RoleManagement.ReadWrite.Directory"];
/// One of these is needed to read risky users.
pub(super) const READ_RISK: &[&str] = &["IdentityRiskyUser.Read.All", "IdentityRiskyUser.ReadWrite.All"];
/// Needed to dismiss or confirm a risk.
pub(super) const WRITE_RISK: &[&str] = &["IdentityRiskyUser.ReadWrite.All"];
/// Needed to read the sign-in log.
pub(super) const READ_AUDIT: &[&str] = &["AuditLog.Read.All"];

/// The one application registered in the tenant.
pub(super) struct Application {
    pub(super) tenant_id: String,
    pub(super) client_id: String,
    pub(super) client_secret: String,
    /// Whether the secret is past its end.
    pub(super) secret_expired: bool,
    pub(super) permissions: Arc<[String]>,
}

impl Application {
    pub(super) fn new(credentials: &Credentials) -> Self {
        Self {
            tenant_id: credentials.entra_tenant_id.clone(),
            client_id: credentials.entra_client_id.clone(),
            client_secret: credentials.entra_client_secret.clone(),
            secret_expired: false,
            permissions: GRANTED.iter().map(|permission| (*permission).to_owned()).collect(),
        }
    }
}

/// What a token stands for: permissions are those at the time it was issued.
#[derive(Clone)]
pub(super) struct Grant {
    /// Unix microseconds.
    pub(super) expires: i64,
    pub(super) permissions: Arc<[String]>,
}

/// The caller of one request.
#[derive(Clone)]
pub(super) struct Caller {
    permissions: Arc<[String]>,
}

impl Caller {
    /// Passes where the caller has at least one of the permissions.
    pub(super) fn needs(&self, one_of: &[&str]) -> Result<(), Refusal> {
        if self.may(one_of) { Ok(()) } else { Err(Refusal::insufficient_privileges()) }
    }

    /// Whether the caller has at least one of the permissions.
    pub(super) fn may(&self, one_of: &[&str]) -> bool {
        self.permissions.iter().any(|granted| one_of.contains(&granted.as_str()))
    }
}

/// The throttle of one application in one tenant.
pub(super) struct Throttle {
    enforced: AtomicBool,
    window: Mutex<Window>,
}

impl Throttle {
    pub(super) fn new(enforced: bool) -> Self {
        Self { enforced: AtomicBool::new(enforced), window: Mutex::new(Window::new(PER_TEN_SECONDS, 10 * SECOND)) }
    }

    /// Another limit and switch; what was used is forgotten.
    pub(super) fn set(&self, per_ten_seconds: Option<u32>, enforced: Option<bool>) {
        *held(&self.window) = Window::new(per_ten_seconds.unwrap_or(PER_TEN_SECONDS), 10 * SECOND);
        if let Some(enforced) = enforced {
            self.enforced.store(enforced, Ordering::Relaxed);
        }
    }

    /// Seconds to wait, where the request is one too many.
    fn take(&self, now: i64) -> Option<i64> {
        if !self.enforced.load(Ordering::Relaxed) {
            return None;
        }
        match held(&self.window).take(now, 1) {
            Admission::Admitted { .. } => None,
            Admission::Refused { retry_after } => Some(retry_after),
        }
    }
}

fn authenticate(state: &State, headers: &HeaderMap, now: i64) -> Result<Caller, Refusal> {
    let header = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = header
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("Bearer"))
        .map(|(_, token)| token.trim())
        .ok_or_else(|| Refusal::unauthenticated("Access token is empty."))?;
    let grant = held(&state.grants).get(token).cloned();
    let grant = grant.ok_or_else(|| Refusal::unauthenticated("Signature is invalid."))?;
    if now >= grant.expires {
        return Err(Refusal::unauthenticated("Lifetime validation failed, the token is expired."));
    }
    Ok(Caller { permissions: grant.permissions })
}

/// Lets a request through, or refuses it, and finishes every answer.
pub(super) async fn guard(Shared(state): Shared<Arc<State>>, mut request: Request, next: Next) -> Response {
    let now = state.now();
    let id = format!("00000000-0000-4000-8000-{:0>12x}", state.next_request());
    let mut response = match authenticate(&state, request.headers(), now) {
        Err(refusal) => {
            let mut response = refusal.render(&id, now);
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            response
        }
        Ok(caller) => match state.throttle.take(now) {
            Some(seconds) => {
                let mut response = Refusal::throttled().render(&id, now);
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
                response
            }
            None => {
                request.extensions_mut().insert(caller);
                let mut response = next.run(request).await;
                match response.extensions_mut().remove::<Refusal>() {
                    Some(refusal) => refusal.render(&id, now),
                    None => response,
                }
            }
        },
    };
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id.clone());
        response.headers_mut().insert(CLIENT_REQUEST_ID, id);
    }
    response
}
