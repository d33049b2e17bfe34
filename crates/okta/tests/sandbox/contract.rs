//! The adapter holds to the system's contract, by either credential.

use countersign_domain::{
    ports::{Clock, System},
    runbook::ActionKind,
    time::At,
};
use countersign_testkit::{
    contract::Lost,
    system_contract::{Capabilities, SystemStage, Wanted},
};
use serde_json::json;

use crate::support::World;

const GROUP: &str = "Support-Tier1";

impl SystemStage for World {
    fn system(&self) -> &dyn System {
        &self.okta
    }

    fn capabilities(&self) -> Capabilities {
        // Okta does not list a user's sessions.
        let sessions = &[ActionKind::ClearSessions];
        Capabilities { everybody: &["Everyone"], unseen: sessions, undisturbed: sessions }
    }

    fn now(&self) -> At {
        self.clock.now()
    }

    fn add(&self, first: &str, last: &str, login: &str) {
        self.apply(json!({"op": "create_user", "login": login, "first_name": first, "last_name": last}));
    }

    fn remove(&self, login: &str) {
        self.apply(json!({"op": "remove_user", "user": login}));
    }

    fn arrange(&self, action: ActionKind, login: &str) -> Wanted {
        let group = || Wanted { group: Some(GROUP.to_owned()), license: None };
        match action {
            ActionKind::ResetPassword | ActionKind::SuspendUser | ActionKind::CreateUser => {}
            ActionKind::ResetFactors => {
                self.apply(json!({"op": "set_factors", "user": login, "factors": ["push/OKTA", "sms/OKTA"]}));
            }
            ActionKind::UnlockUser => self.set_status(login, "LOCKED_OUT"),
            ActionKind::ClearSessions => {
                self.apply(json!({"op": "set_sessions", "user": login, "sessions": 3}));
            }
            ActionKind::AddToGroup => return group(),
            ActionKind::RemoveFromGroup => {
                self.join(login);
                return group();
            }
            ActionKind::AssignLicense
            | ActionKind::SetUsageLocation
            | ActionKind::EnableAccount
            | ActionKind::DismissRisk
            | ActionKind::RestoreSignIn => panic!("Okta has no action {action}"),
        }
        Wanted::default()
    }

    fn disturb(&self, action: ActionKind, login: &str) {
        match action {
            ActionKind::ResetPassword | ActionKind::UnlockUser => self.set_status(login, "SUSPENDED"),
            ActionKind::SuspendUser | ActionKind::AddToGroup | ActionKind::RemoveFromGroup => {
                self.set_status(login, "DEPROVISIONED");
            }
            ActionKind::ResetFactors => {
                self.apply(json!({"op": "set_factors", "user": login, "factors": ["push/OKTA"]}));
            }
            ActionKind::CreateUser => self.add("Nils", "Vogel", login),
            ActionKind::ClearSessions
            | ActionKind::AssignLicense
            | ActionKind::SetUsageLocation
            | ActionKind::EnableAccount
            | ActionKind::DismissRisk
            | ActionKind::RestoreSignIn => panic!("nothing but their user can change for {action}"),
        }
    }

    fn state(&self, login: &str) -> String {
        format!("{} {}", self.user(login), self.mails_to(login))
    }

    fn promote(&self, login: &str) -> String {
        self.apply(json!({"op": "set_roles", "user": login, "roles": ["SUPER_ADMIN"]}));
        "Super administrator".to_owned()
    }

    fn join(&self, login: &str) -> String {
        self.apply(json!({"op": "set_member", "group": GROUP, "user": login, "member": true}));
        GROUP.to_owned()
    }

    fn nest(&self, _group: &str) -> Option<String> {
        None
    }

    fn lose(&self, action: ActionKind, lost: Lost) {
        let pattern = match action {
            ActionKind::ResetPassword => "POST /api/v1/users/*/lifecycle/reset_password",
            ActionKind::ResetFactors => "POST /api/v1/users/*/lifecycle/reset_factors",
            ActionKind::SuspendUser => "POST /api/v1/users/*/lifecycle/suspend",
            ActionKind::UnlockUser => "POST /api/v1/users/*/lifecycle/unlock",
            ActionKind::ClearSessions => "DELETE /api/v1/users/*/sessions",
            ActionKind::CreateUser => "POST /api/v1/users",
            ActionKind::AddToGroup => "PUT /api/v1/groups/*/users/*",
            ActionKind::RemoveFromGroup => "DELETE /api/v1/groups/*/users/*",
            ActionKind::AssignLicense
            | ActionKind::SetUsageLocation
            | ActionKind::EnableAccount
            | ActionKind::DismissRisk
            | ActionKind::RestoreSignIn => panic!("Okta has no action {action}"),
        };
        let what = match lost {
            Lost::Answer => "cut",
            Lost::Request => "cut_before",
        };
        self.fault(pattern, what);
    }

    fn refuse(&self) {
        self.apply(json!({"op": "set_token", "token": "another"}));
        self.apply(json!({"op": "set_app", "active": false}));
        self.apply(json!({"op": "revoke_tokens"}));
    }

    fn writes(&self) -> u64 {
        self.sandbox.writes()
    }
}

mod by_token {
    use crate::support::World;

    countersign_testkit::system_contract!(World::start);
}

mod by_service_app {
    use crate::support::World;

    countersign_testkit::system_contract!(World::start_as_app);
}
