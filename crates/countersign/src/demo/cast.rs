//! The demo's tickets: what is asked, what goes wrong on the way, and what the scripted approver does.

use countersign_sandbox::{NewTicket, Template, Vendor};
use serde_json::{Value, json};

/// What the scripted approver does with a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Approves.
    Approve,
    /// Denies, with a reason.
    Deny,
    /// Looks away, until the plan expires.
    Ignore,
    /// There will be no card.
    NoCard,
}

/// One ticket and what happens around it.
pub(crate) struct Scene {
    /// What this scene shows.
    pub(crate) shows: &'static str,
    /// Who writes.
    pub(crate) from: &'static str,
    /// The subject.
    pub(crate) subject: &'static str,
    /// The description.
    pub(crate) description: &'static str,
    /// How the desk's rule sends it.
    pub(crate) template: Template,
    /// How often it is sent.
    pub(crate) deliveries: u32,
    /// What is scripted at the vendors beforehand.
    pub(crate) before: Vec<(Vendor, Value)>,
    /// A fault on the way.
    pub(crate) fault: Option<Value>,
    /// Somebody who may not decide presses Approve first.
    pub(crate) intruder: Option<&'static str>,
    /// What the approver does.
    pub(crate) verdict: Verdict,
}

impl Scene {
    fn new(shows: &'static str, from: &'static str, subject: &'static str, description: &'static str) -> Self {
        Self {
            shows,
            from,
            subject,
            description,
            template: Template::Countersign,
            deliveries: 1,
            before: Vec::new(),
            fault: None,
            intruder: None,
            verdict: Verdict::Approve,
        }
    }

    /// The ticket as it is raised at the desk.
    pub(crate) fn ticket(&self) -> NewTicket {
        NewTicket {
            subject: self.subject.to_owned(),
            description: self.description.to_owned(),
            email: self.from.to_owned(),
            source: 1,
            ..NewTicket::default()
        }
    }
}

/// Every scene, in order: what is left to expire comes last.
pub(crate) fn scenes() -> Vec<Scene> {
    let mut scenes = runbooks();
    scenes.extend(trouble());
    scenes.extend(impossible());
    scenes
}

/// Each of the seven runbooks, as it should go.
fn runbooks() -> Vec<Scene> {
    vec![
        Scene::new(
            "a password reset, for oneself",
            "tom.okafor@acme.com",
            "Forgot my password",
            "Hi, I forgot my password over the holidays and cannot sign in any more. Please reset it.\n\nThanks, Tom",
        ),
        Scene {
            intruder: Some("U0789SARAH"),
            ..Scene::new(
                "an MFA reset; the requester tries to approve her own",
                "sarah.chen@acme.com",
                "New phone, authenticator gone",
                "I got a new phone and my authenticator did not move over. Please reset my MFA so I can enrol again.",
            )
        },
        Scene::new(
            "a new hire: account, group and licence, in two systems",
            "omar.reyes@acme.com",
            "New hire starting Monday",
            "Please create an account for our new hire.\nName: Iris Vega\nE-mail: iris.vega@acme.com\nGroups: Engineering-Docs\nLicence: E3",
        ),
        Scene::new(
            "a licence, with the country of use set first",
            "priya.nair@acme.com",
            "Visio Plan 2 licence",
            "Could you please assign me a Visio Plan 2 licence? I took over the process maps.",
        ),
        Scene::new(
            "an account that cannot sign in: disabled, so enabling is proposed",
            "lukas.brandt@acme.com",
            "Maria Silva is locked out",
            "Maria Silva is locked out of her account after her leave, please unlock it: maria.silva@acme.com",
        ),
        Scene::new(
            "an account that cannot sign in: at risk, so dismissing the risk is proposed",
            "jo.doe@acme.com",
            "Account locked",
            "My account is locked and I cannot log in since this morning. Please unlock my account.",
        ),
        Scene::new(
            "a leaver: suspended, sessions ended",
            "omar.reyes@acme.com",
            "Leaver: Nadia Frost",
            "Employee: Nadia Frost\nAccount: nadia.frost@acme.com\nLast day: today\nAction: suspend account",
        ),
        Scene::new(
            "joining a group",
            "lukas.brandt@acme.com",
            "Group access",
            "Please add me to the group Engineering-Docs. I need the design documents.",
        ),
        Scene {
            before: vec![(
                Vendor::Graph,
                json!({"op": "set_member", "group": "Finance-Readers", "user": "bartosz.wilk@acme.com", "member": true}),
            )],
            ..Scene::new(
                "leaving a group",
                "omar.reyes@acme.com",
                "Remove from group",
                "Please remove bartosz.wilk@acme.com from the group Finance-Readers, he moved to another team.",
            )
        },
    ]
}

/// What goes wrong on the way, and is dealt with.
fn trouble() -> Vec<Scene> {
    vec![
        Scene {
            verdict: Verdict::Deny,
            ..Scene::new(
                "a denial, with a reason",
                "tom.okafor@acme.com",
                "MFA for Alex",
                "Please reset the MFA of alex.kim@acme.com, the old phone is lost.",
            )
        },
        Scene {
            verdict: Verdict::NoCard,
            ..Scene::new(
                "nothing that a runbook serves: left alone",
                "priya.nair@acme.com",
                "Printer on the second floor",
                "The printer on the second floor has a paper jam again and shows a red light.",
            )
        },
        Scene {
            deliveries: 3,
            ..Scene::new(
                "the rule fires three times: one run, one card",
                "bartosz.wilk@acme.com",
                "Okta Verify on a new phone",
                "I have a new phone and lost my authenticator app. Please reset my MFA so that I can set it up again.",
            )
        },
        Scene {
            template: Template::Unescaped,
            ..Scene::new(
                "a body that is not even JSON: the id is salvaged, the text fetched",
                "priya.nair@acme.com",
                "It says \"wrong password\"",
                "The page says \"wrong password\".\nI forgot my password, please reset it.",
            )
        },
        Scene {
            fault: Some(json!({
                "vendor": "okta", "match": "POST /api/v1/users/*/lifecycle/reset_password", "times": 1, "do": "status:503"
            })),
            ..Scene::new(
                "the vendor fails once, and is asked again",
                "lukas.brandt@acme.com",
                "password expired",
                "My password expired and I cannot log in. Please reset my password.",
            )
        },
    ]
}

/// Plans that cannot work, and one that nobody decides.
fn impossible() -> Vec<Scene> {
    vec![
        Scene {
            verdict: Verdict::Ignore,
            ..Scene::new(
                "a target that nobody knows: no Approve button",
                "omar.reyes@acme.com",
                "MFA reset",
                "Please reset the MFA for zed.nobody@acme.com, his phone was stolen.",
            )
        },
        Scene {
            verdict: Verdict::Ignore,
            ..Scene::new(
                "no licence free: the card says so, no Approve button",
                "sarah.chen@acme.com",
                "Power BI Pro",
                "Please assign me a Power BI Pro licence for the quarterly report.",
            )
        },
        Scene {
            verdict: Verdict::Ignore,
            ..Scene::new(
                "a plan that nobody decides: it expires",
                "tom.okafor@acme.com",
                "Visio",
                "Please assign a Visio Plan 2 licence to me for the network diagrams.",
            )
        },
    ]
}
