//! The options of `toddle predict`.

use std::path::PathBuf;

use clap::Args;

use crate::data::Taken;

/// Ask a trained network about pictures, rows of tables and arrays
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER_HELP)]
pub struct Options {
    /// A run's folder, or a .safetensors file
    pub run: PathBuf,

    /// Pictures, folders of pictures, tables (.csv, .tsv, .txt, also .gz), arrays (.npy, .npz, .safetensors, IDX), or - for
    /// standard input
    #[arg(value_name = "FILE", required_unless_present = "digits")]
    pub files: Vec<PathBuf>,

    /// Ask about a test image of each of these digits, such as 3, or 3,5,8, or 0..9 (with 0 and 9)
    #[arg(long, value_name = "DIGITS", value_parser = digits)]
    pub digits: Option<Digits>,

    /// The number of images of each digit: the first ones are taken
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000), allow_negative_numbers = true)]
    #[arg(requires = "digits")]
    pub each: u32,

    /// The set that the images of --digits come from; a digit is then the index of a class, counted from 0
    #[arg(long, value_name = "NAME|PATH", default_value = "mnist", requires = "digits")]
    pub data: String,

    /// Draw the images as the network gets them into this PNG file, with the answers
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
The contents of a file say which kind it is. A network answers only about the kind of data that it was trained on.

Pictures: PNG, JPEG and others, grey or in colour, of any size. A transparent picture is put on white, or on black if its \
ink is white. Colours become grey if the network was trained on grey pictures. A picture is inverted if all training \
pictures had the other background: MNIST is light on dark. --fit ink cuts out the ink, scales it to 20×20 and puts its \
centre of mass into the middle of 28×28 (other sizes in proportion). A picture that already has the network's size is not \
moved. --fit whole resizes the whole picture. The table says what was done to each picture, and --picture shows it. A \
folder stands for all pictures in it and below it.

Tables: each row is a sample. Columns are paired by name with those of the training, in any order. The target column may \
be missing. If it is there, the table compares. A row is named by its line, counted from 1. A row with an empty cell has no \
answer if the training left such rows out. A network that was trained on arrays takes rows with the numbers of a sample.

Arrays: the first dimension counts the samples. A sample is named by its index, counted from 0. In an archive, x_test is \
taken, or else x or the only array, and y_test is compared if it is there.

A terminal shows the first 40 samples. --csv and --json have all samples, and all digits of the numbers.

The exit code is 1 if one of the files cannot be used. The other files are answered all the same.

Examples:
  toddle predict runs/lenet5 seven.png photo.jpg
  toddle predict runs/lenet5 scans/ --csv > answers.csv
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
            _ => return Err("digits such as 3, or 3,5,8, or 0..9".into()),
        }
    }
    Ok(Digits(digits))
}
