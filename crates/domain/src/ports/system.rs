//! The system: where plans take effect.

use async_trait::async_trait;

use crate::{
    person::MailAddress,
    plan::{Action, Blocker, NewUser, ObjectId, Step, Subject},
    ports::{Finding, PortError},
    runbook::ActionKind,
    time::At,
};

/// Whom to look for: by address where there is one, else by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonQuery {
    /// Login or address.
    pub mail: Option<MailAddress>,
    /// Full name, given name first.
    pub name: Option<String>,
}

/// Whom a step is about, before it is prepared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubjectOfAsk {
    /// Somebody this system knows.
    Known(Subject),
    /// Whoever the step of this ordinal creates in this same system.
    CreatedBy {
        /// The creating step.
        step: u16,
        /// The login.
        login: MailAddress,
    },
    /// Somebody whom another system creates in this run and provisions here later.
    Awaited {
        /// The login.
        login: MailAddress,
    },
    /// Somebody to be created by this very step.
    New(NewUser),
}

/// One step of a runbook to be prepared: reads only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepAsk {
    /// The ordinal the first prepared step will have.
    pub ordinal: u16,
    /// What.
    pub action: ActionKind,
    /// About whom.
    pub subject: SubjectOfAsk,
    /// The groups, as the ticket names them.
    pub groups: Vec<String>,
    /// The licence, as the ticket names it.
    pub license: Option<String>,
}

/// A prepared step. Its ordinal and connection are put in by the planner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreparedStep {
    /// What, resolved.
    pub action: Action,
    /// In words.
    pub title: String,
    /// What is there now.
    pub before: String,
    /// What will be there.
    pub after: String,
    /// What was read of the world, to be read again right before the step.
    pub guard: String,
    /// The names of the groups that the step's group is itself in, directly or by another: whoever joins it is in these
    /// too. Empty for a step about no group, and where groups hold no groups. What cannot be read is an error.
    pub within: Vec<String>,
}

/// What came of preparing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prepared {
    /// The steps: none where everything is so already (a remark then says so), several where one brings another with it.
    pub steps: Vec<PreparedStep>,
    /// Why it cannot work.
    pub blockers: Vec<Blocker>,
    /// What the approver should know.
    pub remarks: Vec<String>,
}

/// What the world looks like right before a step, or after an attempt whose outcome is unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Observed {
    /// As planned: the step may be sent.
    Ready,
    /// As the step would leave it: nothing to send. In words.
    AlreadyDone(String),
    /// Neither: what changed. Nothing may be sent.
    Drifted(String),
    /// What the step waits for is not there yet (a user still being provisioned). In words.
    NotYet(String),
    /// It cannot be told whether an earlier attempt took. In words: what a human should look at.
    Unknown(String),
}

/// What the vendor said to a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Performed {
    /// In words; no secret.
    pub says: String,
    /// The id of what was created.
    pub created: Option<ObjectId>,
}

/// What protects a user.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// The administrator roles they hold, directly or by a group, by the system's names.
    pub admin_roles: Vec<String>,
    /// The names of the groups they are in, directly or by another group.
    pub groups: Vec<String>,
}

/// An identity system.
#[async_trait]
pub trait System: Send + Sync {
    /// The kind, as the configuration names it: `okta`, `graph`.
    fn kind(&self) -> &'static str;

    /// The actions it can prepare and perform.
    fn actions(&self) -> &'static [ActionKind];

    /// Everybody who fits, by the whole address or name whatever its case; at most a handful is enough to say that it is
    /// ambiguous.
    async fn resolve(&self, who: &PersonQuery) -> Result<Vec<Subject>, PortError>;

    /// Turns a runbook's step into resolved ones, by reading only. A person who has vanished, and a group or licence that
    /// is unknown or not named, are blockers, not errors.
    async fn prepare(&self, ask: &StepAsk) -> Result<Prepared, PortError>;

    /// Reads the world for a step. `created` is the id that an earlier step of the run created, for a step that refers
    /// to it; `ambiguous`: an earlier attempt may have taken.
    async fn observe(&self, step: &Step, created: Option<&ObjectId>, ambiguous: bool) -> Result<Observed, PortError>;

    /// Performs a step.
    async fn perform(&self, step: &Step, created: Option<&ObjectId>) -> Result<Performed, PortError>;

    /// What protects a user from being changed by the likes of us: roles with rights over others, and the groups they
    /// are in. What cannot be read is an error: nobody is taken for unprotected.
    async fn standing(&self, subject: &Subject) -> Result<Standing, PortError>;

    /// Looks at everything that `actions` need of the system, by reading: the first finding says who we are there, then
    /// permissions missing and in excess. Never fails as a whole; what cannot be asked is a failed finding. `now` is what
    /// the system's clock is compared with.
    async fn check(&self, actions: &[ActionKind], now: At) -> Vec<Finding>;
}
