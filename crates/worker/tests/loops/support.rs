//! A worker at work, over fakes that count and may be slow.

use async_trait::async_trait;
use countersign_app::{
    App, Parts,
    decisions::Ruling,
    ingest::Taken,
    org::{DeskRules, Org},
};
use countersign_domain::{
    card::{Card, TicketWordsShown},
    digest::Digest,
    effect::{ClaimedEffect, NewEffect},
    event::Record,
    ids::{EffectId, OrgId, PersonId, RunId},
    mode::Mode,
    person::PersonRef,
    ports::{
        Change, Channel, ChannelUser, ClaimRequest, Click, Decided, Explanation, Finding, InboxRow, Opened, PortError,
        Pruned, Queries, Receipt, Store, StoreError, Wakeup,
    },
    run::{CardRef, Run},
    ticket::{FetchedTicket, TicketText},
    time::At,
};
use countersign_testkit::{
    builders::*,
    channel::FakeChannel,
    classifier::RuleClassifier,
    clock::FixedClock,
    connections::FakeConnections,
    desk::FakeDesk,
    ids::SeededIds,
    memory_store::MemoryStore,
    runbooks,
    system::{FakeSystem, FakeUser},
    wakeup::CountedWakeup,
};
use countersign_worker::{Bells, Options, Worker};
use jiff::tz::TimeZone;
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// A channel whose posts take their time.
pub(crate) struct SlowChannel {
    inner: Arc<FakeChannel>,
    seconds: AtomicU64,
    posting: AtomicU32,
    most: AtomicU32,
}

impl SlowChannel {
    /// From now on a post takes so long.
    pub(crate) fn takes(&self, seconds: u64) {
        self.seconds.store(seconds, Ordering::SeqCst);
    }

    /// How many posts are under way.
    pub(crate) fn posting(&self) -> u32 {
        self.posting.load(Ordering::SeqCst)
    }

    /// How many posts were under way at once at most.
    pub(crate) fn most(&self) -> u32 {
        self.most.load(Ordering::SeqCst)
    }
}

/// Counts itself out, even where it is broken off.
struct Posting<'a>(&'a AtomicU32);

impl Drop for Posting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[async_trait]
impl Channel for SlowChannel {
    async fn post(&self, card: &Card) -> Result<CardRef, PortError> {
        self.most.fetch_max(self.posting.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        let _posting = Posting(&self.posting);
        tokio::time::sleep(Duration::from_secs(self.seconds.load(Ordering::SeqCst))).await;
        self.inner.post(card).await
    }
    async fn find(&self, run: &RunId) -> Result<Option<CardRef>, PortError> {
        self.inner.find(run).await
    }
    async fn redraw(&self, at: &CardRef, card: &Card) -> Result<(), PortError> {
        self.inner.redraw(at, card).await
    }
    async fn say(&self, at: &CardRef, topic: &str, lines: &[String]) -> Result<(), PortError> {
        self.inner.say(at, topic, lines).await
    }
    async fn find_in_thread(&self, at: &CardRef, topic: &str) -> Result<bool, PortError> {
        self.inner.find_in_thread(at, topic).await
    }
    async fn who(&self, workspace: &str, user: &str) -> Result<ChannelUser, PortError> {
        self.inner.who(workspace, user).await
    }
    async fn explain(&self, explanation: &Explanation) -> Result<(), PortError> {
        self.inner.explain(explanation).await
    }
    async fn ask_reason(
        &self,
        trigger: &str,
        run: &RunId,
        plan_version: u32,
        plan_digest: Option<Digest>,
    ) -> Result<(), PortError> {
        self.inner.ask_reason(trigger, run, plan_version, plan_digest).await
    }
    async fn post_probe(&self, probe: &str) -> Result<CardRef, PortError> {
        self.inner.post_probe(probe).await
    }
    async fn end_probe(&self, at: &CardRef, says: &str) -> Result<(), PortError> {
        self.inner.end_probe(at, says).await
    }
    async fn check(&self, now: At) -> Vec<Finding> {
        self.inner.check(now).await
    }
}

/// A store that counts its claims.
pub(crate) struct CountedStore {
    pub(crate) inner: Arc<MemoryStore>,
    claims: AtomicU32,
}

impl CountedStore {
    /// How often anything was claimed, or nothing was there to be.
    pub(crate) fn claims(&self) -> u32 {
        self.claims.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Store for CountedStore {
    async fn open(
        &self,
        run: &Run,
        text: Option<&TicketText>,
        records: Vec<Record>,
        effects: Vec<NewEffect>,
    ) -> Result<Opened, StoreError> {
        self.inner.open(run, text, records, effects).await
    }
    async fn commit(&self, change: Change) -> Result<Receipt, StoreError> {
        self.inner.commit(change).await
    }
    async fn claim(&self, request: ClaimRequest) -> Result<Vec<ClaimedEffect>, StoreError> {
        self.claims.fetch_add(1, Ordering::SeqCst);
        self.inner.claim(request).await
    }
    async fn renew(&self, org: &OrgId, effect: EffectId, fence: i64, lease_ms: u64, now: At) -> Result<(), StoreError> {
        self.inner.renew(org, effect, fence, lease_ms, now).await
    }
    async fn receive(&self, row: InboxRow) -> Result<bool, StoreError> {
        self.inner.receive(row).await
    }
    async fn inbox(&self, limit: u32) -> Result<Vec<InboxRow>, StoreError> {
        self.inner.inbox(limit).await
    }
    async fn person(&self, org: &OrgId, refs: &[PersonRef], fresh: PersonId) -> Result<PersonId, StoreError> {
        self.inner.person(org, refs, fresh).await
    }
    async fn prune(&self, org: &OrgId, before: At, limit: u32) -> Result<Pruned, StoreError> {
        self.inner.prune(org, before, limit).await
    }
}

/// A worker at work.
pub(crate) struct World {
    pub(crate) app: Arc<App>,
    pub(crate) store: Arc<CountedStore>,
    pub(crate) channel: Arc<FakeChannel>,
    pub(crate) slow: Arc<SlowChannel>,
    pub(crate) desk: Arc<FakeDesk>,
    pub(crate) okta: Arc<FakeSystem>,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) stop: CancellationToken,
    pub(crate) worker: JoinHandle<()>,
}

fn org() -> Org {
    let runbook = runbooks::mfa_reset();
    let approvers = ["slack:U0APPROVER", "mail:lead@acme.com"];
    Org {
        id: org_id(),
        zone: TimeZone::UTC,
        note_prefix: "Countersign".to_owned(),
        ticket_words: TicketWordsShown::Excerpt,
        mode: Mode::Live,
        modes: BTreeMap::new(),
        policies: BTreeMap::from([(runbook.id.clone(), policy_of(&approvers, 3_600))]),
        runbooks: BTreeMap::from([(runbook.intent.clone(), runbook)]),
        desks: BTreeMap::from([(connection("helpdesk"), DeskRules { kind: "freshservice".to_owned(), since: None })]),
        provisioning_wait: 1_800,
        retention: None,
    }
}

impl World {
    /// As usual.
    pub(crate) fn new() -> Self {
        Self::under(|_| {})
    }

    /// Under other rules.
    pub(crate) fn under(change: impl FnOnce(&mut Org)) -> Self {
        let mut rules = org();
        change(&mut rules);
        Self::with(&Options::named("test"), false, rules)
    }

    /// With so many slots for each lane.
    pub(crate) fn with_slots(concurrency: usize) -> Self {
        Self::with(&Options { concurrency, ..Options::named("test") }, false, org())
    }

    /// A worker whose bells nobody rings.
    pub(crate) fn deaf() -> Self {
        Self::with(&Options::named("test"), true, org())
    }

    fn with(options: &Options, deaf: bool, rules: Org) -> Self {
        let ids = Arc::new(SeededIds::new(7));
        let inner = Arc::new(MemoryStore::new(ids.clone()));
        let store = Arc::new(CountedStore { inner: inner.clone(), claims: AtomicU32::new(0) });
        let (desk, okta) = (Arc::new(FakeDesk::default()), Arc::new(FakeSystem::new("okta")));
        let channel = Arc::new(FakeChannel::new(connection("it-approvals")));
        let slow = Arc::new(SlowChannel {
            inner: channel.clone(),
            seconds: AtomicU64::new(0),
            posting: AtomicU32::new(0),
            most: AtomicU32::new(0),
        });
        channel.member("U0APPROVER", "Ada Approver", Some("ada@acme.com"));
        channel.member("U0STRANGER", "Sam Stranger", Some("sam@acme.com"));
        okta.put(FakeUser::new(sarah()));
        let connections = FakeConnections::new(org_id())
            .with_desk(connection("helpdesk"), desk.clone())
            .with_channel(connection("it-approvals"), slow.clone())
            .with_system(connection("okta"), okta.clone());
        let (bells, clock) = (Bells::default(), Arc::new(FixedClock::default()));
        let silent: Arc<dyn Wakeup> = Arc::new(CountedWakeup::default());
        let found = classification(Some("mfa_reset"), 0.97, slots_for("sarah.chen@acme.com"));
        let app = Arc::new(App::new(Parts {
            store: store.clone(),
            queries: inner,
            clock: clock.clone(),
            ids,
            classifier: Arc::new(RuleClassifier::default().when("mfa", found)),
            connections: Arc::new(connections),
            wakeup: if deaf { silent.clone() } else { bells.effects.clone() },
            inbox_wakeup: if deaf { silent } else { bells.inbox.clone() },
            orgs: BTreeMap::from([(org_id(), rules)]),
        }));
        let stop = CancellationToken::new();
        let worker = tokio::spawn(Worker::new(app.clone(), bells, options.clone()).run(stop.clone()));
        Self { app, store, channel, slow, desk, okta, clock, stop, worker }
    }

    /// Takes in a ticket about somebody of its own.
    pub(crate) async fn ingest_about(&self, number: &str, address: &str) -> RunId {
        self.okta.put(FakeUser::new(subject(&format!("00u{number}"), "Somebody", address)));
        let mut asked = ticket(number, "mfa", "reset my mfa");
        asked.fields.insert("target".to_owned(), address.to_owned());
        self.ingest_ticket(number, asked).await
    }

    pub(crate) async fn ingest(&self, number: &str) -> RunId {
        self.ingest_ticket(number, ticket(number, "mfa", "reset my mfa")).await
    }

    async fn ingest_ticket(&self, number: &str, asked: FetchedTicket) -> RunId {
        self.desk.put(asked);
        let body = format!(r#"{{"ticket":{{"ticketId":"{number}","subject":"mfa","description":"reset my mfa"}}}}"#);
        let taken = self.app.ingest(&org_id(), Some(&connection("helpdesk")), body.as_bytes()).await;
        match taken.expect("the store answers") {
            Taken::Run(ingested) => ingested.run,
            Taken::Quarantined { detail, .. } => panic!("{detail}"),
        }
    }

    pub(crate) async fn click(&self, run: &Run, user: &str, dedupe: &str) {
        let click = Click {
            dedupe: dedupe.to_owned(),
            channel: connection("it-approvals"),
            workspace: "T1".to_owned(),
            user: user.to_owned(),
            room: "C0".to_owned(),
            run: run.id,
            plan_version: run.plan_version,
            plan_digest: run.state.plan().map(|plan| plan.digest(&run.org, &run.id)),
            decided: Decided::Approve,
        };
        self.app.receive_click(&org_id(), &click).await.expect("the store answers");
    }

    /// Approves by a key instead of a click.
    pub(crate) async fn approve(&self, run: Run) {
        let ruling = Ruling { plan_version: None, plan_digest: None, denied: None };
        self.app.decide_as(run, &person("mail:lead@acme.com"), ruling).await.expect("it is decided");
    }

    pub(crate) async fn run(&self, id: &RunId) -> Run {
        self.store.inner.run(&org_id(), id).await.expect("the store answers").expect("the run is there")
    }

    /// Lets paused time pass until the run is as wanted.
    pub(crate) async fn until(&self, id: &RunId, wanted: impl Fn(&Run) -> bool) -> Run {
        for _ in 0..10_000 {
            let run = self.run(id).await;
            if wanted(&run) {
                return run;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let effects = self.store.inner.effects(&org_id(), id).await;
        panic!("the run never came to what was wanted: {:?} {effects:?}", self.run(id).await);
    }

    /// Stops the worker and waits until it has.
    pub(crate) async fn stopped(&mut self) {
        self.stop.cancel();
        (&mut self.worker).await.expect("the loops end well");
    }
}
