// SPDX-License-Identifier: MIT OR Apache-2.0
//! Asking the core, and waiting for its answer: the one way by which anything on D-Bus changes anything.
//!
//! A request that the loop has not looked at in time is void: it is marked with the moment until which it counts, so that
//! "unavailable" means that nothing has happened, not that it will happen later.

use std::collections::HashMap;
use std::time::Duration;

use ecmod_control::Request;
use ecmod_quantities::{Monotonic, Span};
use rtrb::{Consumer, Producer};
use tokio::sync::{mpsc, oneshot};

use crate::clock;
use crate::control_thread::channels::{Envelope, REQUESTS, Reply};

/// How long a request counts.
const VALID: Span = Span::from_millis(200);
/// How long an answer is waited for: until the request is void, and a little for the way back.
const PATIENCE: Span = Span::from_millis(250);
/// How often replies are looked for while one is awaited.
const POLL: Duration = Duration::from_millis(2);

/// The control loop did not answer in time; the request has had no effect and will have none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the control loop did not answer in time; nothing was changed")]
pub struct Unavailable;

/// Where requests are put in.
#[derive(Debug, Clone)]
pub struct Requests {
    asks: mpsc::Sender<Ask>,
}

#[derive(Debug)]
struct Ask {
    request: Request,
    answer: oneshot::Sender<Reply>,
}

/// Where they come out: to be run as a task.
#[derive(Debug)]
pub struct Broker {
    asks: mpsc::Receiver<Ask>,
    requests: Producer<Envelope>,
    replies: Consumer<Reply>,
    waiting: HashMap<u64, Waiting>,
    next: u64,
}

#[derive(Debug)]
struct Waiting {
    answer: oneshot::Sender<Reply>,
    until: Monotonic,
}

/// Both ends.
#[must_use]
pub fn requests(requests: Producer<Envelope>, replies: Consumer<Reply>) -> (Requests, Broker) {
    let (ask, asks) = mpsc::channel(REQUESTS);
    (Requests { asks: ask }, Broker { asks, requests, replies, waiting: HashMap::new(), next: 0 })
}

impl Requests {
    /// Asks, and waits for the decision.
    ///
    /// # Errors
    /// [`Unavailable`] if there was none in time.
    pub async fn ask(&self, request: Request) -> Result<Reply, Unavailable> {
        let (answer, answered) = oneshot::channel();
        self.asks.try_send(Ask { request, answer }).map_err(|_| Unavailable)?;
        answered.await.map_err(|_| Unavailable)
    }
}

impl Broker {
    /// Serves until nobody can ask any more.
    pub async fn serve(mut self) {
        loop {
            if self.waiting.is_empty() {
                match self.asks.recv().await {
                    Some(ask) => self.submit(ask, clock::now()),
                    None => return,
                }
            } else {
                tokio::time::sleep(POLL).await;
            }
            while let Ok(ask) = self.asks.try_recv() {
                self.submit(ask, clock::now());
            }
            self.deliver(clock::now());
        }
    }

    /// Dropping the answer's end is the refusal.
    fn submit(&mut self, ask: Ask, now: Monotonic) {
        let id = self.next;
        self.next = self.next.wrapping_add(1);
        let envelope = Envelope { id, request: ask.request, valid_until: now.plus(VALID) };
        if self.requests.push(envelope).is_ok() {
            self.waiting.insert(id, Waiting { answer: ask.answer, until: now.plus(PATIENCE) });
        }
    }

    fn deliver(&mut self, now: Monotonic) {
        while let Ok(reply) = self.replies.pop() {
            if let Some(waiting) = self.waiting.remove(&reply.id) {
                // Whoever asked may have gone away.
                let _ = waiting.answer.send(reply);
            }
        }
        self.waiting.retain(|_, waiting| waiting.until > now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control_thread::channels::channels;
    use ecmod_control::StopState;

    #[tokio::test(flavor = "current_thread")]
    async fn each_caller_gets_the_answer_to_its_own_question() {
        let (mut control, service) = channels();
        let (requests, broker) = requests(service.requests, service.replies);
        let broker = tokio::spawn(broker.serve());
        let control = std::thread::spawn(move || {
            let mut stops = 0;
            while stops < 2 {
                let Ok(envelope) = control.requests.pop() else {
                    std::thread::yield_now();
                    continue;
                };
                let Request::ConfirmStop { token } = envelope.request else { panic!("{envelope:?}") };
                let stop = StopState::Pending { token, expires: Monotonic(0) };
                control
                    .replies
                    .push(Reply { id: envelope.id, result: Ok(()), stop, zeroing: None, tick: 0 })
                    .unwrap();
                stops += 1;
            }
        });
        let ask = |token| requests.ask(Request::ConfirmStop { token });
        let (one, two) = tokio::join!(ask(1), ask(2));
        assert_eq!(one.unwrap().stop, StopState::Pending { token: 1, expires: Monotonic(0) });
        assert_eq!(two.unwrap().stop, StopState::Pending { token: 2, expires: Monotonic(0) });
        control.join().unwrap();
        drop(requests);
        broker.await.unwrap();
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_loop_that_does_not_answer_is_unavailable_and_the_request_is_void_by_then() {
        let (mut control, service) = channels();
        let (requests, broker) = requests(service.requests, service.replies);
        tokio::spawn(broker.serve());
        assert_eq!(requests.ask(Request::Start).await.unwrap_err(), Unavailable);
        assert!(control.requests.pop().unwrap().valid_until < clock::now());
    }

    #[tokio::test(flavor = "current_thread")]
    async fn more_requests_than_there_is_room_for_are_refused_at_once_or_in_time() {
        let (_control, service) = channels();
        let (requests, broker) = requests(service.requests, service.replies);
        tokio::spawn(broker.serve());
        let asked: Vec<_> = (0..100)
            .map(|_| {
                let requests = requests.clone();
                tokio::spawn(async move { requests.ask(Request::Start).await })
            })
            .collect();
        for asked in asked {
            assert_eq!(asked.await.unwrap().unwrap_err(), Unavailable);
        }
    }
}
