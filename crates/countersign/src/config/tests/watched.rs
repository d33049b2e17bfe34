//! Secrets in files, read again while the program runs.

use countersign_outbound::LiveSecret;
use secrecy::ExposeSecret;
use std::{
    fs,
    io::{self, Write},
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio_util::sync::CancellationToken;

use super::{Config, changed, environment, load};

/// A configuration whose desk key and storage come from files.
struct Bench {
    folder: tempfile::TempDir,
    config: Config,
    log: Log,
}

impl Bench {
    fn new() -> Self {
        Self::reading("key", |folder| fs::write(folder.join("key"), "first-value\n").unwrap())
    }

    /// The desk's key is in `file`; `prepare` puts it there.
    fn reading(file: &str, prepare: impl FnOnce(&Path)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        prepare(folder.path());
        fs::write(folder.path().join("storage"), "sqlite://countersign.db").unwrap();
        let text = changed("{ env = \"DESK_KEY\" }", &format!("{{ file = \"{file}\" }}"));
        let text = text.replace("\"sqlite://countersign.db\"", "{ file = \"storage\" }");
        let path = folder.path().join("countersign.toml");
        fs::write(&path, text).unwrap();
        let config = load(&path, &environment(&[])).unwrap();
        Self { folder, config, log: Log::default() }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("key")
    }

    fn key(&self) -> LiveSecret {
        self.config.orgs.values().next().unwrap().desks.values().next().unwrap().api_key.clone()
    }

    /// The key once the files were read again as often as a change needs, and what was logged.
    fn refresh(&mut self) -> (String, String) {
        let (_, first) = self.look();
        let (key, second) = self.look();
        (key, first + &second)
    }

    /// The key after reading the files again once, and what was logged since it was asked last.
    fn look(&mut self) -> (String, String) {
        let writer = self.log.clone();
        let log = tracing_subscriber::fmt().with_writer(move || writer.clone()).without_time().with_ansi(false);
        tracing::subscriber::with_default(log.finish(), || self.config.watched.refresh());
        (self.key().current().expose_secret().to_owned(), self.log.take())
    }
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn take(&self) -> String {
        String::from_utf8(std::mem::take(&mut self.0.lock().unwrap())).unwrap()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_file_that_is_being_written_is_not_taken_half_way() {
    let mut bench = Bench::new();
    fs::write(bench.file(), "second-").unwrap();
    assert_eq!(bench.look().0, "first-value", "it may not be whole yet");
    fs::write(bench.file(), "second-value").unwrap();
    assert_eq!(bench.look().0, "first-value");
    assert_eq!(bench.look().0, "second-value");
    fs::write(bench.file(), "third-").unwrap();
    bench.look();
    fs::write(bench.file(), "second-value").unwrap();
    bench.look();
    fs::write(bench.file(), "third-").unwrap();
    assert_eq!(bench.look().0, "second-value", "twice in a row");
}

#[test]
fn replaced_file_replaces_the_secret_and_the_log_says_which_without_its_value() {
    let mut bench = Bench::new();
    assert_eq!(bench.refresh(), ("first-value".to_owned(), String::new()));
    fs::write(bench.file(), "second-value\n").unwrap();
    let (key, log) = bench.refresh();
    assert_eq!(key, "second-value");
    assert_eq!(log.lines().count(), 1, "{log}");
    for word in ["INFO", "org.acme.desk.helpdesk.api_key", bench.file().to_str().unwrap(), "has changed"] {
        assert!(log.contains(word), "{word} is not in {log}");
    }
    assert!(!log.contains("value"), "{log}");
    assert_eq!(bench.refresh(), ("second-value".to_owned(), String::new()));
}

#[test]
fn file_that_went_wrong_keeps_the_secret_and_each_cause_is_logged_once() {
    let mut bench = Bench::new();
    for (content, cause) in [
        (None, "cannot be read: No such file or directory"),
        (Some(b"\n".to_vec()), "is empty"),
        (Some(vec![b'x'; 70_000]), "longer than a secret can be"),
        (Some(b"hunter2\xff".to_vec()), "cannot be read: stream did not contain valid UTF-8"),
    ] {
        match content {
            Some(content) => fs::write(bench.file(), content).unwrap(),
            None => fs::remove_file(bench.file()).unwrap(),
        }
        let (key, log) = bench.refresh();
        assert_eq!((key.as_str(), log.lines().count()), ("first-value", 1), "{log}");
        for word in ["ERROR", cause, bench.file().to_str().unwrap(), "stays in use"] {
            assert!(log.contains(word), "{word} is not in {log}");
        }
        assert!(!log.contains("hunter2"), "{log}");
        assert_eq!(bench.refresh(), ("first-value".to_owned(), String::new()));
    }
    fs::write(bench.file(), "first-value").unwrap();
    let (_, log) = bench.refresh();
    assert!(log.contains("INFO") && log.contains("can be used again"), "{log}");
    fs::remove_file(bench.file()).unwrap();
    assert!(bench.refresh().1.contains("ERROR"));
}

/// As Kubernetes mounts secrets: the file is a link through a folder, itself a link, which is turned in one step. The
/// new file may be older than the one before.
#[test]
fn file_behind_a_turned_link_is_read() {
    let mut bench = Bench::reading("key", |folder| {
        for (version, value) in [("v2", "second-value"), ("v1", "first-value")] {
            fs::create_dir(folder.join(version)).unwrap();
            fs::write(folder.join(version).join("key"), value).unwrap();
        }
        symlink("v1", folder.join("..data")).unwrap();
        symlink("..data/key", folder.join("key")).unwrap();
    });
    assert_eq!(bench.refresh().0, "first-value");
    let folder = bench.folder.path();
    symlink("v2", folder.join("..data_tmp")).unwrap();
    fs::rename(folder.join("..data_tmp"), folder.join("..data")).unwrap();
    assert_eq!(bench.refresh().0, "second-value");
}

#[test]
fn database_that_is_open_already_is_not_watched() {
    let mut bench = Bench::new();
    fs::write(bench.folder.path().join("storage"), "sqlite://other.db").unwrap();
    assert_eq!(bench.refresh().1, "");
    fs::remove_file(bench.folder.path().join("storage")).unwrap();
    assert_eq!(bench.refresh().1, "");
}

#[tokio::test(start_paused = true)]
async fn files_are_read_every_five_seconds_until_the_service_stops() {
    let bench = Bench::new();
    let (file, key, stop) = (bench.file(), bench.key(), CancellationToken::new());
    let running = tokio::spawn(bench.config.watched.keep_fresh(stop.clone()));
    for value in ["second-value", "third-value"] {
        fs::write(&file, value).unwrap();
        tokio::time::sleep(Duration::from_millis(10_200)).await;
        assert_eq!(key.current().expose_secret(), value);
    }
    stop.cancel();
    running.await.unwrap();
}
