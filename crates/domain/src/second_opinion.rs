//! What a second model's opinion can bring about: a runbook that the classifier named itself, if not surely enough. It
//! can neither name another one nor ask for anything where the classifier found nothing, and it can take nothing back.

use crate::{
    classification::{Classification, Confidence, Consultation, Consulted, NamedPerson, Said, Slots},
    command::Understood,
    ports::{Opinion, OpinionValues, PortError},
    run::NoActionReason,
    runbook::{ParamKind, Runbook},
};

/// Whether a second model is to be asked: the classifier names an intent, below its runbook's floor, but at least as
/// surely as `ask_from`.
pub fn wanted(understood: &Understood, ask_from: Confidence) -> bool {
    match understood {
        Understood::Nothing { classification, reason: NoActionReason::BelowFloor } => {
            classification.intent.is_some() && classification.confidence >= ask_from
        }
        Understood::Nothing { .. } | Understood::Runbook { .. } => false,
    }
}

/// What comes of an answer below its floor, `alone`, once `model` was asked: the runbook where it agrees in everything it
/// says, else what the classifier said by itself. Either way the answer says what was asked and heard.
pub fn weigh(
    mut alone: Classification,
    (runbook, floor): (&Runbook, Confidence),
    said: &Said,
    model: &str,
    opinion: Result<Opinion, PortError>,
) -> Understood {
    let consultation = match opinion {
        Err(error) => Consultation::NoAnswer { why: error.says },
        Ok(opinion) => compare(&mut alone, runbook, said, opinion),
    };
    let agreed = matches!(consultation, Consultation::Agreed { .. });
    let consulted = Consulted { model: model.to_owned(), alone: alone.confidence, said: consultation };
    alone.consulted = Some(Box::new(consulted));
    if !agreed {
        return Understood::Nothing { classification: alone, reason: NoActionReason::BelowFloor };
    }
    alone.confidence = floor;
    Understood::Runbook { classification: alone, runbook: runbook.id.clone() }
}

fn compare(alone: &mut Classification, runbook: &Runbook, said: &Said, opinion: Opinion) -> Consultation {
    match opinion.intent {
        None => Consultation::NothingAsked,
        Some(intent) if alone.intent.as_ref() != Some(&intent) => Consultation::OtherIntent { intent },
        Some(_) => {
            let values = in_the_ticket(opinion.values, said);
            match other_value(&alone.slots, &values) {
                Some(value) => Consultation::OtherValue { value: value.to_owned() },
                None => Consultation::Agreed { filled: fill(&mut alone.slots, runbook, values) },
            }
        }
    }
}

/// The values that stand in the ticket; the others are dropped.
fn in_the_ticket(values: OpinionValues, said: &Said) -> OpinionValues {
    let found = |value: Option<String>| value.map(|value| value.trim().to_owned()).filter(|value| said.has(value));
    OpinionValues {
        target: found(values.target),
        group: found(values.group),
        action: values.action,
        sku: found(values.sku),
    }
}

/// Which value the two of them have found differently.
fn other_value(slots: &Slots, values: &OpinionValues) -> Option<&'static str> {
    let differs = |own: Option<&str>, other: Option<&str>| match (own, other) {
        (Some(own), Some(other)) => !same(own, other),
        (None, _) | (_, None) => false,
    };
    if values.target.as_deref().is_some_and(|target| names_another(&slots.target, target)) {
        return Some("target");
    }
    if differs(slots.group.as_deref(), values.group.as_deref()) {
        return Some("group");
    }
    if slots.action.is_some() && values.action.is_some() && slots.action != values.action {
        return Some("action");
    }
    differs(slots.sku.as_deref(), values.sku.as_deref()).then_some("sku")
}

/// Whether whom the second model names is somebody else: neither the same address nor the same name, of which a part will
/// do. Of somebody whom the classifier has not found, nothing is said.
fn names_another(own: &NamedPerson, target: &str) -> bool {
    let target = words(target);
    let by_address = own.email.as_deref().map(|address| target.contains(&address.to_lowercase()));
    let by_name = own.name.as_deref().map(|name| {
        let name = words(name);
        within(&name, &target) || within(&target, &name)
    });
    let known = [by_address, by_name].into_iter().flatten();
    !known.clone().any(|same| same) && known.count() > 0
}

/// Words that a name is written with or without.
const BESIDE_A_NAME: [&str; 5] = ["the", "group", "team", "licence", "license"];

/// Whether two names of a group or a licence are the same but for such words.
fn same(one: &str, other: &str) -> bool {
    let bare = |name: &str| words(name).into_iter().filter(|word| !BESIDE_A_NAME.contains(&word.as_str())).collect();
    let (one, other): (Vec<_>, Vec<_>) = (bare(one), bare(other));
    one == other
}

fn words(text: &str) -> Vec<String> {
    let apart = |letter: char| letter.is_whitespace() || "()<>[]{},;:\"'“”".contains(letter);
    text.split(apart).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

fn within(short: &[String], long: &[String]) -> bool {
    !short.is_empty() && long.windows(short.len()).any(|part| part == short)
}

/// Takes the group and the licence that a runbook wants and the classifier did not find. Never whom it is about, and
/// never whether a group is joined or left.
fn fill(slots: &mut Slots, runbook: &Runbook, values: OpinionValues) -> Vec<String> {
    let wants = |kind: ParamKind| runbook.params.iter().any(|param| param.kind == kind);
    let mut filled = Vec::new();
    if let (None, Some(group), true) = (&slots.group, values.group, wants(ParamKind::Group)) {
        slots.group = Some(group);
        filled.push("group".to_owned());
    }
    if let (None, Some(sku), true) = (&slots.sku, values.sku, wants(ParamKind::License)) {
        slots.sku = Some(sku);
        filled.push("sku".to_owned());
    }
    filled
}
