//! What the integration tests share.

use countersign_domain::{
    card::{Card, CardStatus, CardStep, CardTarget},
    digest::Digest,
    ids::RunId,
    runbook::Risk,
};

/// A run's id.
pub(crate) fn run(last: char) -> RunId {
    format!("run_01k0000000000000000000000{last}").parse().expect("a run id")
}

/// A card of `run`.
pub(crate) fn card(run: RunId, status: CardStatus) -> Card {
    Card {
        run,
        plan_version: 3,
        plan_digest: Digest::of(b"test"),
        notification: "MFA reset · Sarah Chen · #4211 · by 17:00 CEST".to_owned(),
        title: "MFA Reset".to_owned(),
        runbook: "RB-002".to_owned(),
        risk: Risk::High,
        target: Some(CardTarget {
            name: "Sarah Chen".to_owned(),
            mail: "sarah.chen@acme.com".to_owned(),
            id: "00u1sarah".to_owned(),
            state: "ACTIVE".to_owned(),
        }),
        steps: vec![CardStep {
            title: "Reset all factors (okta)".to_owned(),
            before: "2 factors enrolled".to_owned(),
            after: "no factor enrolled".to_owned(),
            outcome: None,
        }],
        requester: "Sarah Chen (sarah.chen@acme.com)".to_owned(),
        came_in: Some("by email, sender unverified".to_owned()),
        ticket: Some(("#4211".to_owned(), "https://acme.freshservice.com/a/tickets/4211".to_owned())),
        classification: "mfa_reset, confidence 0.97".to_owned(),
        deciders: vec!["slack:U0123APPROVER".to_owned(), "mail:lead@acme.com".to_owned()],
        until: "2026-06-09 17:00 CEST".to_owned(),
        digest: "9f86d081".to_owned(),
        quoted: Some("Lost phone <!channel>\n*please* reset my `MFA` & more".to_owned()),
        remarks: vec!["The user has no other factor.".to_owned()],
        status,
    }
}

/// A card that can be approved.
pub(crate) fn open(run: RunId) -> Card {
    card(run, CardStatus::Open { confirm: "MFA Reset for Sarah Chen: Reset all factors".to_owned() })
}
