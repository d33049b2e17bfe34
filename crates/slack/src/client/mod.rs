//! A typed client of the Slack Web API, for the methods a bot needs to keep one channel's messages.
//!
//! Slack answers a refusal with HTTP 200 and `"ok": false`: it is an error here. Nothing is repeated. Methods that write
//! take JSON, methods that only read take forms, as Slack documents. Absent: every method not needed, and any word of
//! the programs that use it.
//!
//! Source of the vendor's facts: <https://docs.slack.dev/reference/methods>.

mod error;
mod types;

pub use error::ClientError;
pub use types::{
    Conversation, EnterpriseUser, HistoryQuery, Identity, Message, Metadata, Page, PostEphemeral, PostMessage, Posted,
    Profile, RepliesQuery, UpdateMessage, User,
};

use countersign_outbound::{Call, Http, LiveSecret, Pace, Reply};
use serde::{Serialize, de::DeserializeOwned};

use crate::blocks::View;
use error::{Envelope, refusal};
use types::{ConversationAnswer, EphemeralAnswer, OpenView, PageAnswer, UserAnswer, ViewAnswer};

/// Calls a minute that Slack grants at least, by method: <https://docs.slack.dev/apis/web-api/rate-limits>. Posting is
/// limited to one message a second in a channel. The history methods have these rates for apps made for one's own
/// workspace; apps distributed outside the Marketplace have one call a minute.
const RATES: [(&str, u32); 9] = [
    ("chat.postMessage", 60),
    ("chat.update", 50),
    ("chat.postEphemeral", 100),
    ("conversations.history", 50),
    ("conversations.replies", 50),
    ("conversations.info", 50),
    ("users.info", 100),
    ("users.lookupByEmail", 50),
    ("views.open", 100),
];

/// The documented rates, to be kept to from our side.
pub fn documented_pace() -> Pace {
    Pace { per_minute: None, endpoints: RATES.iter().map(|(method, rate)| ((*method).to_owned(), *rate)).collect() }
}

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
        let reply = self.send("auth.test", Call::post("/auth.test").form(&[])).await?;
        let mut identity: Identity = read("auth.test", &reply)?;
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
        self.write("chat.postMessage", "/chat.postMessage", message).await
    }

    /// Replaces what a message of ours says.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn update_message(&self, message: &UpdateMessage<'_>) -> Result<Posted, ClientError> {
        self.write("chat.update", "/chat.update", message).await
    }

    /// Shows a message to one member of a channel alone.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn post_ephemeral(&self, message: &PostEphemeral<'_>) -> Result<(), ClientError> {
        let _: EphemeralAnswer = self.write("chat.postEphemeral", "/chat.postEphemeral", message).await?;
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
        let page: PageAnswer = self.ask("conversations.history", "/conversations.history", &form).await?;
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
        let page: PageAnswer = self.ask("conversations.replies", "/conversations.replies", &form).await?;
        Ok(page.into())
    }

    /// What a channel is.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn conversation(&self, channel: &str) -> Result<Conversation, ClientError> {
        let answer: ConversationAnswer =
            self.ask("conversations.info", "/conversations.info", &[("channel", channel)]).await?;
        Ok(answer.channel)
    }

    /// Who a user is.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn user(&self, user: &str) -> Result<User, ClientError> {
        let answer: UserAnswer = self.ask("users.info", "/users.info", &[("user", user)]).await?;
        Ok(answer.user)
    }

    /// The member with this mail address.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn user_by_email(&self, email: &str) -> Result<User, ClientError> {
        let answer: UserAnswer = self.ask("users.lookupByEmail", "/users.lookupByEmail", &[("email", email)]).await?;
        Ok(answer.user)
    }

    /// Opens a modal for whoever caused `trigger_id`, which is good for three seconds and once.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn open_view(&self, trigger_id: &str, view: &View) -> Result<(), ClientError> {
        let _: ViewAnswer = self.write("views.open", "/views.open", &OpenView { trigger_id, view }).await?;
        Ok(())
    }

    async fn write<T: DeserializeOwned>(
        &self,
        method: &'static str,
        path: &'static str,
        body: &impl Serialize,
    ) -> Result<T, ClientError> {
        let reply = self.send(method, Call::post(path).json(body)).await?;
        read(method, &reply)
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        method: &'static str,
        path: &'static str,
        form: &[(&str, &str)],
    ) -> Result<T, ClientError> {
        let reply = self.send(method, Call::post(path).form(form)).await?;
        read(method, &reply)
    }

    async fn send(&self, method: &'static str, call: Call) -> Result<Reply, ClientError> {
        let call = call.bearer(&self.token.current()).endpoint(method).template(method);
        Ok(self.http.send(call).await?)
    }
}

/// The answer, where Slack did what was asked.
fn read<T: DeserializeOwned>(method: &'static str, reply: &Reply) -> Result<T, ClientError> {
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
