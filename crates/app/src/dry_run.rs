//! What would be done about a ticket: by reading only, writing nothing.

use countersign_domain::{
    card::{Card, CardContext},
    classification::Classification,
    command::{Command, Facts, Understood},
    decide::{Opening, apply, decide, open},
    ids::{ConnectionName, OrgId, TicketId},
    person::{Contact, MailAddress},
    plan::Plan,
    ports::{PortError, PortErrorKind},
    run::{NoActionReason, Origin, Run},
    ticket::{TicketFacts, TicketText},
};

use crate::advance::{App, AppError};

/// What would be done.
pub struct DryRun {
    /// What the classifier says.
    pub classification: Classification,
    /// Why it would be left alone; `None`: a plan would be made.
    pub left_alone: Option<NoActionReason>,
    /// The plan.
    pub plan: Option<Plan>,
    /// The card.
    pub card: Option<Card>,
}

impl App {
    /// Classifies and plans a ticket that is at hand, reading the systems and writing nothing anywhere.
    ///
    /// # Errors
    /// An unknown organisation, or one without a desk.
    pub async fn dry_run(&self, org: &OrgId, words: TicketText) -> Result<DryRun, AppError> {
        let rules = self.org(org)?;
        let understood = self.understand(rules, &words);
        let (classification, left_alone) = match &understood {
            Understood::Runbook { classification, .. } => (classification.clone(), None),
            Understood::Nothing { classification, reason } => (classification.clone(), Some(reason.clone())),
        };
        if left_alone.is_some() {
            return Ok(DryRun { classification, left_alone, plan: None, card: None });
        }
        let run = self.imagined(org, &words, understood)?;
        let Some(runbook) = run.runbook.as_ref().and_then(|id| rules.runbook(id)) else {
            return Err(AppError::Invalid { pointer: String::new(), detail: "the runbook is not in force".to_owned() });
        };
        let plan = match self.plan(&run, rules, runbook, 1).await {
            Ok(plan) => plan,
            Err(error) => self.unavailable(&run, rules, runbook, 1, &said(&error)),
        };
        let run = self.imagine(run, Command::Plan { plan: Box::new(plan.clone()) })?;
        let policy = rules.policies.get(&runbook.id);
        let context = CardContext { zone: &rules.zone, policy, words: Some(&words), shown: rules.ticket_words };
        let card = Card::of(&run, &context);
        Ok(DryRun { classification, left_alone: None, plan: Some(plan), card })
    }

    /// A run that stands in no store.
    fn imagined(&self, org: &OrgId, words: &TicketText, understood: Understood) -> Result<Run, AppError> {
        let invalid = |detail: &str| AppError::Invalid { pointer: String::new(), detail: detail.to_owned() };
        let desk: Option<ConnectionName> = self.org(org)?.desks.keys().next().cloned();
        let desk = desk.ok_or_else(|| invalid("the organisation has no desk"))?;
        let ticket = TicketId::new("0").map_err(|error| invalid(&error.to_string()))?;
        let origin = Origin::Ticket { desk, ticket };
        let opening =
            Opening { id: self.parts.ids.run(), org: org.clone(), origin, understood: Some(understood.clone()) };
        let (run, _) = open(opening, self.parts.clock.now());
        let requester = words.requester.as_deref().and_then(|mail| MailAddress::new(mail).ok());
        let facts = TicketFacts {
            requester: requester.map(|mail| Contact { mail, name: None }),
            requested_for: None,
            url: String::new(),
            came_in: "from a file".to_owned(),
        };
        self.imagine(run, Command::ReadTicket { facts, understood })
    }

    fn imagine(&self, run: Run, command: Command) -> Result<Run, AppError> {
        let now = self.parts.clock.now();
        let decision = decide(&run, command, &Facts { now, policy: None, approver: None })?;
        Ok(apply(run, &decision, now))
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
