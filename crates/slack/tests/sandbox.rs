//! The channel and its door against a fake Slack that enforces the vendor's documented limits and sends real, signed
//! interactions.

mod support;

use std::sync::{Arc, Mutex};

use axum::{Router, body::Bytes, extract::State, http::HeaderMap, routing::post};
use countersign_domain::{
    card::CardStatus,
    digest::Digest,
    ids::ConnectionName,
    ports::{Channel, Decided, Explanation, Inbound, Incoming, PortErrorKind, RawRequest},
    run::{CardRef, DenyReason},
    time::At,
};
use countersign_outbound::{Factory, FactoryOptions, LiveSecret, Pace, Target};
use countersign_sandbox::{Click, Options, Sandbox, Submission, Vendor};
use countersign_slack::{Slack, SlackSettings, client::Client};
use serde_json::{Value, json};

const NOW: i64 = 1_781_026_931_310_000;
const ROOM: &str = "C0123ADMIN";
const APPROVER: &str = "U0123APPROVER";

struct Stage {
    sandbox: Sandbox,
    slack: Arc<Slack>,
}

async fn stage_with(token: Option<&str>, options: Options) -> Stage {
    let sandbox = Sandbox::start(Options { now: Arc::new(|| NOW), ..options }).await.expect("the stage is set");
    let settings = SlackSettings {
        name: ConnectionName::new("it-approvals").expect("the stage is set"),
        base_url: Some(sandbox.base_urls().slack.parse().expect("the stage is set")),
        bot_token: token.unwrap_or(&sandbox.credentials().slack_bot_token).into(),
        signing_secret: Some(sandbox.credentials().slack_signing_secret.as_str().into()),
        channel: ROOM.to_owned(),
    };
    let slack = Slack::new(settings, &Factory::new(FactoryOptions::default()).expect("the stage is set"))
        .expect("the stage is set");
    Stage { sandbox, slack: Arc::new(slack) }
}

async fn stage() -> Stage {
    stage_with(None, Options::default()).await
}

impl Stage {
    fn messages(&self) -> Vec<Value> {
        self.sandbox.state()["slack"]["channels"][0]["messages"].as_array().expect("the stage is set").clone()
    }

    fn fault(&self, pattern: &str, what: &str) {
        self.sandbox.inject(json!({"vendor": "slack", "match": pattern, "do": what})).expect("the stage is set");
    }

    async fn posted(&self) -> CardRef {
        self.slack.post(&support::open(support::run('a'))).await.expect("the stage is set")
    }

    /// Serves the door; what came through it is kept.
    async fn door(&self, twice: bool) -> Arc<Mutex<Vec<Incoming>>> {
        let came = Arc::new(Mutex::new(Vec::new()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("the stage is set");
        let url = format!("http://{}/webhooks/acme/it-approvals", listener.local_addr().expect("the stage is set"));
        let state = (Arc::clone(&self.slack), Arc::clone(&came));
        let router = Router::new().route("/webhooks/acme/it-approvals", post(receive)).with_state(state);
        tokio::spawn(async move { axum::serve(listener, router).await });
        self.sandbox.set_interactivity(url, twice);
        came
    }

    async fn press(&self, at: &CardRef, action: &str) {
        let click = Click {
            ts: at.message.clone(),
            action_id: action.to_owned(),
            user: APPROVER.to_owned(),
            ..Click::default()
        };
        let answer = self.sandbox.click(click).await.expect("the stage is set");
        assert!(answer.is_ok(), "{:?}", answer.trouble);
    }
}

type Door = (Arc<Slack>, Arc<Mutex<Vec<Incoming>>>);

async fn receive(
    State((slack, came)): State<Door>,
    headers: HeaderMap,
    body: Bytes,
) -> ([(&'static str, &'static str); 1], Vec<u8>) {
    let headers: Vec<(String, String)> = headers
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().expect("the stage is set").to_owned()))
        .collect();
    let request = RawRequest { headers: &headers, body: &body, now: At(NOW) };
    let (incoming, answer) = slack.verify(request).expect("the stage is set").into_inner();
    came.lock().expect("the stage is set").push(incoming);
    ([("content-type", answer.content_type)], answer.body)
}

#[tokio::test]
async fn a_posted_card_is_found_by_its_run_and_no_other_is() {
    let stage = stage().await;
    let at = stage.posted().await;
    assert_eq!((at.channel.as_str(), at.room.as_str()), ("it-approvals", ROOM));
    assert_eq!(stage.slack.find(&support::run('a')).await.unwrap(), Some(at));
    assert_eq!(stage.slack.find(&support::run('b')).await.unwrap(), None);
    assert_eq!(stage.messages()[0]["text"], "MFA reset · Sarah Chen · #4211 · by 17:00 CEST");
}

#[tokio::test]
async fn a_card_is_found_behind_many_newer_messages() {
    let stage = stage().await;
    let at = stage.posted().await;
    for number in 0..450 {
        let say = json!({"op": "say", "channel": ROOM, "user": APPROVER, "text": format!("chatter {number}")});
        stage.sandbox.apply(Vendor::Slack, say).unwrap();
    }
    assert_eq!(stage.slack.find(&support::run('a')).await.unwrap(), Some(at));
}

#[tokio::test]
async fn a_post_cut_off_without_an_answer_is_ambiguous_and_found_again() {
    let stage = stage().await;
    stage.fault("POST /api/chat.postMessage", "cut");
    let error = stage.slack.post(&support::open(support::run('a'))).await.unwrap_err();
    assert_eq!(error.kind, PortErrorKind::Ambiguous, "{error}");
    let found = stage.slack.find(&support::run('a')).await.unwrap();
    assert_eq!(found.map(|at| at.message).as_deref(), stage.messages()[0]["ts"].as_str());
    assert_eq!(stage.messages().len(), 1);
}

#[tokio::test]
async fn an_inner_failure_of_a_post_is_ambiguous_and_of_a_redraw_repeatable() {
    let stage = stage().await;
    let at = stage.posted().await;
    let failed = r#"body:{"ok":false,"error":"internal_error"}"#;
    stage.fault("POST /api/chat.postMessage", failed);
    let card = support::open(support::run('b'));
    assert_eq!(stage.slack.post(&card).await.unwrap_err().kind, PortErrorKind::Ambiguous);
    stage.fault("POST /api/chat.update", failed);
    let error = stage.slack.redraw(&at, &card).await.unwrap_err();
    assert_eq!(error.kind, PortErrorKind::Transient { retry_after_ms: None });
}

#[tokio::test]
async fn a_closed_card_loses_its_buttons_and_is_still_found() {
    let stage = stage().await;
    let at = stage.posted().await;
    let closed = CardStatus::Closed { lines: vec!["Denied by Dana Lead".to_owned()] };
    stage.slack.redraw(&at, &support::card(support::run('a'), closed)).await.unwrap();
    let message = &stage.messages()[0];
    assert_eq!(message["edits"], 1);
    assert!(!message["blocks"].to_string().contains("actions"));
    assert_eq!(stage.slack.find(&support::run('a')).await.unwrap(), Some(at));
}

#[tokio::test]
async fn every_kind_of_card_is_taken() {
    let stage = stage().await;
    let huge = "Wörter & <mehr> ".repeat(2000);
    for status in [
        CardStatus::Open { confirm: huge.clone() },
        CardStatus::Blocked { reasons: vec![(huge.clone(), huge.clone()); 40] },
        CardStatus::Closed { lines: vec![huge.clone(); 40] },
    ] {
        let mut card = support::card(support::run('c'), status);
        card.steps = vec![card.steps[0].clone(); 200];
        card.quoted = Some(huge.clone());
        card.title.clone_from(&huge);
        stage.slack.post(&card).await.unwrap();
    }
}

#[tokio::test]
async fn the_thread_is_written_to_and_searched_by_topic() {
    let stage = stage().await;
    let at = stage.posted().await;
    assert!(!stage.slack.find_in_thread(&at, "origin").await.unwrap());
    let lines = ["Ticket #4211 at helpdesk: https://acme.freshservice.com/a/tickets/4211".to_owned()];
    stage.slack.say(&at, "origin", &lines).await.unwrap();
    assert!(stage.slack.find_in_thread(&at, "origin").await.unwrap());
    assert!(!stage.slack.find_in_thread(&at, "plan:2").await.unwrap());
    assert_eq!(stage.messages()[0]["replies"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_new_plan_is_said_in_the_channel_as_well_and_nothing_else_is() {
    let stage = stage().await;
    let at = stage.posted().await;
    stage.slack.say(&at, "origin", &["Run: run_x".to_owned()]).await.unwrap();
    stage.slack.say(&at, "plan:2", &["The plan was replaced.".to_owned()]).await.unwrap();
    let subtypes: Vec<Value> =
        stage.messages()[0]["replies"].as_array().unwrap().iter().map(|reply| reply["subtype"].clone()).collect();
    assert_eq!(subtypes, [Value::Null, json!("thread_broadcast")]);
    assert!(stage.slack.find_in_thread(&at, "plan:2").await.unwrap());
    // What was said in the channel is not taken for the card.
    assert_eq!(stage.slack.find(&support::run('a')).await.unwrap(), Some(at));
    assert_eq!(stage.slack.find(&support::run('b')).await.unwrap(), None);
}

#[tokio::test]
async fn a_deleted_card_is_gone_and_so_is_its_thread() {
    let stage = stage().await;
    let at = stage.posted().await;
    let delete = json!({"op": "delete_message", "channel": ROOM, "ts": at.message});
    stage.sandbox.apply(Vendor::Slack, delete).unwrap();
    let error = stage.slack.redraw(&at, &support::open(support::run('a'))).await.unwrap_err();
    assert_eq!(error.kind, PortErrorKind::Gone);
    assert!(error.says.contains("the card is gone"), "{error}");
    assert_eq!(stage.slack.say(&at, "origin", &["x".to_owned()]).await.unwrap_err().kind, PortErrorKind::Gone);
    assert_eq!(stage.slack.find_in_thread(&at, "origin").await.unwrap_err().kind, PortErrorKind::Gone);
    assert_eq!(stage.slack.find(&support::run('a')).await.unwrap(), None);
}

#[tokio::test]
async fn a_message_of_somebody_else_is_no_card_of_ours() {
    let stage = stage().await;
    let say = json!({"op": "say", "channel": ROOM, "user": APPROVER, "text": "x"});
    let ts = stage.sandbox.apply(Vendor::Slack, say).unwrap()["ts"].as_str().unwrap().to_owned();
    let at = CardRef { message: ts, ..stage.posted().await };
    let error = stage.slack.redraw(&at, &support::open(support::run('a'))).await.unwrap_err();
    assert_eq!(error.kind, PortErrorKind::Gone);
}

#[tokio::test]
async fn members_are_known_by_address_and_others_are_barred() {
    let stage = stage().await;
    let dana = stage.slack.who("T0ACME", APPROVER).await.unwrap();
    assert_eq!((dana.name.as_str(), dana.barred), ("Dana Lead", None));
    assert_eq!(dana.mail.unwrap().as_str(), "lead@acme.com");
    for (workspace, user) in [
        ("T0ACME", "U0GUEST"),
        ("T0ACME", "U0BOT"),
        ("T0ACME", "U0STRANGER"),
        ("T0OTHER", "U0STRANGER"),
        ("T0OTHER", APPROVER),
        ("T0ACME", "U0NOBODY"),
    ] {
        assert!(stage.slack.who(workspace, user).await.unwrap().barred.is_some(), "{user} of {workspace}");
    }
    let gone = json!({"op": "set_member", "id": APPROVER, "deleted": true});
    stage.sandbox.apply(Vendor::Slack, gone).unwrap();
    assert!(stage.slack.who("T0ACME", APPROVER).await.unwrap().barred.unwrap().contains("deactivated"));
}

#[tokio::test]
async fn who_we_are_is_asked_once() {
    let stage = stage().await;
    for _ in 0..3 {
        stage.slack.who("T0ACME", APPROVER).await.unwrap();
    }
    let requests = stage.sandbox.requests().to_string();
    assert!(requests.contains("auth.test"), "{requests}");
    stage.fault("POST /api/auth.test", "status:500");
    stage.slack.who("T0ACME", APPROVER).await.unwrap();
}

#[tokio::test]
async fn a_bot_outside_the_channel_asks_to_be_invited() {
    let stage = stage().await;
    stage.sandbox.apply(Vendor::Slack, json!({"op": "set_channel", "id": ROOM, "bot_in": false})).unwrap();
    for error in [
        stage.slack.post(&support::open(support::run('a'))).await.unwrap_err(),
        stage.slack.find(&support::run('a')).await.unwrap_err(),
    ] {
        assert_eq!(error.kind, PortErrorKind::Unauthorized);
        assert!(error.says.contains("invite"), "{error}");
    }
}

#[tokio::test]
async fn a_wrong_token_is_for_the_administrator_and_never_shown() {
    let stage = stage_with(Some("xoxb-wrong-token"), Options::default()).await;
    let error = stage.slack.find(&support::run('a')).await.unwrap_err();
    assert_eq!(error.kind, PortErrorKind::Unauthorized);
    assert!(error.says.contains("invalid_auth") && !error.says.contains("xoxb-wrong"), "{error}");
    assert!(!format!("{:?}", stage.slack).contains("xoxb-wrong"));
}

#[tokio::test]
async fn a_replaced_token_is_sent_with_the_next_request() {
    let (stage, token) = (stage().await, LiveSecret::from("xoxb-revoked"));
    let base_url = format!("{}/api", stage.sandbox.base_urls().slack).parse().unwrap();
    let target = Target { vendor: "slack", base_url, pace: Pace::default() };
    let http = Factory::new(FactoryOptions::default()).unwrap().client(target).unwrap();
    let client = Client::new(http, token.clone());
    assert_eq!(client.auth_test().await.unwrap_err().code(), Some("invalid_auth"));
    token.replace(stage.sandbox.credentials().slack_bot_token.as_str().into());
    client.auth_test().await.unwrap();
}

#[tokio::test]
async fn too_many_requests_wait_as_long_as_slack_asks() {
    let stage = stage().await;
    stage.fault("POST /api/chat.postMessage", "429:retry-after=30");
    let error = stage.slack.post(&support::open(support::run('a'))).await.unwrap_err();
    assert_eq!(error.kind, PortErrorKind::Transient { retry_after_ms: Some(30_000) });
    assert!(stage.messages().is_empty());
}

#[tokio::test]
async fn one_person_is_told_something_alone() {
    let stage = stage().await;
    let text = "Your decision was not taken: you asked for this yourself <!channel>.".to_owned();
    let explanation = Explanation { room: ROOM.to_owned(), user: APPROVER.to_owned(), text };
    stage.slack.explain(&explanation).await.unwrap();
    let shown = &stage.sandbox.state()["slack"]["ephemerals"][0];
    assert_eq!(shown["to"], APPROVER);
    assert!(!shown.to_string().contains("<!channel>"), "{shown}");
    assert!(stage.messages().is_empty());
}

#[tokio::test]
async fn an_approval_comes_through_the_door_and_its_redelivery_has_the_same_key() {
    let stage = stage().await;
    let came = stage.door(true).await;
    let at = stage.posted().await;
    stage.press(&at, "countersign.approve").await;
    let came = came.lock().unwrap();
    let [Incoming::Decision(first), Incoming::Decision(again)] = came.as_slice() else { panic!("{came:?}") };
    assert_eq!(first.dedupe, again.dedupe);
    assert_eq!(first.decided, Decided::Approve);
    assert_eq!((first.workspace.as_str(), first.user.as_str()), ("T0ACME", APPROVER));
    assert_eq!((first.run, first.plan_version, first.room.as_str()), (support::run('a'), 3, ROOM));
    assert_eq!(first.plan_digest, Some(Digest::of(b"test")));
}

#[tokio::test]
async fn a_probe_is_pressed_comes_back_and_loses_its_button() {
    let stage = stage().await;
    let came = stage.door(false).await;
    let at = stage.slack.post_probe("probe_01k0").await.unwrap();
    let posted = stage.messages().remove(0);
    assert!(posted["text"].as_str().unwrap().contains("nothing else happens"), "{posted}");
    assert_eq!(stage.slack.find(&support::run('a')).await.unwrap(), None, "it is no run's card");
    stage.press(&at, "countersign.probe").await;
    let probed = came.lock().unwrap().pop();
    assert_eq!(probed, Some(Incoming::Probe { probe: "probe_01k0".to_owned(), user: APPROVER.to_owned() }));

    stage.slack.end_probe(&at, "The click of Dana Lead came back <!channel>.").await.unwrap();
    let ended = stage.messages().remove(0);
    assert!(!ended["blocks"].to_string().contains("button") && ended["text"].as_str().unwrap().contains("came back"));
    assert!(!ended["text"].as_str().unwrap().contains("<!channel>"), "{ended}");
    let again = Click { ts: at.message, action_id: "countersign.probe".to_owned(), ..Click::default() };
    assert!(stage.sandbox.click(again).await.is_err(), "there is nothing left to press");
}

#[tokio::test]
async fn a_probe_that_no_button_can_carry_is_not_posted() {
    let stage = stage().await;
    for bad in ["", "two words", &"x".repeat(201)] {
        assert_eq!(stage.slack.post_probe(bad).await.unwrap_err().kind, PortErrorKind::Permanent, "{bad}");
    }
    assert!(stage.messages().is_empty());
}

#[tokio::test]
async fn a_denial_goes_through_its_form() {
    let stage = stage().await;
    let came = stage.door(false).await;
    let at = stage.posted().await;
    stage.press(&at, "countersign.deny").await;
    let wanted = came.lock().unwrap().pop();
    let Some(Incoming::ReasonWanted { trigger, run, plan_version, plan_digest, room, user }) = wanted else {
        panic!("{wanted:?}")
    };
    assert_eq!((room.as_str(), user.as_str()), (ROOM, APPROVER));
    let digest = Some(Digest::of(b"test"));
    assert_eq!((plan_version, plan_digest), (3, digest));
    stage.slack.ask_reason(&trigger, &run, plan_version, plan_digest).await.unwrap();
    // A redelivery of the same press: the form is open already, and there is still one.
    stage.slack.ask_reason(&trigger, &run, plan_version, plan_digest).await.unwrap();
    assert_eq!(stage.sandbox.state()["slack"]["modals"].as_array().map(Vec::len), Some(1));
    let error = stage.slack.ask_reason("C0123ADMIN:1.2.never", &run, plan_version, plan_digest).await.unwrap_err();
    assert!(error.says.contains("press the button again"), "{error}");

    let values = json!({"reason": "wrong_person", "words": "another Sarah"});
    let values = values.as_object().unwrap().clone();
    let submission = Submission { view_id: String::new(), user: APPROVER.to_owned(), values };
    let answer = stage.sandbox.submit(submission).await.unwrap();
    assert_eq!(answer.response_action.as_deref(), Some("clear"));
    let denied = came.lock().unwrap().pop();
    let Some(Incoming::Decision(click)) = denied else { panic!("{denied:?}") };
    let words = Some("another Sarah".to_owned());
    assert_eq!(click.decided, Decided::Deny { reason: DenyReason::WrongPerson, words });
    assert_eq!((click.run, click.plan_version, click.room.as_str()), (run, 3, ROOM));
    assert_eq!(click.plan_digest, digest);
}
