//! What was said: sentences of one speaker in a row make a turn, each with the time at which it began.

use std::fmt::Write as _;

use crate::bounded::Bounded;
use crate::object::{Object, text};

/// The sentences of a meeting, and what of them could not be read.
#[derive(Debug, Default)]
pub(super) struct Speech {
    turns: Vec<Turn>,
    /// Sentences that were read.
    pub(super) sentences: u64,
    /// Elements that are none.
    pub(super) unread: u64,
    /// The end of the last of them, in seconds.
    pub(super) seconds: f64,
}

#[derive(Debug)]
struct Turn {
    speaker: Option<String>,
    start: Option<f64>,
    text: String,
}

impl Speech {
    /// `None`: there is no list of sentences.
    pub(super) fn read(meeting: &Object<'_>) -> Option<Self> {
        meeting.json("sentences").filter(|json| json.starts_with('['))?;
        let mut speech = Self::default();
        for element in meeting.elements("sentences") {
            match Object::read(element.get()) {
                Some(sentence) => speech.add(&sentence),
                None => speech.unread += 1,
            }
        }
        Some(speech)
    }

    fn add(&mut self, sentence: &Object<'_>) {
        self.sentences += 1;
        if let Some(end) = seconds(sentence, "end_time") {
            self.seconds = self.seconds.max(end);
        }
        // The raw text has sounds in it that the text leaves out, so that it may be empty.
        let Some(said) = sentence.text("text").or_else(|| sentence.text("raw_text")) else { return };
        let said = plain(&said);
        if said.is_empty() {
            return;
        }
        let speaker = sentence.text("speaker_name").map(|name| plain(&name)).filter(|name| !name.is_empty());
        match self.turns.last_mut() {
            Some(turn) if turn.speaker == speaker => {
                turn.text.push(' ');
                turn.text.push_str(&said);
            }
            _ => self.turns.push(Turn { speaker, start: seconds(sentence, "start_time"), text: said }),
        }
    }

    /// Those who spoke, in the order in which they first did.
    pub(super) fn speakers(&self) -> impl Iterator<Item = &str> {
        self.turns.iter().filter_map(|turn| turn.speaker.as_deref())
    }

    /// Whether anything was said.
    pub(super) fn is_empty(&self) -> bool {
        self.turns.is_empty()
    }

    /// A paragraph a turn.
    pub(super) fn write(&self, out: &mut Bounded) {
        for turn in &self.turns {
            let mut head = String::from("\n\n");
            if let Some(start) = turn.start {
                // Writing to a text cannot fail.
                write!(head, "[{}] ", clock(start)).ok();
            }
            match &turn.speaker {
                Some(speaker) => write!(head, "**{speaker}**: ").ok(),
                None => write!(head, "**Somebody**: ").ok(),
            };
            out.push_str(&head);
            out.push_str(&turn.text);
        }
    }
}

/// Text on one line, with plain blanks.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// Numbers come as texts as well; what is none is not there.
pub(super) fn real(object: &Object<'_>, name: &str) -> Option<f64> {
    let json = object.json(name)?;
    let number: Option<f64> = text(json).as_deref().unwrap_or(json).trim().parse().ok();
    number.filter(|number| number.is_finite())
}

fn seconds(sentence: &Object<'_>, name: &str) -> Option<f64> {
    real(sentence, name).filter(|seconds| (0.0..=1e6).contains(seconds))
}

/// Minutes and seconds; hours in front if there are any.
fn clock(seconds: f64) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from zero to a million")]
    let seconds = seconds as u64;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes:02}:{seconds:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(json: &str) -> (String, u64, u64) {
        let speech = Speech::read(&Object::read(json).unwrap()).unwrap();
        let mut out = Bounded::new(10_000);
        speech.write(&mut out);
        (out.finish().trim().to_owned(), speech.sentences, speech.unread)
    }

    #[test]
    fn sentences_of_one_speaker_become_a_turn_and_odd_ones_spoil_nothing() {
        let (text, sentences, unread) = written(
            r#"{"sentences":[
                {"speaker_name":"Mara","text":"Let's\u00a0keep it.","start_time":3.2,"end_time":6},
                {"speaker_name":"Mara","text":"","raw_text":"{laugh}"},
                {"speaker_name":"Mara","text":null,"raw_text":" On the server. ","start_time":"6.1"},
                7, null, {"speaker_name":null,"text":"Okay.","start_time":"NaN"},
                {"speaker_name":7,"text":"Yes."}, {"text":null},
                {"speaker_name":"Tomas","text":"By\nFriday.","start_time":3725.9,"end_time":1e400}
            ]}"#,
        );
        assert_eq!(
            text,
            "[00:03] **Mara**: Let's keep it. On the server.\n\n**Somebody**: Okay. Yes.\n\n[1:02:05] **Tomas**: By Friday."
        );
        assert_eq!((sentences, unread), (7, 2));
    }

    #[test]
    fn no_list_is_not_an_empty_one() {
        for none in ["{}", r#"{"sentences":null}"#, r#"{"sentences":{}}"#] {
            assert!(Speech::read(&Object::read(none).unwrap()).is_none(), "{none}");
        }
        assert!(Speech::read(&Object::read(r#"{"sentences":[]}"#).unwrap()).unwrap().is_empty());
    }
}
