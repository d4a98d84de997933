//! What `toddle predict` can be told.

use std::path::PathBuf;

use clap::Args;

use crate::data::Taken;

/// Say what a trained network takes images for
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER_HELP)]
pub struct Options {
    /// A run's folder, or a .safetensors file
    pub run: PathBuf,

    /// PNG or JPEG files: grey or colour, of any size, dark on light or light on dark
    #[arg(value_name = "IMAGE", required_unless_present = "digits")]
    pub images: Vec<PathBuf>,

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
    #[arg(long)]
    pub json: bool,

    #[command(flatten)]
    pub taken: Taken,
}

const AFTER_HELP: &str = "\
Transparent images are put on white, white ink on black. For a network of grey images, colours become grey, and dark on \
light becomes light on dark, as MNIST has it. --fit ink then cuts out the ink, scales it to 20×20 and sets its centre of \
mass in the middle of 28×28 (other sizes in proportion); an image that has the network's size already stays where it is. \
--fit whole resizes all of the image. What was done is said of each; --picture shows it. Photographs of paper should \
show nothing but the digit, and no hard shadows.

The exit code is 1 if one of the images cannot be read or is blank; the others are answered all the same.

Examples:
  toddle predict runs/lenet5 seven.png photo.jpg
  toddle predict runs/lenet5 --digits 0..9 --picture digits.png
  toddle predict runs/lenet5 --digits 4,9 --each 5
  toddle predict runs/lenet5 seven.png --json | jq '.predictions[0].class'";

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
