//! Reading the world right before a step, or after an attempt without an answer.

use countersign_domain::{
    plan::{Action, NewUser, ObjectId, Step, UserRef},
    ports::{Observed, PortError},
};
use countersign_outbound::Sort;

use super::{
    Okta, guard,
    words::{port_error, role_names, status_words},
};
use crate::client::{GroupKind, User, UserStatus};

impl Okta {
    pub(super) async fn observe_step(
        &self,
        step: &Step,
        created: Option<&ObjectId>,
        ambiguous: bool,
    ) -> Result<Observed, PortError> {
        if let Action::CreateUser { profile } = &step.action {
            let there = self.read_user(profile.login.as_str()).await?;
            return Ok(observe_create(there.as_ref(), profile, ambiguous));
        }
        let Some(target) = step.action.user() else { return Ok(Observed::Ready) };
        let Some(user) = self.find(target, created).await? else { return Ok(absent(target)) };
        match &step.action {
            Action::ResetPassword { .. } => Ok(observe_password(&user, &step.guard, ambiguous)),
            Action::ResetFactors { .. } => self.observe_factors(&user, &step.guard, ambiguous).await,
            Action::SuspendUser { .. } => Ok(observe_suspend(&user, &step.guard)),
            Action::UnlockUser { .. } => self.observe_unlock(&user, &step.guard).await,
            Action::ClearSessions { .. } => Ok(observe_sessions(&user)),
            Action::AddToGroup { group, group_name, .. } => self.observe_member(&user, (group, group_name), true).await,
            Action::RemoveFromGroup { group, group_name, .. } => {
                self.observe_member(&user, (group, group_name), false).await
            }
            Action::CreateUser { .. }
            | Action::AssignLicense { .. }
            | Action::SetUsageLocation { .. }
            | Action::EnableAccount { .. }
            | Action::DismissRisk { .. } => Err(not_oktas(step)),
        }
    }

    async fn observe_factors(&self, user: &User, guarded: &str, ambiguous: bool) -> Result<Observed, PortError> {
        // A password reset earlier in the same plan leaves RECOVERY behind, which stands in no factor's way.
        if user.status != guard::status(guarded) && user.status != UserStatus::Recovery {
            return Ok(changed(user, guarded));
        }
        let factors = self.read_factors(&user.id).await?;
        let (now, planned) = (guard::factor_ids(&factors), guard::factors(guarded));
        if now.is_empty() {
            return Ok(Observed::AlreadyDone("No factor is enrolled any more.".to_owned()));
        }
        if now == planned {
            return Ok(Observed::Ready);
        }
        if ambiguous && now.iter().all(|id| !planned.contains(id)) {
            let says = "The factors of the plan are gone; others have been enrolled since.";
            return Ok(Observed::AlreadyDone(says.to_owned()));
        }
        Ok(Observed::Drifted(format!(
            "The enrolled factors are others than in the plan ({} then, {} now).",
            planned.len(),
            now.len()
        )))
    }

    async fn observe_unlock(&self, user: &User, guarded: &str) -> Result<Observed, PortError> {
        match user.status {
            UserStatus::LockedOut if guard::status(guarded) == UserStatus::LockedOut => Ok(Observed::Ready),
            UserStatus::Active => {
                let waits = guard::status(guarded) == UserStatus::Active && self.is_blocked(&user.id).await?;
                let done = || Observed::AlreadyDone("The account is not locked any more.".to_owned());
                Ok(if waits { Observed::Ready } else { done() })
            }
            UserStatus::LockedOut
            | UserStatus::Staged
            | UserStatus::Provisioned
            | UserStatus::Recovery
            | UserStatus::PasswordExpired
            | UserStatus::Suspended
            | UserStatus::Deprovisioned
            | UserStatus::Other(_) => Ok(changed(user, guarded)),
        }
    }

    async fn observe_member(
        &self,
        user: &User,
        (group, name): (&ObjectId, &str),
        wanted: bool,
    ) -> Result<Observed, PortError> {
        let there =
            self.client.group(&group.0).await.map_err(|error| port_error(error, "reading the group", Sort::Read))?;
        let Some(there) = there else {
            return Ok(Observed::Drifted(format!("The group {name} is no longer in Okta.")));
        };
        if there.name() != name {
            return Ok(Observed::Drifted(format!("The group {name} has been renamed to {}.", there.name())));
        }
        if there.kind != GroupKind::Okta {
            return Ok(Observed::Drifted(format!("The members of the group {name} can no longer be set by hand.")));
        }
        if user.status == UserStatus::Deprovisioned {
            return Ok(Observed::Drifted("The user has been deactivated since the plan was made.".to_owned()));
        }
        let member = self.read_groups_of(&user.id).await?.iter().any(|joined| joined.id == there.id);
        if member != wanted {
            let roles = self.read_roles_of_group(&there.id).await?;
            return Ok(if roles.is_empty() {
                Observed::Ready
            } else {
                Observed::Drifted(format!("The group {name} carries administrator roles now ({}).", role_names(&roles)))
            });
        }
        let state = if wanted { "is" } else { "is not" };
        Ok(Observed::AlreadyDone(format!("The user {state} in the group {name}.")))
    }
}

fn observe_create(there: Option<&User>, wanted: &NewUser, ambiguous: bool) -> Observed {
    match there {
        None => Observed::Ready,
        Some(user) if ambiguous && fits(user, wanted) => {
            Observed::AlreadyDone("The user is there, with the profile of the plan: the attempt took.".to_owned())
        }
        Some(_) if ambiguous => {
            Observed::Drifted("The login now belongs to a user with another profile than the plan's.".to_owned())
        }
        Some(_) => Observed::Drifted("Somebody has taken the login since the plan was made.".to_owned()),
    }
}

/// Whether a user has the profile that was to be created.
pub(super) fn fits(user: &User, wanted: &NewUser) -> bool {
    let same = |text: &Option<String>, wanted: &str| {
        text.as_deref().is_some_and(|text| text.trim().to_lowercase() == wanted.trim().to_lowercase())
    };
    let profile = &user.profile;
    same(&profile.login, wanted.login.as_str())
        && same(&profile.email, wanted.login.as_str())
        && same(&profile.first_name, &wanted.first_name)
        && same(&profile.last_name, &wanted.last_name)
}

fn observe_password(user: &User, guarded: &str, ambiguous: bool) -> Observed {
    let planned = guard::status(guarded);
    let possible = match user.status {
        UserStatus::Active | UserStatus::Recovery | UserStatus::PasswordExpired | UserStatus::LockedOut => true,
        UserStatus::Staged
        | UserStatus::Provisioned
        | UserStatus::Suspended
        | UserStatus::Deprovisioned
        | UserStatus::Other(_) => false,
    };
    if ambiguous && user.status == UserStatus::Recovery {
        return if planned == UserStatus::Recovery {
            Observed::Unknown(
                "A reset was under way before, so the status does not tell whether a new link was mailed. Ask the user, \
                 or look for user.account.reset_password in Okta's system log."
                    .to_owned(),
            )
        } else {
            Observed::AlreadyDone("The status is RECOVERY now: the link was mailed.".to_owned())
        };
    }
    let since = user.status_changed.as_deref().unwrap_or_default();
    if ambiguous && user.status == planned && since != guard::value(guarded, "since") {
        return Observed::Unknown(
            "The status changed and came back since the plan was made: the link may have been mailed and used. Ask the \
             user before sending another one."
                .to_owned(),
        );
    }
    // An unlock earlier in the same plan turns LOCKED_OUT into ACTIVE.
    let unlocked = !ambiguous && planned == UserStatus::LockedOut && user.status == UserStatus::Active;
    if possible && (user.status == planned || unlocked) { Observed::Ready } else { changed(user, guarded) }
}

fn observe_suspend(user: &User, guarded: &str) -> Observed {
    if user.status == UserStatus::Suspended {
        return Observed::AlreadyDone("The account is suspended.".to_owned());
    }
    // Only an active user can be suspended, and an unlock earlier in the same plan makes one active.
    if user.status == UserStatus::Active { Observed::Ready } else { changed(user, guarded) }
}

fn observe_sessions(user: &User) -> Observed {
    if user.status == UserStatus::Deprovisioned {
        return Observed::AlreadyDone("The account is deactivated and has no sessions.".to_owned());
    }
    Observed::Ready
}

fn changed(user: &User, guarded: &str) -> Observed {
    Observed::Drifted(format!(
        "The status was {} when the plan was made and is {} now.",
        status_words(&guard::status(guarded)),
        status_words(&user.status)
    ))
}

fn absent(target: &UserRef) -> Observed {
    match target {
        UserRef::Known(_) => Observed::Drifted("The user has vanished from Okta since the plan was made.".to_owned()),
        UserRef::CreatedBy { step, .. } => {
            Observed::Drifted(format!("The user whom step {} was to create is not in Okta.", u32::from(*step) + 1))
        }
        UserRef::Awaited { .. } => Observed::NotYet("The user is not in Okta yet.".to_owned()),
    }
}

pub(super) fn not_oktas(step: &Step) -> PortError {
    PortError::permanent(format!("Okta has no action {}; the plan names the wrong system.", step.action.kind()))
}
