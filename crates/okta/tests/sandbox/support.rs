//! An adapter on a fake Okta of its own.

use countersign_domain::{
    ids::ConnectionName,
    person::MailAddress,
    plan::{NewUser, ObjectId, Step, Subject},
    ports::{Clock, Observed, Performed, PersonQuery, PortError, Prepared, StepAsk, SubjectOfAsk, System},
    runbook::ActionKind,
};
use countersign_okta::{
    ACTIONS, Okta,
    client::{Application, Client, Clocks},
    scopes,
};
use countersign_outbound::{Factory, FactoryOptions, Http, LiveSecret, Pace, Target};
use countersign_sandbox::{Options, Sandbox, Vendor};
use countersign_testkit::clock::FixedClock;
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    pub(crate) okta: Okta,
    /// The clock of both sides.
    pub(crate) clock: Arc<FixedClock>,
}

/// Where the sandbox's service app asks for tokens.
pub(crate) const TOKEN: &str = "POST /oauth2/v1/token";

pub(crate) fn http(base: &str) -> Http {
    let factory = Factory::new(FactoryOptions::default()).expect("a factory");
    let base_url = base.parse().expect("a URL");
    factory.client(Target { vendor: "okta", base_url, pace: Pace::default() }).expect("a client")
}

/// An adapter that signs in as the sandbox's service app, but for what `change` makes different.
pub(crate) fn app(sandbox: &Sandbox, clock: &Arc<FixedClock>, change: impl FnOnce(&mut Application)) -> Okta {
    let mut application = application(sandbox);
    change(&mut application);
    Okta::new(Client::for_application(http(&sandbox.base_urls().okta), application, clocks(clock)).expect("a client"))
}

fn application(sandbox: &Sandbox) -> Application {
    let credentials = sandbox.credentials();
    Application {
        client_id: credentials.okta_client_id.clone(),
        private_key: LiveSecret::from(credentials.okta_private_key.as_str()),
        key_id: None,
        scopes: scopes(&ACTIONS).into_iter().map(ToOwned::to_owned).collect(),
    }
}

/// The sandbox's service app, at another address.
pub(crate) fn app_at(base: &str, sandbox: &Sandbox, clock: &Arc<FixedClock>) -> Okta {
    Okta::new(Client::for_application(http(base), application(sandbox), clocks(clock)).expect("a client"))
}

/// Both clocks by the one that stands still.
pub(crate) fn clocks(clock: &Arc<FixedClock>) -> Clocks {
    let read = Arc::clone(clock);
    let monotonic = move || Duration::from_micros(u64::try_from(read.now().0).expect("after 1970"));
    Clocks { wall: clock.clone(), monotonic: Arc::new(monotonic) }
}

pub(crate) fn mail(text: &str) -> MailAddress {
    MailAddress::new(text).expect("an address")
}

pub(crate) fn new_user(first: &str, last: &str, login: &str) -> NewUser {
    NewUser { first_name: first.into(), last_name: last.into(), login: mail(login) }
}

impl World {
    /// By an API token.
    pub(crate) async fn start() -> Self {
        Self::start_with(|sandbox, _| {
            let token = LiveSecret::from(sandbox.credentials().okta_api_token.as_str());
            Okta::new(Client::new(http(&sandbox.base_urls().okta), token))
        })
        .await
    }

    /// By the sandbox's service app.
    pub(crate) async fn start_as_app() -> Self {
        Self::start_with(|sandbox, clock| app(sandbox, clock, |_| {})).await
    }

    async fn start_with(connect: impl FnOnce(&Sandbox, &Arc<FixedClock>) -> Okta) -> Self {
        let clock = Arc::new(FixedClock::default());
        let read = Arc::clone(&clock);
        let options = Options { now: Arc::new(move || read.now().0), ..Options::default() };
        let sandbox = Sandbox::start(options).await.expect("a sandbox");
        sandbox.set_clock(Vendor::Okta, Some(0)).expect("the sandbox's answers are dated by its clock");
        let okta = connect(&sandbox, &clock);
        Self { sandbox, okta, clock }
    }

    /// How many requests of this method and template arrived.
    pub(crate) fn count(&self, call: &str) -> u64 {
        let requests = self.sandbox.requests();
        let routes = requests["routes"].as_array().expect("routes");
        let of_call = routes.iter().filter(|row| {
            let method = row["method"].as_str().expect("a method");
            call.split_once(' ') == Some((method, row["route"].as_str().expect("a route")))
        });
        of_call.map(|row| row["count"].as_u64().expect("a number")).sum()
    }

    pub(crate) fn apply(&self, command: Value) -> Value {
        self.sandbox.apply(Vendor::Okta, command).expect("the sandbox takes the command")
    }

    pub(crate) fn set_status(&self, login: &str, status: &str) {
        self.apply(json!({"op": "set_status", "user": login, "status": status}));
    }

    pub(crate) fn fault(&self, pattern: &str, what: &str) {
        self.sandbox.inject(json!({"vendor": "okta", "match": pattern, "do": what})).expect("a fault");
    }

    pub(crate) async fn find(&self, login: &str) -> Subject {
        let mut found = self.resolve(Some(login), None).await;
        assert_eq!(found.len(), 1, "{login}");
        found.remove(0)
    }

    pub(crate) async fn resolve(&self, login: Option<&str>, name: Option<&str>) -> Vec<Subject> {
        let query = PersonQuery { mail: login.map(mail), name: name.map(ToOwned::to_owned) };
        self.okta.resolve(&query).await.expect("an answer")
    }

    pub(crate) async fn prepare(&self, action: ActionKind, login: &str, groups: &[&str]) -> Prepared {
        let subject = SubjectOfAsk::Known(self.find(login).await);
        self.prepare_for(action, subject, groups).await
    }

    pub(crate) async fn prepare_for(&self, action: ActionKind, subject: SubjectOfAsk, groups: &[&str]) -> Prepared {
        let groups = groups.iter().map(|group| (*group).to_owned()).collect();
        let ask = StepAsk { ordinal: 0, action, subject, groups, license: None };
        self.okta.prepare(&ask).await.expect("an answer")
    }

    /// The one step that a user's action leads to.
    pub(crate) async fn plan(&self, action: ActionKind, login: &str) -> Step {
        step(self.prepare(action, login, &[]).await)
    }

    pub(crate) async fn plan_new(&self, user: &NewUser) -> Step {
        step(self.prepare_for(ActionKind::CreateUser, SubjectOfAsk::New(user.clone()), &[]).await)
    }

    pub(crate) async fn observe(&self, step: &Step, ambiguous: bool) -> Observed {
        self.okta.observe(step, None, ambiguous).await.expect("an answer")
    }

    pub(crate) async fn perform(&self, step: &Step) -> Result<Performed, PortError> {
        self.okta.perform(step, None).await
    }

    pub(crate) async fn perform_as(&self, step: &Step, created: &ObjectId) -> Performed {
        assert_eq!(self.okta.observe(step, Some(created), false).await, Ok(Observed::Ready));
        self.okta.perform(step, Some(created)).await.expect("it is done")
    }

    /// A user as the sandbox shows them.
    pub(crate) fn user(&self, login: &str) -> Value {
        let state = self.sandbox.state();
        let users = state["okta"]["users"].as_array().expect("users").clone();
        users.into_iter().find(|user| user["login"] == login).unwrap_or_default()
    }

    pub(crate) fn mails_to(&self, address: &str) -> usize {
        let state = self.sandbox.state();
        state["okta"]["mails"].as_array().expect("mails").iter().filter(|mail| mail["to"] == address).count()
    }
}

/// The one step of what was prepared.
pub(crate) fn step(prepared: Prepared) -> Step {
    let shown = format!("{prepared:?}");
    let mut steps = steps(prepared);
    assert_eq!(steps.len(), 1, "{shown}");
    steps.remove(0)
}

pub(crate) fn steps(prepared: Prepared) -> Vec<Step> {
    assert!(prepared.blockers.is_empty(), "{:?}", prepared.blockers);
    let system = ConnectionName::new("okta").expect("a name");
    let made = prepared.steps.into_iter().zip(0_u16..).map(|(step, ordinal)| Step {
        ordinal,
        system: system.clone(),
        action: step.action,
        title: step.title,
        before: step.before,
        after: step.after,
        guard: step.guard,
    });
    made.collect()
}
