//! The loops over fakes. Time is paused: what waits for a moment waits for no real one.

use countersign_app::{
    App, Parts,
    ingest::Taken,
    org::{DeskRules, Org},
};
use countersign_domain::{
    card::TicketWordsShown,
    ids::RunId,
    ports::{Click, Decided, Queries, Wakeup},
    run::{Run, StateName},
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
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

struct World {
    app: Arc<App>,
    store: Arc<MemoryStore>,
    channel: Arc<FakeChannel>,
    desk: Arc<FakeDesk>,
    stop: CancellationToken,
    worker: JoinHandle<()>,
}

fn org() -> Org {
    let runbook = runbooks::mfa_reset();
    Org {
        id: org_id(),
        zone: TimeZone::UTC,
        note_prefix: "Countersign".to_owned(),
        ticket_words: TicketWordsShown::Excerpt,
        policies: BTreeMap::from([(runbook.id.clone(), policy_of(&["slack:U0APPROVER"], 3_600))]),
        runbooks: BTreeMap::from([(runbook.intent.clone(), runbook)]),
        desks: BTreeMap::from([(connection("helpdesk"), DeskRules { kind: "freshservice".to_owned(), since: None })]),
        provisioning_wait: 1_800,
    }
}

/// A worker at work; with `deaf`, nobody rings its bells.
fn world(deaf: bool) -> World {
    let ids = Arc::new(SeededIds::new(7));
    let store = Arc::new(MemoryStore::new(ids.clone()));
    let (desk, channel, okta) = (
        Arc::new(FakeDesk::default()),
        Arc::new(FakeChannel::new(connection("it-approvals"))),
        Arc::new(FakeSystem::new("okta")),
    );
    desk.put(ticket("4211", "mfa", "reset my mfa"));
    channel.member("U0APPROVER", "Ada Approver", Some("ada@acme.com"));
    okta.put(FakeUser::new(sarah()));
    let connections = FakeConnections::new(org_id())
        .with_desk(connection("helpdesk"), desk.clone())
        .with_channel(connection("it-approvals"), channel.clone())
        .with_system(connection("okta"), okta);
    let bells = Bells::default();
    let silent: Arc<dyn Wakeup> = Arc::new(CountedWakeup::default());
    let found = classification(Some("mfa_reset"), 0.97, slots_for("sarah.chen@acme.com"));
    let app = Arc::new(App::new(Parts {
        store: store.clone(),
        queries: store.clone(),
        clock: Arc::new(FixedClock::default()),
        ids,
        classifier: Arc::new(RuleClassifier::default().when("mfa", found)),
        connections: Arc::new(connections),
        wakeup: if deaf { silent.clone() } else { bells.effects.clone() },
        inbox_wakeup: if deaf { silent } else { bells.inbox.clone() },
        orgs: BTreeMap::from([(org_id(), org())]),
    }));
    let stop = CancellationToken::new();
    let worker = tokio::spawn(Worker::new(app.clone(), bells, Options::named("test")).run(stop.clone()));
    World { app, store, channel, desk, stop, worker }
}

impl World {
    async fn ingest(&self) -> RunId {
        let body = br#"{"ticket":{"ticketId":"4211","subject":"mfa","description":"reset my mfa"}}"#;
        match self.app.ingest(&org_id(), Some(&connection("helpdesk")), body).await.expect("the store answers") {
            Taken::Run(ingested) => ingested.run,
            Taken::Quarantined { detail, .. } => panic!("{detail}"),
        }
    }

    async fn click(&self, run: &Run) {
        let click = Click {
            dedupe: "one".to_owned(),
            channel: connection("it-approvals"),
            workspace: "T1".to_owned(),
            user: "U0APPROVER".to_owned(),
            room: "C0".to_owned(),
            run: run.id,
            plan_version: run.plan_version,
            decided: Decided::Approve,
        };
        self.app.receive_click(&org_id(), &click).await.expect("the store answers");
    }

    /// Lets paused time pass until the run is as wanted.
    async fn until(&self, id: &RunId, wanted: impl Fn(&Run) -> bool) -> Run {
        for _ in 0..10_000 {
            let run = self.store.run(&org_id(), id).await.expect("the store answers").expect("the run is there");
            if wanted(&run) {
                return run;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let run = self.store.run(&org_id(), id).await;
        let effects = self.store.effects(&org_id(), id).await;
        panic!("the run never came to what was wanted: {run:?} {effects:?}");
    }
}

async fn walk(deaf: bool) {
    let world = world(deaf);
    let id = world.ingest().await;
    let run = world.until(&id, |run| run.card.is_some()).await;
    assert_eq!(run.state.name(), StateName::AwaitingApproval);
    world.click(&run).await;
    world.until(&id, |run| run.state.name() == StateName::Succeeded && run.note.is_some()).await;
    assert_eq!(world.channel.cards().len(), 1);
    assert_eq!(world.desk.notes().len(), 1);
    world.stop.cancel();
    world.worker.await.expect("the loops end well");
}

#[tokio::test(start_paused = true)]
async fn a_ticket_goes_all_the_way() {
    walk(false).await;
}

#[tokio::test(start_paused = true)]
async fn what_no_wake_up_reached_is_found_by_the_sweep() {
    walk(true).await;
}

#[tokio::test(start_paused = true)]
async fn a_stopped_worker_claims_nothing_more() {
    let world = world(false);
    world.stop.cancel();
    world.worker.await.unwrap();
    let store = world.store.clone();
    let body = br#"{"ticket":{"ticketId":"4211","subject":"mfa","description":"reset my mfa"}}"#;
    let Taken::Run(ingested) = world.app.ingest(&org_id(), Some(&connection("helpdesk")), body).await.unwrap() else {
        panic!("a ticket id was sent")
    };
    let effects = store.effects(&org_id(), &ingested.run).await.unwrap();
    assert!(effects.iter().all(|effect| effect.state == "waiting"), "{effects:?}");
}
