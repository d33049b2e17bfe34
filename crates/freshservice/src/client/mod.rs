//! A typed client of the Freshservice API v2: Basic authentication with the agent's key, JSON, pages by `Link`.
//!
//! It knows no domain type. Every call is sent once: what to do about a failure is the caller's to decide, from
//! [`ClientError`].

mod error;
mod model;
mod paging;
mod rate;

use countersign_outbound::{Call, Http, LiveSecret, Reply};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use std::marker::PhantomData;
use url::Url;

pub use error::{ClientError, Refusal};
pub use model::{
    Agent, AgentRole, Conversation, EmbeddedPerson, Group, RequestedItem, Requester, Role, Ticket, TicketField,
};
pub use paging::{Listed, MOST_PAGES, NextPage, Page};
pub use rate::{Limits, Plan};

const TICKET: &str = "/api/v2/tickets/{id}";
const NOTES: &str = "/api/v2/tickets/{id}/notes";
const CONVERSATION: &str = "/api/v2/conversations/{id}";
const ME: &str = "/api/v2/agents/me";
const REQUESTER: &str = "/api/v2/requesters/{id}";

/// The header in which the vendor says how many requests are left in its minute.
const REMAINING: &str = "x-ratelimit-remaining";

/// Which tickets are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct TicketFilter {
    /// Changed at or after this RFC 3339 moment. Without it the vendor lists the last 30 days alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_since: Option<String>,
    /// Raised with this address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// `Incident` or `Service Request`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Tickets a page, 1 to 100; 100 where not given.
    #[serde(skip)]
    pub per_page: Option<u32>,
}

/// The client of one account.
#[derive(Clone)]
pub struct Client {
    http: Http,
    api_key: LiveSecret,
}

impl Client {
    /// A client over `http`, whose base is the API's root: `https://acme.freshservice.com/api/v2`. `api_key` is the
    /// user name of Basic authentication; the password does not matter to the vendor.
    pub fn new(http: Http, api_key: impl Into<LiveSecret>) -> Self {
        Self { http, api_key: api_key.into() }
    }

    /// A ticket with its requester and whom it is for; `None`: there is none of this number, or the agent may not see
    /// it exists.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn ticket(&self, id: u64) -> Result<Option<Ticket>, ClientError> {
        let call = Call::get(format!("/tickets/{id}?include=requester,requested_for")).endpoint(rate::VIEW_TICKET);
        found(self.send(TICKET, call).await)?.map(|reply| object(TICKET, &reply, "ticket")).transpose()
    }

    /// The first page of tickets, newest first.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn tickets(&self, filter: &TicketFilter) -> Result<Page<Ticket>, ClientError> {
        let narrowed = serde_urlencoded::to_string(filter).unwrap_or_default();
        let separator = if narrowed.is_empty() { "" } else { "&" };
        let per_page = filter.per_page.unwrap_or(paging::PER_PAGE).clamp(1, paging::PER_PAGE);
        self.first(&format!("/tickets?per_page={per_page}{separator}{narrowed}")).await
    }

    /// The first page of a ticket's conversations, oldest first.
    ///
    /// # Errors
    /// [`ClientError`]; a ticket that is not there is [`ClientError::Refused`] with 404.
    pub async fn conversations(&self, ticket: u64) -> Result<Page<Conversation>, ClientError> {
        self.first(&format!("/tickets/{ticket}/conversations?per_page={}", paging::PER_PAGE)).await
    }

    /// Adds a private note. `body` is HTML.
    ///
    /// # Errors
    /// [`ClientError`]. The note may have been added where the error is [`ClientError::Unreadable`].
    pub async fn add_private_note(&self, ticket: u64, body: &str) -> Result<Conversation, ClientError> {
        #[derive(Serialize)]
        struct Note<'a> {
            body: &'a str,
            private: bool,
        }
        let call = Call::post(format!("/tickets/{ticket}/notes")).json(&Note { body, private: true });
        object(NOTES, &self.send(NOTES, call).await?, "conversation")
    }

    /// Replaces the text of a note. `body` is HTML.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn edit_conversation(&self, conversation: u64, body: &str) -> Result<Conversation, ClientError> {
        #[derive(Serialize)]
        struct Edit<'a> {
            body: &'a str,
        }
        let call = Call::put(format!("/conversations/{conversation}")).json(&Edit { body });
        object(CONVERSATION, &self.send(CONVERSATION, call).await?, "conversation")
    }

    /// What was ordered with a service request.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn requested_items(&self, ticket: u64) -> Result<Page<RequestedItem>, ClientError> {
        self.first(&format!("/tickets/{ticket}/requested_items")).await
    }

    /// The agent whose key this is.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn me(&self) -> Result<Agent, ClientError> {
        let reply = self.send(ME, Call::get("/agents/me")).await?;
        Ok(Agent { answered_at: reply.answered_at(), ..object(ME, &reply, "agent")? })
    }

    /// The first page of the account's roles. Not every role lets its agents read them.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn roles(&self) -> Result<Page<Role>, ClientError> {
        self.first(&format!("/roles?per_page={}", paging::PER_PAGE)).await
    }

    /// The first page of agents. The key's role needs the right to manage agents.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn agents(&self) -> Result<Page<Agent>, ClientError> {
        self.first(&format!("/agents?per_page={}", paging::PER_PAGE)).await
    }

    /// The first page of requesters.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn requesters(&self) -> Result<Page<Requester>, ClientError> {
        self.first(&format!("/requesters?per_page={}", paging::PER_PAGE)).await
    }

    /// The requesters, agents among them, who have this primary or secondary address.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn requesters_by_email(&self, email: &str) -> Result<Page<Requester>, ClientError> {
        let query = serde_urlencoded::to_string([("email", email), ("include_agents", "true")]).unwrap_or_default();
        self.first(&format!("/requesters?{query}")).await
    }

    /// A requester; `None`: there is none with this id.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn requester(&self, id: u64) -> Result<Option<Requester>, ClientError> {
        found(self.send(REQUESTER, Call::get(format!("/requesters/{id}"))).await)?
            .map(|reply| object(REQUESTER, &reply, "requester"))
            .transpose()
    }

    /// The first page of agent groups.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn groups(&self) -> Result<Page<Group>, ClientError> {
        self.first(&format!("/groups?per_page={}", paging::PER_PAGE)).await
    }

    /// The fields of the ticket form.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn ticket_form_fields(&self) -> Result<Page<TicketField>, ClientError> {
        self.first("/ticket_form_fields").await
    }

    /// The page after another.
    ///
    /// # Errors
    /// [`ClientError::TooLong`] after [`MOST_PAGES`] pages, else as the first page's.
    pub async fn more<T: Listed>(&self, next: NextPage<T>) -> Result<Page<T>, ClientError> {
        if next.read >= MOST_PAGES {
            return Err(ClientError::TooLong { what: T::TEMPLATE, pages: MOST_PAGES });
        }
        self.page(Call::get(next.url.as_str()), &next.url, next.read + 1).await
    }

    /// The whole list that begins with `page`.
    ///
    /// # Errors
    /// As [`Client::more`].
    pub async fn rest<T: Listed>(&self, page: Page<T>) -> Result<Vec<T>, ClientError> {
        let Page { mut items, mut next } = page;
        while let Some(at) = next {
            let page = self.more(at).await?;
            items.extend(page.items);
            next = page.next;
        }
        Ok(items)
    }

    async fn first<T: Listed>(&self, path: &str) -> Result<Page<T>, ClientError> {
        let absolute = format!("{}{path}", self.http.base().as_str().trim_end_matches('/'));
        let url = Url::parse(&absolute).map_err(|_| ClientError::Astray { what: T::TEMPLATE })?;
        self.page(Call::get(path), &url, 1).await
    }

    async fn page<T: Listed>(&self, call: Call, url: &Url, read: u32) -> Result<Page<T>, ClientError> {
        let call = T::ENDPOINT.into_iter().fold(call, Call::endpoint);
        let reply = self.send(T::TEMPLATE, call).await?;
        let items = list(T::TEMPLATE, &reply, T::WRAPPER)?;
        let next = paging::next_page(T::TEMPLATE, url, &reply.headers)?;
        Ok(Page { items, next: next.map(|url| NextPage { url, read, list: PhantomData }) })
    }

    /// Sends a call and holds the client back where the vendor says that its minute is used up.
    async fn send(&self, what: &'static str, call: Call) -> Result<Reply, ClientError> {
        let call = call.template(what).header("accept", "application/json").basic(&self.api_key.current(), "X");
        let reply = self.http.send(call).await?;
        // Where the vendor says how long to wait, `http` has taken note of that already.
        if reply.header(REMAINING).is_some_and(|left| left.trim() == "0") && reply.retry_after_ms().is_none() {
            tracing::debug!(what, "freshservice: no request left in this minute");
            self.http.hold(rate::WINDOW_MS);
        }
        if reply.is_success() { Ok(reply) } else { Err(ClientError::Refused(Box::new(Refusal::of(what, reply)))) }
    }
}

/// Turns 404 into `None`.
fn found(reply: Result<Reply, ClientError>) -> Result<Option<Reply>, ClientError> {
    match reply {
        Ok(reply) => Ok(Some(reply)),
        Err(ClientError::Refused(refusal)) if refusal.reply.status == 404 => Ok(None),
        Err(error) => Err(error),
    }
}

/// The object under `name`.
fn object<T: DeserializeOwned>(what: &'static str, reply: &Reply, name: &'static str) -> Result<T, ClientError> {
    let unreadable = || ClientError::Unreadable { what, expected: name };
    let value = unwrapped(reply, name).filter(Value::is_object).ok_or_else(unreadable)?;
    serde_json::from_value(value).map_err(|_| unreadable())
}

/// The list under `name`; null is an empty list.
fn list<T: DeserializeOwned>(what: &'static str, reply: &Reply, name: &'static str) -> Result<Vec<T>, ClientError> {
    let unreadable = || ClientError::Unreadable { what, expected: name };
    let value = unwrapped(reply, name).ok_or_else(unreadable)?;
    serde_json::from_value::<Option<Vec<T>>>(value).map(Option::unwrap_or_default).map_err(|_| unreadable())
}

/// What stands under `name`. The reader's own message is dropped: it may repeat what people wrote.
fn unwrapped(reply: &Reply, name: &str) -> Option<Value> {
    serde_json::from_slice::<Map<String, Value>>(&reply.body).ok()?.remove(name)
}

#[cfg(test)]
mod tests;
