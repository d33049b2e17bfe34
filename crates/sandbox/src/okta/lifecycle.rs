//! `POST /api/v1/users/{id}/lifecycle/{operation}`: which status permits what, as Okta's description says.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State as Shared};
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use serde_json::{Value, json};

use super::State;
use super::directory::{Directory, Status};
use super::paging::{self, Params};
use super::refusal::Refusal;
use super::render;
use super::users::flag;

/// What one operation is performed with.
struct Call<'a> {
    directory: &'a mut Directory,
    id: String,
    status: Status,
    params: &'a Params,
    base: String,
    now: i64,
}

/// The lifecycle operations, each an endpoint of its own.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    Activate,
    Deactivate,
    Suspend,
    Unsuspend,
    Unlock,
    ResetPassword,
    ExpirePassword,
    ResetFactors,
}

/// Every lifecycle operation.
pub(super) const OPERATIONS: [Operation; 8] = [
    Operation::Activate,
    Operation::Deactivate,
    Operation::Suspend,
    Operation::Unsuspend,
    Operation::Unlock,
    Operation::ResetPassword,
    Operation::ExpirePassword,
    Operation::ResetFactors,
];

impl Operation {
    /// The path's last segment.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Activate => "activate",
            Self::Deactivate => "deactivate",
            Self::Suspend => "suspend",
            Self::Unsuspend => "unsuspend",
            Self::Unlock => "unlock",
            Self::ResetPassword => "reset_password",
            Self::ExpirePassword => "expire_password",
            Self::ResetFactors => "reset_factors",
        }
    }
}

/// Performs a lifecycle operation.
pub(super) async fn perform(
    operation: Operation,
    Shared(state): Shared<Arc<State>>,
    Path(key): Path<String>,
    Query(params): Query<Params>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let now = state.now();
    let (answer, provisioned) = {
        let mut directory = state.directory();
        let user = directory.user(&key)?;
        let (id, status) = (user.id.clone(), user.status);
        let base = paging::base(&headers);
        let mut call = Call { directory: &mut directory, id: id.clone(), status, params: &params, base, now };
        let answer = match operation {
            Operation::Activate => call.activate()?,
            Operation::Deactivate => call.deactivate()?,
            Operation::Suspend => call.suspend()?,
            Operation::Unsuspend => call.unsuspend()?,
            Operation::Unlock => call.unlock()?,
            Operation::ResetPassword => call.reset_password()?,
            Operation::ExpirePassword => call.expire_password()?,
            Operation::ResetFactors => call.reset_factors()?,
        };
        let provisioned = if operation == Operation::Activate { directory.take_unprovisioned(&id) } else { None };
        (answer, provisioned)
    };
    state.announce(provisioned);
    Ok(Json(answer).into_response())
}

impl Call<'_> {
    fn done(&mut self, status: Status, event: &'static str) -> Result<(), Refusal> {
        let detail = format!("{} -> {}", self.status.as_str(), status.as_str());
        self.directory.user_mut(&self.id)?.set_status(status, self.now);
        self.directory.record(event, &self.id, detail, self.now);
        Ok(())
    }

    fn mail(&mut self, subject: &'static str) -> Result<(), Refusal> {
        let to = self.directory.user(&self.id)?.text("email").to_owned();
        self.directory.mail(to, subject, self.now);
        Ok(())
    }

    /// A one-time address, worthless outside the sandbox.
    fn link(&self, kind: &str) -> String {
        format!("{}/{kind}/{}-{}", self.base, self.id, self.now)
    }

    fn activate(&mut self) -> Result<Value, Refusal> {
        match self.status {
            Status::Staged | Status::Deprovisioned => {}
            Status::Provisioned
            | Status::Active
            | Status::Recovery
            | Status::PasswordExpired
            | Status::LockedOut
            | Status::Suspended => return Err(Refusal::already_active()),
        }
        let by_mail = flag(self.params, "sendEmail")?.unwrap_or(true);
        let user = self.directory.user_mut(&self.id)?;
        user.activated = Some(self.now);
        let status = if user.has_password { Status::Active } else { Status::Provisioned };
        self.done(status, "user.lifecycle.activate")?;
        if by_mail {
            self.mail("Welcome to Okta! Activate your account")?;
            return Ok(json!({}));
        }
        Ok(json!({"activationUrl": self.link("welcome"), "activationToken": format!("{}-{}", self.id, self.now)}))
    }

    fn deactivate(&mut self) -> Result<Value, Refusal> {
        if self.status == Status::Deprovisioned {
            return Err(Refusal::wrong_status());
        }
        self.directory.user_mut(&self.id)?.sessions = 0;
        self.done(Status::Deprovisioned, "user.lifecycle.deactivate")?;
        Ok(json!({}))
    }

    fn suspend(&mut self) -> Result<Value, Refusal> {
        if self.status != Status::Active {
            let cause = "Cannot suspend a user that is not active".to_owned();
            return Err(Refusal::validation("suspend", vec![cause]));
        }
        self.done(Status::Suspended, "user.lifecycle.suspend")?;
        Ok(json!({}))
    }

    fn unsuspend(&mut self) -> Result<Value, Refusal> {
        if self.status != Status::Suspended {
            let cause = "Cannot unsuspend a user that is not suspended".to_owned();
            return Err(Refusal::validation("unsuspend", vec![cause]));
        }
        self.done(Status::Active, "user.lifecycle.unsuspend")?;
        Ok(json!({}))
    }

    fn unlock(&mut self) -> Result<Value, Refusal> {
        let blocked = std::mem::take(&mut self.directory.user_mut(&self.id)?.blocked);
        if self.status != Status::LockedOut && !(self.status == Status::Active && blocked) {
            return Err(Refusal::unlock_not_allowed());
        }
        self.done(Status::Active, "user.account.unlock_by_admin")?;
        Ok(json!({}))
    }

    /// `sendEmail` has no default: without it Okta refuses, with `false` the caller gets the link.
    fn reset_password(&mut self) -> Result<Value, Refusal> {
        let by_mail = flag(self.params, "sendEmail")?.ok_or_else(Refusal::missing_parameter)?;
        let revoke = flag(self.params, "revokeSessions")?.unwrap_or(false);
        self.needs_password_state()?;
        if revoke {
            self.directory.user_mut(&self.id)?.sessions = 0;
        }
        self.done(Status::Recovery, "user.account.reset_password")?;
        if by_mail {
            self.mail("Account password reset")?;
            return Ok(json!({}));
        }
        Ok(json!({"resetPasswordUrl": self.link("reset_password")}))
    }

    fn expire_password(&mut self) -> Result<Value, Refusal> {
        self.needs_password_state()?;
        self.done(Status::PasswordExpired, "user.account.expire_password")?;
        Ok(render::user(self.directory.user(&self.id)?, &self.base))
    }

    fn needs_password_state(&self) -> Result<(), Refusal> {
        match self.status {
            Status::Active | Status::Recovery | Status::PasswordExpired | Status::LockedOut => Ok(()),
            Status::Staged | Status::Provisioned | Status::Suspended | Status::Deprovisioned => {
                Err(Refusal::wrong_status())
            }
        }
    }

    fn reset_factors(&mut self) -> Result<Value, Refusal> {
        if self.status == Status::Deprovisioned {
            return Err(Refusal::wrong_status());
        }
        let removed = std::mem::take(&mut self.directory.user_mut(&self.id)?.factors).len();
        self.directory.record("user.mfa.factor.reset_all", &self.id, removed.to_string(), self.now);
        Ok(json!({}))
    }
}
