//! The options of `toddle look`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use toddle_run::error::Error;
use toddle_run::look::What;

/// Draw what there is to see in a trained network
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER_HELP)]
pub struct Options {
    /// A run's folder
    pub run: PathBuf,

    /// What to draw
    #[arg(long, value_name = "WHAT")]
    pub what: What,

    /// Look at this sample of those that the run is measured on, counted from 0 [default: 0]
    #[arg(long, value_name = "N", conflicts_with = "image", allow_negative_numbers = true)]
    pub sample: Option<usize>,

    /// Look at the picture in this file
    #[arg(long, value_name = "FILE")]
    pub image: Option<PathBuf>,

    /// Ask why this class, instead of the answer of the network; or draw the answers of this target of a regression
    #[arg(long, value_name = "CLASS")]
    pub class: Option<String>,

    /// Show this layer, such as conv1 [default: all layers of maps; the classes of excite]
    #[arg(long, value_name = "LAYER")]
    pub layer: Option<String>,

    /// Show only this unit of the layer, counted from 0
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub unit: Option<usize>,

    /// Draw into this file, which ends in .svg or .png
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,

    /// Do not say where the picture is
    #[arg(long)]
    pub quiet: bool,
}

impl Options {
    /// Checks that every option has a use.
    pub fn check(&self) -> Result<(), Error> {
        let given = [
            ("sample", self.sample.is_some()),
            ("image", self.image.is_some()),
            ("class", self.class.is_some()),
            ("layer", self.layer.is_some()),
            ("unit", self.unit.is_some()),
        ];
        let name =
            |what: &What| what.to_possible_value().map_or(String::new(), |value| value.get_name().into());
        let Some((option, _)) =
            given.iter().find(|(option, given)| *given && !self.what.takes().contains(option))
        else {
            return Ok(());
        };
        let takers = What::value_variants().iter().filter(|what| what.takes().contains(option)).map(name);
        Err(Error::Refused {
            what: format!("--{option} has no use for --what {}", name(&self.what)),
            expected: format!("--{option} with --what {}", takers.collect::<Vec<_>>().join(", ")),
            got: format!("--what {}", name(&self.what)),
            remedy: format!("leaving out --{option}"),
        })
    }
}

const AFTER_HELP: &str = "\
filters, maps, saliency, nudge, excite and neighbours are pictures of pixels: .png or .svg. The others are charts: .svg.

Samples are those that `toddle eval` measures on. Saliency shows three answers to one question: gradient × input, \
integrated gradients, and how much the score falls when a part of the picture is covered. The score is the output before \
the softmax.

Examples:
  toddle look runs/lenet5 --what filters --out filters.svg
  toddle look runs/lenet5 --what maps --layer tanh1 --sample 7 --out maps.png
  toddle look runs/lenet5 --what saliency --image seven.png --out why.svg
  toddle look runs/lenet5 --what excite --layer conv2 --out excite.png
  toddle look runs/lenet5 --what film --out film.svg";
