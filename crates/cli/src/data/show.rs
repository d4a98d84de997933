//! `toddle data show`: a sheet of samples.

use std::ops::Range;
use std::path::{Path, PathBuf};

use clap::Args;
use toddle_data::{Augment, Augmenter, Dataset, Set};

use super::augment::augment;
use super::{Part, Source, grouped, half};
use crate::error::Error;
use crate::output::print;
use crate::picture::{Cell, Sheet, save};

/// Draw a sheet of samples, as a PNG picture
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER_HELP)]
pub struct Options {
    /// The name of a set, or the path of a folder of images, of a table (.csv) or of NumPy's arrays (.npz)
    #[arg(value_name = "NAME|PATH")]
    place: String,

    /// Write the picture here [default: the set's name and .png]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// Draw so many samples [default: 40, or 6 with --augment]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000), allow_negative_numbers = true)]
    count: Option<u32>,

    /// Begin with this sample, counted from 0
    #[arg(long, value_name = "N", default_value_t = 0)]
    from: usize,

    /// Which samples
    #[arg(long, value_name = "HALF", default_value = "train")]
    half: Part,

    /// Draw each sample again as changed at random: settings, as rotate=10,shift=2, or a TOML file with them
    #[arg(long, value_name = "SETTINGS|FILE")]
    augment: Option<String>,

    /// Draw so many changed ones of each sample
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=100), allow_negative_numbers = true)]
    #[arg(requires = "augment")]
    variants: u32,

    /// What the changes follow
    #[arg(long, value_name = "N", default_value_t = 0, requires = "augment")]
    seed: u64,

    #[command(flatten)]
    source: Source,
}

const AFTER_HELP: &str = "\
Settings of --augment: flip, crop, shift (pixels), rotate (degrees), scale, shear, elastic.strength, elastic.smoothness, \
contrast, brightness, noise, erase. A file has them at its top or below [augment].

Examples:
  toddle data show mnist
  toddle data show fashion-mnist --half test --count 100 --out clothes.png
  toddle data show mnist --augment rotate=15,shift=2,elastic.strength=20
  toddle data show photographs --size 32x32 --damaged skip";

/// Images in a row, where none are changed.
const COLUMNS: usize = 8;

/// Runs the command.
pub fn run(options: &Options) -> Result<(), Error> {
    let settings = options.augment.as_deref().map(augment).transpose()?;
    let (dataset, half) = half(options.source.open(&options.place)?, options.half.into());
    let samples = samples(options, &dataset, settings.is_some())?;
    let cells = match &settings {
        Some(settings) => changed(options, &dataset, samples.clone(), settings)?,
        None => samples.clone().map(|i| cell(&dataset, i)).collect(),
    };
    let has_halves = Set::named(&options.place).is_ok();
    let title =
        if has_halves { format!("{}, {}", options.place, half.name()) } else { options.place.clone() };
    let of = grouped(dataset.len() as u64);
    let subtitle = match options.augment.as_deref() {
        Some(settings) => format!("The first of a row as it is, the others changed: {settings}"),
        None => format!("Samples {} to {} of {of}", samples.start, samples.end - 1),
    };
    let columns = if settings.is_some() { 1 + options.variants as usize } else { COLUMNS };
    let out = options.out.clone().unwrap_or_else(|| default_out(&options.place));
    save(&out, &Sheet { title, subtitle, columns, cells }.png())?;
    print(&format!("wrote {}: {} of {of} samples\n", out.display(), samples.len()))
}

/// The places of the samples to draw.
fn samples(options: &Options, dataset: &Dataset, is_augmented: bool) -> Result<Range<usize>, Error> {
    let place = &options.place;
    let [channels, height, width] = dataset.shape();
    if !matches!(channels, 1 | 3) || height * width < 4 {
        return Err(Error::Refused {
            what: format!("the samples of `{place}` are no pictures"),
            expected: "1 channel, grey, or 3, colour".into(),
            got: format!(
                "{} (channels × height × width)",
                [channels, height, width].map(|n| n.to_string()).join("×")
            ),
            remedy: "a set of images".into(),
        });
    }
    if options.from >= dataset.len() {
        return Err(Error::Refused {
            what: format!("there is no sample {} in `{place}`", options.from),
            expected: format!("0 to {}", dataset.len().saturating_sub(1)),
            got: options.from.to_string(),
            remedy: "--from 0".into(),
        });
    }
    let count = options.count.unwrap_or(if is_augmented { 6 } else { 40 });
    Ok(options.from..dataset.len().min(options.from.saturating_add(count as usize)))
}

fn cell(dataset: &Dataset, i: usize) -> Cell {
    let image = dataset.image(i).into_owned();
    Cell { shape: dataset.shape(), image, lines: vec![dataset.caption(i)], alarm: false }
}

/// Each sample as it is, and then as changed.
fn changed(
    options: &Options,
    dataset: &Dataset,
    samples: Range<usize>,
    settings: &Augment,
) -> Result<Vec<Cell>, Error> {
    let mut augmenter = Augmenter::new(settings, dataset.shape())?;
    let (mut x, mut y) = (vec![0.0; dataset.size()], vec![0.0; dataset.size()]);
    let mut cells = Vec::new();
    for i in samples {
        cells.push(cell(dataset, i));
        dataset.write_unscaled(i, &mut x);
        for epoch in 0..options.variants {
            augmenter.apply(&x, [options.seed, u64::from(epoch), i as u64], &mut y);
            let image = y.iter().map(|y| (y * 255.0).round().clamp(0.0, 255.0) as u8).collect();
            cells.push(Cell { shape: dataset.shape(), image, lines: vec![String::new()], alarm: false });
        }
    }
    Ok(cells)
}

/// In the folder that the user is in.
fn default_out(place: &str) -> PathBuf {
    let name = Path::new(place).file_stem().map_or("samples".into(), |stem| stem.to_string_lossy());
    format!("{name}.png").into()
}
