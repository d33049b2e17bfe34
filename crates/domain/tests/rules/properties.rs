//! Random games; the same ones in every run.

use countersign_domain::{
    event::Event,
    evolve::evolve,
    run::{Run, StateName},
};
use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use std::{cell::RefCell, collections::BTreeSet};

use crate::{
    game::{Game, Meant, MeantDigest, Move, Start, Who},
    standing::one_in_each_state,
};

fn runner(cases: u32) -> TestRunner {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

fn start() -> impl Strategy<Value = Start> {
    (any::<bool>(), prop::option::of(prop::bool::weighted(0.9))).prop_map(|(by_api, hint)| Start { by_api, hint })
}

fn meant() -> impl Strategy<Value = Meant> {
    prop_oneof![6 => Just(Meant::Present), 1 => Just(Meant::Before), 1 => Just(Meant::After)]
}

fn meant_digest() -> impl Strategy<Value = MeantDigest> {
    prop_oneof![4 => Just(MeantDigest::Present), 2 => Just(MeantDigest::Absent), 1 => Just(MeantDigest::Other)]
}

fn who() -> impl Strategy<Value = Who> {
    prop_oneof![
        5 => Just(Who::Listed),
        2 => Just(Who::ListedByKey),
        1 => Just(Who::Unlisted),
        1 => Just(Who::Requester),
        1 => Just(Who::Target),
        1 => Just(Who::WithoutMail),
        1 => Just(Who::Nobody),
    ]
}

fn one_move() -> impl Strategy<Value = Move> {
    let plan = (meant(), 0_u16..4, prop::bool::weighted(0.15));
    let seconds = prop_oneof![4 => Just(60_u64), 1 => Just(24 * 3_600)];
    prop_oneof![
        4 => prop::bool::weighted(0.9).prop_map(|asked| Move::Read { asked }),
        1 => Just(Move::LeaveAlone),
        8 => plan.prop_map(|(version, steps, blocked)| Move::Plan { version, steps, blocked }),
        2 => Just(Move::CardPosted),
        2 => Just(Move::NotePosted),
        6 => (who(), meant(), meant_digest()).prop_map(|(who, version, digest)| Move::Approve { who, version, digest }),
        2 => (who(), meant(), meant_digest()).prop_map(|(who, version, digest)| Move::Deny { who, version, digest }),
        3 => meant().prop_map(|version| Move::Expire { version }),
        12 => (meant(), meant_digest(), prop_oneof![4 => 0_usize..2, 1 => 2_usize..6])
            .prop_map(|(ordinal, digest, result)| Move::EndStep { ordinal, digest, result }),
        2 => Just(Move::Replan),
        1 => Just(Move::Cancel),
        3 => seconds.prop_map(|seconds| Move::Wait { seconds }),
    ]
}

#[test]
fn whatever_is_asked_in_whatever_order_the_rules_hold_and_every_state_is_reached() {
    let states = RefCell::new(BTreeSet::new());
    let refusals = RefCell::new(0_u32);
    let games = (start(), prop::collection::vec(one_move(), 1..48));
    let outcome = runner(2_000).run(&games, |(start, moves)| {
        let mut game = Game::open(start)?;
        for next in moves {
            game.play(next)?;
        }
        states.borrow_mut().extend(game.states.iter().copied());
        *refusals.borrow_mut() += game.refusals;
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    assert_eq!(states.into_inner(), StateName::ALL.into_iter().collect());
    assert!(refusals.into_inner() > 1_000, "hardly anything was refused: the games are too tame");
}

#[test]
fn any_event_in_any_state_is_survived_and_a_misfit_leaves_the_state_alone() {
    let collected: RefCell<Vec<Event>> = RefCell::default();
    let games = (start(), prop::collection::vec(one_move(), 40..48));
    let outcome = runner(200).run(&games, |(start, moves)| {
        let mut game = Game::open(start)?;
        for next in moves {
            game.play(next)?;
        }
        let mut collected = collected.borrow_mut();
        for event in game.events {
            if !collected.contains(&event) && collected.iter().filter(|known| known.kind() == event.kind()).count() < 12
            {
                collected.push(event);
            }
        }
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    let events = collected.into_inner();
    let kinds: BTreeSet<_> = events.iter().map(Event::kind).collect();
    assert_eq!(kinds.len(), 14, "every kind of event was seen: {kinds:?}");
    for run in one_in_each_state() {
        let highest = Run { plan_version: u32::MAX, next_effect: u32::MAX, ..run.clone() };
        for event in &events {
            let _ = evolve(highest.clone(), event);
            let after = evolve(run.clone(), event);
            let fits = after.state != run.state;
            let from_final = run.state.name().is_final() && run.state.name() != StateName::Expired;
            assert!(!(fits && from_final), "{} changed a run that was {}", event.kind(), run.state.name());
        }
    }
}
