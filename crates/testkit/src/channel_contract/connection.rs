//! The connection: probes, checks and a credential that is refused.

use countersign_domain::ports::{Explanation, PortErrorKind};

use super::{ChannelStage, closed, lines, open, run, shown};
use crate::contract::{is_refused, is_well, kind, unauthorized};

/// A probe's card is pressed once and then says how it went.
pub async fn a_probe_is_no_card_and_loses_its_button(stage: &impl ChannelStage) {
    let channel = stage.channel();
    let at = channel.post_probe("probe_01k0").await.expect("posts");
    assert_eq!(shown(stage, &at).buttons, 1);
    assert_eq!(channel.find(&run(1)).await, Ok(None));
    let card = channel.post(&open(run(1))).await.expect("posts");
    channel.end_probe(&at, "The click came back.").await.expect("ends");
    let ended = shown(stage, &at);
    assert!(ended.buttons == 0 && ended.words.contains("The click came back."), "{ended:?}");
    assert_eq!(channel.find(&run(1)).await, Ok(Some(card)));
}

/// As a card is.
pub async fn a_deleted_probe_is_gone(stage: &impl ChannelStage) {
    let at = stage.channel().post_probe("probe_01k0").await.expect("posts");
    stage.delete(&at);
    assert_eq!(kind(stage.channel().end_probe(&at, "Nobody pressed it.").await), Some(PortErrorKind::Gone));
}

/// A check reads; whatever is wrong with the connection, it answers.
pub async fn a_check_says_who_we_are_and_writes_nothing(stage: &impl ChannelStage) {
    is_well(&stage.channel().check(stage.now()).await);
    assert_eq!((stage.writes(), stage.room(), stage.told()), (0, Vec::new(), Vec::new()));
}

/// An administrator must act, whatever was tried.
pub async fn a_refused_credential_is_unauthorized_everywhere(stage: &impl ChannelStage) {
    let (channel, cast) = (stage.channel(), stage.cast());
    let at = channel.post(&open(run(1))).await.expect("posts");
    let probe = channel.post_probe("probe_01k0").await.expect("posts");
    stage.refuse();
    unauthorized("post", channel.post(&open(run(2))).await);
    unauthorized("find", channel.find(&run(1)).await);
    unauthorized("redraw", channel.redraw(&at, &closed(run(1))).await);
    unauthorized("say", channel.say(&at, "origin", &lines("Run: 1")).await);
    unauthorized("find_in_thread", channel.find_in_thread(&at, "origin").await);
    unauthorized("who", channel.who(&cast.workspace, &cast.member).await);
    let explanation = Explanation { room: at.room.clone(), user: cast.member, text: "No.".to_owned() };
    unauthorized("explain", channel.explain(&explanation).await);
    unauthorized("post_probe", channel.post_probe("probe_01k1").await);
    unauthorized("end_probe", channel.end_probe(&probe, "It works.").await);
    is_refused(&channel.check(stage.now()).await);
    assert_eq!(stage.room().len(), 2);
}
