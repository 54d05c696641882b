//! What the process remembers from one configuration to the next: Envoy makes each without a word about the
//! previous one. Besides this, the module's only global state is its logger and, in `per_route`, what routes have for
//! themselves.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use edge_cors::Fingerprint;
use edge_cors_envoy::Kept;

static MEMORY: Mutex<Memory> =
    Mutex::new(Memory { valid: BTreeMap::new(), accepted: Vec::new(), news: News { rejected: 0, active: None } });

/// Whether there are news, so that requests need not lock to learn that there are none.
static HAS_NEWS: AtomicBool = AtomicBool::new(false);

struct Memory {
    /// How many valid configurations are in use, for each plugin that has any.
    valid: BTreeMap<String, usize>,
    /// The different configurations that were accepted. The position of one is its generation, which starts at 1.
    accepted: Vec<Fingerprint>,
    news: News,
}

/// What has happened since a request passed it on.
#[derive(Default)]
pub(crate) struct News {
    /// Configurations with errors.
    pub(crate) rejected: u64,
    /// The configuration that was accepted last.
    pub(crate) active: Option<Active>,
}

/// Which configuration is active.
pub(crate) struct Active {
    pub(crate) generation: u64,
    pub(crate) fingerprint: Fingerprint,
}

fn memory() -> MutexGuard<'static, Memory> {
    // No change can be half made, so a panic has not harmed it.
    MEMORY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The name by which Envoy knows a filter from one configuration to the next.
pub(crate) struct Plugin(String);

impl Plugin {
    pub(crate) fn named(name: &[u8]) -> Self {
        Self(String::from_utf8_lossy(name).into_owned())
    }

    /// Notes that this plugin has valid policies, as long as what is returned exists.
    pub(crate) fn accept(self, fingerprint: Fingerprint) -> InForce {
        let mut memory = memory();
        let known = memory.accepted.iter().position(|accepted| *accepted == fingerprint);
        let position = known.unwrap_or(memory.accepted.len());
        if known.is_none() {
            memory.accepted.push(fingerprint);
        }
        let generation = position as u64 + 1;
        memory.news.active = Some(Active { generation, fingerprint });
        *memory.valid.entry(self.0.clone()).or_default() += 1;
        HAS_NEWS.store(true, Ordering::Release);
        InForce(self.0)
    }
}

impl Kept for Plugin {
    fn has_valid(&self) -> bool {
        memory().valid.contains_key(&self.0)
    }

    fn can_refuse(&self, _fingerprint: Fingerprint) -> bool {
        self.has_valid()
    }
}

/// A valid configuration that is in use.
pub(crate) struct InForce(String);

impl Drop for InForce {
    fn drop(&mut self) {
        let mut memory = memory();
        if let Some(count) = memory.valid.get_mut(&self.0) {
            *count -= 1;
            if *count == 0 {
                memory.valid.remove(&self.0);
            }
        }
    }
}

/// Notes a configuration with errors.
pub(crate) fn reject() {
    memory().news.rejected += 1;
    HAS_NEWS.store(true, Ordering::Release);
}

/// What has happened since the last call, if anything has.
pub(crate) fn news() -> Option<News> {
    // Only reads as a rule: a write would take the line of cache from the other threads.
    if !HAS_NEWS.load(Ordering::Relaxed) || !HAS_NEWS.swap(false, Ordering::Acquire) {
        return None;
    }
    Some(std::mem::take(&mut memory().news))
}
