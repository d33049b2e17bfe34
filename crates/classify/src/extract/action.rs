//! Whether a group is to be joined or left.

use countersign_domain::classification::GroupAction;
use std::{cmp::Ordering, ops::Range};

use super::{Source, form::Label, marks};
use crate::cues;

/// What is said to be done: how strongly each.
#[derive(Default, Clone, Copy)]
struct Said {
    join: i32,
    leave: i32,
    /// Words that only hint: a member, access, no longer in.
    hints: i32,
}

impl Said {
    /// What happened already is to be undone, if anything.
    fn leave(&mut self, past: bool) {
        if past { self.hints += 1 } else { self.leave += 3 }
    }

    fn join(&mut self, past: bool) {
        if past { self.hints -= 1 } else { self.join += 3 }
    }
}

/// Whether the group is to be joined or left. Where nothing says that it is left, it is joined.
pub(super) fn find(source: &Source<'_>, group: Option<&Range<usize>>) -> Option<GroupAction> {
    let tokens = &source.tokens;
    for field in source.fields.iter().filter(|field| field.label == Label::Action) {
        if let Some(action) = decided(said(source, tokens.within(&field.value))) {
            return Some(action);
        }
    }
    let of_group =
        group.map(|group| tokens.from(group.start)).and_then(|at| tokens.get(at)).map(|token| token.sentence);
    let mut all = Said::default();
    if let Some(group) = group {
        all.leave += 4 * i32::from(is_out_of(source, tokens.from(group.start)));
    }
    for number in 0..source.sentences.len() {
        let place = tokens.sentence(number);
        if place.start >= source.said_end {
            break;
        }
        let here = said(source, place);
        let weight = 1 + 2 * i32::from(of_group == Some(number)) + 2 * i32::from(is_request(source, number));
        all.join += weight * here.join;
        all.leave += weight * here.leave;
        all.hints += weight * here.hints;
    }
    let spoken_of = group.is_some() || (0..tokens.len()).any(|at| tokens.marks(at).has(marks::GROUP));
    decided(all).or_else(|| spoken_of.then_some(GroupAction::Add))
}

/// `uit Lab-Users`, `out of the group Lab-Users`.
fn is_out_of(source: &Source<'_>, at: usize) -> bool {
    let tokens = &source.tokens;
    let skipped =
        |at: &usize| tokens.marks(*at).has(marks::ARTICLE | marks::GROUP) && !tokens.marks(*at).has(marks::TOWARDS);
    let mut before = tokens.before(at).skip_while(skipped);
    let (last, one_more) = (before.next(), before.next());
    let word = |place: Option<usize>| place.map_or("", |place| tokens.word(place));
    matches!(word(last), "uit" | "aus" | "off") || (word(last) == "of" && word(one_more) == "out")
}

fn decided(said: Said) -> Option<GroupAction> {
    match (said.leave.cmp(&said.join), said.hints.signum()) {
        (Ordering::Greater, _) => Some(GroupAction::Remove),
        (Ordering::Less, _) => Some(GroupAction::Add),
        (Ordering::Equal, -1) => Some(GroupAction::Remove),
        (Ordering::Equal, 1) => Some(GroupAction::Add),
        (Ordering::Equal, _) => (said.join > 0).then_some(GroupAction::Add),
    }
}

/// Whether a sentence asks for something now: what was done before is told without `please`.
fn is_request(source: &Source<'_>, number: usize) -> bool {
    let tokens = &source.tokens;
    let asks = source.sentences[number].cues.has(cues::REQUEST)
        || tokens.sentence(number).any(|at| {
            let can = matches!(
                tokens.word(at),
                "can"
                    | "could"
                    | "kindly"
                    | "would"
                    | "pouvez"
                    | "podeis"
                    | "pueden"
                    | "kunnen"
                    | "kun"
                    | "podem"
                    | "konnt"
                    | "konnten"
                    | "peux"
            );
            tokens.marks(at).has(marks::WANTS) || can
        });
    let leads = tokens.get(tokens.sentence(number).start).is_some_and(|token| {
        token.marks.has(marks::JOIN) || token.marks.has(marks::LEAVE) || token.marks.has(marks::DEED)
    });
    asks || leads
}

/// What some words say is to be done.
fn said(source: &Source<'_>, place: Range<usize>) -> Said {
    let tokens = &source.tokens;
    let mut found = Said::default();
    for at in place {
        let here = tokens.marks(at);
        let hint = HINTS.contains(&tokens.word(at));
        if is_excused(source, at) {
            continue;
        }
        let (leaves, joins) = (leaves(source, at), joins(source, at));
        if (here.has(marks::LEAVE) && !hint) || leaves {
            found.leave(is_past(source, at));
        } else if (here.has(marks::JOIN) && !hint) || joins {
            found.join(is_past(source, at));
        } else if here.has(marks::LEAVE) {
            found.hints -= 1;
        } else if here.has(marks::JOIN) {
            found.hints += 1;
        } else if here.has(marks::BE) && tokens.after(at).take(3).any(|next| tokens.marks(next).has(marks::TOWARDS)) {
            found.hints += if is_over(source, at) { -3 } else { 1 };
        }
        found.hints -= 2 * i32::from(is_ended(source, at));
    }
    found
}

/// Words that only with others say that a group is joined or left.
const HINTS: [&str; 39] = [
    "off",
    "out",
    "back",
    "access",
    "member",
    "membership",
    "into",
    "put",
    "leave",
    "pull",
    "drop",
    "auf",
    "tun",
    "mitglied",
    "dazu",
    "streichen",
    "partie",
    "acces",
    "membre",
    "entrer",
    "acceder",
    "mettre",
    "acceso",
    "estar",
    "alta",
    "meta",
    "miembro",
    "baja",
    "membro",
    "acesso",
    "toegang",
    "lid",
    "colocar",
    "eliminar",
    "poner",
    "in",
    "rejoindre",
    "meter",
    "loschen",
];

/// `no longer`, `nicht mehr`, `geen lid meer`: what was so has ended.
fn is_ended(source: &Source<'_>, at: usize) -> bool {
    let tokens = &source.tokens;
    let ended = matches!(tokens.word(at), "longer" | "anymore" | "mehr" | "meer" | "mais" | "plus");
    let denied = || {
        tokens.before(at).take(3).any(|before| tokens.marks(before).has(marks::NEGATES) || tokens.word(before) == "n")
    };
    (ended && denied()) || (tokens.word(at) == "ya" && tokens.word(at + 1) == "no")
}

/// `should no longer be in`, `nicht mehr in`.
fn is_over(source: &Source<'_>, at: usize) -> bool {
    let tokens = &source.tokens;
    let denied = tokens.before(at).take(3).any(|before| tokens.marks(before).has(marks::NEGATES));
    let ended =
        |next: usize| matches!(tokens.word(next), "anymore" | "mehr" | "longer" | "plus" | "mas" | "meer" | "mais");
    denied && (tokens.before(at).take(3).any(ended) || tokens.after(at).any(ended) || tokens.word(at) == "be")
}

/// `take ... off`, `move ... out of`, `aus der Gruppe ... nehmen`, `uit de groep ... halen`.
fn leaves(source: &Source<'_>, at: usize) -> bool {
    let tokens = &source.tokens;
    let out = |at: usize| matches!(tokens.word(at), "off" | "out" | "raus" | "aus" | "uit" | "eruit");
    match tokens.word(at) {
        "drop" => tokens.after(at).take(6).any(|next| tokens.word(next) == "from"),
        "take" | "taken" | "let" | "get" | "put" | "pull" | "move" | "moved" | "kick" | "nehmt" | "nehmen" | "nimm"
        | "halen" | "haal" => {
            let ahead = tokens.after(at).take(8).any(out);
            let behind = matches!(tokens.word(at), "nehmen" | "halen") && tokens.before(at).any(out);
            ahead || behind
        }
        "leave" => tokens.after(at).take(3).any(|next| tokens.marks(next).has(marks::GROUP)),
        _ => false,
    }
}

/// `put ... in`, `in die Gruppe ... nehmen`.
fn joins(source: &Source<'_>, at: usize) -> bool {
    let tokens = &source.tokens;
    let into = |at: usize| matches!(tokens.word(at), "in" | "into" | "auf" | "rein" | "back" | "to" | "dans");
    match tokens.word(at) {
        "put" | "pop" | "let" | "nehmt" | "nehmen" | "nimm" | "mets" | "mettre" | "mettez" | "meter" | "meted"
        | "drop" => tokens.after(at).take(8).any(into),
        _ => false,
    }
}

/// `no need to take him out`, `I will leave it myself`.
fn is_excused(source: &Source<'_>, at: usize) -> bool {
    let tokens = &source.tokens;
    tokens.before(at).take(3).any(|before| {
        matches!(
            tokens.word(before),
            "no" | "kein" | "keine" | "pas" | "will" | "i'll" | "don't" | "nicht" | "niet" | "nao"
        )
    }) && tokens.after(at).take(2).any(|next| tokens.marks(next).has(marks::ME | marks::THIRD))
}

/// `was removed`, `had me taken out`: told, not asked for.
fn is_past(source: &Source<'_>, at: usize) -> bool {
    let tokens = &source.tokens;
    let told = |at: usize| {
        matches!(tokens.word(at), "was" | "were" | "had" | "got" | "wurde" | "wurden" | "been" | "fui" | "fue" | "werd")
    };
    let wanted =
        |at: usize| tokens.marks(at).has(marks::WANTS) || matches!(tokens.word(at), "to" | "should" | "must" | "needs");
    tokens.before(at).take(4).any(told) && !tokens.before(at).take(4).any(wanted)
}
