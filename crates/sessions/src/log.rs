//! What startup commands print: the end of it, in memory.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use berth_store::SessionId;

use crate::limits::{LOG_BYTES_MAX, LOGS_KEPT};

/// The last [`LOG_BYTES_MAX`] bytes of an output.
#[derive(Debug, Default)]
pub(crate) struct Log {
    bytes: Mutex<VecDeque<u8>>,
}

impl Log {
    pub fn append(&self, new: &[u8]) {
        let mut bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        let new = &new[new.len().saturating_sub(LOG_BYTES_MAX)..];
        let surplus = (bytes.len() + new.len()).saturating_sub(LOG_BYTES_MAX);
        bytes.drain(..surplus);
        bytes.extend(new);
    }

    pub fn contents(&self) -> Vec<u8> {
        self.bytes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .copied()
            .collect()
    }
}

/// Logs of the last [`LOGS_KEPT`] sessions that are over.
#[derive(Debug, Default)]
pub(crate) struct EndedLogs {
    logs: Mutex<VecDeque<(SessionId, Vec<u8>)>>,
}

impl EndedLogs {
    fn logs(&self) -> MutexGuard<'_, VecDeque<(SessionId, Vec<u8>)>> {
        self.logs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn keep(&self, id: SessionId, log: Vec<u8>) {
        if log.is_empty() {
            return;
        }
        let mut logs = self.logs();
        logs.push_front((id, log));
        logs.truncate(LOGS_KEPT);
    }

    pub fn get(&self, id: SessionId) -> Option<Vec<u8>> {
        self.logs()
            .iter()
            .find(|(of, _)| *of == id)
            .map(|(_, log)| log.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_keeps_its_end() {
        let log = Log::default();
        log.append(b"first");
        log.append(&vec![b'x'; LOG_BYTES_MAX - 2]);
        log.append(b"last");
        let contents = log.contents();
        assert_eq!(contents.len(), LOG_BYTES_MAX);
        assert!(contents.ends_with(b"xlast") && contents.starts_with(b"x"));
        log.append(&vec![b'y'; 2 * LOG_BYTES_MAX]);
        assert_eq!(log.contents(), vec![b'y'; LOG_BYTES_MAX]);
    }
}
