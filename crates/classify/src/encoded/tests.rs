use countersign_domain::{classification::Said, digest::Digest};

use super::{
    BUILT_IN, Head, HeadError, Larger, SHARES, SentenceEncoder,
    training::{Learnt, Lesson, Schedule, fit},
};
use crate::embedded;

const WIDTH: usize = 6;

/// An encoder that knows each word by its letters and its neighbour by theirs.
struct Letters {
    digest: Digest,
    /// Turns the numbers about, as another tokenizer would.
    turned: bool,
}

impl Letters {
    fn new() -> Self {
        Self { digest: Digest::of(b"letters"), turned: false }
    }
}

impl SentenceEncoder for Letters {
    fn digest(&self) -> Digest {
        self.digest
    }

    fn width(&self) -> usize {
        WIDTH
    }

    fn layers(&self) -> usize {
        3
    }

    fn read(&self, text: &str, after: &[usize]) -> Option<Vec<Vec<f32>>> {
        if text.contains("unreadable") {
            return None;
        }
        // Words with an umlaut are foreign to it: it reads them letter by letter.
        let pieces = |word: &'_ str| {
            if word.contains('ü') { word.chars().map(String::from).collect() } else { vec![word.to_owned()] }
        };
        let words: Vec<String> =
            std::iter::once("[".to_owned()).chain(text.split_whitespace().flat_map(pieces)).collect();
        let layer = |layer: &usize| {
            let of = |(place, word): (usize, &String)| {
                let before = &words[place.saturating_sub(*layer)];
                let digest = Digest::of(format!("{word} {before}").as_bytes()).0;
                let mut numbers: Vec<f32> = digest[..WIDTH].iter().map(|byte| f32::from(*byte) / 128.0 - 1.0).collect();
                if self.turned {
                    numbers.reverse();
                }
                numbers
            };
            words.iter().enumerate().flat_map(of).collect()
        };
        Some(after.iter().map(layer).collect())
    }
}

fn said(body: &str) -> Said {
    Said { subject: "help".to_owned(), body: body.to_owned() }
}

/// Shares that do not know.
fn unsure() -> [f64; SHARES] {
    [1.0 / f64::from(u8::try_from(SHARES).unwrap()); SHARES]
}

/// Texts whose class one word says.
fn lessons() -> Vec<Lesson> {
    let words = ["password", "phone", "starter", "licence", "locked", "leaver", "group", "printer"];
    let fillers = ["please", "today", "she", "we", "that", "again", "now", "could", "thanks", "hello"];
    (0..120)
        .map(|at| {
            let class = at % words.len();
            let (a, b) = (fillers[at % 7], fillers[(at * 3) % 10]);
            Lesson { said: said(&format!("{a} {} {b}", words[class])), own: unsure(), class, fold: at / 8 % 3 }
        })
        .collect()
}

fn schedule() -> Schedule {
    Schedule { rounds: 6, batch: 4, pace: 5e-3, forget_rows: 0.0, forget_channels: 0.2 }
}

fn learnt(encoder: &Letters) -> Learnt {
    fit(encoder, Digest::of(b"model"), &lessons(), schedule(), |_| true).unwrap()
}

fn likeliest(shares: &[f64; SHARES]) -> usize {
    (0..SHARES).max_by(|a, b| shares[*a].total_cmp(&shares[*b])).unwrap()
}

fn larger(encoder: Letters, file: &[u8]) -> Result<Larger, HeadError> {
    Larger::for_model(Box::new(encoder), file, Digest::of(b"model"))
}

#[test]
fn a_head_learns_what_the_words_say_and_says_it_of_texts_it_has_not_seen() {
    let learnt = learnt(&Letters::new());
    let right = learnt.held_out.iter().zip(lessons()).filter(|(shares, lesson)| likeliest(shares) == lesson.class);
    assert!(right.count() >= 108, "of 120");
    let larger = larger(Letters::new(), &learnt.file).unwrap();
    let shares = larger.join(&said("thanks again locked please"), &unsure()).unwrap();
    assert_eq!(likeliest(&shares), 4);
    assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-9);
}

#[test]
fn a_head_is_made_as_cautious_as_it_has_to_be() {
    let surest = |learnt: &Learnt| learnt.held_out.iter().map(|shares| shares[SHARES - 1]).fold(1.0, f64::min);
    let with = |keep: &dyn Fn(&[[f64; SHARES]]) -> bool| {
        fit(&Letters::new(), Digest::of(b"model"), &lessons(), schedule(), keep).unwrap()
    };
    let wanted = surest(&learnt(&Letters::new())) * 1.5;
    let cautious = with(&|shares| shares.iter().all(|shares| shares[SHARES - 1] >= wanted));
    assert!(surest(&cautious) >= wanted && surest(&cautious) < wanted * 1.1, "{} {wanted}", surest(&cautious));
}

#[test]
fn the_same_lessons_give_the_same_bytes() {
    let (once, twice) = (learnt(&Letters::new()), learnt(&Letters::new()));
    assert!(once.file == twice.file && once.held_out == twice.held_out);
    assert!(Head::read(&once.file).unwrap().write() == once.file);
}

#[test]
fn a_text_that_the_encoder_cannot_read_is_left_to_the_embedded_model() {
    let encoder = Letters::new();
    let file = learnt(&encoder).file;
    assert_eq!(larger(encoder, &file).unwrap().join(&said("unreadable"), &unsure()), None);
    let mut lessons = lessons();
    lessons[3].said = said("unreadable");
    assert!(fit(&Letters::new(), Digest::of(b"model"), &lessons, schedule(), |_| true).is_none());
    assert!(fit(&Letters::new(), Digest::of(b"model"), &[], schedule(), |_| true).is_none());
}

#[test]
fn a_language_that_the_encoder_has_to_spell_is_left_to_the_embedded_model() {
    let foreign = || said("müssen für über zurück");
    let mut lessons = lessons();
    for lesson in lessons.iter_mut().step_by(5) {
        lesson.said = foreign();
    }
    let learnt = fit(&Letters::new(), Digest::of(b"model"), &lessons, schedule(), |_| true).unwrap();
    for (lesson, shares) in lessons.iter().zip(&learnt.held_out) {
        assert_eq!(lesson.said.body == foreign().body, *shares == lesson.own);
    }
    assert_eq!(larger(Letters::new(), &learnt.file).unwrap().join(&foreign(), &unsure()), None);
    lessons.iter_mut().for_each(|lesson| lesson.said = foreign());
    assert!(fit(&Letters::new(), Digest::of(b"model"), &lessons, schedule(), |_| true).is_none());
}

#[test]
fn a_head_goes_with_its_encoder_and_its_model_alone() {
    let file = learnt(&Letters::new()).file;
    let other = Letters { digest: Digest::of(b"other"), ..Letters::new() };
    let Err(error) = larger(other, &file) else { panic!("another encoder was taken") };
    let text = error.to_string();
    assert!(
        text.contains(&Digest::of(b"letters").to_string()) && text.contains("cargo xtask train --encoder"),
        "{text}"
    );
    let turned = Letters { turned: true, ..Letters::new() };
    assert!(matches!(larger(turned, &file), Err(HeadError::OtherReading)));
    let other_model = Larger::for_model(Box::new(Letters::new()), &file, Digest::of(b"newer"));
    assert!(matches!(other_model, Err(HeadError::OtherModel)));
}

/// Whoever makes another model makes its head as well: `cargo xtask train --encoder FOLDER`.
#[test]
fn the_head_that_is_built_in_was_made_with_the_model_that_is_built_in() {
    let head = Head::read(BUILT_IN).unwrap();
    assert_eq!(head.model, embedded::digest());
}

#[test]
fn what_is_no_whole_head_is_refused() {
    let file = learnt(&Letters::new()).file;
    let with = |at: usize, bytes: &[u8]| {
        let mut changed = file.clone();
        changed[at..at + bytes.len()].copy_from_slice(bytes);
        changed
    };
    let longer = [file.as_slice(), &[0]].concat();
    let (many_layers, other_width) = (with(72, &u32::MAX.to_le_bytes()), with(84, &u32::MAX.to_le_bytes()));
    let not_a_number = with(file.len() - 4, &f32::NAN.to_le_bytes());
    let none = [Vec::new(), b"CSHEAD01".to_vec(), file[..file.len() - 1].to_vec(), longer];
    for bytes in none.into_iter().chain([with(0, b"CSHEAD99"), many_layers, other_width, not_a_number]) {
        assert!(matches!(Head::read(&bytes), Err(HeadError::NotAHead)));
    }
}
