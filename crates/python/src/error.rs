//! The library's errors as exceptions of Python, with the library's text.

use std::io;

use pyo3::exceptions::{PyFileNotFoundError, PyMemoryError, PyOSError, PyValueError};
use pyo3::prelude::*;
use toddle::check::CheckError;
use toddle::checkpoint::CheckpointError;
use toddle::{BuildError, FitError, IsaError};
use toddle_data::DataError;
use toddle_run::error::Error as RunError;

/// An error of the library, or an exception.
pub(crate) struct Error(PyErr);

pub(crate) type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// A value that is refused, in the form of the library's errors.
    pub(crate) fn refused(what: &str, expected: &str, got: &str, remedy: &str) -> Error {
        let text = format!("{what}\n  expected  {expected}\n  got       {got}\n  try       {remedy}");
        Error(PyValueError::new_err(text))
    }
}

impl Error {
    /// The error with the part of the arguments that it is about.
    pub(crate) fn of(self, py: Python<'_>, part: &str) -> Error {
        match self.0.is_instance_of::<PyValueError>(py) {
            true => Error(PyValueError::new_err(format!("{part}: {}", self.0.value(py)))),
            false => self,
        }
    }
}

impl From<Error> for PyErr {
    fn from(Error(error): Error) -> PyErr {
        error
    }
}

impl From<PyErr> for Error {
    fn from(error: PyErr) -> Error {
        Error(error)
    }
}

impl From<FitError> for Error {
    fn from(error: FitError) -> Error {
        match error {
            FitError::Memory => Error(PyMemoryError::new_err(error.to_string())),
            _ => Error(PyValueError::new_err(error.to_string())),
        }
    }
}

impl From<CheckpointError> for Error {
    fn from(error: CheckpointError) -> Error {
        match error {
            CheckpointError::Memory { .. } => Error(PyMemoryError::new_err(error.to_string())),
            _ => Error(PyValueError::new_err(error.to_string())),
        }
    }
}

impl From<DataError> for Error {
    fn from(error: DataError) -> Error {
        match &error {
            DataError::Read { cause, .. } if cause.kind() == io::ErrorKind::NotFound => {
                Error(PyFileNotFoundError::new_err(error.to_string()))
            }
            DataError::Read { .. } => Error(PyOSError::new_err(error.to_string())),
            _ => Error(PyValueError::new_err(error.to_string())),
        }
    }
}

impl From<RunError> for Error {
    fn from(error: RunError) -> Error {
        match error {
            RunError::Data(error) => error.into(),
            RunError::Fit(error) => error.into(),
            RunError::Folder { .. } | RunError::Write { .. } => Error(PyOSError::new_err(error.to_string())),
            _ => Error(PyValueError::new_err(error.to_string())),
        }
    }
}

/// Errors that always come of a value.
macro_rules! of_values {
    ($($error:ty),*) => {$(
        impl From<$error> for Error {
            fn from(error: $error) -> Error {
                Error(PyValueError::new_err(error.to_string()))
            }
        }
    )*};
}

of_values!(BuildError, CheckError, IsaError, serde_json::Error, toddle::LossError);
