//! Chains to verify, shared by this crate's tests.

use countersign_ledger::{Body, Draft, Entry, Fault, Head, Summary, Verifier, genesis, seal};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

pub(crate) const ORG: &str = "acme";

/// An entry and what is left of its body.
pub(crate) type Link = (Entry, Option<Body>);

/// Any draft, with and without each optional part.
pub(crate) fn any_draft() -> impl Strategy<Value = Draft> {
    let header = (any::<i64>(), "[a-z_.]{1,12}", option::of(any::<[u8; 16]>()), option::of("\\PC{1,8}"));
    let digests = (option::of(any::<[u8; 32]>()), option::of(any::<[u8; 32]>()), option::of("[a-z]{1,8}"));
    let body = option::of((any::<[u8; 32]>(), vec(any::<u8>(), 0..40)).prop_map(|(salt, bytes)| Body { salt, bytes }));
    (header, digests, body).prop_map(
        |((time_micros, kind, run, actor), (plan_digest, policy_digest, decision), body)| Draft {
            time_micros,
            kind,
            run,
            actor,
            plan_digest,
            policy_digest,
            decision,
            body,
        },
    )
}

/// A draft with every part there.
pub(crate) fn full_draft(n: u8) -> Draft {
    Draft {
        time_micros: 1_700_000_000_000_000 + i64::from(n),
        kind: "run.approved".to_owned(),
        run: Some([n; 16]),
        actor: Some("person-1".to_owned()),
        plan_digest: Some([n; 32]),
        policy_digest: Some([0xab; 32]),
        decision: Some("approve".to_owned()),
        body: Some(Body { salt: [n.wrapping_add(1); 32], bytes: vec![n, 2, 3] }),
    }
}

/// Seals the drafts one after the other from genesis.
pub(crate) fn chain(drafts: &[Draft]) -> Vec<Link> {
    let mut head = genesis(ORG);
    let mut links = Vec::new();
    for draft in drafts {
        let entry = seal(ORG, &head, draft);
        head = entry.head();
        links.push((entry, draft.body.clone()));
    }
    links
}

/// The chain of `length` full drafts.
pub(crate) fn full_chain(length: u8) -> Vec<Link> {
    chain(&(0..length).map(full_draft).collect::<Vec<_>>())
}

/// The head of a chain.
pub(crate) fn head_of(links: &[Link]) -> Head {
    links.last().map_or_else(|| genesis(ORG), |(entry, _)| entry.head())
}

/// Verifies a chain, against a head where one is known.
pub(crate) fn verify(links: &[Link], head: Option<Head>) -> Result<Summary, Fault> {
    let mut verifier = Verifier::new(ORG);
    if let Some(head) = head {
        verifier = verifier.expect_head(head);
    }
    for (entry, body) in links {
        verifier.entry(entry, body.as_ref())?;
    }
    verifier.finish()
}
