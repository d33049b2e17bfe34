//! Licences and the country of use.
//!
//! Guards of a licence step: `assigned=false;location=XX` (the user had this country), `assigned=false;location=planned`
//! (an earlier step of the plan sets it), `awaited` (the user did not exist). Free units are no part of the guard, since
//! they change all the time; that one is left is read again right before the step.

use countersign_domain::{
    plan::{Action, BlockCode, Blocker, ObjectId, UserRef},
    ports::{Observed, PortError, Prepared, PreparedStep, StepAsk},
};

use super::{
    GraphSystem,
    errors::port,
    people::{Person, called},
    products::{self, Choice},
    words::{blocked, listed, quoted, remarked, step},
};
use crate::client::{SubscribedSku, User};

pub(super) const AWAITED: &str = "awaited";
const NO_LOCATION: &str = "usageLocation=";
const PLANNED: &str = "assigned=false;location=planned";

impl GraphSystem {
    /// The subscriptions that can be assigned to users.
    pub(super) async fn user_skus(&self) -> Result<Vec<SubscribedSku>, PortError> {
        let mut skus = self.client.subscribed_skus().await.map_err(port)?.value;
        skus.retain(|sku| sku.applies_to.as_deref().is_none_or(|target| target.eq_ignore_ascii_case("User")));
        Ok(skus)
    }

    pub(super) async fn prepare_license(&self, ask: &StepAsk, person: &Person) -> Result<Prepared, PortError> {
        let Some(wanted) = ask.license.as_deref().map(str::trim).filter(|wanted| !wanted.is_empty()) else {
            return Ok(blocked(Blocker::new(
                BlockCode::MissingParameter,
                "The ticket names no licence.",
                "Ask the requester which product they need, for example \"Microsoft 365 E3\", and plan again.",
            )));
        };
        let skus = self.user_skus().await?;
        let sku = match products::choose(wanted, &skus) {
            Choice::One(sku) => sku,
            Choice::Several(candidates) => return Ok(blocked(ambiguous(wanted, &candidates))),
            Choice::None(meant) => return Ok(blocked(unknown(wanted, &meant, &skus))),
        };
        if let Person::Known(user) = person
            && has(user, sku.sku_id.as_str())
        {
            return Ok(remarked(format!("{} has {} already.", called(user), products::title(sku))));
        }
        let mut prepared = self.location_first(person);
        if sku.free_units() <= 0 {
            prepared.blockers.push(none_free(sku));
        }
        if prepared.blockers.is_empty() {
            let guard = license_guard(person, &prepared);
            prepared.steps.push(assign(person, sku, guard));
        } else {
            prepared.steps.clear();
        }
        Ok(prepared)
    }

    /// The step that gives the user a country, where they have none or are not there yet.
    fn location_first(&self, person: &Person) -> Prepared {
        match person {
            Person::Known(user) if location(user).is_some() => Prepared::default(),
            Person::Known(_) | Person::Awaited { .. } => self.set_location(person),
        }
    }

    pub(super) fn prepare_usage_location(&self, person: &Person) -> Prepared {
        match person {
            Person::Known(user) => match location(user) {
                Some(country) => remarked(format!("{} has the country of use {country} already.", called(user))),
                None => self.set_location(person),
            },
            Person::Awaited { .. } => self.set_location(person),
        }
    }

    fn set_location(&self, person: &Person) -> Prepared {
        let Some(country) = &self.country else { return blocked(no_country(person)) };
        let (before, guard) = match person {
            Person::Known(_) => ("none", NO_LOCATION),
            Person::Awaited { .. } => ("the user does not exist yet", AWAITED),
        };
        let action = Action::SetUsageLocation { user: reference(person), country: country.clone() };
        let title = format!("Set the country of use (usageLocation) to {country}");
        Prepared { steps: vec![step(action, title, (before, country), guard)], ..Prepared::default() }
    }

    pub(super) async fn observe_license(
        &self,
        user: &User,
        sku: &ObjectId,
        name: &str,
        guard: &str,
    ) -> Result<Observed, PortError> {
        if has(user, &sku.0) {
            return Ok(Observed::AlreadyDone(format!("{} has {name}", called(user))));
        }
        match (location(user), guard) {
            (None, PLANNED | AWAITED) => {
                return Ok(Observed::NotYet("Entra ID does not show the user's country of use yet".to_owned()));
            }
            (None, _) => return Ok(Observed::Drifted("the user has no country of use any more".to_owned())),
            (Some(country), guard) if ![PLANNED, AWAITED, &license_guard_of(country)].contains(&guard) => {
                return Ok(Observed::Drifted(format!("the user's country of use is {country} now")));
            }
            (Some(_), _) => {}
        }
        let skus = self.user_skus().await?;
        let Some(found) = skus.iter().find(|known| known.sku_id.is(&sku.0)) else {
            return Ok(Observed::Drifted(format!("the tenant no longer has {name}")));
        };
        if found.free_units() > 0 { Ok(Observed::Ready) } else { Ok(Observed::Drifted(none_free(found).says)) }
    }
}

pub(super) fn observe_usage_location(user: &User, country: &str, guard: &str) -> Observed {
    match (location(user), guard) {
        (Some(found), _) if found.eq_ignore_ascii_case(country) => {
            Observed::AlreadyDone(format!("the country of use is {found}"))
        }
        // Provisioning may bring a country of its own, which then is the better one.
        (Some(found), AWAITED) => Observed::AlreadyDone(format!("the country of use is {found}, set by provisioning")),
        (Some(found), _) => Observed::Drifted(format!("the user's country of use is {found} now")),
        (None, NO_LOCATION | AWAITED) => Observed::Ready,
        (None, _) => Observed::Drifted("the user has no country of use any more".to_owned()),
    }
}

fn location(user: &User) -> Option<&str> {
    user.usage_location.as_deref().filter(|country| !country.is_empty())
}

fn has(user: &User, sku: &str) -> bool {
    user.assigned_licenses.iter().filter_map(|licence| licence.sku_id.as_ref()).any(|id| id.is(sku))
}

pub(super) fn reference(person: &Person) -> UserRef {
    match person {
        Person::Known(user) => UserRef::Known(ObjectId(user.id.as_str().to_owned())),
        Person::Awaited { login } => UserRef::Awaited { login: login.clone() },
    }
}

fn license_guard(person: &Person, so_far: &Prepared) -> String {
    match person {
        Person::Awaited { .. } => AWAITED.to_owned(),
        Person::Known(_) if !so_far.steps.is_empty() => PLANNED.to_owned(),
        Person::Known(user) => license_guard_of(location(user).unwrap_or_default()),
    }
}

fn license_guard_of(country: &str) -> String {
    format!("assigned=false;location={country}")
}

fn assign(person: &Person, sku: &SubscribedSku, guard: String) -> PreparedStep {
    let name = products::title(sku);
    let units = format!("{} of {} units free", sku.free_units(), sku.enabled_units());
    let before = match person {
        Person::Known(_) => format!("not assigned; {units}"),
        Person::Awaited { .. } => format!("the user does not exist yet; {units}"),
    };
    let title = format!("Assign the licence {name}");
    let action = Action::AssignLicense {
        user: reference(person),
        sku: ObjectId(sku.sku_id.as_str().to_owned()),
        sku_name: name,
    };
    step(action, title, (before, "assigned"), guard)
}

fn titles(skus: &[&SubscribedSku]) -> String {
    let mut names: Vec<String> = skus.iter().map(|sku| products::title(sku)).collect();
    names.sort();
    listed(&names)
}

fn ambiguous(wanted: &str, candidates: &[&SubscribedSku]) -> Blocker {
    Blocker::new(
        BlockCode::UnknownLicense,
        format!("The ticket asks for {}, which could be any of: {}.", quoted(wanted), titles(candidates)),
        "Ask which one is meant, name it in full in the ticket, and plan again.",
    )
}

fn unknown(wanted: &str, meant: &[&str], skus: &[SubscribedSku]) -> Blocker {
    let all: Vec<&SubscribedSku> = skus.iter().collect();
    let has = if all.is_empty() { "none".to_owned() } else { titles(&all) };
    let says = if meant.is_empty() {
        format!("No product of the tenant is called {}. The tenant has: {has}.", quoted(wanted))
    } else {
        format!("The tenant has no {}. The tenant has: {has}.", meant.join(" or "))
    };
    let mend =
        "Name one of these in the ticket, or buy the product in the Microsoft 365 admin center; then plan again.";
    Blocker::new(BlockCode::UnknownLicense, says, mend)
}

fn none_free(sku: &SubscribedSku) -> Blocker {
    let (enabled, used) = (sku.enabled_units(), sku.consumed_units.unwrap_or(0));
    let status = sku.capability_status.as_deref().filter(|status| !status.eq_ignore_ascii_case("Enabled"));
    let status = status.map(|status| format!(" (the subscription is in the state {status})")).unwrap_or_default();
    Blocker::new(
        BlockCode::NoFreeLicense,
        format!("No unit of {} is free: {used} of {enabled} are in use{status}.", products::title(sku)),
        "Take one from somebody who no longer needs it or buy more (Microsoft 365 admin center > Billing > Licenses), \
         then plan again.",
    )
}

fn no_country(person: &Person) -> Blocker {
    let says = match person {
        Person::Known(user) => format!(
            "{} has no country of use (usageLocation), without which Entra ID assigns no licence, and no default is \
             configured.",
            called(user)
        ),
        Person::Awaited { login } => format!(
            "{login} will need a country of use (usageLocation), without which Entra ID assigns no licence, and no \
             default is configured."
        ),
    };
    let mend = "Set `usage_location` of this connection in the configuration, for example usage_location = \"DE\", or \
                set the user's usage location in Entra ID; then plan again.";
    Blocker::new(BlockCode::WrongState, says, mend)
}
