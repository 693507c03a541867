//! An engine whose answers take their time, as a GPU's do in a browser that seldom looks for them.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use alignment_playground::engine::cpu::CpuEngine;
use alignment_playground::engine::{
    Engine, EngineError, Feeds, HostTensor, Outputs, Pending, Plan, Profile,
};
use alignment_playground::graph::Graph;

/// What one wait for an answer takes.
const FAR: Duration = Duration::from_millis(20);

/// The CPU engine, far away: what a run gives is there only after a wait, and then all of it.
pub struct Distant {
    engine: CpuEngine,
    waits: Rc<Cell<usize>>,
}

struct DistantPlan {
    plan: Box<dyn Plan>,
    waits: Rc<Cell<usize>>,
    waiting: bool,
}

impl Distant {
    /// The engine, and how often somebody has waited for it.
    pub fn new() -> (Self, Rc<Cell<usize>>) {
        let (engine, waits) = (CpuEngine::new(), Rc::default());
        let count = Rc::clone(&waits);
        (Distant { engine, waits }, count)
    }
}

impl Engine for Distant {
    fn description(&self) -> String {
        "far away".to_owned()
    }

    fn queue_capacity(&self) -> usize {
        64
    }

    fn write(&self, state: &str, value: HostTensor) -> Result<(), EngineError> {
        self.engine.write(state, value)
    }

    fn copy(&self, from: &str, to: &str) -> Result<(), EngineError> {
        self.engine.copy(from, to)
    }

    fn read<'a>(&'a self, state: &'a str) -> Pending<'a, HostTensor> {
        self.engine.read(state)
    }

    fn compile<'a>(&'a self, graph: &'a Graph) -> Pending<'a, Box<dyn Plan>> {
        Box::pin(async move {
            let plan = DistantPlan {
                plan: self.engine.compile(graph).await?,
                waits: self.waits.clone(),
                waiting: false,
            };
            Ok(Box::new(plan) as Box<dyn Plan>)
        })
    }
}

impl Plan for DistantPlan {
    fn run(&mut self, feeds: &Feeds) -> Result<(), EngineError> {
        self.waiting = true;
        self.plan.run(feeds)
    }

    fn profile<'a>(&'a mut self, feeds: &'a Feeds) -> Pending<'a, Profile> {
        self.plan.profile(feeds)
    }

    fn arrived(&mut self) -> Result<Vec<Outputs>, EngineError> {
        Ok(Vec::new())
    }

    fn next(&mut self) -> Pending<'_, Vec<Outputs>> {
        if std::mem::take(&mut self.waiting) {
            self.waits.set(self.waits.get() + 1);
            std::thread::sleep(FAR);
        }
        self.plan.next()
    }
}
