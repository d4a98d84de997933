//! The progress display on standard error: bars on a terminal, lines elsewhere.

use std::io::{self, IsTerminal, Write};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use toddle::Epoch;

use super::options::Options;
use super::post::{Output, Recipe};
use super::training::Job;

/// Shows the progress of each network.
pub enum Progress {
    /// `--quiet`.
    Silent,
    /// A line for each epoch, as the post prints it. If there are several networks, the line begins with the name.
    Lines {
        /// Whether there are several networks.
        named: bool,
        /// The number of runs of `--sensitivity`. Only the last line of each is shown.
        moved: u32,
    },
    /// A bar for each network, and one for all its runs of `--sensitivity`.
    Bars(Vec<Bar>),
}

/// The bar of a network, or of all its runs of `--sensitivity`.
pub struct Bar {
    recipe: Recipe,
    moved: bool,
    bar: ProgressBar,
}

const WAITING: &str = "{prefix:<9} waiting";
const RUNNING: &str = "{prefix:<9} {wide_bar} epoch {pos}/{len}  {msg:<24} {eta:>4}";
const DONE: &str = "{prefix:<9} {wide_bar} epoch {pos}/{len}  {msg:<24} done";

impl Progress {
    /// The display for a terminal or for a file, wherever standard error goes.
    pub fn new(options: &Options) -> Progress {
        let recipes = options.recipes();
        if options.quiet {
            Progress::Silent
        } else if io::stderr().is_terminal() {
            let all = MultiProgress::new();
            let bar = |recipe: Recipe, moved: u32| {
                let epochs = u64::from(options.epochs) * u64::from(moved.max(1));
                let bar = all.add(ProgressBar::new(epochs));
                bar.set_prefix(recipe.name());
                if moved > 0 {
                    bar.set_message(format!("moved runs: {moved}"));
                }
                bar.set_style(style(WAITING));
                bar.tick();
                Bar { recipe, moved: moved > 0, bar }
            };
            let plain = recipes.iter().map(|&recipe| bar(recipe, 0));
            let mut bars: Vec<Bar> = plain.collect();
            if options.sensitivity > 0 {
                let tanh = recipes.iter().filter(|recipe| recipe.output == Output::Tanh);
                bars.extend(tanh.map(|&recipe| bar(recipe, options.sensitivity)));
            }
            Progress::Bars(bars)
        } else {
            Progress::Lines { named: recipes.len() > 1, moved: options.sensitivity }
        }
    }

    /// A network begins to train.
    pub fn start(&self, job: Job) {
        if let Some(bar) = self.bar(job)
            && bar.position() == 0
        {
            bar.set_style(style(RUNNING));
            bar.reset();
        }
    }

    /// A network has trained another epoch.
    pub fn epoch(&self, job: Job, epoch: &Epoch) {
        let Epoch { number, of, error, .. } = epoch;
        // The number of digits is that of the post.
        let error = format!("error={error:.16}");
        if let Some(bar) = self.bar(job) {
            if job.moved.is_none() {
                bar.set_message(error);
            }
            bar.inc(1);
            if Some(bar.position()) == bar.length() {
                bar.set_style(style(DONE));
                bar.abandon();
            }
        } else if let Progress::Lines { named, moved } = self {
            let name = job.recipe.name();
            let line = match job.moved {
                None if *named => format!("{name:<9}  epoch {number}/{of}  {error}\n"),
                None => format!("epoch {number}/{of}  {error}\n"),
                Some(k) if number == of => format!("{name:<9}  moved run {k}/{moved}  {error}\n"),
                Some(_) => return,
            };
            // One write for the whole line, because other threads write, too. If standard error is closed, the line
            // is lost.
            let _ = io::stderr().write_all(line.as_bytes());
        }
    }

    /// Ends the display. The bars stay as they are.
    pub fn end(&self) {
        if let Progress::Bars(bars) = self {
            bars.iter().for_each(|bar| bar.bar.abandon());
        }
    }

    fn bar(&self, job: Job) -> Option<&ProgressBar> {
        let Progress::Bars(bars) = self else { return None };
        let of_job = |bar: &&Bar| bar.recipe == job.recipe && bar.moved == job.moved.is_some();
        bars.iter().find(of_job).map(|bar| &bar.bar)
    }
}

fn style(template: &str) -> ProgressStyle {
    let style = ProgressStyle::with_template(template).expect("the templates above are well formed");
    style.progress_chars("━╸ ")
}
