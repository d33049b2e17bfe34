//! The connections of one organisation, in memory.

use countersign_domain::{
    ids::{ConnectionName, OrgId},
    ports::{Channel, Connections, Desk, SecondOpinion, System},
};
use std::{collections::BTreeMap, sync::Arc};

/// The connections of one organisation.
pub struct FakeConnections {
    org: OrgId,
    desks: BTreeMap<ConnectionName, Arc<dyn Desk>>,
    channel: Option<(ConnectionName, Arc<dyn Channel>)>,
    systems: BTreeMap<ConnectionName, Arc<dyn System>>,
    second_opinion: Option<Arc<dyn SecondOpinion>>,
}

impl FakeConnections {
    /// None yet.
    pub fn new(org: OrgId) -> Self {
        Self { org, desks: BTreeMap::new(), channel: None, systems: BTreeMap::new(), second_opinion: None }
    }

    /// With this desk.
    #[must_use]
    pub fn with_desk(mut self, name: ConnectionName, desk: Arc<dyn Desk>) -> Self {
        self.desks.insert(name, desk);
        self
    }

    /// With this channel, in place of another one.
    #[must_use]
    pub fn with_channel(mut self, name: ConnectionName, channel: Arc<dyn Channel>) -> Self {
        self.channel = Some((name, channel));
        self
    }

    /// With this system.
    #[must_use]
    pub fn with_system(mut self, name: ConnectionName, system: Arc<dyn System>) -> Self {
        self.systems.insert(name, system);
        self
    }

    /// With this second model.
    #[must_use]
    pub fn with_second_opinion(mut self, second_opinion: Arc<dyn SecondOpinion>) -> Self {
        self.second_opinion = Some(second_opinion);
        self
    }
}

impl Connections for FakeConnections {
    fn desk(&self, org: &OrgId, name: &ConnectionName) -> Option<Arc<dyn Desk>> {
        if *org == self.org { self.desks.get(name).cloned() } else { None }
    }

    fn channel(&self, org: &OrgId) -> Option<(ConnectionName, Arc<dyn Channel>)> {
        if *org == self.org { self.channel.clone() } else { None }
    }

    fn systems(&self, org: &OrgId) -> Vec<(ConnectionName, Arc<dyn System>)> {
        if *org != self.org {
            return Vec::new();
        }
        self.systems.iter().map(|(name, system)| (name.clone(), Arc::clone(system))).collect()
    }

    fn second_opinion(&self, org: &OrgId) -> Option<Arc<dyn SecondOpinion>> {
        if *org == self.org { self.second_opinion.clone() } else { None }
    }

    fn system(&self, org: &OrgId, name: &ConnectionName) -> Option<(ConnectionName, Arc<dyn System>)> {
        if *org != self.org {
            return None;
        }
        if let Some(system) = self.systems.get(name) {
            return Some((name.clone(), Arc::clone(system)));
        }
        let mut of_kind = self.systems.iter().filter(|(_, system)| system.kind() == name.as_str());
        match (of_kind.next(), of_kind.next()) {
            (Some((name, system)), None) => Some((name.clone(), Arc::clone(system))),
            (None | Some(_), _) => None,
        }
    }
}
