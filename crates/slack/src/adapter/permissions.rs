//! What the bot must be granted, from the calls that the channel makes.

use std::collections::BTreeMap;

use countersign_domain::ports::Permission;

use crate::client::Method;

/// What Slack's console calls such a right.
const SORT: &str = "bot scope";

/// Every method that the channel calls; `tests/check.rs` holds it against what a workspace sees.
const CALLS: [Method; 9] = [
    Method::AuthTest,
    Method::PostMessage,
    Method::UpdateMessage,
    Method::PostEphemeral,
    Method::History,
    Method::Replies,
    Method::Conversation,
    Method::User,
    Method::OpenView,
];

/// The scopes of the app's bot where cards are posted in a private channel, as they should be: by name, each with the
/// methods that need it. Any other scope is in excess.
pub fn permissions() -> Vec<Permission> {
    needed(true)
}

/// The same for a public channel.
pub fn permissions_of_public_channel() -> Vec<Permission> {
    needed(false)
}

fn needed(private_channel: bool) -> Vec<Permission> {
    let mut scopes: BTreeMap<&'static str, Vec<&'static str>> = BTreeMap::new();
    for method in CALLS {
        for scope in method.scopes() {
            scopes.entry(scope.name(private_channel)).or_default().push(method.name());
        }
    }
    scopes.into_iter().map(|(name, calls)| Permission { sort: SORT, name, calls }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(permissions: &[Permission]) -> Vec<&'static str> {
        permissions.iter().map(|permission| permission.name).collect()
    }

    #[test]
    fn scopes_of_a_private_channel_are_told_from_those_of_a_public_one() {
        let private = ["chat:write", "groups:history", "groups:read", "users:read", "users:read.email"];
        assert_eq!(names(&permissions()), private);
        let public = ["channels:history", "channels:read", "chat:write", "users:read", "users:read.email"];
        assert_eq!(names(&permissions_of_public_channel()), public);
    }

    #[test]
    fn each_scope_names_the_methods_that_need_it() {
        let write = permissions().into_iter().find(|permission| permission.name == "chat:write").unwrap();
        assert_eq!(write.calls, ["chat.postMessage", "chat.update", "chat.postEphemeral"]);
        assert_eq!(write.sort, "bot scope");
    }
}
