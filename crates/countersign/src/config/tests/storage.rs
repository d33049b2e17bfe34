//! Where the database is, and what is read by who asks for it alone.

use countersign_store::sqlite_file;
use secrecy::ExposeSecret;
use std::{collections::BTreeMap, fs, path::Path};

use super::{GOOD, changed, environment};
use crate::config::{load, load_for_storage};

/// The URL that comes of this one, with the configuration in this folder.
fn placed(folder: &Path, url: &str) -> String {
    let file = folder.join("countersign.toml");
    fs::write(&file, changed("sqlite://countersign.db", url)).unwrap();
    load(&file, &environment(&[])).unwrap().storage_url.expose_secret().to_owned()
}

#[test]
fn sqlite_file_that_is_not_named_from_the_root_is_in_the_configurations_folder() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    for (url, file) in [
        ("sqlite://countersign.db", "countersign.db"),
        ("sqlite:countersign.db", "countersign.db"),
        ("sqlite://data/x.db?mode=rw", "data/x.db"),
        ("sqlite://../x.db", "../x.db"),
        ("sqlite://a%20b.db", "a b.db"),
    ] {
        assert_eq!(sqlite_file(&placed(here, url)), Some(here.join(file)), "{url}");
    }
    assert!(placed(here, "sqlite://x.db?mode=rw&cache=private").ends_with("/x.db?mode=rw&cache=private"));
}

#[test]
fn folder_whose_name_means_something_in_a_url_is_that_folder() {
    let folder = tempfile::tempdir().unwrap();
    let odd = folder.path().join("100% sure? #1");
    fs::create_dir(&odd).unwrap();
    assert_eq!(sqlite_file(&placed(&odd, "sqlite://x.db")), Some(odd.join("x.db")));
}

#[test]
fn what_is_named_from_the_root_or_is_no_file_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    for url in [
        "sqlite:///var/lib/x.db",
        "sqlite:/var/lib/x.db",
        "sqlite::memory:",
        "sqlite://",
        "postgres://me@db/countersign",
    ] {
        assert_eq!(placed(folder.path(), url), url);
    }
}

#[test]
fn url_that_is_a_secret_or_an_override_is_placed_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("countersign.toml");
    fs::write(&file, changed("\"sqlite://countersign.db\"", "{ env = \"DATABASE\" }")).unwrap();
    let config = load(&file, &environment(&[("DATABASE", "sqlite://x.db")])).unwrap();
    assert_eq!(sqlite_file(config.storage_url.expose_secret()), Some(folder.path().join("x.db")));
    fs::write(&file, GOOD).unwrap();
    let config = load(&file, &environment(&[("COUNTERSIGN__STORAGE__URL", "sqlite://y.db")])).unwrap();
    assert_eq!(sqlite_file(config.storage_url.expose_secret()), Some(folder.path().join("y.db")));
}

#[test]
fn same_configuration_in_another_folder_has_the_same_digest() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let digests = folders.each_ref().map(|folder| {
        let file = folder.path().join("countersign.toml");
        fs::write(&file, GOOD).unwrap();
        load(&file, &environment(&[])).unwrap().digest()
    });
    assert_eq!(digests[0], digests[1]);
}

#[test]
fn of_all_secrets_the_databases_is_needed_by_who_asks_for_it_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("countersign.toml");
    fs::write(&file, changed("\"sqlite://countersign.db\"", "{ env = \"DATABASE\" }")).unwrap();
    let url = "postgres://me:hunter2@db/countersign";
    let database = BTreeMap::from([("DATABASE".to_owned(), url.to_owned())]);
    let config = load_for_storage(&file, &database).unwrap();
    assert_eq!(config.storage_url.expose_secret(), url);
    assert!(load(&file, &database).is_err());
    let refused = load_for_storage(&file, &BTreeMap::new()).unwrap_err().to_string();
    assert!(refused.contains("storage.url") && refused.contains("DATABASE"), "{refused}");
    assert!(!refused.contains("DESK_KEY"), "{refused}");
}
