//! An adapter on a fake Okta of its own.

use countersign_domain::{
    ids::ConnectionName,
    person::MailAddress,
    plan::{NewUser, ObjectId, Step, Subject},
    ports::{Observed, Performed, PersonQuery, PortError, Prepared, StepAsk, SubjectOfAsk, System},
    runbook::ActionKind,
};
use countersign_okta::Okta;
use countersign_outbound::{Factory, FactoryOptions};
use countersign_sandbox::{Options, Sandbox, Vendor};
use secrecy::SecretString;
use serde_json::{Value, json};

pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    pub(crate) okta: Okta,
}

pub(crate) fn mail(text: &str) -> MailAddress {
    MailAddress::new(text).expect("an address")
}

pub(crate) fn new_user(first: &str, last: &str, login: &str) -> NewUser {
    NewUser { first_name: first.into(), last_name: last.into(), login: mail(login) }
}

impl World {
    pub(crate) async fn start() -> Self {
        let sandbox = Sandbox::start(Options::default()).await.expect("a sandbox");
        let token = SecretString::from(sandbox.credentials().okta_api_token.clone());
        let okta = Self::connect(&sandbox, &token);
        Self { sandbox, okta }
    }

    /// The same sandbox, by an adapter that has learned nothing of its rate limits yet.
    pub(crate) fn connect(sandbox: &Sandbox, token: &SecretString) -> Okta {
        let factory = Factory::new(FactoryOptions::default()).expect("a factory");
        let base = sandbox.base_urls().okta.parse().expect("a URL");
        Okta::connect(&factory, base, token).expect("an adapter")
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
