//! Going through the history: which entry the line shows, and what was changed in those left.

use std::collections::BTreeMap;

use super::buffer::Buffer;
use super::history::History;

/// Lines whose changes are kept while one goes from entry to entry.
const CHANGED_MAX: usize = 200;

/// A way through the history. The place behind the newest entry is the line that is being typed.
#[derive(Debug, Default)]
pub struct Walk {
    /// Index of the entry that is shown; `None` is the line being typed.
    at: Option<usize>,
    /// Text of places that were left with changes; the line being typed has the key `None`.
    changed: BTreeMap<Option<usize>, String>,
}

impl Walk {
    /// Index of the place that is shown.
    pub fn index(&self, history: &History) -> usize {
        let length = history.len();
        self.at.map_or(length, |index| index.min(length))
    }

    /// Shows another place, an index up to the number of entries, with the cursor at the end; false when there
    /// is none or it is shown already.
    pub fn go_to(&mut self, index: usize, buffer: &mut Buffer, history: &History) -> bool {
        let length = history.len();
        let here = self.index(history);
        if index > length || index == here {
            return false;
        }
        let left = self.at;
        let text = buffer.take_text();
        if left.is_some_and(|at| history.get(at) == Some(text.as_str())) {
            self.changed.remove(&left);
        } else if left.is_none() || self.changed.len() < CHANGED_MAX {
            self.changed.insert(left, text);
        }
        self.at = (index < length).then_some(index);
        buffer.set_at_end(self.text_at(index, history));
        true
    }

    /// The text of a place, as it was changed.
    pub fn text_at(&self, index: usize, history: &History) -> String {
        let place = (index < history.len()).then_some(index);
        match (self.changed.get(&place), place) {
            (Some(changed), _) => changed.clone(),
            (None, Some(index)) => history.get(index).unwrap_or_default().to_owned(),
            (None, None) => String::new(),
        }
    }
}
