//! Who is who: requesters, editors and target by every address any connected system knows, and whether the target is
//! protected.

use countersign_domain::{
    ids::{ConnectionName, OrgId},
    person::{Contact, MailAddress, PersonRef},
    plan::{BlockCode, Subject},
    ports::{PersonQuery, PortError, PortErrorKind},
    run::{Origin, Run},
};

use super::Draft;
use crate::{advance::App, protect};

/// How many addresses of one person are asked for at most: nobody has more, and there is an end to it.
const MOST: usize = 16;

/// What the connected systems know of people by some addresses.
#[derive(Default)]
pub(crate) struct Everywhere {
    /// Their other addresses.
    pub(crate) mails: Vec<MailAddress>,
    /// Who they are in each system.
    pub(crate) subjects: Vec<(ConnectionName, Subject)>,
    /// Systems that could not say.
    pub(crate) unread: Vec<(ConnectionName, PortError)>,
}

impl App {
    /// Asks every connected system for the people with these addresses, and for whatever other addresses come to light on
    /// the way. What a system cannot say is told in [`Everywhere::unread`].
    ///
    /// # Errors
    /// Our own rate budget: whoever asks waits for it.
    pub(crate) async fn everywhere(&self, org: &OrgId, mails: &[MailAddress]) -> Result<Everywhere, PortError> {
        let systems = self.parts.connections.systems(org);
        let mut found = Everywhere { mails: mails.to_vec(), ..Everywhere::default() };
        let mut place = 0;
        while let Some(mail) = found.mails.get(place).filter(|_| place < MOST).cloned() {
            for (name, system) in &systems {
                match system.resolve(&PersonQuery { mail: Some(mail.clone()), name: None }).await {
                    Ok(subjects) => subjects.into_iter().for_each(|subject| found.take(name, subject)),
                    Err(error) if matches!(error.kind, PortErrorKind::Held { .. }) => return Err(error),
                    Err(error) => found.lack(name, error),
                }
            }
            place += 1;
        }
        found.mails.drain(..mails.len());
        Ok(found)
    }

    /// Gathers every address that any connected system knows requesters, editors and target by, because they are compared
    /// with approvers as persons. Returns the requesters'. While it is `patient`, a system that may answer later is
    /// waited for; then what it could not say is said on the card.
    pub(super) async fn compare(
        &self,
        draft: &mut Draft,
        run: &Run,
        patient: bool,
    ) -> Result<Vec<MailAddress>, PortError> {
        let requesters: Vec<MailAddress> = requesters(run).into_iter().map(|contact| contact.mail).collect();
        if !asker_is_known(run) {
            draft.block(
                BlockCode::NoRequester,
                "It is not known by any mail address who asked, so nobody can be told apart from them.",
                "Give the ticket a requester with a mail address and plan again.",
            );
        }
        let asked = self.everywhere(&run.org, &requesters).await?;
        draft.lacks("Whether whoever asked has another address", asked.unread, patient)?;
        let editors = self.everywhere(&run.org, &run.editors).await?;
        draft.lacks("Whether whoever corrected the intent has another address", editors.unread, patient)?;
        draft.editors = run.editors.iter().cloned().chain(editors.mails).collect();
        let target = self.everywhere(&run.org, &draft.mails).await?;
        let untouched = |place: &(ConnectionName, PortError)| !draft.subjects.contains_key(&place.0);
        let unread = target.unread.into_iter().filter(untouched).collect();
        draft.lacks("Whether the target is an administrator", unread, patient)?;
        draft.mails.extend(target.mails);
        draft.elsewhere = target.subjects;
        Ok(asked.mails)
    }

    /// Blocks what is protected: by the configuration's list, or by what the target is in any connected system.
    pub(super) async fn protect(&self, draft: &mut Draft, run: &Run, patient: bool) -> Result<(), PortError> {
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
                // A system that this plan does not touch holds nothing up for long; what it could not say is said.
                Err(error) if !involved.contains_key(&name) && !matches!(error.kind, PortErrorKind::Held { .. }) => {
                    draft.lacks("Whether the target is an administrator", vec![(name, error)], patient)?;
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

impl Everywhere {
    fn take(&mut self, name: &ConnectionName, subject: Subject) {
        take_mails(&mut self.mails, &subject);
        if self.subjects.iter().all(|(known, other)| known != name || other.id != subject.id) {
            self.subjects.push((name.clone(), subject));
        }
    }

    fn lack(&mut self, name: &ConnectionName, error: PortError) {
        if self.unread.iter().all(|(known, _)| known != name) {
            tracing::warn!(system = %name, %error, "a person's other addresses could not be read");
            self.unread.push((name.clone(), error));
        }
    }
}

impl Draft {
    /// Says on the card what systems could not say; while there is patience, a system that may answer later is an error,
    /// so that it is asked again.
    fn lacks(&mut self, what: &str, unread: Vec<(ConnectionName, PortError)>, patient: bool) -> Result<(), PortError> {
        for (name, error) in unread {
            if patient && matches!(error.kind, PortErrorKind::Transient { .. } | PortErrorKind::Ambiguous) {
                return Err(error);
            }
            let says = format!("{what} in {name} could not be read: {error}");
            if !self.remarks.contains(&says) {
                self.remarks.push(says);
            }
        }
        Ok(())
    }
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
