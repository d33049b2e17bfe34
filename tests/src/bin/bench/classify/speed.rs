//! The time the classifier takes for a ticket of 1,024 bytes, reading to values, beside the time to split the same text
//! into words and hash them.

use anyhow::ensure;
use countersign_classify::{
    Embedded,
    corpus::{Labelled, shipped},
};
use countersign_domain::{classification::TicketWords, ports::Classifier as _};
use std::hint::black_box;

use crate::{
    machine::{now, number},
    report::{Figure, Floor, Report},
};

/// Microseconds for half of the tickets.
const FLOOR: f64 = 40.0;
/// Bytes of a ticket, subject and description together.
const BYTES: usize = 1_024;
/// How often each ticket is classified in a run.
const ROUNDS: usize = 5;
const SPLIT: &str = "splitting and hashing 1 KB, p50";

/// A ticket of [`BYTES`].
struct Ticket {
    subject: String,
    description: String,
    requester: Option<String>,
}

impl Ticket {
    fn words(&self) -> TicketWords<'_> {
        TicketWords { subject: &self.subject, description: &self.description, requester: self.requester.as_deref() }
    }
}

/// Measures it.
pub(crate) fn measure(runs: u32, report: &mut Report) -> anyhow::Result<()> {
    let embedded = Embedded::new();
    let made = tickets();
    let all = made.len();
    // A signature or a quoted mail in the middle would hide the rest, which then costs less than it should.
    let tickets: Vec<Ticket> = made.into_iter().filter(|ticket| read(&embedded, ticket) * 10 >= BYTES * 9).collect();
    ensure!(tickets.len() >= 100, "too few tickets: {}", tickets.len());
    // Only where an intent is answered are there values to be found.
    let answered = |ticket: &&Ticket| embedded.classify(ticket.words()).intent.is_some();
    let (with, without): (Vec<&Ticket>, Vec<&Ticket>) = tickets.iter().partition(answered);
    let all_tickets: Vec<&Ticket> = with.iter().chain(&without).copied().collect();
    let (mut half, mut most, mut split, mut valued) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let classify = |ticket: &Ticket| drop(black_box(embedded.classify(black_box(ticket.words()))));
    let hashed = |ticket: &Ticket| drop(black_box((hash(&ticket.subject), hash(&ticket.description))));
    // Caches and tables are warm when the program runs.
    times(&all_tickets, classify);
    for _ in 0..runs {
        let sorted = times(&all_tickets, classify);
        half.push(sorted[sorted.len() / 2]);
        most.push(sorted[sorted.len() * 99 / 100]);
        let sorted = times(&all_tickets, hashed);
        split.push(sorted[sorted.len() / 2]);
        let sorted = times(&with, classify);
        valued.extend(sorted.get(sorted.len() / 2));
    }
    report.add(Figure::new(SPLIT, "µs", split));
    report.add(Figure::new("a ticket of 1 KB, p50", "µs", half).with_floor(Floor::AtMost(FLOOR)).beside(&[SPLIT]));
    report.add(Figure::new("a ticket of 1 KB, p99", "µs", most));
    report.add(Figure::new("one with an intent and its values, p50", "µs", valued).beside(&[SPLIT]));
    report.remark(format!(
        "tickets of {BYTES} bytes: {} of {all} made of the shipped ones, by one thread, {ROUNDS} times each in a run; an \
         intent is answered for {} of them",
        tickets.len(),
        with.len(),
    ));
    Ok(())
}

/// Tickets of the corpus, each filled up with others of its language that ask for the same, or for nothing as well.
fn tickets() -> Vec<Ticket> {
    let shipped = shipped();
    // In one line each: what follows a signature is not read.
    let whole: Vec<&Labelled> = shipped.iter().filter(|ticket| !ticket.description.contains('\n')).collect();
    let mut filling = whole.iter().cycle();
    whole
        .iter()
        .step_by(5)
        .map(|ticket| {
            let mut description = ticket.description.clone();
            let wanted = BYTES.saturating_sub(ticket.subject.len());
            while description.len() < wanted {
                let alike = |more: &&&Labelled| more.lang == ticket.lang && more.intent() == ticket.intent();
                let Some(more) = filling.find(alike) else { break };
                description.push('\n');
                description.push_str(&more.description);
            }
            description.truncate(description.floor_char_boundary(wanted));
            Ticket { subject: ticket.subject.clone(), description, requester: ticket.requester.clone() }
        })
        .collect()
}

/// Bytes of a ticket that are read as its writer's words.
fn read(embedded: &Embedded, ticket: &Ticket) -> usize {
    let said = embedded.said(ticket.words());
    said.subject.len() + said.body.len()
}

/// Microseconds for each ticket, each time, sorted.
fn times(tickets: &[&Ticket], act: impl Fn(&Ticket)) -> Vec<f64> {
    let mut times: Vec<f64> = (0..ROUNDS)
        .flat_map(|_| tickets.iter().copied())
        .map(|ticket| {
            let begun = now();
            act(ticket);
            let nanoseconds = now().duration_since(begun).as_nanos();
            number(usize::try_from(nanoseconds).unwrap_or(usize::MAX)) / 1_000.0
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times
}

/// The least that any reading of words does: every character looked at, every word hashed (FNV-1a).
fn hash(text: &str) -> Vec<u64> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words
        .map(|word| {
            let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            word.bytes().fold(0xcbf2_9ce4_8422_2325, step)
        })
        .collect()
}
