//! What the routes work with.

use countersign_app::App;
use countersign_domain::{
    ids::{ConnectionName, OrgId},
    ports::{Inbound, Queries},
};
use std::{collections::BTreeMap, sync::Arc};

use crate::{depth::RecentDepth, keyring::KeyRing, routes::BodyBudget};

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

struct Inner {
    parts: ServerParts,
    bodies: BodyBudget,
    webhook_bodies: BodyBudget,
    depth: RecentDepth,
}

/// The routes' state.
#[derive(Clone)]
pub struct Server(Arc<Inner>);

impl Server {
    /// A server of these parts.
    pub fn new(parts: ServerParts) -> Self {
        Self(Arc::new(Inner {
            parts,
            bodies: BodyBudget::default(),
            webhook_bodies: BodyBudget::default(),
            depth: RecentDepth::default(),
        }))
    }

    /// The use cases.
    pub fn app(&self) -> &Arc<App> {
        &self.0.parts.app
    }

    /// The keys.
    pub fn keys(&self) -> &KeyRing {
        &self.0.parts.keys
    }

    pub(crate) fn queries(&self) -> &Arc<dyn Queries> {
        &self.app().parts().queries
    }

    /// A connection's door.
    pub(crate) fn door(&self, org: &OrgId, connection: &ConnectionName) -> Option<&Door> {
        self.0.parts.doors.get(&(org.clone(), connection.clone()))
    }

    /// What the bodies of webhooks together may take: their senders prove themselves only by the whole body, so they share
    /// nothing with those who have shown a key.
    pub(crate) fn webhook_bodies(&self) -> &BodyBudget {
        &self.0.webhook_bodies
    }

    /// What the bodies of all requests with a key together may take.
    pub(crate) fn bodies(&self) -> &BodyBudget {
        &self.0.bodies
    }

    /// The queue's depth, as of a second ago at the earliest.
    pub(crate) fn depth(&self) -> &RecentDepth {
        &self.0.depth
    }

    /// The metrics as text.
    pub(crate) fn metrics(&self) -> String {
        (self.0.parts.metrics)()
    }

    /// The program's version.
    pub(crate) fn version(&self) -> &'static str {
        self.0.parts.version
    }

    /// A fresh id for a request.
    pub(crate) fn request_id(&self) -> String {
        let fresh = self.app().parts().ids.inbox().to_string();
        format!("req_{}", &fresh[4..])
    }
}
