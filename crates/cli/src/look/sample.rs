//! The sample that is looked at.

use toddle_data::{AskedFor, Dataset, Model, Picture};
use toddle_run::error::Error;

use super::Options;

/// The inputs of the sample that the options name, and what the sample is called.
pub fn of(options: &Options, model: &Model, dataset: &Dataset) -> Result<(Vec<f32>, String), Error> {
    match &options.image {
        Some(file) => {
            let (name, asked) = (file.display().to_string(), AskedFor::default());
            let prepared = model.preparation(&asked)?.prepare(&name, Picture::read(file)?)?;
            Ok((model.inputs_of_picture(&prepared.picture, &asked)?, name))
        }
        None => sample(options.sample.unwrap_or(0), dataset),
    }
}

/// A sample of the data, and what it is called.
fn sample(n: usize, dataset: &Dataset) -> Result<(Vec<f32>, String), Error> {
    if n >= dataset.len() {
        return Err(Error::Refused {
            what: format!("there is no sample {n}"),
            expected: format!("0 to {}", dataset.len().saturating_sub(1)),
            got: n.to_string(),
            remedy: "--sample 0".into(),
        });
    }
    let mut x = vec![0.0; dataset.size()];
    dataset.write_input(n, &mut x);
    dataset.check_read()?;
    Ok((x, format!("sample {n}, true {}", dataset.caption(n))))
}
