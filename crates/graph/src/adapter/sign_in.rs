//! Why somebody cannot sign in, and what an administrator can do about it.
//!
//! Guards: `accountEnabled=false`; `riskState=atRisk;riskLevel=medium`; `exists` for ending sessions.

use countersign_domain::{
    plan::{Action, BlockCode, Blocker},
    ports::{Observed, PortError, Prepared, PreparedStep},
};

use super::{
    GraphSystem,
    errors::port,
    licences::reference,
    people::{Person, called},
    words::{blocked, remarked, step},
};
use crate::client::{ClientError, Id, RiskState, RiskyUser, SignIn, User};

/// Smart lockout, and sign-in from an address known to be malicious.
const LOCKED: i64 = 50_053;
/// How many sign-ins are looked at.
const RECENT: u16 = 5;

/// What is known of a user's risk and recent sign-ins, and what could not be seen.
struct Findings {
    risk: Option<RiskyUser>,
    sign_ins: Vec<SignIn>,
    /// What was looked at, in words.
    seen: Vec<&'static str>,
    /// What was not, and why.
    unseen: Vec<String>,
}

impl GraphSystem {
    /// Finds out why sign-in fails and proposes what fits.
    pub(super) async fn prepare_restore(&self, person: &Person) -> Result<Prepared, PortError> {
        let user = match person {
            Person::Known(user) => user,
            Person::Awaited { login } => return Ok(blocked(not_there(login))),
        };
        let findings = self.look_at(&user.id).await?;
        let mut prepared = Prepared::default();
        if user.account_enabled == Some(false) {
            propose_enable(&mut prepared, person, user);
        }
        if let Some(risk) = findings.risk.as_ref().filter(|risk| is_risky(risk)) {
            prepared.steps.push(dismiss(person, risk));
            prepared.remarks.push(about_risk(risk));
        }
        prepared.remarks.extend(findings.unseen.iter().map(|what| format!("Not looked at: {what}.")));
        if prepared.steps.is_empty() && prepared.blockers.is_empty() {
            prepared.blockers.push(match locked(&findings.sign_ins) {
                Some(sign_in) => lockout(user, sign_in),
                None => nothing_found(user, &findings),
            });
        } else if let Some(sign_in) = locked(&findings.sign_ins) {
            prepared.remarks.push(format!("Besides: {}", lockout(user, sign_in).says));
        }
        if !prepared.blockers.is_empty() {
            prepared.steps.clear();
        }
        Ok(prepared)
    }

    async fn look_at(&self, user: &Id) -> Result<Findings, PortError> {
        let mut seen = vec!["whether the account is enabled"];
        let mut unseen = Vec::new();
        let risk = match visible(self.client.risky_user(user).await)? {
            Ok(risk) => {
                seen.push("the user's risk");
                risk
            }
            Err(why) => {
                unseen.push(format!("the user's risk ({})", why.words("Entra ID P2", "IdentityRiskyUser.Read.All")));
                None
            }
        };
        let sign_ins = match visible(self.client.sign_ins(user, RECENT).await)? {
            Ok(page) => {
                seen.push("the latest sign-ins");
                page.value
            }
            Err(why) => {
                unseen.push(format!("the sign-in log ({})", why.words("Entra ID P1", "AuditLog.Read.All")));
                Vec::new()
            }
        };
        Ok(Findings { risk, sign_ins, seen, unseen })
    }

    pub(super) async fn prepare_dismiss(&self, person: &Person) -> Result<Prepared, PortError> {
        let user = match person {
            Person::Known(user) => user,
            Person::Awaited { login } => return Ok(blocked(not_there(login))),
        };
        match visible(self.client.risky_user(&user.id).await)? {
            Ok(Some(risk)) if is_risky(&risk) => Ok(Prepared {
                steps: vec![dismiss(person, &risk)],
                remarks: vec![about_risk(&risk)],
                ..Prepared::default()
            }),
            Ok(_) => Ok(remarked(format!("{} is not at risk.", called(user)))),
            Err(why) => Ok(blocked(Blocker::new(
                BlockCode::NotPossible,
                format!("The user's risk cannot be read: {}.", why.words("Entra ID P2", "IdentityRiskyUser.Read.All")),
                "License Entra ID P2, or grant the application IdentityRiskyUser.ReadWrite.All, and plan again.",
            ))),
        }
    }

    pub(super) async fn observe_dismiss(&self, user: &User, guard: &str) -> Result<Observed, PortError> {
        let Some(risk) = self.client.risky_user(&user.id).await.map_err(port)?.filter(is_risky) else {
            return Ok(Observed::AlreadyDone(format!("{} is not at risk", called(user))));
        };
        if risk_guard(&risk) == guard {
            return Ok(Observed::Ready);
        }
        Ok(Observed::Drifted(format!("the user's risk has changed: it is {} now", risk_words(&risk))))
    }
}

/// Why something could not be seen.
#[derive(Clone, Copy)]
pub(super) enum Unseen {
    /// For want of a licence of the tenant's.
    NotLicensed,
    /// For want of a permission of ours.
    NotPermitted,
}

impl Unseen {
    fn words(self, licence: &str, permission: &str) -> String {
        match self {
            Self::NotLicensed => format!("the tenant lacks {licence}"),
            Self::NotPermitted => format!("the application lacks the permission {permission}"),
        }
    }
}

/// Takes a 403 for something that cannot be seen, rather than for a failure.
pub(super) fn visible<T>(read: Result<T, ClientError>) -> Result<Result<T, Unseen>, PortError> {
    match read {
        Ok(found) => Ok(Ok(found)),
        Err(ClientError::Refused(refusal)) if refusal.says_not_licensed() => Ok(Err(Unseen::NotLicensed)),
        Err(ClientError::Refused(refusal)) if refusal.status() == 403 => Ok(Err(Unseen::NotPermitted)),
        Err(error) => Err(port(error)),
    }
}

pub(super) fn prepare_enable(person: &Person) -> Prepared {
    let user = match person {
        Person::Known(user) => user,
        Person::Awaited { login } => return blocked(not_there(login)),
    };
    let mut prepared = Prepared::default();
    match user.account_enabled {
        Some(true) => return remarked(format!("{} is enabled already.", called(user))),
        Some(false) => propose_enable(&mut prepared, person, user),
        None => prepared.blockers.push(Blocker::new(
            BlockCode::SystemUnavailable,
            format!("Entra ID does not say whether {} is enabled.", called(user)),
            "Grant the application User.Read.All and plan again.",
        )),
    }
    prepared
}

fn propose_enable(prepared: &mut Prepared, person: &Person, user: &User) {
    if user.on_premises_sync_enabled == Some(true) {
        prepared.blockers.push(Blocker::new(
            BlockCode::NotPossible,
            format!("{} is disabled, and is synchronised from the on-premises directory.", called(user)),
            "Enable the account in the on-premises Active Directory; the next synchronisation carries it over.",
        ));
        return;
    }
    let action = Action::EnableAccount { user: reference(person) };
    prepared.steps.push(step(action, "Enable the account", ("disabled", "enabled"), "accountEnabled=false"));
    prepared.remarks.push(
        "Entra ID does not say why the account is disabled. It may be on purpose (somebody has left, an incident, a \
         leave of absence): ask before approving."
            .to_owned(),
    );
}

pub(super) fn observe_enable(user: &User) -> Observed {
    match (user.account_enabled, user.on_premises_sync_enabled) {
        (Some(true), _) => Observed::AlreadyDone(format!("{} is enabled", called(user))),
        (Some(false), Some(true)) => {
            Observed::Drifted("the account is kept in the on-premises directory now".to_owned())
        }
        (Some(false), Some(false) | None) => Observed::Ready,
        (None, _) => Observed::Unknown("Entra ID does not say whether the account is enabled: look it up".to_owned()),
    }
}

pub(super) fn prepare_clear_sessions(person: &Person) -> Prepared {
    if let Person::Awaited { login } = person {
        return blocked(not_there(login));
    }
    let action = Action::ClearSessions { user: reference(person) };
    let change = ("signed in wherever they signed in", "signed out everywhere, within some minutes");
    Prepared { steps: vec![step(action, "End all sign-in sessions", change, "exists")], ..Prepared::default() }
}

fn not_there(login: &str) -> Blocker {
    Blocker::new(
        BlockCode::UnknownTarget,
        format!("{login} does not exist in Entra ID yet."),
        "Leave this step out of the runbook for people who are yet to be created.",
    )
}

fn is_risky(risk: &RiskyUser) -> bool {
    match risk.risk_state {
        RiskState::AtRisk | RiskState::ConfirmedCompromised => true,
        RiskState::None
        | RiskState::ConfirmedSafe
        | RiskState::Remediated
        | RiskState::Dismissed
        | RiskState::Unknown => false,
    }
}

fn level(risk: &RiskyUser) -> &str {
    risk.risk_level.as_deref().unwrap_or("unknown")
}

fn risk_guard(risk: &RiskyUser) -> String {
    format!("riskState={};riskLevel={}", risk.risk_state.as_str(), level(risk))
}

fn risk_words(risk: &RiskyUser) -> String {
    format!("{}, level {}", risk.risk_state.as_str(), level(risk))
}

fn dismiss(person: &Person, risk: &RiskyUser) -> PreparedStep {
    let action = Action::DismissRisk { user: reference(person) };
    step(action, "Dismiss the user's risk", (risk_words(risk), "dismissed, level none"), risk_guard(risk))
}

fn about_risk(risk: &RiskyUser) -> String {
    let since = risk.risk_last_updated_date_time.as_deref().map(|at| format!(" since {at}")).unwrap_or_default();
    match risk.risk_state {
        RiskState::ConfirmedCompromised => format!(
            "An administrator has confirmed this account as compromised{since}. Dismissing lets it sign in again: have \
             its password and factors reset first."
        ),
        RiskState::AtRisk
        | RiskState::None
        | RiskState::ConfirmedSafe
        | RiskState::Remediated
        | RiskState::Dismissed
        | RiskState::Unknown => format!(
            "Identity Protection takes this account to be at risk{since}. Dismiss only if the user is known to have \
             caused what was seen (Entra admin center > Protection > Risky users)."
        ),
    }
}

/// The lock-out that still holds: one with no success after it, among the latest sign-ins, newest first.
fn locked(sign_ins: &[SignIn]) -> Option<&SignIn> {
    sign_ins
        .iter()
        .take_while(|sign_in| sign_in.error_code() != Some(0))
        .find(|entry| entry.error_code() == Some(LOCKED))
}

fn at(sign_in: &SignIn) -> String {
    sign_in.created_date_time.as_deref().map(|at| format!(" at {at}")).unwrap_or_default()
}

fn lockout(user: &User, sign_in: &SignIn) -> Blocker {
    Blocker::new(
        BlockCode::NotPossible,
        format!(
            "{} was locked out by smart lockout (error 50053){} after too many wrong passwords, or signed in from an \
             address known to be malicious. Entra ID lets no administrator lift this.",
            called(user),
            at(sign_in)
        ),
        "Wait: the first lock-out lasts 60 seconds unless configured otherwise, and longer each time. If the password is \
         forgotten, have it reset; if the attempts were not the user's, treat it as an incident.",
    )
}

fn nothing_found(user: &User, findings: &Findings) -> Blocker {
    let mut says = format!("Nothing keeps {} from signing in, as far as was looked at: ", called(user));
    says.push_str(&findings.seen.join(", "));
    says.push('.');
    if user.account_enabled.is_none() {
        says.push_str(" Entra ID did not say whether the account is enabled.");
    }
    if !findings.unseen.is_empty() {
        says.push_str(&format!(" Not looked at: {}.", findings.unseen.join("; ")));
    }
    let latest = findings.sign_ins.first();
    let mut mend = "Ask what the user sees when signing in".to_owned();
    match latest.and_then(SignIn::error_code) {
        None => mend.push_str(", with the error's number and time."),
        Some(0) => {
            says.push_str(&format!(" The latest sign-in{} succeeded.", latest.map(at).unwrap_or_default()));
            mend.push_str(", and whether it still fails.");
        }
        Some(code) => {
            let when = latest.map(at).unwrap_or_default();
            says.push_str(&format!(" The latest sign-in{when} failed with error {code}{}.", meaning(code)));
            mend.push_str(advice(code));
        }
    }
    Blocker::new(BlockCode::NothingToDo, says, mend)
}

/// Codes: <https://learn.microsoft.com/entra/identity-platform/reference-error-codes>.
fn meaning(code: i64) -> &'static str {
    match code {
        50_055 | 50_144 => " (the password has expired)",
        50_057 => " (the account was disabled then)",
        50_072 | 50_074 | 50_076 | 50_079 | 500_121 => " (a second factor was asked for and not given)",
        50_126 => " (wrong user name or password)",
        53_000..=53_004 => " (blocked by Conditional Access)",
        _ => "",
    }
}

fn advice(code: i64) -> &'static str {
    match code {
        50_055 | 50_126 | 50_144 => "; a password reset probably fits.",
        50_072 | 50_074 | 50_076 | 50_079 | 500_121 => "; a reset of the factors probably fits.",
        53_000..=53_004 => "; look at the sign-in's Conditional Access tab in the Entra admin center.",
        _ => "; look at the sign-in in the Entra admin center.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sign_ins(codes: &[i64]) -> Vec<SignIn> {
        codes
            .iter()
            .map(|code| serde_json::from_value(serde_json::json!({"status": {"errorCode": code}})).unwrap())
            .collect()
    }

    #[test]
    fn lockout_holds_until_a_sign_in_succeeded() {
        assert!(locked(&sign_ins(&[LOCKED])).is_some());
        assert!(locked(&sign_ins(&[50_126, LOCKED, 0])).is_some());
        assert!(locked(&sign_ins(&[0, LOCKED])).is_none());
        assert!(locked(&sign_ins(&[50_126])).is_none());
        assert!(locked(&[]).is_none());
    }

    #[test]
    fn only_states_that_block_are_risky() {
        for (state, risky) in [
            ("atRisk", true),
            ("confirmedCompromised", true),
            ("none", false),
            ("dismissed", false),
            ("remediated", false),
            ("confirmedSafe", false),
            ("unknownFutureValue", false),
        ] {
            let risk = serde_json::from_value(serde_json::json!({"id": "u1", "riskState": state})).unwrap();
            assert_eq!(is_risky(&risk), risky, "{state}");
        }
    }
}
