//! The desk: tickets fetched with our own key, one private note a run.

mod check;
mod failure;
mod fields;
mod html;
mod notes;
mod permissions;
mod settings;
mod ticket;

use async_trait::async_trait;
use countersign_domain::{
    ids::{RunId, TicketId},
    note,
    ports::{Desk, Finding, PortError},
    run::NoteRef,
    ticket::{FetchedTicket, TicketStatus},
    time::At,
};
use countersign_outbound::{Factory, Target};
use std::collections::BTreeMap;

use crate::{
    client::{Client, ClientError, Listed, Page, RequestedItem, Ticket},
    inbound::FreshserviceInbound,
};
use failure::{is_missing, port_error};

pub use permissions::permissions;
pub use settings::{FreshserviceSettings, SettingsError};

/// The name in metrics and logs.
const VENDOR: &str = "freshservice";

/// A Freshservice account as a desk.
pub struct Freshservice {
    client: Client,
    /// Where the account is, without a slash at its end.
    address: String,
    fields: BTreeMap<String, String>,
    inbound: FreshserviceInbound,
}

impl Freshservice {
    /// A desk of these settings. Nothing is asked of Freshservice yet.
    ///
    /// # Errors
    /// [`SettingsError`] names the setting and says what would do.
    pub fn new(settings: FreshserviceSettings, factory: &Factory) -> Result<Self, SettingsError> {
        let mut base_url = settings.check()?;
        let path = base_url.path().trim_end_matches('/').to_owned();
        base_url.set_path(&path);
        let address = base_url.as_str().trim_end_matches('/').to_owned();
        base_url.set_path(&format!("{path}/api/v2"));
        let pace = settings.plan.pace(settings.requests_per_minute);
        let http = factory.client(Target { vendor: VENDOR, base_url, pace })?;
        Ok(Self {
            client: Client::new(http, settings.api_key),
            address,
            fields: settings.fields,
            inbound: FreshserviceInbound::new(settings.webhook_token),
        })
    }

    /// The door for this connection's webhooks.
    pub fn inbound(&self) -> FreshserviceInbound {
        self.inbound.clone()
    }

    /// Whether another approval system has decided the ticket: reads notes until one says so. `None`: the ticket is
    /// gone meanwhile.
    async fn decided_elsewhere(&self, ticket: u64) -> Result<Option<bool>, PortError> {
        let mut page = match self.client.conversations(ticket).await {
            Ok(page) => page,
            Err(error) if is_missing(&error) => return Ok(None),
            Err(error) => return Err(port_error(error, failure::READ_NOTES)),
        };
        loop {
            if page.items.iter().any(notes::decides_elsewhere) {
                return Ok(Some(true));
            }
            let Some(next) = page.next else { return Ok(Some(false)) };
            page = self.client.more(next).await.map_err(|error| port_error(error, failure::READ_NOTES))?;
        }
    }

    /// What was ordered, where that can fill a slot.
    async fn items(&self, number: u64, ticket: &Ticket) -> Result<Vec<RequestedItem>, PortError> {
        if self.fields.is_empty() || !ticket::is_service_request(ticket) {
            return Ok(Vec::new());
        }
        match whole(&self.client, self.client.requested_items(number).await).await {
            Ok(items) => Ok(items),
            // A service request without a catalogue item.
            Err(error) if is_missing(&error) => Ok(Vec::new()),
            Err(error) => Err(port_error(error, failure::READ_ITEMS)),
        }
    }

    fn fetched(&self, id: &TicketId, ticket: &Ticket, decided: bool, items: &[RequestedItem]) -> Option<FetchedTicket> {
        let requester = ticket::requester(ticket);
        Some(FetchedTicket {
            id: id.clone(),
            text: ticket::text(ticket, requester.as_ref()),
            requested_for: ticket::requested_for(ticket, requester.as_ref()),
            requester,
            status: ticket::status(ticket),
            created_at: ticket.created_at.as_deref().and_then(At::parse)?,
            url: self.ticket_url(id),
            came_in: ticket::came_in(ticket),
            fields: fields::slots(&self.fields, ticket, items),
            decided_elsewhere: decided,
        })
    }
}

#[async_trait]
impl Desk for Freshservice {
    async fn fetch(&self, id: &TicketId) -> Result<Option<FetchedTicket>, PortError> {
        let Some(number) = ticket::number(id) else { return Ok(None) };
        let found = self.client.ticket(number).await.map_err(|error| port_error(error, failure::READ_TICKET))?;
        let Some(ticket) = found else { return Ok(None) };
        let (decided, items) = match ticket::status(&ticket) {
            // Nothing will be done about these, whatever their notes say.
            TicketStatus::Deleted | TicketStatus::Spam => (false, Vec::new()),
            TicketStatus::Open | TicketStatus::Closed => {
                let Some(decided) = self.decided_elsewhere(number).await? else { return Ok(None) };
                (decided, self.items(number, &ticket).await?)
            }
        };
        let undated = || {
            PortError::permanent(
                "Freshservice's answer has no readable `created_at`, so the ticket's age is unknown: open the ticket at \
                 the desk and handle it by hand",
            )
        };
        self.fetched(id, &ticket, decided, &items).map(Some).ok_or_else(undated)
    }

    async fn find_note(&self, ticket: &TicketId, run: &RunId) -> Result<Option<NoteRef>, PortError> {
        let Some(number) = ticket::number(ticket) else { return Ok(None) };
        let conversations = match whole(&self.client, self.client.conversations(number).await).await {
            Ok(conversations) => conversations,
            Err(error) if is_missing(&error) => return Ok(None),
            Err(error) => return Err(port_error(error, failure::READ_NOTES)),
        };
        let marker = note::marker(run);
        // The first one: a later one quotes it.
        let ours = conversations.iter().filter(|conversation| notes::carries(conversation, &marker));
        Ok(ours.filter_map(|conversation| conversation.id).min().map(note_ref))
    }

    async fn post_note(&self, ticket: &TicketId, lines: &[String]) -> Result<NoteRef, PortError> {
        let number = ticket::number(ticket).ok_or_else(|| {
            PortError::permanent("a note cannot be posted: Freshservice's tickets have numbers, and this one has none")
        })?;
        let posted = self.client.add_private_note(number, &html::from_lines(lines)).await;
        let posted = posted.map_err(|error| port_error(error, failure::POST_NOTE))?;
        posted.id.map(note_ref).ok_or_else(|| PortError::ambiguous("Freshservice took the note but did not say its id"))
    }

    async fn edit_note(&self, note: &NoteRef, lines: &[String]) -> Result<(), PortError> {
        let id = note.0.parse().map_err(|_| {
            PortError::permanent("the note cannot be edited: what is kept of it is no Freshservice conversation id")
        })?;
        match self.client.edit_conversation(id, &html::from_lines(lines)).await {
            Ok(_) => Ok(()),
            Err(error) if is_missing(&error) => {
                Err(PortError::gone("the note is no longer on the ticket: an agent has probably deleted it"))
            }
            Err(error) => Err(port_error(error, failure::EDIT_NOTE)),
        }
    }

    fn ticket_url(&self, ticket: &TicketId) -> String {
        format!("{}/a/tickets/{ticket}", self.address)
    }

    async fn check(&self, now: At) -> Vec<Finding> {
        check::look(self, now).await
    }
}

/// The whole list that begins with a page.
async fn whole<T: Listed>(client: &Client, first: Result<Page<T>, ClientError>) -> Result<Vec<T>, ClientError> {
    client.rest(first?).await
}

fn note_ref(id: u64) -> NoteRef {
    NoteRef(id.to_string())
}
