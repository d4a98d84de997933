//! `toddle summary`: the layers and the costs of a network, before it is trained.
//!
//! | file | idea |
//! |---|---|
//! | `time.rs` | the measured time of each layer |

mod time;

use std::path::PathBuf;

use clap::Args;
use toddle::layer::Family;
use toddle::{Float, LayerSpec, Machine, Mode, Network, Plan, escaped};
use toddle_data::Set;
use toddle_look::digits::grouped;
use toddle_run::cost;
use toddle_run::error::Error;
use toddle_run::experiment::Experiment;
use toddle_run::field::Field;
use toddle_run::precision::Precision;
use toddle_run::run;

use crate::columns::{align, align_broken, shorten_first, shortened, to_the_right};
use crate::ending::Ending;
use crate::load::load;
use crate::output::print;

/// Show the layers of a network and their costs
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER_HELP)]
pub struct Options {
    /// Experiments, or runs' folders
    #[arg(value_name = "FILE|RUN", required = true)]
    pub from: Vec<PathBuf>,

    /// Replace a setting of the file, such as train.batch=1; may be given several times
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,

    /// The number of threads [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), allow_negative_numbers = true)]
    pub threads: Option<u32>,

    /// Measure how long each layer takes on one thread
    #[arg(long)]
    pub time: bool,
}

/// The most letters of a layer's name, or of the names of the values that it takes.
const NAME: usize = 28;

const AFTER_HELP: &str = "\
Multiply-adds are those of the forward pass of one sample. They do not count the savings of fast = true. The column \"field\" is the receptive \
field: the rows and columns of the input that an element of the layer depends on. The memory is that of the layer's output \
for the samples that are computed together: one sample by row kernels, sixteen by block kernels. Nothing is trained, and no \
file is written.

--time runs each layer alone on one thread, and compares it with the most multiply-adds that a core can do.

Examples:
  toddle summary experiments/lenet5.toml
  toddle summary experiments/lenet5.toml --set train.batch=1 --threads 1
  toddle summary runs/lenet5 --time";

/// Runs the command.
pub fn run(options: &Options) -> Result<Ending, Error> {
    let machine = Machine::detect()?;
    let machine = machine.threads(options.threads.map_or(machine.threads, |threads| threads as usize));
    for (n, from) in options.from.iter().enumerate() {
        let file = if from.is_dir() { run::experiment(from)? } else { from.clone() };
        let mut experiment = load(&file, &options.set)?;
        let shape = shape(&mut experiment)?;
        let text = match experiment.precision {
            Precision::F32 => text::<f32>(&experiment, shape, &machine, options.time),
            Precision::F64 => text::<f64>(&experiment, shape, &machine, options.time),
        }?;
        let heading = match options.from.len() {
            1 => String::new(),
            _ => format!("{}{}\n\n", if n > 0 { "\n\n" } else { "" }, escaped(from.display())),
        };
        print(&(heading + &text))?;
    }
    Ok(Ending::Complete)
}

/// The shape of a sample, if the file does not have the shape of the input. It comes from the data. The shapes of
/// named sets are known without reading them.
fn shape(experiment: &mut Experiment) -> Result<[usize; 3], Error> {
    let of_set = experiment.data.set.as_deref().and_then(|name| Set::named(name).ok()).map(Set::shape);
    match experiment.data.shape.or(of_set) {
        _ if experiment.network.input.is_some() || !experiment.network.inputs.is_empty() => Ok([0; 3]),
        Some(shape) => Ok(shape),
        None => Ok(experiment.parts()?.train.shape()),
    }
}

fn text<T: Float>(
    experiment: &Experiment,
    shape: [usize; 3],
    machine: &Machine,
    time: bool,
) -> Result<String, Error> {
    let network = experiment.network(shape).build::<T>(experiment.seed)?;
    let batch = experiment.train.fit.batch;
    let training = network.plan(batch, Mode::Gradient, machine);
    let answering = network.plan(1, Mode::Infer, machine);
    let mut text = layers(&network) + "\n" + &costs(&network, training.family());

    let optimizer = &experiment.train.fit.optimizer;
    let slots = optimizer.slots().len();
    let weights = size_of_val(network.weights());
    let samples = match training.family() {
        Family::Row => "one sample at a time, by row kernels".into(),
        Family::Block => format!("batches of {batch} samples, by block kernels"),
    };
    let rows = [
        ("input", format!("{}", network.input())),
        ("parameters", grouped(network.layout().len() as u64)),
        ("numbers", experiment.precision.name().into()),
        ("kernels", format!("{samples}; {}, threads: {}", machine.isa, training.workers())),
        ("memory", format!("{} for the weights", bytes(weights))),
        ("", format!("{} for the state of {optimizer}", bytes(weights * slots))),
        ("", format!("{} to train: {}", bytes(training.bytes()), purposes(&training))),
        ("", format!("{} to answer, one sample at a time", bytes(answering.bytes()))),
    ];
    let (names, values) = rows.into_iter().map(|(name, value)| (name.to_owned(), value)).unzip();
    text.push('\n');
    text += &align_broken(&[names, values]);
    if time {
        text.push('\n');
        text += &time::table(&network, batch, machine);
    }
    Ok(text)
}

/// The purposes of the memory of a plan, the largest first. Small ones are combined.
fn purposes(plan: &Plan) -> String {
    let purposes = plan.bytes_by_purpose();
    let (large, small): (Vec<_>, Vec<_>) = purposes.into_iter().partition(|(_, of)| 20 * of > plan.bytes());
    let mut texts: Vec<_> =
        large.into_iter().map(|(purpose, of)| format!("{} {purpose}", bytes(of))).collect();
    if !small.is_empty() {
        texts.push(format!("{} other", bytes(small.into_iter().map(|(_, of)| of).sum())));
    }
    texts.join(", ")
}

/// A table of the layers. If the network is no line of layers, a column says what each node takes.
fn layers<T: Float>(network: &Network<T>) -> String {
    let is_line = network.spec().line().is_some();
    let mut columns = ["#", "layer", "takes", "output", "is"].map(|title| vec![title.to_owned()]).to_vec();
    let mut specs = Vec::new();
    for (placed, place) in network.spec().layers.iter().zip(1..) {
        number(&placed.layer, place, "", &mut specs);
    }
    for (node, (number, spec)) in network.nodes().iter().zip(specs) {
        let takes: Vec<&str> = node.inputs().iter().map(|&value| network.value_name(value)).collect();
        let is = match spec {
            LayerSpec::Residual(_) => "sum of layers and shortcut".into(),
            _ => spec.to_string(),
        };
        let (name, takes) = (shortened(node.name(), NAME), shortened(&takes.join(", "), NAME));
        let cells = [number, name, takes, node.output().to_string(), is];
        columns.iter_mut().zip(cells).for_each(|(column, cell)| column.push(cell));
    }
    if is_line {
        columns.remove(2);
    }
    let mut text = align_broken(&columns);
    if network.outputs().len() > 1 {
        for output in network.outputs() {
            let (name, value) = (escaped(&output.name), network.value_name(output.value));
            text += &format!("output {name}: {value}, {}, weight {}\n", output.shape, output.weight);
        }
    }
    text
}

/// Adds a layer with its place in its list, counted from 1. The layers of a residual block stand before the block, as they run.
fn number<'s>(spec: &'s LayerSpec, place: usize, indent: &str, specs: &mut Vec<(String, &'s LayerSpec)>) {
    if let LayerSpec::Residual(block) = spec {
        for layers in [&block.layers, &block.projection] {
            layers
                .iter()
                .zip(1..)
                .for_each(|(spec, place)| number(spec, place, &format!("{indent}  "), specs));
        }
    }
    specs.push((format!("{indent}{place}"), spec));
}

/// A table of the costs of the layers, with sums.
fn costs<T: Float>(network: &Network<T>, family: Family) -> String {
    let titles = ["layer", "parameters", "multiply-adds", "field", "memory", "kernel"];
    let mut columns = titles.map(|title| vec![title.to_owned()]);
    let inputs = network.inputs().iter();
    let mut fields: Vec<_> = inputs.map(|input| Field::of_input(input.shape)).collect();
    let mut total = 0;
    for (n, node) in network.nodes().iter().enumerate() {
        let from = node.inputs()[0];
        let from_shape = network.shape(from);
        let spec = node.layer().map(|layer| layer.spec());
        let field = match &spec {
            Some(spec) => fields[from].after(spec, from_shape),
            None => {
                node.inputs()[1..].iter().fold(fields[from].clone(), |field, &other| field.or(&fields[other]))
            }
        };
        let cost = spec.as_ref().map_or(0, |spec| cost::multiply_adds(spec, from_shape, node.output()));
        total += cost;
        let is_view = node.layer().is_some_and(|layer| layer.is_view());
        let numbers = node.output().size() * family.samples();
        let kernel = match (&spec, family) {
            _ if is_view => "",
            (Some(LayerSpec::Conv2d(conv)), _) if conv.fast => "Winograd",
            (_, Family::Row) => "row",
            (_, Family::Block) => "block",
        };
        let cells = [
            node.name().into(),
            // A shared layer's parameters are counted where they are first.
            or_nothing(if node.owner() == n { network.layout().layer(n).len() as u64 } else { 0 }),
            or_nothing(cost),
            field.to_string(),
            if is_view { String::new() } else { bytes(numbers * size_of::<T>()) },
            kernel.into(),
        ];
        columns.iter_mut().zip(cells).for_each(|(column, cell)| column.push(cell));
        fields.push(field);
    }
    let parameters = grouped(network.layout().len() as u64);
    let sums = ["", &parameters, &grouped(total), "", "", ""];
    columns.iter_mut().zip(sums).for_each(|(column, sum)| column.push(sum.into()));
    columns[1..3].iter_mut().for_each(|column| to_the_right(column));
    to_the_right(&mut columns[4]);
    shorten_first(&mut columns);
    align(&columns)
}

fn or_nothing(count: u64) -> String {
    if count == 0 { String::new() } else { grouped(count) }
}

fn bytes(count: usize) -> String {
    match count {
        0..1024 => format!("{count} B"),
        1024..1_048_576 => format!("{:.1} KiB", count as f64 / 1024.0),
        _ => format!("{:.1} MiB", count as f64 / 1_048_576.0),
    }
}
