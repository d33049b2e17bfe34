use countersign_domain::ports::Verdict;

use super::*;

const CONSENT: &str = "https://login.example/t/adminconsent?client_id=c";

fn names(actions: &[ActionKind]) -> Vec<&'static str> {
    permissions(actions).iter().map(|permission| permission.name).collect()
}

fn compared(actions: &[ActionKind], granted: &[&str]) -> Vec<(String, Verdict, String)> {
    let granted: Vec<String> = granted.iter().map(|role| (*role).to_owned()).collect();
    compare(&permissions(actions), &granted, CONSENT)
        .into_iter()
        .map(|found| (found.what, found.verdict, format!("{} | {}", found.says, found.mend.unwrap_or_default())))
        .collect()
}

#[test]
fn each_action_needs_the_least_that_its_calls_allow() {
    let every = ["RoleManagement.Read.Directory", "User.Read.All"];
    let with = |more: &[&'static str]| {
        let mut all = [&every[..], more].concat();
        all.sort_unstable();
        all
    };
    for (action, more) in [
        (ActionKind::ClearSessions, &["GroupMember.Read.All", "User.RevokeSessions.All"][..]),
        (ActionKind::AddToGroup, &["GroupMember.ReadWrite.All"]),
        (ActionKind::RemoveFromGroup, &["GroupMember.ReadWrite.All"]),
        (
            ActionKind::AssignLicense,
            &[
                "GroupMember.Read.All",
                "LicenseAssignment.Read.All",
                "LicenseAssignment.ReadWrite.All",
                "User.ReadUpdate.All",
            ],
        ),
        (ActionKind::SetUsageLocation, &["GroupMember.Read.All", "User.ReadUpdate.All"]),
        (ActionKind::EnableAccount, &["GroupMember.Read.All", "User.EnableDisableAccount.All"]),
        (ActionKind::DismissRisk, &["GroupMember.Read.All", "IdentityRiskyUser.ReadWrite.All"]),
        (
            ActionKind::RestoreSignIn,
            &[
                "AuditLog.Read.All",
                "GroupMember.Read.All",
                "IdentityRiskyUser.ReadWrite.All",
                "User.EnableDisableAccount.All",
            ],
        ),
    ] {
        assert_eq!(names(&[action]), with(more), "{action}");
    }
}

#[test]
fn action_of_another_system_needs_nothing() {
    assert_eq!(permissions(&[ActionKind::ResetPassword, ActionKind::CreateUser]), []);
    assert_eq!(permissions(&[]), []);
}

#[test]
fn greater_permission_takes_over_the_calls_of_the_lesser() {
    let needed = permissions(&[ActionKind::ClearSessions, ActionKind::AddToGroup]);
    let groups: Vec<_> = needed.iter().filter(|permission| permission.name.starts_with("Group")).collect();
    let [writes] = groups.as_slice() else { panic!("{groups:?}") };
    assert_eq!((writes.sort, writes.name), ("application permission", "GroupMember.ReadWrite.All"));
    assert_eq!(
        writes.calls,
        [
            "GET /groups",
            "GET /groups/{id}",
            "GET /groups/{id}/memberOf",
            "GET /users/{id}/transitiveMemberOf",
            "POST /groups/{id}/members/$ref",
        ]
    );
}

#[test]
fn no_permission_covers_itself_or_one_that_nothing_asks_for() {
    let needed: Vec<&str> = ActionKind::ALL
        .iter()
        .flat_map(|action| operations(*action))
        .flat_map(|call| call.permissions())
        .copied()
        .collect();
    for (lesser, greater) in COVERED {
        assert!(needed.contains(&lesser) && !greater.contains(&lesser), "{lesser}");
    }
}

#[test]
fn exactly_what_is_needed_is_one_good_line() {
    let actions = [ActionKind::AddToGroup];
    let found = compared(&actions, &names(&actions));
    let [(what, Verdict::Ok, says)] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(what, "permissions");
    assert!(says.contains("GroupMember.ReadWrite.All") && says.contains("nothing beyond"), "{says}");
}

#[test]
fn each_missing_permission_is_named_with_its_calls_and_the_consent_page() {
    let found = compared(&[ActionKind::AddToGroup], &["User.Read.All"]);
    assert_eq!(found.len(), 2);
    for (found, (name, call)) in found.iter().zip([
        ("GroupMember.ReadWrite.All", "POST /groups/{id}/members/$ref"),
        ("RoleManagement.Read.Directory", "GET /users/{id}/transitiveMemberOf"),
    ]) {
        assert_eq!((found.0.as_str(), found.1), (format!("permission {name}").as_str(), Verdict::Failed));
        assert!(found.2.contains(call) && found.2.contains(CONSENT), "{found:?}");
    }
}

#[test]
fn covering_permission_counts_as_present() {
    let actions = [ActionKind::ClearSessions];
    let granted = ["User.RevokeSessions.All", "Directory.Read.All"];
    assert_eq!(compared(&actions, &granted).len(), 1);
    assert_eq!(compared(&actions, &granted)[0].1, Verdict::Ok);
    let found = compared(&actions, &["User.ReadWrite.All", "Directory.Read.All"]);
    assert!(
        found
            .iter()
            .any(|(what, verdict, _)| { what == "permission User.RevokeSessions.All" && *verdict == Verdict::Failed })
    );
}

#[test]
fn permission_that_allows_no_more_than_a_needed_one_is_no_excess() {
    let actions = [ActionKind::AddToGroup];
    let granted = [names(&actions), vec!["GroupMember.Read.All"]].concat();
    assert_eq!(compared(&actions, &granted)[0].1, Verdict::Ok);
}

#[test]
fn permission_beyond_the_needed_is_a_warning() {
    let actions = [ActionKind::AddToGroup];
    let found = compared(&actions, &[names(&actions), vec!["Mail.Read", "Mail.Read"]].concat());
    let [(what, Verdict::Warning, says)] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(what, "permission Mail.Read");
    assert!(says.contains("nothing here needs") && says.contains("remove Mail.Read"), "{says}");
}

#[test]
fn dangerous_permission_is_warned_of_in_strong_words_even_where_it_does_for_a_lesser_one() {
    let actions = [ActionKind::AddToGroup];
    for (name, _) in DANGEROUS {
        let found = compared(&actions, &[names(&actions), vec![name]].concat());
        let [(_, Verdict::Warning, says)] = found.as_slice() else { panic!("{found:?}") };
        assert!(says.contains("DANGEROUS and not needed") && says.contains(name), "{says}");
    }
    let found = compared(
        &[ActionKind::SetUsageLocation],
        &["User.ReadWrite.All", "GroupMember.Read.All", "RoleManagement.Read.Directory"],
    );
    let [(_, Verdict::Warning, says)] = found.as_slice() else { panic!("{found:?}") };
    assert!(says.contains("User.Read.All and User.ReadUpdate.All would do"), "{says}");
}

#[test]
fn name_out_of_a_token_cannot_break_the_line() {
    let found = compared(&[], &["evil\u{1b}[31m\nname"]);
    assert!(found[0].2.contains("\"evil [31m name\""), "{found:?}");
}

#[test]
fn consent_link_is_under_the_sign_in_service() {
    for login in ["https://login.microsoftonline.com", "https://login.microsoftonline.com/"] {
        let link = admin_consent_link(&login.parse().unwrap(), "tenant", "client");
        assert_eq!(link, "https://login.microsoftonline.com/tenant/adminconsent?client_id=client");
    }
}
