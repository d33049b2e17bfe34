//! The answer as it has to be. Nothing of it is repeated in an error: it may repeat the ticket.

use countersign_domain::{
    classification::GroupAction,
    ports::{Candidate, Opinion, OpinionValues, PortError},
};
use countersign_outbound::{Reply, Sort, status_error};
use serde::Deserialize;
use serde_json::Value;

use crate::{hidden::Hidden, question::NONE};

/// How long an answer may be, with everything that an endpoint sends around it.
const LONGEST: usize = 64 * 1024;

/// Why there is no opinion.
#[derive(Debug)]
pub(crate) enum NoOpinion {
    /// The endpoint did not answer the question.
    Unanswered(PortError),
    /// It answered, in another form than was asked for. That may be the ticket's doing.
    Unusable(PortError),
}

/// What an endpoint answers, as far as it matters; endpoints differ in what else they say.
#[derive(Deserialize)]
struct Completion {
    choices: Vec<Choice>,
}

#[derive(Deserialize)]
struct Choice {
    finish_reason: Option<String>,
    message: Message,
}

#[derive(Deserialize)]
struct Message {
    content: Option<String>,
    refusal: Option<String>,
    #[serde(default)]
    tool_calls: Option<Vec<Value>>,
    #[serde(default)]
    function_call: Option<Value>,
}

/// The object that was asked for, and not a field more.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    intent: String,
    target: Option<String>,
    group: Option<String>,
    action: Option<GroupAction>,
    sku: Option<String>,
}

/// Reads an answer to a question about `hidden` words.
pub(crate) fn read(reply: &Reply, candidates: &[Candidate<'_>], hidden: &Hidden) -> Result<Opinion, NoOpinion> {
    if !reply.is_success() {
        return Err(NoOpinion::Unanswered(status_error("the model's endpoint", "the question", reply, Sort::Read, "")));
    }
    if reply.body.len() > LONGEST {
        return Err(unusable("it is longer than an opinion can be"));
    }
    let completion: Completion = reply.json().map_err(|error| NoOpinion::Unanswered(error.into_port(Sort::Read)))?;
    let answer = the_object(completion)?;
    let intent = match answer.intent.as_str() {
        NONE => None,
        name => {
            let offered = candidates.iter().find(|candidate| candidate.intent.as_str() == name);
            Some(offered.ok_or_else(|| unusable("its intent is none of those that it was offered"))?.intent.clone())
        }
    };
    let revealed = |value: Option<String>| value.map(|value| hidden.reveal(&value));
    let values = OpinionValues {
        target: revealed(answer.target),
        group: revealed(answer.group),
        action: answer.action,
        sku: revealed(answer.sku),
    };
    Ok(Opinion { intent, values })
}

fn the_object(completion: Completion) -> Result<Answer, NoOpinion> {
    let mut choices = completion.choices.into_iter();
    let (Some(Choice { finish_reason, message }), None) = (choices.next(), choices.next()) else {
        return Err(unusable("it has not exactly one choice"));
    };
    if message.tool_calls.is_some_and(|calls| !calls.is_empty()) || message.function_call.is_some() {
        return Err(unusable("it calls a tool, and there are none"));
    }
    if message.refusal.is_some() {
        return Err(unusable("the model declined to answer"));
    }
    if finish_reason.as_deref() != Some("stop") {
        return Err(unusable("it was cut short"));
    }
    let content = message.content.ok_or_else(|| unusable("it is empty"))?;
    serde_json::from_str(content.trim()).map_err(|_| unusable("it is not the JSON object that was asked for"))
}

fn unusable(why: &str) -> NoOpinion {
    NoOpinion::Unusable(PortError::permanent(format!("the model's answer cannot be used: {why}")))
}

#[cfg(test)]
mod tests {
    use countersign_domain::{classification::Said, ids::IntentName, ports::PortErrorKind};
    use serde_json::json;

    use super::*;

    fn read_reply(status: u16, body: &str) -> Result<Opinion, NoOpinion> {
        let intent = IntentName::new("mfa_reset").unwrap();
        let hidden = Hidden::of(&Said { subject: String::new(), body: "MFA of sarah@acme.com".to_owned() });
        let candidates = [Candidate { intent: &intent, description: "" }];
        read(&Reply::new(status, Default::default(), body.to_owned()), &candidates, &hidden)
    }

    fn said(content: &str) -> Value {
        json!({"id": "x", "usage": {}, "choices": [
            {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content, "refusal": null}}
        ]})
    }

    const GOOD: &str = r#"{"intent":"mfa_reset","target":"ADDRESS_1","group":null,"action":null,"sku":null}"#;

    #[test]
    fn an_answer_of_the_agreed_form_is_read_with_the_addresses_put_back() {
        let opinion = read_reply(200, &said(GOOD).to_string()).unwrap();
        assert_eq!(opinion.intent.unwrap().as_str(), "mfa_reset");
        assert_eq!(opinion.values.target.as_deref(), Some("sarah@acme.com"));
        let opinion = read_reply(200, &said("\n{\"intent\":\"none\",\"action\":\"remove\"} ").to_string()).unwrap();
        assert_eq!((opinion.intent, opinion.values.action), (None, Some(GroupAction::Remove)));
    }

    #[test]
    fn an_answer_of_any_other_form_is_none() {
        let mut two = said(GOOD);
        let choice = two["choices"][0].clone();
        two["choices"].as_array_mut().unwrap().push(choice);
        let with = |name: &str, value: Value| {
            let mut whole = said(GOOD);
            whole["choices"][0]["message"][name] = value;
            whole
        };
        let mut cut = said(GOOD);
        cut["choices"][0]["finish_reason"] = json!("length");
        let mut unfinished = said(GOOD);
        unfinished["choices"][0]["finish_reason"] = Value::Null;
        for bad in [
            said(&format!("Sure! Here it is: {GOOD}")),
            said(&format!("```json\n{GOOD}\n```")),
            said(&format!("{GOOD}{GOOD}")),
            said(r#"{"intent":"mfa_reset","execute":true}"#),
            said(r#"{"intent":"mfa_reset","intent":"none"}"#),
            said(r#"{"intent":"suspend_account"}"#),
            said(r#"{"intent":["mfa_reset"]}"#),
            said(r#"{"intent":"mfa_reset","action":"delete"}"#),
            said(r#"{"target":"ADDRESS_1"}"#),
            said("[]"),
            said(""),
            with("tool_calls", json!([{"type": "function", "function": {"name": "reset", "arguments": "{}"}}])),
            with("function_call", json!({"name": "reset"})),
            with("refusal", json!("I cannot")),
            with("content", Value::Null),
            json!({"choices": []}),
            two,
            cut,
            unfinished,
        ] {
            let Err(NoOpinion::Unusable(error)) = read_reply(200, &bad.to_string()) else { panic!("taken: {bad}") };
            assert!(!error.to_string().contains("mfa") && !error.to_string().contains("Sure"), "{error}");
        }
        let long = said(&format!("{GOOD}{}", " ".repeat(LONGEST)));
        assert!(matches!(read_reply(200, &long.to_string()), Err(NoOpinion::Unusable(_))));
    }

    #[test]
    fn an_endpoint_that_does_not_answer_says_what_to_do() {
        for (status, body, kind) in [
            (401, "{}", PortErrorKind::Unauthorized),
            (404, "{}", PortErrorKind::Permanent),
            (500, "", PortErrorKind::Transient { retry_after_ms: None }),
            (200, "<html>", PortErrorKind::Transient { retry_after_ms: None }),
            (200, "{}", PortErrorKind::Transient { retry_after_ms: None }),
            (307, "", PortErrorKind::Permanent),
        ] {
            let Err(NoOpinion::Unanswered(error)) = read_reply(status, body) else { panic!("taken: {status} {body}") };
            assert_eq!(error.kind, kind, "{status} {body}");
        }
    }
}
