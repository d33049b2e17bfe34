//! What would be done about a ticket: by reading only, writing nothing.

use countersign_domain::{
    card::{Card, CardContext},
    classification::Classification,
    command::{Command, Facts, Understood},
    decide::{Opening, apply, decide, open},
    ids::{ConnectionName, OrgId, RunbookId, TicketId},
    mode::Mode,
    person::{Contact, MailAddress},
    plan::Plan,
    policy::Policy,
    ports::{PortError, PortErrorKind},
    run::{NoActionReason, Origin, Run},
    ticket::{FetchedTicket, TicketFacts, TicketStatus, TicketText},
    time::At,
};

use crate::{
    advance::{App, AppError},
    dispatch::leave_alone,
};

/// What would be done.
pub struct DryRun {
    /// The words it was read from.
    pub words: TicketText,
    /// What the classifier says.
    pub classification: Classification,
    /// Why it would be left alone; `None`: a plan would be made.
    pub left_alone: Option<NoActionReason>,
    /// The runbook that would serve it.
    pub runbook: Option<RunbookId>,
    /// The mode in force for it.
    pub mode: Mode,
    /// The policy in force for it.
    pub policy: Option<Policy>,
    /// The plan.
    pub plan: Option<Plan>,
    /// The card.
    pub card: Option<Card>,
}

/// Which ticket is meant.
pub enum DryTicket {
    /// One at hand.
    Words(TicketText),
    /// One at a desk; `None`: the only desk there is.
    AtDesk(Option<ConnectionName>, TicketId),
}

impl App {
    /// Classifies and plans a ticket, reading desk and systems and writing nothing anywhere. In any mode: it shows what
    /// live mode would do.
    ///
    /// # Errors
    /// An unknown organisation, one without a desk, a ticket that the desk does not know or cannot be asked for.
    pub async fn dry_run(&self, org: &OrgId, ticket: DryTicket) -> Result<DryRun, AppError> {
        let rules = self.org(org)?;
        let (origin, ticket) = self.ticket_of(org, ticket).await?;
        let opening =
            Opening { id: self.parts.ids.run(), org: org.clone(), origin, understood: None, left_alone: None };
        let (run, _) = open(opening, self.parts.clock.now());
        let words = ticket.text.clone();
        let understood = self.understand_live(rules, &ticket).await;
        let since = run.ticket_key().and_then(|(desk, _)| rules.desks.get(desk));
        let (classification, reason, runbook) = match &understood {
            Understood::Runbook { classification, runbook } => (classification.clone(), None, Some(runbook.clone())),
            Understood::Nothing { classification, reason } => (classification.clone(), Some(reason.clone()), None),
        };
        let mut dry = DryRun {
            left_alone: leave_alone(&ticket, since).or(reason),
            mode: rules.mode_of(runbook.as_ref()),
            policy: runbook.as_ref().and_then(|id| rules.policies.get(id)).cloned(),
            words,
            classification,
            runbook,
            plan: None,
            card: None,
        };
        if dry.left_alone.is_none() {
            self.imagine_plan(&mut dry, run, ticket, understood).await?;
        }
        Ok(dry)
    }

    async fn imagine_plan(
        &self,
        dry: &mut DryRun,
        run: Run,
        ticket: FetchedTicket,
        understood: Understood,
    ) -> Result<(), AppError> {
        let rules = self.org(&run.org)?;
        let run = self.imagine(run, Command::ReadTicket { facts: facts_of(ticket), understood })?;
        let Some(runbook) = dry.runbook.as_ref().and_then(|id| rules.runbook(id)) else { return Ok(()) };
        let plan = match self.plan(&run, rules, runbook, 1, false).await {
            Ok(plan) => plan,
            Err(error) => self.unavailable(&run, rules, runbook, 1, &said(&error)),
        };
        let run = self.imagine(run, Command::Plan { plan: Box::new(plan.clone()) })?;
        let context = CardContext {
            zone: &rules.zone,
            policy: dry.policy.as_ref(),
            words: Some(&dry.words),
            shown: rules.ticket_words,
            pause: None,
        };
        dry.card = Card::of(&run, &context);
        dry.plan = Some(plan);
        Ok(())
    }

    async fn ticket_of(&self, org: &OrgId, ticket: DryTicket) -> Result<(Origin, FetchedTicket), AppError> {
        let invalid = |detail: String| AppError::Invalid { pointer: String::new(), detail };
        let desks = &self.org(org)?.desks;
        let only = desks.keys().next().ok_or_else(|| invalid("the organisation has no desk".to_owned()))?;
        match ticket {
            DryTicket::Words(text) => {
                let number = TicketId::new("0").map_err(|error| invalid(error.to_string()))?;
                let origin = Origin::Ticket { desk: only.clone(), ticket: number.clone() };
                Ok((origin, at_hand(number, text, self.parts.clock.now())))
            }
            DryTicket::AtDesk(desk, number) => {
                let known = desks.keys().map(ConnectionName::as_str).collect::<Vec<_>>().join(", ");
                let name = match desk {
                    Some(desk) => desk,
                    None if desks.len() == 1 => only.clone(),
                    None => return Err(invalid(format!("say which desk with --desk; there are: {known}"))),
                };
                let desk = self.parts.connections.desk(org, &name);
                let desk = desk.ok_or_else(|| invalid(format!("there is no desk {name}; there are: {known}")))?;
                let fetched = desk.fetch(&number).await.map_err(|error| invalid(error.to_string()))?;
                let fetched = fetched.ok_or_else(|| invalid(format!("the desk {name} has no ticket {number}")))?;
                Ok((Origin::Ticket { desk: name, ticket: number }, fetched))
            }
        }
    }

    fn imagine(&self, run: Run, command: Command) -> Result<Run, AppError> {
        let now = self.parts.clock.now();
        let decision = decide(&run, command, &Facts { now, policy: None, approver: None, mode: Mode::Live })?;
        Ok(apply(run, &decision, now))
    }
}

/// A ticket that came from no desk.
fn at_hand(id: TicketId, text: TicketText, now: At) -> FetchedTicket {
    let requester = text.requester.as_deref().and_then(|mail| MailAddress::new(mail).ok());
    FetchedTicket {
        requester: requester.map(|mail| Contact { mail, name: None }),
        requested_for: None,
        url: String::new(),
        came_in: "from a file".to_owned(),
        status: TicketStatus::Open,
        created_at: now,
        decided_elsewhere: false,
        fields: Default::default(),
        id,
        text,
    }
}

fn facts_of(ticket: FetchedTicket) -> TicketFacts {
    TicketFacts {
        requester: ticket.requester,
        requested_for: ticket.requested_for,
        url: ticket.url,
        came_in: ticket.came_in,
    }
}

fn said(error: &PortError) -> String {
    match error.kind {
        PortErrorKind::Transient { .. } | PortErrorKind::Held { .. } | PortErrorKind::Ambiguous => {
            format!("{error} (it may go through later)")
        }
        PortErrorKind::Permanent | PortErrorKind::Gone | PortErrorKind::Unauthorized => error.to_string(),
    }
}
