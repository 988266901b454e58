//! A stand-in for the embedding model: words hashed into a small vector. Texts that share words point alike.

use async_trait::async_trait;
use daybook_core::ports::embedder::{Embedder, EmbedderError, ModelId, TextKind};

const DIMENSION: usize = 64;

/// Hashes words. No meaning, but the same rules: fixed dimension, length 1, equal texts equal vectors.
#[derive(Debug)]
pub struct HashEmbedder {
    model: ModelId,
}

impl Default for HashEmbedder {
    fn default() -> Self {
        Self { model: ModelId("hash/1".to_owned()) }
    }
}

impl HashEmbedder {
    /// The same under another name, as if another model were installed.
    pub fn named(name: &str) -> Self {
        Self { model: ModelId(name.to_owned()) }
    }
}

#[async_trait]
impl Embedder for HashEmbedder {
    fn model(&self) -> &ModelId {
        &self.model
    }

    fn dimension(&self) -> usize {
        DIMENSION
    }

    async fn embed(&self, texts: &[String], _kind: TextKind) -> Result<Vec<Vec<f32>>, EmbedderError> {
        Ok(texts.iter().map(|text| vector(text)).collect())
    }
}

fn vector(text: &str) -> Vec<f32> {
    let mut numbers = vec![0.01_f32; DIMENSION];
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        // FNV-1a: stable over runs and machines.
        let hash = word.to_lowercase().bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let place = usize::try_from(hash % DIMENSION as u64).unwrap_or(0);
        numbers[place] += 1.0;
    }
    let length = numbers.iter().map(|number| number * number).sum::<f32>().sqrt();
    numbers.iter().map(|number| number / length).collect()
}
