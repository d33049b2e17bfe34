//! Encoders of every kind: a tiny one, broken ones, and a real one where there is one.

mod published;
mod refused;
mod tiny;

use countersign_classify::SentenceEncoder;
use countersign_domain::digest::Digest;
use countersign_encoder::Encoder;

fn tiny() -> Encoder {
    Encoder::load(tiny::folder().path(), None).expect("the tiny encoder")
}

#[test]
fn every_word_piece_becomes_numbers_the_same_every_time() {
    let (encoder, again) = (tiny(), tiny());
    assert_eq!((encoder.width(), encoder.layers()), (tiny::WIDTH, 1));
    assert_eq!(encoder.digest(), Digest::of(&tiny::weights()));
    let many = "reset ".repeat(10_000);
    for (text, pieces) in [
        ("please reset my password", 6),
        ("", 2),
        ("\u{0}\u{202e}\u{1f600}", 3),
        ("passwords", 4),
        (many.as_str(), tiny::POSITIONS),
    ] {
        let found = encoder.read(text, &[0, 1]).unwrap();
        assert_eq!(found.iter().map(Vec::len).collect::<Vec<_>>(), [pieces * tiny::WIDTH; 2], "{text:.20}");
        assert_eq!(Some(&found), again.read(text, &[0, 1]).as_ref(), "{text:.20}");
        assert_eq!(encoder.read(text, &[1, 0]).unwrap(), [found[1].clone(), found[0].clone()]);
    }
}

#[test]
fn a_layer_that_the_encoder_does_not_have_is_no_answer() {
    assert_eq!(tiny().read("please", &[2]), None);
    assert_eq!(tiny().read("please", &[]), Some(Vec::new()));
}

#[test]
fn a_word_piece_is_read_in_the_light_of_its_neighbours() {
    let encoder = tiny();
    let second = |text: &str, layer| encoder.read(text, &[layer]).unwrap()[0][tiny::WIDTH..2 * tiny::WIDTH].to_vec();
    assert_eq!(second("reset my password", 0), second("reset the account", 0));
    assert_ne!(second("reset my password", 1), second("reset the account", 1));
    assert_eq!(second("Reset MY password", 1), second("reset my password", 1), "case is folded");
}

#[test]
fn what_follows_the_last_word_piece_that_is_read_plays_no_part() {
    let long = "please ".repeat(40);
    assert_eq!(tiny().read(&long, &[1]), tiny().read(&format!("{long} reset my password"), &[1]));
}

#[test]
fn a_marker_written_into_a_ticket_is_words() {
    // As a marker it would be one piece, as words it is three unknown ones.
    assert_eq!(tiny().read("reset [SEP] my", &[1]), tiny().read("reset ( quux ) my", &[1]));
}

#[test]
fn threads_share_an_encoder() {
    let encoder = tiny();
    let alone = encoder.read("please reset my password", &[1]);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| encoder.read("please reset my password", &[1]))).collect();
        for thread in threads {
            assert_eq!(thread.join().unwrap(), alone);
        }
    });
}
