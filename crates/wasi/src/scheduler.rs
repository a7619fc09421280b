//! Who runs when: turns for guests that burn CPU.
//!
//! The guest runtime has one thread more than there are cores. A guest that has run for more than
//! [`crate::limits::INTERACTIVE_TICKS`] without waiting for anything *burns*; at most as many burn
//! at one time as there are cores, so a thread is always left for guests that only want a moment
//! (a shell, an editor). Waiting burners stand in one queue a session, served round robin: a
//! session with a hundred loops gets as much as one with a single loop.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// Identifies a session to the scheduler.
pub type SessionKey = usize;

/// Hands out turns.
pub struct Scheduler {
    state: Mutex<State>,
}

struct State {
    /// Turns nobody has.
    free: usize,
    /// Sessions with waiting guests, in the order of their next turn.
    order: VecDeque<SessionKey>,
    /// Guests that wait, by session. No entry is empty.
    waiting: BTreeMap<SessionKey, VecDeque<oneshot::Sender<Turn>>>,
}

/// The right to burn for a tick. Dropping it lets the next one go on.
pub struct Turn {
    /// `None` once the turn went to somebody else.
    scheduler: Option<Arc<Scheduler>>,
}

impl Scheduler {
    /// A scheduler with `turns` turns.
    pub fn new(turns: usize) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(State {
                free: turns.max(1),
                order: VecDeque::new(),
                waiting: BTreeMap::new(),
            }),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether anybody waits for a turn.
    pub fn contended(&self) -> bool {
        !self.state().order.is_empty()
    }

    /// Waits for a turn.
    pub async fn turn(self: &Arc<Self>, session: SessionKey) -> Turn {
        loop {
            let receiver = {
                let mut state = self.state();
                if state.free > 0 && state.order.is_empty() {
                    state.free -= 1;
                    return Turn::of(self);
                }
                let (sender, receiver) = oneshot::channel();
                let queue = state.waiting.entry(session).or_default();
                let first = queue.is_empty();
                queue.push_back(sender);
                if first {
                    state.order.push_back(session);
                }
                receiver
            };
            if let Ok(turn) = receiver.await {
                return turn;
            }
        }
    }

    /// Gives a free turn to whoever is next.
    fn hand_on(self: &Arc<Self>) {
        loop {
            let sender = {
                let mut state = self.state();
                let Some(session) = state.order.pop_front() else {
                    state.free += 1;
                    return;
                };
                let Some(queue) = state.waiting.get_mut(&session) else {
                    continue;
                };
                let sender = queue.pop_front();
                if queue.is_empty() {
                    state.waiting.remove(&session);
                } else {
                    state.order.push_back(session);
                }
                sender
            };
            if let Some(sender) = sender {
                match sender.send(Turn::of(self)) {
                    Ok(()) => return,
                    // Killed while it waited. The turn is defused and given to the next in this
                    // loop: dropping it would recurse once for every one that is gone.
                    Err(mut turn) => turn.scheduler = None,
                }
            }
        }
    }
}

impl Turn {
    fn of(scheduler: &Arc<Scheduler>) -> Self {
        Self {
            scheduler: Some(Arc::clone(scheduler)),
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(scheduler) = self.scheduler.take() {
            scheduler.hand_on();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn sessions_take_turns_whatever_they_have_waiting() {
        let scheduler = Scheduler::new(1);
        let first = scheduler.turn(0).await;
        let order = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = Vec::new();
        for session in [1, 1, 1, 2] {
            let (queue, log) = (Arc::clone(&scheduler), Arc::clone(&order));
            tasks.push(tokio::spawn(async move {
                let turn = queue.turn(session).await;
                log.lock().unwrap().push(session);
                drop(turn);
            }));
            tokio::task::yield_now().await;
        }
        assert!(scheduler.contended());
        drop(first);
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(*order.lock().unwrap(), [1, 2, 1, 1]);
    }

    #[tokio::test]
    async fn a_waiter_that_was_killed_does_not_keep_the_turn() {
        let scheduler = Scheduler::new(1);
        let first = scheduler.turn(0).await;
        let queue = Arc::clone(&scheduler);
        let killed = tokio::spawn(async move { queue.turn(1).await });
        tokio::task::yield_now().await;
        killed.abort();
        let _ = killed.await;
        drop(first);
        let turn = tokio::time::timeout(std::time::Duration::from_secs(5), scheduler.turn(2)).await;
        assert!(turn.is_ok(), "the turn is lost");
    }
}
