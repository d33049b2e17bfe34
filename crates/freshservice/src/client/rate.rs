//! How often Freshservice may be asked.
//!
//! Source: <https://api.freshservice.com/> ("Rate Limit"), as announced in
//! <https://community.freshworks.dev/t/1101> (Blossom, Garden, Estate, Forest are today's Starter, Growth, Pro,
//! Enterprise). The limits hold for the whole account: every other integration draws on them too, refused requests
//! count, and a view with embedded people is one request but may cost more than one credit. The vendor's own headers
//! therefore have the last word (see `Client`).

use countersign_outbound::Pace;

/// Endpoint of [`Limits::view_ticket`].
pub(super) const VIEW_TICKET: &str = "tickets.view";
/// Endpoint of [`Limits::list_tickets`].
pub(super) const LIST_TICKETS: &str = "tickets.list";
/// Endpoint of [`Limits::list_agents`].
pub(super) const LIST_AGENTS: &str = "agents.list";
/// Endpoint of [`Limits::list_requesters`].
pub(super) const LIST_REQUESTERS: &str = "requesters.list";

/// How long nothing is sent once the vendor says that no request remains: its window is one minute, and when it began
/// is not said.
pub(super) const WINDOW_MS: u64 = 60_000;

/// The account's plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan {
    /// 100 requests a minute.
    Starter,
    /// 200 requests a minute.
    Growth,
    /// 400 requests a minute.
    Pro,
    /// 500 requests a minute.
    Enterprise,
}

/// A plan's limits, in requests a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// All requests together.
    pub total: u32,
    /// `GET /tickets/{id}`.
    pub view_ticket: u32,
    /// `GET /tickets`.
    pub list_tickets: u32,
    /// `GET /agents`.
    pub list_agents: u32,
    /// `GET /requesters`.
    pub list_requesters: u32,
}

impl Plan {
    /// Every plan, smallest first.
    pub const ALL: [Self; 4] = [Self::Starter, Self::Growth, Self::Pro, Self::Enterprise];

    /// The name in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Starter => "starter",
            Self::Growth => "growth",
            Self::Pro => "pro",
            Self::Enterprise => "enterprise",
        }
    }

    /// Reads the name in the configuration.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|plan| plan.name() == name)
    }

    /// The documented limits.
    pub fn limits(self) -> Limits {
        let (total, view_ticket, list) = match self {
            Self::Starter => (100, 50, 40),
            Self::Growth => (200, 80, 70),
            Self::Pro => (400, 140, 120),
            Self::Enterprise => (500, 160, 140),
        };
        Limits { total, view_ticket, list_tickets: list, list_agents: list, list_requesters: list }
    }

    /// The pace to keep; `per_minute` replaces the plan's total, for accounts that share it with other integrations or
    /// have bought more.
    pub fn pace(self, per_minute: Option<u32>) -> Pace {
        let limits = self.limits();
        let endpoints = [
            (VIEW_TICKET, limits.view_ticket),
            (LIST_TICKETS, limits.list_tickets),
            (LIST_AGENTS, limits.list_agents),
            (LIST_REQUESTERS, limits.list_requesters),
        ];
        Pace {
            per_minute: Some(per_minute.unwrap_or(limits.total)),
            endpoints: endpoints.into_iter().map(|(key, limit)| (key.to_owned(), limit)).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starter_may_view_fifty_tickets_a_minute() {
        let pace = Plan::Starter.pace(None);
        assert_eq!(pace.per_minute, Some(100));
        assert!(pace.endpoints.contains(&("tickets.view".to_owned(), 50)));
    }

    #[test]
    fn configured_total_replaces_the_plans_and_leaves_endpoints() {
        let pace = Plan::Enterprise.pace(Some(30));
        assert_eq!(pace.per_minute, Some(30));
        assert!(pace.endpoints.contains(&("tickets.list".to_owned(), 140)));
    }

    #[test]
    fn every_plan_reads_back_its_name() {
        for plan in Plan::ALL {
            assert_eq!(Plan::from_name(plan.name()), Some(plan));
        }
        assert_eq!(Plan::from_name("blossom"), None);
    }
}
