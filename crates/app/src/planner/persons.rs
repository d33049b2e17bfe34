//! Who is who: requesters, editors and target by every address any connected system knows, and whether the target is
//! protected.

use countersign_domain::{
    ids::ConnectionName,
    person::{Contact, MailAddress, PersonRef},
    plan::{BlockCode, Subject},
    ports::{PersonQuery, PortError, PortErrorKind, System},
    run::{Origin, Run},
};

use super::Draft;
use crate::{advance::App, protect};

impl App {
    /// Gathers every address that any connected system knows requesters and target by, because they are compared with
    /// approvers as persons. Returns the requesters'.
    pub(super) async fn compare(&self, draft: &mut Draft, run: &Run) -> Result<Vec<MailAddress>, PortError> {
        let requesters: Vec<MailAddress> = requesters(run).into_iter().map(|contact| contact.mail).collect();
        if !asker_is_known(run) {
            draft.block(
                BlockCode::NoRequester,
                "It is not known by any mail address who asked, so nobody can be told apart from them.",
                "Give the ticket a requester with a mail address and plan again.",
            );
        }
        let mut known = requesters.clone();
        draft.editors = run.correction.iter().map(|correction| correction.by.clone()).collect();
        for (name, system) in self.parts.connections.systems(&run.org) {
            known.extend(others(&name, system.as_ref(), &known).await?.mails);
            let editors = others(&name, system.as_ref(), &draft.editors).await?.mails;
            draft.editors.extend(editors);
            let target = others(&name, system.as_ref(), &draft.mails).await?;
            draft.mails.extend(target.mails);
            draft.elsewhere.extend(target.subjects.into_iter().map(|subject| (name.clone(), subject)));
            if let Some(error) = target.unread.filter(|_| !draft.subjects.contains_key(&name)) {
                let says = format!("Whether the target is an administrator in {name} could not be read: {error}");
                draft.remarks.push(says);
            }
        }
        Ok(known.split_off(requesters.len()))
    }

    /// Blocks what is protected: by the configuration's list, or by what the target is in any connected system.
    pub(super) async fn protect(&self, draft: &mut Draft, run: &Run) -> Result<(), PortError> {
        let protection = draft.protection.clone();
        let mut found = protect::by_list(&protection, &draft.mails, &draft.steps);
        let involved = draft.subjects.clone();
        let known =
            |place: &(ConnectionName, Subject)| involved.get(&place.0).is_some_and(|subject| subject.id == place.1.id);
        let elsewhere = draft.elsewhere.iter().filter(|place| !known(place)).cloned();
        for (name, subject) in involved.clone().into_iter().chain(elsewhere).collect::<Vec<_>>() {
            let Some((_, system)) = self.parts.connections.system(&run.org, &name) else { continue };
            match protect::of_subject(&protection, &name, system.as_ref(), &subject).await {
                Ok(blockers) => found.extend(blockers),
                // A system that this plan does not touch holds nothing up; what it could not say is said.
                Err(error) if !involved.contains_key(&name) && !matches!(error.kind, PortErrorKind::Held { .. }) => {
                    let says = format!("Whether the target is an administrator in {name} could not be read: {error}");
                    draft.remarks.push(says);
                }
                Err(error) => return Err(error),
            }
        }
        for blocker in found.into_iter().filter(|blocker| !draft.blockers.contains(blocker)).collect::<Vec<_>>() {
            draft.blockers.push(blocker);
        }
        Ok(())
    }
}

/// What a system knows of people besides the addresses given.
struct Others {
    /// Their other addresses.
    mails: Vec<MailAddress>,
    /// Who they are there.
    subjects: Vec<Subject>,
    /// Why not all of it could be read.
    unread: Option<PortError>,
}

/// What a system knows of the people with these addresses. What it cannot say is left out: the addresses that are known
/// still tell people apart. Our own rate budget is no such reason: the plan waits for it.
async fn others(name: &ConnectionName, system: &dyn System, mails: &[MailAddress]) -> Result<Others, PortError> {
    let (mut all, mut subjects, mut unread) = (mails.to_vec(), Vec::<Subject>::new(), None);
    for mail in mails {
        match system.resolve(&PersonQuery { mail: Some(mail.clone()), name: None }).await {
            Ok(found) => {
                found.iter().for_each(|subject| take_mails(&mut all, subject));
                for subject in found {
                    if subjects.iter().all(|known| known.id != subject.id) {
                        subjects.push(subject);
                    }
                }
            }
            Err(error) if matches!(error.kind, PortErrorKind::Held { .. }) => return Err(error),
            Err(error) => {
                tracing::warn!(system = %name, %error, "a person's other addresses could not be read");
                unread = Some(error);
            }
        }
    }
    Ok(Others { mails: all.split_off(mails.len()), subjects, unread })
}

/// Adds every address of a subject, its login among them.
pub(super) fn take_mails(mails: &mut Vec<MailAddress>, subject: &Subject) {
    let login = MailAddress::new(&subject.login).ok();
    for mail in subject.mails.iter().chain(&login) {
        if !mails.contains(mail) {
            mails.push(mail.clone());
        }
    }
}

/// Whether whoever asked is known by an address; whom they asked for does not stand in for them.
fn asker_is_known(run: &Run) -> bool {
    match &run.origin {
        Origin::Api { person, .. } => matches!(person, PersonRef::Mail(_)),
        Origin::Ticket { .. } => run.ticket.as_ref().is_some_and(|facts| facts.requester.is_some()),
    }
}

pub(super) fn requesters(run: &Run) -> Vec<Contact> {
    if let Origin::Api { person: PersonRef::Mail(mail), .. } = &run.origin {
        return vec![Contact { mail: mail.clone(), name: None }];
    }
    let facts = run.ticket.as_ref();
    let mut all: Vec<Contact> = Vec::new();
    for contact in facts.iter().flat_map(|facts| facts.requester.iter().chain(&facts.requested_for)) {
        if all.iter().all(|known| known.mail != contact.mail) {
            all.push(contact.clone());
        }
    }
    all
}
