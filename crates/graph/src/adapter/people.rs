//! Whom a plan or a step is about.

use countersign_domain::{
    person::MailAddress,
    plan::{BlockCode, Blocker, ObjectId, Subject, UserRef},
    ports::{PersonQuery, PortError, SubjectOfAsk},
};

use super::{GraphSystem, errors, errors::port, words::quoted};
use crate::client::{Id, User, UserFilter};

/// Enough to say that a name is ambiguous.
const HANDFUL: u16 = 5;

/// Whom a step is prepared for.
pub(super) enum Person {
    /// Somebody Entra knows, as just read.
    Known(Box<User>),
    /// Somebody whom provisioning will bring.
    Awaited {
        /// The login.
        login: String,
    },
}

/// Whom a step finds right before it.
pub(super) enum Located {
    /// The user, as just read.
    Here(Box<User>),
    /// Provisioning has not brought them yet; in words.
    NotYet(String),
    /// There is no such user; in words.
    Gone(String),
}

impl GraphSystem {
    pub(super) async fn find_people(&self, who: &PersonQuery) -> Result<Vec<Subject>, PortError> {
        let filter = match (&who.mail, who.name.as_deref().map(str::trim)) {
            (Some(mail), _) => UserFilter::Address(mail.as_str().to_owned()),
            (None, Some(name)) if !name.is_empty() => UserFilter::DisplayName(name.to_owned()),
            (None, Some(_) | None) => return Ok(Vec::new()),
        };
        let found = self.client.find_users(&filter, HANDFUL).await.map_err(port)?;
        Ok(found.value.iter().map(subject).collect())
    }

    /// The person of an ask, or why nothing can be prepared for them.
    pub(super) async fn person(&self, subject: &SubjectOfAsk) -> Result<Result<Person, Blocker>, PortError> {
        match subject {
            SubjectOfAsk::Known(subject) => {
                let id = Id::new(&subject.id.0).map_err(errors::bad_id)?;
                let gone = || {
                    Blocker::new(
                        BlockCode::UnknownTarget,
                        format!("{} is no longer in Entra ID.", subject.login),
                        "Check whether the account was deleted; if so, restore it and plan again.",
                    )
                };
                let user = self.client.user(&id).await.map_err(port)?;
                Ok(user.map(|user| Person::Known(Box::new(user))).ok_or_else(gone))
            }
            SubjectOfAsk::Awaited { login } => {
                let login = login.as_str().to_owned();
                if self.users_called(&login).await?.is_empty() {
                    return Ok(Ok(Person::Awaited { login }));
                }
                Ok(Err(Blocker::new(
                    BlockCode::AlreadyExists,
                    format!("{login} exists in Entra ID already, although this plan would create them."),
                    "If it is the same person, ask for the licence or group by itself; if not, choose another address.",
                )))
            }
            SubjectOfAsk::CreatedBy { login, .. } => Ok(Err(cannot_create(login))),
            SubjectOfAsk::New(profile) => Ok(Err(cannot_create(&profile.login))),
        }
    }

    /// The user of a step, read right before it. `created` is what an earlier step of the run created.
    pub(super) async fn locate(&self, user: &UserRef, created: Option<&ObjectId>) -> Result<Located, PortError> {
        match user {
            UserRef::Known(id) => self.by_id(id).await,
            UserRef::CreatedBy { login, .. } => match created {
                Some(id) => self.by_id(id).await,
                None => Ok(Located::Gone(format!("no earlier step has created {login}"))),
            },
            UserRef::Awaited { login } => self.awaited(login).await,
        }
    }

    /// The id of a step's user: without a read where the plan has it.
    pub(super) async fn id_of(&self, user: &UserRef, created: Option<&ObjectId>) -> Result<Id, PortError> {
        if let UserRef::Known(id) = user {
            return Id::new(&id.0).map_err(errors::bad_id);
        }
        match self.locate(user, created).await? {
            Located::Here(user) => Ok(user.id),
            Located::NotYet(says) => Err(PortError::transient(says, None)),
            Located::Gone(says) => Err(PortError::permanent(says)),
        }
    }

    async fn by_id(&self, id: &ObjectId) -> Result<Located, PortError> {
        let id = Id::new(&id.0).map_err(errors::bad_id)?;
        Ok(match self.client.user(&id).await.map_err(port)? {
            Some(user) => Located::Here(Box::new(user)),
            None => Located::Gone("the user no longer exists in Entra ID".to_owned()),
        })
    }

    async fn awaited(&self, login: &str) -> Result<Located, PortError> {
        // Somebody else may have this as a mail address; the login is what provisioning sets, and no two users share it.
        let found = self.users_called(login).await?.into_iter().find(|user| is_login(user, login));
        Ok(match found {
            Some(user) => Located::Here(Box::new(user)),
            None => Located::NotYet(format!("waits until Okta's provisioning has created {login} in Entra ID")),
        })
    }

    async fn users_called(&self, login: &str) -> Result<Vec<User>, PortError> {
        let filter = UserFilter::Address(login.to_owned());
        Ok(self.client.find_users(&filter, HANDFUL).await.map_err(port)?.value)
    }
}

fn is_login(user: &User, login: &str) -> bool {
    user.user_principal_name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(login))
}

fn cannot_create(login: &MailAddress) -> Blocker {
    Blocker::new(
        BlockCode::NotPossible,
        format!("The Microsoft Graph connection creates no users, so it cannot create {login}."),
        "Let the runbook create the user in Okta, whose provisioning brings them to Entra ID.",
    )
}

/// How a person is named in a sentence.
pub(super) fn called(user: &User) -> String {
    user.user_principal_name.clone().or_else(|| user.mail.clone()).unwrap_or_else(|| quoted(user.id.as_str()))
}

fn subject(user: &User) -> Subject {
    let state = match user.account_enabled {
        Some(true) => "enabled",
        Some(false) => "disabled",
        None => "unknown",
    };
    Subject {
        id: ObjectId(user.id.as_str().to_owned()),
        login: called(user),
        mails: mails(user),
        name: user.display_name.clone().unwrap_or_default(),
        state: state.to_owned(),
    }
}

/// Every address of a user, each once. Whoever approves is compared with all of them.
fn mails(user: &User) -> Vec<MailAddress> {
    let smtp = |address: &String| {
        let (kind, rest) = address.split_once(':')?;
        kind.eq_ignore_ascii_case("smtp").then(|| rest.to_owned())
    };
    let texts = [user.mail.clone(), user.user_principal_name.clone()]
        .into_iter()
        .flatten()
        .chain(user.other_mails.iter().cloned())
        .chain(user.proxy_addresses.iter().filter_map(smtp));
    let mut mails = Vec::new();
    for mail in texts.filter_map(|text| MailAddress::new(&text).ok()) {
        if !mails.contains(&mail) {
            mails.push(mail);
        }
    }
    mails
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_is_known_once() {
        let user: User = serde_json::from_value(serde_json::json!({
            "id": "u1", "displayName": "Sarah Chen", "accountEnabled": false,
            "mail": "Sarah.Chen@acme.com", "userPrincipalName": "sarah.chen@acme.com",
            "otherMails": ["sarah@home.example", "not an address"],
            "proxyAddresses": ["SMTP:sarah.chen@acme.com", "smtp:s.chen@acme.com", "SIP:sarah.chen@acme.com", "x500:/o=x"],
        }))
        .unwrap();
        let subject = subject(&user);
        let mails: Vec<_> = subject.mails.iter().map(MailAddress::as_str).collect();
        assert_eq!(mails, ["sarah.chen@acme.com", "sarah@home.example", "s.chen@acme.com"]);
        assert_eq!((subject.state.as_str(), subject.login.as_str()), ("disabled", "sarah.chen@acme.com"));
    }
}
