//! Who may decide.

use countersign_domain::{
    classification::Confidence,
    person::Contact,
    plan::Plan,
    policy::{NotEntitled, Policy, PolicyError},
    protection::{Glob, Protected, Protection},
};
use countersign_testkit::builders::*;
use std::collections::{BTreeMap, BTreeSet};

#[test]
fn an_empty_list_of_approvers_is_refused() {
    let error = Policy::new(BTreeSet::new(), 60, Confidence::default()).unwrap_err();
    assert_eq!(error, PolicyError::NoApprovers);
    assert!(error.to_string().contains("does not mean anyone"));
}

#[test]
fn an_expiry_of_nothing_is_refused() {
    let approvers = BTreeSet::from([person(APPROVER)]);
    assert_eq!(Policy::new(approvers, 0, Confidence::default()).unwrap_err(), PolicyError::NoTime);
}

#[test]
fn who_may_approve() {
    let policy = policy_of(&["slack:U0ADA", "mail:lead@acme.com", "slack:U0ROB"], 60);
    let check = |by: &str, mails: &[&str], expected: Result<(), NotEntitled>| {
        assert_eq!(policy.may_approve(&approver(by, mails), &plan(1, 1, START)), expected, "{by} {mails:?}");
    };
    check("slack:U0ADA", &["ada@acme.com"], Ok(()));
    check("mail:lead@acme.com", &["lead@acme.com"], Ok(()));
    check("mail:LEAD@Acme.com", &["lead@acme.com"], Ok(()));
    check("slack:U0EVE", &["eve@acme.com"], Err(NotEntitled::NotListed));
    check("slack:U0EVE", &["ada@acme.com"], Err(NotEntitled::NotListed));
    check("slack:U0LEAD", &["lead@acme.com"], Err(NotEntitled::NotListed));
    check("mail:ada@acme.com", &["ada@acme.com"], Err(NotEntitled::NotListed));
    check("slack:U0EVE", &[], Err(NotEntitled::NotListed));
    check("slack:U0ADA", &[], Err(NotEntitled::Unresolved));
    check("slack:U0ROB", &["rob@acme.com"], Err(NotEntitled::IsRequester));
    check("slack:U0ROB", &["r@acme.com", "Rob@ACME.com"], Err(NotEntitled::IsRequester));
    check("slack:U0ADA", &["SARAH.Chen@acme.com"], Err(NotEntitled::IsTarget));
    check("slack:U0ADA", &["ada@acme.com", "S.CHEN@ACME.DE"], Err(NotEntitled::IsTarget));
}

#[test]
fn the_person_it_was_asked_for_may_not_approve_either() {
    let plan = Plan {
        requesters: vec![contact("rob@acme.com", "Rob"), Contact { mail: mail("ada@acme.com"), name: None }],
        ..plan(1, 1, START)
    };
    assert_eq!(policy().may_approve(&ada(), &plan), Err(NotEntitled::IsRequester));
}

#[test]
fn whoever_is_listed_may_deny_even_their_own() {
    let policy = policy_of(&["slack:U0ROB"], 60);
    assert_eq!(policy.may_decide(&approver("slack:U0ROB", &["rob@acme.com"])), Ok(()));
    assert_eq!(policy.may_decide(&approver("slack:U0EVE", &["eve@acme.com"])), Err(NotEntitled::NotListed));
}

#[test]
fn the_digest_covers_every_part_of_the_policy() {
    let of = |approvers: &[&str], seconds, share| {
        let approvers = approvers.iter().map(|text| person(text)).collect();
        Policy::new(approvers, seconds, Confidence::from_share(share)).unwrap().digest()
    };
    let digests = BTreeSet::from([
        of(&["slack:U0ADA"], 60, 0.8),
        of(&["slack:U0EVE"], 60, 0.8),
        of(&["slack:U0ADA", "slack:U0EVE"], 60, 0.8),
        of(&["slack:U0ADA"], 61, 0.8),
        of(&["slack:U0ADA"], 60, 0.81),
    ]);
    assert_eq!(digests.len(), 5);
    assert_eq!(of(&["slack:U0ADA", "slack:U0EVE"], 60, 0.8), of(&["slack:U0EVE", "slack:U0ADA"], 60, 0.8));
}

#[test]
fn nobody_may_approve_where_nobody_can_be_told_apart() {
    let whole = plan(1, 1, START);
    let nobody_asked = Plan { requesters: Vec::new(), ..whole.clone() };
    let about_nobody = Plan { target_mails: Vec::new(), ..whole };
    let only_aliases = Plan { requester_mails: vec![mail("r@acme.com")], ..nobody_asked.clone() };
    for plan in [&nobody_asked, &about_nobody, &only_aliases] {
        assert_eq!(policy().may_approve(&ada(), plan), Err(NotEntitled::Incomparable));
    }
    let stranger = approver("slack:U0EVE", &["eve@acme.com"]);
    assert_eq!(policy().may_approve(&stranger, &nobody_asked), Err(NotEntitled::NotListed));
    let ghost = approver(APPROVER, &[]);
    assert_eq!(policy().may_approve(&ghost, &nobody_asked), Err(NotEntitled::Unresolved));
}

#[test]
fn another_address_of_the_requester_is_the_requester() {
    let plan = Plan { requester_mails: vec![mail("r@acme.com"), mail("Ada@ACME.com")], ..plan(1, 1, START) };
    assert_eq!(policy().may_approve(&ada(), &plan), Err(NotEntitled::IsRequester));
    let later = approver(APPROVER, &["new@acme.com", "r@acme.com"]);
    assert_eq!(policy().may_approve(&later, &plan), Err(NotEntitled::IsRequester));
    assert_eq!(policy().may_approve(&approver(APPROVER, &["new@acme.com"]), &plan), Ok(()));
}

#[test]
fn the_digest_covers_every_part_of_the_protection() {
    let protect = |names: &[&str]| names.iter().map(|name| name.parse::<Protected>().unwrap()).collect::<BTreeSet<_>>();
    let globs = |param: &str, patterns: &[&str]| {
        let patterns: BTreeSet<Glob> = patterns.iter().map(|pattern| pattern.parse().unwrap()).collect();
        BTreeMap::from([(param.to_owned(), patterns)])
    };
    let none = Protection::default;
    let all = [
        none(),
        Protection { protected: protect(&["mail:breakglass@acme.com"]), ..none() },
        Protection { protected: protect(&["mail:breakglass@acme.com", "group:Domain Admins"]), ..none() },
        Protection { allow: globs("group", &["proj-*"]), ..none() },
        Protection { allow: globs("group", &["proj-*", "app-*"]), ..none() },
        Protection { allow: globs("license", &["proj-*"]), ..none() },
        Protection { deny: globs("group", &["proj-*"]), ..none() },
        Protection { allow: BTreeMap::from([("group".to_owned(), BTreeSet::new())]), ..none() },
    ];
    let digests: BTreeSet<_> = all.iter().map(|one| policy().with_protection(one.clone()).digest()).collect();
    assert_eq!(digests.len(), all.len());
    assert_eq!(policy().with_protection(none()).digest(), policy().digest());
    let turned = protect(&["group:Domain Admins", "mail:breakglass@acme.com"]);
    let turned = policy().with_protection(Protection { protected: turned, ..none() });
    assert_eq!(
        turned.digest(),
        policy().with_protection(all[2].clone()).digest(),
        "the order they are listed in is none"
    );
}

#[test]
fn an_editor_is_told_apart_from_requester_and_target() {
    let edited = Plan { editor_mails: vec![mail("ada@acme.com")], ..plan(1, 1, START) };
    assert_eq!(policy().may_approve(&ada(), &edited), Err(NotEntitled::IsEditor));
    let asked_too = Plan { requester_mails: vec![mail("ada@acme.com")], ..edited };
    assert_eq!(policy().may_approve(&ada(), &asked_too), Err(NotEntitled::IsRequester));
}
