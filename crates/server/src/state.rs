//! What the routes work with.

use countersign_app::App;
use countersign_domain::{
    ids::{ConnectionName, OrgId},
    ports::{Inbound, Queries},
};
use std::{collections::BTreeMap, sync::Arc};

use crate::keyring::KeyRing;

/// One connection's door.
#[derive(Clone)]
pub struct Door {
    /// Checks what knocks.
    pub inbound: Arc<dyn Inbound>,
}

/// Every connection's door.
pub type Doors = BTreeMap<(OrgId, ConnectionName), Door>;

/// What a server is made of.
pub struct ServerParts {
    /// The use cases.
    pub app: Arc<App>,
    /// The keys.
    pub keys: KeyRing,
    /// The doors of `/webhooks/{org}/{connection}`.
    pub doors: Doors,
    /// Renders the metrics.
    pub metrics: Arc<dyn Fn() -> String + Send + Sync>,
    /// The program's version.
    pub version: &'static str,
}

/// The routes' state.
#[derive(Clone)]
pub struct Server(pub(crate) Arc<ServerParts>);

impl Server {
    /// A server of these parts.
    pub fn new(parts: ServerParts) -> Self {
        Self(Arc::new(parts))
    }

    /// The use cases.
    pub fn app(&self) -> &Arc<App> {
        &self.0.app
    }

    /// The keys.
    pub fn keys(&self) -> &KeyRing {
        &self.0.keys
    }

    pub(crate) fn queries(&self) -> &Arc<dyn Queries> {
        &self.0.app.parts().queries
    }

    /// A fresh id for a request.
    pub(crate) fn request_id(&self) -> String {
        let fresh = self.0.app.parts().ids.inbox().to_string();
        format!("req_{}", &fresh[4..])
    }
}
