//! Threads: what is said below a card, found by its topic.

use countersign_domain::ports::PortErrorKind;

use super::{ChannelStage, ChannelWrite, lines, open, run, shown};
use crate::contract::{Lost, kind};

/// Neither a part of the topic nor a longer one is found.
pub async fn an_utterance_is_found_by_its_exact_topic(stage: &impl ChannelStage) {
    let channel = stage.channel();
    let at = channel.post(&open(run(1))).await.expect("posts");
    assert_eq!(channel.find_in_thread(&at, "plan:2").await, Ok(false));
    channel.say(&at, "plan:2", &lines("The plan was replaced.")).await.expect("says");
    assert_eq!(channel.find_in_thread(&at, "plan:2").await, Ok(true));
    for other in ["plan:20", "plan:", "plan", "PLAN:2", "The plan was replaced.", ""] {
        assert_eq!(channel.find_in_thread(&at, other).await, Ok(false), "{other:?}");
    }
    assert_eq!(shown(stage, &at).replies, 1);
}

/// What is said about one run is not said about another.
pub async fn threads_are_apart(stage: &impl ChannelStage) {
    let channel = stage.channel();
    let first = channel.post(&open(run(1))).await.expect("posts");
    let second = channel.post(&open(run(2))).await.expect("posts");
    channel.say(&first, "origin", &lines("Run: 1")).await.expect("says");
    assert_eq!(channel.find_in_thread(&first, "origin").await, Ok(true));
    assert_eq!(channel.find_in_thread(&second, "origin").await, Ok(false));
    assert_eq!((shown(stage, &first).replies, shown(stage, &second).replies), (1, 0));
}

/// Whether it was said is read in the thread.
pub async fn an_utterance_without_an_answer_is_ambiguous_and_found(stage: &impl ChannelStage) {
    let at = stage.channel().post(&open(run(1))).await.expect("posts");
    for (lost, topic) in [(Lost::Request, "origin"), (Lost::Answer, "plan:2")] {
        stage.lose(ChannelWrite::Say, lost);
        let said = stage.channel().say(&at, topic, &lines("Please look again.")).await;
        assert_eq!(kind(said), Some(PortErrorKind::Ambiguous), "{lost:?}");
        assert_eq!(stage.channel().find_in_thread(&at, topic).await, Ok(lost == Lost::Answer), "{lost:?}");
    }
    assert_eq!(shown(stage, &at).replies, 1);
}

/// A card is found for itself, whatever is said below it.
pub async fn a_thread_is_no_card(stage: &impl ChannelStage) {
    let at = stage.channel().post(&open(run(1))).await.expect("posts");
    for topic in ["origin", "plan:2"] {
        stage.channel().say(&at, topic, &lines(&format!("Run: {}", run(2)))).await.expect("says");
    }
    assert_eq!(stage.channel().find(&run(1)).await, Ok(Some(at)));
    assert_eq!(stage.channel().find(&run(2)).await, Ok(None));
}
