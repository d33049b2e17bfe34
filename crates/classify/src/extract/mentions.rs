//! How much what stands around an address or a name says that the ticket is about its bearer.

use super::{
    Source, address,
    form::Label,
    marks::{self, Marks},
    names::Name,
    person::Writer,
    tokens::Joint,
};

/// Words before a person that may say who they are.
const LOOK_BACK: usize = 5;
/// Words after a person that may say so.
const LOOK_AHEAD: usize = 5;
/// A name that much speaks for is meant, also of one word.
pub(super) const CLEAR: i32 = 3;

/// Whether the words around a place say that somebody stands there who is not the one concerned.
pub(super) fn is_bystander(source: &Source<'_>, place: usize, end: usize) -> bool {
    let Some(token) = source.tokens.get(place) else { return false };
    if let Some(field) = source.field_at(token.raw.start) {
        return field.label == Label::Other;
    }
    comes_after_bystander(source, place) || is_past_over(source, end)
}

/// Whether the words before, in their own clause, say that somebody else comes.
fn comes_after_bystander(source: &Source<'_>, place: usize) -> bool {
    let tokens = &source.tokens;
    let mut nearest = true;
    let mut later = place;
    for at in tokens.before(place).take(LOOK_BACK) {
        let here = tokens.marks(at);
        // A comma ends the clause; right before the person it parts off what they are: `copy to my boss, Mr Lee`.
        if !nearest && source.gap(at, later).contains([',', ';']) {
            return false;
        }
        let parted = source.gap(at, later).contains([':', ',']);
        if source.gap(at, later).contains(')') {
            return false;
        }
        if nearest && !parted && here.has(marks::RIGHT_BEFORE) && tokens.word(at) != "from" {
            return true;
        }
        // `by Ms Ann Lee`.
        let first = nearest;
        nearest &= here.has(marks::TITLE);
        if is_boss(tokens.word(at)) && at.checked_sub(1).is_some_and(|before| tokens.marks(before).has(marks::MY)) {
            return true;
        }
        // Of two, the one who comes is the new one.
        let comes =
            ["succ", "suce", "nachfolg", "replacement", "opvolg", "reempl", "rempla", "sustit", "substit", "vervang"]
                .iter()
                .any(|begin| tokens.word(at).starts_with(begin));
        if comes && source.writer == Writer::Never {
            return tokens.marks(at + 1).has(marks::OF) || tokens.word(at + 1) == "for";
        }
        if here.has(marks::BYSTANDER)
            || (here.has(marks::PRIVATE) && (at + 1..place).any(|next| is_mail(tokens.word(next))))
        {
            return true;
        }
        if here.has(marks::DEED)
            || (first && later == place && is_for(tokens.word(at)) && !source.gap(at, later).contains(':'))
        {
            return false;
        }
        later = at;
    }
    false
}

fn is_mail(word: &str) -> bool {
    ["mail", "email", "e-mail", "address", "adress", "correo", "contact", "kontakt", "courriel", "account"]
        .iter()
        .any(|begin| word.starts_with(begin))
}

/// Words for somebody above the writer, behind `my`.
pub(super) fn is_boss(word: &str) -> bool {
    matches!(
        word,
        "director"
            | "chief"
            | "coach"
            | "leiter"
            | "leiterin"
            | "directeur"
            | "directrice"
            | "jefe"
            | "jefa"
            | "partner"
            | "supervisor"
            | "superior"
            | "head"
            | "lead"
            | "boss"
            | "manager"
            | "chef"
            | "chefin"
            | "teamlead"
            | "teamleiter"
            | "gerente"
            | "chefe"
    )
}

fn is_for(word: &str) -> bool {
    matches!(word, "for" | "fur" | "pour" | "voor")
}

/// Whether the words after an address say that it is a private one, or that its bearer only takes over from somebody who
/// leaves.
fn is_past_over(source: &Source<'_>, end: usize) -> bool {
    let tokens = &source.tokens;
    let Some(last) = end.checked_sub(1) else { return false };
    let private =
        tokens.after(last).take(1).any(|at| tokens.marks(at).has(marks::PRIVATE) && source.gap(last, at).contains('('));
    private || (source.writer == Writer::IfSaid && is_told(source, end, marks::SUCCEEDS))
}

/// Whether a verb with this mark follows closely, with nothing asked for before it.
fn is_told(source: &Source<'_>, end: usize, mark: Marks) -> bool {
    let tokens = &source.tokens;
    let Some(last) = end.checked_sub(1) else { return false };
    let told = tokens.after(last).take(LOOK_AHEAD).any(|at| {
        // `takes over`, but not `has handed over`.
        let over =
            tokens.word(at) != "over" || at.checked_sub(1).is_some_and(|before| tokens.word(before).starts_with("tak"));
        tokens.marks(at).has(mark) && !tokens.all()[at].capital && over
    });
    told && !tokens.before(end).take(LOOK_BACK).any(|at| tokens.marks(at).has(marks::DEED))
}

/// How strongly an address is meant.
pub(super) fn address_standing(source: &Source<'_>, place: usize) -> i32 {
    let Some(token) = source.tokens.get(place) else { return 0 };
    let tokens = &source.tokens;
    let labelled = source.field_at(token.raw.start).map_or(0, |field| match field.label {
        Label::Account => 5,
        Label::Person => 4,
        Label::Other | Label::Group | Label::License | Label::FormerLicense | Label::Action => 0,
    });
    let sentence = || tokens.sentence(token.sentence);
    let has = |mark: Marks| sentence().any(|at| tokens.marks(at).has(mark));
    let before = |mark: Marks, most: usize| tokens.before(place).take(most).any(|at| tokens.marks(at).has(mark));
    let own = before(marks::MY, LOOK_BACK) && before(marks::ITEM, LOOK_BACK);
    let left = has(marks::STAYS) && !has(marks::DEED) || is_told(source, place + 1, marks::ADVISED);
    let written = source.slice(&token.raw);
    let home = source.requester.is_some_and(|own| address::same_domain(own, written));
    labelled
        + 2 * i32::from(has(marks::DEED))
        + i32::from(before(marks::CONCERNED | marks::ITEM, 1))
        + 3 * i32::from(own)
        + i32::from(home)
        - 3 * i32::from(left && !own)
        - 3 * i32::from(has_left(source, place + 1))
}

/// Whether a ticket about a new person says of this one that they left.
fn has_left(source: &Source<'_>, end: usize) -> bool {
    let gone = |word: &str| {
        matches!(
            word,
            "left"
                | "leaves"
                | "retired"
                | "retires"
                | "gone"
                | "verlasst"
                | "vertrokken"
                | "parti"
                | "partie"
                | "jubilo"
                | "jubila"
                | "reforma-se"
        )
    };
    source.writer == Writer::Never
        && end
            .checked_sub(1)
            .is_some_and(|last| source.tokens.after(last).take(LOOK_AHEAD).any(|at| gone(source.tokens.word(at))))
}

/// Whether a sentence begins with a name, and goes on.
pub(super) fn leads(source: &Source<'_>, name: &Name) -> bool {
    let tokens = &source.tokens;
    let Some(first) = tokens.get(name.tokens.start) else { return false };
    let next =
        tokens.get(name.tokens.end).is_some_and(|next| next.joint == Joint::Space && next.sentence == first.sentence);
    tokens.sentence(first.sentence).start == name.tokens.start && next && !source.sentences[first.sentence].is_subject
}

/// `do not reset mine (a@b.example)`.
pub(super) fn is_denied(source: &Source<'_>, place: usize) -> bool {
    source.tokens.before(place).take(3).any(|at| source.tokens.marks(at).has(marks::NEGATES))
}

/// How strongly somebody named is meant; 0 where they are not.
pub(super) fn name_standing(source: &Source<'_>, name: &Name) -> i32 {
    let tokens = &source.tokens;
    let (first, end) = (name.tokens.start, name.tokens.end);
    let (Some(opening), Some(last)) = (tokens.get(first), tokens.get(end - 1)) else { return 0 };
    if introduces(source, name) || is_bystander(source, first, end) {
        return 0;
    }
    let sentence = tokens.sentence(opening.sentence);
    let is_subject = source.sentences[opening.sentence].is_subject;
    let leads = sentence.start == first || (name.titled && sentence.start + 1 >= first);
    let follows = end < sentence.end;
    // `Please do it. Ann`, `Thanks, Ann`: the writer.
    if !is_subject && name.words < 2 && !follows && !leads && !name.titled && called(source, first) != Called::Yes {
        return 0;
    }
    let joined = follows && tokens.get(end).is_some_and(|token| token.joint == Joint::Space);
    let whole = is_subject && sentence.start + usize::from(name.titled) == first && !follows;
    let full = name.words >= 2;
    let deed = sentence.clone().any(|at| tokens.marks(at).has(marks::DEED));
    let concerned = called(source, first);
    let does = joined && acts(source, name, full);
    let owns = last.possessive && tokens.after(last_place(name)).take(3).any(|at| tokens.marks(at).has(marks::ITEM));
    let told = is_told(source, end, marks::ADVISED);
    let stays = !deed && sentence.clone().any(|at| tokens.marks(at).has(marks::STAYS));
    let standing = i32::from(full)
        + i32::from(name.titled)
        + 2 * i32::from(owns)
        + 2 * i32::from(does && (full || leads || concerned == Called::No))
        + match concerned {
            Called::Yes => 2,
            Called::Loosely => i32::from(full),
            Called::No => 0,
        }
        + 2 * i32::from(follows && is_apposition(source, end))
        + 2 * i32::from(whole && full)
        + i32::from(leads && full)
        + i32::from(deed && (full || concerned == Called::Yes))
        + i32::from(is_subject)
        - 3 * i32::from(told || stays)
        - 3 * i32::from(has_left(source, end));
    // Any full name may be the one concerned; in capitals, any two words look like one.
    let alone = sentence.len() == name.tokens.len();
    let meant = !opening.shouted || alone || does || concerned == Called::Yes;
    standing.max(i32::from(full && !told)) * i32::from(meant)
}

/// `Ann forgot`, `Ann Lee still works`, `Ann Lee in Sales`.
fn acts(source: &Source<'_>, name: &Name, full: bool) -> bool {
    let tokens = &source.tokens;
    let verb = |at: usize| {
        let placed = matches!(tokens.word(at), "in" | "at" | "from" | "to" | "no" | "a");
        tokens.marks(at).has(marks::DOES) && (full || !placed)
    };
    let still = matches!(
        tokens.word(name.tokens.end),
        "still"
            | "also"
            | "now"
            | "just"
            | "noch"
            | "auch"
            | "ook"
            | "nog"
            | "ya"
            | "ja"
            | "already"
            | "nunca"
            | "se"
            | "me"
    );
    verb(name.tokens.end)
        || (still && tokens.together(name.tokens.start, name.tokens.end + 1) && verb(name.tokens.end + 1))
}

fn last_place(name: &Name) -> usize {
    name.tokens.end - 1
}

/// Whether what stands before a name says that the person concerned comes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Called {
    No,
    /// `of`, which comes before much else.
    Loosely,
    Yes,
}

/// `for Ann`, `our colleague Ann`, `the password of Ann`.
fn called(source: &Source<'_>, first: usize) -> Called {
    let tokens = &source.tokens;
    let mut later = first;
    for at in tokens.before(first).take(3) {
        let here = tokens.marks(at);
        if source.gap(at, later).contains([',', ';', '(', ')']) {
            return Called::No;
        }
        if here.has(marks::TITLE) || here.has(marks::CONCERNED) || here.has(marks::NAMED) {
            return Called::Yes;
        }
        if here.has(marks::OF) {
            let owned = tokens
                .before(at)
                .take(2)
                .any(|before| tokens.marks(before).has(marks::ITEM) || tokens.marks(before).has(marks::DEED));
            return if owned { Called::Yes } else { Called::Loosely };
        }
        if !here.has(marks::ARTICLE) {
            return Called::No;
        }
        later = at;
    }
    Called::No
}

/// `, our intern,`: what somebody is, after their name.
fn is_apposition(source: &Source<'_>, end: usize) -> bool {
    let tokens = &source.tokens;
    let opens = tokens.get(end).is_some_and(|token| token.joint == Joint::Break)
        && source.gap(end - 1, end).contains([',', '(']);
    opens && tokens.after(end - 1).take(3).any(|at| tokens.marks(at).has(marks::TITLE))
}

/// `Ann Lee here`, `I am Ann Lee`, `my name is Ann Lee`: the writer says who they are.
fn introduces(source: &Source<'_>, name: &Name) -> bool {
    let tokens = &source.tokens;
    if matches!(tokens.word(name.tokens.end), "here" | "hier" | "ici" | "aqui" | "speaking")
        && tokens.together(name.tokens.start, name.tokens.end)
    {
        return true;
    }
    let before: Vec<usize> = tokens.before(name.tokens.start).take(3).collect();
    let is = |back: usize, list: &[&str]| before.get(back).is_some_and(|at| list.contains(&tokens.word(*at)));
    let own = |back: usize| {
        before.get(back).is_some_and(|at| tokens.marks(*at).has(marks::I) || tokens.marks(*at).has(marks::MY))
    };
    let owner = name.tokens.end.checked_sub(1).and_then(|last| tokens.get(last)).is_some_and(|last| last.possessive);
    (is(0, &["it's", "its"]) && !owner)
        || is(0, &["i'm", "im", "suis", "soy", "sou", "heisse", "ben", "bin", "am"])
        || (is(0, &["is", "ist", "est", "es"])
            && (is(1, &["this", "hier"]) || (is(1, &["name", "nom", "nombre", "nome"]) && own(2))))
}
