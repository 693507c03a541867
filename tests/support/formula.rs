//! A formula, twice: as nodes of a graph and as a composition of candle's own operations, which share
//! no code with ours and are differentiated by candle's own autograd.

use alignment_playground::engine::cpu::CpuEngine;
use alignment_playground::engine::{Engine, Feeds, HostTensor};
use alignment_playground::graph::{Builder, DType, Expr, Op};
use alignment_playground::rng::{self, Purpose};
use candle_core::{DType as CandleType, Device, Result, Tensor, Var};

use super::{assert_close, run};

/// A formula of tensors.
pub struct Formula {
    /// What it is called.
    pub name: &'static str,
    /// The operands' shapes.
    pub shapes: Vec<Vec<usize>>,
    /// What their elements lie between.
    pub between: (f32, f32),
    /// What is fed beside them.
    pub integers: Feeds,
    /// As nodes.
    pub ours: for<'g> fn(&'g Builder, &[Expr<'g>]) -> Expr<'g>,
    /// In candle's terms, in double precision.
    pub candle: fn(&[Tensor]) -> Result<Tensor>,
}

impl Formula {
    /// Operands, different for each name.
    pub fn operands(&self) -> Vec<HostTensor> {
        let key = rng::key(self.name.len() as u64);
        let (low, high) = self.between;
        let tensor = |(number, shape): (u32, &Vec<usize>)| {
            let count = shape.iter().product::<usize>() as u32;
            let value = |place| rng::uniform(key, Purpose::Data, number, place);
            let values = (0..count).map(|place| low + (high - low) * value(place));
            HostTensor::f32(shape.as_slice(), values.collect())
        };
        (0..).zip(&self.shapes).map(tensor).collect()
    }

    /// The operands as inputs, and the weighted sum of the formula's elements.
    pub fn build<'g>(&self, builder: &'g Builder) -> (Vec<Expr<'g>>, Expr<'g>) {
        let input = |(number, shape): (u32, &Vec<usize>)| {
            builder.input(&format!("x{number}"), DType::F32, shape.as_slice())
        };
        let operands: Vec<Expr> = (0..).zip(&self.shapes).map(input).collect();
        let y = (self.ours)(builder, &operands);
        // Different weights, so that no two elements' derivatives can be confused.
        let weights = builder.input("weights", DType::F32, y.shape());
        (operands, (y * weights).sum_all())
    }

    /// The feeds of [`Formula::build`].
    pub fn feeds(&self, operands: &[HostTensor]) -> Feeds {
        let builder = Builder::new();
        let (_, loss) = self.build(&builder);
        builder.output("loss", loss);
        let graph = builder.finish().expect(self.name);
        let is_weights = |op: &Op| *op == Op::Input("weights".to_owned());
        let mut nodes = graph.nodes().iter();
        let weights = nodes.find(|node| is_weights(&node.op)).unwrap();
        let values = (0..weights.shape.elements()).map(|place| 1.5 - (place as f32 * 0.37).fract());
        let weights = HostTensor::f32(weights.shape.clone(), values.collect());

        let mut feeds = self.integers.clone();
        feeds.insert("weights".to_owned(), weights);
        for (number, operand) in operands.iter().enumerate() {
            feeds.insert(format!("x{number}"), operand.clone());
        }
        feeds
    }

    /// The weighted sum.
    pub fn loss(&self, engine: &dyn Engine, feeds: &Feeds) -> f32 {
        let builder = Builder::new();
        let (_, loss) = self.build(&builder);
        builder.output("loss", loss);
        run(engine, builder, feeds).unwrap()["loss"].first()
    }

    /// Its derivative by each operand.
    pub fn gradients(&self, engine: &dyn Engine, feeds: &Feeds) -> Vec<Vec<f32>> {
        let builder = Builder::new();
        let (operands, loss) = self.build(&builder);
        for (number, gradient) in builder.gradients(loss, &operands).into_iter().enumerate() {
            assert_eq!(gradient.shape(), operands[number].shape(), "{}", self.name);
            builder.output(&format!("d{number}"), gradient);
        }
        let outputs = run(engine, builder, feeds).unwrap();
        let gradient = |number| outputs[&format!("d{number}")].as_f32().to_vec();
        (0..self.shapes.len()).map(gradient).collect()
    }

    /// Both, as candle has them.
    fn oracle(&self, operands: &[HostTensor], feeds: &Feeds) -> Result<(f32, Vec<Vec<f32>>)> {
        let double = |tensor: &HostTensor| {
            let dims = tensor.shape().dims();
            let tensor = Tensor::from_slice(tensor.as_f32(), dims, &Device::Cpu)?;
            tensor.to_dtype(CandleType::F64)
        };
        let variables = operands.iter().map(|x| Var::from_tensor(&double(x)?));
        let variables = variables.collect::<Result<Vec<Var>>>()?;
        let tensors: Vec<Tensor> = variables.iter().map(|v| v.as_tensor().clone()).collect();
        let y = (self.candle)(&tensors)?;
        let loss = (y * double(&feeds["weights"])?)?.sum_all()?;
        let gradients = loss.backward()?;
        let flat = |variable: &Var| match gradients.get(variable) {
            Some(gradient) => gradient.flatten_all()?.to_dtype(CandleType::F32)?.to_vec1(),
            None => Ok(vec![0.0; variable.elem_count()]),
        };
        let gradients = variables.iter().map(flat).collect::<Result<_>>()?;
        Ok((loss.to_scalar::<f64>()? as f32, gradients))
    }

    /// Asserts that the CPU engine's value and derivatives are candle's.
    pub fn check_against_candle(&self, tolerance: f32) {
        let (engine, operands) = (CpuEngine::new(), self.operands());
        let feeds = self.feeds(&operands);
        let (loss, gradients) = self.oracle(&operands, &feeds).expect(self.name);
        let what = format!("{} of {:?}", self.name, self.shapes);
        assert_close(&what, &[self.loss(&engine, &feeds)], &[loss], tolerance);
        let found = self.gradients(&engine, &feeds);
        for (number, (found, expected)) in found.iter().zip(&gradients).enumerate() {
            assert_close(&format!("{what} by {number}"), found, expected, tolerance);
        }
    }

    /// Asserts that an engine's value and derivatives are the CPU engine's.
    pub fn check_against_cpu(&self, engine: &dyn Engine, tolerance: f32) {
        let (cpu, operands) = (CpuEngine::new(), self.operands());
        let feeds = self.feeds(&operands);
        let what = format!("{} of {:?}", self.name, self.shapes);
        let (found, expected) = (self.loss(engine, &feeds), self.loss(&cpu, &feeds));
        assert_close(&what, &[found], &[expected], tolerance);
        let (found, expected) = (self.gradients(engine, &feeds), self.gradients(&cpu, &feeds));
        for (number, (found, expected)) in found.iter().zip(&expected).enumerate() {
            assert_close(&format!("{what} by {number}"), found, expected, tolerance);
        }
    }
}
