//! `countersign setup freshservice`.

use super::{page::indented, situation::Situation};

/// The body of the rule: placeholders of Freshservice's Workflow Automator. Only the number is believed; the rest lets a
/// card be prepared before the ticket is fetched.
pub(super) const BODY: &str = r#"{
  "source": "freshservice",
  "ticket": {
    "ticketId": "{{ticket.id}}",
    "subject": "{{ticket.subject}}",
    "description": "{{ticket.description_text}}",
    "url": "{{ticket.url}}",
    "requesterEmail": "{{ticket.from_email}}"
  }
}
"#;

/// The shortest body: everything else is fetched.
pub(super) const SHORT_BODY: &str = r#"{"ticket_id": "{{ticket.id_numeric}}"}"#;

/// What to paste, step by step.
pub(super) fn text(situation: &Situation) -> String {
    let (desk, domain) = situation.desk();
    let (org, url, file) = (situation.org(), situation.public_url(), situation.file());
    let privileges: String = countersign_freshservice::permissions()
        .iter()
        .map(|permission| format!("   {:<18} {}\n", permission.name, permission.calls.join(", ")))
        .collect();
    format!(
        r#"{heading}
Every runbook needs the same of the desk, whatever it does elsewhere.

1. A dedicated agent
   a. https://{domain}/admin/home : "Roles", "New Role", name "Countersign". It must allow this and nothing else; leave
      every administrator's right off:

{privileges}
      Every agent may view the tickets of its scope and add notes; plans without custom roles: the ready-made agent role.
   b. "Agents", "New Agent": a mail address that you can read, type "Full-time" (an occasional agent's key works only on days
      with a day pass), the role from a for the entire helpdesk. Sign in once as this agent.

2. Its API key
   Signed in as the agent: picture at the top right, "Profile settings", "Your API Key": as FRESHSERVICE_API_KEY.

3. A key for the rule
   countersign key create --config {file} --org {org} --name {desk}-rule --scope ticket:ingest --desk {desk}
   It is shown once, and can submit tickets and nothing else. Administrators who may edit workflows can see it in the rule.

4. The rule
   https://{domain}/admin/home : "Workflow Automator", "New Automator", "Ticket", name "Hand new tickets to Countersign".
   Event      Ticket is raised, performed by anyone
   Condition  none; or, to begin small, one such as: Group is IT Support
   Action     Trigger Webhook
     Request type             POST
     Callback URL             {url}/api/v1/tickets/ingest
     Requires authentication  off
     Custom headers           Authorization: Bearer csk_...         (the key from 3)
     Encoding, content type   JSON
     Content                  Advanced, with this body:

{body}
   Save and activate it. The shortest body, in which nothing can break; everything else is fetched:

   {short}

   In the place of 3, the connection's own door: invent a long random token (openssl rand -hex 32), keep it as
   FRESHSERVICE_WEBHOOK_TOKEN, and set
     Callback URL             {url}/webhooks/{org}/{desk}
     Custom headers           X-Countersign-Token: the token

5. The configuration
{config}
6. Try it
   countersign check --config {file}
   countersign check --config {file} --ticket 4211     fetches that ticket and writes a private test note to it
"#,
        heading = situation.heading("Connecting Freshservice"),
        body = indented(BODY),
        short = SHORT_BODY,
        config = indented(&configuration(org.as_str(), &desk, &domain)),
    )
}

fn configuration(org: &str, desk: &str, domain: &str) -> String {
    format!(
        r#"[org.{org}.desk.{desk}]
kind = "freshservice"
domain = "{domain}"     # the host name in the browser's address bar
api_key = {{ env = "FRESHSERVICE_API_KEY" }}
plan = "pro"                                # starter | growth | pro | enterprise
# webhook_token = {{ env = "FRESHSERVICE_WEBHOOK_TOKEN" }}     only for the connection's own door
"#
    )
}
