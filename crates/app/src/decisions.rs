//! Decisions: one way in for every surface. Facts are gathered first, then `decide` is asked.

use countersign_domain::{
    command::{Command, RefusalReason},
    digest::Digest,
    ids::{InboxId, OrgId, PersonId},
    person::{Approver, MailAddress, PersonRef},
    ports::{Change, Click, Decided, Explanation, InboxRow, PortError, PortErrorKind, StoreError},
    run::{DenyReason, Run},
};
use tracing::{Instrument, Span};

use crate::{
    advance::{App, AppError, With},
    measure,
};

/// A decision as a surface brings it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruling {
    /// The plan version that was seen; `None`: told by the digest alone.
    pub plan_version: Option<u32>,
    /// The digest that was seen.
    pub plan_digest: Option<Digest>,
    /// What was decided: a reason makes it a denial.
    pub denied: Option<(DenyReason, Option<String>)>,
}

impl Ruling {
    fn command(self, run: &Run) -> Command {
        let present = run.state.plan().map_or(run.plan_version, |plan| plan.version);
        let plan_version = self.plan_version.unwrap_or(present);
        let plan_digest = self.plan_digest;
        match self.denied {
            None => Command::Approve { plan_version, plan_digest },
            Some((reason, words)) => Command::Deny { plan_version, plan_digest, reason, words },
        }
    }
}

impl App {
    /// Decides as the person an API key is bound to.
    ///
    /// # Errors
    /// A refusal that names state, command and reason; an unknown run; the store's.
    pub async fn decide_as(&self, run: Run, person: &PersonRef, ruling: Ruling) -> Result<Run, AppError> {
        let span = measure::deciding(&run.org, &run.id);
        let decided = self.decide_by(run, person, ruling).instrument(span.clone()).await;
        if let Err(error) = &decided {
            span.record("outcome", if matches!(error, AppError::Refused(_)) { "refused" } else { "error" });
        }
        decided
    }

    async fn decide_by(&self, run: Run, person: &PersonRef, ruling: Ruling) -> Result<Run, AppError> {
        let fresh = self.parts.ids.person();
        let id = self.parts.store.person(&run.org, std::slice::from_ref(person), fresh).await?;
        let mails = match person {
            PersonRef::Mail(mail) => vec![mail.clone()],
            PersonRef::Slack(_) => Vec::new(),
        };
        let mails = self.every_mail(&run.org, &id, mails).await?;
        let approver = Approver { id, by: person.clone(), name: None, mails };
        let command = ruling.command(&run);
        let with = With { approver: Some(&approver), ..With::default() };
        let (run, _) = self.advance(run, command, with).await?;
        measure::decided(&run);
        Ok(run)
    }

    /// Persists a click, before anything about it is looked into. A repeat changes nothing.
    ///
    /// # Errors
    /// The store's: the sender is then told to send it again.
    pub async fn receive_click(&self, org: &OrgId, click: &Click) -> Result<(), AppError> {
        let payload = serde_json::to_string(click).map_err(|error| StoreError::Corrupt(error.to_string()))?;
        let row = InboxRow {
            id: self.parts.ids.inbox(),
            org: org.clone(),
            surface: click.channel.clone(),
            dedupe: click.dedupe.clone(),
            payload,
            received_at: self.parts.clock.now(),
        };
        if self.parts.store.receive(row).await? {
            self.parts.inbox_wakeup.wake();
        }
        Ok(())
    }

    /// Deals with one persisted click: looks the user up, decides, and tells the user alone where it is refused.
    ///
    /// # Errors
    /// A channel that could not be asked, or the store's: the row stays and is taken again.
    pub async fn take_click(&self, row: InboxRow) -> Result<(), ClickError> {
        let click: Click = match serde_json::from_str(&row.payload) {
            Ok(click) => click,
            Err(error) => {
                tracing::error!(inbox = %row.id, %error, "a stored click cannot be read; it is passed over");
                return Ok(self.click_done(row.org, row.id).await?);
            }
        };
        let span = measure::deciding(&row.org, &click.run);
        let dealt = self.deal_with(row, click).instrument(span.clone()).await;
        if dealt.is_err() {
            span.record("outcome", "error");
        }
        dealt
    }

    async fn deal_with(&self, row: InboxRow, click: Click) -> Result<(), ClickError> {
        let Some((name, channel)) = self.parts.connections.channel(&row.org) else {
            return Ok(self.click_done(row.org, row.id).await?);
        };
        let explanation = if name == click.channel {
            self.rule_on(&row, &click).await?
        } else {
            Some("This card belongs to a channel that is no longer connected.".to_owned())
        };
        if let Some(text) = explanation {
            Span::current().record("outcome", "refused");
            self.click_done(row.org, row.id).await?;
            let told = channel.explain(&Explanation { room: click.room, user: click.user, text }).await;
            if let Err(error) = told {
                tracing::warn!(%error, "a refused click could not be explained to its user");
            }
        }
        Ok(())
    }

    /// Decides a click; `Some`: what its user is told instead.
    async fn rule_on(&self, row: &InboxRow, click: &Click) -> Result<Option<String>, ClickError> {
        let Some((_, channel)) = self.parts.connections.channel(&row.org) else { return Ok(None) };
        let user = match channel.who(&click.workspace, &click.user).await {
            Ok(user) => user,
            Err(error) if error.kind == PortErrorKind::Permanent => {
                return Ok(Some(format!("Your decision was not taken: {error}")));
            }
            Err(_) if self.parts.clock.now().seconds_since(row.received_at) >= STALE => {
                return Ok(Some(
                    "Your decision was not taken in time: the channel could not say who you are. Please look at the \
                                card again and decide anew."
                        .to_owned(),
                ));
            }
            Err(error) => return Err(ClickError::Channel(error)),
        };
        if let Some(why) = user.barred {
            return Ok(Some(format!("Your decision was not taken: {why}")));
        }
        let run = match self.run(&row.org, &click.run).await {
            Ok(run) => run,
            Err(AppError::UnknownRun(id)) => return Ok(Some(format!("There is no run {id} any more."))),
            Err(error) => return Err(error.into()),
        };
        let approver = self.approver(&row.org, &click.user, user.name, user.mail).await?;
        let denied = match &click.decided {
            Decided::Approve => None,
            Decided::Deny { reason, words } => Some((*reason, words.clone())),
        };
        let ruling = Ruling { plan_version: Some(click.plan_version), plan_digest: click.plan_digest, denied };
        let command = ruling.command(&run);
        let with = With { approver: Some(&approver), inbox_done: Some((row.org.clone(), row.id)), ..With::default() };
        match self.advance(run, command, with).await {
            Ok((run, _)) => {
                measure::decided(&run);
                Ok(None)
            }
            Err(AppError::Refused(refusal)) => Ok(Some(explain(&refusal.reason))),
            Err(error) => Err(error.into()),
        }
    }

    async fn approver(
        &self,
        org: &OrgId,
        user: &str,
        name: String,
        mail: Option<MailAddress>,
    ) -> Result<Approver, AppError> {
        let by = PersonRef::Slack(user.to_owned());
        let mut refs = vec![by.clone()];
        refs.extend(mail.clone().map(PersonRef::Mail));
        let id = self.parts.store.person(org, &refs, self.parts.ids.person()).await?;
        let mails = self.every_mail(org, &id, mail.into_iter().collect()).await?;
        Ok(Approver { id, by, name: Some(name), mails })
    }

    /// The addresses of now, and every one the person was ever known by: changing one's address is no way around.
    async fn every_mail(
        &self,
        org: &OrgId,
        person: &PersonId,
        mut mails: Vec<MailAddress>,
    ) -> Result<Vec<MailAddress>, AppError> {
        if mails.is_empty() {
            return Ok(mails);
        }
        for mail in self.parts.queries.mails_of(org, person).await? {
            if !mails.contains(&mail) {
                mails.push(mail);
            }
        }
        Ok(mails)
    }

    async fn click_done(&self, org: OrgId, id: InboxId) -> Result<(), AppError> {
        let change = Change { inbox_done: Some((org, id)), ..Change::default() };
        self.parts.store.commit(change).await?;
        Ok(())
    }
}

/// Why a click stays in the inbox.
#[derive(Debug, thiserror::Error)]
pub enum ClickError {
    /// The channel could not be asked who clicked.
    #[error("the channel could not say who clicked: {0}")]
    Channel(PortError),
    /// The store, or a run that cannot be read.
    #[error(transparent)]
    App(#[from] AppError),
}

/// After how many seconds a click that could not be looked into is given up: a decision does not lie in wait.
const STALE: u64 = 15 * 60;

/// A refusal in the words of somebody who looks at a card: they see neither a digest nor the API.
fn explain(reason: &RefusalReason) -> String {
    if *reason == RefusalReason::OtherDigest {
        return "Your decision was not taken. The card shows another plan than the present one, under the same number: \
                look at the newest card of this run and decide there."
            .to_owned();
    }
    format!("Your decision was not taken: {reason}.")
}
