//! Names of people: capitalised words in a row that are no words of the trade.

use std::{collections::HashSet, ops::Range, sync::LazyLock};

use crate::{
    cues::{self, Cue},
    words::{folded, is_invisible},
};

/// A stretch of text that may be a person's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) span: Range<usize>,
    /// Its words, folded, particles left out.
    pub(super) words: Vec<String>,
}

const PARTICLES: [&str; 22] = [
    "de", "van", "von", "der", "den", "da", "di", "del", "della", "la", "le", "el", "al", "bin", "ter", "ten", "dos",
    "das", "do", "du", "y", "zu",
];

/// Capitalised at the start of a sentence, or always, and no name.
const NO_NAMES: &str = "|a|able|above|ab|according|adding|af|after|again|all|alle|alles|als|also|alta|altes|am|an|and|any|anbei|anmeldung|antrag|anybody|approved|as|at|au|auf|aus|austritt|aviso|bedankt|before|beim|bei|beste|betreft|bij|bis|bom|boa|bonjour|bonsoir|board|both|boas|branch|brauche|buenas|buenos|but|by|bye|call|came|cannot|carte|ce|cela|chef|ci|cordialement|cost|contractor|consultant|customer|dag|danke|das|dass|data|date|days|de|dear|deep|department|depot|desde|desk|development|dia|dias|did|die|dies|diese|does|doctor|dr|driver|due|duty|eintritt|ein|eine|einen|el|elle|end|engineering|entfernen|equipo|er|error|es|est|et|external|every|fin|finance|first|following|for|form|forward|four|fr|frage|fraulein|freelancer|fristlose|from|front|fur|further|fwd|fw|gestern|get|goedemorgen|goedemiddag|good|goodbye|got|gracias|graag|great|greetings|groet|gruss|grusse|gute|guten|had|hallo|has|have|having|he|hello|help|her|here|herr|herrn|hers|het|heute|hey|hi|his|hola|holidays|hr|hris|how|human|ich|if|ihr|ik|il|im|in|indien|info|informationen|internal|is|ist|it|its|je|just|kann|kein|keine|kindly|kollege|kollegin|konnen|konnten|kun|kunnen|kunt|la|last|later|le|les|letzter|liebe|lieber|life|like|los|ma|mail|mailbox|make|manager|many|may|me|mein|meine|meinem|merci|met|mevrouw|mi|mijn|minha|mit|mitarbeiter|mitarbeiterin|mme|mon|morgen|morning|afternoon|evening|mr|mrs|ms|mw|my|nach|name|need|neuer|neue|neues|nieuwe|no|none|not|note|nous|nouveau|nouvel|nouvelle|now|nueva|nuevo|nous|nova|novo|obrigado|obrigada|of|office|offboarding|ok|okay|ola|old|on|onboarding|one|only|ons|onze|operations|or|our|out|para|pas|per|person|personal|pode|podem|podeis|por|pour|pouvez|praktikant|procurement|production|project|purchasing|quand|que|question|re|reason|reception|regards|region|request|research|sa|sadly|sales|sie|ihnen|uns|salut|saludos|se|security|sehr|seit|service|set|she|shift|shop|short|since|sind|site|so|sobre|solicito|solicitamos|somebody|someone|sorry|start|starting|starter|store|stagiair|su|support|suspending|team|ten|tenho|than|thank|thanks|that|the|their|them|then|there|these|they|they|this|those|three|ticket|to|today|tomorrow|tonight|too|trainee|two|typed|um|uma|un|una|und|une|unser|unsere|until|up|update|urgent|user|van|viele|vielen|von|vorrei|vous|wanted|warehouse|was|we|week|weiss|welcome|were|werkstudentin|werkstudent|what|when|where|which|while|who|why|wie|will|wir|with|without|worker|would|wunsch|yes|yesterday|you|your|yours|zu|zum|zur|zusammen|external|internal|apprentice|analyst|nurse|worked|works|account|sent|step|smart|windows|okta|verify|entra|microsoft|google|android|iphone|galaxy|samsung|apple|azure|active|directory|teams|outlook|word|excel|sharepoint|onedrive|power|bi|pro|premium|plan|business|enterprise|standard|basic|visio|copilot|intune|exchange|online|defender|dynamics|per|apps|automate|phone|audio|conferencing|adobe|easter|christmas|monday|tuesday|wednesday|thursday|friday|saturday|sunday|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|january|february|march|april|june|july|august|september|october|november|december|januar|februar|marz|mai|juni|juli|oktober|dezember|singapore|japan|germany|france|spain|berlin|london|paris|madrid|lisbon|amsterdam|excel|guest|left|leaving|joins|join|suspend|remove|unlock|reset|add|assign|create|disable|block|give|put|please|bitte|employment|assignment|approval|budget|temp|termination|resignation|probation|parental|garden|leave|cleaner|dispatcher|receptionist|resignation|nachricht|bekannte|benutzer|kennwort|vertrag|contract|contrato|contrat|het|einde|fim|fin|depart|vertrek|saida|baja|gruppe|groupe|grupo|groep|group|lizenz|licence|license|licencia|licentie|licenca|senha|palavra|compte|cuenta|conta|konto|access|password|authenticator|mfa|vp|ceo|cfo|cto|cio|director|executive|president|chief|head|lead|leader|";

static NO_NAME_SET: LazyLock<HashSet<&str>> = LazyLock::new(|| NO_NAMES.split('|').collect());

const NO_NAME_CUES: [Cue; 15] = [
    cues::PASSWORD,
    cues::MFA,
    cues::LICENSE,
    cues::LOCK,
    cues::RESET,
    cues::PHONE,
    cues::HARDWARE,
    cues::GROUP,
    cues::FORGOT,
    cues::CREATE,
    cues::ASSIGN,
    cues::PHISHING,
    cues::BEGINS,
    cues::ACCESS,
    cues::ACCOUNT,
];

/// The names in `text[span]`. Words that stand in `local`, the folded local part of an address, are names whatever else
/// they are.
pub(super) fn find(text: &str, span: Range<usize>, local: &str) -> Vec<Name> {
    let mut found = Vec::new();
    let mut row: Vec<(Range<usize>, String, bool)> = Vec::new();
    let mut at = span.start;
    for chunk in text[span].split(char::is_whitespace) {
        let start = at;
        at += chunk.len();
        at += text[at..].chars().next().map_or(0, char::len_utf8);
        let Some(piece) = piece(chunk, start) else {
            close(&mut row, &mut found);
            continue;
        };
        if piece.opens {
            close(&mut row, &mut found);
        }
        let word = &text[piece.span.clone()];
        let fold = folded(word);
        if is_name_word(word, &fold, local) {
            row.push((piece.span, fold, true));
        } else if !row.is_empty() && PARTICLES.contains(&word) {
            row.push((piece.span, fold, false));
        } else {
            close(&mut row, &mut found);
        }
        if piece.closes {
            close(&mut row, &mut found);
        }
    }
    close(&mut row, &mut found);
    found
}

struct Piece {
    span: Range<usize>,
    opens: bool,
    closes: bool,
}

/// A word without the punctuation around it and without a possessive; `None` where it is none.
fn piece(chunk: &str, at: usize) -> Option<Piece> {
    let left = chunk.len() - chunk.trim_start_matches(|c: char| !c.is_alphanumeric()).len();
    let right = chunk.trim_end_matches(|c: char| !c.is_alphanumeric()).len();
    let inner = chunk.get(left..right)?;
    let possessive = ["'s", "’s", "'S", "’S"].iter().find_map(|end| inner.strip_suffix(end));
    let word = possessive.unwrap_or(inner);
    if word.is_empty()
        || word.contains(['@', '/', ':', '|', '(', ')', '<', '>', ',', '_'])
        || word.chars().any(is_invisible)
    {
        return None;
    }
    let initial = word.chars().count() == 1 && chunk[right..].starts_with('.');
    let closes = possessive.is_some() || (right < chunk.len() && !initial);
    Some(Piece { span: at + left..at + left + word.len(), opens: left > 0, closes })
}

fn is_name_word(word: &str, fold: &str, local: &str) -> bool {
    let letters = word.chars().all(|c| c.is_alphabetic() || matches!(c, '\'' | '’' | '-' | '.'));
    if !letters || !word.starts_with(char::is_uppercase) {
        return false;
    }
    let known = fold.len() >= 3 && local.split(|c: char| !c.is_alphanumeric()).any(|part| part == fold);
    if known {
        return true;
    }
    let mixed = word.chars().any(char::is_lowercase) || word.chars().count() == 1;
    mixed
        && !NO_NAME_SET.contains(fold)
        && !fold.split(['-', '\'', '’']).any(|part| cues::of_word(part).any(&NO_NAME_CUES))
}

fn close(row: &mut Vec<(Range<usize>, String, bool)>, found: &mut Vec<Name>) {
    while row.last().is_some_and(|(_, _, is_name)| !is_name) {
        row.pop();
    }
    // `Arbeitstag von Finn Harms`: one word, a particle, and then a whole name.
    let particle = row.iter().position(|(_, _, is_name)| !is_name);
    if particle == Some(1) && row[2..].iter().filter(|(_, _, is_name)| *is_name).count() >= 2 {
        row.drain(..2);
        while row.first().is_some_and(|(_, _, is_name)| !is_name) {
            row.remove(0);
        }
    }
    if let (Some((first, ..)), Some((last, ..))) = (row.first(), row.last()) {
        let span = first.start..last.end;
        let words: Vec<String> =
            row.iter().filter(|(_, _, is_name)| *is_name).map(|(_, word, _)| word.clone()).collect();
        let is_group = words.len() == 1 && row.iter().any(|(_, word, _)| word.contains('-') || word.contains('_'));
        if row.len() <= 6 && !is_group && words.iter().any(|word| word.len() > 1) {
            found.push(Name { span, words });
        }
    }
    row.clear();
}

/// Whether a name and the local part of an address have a word in common: `Lin Zhao` and `l.zhao`.
pub(super) fn fits(name: &Name, local: &str) -> bool {
    let plain: String = local.chars().filter(|c| c.is_alphanumeric()).collect();
    name.words.iter().any(|word| {
        let word: String = word.chars().filter(|c| c.is_alphanumeric()).collect();
        word.len() >= 2
            && (local.split(|c: char| !c.is_alphanumeric()).any(|part| part == word)
                || (word.len() >= 4 && plain.contains(&word)))
    })
}

/// The folded local part of an address.
pub(super) fn local_part(address: &str) -> String {
    folded(address.split('@').next().unwrap_or(""))
}
