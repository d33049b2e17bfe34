//! Measures extraction alone: reads labelled tickets (`--errors` to list what is wrong), takes each ticket's intent as
//! given, and prints the exact share of every value by author and in all.
//!
//! `cargo run --release -p countersign-classify --example extraction -- [--errors] FILE.jsonl ...`

use countersign_classify::Embedded;
use countersign_domain::{
    classification::{GroupAction, NamedPerson, NewHire, TicketWords},
    ids::IntentName,
    ports::Classifier as _,
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, error::Error, fs};

/// Values that are compared, in the order they are printed.
const VALUES: [&str; 5] = ["target", "group", "action", "sku", "newHire"];

/// Right and all, for each of [`VALUES`].
type Counts = [(u32, u32); VALUES.len()];

fn main() -> Result<(), Box<dyn Error>> {
    let (flags, files): (Vec<_>, Vec<_>) = std::env::args().skip(1).partition(|argument| argument.starts_with("--"));
    let lists = flags.iter().any(|flag| flag == "--errors");
    let embedded = Embedded::new();
    let mut counts: BTreeMap<String, Counts> = BTreeMap::new();
    for file in &files {
        for line in fs::read_to_string(file)?.lines() {
            let ticket: Value = serde_json::from_str(line)?;
            if ticket["gold"]["intent"] == "none" {
                continue;
            }
            let author = ticket["author"].as_str().unwrap_or("-").to_owned();
            let found = extracted(&embedded, &ticket)?;
            for (place, name) in VALUES.iter().enumerate() {
                let wanted = &ticket["gold"][name];
                if !is_compared(name, &ticket["gold"]) {
                    continue;
                }
                let right = found[name] == *wanted;
                for who in [author.as_str(), "all"] {
                    let count = &mut counts.entry(who.to_owned()).or_default()[place];
                    *count = (count.0 + u32::from(right), count.1 + 1);
                }
                if lists && !right {
                    println!("{} {name}\n  wanted {wanted}\n  found  {}", ticket["id"], found[name]);
                }
            }
        }
    }
    print(&counts);
    Ok(())
}

/// What is found in a ticket of which the intent is known, in the labels' form.
fn extracted(embedded: &Embedded, ticket: &Value) -> Result<Value, Box<dyn Error>> {
    let text = |field: &str| ticket[field].as_str().unwrap_or("");
    let intent = IntentName::new(ticket["gold"]["intent"].as_str().unwrap_or(""))?;
    let words = TicketWords {
        subject: text("subject"),
        description: text("description"),
        requester: ticket["requesterEmail"].as_str(),
    };
    let slots = embedded.extract(words, &intent);
    let person = |person: &NamedPerson| json!({"email": person.email, "name": person.name});
    let hire = |hire: &NewHire| json!({"name": hire.name, "email": hire.email, "groups": hire.groups, "license": hire.license});
    let action = slots.action.map(|action| match action {
        GroupAction::Add => "add",
        GroupAction::Remove => "remove",
    });
    Ok(json!({
        "target": person(&slots.target),
        "group": slots.group,
        "action": action,
        "sku": slots.sku,
        "newHire": slots.new_hire.as_ref().map(hire),
    }))
}

/// Whether a ticket of this intent is asked for this value.
fn is_compared(name: &str, gold: &Value) -> bool {
    match name {
        "group" | "action" => gold["intent"] == "group_membership",
        "sku" => gold["intent"] == "license_assignment",
        "newHire" => gold["intent"] == "new_hire_provisioning",
        _ => true,
    }
}

fn print(counts: &BTreeMap<String, Counts>) {
    println!("{:10}{}", "", VALUES.map(|name| format!("{name:>18}")).concat());
    for (who, values) in counts {
        let shares = values.map(|(right, all)| match all {
            0 => format!("{:>18}", "-"),
            all => format!("{:>10} {:>6.1}%", format!("{right}/{all}"), 100.0 * f64::from(right) / f64::from(all)),
        });
        println!("{who:10}{}", shares.concat());
    }
}
