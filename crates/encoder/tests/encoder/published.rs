//! all-MiniLM-L6-v2 as it is published, where its folder is named: the numbers that its makers' own library gives.

use countersign_classify::{
    Embedded, SentenceEncoder,
    encoded::{BUILT_IN, Larger},
};
use countersign_domain::{classification::TicketWords, ids::IntentName, ports::Classifier};
use countersign_encoder::Encoder;
use std::path::Path;

const VARIABLE: &str = "COUNTERSIGN_TEST_ENCODER";
/// SHA-256 of its `model.safetensors`.
const WEIGHTS: &str = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db";

#[expect(clippy::disallowed_methods, reason = "where the encoder is, is said to the test, not to the program")]
fn published() -> Option<Encoder> {
    let Some(folder) = std::env::var(VARIABLE).ok().filter(|folder| !folder.is_empty()) else {
        println!("left out: the tests with a published encoder, since {VARIABLE} names no folder");
        return None;
    };
    let weights = WEIGHTS.parse().expect("a digest");
    Some(Encoder::load(Path::new(&folder), Some(weights)).expect("the published encoder"))
}

#[test]
fn a_published_encoder_gives_the_numbers_of_its_makers_library() {
    let Some(encoder) = published() else { return };
    let long = "please ".repeat(300);
    // sentence-transformers 6.2, at most 256 word pieces, normalised: the first eight numbers of each.
    let known = [
        (
            "I forgot my password, please reset it.",
            [-0.044826, -0.09393, -0.03425, 0.008589, -0.030149, 0.032568, 0.013823, 0.02162],
        ),
        (
            "Bitte das Konto von Zoë Müller-Lüdenscheidt sperren: zoe@example.test",
            [-0.070284, 0.029772, -0.012512, -0.005782, 0.008008, -0.008095, 0.091799, 0.08854],
        ),
        ("", [-0.118838, 0.048299, -0.002548, -0.011011, 0.051951, 0.010292, 0.115433, 0.000701]),
        (&long, [-0.073111, -0.035275, 0.138831, -0.032426, -0.06597, -0.053956, -0.045414, -0.0684]),
    ];
    for (text, expected) in known {
        let numbers = meaning(&encoder, text);
        assert_eq!(numbers.len(), 384);
        for (number, expected) in numbers.iter().zip(expected) {
            assert!((number - expected).abs() < 2e-4, "{text:.40}: {:?}", &numbers[..8]);
        }
    }
}

/// What the makers' library gives of a text: the mean of the last layer over its word pieces, of length 1.
fn meaning(encoder: &Encoder, text: &str) -> Vec<f32> {
    let last = encoder.read(text, &[encoder.layers()]).expect("it reads").remove(0);
    let sums: Vec<f32> =
        (0..encoder.width()).map(|place| last.chunks(encoder.width()).map(|piece| piece[place]).sum()).collect();
    let length = sums.iter().map(|sum| sum * sum).sum::<f32>().sqrt();
    sums.iter().map(|sum| sum / length).collect()
}

#[test]
fn the_built_in_head_goes_with_the_published_encoder_and_answers_as_the_classifier() {
    let Some(encoder) = published() else { return };
    let larger = Larger::new(Box::new(encoder), BUILT_IN).unwrap();
    let (alone, with) = (Embedded::new(), Embedded::new().with_encoder(larger));
    assert!(alone.is_quick() && !with.is_quick());
    assert_ne!(alone.model_hash(), with.model_hash());
    for (description, expected) in [
        ("I forgot my password, please reset it. My login is jo@example.test.", Some("password_reset")),
        (
            "Please suspend the account of Pat Quill (pat.quill@example.test), today was the last day.",
            Some("suspend_account"),
        ),
        ("How do I change my password myself?", None),
        ("", None),
    ] {
        let words = TicketWords { subject: "Help", description, requester: Some("jo@example.test") };
        let answer = with.classify(words);
        assert_eq!(answer.intent.as_ref().map(IntentName::as_str), expected, "{description}");
        assert_eq!(answer, with.classify(words), "{description}");
    }
}
