//! Finding people: by exact login, address or name, never by resemblance.

use countersign_domain::{
    person::MailAddress,
    plan::{ObjectId, Subject},
    ports::{PersonQuery, PortError},
};
use countersign_outbound::Sort;

use super::{
    Okta,
    words::{full_name, port_error},
};
use crate::client::{Field, Search, User};

/// Enough to say that it is ambiguous.
const MOST: u16 = 5;

/// How many words a name may have; each way to split it into given and family name is asked for.
const MOST_WORDS: usize = 6;

impl Okta {
    /// Everybody who fits, deactivated users among them, whose state says so. By address where there is one; whoever
    /// has it as their login comes first.
    pub(super) async fn look_for(&self, who: &PersonQuery) -> Result<Vec<Subject>, PortError> {
        let found = match (&who.mail, &who.name) {
            (Some(mail), _) => self.by_address(mail).await?,
            (None, Some(name)) => self.by_name(name).await?,
            (None, None) => Vec::new(),
        };
        Ok(found.iter().map(subject).collect())
    }

    /// The login is looked up directly: the search would not yet know a user who was created a moment ago.
    async fn by_address(&self, mail: &MailAddress) -> Result<Vec<User>, PortError> {
        let by_login = self.read_user(mail.as_str()).await?.filter(|user| has_address(user, mail));
        let search = Search::is(Field::Login, mail.as_str()).or(&Search::is(Field::Email, mail.as_str()));
        self.with_searched(by_login, &search, |user| has_address(user, mail)).await
    }

    async fn by_name(&self, name: &str) -> Result<Vec<User>, PortError> {
        let words: Vec<_> = name.split_whitespace().collect();
        if words.is_empty() || words.len() > MOST_WORDS {
            return Ok(Vec::new());
        }
        let whole = words.join(" ");
        let search = (1..words.len()).fold(Search::is(Field::DisplayName, &whole), |search, at| {
            let (first, last) = words.split_at(at);
            let split =
                Search::is(Field::FirstName, &first.join(" ")).and(&Search::is(Field::LastName, &last.join(" ")));
            search.or(&split)
        });
        self.with_searched(None, &search, |user| has_name(user, &whole)).await
    }

    /// What the search finds, each read again by id: the search lags behind, in status and in everything else.
    async fn with_searched(
        &self,
        known: Option<User>,
        search: &Search,
        fits: impl Fn(&User) -> bool + Send,
    ) -> Result<Vec<User>, PortError> {
        let hits = self
            .client
            .find_users(search, MOST)
            .await
            .map_err(|error| port_error(error, "searching users", Sort::Read))?;
        let mut all: Vec<_> = known.into_iter().collect();
        for hit in hits {
            if all.iter().all(|user| user.id != hit.id)
                && let Some(user) = self.read_user(&hit.id).await?
                && fits(&user)
            {
                all.push(user);
            }
        }
        Ok(all)
    }
}

fn has_address(user: &User, mail: &MailAddress) -> bool {
    let profile = &user.profile;
    [&profile.login, &profile.email].into_iter().flatten().any(|text| text.trim().to_lowercase() == mail.as_str())
}

fn has_name(user: &User, whole: &str) -> bool {
    let same =
        |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase() == whole.to_lowercase();
    same(&full_name(user)) || user.profile.display_name.as_deref().is_some_and(same)
}

pub(super) fn subject(user: &User) -> Subject {
    let profile = &user.profile;
    let mut mails: Vec<MailAddress> = Vec::new();
    for text in [&profile.email, &profile.login, &profile.second_email].into_iter().flatten() {
        if let Ok(mail) = MailAddress::new(text)
            && !mails.contains(&mail)
        {
            mails.push(mail);
        }
    }
    Subject {
        id: ObjectId(user.id.clone()),
        login: profile.login.clone().unwrap_or_default(),
        mails,
        name: full_name(user),
        state: user.status.as_str().to_owned(),
    }
}
