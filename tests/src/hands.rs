//! What people do in the channel.

use anyhow::ensure;
use countersign_sandbox::{Answer, Click, Submission, slack_signature};
use serde_json::{Map, Value, json};

use crate::{Bed, patience::until, text_of};

/// An approver, as Slack knows her: Dana Lead, `lead@acme.com`.
pub const APPROVER: &str = "U0123APPROVER";

/// Another approver: Omar Reyes, `omar.reyes@acme.com`.
pub const OTHER_APPROVER: &str = "U0456APPROVER";

impl Bed {
    /// Somebody presses a button of a run's card.
    ///
    /// # Errors
    /// There is no such card or button.
    pub async fn press(&self, run: &str, action: &str, user: &str) -> anyhow::Result<Answer> {
        let ts = text_of(&self.card(run)?, "/ts").to_owned();
        let click = Click { ts, action_id: action.to_owned(), user: user.to_owned(), ..Click::default() };
        Ok(self.sandbox.click(click).await?)
    }

    /// Somebody presses Approve, and Slack is content with the answer.
    ///
    /// # Errors
    /// It could not be pressed, or Slack shows trouble.
    pub async fn approve(&self, run: &str, user: &str) -> anyhow::Result<()> {
        let answer = self.press(run, "countersign.approve", user).await?;
        ensure!(answer.is_ok(), "Slack shows {user}: {:?}", answer.trouble);
        Ok(())
    }

    /// Somebody presses Deny, waits for the form, fills it in and submits it.
    ///
    /// # Errors
    /// The form did not open, or Slack shows trouble.
    pub async fn deny(&self, run: &str, user: &str, reason: &str, words: &str) -> anyhow::Result<Answer> {
        let answer = self.press(run, "countersign.deny", user).await?;
        ensure!(answer.is_ok(), "Slack shows {user}: {:?}", answer.trouble);
        until("the form for the reason opens", async || {
            let modals = self.sandbox.state()["slack"]["modals"].as_array().cloned().unwrap_or_default();
            Ok(modals.iter().any(|modal| modal["user"] == user).then_some(()))
        })
        .await?;
        let values = Map::from_iter([("reason".to_owned(), json!(reason)), ("words".to_owned(), json!(words))]);
        Ok(self.sandbox.submit(Submission { view_id: String::new(), user: user.to_owned(), values }).await?)
    }

    /// The buttons of a run's card, by action.
    ///
    /// # Errors
    /// There is no such card.
    pub fn buttons(&self, run: &str) -> anyhow::Result<Vec<String>> {
        let card = self.card(run)?;
        let blocks = card["blocks"].as_array().cloned().unwrap_or_default();
        let elements = blocks.iter().flat_map(|block| block["elements"].as_array().cloned().unwrap_or_default());
        let buttons = elements.filter(|element| element["type"] == "button");
        Ok(buttons.map(|button| text_of(&button, "/action_id").to_owned()).collect())
    }
}

/// A press of Approve as Slack would send it, for tests that send it themselves: timestamp, signature, body.
#[must_use]
pub fn forged_interaction(secret: &str, timestamp: i64, run: &str, user: &str) -> (String, String, String) {
    let payload: Value = json!({
        "type": "block_actions",
        "user": {"id": user, "team_id": "T0ACME"},
        "team": {"id": "T0ACME"},
        "channel": {"id": "C0123ADMIN"},
        "container": {"type": "message", "message_ts": "1700000000.000100", "channel_id": "C0123ADMIN"},
        "trigger_id": "1.2.3",
        "actions": [{
            "type": "button", "action_id": "countersign.approve", "block_id": "b", "value": format!("{run}:1"),
            "action_ts": "1700000000.000200",
        }],
    });
    let text = payload.to_string();
    let encoded: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let body = format!("payload={encoded}");
    let stamp = timestamp.to_string();
    let signature = slack_signature(secret, &stamp, body.as_bytes());
    (stamp, signature, body)
}
