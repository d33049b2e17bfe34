//! What `check` finds, with the connection broken in every way, and the table of privileges held against what the desk
//! sees.

use countersign_domain::{
    note,
    ports::{Desk, Finding, Verdict},
    time::At,
};
use countersign_freshservice::{Freshservice, FreshserviceSettings, permissions};
use countersign_outbound::LiveSecret;
use countersign_sandbox::{NewTicket, Options, Sandbox, Vendor};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::support::{self, desk, desk_of, incident, lines, run, settings};

/// 2026-06-09T17:42:11.310Z, for us and for Freshservice.
const NOW: At = At(1_781_026_931_310_000);

async fn start() -> Sandbox {
    let sandbox = Sandbox::start(Options { now: Arc::new(|| NOW.0), ..Options::default() }).await.expect("a sandbox");
    sandbox.set_clock(Vendor::Freshservice, Some(0)).expect("a clock");
    sandbox
}

fn change(sandbox: &Sandbox, command: Value) {
    sandbox.apply(Vendor::Freshservice, command).expect("a change");
}

/// What is not as it should be.
fn wrong(found: &[Finding]) -> Vec<(&str, Verdict)> {
    let wrong = found.iter().filter(|finding| finding.verdict != Verdict::Ok);
    wrong.map(|finding| (finding.what.as_str(), finding.verdict)).collect()
}

/// The finding of this sort, as one text.
fn line(found: &[Finding], what: &str) -> String {
    let finding = found.iter().find(|finding| finding.what == what).unwrap_or_else(|| panic!("no {what}: {found:?}"));
    format!("{}; {}", finding.says, finding.mend.as_deref().unwrap_or("nothing to do"))
}

#[tokio::test]
async fn good_connection_has_nothing_to_mend_and_says_who_we_are_first() {
    let sandbox = start().await;
    let found = desk(&sandbox).check(NOW).await;
    assert_eq!(wrong(&found), []);
    assert_eq!(found[0].what, "credential");
    let who = "as Countersign Service <countersign@acme.com>";
    assert!(found[0].says.starts_with(&sandbox.base_urls().freshservice) && found[0].says.ends_with(who), "{found:?}");
    let whats: Vec<&str> = found.iter().map(|finding| finding.what.as_str()).collect();
    let notes = "permissions add private notes, edit own notes";
    assert_eq!(whats, ["credential", "agent", "permission view tickets", "roles", notes, "webhook token", "clock"]);
    assert!(line(&found, "webhook token").contains("tickets come in by API key"), "{found:?}");
    assert!(line(&found, notes).contains("check --ticket ID"), "{found:?}");
    assert_eq!(sandbox.writes(), 0, "it only reads");
}

#[tokio::test]
async fn each_fault_of_the_agent_has_its_line() {
    let agent = |change: Value| {
        let mut command = json!({"op": "set_agent"});
        command.as_object_mut().expect("an object").extend(change.as_object().expect("an object").clone());
        command
    };
    let cases: [(Value, &str, Verdict, &str); 9] = [
        (agent(json!({"active": false})), "credential", Verdict::Failed, "activate the agent"),
        (agent(json!({"occasional": true})), "agent", Verdict::Warning, "make it a full-time agent"),
        (
            agent(json!({"lacks": ["view_tickets"]})),
            "permission view tickets",
            Verdict::Failed,
            "You are not authorized to perform this action (access_denied); give the agent a role that may view tickets",
        ),
        (agent(json!({"lacks": ["read_self", "view_tickets"]})), "credential", Verdict::Failed, "may do nothing"),
        (
            agent(json!({"lacks": ["read_self"]})),
            "credential",
            Verdict::Warning,
            "does not say whose it is (status 403)",
        ),
        (agent(json!({"role": "Account Admin"})), "roles", Verdict::Warning, "an administrator's role (Account Admin)"),
        (
            agent(json!({"role": "SD Agent", "scope": "member_groups"})),
            "scope of view tickets",
            Verdict::Warning,
            "some groups",
        ),
        (agent(json!({"scope": "assigned_items"})), "scope of view tickets", Verdict::Failed, "entire helpdesk"),
        (
            json!({"op": "set_agent", "active": false, "occasional": true, "role": "Account Admin"}),
            "credential",
            Verdict::Failed,
            "make it a full-time one",
        ),
    ];
    for (fault, what, verdict, says) in cases {
        let sandbox = start().await;
        change(&sandbox, fault.clone());
        let found = desk(&sandbox).check(NOW).await;
        assert_eq!(wrong(&found), [(what, verdict)], "{fault}: {found:?}");
        assert!(line(&found, what).contains(says), "{fault}: {found:?}");
        assert!(found.iter().all(|finding| (finding.verdict == Verdict::Ok) == finding.mend.is_none()));
    }
}

#[tokio::test]
async fn agent_that_freshservice_calls_deactivated_is_refused() {
    let sandbox = start().await;
    let body = r#"body:{"agent":{"first_name":"Countersign","active":false,"occasional":null}}"#;
    support::fault(&sandbox, "GET /api/v2/agents/me", body);
    let found = desk(&sandbox).check(NOW).await;
    assert_eq!(wrong(&found), [("credential", Verdict::Failed)]);
    assert!(line(&found, "credential").contains("is deactivated"), "{found:?}");
}

#[tokio::test]
async fn wrong_key_domain_and_network_have_their_line() {
    let sandbox = start().await;
    let good = || settings(&sandbox);
    let gone = {
        let other = start().await;
        let url = other.base_urls().freshservice.clone();
        other.shutdown().await;
        url
    };
    let at = |url: &str| Some(url.parse().expect("a URL"));
    let cases = [
        (
            FreshserviceSettings { api_key: LiveSecret::from("wrong-key"), ..good() },
            "credential",
            "does not accept the key",
        ),
        (FreshserviceSettings { base_url: at(&gone), ..good() }, "address", "cannot be reached"),
        (FreshserviceSettings { base_url: at(&sandbox.base_urls().slack), ..good() }, "address", "correct `domain`"),
    ];
    for (settings, what, says) in cases {
        let found = desk_of(settings).check(NOW).await;
        assert_eq!(wrong(&found), [(what, Verdict::Failed)], "{found:?}");
        assert_eq!(found[0].what, what);
        assert!(line(&found, what).contains(says), "{found:?}");
        assert!(!format!("{found:?}").contains("wrong-key"), "no secret on a line: {found:?}");
    }
}

#[tokio::test]
async fn answers_that_are_none_have_their_line() {
    for (pattern, fault, what, says) in [
        ("GET /api/v2/agents/me", "status:503", "address", "status 503"),
        ("GET /api/v2/agents/me", "status:301", "address", "the browser's address bar"),
        ("GET /api/v2/agents/me", "429:retry-after=30", "credential", "too many requests"),
        ("GET /api/v2/agents/me", "cut", "address", "cannot be reached"),
        (
            "GET /api/v2/agents/me",
            "body:<html>Sign in to the hotel's network</html>",
            "address",
            "no Freshservice account",
        ),
        ("GET /api/v2/tickets", "status:500", "permission view tickets", "could not be listed"),
    ] {
        let sandbox = start().await;
        support::fault(&sandbox, pattern, fault);
        let found = desk(&sandbox).check(NOW).await;
        assert_eq!(wrong(&found), [(what, Verdict::Failed)], "{fault}: {found:?}");
        assert!(line(&found, what).contains(says), "{fault}: {found:?}");
        assert!(!format!("{found:?}").contains("hotel"), "nothing of the body: {found:?}");
    }
}

#[tokio::test]
async fn clock_that_is_off_has_its_line() {
    let sandbox = start().await;
    for (seconds, verdict) in [(400, Verdict::Failed), (-400, Verdict::Failed), (30, Verdict::Warning)] {
        sandbox.set_clock(Vendor::Freshservice, Some(seconds)).expect("a clock");
        let found = desk(&sandbox).check(NOW).await;
        assert_eq!(wrong(&found), [("clock", verdict)], "{seconds}: {found:?}");
        let refused = desk_of(FreshserviceSettings { api_key: LiveSecret::from("wrong"), ..settings(&sandbox) });
        let found = refused.check(NOW).await;
        assert_eq!(wrong(&found), [("credential", Verdict::Failed), ("clock", verdict)], "{seconds}: {found:?}");
    }
}

#[tokio::test]
async fn mapped_field_that_is_on_no_ticket_form_is_named() {
    let sandbox = start().await;
    let mapped = |names: &[&str]| {
        let fields: BTreeMap<String, String> =
            names.iter().map(|name| ((*name).to_owned(), "target".to_owned())).collect();
        desk_of(FreshserviceSettings { fields, ..settings(&sandbox) })
    };
    let good = mapped(&["affected_user", "service_item_name"]).check(NOW).await;
    assert_eq!(wrong(&good), []);
    assert!(line(&good, "fields").contains("each mapped field"), "{good:?}");
    let found = mapped(&["affected_user", "afected_user"]).check(NOW).await;
    assert_eq!(wrong(&found), [("fields", Verdict::Warning)]);
    assert!(line(&found, "fields").starts_with("not on the ticket form: afected_user;"), "{found:?}");
    change(&sandbox, json!({"op": "set_agent", "lacks": ["read_fields", "read_roles"]}));
    let untold = mapped(&["afected_user"]).check(NOW).await;
    assert_eq!(wrong(&untold), [], "what need not be told is no fault");
    assert!(line(&untold, "fields").contains("could not be read") && line(&untold, "roles").contains("not told"));
}

#[tokio::test]
async fn webhook_token_is_looked_at_and_not_shown() {
    let sandbox = start().await;
    let token = Some(LiveSecret::from("the-token"));
    let found = desk_of(FreshserviceSettings { webhook_token: token, ..settings(&sandbox) }).check(NOW).await;
    assert!(line(&found, "webhook token").starts_with("is configured") && !format!("{found:?}").contains("the-token"));
    let blank = Some(LiveSecret::from(" "));
    let found = desk_of(FreshserviceSettings { webhook_token: blank, ..settings(&sandbox) }).check(NOW).await;
    assert!(line(&found, "webhook token").starts_with("none is configured"), "{found:?}");
}

/// Everything that the desk can be asked, once, about a service request.
async fn everything(sandbox: &Sandbox, desk: &Freshservice) -> Result<(), countersign_domain::ports::PortError> {
    let ordered = NewTicket {
        kind: "Service Request".to_owned(),
        requested_items: vec![json!({"service_item_name": "Microsoft 365 E3"})],
        ..incident()
    };
    let id = support::raise(sandbox, ordered).await;
    desk.fetch(&id).await?.expect("a ticket");
    desk.find_note(&id, &run(1)).await?;
    let posted = desk.post_note(&id, &lines(1)).await?;
    desk.edit_note(&posted, &[note::marker(&run(1))]).await?;
    drop(desk.check(NOW).await);
    Ok(())
}

/// A desk that maps a field, so that requested items and the form are read as well.
fn mapping(sandbox: &Sandbox) -> Freshservice {
    let fields = BTreeMap::from([("service_item_name".to_owned(), "sku".to_owned())]);
    desk_of(FreshserviceSettings { fields, ..settings(sandbox) })
}

#[tokio::test]
async fn table_of_privileges_names_exactly_the_calls_that_are_made() {
    let sandbox = start().await;
    everything(&sandbox, &mapping(&sandbox)).await.unwrap();
    let requests = sandbox.requests();
    let routes = requests["routes"].as_array().expect("routes").iter();
    let text = |row: &Value, name: &str| row[name].as_str().expect("a text").to_owned();
    let made: BTreeSet<String> = routes.map(|row| format!("{} {}", text(row, "method"), text(row, "route"))).collect();
    let in_table = permissions().into_iter().flat_map(|privilege| privilege.calls);
    // These may be refused without harm.
    let optional = ["GET /api/v2/agents/me", "GET /api/v2/roles", "GET /api/v2/ticket_form_fields"];
    let all: BTreeSet<String> = in_table.chain(optional).map(str::to_owned).collect();
    assert_eq!(made, all);
}

#[tokio::test]
async fn each_privilege_of_the_table_is_needed_and_nothing_else_is() {
    let names: Vec<&str> = permissions().into_iter().map(|privilege| privilege.name).collect();
    assert_eq!(names, ["add private notes", "edit own notes", "view tickets"]);
    for (lacks, works) in [
        (json!(["add_notes"]), false),
        (json!(["edit_notes"]), false),
        (json!(["view_tickets"]), false),
        (json!(["read_self", "read_roles", "read_fields"]), true),
    ] {
        let sandbox = start().await;
        change(&sandbox, json!({"op": "set_agent", "lacks": lacks}));
        assert_eq!(everything(&sandbox, &mapping(&sandbox)).await.is_ok(), works, "without {lacks}");
    }
}
