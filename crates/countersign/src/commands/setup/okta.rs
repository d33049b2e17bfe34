//! `countersign setup okta`.

use countersign_okta::permissions;
use serde_json::json;

use super::{
    page::{indented, lines},
    situation::Situation,
    table::Need,
};

/// The sorts of rights, as the Okta crate names them.
const SCOPE: &str = "API scope";
const ROLE: &str = "role permission";

/// Role permissions by what the admin console calls them
/// (<https://help.okta.com/en-us/content/topics/security/custom-admin-role/about-role-permissions.htm>).
const LABELS: [(&str, &str); 12] = [
    ("okta.groups.members.manage", "Manage group membership"),
    ("okta.groups.read", "View groups and their details"),
    ("okta.iam.read", "View roles, resources, and admin assignments"),
    ("okta.users.create", "Create users"),
    ("okta.users.credentials.resetFactors", "Reset users' authenticators"),
    ("okta.users.credentials.resetPassword", "Reset users' passwords"),
    ("okta.users.groupMembership.manage", "Manage users' group membership"),
    ("okta.users.lifecycle.activate", "Activate users"),
    ("okta.users.lifecycle.clearSessions", "Clear users' sessions"),
    ("okta.users.lifecycle.suspend", "Suspend users"),
    ("okta.users.lifecycle.unlock", "Unlock users"),
    ("okta.users.read", "View users and their details"),
];

/// What the admin console calls a role permission.
pub(super) fn label(name: &str) -> Option<&'static str> {
    LABELS.iter().find(|(known, _)| *known == name).map(|(_, label)| *label)
}

/// What to paste, step by step.
pub(super) fn text(situation: &Situation) -> String {
    let heading = situation.heading("Connecting Okta");
    let needs = situation.needs("okta", permissions);
    if needs.is_empty() {
        return format!("{heading}\nNone of these runbooks does anything in Okta: there is nothing to set up.\n");
    }
    let (connection, domain) = situation.okta();
    format!(
        r#"{heading}
An API service app of your own org signs in with a private key (private_key_jwt) and tokens bound to it (DPoP). Scopes say
which calls it may make, its admin role what they may touch; it needs both. The built-in help desk administrator can neither
suspend nor create users, so the role is a custom one. Do this as a super administrator.

1. Whom it may touch: a resource set without your administrators
   a. "Directory", "Groups": a group, for example "Countersign may change", with everybody but your administrators in it (a
      group rule keeps it so).
   b. "Security", "Administrators", "Resources", "Create new resource set", for example "Countersign":
      - Users: those of the group from a.{new_users}
      - Groups: {groups}
      - Identity and Access Management: all (read only, by the permission okta.iam.read: whoever holds an administrator role
        is never approvable)

2. What it may do: a custom role with these permissions and no other, for which runbooks, for which calls

{roles}
   In the console, "Security", "Administrators", "Roles", "Create new role", they are called (labels change now and then):

{labels}
   Or by the API, with exactly these names:

{create}
3. The app
   https://{admin}/admin/apps/active : "Create App Integration", "API Services", name "Countersign".
   - "General", "Client Credentials": "Public key / Private key".
   - Leave "Require Demonstrating Proof of Possession (DPoP) header in token requests" on.
   - "Admin roles", "Edit assignments": the role from 2 on the resource set from 1, and nothing else.
   - "Okta API Scopes", grant:

{scopes}
4. The key
   "General", "Public Keys", "Add key", "Generate new key": choose PEM, save the private key, which is shown once, as
   okta-private-key.pem where Countersign runs (readable by it alone), press Done, and note the key's id (kid).
   Or make it where Countersign runs, so that only its public half goes to Okta, and paste that under "Add key":

   (umask 077; openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072 -out okta-private-key.pem)
   openssl rsa -in okta-private-key.pem -pubout

   To change the key: add the second one in Okta, replace the file, then delete the first. A JSON Web Key, which has its kid
   in it, is taken up without a restart; with PEM set key_id, and restart.

5. The configuration
{config}
6. Try it
   countersign check --config {file}

{simple}"#,
        new_users = new_users(&needs),
        groups = groups(&needs),
        roles = lines(&needs, ROLE),
        labels = labels(&needs),
        create = indented(&create(&needs, &domain)),
        admin = admin_host(&domain),
        scopes = lines(&needs, SCOPE),
        config = indented(&configuration(situation.org().as_str(), &connection, &domain, OAUTH)),
        simple = simple(&configuration(situation.org().as_str(), &connection, &domain, TOKEN)),
        file = situation.file(),
    )
}

/// What to do without an app.
fn simple(lines: &str) -> String {
    format!(
        r#"The simple way: an API token
   In the place of 3 and 4, make a dedicated administrator account, give it the role from 2 on the resource set from 1, sign
   in as it, and make a token under "Security", "API", "Tokens". It has every right of that account, and stops working when it
   is not used for 30 days.
{}"#,
        indented(lines)
    )
}

/// How the app signs in, as configuration lines.
const OAUTH: &str = "client_id = \"0oa...\"                              # \"General\", \"Client ID\"\n\
                     private_key = { file = \"okta-private-key.pem\" }\n\
                     key_id = \"...\"                                    # the kid; not needed for a JSON Web Key that has one\n";
/// The simple way.
const TOKEN: &str = "api_token = { env = \"OKTA_API_TOKEN\" }\n";

fn configuration(org: &str, connection: &str, domain: &str, means: &str) -> String {
    format!("[org.{org}.system.{connection}]\nkind = \"okta\"\ndomain = \"{domain}\"\n{means}")
}

fn has(needs: &[Need], name: &str) -> bool {
    needs.iter().any(|need| need.permission.name == name)
}

/// Somebody who was just created is in no group yet.
fn new_users(needs: &[Need]) -> &'static str {
    if has(needs, "okta.users.create") {
        " Whoever is created is in it only once the group rule has run, and until\n        then cannot be added to other groups: where a new starter's plan fails for that, constrain to all users instead"
    } else {
        ""
    }
}

fn groups(needs: &[Need]) -> &'static str {
    if has(needs, "okta.groups.members.manage") {
        "those whose members it may add or remove, and those of your protected list; who is in a group that is\n        not in the set cannot be seen to be"
    } else {
        "all, or at least those of your protected list: who is in a group that is not in the set cannot be\n        seen to be"
    }
}

fn roles(needs: &[Need]) -> impl Iterator<Item = &'static str> {
    needs.iter().filter(|need| need.permission.sort == ROLE).map(|need| need.permission.name)
}

fn labels(needs: &[Need]) -> String {
    roles(needs).map(|name| format!("   {:<38} {}\n", name, label(name).unwrap_or(name))).collect()
}

/// The call that makes the role.
fn create(needs: &[Need], domain: &str) -> String {
    let body = json!({
        "label": "Countersign",
        "description": "What the enabled runbooks need",
        "permissions": roles(needs).collect::<Vec<_>>(),
    });
    let pretty = serde_json::to_string_pretty(&body).unwrap_or_default();
    format!(
        "curl -X POST https://{domain}/api/v1/iam/roles \\\n  -H \"Authorization: SSWS $OKTA_ADMIN_TOKEN\" -H \"Content-Type: \
         application/json\" -d '{pretty}'"
    )
}

/// The host of the admin console: `acme-admin.okta.com`.
fn admin_host(domain: &str) -> String {
    match domain.split_once('.') {
        Some((org, rest)) if rest.starts_with("okta") => format!("{org}-admin.{rest}"),
        Some(_) | None => domain.to_owned(),
    }
}
