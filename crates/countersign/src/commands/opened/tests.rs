use super::*;
use crate::{
    cli::{At, SwitchArgs},
    commands::switch::{pause, resume},
};
use countersign_domain::ports::Queries;
use std::path::PathBuf;

/// Its secrets are nowhere to be had.
const CONFIGURATION: &str = r#"
[storage]
url = "sqlite://data.db"
[org.acme]
runbooks_dir = "runbooks"
[org.acme.desk.helpdesk]
kind = "freshservice"
domain = "acme.freshservice.com"
api_key = { env = "NO_SUCH_VARIABLE" }
plan = "pro"
[org.acme.channel.it-approvals]
kind = "slack"
bot_token = { file = "/nowhere/token" }
signing_secret = { env = "NO_SUCH_VARIABLE" }
channel = "C0123ADMIN"
[org.acme.policy]
approvers = ["mail:lead@acme.com"]
"#;

struct Scene {
    folder: TempDir,
    config: PathBuf,
}

impl Scene {
    /// A folder with the configuration, this runbook file unless it is empty, and no database.
    fn new(configuration: &str, runbook: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("runbooks")).unwrap();
        if !runbook.is_empty() {
            std::fs::write(folder.path().join("runbooks/own.toml"), runbook).unwrap();
        }
        let config = folder.path().join("countersign.toml");
        std::fs::write(&config, configuration).unwrap();
        Self { folder, config }
    }

    fn database(&self) -> PathBuf {
        self.folder.path().join("data.db")
    }

    fn switch(&self, runbook: Option<&str>) -> SwitchArgs {
        let at = At { config: self.config.clone(), org: None, json: false };
        SwitchArgs { at, runbook: runbook.map(ToOwned::to_owned) }
    }

    fn loaded(&self) -> Config {
        config::load_for_storage(&self.config, &config::process_environment()).unwrap()
    }

    /// Makes the database, as the service would.
    async fn with_database(self) -> Self {
        Beside::default().store_or_new(&self.loaded()).await.unwrap().shutdown().await;
        self
    }

    async fn paused(&self) -> Vec<Option<String>> {
        let store = Beside::default().store(&self.loaded()).await.unwrap();
        let pauses = store.pauses().await.unwrap();
        store.shutdown().await;
        pauses.into_iter().map(|pause| pause.runbook.map(|id| id.to_string())).collect()
    }
}

/// The configuration without connections, and so without secrets.
fn without_connections() -> String {
    let (start, end) =
        (CONFIGURATION.find("[org.acme.desk").unwrap(), CONFIGURATION.find("[org.acme.policy]").unwrap());
    format!("{}{}", &CONFIGURATION[..start], &CONFIGURATION[end..])
}

fn said(outcome: Result<impl Sized, Failure>) -> String {
    outcome.err().expect("it is refused").text()
}

#[tokio::test]
async fn command_makes_no_database_and_says_where_it_looked() {
    let scene = Scene::new(CONFIGURATION, "");
    let refusals = [
        said(pause(scene.switch(None), None).await),
        said(resume(scene.switch(None)).await),
        said(open_records(&scene.config, None).await),
        said(Beside::default().store(&scene.loaded()).await.map_err(Failure::from)),
    ];
    for refusal in refusals {
        let expected = format!(
            "there is no database at {} yet: start the service first, or look at storage.url",
            scene.database().display()
        );
        assert_eq!(refusal, expected);
    }
    let plain = Scene::new(&without_connections(), "");
    assert!(said(open_app(&plain.config, None).await).contains("there is no database at"));
    for scene in [scene, plain] {
        assert!(!scene.database().exists());
    }
}

#[tokio::test]
async fn empty_file_is_no_database_either() {
    let scene = Scene::new(CONFIGURATION, "");
    std::fs::write(scene.database(), "").unwrap();
    assert!(said(pause(scene.switch(None), None).await).contains("there is no database at"));
    assert_eq!(std::fs::read(scene.database()).unwrap(), b"");
}

#[tokio::test]
async fn plan_needs_no_database_and_makes_none() {
    let scene = Scene::new(&without_connections(), "");
    let (assembled, org, folder) = open_to_plan(&scene.config, None).await.ok().unwrap();
    assert_eq!(org.as_str(), "acme");
    assert!(folder.is_some() && !scene.database().exists());
    assembled.store.shutdown().await;
    let scene = scene.with_database().await;
    let (assembled, _, folder) = open_to_plan(&scene.config, None).await.ok().unwrap();
    assert!(folder.is_none());
    assembled.store.shutdown().await;
}

#[tokio::test]
async fn switch_is_thrown_and_released_without_any_vendors_secret() {
    let scene = Scene::new(CONFIGURATION, "").with_database().await;
    assert!(matches!(load(&scene.config), Err(Failure::Configuration(_))), "the service could not start with this");
    pause(scene.switch(None), Some("odd".to_owned())).await.ok().unwrap();
    pause(scene.switch(Some("RB-011")), None).await.ok().unwrap();
    assert_eq!(scene.paused().await, [None, Some("RB-011".to_owned())]);
    resume(scene.switch(None)).await.ok().unwrap();
    resume(scene.switch(Some("RB-011"))).await.ok().unwrap();
    assert!(scene.paused().await.is_empty());
}

#[tokio::test]
async fn switch_is_thrown_whatever_is_wrong_with_a_runbook() {
    let scene = Scene::new(CONFIGURATION, "id = 7").with_database().await;
    pause(scene.switch(None), None).await.ok().unwrap();
    assert_eq!(scene.paused().await, [None]);
    let told = std::sync::Mutex::new(Vec::new());
    Rules::read_or_built_in(&scene.loaded(), |text| told.lock().unwrap().push(text.to_owned()));
    let told = told.into_inner().unwrap();
    assert!(matches!(&told[..], [one] if one.contains("own.toml") && one.contains("built-in")), "{told:?}");
}

#[tokio::test]
async fn runbook_that_is_not_there_is_not_paused() {
    let scene = Scene::new(CONFIGURATION, "").with_database().await;
    assert!(said(pause(scene.switch(Some("RB-999")), None).await).contains("RB-999"));
    assert!(said(resume(scene.switch(Some("RB-999"))).await).contains("RB-999"));
    assert!(scene.paused().await.is_empty());
}

#[tokio::test]
async fn first_key_makes_the_database_where_the_service_will_look() {
    let scene = Scene::new(CONFIGURATION, "");
    let store = Beside::default().store_or_new(&scene.loaded()).await.unwrap();
    store.shutdown().await;
    assert!(scene.database().is_file());
}
