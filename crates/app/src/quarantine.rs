//! Replaying what was set aside: a body from which no ticket could be had, once somebody knows which one it is about.

use countersign_domain::{
    decide::{Opening, open},
    event::OrgEvent,
    ids::{OrgId, QuarantineId, TicketId},
    person::Actor,
    ports::{Change, Opened, QuarantineRow},
    run::Origin,
};

use crate::{
    advance::{App, AppError},
    ingest::{Ingested, body, ingested},
    measure,
};

impl App {
    /// A body that was set aside.
    ///
    /// # Errors
    /// One that there is not, or the store's.
    pub async fn quarantined(&self, org: &OrgId, id: &QuarantineId) -> Result<QuarantineRow, AppError> {
        self.parts.queries.quarantined(org, id).await?.ok_or_else(|| AppError::UnknownBody(id.to_string()))
    }

    /// Takes a body in that was set aside: for the ticket it names by now (its template or the desk was mended), or for
    /// the one somebody says it is about. Of the body nothing but the ticket's number is believed; the rest is fetched.
    /// Replaying one again gives the same run.
    ///
    /// # Errors
    /// A body that still names no ticket where none is given, a desk that is no longer there, or the store's.
    pub async fn replay(
        &self,
        org: &OrgId,
        id: &QuarantineId,
        ticket: Option<TicketId>,
        by: &Actor,
    ) -> Result<Ingested, AppError> {
        let row = self.quarantined(org, id).await?;
        let rules = self.org(org)?;
        if !rules.desks.contains_key(&row.desk) {
            return Err(AppError::Invalid {
                pointer: String::new(),
                detail: format!("it came in for the desk {}, which is no longer configured", row.desk),
            });
        }
        let ticket = match ticket {
            Some(ticket) => ticket,
            None => body::read(&row.body).map(|read| read.ticket).map_err(|error| AppError::Invalid {
                pointer: "/ticketId".to_owned(),
                detail: format!("{}; look at the body and say which ticket it is about", error.detail),
            })?,
        };
        let now = self.parts.clock.now();
        let origin = Origin::Ticket { desk: row.desk, ticket };
        let opening = Opening {
            id: self.parts.ids.run(),
            org: org.clone(),
            origin,
            understood: None,
            left_alone: rules.mode_of(None).leaves_untouched(),
        };
        let (run, decision) = open(opening, now);
        let records = decision.events.iter().map(|event| event.record(&run, now)).collect();
        let opened = self.parts.store.open(&run, None, records, decision.effects).await?;
        let answer = match &opened {
            Opened::New(_) => ingested(&run, false),
            Opened::Duplicate(original) => ingested(original, true),
        };
        measure::taken_as(&measure::taking_in(org), &answer);
        let event = OrgEvent::Replayed { quarantined: *id, run: answer.run };
        let change = Change {
            now: Some(now),
            org: Some(org.clone()),
            records: vec![event.record(by, now)],
            replayed: Some((org.clone(), *id, answer.run)),
            ..Change::default()
        };
        self.parts.store.commit(change).await?;
        self.parts.wakeup.wake();
        Ok(answer)
    }
}
