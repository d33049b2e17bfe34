use countersign_domain::ports::Connections;
use countersign_sandbox::{Options, Sandbox, Vendor};
use serde_json::json;
use std::sync::Mutex;

use super::*;
use crate::{
    commands::sandbox::{configuration, environment},
    config,
};

const LISTED: &str = r#"["slack:U0123APPROVER", "mail:lead@acme.com"]"#;

async fn sandbox() -> Sandbox {
    Sandbox::start(Options::default()).await.unwrap()
}

/// The service's connections to a sandbox, with each first text of its configuration replaced by the second.
fn wired(sandbox: &Sandbox, changes: &[(&str, &str)]) -> (Wired, OrgId) {
    let mut text = configuration(sandbox, "sqlite://unused.db", "127.0.0.1:0");
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("countersign.toml");
    std::fs::write(&file, text).unwrap();
    let config = config::load(&file, &environment(sandbox)).unwrap();
    (Wired::connect(&config).ok().unwrap(), OrgId::new("acme").unwrap())
}

fn now() -> At {
    At(countersign_sandbox::system_now()())
}

#[tokio::test]
async fn every_connection_is_asked_and_each_line_names_its_own() {
    let sandbox = sandbox().await;
    let (wired, org) = wired(&sandbox, &[]);
    let heard = Mutex::new(Vec::new());
    let told = |what: &str, done: usize, all: usize| heard.lock().unwrap().push((what.to_owned(), done, all));
    let checked = wired.check(&org, &countersign_catalog::builtin(), now(), told).await;
    for start in [
        "acme desk helpdesk credential",
        "acme channel it-approvals credential",
        "acme system okta ",
        "acme system entra credential",
    ] {
        assert!(checked.findings.iter().any(|found| found.what.starts_with(start)), "{start}: {checked:#?}");
    }
    assert!(checked.findings.iter().all(|found| found.verdict != Verdict::Failed), "{checked:#?}");
    let approver = PersonRef::Slack("U0123APPROVER".to_owned());
    assert_eq!(checked.approvers, BTreeMap::from([(approver, Ability::Able)]));
    let heard = heard.into_inner().unwrap();
    assert_eq!(heard.iter().map(|(_, done, all)| (*done, *all)).collect::<Vec<_>>(), [(1, 4), (2, 4), (3, 4), (4, 4)]);
}

#[tokio::test]
async fn system_is_asked_for_what_the_enabled_runbooks_do_in_it() {
    let sandbox = sandbox().await;
    let (wired, org) = wired(&sandbox, &[]);
    let actions = |ids: &[&str]| {
        let enabled: Vec<Runbook> =
            countersign_catalog::builtin().into_iter().filter(|runbook| ids.contains(&runbook.id.as_str())).collect();
        let actions = wired.actions(&org, &enabled).into_iter();
        actions.map(|(name, actions)| (name.to_string(), actions)).collect::<BTreeMap<_, _>>()
    };
    assert_eq!(actions(&["RB-002"]), BTreeMap::from([("okta".to_owned(), BTreeSet::from([ActionKind::ResetFactors]))]));
    assert_eq!(actions(&["RB-003"])["entra"], BTreeSet::from([ActionKind::AssignLicense]));
    assert!(actions(&[]).is_empty());
}

#[tokio::test]
async fn approvers_who_cannot_decide_are_told_from_those_who_could_not_be_asked() {
    let sandbox = sandbox().await;
    let gone = json!({"op": "set_member", "id": "U0456APPROVER", "deleted": true});
    sandbox.apply(Vendor::Slack, gone).unwrap();
    let approvers = (LISTED, r#"["slack:U0123APPROVER", "slack:U0456APPROVER", "slack:U0NOBODY"]"#);
    let (wired, org) = wired(&sandbox, &[approvers]);
    let checked = wired.check(&org, &[], now(), |_, _, _| {}).await;
    let ability = |id: &str| checked.approvers[&PersonRef::Slack(id.to_owned())];
    let abilities = ["U0123APPROVER", "U0456APPROVER", "U0NOBODY"].map(ability);
    assert_eq!(abilities, [Ability::Able, Ability::Unable, Ability::Unable]);
    let line = |id: &str| checked.findings.iter().find(|found| found.what.contains(id)).unwrap();
    assert!(line("U0456APPROVER").says.contains("deactivated"), "{checked:#?}");
    sandbox
        .inject(json!({"vendor": "slack", "match": "POST /api/users.info", "do": "status:503", "times": 100}))
        .unwrap();
    let checked = wired.check(&org, &[], now(), |_, _, _| {}).await;
    assert!(checked.approvers.values().all(|ability| *ability == Ability::Unknown), "{checked:#?}");
}

#[tokio::test]
async fn nobody_is_looked_up_in_a_channel_that_does_not_know_us() {
    let sandbox = sandbox().await;
    sandbox.apply(Vendor::Slack, json!({"op": "set_app", "token": "revoked"})).unwrap();
    let (wired, org) = wired(&sandbox, &[]);
    let checked = wired.check(&org, &[], now(), |_, _, _| {}).await;
    assert!(checked.approvers.is_empty());
    assert!(!checked.findings.iter().any(|found| found.what.contains("approver")), "{checked:#?}");
}

#[tokio::test]
async fn system_that_no_connection_is_meant_by_is_named_with_its_runbooks() {
    let sandbox = sandbox().await;
    let (wired, org) = wired(&sandbox, &[("[org.acme.system.entra]", "[org.acme.system.cloud]")]);
    assert!(
        wired.missing_systems(&org, &countersign_catalog::builtin()).is_empty(),
        "the only one of its kind is meant"
    );
    let mut own = countersign_catalog::builtin().remove(0);
    own.steps[0].system = ConnectionName::new("elsewhere").unwrap();
    let found = wired.missing_systems(&org, &[own]);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].what.as_str(), found[0].verdict), ("acme system elsewhere", Verdict::Warning));
    assert!(found[0].says.starts_with("RB-001 would act in it"), "{found:#?}");
    assert!(wired.system(&org, &ConnectionName::new("elsewhere").unwrap()).is_none());
}

#[tokio::test(start_paused = true)]
async fn connection_that_hangs_is_cut_with_a_failed_line() {
    let checked = in_time("acme system okta", Box::pin(std::future::pending())).await;
    assert_eq!((checked.findings[0].what.as_str(), checked.findings[0].verdict), ("acme system okta", Verdict::Failed));
    assert!(checked.findings[0].says.contains("30 s") && checked.findings[0].mend.is_some());
}
