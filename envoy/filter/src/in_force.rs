//! What a plugin remembers from one configuration to the next.
//!
//! Every configuration comes to a new root context, which knows nothing of the previous one. Two memories
//! help: marks in the data that all VMs of a process share, and the last valid policies of this VM.

use std::cell::RefCell;
use std::rc::Rc;

use edge_cors::Fingerprint;
use edge_cors_envoy::Kept;
use proxy_wasm::hostcalls::{get_property, get_shared_data, set_shared_data};

use super::Loaded;

thread_local! {
    /// The last valid policies of each plugin of this VM.
    static LAST: RefCell<Vec<(Plugin, Rc<Loaded>)>> = const { RefCell::new(Vec::new()) };
}

/// The name by which the host knows a plugin from one configuration to the next.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Plugin(String);

impl Plugin {
    /// The plugin that is being configured.
    pub(super) fn current() -> Self {
        let property = |name| get_property(vec![name]).ok().flatten().unwrap_or_default();
        let (name, root) = (property("plugin_name"), property("plugin_root_id"));
        Self(format!("{}.{}", String::from_utf8_lossy(&name), String::from_utf8_lossy(&root)))
    }

    /// Notes that this plugin has valid policies, and keeps them.
    pub(super) fn note_valid(&self, loaded: &Rc<Loaded>) {
        self.mark("valid");
        LAST.with_borrow_mut(|last| {
            last.retain(|(plugin, _)| plugin != self);
            last.push((self.clone(), Rc::clone(loaded)));
        });
    }

    /// The last valid policies of this plugin in this VM.
    pub(super) fn last_valid(&self) -> Option<Rc<Loaded>> {
        LAST.with_borrow(|last| Some(Rc::clone(&last.iter().find(|(plugin, _)| plugin == self)?.1)))
    }

    fn mark(&self, what: &str) {
        let _ = set_shared_data(&self.key(what), Some(b"1"), None);
    }

    fn is_marked(&self, what: &str) -> bool {
        matches!(get_shared_data(&self.key(what)), Ok((Some(_), _)))
    }

    fn key(&self, what: &str) -> String {
        format!("edge_cors.{what}.{}", self.0)
    }
}

impl Kept for Plugin {
    fn has_valid(&self) -> bool {
        self.last_valid().is_some()
    }

    /// A text that was accepted before is never refused: Envoy tries a configuration in a VM of its own, and
    /// remembers the outcome by its text. It would pass that test again, and then stop the workers' VMs.
    fn can_refuse(&self, fingerprint: Fingerprint) -> bool {
        // All of it, not only the half that is shown.
        let accepted = format!("accepted.{fingerprint:?}");
        let can = self.is_marked("valid") && !self.is_marked(&accepted);
        if !can {
            self.mark(&accepted);
        }
        can
    }
}
