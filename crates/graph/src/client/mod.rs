//! A typed client of Microsoft Graph v1.0, for an application that signs in as itself (client credentials).
//!
//! Every method is one request, apart from the token and one repeat with a fresh token after a 401 (a request that was
//! refused with 401 has changed nothing). Collections come back one page at a time.

mod access;
mod error;
mod model;
mod operation;
mod path;
mod query;
mod token;

use countersign_outbound::{Call, CallError, Http, Reply, segment};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

pub use access::Access;
pub use error::{ClientError, Refusal};
pub use model::{
    AssignedLicense, DirectoryObject, Group, Membership, NextLink, Page, PrepaidUnits, RiskState, RiskyUser, SignIn,
    SignInStatus, SubscribedSku, User,
};
pub use operation::Operation;
pub use path::{BadId, Id, MemberRefPath};
pub use query::{GroupFilter, UserFilter};
pub use token::{Application, Monotonic, TokenFailure, Tokens, monotonic};

/// What is read of a user. Graph answers `accountEnabled`, `usageLocation` and the like only where they are asked for.
const USER_SELECT: &str = "id,displayName,mail,userPrincipalName,accountEnabled,usageLocation,assignedLicenses,\
                           otherMails,proxyAddresses,onPremisesSyncEnabled";
const GROUP_SELECT: &str = "id,displayName,description,mail,mailEnabled,securityEnabled,groupTypes,\
                            isAssignableToRole,onPremisesSyncEnabled,membershipRule";

/// Somebody to try reads on, and what the clock of Graph shows: see [`GraphClient::hello`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hello {
    /// Any user; `None`: there is none.
    pub user: Option<Id>,
    /// When it was answered, by Graph's clock, in Unix seconds.
    pub answered_at: Option<i64>,
}

/// The client. Cheap to share behind an `Arc`; its token is shared by all calls.
pub struct GraphClient {
    http: Http,
    tokens: Tokens,
}

impl GraphClient {
    /// A client whose requests go to `http`, which stands for the versioned root, for example
    /// `https://graph.microsoft.com/v1.0`.
    pub fn new(http: Http, tokens: Tokens) -> Self {
        Self { http, tokens }
    }

    /// What our access token says of us, fetched anew so that it is as of now; `None`: it cannot be read. Nothing is sent
    /// to Graph itself.
    ///
    /// # Errors
    /// [`ClientError::NoToken`].
    pub async fn access(&self) -> Result<Option<Access>, ClientError> {
        Ok(Access::read(self.tokens.anew().await?.secret()))
    }

    /// Sees that Graph answers, by the smallest read there is. `GET /users`.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn hello(&self) -> Result<Hello, ClientError> {
        let operation = Operation::FindUsers;
        let reply = self.ask(operation, || Call::get("/users?$select=id&$top=1")).await?;
        let answered_at = reply.answered_at();
        let page: Page<DirectoryObject> = reply.json().map_err(|source| ClientError::Call { operation, source })?;
        Ok(Hello { user: page.value.into_iter().next().map(|user| user.id), answered_at })
    }

    /// Users who match, at most `top` (1 to 999) of them. `GET /users`.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn find_users(&self, filter: &UserFilter, top: u16) -> Result<Page<User>, ClientError> {
        let path = query::list("/users", USER_SELECT, filter.odata().as_deref(), top);
        self.read(Operation::FindUsers, &path).await
    }

    /// One user; `None`: there is none of this id. `GET /users/{id}`.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn user(&self, id: &Id) -> Result<Option<User>, ClientError> {
        absent(self.read(Operation::ReadUser, &format!("/users/{id}?$select={USER_SELECT}")).await)
    }

    /// Enables or disables an account. `PATCH /users/{id}`.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn set_account_enabled(&self, id: &Id, enabled: bool) -> Result<(), ClientError> {
        let path = format!("/users/{id}");
        self.write(Operation::EnableAccount, || Call::patch(&path), &json!({"accountEnabled": enabled})).await
    }

    /// Sets the country of use, ISO 3166-1 alpha-2, without which no licence can be assigned. `PATCH /users/{id}`.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn set_usage_location(&self, id: &Id, country: &str) -> Result<(), ClientError> {
        let path = format!("/users/{id}");
        self.write(Operation::SetUsageLocation, || Call::patch(&path), &json!({"usageLocation": country})).await
    }

    /// Assigns and takes away licences, by `skuId`. Both arrays are always sent: Graph refuses the call without either.
    /// `POST /users/{id}/assignLicense`.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn assign_licenses(&self, id: &Id, add: &[Id], remove: &[Id]) -> Result<(), ClientError> {
        let path = format!("/users/{id}/assignLicense");
        let added: Vec<_> = add.iter().map(|sku| json!({"skuId": sku, "disabledPlans": []})).collect();
        let body = json!({"addLicenses": added, "removeLicenses": remove});
        self.write(Operation::AssignLicense, || Call::post(&path), &body).await
    }

    /// Ends all sign-in sessions and refresh tokens. `POST /users/{id}/revokeSignInSessions`.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn revoke_sign_in_sessions(&self, id: &Id) -> Result<(), ClientError> {
        let path = format!("/users/{id}/revokeSignInSessions");
        // Said explicitly: the transport leaves it out where there is no body, and Graph's front ends may answer 411.
        self.ask(Operation::RevokeSessions, || Call::post(&path).header("content-length", "0")).await.map(drop)
    }

    /// The tenant's subscriptions. The resource takes no paging or filter. `GET /subscribedSkus`.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn subscribed_skus(&self) -> Result<Page<SubscribedSku>, ClientError> {
        let select = "id,skuId,skuPartNumber,appliesTo,capabilityStatus,consumedUnits,prepaidUnits";
        self.read(Operation::ReadSkus, &format!("/subscribedSkus?$select={select}")).await
    }

    /// Groups that match, at most `top` (1 to 999) of them. `GET /groups`.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn find_groups(&self, filter: &GroupFilter, top: u16) -> Result<Page<Group>, ClientError> {
        let path = query::list("/groups", GROUP_SELECT, filter.odata().as_deref(), top);
        self.read(Operation::FindGroups, &path).await
    }

    /// One group; `None`: there is none of this id. `GET /groups/{id}`.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn group(&self, id: &Id) -> Result<Option<Group>, ClientError> {
        absent(self.read(Operation::ReadGroup, &format!("/groups/{id}?$select={GROUP_SELECT}")).await)
    }

    /// A page of what the user is a *direct* member of: groups, directory roles, administrative units.
    /// `GET /users/{id}/memberOf`.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn member_of(&self, id: &Id, from: Option<&NextLink>) -> Result<Page<DirectoryObject>, ClientError> {
        let first = format!("/users/{id}/memberOf?$select=id&$top=999");
        self.read(Operation::ReadMemberships, from.map_or(first.as_str(), NextLink::as_str)).await
    }

    /// A page of everything the user is a member of, directly or by another group: groups, directory roles (those that a
    /// group of theirs holds included), administrative units. What the application may not read has no name. Not among
    /// them: roles the user is merely eligible for (PIM), custom roles, roles limited to an administrative unit.
    /// `GET /users/{id}/transitiveMemberOf`.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn transitive_member_of(
        &self,
        id: &Id,
        from: Option<&NextLink>,
    ) -> Result<Page<Membership>, ClientError> {
        let first = format!("/users/{id}/transitiveMemberOf?$select=id,displayName,isAssignableToRole&$top=999");
        self.read(Operation::ReadStanding, from.map_or(first.as_str(), NextLink::as_str)).await
    }

    /// A page of what the group is a *direct* member of: groups, directory roles, administrative units. What the
    /// application may not read has no name. `GET /groups/{id}/memberOf`.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn group_member_of(&self, id: &Id, from: Option<&NextLink>) -> Result<Page<Membership>, ClientError> {
        let first = format!("/groups/{id}/memberOf?$select=id,displayName,isAssignableToRole&$top=999");
        self.read(Operation::ReadNesting, from.map_or(first.as_str(), NextLink::as_str)).await
    }

    /// Adds a user to a group. Somebody who is a member already is a 400: see [`Refusal::says_already_member`].
    /// `POST /groups/{id}/members/$ref`.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn add_member(&self, group: &Id, member: &Id) -> Result<(), ClientError> {
        let path = format!("/groups/{group}/members/$ref");
        let base = self.http.base().as_str().trim_end_matches('/');
        let body = json!({"@odata.id": format!("{base}/directoryObjects/{member}")});
        self.write(Operation::AddMember, || Call::post(&path), &body).await
    }

    /// Ends a membership. `DELETE /groups/{id}/members/{id}/$ref`: the only `DELETE` this client can send.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn remove_member(&self, membership: &MemberRefPath) -> Result<(), ClientError> {
        self.ask(Operation::RemoveMember, || Call::delete(membership.as_str())).await.map(drop)
    }

    /// What Identity Protection knows of a user; `None`: it has never seen a risk. Needs Entra ID P2, else 403.
    /// `GET /identityProtection/riskyUsers/{id}`.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn risky_user(&self, id: &Id) -> Result<Option<RiskyUser>, ClientError> {
        absent(self.read(Operation::ReadRisk, &format!("/identityProtection/riskyUsers/{id}")).await)
    }

    /// Dismisses the risk of at most 60 users. Needs Entra ID P2. `POST /identityProtection/riskyUsers/dismiss`.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn dismiss_risk(&self, users: &[Id]) -> Result<(), ClientError> {
        let body = json!({"userIds": users});
        self.write(Operation::DismissRisk, || Call::post("/identityProtection/riskyUsers/dismiss"), &body).await
    }

    /// The user's newest sign-ins, newest first. Needs Entra ID P1, else 403. `GET /auditLogs/signIns`.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn sign_ins(&self, user: &Id, top: u16) -> Result<Page<SignIn>, ClientError> {
        let filter = segment(&format!("userId eq '{user}'"));
        self.read(Operation::ReadSignIns, &format!("/auditLogs/signIns?$filter={filter}&$top={top}")).await
    }

    async fn read<T: DeserializeOwned>(&self, operation: Operation, path: &str) -> Result<T, ClientError> {
        let reply = self.ask(operation, || Call::get(path)).await?;
        reply.json().map_err(|source| ClientError::Call { operation, source })
    }

    async fn write(
        &self,
        operation: Operation,
        call: impl Fn() -> Call + Send + Sync,
        body: &Value,
    ) -> Result<(), ClientError> {
        self.ask(operation, || call().json(body)).await.map(drop)
    }

    /// Sends a request with a token and takes any answer that is no success for a refusal.
    async fn ask(&self, operation: Operation, call: impl Fn() -> Call + Send + Sync) -> Result<Reply, ClientError> {
        let failed = |source: CallError| ClientError::Call { operation, source };
        let call = || call().template(operation.template());
        let token = self.tokens.current().await?;
        let mut reply = self.http.send(call().bearer(token.secret())).await.map_err(failed)?;
        if reply.status == 401 {
            let token = self.tokens.instead_of(&token).await?;
            reply = self.http.send(call().bearer(token.secret())).await.map_err(failed)?;
        }
        if reply.is_success() { Ok(reply) } else { Err(ClientError::Refused(Box::new(Refusal::new(operation, reply)))) }
    }
}

/// Turns "there is no such object" into `None`.
fn absent<T>(answer: Result<T, ClientError>) -> Result<Option<T>, ClientError> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(ClientError::Refused(refusal)) if refusal.status() == 404 => Ok(None),
        Err(error) => Err(error),
    }
}
