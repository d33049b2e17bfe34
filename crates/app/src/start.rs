//! Starting a run without a ticket. The same approval gate stands before it.

use countersign_domain::{
    classification::{Classification, Confidence, Slots},
    command::Understood,
    decide::{Opening, open},
    ids::{KeyId, OrgId, RunbookId},
    run::{Origin, Run},
};

use crate::advance::{App, AppError};

impl App {
    /// Starts a run of a runbook with these values.
    ///
    /// # Errors
    /// A runbook that is not in force, or the store's.
    pub async fn start(&self, org: &OrgId, runbook: &RunbookId, slots: Slots, key: KeyId) -> Result<Run, AppError> {
        let rules = self.org(org)?;
        let Some(known) = rules.runbook(runbook) else {
            let all = rules.runbooks.values().map(|runbook| runbook.id.as_str()).collect::<Vec<_>>().join(", ");
            return Err(AppError::Invalid {
                pointer: "/id".to_owned(),
                detail: format!("no runbook {runbook} is in force here; there are: {all}"),
            });
        };
        let classification = Classification {
            intent: Some(known.intent.clone()),
            confidence: Confidence::from_share(1.0),
            runners_up: Vec::new(),
            slots,
            model: "api".to_owned(),
        };
        let opening = Opening {
            id: self.parts.ids.run(),
            org: org.clone(),
            origin: Origin::Api { key },
            understood: Some(Understood::Runbook { classification, runbook: known.id.clone() }),
        };
        let now = self.parts.clock.now();
        let (run, decision) = open(opening, now);
        let records = decision.events.iter().map(|event| event.record(&run, now)).collect();
        self.parts.store.open(&run, None, records, decision.effects).await?;
        self.parts.wakeup.wake();
        Ok(run)
    }
}
