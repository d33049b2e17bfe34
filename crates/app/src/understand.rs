//! From words to a runbook or to leaving it alone.

use countersign_domain::{
    classification::{GroupAction, NamedPerson, NewHire, Slots, TicketWords},
    command::Understood,
    decide::understand,
    run::Run,
    ticket::{FetchedTicket, TicketText},
};

use crate::{advance::App, measure, org::Org};

impl App {
    /// Classifies words and applies the floor of the runbook that would serve them, unless it is switched off.
    pub(crate) fn understand(&self, org: &Org, words: &TicketText) -> Understood {
        match self.classified(org, words) {
            Understood::Runbook { classification, runbook } => match org.mode_of(Some(&runbook)).leaves_untouched() {
                Some(reason) => Understood::Nothing { classification, reason },
                None => Understood::Runbook { classification, runbook },
            },
            Understood::Nothing { classification, reason } => {
                let reason = org.mode_of(None).leaves_untouched().unwrap_or(reason);
                Understood::Nothing { classification, reason }
            }
        }
    }

    /// Classifies words and applies the floor, whatever the mode.
    fn classified(&self, org: &Org, words: &TicketText) -> Understood {
        let begun = self.parts.clock.now();
        let classification = self.parts.classifier.classify(words_of(words));
        measure::stage("classify", begun, self.parts.clock.now());
        let serving = classification.intent.as_ref().and_then(|intent| {
            let runbook = org.runbooks.get(intent)?;
            Some((&runbook.id, org.policies.get(&runbook.id)?.min_confidence()))
        });
        understand(classification, serving)
    }

    /// What a fetched ticket would be understood to ask for in live mode.
    pub(crate) fn understand_live(&self, org: &Org, ticket: &FetchedTicket) -> Understood {
        with_fields(self.classified(org, &ticket.text), ticket)
    }

    /// Classifies a fetched ticket; what stands in the desk's own form fields overrides what was read from the words. Of
    /// a ticket whose intent a person corrected, the values are read that this intent wants.
    pub(crate) fn understand_fetched(&self, org: &Org, run: &Run, ticket: &FetchedTicket) -> Understood {
        let understood = match (self.understand(org, &ticket.text), &run.correction) {
            (
                Understood::Runbook { mut classification, .. } | Understood::Nothing { mut classification, .. },
                Some(correction),
            ) => {
                classification.slots = self.parts.classifier.extract(words_of(&ticket.text), &correction.intent);
                Understood::Runbook { classification, runbook: correction.runbook.clone() }
            }
            (understood, None) => understood,
        };
        with_fields(understood, ticket)
    }
}

fn with_fields(understood: Understood, ticket: &FetchedTicket) -> Understood {
    match understood {
        Understood::Runbook { mut classification, runbook } => {
            take_fields(&mut classification.slots, ticket);
            Understood::Runbook { classification, runbook }
        }
        Understood::Nothing { .. } => understood,
    }
}

fn words_of(text: &TicketText) -> TicketWords<'_> {
    TicketWords { subject: &text.subject, description: &text.description, requester: text.requester.as_deref() }
}

fn take_fields(slots: &mut Slots, ticket: &FetchedTicket) {
    let asks_for_self = match (&slots.target.email, &ticket.requester) {
        (Some(target), Some(requester)) => target.eq_ignore_ascii_case(requester.mail.as_str()),
        (None | Some(_), _) => false,
    };
    if let (true, Some(other)) = (asks_for_self, &ticket.requested_for) {
        slots.target = NamedPerson { email: Some(other.mail.to_string()), name: other.name.clone() };
    }
    for (slot, value) in &ticket.fields {
        let value = value.trim().to_owned();
        if value.is_empty() {
            continue;
        }
        let hire =
            |slots: &mut Slots, set: &dyn Fn(&mut NewHire)| set(slots.new_hire.get_or_insert_with(NewHire::default));
        match slot.as_str() {
            "target" if value.contains('@') => slots.target = NamedPerson { email: Some(value), name: None },
            "target" => slots.target = NamedPerson { email: None, name: Some(value) },
            "group" => slots.group = Some(value),
            "action" if value.eq_ignore_ascii_case("remove") => slots.action = Some(GroupAction::Remove),
            "action" if value.eq_ignore_ascii_case("add") => slots.action = Some(GroupAction::Add),
            "sku" => slots.sku = Some(value),
            "new_hire.name" => hire(slots, &|new| new.name = Some(value.clone())),
            "new_hire.email" => hire(slots, &|new| new.email = Some(value.clone())),
            "new_hire.license" => hire(slots, &|new| new.license = Some(value.clone())),
            "new_hire.groups" => hire(slots, &|new| {
                new.groups = value.split([',', ';']).map(|group| group.trim().to_owned()).collect();
            }),
            _ => {}
        }
    }
}
