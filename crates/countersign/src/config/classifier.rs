//! Reading `[classifier]`: what stands beside the embedded classifier. Nothing does unless it is set.

use countersign_domain::{classification::Confidence, digest::Digest};
use countersign_outbound::LiveSecret;
use std::{path::PathBuf, time::Duration};
use url::Url;

use super::{section::Section, values::parse_address};

/// The longest that a second opinion is waited for, and how long it is unless set, in seconds.
const LONGEST_WAIT: u64 = 8;

/// Where the band begins in which a second opinion is asked for, unless set.
const ASK_FROM: f64 = 0.50;

/// `[classifier]`
#[derive(Debug, Default)]
pub(crate) struct ClassifierConfig {
    /// `classifier.encoder`: the larger encoder whose reading joins the classifier's own; none unless set.
    pub(crate) encoder: Option<EncoderConfig>,
    /// `classifier.llm`: the language model that is asked about tickets just below the floor; none unless set.
    pub(crate) llm: Option<LlmConfig>,
}

/// `classifier.encoder`
#[derive(Debug)]
pub(crate) struct EncoderConfig {
    /// `encoder`: its folder.
    pub(crate) folder: PathBuf,
    /// `encoder_sha256`: the SHA-256 of its `model.safetensors`; unless set, that of the encoder whose head is built in.
    pub(crate) sha256: Option<Digest>,
}

/// `[classifier.llm]`
#[derive(Debug)]
pub(crate) struct LlmConfig {
    /// `url`: the base of an OpenAI-compatible API, under which `/chat/completions` is.
    pub(crate) url: Url,
    /// `model`: the model, by the endpoint's name for it.
    pub(crate) model: String,
    /// `api_key`: the endpoint's key; none is sent unless set.
    pub(crate) api_key: Option<LiveSecret>,
    /// `ask_from`: how sure the classifier has to be at least for the model to be asked; 0.50 unless set.
    pub(crate) ask_from: Confidence,
    /// `timeout`: how long the model has to answer, at most and unless set 8 s.
    pub(crate) timeout: Duration,
}

/// Reads `[classifier]`.
pub(super) fn classifier(section: &mut Section<'_>) -> ClassifierConfig {
    let encoder = encoder(section);
    let without_llm = section.any_field("llm").is_absent();
    ClassifierConfig { encoder, llm: section.section("llm", |section| if without_llm { None } else { llm(section) }) }
}

fn encoder(section: &mut Section<'_>) -> Option<EncoderConfig> {
    let (folder, sha256) = (section.field("encoder"), section.field("encoder_sha256"));
    let digest = sha256.parsed("a SHA-256", |text| {
        let digest: Result<Digest, _> = text.to_ascii_lowercase().parse();
        digest.map(|digest| (digest, digest.to_string())).map_err(|_| "expected 64 hexadecimal digits".to_owned())
    });
    if folder.is_absent() && !sha256.is_absent() {
        sha256
            .problem(format!("`{}` is set and `classifier.encoder` is not: name the encoder's folder", sha256.place()));
    }
    let path = folder.text("the path of an encoder's folder")?;
    Some(EncoderConfig { folder: folder.reading().path(&path), sha256: digest })
}

fn llm(section: &mut Section<'_>) -> Option<LlmConfig> {
    let url = section.required("url", "name the API's base, for example \"https://api.openai.com/v1\"");
    let url = url.parsed_unseen("an address such as \"https://api.openai.com/v1\"", |text| {
        parse_address(text).map(|url| (url.clone(), url.to_string()))
    });
    let model = section.required("model", "name the model as the endpoint knows it");
    let model = model.text("the model's name");
    let api_key = section.field("api_key").secret();
    let ask_from = section.field("ask_from").share();
    let field = section.field("timeout");
    let timeout = field.duration().unwrap_or(LONGEST_WAIT);
    if timeout > LONGEST_WAIT {
        field.problem(format!("`{}` is {timeout} s: expected from 1 s to {LONGEST_WAIT} s", field.place()));
    }
    Some(LlmConfig {
        url: url?,
        model: model?,
        api_key,
        ask_from: ask_from.unwrap_or_else(|| Confidence::from_share(ASK_FROM)),
        timeout: Duration::from_secs(timeout),
    })
}
