//! The demo's stage: the sandbox, a configuration that points at it, the service, and the keys.

use anyhow::Context;
use countersign_app::{
    administer::{KeyRequest, create_key},
    scope::Scope,
};
use countersign_domain::{
    ids::{ConnectionName, OrgId},
    person::Actor,
    ports::Clock,
};
use countersign_sandbox::{Automator, Options, RaisedTicket, Sandbox, SyncAfter, Vendor};
use std::{collections::BTreeMap, net::SocketAddr, sync::Arc};

use super::cast::Scene;
use crate::{
    Failure,
    clock::SystemClock,
    commands::sandbox::configuration,
    config,
    service::{Service, Start},
};

/// Everything that plays a part.
pub(crate) struct Stage {
    /// The vendors.
    pub(crate) sandbox: Sandbox,
    /// The service.
    pub(crate) service: Service,
    /// The clock that both go by.
    pub(crate) clock: Arc<SystemClock>,
    /// The organisation.
    pub(crate) org: OrgId,
    key: String,
    folder: tempfile::TempDir,
}

/// Sets everything up on free ports; by hand, where the usual ports are free, on those.
pub(crate) async fn set_up(clock: Arc<SystemClock>, scripted: bool) -> anyhow::Result<Stage> {
    let folder = tempfile::tempdir().context("no folder for the demo's database could be made")?;
    let now = Arc::clone(&clock);
    let usual = |port| SocketAddr::from(([127, 0, 0, 1], if scripted { 0 } else { port }));
    let options = |listen| {
        let now = Arc::clone(&now);
        Options { listen, sync_after: SyncAfter::Polls(1), now: Arc::new(move || now.now().0), ..Options::default() }
    };
    let sandbox = match Sandbox::start(options(usual(8090))).await {
        Ok(sandbox) => sandbox,
        Err(_) => Sandbox::start(options(SocketAddr::from(([127, 0, 0, 1], 0)))).await?,
    };
    let database = folder.path().join("countersign.db");
    let text = configuration(&sandbox, &format!("sqlite://{}", database.display()), &usual(8080).to_string());
    let file = folder.path().join("countersign.toml");
    std::fs::write(&file, &text).context("the demo's configuration could not be written")?;
    let environment: BTreeMap<String, String> = crate::commands::sandbox::environment(&sandbox);
    let config = config::load(&file, &environment)?;
    let start = Start { clock: Arc::clone(&clock), paused: false, any_port: true, metrics: None };
    let service = Service::start(config, start).await.map_err(Failure::into_error)?;
    let org = OrgId::new("acme")?;
    sandbox.set_interactivity(format!("http://{}/webhooks/acme/it-approvals", service.reached.public), false);
    let parts = service.app.parts();
    let request = KeyRequest {
        org: org.clone(),
        name: "Freshservice workflow".to_owned(),
        scopes: vec![Scope::TicketIngest],
        person: None,
        desk: Some(ConnectionName::new("helpdesk")?),
        expires_at: None,
    };
    let key = create_key(parts.store.as_ref(), parts.clock.as_ref(), parts.ids.as_ref(), request, &Actor::Operator)
        .await?
        .text;
    service.refresh_keys().await?;
    Ok(Stage { sandbox, service, clock, org, key, folder })
}

impl Stage {
    /// What is scripted at the vendors before a scene.
    pub(crate) fn prepare(&self, scene: &Scene) -> anyhow::Result<()> {
        for (vendor, command) in &scene.before {
            self.apply(*vendor, command.clone())?;
        }
        if let Some(fault) = &scene.fault {
            self.sandbox.inject(fault.clone())?;
        }
        Ok(())
    }

    fn apply(&self, vendor: Vendor, command: serde_json::Value) -> anyhow::Result<()> {
        self.sandbox.apply(vendor, command)?;
        Ok(())
    }

    /// Raises a scene's ticket: the desk's rule sends it to the service.
    pub(crate) async fn raise(&self, scene: &Scene) -> anyhow::Result<RaisedTicket> {
        self.sandbox.set_automator(Some(Automator {
            url: format!("http://{}/api/v1/tickets/ingest", self.service.reached.public),
            headers: BTreeMap::from([("Authorization".to_owned(), format!("Bearer {}", self.key))]),
            template: scene.template,
            deliveries: scene.deliveries,
        }));
        Ok(self.sandbox.raise_ticket(scene.ticket()).await?)
    }

    /// Takes everything down again; nothing is left on disk.
    pub(crate) async fn strike(self) {
        self.service.stop().await;
        self.sandbox.shutdown().await;
        drop(self.folder);
    }
}
