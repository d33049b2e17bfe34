//! Fake Freshservice: tickets, conversations, people, and the Workflow Automator's webhook.
//!
//! Shapes as api.freshservice.com documents them: objects wrapped in their name, blank fields null, times
//! `YYYY-MM-DDTHH:MM:SSZ`, list pages by `page` and `per_page` with a `Link` header, errors as
//! `{"description","errors":[{"field","message","code"}]}`, limits by the minute for the account and for viewing a
//! ticket. Absent: deleting, replying, assets, changes, problems.

mod agent;
mod automator;
mod gate;
mod notes;
mod people;
mod record;
mod scripted;
mod tickets;
mod validate;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post, put};
use serde_json::{Value, json};

pub use automator::{Automator, Template};
pub use scripted::{NewTicket, RaisedTicket};

use crate::options::{Now, Options};
use crate::window::Window;
use agent::KeyOwner;
use gate::Limits;
use record::{Conversation, Person, Ticket};

/// The number of the first ticket raised.
const FIRST_TICKET: u64 = 4201;

/// The desk's state.
pub(crate) struct State {
    desk: Mutex<Desk>,
    automator: Mutex<Option<Automator>>,
    key_owner: Mutex<KeyOwner>,
    limits: Option<Mutex<Limits>>,
    api_key: String,
    now: Now,
    /// The address under which the desk is served, as it stands in links.
    base_url: String,
    http: reqwest::Client,
}

/// What the desk remembers.
struct Desk {
    tickets: BTreeMap<u64, Ticket>,
    conversations: BTreeMap<u64, Conversation>,
    people: BTreeMap<u64, Person>,
    /// Ids of people by address in lower case.
    addresses: HashMap<String, u64>,
    next_ticket: u64,
    next_conversation: u64,
    next_person: u64,
}

impl State {
    /// The state a sandbox starts with; `base_url` is the desk's own address, `http` sends its webhooks.
    pub(crate) fn seeded(options: &Options, base_url: &str, http: reqwest::Client) -> Self {
        let limits = options.enforce_rate_limits.then(|| {
            Mutex::new(Limits {
                account: Window::new(options.freshservice_per_minute, crate::stamp::MINUTE),
                view_ticket: Window::new(options.freshservice_view_per_minute, crate::stamp::MINUTE),
                total: options.freshservice_per_minute,
            })
        });
        let mut desk = Desk {
            tickets: BTreeMap::new(),
            conversations: BTreeMap::new(),
            people: BTreeMap::new(),
            addresses: HashMap::new(),
            next_ticket: FIRST_TICKET,
            next_conversation: 31_000_000_001,
            next_person: 21_000_001_000,
        };
        for person in people::seeded(options.seed, (options.now)()) {
            desk.add_person(person);
        }
        Self {
            desk: Mutex::new(desk),
            automator: Mutex::new(None),
            key_owner: Mutex::default(),
            limits,
            api_key: options.credentials.freshservice_api_key.clone(),
            now: Arc::clone(&options.now),
            base_url: base_url.to_owned(),
            http,
        }
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn key_owner(&self) -> MutexGuard<'_, KeyOwner> {
        self.key_owner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `{"tickets":[...],"total":n}`, newest first, each with its conversations; at most `limit` tickets.
    pub(crate) fn snapshot(&self, limit: usize) -> Value {
        let desk = self.desk();
        let tickets: Vec<Value> = desk
            .tickets
            .values()
            .rev()
            .take(limit)
            .map(|ticket| {
                let mut value = ticket.to_json();
                let requester = desk.person(ticket.requester_id);
                value["requester"] = requester.map_or(Value::Null, Person::embedded);
                value["requested_items"] = Value::Array(ticket.requested_items.clone());
                value["conversations"] = desk.conversations_of(ticket.id).map(Conversation::to_json).collect();
                value
            })
            .collect();
        json!({"tickets": tickets, "total": desk.tickets.len(), "notes": desk.conversations.len()})
    }
}

impl Desk {
    fn person(&self, id: u64) -> Option<&Person> {
        self.people.get(&id)
    }

    fn add_person(&mut self, person: Person) {
        self.addresses.insert(person.email.to_lowercase(), person.id);
        self.people.insert(person.id, person);
    }

    /// The person with this address; whoever is not known yet becomes a requester, as at the vendor.
    fn requester_for(&mut self, email: &str, now: i64) -> u64 {
        if let Some(id) = self.addresses.get(&email.to_lowercase()) {
            return *id;
        }
        let id = self.next_person;
        self.next_person += 1;
        let name = email.split('@').next().unwrap_or(email);
        self.add_person(Person::requester(id, name, "", email, now));
        id
    }

    /// A ticket's conversations, oldest first.
    fn conversations_of(&self, ticket: u64) -> impl Iterator<Item = &Conversation> {
        let ids = self.tickets.get(&ticket).map_or(&[][..], |ticket| ticket.conversations.as_slice());
        ids.iter().filter_map(|id| self.conversations.get(id))
    }
}

/// The desk's routes, without the vendor's prefix.
pub(crate) fn router(state: Arc<State>) -> Router {
    let api = Router::new()
        .route("/tickets", get(tickets::list).post(tickets::create))
        .route("/tickets/{id}", get(tickets::view).put(tickets::update))
        .route("/tickets/{id}/conversations", get(notes::list))
        .route("/tickets/{id}/notes", post(notes::create))
        .route("/tickets/{id}/requested_items", get(tickets::requested_items))
        .route("/conversations/{id}", put(notes::edit))
        .route("/ticket_form_fields", get(tickets::form_fields))
        .route("/agents", get(people::agents))
        .route("/agents/me", get(people::me))
        .route("/agents/{id}", get(people::agent))
        .route("/requesters", get(people::requesters))
        .route("/requesters/{id}", get(people::requester))
        .route("/groups", get(people::groups))
        .route("/roles", get(agent::roles))
        .fallback(not_found)
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&state), gate::gate))
        .with_state(state);
    Router::new().nest("/api/v2", api).route("/a/tickets/{id}", get(open_in_page))
}

/// A link to a ticket leads to the sandbox's page.
async fn open_in_page(axum::extract::Path(id): axum::extract::Path<u64>) -> Redirect {
    Redirect::to(&format!("/#ticket-{id}"))
}

/// The vendor answers 404 with an empty body.
async fn not_found() -> Response {
    StatusCode::NOT_FOUND.into_response()
}
