//! Who and what exists in the sandbox at the start: one company, seen by four vendors.

/// What a sandbox holds at the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seed {
    /// The company of the demo: people, groups, licences, a channel.
    Demo,
    /// No people and no tickets; credentials and the Slack channel still work.
    Empty,
}

/// A user whom Okta has just created and whom its provisioning will carry over to Entra.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewUser {
    /// Okta's immutable id.
    pub okta_id: String,
    /// Login and primary mail address.
    pub email: String,
    /// Given name.
    pub given_name: String,
    /// Family name.
    pub family_name: String,
}

/// A person's state in Okta.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OktaState {
    /// Can sign in.
    Active,
    /// Left the company.
    Deprovisioned,
}

/// A person's state in Entra ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EntraState {
    /// Can sign in.
    Enabled,
    /// `accountEnabled: false`.
    Disabled,
    /// Enabled, but Identity Protection says `atRisk`.
    AtRisk,
}

/// One person of the company.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Person {
    /// Given name.
    pub(crate) given: &'static str,
    /// Family name.
    pub(crate) family: &'static str,
    /// Login and mail address; the same at every vendor.
    pub(crate) email: &'static str,
    /// State in Okta.
    pub(crate) okta: OktaState,
    /// Enrolled factors, as (Okta `factorType`, `provider`).
    pub(crate) factors: &'static [(&'static str, &'static str)],
    /// State in Entra.
    pub(crate) entra: EntraState,
    /// Display names of the Entra directory roles the person holds.
    pub(crate) directory_roles: &'static [&'static str],
    /// Entra `usageLocation`, where set.
    pub(crate) usage_location: Option<&'static str>,
    /// Slack member id, where the person is known with a fixed one.
    pub(crate) slack_id: Option<&'static str>,
}

const TWO_FACTORS: &[(&str, &str)] = &[("push", "OKTA"), ("token:software:totp", "GOOGLE")];
const ONE_FACTOR: &[(&str, &str)] = &[("push", "OKTA")];

const fn person(given: &'static str, family: &'static str, email: &'static str) -> Person {
    Person {
        given,
        family,
        email,
        okta: OktaState::Active,
        factors: ONE_FACTOR,
        entra: EntraState::Enabled,
        directory_roles: &[],
        usage_location: Some("DE"),
        slack_id: None,
    }
}

/// Everybody at acme.com.
pub(crate) const PEOPLE: &[Person] = &[
    Person { factors: TWO_FACTORS, slack_id: Some("U0789SARAH"), ..person("Sarah", "Chen", "sarah.chen@acme.com") },
    person("Tom", "Okafor", "tom.okafor@acme.com"),
    Person { usage_location: None, ..person("Priya", "Nair", "priya.nair@acme.com") },
    person("Lukas", "Brandt", "lukas.brandt@acme.com"),
    Person { entra: EntraState::Disabled, ..person("Maria", "Silva", "maria.silva@acme.com") },
    person("Nadia", "Frost", "nadia.frost@acme.com"),
    person("Bartosz", "Wilk", "bartosz.wilk@acme.com"),
    person("Alex", "Kim", "alex.kim@acme.com"),
    person("Alex", "Kim", "alex.kim2@acme.com"),
    Person { entra: EntraState::AtRisk, ..person("Jo", "Doe", "jo.doe@acme.com") },
    Person { okta: OktaState::Deprovisioned, factors: &[], ..person("Ben", "Ode", "ben.ode@acme.com") },
    Person { slack_id: Some("U0123APPROVER"), ..person("Dana", "Lead", "lead@acme.com") },
    Person {
        directory_roles: &["User Administrator"],
        slack_id: Some("U0456APPROVER"),
        ..person("Omar", "Reyes", "omar.reyes@acme.com")
    },
];

/// How an Entra group may be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EntraGroupKind {
    /// An ordinary security group with assigned members.
    Assigned,
    /// `groupTypes: ["DynamicMembership"]`: members cannot be set.
    Dynamic,
    /// `isAssignableToRole: true`: needs more than `GroupMember.ReadWrite.All`.
    RoleAssignable,
    /// `onPremisesSyncEnabled: true`: changed on premises only.
    OnPremises,
}

/// Entra groups, as (display name, kind).
pub(crate) const ENTRA_GROUPS: &[(&str, EntraGroupKind)] = &[
    ("Engineering-Docs", EntraGroupKind::Assigned),
    ("Finance-Readers", EntraGroupKind::Assigned),
    ("proj-atlas", EntraGroupKind::Assigned),
    ("All-Staff", EntraGroupKind::Dynamic),
    ("Tier0-Admins", EntraGroupKind::RoleAssignable),
    ("Legacy-AD-Print", EntraGroupKind::OnPremises),
];

/// A product the tenant has bought.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sku {
    /// Microsoft's published SKU id.
    pub(crate) id: &'static str,
    /// `skuPartNumber`.
    pub(crate) part_number: &'static str,
    /// Units bought.
    pub(crate) enabled: u32,
    /// Units in use at the start, beyond those of the seeded people.
    pub(crate) consumed: u32,
}

/// The tenant's subscriptions. Ids as in Microsoft's list of product names and service plan identifiers.
pub(crate) const SKUS: &[Sku] = &[
    Sku { id: "05e9a617-0261-4cee-bb44-138d3ef5d965", part_number: "SPE_E3", enabled: 50, consumed: 12 },
    Sku { id: "06ebc4ee-1bb5-47dd-8120-11324bc54e06", part_number: "SPE_E5", enabled: 10, consumed: 4 },
    Sku { id: "c5928f49-12ba-48f7-ada3-0d743a3601d5", part_number: "VISIOCLIENT", enabled: 5, consumed: 2 },
    Sku { id: "f8a1db68-be16-40ed-86d5-cb42ce701560", part_number: "POWER_BI_PRO", enabled: 8, consumed: 8 },
    Sku { id: "53818b1b-4a27-454b-8896-0dba576410e6", part_number: "PROJECTPROFESSIONAL", enabled: 6, consumed: 1 },
];

/// Okta groups, as (name, whether Okta keeps its members itself: type `BUILT_IN`).
pub(crate) const OKTA_GROUPS: &[(&str, bool)] =
    &[("Engineering-Docs", false), ("Everyone", true), ("Support-Tier1", false)];

/// Somebody in Slack who is not one of [`PEOPLE`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct SlackOnly {
    /// Slack member id.
    pub(crate) id: &'static str,
    /// Shown name.
    pub(crate) name: &'static str,
    /// Mail address, which bots do not have.
    pub(crate) email: Option<&'static str>,
    /// Workspace; another one than [`SLACK_TEAM`] plays somebody in a shared channel.
    pub(crate) team: &'static str,
    /// Whether this is a bot user.
    pub(crate) is_bot: bool,
    /// Whether this is a multi-channel guest.
    pub(crate) is_restricted: bool,
}

/// Slack members without an account at the company.
pub(crate) const SLACK_ONLY: &[SlackOnly] = &[
    SlackOnly {
        id: "U0GUEST",
        name: "Gus Visitor",
        email: Some("gus@partner.example"),
        team: SLACK_TEAM,
        is_bot: false,
        is_restricted: true,
    },
    SlackOnly {
        id: SLACK_BOT_USER,
        name: "Countersign",
        email: None,
        team: SLACK_TEAM,
        is_bot: true,
        is_restricted: false,
    },
    SlackOnly {
        id: "U0STRANGER",
        name: "Dana Lead",
        email: Some("lead@acme.com"),
        team: "T0OTHER",
        is_bot: false,
        is_restricted: false,
    },
];

/// The Slack workspace.
pub(crate) const SLACK_TEAM: &str = "T0ACME";
/// The channel in which approvers are asked.
pub(crate) const SLACK_CHANNEL: &str = "C0123ADMIN";
/// The app's own bot user.
pub(crate) const SLACK_BOT_USER: &str = "U0BOT";
