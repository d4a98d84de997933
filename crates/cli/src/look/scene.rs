//! The sample that is looked at.

use toddle::{Float, Network};
use toddle_data::{AskedFor, Dataset, Model, Picture};
use toddle_look::show::{Limits, Scene};
use toddle_run::error::Error;
use toddle_run::report::Subject;

use super::Options;

/// The network, and the sample that the options name.
pub fn of<'a, T: Float + From<f32>>(
    options: &Options,
    subject: &'a Subject,
    dataset: &Dataset,
    network: &'a Network<T>,
) -> Result<Scene<'a, T>, Error> {
    let model = &subject.model;
    let (x, caption) = match &options.image {
        Some(file) => {
            let (name, asked) = (file.display().to_string(), AskedFor::default());
            let prepared = model.preparation(&asked)?.prepare(&name, Picture::read(file)?)?;
            (model.inputs_of_picture(&prepared.picture, &asked)?, name)
        }
        None => sample(options.sample.unwrap_or(0), dataset)?,
    };
    let x = x.into_iter().map(T::from).collect();
    Ok(Scene { network, model, x, caption, limits: Limits::of(model, dataset) })
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

/// The place of the class that the options name.
pub fn class(options: &Options, model: &Model) -> Result<Option<usize>, Error> {
    let Some(class) = &options.class else { return Ok(None) };
    let names = if model.is_regression() { model.target_names() } else { model.classes().to_vec() };
    match names.iter().position(|name| name == class) {
        Some(place) => Ok(Some(place)),
        None => Err(Error::Refused {
            what: "there is no such class".into(),
            expected: names.join(", "),
            got: class.clone(),
            remedy: "one of them, or leaving --class out".into(),
        }),
    }
}
