//! `countersign setup entra`.

use countersign_graph::adapter::{admin_consent_link, permissions};
use url::Url;

use super::{
    page::{indented, lines},
    situation::Situation,
    table::Need,
};

/// What Entra's console calls the rights that are asked for.
const SORT: &str = "application permission";

/// What to paste, step by step.
pub(super) fn text(situation: &Situation) -> String {
    let heading = situation.heading("Connecting Entra ID and Microsoft 365 (Microsoft Graph)");
    let needs = situation.needs("graph", permissions);
    if needs.is_empty() {
        return format!(
            "{heading}\nNone of these runbooks does anything in Entra ID or Microsoft 365: there is nothing to set up.\n"
        );
    }
    let (connection, known) = situation.entra();
    let (tenant, client) = known.unwrap_or_else(|| ("TENANT_ID".to_owned(), "CLIENT_ID".to_owned()));
    format!(
        r#"{heading}
An application of your own tenant signs in with a client secret; no user signs in.

1. What it may do: application permissions of Microsoft Graph (not delegated ones), for which runbooks, for which calls

{table}{notes}
2. Make it
   By the portal: https://entra.microsoft.com, "App registrations", "New registration" (single tenant, no redirect URI);
   then "API permissions", "Add a permission", "Microsoft Graph", "Application permissions": those above.
   Or by the Azure CLI, signed in with `az login --allow-no-subscriptions` as somebody who may register applications. The
   ids of the permissions are looked up by name. Save this as setup-entra.sh, read it, and run `sh setup-entra.sh`:

{script}
3. Consent
   An administrator (Privileged Role Administrator or Global Administrator) grants what the registration asks for: in the
   portal "API permissions", "Grant admin consent"; or by the link

   {consent}

   or with  az ad app permission admin-consent --id CLIENT_ID
   Where the link ends at a page that complains of a missing reply address (AADSTS500113), look at "API permissions": every
   line must say "Granted".

4. The client secret
   "Certificates & secrets", "New client secret"; copy its value (not its id), which is shown once. Or, into a file that
   only you can read:

   (umask 077; az ad app credential reset --id CLIENT_ID --append --display-name countersign --years 1 \
      --query password -o tsv > entra-client-secret)

   Note when it ends. A new one in the same file is taken up without a restart.

5. The configuration
{config}
6. Try it
   countersign check --config {file}
"#,
        table = lines(&needs, SORT),
        notes = notes(&needs),
        script = indented(&script(&needs)),
        consent = consent(&tenant, &client),
        config = indented(&configuration(situation.org().as_str(), &connection, &tenant, &client)),
        file = situation.file(),
    )
}

/// What to know before it is granted.
fn notes(needs: &[Need]) -> String {
    let has = |name: &str| needs.iter().any(|need| need.permission.name == name);
    let mut notes = String::from("\n   Give the application no directory role");
    if has("User.EnableDisableAccount.All") {
        notes.push_str(
            ": then accountEnabled of somebody who holds an administrator\n   role cannot be changed, and such a plan is shown but cannot be approved",
        );
    }
    notes.push_str(".\n");
    for (name, note) in [
        (
            "User.ReadUpdate.All",
            "is for usageLocation alone, without which no licence can be assigned. Where your\n     tenant does not know it yet, User.ReadWrite.All allows the same and much more",
        ),
        (
            "IdentityRiskyUser.ReadWrite.All",
            "takes effect in a tenant with Entra ID P2; without it a card says what could not be seen",
        ),
        (
            "AuditLog.Read.All",
            "takes effect in a tenant with Entra ID P1; without it a card cannot say why a sign-in failed",
        ),
    ] {
        if has(name) {
            notes.push_str("   - ");
            notes.push_str(name);
            notes.push(' ');
            notes.push_str(note);
            notes.push_str(".\n");
        }
    }
    notes
}

/// A script for the Azure CLI that registers the application and asks for the permissions.
pub(super) fn script(needs: &[Need]) -> String {
    let names: Vec<&str> = needs.iter().map(|need| need.permission.name).collect();
    format!(
        r#"set -eu
GRAPH=00000003-0000-0000-c000-000000000000
APP=$(az ad app create --display-name Countersign --sign-in-audience AzureADMyOrg --query appId -o tsv)
az ad sp create --id "$APP" --output none
for NAME in \
  {names}
do
  ID=$(az ad sp show --id "$GRAPH" -o tsv \
    --query "appRoles[?value=='$NAME' && contains(allowedMemberTypes, 'Application')].id")
  [ -n "$ID" ] || {{ echo "Microsoft Graph has no application permission $NAME" >&2; exit 1; }}
  az ad app permission add --id "$APP" --api "$GRAPH" --api-permissions "$ID=Role" --output none
done
echo "tenant_id = \"$(az account show --query tenantId -o tsv)\""
echo "client_id = \"$APP\""
"#,
        names = names.join(" \\\n  ")
    )
}

fn consent(tenant: &str, client: &str) -> String {
    match Url::parse("https://login.microsoftonline.com") {
        Ok(login) => admin_consent_link(&login, tenant, client),
        Err(_) => String::new(),
    }
}

fn configuration(org: &str, connection: &str, tenant: &str, client: &str) -> String {
    format!(
        r#"[org.{org}.system.{connection}]
kind = "graph"
tenant_id = "{tenant}"
client_id = "{client}"
client_secret = {{ file = "entra-client-secret" }}
usage_location = "DE"     # the country set for users who have none
"#
    )
}
