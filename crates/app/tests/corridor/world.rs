//! An organisation with fake vendors, and a little driver that claims and dispatches until nothing is due.

use countersign_app::{
    App, AppError, Parts,
    decisions::{ClickError, Ruling},
    dispatch::Lease,
    ingest::{Ingested, Taken},
    org::{DeskRules, Org},
};
use countersign_domain::{
    card::TicketWordsShown,
    classification::{GroupAction, NewHire, Slots},
    effect::{ClaimedEffect, Lane},
    ids::RunId,
    mode::Mode,
    ports::{
        ClaimRequest, Classifier, Click, Clock, Decided, EffectView, KeyRow, LedgerEntryView, Queries, SecondOpinion,
        Store, System,
    },
    run::{DenyReason, Run, StateName},
    ticket::FetchedTicket,
};
use countersign_testkit::{
    builders::*,
    channel::{FakeCard, FakeChannel},
    classifier::RuleClassifier,
    clock::FixedClock,
    connections::FakeConnections,
    desk::{FakeDesk, FakeNote},
    ids::SeededIds,
    memory_store::MemoryStore,
    runbooks,
    system::{FakeSystem, FakeUser},
    wakeup::CountedWakeup,
};
use jiff::tz::TimeZone;
use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use crate::store::{Loss, LossyStore};

/// For how long effects are claimed, in milliseconds.
const LEASE_MS: u64 = 60_000;

/// Everybody whom the policy lists; not all of them may approve everything.
const LISTED: [&str; 8] = [
    APPROVER,
    LEAD,
    "slack:U0ROB",
    "slack:U0SARAH",
    "slack:U0GHOST",
    "slack:U0BOT",
    "mail:rob@acme.com",
    "mail:sarah.chen@acme.com",
];

pub(crate) struct World {
    pub(crate) app: App,
    pub(crate) store: Arc<LossyStore>,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) desk: Arc<FakeDesk>,
    pub(crate) channel: Arc<FakeChannel>,
    pub(crate) okta: Arc<FakeSystem>,
    pub(crate) entra: Arc<FakeSystem>,
    pub(crate) bell: Arc<CountedWakeup>,
    pub(crate) inbox_bell: Arc<CountedWakeup>,
}

pub(crate) fn classifier() -> RuleClassifier {
    let sarah = || slots_for("sarah.chen@acme.com");
    let docs = Slots { group: Some("Docs".to_owned()), action: Some(GroupAction::Add), ..sarah() };
    let visio = Slots { sku: Some("Visio Plan 2".to_owned()), ..sarah() };
    let hire = NewHire {
        name: Some("Noor Haddad".to_owned()),
        email: Some("noor.haddad@acme.com".to_owned()),
        groups: vec!["Staff".to_owned()],
        license: Some("E3".to_owned()),
    };
    let hire = Slots { new_hire: Some(hire), ..Slots::default() };
    RuleClassifier::default()
        .when("unsure", classification(Some("mfa_reset"), 0.5, sarah()))
        .when("my own mfa", classification(Some("mfa_reset"), 0.97, Slots::default()))
        .when("nobody's mfa", classification(Some("mfa_reset"), 0.97, slots_for("nobody@acme.com")))
        .when("mfa", classification(Some("mfa_reset"), 0.97, sarah()))
        .when("suspend", classification(Some("suspend_account"), 0.97, sarah()))
        .when("docs", classification(Some("group_membership"), 0.97, docs))
        .when("visio", classification(Some("license_assignment"), 0.97, visio))
        .when("new hire", classification(Some("new_hire_provisioning"), 0.97, hire))
        .when("coffee", classification(Some("coffee_machine"), 0.97, Slots::default()))
}

fn org() -> Org {
    let runbooks = runbooks::all();
    Org {
        id: org_id(),
        zone: TimeZone::get("Europe/Berlin").expect("a zone"),
        note_prefix: "Countersign".to_owned(),
        ticket_words: TicketWordsShown::Excerpt,
        mode: Mode::Live,
        modes: BTreeMap::new(),
        policies: runbooks.iter().map(|runbook| (runbook.id.clone(), policy_of(&LISTED, 24 * 3_600))).collect(),
        runbooks: runbooks.into_iter().map(|runbook| (runbook.intent.clone(), runbook)).collect(),
        desks: BTreeMap::from([(
            connection("helpdesk"),
            DeskRules { kind: "freshservice".to_owned(), since: Some(START.plus_seconds(0)) },
        )]),
        provisioning_wait: 1_800,
        retention: None,
    }
}

fn channel() -> FakeChannel {
    let channel = FakeChannel::new(connection("it-approvals"));
    channel.member("U0APPROVER", "Ada Approver", Some("ada@acme.com"));
    channel.member("U0ROB", "Rob Requester", Some("rob@acme.com"));
    channel.member("U0SARAH", "Sarah Chen", Some("sarah.chen@acme.com"));
    channel.member("U0EVE", "Eve", Some("eve@acme.com"));
    channel.member("U0LEAD", "Lead", Some("lead@acme.com"));
    channel.member("U0GHOST", "Ghost", None);
    channel.barred("U0BOT", "Robot", "bots cannot decide");
    channel
}

impl World {
    pub(crate) fn new() -> Self {
        let ids = Arc::new(SeededIds::new(7));
        let memory = Arc::new(MemoryStore::new(ids.clone()));
        let store = Arc::new(LossyStore::new(memory.clone()));
        let clock = Arc::new(FixedClock::at(START));
        let (desk, channel) = (Arc::new(FakeDesk::default()), Arc::new(channel()));
        let (okta, entra) = (Arc::new(FakeSystem::new("okta")), Arc::new(FakeSystem::new("graph")));
        okta.put(FakeUser::new(sarah()));
        okta.put(FakeUser::new(subject("00u2rob", "Rob Requester", "rob@acme.com")));
        okta.group("Staff", "g-staff");
        entra.put(FakeUser::new(subject("aad-sarah", "Sarah Chen", "sarah.chen@acme.com")));
        entra.group("Docs", "g-docs");
        entra.license("Visio Plan 2", "sku-visio", 3);
        entra.license("E3", "sku-e3", 3);
        let connections = FakeConnections::new(org_id())
            .with_desk(connection("helpdesk"), desk.clone())
            .with_channel(connection("it-approvals"), channel.clone())
            .with_system(connection("okta"), okta.clone())
            .with_system(connection("entra"), entra.clone());
        let (bell, inbox_bell) = (Arc::new(CountedWakeup::default()), Arc::new(CountedWakeup::default()));
        let app = App::new(Parts {
            store: store.clone(),
            queries: memory,
            clock: clock.clone(),
            ids,
            classifier: Arc::new(classifier()),
            connections: Arc::new(connections),
            wakeup: bell.clone(),
            inbox_wakeup: inbox_bell.clone(),
            orgs: BTreeMap::from([(org_id(), org())]),
        });
        Self { app, store, clock, desk, channel, okta, entra, bell, inbox_bell }
    }

    /// A world of these rules from its beginning.
    pub(crate) fn under(change: impl FnOnce(&mut Org)) -> Self {
        Self::new().under_other_rules(change)
    }

    /// The same store and vendors after a restart under other rules.
    pub(crate) fn under_other_rules(self, change: impl FnOnce(&mut Org)) -> Self {
        let mut rules = org();
        change(&mut rules);
        self.restarted(|parts| parts.orgs = BTreeMap::from([(org_id(), rules)]))
    }

    /// The same store after a restart with the desk gone from the configuration.
    pub(crate) fn without_desk(self) -> Self {
        let connections = self.connections_with(self.okta.clone());
        let mut rules = org();
        rules.desks.clear();
        self.restarted(|parts| {
            parts.connections = Arc::new(connections);
            parts.orgs = BTreeMap::from([(org_id(), rules)]);
        })
    }

    /// The same store after a restart with another system in place of okta.
    pub(crate) fn with_okta(self, okta: Arc<dyn System>) -> Self {
        let connections = self.connections_with(okta).with_desk(connection("helpdesk"), self.desk.clone());
        self.restarted(|parts| parts.connections = Arc::new(connections))
    }

    /// The same after a restart with a second model to ask.
    pub(crate) fn asking(self, second_opinion: Arc<dyn SecondOpinion>) -> Self {
        let connections = self.connections_with(self.okta.clone()).with_desk(connection("helpdesk"), self.desk.clone());
        self.restarted(|parts| parts.connections = Arc::new(connections.with_second_opinion(second_opinion)))
    }

    /// The same after a restart with another classifier.
    pub(crate) fn classifying_by(self, classifier: Arc<dyn Classifier>) -> Self {
        self.restarted(|parts| parts.classifier = classifier)
    }

    /// Every vendor but the desk.
    fn connections_with(&self, okta: Arc<dyn System>) -> FakeConnections {
        FakeConnections::new(org_id())
            .with_channel(connection("it-approvals"), self.channel.clone())
            .with_system(connection("okta"), okta)
            .with_system(connection("entra"), self.entra.clone())
    }

    fn restarted(self, change: impl FnOnce(&mut Parts)) -> Self {
        let before = self.app.parts();
        let mut parts = Parts {
            store: before.store.clone(),
            queries: before.queries.clone(),
            clock: before.clock.clone(),
            ids: before.ids.clone(),
            classifier: before.classifier.clone(),
            connections: before.connections.clone(),
            wakeup: before.wakeup.clone(),
            inbox_wakeup: before.inbox_wakeup.clone(),
            orgs: before.orgs.clone(),
        };
        change(&mut parts);
        Self { app: App::new(parts), ..self }
    }

    /// Sends a body as the desk's key does.
    pub(crate) async fn send(&self, body: &str) -> Taken {
        self.app.ingest(&org_id(), Some(&connection("helpdesk")), body.as_bytes()).await.expect("it is taken in")
    }

    /// Puts a ticket with these words at the desk and sends them; the run.
    pub(crate) async fn take_in(&self, description: &str) -> RunId {
        self.take_in_ticket(ticket("4211", "Please help", description)).await
    }

    /// Puts a ticket at the desk and sends its words; the run.
    pub(crate) async fn take_in_ticket(&self, ticket: FetchedTicket) -> RunId {
        let body = body(ticket.id.as_str(), &ticket.text.subject, &ticket.text.description);
        self.desk.put(ticket);
        taken(self.send(&body).await).run
    }

    /// Takes a ticket in and drives it until a person must decide.
    pub(crate) async fn ask_for(&self, description: &str) -> RunId {
        let run = self.take_in(description).await;
        self.drive().await;
        run
    }

    /// As [`World::ask_for`], approved and executed.
    pub(crate) async fn approve(&self, description: &str) -> RunId {
        let run = self.ask_for(description).await;
        self.click(run, "U0APPROVER", 1, Decided::Approve).await;
        self.drive().await;
        run
    }

    pub(crate) async fn run(&self, id: RunId) -> Run {
        self.app.run(&org_id(), &id).await.expect("the run is there")
    }

    pub(crate) async fn state(&self, id: RunId) -> StateName {
        self.run(id).await.state.name()
    }

    /// The kinds of a run's ledger entries, in order.
    pub(crate) async fn entries(&self, id: RunId) -> Vec<String> {
        let entries = self.store.inner.entries_of(&org_id(), &id).await.expect("the ledger is there");
        entries.into_iter().map(|(_, kind, _)| kind).collect()
    }

    /// The organisation's last ledger entry.
    pub(crate) async fn last_entry(&self) -> LedgerEntryView {
        let page = self.store.inner.entries(&org_id(), 0, 10_000).await.expect("the ledger is there");
        page.entries.last().cloned().expect("there is an entry")
    }

    /// A run's effects of this name.
    pub(crate) async fn effects(&self, id: RunId, name: &str) -> Vec<EffectView> {
        let effects = self.store.inner.effects(&org_id(), &id).await.expect("the effects are there");
        effects.into_iter().filter(|effect| effect.name == name).collect()
    }

    /// The only card.
    #[track_caller]
    pub(crate) fn card(&self) -> FakeCard {
        let cards = self.channel.cards();
        assert_eq!(cards.len(), 1, "one card");
        cards[0].clone()
    }

    /// The only note.
    #[track_caller]
    pub(crate) fn note(&self) -> FakeNote {
        let notes = self.desk.notes();
        assert_eq!(notes.len(), 1, "one note");
        notes[0].clone()
    }

    /// Claims everything that is due.
    pub(crate) async fn claim(&self) -> Vec<ClaimedEffect> {
        let request = ClaimRequest {
            owner: "worker".to_owned(),
            lease_ms: LEASE_MS,
            limit: 16,
            lanes: Lane::ALL.to_vec(),
            now: self.clock.now(),
        };
        self.store.claim(request).await.expect("effects can be claimed")
    }

    /// Claims everything that is due and drops what is asked by another name, as a process that dies does; its lease
    /// runs out.
    pub(crate) async fn claim_named(&self, name: &str) -> Vec<ClaimedEffect> {
        self.claim().await.into_iter().filter(|effect| effect.ask.name() == name).collect()
    }

    /// Dispatches until an effect of this name is claimed, and hands it over.
    pub(crate) async fn drive_until(&self, name: &str) -> ClaimedEffect {
        let mut queue: VecDeque<_> = self.claim().await.into();
        while let Some(effect) = queue.pop_front() {
            if effect.ask.name() == name {
                return effect;
            }
            queue.extend(self.dispatch(effect, true).await.expect("it is dispatched"));
        }
        panic!("no {name} was asked for");
    }

    pub(crate) async fn dispatch(&self, effect: ClaimedEffect, holds: bool) -> Result<Vec<ClaimedEffect>, AppError> {
        let holds = move || holds;
        self.app.dispatch(effect, Lease { owner: "worker", lease_ms: LEASE_MS, holds: &holds }).await
    }

    /// Claims and dispatches until nothing is due. Panics where the store fails.
    pub(crate) async fn drive(&self) {
        let crashed = self.drive_into(None, Loss::Before).await;
        assert!(!crashed, "nothing crashed");
    }

    /// As [`World::drive`], but the process dies at the commit of dispatch number `crash_at` (from 0); its leases run
    /// out, and another process goes on. Returns whether it came to that.
    pub(crate) async fn drive_into(&self, crash_at: Option<usize>, loss: Loss) -> bool {
        let (mut count, mut crashed) = (0, false);
        loop {
            let mut queue: VecDeque<_> = self.claim().await.into();
            if queue.is_empty() {
                return crashed;
            }
            while let Some(effect) = queue.pop_front() {
                if crash_at == Some(count) {
                    self.store.lose_next(loss);
                }
                count += 1;
                assert!(count < 500, "the queue never empties");
                match self.dispatch(effect, true).await {
                    Ok(more) => queue.extend(more),
                    Err(error) => {
                        assert!(error.to_string().contains("the process died here"), "{error}");
                        crashed = true;
                        queue.clear();
                        self.clock.advance_seconds(61);
                    }
                }
            }
        }
    }

    /// A click, persisted and looked into.
    pub(crate) async fn click(&self, run: RunId, user: &str, plan_version: u32, decided: Decided) {
        self.persist_click(run, user, plan_version, decided).await;
        self.take_clicks().await.expect("the clicks are dealt with");
    }

    /// What a button of the run's card carries; where the card shows another version by now, as an earlier version of
    /// this program would have made it.
    pub(crate) async fn persist_click(&self, run: RunId, user: &str, plan_version: u32, decided: Decided) {
        let cards = self.channel.cards();
        let shown = cards.iter().map(|card| &card.shown);
        let card = shown.filter(|card| card.run == run).find(|card| card.plan_version == plan_version);
        let click = Click {
            dedupe: format!("{run}-{user}-{plan_version}-{decided:?}"),
            channel: connection("it-approvals"),
            workspace: "T1".to_owned(),
            user: user.to_owned(),
            room: "C1".to_owned(),
            run,
            plan_version,
            plan_digest: card.map(|card| card.plan_digest),
            decided,
        };
        self.app.receive_click(&org_id(), &click).await.expect("the click is persisted");
    }

    pub(crate) async fn take_clicks(&self) -> Result<(), ClickError> {
        for row in self.store.inbox(100).await.expect("the inbox can be read") {
            self.app.take_click(row).await?;
        }
        Ok(())
    }

    /// A decision by the person a key is bound to.
    pub(crate) async fn rule(&self, run: RunId, person_ref: &str, ruling: Ruling) -> Result<Run, AppError> {
        self.app.decide_as(self.run(run).await, &person(person_ref), ruling).await
    }
}

pub(crate) fn approval() -> Ruling {
    Ruling { plan_version: None, plan_digest: None, denied: None }
}

pub(crate) fn denial() -> Decided {
    Decided::Deny { reason: DenyReason::WrongPerson, words: Some("not her".to_owned()) }
}

/// The body of the workflow rule.
pub(crate) fn body(number: &str, subject: &str, description: &str) -> String {
    serde_json::json!({
        "source": "freshservice",
        "ticket": {
            "ticketId": number,
            "subject": subject,
            "description": description,
            "url": "https://evil.example/phish",
            "requesterEmail": "rob@acme.com",
        },
    })
    .to_string()
}

#[track_caller]
pub(crate) fn taken(taken: Taken) -> Ingested {
    match taken {
        Taken::Run(ingested) => ingested,
        Taken::Quarantined { detail, .. } => panic!("set aside: {detail}"),
    }
}

/// A key that may start runs, bound to Rob.
pub(crate) fn starter() -> KeyRow {
    KeyRow {
        id: key_id(9),
        org: org_id(),
        name: "starter".to_owned(),
        hash: digest(9),
        scopes: vec!["runbook:execute".to_owned()],
        person: Some(person("mail:rob@acme.com")),
        desk: None,
        created_at: START,
        expires_at: None,
        revoked_at: None,
    }
}
