use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::Encoder;

/// A field as the caller sees it; the decoder below reads it back, which is what proves the encoding injective.
#[derive(Clone, Debug, PartialEq)]
enum Field {
    Bytes(Vec<u8>),
    Text(String),
    Uint(u64),
    Int(i64),
    Flag(bool),
    Option(Option<Vec<Field>>),
    List(Vec<Vec<Field>>),
}

fn write(encoder: &mut Encoder, fields: &[Field]) {
    for field in fields {
        match field {
            Field::Bytes(v) => encoder.bytes(v),
            Field::Text(v) => encoder.text(v),
            Field::Uint(v) => encoder.uint(*v),
            Field::Int(v) => encoder.int(*v),
            Field::Flag(v) => encoder.flag(*v),
            Field::Option(v) => encoder.option(v.as_ref(), |e, inner| write(e, inner)),
            Field::List(v) => encoder.list(v.iter(), |e, item| write(e, item)),
        };
    }
}

fn encode(domain: &str, fields: &[Field]) -> Vec<u8> {
    let mut encoder = Encoder::new(domain);
    write(&mut encoder, fields);
    encoder.finish()
}

/// One field without the domain tag before it.
fn encode_field(field: &Field) -> Vec<u8> {
    let start = Encoder::new("").finish().len();
    encode("", std::slice::from_ref(field))[start..].to_vec()
}

fn take<'a>(input: &mut &'a [u8], count: usize) -> &'a [u8] {
    let (head, rest) = input.split_at(count);
    *input = rest;
    head
}

fn take_u64(input: &mut &[u8]) -> u64 {
    u64::from_be_bytes(take(input, 8).try_into().unwrap())
}

fn take_framed<'a>(input: &mut &'a [u8]) -> &'a [u8] {
    let length = usize::try_from(take_u64(input)).unwrap();
    take(input, length)
}

fn decode_field(input: &mut &[u8]) -> Field {
    match take(input, 1)[0] {
        0x01 => Field::Bytes(take_framed(input).to_vec()),
        0x02 => Field::Text(String::from_utf8(take_framed(input).to_vec()).unwrap()),
        0x03 => Field::Uint(take_u64(input)),
        0x04 => Field::Int(i64::from_be_bytes(take(input, 8).try_into().unwrap())),
        0x05 => Field::Flag(take(input, 1)[0] == 1),
        0x06 => Field::Option(None),
        0x07 => Field::Option(Some(decode_all(take_framed(input)))),
        0x08 => {
            let count = take_u64(input);
            Field::List((0..count).map(|_| decode_all(take_framed(input))).collect())
        }
        other => panic!("unknown type tag {other}"),
    }
}

fn decode_all(mut input: &[u8]) -> Vec<Field> {
    let mut fields = Vec::new();
    while !input.is_empty() {
        fields.push(decode_field(&mut input));
    }
    fields
}

fn decode(mut input: &[u8]) -> (String, Vec<Field>) {
    assert_eq!(take(&mut input, 1), [0x00]);
    let domain = String::from_utf8(take_framed(&mut input).to_vec()).unwrap();
    (domain, decode_all(input))
}

fn any_field() -> impl Strategy<Value = Field> {
    let leaf = prop_oneof![
        vec(any::<u8>(), 0..12).prop_map(Field::Bytes),
        ".{0,8}".prop_map(Field::Text),
        any::<u64>().prop_map(Field::Uint),
        any::<i64>().prop_map(Field::Int),
        any::<bool>().prop_map(Field::Flag),
        Just(Field::Option(None)),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(|v| Field::Option(Some(v))),
            vec(vec(inner, 0..3), 0..4).prop_map(Field::List),
        ]
    })
}

/// Small values, so that two independent draws are often alike and the comparison of unlike ones means something.
fn near_field() -> impl Strategy<Value = Field> {
    let leaf = prop_oneof![
        vec(0_u8..9, 0..3).prop_map(Field::Bytes),
        vec(0_u8..9, 0..3).prop_map(|v| Field::Text(String::from_utf8(v).unwrap())),
        (0_u64..3).prop_map(Field::Uint),
        (-1_i64..2).prop_map(Field::Int),
        any::<bool>().prop_map(Field::Flag),
        Just(Field::Option(None)),
    ];
    leaf.prop_recursive(2, 8, 2, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(|v| Field::Option(Some(v))),
            vec(vec(inner, 0..2), 0..3).prop_map(Field::List),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn an_encoding_determines_its_fields(domain in ".{0,12}", fields in vec(any_field(), 0..6)) {
        prop_assert_eq!(decode(&encode(&domain, &fields)), (domain, fields));
    }

    #[test]
    fn unlike_field_sequences_have_unlike_bytes(
        left in (".{0,1}", vec(near_field(), 0..3)),
        right in (".{0,1}", vec(near_field(), 0..3)),
    ) {
        prop_assert_eq!(left == right, encode(&left.0, &left.1) == encode(&right.0, &right.1));
    }

    #[test]
    fn no_field_is_a_proper_prefix_of_another(left in near_field(), right in near_field()) {
        let (left_bytes, right_bytes) = (encode_field(&left), encode_field(&right));
        if left != right {
            prop_assert!(!left_bytes.starts_with(&right_bytes));
            prop_assert!(!right_bytes.starts_with(&left_bytes));
        }
    }

    #[test]
    fn encoding_twice_gives_the_same_bytes(fields in vec(any_field(), 0..6)) {
        prop_assert_eq!(encode("d", &fields), encode("d", &fields));
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn golden_field(field: &Field) -> String {
    hex(&encode_field(field))
}

#[test]
fn each_field_type_has_its_published_bytes() {
    assert_eq!(golden_field(&Field::Bytes(vec![0xff, 0x00])), "010000000000000002ff00");
    assert_eq!(golden_field(&Field::Bytes(vec![])), "010000000000000000");
    assert_eq!(golden_field(&Field::Text("\u{e9}".into())), "020000000000000002c3a9");
    assert_eq!(golden_field(&Field::Uint(0)), "030000000000000000");
    assert_eq!(golden_field(&Field::Uint(u64::MAX)), "03ffffffffffffffff");
    assert_eq!(golden_field(&Field::Int(-2)), "04fffffffffffffffe");
    assert_eq!(golden_field(&Field::Int(i64::MIN)), "048000000000000000");
    assert_eq!(golden_field(&Field::Flag(false)), "0500");
    assert_eq!(golden_field(&Field::Flag(true)), "0501");
    assert_eq!(golden_field(&Field::Option(None)), "06");
    assert_eq!(golden_field(&Field::Option(Some(vec![Field::Uint(1)]))), "070000000000000009030000000000000001");
    assert_eq!(golden_field(&Field::List(vec![])), "080000000000000000");
}

#[test]
fn a_list_has_its_published_bytes() {
    let list = Field::List(vec![vec![Field::Text("a".into())], vec![Field::Text(String::new())]]);
    let expected = [
        "080000000000000002", // list, two items
        "000000000000000a",   // first item, ten bytes
        "02000000000000000161",
        "0000000000000009", // second item, nine bytes
        "020000000000000000",
    ];
    assert_eq!(golden_field(&list), expected.concat());
}

#[test]
fn a_whole_document_has_its_published_bytes() {
    let mut encoder = Encoder::new("countersign/example/v1");
    encoder.text("acme").uint(7).flag(true).absent();
    let expected = [
        "00",
        "0000000000000016",
        "636f756e7465727369676e2f6578616d706c652f7631",
        "02000000000000000461636d65",
        "030000000000000007",
        "0501",
        "06",
    ];
    assert_eq!(hex(encoder.as_bytes()), expected.concat());
    assert_eq!(hex(&encoder.finish()), expected.concat());
}

#[test]
fn text_and_bytes_of_the_same_content_differ() {
    assert_ne!(encode_field(&Field::Text("a".into())), encode_field(&Field::Bytes(b"a".to_vec())));
}

#[test]
fn moving_a_field_between_list_items_changes_the_bytes() {
    let (a, b) = (Field::Uint(1), Field::Uint(2));
    let left = Field::List(vec![vec![a.clone(), b.clone()], vec![]]);
    let right = Field::List(vec![vec![a], vec![b]]);
    assert_ne!(encode_field(&left), encode_field(&right));
}

#[test]
fn a_present_value_that_is_absent_inside_differs_from_an_absent_one() {
    let nested = Field::Option(Some(vec![Field::Option(None)]));
    assert_ne!(encode_field(&nested), encode_field(&Field::Option(None)));
    assert_ne!(encode_field(&Field::Option(Some(vec![]))), encode_field(&Field::Option(None)));
}

#[test]
fn canonically_equivalent_unicode_is_not_merged() {
    assert_ne!(encode_field(&Field::Text("\u{e9}".into())), encode_field(&Field::Text("e\u{301}".into())));
}
