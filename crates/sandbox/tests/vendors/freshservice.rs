//! The fake desk holds callers to the documented rules.

use crate::common::{SECOND, app, stand, with_json};
use serde_json::{Value, json};

#[tokio::test]
async fn wrong_or_missing_key_is_401_with_the_vendors_body() {
    let stand = stand(|_| {}).await;
    let url = stand.url("/freshservice/api/v2/agents/me");
    for request in [
        stand.http.get(&url),
        stand.http.get(&url).basic_auth("wrong", Some("X")),
        stand.http.get(&url).bearer_auth("x"),
    ] {
        let reply = stand.send(request).await;
        assert_eq!(reply.status, 401);
        assert_eq!(reply.json()["code"], "invalid_credentials");
    }
    let reply = stand.send(stand.desk("GET", "/agents/me")).await;
    assert_eq!((reply.status, &reply.json()["agent"]["email"]), (200, &json!("countersign@acme.com")));
}

#[tokio::test]
async fn ticket_has_nulls_text_and_embedded_people() {
    let stand = stand(|_| {}).await;
    let body = json!({
        "subject": "For a colleague", "description": "a < b\n\"quoted\"", "email": "sarah.chen@acme.com",
        "type": "Service Request", "requested_for": "tom.okafor@acme.com",
        "requested_items": [{"service_item_name": "New phone", "custom_fields": {"model": "x"}}],
    });
    let id = stand.control("freshservice/tickets", &body).await.json()["id"].clone();
    let path = format!("/tickets/{id}?include=conversations,requester,requested_for");
    let ticket = stand.send(stand.desk("GET", &path)).await.json()["ticket"].clone();
    assert_eq!(ticket["description"], "<div>a &lt; b<br>&quot;quoted&quot;</div>");
    assert_eq!(ticket["description_text"], "a < b\n\"quoted\"");
    assert_eq!(ticket["created_at"], "2026-06-09T17:42:11Z");
    assert_eq!(ticket["responder_id"], Value::Null);
    assert_eq!(ticket["requester"]["email"], "sarah.chen@acme.com");
    assert_eq!(ticket["requested_for"]["email"], "tom.okafor@acme.com");
    assert_eq!(ticket["conversations"], json!([]));
    let items = stand.send(stand.desk("GET", &format!("/tickets/{id}/requested_items"))).await.json();
    assert_eq!(items["requested_items"][0]["custom_fields"]["model"], "x");
}

#[tokio::test]
async fn unknown_ticket_and_unknown_include_are_refused() {
    let stand = stand(|_| {}).await;
    assert_eq!(stand.send(stand.desk("GET", "/tickets/9")).await.status, 404);
    assert_eq!(stand.send(stand.desk("GET", "/tickets/nine")).await.status, 404);
    let id = stand.ticket().await;
    assert_eq!(stand.send(stand.desk("GET", &format!("/tickets/{id}?include=secrets"))).await.status, 400);
}

#[tokio::test]
async fn note_is_kept_edited_and_counted() {
    let stand = stand(|_| {}).await;
    let id = stand.ticket().await;
    let note = json!({"body": "<b>done</b><br>twice", "private": true});
    let reply = stand.send(with_json(stand.desk("POST", &format!("/tickets/{id}/notes")), &note)).await;
    assert_eq!(reply.status, 201);
    let note_id = reply.json()["conversation"]["id"].clone();
    let edit = with_json(stand.desk("PUT", &format!("/conversations/{note_id}")), &json!({"body": "<i>later</i>"}));
    assert_eq!(stand.send(edit).await.json()["conversation"]["body"], "<i>later</i>");
    let list = stand.send(stand.desk("GET", &format!("/tickets/{id}/conversations"))).await.json();
    assert_eq!(list["conversations"][0]["body_text"], "later");
    assert_eq!(list["conversations"][0]["private"], true);
    let state = stand.look("/_control/state").await;
    assert_eq!(state["freshservice"]["notes"], 1);
    assert_eq!(state["freshservice"]["tickets"][0]["conversations"][0]["edits"], 1);
}

#[tokio::test]
async fn bad_note_names_its_field_and_writes_nothing() {
    let stand = stand(|_| {}).await;
    let id = stand.ticket().await;
    let notes = format!("/tickets/{id}/notes");
    for (body, field, code) in [
        (json!({"body": "x", "privat": true}), "privat", "invalid_field"),
        (json!({"body": "x", "private": "yes"}), "private", "datatype_mismatch"),
        (json!({"private": true}), "body", "missing_field"),
        (json!({"body": " "}), "body", "invalid_value"),
    ] {
        let reply = stand.send(with_json(stand.desk("POST", &notes), &body)).await;
        let error = &reply.json()["errors"][0];
        assert_eq!((reply.status, &error["field"], &error["code"]), (400, &json!(field), &json!(code)));
    }
    let broken = stand.desk("POST", &notes).header("content-type", "application/json").body("{\"body\":");
    assert_eq!(stand.send(broken).await.json()["code"], "invalid_json");
    assert_eq!(stand.send(stand.desk("POST", &notes).body("body=x")).await.status, 415);
    assert_eq!(stand.sandbox.state()["freshservice"]["notes"], 0);
}

#[tokio::test]
async fn pages_are_linked_until_the_last() {
    let stand = stand(|_| {}).await;
    for _ in 0..3 {
        stand.ticket().await;
    }
    let first = stand.send(stand.desk("GET", "/tickets?per_page=2")).await;
    assert_eq!(first.json()["tickets"].as_array().unwrap().len(), 2);
    let link = first.header("link").to_owned();
    let next = link.strip_prefix('<').and_then(|rest| rest.split_once('>')).unwrap().0;
    assert!(link.ends_with("rel=\"next\""));
    let key = &stand.sandbox.credentials().freshservice_api_key;
    let second = stand.send(stand.http.get(next).basic_auth(key, Some("X"))).await;
    assert_eq!((second.json()["tickets"].as_array().unwrap().len(), second.header("link")), (1, ""));
    assert_eq!(stand.send(stand.desk("GET", "/tickets?per_page=101")).await.status, 400);
}

#[tokio::test]
async fn account_limit_is_429_until_the_minute_is_over() {
    let stand = stand(|options| {
        options.enforce_rate_limits = true;
        options.freshservice_per_minute = 3;
    })
    .await;
    let first = stand.send(stand.desk("GET", "/groups")).await;
    assert_eq!((first.header("x-ratelimit-total"), first.header("x-ratelimit-remaining")), ("3", "2"));
    stand.clock.forward(20 * SECOND);
    for _ in 0..2 {
        assert_eq!(stand.send(stand.desk("GET", "/groups")).await.status, 200);
    }
    let refused = stand.send(stand.desk("GET", "/groups")).await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, "40"));
    stand.clock.forward(40 * SECOND);
    assert_eq!(stand.send(stand.desk("GET", "/groups")).await.status, 200);
}

#[tokio::test]
async fn embedding_in_a_list_costs_three_credits() {
    let stand = stand(|options| options.enforce_rate_limits = true).await;
    let reply = stand.send(stand.desk("GET", "/tickets?include=requester")).await;
    assert_eq!((reply.header("x-ratelimit-used-currentrequest"), reply.header("x-ratelimit-remaining")), ("3", "97"));
}

#[tokio::test]
async fn viewing_tickets_has_a_limit_of_its_own() {
    let stand = stand(|options| {
        options.enforce_rate_limits = true;
        options.freshservice_view_per_minute = 1;
    })
    .await;
    let view = format!("/tickets/{}", stand.ticket().await);
    assert_eq!(stand.send(stand.desk("GET", &view)).await.status, 200);
    assert_eq!(stand.send(stand.desk("GET", &view)).await.status, 429);
    assert_eq!(stand.send(stand.desk("GET", "/tickets")).await.status, 200);
}

#[tokio::test]
async fn webhook_carries_the_documented_body_and_headers_as_often_as_told() {
    let stand = stand(|_| {}).await;
    let app = app("{\"runId\":\"run_1\"}").await;
    let rule = json!({"url": app.url, "headers": {"authorization": "Bearer key"}, "deliveries": 2});
    assert_eq!(stand.control("freshservice/automator", &rule).await.status, 200);
    let ticket = json!({"subject": "a \"b\"", "description": "one\ntwo", "email": "tom.okafor@acme.com"});
    let raised = stand.control("freshservice/tickets", &ticket).await.json();
    assert_eq!(raised["deliveries"][1], json!({"status": 200, "answer": {"runId": "run_1"}}));
    let seen = app.seen();
    assert_eq!(seen.len(), 2);
    assert_eq!(seen[0].0["authorization"], "Bearer key");
    let body: Value = serde_json::from_str(&seen[0].1).unwrap();
    let expected = json!({"source": "freshservice", "ticket": {
        "ticketId": raised["id"].to_string(), "subject": "a \"b\"", "description": "one\ntwo",
        "url": format!("{}/a/tickets/{}", stand.sandbox.base_urls().freshservice, raised["id"]),
        "requesterEmail": "tom.okafor@acme.com",
    }});
    assert_eq!(body, expected);
}

#[tokio::test]
async fn unescaped_template_sends_broken_json_and_id_only_just_the_number() {
    let stand = stand(|_| {}).await;
    let app = app("").await;
    let ticket = json!({"subject": "s", "description": "a \"quote\"\nand a line", "email": "tom.okafor@acme.com"});
    for template in ["unescaped", "id_only"] {
        stand.control("freshservice/automator", &json!({"url": app.url, "template": template})).await;
        stand.control("freshservice/tickets", &ticket).await;
    }
    let seen = app.seen();
    assert!(serde_json::from_str::<Value>(&seen[0].1).is_err());
    assert!(seen[0].1.contains("a \"quote\"\nand a line"));
    assert_eq!(serde_json::from_str::<Value>(&seen[1].1).unwrap(), json!({"ticket_id": "4202"}));
}

#[tokio::test]
async fn scripted_changes_close_and_purge_a_ticket() {
    let stand = stand(|_| {}).await;
    let id = stand.ticket().await;
    let change = json!({"op": "change_ticket", "ticket": id, "fields": {"status": 5}, "spam": true});
    let changed = stand.control("freshservice", &change).await.json();
    assert_eq!((&changed["ticket"]["status"], &changed["ticket"]["spam"]), (&json!(5), &json!(true)));
    stand.control("freshservice", &json!({"op": "purge_ticket", "ticket": id})).await;
    assert_eq!(stand.send(stand.desk("GET", &format!("/tickets/{id}"))).await.status, 404);
    let unknown = stand.control("freshservice", &json!({"op": "explode"})).await;
    assert_eq!(unknown.status, 400);
    assert!(unknown.json()["error"].as_str().unwrap().contains("explode"));
}

#[tokio::test]
async fn agent_is_kept_from_what_the_account_does_not_allow() {
    let stand = stand(|_| {}).await;
    let ticket = stand.ticket().await;
    let lacks = json!({"op": "set_agent", "lacks": ["view_tickets", "add_notes", "read_self"]});
    stand.control("freshservice", &lacks).await;
    let note = with_json(stand.desk("POST", &format!("/tickets/{ticket}/notes")), &json!({"body": "x"}));
    for request in [stand.desk("GET", "/tickets"), stand.desk("GET", "/agents/me"), note] {
        let reply = stand.send(request).await;
        assert_eq!((reply.status, &reply.json()["code"]), (403, &json!("access_denied")));
    }
    assert_eq!(stand.send(stand.desk("GET", "/roles")).await.json()["roles"][0]["name"], "Countersign");
    stand.control("freshservice", &json!({"op": "set_agent", "active": false, "lacks": []})).await;
    assert_eq!(stand.send(stand.desk("GET", "/groups")).await.status, 403);
}

#[tokio::test]
async fn agent_says_its_sort_role_and_scope() {
    let stand = stand(|_| {}).await;
    let change = json!({"op": "set_agent", "occasional": true, "role": "Account Admin", "scope": "member_groups"});
    stand.control("freshservice", &change).await;
    let agent = stand.send(stand.desk("GET", "/agents/me")).await.json()["agent"].clone();
    let role = json!([{"role_id": 27_000_000_003_u64, "assignment_scope": "member_groups", "groups": []}]);
    assert_eq!((&agent["occasional"], &agent["roles"]), (&json!(true), &role));
    let unknown = stand.control("freshservice", &json!({"op": "set_agent", "role": "King"})).await;
    assert_eq!(unknown.status, 400);
}
