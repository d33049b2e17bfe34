//! A card as Block Kit.
//!
//! Made for a phone: what happened to it or why it cannot be done, then target, change and requester, then the rest.
//! Everything that a ticket, a directory or a person wrote is plain text.

use countersign_domain::{
    card::{Card, CardStatus, CardStep, CardTarget},
    person::PersonRef,
};

use crate::{
    blocks::{
        BUTTON_TEXT, Block, Button, CONFIRM_TEXT, CONFIRM_TITLE, Confirm, Cut, FIELD_TEXT, Markup, PlainText, Style,
        Text, clean, one_line, units,
    },
    marks,
};

/// Most UTF-16 units of all steps together, so that the message as a whole stays well below what Slack takes.
const STEPS_TEXT: usize = 8000;
/// Most blocks for steps: the others need at most 14 of the 50.
const STEP_BLOCKS: usize = 36;
/// Most UTF-16 units of one step.
const STEP_TEXT: usize = 2000;
/// Most UTF-16 units of the ticket's own words.
const QUOTE_TEXT: usize = 1200;
/// Most lines of the ticket's own words.
const QUOTE_LINES: usize = 20;
/// Most UTF-16 units of reasons, remarks and closing lines, each.
const LIST_TEXT: usize = 1500;
/// Most UTF-16 units of one property of the target.
const TARGET_TEXT: usize = 400;

/// The blocks of a card.
pub fn card_blocks(card: &Card) -> Vec<Block> {
    let (mut cut, mut lost) = (Cut::default(), Cut::default());
    let mut changes = vec![target(card, &mut lost)];
    changes.extend(steps(&card.steps, &mut lost));
    let whole = !lost.0;

    let mut blocks = vec![Block::header(&headline(card), &mut cut)];
    blocks.extend(standing(&card.status, &mut cut));
    blocks.extend(changes);
    blocks.push(details(card, &mut cut));
    blocks.push(Block::small_print(
        &format!(
            "{} · plan version {} · digest {} · {}",
            one_line(&card.runbook),
            card.plan_version,
            one_line(&card.digest),
            card.run
        ),
        &mut cut,
    ));
    if let Some(words) = &card.quoted {
        blocks.push(Block::Context { elements: vec![PlainText::own("The ticket's own words, not checked:").into()] });
        blocks.push(Block::plain(&quote(words), &mut cut));
    }
    if !card.remarks.is_empty() {
        blocks.push(Block::marked(Markup::default().bold("Worth knowing")));
        blocks.push(Block::plain(&listed(card.remarks.iter().map(|remark| one_line(remark)), &mut cut), &mut cut));
    }
    blocks.extend(buttons(card, whole));
    blocks
}

/// What a notification reads.
pub(super) fn notification(card: &Card) -> String {
    crate::blocks::escape(&Cut::default().within(&one_line(&card.notification), 300))
}

fn headline(card: &Card) -> String {
    let target = card.target.as_ref().map_or("nobody found", |target| target.name.as_str());
    format!("{} · {}", one_line(&card.title), one_line(target))
}

/// What is to be known first: how it ended, or why it cannot be done.
fn standing(status: &CardStatus, cut: &mut Cut) -> Vec<Block> {
    match status {
        CardStatus::Open { .. } => Vec::new(),
        CardStatus::Blocked { reasons } => {
            let lines = reasons.iter().map(|(why, mend)| format!("{} {}", one_line(why), one_line(mend)));
            let text = if reasons.is_empty() { "The plan cannot be approved.".to_owned() } else { listed(lines, cut) };
            vec![Block::marked(Markup::default().bold("This cannot be done as asked")), Block::plain(&text, cut)]
        }
        CardStatus::Closed { lines } => {
            let text = lines.iter().map(|line| one_line(line)).collect::<Vec<_>>().join("\n");
            vec![Block::plain(&cut.within(&text, LIST_TEXT), cut)]
        }
    }
}

fn target(card: &Card, lost: &mut Cut) -> Block {
    let text = match &card.target {
        None => "nobody found".to_owned(),
        Some(CardTarget { name, mail, id, state }) => {
            let mut shown = |text: &str| lost.within(&one_line(text), TARGET_TEXT);
            format!("{}\n{}\nid {}\nstate {}", shown(name), shown(mail), shown(id), shown(state))
        }
    };
    Block::table(vec![
        ("Target", PlainText::new(&text, FIELD_TEXT, lost).into()),
        ("Risk", PlainText::new(&card.risk.to_string(), FIELD_TEXT, lost).into()),
    ])
}

/// Each step in a block of its own. What does not fit is counted, never passed over.
fn steps(steps: &[CardStep], lost: &mut Cut) -> Vec<Block> {
    if steps.is_empty() {
        return vec![Block::plain("The plan has no step: nothing would be changed.", lost)];
    }
    let mut blocks = Vec::new();
    let mut room = STEPS_TEXT;
    for (place, step) in steps.iter().enumerate() {
        let text = lost.within(&step_text(place + 1, step), STEP_TEXT);
        if units(&text) > room || blocks.len() + 1 >= STEP_BLOCKS {
            lost.0 = true;
            let left = steps.len() - place;
            blocks.push(Block::plain(&format!("… and {left} more, which do not fit here."), lost));
            return blocks;
        }
        room -= units(&text);
        blocks.push(Block::plain(&text, lost));
    }
    blocks
}

fn step_text(place: usize, step: &CardStep) -> String {
    let mut text = format!(
        "{place}. {}\nbefore: {}\nafter: {}",
        one_line(&step.title),
        one_line(&step.before),
        one_line(&step.after)
    );
    if let Some((result, says)) = &step.outcome {
        text.push_str(&format!("\n→ {}: {}", result.replace('_', " "), one_line(says)));
    }
    text
}

fn details(card: &Card, cut: &mut Cut) -> Block {
    let mut field = |text: &str| Text::from(PlainText::new(text, FIELD_TEXT, cut));
    let asked = match &card.came_in {
        Some(how) => format!("{}\n{}", one_line(&card.requester), one_line(how)),
        None => one_line(&card.requester),
    };
    let mut rows = vec![("Asked by", field(&asked))];
    if let Some((number, url)) = &card.ticket {
        rows.push(("Ticket", Markup::default().link(url, number).within(FIELD_TEXT).into()));
    }
    rows.push(("Classified as", field(&one_line(&card.classification))));
    if !matches!(card.status, CardStatus::Closed { .. }) {
        rows.push(("May decide", deciders(&card.deciders)));
        rows.push(("Until", field(&one_line(&card.until))));
    }
    Block::table(rows)
}

fn deciders(deciders: &[String]) -> Text {
    let mut text = Markup::default();
    for (place, decider) in deciders.iter().enumerate() {
        if place > 0 {
            text = text.words(",").space();
        }
        text = match decider.parse() {
            Ok(PersonRef::Slack(user)) => text.mention(&user),
            Ok(PersonRef::Mail(mail)) => text.words(mail.as_str()).space().words("(through the API)"),
            Err(_) => text.words(decider),
        };
    }
    if deciders.is_empty() {
        text = text.words("nobody: the policy names no approver");
    }
    text.within(FIELD_TEXT).into()
}

/// The ticket's words, each line behind a `>`.
fn quote(words: &str) -> String {
    let words = clean(words);
    let mut lines: Vec<&str> = words.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    if lines.len() > QUOTE_LINES {
        lines.truncate(QUOTE_LINES);
        lines.push("…");
    }
    let text = Cut::default().within(&lines.join("\n"), QUOTE_TEXT);
    text.lines().map(|line| format!("> {line}")).collect::<Vec<_>>().join("\n")
}

fn listed(lines: impl Iterator<Item = String>, cut: &mut Cut) -> String {
    let text = lines.map(|line| format!("• {line}")).collect::<Vec<_>>().join("\n");
    cut.within(&text, LIST_TEXT)
}

fn buttons(card: &Card, whole: bool) -> Vec<Block> {
    let elements = match (&card.status, whole) {
        (CardStatus::Closed { .. }, _) => return Vec::new(),
        (CardStatus::Open { confirm }, true) => vec![approve(card, confirm), deny(card, "Deny")],
        (CardStatus::Open { .. }, false) => {
            let why = "This plan is too large to be shown whole here, so it cannot be approved here. \
                       Ask for it in smaller parts, or read it and decide through the API.";
            return vec![Block::plain(why, &mut Cut::default()), actions(card, vec![deny(card, "Deny")])];
        }
        (CardStatus::Blocked { .. }, _) => vec![deny(card, "Dismiss")],
    };
    vec![actions(card, elements)]
}

fn actions(card: &Card, elements: Vec<Button>) -> Block {
    Block::Actions { block_id: format!("countersign:{}", card.run), elements }
}

fn approve(card: &Card, confirm: &str) -> Button {
    let mut cut = Cut::default();
    Button {
        action_id: marks::APPROVE.to_owned(),
        text: PlainText::own("Approve"),
        value: marks::button_value(&card.run, card.plan_version, &card.plan_digest),
        style: Some(Style::Primary),
        confirm: Some(Confirm {
            title: PlainText::new(&format!("Approve: {}?", headline(card)), CONFIRM_TITLE, &mut cut),
            text: PlainText::new(&one_line(confirm), CONFIRM_TEXT, &mut cut),
            confirm: PlainText::own("Approve"),
            deny: PlainText::own("Go back"),
            style: Style::Primary,
        }),
        accessibility_label: Some(cut.within(&format!("Approve {}", headline(card)), BUTTON_TEXT)),
    }
}

fn deny(card: &Card, label: &'static str) -> Button {
    Button {
        action_id: marks::DENY.to_owned(),
        text: PlainText::own(label),
        value: marks::button_value(&card.run, card.plan_version, &card.plan_digest),
        style: None,
        confirm: None,
        accessibility_label: Some(Cut::default().within(&format!("{label} {}", headline(card)), BUTTON_TEXT)),
    }
}

#[cfg(test)]
mod tests;
