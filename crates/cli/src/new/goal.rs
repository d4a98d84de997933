//! The targets that are to be learned: classes or numbers.

use toddle_data::Dataset;
use toddle_look::digits::significant;

/// The targets that are to be learned.
pub enum Goal {
    /// One class of several.
    Classes(Vec<String>),
    /// A yes or a no for each of so many targets.
    Several(usize),
    /// Numbers.
    Numbers {
        /// The number of targets of each sample.
        width: usize,
        /// The mean of all targets.
        mean: f64,
        /// The mean of the squared distances between the targets and the mean of their column. It is the loss of a
        /// network that always answers with the mean.
        variance: f64,
    },
}

impl Goal {
    /// The goal for the samples of `train`.
    pub fn of(train: &Dataset) -> Goal {
        if train.classes() > 0 {
            return Goal::Classes(train.class_names().to_vec());
        }
        let (numbers, width) = (train.numbers(), train.target_size());
        if width > 1 && numbers.iter().all(|&number| number == 0.0 || number == 1.0) {
            return Goal::Several(width);
        }
        let rows = numbers.len() as f64 / width as f64;
        let column = |n: usize| numbers.iter().skip(n).step_by(width).map(|&number| f64::from(number));
        let means: Vec<f64> = (0..width).map(|n| column(n).sum::<f64>() / rows).collect();
        let variance = |n: usize| column(n).map(|number| (number - means[n]).powi(2)).sum::<f64>() / rows;
        Goal::Numbers {
            width,
            mean: means.iter().sum::<f64>() / width as f64,
            variance: (0..width).map(variance).sum::<f64>() / width as f64,
        }
    }

    /// The number of outputs of a network.
    pub fn outputs(&self) -> usize {
        match self {
            Goal::Classes(names) => names.len(),
            Goal::Several(width) | Goal::Numbers { width, .. } => *width,
        }
    }

    /// A short line.
    pub fn in_words(&self) -> String {
        match self {
            Goal::Classes(names) => format!("{} classes: {}", names.len(), listed(names, 8)),
            Goal::Several(width) => format!("{width} targets, each of them yes (1) or no (0)"),
            Goal::Numbers { width: 1, mean, variance } => {
                format!("a number: {} ± {}", significant(*mean), significant(variance.sqrt()))
            }
            Goal::Numbers { width, .. } => format!("{width} numbers"),
        }
    }
}

/// The first `most` names with commas between them.
pub fn listed(names: &[String], most: usize) -> String {
    let plain = |name: &String| -> String {
        let name: String = name.chars().map(|c| if c.is_control() { ' ' } else { c }).take(30).collect();
        name
    };
    let mut list: Vec<String> = names.iter().take(most).map(plain).collect();
    if names.len() > most {
        list.push("…".into());
    }
    list.join(", ")
}
