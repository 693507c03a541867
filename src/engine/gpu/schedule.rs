//! When each kernel runs, and where its results stand meanwhile.
//!
//! Every dispatch waits for the one before it, so the number of dispatches is what small policies
//! cost: those of one text share a dispatch where they can (the gradients by all weights, say).

use std::collections::HashMap;

use super::lower::{Kernel, Lowered};
use crate::graph::{Graph, NodeId, Op};

/// Kernels in the order of their dispatches, and the memory of what they give.
pub struct Schedule {
    /// For each dispatch its kernels, by their places in [`Lowered::kernels`].
    pub dispatches: Vec<Vec<usize>>,
    /// Where each node's memory stands.
    pub storage: HashMap<NodeId, Storage>,
    /// The states that are written by copying: the memory copied from, and the state's node.
    pub copies: Vec<(NodeId, NodeId)>,
    /// Words of scratch memory.
    pub scratch: usize,
}

/// Where the memory of a node stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Storage {
    /// In the scratch memory, from this word on.
    Scratch(usize),
    /// In the state of this name.
    State(String),
}

/// Schedules the kernels of `graph`. Some nodes' memory is in `storage` already; the first `reserved`
/// words of the scratch memory are in use.
pub fn schedule(
    graph: &Graph,
    lowered: &Lowered,
    mut storage: HashMap<NodeId, Storage>,
    reserved: usize,
) -> Schedule {
    let dispatches = dispatches(&lowered.kernels);
    let mut turn = vec![0; lowered.kernels.len()];
    for (place, kernels) in dispatches.iter().enumerate() {
        for &kernel in kernels {
            turn[kernel] = place;
        }
    }
    let states = |id: NodeId| match &graph.node(id).op {
        Op::State(name) => Some(name.clone()),
        _ => None,
    };
    for index in 0..graph.nodes().len() {
        if let Some(name) = states(NodeId(index)) {
            storage.insert(NodeId(index), Storage::State(name));
        }
    }
    // A state takes its new value in place where nobody still reads the old one.
    let mut copies = Vec::new();
    for ((name, _), &value) in graph.updates().iter().zip(&lowered.updates) {
        let nodes = graph.nodes().iter();
        let found = nodes
            .zip(0..)
            .find(|(node, _)| node.op == Op::State(name.clone()));
        let Some((_, state)) = found.map(|(node, index)| (node, NodeId(index))) else {
            continue;
        };
        let free =
            !storage.contains_key(&value) && can_replace(&lowered.kernels, &turn, state, value);
        match free {
            true => {
                storage.insert(value, Storage::State(name.clone()));
            }
            false => copies.push((value, state)),
        }
    }
    let mut scratch = Scratch::new(reserved);
    let lives = lives(lowered, &turn, dispatches.len(), &copies);
    for (place, kernels) in dispatches.iter().enumerate() {
        for &kernel in kernels {
            for &node in &lowered.kernels[kernel].writes {
                let words = lowered.described(graph, node).0.elements();
                let place = || Storage::Scratch(scratch.take(words, place, lives[&node]));
                storage.entry(node).or_insert_with(place);
            }
        }
    }
    Schedule {
        dispatches,
        storage,
        copies,
        scratch: scratch.high,
    }
}

/// The kernels in dispatches, each after those whose results it reads. A text's kernels wait for each
/// other, unless nothing else can be done; then those go on that most depends on.
fn dispatches(kernels: &[Kernel]) -> Vec<Vec<usize>> {
    let mut writer = HashMap::new();
    for (place, kernel) in kernels.iter().enumerate() {
        for node in &kernel.writes {
            writer.insert(*node, place);
        }
    }
    let needs = |kernel: &Kernel| -> Vec<usize> {
        let reads = kernel.reads.iter();
        reads
            .filter_map(|read| writer.get(&read.node).copied())
            .collect()
    };
    // How many dispatches must follow each kernel.
    let mut after = vec![0; kernels.len()];
    for (place, kernel) in kernels.iter().enumerate().rev() {
        for needed in needs(kernel) {
            after[needed] = after[needed].max(after[place] + 1);
        }
    }
    let mut waiting: Vec<usize> = (0..kernels.len()).collect();
    let mut done = vec![false; kernels.len()];
    let mut dispatches = Vec::new();
    while !waiting.is_empty() {
        // The ready kernels by their texts, in the order of the kernels; how many of the text are not.
        let mut texts: Vec<(&str, Vec<usize>, usize)> = Vec::new();
        for &place in &waiting {
            let kernel = &kernels[place];
            let known = texts.iter().position(|(text, ..)| *text == kernel.text);
            let index = known.unwrap_or_else(|| {
                texts.push((&kernel.text, Vec::new(), 0));
                texts.len() - 1
            });
            match needs(kernel).iter().all(|&needed| done[needed]) {
                true => texts[index].1.push(place),
                false => texts[index].2 += 1,
            }
        }
        texts.retain(|(_, ready, _)| !ready.is_empty());
        let urgency = |(_, ready, missing): &(&str, Vec<usize>, usize)| {
            let most = ready.iter().map(|&place| after[place]).max();
            (*missing == 0, most)
        };
        let Some((_, ready, _)) = texts.into_iter().max_by_key(urgency) else {
            unreachable!("kernels come after those that they need")
        };
        waiting.retain(|place| !ready.contains(place));
        for &place in &ready {
            done[place] = true;
        }
        dispatches.push(ready);
    }
    dispatches
}

/// Whether `value` may be written where `state` stands: every other kernel that reads the state has run,
/// and the one that writes reads each element only where it replaces it.
fn can_replace(kernels: &[Kernel], turn: &[usize], state: NodeId, value: NodeId) -> bool {
    let Some(writer) = kernels
        .iter()
        .position(|kernel| kernel.writes.contains(&value))
    else {
        return false;
    };
    kernels.iter().enumerate().all(|(place, kernel)| {
        let read = kernel.reads.iter().find(|read| read.node == state);
        read.is_none_or(|read| match place == writer {
            true => read.own_element,
            false => turn[place] < turn[writer],
        })
    })
}

/// The dispatch after which each node's memory is free.
fn lives(
    lowered: &Lowered,
    turn: &[usize],
    end: usize,
    copies: &[(NodeId, NodeId)],
) -> HashMap<NodeId, usize> {
    let mut lives: HashMap<NodeId, usize> = HashMap::new();
    for (kernel, &turn) in lowered.kernels.iter().zip(turn) {
        let used = kernel.writes.iter().copied();
        for node in used.chain(kernel.reads.iter().map(|read| read.node)) {
            let last = lives.entry(node).or_default();
            *last = (*last).max(turn);
        }
    }
    let kept = lowered.outputs.iter().copied();
    for node in kept.chain(copies.iter().map(|(value, _)| *value)) {
        lives.insert(node, end);
    }
    lives
}

/// Memory that is used again as soon as what stood there is no longer read.
struct Scratch {
    first: usize,
    /// What is in use: first word, end, and the last dispatch that needs it; by first words.
    used: Vec<(usize, usize, usize)>,
    high: usize,
}

impl Scratch {
    fn new(first: usize) -> Self {
        Scratch {
            first,
            used: Vec::new(),
            high: first,
        }
    }

    /// The first gap of so many words at dispatch `now`, needed up to dispatch `last`.
    fn take(&mut self, words: usize, now: usize, last: usize) -> usize {
        self.used.retain(|(_, _, last)| *last >= now);
        let mut start = self.first;
        let mut index = 0;
        for (place, (first, end, _)) in self.used.iter().enumerate() {
            if *first >= start + words {
                break;
            }
            start = *end;
            index = place + 1;
        }
        self.used.insert(index, (start, start + words, last));
        self.high = self.high.max(start + words);
        start
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_used_again_but_never_while_it_is_read() {
        let mut scratch = Scratch::new(5);
        assert_eq!(scratch.take(10, 0, 1), 5);
        assert_eq!(scratch.take(10, 0, 3), 15);
        assert_eq!(scratch.take(4, 1, 2), 25, "the first is still read");
        assert_eq!(scratch.take(6, 2, 2), 5);
        assert_eq!(scratch.take(4, 2, 9), 11);
        assert_eq!(scratch.take(1, 2, 9), 29);
        assert_eq!(scratch.high, 30);
    }
}
