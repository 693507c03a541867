//! Where the time of a run goes.

use super::{Engine, EngineError, Feeds, HostTensor};
use crate::graph::{Builder, DType, Graph, Node, Op};

/// What one run of a plan did, part by part, in the order it was done.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    /// The parts: a dispatch of the GPU, or what the CPU does in one pass.
    pub parts: Vec<Part>,
}

/// What is done at once.
#[derive(Clone, Debug)]
pub struct Part {
    /// The operations, in the graph's terms.
    pub name: String,
    /// How long it took.
    pub milliseconds: f64,
    /// Its share of the run's work.
    pub work: Work,
}

/// How much there is to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Bytes of what is read and of what is written, each counted once.
    pub bytes: u64,
    /// Additions and multiplications; none where they depend on what is fed (attention).
    pub operations: Option<u64>,
}

impl Work {
    /// Both together.
    pub fn plus(self, other: Work) -> Work {
        let both = self.operations.zip(other.operations);
        Work {
            bytes: self.bytes + other.bytes,
            operations: both.map(|(one, other)| one + other),
        }
    }
}

impl Profile {
    /// Milliseconds of all parts together.
    pub fn milliseconds(&self) -> f64 {
        self.parts.iter().map(|part| part.milliseconds).sum()
    }

    /// Bytes of all parts together.
    pub fn bytes(&self) -> u64 {
        self.parts.iter().map(|part| part.work.bytes).sum()
    }

    /// The parts that do the same, added up, the longest first: how many they are, and their sum.
    pub fn by_name(&self) -> Vec<(usize, Part)> {
        let mut sums: Vec<(usize, Part)> = Vec::new();
        for part in &self.parts {
            match sums.iter_mut().find(|(_, sum)| sum.name == part.name) {
                Some((count, sum)) => {
                    *count += 1;
                    sum.milliseconds += part.milliseconds;
                    sum.work = sum.work.plus(part.work);
                }
                None => sums.push((1, part.clone())),
            }
        }
        sums.sort_by(|(_, a), (_, b)| b.milliseconds.total_cmp(&a.milliseconds));
        sums
    }
}

impl Part {
    /// Thousand million additions and multiplications a second.
    pub fn gflops(&self) -> Option<f64> {
        let operations = self.work.operations?;
        Some(operations as f64 / self.milliseconds / 1e6)
    }
}

/// What to call an operation.
pub fn label(op: &Op) -> String {
    let text = match op {
        Op::Unary(function) => format!("{function:?}"),
        Op::Binary(function) => format!("{function:?}"),
        other => format!("{other:?}"),
    };
    let mut words = text.split(|c: char| !c.is_alphanumeric());
    words.next().unwrap_or_default().to_lowercase()
}

/// What to call several nodes that are done together.
pub fn labels<'a>(ops: impl IntoIterator<Item = &'a Op>) -> String {
    const MOST: usize = 6;
    let mut names: Vec<String> = ops.into_iter().map(label).collect();
    if names.len() > MOST {
        names.truncate(MOST);
        names.push("…".to_owned());
    }
    names.join("+")
}

/// The additions and multiplications of a node.
pub fn operations(graph: &Graph, node: &Node) -> Option<u64> {
    let read = |operand: usize| graph.node(node.inputs[operand]).shape.elements();
    let count = match &node.op {
        Op::MatMul { transpose_left, .. } => {
            let left = graph.node(node.inputs[0]).shape.dims();
            let inner = left.len() - if *transpose_left { 2 } else { 1 };
            2 * node.shape.elements() * left[inner]
        }
        Op::Attention(_) | Op::AttentionGradient(_) => return None,
        Op::Sum { .. } | Op::ScatterRows | Op::TokenLogProb => read(0),
        _ => node.shape.elements(),
    };
    Some(count as u64)
}

/// The extent of the matrices whose product [`matmul_ceiling`] times.
const CEILING_EXTENT: usize = 512;

/// What an engine reaches in the best case, in thousand million operations a second: the product of two
/// large square matrices.
pub async fn matmul_ceiling(engine: &dyn Engine) -> Result<f64, EngineError> {
    let shape = [CEILING_EXTENT, CEILING_EXTENT];
    let builder = Builder::new();
    let [x, y] = ["x", "y"].map(|name| builder.input(name, DType::F32, shape));
    builder.output("corner", x.matmul(y).slice(0, 0..1).slice(1, 0..1));
    let graph = builder.finish().expect("square matrices multiply");
    let numbers = || HostTensor::f32(shape, vec![0.5; CEILING_EXTENT * CEILING_EXTENT]);
    let feeds = Feeds::from([("x".to_owned(), numbers()), ("y".to_owned(), numbers())]);
    let mut plan = engine.compile(&graph).await?;
    let mut best = 0.0f64;
    for _ in 0..5 {
        let profile = plan.profile(&feeds).await?;
        plan.drain().await?;
        let products = profile
            .parts
            .iter()
            .filter(|part| part.name.starts_with("matmul"));
        best = products.filter_map(Part::gflops).fold(best, f64::max);
    }
    Ok(best)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_one_name_are_added_up_and_the_longest_comes_first() {
        let part = |name: &str, milliseconds, operations| Part {
            name: name.to_owned(),
            milliseconds,
            work: Work {
                bytes: 8,
                operations,
            },
        };
        let profile = Profile {
            parts: vec![
                part("sum", 1.0, Some(10)),
                part("matmul", 1.5, Some(3_000_000)),
                part("sum", 1.0, None),
            ],
        };
        let sums = profile.by_name();
        assert_eq!((sums[0].0, sums[0].1.name.as_str()), (2, "sum"));
        assert_eq!((sums[0].1.work.bytes, sums[0].1.gflops()), (16, None));
        assert_eq!(sums[1].1.gflops(), Some(2.0));
        assert_eq!((profile.milliseconds(), profile.bytes()), (3.5, 24));
    }
}
