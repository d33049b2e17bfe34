//! Reading: the ticket, and the systems for a plan.

use countersign_domain::{
    command::{Command, Understood},
    effect::ClaimedEffect,
    ports::PortErrorKind,
    run::{NoActionReason, Run},
    ticket::{FetchedTicket, TicketFacts, TicketStatus},
};

use super::{Done, Lease, NotDone};
use crate::{
    advance::{App, With},
    measure,
    org::{DeskRules, Org},
};

/// How often a system is asked before the plan says that it could not be.
const PLAN_ATTEMPTS: u32 = 5;

/// At which attempt a plan is made without what a system that it does not touch could not say.
const PATIENCE: u32 = 3;

/// For how many seconds a ticket that the desk does not know is looked for: a rule may fire before the desk's own API
/// shows what it is about.
const NOT_YET_THERE: u64 = 120;

impl App {
    pub(super) async fn read_ticket(
        &self,
        effect: &ClaimedEffect,
        run: Run,
        lease: Lease<'_>,
    ) -> Result<Done, NotDone> {
        let org = self.org(&run.org)?;
        let Some((desk_name, number)) = run.ticket_key() else { return Ok(Done::Settled) };
        let Some(desk) = self.parts.connections.desk(&run.org, desk_name) else {
            return self.follow(effect, run, Command::LeaveAlone { reason: NoActionReason::Gone }, lease).await;
        };
        let Some(ticket) = desk.fetch(number).await? else {
            let waited = self.parts.clock.now().seconds_since(effect.due_since);
            if waited < NOT_YET_THERE {
                let pause = (waited / 2).clamp(2, 30);
                return Err(NotDone::Waits("the desk does not know the ticket (yet)".to_owned(), pause * 1_000));
            }
            return self.follow(effect, run, Command::LeaveAlone { reason: NoActionReason::Gone }, lease).await;
        };
        if let Some(reason) = leave_alone(&ticket, org.desks.get(desk_name)) {
            return self.follow(effect, run, Command::LeaveAlone { reason }, lease).await;
        }
        self.take_ticket(effect, run, org, ticket, lease).await
    }

    async fn take_ticket(
        &self,
        effect: &ClaimedEffect,
        run: Run,
        org: &Org,
        ticket: FetchedTicket,
        lease: Lease<'_>,
    ) -> Result<Done, NotDone> {
        let understood: Understood = self.understand_fetched(org, &run, &ticket).await;
        let facts = TicketFacts {
            requester: ticket.requester,
            requested_for: ticket.requested_for,
            url: ticket.url,
            came_in: ticket.came_in,
        };
        let with =
            With { effect: Some((effect, lease.owner, lease.lease_ms)), text: Some(ticket.text), ..With::default() };
        let (_, receipt) = self.advance(run, Command::ReadTicket { facts, understood }, with).await?;
        Ok(Done::Advanced(receipt.claimed))
    }

    pub(super) async fn make_plan(
        &self,
        effect: &ClaimedEffect,
        run: Run,
        version: u32,
        lease: Lease<'_>,
    ) -> Result<Done, NotDone> {
        let org = self.org(&run.org)?;
        let Some(runbook) = run.runbook.as_ref().and_then(|id| org.runbook(id)) else {
            let command = Command::LeaveAlone { reason: NoActionReason::NoRunbook };
            return self.follow(effect, run, command, lease).await;
        };
        let begun = self.parts.clock.now();
        let planned = self.plan(&run, org, runbook, version, effect.attempt < PATIENCE).await;
        measure::stage("plan", begun, self.parts.clock.now());
        let plan = match planned {
            Ok(plan) => plan,
            Err(error)
                if error.kind == PortErrorKind::Unauthorized
                    || !error.retryable()
                    || effect.attempt >= PLAN_ATTEMPTS =>
            {
                measure::failed(effect, &error);
                self.unavailable(&run, org, runbook, version, &error.says)
            }
            Err(error) => return Err(error.into()),
        };
        self.follow(effect, run, Command::Plan { plan: Box::new(plan) }, lease).await
    }

    /// Reads the ticket once more, right before its approved plan starts: `Some` says why it must not.
    pub(super) async fn ticket_forbids(&self, run: &Run) -> Result<Option<String>, NotDone> {
        let Some((desk_name, number)) = run.ticket_key() else { return Ok(None) };
        let Some(desk) = self.parts.connections.desk(&run.org, desk_name) else {
            return Ok(Some(format!(
                "the desk {desk_name} is no longer connected, so the ticket cannot be read again"
            )));
        };
        let reason = match desk.fetch(number).await? {
            None => Some(NoActionReason::Gone),
            Some(ticket) => leave_alone(&ticket, None),
        };
        Ok(reason.map(|reason| reason.words().to_owned()))
    }
}

pub(crate) fn leave_alone(ticket: &FetchedTicket, rules: Option<&DeskRules>) -> Option<NoActionReason> {
    let by_status = match ticket.status {
        TicketStatus::Open => None,
        TicketStatus::Closed => Some(NoActionReason::Closed),
        TicketStatus::Spam => Some(NoActionReason::Spam),
        TicketStatus::Deleted => Some(NoActionReason::Gone),
    };
    let since = rules.and_then(|rules| rules.since);
    by_status
        .or_else(|| since.is_some_and(|since| ticket.created_at < since).then_some(NoActionReason::TooOld))
        .or_else(|| ticket.decided_elsewhere.then_some(NoActionReason::DecidedElsewhere))
}
