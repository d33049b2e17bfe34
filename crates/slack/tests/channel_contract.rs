//! The adapter holds to the channel's contract, against a fake Slack that enforces the vendor's documented limits.

use countersign_domain::{ids::ConnectionName, ports::Channel, run::CardRef, time::At};
use countersign_outbound::{Factory, FactoryOptions};
use countersign_sandbox::{Options, Sandbox, Vendor};
use countersign_slack::{Slack, SlackSettings};
use countersign_testkit::{
    builders::START,
    channel_contract::{Cast, ChannelStage, ChannelWrite, Shown},
    contract::Lost,
};
use serde_json::{Value, json};
use std::sync::Arc;

const ROOM: &str = "C0123ADMIN";

struct Acme {
    sandbox: Sandbox,
    slack: Slack,
}

async fn acme() -> Acme {
    let options = Options { now: Arc::new(|| START.0), ..Options::default() };
    let sandbox = Sandbox::start(options).await.expect("a sandbox");
    sandbox.set_clock(Vendor::Slack, Some(0)).expect("a clock");
    let settings = SlackSettings {
        name: ConnectionName::new("it-approvals").expect("a name"),
        base_url: Some(sandbox.base_urls().slack.parse().expect("a URL")),
        bot_token: sandbox.credentials().slack_bot_token.as_str().into(),
        signing_secret: Some(sandbox.credentials().slack_signing_secret.as_str().into()),
        channel: ROOM.to_owned(),
    };
    let factory = Factory::new(FactoryOptions::default()).expect("a factory");
    let slack = Slack::new(settings, &factory).expect("a connection");
    Acme { sandbox, slack }
}

impl Acme {
    fn state(&self) -> Value {
        self.sandbox.state()["slack"].clone()
    }

    fn apply(&self, command: Value) {
        self.sandbox.apply(Vendor::Slack, command).expect("the sandbox takes the command");
    }
}

/// Everything that can be read, and the buttons.
fn read(block: &Value, words: &mut String, buttons: &mut usize) {
    match block {
        Value::Array(parts) => parts.iter().for_each(|part| read(part, words, buttons)),
        Value::Object(parts) => {
            *buttons += usize::from(block["type"] == "button");
            if let Some(text) = block["text"].as_str() {
                words.push('\n');
                words.push_str(text);
            }
            parts.values().for_each(|part| read(part, words, buttons));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

impl ChannelStage for Acme {
    fn channel(&self) -> &dyn Channel {
        &self.slack
    }

    fn cast(&self) -> Cast {
        let [workspace, elsewhere, member, name, mail] =
            ["T0ACME", "T0OTHER", "U0123APPROVER", "Dana Lead", "lead@acme.com"].map(str::to_owned);
        let [bot, guest, stranger, unknown] = ["U0BOT", "U0GUEST", "U0STRANGER", "U0NOBODY"].map(str::to_owned);
        Cast { workspace, elsewhere, member, name, mail, bot, guest, stranger, unknown }
    }

    fn now(&self) -> At {
        START
    }

    fn room(&self) -> Vec<Shown> {
        let state = self.state();
        let messages = state["channels"][0]["messages"].as_array().expect("messages");
        let shown = |message: &Value| {
            let mut words = message["text"].as_str().expect("a text").to_owned();
            let mut buttons = 0;
            read(&message["blocks"], &mut words, &mut buttons);
            let at = message["ts"].as_str().expect("a place").to_owned();
            Shown { message: at, words, buttons, replies: message["replies"].as_array().expect("replies").len() }
        };
        messages.iter().map(shown).collect()
    }

    fn told(&self) -> Vec<(String, String)> {
        let state = self.state();
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let told = state["ephemerals"].as_array().expect("what one person sees").iter();
        told.map(|message| (text(&message["to"]), text(&message["text"]))).collect()
    }

    fn delete(&self, at: &CardRef) {
        self.apply(json!({"op": "delete_message", "channel": ROOM, "ts": at.message}));
    }

    fn lose(&self, call: ChannelWrite, lost: Lost) {
        let pattern = match call {
            ChannelWrite::Post | ChannelWrite::Say => "POST /api/chat.postMessage",
            ChannelWrite::Redraw => "POST /api/chat.update",
        };
        let what = match lost {
            Lost::Answer => "cut",
            Lost::Request => "cut_before",
        };
        self.sandbox.inject(json!({"vendor": "slack", "match": pattern, "do": what})).expect("a fault");
    }

    fn refuse(&self) {
        self.apply(json!({"op": "set_app", "token": "revoked"}));
    }

    fn writes(&self) -> u64 {
        self.sandbox.writes()
    }
}

countersign_testkit::channel_contract!(acme);
