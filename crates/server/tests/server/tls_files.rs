//! The certificate's files: what is refused, and what is put to use while the service runs.

use countersign_server::{Limits, Listener, Reload, Tls, TlsError};
use std::path::Path;

use crate::{
    support::{
        certificates::{Pair, PairFiles},
        log::Log,
        wire::Listening,
    },
    wire::{hello, hello_again},
};

/// What the two files may hold that is no good, and what is said of it; `$C` and `$K` are their paths.
fn bad(good: &Pair, other: &Pair) -> Vec<(String, String, &'static str)> {
    let row = |certificate: &str, key: &str, says| (certificate.to_owned(), key.to_owned(), says);
    let (head, tail) = ("-----BEGIN CERTIFICATE-----\n", "-----END CERTIFICATE-----\n");
    vec![
        row("", &good.key, "$C holds no certificate"),
        row("hunter2", &good.key, "$C holds no certificate"),
        row(&good.key, &good.key, "$C holds no certificate"),
        row(&good.certificate, "", "$K holds no private key"),
        row(&good.certificate, &good.certificate, "$K holds no private key"),
        row(&good.certificate, &good.key.replace("PRIVATE", "ENCRYPTED PRIVATE"), "$K holds no private key"),
        row(&good.certificate, &other.key, "the key $K does not belong to the certificate $C"),
        row(&format!("{}{}", other.certificate, good.certificate), &good.key, "does not belong to the certificate $C"),
        row(&good.certificate.replace(tail, ""), &good.key, "$C is damaged"),
        row(&good.certificate, &good.key[..good.key.len() / 2], "$K is damaged"),
        row(&format!("{}{head}{tail}{head}", good.certificate), &good.key, "$C is damaged"),
        row(&format!("{head}aHVudGVyMg==\n{tail}"), &good.key, "$C cannot be used"),
        row(
            &good.certificate,
            "-----BEGIN PRIVATE KEY-----\naHVudGVyMg==\n-----END PRIVATE KEY-----\n",
            "$K cannot be used",
        ),
        row(&"x".repeat(1024 * 1024 + 1), &good.key, "$C cannot be read: it is larger than 1 MiB"),
    ]
}

fn said(says: &str, files: &PairFiles) -> String {
    says.replace("$C", &files.certificate.display().to_string()).replace("$K", &files.key.display().to_string())
}

#[test]
fn files_that_are_no_good_are_refused_by_name_and_not_repeated() {
    let (good, other) = (Pair::fresh(), Pair::fresh());
    let files = PairFiles::of(&good);
    for (certificate, key, says) in bad(&good, &other) {
        files.hold(&certificate, &key);
        let Err(error) = Tls::load(&files.certificate, &files.key) else { panic!("{says}") };
        let error = error.to_string();
        assert!(error.contains(&said(says, &files)) && !error.contains("hunter2"), "{says}: {error}");
    }
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let files = PairFiles::of(&Pair::fresh());
    let nowhere = Path::new("/nowhere/file.pem");
    for (certificate, key) in [(nowhere, files.key.as_path()), (files.certificate.as_path(), nowhere)] {
        let Err(error) = Tls::load(certificate, key) else { panic!("there is no such file") };
        assert!(error.to_string().starts_with("/nowhere/file.pem cannot be read: No such file"), "{error}");
    }
}

#[test]
fn one_file_may_hold_both() {
    let pair = Pair::fresh();
    let files = PairFiles::of(&pair);
    files.hold(&format!("{}{}", pair.key, pair.certificate), "");
    assert!(Tls::load(&files.certificate, &files.certificate).is_ok());
}

#[tokio::test]
async fn a_renewed_certificate_is_served_from_the_next_connection_on() {
    let (old, new) = (Pair::fresh(), Pair::fresh());
    let files = PairFiles::of(&old);
    let tls = files.load();
    let server =
        Listening::shaped(hello(), Limits::default(), |listener: Listener| listener.with_tls(Some(tls.clone()))).await;
    let mut before = old.connect(server.address).await.unwrap();
    assert_eq!(tls.reload(), Reload::Unchanged);
    files.hold(&new.certificate, &new.key);
    assert_eq!(tls.reload(), Reload::Replaced);
    assert_eq!(tls.reload(), Reload::Unchanged);
    hello_again(&mut new.connect(server.address).await.unwrap()).await;
    assert!(old.connect(server.address).await.is_err(), "the old one is no longer served");
    hello_again(&mut before).await;
}

#[tokio::test]
async fn a_bad_renewal_changes_nothing_and_is_logged_once_with_its_file() {
    let (good, other) = (Pair::fresh(), Pair::fresh());
    let files = PairFiles::of(&good);
    let tls = files.load();
    let server = Listening::shaped(hello(), Limits::default(), |listener| listener.with_tls(Some(tls.clone()))).await;
    for (certificate, key, says) in bad(&good, &other) {
        let log = Log::at("info");
        files.hold(&certificate, &key);
        assert!(matches!(tls.reload(), Reload::Refused(_)), "{says}");
        assert_eq!(tls.reload(), Reload::Unchanged, "{says}");
        let lines = log.lines();
        assert_eq!((lines.len(), &lines[0]["level"]), (1, &"ERROR".into()), "{}", log.text());
        let error = lines[0]["fields"]["error"].as_str().unwrap();
        assert!(error.contains(&said(says, &files)) && !error.contains("hunter2"), "{says}: {error}");
        hello_again(&mut good.connect(server.address).await.unwrap()).await;
    }
    files.hold(&good.certificate, &good.key);
    assert_eq!(tls.reload(), Reload::Replaced, "what is good again is taken again");
    std::fs::remove_file(&files.key).unwrap();
    assert!(matches!(tls.reload(), Reload::Refused(TlsError::Unreadable { .. })));
    assert_eq!(tls.reload(), Reload::Unchanged);
    hello_again(&mut good.connect(server.address).await.unwrap()).await;
    files.hold(&other.certificate, &other.key);
    assert_eq!(tls.reload(), Reload::Replaced);
    hello_again(&mut other.connect(server.address).await.unwrap()).await;
}
