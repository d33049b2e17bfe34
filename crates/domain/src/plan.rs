//! The plan: resolved, typed, immutable. What a person approves is exactly its digest.

use countersign_canon::Encoder;
use serde::{Deserialize, Serialize};

use crate::{
    digest::Digest,
    ids::{ConnectionName, IntentName, OrgId, RunId, RunbookId},
    person::{Contact, MailAddress},
    runbook::{ActionKind, Risk},
    time::At,
};

/// A vendor's immutable id of a user, group or licence.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ObjectId(pub String);

/// Whom a step is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserRef {
    /// Somebody who existed when the plan was made.
    Known(ObjectId),
    /// Whoever an earlier step of this plan creates, in the same system.
    CreatedBy {
        /// The ordinal of the creating step.
        step: u16,
        /// The login it creates.
        login: String,
    },
    /// Somebody who appears in this system once another one has provisioned them.
    Awaited {
        /// The login they will have.
        login: String,
    },
}

/// The profile of a user to be created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewUser {
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// Login and primary address.
    pub login: MailAddress,
}

/// What a step does, with everything resolved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Mail a link with which the user sets a new password. The link never passes through Countersign.
    ResetPassword {
        /// Whom.
        user: UserRef,
    },
    /// Remove all enrolled factors.
    ResetFactors {
        /// Whom.
        user: UserRef,
    },
    /// Suspend the user.
    SuspendUser {
        /// Whom.
        user: UserRef,
    },
    /// Lift a lock-out.
    UnlockUser {
        /// Whom.
        user: UserRef,
    },
    /// End all sessions.
    ClearSessions {
        /// Whom.
        user: UserRef,
    },
    /// Create the user.
    CreateUser {
        /// The profile.
        profile: NewUser,
    },
    /// Add to one group.
    AddToGroup {
        /// Whom.
        user: UserRef,
        /// Which group.
        group: ObjectId,
        /// Its name at that time.
        group_name: String,
    },
    /// Remove from one group.
    RemoveFromGroup {
        /// Whom.
        user: UserRef,
        /// Which group.
        group: ObjectId,
        /// Its name at that time.
        group_name: String,
    },
    /// Assign one licence.
    AssignLicense {
        /// Whom.
        user: UserRef,
        /// Which licence.
        sku: ObjectId,
        /// Its product name.
        sku_name: String,
    },
    /// Set the country of use, ISO 3166-1 alpha-2.
    SetUsageLocation {
        /// Whom.
        user: UserRef,
        /// The country.
        country: String,
    },
    /// Enable the account.
    EnableAccount {
        /// Whom.
        user: UserRef,
    },
    /// Dismiss the risk.
    DismissRisk {
        /// Whom.
        user: UserRef,
    },
}

/// What may be done about a step whose outcome is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EffectClass {
    /// Puts a state: doing it twice is doing it once.
    Idempotent,
    /// The vendor takes our key and drops repeats.
    Keyed,
    /// Whether it took can be read.
    ReadBack,
    /// Neither: an unknown outcome waits for a human.
    AtMostOnce,
}

impl Action {
    /// Which of the runbook actions this is.
    pub fn kind(&self) -> ActionKind {
        match self {
            Self::ResetPassword { .. } => ActionKind::ResetPassword,
            Self::ResetFactors { .. } => ActionKind::ResetFactors,
            Self::SuspendUser { .. } => ActionKind::SuspendUser,
            Self::UnlockUser { .. } => ActionKind::UnlockUser,
            Self::ClearSessions { .. } => ActionKind::ClearSessions,
            Self::CreateUser { .. } => ActionKind::CreateUser,
            Self::AddToGroup { .. } => ActionKind::AddToGroup,
            Self::RemoveFromGroup { .. } => ActionKind::RemoveFromGroup,
            Self::AssignLicense { .. } => ActionKind::AssignLicense,
            Self::SetUsageLocation { .. } => ActionKind::SetUsageLocation,
            Self::EnableAccount { .. } => ActionKind::EnableAccount,
            Self::DismissRisk { .. } => ActionKind::DismissRisk,
        }
    }

    /// How an unknown outcome is treated. A mailed link cannot be taken back and a created user cannot be created
    /// twice, but both can be read back; everything else puts a state.
    pub fn class(&self) -> EffectClass {
        match self {
            Self::ResetPassword { .. } | Self::CreateUser { .. } => EffectClass::ReadBack,
            Self::ResetFactors { .. }
            | Self::SuspendUser { .. }
            | Self::UnlockUser { .. }
            | Self::ClearSessions { .. }
            | Self::AddToGroup { .. }
            | Self::RemoveFromGroup { .. }
            | Self::AssignLicense { .. }
            | Self::SetUsageLocation { .. }
            | Self::EnableAccount { .. }
            | Self::DismissRisk { .. } => EffectClass::Idempotent,
        }
    }

    /// Whom it is about; a user yet to be created has no reference.
    pub fn user(&self) -> Option<&UserRef> {
        match self {
            Self::ResetPassword { user }
            | Self::ResetFactors { user }
            | Self::SuspendUser { user }
            | Self::UnlockUser { user }
            | Self::ClearSessions { user }
            | Self::AddToGroup { user, .. }
            | Self::RemoveFromGroup { user, .. }
            | Self::AssignLicense { user, .. }
            | Self::SetUsageLocation { user, .. }
            | Self::EnableAccount { user }
            | Self::DismissRisk { user } => Some(user),
            Self::CreateUser { .. } => None,
        }
    }

    fn encode(&self, out: &mut Encoder) {
        out.text(self.kind().as_str());
        match self.user() {
            None => out.absent(),
            Some(UserRef::Known(id)) => out.text("known").text(&id.0),
            Some(UserRef::CreatedBy { step, login }) => out.text("created_by").uint(u64::from(*step)).text(login),
            Some(UserRef::Awaited { login }) => out.text("awaited").text(login),
        };
        match self {
            Self::CreateUser { profile } => {
                out.text(&profile.first_name).text(&profile.last_name).text(profile.login.as_str());
            }
            Self::AddToGroup { group, group_name, .. } | Self::RemoveFromGroup { group, group_name, .. } => {
                out.text(&group.0).text(group_name);
            }
            Self::AssignLicense { sku, sku_name, .. } => {
                out.text(&sku.0).text(sku_name);
            }
            Self::SetUsageLocation { country, .. } => {
                out.text(country);
            }
            Self::ResetPassword { .. }
            | Self::ResetFactors { .. }
            | Self::SuspendUser { .. }
            | Self::UnlockUser { .. }
            | Self::ClearSessions { .. }
            | Self::EnableAccount { .. }
            | Self::DismissRisk { .. } => {}
        }
    }
}

/// A person as a system knows them, at the moment of planning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// The immutable id.
    pub id: ObjectId,
    /// The login or user principal name.
    pub login: String,
    /// Every address the system knows.
    pub mails: Vec<MailAddress>,
    /// The full name.
    pub name: String,
    /// The state in the system's own word, for example `ACTIVE`.
    pub state: String,
}

/// One step: where, what, and what changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Its place, from 0.
    pub ordinal: u16,
    /// The connection it runs against.
    pub system: ConnectionName,
    /// What is done.
    pub action: Action,
    /// In words, for the card: `Reset all 2 enrolled factors`.
    pub title: String,
    /// What is there now, in words.
    pub before: String,
    /// What will be there.
    pub after: String,
    /// What the adapter read of the world when the step was planned; read again right before the step. A difference
    /// stops the run. The text is the adapter's own and opaque to everybody else.
    pub guard: String,
}

/// Why a plan cannot work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlockCode {
    /// It is not known who asked.
    NoRequester,
    /// The ticket names nobody.
    NoTarget,
    /// Nobody by that address or name.
    UnknownTarget,
    /// Several by that address or name.
    AmbiguousTarget,
    /// The user's state does not allow it.
    WrongState,
    /// The ticket does not say what is needed.
    MissingParameter,
    /// No such group, or several.
    UnknownGroup,
    /// A group whose members cannot be set by hand.
    UnmanageableGroup,
    /// No such licence, or several.
    UnknownLicense,
    /// No unit of the licence is free.
    NoFreeLicense,
    /// The user to be created exists.
    AlreadyExists,
    /// Everything wanted is so already.
    NothingToDo,
    /// Nobody can do what would be needed (smart lockout, say).
    NotPossible,
    /// A system refused or could not be asked.
    SystemUnavailable,
    /// The configuration has no such system.
    NoSystem,
    /// More steps than a card can show whole.
    TooLarge,
    /// The target is protected: by the configuration, or because they hold an administrator role.
    Protected,
    /// The configuration does not allow a parameter's value.
    NotAllowed,
}

impl BlockCode {
    /// The stable name used in the API and the ledger.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoRequester => "no_requester",
            Self::NoTarget => "no_target",
            Self::UnknownTarget => "unknown_target",
            Self::AmbiguousTarget => "ambiguous_target",
            Self::WrongState => "wrong_state",
            Self::MissingParameter => "missing_parameter",
            Self::UnknownGroup => "unknown_group",
            Self::UnmanageableGroup => "unmanageable_group",
            Self::UnknownLicense => "unknown_license",
            Self::NoFreeLicense => "no_free_license",
            Self::AlreadyExists => "already_exists",
            Self::NothingToDo => "nothing_to_do",
            Self::NotPossible => "not_possible",
            Self::SystemUnavailable => "system_unavailable",
            Self::NoSystem => "no_system",
            Self::TooLarge => "too_large",
            Self::Protected => "protected",
            Self::NotAllowed => "not_allowed",
        }
    }
}

/// One reason why a plan cannot work, and what would mend it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blocker {
    /// The kind, for machines.
    pub code: BlockCode,
    /// What is wrong, with what.
    pub says: String,
    /// What would mend it.
    pub mend: String,
}

impl Blocker {
    /// A blocker from its parts.
    pub fn new(code: BlockCode, says: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { code, says: says.into(), mend: mend.into() }
    }
}

/// What will be done if, and only if, a person approves exactly this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// 1 for a run's first plan, counting up with each new one.
    pub version: u32,
    /// The runbook.
    pub runbook: RunbookId,
    /// Its name at that time.
    pub runbook_name: String,
    /// Its file's digest at that time.
    pub runbook_digest: Digest,
    /// The intent.
    pub intent: IntentName,
    /// The risk.
    pub risk: Risk,
    /// The person the plan is about, as the first system that knows them has them.
    pub target: Option<Subject>,
    /// Every address the target is known by in any system; none of their owners may approve.
    pub target_mails: Vec<MailAddress>,
    /// Who asked, and for whom; neither may approve.
    pub requesters: Vec<Contact>,
    /// Every other address that the connected systems know them by.
    #[serde(default)]
    pub requester_mails: Vec<MailAddress>,
    /// Every address of whoever corrected what it is about; they may not approve it.
    #[serde(default)]
    pub editor_mails: Vec<MailAddress>,
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// Why it cannot work; empty means it can be approved.
    pub blockers: Vec<Blocker>,
    /// What the approver should know besides.
    pub remarks: Vec<String>,
    /// When it can no longer be approved.
    pub expires_at: At,
    /// The policy it was made under.
    pub policy_digest: Digest,
}

impl Plan {
    /// SHA-256 over the canonical bytes of everything an approval is about: every field, and whose run it is.
    pub fn digest(&self, org: &OrgId, run: &RunId) -> Digest {
        let mut out = Encoder::new("countersign/plan/v2");
        out.text(org.as_str()).bytes(run.as_bytes()).uint(u64::from(self.version));
        out.text(self.runbook.as_str()).text(&self.runbook_name).bytes(&self.runbook_digest.0);
        out.text(self.intent.as_str());
        out.text(&self.risk.to_string());
        out.option(self.target.as_ref(), |out, target| {
            out.text(&target.id.0).text(&target.login).text(&target.name).text(&target.state);
            out.list(target.mails.iter(), |out, mail| {
                out.text(mail.as_str());
            });
        });
        out.list(self.target_mails.iter(), |out, mail| {
            out.text(mail.as_str());
        });
        out.list(self.requesters.iter(), |out, contact| {
            out.text(contact.mail.as_str()).option(contact.name.as_deref(), |out, name| {
                out.text(name);
            });
        });
        out.list(self.requester_mails.iter(), |out, mail| {
            out.text(mail.as_str());
        });
        out.list(self.editor_mails.iter(), |out, mail| {
            out.text(mail.as_str());
        });
        out.list(self.steps.iter(), |out, step| {
            out.uint(u64::from(step.ordinal)).text(step.system.as_str());
            step.action.encode(out);
            out.text(&step.title).text(&step.before).text(&step.after).text(&step.guard);
        });
        out.list(self.blockers.iter(), |out, blocker| {
            out.text(blocker.code.as_str()).text(&blocker.says).text(&blocker.mend);
        });
        out.list(self.remarks.iter(), |out, remark| {
            out.text(remark);
        });
        out.int(self.expires_at.0).bytes(&self.policy_digest.0);
        Digest::of(&out.finish())
    }

    /// Whether anybody could approve it at all.
    pub fn approvable(&self) -> bool {
        self.blockers.is_empty() && !self.steps.is_empty()
    }
}
