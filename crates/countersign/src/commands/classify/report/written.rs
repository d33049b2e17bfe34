//! The report as people and scripts read it.

use countersign_domain::{classification::Confidence, ids::OrgId};
use serde_json::{Value, json};

use super::{
    super::super::table,
    floors::{Advice, Apart, Counts, OfIntent, Part, Report, Split},
};

/// As text.
pub(super) fn text(report: &Report, org: &OrgId) -> String {
    let mut parts = vec![sums(report, org)];
    if !report.decided.bins.is_empty() {
        parts.push(decided(report));
    }
    if report.raised.decided() > 0 {
        parts.push(raised(report));
    }
    if !report.intents.is_empty() {
        let mut lines = vec![wanted(report)];
        lines.extend(report.intents.iter().map(|found| of_intent(found, report, org)));
        lines.push(of_all(report, org));
        parts.push(lines.join("\n"));
    }
    parts.push(
        "This only suggests. Nothing was changed: a floor is what the configuration says, as of the next start of the \
         service."
            .to_owned(),
    );
    parts.join("\n\n")
}

fn sums(report: &Report, org: &OrgId) -> String {
    let mut total = report.decided.total;
    total.add(report.raised);
    let mut lines = match total.decided() {
        0 => vec![format!("Of the runs of {org} none was decided.")],
        all => vec![format!(
            "{all} runs of {org} were decided: {} approved, {} denied, {} corrected to another intent, {} given up.",
            total.approved, total.denied, total.corrected, total.given_up
        )],
    };
    if report.planned_again > 0 {
        lines.push(format!("Of them {} after a person had asked for a new plan.", report.planned_again));
    }
    lines.extend(apart(report.apart));
    if report.models.len() > 1 {
        let models: Vec<_> = report.models.iter().map(|(model, runs)| format!("{model} ({runs})")).collect();
        lines.push(format!(
            "They were classified by different models: {}. What one is sure of says little of another: limit the report \
             to the present one with --since.",
            models.join(", ")
        ));
    }
    lines.join("\n")
}

fn apart(apart: Apart) -> Vec<String> {
    let of_shadow = match apart.shadow_corrected {
        0 => String::new(),
        corrected => format!(" ({corrected} of them corrected to another intent)"),
    };
    let lines = [
        (apart.expired, "expired: nobody decided".to_owned()),
        (apart.shadow, format!("planned in shadow: nobody was asked{of_shadow}")),
        (apart.started, "decided, but started through the API: nothing was classified".to_owned()),
        (apart.missed, "in which nothing was found, and a person said what is asked".to_owned()),
        (apart.picked, "for which a person asked for what was found: picked by hand, so no fair sample".to_owned()),
    ];
    lines.into_iter().filter(|(runs, _)| *runs > 0).map(|(runs, what)| format!("Not counted: {runs} {what}.")).collect()
}

fn decided(report: &Report) -> String {
    let mut rows = Vec::new();
    for found in &report.intents {
        rows.extend(rows_of(&found.decided, found.intent.as_str()));
    }
    rows.extend(rows_of(&report.decided, "all"));
    table(&HEADINGS, rows)
}

const HEADINGS: [&str; 8] =
    ["intent", "confidence", "approved", "denied", "corrected", "given up", "share approved", "at least"];

fn rows_of(part: &Part, name: &str) -> Vec<Vec<String>> {
    let bins = part.bins.iter().map(|bin| (format!("{} - {}", bin.from, bin.to), bin.counts));
    let total = Some(("together".to_owned(), part.total)).filter(|_| !part.bins.is_empty());
    let rows = bins.chain(total).map(|(label, counts)| {
        let Counts { approved, denied, corrected, given_up } = counts;
        let mut row = vec![name.to_owned(), label];
        row.extend([approved, denied, corrected, given_up].map(|count| count.to_string()));
        row.extend([share(counts.share()), share(counts.at_least())]);
        row
    });
    rows.collect()
}

/// Cut off, so that what is not all never reads as all.
fn share(share: Option<f64>) -> String {
    share.map_or_else(String::new, |share| format!("{:.3}", (share * 1_000.0 + 1e-9).floor() / 1_000.0))
}

fn raised(report: &Report) -> String {
    let rows = report.intents.iter().flat_map(|found| rows_of(&found.raised, found.intent.as_str())).collect();
    format!(
        "Raised to the floor by a second opinion, by how sure the classifier was by itself; no floor has a say in these:\n{}",
        table(&HEADINGS, rows)
    )
}

fn wanted(report: &Report) -> String {
    format!(
        "Which floor would have given a precision of {} with a certainty of 95 % (`at least` is that bound)?",
        report.precision
    )
}

fn of_intent(found: &OfIntent, report: &Report, org: &OrgId) -> String {
    let mut lines = Vec::new();
    match (found.today, &found.runbook) {
        (Some(today), Some(runbook)) => {
            lines.push(format!("{} ({runbook})", found.intent));
            lines.push(split(today, &format!("today's {}", today.floor)));
            let place = format!("[org.{org}.runbook.{runbook}]");
            lines.push(advice(found.advice, (today, found.decided.total), report, &place));
        }
        (None, _) | (_, None) => lines.push(format!("{}: no runbook serves it today", found.intent)),
    }
    if !found.denials.is_empty() {
        let reasons: Vec<_> = found.denials.iter().map(|(reason, times)| format!("{reason} {times}")).collect();
        lines.insert(1, format!("denied as {}", reasons.join(", ")));
    }
    lines.join("\n    ")
}

fn of_all(report: &Report, org: &OrgId) -> String {
    let place = format!("[org.{org}.policy]; it counts for every runbook without a floor of its own");
    let today = split(report.today, "today's floors, each its own,");
    let advice = advice(report.advice, (report.today, report.today.kept), report, &place);
    format!("all of them\n    {today}\n    {advice}")
}

fn split(split: Split, floor: &str) -> String {
    let Split { kept, dropped, .. } = split;
    let good = match kept.decided() {
        0 => String::new(),
        _ => format!(", approved {}, at least {}", share(kept.share()), share(kept.at_least())),
    };
    let lost = match dropped.decided() {
        0 => "none".to_owned(),
        some => format!("{some}, of them {} approved", dropped.approved),
    };
    format!("{floor} would have kept {}{good}; dropped {lost}", kept.decided())
}

fn advice(advice: Advice, (today, all): (Split, Counts), report: &Report, place: &str) -> String {
    match advice {
        Advice::Unserved => String::new(),
        Advice::TooFew => format!(
            "{} decisions are too few to suggest a floor: it takes {}, even if all of them are approvals",
            all.decided(),
            report.needed
        ),
        Advice::Keep => "that is enough: nothing to change".to_owned(),
        Advice::OutOfReach => "no floor is known to give it: look at what was denied and corrected".to_owned(),
        Advice::Set(set) => {
            let change = if set.floor < today.floor { "a lower one would have done" } else { "it takes a higher one" };
            let says = split(set, &set.floor.to_string());
            format!("{change}: {says}\n    to have it so, set by hand: min_confidence = {} in {place}", set.floor)
        }
    }
}

/// As JSON.
pub(super) fn json(report: &Report, org: &OrgId) -> Value {
    let Apart { expired, shadow, shadow_corrected, started, missed, picked } = report.apart;
    json!({
        "org": org.as_str(),
        "precision": report.precision,
        "certainty": 0.95,
        "decisionsNeeded": report.needed,
        "plannedAgain": report.planned_again,
        "models": report.models,
        "apart": {
            "expired": expired, "shadow": shadow, "shadowCorrected": shadow_corrected, "startedByApi": started,
            "missed": missed, "pickedByHand": picked,
        },
        "intents": report.intents.iter().map(|found| json!({
            "intent": found.intent.as_str(),
            "runbook": found.runbook.as_ref().map(ToString::to_string),
            "decided": part_json(&found.decided),
            "raised": part_json(&found.raised),
            "denials": found.denials,
            "today": found.today.map(split_json),
            "suggestion": suggestion(
                found.advice,
                found.today.map(|today| today.floor).unwrap_or_default(),
                found.runbook.as_ref().map(|runbook| format!("org.{org}.runbook.{runbook}.min_confidence")).as_deref(),
            ),
        })).collect::<Vec<_>>(),
        "all": {
            "decided": part_json(&report.decided),
            "raised": counts_json(report.raised),
            "today": {"kept": counts_json(report.today.kept), "dropped": counts_json(report.today.dropped)},
            "suggestion": suggestion(
                report.advice,
                report.today.floor,
                Some(&format!("org.{org}.policy.min_confidence")),
            ),
        },
        "changed": false,
    })
}

fn suggestion(advice: Advice, today: Confidence, key: Option<&str>) -> Value {
    match advice {
        Advice::Set(split) => {
            let mut value = split_json(split);
            value["verdict"] = json!(advice.name(today));
            value["key"] = json!(key);
            value
        }
        Advice::Unserved | Advice::TooFew | Advice::Keep | Advice::OutOfReach => {
            json!({"verdict": advice.name(today)})
        }
    }
}

fn part_json(part: &Part) -> Value {
    let bins = part.bins.iter().map(|bin| {
        let mut value = counts_json(bin.counts);
        value["from"] = json!(bin.from.share());
        value["to"] = json!(bin.to.share());
        value
    });
    json!({"bins": bins.collect::<Vec<_>>(), "total": counts_json(part.total)})
}

fn split_json(split: Split) -> Value {
    json!({"floor": split.floor.share(), "kept": counts_json(split.kept), "dropped": counts_json(split.dropped)})
}

fn counts_json(counts: Counts) -> Value {
    json!({
        "approved": counts.approved,
        "denied": counts.denied,
        "corrected": counts.corrected,
        "givenUp": counts.given_up,
        "shareApproved": counts.share(),
        "atLeast": counts.at_least(),
    })
}

#[cfg(test)]
mod tests;
