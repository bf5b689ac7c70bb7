//! Turns: what one source may have read before the tasks of all others that are ready have run.
//!
//! Each link has a task that reads when its socket is ready. A source with hundreds of links that are always ready would have
//! hundreds of reads between two of everybody else. So each source has [`TURN`] units for one pass over all ready tasks: a
//! read costs one, and one more for each [`UNIT`] bytes. What the largest read would cost is taken before it, and what is
//! left given back after it. Links of a source that has too little left wait, first come, first served, until the pass is
//! over. A source that is alone waits for nothing but one look at the other tasks.
//!
//! What a read causes is charged as well, since a short request may be told to a thousand monitors: what that costs beyond the
//! rest of the pass is owed, and paid in the passes that follow.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    net::IpAddr,
    rc::Rc,
    task::{Context, Poll, Waker},
};

use tokio::sync::{Notify, Semaphore};

/// What a source may use in one pass: some hundred keys, or some dozen requests.
pub const TURN: usize = 128;

/// Bytes that cost as much as a read.
const UNIT: usize = 256;

/// What the largest read costs: one of 8 KiB.
const MOST: u32 = 33;

/// Outputs of the node that cost nothing with what caused them, and how many of the others cost as much as a read.
const FREE_OUTPUTS: usize = 64;
const OUTPUTS: usize = 8;

/// What a source may owe, in units: some hundred passes.
const MAX_DEBT: usize = 128 * TURN;

/// Whose turn it is.
#[derive(Debug, Default)]
pub struct Turns {
    sources: RefCell<HashMap<IpAddr, Rc<Source>>>,
    /// A source has nothing left, and a link of it waits.
    exhausted: Notify,
    /// How many links wait.
    waiting: Cell<usize>,
    /// Tasks that ask again when a pass begins.
    asking: RefCell<Vec<Waker>>,
}

/// What one source has left in this pass.
#[derive(Debug)]
struct Source {
    left: Semaphore,
    spent: Cell<usize>,
    /// What it has used beyond what it had.
    owed: Cell<usize>,
}

impl Default for Source {
    fn default() -> Source {
        Source { left: Semaphore::new(TURN), spent: Cell::new(0), owed: Cell::new(0) }
    }
}

impl Source {
    fn spend(&self, bytes: usize) {
        let most = usize::try_from(MOST).unwrap_or(usize::MAX);
        let units = (1 + bytes / UNIT).min(most);
        self.spent.set(self.spent.get() + units);
        self.left.add_permits(most - units);
    }

    fn spend_beyond(&self, units: usize) {
        let had = self.left.forget_permits(units);
        self.spent.set(self.spent.get() + had);
        self.owed.set((self.owed.get() + units - had).min(MAX_DEBT));
    }

    fn begin_pass(&self) {
        let back = self.spent.take();
        let paid = back.min(self.owed.get());
        self.owed.set(self.owed.get() - paid);
        self.spent.set(paid);
        self.left.add_permits(back - paid);
    }
}

/// Somebody waits, until this is dropped.
struct Waits<'a>(&'a Cell<usize>);

impl<'a> Waits<'a> {
    fn begin(waiting: &'a Cell<usize>) -> Waits<'a> {
        waiting.set(waiting.get() + 1);
        Waits(waiting)
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

impl Turns {
    /// Waits until a link of this source may read.
    pub async fn begin(&self, address: IpAddr) {
        let source = self.sources.borrow_mut().entry(address).or_default().clone();
        if let Ok(units) = source.left.try_acquire_many(MOST) {
            return units.forget();
        }
        self.exhausted.notify_one();
        let _waits = Waits::begin(&self.waiting);
        // The semaphore is never closed.
        if let Ok(units) = source.left.acquire_many(MOST).await {
            units.forget();
        }
    }

    /// As [`Turns::begin`], for a task that may do something else meanwhile: it asks again when the next pass begins.
    pub fn poll_begin(&self, address: IpAddr, context: &Context<'_>) -> Poll<()> {
        let source = self.sources.borrow_mut().entry(address).or_default().clone();
        if let Ok(units) = source.left.try_acquire_many(MOST) {
            units.forget();
            return Poll::Ready(());
        }
        let mut asking = self.asking.borrow_mut();
        if asking.last().is_none_or(|last| !last.will_wake(context.waker())) {
            asking.push(context.waker().clone());
        }
        self.exhausted.notify_one();
        Poll::Pending
    }

    /// A link of this source, whose turn [began](Turns::begin), has read so many bytes.
    pub fn read(&self, address: IpAddr, bytes: usize) {
        if let Some(source) = self.sources.borrow().get(&address) {
            source.spend(bytes);
        }
    }

    /// What was read by a link of this source has caused so many outputs of the node.
    pub fn caused(&self, address: IpAddr, outputs: usize) {
        let units = outputs.saturating_sub(FREE_OUTPUTS) / OUTPUTS;
        if let Some(source) = self.sources.borrow().get(&address).filter(|_| units > 0) {
            source.spend_beyond(units);
        }
    }

    /// Begins a new pass whenever somebody waits and all tasks that were ready have run.
    pub async fn run(&self) {
        loop {
            self.exhausted.notified().await;
            while self.waiting.get() > 0 || !self.asking.borrow().is_empty() {
                tokio::task::yield_now().await;
                self.begin_pass();
            }
        }
    }

    fn begin_pass(&self) {
        let mut sources = self.sources.borrow_mut();
        sources.values().for_each(|source| source.begin_pass());
        self.asking.take().into_iter().for_each(Waker::wake);
        // Whoever waits holds its source; who reads has some of its units.
        let in_use =
            |source: &Rc<Source>| Rc::strong_count(source) > 1 || source.left.available_permits() < TURN;
        sources.retain(|_, source| in_use(source));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::task::{LocalSet, spawn_local};

    use super::*;

    #[tokio::test]
    async fn a_source_with_many_links_waits_for_others() {
        let order = Rc::new(RefCell::new(Vec::new()));
        let turns = Rc::new(Turns::default());
        let many = IpAddr::from([192, 0, 2, 1]);
        let work = |address: IpAddr, times: usize| {
            let (turns, order) = (turns.clone(), order.clone());
            async move {
                for _ in 0..times {
                    turns.begin(address).await;
                    turns.read(address, 8 * 1024);
                    order.borrow_mut().push(address);
                    tokio::task::yield_now().await;
                }
            }
        };
        let all = LocalSet::new();
        all.run_until(async {
            let passes = turns.clone();
            spawn_local(async move { passes.run().await });
            let flood: Vec<_> = (0..200).map(|_| spawn_local(work(many, 5))).collect();
            let other = spawn_local(work(IpAddr::from([192, 0, 2, 2]), 20));
            tokio::time::timeout(Duration::from_secs(20), other).await.unwrap().unwrap();
            let before = order.borrow().iter().filter(|address| **address == many).count();
            assert!(before < 200, "{before} reads of the flood before 20 of the other");
            for task in flood {
                tokio::time::timeout(Duration::from_secs(20), task).await.unwrap().unwrap();
            }
            assert_eq!(order.borrow().len(), 1020, "everybody is served in the end");
        })
        .await;
    }

    #[tokio::test]
    async fn what_a_read_causes_is_owed_in_later_passes() {
        let turns = Turns::default();
        let (costly, cheap) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        for (address, outputs) in [(costly, 8 * 3 * TURN), (cheap, FREE_OUTPUTS)] {
            turns.begin(address).await;
            turns.read(address, 100);
            turns.caused(address, outputs);
        }
        let may_read = async |address| futures_lite::future::poll_once(turns.begin(address)).await.is_some();
        assert!(may_read(cheap).await && !may_read(costly).await);
        turns.begin_pass();
        turns.begin_pass();
        assert!(!may_read(costly).await, "two passes do not pay for three");
        turns.begin_pass();
        turns.begin_pass();
        assert!(may_read(costly).await);
        assert_eq!(turns.waiting.get(), 0);
    }
}
