//! Whether the approvers whom the configuration names by a channel's user id are persons who may decide.
//!
//! Each decision is checked again where it takes effect, so nobody gains a right by what is found here: it tells whoever
//! runs the service before somebody clicks in vain, and it never holds a start up.

use countersign_domain::{
    ids::OrgId,
    person::PersonRef,
    ports::{Channel, PortError},
};
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

use crate::connections::Wired;

/// The pause between two approvers at the start: whoever decides meanwhile is looked up within the same rate budget.
const PAUSE: Duration = Duration::from_secs(1);

/// Why an approver is not known to be a person who may decide.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unresolved {
    /// The channel did not say.
    #[error("{0}")]
    NotTold(PortError),
    /// They never may: why.
    #[error("{0}")]
    Barred(String),
    /// They have no address by which they could be told apart from whoever asks.
    #[error(
        "Slack shows no mail address for this user, so nothing they approve can be told apart from their own requests: \
         grant users:read.email"
    )]
    NoMail,
}

/// Resolves an approver to a person: name and address. Whoever the channel does not ask is taken as named.
///
/// # Errors
/// [`Unresolved`].
pub(crate) async fn resolve(channel: &dyn Channel, approver: &PersonRef) -> Result<String, Unresolved> {
    let user = match approver {
        PersonRef::Slack(user) => user,
        PersonRef::Mail(mail) => return Ok(mail.to_string()),
    };
    let user = channel.who("", user).await.map_err(Unresolved::NotTold)?;
    match (user.barred, user.mail) {
        (Some(why), _) => Err(Unresolved::Barred(why)),
        (None, Some(mail)) => Ok(format!("{} ({mail})", user.name)),
        (None, None) => Err(Unresolved::NoMail),
    }
}

/// Logs a warning for each approver who cannot be resolved; ends once all are looked up, or with the service.
pub(crate) async fn warn_of_unresolved(wired: Arc<Wired>, stop: CancellationToken) {
    let look = async {
        let asked: Vec<_> = wired.asked_in_channels().collect();
        for (place, (org, approver, channel)) in asked.into_iter().enumerate() {
            if place > 0 {
                tokio::time::sleep(PAUSE).await;
            }
            if let Some(warning) = warning(org, approver, channel).await {
                tracing::warn!(%org, %approver, "{warning}");
            }
        }
    };
    let _ = stop.run_until_cancelled(look).await;
}

/// What to say about an approver, where there is anything: what is wrong, what follows, what to do.
async fn warning(org: &OrgId, approver: &PersonRef, channel: &dyn Channel) -> Option<String> {
    let why = resolve(channel, approver).await.err()?;
    Some(match &why {
        Unresolved::NotTold(_) => format!(
            "the approver {approver} of org.{org} could not be looked up ({why}): mend that; `countersign check` looks \
             them up again, and so does every decision of theirs"
        ),
        Unresolved::Barred(_) => format!(
            "the approver {approver} of org.{org} cannot decide anything (what they would be told: \"{why}\"): name \
             another person in `approvers`, or have the Slack account put right"
        ),
        Unresolved::NoMail => format!("the approver {approver} of org.{org} cannot approve anything: {why}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        commands::sandbox::{configuration, environment},
        config,
    };
    use countersign_sandbox::{Options, Sandbox, Vendor};
    use serde_json::json;

    const LISTED: &str = r#"["slack:U0123APPROVER", "mail:lead@acme.com"]"#;

    async fn sandbox() -> Sandbox {
        Sandbox::start(Options { listen: ([127, 0, 0, 1], 0).into(), ..Options::default() }).await.unwrap()
    }

    /// The service's connections to a sandbox, with these approvers.
    fn wired(sandbox: &Sandbox, approvers: &str) -> Wired {
        let text = configuration(sandbox, "sqlite://unused.db", "127.0.0.1:0");
        assert!(text.contains(LISTED));
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("countersign.toml");
        std::fs::write(&file, text.replace(LISTED, approvers)).unwrap();
        let config = config::load(&file, &environment(sandbox)).unwrap();
        Wired::connect(&config).ok().unwrap()
    }

    async fn warnings(wired: &Wired) -> Vec<String> {
        let mut warnings = Vec::new();
        for (org, approver, channel) in wired.asked_in_channels() {
            warnings.extend(warning(org, approver, channel).await);
        }
        warnings
    }

    #[tokio::test]
    async fn approvers_who_are_members_raise_no_warning() {
        let sandbox = sandbox().await;
        assert_eq!(warnings(&wired(&sandbox, LISTED)).await, Vec::<String>::new());
    }

    #[tokio::test]
    async fn each_approver_who_may_not_decide_is_named_with_what_to_do() {
        let sandbox = sandbox().await;
        let gone = json!({"op": "set_member", "id": "U0123APPROVER", "deleted": true});
        sandbox.apply(Vendor::Slack, gone).unwrap();
        let approvers = r#"["slack:U0123APPROVER", "slack:U0NOBODY", "slack:U0456APPROVER"]"#;
        let warnings = warnings(&wired(&sandbox, approvers)).await;
        assert_eq!(warnings.len(), 2, "{warnings:?}");
        assert!(warnings[0].contains("slack:U0123APPROVER of org.acme") && warnings[0].contains("deactivated"));
        assert!(warnings[1].contains("slack:U0NOBODY") && warnings[1].contains("`approvers`"), "{warnings:?}");
    }

    #[tokio::test]
    async fn channel_that_does_not_answer_is_told_apart_from_a_wrong_approver() {
        let sandbox = sandbox().await;
        let fault = json!({"vendor": "slack", "match": "POST /api/users.info", "do": "status:503"});
        sandbox.inject(fault).unwrap();
        let warnings = warnings(&wired(&sandbox, LISTED)).await;
        assert!(matches!(warnings.as_slice(), [one] if one.contains("could not be looked up")), "{warnings:?}");
    }

    #[tokio::test]
    async fn lookup_ends_with_the_service() {
        let sandbox = sandbox().await;
        let stop = CancellationToken::new();
        stop.cancel();
        warn_of_unresolved(Arc::new(wired(&sandbox, LISTED)), stop).await;
        assert_eq!(sandbox.requests()["total"], json!(0));
    }
}
