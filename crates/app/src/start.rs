//! Starting a run without a ticket. The same approval gate stands before it.

use countersign_domain::{
    classification::{Classification, Confidence, Slots},
    command::Understood,
    decide::{Opening, open},
    ids::{OrgId, RunbookId},
    person::MailAddress,
    ports::KeyRow,
    run::{Origin, Run},
    shown::shown,
};
use tracing::Instrument;

use crate::{
    advance::{App, AppError},
    measure,
};

impl App {
    /// Starts a run of a runbook with these values.
    ///
    /// # Errors
    /// A runbook that is not in force, or the store's.
    pub async fn start(&self, org: &OrgId, runbook: &RunbookId, slots: Slots, key: &KeyRow) -> Result<Run, AppError> {
        let person = key.person.clone().ok_or_else(|| AppError::Invalid {
            pointer: String::new(),
            detail: "this key is bound to no person; whoever starts a run asked for it, so make one with --person"
                .to_owned(),
        })?;
        check_addresses(&slots)?;
        let rules = self.org(org)?;
        let Some(known) = rules.runbook(runbook) else {
            let all = rules.runbooks.values().map(|runbook| runbook.id.as_str()).collect::<Vec<_>>().join(", ");
            return Err(AppError::Invalid {
                pointer: "/id".to_owned(),
                detail: format!("no runbook {} is in force here; there are: {all}", shown(runbook.as_str(), 40)),
            });
        };
        let classification = Classification {
            intent: Some(known.intent.clone()),
            confidence: Confidence::from_share(1.0),
            runners_up: Vec::new(),
            slots,
            model: "api".to_owned(),
            consulted: None,
        };
        let opening = Opening {
            id: self.parts.ids.run(),
            org: org.clone(),
            origin: Origin::Api { key: key.id, person },
            understood: Some(Understood::Runbook { classification, runbook: known.id.clone() }),
            left_alone: rules.mode_of(Some(&known.id)).leaves_untouched(),
        };
        let now = self.parts.clock.now();
        let (run, decision) = open(opening, now);
        let records = decision.events.iter().map(|event| event.record(&run, now)).collect();
        self.parts.store.open(&run, None, records, decision.effects).instrument(measure::starting(&run)).await?;
        if run.state.name().is_final() {
            measure::ended(&run);
        }
        self.parts.wakeup.wake();
        Ok(run)
    }
}

/// An address that is none would otherwise look like a value that was left out.
fn check_addresses(slots: &Slots) -> Result<(), AppError> {
    let hire = slots.new_hire.as_ref().and_then(|hire| hire.email.as_deref());
    for (pointer, address) in [("/target/email", slots.target.email.as_deref()), ("/newHire/email", hire)] {
        if let Some(Err(error)) = address.map(MailAddress::new) {
            return Err(AppError::Invalid { pointer: pointer.to_owned(), detail: error.to_string() });
        }
    }
    Ok(())
}
