//! The adapter holds to the system's contract.

use countersign_domain::{ports::System, runbook::ActionKind, time::At};
use countersign_graph::adapter::permissions;
use countersign_testkit::{
    contract::Lost,
    system_contract::{Capabilities, SystemStage, Wanted},
};
use serde_json::json;

use crate::{check::now, world::World};

const GROUP: &str = "proj-atlas";

/// A tenant whose application has what each of the actions needs.
async fn tenant() -> World {
    let world = World::new().await;
    let needed: Vec<&str> = permissions(world.system.actions()).iter().map(|permission| permission.name).collect();
    world.permit(&needed);
    world
}

impl SystemStage for World {
    fn system(&self) -> &dyn System {
        &self.system
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            everybody: &[],
            // Entra does not list a user's sessions.
            unseen: &[ActionKind::ClearSessions],
            undisturbed: &[ActionKind::ClearSessions, ActionKind::AddToGroup, ActionKind::RemoveFromGroup],
        }
    }

    fn now(&self) -> At {
        now()
    }

    fn add(&self, first: &str, last: &str, login: &str) {
        let country = "DE";
        self.change(json!({"op": "create_user", "login": login, "given_name": first, "family_name": last,
            "usage_location": country}));
    }

    fn remove(&self, login: &str) {
        self.change(json!({"op": "remove_user", "user": login}));
    }

    fn arrange(&self, action: ActionKind, login: &str) -> Wanted {
        let group = || Wanted { group: Some(GROUP.to_owned()), license: None };
        match action {
            ActionKind::ClearSessions => {}
            ActionKind::AddToGroup => return group(),
            ActionKind::RemoveFromGroup => {
                self.join(login);
                return group();
            }
            ActionKind::AssignLicense => {
                return Wanted { group: None, license: Some("Microsoft 365 E3".to_owned()) };
            }
            ActionKind::SetUsageLocation => {
                self.change(json!({"op": "set_user", "user": login, "usage_location": ""}));
            }
            ActionKind::EnableAccount | ActionKind::RestoreSignIn => {
                self.change(json!({"op": "set_user", "user": login, "enabled": false}));
            }
            ActionKind::DismissRisk => {
                self.change(json!({"op": "set_risk", "user": login, "state": "atRisk", "level": "medium"}));
            }
            ActionKind::ResetPassword
            | ActionKind::ResetFactors
            | ActionKind::SuspendUser
            | ActionKind::UnlockUser
            | ActionKind::CreateUser => panic!("Graph has no action {action}"),
        }
        Wanted::default()
    }

    fn disturb(&self, action: ActionKind, login: &str) {
        match action {
            ActionKind::AssignLicense | ActionKind::SetUsageLocation => {
                self.change(json!({"op": "set_user", "user": login, "usage_location": "US"}));
            }
            ActionKind::EnableAccount => {
                self.change(json!({"op": "set_user", "user": login, "on_premises": true}));
            }
            ActionKind::DismissRisk => {
                self.change(json!({"op": "set_risk", "user": login, "state": "atRisk", "level": "high"}));
            }
            ActionKind::ClearSessions
            | ActionKind::AddToGroup
            | ActionKind::RemoveFromGroup
            | ActionKind::RestoreSignIn
            | ActionKind::ResetPassword
            | ActionKind::ResetFactors
            | ActionKind::SuspendUser
            | ActionKind::UnlockUser
            | ActionKind::CreateUser => panic!("nothing but their user can change for {action}"),
        }
    }

    fn state(&self, login: &str) -> String {
        let properties = ["enabled", "usage_location", "licences", "groups", "risk"];
        properties.map(|property| self.user(login, property).to_string()).join(" ")
    }

    fn promote(&self, login: &str) -> String {
        self.change(json!({"op": "set_user", "user": login, "roles": ["Global Administrator"]}));
        "Global Administrator".to_owned()
    }

    fn join(&self, login: &str) -> String {
        self.change(json!({"op": "set_member", "group": GROUP, "user": login, "member": true}));
        GROUP.to_owned()
    }

    fn nest(&self, group: &str) -> Option<String> {
        let outer = "Finance-Readers";
        self.change(json!({"op": "set_subgroup", "group": outer, "subgroup": group, "member": true}));
        Some(outer.to_owned())
    }

    fn lose(&self, action: ActionKind, lost: Lost) {
        let pattern = match action {
            ActionKind::ClearSessions => "POST /v1.0/users/*/revokeSignInSessions",
            ActionKind::AddToGroup => "POST /v1.0/groups/*/members/$ref",
            ActionKind::RemoveFromGroup => "DELETE /v1.0/groups/*/members/*/$ref",
            ActionKind::AssignLicense => "POST /v1.0/users/*/assignLicense",
            ActionKind::SetUsageLocation | ActionKind::EnableAccount => "PATCH /v1.0/users/*",
            ActionKind::DismissRisk => "POST /v1.0/identityProtection/riskyUsers/dismiss",
            ActionKind::RestoreSignIn
            | ActionKind::ResetPassword
            | ActionKind::ResetFactors
            | ActionKind::SuspendUser
            | ActionKind::UnlockUser
            | ActionKind::CreateUser => panic!("Graph performs no {action}"),
        };
        let what = match lost {
            Lost::Answer => "cut",
            Lost::Request => "cut_before",
        };
        self.fault(pattern, what);
    }

    fn refuse(&self) {
        self.change(json!({"op": "set_secret", "secret": "another"}));
        self.change(json!({"op": "revoke_tokens"}));
    }

    fn writes(&self) -> u64 {
        self.sandbox.writes()
    }
}

countersign_testkit::system_contract!(tenant);
