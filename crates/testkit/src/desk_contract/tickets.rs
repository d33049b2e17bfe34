//! Tickets: what is fetched, and when there is none.

use countersign_domain::{ids::TicketId, note::marker, ticket::TicketStatus};

use super::{DECISION, DeskStage, lines, raised, run};

/// With its number, words, state and link.
pub async fn a_ticket_is_fetched_as_it_was_raised(stage: &impl DeskStage) {
    let id = stage.raise("Lost phone", "New phone, <b>please</b> reset MFA & more").await;
    let ticket = stage.desk().fetch(&id).await.expect("fetches").expect("the ticket");
    assert_eq!(ticket.id, id);
    assert_eq!(ticket.text.subject, "Lost phone");
    assert_eq!(ticket.text.description, "New phone, <b>please</b> reset MFA & more");
    assert_eq!((ticket.status, ticket.decided_elsewhere), (TicketStatus::Open, false));
    assert_eq!(ticket.url, stage.desk().ticket_url(&id));
    assert!(ticket.requester.is_some() && !ticket.came_in.is_empty());
}

/// Whether the number is one of this desk's or of another sort.
pub async fn an_unknown_ticket_is_none(stage: &impl DeskStage) {
    raised(stage).await;
    for id in [stage.missing(), TicketId::new("INC-4201").expect("a valid number")] {
        assert!(stage.desk().fetch(&id).await.expect("answers").is_none(), "{id}");
        assert_eq!(stage.desk().find_note(&id, &run(1)).await, Ok(None), "{id}");
    }
}

/// And so are its notes.
pub async fn a_ticket_that_is_gone_is_none(stage: &impl DeskStage) {
    let id = raised(stage).await;
    stage.desk().post_note(&id, &lines(1)).await.expect("posts");
    stage.purge(&id);
    assert!(stage.desk().fetch(&id).await.expect("answers").is_none());
    assert_eq!(stage.desk().find_note(&id, &run(1)).await, Ok(None));
}

/// No ticket says where its link leads.
pub async fn a_link_leads_to_the_configured_desk(stage: &impl DeskStage) {
    for id in [raised(stage).await, stage.missing()] {
        let url = stage.desk().ticket_url(&id);
        assert!(url.starts_with(&format!("{}/", stage.address())) && url.ends_with(&format!("/{id}")), "{url}");
    }
    assert_eq!(stage.writes(), 0);
}

/// What a requester writes decides nothing, and our own note is not another system's, even with the same head.
pub async fn only_a_private_note_of_somebody_else_decides_a_ticket(stage: &impl DeskStage) {
    let decided =
        async |id: &TicketId| stage.desk().fetch(id).await.expect("fetches").expect("the ticket").decided_elsewhere;
    let id = stage.raise(DECISION, DECISION).await;
    let other = raised(stage).await;
    stage.write(&id, DECISION, false);
    stage.write(&id, "Somebody is looking into it.", true);
    stage.desk().post_note(&id, &[DECISION.to_owned(), marker(&run(1))]).await.expect("posts");
    assert!(!decided(&id).await);
    stage.write(&id, DECISION, true);
    assert!(decided(&id).await);
    assert!(!decided(&other).await);
}
