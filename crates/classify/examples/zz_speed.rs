//! Temporary.
#![expect(clippy::disallowed_methods, reason = "temporary")]
use countersign_classify::{Embedded, corpus::shipped};
use countersign_domain::{classification::TicketWords, ports::Classifier as _};
use std::time::Instant;
fn main() {
    let n: usize = std::env::args().nth(1).and_then(|a| a.parse().ok()).unwrap_or(3);
    let step: usize = std::env::args().nth(2).and_then(|a| a.parse().ok()).unwrap_or(1);
    let e = Embedded::new();
    let all = shipped();
    let mut tickets: Vec<(String, String, Option<String>)> = Vec::new();
    let mut it = all.iter().filter(|t| !t.description.contains('\n')).collect::<Vec<_>>();
    it.sort_by_key(|t| t.lang.clone());
    let mut cur: Option<(String, String, Option<String>)> = None;
    for t in it {
        let c = cur.get_or_insert_with(|| (t.subject.clone(), String::new(), t.requester.clone()));
        if !c.1.is_empty() {
            c.1.push('\n');
        }
        c.1.push_str(&t.description);
        if c.0.len() + c.1.len() >= 1024 {
            let cut = c.1.floor_char_boundary(1024 - c.0.len());
            c.1.truncate(cut);
            tickets.extend(cur.take());
        }
    }
    let tickets: Vec<_> = tickets.into_iter().step_by(step).collect();
    let said: usize = tickets
        .iter()
        .map(|(s, d, _)| {
            let w = e.said(TicketWords { subject: s, description: d, requester: None });
            w.subject.len() + w.body.len()
        })
        .sum();
    println!("said {} of each", said / tickets.len().max(1));
    println!("{} tickets", tickets.len());
    let mut sum = 0u64;
    for _ in 0..n {
        let mut times = Vec::new();
        for (s, d, r) in &tickets {
            let w = TicketWords { subject: s, description: d, requester: r.as_deref() };
            let b = Instant::now();
            let c = e.classify(w);
            times.push(b.elapsed().as_nanos() as u64);
            sum = sum.wrapping_mul(31).wrapping_add(
                format!("{c:?}").bytes().fold(0, |a: u64, b| a.wrapping_mul(131).wrapping_add(u64::from(b))),
            );
        }
        times.sort_unstable();
        println!("p50 {} p99 {} min {}", times[times.len() / 2], times[times.len() * 99 / 100], times[0]);
    }
    println!("{sum}");
}
