//! Preparing steps, by reading only.

use countersign_domain::{
    plan::{Action, BlockCode, Blocker, NewUser, ObjectId, UserRef},
    ports::{PortError, Prepared, PreparedStep, StepAsk, SubjectOfAsk},
    runbook::ActionKind,
};
use countersign_outbound::Sort;

use super::{
    Okta, guard,
    words::{factor_names, first_name, full_name, port_error, status_words, wrong_state},
};
use crate::client::{Factor, User, UserStatus};

/// Okta's limit on given and family names, in characters.
const LONGEST_NAME: usize = 50;

/// Okta's limit on logins, in characters.
const LONGEST_LOGIN: usize = 100;

impl Okta {
    pub(super) async fn prepare_step(&self, ask: &StepAsk) -> Result<Prepared, PortError> {
        match (&ask.subject, ask.action) {
            (SubjectOfAsk::New(profile), ActionKind::CreateUser) => self.prepare_create(profile).await,
            (SubjectOfAsk::New(_), _)
            | (
                SubjectOfAsk::Known(_) | SubjectOfAsk::CreatedBy { .. } | SubjectOfAsk::Awaited { .. },
                ActionKind::CreateUser,
            ) => Err(PortError::permanent(format!(
                "The runbook's step {} does not fit its person: only create_user takes somebody who is to be created. \
                 Mend the runbook.",
                ask.action
            ))),
            (SubjectOfAsk::Known(subject), _) => match self.read_user(&subject.id.0).await? {
                Some(user) => self.prepare_for(ask, &user).await,
                None => Ok(blocked(Blocker::new(
                    BlockCode::UnknownTarget,
                    format!("{} is no longer in Okta.", subject.name),
                    "Check whether another account is meant, then plan again.",
                ))),
            },
            (SubjectOfAsk::CreatedBy { step, login }, ActionKind::AddToGroup | ActionKind::RemoveFromGroup) => {
                let user = UserRef::CreatedBy { step: *step, login: login.to_string() };
                self.prepare_groups(ask, &user, None).await
            }
            (SubjectOfAsk::Awaited { login }, ActionKind::AddToGroup | ActionKind::RemoveFromGroup) => {
                self.prepare_groups(ask, &UserRef::Awaited { login: login.to_string() }, None).await
            }
            (SubjectOfAsk::CreatedBy { .. } | SubjectOfAsk::Awaited { .. }, _) => Ok(blocked(Blocker::new(
                BlockCode::WrongState,
                format!(
                    "The step {} is for somebody who has an account, and this one is only being created.",
                    ask.action
                ),
                "Take the step out of the runbook.",
            ))),
        }
    }

    async fn prepare_for(&self, ask: &StepAsk, user: &User) -> Result<Prepared, PortError> {
        match ask.action {
            ActionKind::ResetPassword => Ok(prepare_password(user)),
            ActionKind::ResetFactors => self.prepare_factors(user).await,
            ActionKind::SuspendUser => Ok(prepare_suspend(user)),
            ActionKind::UnlockUser => self.prepare_unlock(user).await,
            ActionKind::ClearSessions => Ok(prepare_sessions(user)),
            ActionKind::AddToGroup | ActionKind::RemoveFromGroup => {
                self.prepare_groups(ask, &UserRef::Known(ObjectId(user.id.clone())), Some(user)).await
            }
            ActionKind::CreateUser
            | ActionKind::AssignLicense
            | ActionKind::SetUsageLocation
            | ActionKind::EnableAccount
            | ActionKind::DismissRisk
            | ActionKind::RestoreSignIn => Ok(blocked(Blocker::new(
                BlockCode::NotPossible,
                format!("Okta has no action {}.", ask.action),
                "Name another system for this step in the runbook.",
            ))),
        }
    }

    async fn prepare_create(&self, profile: &NewUser) -> Result<Prepared, PortError> {
        let login = profile.login.as_str();
        let mut prepared = Prepared::default();
        if let Some(user) = self.read_user(login).await? {
            prepared.blockers.push(Blocker::new(
                BlockCode::AlreadyExists,
                format!("{login} is in Okta already: {}, {}.", full_name(&user), status_words(&user.status)),
                "Choose another login, or use the account that is there.",
            ));
        }
        let too_long = |text: &str, most: usize| text.chars().count() > most;
        if too_long(&profile.first_name, LONGEST_NAME)
            || too_long(&profile.last_name, LONGEST_NAME)
            || too_long(login, LONGEST_LOGIN)
        {
            prepared.blockers.push(Blocker::new(
                BlockCode::NotPossible,
                format!("Okta takes names of at most {LONGEST_NAME} characters and logins of at most {LONGEST_LOGIN}."),
                "Shorten the name or the login in the ticket and plan again.",
            ));
        }
        if prepared.blockers.is_empty() {
            prepared.steps.push(PreparedStep {
                action: Action::CreateUser { profile: profile.clone() },
                title: format!("Create and activate {} {} ({login})", profile.first_name, profile.last_name),
                before: format!("nobody in Okta has the login {login}"),
                after: format!("activated; Okta mails {login} how to set a password"),
                guard: guard::LOGIN_FREE.to_owned(),
                within: Vec::new(),
            });
        }
        Ok(prepared)
    }

    async fn prepare_factors(&self, user: &User) -> Result<Prepared, PortError> {
        match user.status {
            UserStatus::Staged | UserStatus::Suspended | UserStatus::Deprovisioned | UserStatus::Other(_) => {
                return Ok(blocked(wrong_state(user, "Resetting the factors")));
            }
            UserStatus::Active
            | UserStatus::Provisioned
            | UserStatus::Recovery
            | UserStatus::PasswordExpired
            | UserStatus::LockedOut => {}
        }
        let factors = self.read_factors(&user.id).await?;
        if factors.is_empty() {
            return Ok(remarked(format!("{} has no factor enrolled in Okta that could be reset.", full_name(user))));
        }
        let title = match factors.len() {
            1 => "Reset the 1 enrolled factor".to_owned(),
            count => format!("Reset all {count} enrolled factors"),
        };
        Ok(planned(PreparedStep {
            action: Action::ResetFactors { user: known(user) },
            title,
            before: factor_names(&factors),
            after: format!("none; {} enrols again at the next sign-in", first_name(user)),
            guard: guard::of_factors(user, &factors),
            within: Vec::new(),
        }))
    }

    async fn prepare_unlock(&self, user: &User) -> Result<Prepared, PortError> {
        let before = match user.status {
            UserStatus::LockedOut => status_words(&user.status),
            UserStatus::Active if self.is_blocked(&user.id).await? => {
                "ACTIVE, but blocked on unknown devices after too many attempts".to_owned()
            }
            UserStatus::Active => return Ok(remarked(format!("{} is not locked out of Okta.", full_name(user)))),
            UserStatus::Staged
            | UserStatus::Provisioned
            | UserStatus::Recovery
            | UserStatus::PasswordExpired
            | UserStatus::Suspended
            | UserStatus::Deprovisioned
            | UserStatus::Other(_) => return Ok(blocked(wrong_state(user, "Unlocking"))),
        };
        Ok(planned(PreparedStep {
            action: Action::UnlockUser { user: known(user) },
            title: "Unlock the account".to_owned(),
            before,
            after: format!("ACTIVE; {} signs in with the same password", first_name(user)),
            guard: guard::of_status(user),
            within: Vec::new(),
        }))
    }

    /// The enrolled factors; Okta's list may hold places where one could be enrolled.
    pub(super) async fn read_factors(&self, user: &str) -> Result<Vec<Factor>, PortError> {
        let factors =
            self.client.factors(user).await.map_err(|error| port_error(error, "reading the factors", Sort::Read))?;
        Ok(factors.into_iter().filter(|factor| factor.status != "NOT_SETUP").collect())
    }

    /// Whether an active user is kept out on unknown devices.
    pub(super) async fn is_blocked(&self, user: &str) -> Result<bool, PortError> {
        let blocks = self
            .client
            .blocks(user)
            .await
            .map_err(|error| port_error(error, "reading the user's blocks", Sort::Read))?;
        Ok(!blocks.is_empty())
    }
}

fn prepare_password(user: &User) -> Prepared {
    match user.status {
        UserStatus::Staged
        | UserStatus::Provisioned
        | UserStatus::Suspended
        | UserStatus::Deprovisioned
        | UserStatus::Other(_) => return blocked(wrong_state(user, "A password reset")),
        UserStatus::Active | UserStatus::Recovery | UserStatus::PasswordExpired | UserStatus::LockedOut => {}
    }
    let keeper = user.credentials.provider.as_ref().and_then(|provider| provider.kind.as_deref()).unwrap_or("OKTA");
    if matches!(keeper, "FEDERATION" | "SOCIAL") {
        return blocked(Blocker::new(
            BlockCode::NotPossible,
            format!("The password of {} is kept by another identity provider, not by Okta.", full_name(user)),
            "Reset it there. Resetting it in Okta would cut the account off from that provider.",
        ));
    }
    let Some(mail) = user.profile.email.as_deref().filter(|mail| !mail.trim().is_empty()) else {
        return blocked(Blocker::new(
            BlockCode::NotPossible,
            format!("{} has no address in Okta to which the link could be mailed.", full_name(user)),
            "Add the user's primary e-mail in Okta, then plan again.",
        ));
    };
    let mut prepared = planned(PreparedStep {
        action: Action::ResetPassword { user: known(user) },
        title: "Have Okta mail a password reset link".to_owned(),
        before: status_words(&user.status),
        after: format!("RECOVERY; {} sets a new password with the link mailed to {mail}", first_name(user)),
        guard: guard::of_status(user),
        within: Vec::new(),
    });
    if user.status == UserStatus::Recovery {
        prepared
            .remarks
            .push("A password reset is under way already; a new link makes the earlier one void.".to_owned());
    }
    if matches!(keeper, "ACTIVE_DIRECTORY" | "LDAP") {
        prepared.remarks.push(
            "The password is kept in a directory; Okta can reset it only where its agent may write there.".to_owned(),
        );
    }
    prepared
}

fn prepare_suspend(user: &User) -> Prepared {
    match user.status {
        UserStatus::Active => planned(PreparedStep {
            action: Action::SuspendUser { user: known(user) },
            title: "Suspend the account".to_owned(),
            before: status_words(&user.status),
            after: "SUSPENDED; cannot sign in, keeps groups and applications".to_owned(),
            guard: guard::of_status(user),
            within: Vec::new(),
        }),
        UserStatus::Suspended => remarked(format!("{} is suspended in Okta already.", full_name(user))),
        UserStatus::Staged
        | UserStatus::Provisioned
        | UserStatus::Recovery
        | UserStatus::PasswordExpired
        | UserStatus::LockedOut
        | UserStatus::Deprovisioned
        | UserStatus::Other(_) => blocked(wrong_state(user, "Suspending")),
    }
}

fn prepare_sessions(user: &User) -> Prepared {
    match user.status {
        UserStatus::Staged | UserStatus::Deprovisioned => {
            remarked(format!("{} has no sessions: the status is {}.", full_name(user), status_words(&user.status)))
        }
        UserStatus::Provisioned
        | UserStatus::Active
        | UserStatus::Recovery
        | UserStatus::PasswordExpired
        | UserStatus::LockedOut
        | UserStatus::Suspended
        | UserStatus::Other(_) => planned(PreparedStep {
            action: Action::ClearSessions { user: known(user) },
            title: "End all Okta sessions".to_owned(),
            before: "whatever sessions are open (Okta does not list them)".to_owned(),
            after: "none; sessions that applications keep by themselves go on".to_owned(),
            guard: guard::PRESENT.to_owned(),
            within: Vec::new(),
        }),
    }
}

fn known(user: &User) -> UserRef {
    UserRef::Known(ObjectId(user.id.clone()))
}

pub(super) fn planned(step: PreparedStep) -> Prepared {
    Prepared { steps: vec![step], ..Prepared::default() }
}

pub(super) fn blocked(blocker: Blocker) -> Prepared {
    Prepared { blockers: vec![blocker], ..Prepared::default() }
}

fn remarked(remark: String) -> Prepared {
    Prepared { remarks: vec![remark], ..Prepared::default() }
}
