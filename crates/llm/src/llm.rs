//! The client of one endpoint, and the port.

use async_trait::async_trait;
use countersign_domain::{
    classification::{Confidence, Said},
    ids::IntentName,
    ports::{Candidate, Clock, Finding, Opinion, PortError, PortErrorKind, SecondOpinion},
};
use countersign_outbound::{Call, Factory, Http, LiveSecret, OutboundError, Pace, Sort, Target};
use std::sync::Arc;
use url::Url;

use crate::{
    answer::{NoOpinion, read},
    breaker::Breaker,
    hidden::Hidden,
    question,
};

/// What an endpoint is reached and asked with.
#[derive(Debug, Clone)]
pub struct LlmSettings {
    /// The API's base, under which `/chat/completions` is: `https://api.openai.com/v1`.
    pub url: Url,
    /// The model, by the endpoint's name for it.
    pub model: String,
    /// Sent as a bearer token, where the endpoint wants one.
    pub api_key: Option<LiveSecret>,
    /// How sure the classifier has to be at least for the model to be asked.
    pub ask_from: Confidence,
}

/// A large language model behind an OpenAI-compatible endpoint.
pub struct Llm {
    http: Http,
    model: String,
    api_key: Option<LiveSecret>,
    ask_from: Confidence,
    breaker: Breaker,
}

impl Llm {
    /// A client; asks nobody anything yet. The factory's time limit is the answer's.
    ///
    /// # Errors
    /// A base URL that may not be used.
    pub fn new(settings: LlmSettings, factory: &Factory, clock: Arc<dyn Clock>) -> Result<Self, OutboundError> {
        let http = factory.client(Target { vendor: "llm", base_url: settings.url, pace: Pace::default() })?;
        let LlmSettings { model, api_key, ask_from, .. } = settings;
        Ok(Self { http, model, api_key, ask_from, breaker: Breaker::new(clock) })
    }

    async fn opinion(&self, said: &Said, candidates: &[Candidate<'_>]) -> Result<Opinion, NoOpinion> {
        let hidden = Hidden::of(said);
        let mut call = Call::post("/chat/completions").template("/chat/completions").json(&question::body(
            &self.model,
            &hidden.said,
            candidates,
        ));
        if let Some(key) = &self.api_key {
            call = call.bearer(&key.current());
        }
        let reply = self.http.send(call).await.map_err(|error| NoOpinion::Unanswered(error.into_port(Sort::Read)))?;
        read(&reply, candidates, &hidden)
    }
}

#[async_trait]
impl SecondOpinion for Llm {
    fn model(&self) -> &str {
        &self.model
    }

    fn ask_from(&self) -> Confidence {
        self.ask_from
    }

    async fn ask(&self, said: &Said, candidates: &[Candidate<'_>]) -> Result<Opinion, PortError> {
        if let Err(wait) = self.breaker.enter() {
            let says = "the model's endpoint is not asked for a minute: it failed several times in a row";
            return Err(PortError::held(says, wait));
        }
        match self.opinion(said, candidates).await {
            Ok(opinion) => {
                self.breaker.answered();
                Ok(opinion)
            }
            // Whoever writes tickets that spoil answers cannot keep the model from being asked about others.
            Err(NoOpinion::Unusable(error)) => {
                self.breaker.answered();
                Err(error)
            }
            Err(NoOpinion::Unanswered(error)) => {
                self.breaker.failed();
                Err(error)
            }
        }
    }

    async fn check(&self) -> Vec<Finding> {
        let intents = ["password_reset", "group_membership"].map(IntentName::new);
        let [Ok(reset), Ok(group)] = &intents else { unreachable!("both are names of intents") };
        let candidates = [
            Candidate { intent: reset, description: "Mails a person a link with which to set a new password." },
            Candidate { intent: group, description: "Adds a person to a group or removes them from it." },
        ];
        let said = Said {
            subject: "Password".to_owned(),
            body: "I have forgotten my password. Please reset it so that I can sign in again.".to_owned(),
        };
        vec![match self.ask(&said, &candidates).await {
            Ok(opinion) if opinion.intent.as_ref() == Some(reset) => {
                Finding::ok("model", format!("{} understood a made-up request for a password reset", self.model))
            }
            Ok(_) => Finding::warning(
                "model",
                format!("{} answered, but did not understand a made-up request for a password reset", self.model),
                "name a more capable model: what this one does not understand, it will not agree with either",
            ),
            Err(error) => Finding::failed("model", error.says.clone(), mend(&error)),
        }]
    }
}

fn mend(error: &PortError) -> &'static str {
    match error.kind {
        PortErrorKind::Unauthorized => {
            "give a key that the endpoint accepts as classifier.llm.api_key, with the right to use the model"
        }
        PortErrorKind::Permanent | PortErrorKind::Gone => {
            "look at classifier.llm.url (the base under which /chat/completions is) and classifier.llm.model: both must \
             be there, and take a response_format of the type json_schema"
        }
        PortErrorKind::Transient { .. } | PortErrorKind::Held { .. } | PortErrorKind::Ambiguous => {
            "see that the endpoint can be reached from here and answers within classifier.llm.timeout; until it does, \
             tickets are classified without it"
        }
    }
}
