//! Arrays that other threads of Python cannot write to while the engine reads them.

use std::sync::{Mutex, PoisonError};

use pyo3::prelude::*;

/// An array that is locked, or that waits until the owner of its memory is not locked any more.
struct Held {
    array: Py<PyAny>,
    /// The array whose memory it views.
    base: Py<PyAny>,
    /// How often it is locked now.
    count: usize,
    was_writeable: bool,
}

/// The owner of some memory comes before the views of it.
static HELD: Mutex<Vec<Held>> = Mutex::new(Vec::new());

/// Locks arrays between `__enter__` and `__exit__`. The owner of some memory comes before the views of it.
///
/// Both are calls without bytecode of Python, so Ctrl-C cannot end one of them half way.
#[pyclass(frozen, module = "toddle._toddle")]
pub(crate) struct Locked(Vec<Py<PyAny>>);

#[pymethods]
impl Locked {
    #[new]
    fn new(arrays: Vec<Py<PyAny>>) -> Locked {
        Locked(arrays)
    }

    fn __enter__(&self, py: Python<'_>) -> PyResult<()> {
        let held = &mut *HELD.lock().unwrap_or_else(PoisonError::into_inner);
        for array in &self.0 {
            let flags = array.getattr(py, "flags")?;
            if !held.iter().any(|held| held.array.is(array)) {
                held.push(Held {
                    array: array.clone_ref(py),
                    base: array.getattr(py, "base")?,
                    count: 0,
                    was_writeable: flags.getattr(py, "writeable")?.is_truthy(py)?,
                });
            }
            flags.setattr(py, "writeable", false)?;
            held.iter_mut().filter(|held| held.array.is(array)).for_each(|held| held.count += 1);
        }
        Ok(())
    }

    #[pyo3(signature = (*_error))]
    fn __exit__(&self, py: Python<'_>, _error: &Bound<'_, PyAny>) -> PyResult<()> {
        let held = &mut *HELD.lock().unwrap_or_else(PoisonError::into_inner);
        for array in &self.0 {
            held.iter_mut().filter(|held| held.array.is(array)).for_each(|held| held.count -= 1);
        }
        let mut n = 0;
        while n < held.len() {
            let waits = held.iter().any(|other| other.array.is(&held[n].base));
            if held[n].count > 0 || waits {
                n += 1;
                continue;
            }
            let freed = held.remove(n);
            if freed.was_writeable {
                freed.array.getattr(py, "flags")?.setattr(py, "writeable", true)?;
            }
        }
        Ok(())
    }
}
