//! What an administrator should know about the connection: found by reading, a line each.

mod account;
mod agent;

use countersign_domain::{ports::Finding, time::At};

use super::{
    Freshservice,
    permissions::{ADD_NOTES, EDIT_NOTES, VIEW_TICKETS},
    whole,
};
use crate::client::{Agent, Client, ClientError, Page, Ticket, TicketFilter};

const ADDRESS: &str = "address";
const CREDENTIAL: &str = "credential";
const LATER: &str = "wait a minute and check again";

/// Looks at everything; the first finding says who we are.
pub(super) async fn look(desk: &Freshservice, now: At) -> Vec<Finding> {
    let me = desk.client.me().await;
    let clock = clock(&me, now);
    let mut found = match me {
        Ok(agent) => known(desk, &agent).await,
        Err(ClientError::Refused(refusal)) if matches!(refusal.reply.status, 403 | 404) => {
            untold(desk, refusal.reply.status).await
        }
        Err(error) => vec![account::unknown(&error)],
    };
    found.push(webhook(desk));
    // The clock of whatever else answered is nobody's business.
    if !found.iter().any(|finding| finding.what == ADDRESS) {
        found.extend(clock);
    }
    found
}

/// All there is to say once Freshservice has said whose key it is.
async fn known(desk: &Freshservice, agent: &Agent) -> Vec<Finding> {
    let mut found = vec![agent::identity(&desk.address, agent)];
    found.extend(agent::sort(agent));
    found.push(tickets(&list_one(&desk.client).await));
    found.extend(agent::scope(agent));
    found.push(agent::roles(agent, whole(&desk.client, desk.client.roles().await).await));
    found.push(notes());
    found.extend(fields(desk).await);
    found
}

/// Not every role lets an agent ask about itself: then the tickets tell what the key is worth.
async fn untold(desk: &Freshservice, status: u16) -> Vec<Finding> {
    match list_one(&desk.client).await {
        Ok(page) => {
            let says = format!(
                "{}: the key is accepted, but Freshservice does not say whose it is (status {status})",
                desk.address
            );
            let mend = "see for yourself that it is the key of a dedicated, active, full-time agent without an administrator's role";
            let mut found = vec![Finding::warning(CREDENTIAL, says, mend), tickets(&Ok(page)), notes()];
            found.extend(fields(desk).await);
            found
        }
        Err(ClientError::Refused(refusal)) if refusal.reply.status == 403 => vec![account::powerless(&refusal)],
        Err(error) => vec![account::unknown(&error)],
    }
}

async fn list_one(client: &Client) -> Result<Page<Ticket>, ClientError> {
    client.tickets(&TicketFilter { per_page: Some(1), ..TicketFilter::default() }).await
}

fn tickets(listed: &Result<Page<Ticket>, ClientError>) -> Finding {
    let what = format!("permission {VIEW_TICKETS}");
    match listed {
        Ok(_) => Finding::ok(what, "tickets can be read"),
        Err(ClientError::Refused(refusal)) if refusal.reply.status == 403 => Finding::failed(
            what,
            account::with_words("the agent may not see tickets (status 403)", &refusal.says),
            "give the agent a role that may view tickets, with all tickets as its scope",
        ),
        Err(error) => Finding::failed(what, format!("tickets could not be listed: {error}"), LATER),
    }
}

/// Nothing says it but a note that is written.
fn notes() -> Finding {
    Finding::ok(
        format!("permissions {ADD_NOTES}, {EDIT_NOTES}"),
        "every agent has them where it sees the ticket; to see it proved, `check --ticket ID` writes a test note",
    )
}

/// Whether the mapped fields stand on the ticket form. Those of catalogue items cannot be read so cheaply.
async fn fields(desk: &Freshservice) -> Option<Finding> {
    if desk.fields.is_empty() {
        return None;
    }
    let what = "fields";
    let form = match whole(&desk.client, desk.client.ticket_form_fields().await).await {
        Ok(form) => form,
        Err(_) => {
            return Some(Finding::ok(
                what,
                "the ticket form could not be read with this key, so they are not compared",
            ));
        }
    };
    let stands =
        |name: &str| name == super::fields::ITEM_NAME || form.iter().any(|field| field.name.as_deref() == Some(name));
    let strange: Vec<&str> = desk.fields.keys().map(String::as_str).filter(|name| !stands(name)).collect();
    if strange.is_empty() {
        return Some(Finding::ok(what, "each mapped field stands on the ticket form"));
    }
    Some(Finding::warning(
        what,
        format!("not on the ticket form: {}", strange.join(", ")),
        "right where it is a field of a catalogue item; otherwise correct the name under `fields`",
    ))
}

fn webhook(desk: &Freshservice) -> Finding {
    let what = "webhook token";
    if desk.inbound.opens() {
        return Finding::ok(
            what,
            "is configured; that the workflow's rule sends the same shows when a webhook comes in",
        );
    }
    Finding::ok(
        what,
        "none is configured: nothing is taken at /webhooks, tickets come in by API key at /api/v1/tickets/ingest",
    )
}

/// Compares the clocks, where anything was answered.
fn clock(me: &Result<Agent, ClientError>, now: At) -> Option<Finding> {
    let theirs = match me {
        Ok(agent) => agent.answered_at,
        Err(ClientError::Refused(refusal)) => refusal.reply.answered_at(),
        Err(
            ClientError::Call(_)
            | ClientError::Unreadable { .. }
            | ClientError::Astray { .. }
            | ClientError::TooLong { .. },
        ) => return None,
    };
    Some(match theirs {
        Some(theirs) => Finding::clock("Freshservice", now.0, theirs.saturating_mul(1_000_000)),
        None => Finding::warning(
            "clock",
            "Freshservice's answer has no date, so the clocks cannot be compared",
            "see that this machine's clock is set by NTP (timedatectl)",
        ),
    })
}
