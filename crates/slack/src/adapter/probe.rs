//! The harmless card that proves the way there and back.

use crate::{
    blocks::{Block, Button, Cut, PlainText},
    marks,
};

/// What the card asks.
pub(super) const ASKS: &str = "Countersign is checking this channel. Press the button to prove that clicks come back; \
                               nothing else happens.";

/// The blocks of a probe's card.
pub(super) fn blocks(probe: &str) -> [Block; 2] {
    let button = Button {
        action_id: marks::PROBE.to_owned(),
        text: PlainText::own("It works"),
        value: probe.to_owned(),
        style: None,
        confirm: None,
        accessibility_label: Some("Prove that clicks come back".to_owned()),
    };
    let ask = Block::plain(ASKS, &mut Cut::default());
    [ask, Block::Actions { block_id: "countersign:probe".to_owned(), elements: vec![button] }]
}
