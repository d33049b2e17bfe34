//! Finding people: whoever fits exactly, all of them.

use countersign_domain::ports::PersonQuery;

use super::{LOGIN, SystemStage, by_mail, by_name, find};

/// A directory may keep the login in another case than the ticket.
pub async fn an_address_is_matched_whole_and_in_any_case<S: SystemStage>(fresh: impl AsyncFn() -> S) {
    let stage = fresh().await;
    stage.add("Mara", "Lind", "Mara.Lind@ACME.com");
    let found = find(&stage, LOGIN).await;
    assert_eq!((found.name.as_str(), found.login.to_lowercase().as_str()), ("Mara Lind", LOGIN));
    assert!(found.mails.iter().any(|mail| mail.as_str() == LOGIN), "{found:?}");
    assert!(!found.id.0.is_empty() && !found.state.is_empty(), "{found:?}");
    for nobody in ["mara@acme.com", "ara.lind@acme.com", "mara.lind@acme.co", "mara.lind@acme.com.evil.example"] {
        assert_eq!(stage.system().resolve(&by_mail(nobody)).await, Ok(Vec::new()), "{nobody}");
    }
}

/// A part of a name, or a resemblance, is nobody.
pub async fn a_name_is_matched_whole_and_in_any_case<S: SystemStage>(fresh: impl AsyncFn() -> S) {
    let stage = fresh().await;
    stage.add("Mara", "Lind", LOGIN);
    let mara = find(&stage, LOGIN).await;
    for name in ["Mara Lind", "mara LIND", " Mara Lind "] {
        assert_eq!(stage.system().resolve(&by_name(name)).await, Ok(vec![mara.clone()]), "{name:?}");
    }
    for nobody in ["Mara", "Lind", "Mara Lindt", "Mara L", "Lind Mara", "x' or displayName ne '", "x\" or id pr"] {
        assert_eq!(stage.system().resolve(&by_name(nobody)).await, Ok(Vec::new()), "{nobody:?}");
    }
}

/// Nobody is picked; an address tells them apart, and outweighs the name.
pub async fn two_people_of_one_name_are_both_found<S: SystemStage>(fresh: impl AsyncFn() -> S) {
    let stage = fresh().await;
    stage.add("Kit", "Moss", "kit.moss@acme.com");
    stage.add("Kit", "Moss", "kit.moss2@acme.com");
    let mut found = stage.system().resolve(&by_name("Kit Moss")).await.expect("looks");
    found.sort_by(|left, right| left.login.cmp(&right.login));
    let logins: Vec<&str> = found.iter().map(|subject| subject.login.as_str()).collect();
    assert_eq!(logins, ["kit.moss2@acme.com", "kit.moss@acme.com"]);
    assert_ne!(found[0].id, found[1].id);
    let both = PersonQuery { name: Some("Mara Lind".to_owned()), ..by_mail("kit.moss@acme.com") };
    assert_eq!(stage.system().resolve(&both).await, Ok(vec![found.remove(1)]));
}

/// Neither for no query nor for a blank one.
pub async fn nobody_is_found_for_nothing<S: SystemStage>(fresh: impl AsyncFn() -> S) {
    let stage = fresh().await;
    stage.add("Mara", "Lind", LOGIN);
    for nothing in [PersonQuery { mail: None, name: None }, by_name(""), by_name("  "), by_mail("x@acme.com")] {
        assert_eq!(stage.system().resolve(&nothing).await, Ok(Vec::new()), "{nothing:?}");
    }
}
