//! Random games; the same ones in every run.

use countersign_domain::{
    event::Event,
    evolve::evolve,
    mode::Mode,
    run::{Run, StateName},
};
use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use std::{cell::RefCell, collections::BTreeSet};

use crate::{
    game::Game,
    moves::{Blocked, Corrector, Meant, MeantDigest, Move, REPLANNED, Start, Who},
    standing::one_in_each_state,
};

fn runner(cases: u32) -> TestRunner {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

/// Whether it is sent, what it asks for, and the mode it is opened in with every move that follows: most games are live,
/// some stay in one of the other modes, some change theirs all the time.
type Moves = (Start, Vec<(Move, Mode)>);

fn games(length: std::ops::Range<usize>) -> impl Strategy<Value = Moves> {
    let one = |mode| Just(mode).boxed();
    let modes = prop_oneof![
        5 => Just(one(Mode::Live)),
        2 => Just(one(Mode::Shadow)),
        1 => Just(one(Mode::Off)),
        4 => Just(prop_oneof![6 => Just(Mode::Live), 2 => Just(Mode::Shadow), 1 => Just(Mode::Off)].boxed()),
    ];
    let origin = (any::<bool>(), prop::option::of(prop::bool::weighted(0.9)));
    modes.prop_flat_map(move |mode| {
        let start = (origin.clone(), mode.clone()).prop_map(|((by_api, hint), mode)| Start { by_api, hint, mode });
        (start, prop::collection::vec((one_move(), mode), length.clone()))
    })
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
    let blocked = prop_oneof![Just(Blocked::Unknown), Just(Blocked::Protected), Just(Blocked::NotAllowed)];
    let plan = (meant(), 0_u16..4, prop::option::weighted(0.15, blocked));
    let corrector = prop_oneof![
        2 => Just(Corrector::Listed),
        2 => Just(Corrector::ListedByAlias),
        2 => Just(Corrector::ListedByKey),
        1 => Just(Corrector::Stranger),
    ];
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
        3 => prop::option::weighted(0.4, corrector).prop_map(|corrected| Move::Replan { corrected }),
        1 => Just(Move::Cancel),
        1 => Just(Move::ShowAgain),
        3 => seconds.prop_map(|seconds| Move::Wait { seconds }),
    ]
}

#[test]
fn whatever_is_asked_in_whatever_order_the_rules_hold_and_every_state_is_reached() {
    let states = RefCell::new(BTreeSet::new());
    let refusals = RefCell::new(0_u32);
    let outcome = runner(3_000).run(&games(1..48), |(start, moves)| {
        let mut game = Game::open(start)?;
        for (next, mode) in moves {
            game.play(next, mode)?;
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
    let outcome = runner(200).run(&games(40..48), |(start, moves)| {
        let mut game = Game::open(start)?;
        for (next, mode) in moves {
            game.play(next, mode)?;
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
    assert_eq!(kinds.len(), 15, "every kind of event was seen: {kinds:?}");
    for run in one_in_each_state() {
        let highest = Run { plan_version: u32::MAX, next_effect: u32::MAX, ..run.clone() };
        for event in &events {
            let _ = evolve(highest.clone(), event);
            let after = evolve(run.clone(), event);
            let fits = after.state != run.state;
            let asked = event.kind() == "plan.asked" && REPLANNED.contains(&run.state.name());
            let ends = run.state.name().is_final() && !asked;
            assert!(!(fits && ends), "{} changed a run that was {}", event.kind(), run.state.name());
        }
    }
}
