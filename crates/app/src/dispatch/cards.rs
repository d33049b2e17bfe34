//! Cards: one message for each run, always drawn from the run as it is now.

use countersign_domain::{
    card::{Card, CardContext, classification},
    command::Command,
    effect::{ClaimedEffect, ThreadTopic},
    ports::PortErrorKind,
    run::Run,
};

use super::{Done, Lease, NotDone};
use crate::advance::App;

impl App {
    pub(super) async fn show_card(&self, effect: &ClaimedEffect, run: Run, lease: Lease<'_>) -> Result<Done, NotDone> {
        let Some((_, channel)) = self.parts.connections.channel(&run.org) else { return Ok(Done::Settled) };
        let Some(card) = self.card(&run).await? else { return Ok(Done::Settled) };
        if !(lease.holds)() {
            return Err(NotDone::LeaseLost);
        }
        let mut lost = false;
        if let Some(at) = &run.card {
            match channel.redraw(at, &card).await {
                Ok(()) => return Ok(Done::Settled),
                // Somebody deleted it: without a card nobody could decide, or hear how it ended.
                Err(error) if error.kind == PortErrorKind::Gone => lost = true,
                Err(error) => return Err(error.into()),
            }
        }
        let look = lost || self.may_stand_already(effect).await?;
        let found = if look { channel.find(&run.id).await? } else { None };
        let at = match found.filter(|at| run.card.as_ref() != Some(at)) {
            Some(at) => {
                channel.redraw(&at, &card).await?;
                at
            }
            None => channel.post(&card).await?,
        };
        metrics::counter!("countersign_cards_total").increment(1);
        self.follow(effect, run, Command::CardPosted { card: at }, lease).await
    }

    /// The card of a run as it is now; `None` where there is no plan to show or no policy to show it under.
    ///
    /// # Errors
    /// The store's.
    pub async fn card(&self, run: &Run) -> Result<Option<Card>, crate::AppError> {
        let org = self.org(&run.org)?;
        let policy = run.runbook.as_ref().and_then(|id| org.policies.get(id));
        let words = self.parts.queries.text(&run.org, &run.id).await?;
        let pause = self.pause_of(run).await?;
        let context = CardContext {
            zone: &org.zone,
            policy,
            words: words.as_ref(),
            shown: org.ticket_words,
            pause: pause.as_ref(),
        };
        Ok(Card::of(run, &context))
    }

    pub(super) async fn say_in_thread(
        &self,
        effect: &ClaimedEffect,
        run: &Run,
        topic: ThreadTopic,
        lease: Lease<'_>,
    ) -> Result<Done, NotDone> {
        let (Some((_, channel)), Some(at)) = (self.parts.connections.channel(&run.org), &run.card) else {
            return Ok(Done::Settled);
        };
        let name = match topic {
            ThreadTopic::Origin => "origin".to_owned(),
            ThreadTopic::NewPlan => format!("plan:{}", run.plan_version),
        };
        let lines = match topic {
            ThreadTopic::Origin => origin_lines(run),
            ThreadTopic::NewPlan => {
                vec![
                    "The plan was replaced: the card above shows the new one. Please look again and decide.".to_owned(),
                ]
            }
        };
        if (effect.attempt > 1 || effect.ambiguous) && channel.find_in_thread(at, &name).await? {
            return Ok(Done::Settled);
        }
        if !(lease.holds)() {
            return Err(NotDone::LeaseLost);
        }
        channel.say(at, &name, &lines).await?;
        Ok(Done::Settled)
    }
}

fn origin_lines(run: &Run) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some((desk, number)) = run.ticket_key() {
        let url = run.ticket.as_ref().map(|facts| facts.url.as_str()).unwrap_or_default();
        lines.push(format!("Ticket #{number} at {desk}: {url}"));
    }
    lines.push(format!("Classified as {}", classification(run)));
    lines.push(format!("Run: {}", run.id));
    lines
}
