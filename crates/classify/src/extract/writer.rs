//! Whether the writer speaks of a matter of their own.

use super::{Source, marks, mentions::is_boss, tokens::Joint};

/// How sure a ticket is about its own writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Speech {
    /// `my password`, `unlock me`, `I forgot`: said outright.
    pub(super) own: bool,
    /// `my account`, as what the desk is to do something to.
    pub(super) own_account: bool,
    /// The writer says `I`, `me` or `my` at all.
    pub(super) writer: bool,
    /// Somebody else is spoken of: `she`, `his`, `my colleague`.
    pub(super) third: bool,
    /// `his password`, `unlock her`, `my colleague`: said outright of somebody else.
    pub(super) others: bool,
    /// A number of people is spoken of: `six apprentices`, `all of us`.
    pub(super) many: bool,
}

/// Words between `I` and what happened.
const NEAR: usize = 4;

impl Speech {
    pub(super) fn of(source: &Source<'_>) -> Self {
        Self::within(source, 0..source.said_end)
    }

    /// What some of the words say.
    pub(super) fn within(source: &Source<'_>, place: std::ops::Range<usize>) -> Self {
        let mut speech = Self::default();
        for at in place {
            let own = source.tokens.marks(at);
            if own.has(marks::MY) {
                speech.my(source, at);
            }
            speech.many |= own.has(marks::MANY) && is_of_people(source, at);
            if own.has(marks::ME) || own.has(marks::I) {
                speech.writer = true;
            }
            speech.own |= SAYS_I.contains(&source.tokens.word(at));
            if own.has(marks::THIRD) && !is_spanish_have(source, at) && !is_dutch_there(source, at) {
                speech.third = true;
                speech.others |= has_matter(source, at);
            }
            speech.own |= own.has(marks::I) && happened(source, at);
            speech.own |= own.has(marks::ME) && is_object(source, at);
            speech.own |= own.has(marks::DEED) && has_own_ending(source.tokens.word(at));
        }
        speech
    }

    fn my(&mut self, source: &Source<'_>, at: usize) {
        let tokens = &source.tokens;
        // `reset mine`.
        self.own |=
            is_alone(tokens.word(at)) && tokens.before(at).take(3).any(|before| tokens.marks(before).has(marks::DEED));
        let own_words = tokens.after(at).take(3).take_while(|next| tokens.all()[*next].joint != Joint::Break);
        for next in own_words {
            let (marks_here, after) = (tokens.marks(next), tokens.marks(next + 1));
            let item = marks_here.has(marks::ITEM);
            if !item && (marks_here.has(marks::TITLE) || marks_here.has(marks::BYSTANDER)) {
                let colleague =
                    marks_here.has(marks::TITLE) && !marks_here.has(marks::BYSTANDER) && !is_boss(tokens.word(next));
                self.third |= colleague;
                self.others |= colleague;
                self.writer |= !colleague;
                return;
            }
            // `my account manager`, `my sister's password`.
            if tokens.all()[next].possessive {
                return;
            }
            if item {
                let person =
                    after.has(marks::TITLE) || after.has(marks::BYSTANDER) || tokens.word(next + 1) == "manager";
                self.own |= !person;
                self.own_account |= !person && is_account(tokens.word(next));
                self.writer = true;
                return;
            }
        }
        self.writer = true;
    }
}

fn is_alone(word: &str) -> bool {
    matches!(word, "mine" | "meins" | "meines" | "mienne" | "mia" | "mio" | "minha" | "mijne")
}

/// `six apprentices`, `all of them`, `unlock everyone`.
fn is_of_people(source: &Source<'_>, at: usize) -> bool {
    let tokens = &source.tokens;
    let asked = at.checked_sub(1).is_some_and(|before| tokens.marks(before).has(marks::DEED));
    let (next, second) = (tokens.word(at + 1), tokens.word(at + 2));
    let of_them = next == "of" && matches!(second, "us" | "them" | "you") && tokens.together(at, at + 2);
    let people = |ahead: usize| {
        tokens.together(at, at + ahead)
            && tokens.marks(at + ahead).has(marks::PEOPLE)
            && tokens.word(at + ahead) != "of"
    };
    of_them || people(1) || people(2) || (asked && matches!(tokens.word(at), "everyone" | "everybody" | "both"))
}

/// Verbs that say `I` by their ending, where no word for it stands beside them.
const SAYS_I: [&str; 14] = [
    "esqueci",
    "esqueci-me",
    "perdi",
    "bloqueei",
    "fiquei",
    "errei",
    "troquei",
    "mudei",
    "lembro",
    "olvide",
    "bloquee",
    "perdi",
    "recuerdo",
    "consigo",
];

/// `er staat`: in Dutch, `er` is `there`; as the German `he`, it stands beside what he does.
fn is_dutch_there(source: &Source<'_>, at: usize) -> bool {
    let german = |word: &str| {
        matches!(
            word,
            "hat"
                | "kann"
                | "ist"
                | "kommt"
                | "weiss"
                | "kennt"
                | "braucht"
                | "muss"
                | "soll"
                | "hatte"
                | "wird"
                | "war"
                | "sich"
                | "dass"
                | "weil"
                | "damit"
                | "das"
                | "sein"
                | "seine"
                | "wurde"
                | "geht"
                | "darf"
                | "sitzt"
                | "verlasst"
                | "arbeitet"
        )
    };
    let tokens = &source.tokens;
    tokens.word(at) == "er"
        && !german(tokens.word(at + 1))
        && !at.checked_sub(1).is_some_and(|before| german(tokens.word(before)))
}

/// `he traspasado`: in Spanish, `he` is `I have`.
fn is_spanish_have(source: &Source<'_>, at: usize) -> bool {
    let next = source.tokens.word(at + 1);
    source.tokens.word(at) == "he"
        && (next.ends_with("ado") || next.ends_with("ido") || next.ends_with("cho") || next.ends_with("sto"))
}

/// `his password`, `unlock her`.
fn has_matter(source: &Source<'_>, at: usize) -> bool {
    let tokens = &source.tokens;
    let deed =
        tokens.before(at).take(2).chain(tokens.after(at).take(2)).any(|near| tokens.marks(near).has(marks::DEED));
    deed || tokens.after(at).take(2).any(|next| tokens.marks(next).has(marks::ITEM))
}

fn is_account(word: &str) -> bool {
    [
        "accoun", "acount", "accont", "access", "login", "konto", "zugang", "compte", "acces", "cuenta", "acceso",
        "toegang", "conta", "acesso",
    ]
    .iter()
    .any(|begin| word.starts_with(begin))
        || word == "acc"
}

/// `I forgot`, `ich habe es verloren`.
fn happened(source: &Source<'_>, at: usize) -> bool {
    let tokens = &source.tokens;
    tokens.after(at).take(NEAR).any(|next| tokens.marks(next).has(marks::TROUBLE))
        && !tokens.after(at).take(NEAR).any(|next| tokens.marks(next).has(marks::THIRD))
}

/// `desbloqueadme`, `sáquenme`: Spanish and Portuguese write the object behind the verb.
fn has_own_ending(word: &str) -> bool {
    word.len() > 7 && ["me", "mela", "melo", "nme"].iter().any(|ending| word.ends_with(ending))
}

/// `unlock me`, `for me`, `add me to`; not `let me know`.
fn is_object(source: &Source<'_>, at: usize) -> bool {
    let tokens = &source.tokens;
    let before =
        |most: usize, list: &[&str]| tokens.before(at).take(most).any(|before| list.contains(&tokens.word(before)));
    let asked = |near: usize| tokens.marks(near).has(marks::DEED | marks::JOIN | marks::LEAVE);
    // German puts the verb at the end: `mich bitte in die Gruppe aufnehmen`.
    let ahead = if matches!(tokens.word(at), "mich" | "mir") { 6 } else { 2 };
    let deed = tokens.before(at).take(1).any(asked)
        || tokens.after(at).take(ahead).any(asked)
        || before(1, &["for", "lets", "fur", "pour", "voor"]);
    let told = before(
        1,
        &["let", "tell", "call", "ask", "contact", "inform", "asked", "told", "notify", "gives", "told", "tells"],
    );
    deed && !told && !matches!(tokens.word(at + 1), "know" | "a" | "back")
}
