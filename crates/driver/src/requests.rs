//! Requests for files and pages: a few in each pass over all tasks, and sources take turns.
//!
//! What such a request costs does not show in its length, so [`Turns`](crate::turns) cannot weigh it. As many are carried out
//! between two looks at all other tasks as take [`PASS`] by what the last ones took, at least one.

use std::{
    cell::{Cell, RefCell},
    collections::{HashMap, VecDeque},
    net::IpAddr,
    time::{Duration, Instant},
};

use tokio::sync::{Notify, oneshot};

/// How long the requests of one pass may take.
const PASS: Duration = Duration::from_millis(1);

/// Requests of one pass.
const MOST: u128 = 8;

/// The requests that wait.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    waiting: RefCell<Waiting>,
    arrived: Notify,
    /// What a request has taken lately.
    took: Cell<Duration>,
}

#[derive(Debug, Default)]
struct Waiting {
    sources: HashMap<IpAddr, VecDeque<oneshot::Sender<()>>>,
    /// The sources that wait, in the order of their turns.
    turns: VecDeque<IpAddr>,
}

impl Waiting {
    fn push(&mut self, address: IpAddr, request: oneshot::Sender<()>) {
        let source = self.sources.entry(address).or_default();
        if source.is_empty() {
            self.turns.push_back(address);
        }
        source.push_back(request);
    }

    fn pop(&mut self) -> Option<oneshot::Sender<()>> {
        let address = self.turns.pop_front()?;
        let source = self.sources.get_mut(&address)?;
        let request = source.pop_front();
        if source.is_empty() {
            self.sources.remove(&address);
        } else {
            self.turns.push_back(address);
        }
        request
    }
}

/// A request that is carried out until this is dropped.
#[derive(Debug)]
pub(crate) struct Turn<'a> {
    requests: &'a Requests,
    begun: Instant,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let before = self.requests.took.get();
        self.requests.took.set((before * 7 + self.begun.elapsed()) / 8);
    }
}

impl Requests {
    /// Waits until a request of this source may be carried out.
    pub(crate) async fn begin(&self, address: IpAddr) -> Turn<'_> {
        let (request, granted) = oneshot::channel();
        self.waiting.borrow_mut().push(address, request);
        self.arrived.notify_one();
        // Nobody is forgotten: the other end is dropped with the driver only.
        let _ = granted.await;
        Turn { requests: self, begun: Instant::now() }
    }

    /// Lets requests be carried out.
    pub(crate) async fn run(&self) {
        loop {
            self.arrived.notified().await;
            while !self.waiting.borrow().turns.is_empty() {
                for _ in 0..self.of_a_pass() {
                    while self.waiting.borrow_mut().pop().is_some_and(|request| request.send(()).is_err()) {}
                }
                tokio::task::yield_now().await;
            }
        }
    }

    fn of_a_pass(&self) -> u128 {
        (PASS.as_nanos() / self.took.get().as_nanos().max(1)).clamp(1, MOST)
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use tokio::task::{LocalSet, spawn_local};

    use super::*;

    #[tokio::test]
    async fn requests_take_turns_among_sources_and_with_other_tasks() {
        let done = Rc::new(RefCell::new(Vec::new()));
        let requests = Rc::new(Requests::default());
        requests.took.set(10 * PASS);
        let work = |address: IpAddr| {
            let (requests, done) = (requests.clone(), done.clone());
            async move {
                let turn = requests.begin(address).await;
                done.borrow_mut().push(address);
                drop(turn);
                requests.took.set(10 * PASS);
            }
        };
        let (flood, other, phone) =
            (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]), IpAddr::from([192, 0, 2, 3]));
        LocalSet::new()
            .run_until(async {
                let turns = requests.clone();
                spawn_local(async move { turns.run().await });
                let many: Vec<_> = (0..200).map(|_| spawn_local(work(flood))).collect();
                let one = spawn_local(work(other));
                let told = done.clone();
                let innocent = spawn_local(async move {
                    for _ in 0..20 {
                        told.borrow_mut().push(phone);
                        tokio::task::yield_now().await;
                    }
                });
                one.await.unwrap();
                innocent.await.unwrap();
                let before = |done: &[IpAddr], last| {
                    let end = done.iter().rposition(|address| *address == last).unwrap();
                    done[..end].iter().filter(|address| **address == flood).count()
                };
                assert!(before(&done.borrow(), other) <= 2, "the other source has the second turn");
                assert!(before(&done.borrow(), phone) <= 25, "one request in each pass");
                for task in many {
                    task.await.unwrap();
                }
            })
            .await;
        assert_eq!(done.borrow().len(), 221, "everybody is served in the end");
        assert!(requests.waiting.borrow().sources.is_empty());
    }

    #[test]
    fn cheap_requests_share_a_pass() {
        let requests = Requests::default();
        assert_eq!(requests.of_a_pass(), MOST);
        requests.took.set(PASS / 3);
        assert_eq!(requests.of_a_pass(), 3);
        requests.took.set(PASS * 30);
        assert_eq!(requests.of_a_pass(), 1);
    }
}
