//! A sandbox, a system in front of it, and what the tests ask of both.

use std::collections::BTreeMap;

use countersign_domain::{
    ids::ConnectionName,
    person::MailAddress,
    plan::{BlockCode, Step, Subject},
    ports::{Observed, PersonQuery, PortError, Prepared, PreparedStep, StepAsk, SubjectOfAsk, System},
    runbook::ActionKind,
};
use countersign_graph::adapter::{GraphSettings, GraphSystem};
use countersign_outbound::{Factory, FactoryOptions};
use countersign_sandbox::{Options, Sandbox, SyncAfter, Vendor};
use serde_json::{Value, json};

pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    pub(crate) system: GraphSystem,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with_country(Some("DE")).await
    }

    pub(crate) async fn with_country(country: Option<&str>) -> Self {
        let options = Options { sync_after: SyncAfter::Polls(1), ..Options::default() };
        let sandbox = Sandbox::start(options).await.unwrap();
        let secret = sandbox.credentials().entra_client_secret.clone();
        let system = system(&sandbox, &secret, country);
        Self { sandbox, system }
    }

    /// A change behind the API's back.
    pub(crate) fn change(&self, command: Value) -> Value {
        self.sandbox.apply(Vendor::Graph, command).unwrap()
    }

    /// From now on the application has these permissions and no other.
    pub(crate) fn permit(&self, permissions: &[&str]) {
        self.change(json!({"op": "set_permissions", "permissions": permissions}));
        self.change(json!({"op": "revoke_tokens"}));
    }

    /// The requests that Graph itself has seen: method and path without ids, and how many were not answered with success.
    pub(crate) fn seen(&self) -> BTreeMap<String, u64> {
        let requests = self.sandbox.requests();
        let rows = requests["routes"].as_array().unwrap().iter().filter(|row| row["vendor"] == "graph");
        rows.filter_map(|row| {
            let path = row["route"].as_str().unwrap().strip_prefix("/v1.0")?;
            let path: Vec<_> = path.split('/').map(|text| if text.starts_with('{') { "{id}" } else { text }).collect();
            let refused = row["count"].as_u64().unwrap() - row["succeeded"].as_u64().unwrap();
            Some((format!("{} {}", row["method"].as_str().unwrap(), path.join("/")), refused))
        })
        .collect()
    }

    pub(crate) fn fault(&self, matching: &str, what: &str) {
        self.sandbox.inject(json!({"vendor": "graph", "match": matching, "do": what})).unwrap();
    }

    pub(crate) async fn find(&self, login: &str) -> Subject {
        let mut found = self.system.resolve(&by_mail(login)).await.unwrap();
        assert_eq!(found.len(), 1, "{login}");
        found.remove(0)
    }

    pub(crate) async fn ask(&self, action: ActionKind, login: &str) -> StepAsk {
        let subject = SubjectOfAsk::Known(self.find(login).await);
        StepAsk { ordinal: 0, action, subject, groups: Vec::new(), license: None }
    }

    pub(crate) async fn prepare(&self, ask: &StepAsk) -> Prepared {
        self.system.prepare(ask).await.unwrap()
    }

    pub(crate) async fn license(&self, login: &str, wanted: &str) -> Prepared {
        let ask = self.ask(ActionKind::AssignLicense, login).await;
        self.prepare(&StepAsk { license: Some(wanted.to_owned()), ..ask }).await
    }

    pub(crate) async fn membership(&self, action: ActionKind, login: &str, groups: &[&str]) -> Prepared {
        let ask = self.ask(action, login).await;
        self.prepare(&StepAsk { groups: groups.iter().map(|name| (*name).to_owned()).collect(), ..ask }).await
    }

    pub(crate) async fn observe(&self, step: &Step) -> Observed {
        self.system.observe(step, None, false).await.unwrap()
    }

    pub(crate) async fn perform(&self, step: &Step) -> Result<String, PortError> {
        self.system.perform(step, None).await.map(|performed| performed.says)
    }

    /// Observes each step, which must be ready, performs it, and sees it done.
    pub(crate) async fn carry_out(&self, prepared: &Prepared) {
        for step in steps(prepared) {
            assert_eq!(self.observe(&step).await, Observed::Ready, "{}", step.title);
            self.perform(&step).await.unwrap();
            let done = self.system.observe(&step, None, true).await.unwrap();
            assert!(matches!(done, Observed::AlreadyDone(_)), "{}: {done:?}", step.title);
        }
    }

    /// One property of a user, as the sandbox has it.
    pub(crate) fn user(&self, login: &str, property: &str) -> Value {
        let state = self.sandbox.state();
        let users = state["graph"]["users"].as_array().unwrap();
        users.iter().find(|user| user["login"] == login).unwrap()[property].clone()
    }

    /// Nobody was lost: the one thing that must never happen.
    pub(crate) fn nobody_was_deleted(&self) {
        assert_eq!(self.sandbox.state()["graph"]["deleted_users"], json!([]));
    }
}

pub(crate) fn system(sandbox: &Sandbox, secret: &str, country: Option<&str>) -> GraphSystem {
    connect(GraphSettings { client_secret: secret.into(), ..settings(sandbox, country) })
}

pub(crate) fn connect(settings: GraphSettings) -> GraphSystem {
    GraphSystem::new(&Factory::new(FactoryOptions::default()).unwrap(), settings).unwrap()
}

/// The settings of a connection to the sandbox.
pub(crate) fn settings(sandbox: &Sandbox, country: Option<&str>) -> GraphSettings {
    let credentials = sandbox.credentials();
    let base = sandbox.base_urls().graph.parse::<url::Url>().unwrap();
    let secret = credentials.entra_client_secret.as_str();
    GraphSettings {
        base_url: base.clone(),
        login_base_url: base,
        usage_location: country.map(str::to_owned),
        ..GraphSettings::new(&credentials.entra_tenant_id, &credentials.entra_client_id, secret)
    }
}

pub(crate) fn by_mail(mail: &str) -> PersonQuery {
    PersonQuery { mail: Some(MailAddress::new(mail).unwrap()), name: None }
}

pub(crate) fn awaited(action: ActionKind, login: &str) -> StepAsk {
    let subject = SubjectOfAsk::Awaited { login: MailAddress::new(login).unwrap() };
    StepAsk { ordinal: 0, action, subject, groups: Vec::new(), license: None }
}

/// The steps as the planner would number them.
pub(crate) fn steps(prepared: &Prepared) -> Vec<Step> {
    assert_eq!(prepared.blockers, []);
    prepared.steps.iter().cloned().zip(0..).map(|(step, ordinal)| numbered(step, ordinal)).collect()
}

pub(crate) fn numbered(step: PreparedStep, ordinal: u16) -> Step {
    let PreparedStep { action, title, before, after, guard, within: _ } = step;
    Step { ordinal, system: ConnectionName::new("entra").unwrap(), action, title, before, after, guard }
}

pub(crate) fn one_step(prepared: &Prepared) -> Step {
    let mut steps = steps(prepared);
    assert_eq!(steps.len(), 1);
    steps.remove(0)
}

/// The one reason why not, of this code; nothing may be left to do.
pub(crate) fn blocker(prepared: &Prepared, code: BlockCode) -> String {
    assert_eq!(prepared.steps, []);
    assert_eq!(prepared.blockers.iter().map(|blocker| blocker.code).collect::<Vec<_>>(), [code]);
    format!("{} {}", prepared.blockers[0].says, prepared.blockers[0].mend)
}
