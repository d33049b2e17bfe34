//! Making a head: the net by gradient descent, the mixing on texts that were held out. Deterministic given what the
//! encoder reads: one order of summation, a generator of its own, no clock.

use countersign_domain::{
    classification::{Said, TicketWords},
    digest::Digest,
    ports::Classifier,
};

use super::{
    INTENTS, SHARES, SentenceEncoder,
    head::{Head, Mixing},
    net::{Net, shares},
    reading::{Rows, knows, layers_of, rows, text_of},
    shares_of,
};
use crate::{
    Embedded,
    calibration::{self, Curve, Judged},
    corpus::Labelled,
    embedded,
    evaluation::{self, Answered},
    model::{OUTPUTS, REQUEST},
    training::{self, narrowed},
};

mod descent;
mod mixing;

/// How a net is learnt.
#[derive(Debug, Clone, Copy)]
pub struct Schedule {
    /// How often every text is gone through.
    pub rounds: usize,
    /// The texts after which the net is changed.
    pub batch: usize,
    /// How far a change goes at most.
    pub pace: f32,
    /// The share of a row's numbers that are left out at a time.
    pub forget_rows: f32,
    /// The share of the channels that are left out at a time.
    pub forget_channels: f32,
}

impl Default for Schedule {
    fn default() -> Self {
        Self { rounds: 14, batch: 32, pace: 2e-3, forget_rows: 0.2, forget_channels: 0.5 }
    }
}

/// One labelled ticket.
pub struct Lesson {
    /// What of it is read.
    pub said: Said,
    /// What the embedded model gives of it without having seen it: shares of the intents, and of nothing being asked.
    pub own: [f64; SHARES],
    /// The place of what is asked among them.
    pub class: usize,
    /// The part of the lessons that it is held out with; lessons of one family are held out together.
    pub fold: usize,
}

/// A head, and what was seen while it was made.
pub struct Learnt {
    /// The head's file.
    pub file: Vec<u8>,
    /// The joined shares of every lesson by a head that had not seen it, in the order of the lessons.
    pub held_out: Vec<[f64; SHARES]>,
    /// What the net's shares weigh in them, from 0 to 1; the embedded model's weigh the rest.
    pub weight: f32,
}

/// Parts in which the tickets are held out from the nets; a divisor of the number in which they are held out from the
/// embedded model, so that what is held out of one is of the other.
const PARTS: usize = 5;

/// A head made of the labelled tickets, beside the embedded model that the same tickets give.
pub struct Trained {
    /// The head's file.
    pub file: Vec<u8>,
    /// The answers of the embedded model alone, held out, in the order of the tickets.
    pub alone: Vec<Answered>,
    /// The joined answers, held out as well.
    pub joined: Vec<Answered>,
    /// What the net's shares weigh in them, from 0 to 1.
    pub weight: f32,
}

/// Makes a head for an encoder of the tickets that the embedded model is made of. `None` where the encoder cannot read.
pub fn train(encoder: &dyn SentenceEncoder, tickets: &[Labelled], schedule: Schedule) -> Option<Trained> {
    let model = training::train(tickets);
    let classifier = Embedded::new();
    let lessons: Vec<Lesson> = tickets
        .iter()
        .zip(&model.judged)
        .map(|(ticket, judged)| Lesson {
            said: classifier.said(words_of(ticket)),
            own: shares_of(&model.curve.scores(&judged.outputs)),
            class: judged.intent.unwrap_or(INTENTS),
            fold: training::fold(ticket) % PARTS,
        })
        .collect();
    let several: Vec<[bool; INTENTS]> = tickets.iter().map(embedded::several).collect();
    let alone = calibration::floors(&model.judged, &model.curve);
    let judged = |joined: &[[f64; SHARES]]| -> Vec<Judged> {
        let each = joined.iter().zip(&lessons).zip(&several);
        each.map(|((shares, lesson), several)| judged_by(shares, lesson.class, several)).collect()
    };
    let keep = |joined: &[[f64; SHARES]]| {
        let floors = calibration::floors(&judged(joined), &AS_THEY_ARE);
        floors.iter().zip(alone).all(|(needed, floor)| *needed <= floor)
    };
    let learnt = fit(encoder, Digest::of(&model.bytes), &lessons, schedule, keep)?;
    Some(Trained {
        weight: learnt.weight,
        file: learnt.file,
        alone: evaluation::answers(&model.judged, &model.curve, &alone),
        joined: evaluation::answers(&judged(&learnt.held_out), &AS_THEY_ARE, &alone),
    })
}

/// The curve of outputs that are calibrated already.
const AS_THEY_ARE: Curve = Curve { weights: [1.0, 0.0, 0.0, 0.0], offset: 0.0, sharpness: 1.0 };

fn words_of(ticket: &Labelled) -> TicketWords<'_> {
    TicketWords { subject: &ticket.subject, description: &ticket.description, requester: ticket.requester.as_deref() }
}

/// Shares as outputs that [`AS_THEY_ARE`] turns into them again.
fn judged_by(shares: &[f64; SHARES], class: usize, several: &[bool; INTENTS]) -> Judged {
    let share = |class: usize| shares[class].max(1e-9);
    let mut outputs = [0.0; OUTPUTS];
    let mut best = 0;
    for topic in 0..INTENTS {
        outputs[topic] = narrowed(libm::log(share(topic)));
        best = if shares[topic] > shares[best] { topic } else { best };
    }
    outputs[REQUEST] = narrowed(libm::log((1.0 - shares[INTENTS]).max(1e-9) / share(INTENTS)));
    Judged { intent: (class < INTENTS).then_some(class), outputs, several: several[best] }
}

/// Makes a head for an encoder. `keep` says of the joined shares of the lessons that were held out, in the order of
/// the lessons, whether so few pass the floors of the embedded model wrongly as of its own. Texts in a language that the encoder does not know are left
/// to the embedded model. `None` where there are no others, or the encoder cannot read one of them. Holds what is
/// read of all lessons in memory: four bytes for each layer read, word piece and number of its width.
pub fn fit(
    encoder: &dyn SentenceEncoder,
    model: Digest,
    lessons: &[Lesson],
    schedule: Schedule,
    keep: impl Fn(&[[f64; SHARES]]) -> bool,
) -> Option<Learnt> {
    let layers = layers_of(encoder).to_vec();
    let mut read: Vec<Option<Rows>> = Vec::with_capacity(lessons.len());
    for lesson in lessons {
        let text = text_of(&lesson.said);
        read.push(if knows(encoder, &text)? { Some(rows(encoder, &layers, &text)?) } else { None });
    }
    let width = read.iter().flatten().next()?.width;
    let learn = |held: Option<usize>| -> Net {
        let seen: Vec<(&Rows, usize)> = lessons
            .iter()
            .zip(&read)
            .filter(|(lesson, _)| held != Some(lesson.fold))
            .filter_map(|(lesson, rows)| Some((rows.as_ref()?, lesson.class)))
            .collect();
        descent::learn(width, &seen, schedule)
    };
    let folds = lessons.iter().map(|lesson| lesson.fold).max()? + 1;
    let (nets, net) = std::thread::scope(|scope| {
        let learn = &learn;
        let held: Vec<_> = (0..folds).map(|fold| scope.spawn(move || learn(Some(fold)))).collect();
        let net = learn(None);
        let nets: Option<Vec<Net>> = held.into_iter().map(|thread| thread.join().ok()).collect();
        (nets, net)
    });
    let nets = nets?;
    let judged: Vec<mixing::Judged> = lessons
        .iter()
        .zip(&read)
        .map(|(lesson, rows)| mixing::Judged {
            own: lesson.own,
            read: rows.as_ref().map(|rows| shares(&nets[lesson.fold].outputs(rows))),
            class: lesson.class,
        })
        .collect();
    let mixing: Mixing = mixing::fit(&judged, keep);
    let held_out = mixing::joined(&judged, &mixing);
    let mut head = Head { encoder: encoder.digest(), model, layers, mixing, trial: [0.0; SHARES], net };
    head.trial = head.on_trial(encoder)?;
    Some(Learnt { file: head.write(), held_out, weight: mixing.weight })
}
