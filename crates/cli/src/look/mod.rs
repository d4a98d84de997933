//! `toddle look`: what there is to see in a trained network, as a picture.
//!
//! | file | idea |
//! |---|---|
//! | `options.rs` | the options of the command |
//! | `sample.rs` | the sample that is looked at |

mod options;
mod sample;

pub use options::Options;

use toddle::{Float, Network, escaped};
use toddle_look::show::Shown;
use toddle_run::error::Error;
use toddle_run::look::{Part, View, What, film};
use toddle_run::picture::{Format, Target as File};
use toddle_run::report::{Look, Subject};

use crate::ending::Ending;
use crate::output::note;

/// Runs the command.
pub fn run(options: &Options) -> Result<Ending, Error> {
    options.check()?;
    let format = format(options)?;
    let file = File::new(&options.out, format)?;
    let subject = Subject::open(&options.run)?;
    subject.notes.iter().for_each(|text| note(options.quiet, text));
    let shown = if options.what == What::Film {
        film(&options.run, &subject.experiment.name)?
    } else {
        let (samples, _) = subject.measured_on()?;
        let sample = sample::of(options, &subject.model, &samples)?;
        let train = &subject.parts.train;
        let view = View { model: &subject.model, samples: &samples, train, sample };
        subject.network(Asked { options, view })?
    };
    let picture = match (shown, format) {
        (Shown::Sheet(sheet), Format::Png) => sheet.png(),
        (Shown::Sheet(sheet), _) => sheet.svg().into_bytes(),
        (Shown::Chart(_), Format::Png) => return Err(refused(options, false)),
        (Shown::Chart(svg), _) => svg.into_bytes(),
    };
    file.write(&picture)?;
    note(options.quiet, &format!("wrote {}", escaped(options.out.display())));
    Ok(Ending::Complete)
}

/// The format that the name of the file asks for.
fn format(options: &Options) -> Result<Format, Error> {
    let is_pixels = options.what.is_pixels();
    match ending(options).as_deref() {
        Some("png") if is_pixels => Ok(Format::Png),
        Some("svg") => Ok(Format::Svg),
        _ => Err(refused(options, is_pixels)),
    }
}

/// The ending of the name of the file.
fn ending(options: &Options) -> Option<String> {
    options.out.extension().map(|ending| ending.to_string_lossy().to_lowercase())
}

/// The error that the file cannot have this picture, which is made of pixels or is a chart.
fn refused(options: &Options, is_pixels: bool) -> Error {
    let expected = if is_pixels { "a name that ends in .svg or .png" } else { "a chart, which ends in .svg" };
    Error::Refused {
        what: format!("this cannot be drawn into `{}`", options.out.display()),
        expected: expected.into(),
        got: ending(options).map_or("a name without an ending".into(), |ending| format!(".{ending}")),
        remedy: format!("--out {}", options.out.with_extension("svg").display()),
    }
}

/// What is asked of the network.
struct Asked<'a> {
    options: &'a Options,
    view: View<'a>,
}

impl Look for Asked<'_> {
    type Output = Shown;

    fn look<T: Float + From<f32>>(self, network: &Network<T>) -> Result<Shown, Error> {
        let Options { what, layer, unit, class, .. } = self.options;
        let part = Part { layer: layer.as_deref(), unit: *unit, class: class.as_deref() };
        self.view.draw(*what, part, network)
    }
}
