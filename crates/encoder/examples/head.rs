//! Makes the head for an encoder from the labelled tickets and says what it brings:
//! `cargo run --release -p countersign-encoder --example head -- FOLDER HEAD`.

use countersign_classify::{
    SentenceEncoder as _, corpus,
    encoded::training::{Schedule, train},
    evaluation::{Figures, by, row},
};
use countersign_encoder::Encoder;
use std::{env, error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [folder, file] = arguments.as_slice() else { return Err("say an encoder's folder and the head's file".into()) };
    let encoder = Encoder::load(Path::new(folder), None)?;
    println!("encoder {}", encoder.digest());
    let tickets = corpus::shipped();
    let made = train(&encoder, &tickets, Schedule::default()).ok_or("the encoder cannot read the tickets")?;
    println!("{}", row("embedded", &Figures::of(made.alone.iter())));
    println!("{}", row("with encoder", &Figures::of(made.joined.iter())));
    let by_language = |answers| by(&tickets, answers, |ticket| ticket.lang.as_str());
    for ((language, alone), (_, with)) in by_language(&made.alone).into_iter().zip(by_language(&made.joined)) {
        println!(
            "{}\n{}",
            row(&format!("embedded, {language}"), &alone),
            row(&format!("with encoder, {language}"), &with)
        );
    }
    println!("the head is to be mixed in by {:.2}", made.weight);
    fs::write(file, &made.file)?;
    println!("{} bytes written to {file}", made.file.len());
    Ok(())
}
