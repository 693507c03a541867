//! The text of a kernel while it is written.
//!
//! Extents, strides and places are parameters, never part of the text, so that kernels which do the
//! same to other tensors share a pipeline.

use std::collections::BTreeSet;
use std::fmt::{Display, Write};
use std::ops::Range;

use super::view::View;
use crate::graph::{DType, NodeId};

/// A number that a kernel reads when it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parameter {
    /// A number known when the plan is made.
    Number(u32),
    /// Where an element of a node's memory stands in the heap.
    Place(NodeId, usize),
}

/// One kernel's text and parameters.
#[derive(Default)]
pub struct Code {
    text: String,
    parameters: Vec<Parameter>,
    reads: Vec<Read>,
    names: usize,
    /// The parameters that the function being written has asked for.
    asked: BTreeSet<usize>,
    /// Where the part of the main function stands in the text that hands its results on.
    ending: Option<Range<usize>>,
    finish: Option<Finish>,
}

/// How a kernel does something with its results: its main function's ending calls the function `finish`.
pub struct Finish {
    /// Where the ending stands in the text.
    pub ending: Range<usize>,
    /// Where the function begins; it is the text's last.
    pub function: usize,
    /// The number of the parameter that chooses among such functions, where there are several.
    pub choice: usize,
}

/// A node's memory that a kernel reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// Whose.
    pub node: NodeId,
    /// Whether the thread that writes element `i` of the result reads element `i` alone.
    pub own_element: bool,
    /// What of it, all threads together: where each view of it begins, and how many words are read of that at most.
    views: Vec<(usize, usize)>,
}

impl Read {
    /// How many words of a memory of so many are read.
    pub fn words(&self, all: usize) -> usize {
        let words = self.views.iter().map(|(_, words)| words);
        words.sum::<usize>().min(all)
    }
}

impl Code {
    /// Adds a statement.
    // Inlined, the hundreds of statements would be a part of the download.
    #[inline(never)]
    pub fn line(&mut self, statement: impl Display) {
        let _ = writeln!(self.text, "{statement}");
    }

    /// Gives `expression` a name.
    #[inline(never)]
    pub fn name(&mut self, expression: impl Display) -> String {
        let name = format!("v{}", self.names);
        self.names += 1;
        let _ = writeln!(self.text, "let {name} = {expression};");
        name
    }

    /// A parameter as an expression of type u32. Places are named once; numbers are not, or texts would
    /// differ by which of them happen to be equal.
    #[inline(never)]
    pub fn parameter(&mut self, parameter: Parameter) -> String {
        let mut known = self.parameters.iter();
        let known = match parameter {
            Parameter::Place(..) => known.position(|other| *other == parameter),
            Parameter::Number(_) => None,
        };
        let index = known.unwrap_or_else(|| {
            self.parameters.push(parameter);
            self.parameters.len() - 1
        });
        self.asked.insert(index);
        format!("p{index}")
    }

    /// A number known when the plan is made, as an expression of type u32.
    #[inline(never)]
    pub fn number(&mut self, number: usize) -> String {
        self.parameter(Parameter::Number(number as u32))
    }

    /// A number as an expression of type f32.
    #[inline(never)]
    pub fn float(&mut self, number: f32) -> String {
        let bits = self.parameter(Parameter::Number(number.to_bits()));
        format!("bitcast<f32>({bits})")
    }

    /// Where the first element of `view` over the memory of `node` stands in the heap.
    pub fn place(&mut self, node: NodeId, view: &View) -> String {
        self.note(node, false, view, view.words());
        self.parameter(Parameter::Place(node, view.offset))
    }

    /// How far from a view's first element the one numbered `index` stands.
    #[inline(never)]
    pub fn distance(&mut self, view: &View, index: &str) -> String {
        let (extents, strides) = view.merged();
        let mut terms = Vec::new();
        let mut rest = index.to_owned();
        for (axis, (&extent, &stride)) in extents.iter().zip(&strides).enumerate().rev() {
            let within = match axis {
                0 => rest.clone(),
                _ => {
                    let extent = self.number(extent);
                    let within = format!("({rest}) % {extent}");
                    rest = format!("({rest}) / {extent}");
                    within
                }
            };
            match stride {
                0 => {}
                1 => terms.push(format!("({within})")),
                _ => {
                    let stride = self.number(stride);
                    terms.push(format!("({within}) * {stride}"));
                }
            }
        }
        match terms.is_empty() {
            true => "0u".to_owned(),
            false => terms.join(" + "),
        }
    }

    /// Element `index` of `view` over the memory of `node`. A kernel whose thread writes the element
    /// of the same number says so by calling it `i`.
    #[inline(never)]
    pub fn load(&mut self, node: NodeId, view: &View, dtype: DType, index: &str) -> String {
        self.load_some(node, view, dtype, index, view.words())
    }

    /// The same where the kernel reads so many elements at most.
    #[inline(never)]
    pub fn load_some(
        &mut self,
        node: NodeId,
        view: &View,
        dtype: DType,
        index: &str,
        most: usize,
    ) -> String {
        self.note(node, index == "i" && view.is_whole(), view, most);
        let word = self.word(node, view, index);
        typed(dtype, &format!("heap[{word}]"))
    }

    /// Where element `index` of a view over the memory of `node` stands in the heap, to be read.
    pub fn address(&mut self, node: NodeId, view: &View, index: &str) -> String {
        self.note(node, false, view, view.words());
        self.word(node, view, index)
    }

    fn word(&mut self, node: NodeId, view: &View, index: &str) -> String {
        let distance = self.distance(view, index);
        match &view.of {
            None => {
                let first = self.parameter(Parameter::Place(node, view.offset));
                format!("{first} + {distance}")
            }
            Some(of) => {
                let offset = self.number(view.offset);
                let index = self.name(format!("{offset} + {distance}"));
                self.word(node, of, &index)
            }
        }
    }

    /// Writes `value` to element `index` of the memory of `node`.
    #[inline(never)]
    pub fn store(&mut self, node: NodeId, dtype: DType, index: &str, value: &str) {
        // A single number's text, too, is that of many.
        let first = self.parameter(Parameter::Place(node, 0));
        self.write(dtype, &format!("{first} + ({index})"), value);
    }

    /// The same where the elements stand as `view` says.
    #[inline(never)]
    pub fn store_at(&mut self, node: NodeId, view: &View, dtype: DType, index: &str, value: &str) {
        if view.is_whole() {
            return self.store(node, dtype, index, value);
        }
        let word = self.word(node, view, index);
        self.write(dtype, &word, value);
    }

    fn write(&mut self, dtype: DType, word: &str, value: &str) {
        let value = match dtype {
            DType::F32 => format!("bitcast<u32>({value})"),
            DType::U32 => value.to_owned(),
        };
        self.line(format!("heap[{word}] = {value};"));
    }

    /// Writes a function: its `head`, which names its block `b`; its parameters, each read once; and what
    /// `body` writes.
    pub fn function(&mut self, head: &str, body: impl FnOnce(&mut Self)) {
        let before = std::mem::take(&mut self.text);
        let known = self.ending.take();
        self.names = 0;
        body(self);
        let body = std::mem::replace(&mut self.text, before);
        self.line(head);
        for index in std::mem::take(&mut self.asked) {
            self.line(format!("let p{index} = parameter(b, {index}u);"));
        }
        let start = self.text.len();
        let own = self.ending.take();
        self.ending = own.map_or(known, |own| Some(start + own.start..start + own.end));
        self.text.push_str(&body);
        self.line("}");
    }

    /// What `body` writes is the main function's last part, which hands each result on to the function `finish`.
    pub fn ending(&mut self, body: impl FnOnce(&mut Self)) {
        let start = self.text.len();
        body(self);
        self.ending = Some(start..self.text.len());
    }

    /// Writes the function `finish`: what `body` writes is done with `value`, element `i` of the result.
    pub fn finish_by(&mut self, dtype: DType, body: impl FnOnce(&mut Self)) {
        if let Some(ending) = self.ending.take() {
            self.finish = Some(Finish {
                ending,
                function: self.text.len(),
                choice: self.parameters.len(),
            });
            self.parameters.push(Parameter::Number(0));
        }
        let head = format!("fn finish(b: u32, i: u32, value: {dtype}) {{");
        self.function(&head, body);
    }

    /// Numbers side by side; gives the first one's number among the parameters.
    pub fn table(&mut self, numbers: impl IntoIterator<Item = f32>) -> String {
        let first = self.parameters.len();
        let numbers = numbers
            .into_iter()
            .map(|number| Parameter::Number(number.to_bits()));
        self.parameters.extend(numbers);
        format!("{first}u")
    }

    /// Where the memory of each of some nodes begins, side by side, all of which `view` shows; gives the first one's
    /// number among the parameters.
    pub fn places(&mut self, nodes: impl IntoIterator<Item = NodeId>, view: &View) -> String {
        let first = self.parameters.len();
        for node in nodes {
            self.note(node, false, view, view.words());
            self.parameters.push(Parameter::Place(node, 0));
        }
        format!("{first}u")
    }

    /// The text, the parameters, what is read, and how results are handed on.
    pub fn written(self) -> (String, Vec<Parameter>, Vec<Read>, Option<Finish>) {
        (self.text, self.parameters, self.reads, self.finish)
    }

    fn note(&mut self, node: NodeId, own_element: bool, view: &View, most: usize) {
        let known = self.reads.iter().position(|read| read.node == node);
        let place = known.unwrap_or_else(|| {
            self.reads.push(Read {
                node,
                own_element,
                views: Vec::new(),
            });
            self.reads.len() - 1
        });
        let read = &mut self.reads[place];
        read.own_element &= own_element;
        let part = (view.offset, most.min(view.words()));
        if !read.views.contains(&part) {
            read.views.push(part);
        }
    }
}

/// A word of the heap as a number of its type.
pub fn typed(dtype: DType, word: &str) -> String {
    match dtype {
        DType::F32 => format!("bitcast<f32>({word})"),
        DType::U32 => word.to_owned(),
    }
}
