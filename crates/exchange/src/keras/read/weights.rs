//! The weights in a Keras file, which are HDF5.

use std::fmt::Display;

use hdf5_pure::{DType, File};

use crate::ExchangeError;
use crate::arrays::Array;

/// The weights of all layers.
pub(super) struct Weights {
    file: File,
    /// The number of bytes that may still be read. So the arrays together are not larger than the file.
    left: u64,
}

/// The weights of one layer.
pub(super) struct Variables<'w> {
    pub weights: &'w mut Weights,
    /// The group of the layer in the file.
    pub path: &'w str,
    /// The name of the layer, for errors.
    pub layer: &'w str,
}

impl Weights {
    /// Opens the file.
    pub fn open(bytes: Vec<u8>) -> Result<Weights, ExchangeError> {
        let left = bytes.len() as u64;
        let file = File::from_bytes(bytes).map_err(|fault| {
            let what = "the weights in the file of Keras cannot be read";
            ExchangeError::new(what, "an HDF5 file", fault, REMEDY)
        })?;
        Ok(Weights { file, left })
    }
}

const REMEDY: &str = "loading the model in Keras 3, and saving it once more";

impl Variables<'_> {
    /// All arrays of the layer, which are called `names` from now on.
    pub fn all<const N: usize>(&mut self, names: [&str; N]) -> Result<[Array; N], ExchangeError> {
        self.are(N)?;
        let mut arrays = Vec::new();
        for (n, name) in names.into_iter().enumerate() {
            arrays.push(self.array(n, name)?);
        }
        Ok(arrays.try_into().expect("one array for each name"))
    }

    /// Checks that the layer has `count` arrays.
    pub fn are(&self, count: usize) -> Result<(), ExchangeError> {
        let group = self.weights.file.group(&format!("{}/vars", self.path));
        let found =
            group.and_then(|group| group.datasets()).map_err(|fault| self.wrong("its arrays", fault))?;
        if found.len() == count {
            return Ok(());
        }
        Err(self.wrong(format_args!("{count} arrays"), format_args!("{} arrays", found.len())))
    }

    /// The array number `n` of the layer, which is called `name` from now on.
    pub fn array(&mut self, n: usize, name: &str) -> Result<Array, ExchangeError> {
        let expected = format!("array {n} of floats");
        let path = format!("{}/vars/{n}", self.path);
        let read = || {
            let dataset = self.weights.file.dataset(&path)?;
            let sizes = (dataset.shape()?, dataset.dtype()?, dataset.element_size()?);
            Ok::<_, hdf5_pure::Error>((dataset, sizes))
        };
        let (dataset, (shape, kind, size)) = read().map_err(|fault| self.wrong(&expected, fault))?;
        if !matches!(kind, DType::F32 | DType::F64) {
            return Err(self.wrong(&expected, format_args!("elements of the type {kind}")));
        }
        let bytes = shape.iter().try_fold(size, |bytes, axis| bytes.checked_mul(*axis));
        let Some(left) = bytes.and_then(|bytes| self.weights.left.checked_sub(bytes)) else {
            return Err(
                self.wrong("arrays that lie in the file, and are not packed", format_args!("{shape:?}"))
            );
        };
        self.weights.left = left;
        let values = dataset.read_f32().map_err(|fault| self.wrong(&expected, fault))?;
        let dims: Vec<usize> = shape.iter().map(|axis| *axis as usize).collect();
        if dims.iter().product::<usize>() != values.len() {
            return Err(self.wrong(format_args!("{dims:?} elements"), values.len()));
        }
        Ok(Array { name: name.into(), dims, values })
    }

    fn wrong(&self, expected: impl Display, got: impl Display) -> ExchangeError {
        let what = format!("the weights of the layer `{}` cannot be read", self.layer);
        ExchangeError::new(what, expected, got, REMEDY)
    }
}
