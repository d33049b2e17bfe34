//! The channel's fake holds to the channel's contract.

use countersign_domain::{
    card::CardStatus,
    ports::{Channel, PortError},
    run::CardRef,
    time::At,
};
use countersign_testkit::{
    builders::{START, connection},
    channel::{ChannelCall, FakeChannel},
    channel_contract::{Cast, ChannelStage, ChannelWrite, Shown},
    contract::Lost,
};

struct Memory(FakeChannel);

const REFUSED: [ChannelCall; 10] = [
    ChannelCall::Post,
    ChannelCall::Find,
    ChannelCall::Redraw,
    ChannelCall::Say,
    ChannelCall::FindInThread,
    ChannelCall::Who,
    ChannelCall::Explain,
    ChannelCall::PostProbe,
    ChannelCall::EndProbe,
    ChannelCall::Check,
];

async fn memory() -> Memory {
    let channel = FakeChannel::new(connection("it-approvals"));
    channel.member("U1", "Dana Lead", Some("lead@acme.com"));
    channel.barred("UBOT", "Countersign", "a bot may not decide");
    channel.barred("UGUEST", "Gus Visitor", "a guest may not decide");
    channel.barred("USTRANGER", "Dana Lead", "you belong to another workspace");
    Memory(channel)
}

impl ChannelStage for Memory {
    fn channel(&self) -> &dyn Channel {
        &self.0
    }

    fn cast(&self) -> Cast {
        let [workspace, elsewhere, member, name, mail, bot, guest, stranger, unknown] =
            ["T1", "T2", "U1", "Dana Lead", "lead@acme.com", "UBOT", "UGUEST", "USTRANGER", "U0"].map(str::to_owned);
        Cast { workspace, elsewhere, member, name, mail, bot, guest, stranger, unknown }
    }

    fn now(&self) -> At {
        START
    }

    fn room(&self) -> Vec<Shown> {
        let cards = self.0.cards().into_iter().map(|card| {
            let (buttons, more) = match card.shown.status {
                CardStatus::Open { .. } => (2, Vec::new()),
                CardStatus::Blocked { .. } => (1, Vec::new()),
                CardStatus::Closed { lines } => (0, lines),
            };
            let words = format!("{} {}", card.shown.notification, more.join(" "));
            Shown { message: card.at.message, words, buttons, replies: card.thread.len() }
        });
        let probes = self.0.probes().into_iter().map(|probe| {
            let buttons = usize::from(probe.ended.is_none());
            Shown { message: probe.at.message, words: probe.ended.unwrap_or_default(), buttons, replies: 0 }
        });
        cards.chain(probes).collect()
    }

    fn told(&self) -> Vec<(String, String)> {
        self.0.explanations().into_iter().map(|told| (told.user, told.text)).collect()
    }

    fn delete(&self, at: &CardRef) {
        self.0.delete(at);
    }

    fn lose(&self, call: ChannelWrite, lost: Lost) {
        let call = match call {
            ChannelWrite::Post => ChannelCall::Post,
            ChannelWrite::Redraw => ChannelCall::Redraw,
            ChannelWrite::Say => ChannelCall::Say,
        };
        match lost {
            Lost::Answer => self.0.script.cut_after(call),
            Lost::Request => self.0.script.fail(call, PortError::ambiguous("The connection was cut.")),
        }
    }

    fn refuse(&self) {
        for call in REFUSED {
            self.0.script.fail(call, PortError::unauthorized("The credential is refused: make a new one."));
        }
    }

    fn writes(&self) -> u64 {
        let changing =
            [ChannelCall::Post, ChannelCall::Redraw, ChannelCall::Say, ChannelCall::Explain, ChannelCall::PostProbe];
        changing.into_iter().map(|call| u64::from(self.0.script.calls(call))).sum()
    }
}

countersign_testkit::channel_contract!(memory);
