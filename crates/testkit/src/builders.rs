//! Values that tests start from: one organisation, one ticket, one person, one plan.

use countersign_domain::{
    classification::{Classification, Confidence, NamedPerson, Slots},
    digest::Digest,
    ids::{ConnectionName, IntentName, KeyId, OrgId, PersonId, RunId, RunbookId, TicketId},
    person::{Approver, Contact, MailAddress, PersonRef},
    plan::{Action, NewUser, ObjectId, Plan, Step, Subject, UserRef},
    policy::Policy,
    run::Origin,
    runbook::Risk,
    ticket::{FetchedTicket, TicketFacts, TicketStatus, TicketText},
    time::At,
};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// What [`crate::clock::FixedClock`] shows at first: 2026-06-09T17:42:11.310Z.
pub const START: At = At(1_781_026_931_310_000);

/// A listed approver who clicks in the channel.
pub const APPROVER: &str = "slack:U0APPROVER";

/// A listed approver who decides through a bound key.
pub const LEAD: &str = "mail:lead@acme.com";

/// The organisation `acme`.
pub fn org_id() -> OrgId {
    OrgId::new("acme").expect("a valid name")
}

/// A connection of this name.
pub fn connection(name: &str) -> ConnectionName {
    ConnectionName::new(name).expect("a valid connection name")
}

/// A runbook's id.
pub fn runbook_id(id: &str) -> RunbookId {
    RunbookId::new(id).expect("a valid runbook id")
}

/// An intent.
pub fn intent(name: &str) -> IntentName {
    IntentName::new(name).expect("a valid intent")
}

/// A ticket's number.
pub fn ticket_id(number: &str) -> TicketId {
    TicketId::new(number).expect("a valid ticket number")
}

/// An address.
pub fn mail(text: &str) -> MailAddress {
    MailAddress::new(text).expect("a valid address")
}

/// A reference to a person.
pub fn person(text: &str) -> PersonRef {
    text.parse().expect("a valid reference")
}

/// Somebody as a desk knows them.
pub fn contact(address: &str, name: &str) -> Contact {
    Contact { mail: mail(address), name: Some(name.to_owned()) }
}

/// The run of this number.
pub fn run_id(number: u128) -> RunId {
    RunId(Uuid::from_u128(number))
}

/// The key of this number.
pub fn key_id(number: u128) -> KeyId {
    KeyId(Uuid::from_u128(number))
}

/// A digest of this byte alone.
pub fn digest(byte: u8) -> Digest {
    Digest([byte; 32])
}

/// Ticket 4211 of the desk `helpdesk`.
pub fn from_ticket() -> Origin {
    Origin::Ticket { desk: connection("helpdesk"), ticket: ticket_id("4211") }
}

/// Started with key 9.
pub fn from_api() -> Origin {
    Origin::Api { key: key_id(9), person: person("mail:rob@acme.com") }
}

/// [`APPROVER`] and [`LEAD`] decide within 24 hours; below 0.80 a ticket is left alone.
pub fn policy() -> Policy {
    policy_of(&[APPROVER, LEAD], 24 * 3_600)
}

/// These approvers, with so many seconds to decide.
pub fn policy_of(approvers: &[&str], expires_after: u64) -> Policy {
    let approvers: BTreeSet<_> = approvers.iter().map(|text| person(text)).collect();
    Policy::new(approvers, expires_after, Confidence::from_share(0.8)).expect("a valid policy")
}

/// A person about to decide, known by these addresses.
pub fn approver(by: &str, mails: &[&str]) -> Approver {
    Approver {
        id: PersonId(Uuid::from_u128(77)),
        by: person(by),
        name: Some("Ada Approver".to_owned()),
        mails: mails.iter().map(|text| mail(text)).collect(),
    }
}

/// [`APPROVER`], with an address of her own.
pub fn ada() -> Approver {
    approver(APPROVER, &["ada@acme.com"])
}

/// The person the ticket is about.
pub fn sarah() -> Subject {
    subject("00u1sarah", "Sarah Chen", "sarah.chen@acme.com")
}

/// An active person of a system.
pub fn subject(id: &str, name: &str, login: &str) -> Subject {
    Subject {
        id: ObjectId(id.to_owned()),
        login: login.to_owned(),
        mails: vec![mail(login)],
        name: name.to_owned(),
        state: "ACTIVE".to_owned(),
    }
}

/// Reset all factors of [`sarah`].
pub fn reset_factors() -> Action {
    Action::ResetFactors { user: UserRef::Known(sarah().id) }
}

/// A new starter's profile.
pub fn new_user(first: &str, last: &str, login: &str) -> NewUser {
    NewUser { first_name: first.to_owned(), last_name: last.to_owned(), login: mail(login) }
}

/// A step on the system `okta`.
pub fn step(ordinal: u16, action: Action) -> Step {
    Step {
        ordinal,
        system: connection("okta"),
        title: "Reset all 2 enrolled factors".to_owned(),
        before: "2 factors".to_owned(),
        after: "no factor".to_owned(),
        guard: "factors=2".to_owned(),
        action,
    }
}

/// An MFA reset for [`sarah`] in so many equal steps, asked for by Rob, approvable for 24 hours from `now`.
pub fn plan(version: u32, steps: u16, now: At) -> Plan {
    Plan {
        version,
        runbook: runbook_id("RB-002"),
        runbook_name: "MFA Reset".to_owned(),
        runbook_digest: digest(2),
        intent: intent("mfa_reset"),
        risk: Risk::Medium,
        target: Some(sarah()),
        target_mails: vec![mail("sarah.chen@acme.com"), mail("s.chen@acme.de")],
        requesters: vec![contact("rob@acme.com", "Rob Requester")],
        requester_mails: Vec::new(),
        editor_mails: Vec::new(),
        steps: (0..steps).map(|ordinal| step(ordinal, reset_factors())).collect(),
        blockers: Vec::new(),
        remarks: Vec::new(),
        expires_at: now.plus_seconds(24 * 3_600),
        policy_digest: policy().digest(),
    }
}

/// Values that name this person as the target.
pub fn slots_for(address: &str) -> Slots {
    Slots { target: NamedPerson { email: Some(address.to_owned()), name: None }, ..Slots::default() }
}

/// A classifier's answer.
pub fn classification(found: Option<&str>, share: f64, slots: Slots) -> Classification {
    Classification {
        intent: found.map(intent),
        confidence: Confidence::from_share(share),
        runners_up: Vec::new(),
        slots,
        model: "rules".to_owned(),
        consulted: None,
    }
}

/// What a run keeps of ticket 4211.
pub fn ticket_facts() -> TicketFacts {
    TicketFacts {
        requester: Some(contact("rob@acme.com", "Rob Requester")),
        requested_for: None,
        url: "https://acme.freshservice.com/a/tickets/4211".to_owned(),
        came_in: "by email, sender unverified".to_owned(),
    }
}

/// An open ticket as the desk hands it over, asked for by Rob.
pub fn ticket(number: &str, subject: &str, description: &str) -> FetchedTicket {
    FetchedTicket {
        id: ticket_id(number),
        text: TicketText {
            subject: subject.to_owned(),
            description: description.to_owned(),
            requester: Some("rob@acme.com".to_owned()),
        },
        requester: Some(contact("rob@acme.com", "Rob Requester")),
        requested_for: None,
        status: TicketStatus::Open,
        created_at: START,
        url: format!("https://acme.freshservice.com/a/tickets/{number}"),
        came_in: "by email, sender unverified".to_owned(),
        fields: BTreeMap::new(),
        decided_elsewhere: false,
    }
}
