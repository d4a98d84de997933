//! Data sets as arrays.

use pyo3::prelude::*;
use pyo3::types::PyDict;
use toddle_data::{DataSettings, Dataset, Scaling};

use crate::arrays::shaped;
use crate::error::{Error, Result};
use crate::settings::{check_keys, read};

/// A half of MNIST: the pixels as bytes, and the digits.
#[pyfunction]
pub(crate) fn mnist(py: Python<'_>, train: bool) -> PyResult<(Bound<'_, PyAny>, Bound<'_, PyAny>)> {
    let half = py.detach(|| {
        let mnist = toddle_data::mnist();
        if train { mnist.train() } else { mnist.test() }
    });
    Ok(arrays(py, &half.map_err(Error::from)?, true)?)
}

/// The samples that settings describe, as in the section `[data]` of an experiment: a dictionary of pairs of arrays.
#[pyfunction]
pub(crate) fn open_data<'py>(py: Python<'py>, settings: &str, seed: u64) -> PyResult<Bound<'py, PyDict>> {
    check_keys("data", settings)?;
    let mut settings: DataSettings = read("data.open", settings)?;
    let parts = py.detach(|| settings.parts(seed)).map_err(Error::from)?;
    let dict = PyDict::new(py);
    let halves = [
        ("train", Some(&parts.train)),
        ("validation", parts.validation.as_ref()),
        ("test", parts.test.as_ref()),
    ];
    for (name, half) in halves {
        if let Some(half) = half {
            dict.set_item(name, arrays(py, half, false)?)?;
        }
    }
    parts.check_read().map_err(Error::from)?;
    dict.set_item("classes", parts.train.class_names())?;
    dict.set_item("notes", [parts.notes, parts.warnings].concat())?;
    Ok(dict)
}

/// The inputs and the targets of a set: bytes if its values are bytes that are only divided by 255, and labels if it has classes.
fn arrays<'py>(py: Python<'py>, set: &Dataset, grey: bool) -> Result<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
    let [channels, height, width] = set.shape();
    let shape = match (height, width) {
        (1, 1) => vec![set.len(), channels],
        _ if grey && channels == 1 => vec![set.len(), height, width],
        _ => vec![set.len(), channels, height, width],
    };
    let x = if *set.scaling() == Scaling::bytes() {
        let bytes = py.detach(|| (0..set.len()).flat_map(|i| set.image(i).into_owned()).collect::<Vec<u8>>());
        shaped(py, &bytes, &shape)?.into_any()
    } else {
        shaped(py, &py.detach(|| set.inputs::<f32>()), &shape)?.into_any()
    };
    let y = if set.classes() > 0 {
        shaped(py, &set.labels().iter().map(|&label| i64::from(label)).collect::<Vec<_>>(), &[set.len()])?
            .into_any()
    } else {
        shaped(py, &set.targets::<f32>(), &[set.len(), set.target_size()])?.into_any()
    };
    Ok((x, y))
}
