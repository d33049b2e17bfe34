//! docs/guides/permissions.md is made from the same tables.

use countersign_domain::{
    ports::Permission,
    runbook::{ActionKind, Runbook},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    path::Path,
};

use super::super::table::actions;
use crate::connections::kind_meant;

const HEAD: &str = "# Which runbook needs which permission

Made from the code that makes the calls: a test compares this page with it, so neither can change without the other.
`countersign setup slack | entra | okta | freshservice` prints the part that your enabled runbooks need, with what to paste
where; `countersign check` says what is missing and what is granted beyond it. Runbooks of your own need what their actions
need; `setup --config` and `check` count them in.
";

const SLACK: &str =
    "The bot scopes of the app, for every runbook, where cards are posted in a private channel, as they should be. In a
public one `channels:` stands in the place of `groups:`.
";

const FRESHSERVICE: &str = "What the agent's role must allow, for every runbook. Every agent may view the tickets of its scope and add notes; an
administrator's role is in excess.
";

const OKTA: &str = "An API service app needs both: scopes, and a custom admin role on a resource set without administrators. For an API
token, its owner needs the role. `.manage` stands for `.read` as well; setup and check ask for the scope of each call.
";

const ENTRA: &str = "Application permissions of Microsoft Graph. `GroupMember.ReadWrite.All` allows what `GroupMember.Read.All` does: where
both are needed, `setup` asks for the wider one alone. The application gets no directory role, so `accountEnabled` of
administrators is not approvable.
";

/// Rows of one vendor's table: permission by runbook.
fn rows(kind: &str, sort: &str, permissions: fn(&[ActionKind]) -> Vec<Permission>) -> String {
    let runbooks = countersign_catalog::builtin();
    let mut needed: BTreeMap<&str, (BTreeSet<&str>, BTreeSet<&str>)> = BTreeMap::new();
    for runbook in &runbooks {
        let own = actions(runbook, |system| kind_meant(system) == kind);
        for permission in permissions(&own).into_iter().filter(|permission| permission.sort == sort) {
            let (served, calls) = needed.entry(permission.name).or_default();
            served.insert(runbook.id.as_str());
            calls.extend(permission.calls);
        }
    }
    let mut table = head(sort, &runbooks);
    for (name, (served, calls)) in needed {
        let marks = runbooks.iter().map(|runbook| if served.contains(runbook.id.as_str()) { " x |" } else { "  |" });
        let calls: Vec<String> = calls.iter().map(|call| format!("`{call}`")).collect();
        let _ = writeln!(table, "| `{name}` |{} {} |", marks.collect::<String>(), calls.join(", "));
    }
    table
}

fn head(sort: &str, runbooks: &[Runbook]) -> String {
    let names: String = runbooks.iter().map(|runbook| format!(" {} |", runbook.id)).collect();
    let rule: String = runbooks.iter().map(|_| " --- |").collect();
    format!("| {sort} |{names} for the calls |\n| --- |{rule} --- |\n")
}

/// A table of what every runbook needs.
fn of_all(permissions: &[Permission]) -> String {
    let sort = permissions.first().map_or("", |permission| permission.sort);
    let mut table = format!("| {sort} | for the calls |\n| --- | --- |\n");
    for permission in permissions {
        let calls: Vec<String> = permission.calls.iter().map(|call| format!("`{call}`")).collect();
        let _ = writeln!(table, "| `{}` | {} |", permission.name, calls.join(", "));
    }
    table
}

fn guide() -> String {
    let okta = countersign_okta::permissions;
    let graph = countersign_graph::adapter::permissions;
    let runbooks: String = countersign_catalog::builtin()
        .iter()
        .map(|runbook| {
            let steps: Vec<String> =
                runbook.steps.iter().map(|step| format!("`{}` in {}", step.action, step.system)).collect();
            format!("| {} | {} | {} |\n", runbook.id, runbook.name, steps.join(", "))
        })
        .collect();
    format!(
        "{HEAD}\n| runbook | name | does |\n| --- | --- | --- |\n{runbooks}\n## Okta\n\n{OKTA}\n{}\n{}\n## Entra ID and Microsoft \
         365\n\n{ENTRA}\n{}\n## Slack\n\n{SLACK}\n{}\n## Freshservice\n\n{FRESHSERVICE}\n{}",
        rows("okta", "API scope", okta),
        rows("okta", "role permission", okta),
        rows("graph", "application permission", graph),
        of_all(&countersign_slack::permissions()),
        of_all(&countersign_freshservice::permissions()),
    )
}

#[test]
fn guide_is_what_the_code_needs() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guides/permissions.md");
    let stands = std::fs::read_to_string(&file).unwrap_or_default();
    let made = guide();
    assert!(stands == made, "docs/guides/permissions.md is out of date. It should read:\n{made}");
}
