//! Cards: posted once, found by their run, drawn again.

use countersign_domain::ports::PortErrorKind;

use super::{ChannelStage, ChannelWrite, closed, lines, open, run, shown};
use crate::contract::{Lost, kind};

/// A card carries its run's id; another run's is not taken for it.
pub async fn a_card_is_found_by_its_run_and_by_no_other(stage: &impl ChannelStage) {
    let channel = stage.channel();
    assert_eq!(channel.find(&run(1)).await, Ok(None));
    let first = channel.post(&open(run(1))).await.expect("posts");
    assert_eq!(channel.find(&run(1)).await, Ok(Some(first.clone())));
    assert_eq!(channel.find(&run(2)).await, Ok(None));
    let second = channel.post(&open(run(2))).await.expect("posts");
    assert_ne!(first, second);
    assert_eq!(channel.find(&run(1)).await, Ok(Some(first)));
    assert_eq!(channel.find(&run(2)).await, Ok(Some(second)));
}

/// Everybody in the room sees it.
pub async fn a_card_shows_what_it_is_and_has_buttons_while_it_is_open(stage: &impl ChannelStage) {
    let at = stage.channel().post(&open(run(1))).await.expect("posts");
    let card = shown(stage, &at);
    assert!(card.words.contains("MFA Reset") && card.words.contains("Sarah Chen"), "{card:?}");
    assert!(card.buttons >= 2, "Approve and Deny: {card:?}");
    assert_eq!(stage.room().len(), 1);
}

/// Nobody is told that it took, so it is looked for, and there is one.
pub async fn a_post_without_an_answer_is_ambiguous_and_found_once(stage: &impl ChannelStage) {
    stage.lose(ChannelWrite::Post, Lost::Answer);
    assert_eq!(kind(stage.channel().post(&open(run(1))).await), Some(PortErrorKind::Ambiguous));
    let found = stage.channel().find(&run(1)).await.expect("finds").expect("the card");
    assert_eq!(stage.room().len(), 1);
    shown(stage, &found);
}

/// It is looked for in vain, and may be posted again.
pub async fn a_post_that_never_arrived_is_ambiguous_and_not_found(stage: &impl ChannelStage) {
    stage.lose(ChannelWrite::Post, Lost::Request);
    assert_eq!(kind(stage.channel().post(&open(run(1))).await), Some(PortErrorKind::Ambiguous));
    assert_eq!(stage.channel().find(&run(1)).await, Ok(None));
    assert_eq!(stage.room(), []);
}

/// The card shows what it was drawn with last, however often.
pub async fn drawing_twice_is_drawing_once(stage: &impl ChannelStage) {
    let at = stage.channel().post(&open(run(1))).await.expect("posts");
    stage.channel().redraw(&at, &closed(run(1))).await.expect("redraws");
    let once = shown(stage, &at);
    stage.channel().redraw(&at, &closed(run(1))).await.expect("redraws");
    assert_eq!(stage.room(), [once]);
}

/// Whatever became of it, drawing the card again puts it right.
pub async fn a_redraw_without_an_answer_may_be_repeated(stage: &impl ChannelStage) {
    for lost in [Lost::Answer, Lost::Request] {
        let at = stage.channel().post(&open(run(1))).await.expect("posts");
        stage.lose(ChannelWrite::Redraw, lost);
        let error = stage.channel().redraw(&at, &closed(run(1))).await.expect_err("it is not known");
        assert!(error.retryable(), "{lost:?}: {error}");
        stage.channel().redraw(&at, &closed(run(1))).await.expect("redraws");
        assert_eq!(shown(stage, &at).buttons, 0);
    }
}

/// What was decided cannot be decided again.
pub async fn a_closed_card_has_no_buttons_and_is_still_found(stage: &impl ChannelStage) {
    let at = stage.channel().post(&open(run(1))).await.expect("posts");
    stage.channel().redraw(&at, &closed(run(1))).await.expect("redraws");
    let card = shown(stage, &at);
    assert!(card.buttons == 0 && card.words.contains("Denied by Dana Lead"), "{card:?}");
    assert_eq!(stage.channel().find(&run(1)).await, Ok(Some(at)));
}

/// What somebody deleted cannot be drawn or spoken to, and is told from a failure.
pub async fn a_deleted_card_is_gone(stage: &impl ChannelStage) {
    let channel = stage.channel();
    let at = channel.post(&open(run(1))).await.expect("posts");
    channel.say(&at, "origin", &lines("Run: 1")).await.expect("says");
    stage.delete(&at);
    assert_eq!(channel.find(&run(1)).await, Ok(None));
    assert_eq!(kind(channel.redraw(&at, &closed(run(1))).await), Some(PortErrorKind::Gone));
    assert_eq!(kind(channel.say(&at, "plan:2", &lines("The plan was replaced.")).await), Some(PortErrorKind::Gone));
    assert_eq!(kind(channel.find_in_thread(&at, "origin").await), Some(PortErrorKind::Gone));
}
