//! A channel in memory.

use async_trait::async_trait;
use countersign_domain::{
    card::Card,
    digest::Digest,
    ids::{ConnectionName, RunId},
    ports::{Channel, ChannelUser, Explanation, Finding, PortError},
    run::CardRef,
    time::At,
};
use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use crate::{
    builders::mail,
    locked,
    script::{Script, answer, found},
};

/// What a channel can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChannelCall {
    /// [`Channel::post`].
    Post,
    /// [`Channel::find`].
    Find,
    /// [`Channel::redraw`].
    Redraw,
    /// [`Channel::say`].
    Say,
    /// [`Channel::find_in_thread`].
    FindInThread,
    /// [`Channel::who`].
    Who,
    /// [`Channel::explain`].
    Explain,
    /// [`Channel::ask_reason`].
    AskReason,
    /// [`Channel::post_probe`].
    PostProbe,
    /// [`Channel::end_probe`].
    EndProbe,
    /// [`Channel::check`].
    Check,
}

/// A card in the room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FakeCard {
    /// Where it stands.
    pub at: CardRef,
    /// The run in its metadata.
    pub run: RunId,
    /// What it shows now.
    pub shown: Card,
    /// How often it was redrawn.
    pub redraws: u32,
    /// Its thread: topic and lines.
    pub thread: Vec<(String, Vec<String>)>,
}

/// A probe's card in the room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FakeProbe {
    /// Where it stands.
    pub at: CardRef,
    /// What its button carries.
    pub carries: String,
    /// What it says since its button was taken away.
    pub ended: Option<String>,
}

/// A channel in memory.
pub struct FakeChannel {
    /// Counts calls and makes them fail.
    pub script: Script<ChannelCall>,
    name: ConnectionName,
    workspace: String,
    users: Mutex<BTreeMap<String, ChannelUser>>,
    cards: Mutex<Vec<FakeCard>>,
    posted: AtomicU32,
    explanations: Mutex<Vec<Explanation>>,
    probes: Mutex<Vec<FakeProbe>>,
    findings: Mutex<Vec<Finding>>,
}

impl FakeChannel {
    /// An empty room of the workspace `T1`.
    pub fn new(name: ConnectionName) -> Self {
        Self {
            script: Script::default(),
            name,
            workspace: "T1".to_owned(),
            users: Mutex::default(),
            cards: Mutex::default(),
            posted: AtomicU32::default(),
            explanations: Mutex::default(),
            probes: Mutex::default(),
            findings: Mutex::default(),
        }
    }

    /// A member with an address that the workspace vouches for.
    pub fn member(&self, id: &str, name: &str, address: Option<&str>) {
        let user = ChannelUser { name: name.to_owned(), mail: address.map(mail), barred: None };
        locked(&self.users).insert(id.to_owned(), user);
    }

    /// Somebody who can never decide.
    pub fn barred(&self, id: &str, name: &str, why: &str) {
        let user = ChannelUser { name: name.to_owned(), mail: None, barred: Some(why.to_owned()) };
        locked(&self.users).insert(id.to_owned(), user);
    }

    /// Every card.
    pub fn cards(&self) -> Vec<FakeCard> {
        locked(&self.cards).clone()
    }

    /// Deletes a card or a probe's card, as somebody in the room can.
    pub fn delete(&self, at: &CardRef) {
        locked(&self.cards).retain(|card| card.at != *at);
        locked(&self.probes).retain(|probe| probe.at != *at);
    }

    /// Everything told to one person alone.
    pub fn explanations(&self) -> Vec<Explanation> {
        locked(&self.explanations).clone()
    }

    /// Every probe's card.
    pub fn probes(&self) -> Vec<FakeProbe> {
        locked(&self.probes).clone()
    }

    /// Makes the next checks find this after who we are there.
    pub fn finds(&self, findings: Vec<Finding>) {
        *locked(&self.findings) = findings;
    }

    fn next_place(&self) -> CardRef {
        let message = format!("{}.0001", self.posted.fetch_add(1, Ordering::Relaxed) + 1);
        CardRef { channel: self.name.clone(), room: "C1".to_owned(), message }
    }

    fn on_card<T>(&self, at: &CardRef, act: impl FnOnce(&mut FakeCard) -> T) -> Result<T, PortError> {
        let mut cards = locked(&self.cards);
        let card = cards.iter_mut().find(|card| card.at == *at);
        card.map(act).ok_or_else(|| no_message(at))
    }
}

fn no_message(at: &CardRef) -> PortError {
    PortError::gone(format!("The room has no message {}.", at.message))
}

#[async_trait]
impl Channel for FakeChannel {
    async fn post(&self, card: &Card) -> Result<CardRef, PortError> {
        let lost = self.script.enter(ChannelCall::Post)?;
        let mut cards = locked(&self.cards);
        let at = self.next_place();
        let shown = card.clone();
        cards.push(FakeCard { at: at.clone(), run: card.run, shown, redraws: 0, thread: Vec::new() });
        answer(at, lost)
    }

    async fn find(&self, run: &RunId) -> Result<Option<CardRef>, PortError> {
        let lost = self.script.enter(ChannelCall::Find)?;
        let found = locked(&self.cards).iter().find(|card| card.run == *run).map(|card| card.at.clone());
        answer(found, lost)
    }

    async fn redraw(&self, at: &CardRef, card: &Card) -> Result<(), PortError> {
        let lost = self.script.enter(ChannelCall::Redraw)?;
        self.on_card(at, |known| {
            known.shown = card.clone();
            known.redraws += 1;
        })?;
        answer((), lost)
    }

    async fn say(&self, at: &CardRef, topic: &str, lines: &[String]) -> Result<(), PortError> {
        let lost = self.script.enter(ChannelCall::Say)?;
        self.on_card(at, |known| known.thread.push((topic.to_owned(), lines.to_vec())))?;
        answer((), lost)
    }

    async fn find_in_thread(&self, at: &CardRef, topic: &str) -> Result<bool, PortError> {
        let lost = self.script.enter(ChannelCall::FindInThread)?;
        let found = self.on_card(at, |known| known.thread.iter().any(|(said, _)| said == topic))?;
        answer(found, lost)
    }

    async fn who(&self, workspace: &str, user: &str) -> Result<ChannelUser, PortError> {
        let lost = self.script.enter(ChannelCall::Who)?;
        if !workspace.is_empty() && workspace != self.workspace {
            let barred = Some("you belong to another workspace".to_owned());
            return answer(ChannelUser { name: user.to_owned(), mail: None, barred }, lost);
        }
        let unknown = || {
            let barred = Some("this workspace does not know you".to_owned());
            ChannelUser { name: user.to_owned(), mail: None, barred }
        };
        answer(locked(&self.users).get(user).cloned().unwrap_or_else(unknown), lost)
    }

    async fn explain(&self, explanation: &Explanation) -> Result<(), PortError> {
        let lost = self.script.enter(ChannelCall::Explain)?;
        locked(&self.explanations).push(explanation.clone());
        answer((), lost)
    }

    async fn ask_reason(
        &self,
        _trigger: &str,
        _run: &RunId,
        _plan_version: u32,
        _plan_digest: Option<Digest>,
    ) -> Result<(), PortError> {
        let lost = self.script.enter(ChannelCall::AskReason)?;
        answer((), lost)
    }

    async fn post_probe(&self, probe: &str) -> Result<CardRef, PortError> {
        let lost = self.script.enter(ChannelCall::PostProbe)?;
        let at = self.next_place();
        locked(&self.probes).push(FakeProbe { at: at.clone(), carries: probe.to_owned(), ended: None });
        answer(at, lost)
    }

    async fn end_probe(&self, at: &CardRef, says: &str) -> Result<(), PortError> {
        let lost = self.script.enter(ChannelCall::EndProbe)?;
        let mut probes = locked(&self.probes);
        let probe = probes.iter_mut().find(|probe| probe.at == *at).ok_or_else(|| no_message(at))?;
        probe.ended = Some(says.to_owned());
        answer((), lost)
    }

    async fn check(&self, _now: At) -> Vec<Finding> {
        found(&self.script, ChannelCall::Check, "a room in memory".to_owned(), &self.findings)
    }
}
