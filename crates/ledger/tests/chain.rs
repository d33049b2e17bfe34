//! What the chain shows, and what only a known head shows.

mod support;

use countersign_ledger::{Body, Draft, Entry, Fault, Head, Verifier, commitment, genesis, seal, to_hex};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::RngSeed;
use support::{Link, ORG, any_draft, chain, full_chain, full_draft, head_of, verify};

/// One change to what is stored of an entry.
#[derive(Clone, Copy, Debug)]
enum Part {
    Org,
    Seq,
    Previous,
    Time,
    Kind,
    Run,
    Actor,
    PlanDigest,
    PolicyDigest,
    Decision,
    Commitment,
    Hash,
    Salt,
    Bytes,
}

const PARTS: [Part; 14] = [
    Part::Org,
    Part::Seq,
    Part::Previous,
    Part::Time,
    Part::Kind,
    Part::Run,
    Part::Actor,
    Part::PlanDigest,
    Part::PolicyDigest,
    Part::Decision,
    Part::Commitment,
    Part::Hash,
    Part::Salt,
    Part::Bytes,
];

fn flip(bytes: &mut [u8], at: Index, mask: u8) {
    let at = at.index(bytes.len());
    bytes[at] ^= mask;
}

fn flip_text(text: &mut String, at: Index, mask: u8) {
    let mut bytes = text.clone().into_bytes();
    flip(&mut bytes, at, mask);
    // Bytes that are no longer UTF-8 cannot be stored as text; what a lenient reader would make of them can.
    *text = String::from_utf8_lossy(&bytes).into_owned();
}

/// Flips bits in a part that is there, or puts the part there where it was not.
fn tamper((entry, body): &mut Link, part: Part, at: Index, mask: u8) {
    match part {
        Part::Org => flip_text(&mut entry.org, at, mask),
        Part::Seq => entry.seq ^= u64::from(mask) << (8 * at.index(8)),
        Part::Previous => flip(&mut entry.previous, at, mask),
        Part::Time => entry.time_micros ^= i64::from(mask) << (8 * at.index(8)),
        Part::Kind => flip_text(&mut entry.kind, at, mask),
        Part::Run => flip(entry.run.get_or_insert([0; 16]), at, mask),
        Part::Actor => flip_text(entry.actor.get_or_insert("x".to_owned()), at, mask),
        Part::PlanDigest => flip(entry.plan_digest.get_or_insert([0; 32]), at, mask),
        Part::PolicyDigest => flip(entry.policy_digest.get_or_insert([0; 32]), at, mask),
        Part::Decision => flip_text(entry.decision.get_or_insert("x".to_owned()), at, mask),
        Part::Commitment => flip(entry.commitment.get_or_insert([0; 32]), at, mask),
        Part::Hash => flip(&mut entry.hash, at, mask),
        Part::Salt => flip(&mut body.get_or_insert(Body { salt: [0; 32], bytes: vec![] }).salt, at, mask),
        Part::Bytes => {
            let bytes = &mut body.get_or_insert(Body { salt: [0; 32], bytes: vec![0] }).bytes;
            if bytes.is_empty() {
                bytes.push(mask);
            } else {
                flip(bytes, at, mask);
            }
        }
    }
}

fn is_erased((entry, body): &Link) -> bool {
    entry.commitment.is_some() && body.is_none()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn a_sealed_chain_verifies_whatever_is_erased(drafts in vec((any_draft(), any::<bool>()), 0..12)) {
        let mut links = chain(&drafts.iter().map(|(draft, _)| draft.clone()).collect::<Vec<_>>());
        for (link, (_, erase)) in links.iter_mut().zip(&drafts) {
            if *erase {
                link.1 = None;
            }
        }
        let summary = verify(&links, Some(head_of(&links))).expect("an untouched chain verifies");
        let present = links.iter().filter(|link| link.1.is_some()).count() as u64;
        let erased = links.iter().filter(|link| is_erased(link)).count() as u64;
        prop_assert_eq!(summary.org, ORG);
        prop_assert_eq!(summary.entries, drafts.len() as u64);
        prop_assert_eq!(summary.bodies_present, present);
        prop_assert_eq!(summary.bodies_erased, erased);
        prop_assert_eq!(summary.head, head_of(&links));
    }

    #[test]
    fn a_flip_in_any_part_of_any_entry_is_found_without_a_head(
        drafts in vec(any_draft(), 1..5),
        which in any::<Index>(),
        part in prop::sample::select(&PARTS),
        at in any::<Index>(),
        mask in 1_u8..,
    ) {
        let mut links = chain(&drafts);
        let which = which.index(links.len());
        tamper(&mut links[which], part, at, mask);
        prop_assert!(verify(&links, None).is_err());
    }

    #[test]
    fn removing_an_entry_is_found(drafts in vec(any_draft(), 1..8), which in any::<Index>()) {
        let mut links = chain(&drafts);
        let head = head_of(&links);
        let which = which.index(links.len());
        links.remove(which);
        let is_tail = which == links.len();
        prop_assert_eq!(verify(&links, None).is_ok(), is_tail);
        prop_assert!(verify(&links, Some(head)).is_err());
    }

    #[test]
    fn swapping_two_entries_is_found(drafts in vec(any_draft(), 2..8), a in any::<Index>(), b in any::<Index>()) {
        let mut links = chain(&drafts);
        let (a, b) = (a.index(links.len()), b.index(links.len()));
        prop_assume!(a != b);
        links.swap(a, b);
        prop_assert!(verify(&links, None).is_err());
    }

    #[test]
    fn inserting_an_entry_is_found(
        drafts in vec(any_draft(), 1..8),
        extra in any_draft(),
        place in any::<Index>(),
    ) {
        let links = chain(&drafts);
        let head = head_of(&links);
        let place = place.index(links.len());
        let before = head_of(&links[..place]);
        for inserted in [(seal(ORG, &before, &extra), extra.body.clone()), links[place].clone()] {
            let mut changed = links.clone();
            changed.insert(place, inserted);
            prop_assert!(verify(&changed, None).is_err());
            prop_assert!(verify(&changed, Some(head)).is_err());
        }
    }

    #[test]
    fn cutting_off_the_tail_is_found_through_the_head(drafts in vec(any_draft(), 1..8), keep in any::<Index>()) {
        let mut links = chain(&drafts);
        let (head, keep) = (head_of(&links), keep.index(links.len()));
        links.truncate(keep);
        prop_assert!(verify(&links, None).is_ok());
        let expected = Fault::Truncated { org: ORG.to_owned(), expected: head.seq, found: keep as u64 };
        prop_assert_eq!(verify(&links, Some(head)), Err(expected));
    }
}

#[test]
fn entry_body_and_genesis_have_their_published_hashes() {
    let body = Body { salt: [0x11; 32], bytes: b"hello".to_vec() };
    assert_eq!(to_hex(&genesis("acme").hash), "6858456d1a7cbb7c6fb60a9dfaaaaf91b47dde6bec7c6f1471dbdecc7b8c45fc");
    assert_eq!(to_hex(&commitment(&body)), "d112dbfcf13f3ace6b5898e51a1d99952990b29e8777d3d5856742a7cb33660c");
    let draft = Draft {
        time_micros: 1_700_000_000_123_456,
        kind: "run.approved".to_owned(),
        run: Some([0x22; 16]),
        actor: Some("person-1".to_owned()),
        plan_digest: Some([0x33; 32]),
        policy_digest: None,
        decision: Some("approve".to_owned()),
        body: Some(body),
    };
    let entry = seal("acme", &genesis("acme"), &draft);
    assert_eq!((entry.seq, entry.previous), (1, genesis("acme").hash));
    assert_eq!(to_hex(&entry.hash), "8afa72a36ed2563a9ab588fd706aa447543acb9060f4055c4e3bc32d8fcb4f20");
    let bare = Draft {
        time_micros: -1,
        kind: "service.started".to_owned(),
        run: None,
        actor: None,
        plan_digest: None,
        policy_digest: None,
        decision: None,
        body: None,
    };
    assert_eq!(
        to_hex(&seal("acme", &entry.head(), &bare).hash),
        "cc8c8ba0addd1b4a1037e5f2487ebdae2061beb75a8332b9a98c2b636efb8bcb"
    );
}

#[test]
fn an_empty_chain_verifies_and_has_the_genesis_head() {
    let summary = verify(&[], Some(genesis(ORG))).unwrap();
    assert_eq!((summary.entries, summary.head), (0, genesis(ORG)));
    assert_eq!(summary.head.seq, 0);
}

#[test]
fn each_org_has_its_own_genesis() {
    assert_ne!(genesis("acme").hash, genesis("acme2").hash);
}

#[test]
fn each_fault_is_named_with_its_entry() {
    let links = full_chain(4);
    let org = || ORG.to_owned();
    let fault_of = |change: &dyn Fn(&mut Vec<Link>)| {
        let mut changed = links.clone();
        change(&mut changed);
        verify(&changed, None).unwrap_err()
    };
    assert_eq!(fault_of(&|l| drop(l.remove(1))), Fault::Gap { org: org(), expected: 2, found: 3 });
    assert_eq!(fault_of(&|l| l.insert(2, l[1].clone())), Fault::OutOfOrder { org: org(), expected: 3, found: 2 });
    assert_eq!(
        fault_of(&|l| l[2].0.org = "globex".to_owned()),
        Fault::OtherOrg { org: org(), seq: 3, found: "globex".to_owned() }
    );
    assert_eq!(fault_of(&|l| l[2].0.previous[0] ^= 1), Fault::WrongPrevious { org: org(), seq: 3 });
    assert_eq!(fault_of(&|l| l[2].0.kind.push('x')), Fault::HeaderHash { org: org(), seq: 3 });
    assert_eq!(fault_of(&|l| l[2].0.run = None), Fault::HeaderHash { org: org(), seq: 3 });
    assert_eq!(fault_of(&|l| l[2].1 = l[1].1.clone()), Fault::BodyMismatch { org: org(), seq: 3 });
}

#[test]
fn an_entry_sealed_anew_after_an_edit_breaks_the_entry_after_it() {
    let mut links = full_chain(3);
    let edited = Draft { decision: Some("deny".to_owned()), ..full_draft(1) };
    links[1] = (seal(ORG, &links[0].0.head(), &edited), edited.body);
    assert_eq!(verify(&links, None), Err(Fault::WrongPrevious { org: ORG.to_owned(), seq: 3 }));
}

#[test]
fn a_chain_written_anew_is_found_through_the_head() {
    let known = head_of(&full_chain(3));
    let anew = chain(&[full_draft(0), full_draft(9), full_draft(2)]);
    assert!(verify(&anew, None).is_ok());
    assert_eq!(verify(&anew, Some(known)), Err(Fault::HeadHash { org: ORG.to_owned(), seq: 3 }));
}

#[test]
fn entries_past_the_known_head_are_found() {
    let links = full_chain(3);
    let fault = Fault::BeyondHead { org: ORG.to_owned(), expected: 2, found: 3 };
    assert_eq!(verify(&links, Some(links[1].0.head())), Err(fault));
}

#[test]
fn a_wrong_genesis_hash_in_the_head_of_an_empty_ledger_is_found() {
    let head = Head { seq: 0, hash: [0; 32] };
    assert_eq!(verify(&[], Some(head)), Err(Fault::HeadHash { org: ORG.to_owned(), seq: 0 }));
}

#[test]
fn a_body_added_to_an_entry_without_one_is_found() {
    let links = chain(&[Draft { body: None, ..full_draft(0) }]);
    let added = vec![(links[0].0.clone(), full_draft(0).body)];
    assert_eq!(verify(&added, None), Err(Fault::BodyWithoutCommitment { org: ORG.to_owned(), seq: 1 }));
}

#[test]
fn the_ledger_of_another_org_is_refused() {
    let foreign: Entry = seal("globex", &genesis("globex"), &full_draft(0));
    let fault = Fault::OtherOrg { org: ORG.to_owned(), seq: 1, found: "globex".to_owned() };
    assert_eq!(verify(&[(foreign, None)], None), Err(fault));
}

#[test]
fn time_going_backwards_is_no_fault() {
    let links = chain(&[full_draft(5), full_draft(0)]);
    assert!(links[1].0.time_micros < links[0].0.time_micros);
    assert!(verify(&links, Some(head_of(&links))).is_ok());
}

#[test]
fn a_fault_passed_over_is_given_again_and_at_the_end() {
    let links = full_chain(3);
    let mut verifier = Verifier::new(ORG);
    let fault = verifier.entry(&links[1].0, None).unwrap_err();
    assert_eq!(verifier.entry(&links[0].0, None), Err(fault.clone()));
    assert_eq!(verifier.finish(), Err(fault));
}

#[test]
fn messages_name_org_and_entry_and_escape_what_a_file_may_hold() {
    let fault = Fault::OtherOrg { org: ORG.to_owned(), seq: 7, found: "\u{1b}[2J".to_owned() };
    let message = fault.to_string();
    assert!(message.contains("\"acme\"") && message.contains("entry 7"), "{message}");
    assert!(!message.contains('\u{1b}'), "{message}");
}

#[test]
fn debug_shows_neither_content_nor_salt_of_a_body() {
    let draft = Draft { body: Some(Body { salt: [199; 32], bytes: b"secret".to_vec() }), ..full_draft(0) };
    let shown = format!("{draft:?}");
    assert!(shown.contains("length: 6"), "{shown}");
    assert!(!shown.contains("199") && !shown.contains("115, 101, 99"), "{shown}");
}
