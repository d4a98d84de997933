//! The topics of `toddle help`.

use toddle_run::nearest::same;

/// A part of an experiment's file.
pub struct Topic {
    pub name: &'static str,
    /// The subject of the topic.
    pub about: &'static str,
    /// The keys that lead to it.
    pub path: &'static [&'static str],
}

/// All topics.
pub const TOPICS: &[Topic] = &[
    Topic { name: "experiment", about: "the file as a whole, [network] and [train]", path: &[] },
    Topic { name: "data", about: "where the samples come from, and how they are read", path: &["data"] },
    Topic { name: "augment", about: "random changes to training images", path: &["augment"] },
    Topic { name: "init", about: "how the first weights are drawn", path: &["network", "init"] },
    Topic { name: "layers", about: "the kinds of layers", path: &["network", "layers"] },
    Topic { name: "losses", about: "the values that training makes small", path: &["train", "loss"] },
    Topic { name: "optimizers", about: "how a step changes the weights", path: &["train", "optimizer"] },
    Topic { name: "schedules", about: "how the learning rate changes", path: &["train", "schedule"] },
];

impl Topic {
    /// The topic of this name.
    pub fn named(name: &str) -> Option<&'static Topic> {
        TOPICS.iter().find(|topic| same(name, [topic.name]).is_some())
    }
}
