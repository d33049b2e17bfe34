//! People: who clicked, and what is told to one of them alone.

use countersign_domain::ports::Explanation;

use super::{ChannelStage, open, run, shown};

/// A full member may decide, if a policy says so.
pub async fn a_member_is_known_by_name_and_address(stage: &impl ChannelStage) {
    let cast = stage.cast();
    let member = stage.channel().who(&cast.workspace, &cast.member).await.expect("says who");
    assert_eq!((member.name, member.barred), (cast.name, None));
    assert_eq!(member.mail.map(|mail| mail.to_string()), Some(cast.mail));
}

/// A refusal to be explained, never an error: an error would be tried again and again.
pub async fn whoever_can_never_decide_is_barred(stage: &impl ChannelStage) {
    let cast = stage.cast();
    for (who, workspace, user) in [
        ("a bot", &cast.workspace, &cast.bot),
        ("a guest", &cast.workspace, &cast.guest),
        ("a stranger", &cast.workspace, &cast.stranger),
        ("a stranger who clicks at home", &cast.elsewhere, &cast.stranger),
        ("a member's id from elsewhere", &cast.elsewhere, &cast.member),
        ("somebody nobody knows", &cast.workspace, &cast.unknown),
    ] {
        let found = stage.channel().who(workspace, user).await.unwrap_or_else(|error| panic!("{who}: {error}"));
        assert!(found.barred.is_some_and(|why| !why.trim().is_empty()), "{who}");
    }
}

/// The check of a configuration asks about people who have not clicked.
pub async fn a_member_asked_about_alone_is_not_barred(stage: &impl ChannelStage) {
    let cast = stage.cast();
    assert_eq!(stage.channel().who("", &cast.member).await.expect("says who").barred, None);
    for user in [&cast.bot, &cast.guest, &cast.stranger, &cast.unknown] {
        assert!(stage.channel().who("", user).await.expect("says who").barred.is_some(), "{user}");
    }
}

/// The others see nothing of it.
pub async fn an_explanation_is_seen_by_one_person(stage: &impl ChannelStage) {
    let (cast, text) = (stage.cast(), "You may not decide about yourself.".to_owned());
    let at = stage.channel().post(&open(run(1))).await.expect("posts");
    let before = shown(stage, &at);
    let explanation = Explanation { room: at.room, user: cast.member.clone(), text: text.clone() };
    stage.channel().explain(&explanation).await.expect("explains");
    let told = stage.told();
    let [(who, words)] = told.as_slice() else { panic!("{told:?}") };
    assert!(*who == cast.member && words.contains(&text), "{told:?}");
    assert_eq!(stage.room(), [before]);
}
