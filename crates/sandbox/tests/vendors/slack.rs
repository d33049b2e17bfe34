//! The fake workspace holds callers to the documented rules, and its interactions are real.

use crate::common::{Reply, SECOND, Stand, app, stand};
use countersign_sandbox::slack_signature;
use serde_json::{Value, json};

fn card(value: &str) -> Value {
    let plain = |text: &str| json!({"type": "plain_text", "text": text});
    json!([
        {"type": "header", "text": plain("MFA reset")},
        {"type": "actions", "block_id": "decide", "elements": [
            {"type": "button", "action_id": "approve", "text": plain("Approve"), "value": value, "style": "primary"},
            {"type": "button", "action_id": "deny", "text": plain("Deny"), "value": value},
        ]},
    ])
}

fn modal() -> Value {
    let plain = |text: &str| json!({"type": "plain_text", "text": text});
    let options: Vec<Value> = ["type", "person"].map(|value| json!({"text": plain(value), "value": value})).into();
    json!({
        "type": "modal", "callback_id": "deny", "private_metadata": "run 1", "title": plain("Deny"),
        "submit": plain("Deny"), "blocks": [
            {"type": "input", "block_id": "reason", "label": plain("Reason"),
             "element": {"type": "static_select", "action_id": "choice", "options": options}},
            {"type": "input", "block_id": "words", "optional": true, "label": plain("Words"),
             "element": {"type": "plain_text_input", "action_id": "text", "max_length": 10}},
        ],
    })
}

async fn post(stand: &Stand, extra: &Value) -> Reply {
    let mut body = json!({"channel": "C0123ADMIN", "text": "MFA reset", "blocks": card("v")});
    body.as_object_mut().expect("an object").extend(extra.as_object().expect("an object").clone());
    stand.send(stand.slack("chat.postMessage", &body)).await
}

async fn error_of(stand: &Stand, request: reqwest::RequestBuilder) -> Value {
    let reply = stand.send(request).await;
    assert_eq!(reply.status, 200, "a logical error is HTTP 200");
    assert_eq!(reply.json()["ok"], false);
    reply.json()["error"].clone()
}

#[tokio::test]
async fn missing_and_wrong_tokens_are_ok_false_with_http_200() {
    let stand = stand(|_| {}).await;
    let url = stand.url("/slack/api/auth.test");
    assert_eq!(error_of(&stand, stand.http.post(&url)).await, "not_authed");
    assert_eq!(error_of(&stand, stand.http.post(&url).bearer_auth("xoxb-wrong")).await, "invalid_auth");
    let reply = stand.send(stand.slack("auth.test", &json!({}))).await;
    assert_eq!(reply.json()["team_id"], "T0ACME");
    assert!(reply.header("x-oauth-scopes").contains("chat:write"));
}

#[tokio::test]
async fn channels_that_are_unknown_or_closed_to_the_bot_are_refused() {
    let stand = stand(|_| {}).await;
    for (channel, error) in [("C0NOWHERE", "channel_not_found"), ("C0456RANDOM", "not_in_channel")] {
        let body = json!({"channel": channel, "text": "x"});
        assert_eq!(error_of(&stand, stand.slack("chat.postMessage", &body)).await, error);
    }
}

#[tokio::test]
async fn private_channel_without_the_bot_is_as_good_as_none() {
    let stand = stand(|_| {}).await;
    stand.control("slack", &json!({"op": "set_channel", "id": "C0123ADMIN", "bot_in": false})).await;
    let body = json!({"channel": "C0123ADMIN", "text": "x"});
    assert_eq!(error_of(&stand, stand.slack("chat.postMessage", &body)).await, "channel_not_found");
    let query = "channel=C0123ADMIN";
    assert_eq!(error_of(&stand, stand.slack_get("conversations.info", query)).await, "channel_not_found");
    stand.control("slack", &json!({"op": "set_channel", "id": "C0123ADMIN", "private": false})).await;
    assert_eq!(error_of(&stand, stand.slack("chat.postMessage", &body)).await, "not_in_channel");
}

#[tokio::test]
async fn scopes_and_token_are_what_the_app_was_granted() {
    let stand = stand(|_| {}).await;
    let scopes = json!(["groups:read", "users:read"]);
    stand.control("slack", &json!({"op": "set_app", "scopes": scopes})).await;
    let reply = stand.send(stand.slack("chat.postMessage", &json!({"channel": "C0123ADMIN", "text": "x"}))).await;
    let refused =
        json!({"ok": false, "error": "missing_scope", "needed": "chat:write", "provided": "groups:read,users:read"});
    assert_eq!((reply.header("x-oauth-scopes"), reply.json()), ("groups:read,users:read", refused));
    let user = stand.send(stand.slack_get("users.info", "user=U0123APPROVER")).await.json();
    assert_eq!((&user["user"]["id"], &user["user"]["profile"]["email"]), (&json!("U0123APPROVER"), &Value::Null));
    for (token, error) in [("revoked", "token_revoked"), ("inactive", "account_inactive")] {
        stand.control("slack", &json!({"op": "set_app", "token": token})).await;
        assert_eq!(error_of(&stand, stand.slack("auth.test", &json!({}))).await, error);
    }
}

#[tokio::test]
async fn blocks_over_a_limit_are_refused_with_a_pointer() {
    let stand = stand(|_| {}).await;
    let long = json!({"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "x".repeat(3001)}}]});
    let reply = post(&stand, &long).await.json();
    assert_eq!(reply["error"], "invalid_blocks");
    let message = reply["response_metadata"]["messages"][0].as_str().unwrap();
    assert!(message.contains("/blocks/0/text/text"), "{message}");
    assert_eq!(post(&stand, &json!({"blocks": card(&"v".repeat(2001))})).await.json()["error"], "invalid_blocks");
    let many: Vec<Value> = (0..51).map(|_| json!({"type": "divider"})).collect();
    assert_eq!(post(&stand, &json!({ "blocks": many })).await.json()["error"], "invalid_blocks");
    assert_eq!(post(&stand, &json!({"blocks": "not json"})).await.json()["error"], "invalid_blocks_format");
    assert_eq!(post(&stand, &json!({"text": "", "blocks": []})).await.json()["error"], "no_text");
    assert_eq!(stand.look("/_control/slack/state").await["channels"][0]["total"], 0);
}

#[tokio::test]
async fn form_bodies_carry_blocks_as_a_string() {
    let stand = stand(|_| {}).await;
    let blocks = card("v").to_string();
    let form = serde_urlencoded::to_string([("channel", "C0123ADMIN"), ("text", "t"), ("blocks", &blocks)]).unwrap();
    let request = stand.http.post(stand.url("/slack/api/chat.postMessage"));
    let request = request.bearer_auth(&stand.sandbox.credentials().slack_bot_token);
    let reply = stand.send(request.header("content-type", "application/x-www-form-urlencoded").body(form)).await;
    assert_eq!(reply.json()["message"]["blocks"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn methods_that_read_take_no_json() {
    let stand = stand(|_| {}).await;
    let error = error_of(&stand, stand.slack("users.lookupByEmail", &json!({"email": "lead@acme.com"}))).await;
    assert_eq!(error, "invalid_arguments");
}

#[tokio::test]
async fn second_post_within_a_second_is_429_when_rates_are_enforced() {
    let stand = stand(|options| options.enforce_rate_limits = true).await;
    assert_eq!(post(&stand, &json!({})).await.status, 200);
    let refused = post(&stand, &json!({})).await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, "1"));
    assert_eq!(refused.json()["error"], "ratelimited");
    stand.clock.forward(SECOND);
    assert_eq!(post(&stand, &json!({})).await.status, 200);
}

#[tokio::test]
async fn message_is_found_again_by_its_metadata() {
    let stand = stand(|_| {}).await;
    let metadata = json!({"event_type": "card", "event_payload": {"run": "run_1"}});
    let ts = post(&stand, &json!({ "metadata": metadata })).await.json()["ts"].clone();
    let plain = stand.send(stand.slack_get("conversations.history", "channel=C0123ADMIN")).await.json();
    assert_eq!(plain["messages"][0]["metadata"], Value::Null);
    let query = "channel=C0123ADMIN&include_all_metadata=true&limit=1";
    let found = stand.send(stand.slack_get("conversations.history", query)).await.json();
    assert_eq!((&found["messages"][0]["ts"], &found["messages"][0]["metadata"]), (&ts, &metadata));
    assert_eq!(
        post(&stand, &json!({"metadata": {"event_type": "card"}})).await.json()["error"],
        "invalid_metadata_schema"
    );
}

#[tokio::test]
async fn history_pages_by_cursor_and_leaves_threads_out() {
    let stand = stand(|_| {}).await;
    let parent = post(&stand, &json!({})).await.json()["ts"].clone();
    post(&stand, &json!({"thread_ts": parent})).await;
    post(&stand, &json!({})).await;
    let first = stand.send(stand.slack_get("conversations.history", "channel=C0123ADMIN&limit=1")).await.json();
    assert_eq!(first["has_more"], true);
    let query =
        format!("channel=C0123ADMIN&limit=1&cursor={}", first["response_metadata"]["next_cursor"].as_str().unwrap());
    let second = stand.send(stand.slack_get("conversations.history", &query)).await.json();
    assert_eq!((&second["messages"][0]["ts"], &second["has_more"]), (&parent, &json!(false)));
    let query = format!("channel=C0123ADMIN&ts={}", parent.as_str().unwrap());
    let thread = stand.send(stand.slack_get("conversations.replies", &query)).await.json();
    assert_eq!(thread["messages"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn broadcast_reply_stands_in_its_thread_and_in_the_channel() {
    let stand = stand(|_| {}).await;
    let parent = post(&stand, &json!({"reply_broadcast": true})).await.json()["ts"].clone();
    let reply = post(&stand, &json!({"thread_ts": parent, "reply_broadcast": true})).await.json();
    let history = stand.send(stand.slack_get("conversations.history", "channel=C0123ADMIN")).await.json();
    let seen: Vec<_> =
        history["messages"].as_array().unwrap().iter().map(|one| (&one["ts"], &one["subtype"])).collect();
    assert_eq!(seen, [(&reply["ts"], &json!("thread_broadcast")), (&parent, &Value::Null)]);
    let query = format!("channel=C0123ADMIN&ts={}", parent.as_str().unwrap());
    let thread = stand.send(stand.slack_get("conversations.replies", &query)).await.json();
    assert_eq!(thread["messages"][1]["ts"], reply["ts"]);
    let nested = json!({"thread_ts": reply["ts"]});
    assert_eq!(post(&stand, &nested).await.json()["error"], "thread_not_found");
}

#[tokio::test]
async fn update_keeps_blocks_not_named_and_touches_own_messages_only() {
    let stand = stand(|_| {}).await;
    let ts = post(&stand, &json!({})).await.json()["ts"].clone();
    let update = |body: Value| stand.slack("chat.update", &body);
    let kept = stand.send(update(json!({"channel": "C0123ADMIN", "ts": ts, "text": "new"}))).await.json();
    assert_eq!(kept["message"]["blocks"].as_array().unwrap().len(), 2);
    let bare = json!({"channel": "C0123ADMIN", "ts": ts, "text": "decided", "blocks": []});
    assert_eq!(stand.send(update(bare)).await.json()["message"]["blocks"], json!([]));
    let unknown = json!({"channel": "C0123ADMIN", "ts": "1.000000", "text": "x"});
    assert_eq!(error_of(&stand, update(unknown)).await, "message_not_found");
    let say = json!({"op": "say", "channel": "C0123ADMIN", "user": "U0789SARAH", "text": "hi"});
    let foreign = stand.control("slack", &say).await.json()["ts"].clone();
    let body = json!({"channel": "C0123ADMIN", "ts": foreign, "text": "x"});
    assert_eq!(error_of(&stand, update(body)).await, "cant_update_message");
}

#[tokio::test]
async fn members_show_whether_they_are_bots_guests_or_strangers() {
    let stand = stand(|_| {}).await;
    let user =
        async |id: &str| stand.send(stand.slack_get("users.info", &format!("user={id}"))).await.json()["user"].clone();
    assert_eq!(user("U0123APPROVER").await["profile"]["email"], "lead@acme.com");
    assert_eq!(user("U0BOT").await["is_bot"], true);
    assert_eq!(user("U0GUEST").await["is_restricted"], true);
    assert_eq!(user("U0STRANGER").await["team_id"], "T0OTHER");
    let found = stand.send(stand.slack_get("users.lookupByEmail", "email=lead%40acme.com")).await.json();
    assert_eq!(found["user"]["id"], "U0123APPROVER");
    let nobody = stand.slack_get("users.lookupByEmail", "email=nobody%40acme.com");
    assert_eq!(error_of(&stand, nobody).await, "users_not_found");
}

#[tokio::test]
async fn click_sends_a_signed_interaction() {
    let stand = stand(|_| {}).await;
    let app = app("").await;
    stand.sandbox.set_interactivity(app.url.clone(), false);
    let ts = post(&stand, &json!({})).await.json()["ts"].clone();
    let click = json!({"ts": ts, "action_id": "approve", "user": "U0123APPROVER"});
    let answer = stand.control("slack/click", &click).await.json();
    assert_eq!((&answer["trouble"], &answer["deliveries"][0]["status"]), (&Value::Null, &json!(200)));
    let (headers, body) = app.seen().swap_remove(0);
    let timestamp = headers["x-slack-request-timestamp"].to_str().unwrap();
    assert_eq!(timestamp, "1781026931");
    let secret = &stand.sandbox.credentials().slack_signing_secret;
    assert_eq!(headers["x-slack-signature"], slack_signature(secret, timestamp, body.as_bytes()));
    let payload = app.payload(0);
    assert_eq!(payload["type"], "block_actions");
    assert_eq!(payload["user"]["id"], "U0123APPROVER");
    assert_eq!(payload["team"]["id"], "T0ACME");
    assert_eq!(payload["container"]["message_ts"], ts);
    assert_eq!(payload["actions"][0]["value"], "v");
    let unknown = stand.control("slack/click", &json!({"ts": ts, "action_id": "explode", "user": "U1"})).await;
    assert_eq!(unknown.status, 400);
}

#[tokio::test]
async fn interactions_are_delivered_twice_when_told() {
    let stand = stand(|_| {}).await;
    let app = app("").await;
    stand.control("slack/interactivity", &json!({"url": app.url, "twice": true})).await;
    let ts = post(&stand, &json!({})).await.json()["ts"].clone();
    stand.control("slack/click", &json!({"ts": ts, "action_id": "deny", "user": "U0123APPROVER"})).await;
    let seen = app.seen();
    assert_eq!((seen.len(), &seen[0].1), (2, &seen[1].1));
}

async fn trigger(stand: &Stand, answer: &str) -> (crate::common::App, Value) {
    let app = app(answer).await;
    stand.sandbox.set_interactivity(app.url.clone(), false);
    let ts = post(stand, &json!({})).await.json()["ts"].clone();
    stand.control("slack/click", &json!({"ts": ts, "action_id": "deny", "user": "U0123APPROVER"})).await;
    let trigger = app.payload(0)["trigger_id"].clone();
    (app, trigger)
}

#[tokio::test]
async fn trigger_id_expires_after_three_seconds() {
    let stand = stand(|_| {}).await;
    let (_, trigger) = trigger(&stand, "").await;
    stand.clock.forward(3 * SECOND + 1);
    let body = json!({"trigger_id": trigger, "view": modal()});
    assert_eq!(error_of(&stand, stand.slack("views.open", &body)).await, "expired_trigger_id");
}

#[tokio::test]
async fn trigger_id_works_once() {
    let stand = stand(|_| {}).await;
    let (_, trigger) = trigger(&stand, "").await;
    let body = json!({"trigger_id": trigger, "view": modal()});
    let opened = stand.send(stand.slack("views.open", &body)).await.json();
    assert_eq!(opened["view"]["private_metadata"], "run 1");
    assert_eq!(error_of(&stand, stand.slack("views.open", &body)).await, "exchanged_trigger_id");
    let body = json!({"trigger_id": "1.2.3", "view": modal()});
    assert_eq!(error_of(&stand, stand.slack("views.open", &body)).await, "invalid_trigger_id");
}

#[tokio::test]
async fn submission_carries_the_values_and_closes_the_modal() {
    let stand = stand(|_| {}).await;
    let (app, trigger) = trigger(&stand, "").await;
    let opened = stand.send(stand.slack("views.open", &json!({"trigger_id": trigger, "view": modal()}))).await.json();
    let view = opened["view"]["id"].clone();
    let submit = |values: Value| json!({"view_id": view, "user": "U0123APPROVER", "values": values});
    for refused in [json!({}), json!({"choice": "nonsense"}), json!({"choice": "type", "text": "x".repeat(11)})] {
        assert_eq!(stand.control("slack/submit", &submit(refused)).await.status, 400);
    }
    stand.control("slack/submit", &submit(json!({"choice": "person", "text": "no"}))).await;
    let payload = app.payload(1);
    assert_eq!(payload["type"], "view_submission");
    let values = &payload["view"]["state"]["values"];
    assert_eq!(values["reason"]["choice"]["selected_option"]["value"], "person");
    assert_eq!(values["words"]["text"]["value"], "no");
    assert_eq!(stand.look("/_control/slack/state").await["modals"], json!([]));
}

#[tokio::test]
async fn errors_keep_the_modal_open_and_are_shown() {
    let stand = stand(|_| {}).await;
    let answer = json!({"response_action": "errors", "errors": {"reason": "say more"}}).to_string();
    let (_, trigger) = trigger(&stand, &answer).await;
    stand.send(stand.slack("views.open", &json!({"trigger_id": trigger, "view": modal()}))).await;
    let submission = json!({"user": "U0123APPROVER", "values": {"reason": "type"}});
    let answer = stand.control("slack/submit", &submission).await.json();
    assert_eq!(answer["response_action"], "errors");
    let state = stand.look("/_control/slack/state").await;
    assert_eq!(state["modals"][0]["errors"]["reason"], "say more");
}

#[tokio::test]
async fn app_that_does_not_answer_200_is_shown_as_trouble() {
    let stand = stand(|_| {}).await;
    let ts = post(&stand, &json!({})).await.json()["ts"].clone();
    stand.sandbox.set_interactivity(stand.url("/nowhere"), false);
    let click = json!({"ts": ts, "action_id": "approve", "user": "U0123APPROVER"});
    let answer = stand.control("slack/click", &click).await.json();
    assert!(answer["trouble"].as_str().unwrap().contains("404"));
}

#[tokio::test]
async fn response_url_answers_the_clicker_alone_and_five_times_at_most() {
    let stand = stand(|_| {}).await;
    let (app, _) = trigger(&stand, "").await;
    let url = app.payload(0)["response_url"].as_str().unwrap().to_owned();
    let body = json!({"text": "not yours to decide", "replace_original": false}).to_string();
    let mut statuses = Vec::new();
    for _ in 0..6 {
        let request = stand.http.post(&url).header("content-type", "application/json").body(body.clone());
        statuses.push(stand.send(request).await.status);
    }
    assert_eq!(statuses, [200, 200, 200, 200, 200, 404]);
    let state = stand.look("/_control/slack/state").await;
    assert_eq!(state["ephemerals"][0]["to"], "U0123APPROVER");
    assert_eq!(state["ephemerals"].as_array().unwrap().len(), 5);
}
