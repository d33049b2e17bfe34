//! From words to a runbook or to leaving it alone.

use countersign_domain::{
    classification::{Classification, Confidence, GroupAction, NamedPerson, NewHire, Slots, TicketWords},
    command::Understood,
    decide::understand,
    ports::{Candidate, SecondOpinion},
    run::{Run, State},
    runbook::Runbook,
    second_opinion::{wanted, weigh},
    ticket::{FetchedTicket, TicketText},
};
use std::sync::Arc;

use crate::{advance::App, measure, org::Org};

impl App {
    /// Classifies words and applies the floor of the runbook that would serve them, unless it is switched off.
    pub(crate) async fn understand(&self, org: &Org, words: &TicketText) -> Understood {
        match self.classified(org, words).await {
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
    async fn classified(&self, org: &Org, words: &TicketText) -> Understood {
        let begun = self.parts.clock.now();
        let classification = self.parts.classifier.classify_apart(words_of(words)).await;
        measure::stage("classify", begun, self.parts.clock.now());
        let serving = serving(org, &classification).map(|(runbook, floor)| (&runbook.id, floor));
        understand(classification, serving)
    }

    /// What a fetched ticket would be understood to ask for in live mode.
    pub(crate) async fn understand_live(&self, org: &Org, ticket: &FetchedTicket) -> Understood {
        let mut understood = self.classified(org, &ticket.text).await;
        if let Some(asked) = self.second_opinion_of(org, &understood) {
            understood = self.consult(org, &ticket.text, understood, asked.as_ref()).await;
        }
        with_fields(understood, ticket)
    }

    /// Classifies a fetched ticket; what stands in the desk's own form fields overrides what was read from the words. Of
    /// a ticket whose intent a person corrected, the values are read that this intent wants. Where the classifier is not
    /// sure enough, and nobody has asked for a new plan, a second model is asked.
    pub(crate) async fn understand_fetched(&self, org: &Org, run: &Run, ticket: &FetchedTicket) -> Understood {
        let mut understood = self.understand(org, &ticket.text).await;
        if let (Some(asked), false) = (self.second_opinion_on(org, &understood), asked_again(run)) {
            understood = self.consult(org, &ticket.text, understood, asked.as_ref()).await;
        }
        let understood = match (understood, &run.correction) {
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

    /// The second model that is to be asked about this; none where the runbook is switched off.
    pub(crate) fn second_opinion_on(&self, org: &Org, understood: &Understood) -> Option<Arc<dyn SecondOpinion>> {
        let (runbook, _) = serving(org, classification_of(understood))?;
        let untouched = org.mode_of(Some(&runbook.id)).leaves_untouched();
        self.second_opinion_of(org, understood).filter(|_| untouched.is_none())
    }

    fn second_opinion_of(&self, org: &Org, understood: &Understood) -> Option<Arc<dyn SecondOpinion>> {
        let second_opinion = self.parts.connections.second_opinion(&org.id)?;
        wanted(understood, second_opinion.ask_from()).then_some(second_opinion)
    }

    /// Asks a second model about what the classifier is not sure enough of. It is shown what the classifier reads, and
    /// no more; whatever goes wrong leaves the classifier's own answer.
    async fn consult(
        &self,
        org: &Org,
        words: &TicketText,
        understood: Understood,
        asked: &dyn SecondOpinion,
    ) -> Understood {
        let classification = classification_of(&understood);
        let Some(serving) = serving(org, classification) else { return understood };
        let said = self.parts.classifier.said(words_of(words));
        let candidates: Vec<Candidate<'_>> = (org.runbooks.values())
            .map(|runbook| Candidate { intent: &runbook.intent, description: &runbook.description })
            .collect();
        let opinion = asked.ask(&said, &candidates).await;
        let weighed = weigh(classification.clone(), serving, &said, asked.model(), opinion);
        if let Some(consulted) = &classification_of(&weighed).consulted {
            measure::consulted(consulted);
        }
        weighed
    }
}

/// Whether somebody asked for this plan, or the world changed under an earlier one: what is asked was settled then.
fn asked_again(run: &Run) -> bool {
    run.correction.is_some() || matches!(run.state, State::Planning { again: true, .. })
}

fn classification_of(understood: &Understood) -> &Classification {
    let (Understood::Runbook { classification, .. } | Understood::Nothing { classification, .. }) = understood;
    classification
}

/// The runbook that serves what was found, with its floor.
fn serving<'o>(org: &'o Org, classification: &Classification) -> Option<(&'o Runbook, Confidence)> {
    let runbook = org.runbooks.get(classification.intent.as_ref()?)?;
    Some((runbook, org.policies.get(&runbook.id)?.min_confidence()))
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
