//! The model behind the port: which texts are read how far, on which threads, and who waits for whom.

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use daybook_core::ports::embedder::{Embedder, EmbedderError, ModelId, TextKind};
use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::sync::Semaphore;

use crate::files::{Hashing, MODEL, PINNED, Pinned, VOCABULARY, WEIGHTS, model_folder};
use crate::network::{self, Network, PLACES, WIDTH, WORDS, Workspace};
use crate::wordpiece::WordPiece;

/// Changes whenever the same text gets another vector: how it is read, rounded or pooled.
const RECIPE: &str = "i12-mean-1";
/// Tokens that are worked on at once: enough to make the weights worth fetching, few enough to stop soon.
const BATCH_TOKENS: usize = 384;
/// Questions at once; each takes milliseconds.
const QUESTIONS: usize = 2;

/// Where the model is and how much of the machine it may take.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Folder of the models (`DAYBOOK_MODELS_DIR`).
    pub folder: PathBuf,
    /// Threads for texts that nobody waits for; questions have their own.
    pub threads: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { folder: PathBuf::from("models"), threads: 1 }
    }
}

/// all-MiniLM-L6-v2 in this process.
#[derive(Debug)]
pub struct LocalEmbedder {
    model: ModelId,
    engine: Arc<Engine>,
    threads: usize,
    background: Arc<Semaphore>,
    questions: Arc<Semaphore>,
}

#[derive(Debug)]
struct Engine {
    wordpiece: WordPiece,
    network: Network,
    workspaces: Mutex<Vec<Workspace>>,
}

impl LocalEmbedder {
    /// Loads the model, checking every bit of it. Takes about a fifth of a second.
    pub fn open(settings: &Settings) -> Result<Self, EmbedderError> {
        let folder = model_folder(&settings.folder);
        for pinned in PINNED {
            if let Err(reason) = pinned.length_is_right(&folder) {
                let is_there = folder.join(pinned.name).exists();
                return Err(if is_there { damaged(&reason) } else { EmbedderError::NotInstalled { reason } });
            }
        }
        let open = |pinned: Pinned| {
            let path = folder.join(pinned.name);
            File::open(&path).map(Hashing::new).map_err(|error| unreadable(&path.display(), &error))
        };
        let mut vocabulary = open(VOCABULARY)?;
        let text = io::read_to_string(&mut vocabulary)
            .map_err(|error| unreadable(&folder.join(VOCABULARY.name).display(), &error))?;
        VOCABULARY.checksum_is_right(&vocabulary.checksum()).map_err(|reason| damaged(&reason))?;
        let wordpiece = WordPiece::new(&text);
        if wordpiece.len() != WORDS {
            return Err(damaged(&format!("{} holds {} tokens", VOCABULARY.name, wordpiece.len())));
        }
        let mut weights = open(WEIGHTS)?;
        let network = network::load(&mut weights)
            .map_err(|damage| damaged(&format!("{}: {damage}", folder.join(WEIGHTS.name).display())))?;
        WEIGHTS.checksum_is_right(&weights.checksum()).map_err(|reason| damaged(&reason))?;
        let threads = settings.threads.max(1);
        Ok(Self {
            model: ModelId(format!("{MODEL}/{}/{RECIPE}", &WEIGHTS.sha256[..12])),
            engine: Arc::new(Engine { wordpiece, network, workspaces: Mutex::default() }),
            threads,
            background: Arc::new(Semaphore::new(threads)),
            questions: Arc::new(Semaphore::new(QUESTIONS)),
        })
    }
}

fn unreadable(path: &std::path::Display<'_>, error: &io::Error) -> EmbedderError {
    EmbedderError::Broken { doing: "read its files", reason: format!("{path}: {error}") }
}

fn damaged(reason: &str) -> EmbedderError {
    let reason = format!("{reason}; `daybook models fetch` installs it anew");
    EmbedderError::Broken { doing: "check its files", reason }
}

fn tokens_read(kind: TextKind) -> usize {
    match kind {
        TextKind::Question | TextKind::Title | TextKind::Issue => 128,
        TextKind::Passage => PLACES,
    }
}

impl Engine {
    fn vectors(&self, texts: &[String], most: usize) -> Vec<Vec<f32>> {
        let workspaces = || self.workspaces.lock().unwrap_or_else(PoisonError::into_inner);
        let tokens: Vec<Vec<u32>> = texts.iter().map(|text| self.wordpiece.tokens(text, most)).collect();
        let mut workspace = workspaces().pop().unwrap_or_default();
        let vectors = self.network.vectors(&tokens, &mut workspace);
        workspaces().push(workspace);
        vectors
    }
}

#[async_trait]
impl Embedder for LocalEmbedder {
    fn model(&self) -> &ModelId {
        &self.model
    }

    fn dimension(&self) -> usize {
        WIDTH
    }

    async fn embed(&self, texts: &[String], kind: TextKind) -> Result<Vec<Vec<f32>>, EmbedderError> {
        let most = tokens_read(kind);
        let (lane, width) = match kind {
            TextKind::Question => (&self.questions, QUESTIONS),
            TextKind::Title | TextKind::Issue | TextKind::Passage => (&self.background, self.threads),
        };
        let failed = |reason: String| EmbedderError::Broken { doing: "embed texts", reason };
        let batches = batches(texts, most).into_iter().map(|batch| async move {
            let permit = Arc::clone(lane).acquire_owned().await.map_err(|error| failed(error.to_string()))?;
            let engine = Arc::clone(&self.engine);
            let work = move || {
                // Held by the work, not by the caller, who may go away: threads in use stay counted.
                let _permit = permit;
                engine.vectors(&batch, most)
            };
            tokio::task::spawn_blocking(work).await.map_err(|error| failed(error.to_string()))
        });
        let vectors: Vec<Vec<Vec<f32>>> = stream::iter(batches).buffered(width).try_collect().await?;
        Ok(vectors.into_iter().flatten().collect())
    }
}

/// Texts in batches of about as many tokens, judged by their length.
fn batches(texts: &[String], most: usize) -> Vec<Vec<String>> {
    let mut batches: Vec<Vec<String>> = Vec::new();
    let mut room = 0;
    for text in texts {
        let tokens = (text.len() / 4 + 3).min(most);
        match batches.last_mut() {
            Some(batch) if tokens <= room => batch.push(text.clone()),
            _ => {
                batches.push(vec![text.clone()]);
                room = BATCH_TOKENS;
            }
        }
        room = room.saturating_sub(tokens);
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_keep_every_text_in_its_order() {
        let texts: Vec<String> = (0..200_usize).map(|n| format!("{n}{}", "x".repeat(n * 37 % 900))).collect();
        let batches = batches(&texts, 128);
        assert!(batches.len() > 20 && batches.iter().all(|batch| !batch.is_empty()));
        assert_eq!(batches.concat(), texts);
    }
}
