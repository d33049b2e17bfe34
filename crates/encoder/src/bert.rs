//! BERT's layers, for one text at a time. What the published descriptions call dropout and pooler plays no part in use.

use candle_core::{D, DType, Device, Result, Tensor};
use candle_nn::{Embedding, LayerNorm, Linear, Module, VarBuilder, embedding, layer_norm, linear, ops};
use serde::Deserialize;

/// What of `config.json` says how the weights are put together.
#[derive(Deserialize)]
pub(crate) struct Config {
    pub(crate) model_type: String,
    pub(crate) vocab_size: usize,
    pub(crate) hidden_size: usize,
    pub(crate) num_hidden_layers: usize,
    pub(crate) num_attention_heads: usize,
    pub(crate) intermediate_size: usize,
    pub(crate) max_position_embeddings: usize,
    pub(crate) type_vocab_size: usize,
    pub(crate) layer_norm_eps: f64,
    pub(crate) hidden_act: String,
    #[serde(default = "absolute")]
    pub(crate) position_embedding_type: String,
}

fn absolute() -> String {
    "absolute".to_owned()
}

/// The weights, ready.
pub(crate) struct Bert {
    words: Embedding,
    /// What is added to a word piece for its place, and for being of the first of two texts, which all are.
    places: Tensor,
    norm: LayerNorm,
    layers: Vec<Layer>,
}

struct Layer {
    attention: Attention,
    inside: Linear,
    outside: Linear,
    norm: LayerNorm,
}

struct Attention {
    query: Linear,
    key: Linear,
    value: Linear,
    out: Linear,
    norm: LayerNorm,
    heads: usize,
}

impl Bert {
    /// Reads weights in the safetensors format.
    pub(crate) fn read(weights: &[u8], config: &Config) -> Result<Self> {
        let all = VarBuilder::from_slice_safetensors(weights, DType::F32, &Device::Cpu)?;
        let prefixed = all.contains_tensor("bert.embeddings.word_embeddings.weight");
        let all = if prefixed { all.pp("bert") } else { all };
        let (width, eps) = (config.hidden_size, config.layer_norm_eps);
        let begin = all.pp("embeddings");
        let places = begin.get((config.max_position_embeddings, width), "position_embeddings.weight")?;
        let kinds = begin.get((config.type_vocab_size, width), "token_type_embeddings.weight")?;
        let layers =
            (0..config.num_hidden_layers).map(|place| Layer::read(&all.pp(format!("encoder.layer.{place}")), config));
        Ok(Self {
            words: embedding(config.vocab_size, width, begin.pp("word_embeddings"))?,
            places: places.broadcast_add(&kinds.get(0)?)?,
            norm: layer_norm(width, eps, begin.pp("LayerNorm"))?,
            layers: layers.collect::<Result<_>>()?,
        })
    }

    /// What the word pieces `ids` are after each layer up to the `deepest`, a row each; before the first layer come the
    /// words as such, so that there is one more than layers are read.
    pub(crate) fn after_layers(&self, ids: &[u32], deepest: usize) -> Result<Vec<Tensor>> {
        let words = self.words.forward(&Tensor::new(ids, &Device::Cpu)?)?;
        let begin = self.norm.forward(&(words + self.places.narrow(0, 0, ids.len())?)?)?;
        let mut found = vec![begin.clone()];
        let mut now = begin;
        for layer in self.layers.iter().take(deepest) {
            now = layer.forward(&now)?;
            found.push(now.clone());
        }
        Ok(found)
    }
}

impl Layer {
    fn read(weights: &VarBuilder<'_>, config: &Config) -> Result<Self> {
        let (width, inside) = (config.hidden_size, config.intermediate_size);
        Ok(Self {
            attention: Attention::read(&weights.pp("attention"), config)?,
            inside: linear(width, inside, weights.pp("intermediate.dense"))?,
            outside: linear(inside, width, weights.pp("output.dense"))?,
            norm: layer_norm(width, config.layer_norm_eps, weights.pp("output.LayerNorm"))?,
        })
    }

    fn forward(&self, pieces: &Tensor) -> Result<Tensor> {
        let attended = self.attention.forward(pieces)?;
        let inside = self.inside.forward(&attended)?.gelu_erf()?;
        self.norm.forward(&(self.outside.forward(&inside)? + attended)?)
    }
}

impl Attention {
    fn read(weights: &VarBuilder<'_>, config: &Config) -> Result<Self> {
        let square = |name: &str| linear(config.hidden_size, config.hidden_size, weights.pp(name));
        Ok(Self {
            query: square("self.query")?,
            key: square("self.key")?,
            value: square("self.value")?,
            out: square("output.dense")?,
            norm: layer_norm(config.hidden_size, config.layer_norm_eps, weights.pp("output.LayerNorm"))?,
            heads: config.num_attention_heads,
        })
    }

    fn forward(&self, pieces: &Tensor) -> Result<Tensor> {
        let (count, width) = pieces.dims2()?;
        let each = width / self.heads;
        let split =
            |linear: &Linear| linear.forward(pieces)?.reshape((count, self.heads, each))?.transpose(0, 1)?.contiguous();
        let (query, key, value) = (split(&self.query)?, split(&self.key)?, split(&self.value)?);
        #[expect(clippy::cast_precision_loss, reason = "a head is at most some thousand numbers wide")]
        let scale = 1.0 / (each as f64).sqrt();
        let towards = ops::softmax_last_dim(&(query.matmul(&key.t()?)? * scale)?)?;
        let seen = towards.matmul(&value)?.transpose(0, 1)?.contiguous()?.flatten_from(D::Minus2)?;
        self.norm.forward(&(self.out.forward(&seen)? + pieces)?)
    }
}
