//! Compiled plans, kept for as long as their graphs are asked for.

use std::collections::HashMap;
use std::hash::Hash;

use super::SessionError;
use crate::engine::{Engine, Plan};
use crate::graph::{Graph, GraphError};

/// Plans by what they are for.
pub(super) struct Plans<K> {
    plans: HashMap<K, Box<dyn Plan>>,
}

impl<K: Eq + Hash> Plans<K> {
    pub(super) fn new() -> Self {
        Plans {
            plans: HashMap::new(),
        }
    }

    /// The plan for `key`, compiled from `graph` if it is the first time.
    pub(super) async fn ready(
        &mut self,
        engine: &dyn Engine,
        key: K,
        graph: impl FnOnce() -> Result<Graph, GraphError>,
    ) -> Result<&mut Box<dyn Plan>, SessionError> {
        let plan = match self.plans.remove(&key) {
            Some(plan) => plan,
            None => engine.compile(&graph()?).await?,
        };
        Ok(self.plans.entry(key).or_insert(plan))
    }

    /// The plan for `key`, if there is one.
    pub(super) fn known(&mut self, key: &K) -> Option<&mut Box<dyn Plan>> {
        self.plans.get_mut(key)
    }
}
