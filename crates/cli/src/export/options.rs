//! The options of `toddle export`.

use std::path::PathBuf;

use clap::Args;
use toddle_run::exchange::Form;

/// Write a trained network for another program, and check it there
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER_HELP)]
pub struct Options {
    /// A run's folder, or a .safetensors file
    pub run: PathBuf,

    /// The form in which the network leaves
    #[arg(long, value_name = "FORM")]
    pub to: Form,

    /// Write this file [default: model.onnx, model.py, keras_model.py, weights.npz, weights.safetensors, NAME.c, NAME-int8.c or NAME.rs in the folder of the model]
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,

    /// The number of samples that an ONNX file takes at once [default: any number]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), allow_negative_numbers = true)]
    pub batch: Option<u32>,

    /// Write the preparation into an ONNX file: bytes go in, and the probabilities of the classes come out
    #[arg(long)]
    pub with_preparation: bool,

    /// Write C that computes with integers of 8 bits. The training samples of the run decide their ranges
    #[arg(long)]
    pub int8: bool,

    /// Print one JSON object instead of the lines: the content of FILE.check.json
    #[arg(long)]
    pub json: bool,

    /// Do not run the other program
    #[arg(long)]
    pub no_check: bool,
}

const AFTER_HELP: &str = "\
The other program gets 16 recorded inputs and the edges of the data, and its answers are compared with those of toddle. \
The largest difference is printed, and written to FILE.check.json. The exit code is 1 if it is more than 0.00001 of the \
largest output, or if a bit of C or of Rust differs. ONNX is checked by Python with the package onnxruntime: \
TODDLE_PYTHON is the Python to use, python3 otherwise. PyTorch and Keras are checked by the same Python, with torch and safetensors or with keras; arrays with numpy, and no bit may differ. C is \
checked by cc, and Rust by rustc.

A network of 64 bits is rounded to 32 bits. With --int8, weights and values have 8 bits. The command then measures both \
networks on the samples that `toddle eval` takes, at most 10,000, and prints how their answers differ.

Examples:
  toddle export runs/lenet5 --to onnx
  toddle export runs/lenet5 --to pytorch --out lenet5.py
  toddle export runs/lenet5 --to keras --out lenet5.py
  toddle export runs/lenet5 --to c --out firmware/lenet5.c
  toddle export runs/lenet5 --to c --int8 --out firmware/lenet5.c
  toddle export runs/lenet5 --to rust --out src/lenet5.rs
  toddle export runs/lenet5 --to npz --out weights.npz
  toddle export runs/lenet5 --to onnx --with-preparation --out picture.onnx
  toddle export runs/lenet5 --to onnx --batch 1 --no-check";
