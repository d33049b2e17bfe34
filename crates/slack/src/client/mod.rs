//! A typed client of the Slack Web API, for the methods a bot needs to keep one channel's messages.
//!
//! Slack answers a refusal with HTTP 200 and `"ok": false`: it is an error here. Nothing is repeated. Methods that write
//! take JSON, methods that only read take forms, as Slack documents. Absent: every method not needed, and any word of
//! the programs that use it.
//!
//! Source of the vendor's facts: <https://docs.slack.dev/reference/methods>.

mod error;
mod method;
mod types;

pub use error::ClientError;
pub use method::{Method, Scope, documented_pace};
pub use types::{
    Conversation, EnterpriseUser, HistoryQuery, Identity, Message, Metadata, Page, PostEphemeral, PostMessage, Posted,
    Profile, RepliesQuery, UpdateMessage, User,
};

use countersign_outbound::{Call, Http, LiveSecret, Reply};
use serde::{Serialize, de::DeserializeOwned};

use crate::blocks::View;
use error::{Envelope, refusal};
use types::{ConversationAnswer, EphemeralAnswer, OpenView, PageAnswer, UserAnswer, ViewAnswer};

/// A client of one workspace, acting as one bot.
#[derive(Debug, Clone)]
pub struct Client {
    http: Http,
    token: LiveSecret,
}

impl Client {
    /// A client that sends `token` (`xoxb-...`). The base URL of `http` is that of the methods, `https://slack.com/api`.
    pub fn new(http: Http, token: impl Into<LiveSecret>) -> Self {
        Self { http, token: token.into() }
    }

    /// Who the token belongs to, and what it may do.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn auth_test(&self) -> Result<Identity, ClientError> {
        let reply = self.send(Method::AuthTest, |call| call.form(&[])).await?;
        let mut identity: Identity = read(Method::AuthTest, &reply)?;
        identity.answered_at = reply.answered_at();
        identity.scopes = reply
            .header("x-oauth-scopes")
            .map(|scopes| scopes.split(',').map(|scope| scope.trim().to_owned()).collect());
        Ok(identity)
    }

    /// Posts a message.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn post_message(&self, message: &PostMessage<'_>) -> Result<Posted, ClientError> {
        self.write(Method::PostMessage, message).await
    }

    /// Replaces what a message of ours says.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn update_message(&self, message: &UpdateMessage<'_>) -> Result<Posted, ClientError> {
        self.write(Method::UpdateMessage, message).await
    }

    /// Shows a message to one member of a channel alone.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn post_ephemeral(&self, message: &PostEphemeral<'_>) -> Result<(), ClientError> {
        let _: EphemeralAnswer = self.write(Method::PostEphemeral, message).await?;
        Ok(())
    }

    /// One page of a channel's messages, newest first, with their metadata.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn history(&self, query: &HistoryQuery<'_>) -> Result<Page, ClientError> {
        let limit = query.limit.to_string();
        let mut form = vec![("channel", query.channel), ("limit", &limit), ("include_all_metadata", "true")];
        form.extend(query.oldest.map(|oldest| ("oldest", oldest)));
        form.extend(query.cursor.map(|cursor| ("cursor", cursor)));
        let page: PageAnswer = self.ask(Method::History, &form).await?;
        Ok(page.into())
    }

    /// One page of a thread, its parent first, with their metadata.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn replies(&self, query: &RepliesQuery<'_>) -> Result<Page, ClientError> {
        let limit = query.limit.to_string();
        let mut form =
            vec![("channel", query.channel), ("ts", query.ts), ("limit", &limit), ("include_all_metadata", "true")];
        form.extend(query.cursor.map(|cursor| ("cursor", cursor)));
        let page: PageAnswer = self.ask(Method::Replies, &form).await?;
        Ok(page.into())
    }

    /// What a channel is.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn conversation(&self, channel: &str) -> Result<Conversation, ClientError> {
        let answer: ConversationAnswer = self.ask(Method::Conversation, &[("channel", channel)]).await?;
        Ok(answer.channel)
    }

    /// Who a user is.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn user(&self, user: &str) -> Result<User, ClientError> {
        let answer: UserAnswer = self.ask(Method::User, &[("user", user)]).await?;
        Ok(answer.user)
    }

    /// The member with this mail address.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn user_by_email(&self, email: &str) -> Result<User, ClientError> {
        let answer: UserAnswer = self.ask(Method::UserByEmail, &[("email", email)]).await?;
        Ok(answer.user)
    }

    /// Opens a modal for whoever caused `trigger_id`, which is good for three seconds and once.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn open_view(&self, trigger_id: &str, view: &View) -> Result<(), ClientError> {
        let _: ViewAnswer = self.write(Method::OpenView, &OpenView { trigger_id, view }).await?;
        Ok(())
    }

    async fn write<T: DeserializeOwned>(&self, method: Method, body: &impl Serialize) -> Result<T, ClientError> {
        let reply = self.send(method, |call| call.json(body)).await?;
        read(method, &reply)
    }

    async fn ask<T: DeserializeOwned>(&self, method: Method, form: &[(&str, &str)]) -> Result<T, ClientError> {
        let reply = self.send(method, |call| call.form(form)).await?;
        read(method, &reply)
    }

    async fn send(&self, method: Method, with: impl FnOnce(Call) -> Call) -> Result<Reply, ClientError> {
        let name = method.name();
        let call = with(Call::post(format!("/{name}")));
        let call = call.bearer(&self.token.current()).endpoint(name).template(name);
        Ok(self.http.send(call).await?)
    }
}

/// The answer, where Slack did what was asked.
fn read<T: DeserializeOwned>(method: Method, reply: &Reply) -> Result<T, ClientError> {
    let method = method.name();
    if reply.status == 429 {
        return Err(ClientError::RateLimited { method, retry_after_ms: reply.retry_after_ms() });
    }
    if !reply.is_success() {
        return Err(ClientError::Status { method, reply: Box::new(reply.clone()) });
    }
    let envelope: Envelope = reply.json()?;
    if envelope.ok { Ok(reply.json()?) } else { Err(refusal(method, envelope, reply.retry_after_ms())) }
}

#[cfg(test)]
mod tests;
