//! A ticket, read for extraction.

use std::{cell::OnceCell, ops::Range};

use super::{
    MOST_FOUND,
    address::{self, Address},
    form::{self, Field},
    marks,
    names::{self, Local, Name},
    person::Writer,
    tokens::Tokens,
};
use crate::{
    features::Sentence,
    text::{Forwarded, Reading},
};

pub(super) struct Source<'t> {
    pub(super) text: &'t str,
    pub(super) sentences: &'t [Sentence],
    pub(super) tokens: Tokens,
    pub(super) fields: Vec<Field<'t>>,
    pub(super) addresses: Vec<Address>,
    address_places: Vec<usize>,
    /// Every name; those behind [`Source::said_end`] too.
    pub(super) names: Vec<Name>,
    /// The requester's address, where it is an ordinary one.
    pub(super) requester: Option<&'t str>,
    own: Option<Local>,
    /// The word at which the writer signs; nobody is named behind it.
    pub(super) said_end: usize,
    pub(super) asides: &'t [Range<usize>],
    pub(super) writer: Writer,
    pub(super) forwarded: Option<&'t Forwarded>,
    aside_names: OnceCell<Quoted>,
}

/// The words and names of what is quoted.
pub(super) struct Quoted {
    pub(super) tokens: Tokens,
    pub(super) names: Vec<Name>,
}

/// Lines of a quoted mail that are read for a name.
const MOST_QUOTED: usize = 12;
/// Words of a line with which somebody signs.
const LONGEST_SIGNATURE: usize = 9;

impl<'t> Source<'t> {
    pub(super) fn new(
        reading: &'t Reading,
        sentences: &'t [Sentence],
        requester: Option<&'t str>,
        writer: Writer,
    ) -> Self {
        let text = reading.text.as_str();
        let fields = reading
            .parts()
            .flat_map(|(is_subject, span)| form::fields(text, span, is_subject))
            .take(MOST_FOUND)
            .collect();
        let found = sentences.iter().flat_map(|sentence| address::find(text, sentence.span.clone()));
        let addresses: Vec<Address> = found.take(MOST_FOUND).collect();
        let tokens = Tokens::of(text, sentences.iter().map(|sentence| sentence.span.clone()), &addresses);
        let shouted: Vec<bool> = (0..sentences.len()).map(|number| is_shouted(&tokens, number)).collect();
        let names = names::rows(&tokens, |number| shouted.get(number).is_some_and(|shouted| *shouted));
        let address_places = (0..tokens.len()).filter(|at| tokens.all()[*at].is_address).collect();
        let requester = requester.map(str::trim).filter(|address| address::is_plain(address));
        let own = requester.map(Local::of);
        let said_end = tokens.len();
        let mut source = Self {
            text,
            sentences,
            tokens,
            fields,
            addresses,
            address_places,
            names,
            requester,
            own,
            said_end,
            writer,
            forwarded: reading.forwarded.as_ref(),
            asides: &reading.asides,
            aside_names: OnceCell::new(),
        };
        source.said_end = source.signed().unwrap_or(said_end);
        source
    }

    pub(super) fn slice(&self, span: &Range<usize>) -> &'t str {
        &self.text[span.clone()]
    }

    pub(super) fn owned(&self, span: &Range<usize>) -> String {
        self.slice(span).to_owned()
    }

    /// The text between two words.
    pub(super) fn gap(&self, before: usize, after: usize) -> &'t str {
        match (self.tokens.get(before), self.tokens.get(after)) {
            (Some(before), Some(after)) => self.text.get(before.raw.end..after.raw.start).unwrap_or(""),
            (Some(_) | None, _) => "",
        }
    }

    /// The stretch of text of some words.
    pub(super) fn span(&self, place: &Range<usize>) -> Range<usize> {
        let start = self.tokens.get(place.start).map_or(0, |token| token.raw.start);
        start..place.end.checked_sub(1).and_then(|last| self.tokens.get(last)).map_or(start, |token| token.raw.end)
    }

    pub(super) fn field_at(&self, at: usize) -> Option<&Field<'t>> {
        self.fields.iter().find(|field| field.value.contains(&at))
    }

    /// The names before the signature.
    pub(super) fn said_names(&self) -> impl Iterator<Item = &Name> {
        self.names.iter().filter(|name| name.tokens.start < self.said_end)
    }

    /// The addresses before the signature.
    pub(super) fn address_places(&self) -> impl Iterator<Item = usize> {
        self.address_places.iter().copied().take_while(|at| *at < self.said_end)
    }

    pub(super) fn is_own(&self, address: &str) -> bool {
        self.requester.is_some_and(|own| own.eq_ignore_ascii_case(address))
    }

    /// Whether a name is the requester's, by their address.
    pub(super) fn is_writer(&self, name: &Name) -> bool {
        self.own.as_ref().is_some_and(|own| own.fits(&self.tokens, name))
    }

    /// Whether two names have a word in common.
    pub(super) fn same_words(&self, one: &Name, other: &Name) -> bool {
        one.tokens.clone().any(|at| other.tokens.clone().any(|word| self.tokens.word(at) == self.tokens.word(word)))
    }

    /// The word with which the writer's own name begins at the end of the ticket: `Ann Lee, Facilities`.
    fn signed(&self) -> Option<usize> {
        let body = self.sentences.iter().position(|sentence| !sentence.is_subject)?;
        let begins_line = |name: &&Name| {
            let start = self.tokens.all()[name.tokens.start].raw.start;
            let before = self.text[..start].trim_end_matches([' ', '\t', '*', '/', '-', '–']);
            before.is_empty() || before.ends_with('\n')
        };
        let signs = |name: &&Name| {
            let token = &self.tokens.all()[name.tokens.start];
            let sentence = self.tokens.sentence(token.sentence);
            let talks = sentence.clone().any(|at| {
                let here = self.tokens.marks(at);
                here.has(marks::DEED) || here.has(marks::I) || here.has(marks::ME)
            });
            token.sentence > body && sentence.len() <= LONGEST_SIGNATURE && !talks && self.is_writer(name)
        };
        self.names.iter().filter(begins_line).find(signs).map(|name| name.tokens.start)
    }

    /// The words and names of what is quoted, read when they are first needed.
    pub(super) fn aside_names(&self) -> &Quoted {
        self.aside_names.get_or_init(|| {
            let lines = || self.asides.iter().take(MOST_QUOTED).cloned();
            let addresses: Vec<Address> =
                lines().flat_map(|line| address::find(self.text, line)).take(MOST_FOUND).collect();
            let tokens = Tokens::of(self.text, lines(), &addresses);
            let names = names::rows(&tokens, |_| false);
            Quoted { tokens, names }
        })
    }
}

/// Whether most of a sentence is in capitals.
fn is_shouted(tokens: &Tokens, number: usize) -> bool {
    let words = tokens.sentence(number).filter(|at| tokens.all()[*at].letters && tokens.word(*at).len() > 2);
    let (mut all, mut shouted) = (0, 0);
    for at in words {
        all += 1;
        shouted += usize::from(tokens.all()[at].shouted);
    }
    all > 1 && shouted * 3 >= all * 2
}
