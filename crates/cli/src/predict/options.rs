//! What `toddle predict` can be told.

use std::path::PathBuf;

use clap::Args;

use crate::data::Taken;

/// Say what a trained network says of pictures, rows of tables and arrays
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER_HELP)]
pub struct Options {
    /// A run's folder, or a .safetensors file
    pub run: PathBuf,

    /// Pictures, folders of pictures, tables (.csv, .tsv, .txt), arrays (.npy, .npz, .safetensors, IDX), or - for
    /// standard input
    #[arg(value_name = "FILE", required_unless_present = "digits")]
    pub files: Vec<PathBuf>,

    /// Take a test image of each of these digits, as 0..9 (both ends count), 3, or 3,5,8
    #[arg(long, value_name = "DIGITS", value_parser = digits)]
    pub digits: Option<Digits>,

    /// Take so many of each digit: the first ones
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000), allow_negative_numbers = true)]
    #[arg(requires = "digits")]
    pub each: u32,

    /// Take them from this set; digits are then places of classes, counted from 0
    #[arg(long, value_name = "NAME|PATH", default_value = "mnist", requires = "digits")]
    pub data: String,

    /// Draw the images as the network gets them, and what it says, into this PNG file
    #[arg(long, value_name = "FILE")]
    pub picture: Option<PathBuf>,

    /// Print one JSON object instead of the table
    #[arg(long, conflicts_with = "csv")]
    pub json: bool,

    /// Print CSV instead of the table: a line for each sample, with a column for each class or number
    #[arg(long)]
    pub csv: bool,

    #[command(flatten)]
    pub taken: Taken,
}

const AFTER_HELP: &str = "\
The contents of a file say what it is. A network is only asked about what it was trained on.

Pictures: PNG, JPEG and others, grey or colour, of any size. Transparent ones are put on white, white ink on black. For \
a network of grey images, colours become grey. A picture is inverted if all training pictures had the other ground, as \
MNIST is light on dark. --fit ink cuts out the ink, scales it to 20×20 and sets its centre of mass in the middle of 28×28 \
(other sizes in proportion); an image that has the network's size already stays where it is. --fit whole resizes all of \
the image. What was done is said of each; --picture shows it. Of a folder, all pictures in it and below it are taken.

Tables: a row is a sample. Columns are paired by name with those of the training, in any order. The target column may be \
missing; if it is there, the table says what is right, or how far off the numbers are. Rows are called by their line, \
counted from 1.

Arrays: the first dimension counts the samples, which are called by their place, counted from 0. Of an archive, x_test is \
taken, or else x or the only array; y_test beside it is compared.

On a terminal the first 40 samples are shown. --csv and --json have all samples, and all digits of the numbers.

The exit code is 1 if one of the files cannot be used; the others are answered all the same.

Examples:
  toddle predict runs/lenet5 seven.png photo.jpg
  toddle predict runs/lenet5 scans/ --csv > said.csv
  toddle predict runs/lenet5 digits.npy --json | jq '.predictions[0].class'
  toddle predict runs/iris flowers.csv
  toddle predict runs/iris - < flowers.csv
  toddle predict runs/lenet5 --digits 0..9 --picture digits.png
  toddle predict runs/lenet5 --digits 4,9 --each 5";

/// Digits to predict.
#[derive(Clone, Debug)]
pub struct Digits(pub Vec<usize>);

fn digits(text: &str) -> Result<Digits, String> {
    let mut digits = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once("..").unwrap_or((part, part));
        let number = |text: &str| text.trim_start_matches('=').trim().parse::<u8>().ok();
        match (number(first), number(last)) {
            (Some(first), Some(last)) if first <= last => digits.extend((first..=last).map(usize::from)),
            _ => return Err("digits as 0..9, 3 or 3,5,8".into()),
        }
    }
    Ok(Digits(digits))
}
