//! The client against the fake endpoint: what it sends, what it takes for an answer, and what it does when there is none.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::{sync::Arc, time::Duration};

use countersign_domain::{
    classification::{Confidence, Said},
    ids::IntentName,
    ports::{Candidate, Opinion, PortError, PortErrorKind, SecondOpinion, Verdict},
};
use countersign_llm::{Llm, LlmSettings};
use countersign_outbound::{Factory, FactoryOptions, LiveSecret};
use countersign_sandbox::{Options, Sandbox, Vendor};
use countersign_testkit::clock::FixedClock;
use serde_json::{Value, json};

struct Stage {
    sandbox: Sandbox,
    clock: Arc<FixedClock>,
    key: LiveSecret,
    llm: Llm,
}

async fn stage_with(change: impl FnOnce(&mut LlmSettings)) -> Stage {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let key = LiveSecret::from(sandbox.credentials().llm_api_key.as_str());
    let mut settings = LlmSettings {
        url: sandbox.base_urls().llm.parse().unwrap(),
        model: "sandbox-model".to_owned(),
        api_key: Some(key.clone()),
        ask_from: Confidence::from_share(0.5),
    };
    change(&mut settings);
    let options = FactoryOptions { request_timeout: Duration::from_millis(500), ..FactoryOptions::default() };
    let clock = Arc::new(FixedClock::default());
    let llm = Llm::new(settings, &Factory::new(options).unwrap(), clock.clone()).unwrap();
    Stage { sandbox, clock, key, llm }
}

async fn stage(mode: &str) -> Stage {
    let stage = stage_with(|_| {}).await;
    stage.mode(mode);
    stage
}

impl Stage {
    fn mode(&self, mode: &str) {
        self.sandbox.apply(Vendor::Llm, json!({"op": "set_mode", "mode": mode})).unwrap();
    }

    fn asked(&self) -> Vec<Value> {
        self.sandbox.state()["llm"]["asked"].as_array().unwrap().clone()
    }

    async fn ask(&self) -> Result<Opinion, PortError> {
        let intents = ["mfa_reset", "suspend_account"].map(|name| IntentName::new(name).unwrap());
        let candidates: Vec<_> = intents.iter().map(|intent| Candidate { intent, description: "Does it." }).collect();
        let body = "Please reset the MFA of sarah.chen@acme.com. My number is +49 30 1234567.".to_owned();
        self.llm.ask(&Said { subject: "New phone".to_owned(), body }, &candidates).await
    }

    async fn failure(&self) -> PortError {
        self.ask().await.err().expect("no opinion")
    }
}

#[tokio::test]
async fn an_honest_answer_is_an_opinion_and_no_address_was_sent_for_it() {
    let stage = stage("honest").await;
    let values = json!({"op": "set_values", "target": "ADDRESS_1", "group": "ADDRESS_7"});
    stage.sandbox.apply(Vendor::Llm, values).unwrap();
    let opinion = stage.ask().await.expect("an opinion");
    assert_eq!(opinion.intent.map(|intent| intent.to_string()).as_deref(), Some("mfa_reset"));
    assert_eq!(opinion.values.target.as_deref(), Some("sarah.chen@acme.com"));
    assert_eq!(opinion.values.group.as_deref(), Some("ADDRESS_7"));
    let asked = stage.asked();
    let sent = asked[0].to_string();
    assert_eq!(asked.len(), 1);
    assert!(sent.contains("ADDRESS_1") && sent.contains("NUMBER_1"), "{sent}");
    assert!(!sent.contains("sarah") && !sent.contains("1234567") && !sent.contains("sandbox-llm-key"), "{sent}");
}

#[tokio::test]
async fn an_answer_of_another_form_is_none_and_does_not_open_the_circuit() {
    for mode in ["injects_fields", "injects_tool_call", "injects_prose"] {
        let stage = stage(mode).await;
        for _ in 0..6 {
            let error = stage.failure().await;
            assert!(error.says.starts_with("the model's answer cannot be used"), "{mode}: {error}");
        }
        stage.mode("honest");
        assert!(stage.ask().await.is_ok(), "{mode}");
    }
}

#[tokio::test]
async fn an_endpoint_that_is_silent_or_broken_is_left_alone_for_a_minute() {
    for mode in ["slow", "broken"] {
        let stage = stage(mode).await;
        for _ in 0..5 {
            assert!(matches!(stage.failure().await.kind, PortErrorKind::Transient { .. }), "{mode}");
        }
        assert_eq!(stage.failure().await.kind, PortErrorKind::Held { retry_after_ms: 60_000 }, "{mode}");
        assert_eq!(stage.asked().len(), 5, "{mode}");
        stage.mode("honest");
        assert!(stage.ask().await.is_err(), "{mode}");
        stage.clock.advance_seconds(60);
        assert!(stage.ask().await.is_ok(), "{mode}");
        assert!(stage.ask().await.is_ok(), "{mode}");
    }
}

#[tokio::test]
async fn a_renewed_key_is_used_at_once_and_no_error_shows_one() {
    let stage = stage("honest").await;
    stage.key.replace("an-old-secret-key".into());
    let error = stage.failure().await;
    assert_eq!(error.kind, PortErrorKind::Unauthorized);
    assert!(!format!("{error:?}").contains("an-old-secret"), "{error:?}");
    stage.key.replace("sandbox-llm-key".into());
    assert!(stage.ask().await.is_ok());
}

#[tokio::test]
async fn the_check_says_how_it_is_and_what_to_do() {
    let good = stage("honest").await.llm.check().await;
    assert_eq!((good.len(), good[0].verdict), (1, Verdict::Ok), "{good:?}");
    let dull = stage("denies").await.llm.check().await;
    assert_eq!(dull[0].verdict, Verdict::Warning, "{dull:?}");
    type Change = fn(&mut LlmSettings);
    let changes: [(Change, &str); 3] = [
        (|settings| settings.api_key = None, "classifier.llm.api_key"),
        (|settings| settings.model = "another".to_owned(), "classifier.llm.model"),
        (|settings| settings.url.set_path("/llm/v2"), "classifier.llm.url"),
    ];
    for (change, word) in changes {
        let bad = stage_with(change).await.llm.check().await.remove(0);
        assert_eq!(bad.verdict, Verdict::Failed, "{bad:?}");
        assert!(bad.mend.as_deref().is_some_and(|mend| mend.contains(word)), "{bad:?}");
    }
    let silent = stage("slow").await.llm.check().await.remove(0);
    assert!(silent.mend.is_some_and(|mend| mend.contains("classifier.llm.timeout")));
}

#[tokio::test]
async fn plain_http_goes_to_this_machine_alone() {
    let settings = LlmSettings {
        url: "http://llm.example/v1".parse().unwrap(),
        model: "m".to_owned(),
        api_key: None,
        ask_from: Confidence::from_share(0.5),
    };
    let factory = Factory::new(FactoryOptions::default()).unwrap();
    assert!(Llm::new(settings, &factory, Arc::new(FixedClock::default())).is_err());
}
