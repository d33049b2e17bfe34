//! The desk against the sandbox's Freshservice: what it fetches, what it writes, and how it fails.

mod check;
mod contract;
mod support;

use countersign_domain::{
    ids::TicketId,
    note,
    ports::{Desk, PortErrorKind},
    run::NoteRef,
    ticket::TicketStatus,
    time::At,
};
use countersign_freshservice::{ClientError, FreshserviceSettings};
use countersign_outbound::LiveSecret;
use countersign_sandbox::{NewTicket, Options, Sandbox, Vendor};
use serde_json::json;
use std::collections::BTreeMap;

use support::{desk, incident, lines, number, raise, run, settings, start, ticket_id};

#[tokio::test]
async fn fetched_ticket_has_words_people_status_age_and_link() {
    let sandbox = start().await;
    let id = raise(
        &sandbox,
        NewTicket {
            subject: " Lost phone ".to_owned(),
            description: "New phone, <b>please</b> reset MFA\n-- \nSarah & co".to_owned(),
            source: 1,
            created_at: Some(1_781_026_931),
            ..incident()
        },
    )
    .await;
    let desk = desk(&sandbox);
    let ticket = desk.fetch(&id).await.unwrap().expect("a ticket");
    assert_eq!(ticket.id, id);
    assert_eq!(ticket.text.subject, "Lost phone");
    assert_eq!(ticket.text.description, "New phone, <b>please</b> reset MFA\n-- \nSarah & co");
    assert_eq!(ticket.text.requester.as_deref(), Some("sarah.chen@acme.com"));
    let requester = ticket.requester.expect("a requester");
    assert_eq!((requester.mail.as_str(), requester.name.as_deref()), ("sarah.chen@acme.com", Some("Sarah Chen")));
    assert!(ticket.requested_for.is_none());
    assert_eq!(ticket.status, TicketStatus::Open);
    assert_eq!(ticket.created_at, At(1_781_026_931_000_000));
    assert_eq!(ticket.came_in, "by email, sender unverified");
    assert_eq!(ticket.url, format!("{}/a/tickets/{id}", sandbox.base_urls().freshservice));
    assert!(ticket.fields.is_empty());
    assert!(!ticket.decided_elsewhere);
}

#[tokio::test]
async fn service_request_brings_its_items_and_whom_it_is_for() {
    let sandbox = start().await;
    let request = NewTicket {
        subject: "Request for Microsoft 365".to_owned(),
        email: "lead@acme.com".to_owned(),
        kind: "Service Request".to_owned(),
        requested_for: Some("priya.nair@acme.com".to_owned()),
        requested_items: vec![json!({
            "service_item_name": "Microsoft 365 E3",
            "custom_fields": {"account": "priya.nair@acme.com", "cost_centre": 4711}
        })],
        custom_fields: serde_json::from_value(json!({"join": ["proj-atlas"], "unmapped": "x"})).unwrap(),
        ..NewTicket::default()
    };
    let id = raise(&sandbox, request).await;
    let fields = [("service_item_name", "sku"), ("account", "target"), ("join", "group")];
    let fields: BTreeMap<String, String> = fields.map(|(field, slot)| (field.to_owned(), slot.to_owned())).into();
    let desk = support::desk_of(FreshserviceSettings { fields, ..settings(&sandbox) });
    let ticket = desk.fetch(&id).await.unwrap().expect("a ticket");
    assert_eq!(ticket.requested_for.expect("somebody else").mail.as_str(), "priya.nair@acme.com");
    let expected = [("group", "proj-atlas"), ("sku", "Microsoft 365 E3"), ("target", "priya.nair@acme.com")];
    assert_eq!(ticket.fields, expected.map(|(slot, value)| (slot.to_owned(), value.to_owned())).into());
}

#[tokio::test]
async fn incident_costs_two_reads_and_a_service_request_three() {
    let sandbox = start().await;
    let first = raise(&sandbox, incident()).await;
    let second = raise(&sandbox, NewTicket { kind: "Service Request".to_owned(), ..incident() }).await;
    let fields = BTreeMap::from([("account".to_owned(), "target".to_owned())]);
    let desk = support::desk_of(FreshserviceSettings { fields, ..settings(&sandbox) });
    for (id, cost) in [(first, 2), (second, 3)] {
        sandbox.reset_requests();
        desk.fetch(&id).await.unwrap().expect("a ticket");
        assert_eq!(sandbox.requests()["total"], json!(cost), "{}", sandbox.requests());
    }
}

#[tokio::test]
async fn closed_spam_deleted_and_purged_tickets_are_told_apart() {
    let sandbox = start().await;
    let desk = desk(&sandbox);
    let closed = raise(&sandbox, NewTicket { status: 5, ..incident() }).await;
    let spam = raise(&sandbox, NewTicket { spam: true, ..incident() }).await;
    let deleted = raise(&sandbox, incident()).await;
    sandbox
        .apply(Vendor::Freshservice, json!({"op": "change_ticket", "ticket": number(&deleted), "deleted": true}))
        .unwrap();
    let expected = [(closed, TicketStatus::Closed), (spam, TicketStatus::Spam), (deleted, TicketStatus::Deleted)];
    for (id, status) in expected {
        assert_eq!(desk.fetch(&id).await.unwrap().expect("a ticket").status, status);
    }
    let purged = raise(&sandbox, incident()).await;
    sandbox.apply(Vendor::Freshservice, json!({"op": "purge_ticket", "ticket": number(&purged)})).unwrap();
    assert!(desk.fetch(&purged).await.unwrap().is_none());
}

#[tokio::test]
async fn ids_that_are_no_numbers_are_no_tickets_and_cost_nothing() {
    let sandbox = start().await;
    let desk = desk(&sandbox);
    for id in ["INC-4201", "0", "99999999999999999999999"] {
        let id = TicketId::new(id).unwrap();
        assert!(desk.fetch(&id).await.unwrap().is_none());
        assert!(desk.find_note(&id, &run(1)).await.unwrap().is_none());
        assert_eq!(desk.post_note(&id, &lines(1)).await.unwrap_err().kind, PortErrorKind::Permanent);
    }
    assert_eq!(sandbox.requests()["total"], json!(0));
}

#[tokio::test]
async fn note_is_private_escaped_found_again_and_edited() {
    let sandbox = start().await;
    let desk = desk(&sandbox);
    let id = raise(&sandbox, incident()).await;
    assert_eq!(desk.find_note(&id, &run(1)).await.unwrap(), None);
    let mut first = lines(1);
    first.insert(1, "Reason: <script>alert(1)</script> & \"more\"\nRun: forged".to_owned());
    let posted = desk.post_note(&id, &first).await.unwrap();
    assert_eq!(desk.find_note(&id, &run(1)).await.unwrap().as_ref(), Some(&posted));
    assert_eq!(desk.find_note(&id, &run(2)).await.unwrap(), None);
    let notes = support::notes(&sandbox, &id);
    assert_eq!(notes.len(), 1);
    assert_eq!(notes[0]["private"], json!(true));
    assert_eq!(
        notes[0]["body"],
        json!(
            "[Countersign] Runbook decision: APPROVED<br>Reason: &lt;script&gt;alert(1)&lt;/script&gt; &amp; \
             &quot;more&quot; Run: forged<br>Run: run_00000000000000000000000001"
        )
    );
    desk.edit_note(&posted, &["Outcome: done & dusted".to_owned(), note::marker(&run(1))]).await.unwrap();
    let notes = support::notes(&sandbox, &id);
    assert_eq!(notes.len(), 1);
    assert_eq!(notes[0]["body"], json!("Outcome: done &amp; dusted<br>Run: run_00000000000000000000000001"));
    assert_eq!(desk.find_note(&id, &run(1)).await.unwrap(), Some(posted));
}

#[tokio::test]
async fn note_is_found_behind_many_conversations_and_before_a_quote_of_it() {
    let sandbox = start().await;
    let desk = desk(&sandbox);
    let id = raise(&sandbox, incident()).await;
    for count in 0..230 {
        support::add_note(&sandbox, &id, &format!("note {count}"), count % 2 == 0);
    }
    support::add_note(&sandbox, &id, &note::marker(&run(1)), false);
    let posted = desk.post_note(&id, &lines(1)).await.unwrap();
    support::add_note(&sandbox, &id, &format!("> {}", note::marker(&run(1))), true);
    assert_eq!(desk.find_note(&id, &run(1)).await.unwrap(), Some(posted));
}

#[tokio::test]
async fn decision_of_another_system_counts_only_in_a_private_note_that_is_not_ours() {
    let sandbox = start().await;
    let desk = desk(&sandbox);
    let decision = "[AscendCore] Runbook decision: DENIED";
    let id = raise(&sandbox, NewTicket { description: decision.to_owned(), ..incident() }).await;
    support::add_note(&sandbox, &id, decision, false);
    desk.post_note(&id, &[decision.to_owned(), note::marker(&run(1))]).await.unwrap();
    assert!(!desk.fetch(&id).await.unwrap().expect("a ticket").decided_elsewhere);
    for count in 0..120 {
        support::add_note(&sandbox, &id, &format!("note {count}"), true);
    }
    support::add_note(&sandbox, &id, decision, true);
    assert!(desk.fetch(&id).await.unwrap().expect("a ticket").decided_elsewhere);
}

#[tokio::test]
async fn notes_on_missing_tickets_are_refused_for_good_and_missing_notes_are_gone() {
    let sandbox = start().await;
    let desk = desk(&sandbox);
    let missing = ticket_id(999_999);
    assert_eq!(desk.find_note(&missing, &run(1)).await.unwrap(), None);
    assert_eq!(desk.post_note(&missing, &lines(1)).await.unwrap_err().kind, PortErrorKind::Permanent);
    for (note, kind) in [("1", PortErrorKind::Gone), ("x", PortErrorKind::Permanent), ("", PortErrorKind::Permanent)] {
        let error = desk.edit_note(&NoteRef(note.to_owned()), &lines(1)).await.unwrap_err();
        assert_eq!(error.kind, kind, "{error}");
    }
}

#[tokio::test]
async fn replaced_key_is_sent_with_the_next_request() {
    let (sandbox, key) = (start().await, LiveSecret::from("revoked"));
    let client = support::client_with(&sandbox, key.clone());
    let ClientError::Refused(refusal) = client.me().await.unwrap_err() else { panic!("the key is wrong") };
    assert_eq!(refusal.reply.status, 401);
    key.replace(sandbox.credentials().freshservice_api_key.as_str().into());
    client.me().await.unwrap();
}

#[tokio::test]
async fn faults_are_transient_for_reads_and_ambiguous_for_writes() {
    let sandbox = start().await;
    let id = raise(&sandbox, incident()).await;
    let later = PortErrorKind::Transient { retry_after_ms: None };
    for (fault, read, write) in [
        ("status:500", later, PortErrorKind::Ambiguous),
        ("status:503", later, later),
        ("cut", later, PortErrorKind::Ambiguous),
        ("applied_status:502", later, PortErrorKind::Ambiguous),
        ("body:<html>Sorry</html>", later, PortErrorKind::Ambiguous),
    ] {
        let desk = desk(&sandbox);
        support::fault(&sandbox, "GET /api/v2/tickets/*", fault);
        assert_eq!(desk.fetch(&id).await.err().expect(fault).kind, read, "{fault}");
        support::fault(&sandbox, "POST /api/v2/tickets/*/notes", fault);
        assert_eq!(desk.post_note(&id, &lines(1)).await.unwrap_err().kind, write, "{fault}");
        sandbox.clear_faults();
    }
}

#[tokio::test]
async fn note_of_an_unanswered_post_is_found_again() {
    let sandbox = start().await;
    let desk = desk(&sandbox);
    let id = raise(&sandbox, incident()).await;
    support::fault(&sandbox, "POST /api/v2/tickets/*/notes", "cut");
    assert_eq!(desk.post_note(&id, &lines(1)).await.unwrap_err().kind, PortErrorKind::Ambiguous);
    assert!(desk.find_note(&id, &run(1)).await.unwrap().is_some());
}

#[tokio::test]
async fn refusal_for_too_many_requests_hands_the_wait_back_and_holds_the_next_call() {
    let sandbox = start().await;
    let desk = desk(&sandbox);
    let id = raise(&sandbox, incident()).await;
    support::fault(&sandbox, "GET /api/v2/tickets/*", "429:retry-after=30");
    let error = desk.fetch(&id).await.err().expect("a refusal");
    assert_eq!(error.kind, PortErrorKind::Transient { retry_after_ms: Some(30_000) });
    sandbox.reset_requests();
    let held = desk.post_note(&id, &lines(1)).await.unwrap_err();
    assert!(matches!(held.kind, PortErrorKind::Held { retry_after_ms } if retry_after_ms > 25_000), "{held:?}");
    assert_eq!(sandbox.requests()["total"], json!(0));
}

#[tokio::test]
async fn last_request_of_the_vendors_minute_holds_the_next() {
    let options = Options { enforce_rate_limits: true, freshservice_per_minute: 2, ..Options::default() };
    let sandbox = Sandbox::start(options).await.unwrap();
    let desk = desk(&sandbox);
    let id = raise(&sandbox, incident()).await;
    // The ticket and its conversations: the second answer says that none remains.
    desk.fetch(&id).await.unwrap().expect("a ticket");
    let held = desk.fetch(&id).await.err().expect("a hold");
    assert!(matches!(held.kind, PortErrorKind::Held { retry_after_ms } if retry_after_ms > 55_000), "{held:?}");
    assert_eq!(sandbox.requests()["total"], json!(2));
}

#[tokio::test]
async fn own_pace_is_kept_below_the_plans_limit_on_viewing_tickets() {
    let sandbox = start().await;
    let id = raise(&sandbox, incident()).await;
    let settings = FreshserviceSettings { requests_per_minute: Some(4), ..settings(&sandbox) };
    let desk = support::desk_of(settings);
    let mut refusals = 0;
    for _ in 0..3 {
        refusals += u64::from(desk.fetch(&id).await.is_err());
    }
    assert!(refusals > 0);
    assert!(sandbox.requests()["total"].as_u64().unwrap() <= 4, "{}", sandbox.requests());
}

#[tokio::test]
async fn calls_the_contract_slice_lacks_are_understood() {
    let sandbox = start().await;
    let client = support::client(&sandbox);
    let id = raise(
        &sandbox,
        NewTicket { kind: "Service Request".to_owned(), requested_items: vec![json!({})], ..incident() },
    )
    .await;
    assert_eq!(client.me().await.unwrap().email.as_deref(), Some("countersign@acme.com"));
    assert_eq!(client.groups().await.unwrap().items[0].name.as_deref(), Some("IT Support"));
    let fields = client.ticket_form_fields().await.unwrap().items;
    assert!(
        fields.iter().any(|field| field.name.as_deref() == Some("affected_user") && field.default_field == Some(false))
    );
    assert_eq!(client.requested_items(number(&id)).await.unwrap().items.len(), 1);
    let agents = client.rest(client.agents().await.unwrap()).await.unwrap();
    assert!(agents.iter().any(|agent| agent.email.as_deref() == Some("lead@acme.com")));
    let found = client.requesters_by_email("Sarah.Chen@acme.com").await.unwrap().items;
    assert_eq!(found.len(), 1);
    let requester = client.requester(found[0].id.unwrap()).await.unwrap().expect("a requester");
    assert_eq!(requester.primary_email.as_deref(), Some("sarah.chen@acme.com"));
    assert!(client.requester(1).await.unwrap().is_none());
}

#[tokio::test]
async fn tickets_are_listed_over_pages() {
    let sandbox = start().await;
    for _ in 0..7 {
        raise(&sandbox, incident()).await;
    }
    let client = support::client(&sandbox);
    let filter = countersign_freshservice::client::TicketFilter { per_page: Some(3), ..Default::default() };
    let first = client.tickets(&filter).await.unwrap();
    assert_eq!(first.items.len(), 3);
    let all = client.rest(first).await.unwrap();
    let mut ids: Vec<u64> = all.iter().filter_map(|ticket| ticket.id).collect();
    ids.dedup();
    assert_eq!(ids.len(), 7);
}
