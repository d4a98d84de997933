//! `toddle data show`: a sheet of samples.

use std::path::{Path, PathBuf};

use clap::Args;
use toddle::escaped;
use toddle_data::{Augment, Augmenter, Dataset, Set};
use toddle_look::digits::grouped;
use toddle_look::picture::{Cell, Sheet};
use toddle_run::error::Error;
use toddle_run::picture::save;

use super::augment::augment;
use super::choice::{Choice, Count};
use super::{Part, Source, half};
use crate::new::side_of_flat_pictures;
use crate::output::print;

/// Draw a sheet of samples, as a PNG picture
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER_HELP)]
pub struct Options {
    /// The name of a set, or the path of a folder of images, of a table (.csv) or of NumPy's arrays (.npz). Rows of bytes
    /// are drawn as square pictures
    #[arg(value_name = "NAME|PATH")]
    place: String,

    /// Write the picture here [default: the set's name and .png]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// The number of samples to draw [default: about 40, or 6 with --augment, the same number of each class]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000), allow_negative_numbers = true)]
    count: Option<u32>,

    /// Draw consecutive samples, beginning with this one, counted from 0 [default: some of every class]
    #[arg(long, value_name = "N")]
    from: Option<usize>,

    /// The samples to draw from
    #[arg(long, value_name = "HALF", default_value = "train")]
    half: Part,

    /// Also draw each sample changed at random: settings such as rotate=10,shift=2, or a TOML file with settings
    #[arg(long, value_name = "SETTINGS|FILE")]
    augment: Option<String>,

    /// The number of changed pictures of each sample
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=100), allow_negative_numbers = true)]
    #[arg(requires = "augment")]
    variants: u32,

    /// The seed of the changes
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

/// The number of images in a row, if no image is changed.
const COLUMNS: usize = 8;

/// Runs the command.
pub fn run(options: &Options) -> Result<(), Error> {
    let settings = options.augment.as_deref().map(augment).transpose()?;
    let (mut dataset, half) = half(options.source.open(&options.place)?, options.half.into());
    if let Some(side) = side_of_flat_pictures(&dataset) {
        dataset = dataset.with_shape([1, side, side])?;
    }
    check(options, &dataset)?;
    let Choice { samples, classes, of, most } = choose(options, &dataset, settings.is_some());
    let cells = match &settings {
        Some(settings) => changed(options, &dataset, &samples, settings)?,
        None => samples.iter().map(|&i| cell(&dataset, i)).collect(),
    };
    let has_halves = Set::named(&options.place).is_ok();
    let mut title =
        if has_halves { format!("{}, {}", options.place, half.name()) } else { options.place.clone() };
    let all = grouped(dataset.len() as u64);
    let mut shown = match options.from {
        Some(from) => format!("samples {from} to {} of {all}", from + samples.len() - 1),
        None => format!("{} of {all} samples", samples.len()),
    };
    if options.from.is_none() && dataset.classes() > 0 {
        let classes = if classes == of { format!("all {of}") } else { format!("{classes} of {of}") };
        shown += &format!(", from {classes} classes");
        let empty = dataset.classes() - of;
        if empty > 0 {
            shown += &format!("; {empty} more have no samples");
        }
    }
    let (subtitle, columns) = match options.augment.as_deref() {
        Some(settings) => {
            title += &format!(": {shown}");
            let subtitle = format!("The first of a row as it is, the others changed: {settings}");
            (subtitle, 1 + options.variants as usize)
        }
        // If the samples of a class fit in a row, classes begin at the same columns.
        None => (shown.clone(), if most <= COLUMNS { COLUMNS - COLUMNS % most.max(1) } else { COLUMNS }),
    };
    dataset.check_read()?;
    let out = options.out.clone().unwrap_or_else(|| default_out(&options.place));
    save(&out, &Sheet { title, subtitle, columns, cells }.png())?;
    print(&format!("wrote {}: {shown}\n", escaped(out.display())))
}

/// Checks that the samples are pictures.
fn check(options: &Options, dataset: &Dataset) -> Result<(), Error> {
    let place = &options.place;
    let [channels, height, width] = dataset.shape();
    if !matches!(channels, 1 | 3) || height * width < 4 {
        return Err(Error::Refused {
            what: format!("the samples of `{place}` are not pictures"),
            expected: "1 channel, grey, or 3, colour".into(),
            got: format!(
                "{} (channels × height × width)",
                [channels, height, width].map(|n| n.to_string()).join("×")
            ),
            remedy: "pictures; `toddle new` says what rows of numbers hold".into(),
        });
    }
    let from = options.from.unwrap_or(0);
    if from >= dataset.len() {
        return Err(Error::Refused {
            what: format!("there is no sample {from} in `{place}`"),
            expected: format!("0 to {}", dataset.len().saturating_sub(1)),
            got: from.to_string(),
            remedy: "--from 0".into(),
        });
    }
    Ok(())
}

/// The samples to draw.
fn choose(options: &Options, dataset: &Dataset, is_augmented: bool) -> Choice {
    let (usual, most) = if is_augmented { (6, 12) } else { (40, 100) };
    let count = options.count.map(|count| count as usize);
    match options.from {
        None => Choice::even(dataset, count.map_or(Count::About(usual, most), Count::Exactly)),
        Some(from) => {
            let end = dataset.len().min(from.saturating_add(count.unwrap_or(usual)));
            Choice { samples: (from..end).collect(), classes: 0, of: 0, most: COLUMNS }
        }
    }
}

fn cell(dataset: &Dataset, i: usize) -> Cell {
    let image = dataset.image(i).into_owned();
    Cell { shape: dataset.shape(), image, lines: vec![dataset.caption(i)], alarm: false }
}

/// Each sample, followed by its changed versions.
fn changed(
    options: &Options,
    dataset: &Dataset,
    samples: &[usize],
    settings: &Augment,
) -> Result<Vec<Cell>, Error> {
    let mut augmenter = Augmenter::new(settings, dataset.shape())?;
    let (mut x, mut y) = (vec![0.0; dataset.size()], vec![0.0; dataset.size()]);
    let mut cells = Vec::new();
    for &i in samples {
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

/// The default path of the picture, in the current folder.
fn default_out(place: &str) -> PathBuf {
    let name = Path::new(place).file_stem().map_or("samples".into(), |stem| stem.to_string_lossy());
    format!("{name}.png").into()
}
