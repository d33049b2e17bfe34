//! Folders that cannot serve, and what is said about them.

use countersign_domain::digest::Digest;
use countersign_encoder::{Encoder, EncoderError};
use serde_json::{Value, json};
use std::{
    fs::{self, File},
    path::Path,
};

use crate::tiny;

fn refusal(folder: &Path) -> EncoderError {
    match Encoder::load(folder, None) {
        Ok(_) => panic!("this folder was not to be read"),
        Err(error) => error,
    }
}

fn with_config(key: &str, value: Value) -> String {
    let folder = tiny::folder();
    let mut config = tiny::config();
    config[key] = value;
    tiny::put(folder.path(), "config.json", &config);
    refusal(folder.path()).to_string()
}

#[test]
fn a_missing_file_is_named_with_what_an_encoder_is() {
    for name in ["config.json", "tokenizer.json", "model.safetensors"] {
        let folder = tiny::folder();
        fs::remove_file(folder.path().join(name)).unwrap();
        let said = refusal(folder.path()).to_string();
        assert!(said.contains(&format!("{name} cannot be read; an encoder is a folder with config.json")), "{said}");
    }
}

#[test]
fn other_weights_than_the_named_ones_are_refused_before_they_are_looked_at() {
    let folder = tiny::folder();
    fs::write(folder.path().join("model.safetensors"), "not weights at all").unwrap();
    let expected = Digest::of(b"the right ones");
    let Err(error) = Encoder::load(folder.path(), Some(expected)) else { panic!("wrong weights were read") };
    let said = error.to_string();
    assert!(said.contains(&format!("expected was {expected}")), "{said}");
    assert!(said.contains(&Digest::of(b"not weights at all").to_string()), "{said}");
}

#[test]
fn hostile_sizes_in_the_configuration_are_refused() {
    for (key, value, served) in [
        ("hidden_size", json!(0), "from 1 to 1024"),
        ("hidden_size", json!(1_000_000), "from 1 to 1024"),
        ("num_hidden_layers", json!(4_000_000_000_u32), "from 1 to 24"),
        ("num_attention_heads", json!(0), "from 1 to 8"),
        ("num_attention_heads", json!(3), "not a multiple"),
        ("vocab_size", json!(u64::MAX), "from 1 to 300000"),
        ("max_position_embeddings", json!(1), "from 16 to 8192"),
        ("intermediate_size", json!(1_u64 << 40), "from 1 to 4096"),
        ("type_vocab_size", json!(0), "from 1 to"),
    ] {
        let said = with_config(key, value);
        assert!(said.contains("config.json cannot be used") && said.contains(served), "{key}: {said}");
    }
}

#[test]
fn another_kind_of_model_is_refused() {
    assert!(with_config("model_type", json!("t5")).contains("model_type is \"t5\", and only \"bert\" is served"));
    assert!(with_config("model_type", Value::Null).contains("not a BERT configuration"));
    assert!(with_config("hidden_act", json!("swish")).contains("hidden_act is \"swish\""));
    assert!(with_config("position_embedding_type", json!("relative_key")).contains("position_embedding_type is"));
}

#[test]
fn weights_of_another_shape_are_refused_at_once() {
    for (key, value) in [("hidden_size", 16), ("num_hidden_layers", 2), ("vocab_size", 13), ("intermediate_size", 8)] {
        let said = with_config(key, json!(value));
        assert!(said.contains("not as config.json describes them"), "{key}: {said}");
        assert!(!said.contains('\n'), "one line: {said}");
    }
}

#[test]
fn broken_weights_are_refused() {
    let sound = tiny::weights();
    let mut huge_header = sound.clone();
    huge_header[..8].copy_from_slice(&u64::MAX.to_le_bytes());
    let not_numbers: Vec<u8> = {
        let mut bytes = sound.clone();
        let header = usize::try_from(u64::from_le_bytes(sound[..8].try_into().unwrap())).unwrap();
        bytes[8 + header..].fill(0xff);
        bytes
    };
    for bytes in [Vec::new(), b"{}".to_vec(), sound[..sound.len() - 1].to_vec(), huge_header, not_numbers] {
        let folder = tiny::folder();
        fs::write(folder.path().join("model.safetensors"), &bytes).unwrap();
        let said = refusal(folder.path()).to_string();
        assert!(said.contains("model.safetensors cannot be used"), "{said}");
    }
}

#[test]
fn a_file_beyond_every_bound_is_not_read_into_memory() {
    let folder = tiny::folder();
    File::create(folder.path().join("config.json")).unwrap().set_len(1 << 21).unwrap();
    let said = refusal(folder.path()).to_string();
    assert!(said.contains("config.json is larger than 1048576 bytes"), "{said}");
}

#[test]
fn a_tokenizer_that_does_not_fit_the_weights_is_refused() {
    let folder = tiny::folder();
    let mut tokenizer = tiny::tokenizer();
    tokenizer["model"]["vocab"]["beyond"] = json!(12);
    tiny::put(folder.path(), "tokenizer.json", &tokenizer);
    assert!(refusal(folder.path()).to_string().contains("the word piece 12, and vocab_size in config.json is 12"));

    tiny::put(folder.path(), "tokenizer.json", &json!({ "model": 1 }));
    assert!(refusal(folder.path()).to_string().contains("not a tokenizer"));

    // Without markers an empty text would be no numbers at all.
    let mut bare = tiny::tokenizer();
    bare["post_processor"] = Value::Null;
    tiny::put(folder.path(), "tokenizer.json", &bare);
    assert!(refusal(folder.path()).to_string().contains("it puts 0 markers around a text, where from 1 to 16"));

    let mut markers = tiny::tokenizer();
    let marker = json!({ "SpecialToken": { "id": "[SEP]", "type_id": 0 } });
    let single = markers["post_processor"]["single"].as_array_mut().unwrap();
    single.extend(std::iter::repeat_n(marker, 500));
    tiny::put(folder.path(), "tokenizer.json", &markers);
    assert!(refusal(folder.path()).to_string().contains("it puts 502 markers"));
}
