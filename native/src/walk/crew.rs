//! The processes of one walk: how many there are, and how far all of them have come.

use core::sync::atomic::{AtomicUsize, Ordering};

use super::summary::Summary;
use crate::sys;
use crate::sys::shared::Shared;

/// Several walks of a tree get into each other's way in the kernel; with more than two the gain is not known.
const MOST_WORKING: usize = 2;
/// Each helper that gets a helper leaves a process that waits.
const MOST_NESTED: usize = 4;

/// When a walk is worth another process.
#[derive(Clone, Copy)]
pub struct Sharing {
    /// Entries that a process sees before each time.
    pub entries: usize,
    /// Asked only when it comes to that.
    pub processors: fn() -> u32,
}

impl Sharing {
    /// By then a walk has taken a few milliseconds; a helper costs half of one.
    pub const WORTHWHILE: Self = Self {
        entries: 4096,
        processors: sys::process::processors,
    };
}

pub struct Crew {
    sharing: Sharing,
    /// The number of entries seen from which on a helper is wanted.
    from: usize,
    common: Option<Common>,
    pub nested: usize,
    pub is_helper: bool,
    #[cfg(test)]
    pub seen_by_helpers: usize,
}

struct Common {
    numbers: Shared,
    /// What this process has added to the entries seen and changed.
    told: [usize; 2],
}

impl Common {
    fn working(&self) -> &AtomicUsize {
        &self.numbers[2]
    }
}

impl Crew {
    pub fn new(sharing: Sharing) -> Self {
        Self {
            sharing,
            from: sharing.entries,
            common: None,
            nested: 0,
            is_helper: false,
            #[cfg(test)]
            seen_by_helpers: 0,
        }
    }

    pub fn may_want_helper(&self, seen: usize) -> bool {
        seen >= self.from
    }

    /// Whether there is room for one more; it then counts as working.
    pub fn hire(&mut self) -> bool {
        if self.nested >= MOST_NESTED {
            return false;
        }
        if self.common.is_none() && !self.begin() {
            self.from = usize::MAX;
            return false;
        }
        let is_room = |working| (working < MOST_WORKING).then_some(working + 1);
        self.common.as_ref().is_some_and(|common| {
            common
                .working()
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, is_room)
                .is_ok()
        })
    }

    fn begin(&mut self) -> bool {
        if (self.sharing.processors)() < 2 {
            return false;
        }
        self.common = Shared::new().ok().map(|numbers| Common { numbers, told: [0; 2] });
        if let Some(common) = &self.common {
            common.working().store(1, Ordering::Relaxed);
        }
        self.common.is_some()
    }

    pub fn stop_hiring(&mut self) {
        self.from = usize::MAX;
    }

    /// Not again before so many entries more.
    pub fn look_out_from(&mut self, seen: usize) {
        self.from = self.from.max(seen.saturating_add(self.sharing.entries));
    }

    /// From here on this process is a helper, which has not done anything yet.
    pub fn become_helper(&mut self) {
        self.is_helper = true;
        self.from = self.sharing.entries;
        if let Some(common) = &mut self.common {
            common.told = [0; 2];
        }
    }

    pub fn works(&self) {
        if let Some(common) = &self.common {
            common.working().fetch_add(1, Ordering::Relaxed);
        }
    }

    pub fn rests(&self) {
        if let Some(common) = &self.common {
            common.working().fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Entries seen, and changes made to them, by all processes so far: an owner and a mode of one entry are two.
    pub fn tell(&mut self, summary: &Summary) -> [usize; 2] {
        let own = [summary.seen, summary.changed + summary.modes_changed];
        let Some(Common { numbers, told }) = &mut self.common else {
            return own;
        };
        let before = core::mem::replace(told, own);
        [0, 1].map(|index| {
            let new = own[index] - before[index];
            numbers[index].fetch_add(new, Ordering::Relaxed) + new
        })
    }

    /// A helper has told all it did before it ended.
    pub fn knows(&mut self, helper: &Summary) {
        #[cfg(test)]
        {
            self.seen_by_helpers += helper.seen;
        }
        if let Some(common) = &mut self.common {
            common.told[0] += helper.seen;
            common.told[1] += helper.changed + helper.modes_changed;
        }
    }
}
