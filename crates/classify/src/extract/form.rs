//! Lines of forms: `Label: value`.

use std::ops::Range;

use crate::{text::trimmed, words::folded};

/// What a label asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Label {
    /// The person concerned, by name or address.
    Person,
    /// The person's account: stronger than [`Label::Person`] for an address.
    Account,
    /// Somebody else: an approver, a manager, the requester.
    Other,
    Group,
    License,
    /// A licence that is there already.
    FormerLicense,
    Action,
}

/// A line of a form. The value is trimmed and not empty.
pub(super) struct Field<'t> {
    pub(super) label: Label,
    pub(super) value: Range<usize>,
    pub(super) text: &'t str,
}

const PERSON: &str = "user|employee|name|full name|employee name|person|worker|affected user|requested for|for|starter|leaver|joiner|new starter|new hire|new joiner|new employee|offboarding|onboarding|hire|benutzer|mitarbeiter|mitarbeiterin|neue mitarbeiterin|neuer mitarbeiter|vorname nachname|utilisateur|employe|collaborateur|nom|usuario|empleado|nombre|gebruiker|medewerker|naam|utilizador|colaborador|funcionario|nome|user name|display name|member|details|austritt|eintritt|colleague|e mail|email|mail|mail address|email address|e mail address|work e mail|work email|address|adresse|correo|first name and last name";
const ACCOUNT: &str = "account|login|username|upn|user account|user id|account wanted|konto|benutzerkonto|benutzername|compte|identifiant|cuenta|gebruikersnaam|conta|sign in|logon";
const OTHER: &str = "manager|line manager|approver|approved by|approval|requester|requested by|cc|bcc|contact|supervisor|reports to|submitted by|reporter|from|to|successor|replaces|replacement|hr contact|hr|backup|delegate|forward to|forward mail to|vorgesetzter|vorgesetzte|genehmigt von|genehmiger|antragsteller|ansprechpartner|nachfolger|responsable|demandeur|valideur|jefe|solicitante|aprobado por|leidinggevende|aanvrager|goedgekeurd door|gestor|aprovador|aprovado por|requestor|owner|sender|reply to|opened by|caller|mentor|buddy|team lead";
const GROUP: &str = "group|groups|group name|gruppe|gruppen|groupe|groupes|grupo|grupos|groep|groepen|security group|security groups|sicherheitsgruppe|ad group|ad groups|membership|memberships|mitgliedschaft";
const LICENSE: &str = "licence|license|licences|licenses|licence tier|license tier|licence type|license type|sku|product|new|new licence|new license|licence wanted|requested licence|requested license|lizenz|lizenzen|neue lizenz|produkt|licencia|nueva licencia|licentie|product wanted|licenca|produit|nouvelle licence|produto|producto|wanted licence";
const FORMER: &str = "current|old|current licence|current license|old licence|old license|previous|bisher|aktuell|aktuelle lizenz|actuelle|actual|huidig|atual";
const ACTION: &str = "action|decision|result|change|requested change|request|aktion|entscheidung|anderung|decision finale|accion|actie|acao|wanted|to do|requested";

const LABELS: [(Label, &str); 7] = [
    (Label::Person, PERSON),
    (Label::Account, ACCOUNT),
    (Label::Other, OTHER),
    (Label::Group, GROUP),
    (Label::License, LICENSE),
    (Label::FormerLicense, FORMER),
    (Label::Action, ACTION),
];

/// The line as a form's, if it is one.
pub(super) fn field(text: &str, line: Range<usize>) -> Option<Field<'_>> {
    let inner = &text[line.clone()];
    let colon = inner.find([':', '\t'])?;
    if colon > 40 || inner[colon..].starts_with("://") {
        return None;
    }
    let plain = folded(inner[..colon].trim_matches([' ', '*', '-', '•']));
    let name: Vec<_> = plain.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let name = name.join(" ");
    let label = LABELS.iter().find(|(_, names)| names.split('|').any(|known| known == name))?.0;
    let skipped = inner[colon..].len() - inner[colon..].trim_start_matches([':', '\t', ' ']).len();
    let value = trimmed(text, line.start + colon + skipped..line.end);
    (!value.is_empty()).then(|| Field { label, text: &text[value.clone()], value })
}
