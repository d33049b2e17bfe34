use axum::body::{Body, to_bytes};
use http::Request;
use tower::ServiceExt as _;

use super::*;

fn question(ticket: &str) -> Value {
    let properties = json!({"intent": {"type": "string", "enum": ["password_reset", "mfa_reset", "none"]}});
    json!({
        "model": MODEL,
        "messages": [{"role": "user", "content": ticket}],
        "response_format": {"type": "json_schema", "json_schema": {"strict": true, "schema": {
            "type": "object", "properties": properties, "required": ["intent"], "additionalProperties": false
        }}},
    })
}

async fn ask(state: &Arc<State>, key: &str, question: &Value) -> (u16, Value) {
    let request = Request::post("/v1/chat/completions")
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {key}"))
        .body(Body::from(question.to_string()))
        .unwrap();
    let response = router(Arc::clone(state)).oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

fn state(mode: &str) -> Arc<State> {
    let state = Arc::new(State::seeded(&Options::default()));
    state.apply(json!({"op": "set_mode", "mode": mode})).unwrap();
    state
}

async fn said(mode: &str, ticket: &str) -> Value {
    let (status, whole) = ask(&state(mode), "sandbox-llm-key", &question(ticket)).await;
    assert_eq!(status, 200, "{whole}");
    whole["choices"][0].clone()
}

#[tokio::test]
async fn it_understands_by_keywords_unless_it_is_told_otherwise() {
    for (mode, ticket, intent) in [
        ("honest", "Reset my MFA", "mfa_reset"),
        ("honest", "reset my password", "password_reset"),
        ("honest", "The printer is on fire", "none"),
        ("lies", "Reset my MFA", "password_reset"),
        ("denies", "Reset my MFA", "none"),
        ("injects_values", "Reset my MFA", "mfa_reset"),
    ] {
        let choice = said(mode, ticket).await;
        let object: Value = serde_json::from_str(choice["message"]["content"].as_str().unwrap()).unwrap();
        assert_eq!((&object["intent"], &choice["finish_reason"]), (&json!(intent), &json!("stop")), "{mode} {ticket}");
    }
    assert_eq!(said("injects_tool_call", "MFA").await["finish_reason"], "tool_calls");
    assert!(said("injects_prose", "MFA").await["message"]["content"].as_str().unwrap().starts_with("Ignore"));
}

#[tokio::test]
async fn what_the_service_refuses_is_refused() {
    let state = state("honest");
    let good = question("MFA");
    let without = |change: fn(&mut Value)| {
        let mut question = good.clone();
        change(&mut question);
        question
    };
    for (key, question, status) in [
        ("another", good.clone(), 401),
        ("sandbox-llm-key", without(|all| all["model"] = json!("gpt-9")), 404),
        ("sandbox-llm-key", without(|all| all["messages"] = json!([])), 400),
        ("sandbox-llm-key", without(|all| all["response_format"]["json_schema"]["strict"] = json!(false)), 400),
        (
            "sandbox-llm-key",
            without(|all| all["response_format"]["json_schema"]["schema"]["required"] = json!([])),
            400,
        ),
    ] {
        assert_eq!(ask(&state, key, &question).await.0, status, "{question}");
    }
    assert_eq!(state.snapshot(usize::MAX)["asked"], json!([]));
    assert_eq!(ask(&state, "sandbox-llm-key", &good).await.0, 200);
    assert_eq!(state.snapshot(usize::MAX)["asked"], json!([good]));
}

#[tokio::test]
async fn bad_command_is_named() {
    let error = state("honest").apply(json!({"op": "set_mode", "mode": "wise"})).unwrap_err();
    assert!(error.contains("wise"), "{error}");
}
