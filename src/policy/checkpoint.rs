//! `model.safetensors` in the Hugging Face layout.

use std::borrow::Cow;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use crate::engine::HostTensor;
use crate::policy::Parameter;

/// Why a checkpoint cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// It is not a safetensors file, or it is cut short.
    #[error("the weights are not a valid safetensors file: {0}")]
    Format(#[from] safetensors::SafeTensorError),
    /// A tensor that the configuration asks for is not there.
    #[error("the weights lack the tensor `{0}` that config.json asks for")]
    Missing(String),
    /// A tensor has another shape than the configuration asks for.
    #[error("the tensor `{name}` has the shape {found:?}, but config.json asks for {wanted}")]
    Shape {
        /// The tensor.
        name: String,
        /// Its shape.
        found: Vec<usize>,
        /// The shape it should have.
        wanted: crate::graph::Shape,
    },
    /// A tensor's numbers are stored in a form that is not read.
    #[error("the tensor `{name}` is stored as {dtype:?}; F32, F16 and BF16 are read")]
    Dtype {
        /// The tensor.
        name: String,
        /// How it is stored.
        dtype: Dtype,
    },
    /// A weight is not a finite number.
    #[error("the tensor `{0}` holds NaN or infinity")]
    NotFinite(String),
}

/// How numbers are stored in a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// 32 bits.
    F32,
    /// 16 bits, for shipping.
    F16,
}

/// The value of each of `parameters`, in their order, from a safetensors file.
pub fn load(bytes: &[u8], parameters: &[Parameter]) -> Result<Vec<HostTensor>, CheckpointError> {
    let file = SafeTensors::deserialize(bytes)?;
    let tensor = |name: &str| {
        // A bare GPT2Model or LlamaModel leaves out the wrapper's prefix.
        let bare = name.split_once('.').map_or(name, |(_, rest)| rest);
        file.tensor(name)
            .or_else(|_| file.tensor(bare))
            .map_err(|_| CheckpointError::Missing(name.to_owned()))
    };
    parameters
        .iter()
        .map(|parameter| {
            let name = &parameter.name;
            let view = tensor(name)?;
            if view.shape() != parameter.shape.dims() {
                return Err(CheckpointError::Shape {
                    name: name.clone(),
                    found: view.shape().to_vec(),
                    wanted: parameter.shape.clone(),
                });
            }
            let values = floats(name, &view)?;
            if values.iter().any(|value| !value.is_finite()) {
                return Err(CheckpointError::NotFinite(name.clone()));
            }
            Ok(HostTensor::f32(parameter.shape.clone(), values))
        })
        .collect()
}

/// A safetensors file with the value of each of `parameters`.
pub fn save(
    parameters: &[Parameter],
    values: &[HostTensor],
    precision: Precision,
) -> Result<Vec<u8>, CheckpointError> {
    let tensors = parameters.iter().zip(values).map(|(parameter, value)| {
        let stored = Stored {
            shape: parameter.shape.dims().to_vec(),
            values: value.as_f32(),
            precision,
        };
        (parameter.name.clone(), stored)
    });
    // Hugging Face's loaders ask for the format in the metadata.
    let metadata = [("format".to_owned(), "pt".to_owned())].into();
    Ok(safetensors::serialize(tensors, Some(metadata))?)
}

fn floats(name: &str, view: &TensorView) -> Result<Vec<f32>, CheckpointError> {
    let halves = |f: fn([u8; 2]) -> f32| {
        let pairs = view.data().chunks_exact(2);
        pairs.map(|bytes| f([bytes[0], bytes[1]])).collect()
    };
    Ok(match view.dtype() {
        Dtype::F32 => view
            .data()
            .chunks_exact(4)
            .map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
            .collect(),
        Dtype::F16 => halves(|bytes| half::f16::from_le_bytes(bytes).to_f32()),
        Dtype::BF16 => halves(|bytes| half::bf16::from_le_bytes(bytes).to_f32()),
        dtype => {
            return Err(CheckpointError::Dtype {
                name: name.to_owned(),
                dtype,
            });
        }
    })
}

struct Stored<'a> {
    shape: Vec<usize>,
    values: &'a [f32],
    precision: Precision,
}

impl safetensors::View for Stored<'_> {
    fn dtype(&self) -> Dtype {
        match self.precision {
            Precision::F32 => Dtype::F32,
            Precision::F16 => Dtype::F16,
        }
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        let values = self.values.iter();
        Cow::Owned(match self.precision {
            Precision::F32 => values.flat_map(|value| value.to_le_bytes()).collect(),
            Precision::F16 => values
                .flat_map(|&value| half::f16::from_f32(value).to_le_bytes())
                .collect(),
        })
    }

    fn data_len(&self) -> usize {
        let width = match self.precision {
            Precision::F32 => 4,
            Precision::F16 => 2,
        };
        self.values.len() * width
    }
}
