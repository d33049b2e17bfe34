//! The sample tickets beside the repository, where they are there: how many are answered rightly, and that nothing is
//! answered where nothing is asked. The samples are read here alone; the model is not made from them.

#![expect(clippy::unwrap_used, reason = "a helper of tests: what it reads is part of the test")]

use countersign_classify::Embedded;
use serde_json::Value;
use std::{fs, path::Path};

fn samples() -> Option<Vec<Value>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/tickets/sample.jsonl");
    let Ok(text) = fs::read_to_string(&file) else {
        println!("left out: the sample tickets are not beside this checkout");
        return None;
    };
    Some(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

fn answers(samples: &[Value]) -> Vec<Value> {
    let embedded = Embedded::new();
    let answer = |sample: &Value| embedded.answer_line(&sample.to_string(), None).unwrap();
    samples.iter().map(|sample| serde_json::from_str(&answer(sample)).unwrap()).collect()
}

#[test]
fn sample_tickets_are_answered_as_measured() {
    let Some(samples) = samples() else { return };
    let (mut right, mut fired, mut mistaken, mut values, mut valued) = (0, 0, 0, 0, 0);
    for (sample, answer) in samples.iter().zip(answers(&samples)) {
        let gold = &sample["gold"];
        let (wanted, found) = (&gold["intent"], &answer["intent"]);
        right += u32::from(wanted == found);
        fired += u32::from(wanted == "none" && found != "none");
        // Of two things asked for, the second one is not the answer, but no mistake either.
        let also = gold["also"].as_array().is_some_and(|also| also.contains(found));
        mistaken += u32::from(wanted != "none" && found != "none" && wanted != found && !also);
        if wanted != found {
            println!("{}: {wanted} answered as {found} {}", sample["id"], answer["confidence"]);
        } else if wanted != "none" {
            values += 1;
            let wrong: Vec<_> = ["target", "group", "action", "sku", "newHire"]
                .into_iter()
                .filter(|field| gold[*field] != answer[*field])
                .map(|field| format!("{field}: {} found as {}", gold[field], answer[field]))
                .collect();
            valued += u32::from(wrong.is_empty());
            if !wrong.is_empty() {
                println!("{}: {}", sample["id"], wrong.join("; "));
            }
        }
    }
    println!(
        "{right} of {} intents, {fired} fired, {mistaken} mistaken, values of {valued} of {values}",
        samples.len()
    );
    assert_eq!((fired, mistaken), (0, 0));
    assert!(right >= 36, "{right}");
    assert_eq!(valued, values);
}
