//! A server over fakes: two organisations, a clock that stands still, keys and runs as a test wants them.

pub(crate) mod certificates;
mod door;
pub(crate) mod log;
mod outage;
mod reply;
pub(crate) mod wire;

use axum::{Router, body::Body};
use countersign_app::{
    App, Parts,
    org::{DeskRules, Org},
};
use countersign_domain::{
    card::TicketWordsShown,
    classification::Slots,
    command::{Command, Decision, Facts, Understood},
    decide::{Opening, apply, decide, open},
    digest::Digest,
    ids::{KeyId, OrgId, RunId},
    mode::Mode,
    plan::Plan,
    policy::Policy,
    ports::{Change, Clock, Ids, KeyChange, KeyRow, Queries, RunChange, RunFilter, Store},
    run::{Origin, Run},
};
use countersign_server::{Door, KeyRing, Server, ServerParts, public_router, router};
use countersign_testkit::{
    builders::{
        classification, connection, intent, org_id, person, plan, policy_of, runbook_id, slots_for, ticket_facts,
        ticket_id,
    },
    channel::FakeChannel,
    classifier::RuleClassifier,
    clock::FixedClock,
    connections::FakeConnections,
    ids::SeededIds,
    memory_store::MemoryStore,
    runbooks::mfa_reset,
    wakeup::CountedWakeup,
};
use http::{Method, Request};
use serde_json::Value;
use std::{collections::BTreeMap, sync::Arc};
use tower::ServiceExt;

pub(crate) use door::FakeDoor;
pub(crate) use outage::Outage;
pub(crate) use reply::Reply;

/// The key with every scope but those that cannot go together with deciding.
pub(crate) const READER: &str = "csk_reader";

/// A key that submits tickets and nothing else.
pub(crate) const SUBMITTER: &str = "csk_submitter";

/// A key bound to the listed approver `mail:lead@acme.com`.
pub(crate) const LEAD_KEY: &str = "csk_lead";

/// A key of the organisation `globex` with every scope but `run:decide`.
pub(crate) const STRANGER: &str = "csk_stranger";

/// A server and what it stands on.
pub(crate) struct World {
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) ids: Arc<SeededIds>,
    pub(crate) outage: Arc<Outage>,
    pub(crate) channel: Arc<FakeChannel>,
    pub(crate) door: Arc<FakeDoor>,
    pub(crate) wakeup: Arc<CountedWakeup>,
    pub(crate) inbox_wakeup: Arc<CountedWakeup>,
    /// Every route.
    pub(crate) router: Router,
    /// The public routes alone.
    pub(crate) public: Router,
}

impl World {
    /// The organisations `acme` (desk `helpdesk`) and `globex` (two desks), with the four keys above.
    pub(crate) async fn new() -> Self {
        let ids = Arc::new(SeededIds::new(1));
        let store = Arc::new(MemoryStore::new(Arc::clone(&ids) as Arc<dyn Ids>));
        let clock = Arc::new(FixedClock::default());
        let outage = Arc::new(Outage::over(Arc::clone(&store)));
        let channel = Arc::new(FakeChannel::new(connection("approvals")));
        let door = Arc::new(FakeDoor::default());
        let (wakeup, inbox_wakeup) = (Arc::new(CountedWakeup::default()), Arc::new(CountedWakeup::default()));
        let connections =
            FakeConnections::new(org_id()).with_channel(connection("approvals"), Arc::clone(&channel) as Arc<_>);
        let app = App::new(Parts {
            store: Arc::clone(&store) as Arc<_>,
            queries: Arc::clone(&outage) as Arc<_>,
            clock: Arc::clone(&clock) as Arc<_>,
            ids: Arc::clone(&ids) as Arc<_>,
            classifier: Arc::new(rules()),
            connections: Arc::new(connections),
            wakeup: Arc::clone(&wakeup) as Arc<_>,
            inbox_wakeup: Arc::clone(&inbox_wakeup) as Arc<_>,
            orgs: [org(org_id(), &["helpdesk"]), org(globex(), &["east", "west"])]
                .map(|org| (org.id.clone(), org))
                .into(),
        });
        let knock = Door { inbound: Arc::clone(&door) as Arc<_> };
        let server = Server::new(ServerParts {
            app: Arc::new(app),
            keys: KeyRing::load(Arc::clone(&outage) as Arc<_>).await.expect("the store answers"),
            doors: [((org_id(), connection("helpdesk")), knock)].into(),
            metrics: Arc::new(|| "countersign_effects_parked 0\n".to_owned()),
            version: "1.2.3",
        });
        let (router, public) = (router(server.clone()), public_router(server));
        let world = Self { store, clock, ids, outage, channel, door, wakeup, inbox_wakeup, router, public };
        world.first_keys().await;
        world
    }

    async fn first_keys(&self) {
        let most = ["run:read", "run:manage", "catalog:read", "runbook:execute", "audit:read", "ticket:ingest"];
        self.key(READER, &most, |_| {}).await;
        self.key(SUBMITTER, &["ticket:ingest"], |_| {}).await;
        self.key(LEAD_KEY, &["run:decide"], |row| row.person = Some(person("mail:lead@acme.com"))).await;
        self.key(STRANGER, &[&most[..], &["run:decide"]].concat(), |row| row.org = globex()).await;
    }

    /// Stores a key as it is, rules of `key create` or not.
    pub(crate) async fn key(&self, text: &str, scopes: &[&str], shape: impl FnOnce(&mut KeyRow)) -> KeyId {
        let mut row = KeyRow {
            id: self.ids.key(),
            org: org_id(),
            name: text.trim_start_matches("csk_").to_owned(),
            hash: Digest::of(text.as_bytes()),
            scopes: scopes.iter().map(ToString::to_string).collect(),
            person: None,
            desk: None,
            created_at: self.clock.now(),
            expires_at: None,
            revoked_at: None,
        };
        shape(&mut row);
        let id = row.id;
        self.commit(Change { key: Some(KeyChange::Create(row)), ..Change::default() }).await;
        id
    }

    /// Revokes a key in the store, as another process would.
    pub(crate) async fn revoke(&self, key: KeyId) {
        let revoke = KeyChange::Revoke { org: org_id(), key, at: self.clock.now() };
        self.commit(Change { key: Some(revoke), ..Change::default() }).await;
    }

    async fn commit(&self, change: Change) {
        self.store.commit(change).await.expect("the store takes it");
    }

    /// A run of `acme` that awaits approval of a plan: its id and the plan's digest.
    pub(crate) async fn awaiting(&self, ticket: &str, shape: impl FnOnce(&mut Plan)) -> (RunId, Digest) {
        let run = self.planning(ticket).await;
        let mut made = plan(run.plan_version + 1, 1, self.clock.now());
        shape(&mut made);
        let run = self.advance(run, Command::Plan { plan: Box::new(made) }).await;
        let digest = run.state.plan().expect("it was planned").digest(&run.org, &run.id);
        (run.id, digest)
    }

    async fn planning(&self, ticket: &str) -> Run {
        let understood = Understood::Runbook {
            classification: classification(Some("mfa_reset"), 0.97, slots_for("sarah.chen@acme.com")),
            runbook: runbook_id("RB-002"),
        };
        let origin = Origin::Ticket { desk: connection("helpdesk"), ticket: ticket_id(ticket) };
        let understands = Some(understood.clone());
        let opening = Opening { id: self.ids.run(), org: org_id(), origin, understood: understands, left_alone: None };
        let now = self.clock.now();
        let (run, decision) = open(opening, now);
        let records = decision.events.iter().map(|event| event.record(&run, now)).collect();
        self.store.open(&run, None, records, decision.effects).await.expect("the store takes it");
        self.advance(run, Command::ReadTicket { facts: ticket_facts(), understood }).await
    }

    async fn advance(&self, run: Run, command: Command) -> Run {
        let now = self.clock.now();
        let facts = Facts { now, policy: None, approver: None, mode: Mode::Live };
        let decision = decide(&run, command, &facts).expect("it applies");
        let after = apply(run.clone(), &decision, now);
        let Decision { events, effects } = decision;
        self.commit(Change {
            org: Some(run.org.clone()),
            run: Some(RunChange { run: after.clone(), expected_version: run.version }),
            records: events.iter().map(|event| event.record(&after, now)).collect(),
            effects,
            ..Change::default()
        })
        .await;
        after
    }

    /// The run of a ticket of `acme`'s `helpdesk`.
    pub(crate) async fn run_of(&self, ticket: &str) -> Option<Run> {
        let page = self.store.runs(&org_id(), &RunFilter::default(), None, 1_000).await.expect("the store answers");
        let (desk, ticket) = (connection("helpdesk"), ticket_id(ticket));
        page.runs.into_iter().find(|run| run.ticket_key() == Some((&desk, &ticket)))
    }

    /// Sends a request straight to the routes.
    pub(crate) async fn send(&self, request: Request<Body>) -> Reply {
        let Ok(response) = self.router.clone().oneshot(request).await;
        Reply::of(response).await
    }

    /// Sends a request to what stands alone at the public address.
    pub(crate) async fn send_to_public(&self, request: Request<Body>) -> Reply {
        let Ok(response) = self.public.clone().oneshot(request).await;
        Reply::of(response).await
    }

    /// `GET` with a key.
    pub(crate) async fn get(&self, path: &str, key: &str) -> Reply {
        self.send(with_key(Method::GET, path, key, "")).await
    }

    /// `POST` of JSON with a key.
    pub(crate) async fn post(&self, path: &str, key: &str, body: &str) -> Reply {
        self.send(with_key(Method::POST, path, key, body)).await
    }

    /// Submits a body as a ticket.
    pub(crate) async fn ingest(&self, body: &str) -> Reply {
        self.post("/api/v1/tickets/ingest", SUBMITTER, body).await
    }
}

/// A request with a key and a JSON body.
pub(crate) fn with_key(method: Method, path: &str, key: &str, body: &str) -> Request<Body> {
    Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {key}"))
        .header("content-type", "application/json")
        .body(Body::from(body.to_owned()))
        .expect("a valid request")
}

/// A decision's body.
pub(crate) fn ruling(decision: &str, digest: &Digest, reason: Option<&str>) -> String {
    let mut body = serde_json::json!({ "decision": decision, "planDigest": digest.to_string() });
    if let Some(reason) = reason {
        body["reason"] = Value::from(reason);
    }
    body.to_string()
}

/// The other organisation.
pub(crate) fn globex() -> OrgId {
    OrgId::new("globex").expect("a valid name")
}

fn rules() -> RuleClassifier {
    RuleClassifier::default()
        .when("mfa", classification(Some("mfa_reset"), 0.97, Slots::default()))
        .when("perhaps", classification(Some("mfa_reset"), 0.4, Slots::default()))
        .when("unserved", classification(Some("door_access"), 0.99, Slots::default()))
}

fn org(id: OrgId, desks: &[&str]) -> Org {
    let policy: Policy = policy_of(&["mail:lead@acme.com", "mail:second@acme.com", "mail:rob@acme.com"], 24 * 3_600);
    let desk = |name: &&str| (connection(name), DeskRules { kind: "freshservice".to_owned(), since: None });
    Org {
        id,
        zone: jiff::tz::TimeZone::UTC,
        note_prefix: "Countersign".to_owned(),
        ticket_words: TicketWordsShown::Excerpt,
        runbooks: BTreeMap::from([(intent("mfa_reset"), mfa_reset())]),
        policies: BTreeMap::from([(runbook_id("RB-002"), policy)]),
        desks: desks.iter().map(desk).collect(),
        provisioning_wait: 60,
        mode: Mode::Live,
        modes: BTreeMap::new(),
        retention: None,
    }
}
