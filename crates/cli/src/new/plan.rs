//! A network of a suitable size, and the settings of its training.

use super::goal::Goal;
use super::look::Found;
use super::text::{Setting, quoted};

/// Pictures with sides of at least this length get convolutions.
const LEAST_SIDE: usize = 12;

/// A network memorises fewer samples than this. Dropout prevents it.
const FEW: usize = 2000;

/// The number of steps that is enough for most small networks.
const STEPS: usize = 3000;

/// The largest number of steps.
const MOST_STEPS: usize = 20_000;

/// The highest learning rate, for Adam and inputs and targets that are about 1.
const RATE: f64 = 0.003;

/// The reason for AdamW.
const ADAMW: &str = "AdamW: each weight has its own step size, and weights that are not needed shrink.";

/// The network and the settings of its training.
pub struct Plan {
    /// The settings of `[augment]`.
    pub augment: Vec<Setting>,
    /// The network in a few words.
    pub network: String,
    /// The reason for this network.
    pub reason: String,
    /// The layers as TOML.
    pub layers: Vec<String>,
    /// The settings of `[train]`.
    pub train: Vec<Setting>,
    epochs: usize,
    batch: usize,
}

impl Plan {
    /// The plan for the data that were found.
    pub fn of(found: &Found) -> Plan {
        let [channels, height, width] = found.shape;
        let is_picture = height * width > 1;
        let side = height.min(width);
        let (network, reason, layers) = if is_picture && side >= LEAST_SIDE {
            convolutional(found, side)
        } else {
            dense(found, is_picture)
        };
        let batch = match found.samples {
            0..500 => 16,
            500..=20_000 => 32,
            _ => 128,
        };
        let steps = found.samples.div_ceil(batch).max(1);
        let most = if matches!(found.goal, Goal::Numbers { .. }) && !is_picture { 200 } else { 100 };
        let epochs = (STEPS / steps).clamp(5, most).min((MOST_STEPS / steps).max(1));
        let mut plan = Plan {
            augment: if is_picture && side >= LEAST_SIDE { augment(channels) } else { Vec::new() },
            network,
            reason,
            layers,
            train: Vec::new(),
            epochs,
            batch,
        };
        plan.train = plan.settings(found, steps);
        plan
    }

    /// A short line about the training.
    pub fn training(&self) -> String {
        format!("{} epochs in batches of {}, highest learning rate {RATE}", self.epochs, self.batch)
    }

    fn settings(&self, found: &Found, steps: usize) -> Vec<Setting> {
        let mut settings = Vec::new();
        let mut add = |key, value: String, why: String| settings.push(Setting::new(key, value, why));
        match &found.goal {
            Goal::Classes(_) => {
                let why = "For one class of several. This loss contains the softmax.";
                add("loss", quoted("cross_entropy"), why.into());
                add("optimizer", format!("{{ kind = \"adamw\", rate = {RATE} }}"), ADAMW.into());
            }
            Goal::Several(_) => {
                let why = "For several targets that are yes or no. This loss contains the sigmoid.";
                add("loss", quoted("binary_cross_entropy"), why.into());
                add("optimizer", format!("{{ kind = \"adamw\", rate = {RATE} }}"), ADAMW.into());
            }
            Goal::Numbers { .. } => {
                let why = "For numbers: the mean of the squared errors of the scaled targets. A network that always answers \
                           with the mean has the loss 1. R² is about 1 minus the loss.";
                add("loss", quoted("mean_squared_error"), why.into());
                let why = "Adam: each weight has its own step size.";
                add("optimizer", format!("{{ kind = \"adam\", rate = {RATE} }}"), why.into());
            }
        }
        let why =
            "The learning rate rises to `rate` in the first part of the training, and falls in the rest.";
        add("schedule", quoted("one_cycle"), why.into());
        let epochs = self.epochs;
        let why = format!(
            "An epoch is one pass over the training samples: {steps} steps, {} in all.",
            steps * epochs
        );
        add("epochs", epochs.to_string(), why);
        add("batch", self.batch.to_string(), "The number of samples in a step.".into());
        if found.is_validated {
            let why = "The weights of the epoch with the lowest validation loss are kept.";
            add("keep_best", "true".into(), why.into());
        }
        settings
    }
}

/// Random changes to the pictures during training.
fn augment(channels: usize) -> Vec<Setting> {
    if channels == 3 {
        return vec![
            Setting::new(
                "flip",
                "true".into(),
                "Half of the pictures are mirrored left to right. Leave this out if left and right mean something.",
            ),
            Setting::new("crop", "2".into(), "Each picture is moved by up to 2 pixels."),
        ];
    }
    vec![Setting::new(
        "shift",
        "2".into(),
        "Each picture is moved by up to 2 pixels. It is not mirrored: grey pictures may be characters, which may become other characters.",
    )]
}

type Network = (String, String, Vec<String>);

fn convolutional(found: &Found, side: usize) -> Network {
    let mut filters = vec![16, 32];
    while side >> filters.len() >= LEAST_SIDE && filters.len() < 5 {
        filters.push(64);
    }
    let mut layers = Vec::new();
    for filters in &filters {
        layers.push(format!("{{ kind = \"conv2d\", filters = {filters}, kernel = 3, padding = 1 }}"));
        layers.extend(["batch_norm", "relu"].map(quoted));
        layers.push("{ kind = \"max_pool2d\", window = 2 }".into());
    }
    layers.push(quoted("flatten"));
    let mut reason = format!(
        "{} convolutions look for small patterns, and each pooling halves the picture. Two dense layers decide.",
        if filters.len() == 2 { "Two".to_owned() } else { filters.len().to_string() }
    );
    if found.samples < FEW {
        layers.push("{ kind = \"dropout\", rate = 0.3 }".into());
        reason += " There are few samples: dropout keeps the network from memorising them.";
    }
    layers.extend(["{ kind = \"dense\", outputs = 64 }".into(), quoted("relu"), last(found)]);
    let network = format!("{} convolutions, 2 dense layers", filters.len());
    (network, reason + outputs(found), layers)
}

fn dense(found: &Found, is_picture: bool) -> Network {
    let inputs: usize = found.shape.iter().product();
    let wide = if found.samples >= 1000 || inputs >= 32 { 64 } else { 32 };
    let hidden = if found.samples < 100 { vec![wide] } else { vec![wide, 32] };
    let mut layers: Vec<String> = is_picture.then(|| quoted("flatten")).into_iter().collect();
    for outputs in &hidden {
        layers.extend([format!("{{ kind = \"dense\", outputs = {outputs} }}"), quoted("relu")]);
    }
    layers.push(last(found));
    let what = if is_picture { "pictures are small" } else { "samples are rows of numbers" };
    let reason = format!("The {what}, so dense layers are enough.");
    (format!("{} dense layers", hidden.len() + 1), reason + outputs(found), layers)
}

fn last(found: &Found) -> String {
    format!("{{ kind = \"dense\", outputs = {} }}", found.goal.outputs())
}

fn outputs(found: &Found) -> &'static str {
    match found.goal {
        Goal::Classes(_) => " The last layer has an output for each class.",
        Goal::Several(_) => " The last layer has an output for each target.",
        Goal::Numbers { .. } => " The last layer has an output for each number to learn.",
    }
}
