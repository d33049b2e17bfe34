//! The shipped tickets as the heads of an administrator's intents see them, read once for all of them.

use super::{
    Seen, asked,
    matter::{self, Common},
};
use crate::{corpus, features::Features, features::Sparse, heads::Wish, text::Reading, training::fold};

/// A shipped ticket.
pub(crate) struct Ticket {
    pub(super) seen: Seen,
    pub(super) asks_for_built_in: bool,
    /// What is learnt from it about asking.
    pub(super) asked: Option<Wish>,
    /// Families are held out together.
    pub(super) fold: usize,
    /// All its features.
    pub(super) sparse: Sparse,
}

/// Some of the shipped tickets.
pub(super) type Background<'g> = Vec<&'g Ticket>;

/// All shipped tickets, and which words are common.
pub(crate) struct Ground {
    pub(super) tickets: Vec<Ticket>,
    pub(super) labels: Vec<corpus::Labelled>,
    pub(crate) common: Common,
}

impl Ground {
    pub(crate) fn new() -> Self {
        let labels = corpus::shipped();
        let readings: Vec<Reading> =
            labels.iter().map(|ticket| Reading::new(&ticket.subject, &ticket.description)).collect();
        let common = Common::of(labels.iter().map(|ticket| ticket.lang.as_str()).zip(&readings));
        let tickets = labels.iter().zip(&readings).map(|(ticket, reading)| {
            let sparse = Features::of(reading).sparse;
            Ticket {
                seen: Seen { matter: matter::features(reading, &common), manner: asked::features(&sparse) },
                asks_for_built_in: ticket.intent().is_some(),
                asked: asked::wish(ticket),
                fold: fold(ticket),
                sparse,
            }
        });
        let tickets = tickets.collect();
        Self { tickets, labels, common }
    }

    /// Those of the tickets that are not left out, by their places.
    pub(super) fn chosen(&self, counts: &dyn Fn(usize) -> bool) -> Background<'_> {
        self.tickets.iter().enumerate().filter(|(at, _)| counts(*at)).map(|(_, ticket)| ticket).collect()
    }
}
