//! The thread that computes the answers of a model. Samples that come together are computed together.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;

use toddle_data::{Answers, DataError, Model};
use tokio::sync::oneshot;

use crate::Fault;

/// The samples of one request.
struct Message {
    inputs: Vec<f32>,
    reply: oneshot::Sender<Result<Answers, Fault>>,
}

/// Requests that wait at a time.
const WAITING: usize = 1024;

/// The most samples that are computed together.
const TOGETHER: usize = 256;

/// A model and the thread that asks it.
pub struct Batches {
    pub model: Arc<Model>,
    messages: SyncSender<Message>,
}

impl Batches {
    /// Starts the thread of `model`.
    pub fn new(model: Model) -> Batches {
        let model = Arc::new(model);
        let (messages, inbox) = sync_channel(WAITING);
        let of_thread = model.clone();
        thread::spawn(move || work(&of_thread, &inbox));
        Batches { model, messages }
    }

    /// The answers about some samples. None if too many requests wait.
    pub async fn ask(&self, inputs: Vec<f32>) -> Option<Result<Answers, Fault>> {
        let (reply, answer) = oneshot::channel();
        match self.messages.try_send(Message { inputs, reply }) {
            Ok(()) => answer.await.ok(),
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => None,
        }
    }
}

fn work(model: &Model, inbox: &Receiver<Message>) {
    let size = model.input().size();
    while let Ok(first) = inbox.recv() {
        let mut together = vec![first];
        let mut samples = together[0].inputs.len() / size;
        while samples < TOGETHER
            && let Ok(next) = inbox.try_recv()
        {
            samples += next.inputs.len() / size;
            together.push(next);
        }
        // Nobody waits any more if a program has gone.
        together.retain(|message| !message.reply.is_closed());
        if !together.is_empty() {
            answer(model, together);
        }
    }
}

/// Answers requests that came together.
fn answer(model: &Model, messages: Vec<Message>) {
    let inputs: Vec<f32> = messages.iter().flat_map(|message| message.inputs.iter().copied()).collect();
    let Ok(answers) = model.ask(&inputs) else {
        // One of them is wrong: each is asked about alone, so that the others have their answers.
        for Message { inputs, reply } in messages {
            let _ = reply.send(model.ask(&inputs).map_err(|error: DataError| error.into()));
        }
        return;
    };
    let Answers { outputs, probabilities } = answers;
    let samples = inputs.len() / model.input().size();
    let (width, classes) = (outputs.len() / samples, probabilities.len() / samples);
    let mut at = 0;
    for Message { inputs, reply } in messages {
        let count = inputs.len() / model.input().size();
        let of = |numbers: &[f64], width: usize| numbers[at * width..(at + count) * width].to_vec();
        let answers = Answers { outputs: of(&outputs, width), probabilities: of(&probabilities, classes) };
        at += count;
        let _ = reply.send(Ok(answers));
    }
}
