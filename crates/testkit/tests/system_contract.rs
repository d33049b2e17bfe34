//! The system's fake holds to the system's contract.

use countersign_domain::{
    plan::ObjectId,
    ports::{PortError, System},
    runbook::ActionKind,
    time::At,
};
use countersign_testkit::{
    builders::{START, subject},
    contract::Lost,
    system::{FakeSystem, FakeUser, SystemCall},
    system_contract::{Capabilities, SystemStage, Wanted},
};

const GROUP: &str = "Engineering-Docs";
const LICENSE: &str = "Microsoft 365 E3";

struct Memory(FakeSystem);

async fn memory() -> Memory {
    let system = FakeSystem::new("memory");
    system.group(GROUP, "g1");
    system.license(LICENSE, "l1", 3);
    Memory(system)
}

impl Memory {
    fn id(&self, login: &str) -> ObjectId {
        self.0.user_by_login(login).expect("somebody").subject.id
    }

    fn change(&self, login: &str, change: impl FnOnce(&mut FakeUser)) {
        self.0.change(&self.id(login), change);
    }
}

impl SystemStage for Memory {
    fn system(&self) -> &dyn System {
        &self.0
    }

    fn capabilities(&self) -> Capabilities {
        let undisturbed = &[
            ActionKind::UnlockUser,
            ActionKind::AddToGroup,
            ActionKind::RemoveFromGroup,
            ActionKind::AssignLicense,
            ActionKind::DismissRisk,
            ActionKind::RestoreSignIn,
        ];
        Capabilities { everybody: &[], unseen: &[], undisturbed }
    }

    fn now(&self) -> At {
        START
    }

    fn add(&self, first: &str, last: &str, login: &str) {
        self.0.put(FakeUser::new(subject(&format!("id-{login}"), &format!("{first} {last}"), login)));
    }

    fn remove(&self, login: &str) {
        self.0.remove(&self.id(login));
    }

    fn arrange(&self, action: ActionKind, login: &str) -> Wanted {
        let group = || Wanted { group: Some(GROUP.to_owned()), license: None };
        match action {
            ActionKind::ResetPassword
            | ActionKind::ResetFactors
            | ActionKind::SuspendUser
            | ActionKind::ClearSessions
            | ActionKind::CreateUser
            | ActionKind::SetUsageLocation => {}
            ActionKind::UnlockUser => self.change(login, |user| user.locked_out = true),
            ActionKind::AddToGroup => return group(),
            ActionKind::RemoveFromGroup => {
                self.join(login);
                return group();
            }
            ActionKind::AssignLicense => return Wanted { group: None, license: Some(LICENSE.to_owned()) },
            ActionKind::EnableAccount => self.change(login, |user| user.subject.state = "DISABLED".to_owned()),
            ActionKind::DismissRisk | ActionKind::RestoreSignIn => self.change(login, |user| user.at_risk = true),
        }
        Wanted::default()
    }

    fn disturb(&self, action: ActionKind, login: &str) {
        match action {
            ActionKind::ResetPassword
            | ActionKind::ResetFactors
            | ActionKind::SuspendUser
            | ActionKind::EnableAccount => self.change(login, |user| user.subject.state = "STAGED".to_owned()),
            ActionKind::ClearSessions => self.change(login, |user| user.sessions = 5),
            ActionKind::SetUsageLocation => self.change(login, |user| user.country = Some("US".to_owned())),
            ActionKind::CreateUser => self.add("Nils", "Vogel", login),
            ActionKind::UnlockUser
            | ActionKind::AddToGroup
            | ActionKind::RemoveFromGroup
            | ActionKind::AssignLicense
            | ActionKind::DismissRisk
            | ActionKind::RestoreSignIn => panic!("nothing but their user can change for {action}"),
        }
    }

    fn state(&self, login: &str) -> String {
        format!("{:?}", self.0.user_by_login(login))
    }

    fn promote(&self, login: &str) -> String {
        self.0.stand(&self.id(login), &["Super administrator"], &[]);
        "Super administrator".to_owned()
    }

    fn join(&self, login: &str) -> String {
        self.change(login, |user| {
            user.groups.insert(ObjectId("g1".to_owned()));
        });
        GROUP.to_owned()
    }

    fn nest(&self, group: &str) -> Option<String> {
        self.0.group_within(group, "Engineering");
        Some("Engineering".to_owned())
    }

    fn lose(&self, _action: ActionKind, lost: Lost) {
        match lost {
            Lost::Answer => self.0.script.cut_after(SystemCall::Perform),
            Lost::Request => {
                self.0.script.fail(SystemCall::Perform, PortError::ambiguous("The connection was cut."));
            }
        }
    }

    fn refuse(&self) {
        let calls = [
            SystemCall::Resolve,
            SystemCall::Prepare,
            SystemCall::Observe,
            SystemCall::Perform,
            SystemCall::Standing,
            SystemCall::Check,
            SystemCall::Check,
        ];
        for call in calls {
            self.0.script.fail(call, PortError::unauthorized("The credential is refused: make a new one."));
        }
    }

    fn writes(&self) -> u64 {
        u64::try_from(self.0.changes().len()).expect("a small number")
    }
}

countersign_testkit::system_contract!(memory);
