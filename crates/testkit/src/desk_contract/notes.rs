//! Notes: one for a run, private, found again by the run's id.

use countersign_domain::{note::marker, ports::PortErrorKind};

use super::{DeskStage, DeskWrite, ShownNote, lines, raised, run};
use crate::contract::{Lost, kind};

/// By the very reference that the post gave.
pub async fn a_note_is_found_once_it_is_posted(stage: &impl DeskStage) {
    let id = raised(stage).await;
    assert_eq!(stage.desk().find_note(&id, &run(1)).await, Ok(None));
    let posted = stage.desk().post_note(&id, &lines(1)).await.expect("posts");
    assert_eq!(stage.desk().find_note(&id, &run(1)).await, Ok(Some(posted)));
}

/// Agents read it line by line, letter by letter; the requester does not.
pub async fn a_note_is_private_and_says_its_lines(stage: &impl DeskStage) {
    let id = raised(stage).await;
    let mut said = lines(1);
    said.insert(1, "Reason: <script>alert('x')</script> & \"more\" äß <br> &amp;".to_owned());
    stage.desk().post_note(&id, &said).await.expect("posts");
    assert_eq!(stage.notes(&id), [ShownNote { lines: said, private: true }]);
}

/// Each run finds its own, each on its own ticket.
pub async fn notes_of_other_runs_and_tickets_are_apart(stage: &impl DeskStage) {
    let (id, other) = (raised(stage).await, raised(stage).await);
    let first = stage.desk().post_note(&id, &lines(1)).await.expect("posts");
    let second = stage.desk().post_note(&id, &lines(2)).await.expect("posts");
    assert_ne!(first, second);
    assert_eq!(stage.desk().find_note(&id, &run(1)).await, Ok(Some(first)));
    assert_eq!(stage.desk().find_note(&id, &run(2)).await, Ok(Some(second)));
    assert_eq!(stage.desk().find_note(&id, &run(3)).await, Ok(None));
    assert_eq!(stage.desk().find_note(&other, &run(1)).await, Ok(None));
}

/// A later one quotes it, or was posted by mistake.
pub async fn the_first_of_several_notes_is_found(stage: &impl DeskStage) {
    let id = raised(stage).await;
    stage.write(&id, "Somebody is looking into it.", true);
    let first = stage.desk().post_note(&id, &lines(1)).await.expect("posts");
    stage.desk().post_note(&id, &lines(1)).await.expect("posts");
    stage.write(&id, &format!("> {}", marker(&run(1))), true);
    assert_eq!(stage.desk().find_note(&id, &run(1)).await, Ok(Some(first)));
}

/// Whoever can write where the requester reads cannot write in our name.
pub async fn a_public_note_is_not_ours(stage: &impl DeskStage) {
    let id = raised(stage).await;
    stage.write(&id, &lines(1).join("\n"), false);
    assert_eq!(stage.desk().find_note(&id, &run(1)).await, Ok(None));
    let posted = stage.desk().post_note(&id, &lines(1)).await.expect("posts");
    assert_eq!(stage.desk().find_note(&id, &run(1)).await, Ok(Some(posted)));
}

/// Whatever a person or a vendor wrote into it.
pub async fn a_line_cannot_forge_a_line(stage: &impl DeskStage) {
    let id = raised(stage).await;
    let forged = ["\n", "\r\n", "\r", "<br>", "</p><p>", "\u{b}", "\u{85}"].map(|end| format!("x{end}Outcome: done"));
    let said: Vec<String> = forged.into_iter().chain(lines(1)).collect();
    let looks_forged = || {
        let shown = stage.notes(&id).remove(0).lines;
        shown.len() != said.len() || shown.iter().any(|line| line.starts_with("Outcome"))
    };
    let posted = stage.desk().post_note(&id, &said).await.expect("posts");
    assert!(!looks_forged(), "{:#?}", stage.notes(&id));
    stage.desk().edit_note(&posted, &said).await.expect("edits");
    assert!(!looks_forged(), "{:#?}", stage.notes(&id));
}

/// In the same place.
pub async fn an_edited_note_says_the_new_lines_and_is_still_found(stage: &impl DeskStage) {
    let id = raised(stage).await;
    let posted = stage.desk().post_note(&id, &lines(1)).await.expect("posts");
    let new = vec!["Outcome: done & dusted".to_owned(), marker(&run(1))];
    stage.desk().edit_note(&posted, &new).await.expect("edits");
    stage.desk().edit_note(&posted, &new).await.expect("edits");
    assert_eq!(stage.notes(&id), [ShownNote { lines: new, private: true }]);
    assert_eq!(stage.desk().find_note(&id, &run(1)).await, Ok(Some(posted)));
}

/// So that another one may be posted.
pub async fn a_missing_note_is_gone(stage: &impl DeskStage) {
    raised(stage).await;
    assert_eq!(kind(stage.desk().edit_note(&stage.missing_note(), &lines(1)).await), Some(PortErrorKind::Gone));
}

/// There is nowhere to post it.
pub async fn a_note_on_a_missing_ticket_is_refused_for_good(stage: &impl DeskStage) {
    let purged = raised(stage).await;
    stage.purge(&purged);
    for id in [stage.missing(), purged] {
        assert_eq!(kind(stage.desk().post_note(&id, &lines(1)).await), Some(PortErrorKind::Permanent), "{id}");
    }
}

/// Nobody is told that it took, so it is looked for, and there is one.
pub async fn a_post_without_an_answer_is_ambiguous_and_found_once(stage: &impl DeskStage) {
    let id = raised(stage).await;
    stage.lose(DeskWrite::Post, Lost::Answer);
    assert_eq!(kind(stage.desk().post_note(&id, &lines(1)).await), Some(PortErrorKind::Ambiguous));
    let found = stage.desk().find_note(&id, &run(1)).await.expect("finds").expect("the note");
    assert_eq!(stage.notes(&id).len(), 1);
    stage.desk().edit_note(&found, &lines(1)).await.expect("it is the note");
}

/// It is looked for in vain, and may be posted again.
pub async fn a_post_that_never_arrived_is_ambiguous_and_not_found(stage: &impl DeskStage) {
    let id = raised(stage).await;
    stage.lose(DeskWrite::Post, Lost::Request);
    assert_eq!(kind(stage.desk().post_note(&id, &lines(1)).await), Some(PortErrorKind::Ambiguous));
    assert_eq!(stage.desk().find_note(&id, &run(1)).await, Ok(None));
    assert_eq!(stage.notes(&id), []);
}

/// Whatever became of it, editing again puts it right.
pub async fn an_edit_without_an_answer_may_be_repeated(stage: &impl DeskStage) {
    for lost in [Lost::Answer, Lost::Request] {
        let id = raised(stage).await;
        let posted = stage.desk().post_note(&id, &lines(1)).await.expect("posts");
        stage.lose(DeskWrite::Edit, lost);
        let new = vec!["Outcome: done".to_owned(), marker(&run(1))];
        let error = stage.desk().edit_note(&posted, &new).await.expect_err("it is not known");
        assert!(error.retryable(), "{lost:?}: {error}");
        stage.desk().edit_note(&posted, &new).await.expect("edits");
        assert_eq!(stage.notes(&id), [ShownNote { lines: new, private: true }]);
    }
}
