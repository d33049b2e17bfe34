//! What a card shows in each state.

use countersign_domain::{
    card::{Card, CardContext, CardStatus, QUOTE_LIMIT, TicketWordsShown},
    decide::{Opening, open},
    mode::Mode,
    pause::Pause,
    person::{Actor, Contact},
    plan::{Action, Plan},
    run::{NoActionReason, Run, State, StateName, StepResult},
    ticket::TicketText,
    time::At,
};
use countersign_testkit::builders::*;
use jiff::tz::TimeZone;

use crate::{
    moves::understood,
    standing::{
        after, awaiting, blocked, cancelled, denied, ended, executing, expired, left_alone_again, one_in_each_state,
        planned, recorded, replanning,
    },
};

fn words(subject: &str, description: &str) -> TicketText {
    TicketText { subject: subject.to_owned(), description: description.to_owned(), requester: None }
}

fn shown(run: &Run, words: Option<&TicketText>, shown: TicketWordsShown) -> Option<Card> {
    let zone = TimeZone::get("Europe/Berlin").expect("a zone");
    Card::of(run, &CardContext { zone: &zone, policy: Some(&policy()), words, shown, pause: None })
}

fn card(run: &Run) -> Card {
    shown(run, None, TicketWordsShown::Excerpt).expect("there is a card")
}

/// 2026-06-09T15:00:00Z.
const FIVE_IN_BERLIN: At = At(1_781_017_200_000_000);

#[test]
fn the_notification_of_an_open_card_says_what_whom_which_ticket_and_until_when() {
    let run = planned(Plan { expires_at: FIVE_IN_BERLIN.plus_seconds(24 * 3_600), ..plan(1, 1, START) });
    assert_eq!(card(&run).notification, "MFA Reset · Sarah Chen · #4211 · by 17:00 CEST");
}

#[test]
fn the_notification_of_other_cards_says_how_it_stands() {
    let done = || StepResult::Done { says: "ok".to_owned(), created: None };
    let failed = || StepResult::Failed { says: "no".to_owned() };
    for (run, ends) in [
        (executing(1), "executing"),
        (ended(1, &[done()]), "succeeded"),
        (ended(2, &[done(), failed()]), "partly done"),
        (ended(1, &[failed()]), "failed"),
        (denied(None), "denied"),
        (expired(), "expired"),
        (cancelled(), "cancelled"),
    ] {
        assert_eq!(card(&run).notification, format!("MFA Reset · Sarah Chen · #4211 · {ends}"));
    }
    assert_eq!(card(&blocked()).notification, "MFA Reset · Sarah Chen · #4211 · cannot be done as asked");
}

#[test]
fn an_open_card_has_buttons_that_ask_once_more_naming_action_and_target() {
    let CardStatus::Open { confirm } = card(&awaiting(2)).status else { panic!("open") };
    let step = "Reset all 2 enrolled factors";
    assert_eq!(confirm, format!("MFA Reset for Sarah Chen: {step}; {step}"));
}

#[test]
fn a_card_carries_the_digest_of_exactly_the_plan_it_shows() {
    for run in one_in_each_state() {
        let (Some(card), Some(plan)) = (shown(&run, None, TicketWordsShown::None), run.state.plan()) else { continue };
        assert_eq!(card.plan_digest, plan.digest(&run.org, &run.id), "{}", run.state.name());
        assert_eq!((card.plan_version, card.digest), (plan.version, card.plan_digest.short()));
    }
}

#[test]
fn a_card_that_cannot_work_says_why_and_what_would_mend_it() {
    let CardStatus::Blocked { reasons } = card(&blocked()).status else { panic!("blocked") };
    let (says, mend) = &reasons[0];
    assert!(says.starts_with("Nobody called") && mend.ends_with("plan again."), "{reasons:?}");
}

#[test]
fn a_decided_card_has_no_buttons_and_says_who_what_and_when() {
    let approved = "Approved by Ada Approver (slack:U0APPROVER) at 2026-06-09 19:42 CEST";
    let unchanged = "No changes were made.";
    let done = || StepResult::Done { says: "ok".to_owned(), created: None };
    let failed = || StepResult::Failed { says: "no".to_owned() };
    let denier = "Denied by Ada Approver (slack:U0APPROVER) at 2026-06-09 19:42 CEST";
    let cases: Vec<(Run, Vec<String>)> = vec![
        (executing(1), vec![approved.into(), "Being executed.".into()]),
        (ended(1, &[done()]), vec![approved.into(), "Done.".into()]),
        (ended(2, &[done(), failed()]), vec![approved.into(), "Partly done: see each step.".into()]),
        (ended(1, &[failed()]), vec![approved.into(), "Failed: see each step.".into()]),
        (denied(Some("no")), vec![denier.into(), "Reason: wrong person: no".into(), unchanged.into()]),
        (expired(), vec![format!("Expired at 2026-06-10 19:42 CEST: nobody decided in time. {unchanged}")]),
        (cancelled(), vec![format!("Cancelled at 2026-06-09 19:42 CEST. {unchanged}")]),
    ];
    for (run, expected) in cases {
        assert_eq!(card(&run).status, CardStatus::Closed { lines: expected }, "{}", run.state.name());
    }
}

#[test]
fn without_a_policy_what_was_decided_is_shown_and_nothing_can_be_approved() {
    let zone = TimeZone::get("Europe/Berlin").expect("a zone");
    let context = CardContext { zone: &zone, policy: None, words: None, shown: TicketWordsShown::None, pause: None };
    for run in one_in_each_state() {
        let Some(without) = Card::of(&run, &context) else { continue };
        assert!(without.deciders.is_empty());
        match (run.state.name(), without.status) {
            (StateName::AwaitingApproval, CardStatus::Blocked { reasons }) => {
                assert!(reasons[0].0.contains("no longer in force"), "{reasons:?}");
            }
            (_, CardStatus::Closed { lines }) => {
                assert!(!lines.is_empty());
                assert_eq!(card(&run).status, CardStatus::Closed { lines }, "{}", run.state.name());
            }
            (state, other) => panic!("{state}: {other:?}"),
        }
    }
}

#[test]
fn the_card_of_a_ticket_that_was_left_alone_while_it_was_planned_again_says_so() {
    let run = left_alone_again(NoActionReason::Closed);
    let expected = vec!["Left alone: the ticket is resolved or closed. No changes were made.".to_owned()];
    assert_eq!(card(&run).status, CardStatus::Closed { lines: expected });
    assert_eq!(card(&run).steps[0].outcome, None);
}

#[test]
fn the_card_of_a_plan_that_is_being_replaced_has_no_buttons() {
    let CardStatus::Closed { lines } = card(&replanning()).status else { panic!("live buttons") };
    assert_eq!(lines, ["A new plan is being made."]);
}

#[test]
fn runs_without_a_plan_have_no_card() {
    for run in one_in_each_state() {
        let without = [StateName::Received, StateName::Planning, StateName::NoAction].contains(&run.state.name());
        assert_eq!(shown(&run, None, TicketWordsShown::None).is_none(), without, "{}", run.state.name());
    }
}

#[test]
fn a_card_shows_target_change_requester_and_where_it_comes_from() {
    let run = awaiting(1);
    let card = card(&run);
    let target = card.target.unwrap();
    assert_eq!((target.name.as_str(), target.mail.as_str()), ("Sarah Chen", "sarah.chen@acme.com"));
    assert_eq!((target.id.as_str(), target.state.as_str()), ("00u1sarah", "ACTIVE"));
    let step = &card.steps[0];
    assert_eq!(step.title, "Reset all 2 enrolled factors (okta)");
    assert_eq!((step.before.as_str(), step.after.as_str()), ("2 factors", "no factor"));
    assert_eq!(step.outcome, None);
    assert_eq!(card.requester, "Rob Requester (rob@acme.com)");
    assert_eq!(card.came_in.as_deref(), Some("by email, sender unverified"));
    let link = "https://acme.freshservice.com/a/tickets/4211";
    assert_eq!(card.ticket, Some(("#4211".to_owned(), link.to_owned())));
    assert_eq!(card.classification, "mfa_reset, confidence 0.97");
    assert_eq!(card.deciders, ["slack:U0APPROVER", "mail:lead@acme.com"]);
    assert_eq!(card.until, "2026-06-10 19:42 CEST");
    assert_eq!(card.digest, plan(1, 1, START).digest(&run.org, &run.id).short());
    assert_eq!((card.plan_version, card.run), (1, run.id));
}

#[test]
fn each_step_says_how_it_ended() {
    let failed = StepResult::Failed { says: "Refused.".to_owned() };
    let card = card(&ended(2, &[StepResult::AlreadyDone { says: "It was so.".to_owned() }, failed]));
    assert_eq!(card.steps[0].outcome, Some(("already_done", "It was so.".to_owned())));
    assert_eq!(card.steps[1].outcome, Some(("failed", "Refused.".to_owned())));
}

#[test]
fn a_run_without_a_ticket_names_the_person_who_asked() {
    let opening = Opening {
        id: run_id(1),
        org: org_id(),
        origin: from_api(),
        understood: Some(understood(true)),
        left_alone: None,
    };
    let plan = Plan { requesters: Vec::new(), ..plan(1, 1, START) };
    let command = countersign_domain::command::Command::Plan { plan: Box::new(plan) };
    let card = card(&after(&open(opening, START).0, command, START, None));
    assert_eq!(card.requester, "mail:rob@acme.com");
    assert_eq!((card.ticket, card.came_in), (None, None));
    assert_eq!(card.notification, "MFA Reset · Sarah Chen · by 19:42 CEST");
}

#[test]
fn requester_and_whom_it_is_for_are_both_shown() {
    let requesters = vec![contact("rob@acme.com", "Rob"), Contact { mail: mail("kim@acme.com"), name: None }];
    let run = planned(Plan { requesters, ..plan(1, 1, START) });
    assert_eq!(card(&run).requester, "Rob (rob@acme.com), for kim@acme.com");
    let run = planned(Plan { requesters: Vec::new(), ..plan(1, 1, START) });
    assert_eq!(card(&run).requester, "unknown");
}

#[test]
fn somebody_who_was_not_found_is_named_by_what_the_ticket_says() {
    let nobody = Plan { target: None, target_mails: Vec::new(), ..plan(1, 1, START) };
    assert!(card(&planned(nobody)).notification.contains("nobody found"));
    let by_mail = Plan { target: None, ..plan(1, 1, START) };
    assert!(card(&planned(by_mail)).notification.contains("sarah.chen@acme.com"));
}

#[test]
fn the_tickets_words_are_quoted_as_much_as_is_wanted_masked_and_capped() {
    let text = words("Locked out", "my password is hunter2 thanks");
    let run = awaiting(1);
    let quoted = |words: &TicketText, how| shown(&run, Some(words), how).unwrap().quoted;
    assert_eq!(quoted(&text, TicketWordsShown::None), None);
    assert_eq!(quoted(&text, TicketWordsShown::Subject).as_deref(), Some("Locked out"));
    let masked = "Locked out\nmy password is •••• thanks";
    assert_eq!(quoted(&text, TicketWordsShown::Excerpt).as_deref(), Some(masked));
    let long = quoted(&words("s", &"ü ".repeat(QUOTE_LIMIT)), TicketWordsShown::Excerpt).unwrap();
    assert_eq!(long.chars().count(), QUOTE_LIMIT + 2);
    assert!(long.ends_with('…'));
    assert_eq!(shown(&run, None, TicketWordsShown::Excerpt).unwrap().quoted, None);
}

#[test]
fn a_card_is_always_of_the_plan_the_run_holds() {
    let run = awaiting(1);
    let mut other = run.clone();
    if let State::AwaitingApproval { plan } = &mut other.state {
        plan.steps[0].after = "one factor".to_owned();
    }
    assert_ne!(card(&run).digest, card(&other).digest);
}

#[test]
fn a_person_to_be_created_is_shown_as_such() {
    let create = Action::CreateUser { profile: new_user("Noor", "Haddad", "noor@acme.com") };
    let mails = vec![mail("noor@acme.com")];
    let plan = Plan { target: None, target_mails: mails, steps: vec![step(0, create)], ..plan(1, 1, START) };
    let card = card(&planned(plan));
    let target = card.target.unwrap();
    assert_eq!((target.name.as_str(), target.mail.as_str()), ("Noor Haddad", "noor@acme.com"));
    assert_eq!((target.id.as_str(), target.state.as_str()), ("none yet", "to be created"));
    assert!(card.notification.contains("Noor Haddad"));
}

fn remarks(run: &Run, pause: &Pause) -> Vec<String> {
    let zone = TimeZone::get("Europe/Berlin").expect("a zone");
    let (shown, policy) = (TicketWordsShown::None, policy());
    let context = CardContext { zone: &zone, policy: Some(&policy), words: None, shown, pause: Some(pause) };
    Card::of(run, &context).map(|card| card.remarks).unwrap_or_default()
}

fn pause(runbook: Option<&str>, why: Option<&str>) -> Pause {
    let (since, why) = (START, why.map(ToOwned::to_owned));
    Pause { org: org_id(), runbook: runbook.map(runbook_id), since, by: Actor::Operator, why }
}

#[test]
fn a_card_whose_steps_are_still_to_come_says_that_they_are_paused() {
    for run in one_in_each_state() {
        let state = run.state.name();
        let says = remarks(&run, &pause(None, Some("a wrong group was added")));
        if matches!(state, StateName::AwaitingApproval | StateName::Executing) {
            assert_eq!(
                says,
                [
                    "Everything is paused since 2026-06-09 19:42 CEST (a wrong group was added): a decision is recorded, \
                  but no step starts until it is resumed."
                ],
                "{state}"
            );
        } else {
            assert!(says.is_empty(), "{state}: {says:?}");
        }
    }
    let says = remarks(&awaiting(1), &pause(Some("RB-002"), None));
    assert!(says[0].starts_with("This runbook is paused since 2026-06-09 19:42 CEST: a decision"), "{says:?}");
}

#[test]
fn the_pause_of_another_runbook_or_organisation_is_not_on_the_card() {
    assert!(remarks(&awaiting(1), &pause(Some("RB-011"), None)).is_empty());
    let elsewhere = Pause { org: countersign_domain::ids::OrgId::new("other").unwrap(), ..pause(None, None) };
    assert!(remarks(&awaiting(1), &elsewhere).is_empty());
}

#[test]
fn a_pause_goes_before_what_the_plan_remarks() {
    let remarked = Plan { remarks: vec!["She has not signed in for 90 days.".to_owned()], ..plan(1, 1, START) };
    let says = remarks(&planned(remarked), &pause(None, None));
    assert!(says.len() == 2 && says[0].starts_with("Everything is paused"), "{says:?}");
}

#[test]
fn the_card_of_a_shadow_run_shows_the_plan_and_has_no_buttons() {
    let run = recorded(Mode::Shadow);
    let card = card(&run);
    let expected = "Left alone: shadow mode: this is what the card would have said. No changes were made.";
    assert_eq!(card.status, CardStatus::Closed { lines: vec![expected.to_owned()] });
    assert_eq!((card.title.as_str(), card.steps.len(), card.plan_version), ("MFA Reset", 1, 1));
    assert_eq!(card.digest, plan(1, 1, START).digest(&run.org, &run.id).short());
}

#[test]
fn a_corrected_run_says_by_whom() {
    let command = countersign_domain::command::Command::Replan {
        by: Actor::Operator,
        correction: Some(crate::moves::correction("kim@acme.com")),
    };
    let run = after(&awaiting(1), command, START, None);
    assert_eq!(card(&run).classification, "suspend_account, corrected by kim@acme.com");
}
