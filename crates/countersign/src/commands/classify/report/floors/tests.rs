use countersign_domain::run::DenyReason;
use countersign_testkit::builders::{intent, runbook_id};

use super::*;

const MFA: &str = "mfa_reset";
const UNLOCK: &str = "account_unlock";
const WRONG: Judgement = Judgement::Denied(DenyReason::WrongType);

fn share(share: f64) -> Confidence {
    Confidence::from_share(share)
}

fn row(name: &str, confidence: f64, judgement: Judgement) -> Decided {
    Decided {
        intent: intent(name),
        confidence: share(confidence),
        raised: false,
        judgement,
        planned_again: false,
        model: "m1".to_owned(),
    }
}

/// The report on these, so many of each, with a floor of 0.80 for both intents.
fn report(rows: &[(usize, Decided)], precision: f64) -> Report {
    let mut decisions = Decisions::default();
    for (times, row) in rows {
        for _ in 0..*times {
            decisions.count(Sorted::Decided(row.clone()));
        }
    }
    decisions.report(&served(), precision)
}

fn served() -> BTreeMap<IntentName, (RunbookId, Confidence)> {
    [(MFA, "RB-002"), (UNLOCK, "RB-007")]
        .map(|(name, runbook)| (intent(name), (runbook_id(runbook), share(0.8))))
        .into_iter()
        .collect()
}

#[track_caller]
fn set(advice: Advice) -> Split {
    match advice {
        Advice::Set(split) => split,
        Advice::Unserved | Advice::TooFew | Advice::Keep | Advice::OutOfReach => panic!("{advice:?} names no floor"),
    }
}

#[test]
fn without_decisions_nothing_is_suggested() {
    let report = report(&[], 0.97);
    assert!(report.intents.is_empty() && report.decided.bins.is_empty());
    assert_eq!((report.advice, report.decided.total), (Advice::TooFew, Counts::default()));
    assert_eq!((report.decided.total.share(), report.decided.total.at_least()), (None, None));
}

#[test]
fn the_lower_bound_is_that_of_clopper_and_pearson() {
    // 0.05^(1/n) where all were approved; the others from the beta distribution's quantiles.
    for (approved, denied, bound) in [(100, 0, 0.970_487), (99, 1, 0.953_440), (495, 5, 0.979_078), (0, 10, 0.0)] {
        let at_least = Counts { approved, denied, ..Counts::default() }.at_least().unwrap();
        assert!((at_least - bound).abs() < 2e-5, "{approved} of {}: {at_least}", approved + denied);
    }
}

#[test]
fn as_many_are_needed_as_show_the_precision_when_all_are_approved() {
    for (precision, decisions) in [(0.5, 5), (0.9, 29), (0.97, 99), (0.99, 299), (0.999, 2_995)] {
        assert_eq!(needed(precision), decisions, "{precision}");
    }
}

#[test]
fn one_decision_too_few_suggests_nothing() {
    for (decisions, advice) in [(98, Advice::TooFew), (99, Advice::Keep)] {
        let report = report(&[(decisions, row(MFA, 0.95, Judgement::Approved))], 0.97);
        assert_eq!((report.intents[0].advice, report.advice), (advice, advice), "{decisions}");
    }
}

#[test]
fn where_all_are_approved_todays_floor_stays() {
    let report = report(&[(60, row(MFA, 0.85, Judgement::Approved)), (60, row(MFA, 1.0, Judgement::Approved))], 0.97);
    let found = &report.intents[0];
    assert_eq!(found.advice, Advice::Keep);
    let today = found.today.unwrap();
    assert_eq!((today.kept.approved, today.dropped.decided()), (120, 0));
}

#[test]
fn where_all_are_denied_no_floor_is_suggested() {
    let report = report(&[(200, row(MFA, 0.99, WRONG))], 0.97);
    let found = &report.intents[0];
    assert_eq!((found.advice, report.advice), (Advice::OutOfReach, Advice::OutOfReach));
    assert_eq!((found.decided.total.share(), found.decided.total.at_least()), (Some(0.0), Some(0.0)));
    assert_eq!(found.denials, BTreeMap::from([("wrong_type", 200)]));
}

#[test]
fn precision_that_no_floor_gives_is_out_of_reach() {
    // Nothing separates them: above any floor every tenth is denied.
    let rows: Vec<_> = [0.81, 0.86, 0.91, 0.96, 0.99]
        .into_iter()
        .flat_map(|at| [(90, row(MFA, at, Judgement::Approved)), (10, row(MFA, at, WRONG))])
        .collect();
    assert_eq!(report(&rows, 0.97).intents[0].advice, Advice::OutOfReach);
    assert_eq!(report(&rows, 0.85).intents[0].advice, Advice::Keep);
}

#[test]
fn the_lowest_floor_that_gives_the_precision_is_suggested() {
    let rows = [
        (20, row(MFA, 0.82, WRONG)),
        (30, row(MFA, 0.82, Judgement::Approved)),
        (40, row(MFA, 0.9123, Judgement::Approved)),
        (80, row(MFA, 0.97, Judgement::Approved)),
    ];
    let report = report(&rows, 0.97);
    let found = &report.intents[0];
    let split = set(found.advice);
    assert_eq!(split.floor, share(0.912), "in thousandths, and not above what it keeps");
    assert_eq!((split.kept.approved, split.kept.decided()), (120, 120));
    assert_eq!((split.dropped.approved, split.dropped.denied), (30, 20));
    assert_eq!(found.advice.name(share(0.8)), "raise");
    assert_eq!(found.today.unwrap().kept.decided(), 170);
}

#[test]
fn confidences_that_are_the_same_are_kept_or_dropped_together() {
    let rows = [(200, row(MFA, 0.9, Judgement::Approved)), (100, row(MFA, 0.9, WRONG))];
    assert_eq!(report(&rows, 0.97).intents[0].advice, Advice::OutOfReach);
    // Within one thousandth a floor in thousandths cannot tell them apart either.
    let rows = [(200, row(MFA, 0.9009, Judgement::Approved)), (100, row(MFA, 0.9001, WRONG))];
    assert_eq!(report(&rows, 0.97).intents[0].advice, Advice::OutOfReach);
    let rows = [(200, row(MFA, 0.9011, Judgement::Approved)), (100, row(MFA, 0.9009, WRONG))];
    assert_eq!(set(report(&rows, 0.97).intents[0].advice).floor, share(0.901));
}

#[test]
fn floor_is_compared_exactly() {
    let rows = [(1, row(MFA, 0.7999, WRONG)), (1, row(MFA, 0.8, Judgement::Approved))];
    let today = report(&rows, 0.97).intents[0].today.unwrap();
    assert_eq!((today.kept.approved, today.kept.denied, today.dropped.denied), (1, 0, 1));
}

#[test]
fn lower_floor_is_suggested_only_where_decisions_lie_below_todays() {
    let rows = [(150, row(MFA, 0.7, Judgement::Approved)), (150, row(MFA, 0.9, Judgement::Approved))];
    let advice = report(&rows, 0.97).intents[0].advice;
    assert_eq!((set(advice).floor, advice.name(share(0.8))), (share(0.7), "lower"));
    assert_eq!(report(&rows[1..], 0.97).intents[0].advice, Advice::Keep);
}

#[test]
fn todays_floor_between_thousandths_stays_where_it_is_enough() {
    let mut decisions = Decisions::default();
    for (times, confidence, judgement) in [(50, 0.8001, WRONG), (150, 0.8007, Judgement::Approved)] {
        for _ in 0..times {
            decisions.count(Sorted::Decided(row(MFA, confidence, judgement)));
        }
    }
    let served = BTreeMap::from([(intent(MFA), (runbook_id("RB-002"), share(0.8005)))]);
    assert_eq!(decisions.report(&served, 0.97).intents[0].advice, Advice::Keep);
}

#[test]
fn corrections_and_runs_given_up_count_against_the_classifier() {
    let rows = [
        (150, row(MFA, 0.9, Judgement::Approved)),
        (10, row(MFA, 0.85, Judgement::Corrected)),
        (10, row(MFA, 0.86, Judgement::GivenUp)),
    ];
    let report = report(&rows, 0.97);
    let found = &report.intents[0];
    assert_eq!((found.decided.total.corrected, found.decided.total.given_up), (10, 10));
    let split = set(found.advice);
    assert_eq!((split.floor, split.dropped.decided(), split.kept.decided()), (share(0.9), 20, 150));
}

#[test]
fn bins_are_finer_where_floors_lie_and_hold_every_decision_once() {
    let at = [0.0, 0.0999, 0.1, 0.79, 0.8, 0.85, 0.8999, 0.925, 0.975, 0.9899, 0.99, 0.9999, 1.0];
    let rows: Vec<_> = at.map(|at| (1, row(MFA, at, Judgement::Approved))).to_vec();
    let report = report(&rows, 0.97);
    let bins: Vec<_> = report.decided.bins.iter().map(|bin| (bin.from.share(), bin.counts.approved)).collect();
    let expected = [(0.0, 2), (0.1, 1), (0.7, 1), (0.8, 1), (0.85, 2), (0.925, 1), (0.975, 2), (0.99, 3)];
    assert_eq!(bins, expected);
    assert_eq!(report.decided.bins.last().unwrap().to, share(1.0));
    assert_eq!(report.decided.total.decided(), at.len());
}

#[test]
fn all_intents_together_can_show_what_none_of_them_can() {
    let rows = [
        (60, row(MFA, 0.95, Judgement::Approved)),
        (60, row(UNLOCK, 0.95, Judgement::Approved)),
        (20, row(UNLOCK, 0.85, WRONG)),
        (7, row(UNLOCK, 0.6, Judgement::Corrected)),
    ];
    let report = report(&rows, 0.97);
    assert!(report.intents.iter().all(|found| found.advice == Advice::TooFew));
    let split = set(report.advice);
    assert_eq!((split.floor, split.kept.approved), (share(0.95), 120));
    assert_eq!((split.dropped.denied, split.dropped.corrected), (20, 7), "what today's floors drop stays dropped");
    assert_eq!((report.today.kept.decided(), report.today.dropped.decided()), (140, 7));
}

#[test]
fn one_floor_for_all_never_goes_below_the_one_of_an_intent() {
    let rows = [(150, row(MFA, 0.7, Judgement::Approved)), (150, row(MFA, 0.9, Judgement::Approved))];
    assert_eq!(report(&rows, 0.97).advice, Advice::Keep);
}

#[test]
fn intent_that_no_runbook_serves_has_no_floor() {
    let report = report(&[(200, row("door_access", 0.9, Judgement::Approved))], 0.97);
    let found = &report.intents[0];
    assert_eq!((&found.runbook, found.today, found.advice), (&None, None, Advice::Unserved));
    assert_eq!(report.advice, Advice::TooFew);
}

#[test]
fn what_a_second_opinion_raised_is_shown_beside_and_moves_no_floor() {
    let raised = Decided { raised: true, ..row(MFA, 0.6, WRONG) };
    let report = report(&[(50, raised), (120, row(MFA, 0.9, Judgement::Approved))], 0.97);
    let found = &report.intents[0];
    assert_eq!((found.raised.total.denied, report.raised.denied), (50, 50));
    assert_eq!(found.raised.bins[0].from, share(0.6));
    assert_eq!((found.decided.total.decided(), found.advice), (120, Advice::Keep));
}

#[test]
fn what_nobody_decided_is_counted_apart() {
    let mut decisions = Decisions::default();
    for (times, sorted) in [
        (1, Sorted::Expired),
        (2, Sorted::Shadow { corrected: true }),
        (3, Sorted::Shadow { corrected: false }),
        (4, Sorted::Started),
        (5, Sorted::Missed),
        (6, Sorted::Picked),
        (7, Sorted::Decided(Decided { planned_again: true, ..row(MFA, 0.9, Judgement::Approved) })),
        (8, Sorted::Decided(Decided { model: "m2".to_owned(), ..row(MFA, 0.9, Judgement::Approved) })),
    ] {
        for _ in 0..times {
            decisions.count(sorted.clone());
        }
    }
    let report = decisions.report(&served(), 0.97);
    let apart = Apart { expired: 1, shadow: 5, shadow_corrected: 2, started: 4, missed: 5, picked: 6 };
    assert_eq!((report.apart, report.planned_again, report.decided.total.decided()), (apart, 7, 15));
    assert_eq!(report.models, BTreeMap::from([("m1".to_owned(), 7), ("m2".to_owned(), 8)]));
}
