// SPDX-License-Identifier: MIT OR Apache-2.0
//! Questions to a connected host: a small queue into the task that serves its connection.
//!
//! Nobody waits to ask. A host that does not take its questions is not asked more: that it does not answer is seen by whoever asked.

use ecmod_link::message::{FromDaemon, Ping, SelfTest};
use tokio::sync::mpsc;

/// Questions that may wait to be sent.
const ROOM: usize = 4;

/// The asking end.
#[derive(Debug, Clone)]
pub struct Questions(Option<mpsc::Sender<FromDaemon>>);

/// The end of the task that serves the connection.
#[derive(Debug)]
pub struct Asked(mpsc::Receiver<FromDaemon>);

/// Both ends; `answers` is what the host's hello says.
#[must_use]
pub fn channel(answers: bool) -> (Questions, Asked) {
    let (questions, asked) = mpsc::channel(ROOM);
    (Questions(answers.then_some(questions)), Asked(asked))
}

impl Questions {
    /// Asks whether the host is there. False if it cannot be asked.
    #[must_use]
    pub fn ping(&self, number: u64) -> bool {
        self.ask(FromDaemon::Ping(Ping { number }))
    }

    /// Asks for self tests. False if it cannot be asked.
    #[must_use]
    pub fn self_test(&self, number: u64, drivers: Vec<String>) -> bool {
        self.ask(FromDaemon::SelfTest(SelfTest { number, drivers }))
    }

    /// Whether this host can be asked at all.
    #[must_use]
    pub const fn are_answered(&self) -> bool {
        self.0.is_some()
    }

    fn ask(&self, question: FromDaemon) -> bool {
        self.0.as_ref().is_some_and(|questions| questions.try_send(question).is_ok())
    }
}

impl Asked {
    /// The next question; never, if there will be none.
    pub async fn next(&mut self) -> FromDaemon {
        match self.0.recv().await {
            Some(question) => question,
            None => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "current_thread")]
    async fn a_host_is_asked_only_if_it_answers_and_never_waited_for() {
        let (silent, _asked) = channel(false);
        assert!(!silent.are_answered() && !silent.ping(1));
        let (questions, mut asked) = channel(true);
        assert!((0..).take(ROOM).all(|number| questions.ping(number)));
        assert!(!questions.ping(9), "it takes none of them");
        assert_eq!(asked.next().await, FromDaemon::Ping(Ping { number: 0 }));
        assert!(questions.self_test(7, vec!["pump".into()]));
    }
}
