//! Lines of forms: `Label: value`, `label=value`, `Label ..... value`, and several of them in one line.

use std::{collections::HashMap, ops::Range, sync::LazyLock};

use super::marks;
use crate::{text::trimmed, words::folded};

/// What a label asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Label {
    /// The person concerned, by name or address.
    Person,
    /// The person's account: stronger than [`Label::Person`] for an address.
    Account,
    /// Somebody else: an approver, a manager, the requester, a private address.
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
    /// Nothing but a dash or dots parts the label from the value.
    loose: bool,
    /// The label is known word for word.
    known: bool,
}

const PERSON: &str = "caller|anrufer|anruferin|appelant|llamante|beller|user|employee|name|full name|legal name|legalname|employee name|name of employee|display name|displayname|person|worker|affected user|requested for|for|starter|leaver|joiner|new starter|new hire|new joiner|new joinee|new employee|offboarding|onboarding|hire|agent|applicant|candidate name|benutzer|mitarbeiter|mitarbeiterin|neue mitarbeiterin|neuer mitarbeiter|vorname nachname|utilisateur|employe|collaborateur|collaboratrice|nom|nom complet|usuario|empleado|empleada|nombre|nombre completo|colaborador|gebruiker|medewerker|naam|utilizador|funcionario|nome|nome completo|user name|member|details|austritt|eintritt|colleague|first name and last name|entity|target|subject|betroffen|betrifft|concerne|pour|para|voor|fur";
const ACCOUNT: &str = "account|login|username|upn|user account|user id|account wanted|corporate account|corporate account to create|account to create|corporate id|account reviewed|konto|benutzerkonto|benutzername|compte|identifiant|cuenta|gebruikersnaam|conta|sign in|logon|e mail|email|mail|mail address|email address|e mail address|work e mail|work email|workemail|corporate mail|corp mail|u corp mail|official email|official email id|account e mail|account email|identity e mail|address|adresse|correo|correo electronico|correo corporativo|mailadresse|email adresse|adresse mail|courriel|e mailadres|mailadres|endereco|e mail corporativo";
const OTHER: &str = "supervisor|supervisora|superviseur|encargado|encargada|responsable|from|to|hr|rm|pa|forward to|forward mail to|replaces|reports to|requested by|submitted by|opened by|sender|reporter|req|hr contact|absender|gemeldet von|erstellt von|hrbp|raised by|ticket owner|team lead|line|copy to|copia a|en copie|in kopie|lead|checklist owner|hiring|location contact|agency|mailbox to|to inform";
const GROUP: &str = "group|groups|group name|gruppe|gruppen|groupe|groupes|grupo|grupos|groep|groepen|security group|security groups|security groups required|sicherheitsgruppe|ad group|ad groups|u ad groups|dl group|membership|memberships|mitgliedschaft|entitlement|entitlements|groups wanted|groups required|groups needed|groupe s|group s|entra group|entra groups";
const LICENSE: &str = "licence|license|licences|licenses|licence tier|license tier|licence type|license type|o365 licence|o365 license|o365 license type|m365 licence|m365 license|u m365 sku|sku|part|product|new|new licence|new license|licence wanted|requested licence|requested license|tier|entitlement bundle|lizenz|lizenzen|neue lizenz|produkt|licencia|licencias|nueva licencia|licentie|product wanted|licenca|produit|nouvelle licence|produto|producto|wanted licence|lizenzstufe|stufe|nivel|niveau|neu|nieuw|nuevo|nouveau|novo";
const FORMER: &str = "current|old|current licence|current license|old licence|old license|previous|bisher|aktuell|aktuelle lizenz|actuelle|actual|huidig|atual|alt|ancien|ancienne|anterior|oud|licencia actual|licence actuelle|huidige licentie|licenca atual";
const ACTION: &str = "action|decision|reviewer decision|result|change|requested change|request|aktion|entscheidung|anderung|decision finale|accion|solicitud|actie|acao|pedido|wanted|to do|requested|it action required|action required|todo|ask|wunsch|demande|outcome";

const LABELS: [(Label, &str); 7] = [
    (Label::Person, PERSON),
    (Label::Account, ACCOUNT),
    (Label::Other, OTHER),
    (Label::Group, GROUP),
    (Label::License, LICENSE),
    (Label::FormerLicense, FORMER),
    (Label::Action, ACTION),
];
/// What each known label asks for.
static KNOWN: LazyLock<HashMap<&str, Label>> = LazyLock::new(|| {
    LABELS.iter().rev().flat_map(|(label, names)| names.split('|').map(|name| (name, *label))).collect()
});
/// Bytes of the longest label.
const LONGEST_LABEL: usize = 40;

/// The fields of a line; more than one where it is a list of pairs.
pub(super) fn fields(text: &str, line: Range<usize>, is_subject: bool) -> Vec<Field<'_>> {
    let inner = &text[line.clone()];
    let pairs = inner.matches('=').count() >= 2 && inner.contains([';', '|']);
    let json = inner.starts_with('{') && inner.contains("\":");
    let separators: &[char] = match (json, pairs) {
        (true, _) => &['{', '}', ','],
        (false, true) => &[';', '|'],
        (false, false) => {
            return field(text, line)
                .filter(|field| !is_subject || (field.known && !field.loose))
                .into_iter()
                .collect();
        }
    };
    let mut found = Vec::new();
    let mut at = line.start;
    let mut in_list = false;
    let mut start = line.start;
    for c in inner.chars() {
        // Within `["A","B"]` a comma parts the values of one field.
        in_list = json && (c == '[' || (in_list && c != ']'));
        if separators.contains(&c) && !in_list {
            found.extend(field(text, start..at));
            start = at + c.len_utf8();
        }
        at += c.len_utf8();
    }
    found.extend(field(text, start..line.end));
    found
}

/// The stretch as one field, if it is one.
fn field(text: &str, line: Range<usize>) -> Option<Field<'_>> {
    let inner = &text[line.clone()];
    let head = &inner[..inner.floor_char_boundary(LONGEST_LABEL + 1)];
    let quoted = head.trim_start().starts_with('"');
    let (end, certain) = match (head.find([':', '\t', '=']), head.find(" ...").or_else(|| head.find(" - "))) {
        (Some(at), None) => (at, true),
        (Some(at), Some(other)) if at < other => (at, true),
        (_, Some(other)) => (other, false),
        (None, None) => return None,
    };
    if inner[end..].starts_with("://") {
        return None;
    }
    let (label, known) = label(&inner[..end], certain || inner[end..].starts_with(" .."))?;
    let skip: &[char] = if quoted { &[':', '=', '\t', ' ', '"', '['] } else { &[':', '=', '\t', ' ', '.', '-', '*'] };
    let skipped = inner[end..].len() - inner[end..].trim_start_matches(skip).len();
    let value = trimmed(text, line.start + end + skipped..line.end);
    let closing: &[char] = if quoted { &['"', ']', '}'] } else { &[] };
    let kept = text[value.clone()].trim_end_matches(closing).len();
    let value = value.start..value.start + kept;
    (!value.is_empty()).then(|| Field { label, text: &text[value.clone()], value, loose: !certain, known })
}

/// What a label asks for. One that is not known word for word is understood by its words where it is certain that it is
/// a label at all.
fn label(written: &str, certain: bool) -> Option<(Label, bool)> {
    let plain = folded(written.trim_matches([' ', '*', '-', '•', '"', '#', '>']));
    let words: Vec<_> = plain.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let name = words.join(" ");
    if let Some(label) = KNOWN.get(name.as_str()) {
        return Some((*label, true));
    }
    if !certain || words.is_empty() || words.len() > 4 {
        return None;
    }
    let any = |mark| words.iter().any(|word| marks::of(word).has(mark));
    let groups = words
        .iter()
        .any(|word| word.ends_with("gruppe") || word.ends_with("gruppen") || marks::of(word).has(marks::GROUP));
    if groups && words.len() <= 3 {
        return Some((Label::Group, false));
    }
    if words.iter().any(|word| matches!(*word, "lead" | "hr" | "school" | "agency")) && words.len() <= 3 {
        return Some((Label::Other, false));
    }
    let address =
        words.iter().any(|word| matches!(*word, "mail" | "email" | "courriel" | "correo" | "upn" | "mailadresse"));
    let other = (any(marks::BYSTANDER) || any(marks::PRIVATE)) && !written.contains(['(', '@']);
    match (other, address) {
        (true, _) => Some((Label::Other, false)),
        (false, true) => Some((Label::Account, false)),
        (false, false) => None,
    }
}
