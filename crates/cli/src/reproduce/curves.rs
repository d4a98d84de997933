//! Error against epoch, as a picture: `curves.svg`.

use std::fmt::Write;

use super::post::{RATE, RECIPES, Recipe, SAMPLES};
use super::results::Run;

const WIDTH: f64 = 880.0;
const HEIGHT: f64 = 520.0;
/// Where curves may be.
const LEFT: f64 = 92.0;
const RIGHT: f64 = 690.0;
const TOP: f64 = 78.0;
const BOTTOM: f64 = 458.0;
/// What labels at the ends of curves need to be read.
const LABEL_GAP: f64 = 20.0;

/// Colours that are told apart with any kind of colour vision, in the order of [`RECIPES`].
const COLOURS: [&str; 4] = ["#0072b2", "#009e73", "#d55e00", "#aa4499"];

/// The picture.
pub fn svg(runs: &[Run]) -> String {
    let scale = Scale::of(runs);
    let mut svg = String::new();
    frame(&mut svg, runs).expect(STRINGS_GROW);
    axes(&mut svg, &scale).expect(STRINGS_GROW);
    for run in runs {
        curve(&mut svg, &scale, run).expect(STRINGS_GROW);
    }
    labels(&mut svg, &scale, runs).expect(STRINGS_GROW);
    svg + "</svg>\n"
}

const STRINGS_GROW: &str = "a string takes all that is written to it";

/// From epochs and errors to places.
struct Scale {
    epochs: f64,
    /// Powers of ten.
    low: f64,
    high: f64,
}

impl Scale {
    fn of(runs: &[Run]) -> Scale {
        let shown = || runs.iter().flat_map(|run| points(run).map(|(_, error)| error.log10()));
        let (low, high) = (shown().fold(f64::INFINITY, f64::min), shown().fold(f64::NEG_INFINITY, f64::max));
        let (low, high) = if low <= high { (low, high) } else { (-1.0, 0.0) };
        let margin = ((high - low) * 0.06).max(0.05);
        let epochs = runs.iter().map(|run| run.epochs).max().unwrap_or(1);
        Scale { epochs: epochs as f64, low: low - margin, high: high + margin }
    }

    fn x(&self, epoch: f64) -> f64 {
        if self.epochs > 1.0 {
            LEFT + (epoch - 1.0) / (self.epochs - 1.0) * (RIGHT - LEFT)
        } else {
            (LEFT + RIGHT) / 2.0
        }
    }

    fn y(&self, error: f64) -> f64 {
        BOTTOM - (error.log10() - self.low) / (self.high - self.low) * (BOTTOM - TOP)
    }

    fn shows(&self, error: f64) -> bool {
        (self.low..=self.high).contains(&error.log10())
    }
}

/// Epochs and errors that a logarithmic scale can show.
fn points(run: &Run) -> impl Iterator<Item = (f64, f64)> {
    let numbered = run.errors.iter().enumerate().map(|(e, &error)| ((e + 1) as f64, error));
    numbered.filter(|(_, error)| error.is_finite() && *error > 0.0)
}

fn colour(recipe: Recipe) -> &'static str {
    RECIPES.iter().position(|other| *other == recipe).map_or("#000000", |r| COLOURS[r])
}

fn frame(svg: &mut String, runs: &[Run]) -> std::fmt::Result {
    let run = &runs[0];
    let circles = if runs.iter().any(|run| printed(run).next().is_some()) {
        "; circles: what the post prints"
    } else {
        ""
    };
    writeln!(
        svg,
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" font-family="sans-serif" font-size="14" fill="#222222">
<title>Training error of the post's networks, epoch by epoch</title>
<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>
<text x="{LEFT}" y="32" font-size="19" font-weight="bold">Training error, epoch by epoch</text>
<text x="{LEFT}" y="55" fill="#555555">{SAMPLES} MNIST images one at a time, rate {RATE}, seed {}, {}{circles}</text>"##,
        run.seed,
        run.precision.name(),
    )
}

fn axes(svg: &mut String, scale: &Scale) -> std::fmt::Result {
    for error in error_ticks(scale) {
        let y = scale.y(error);
        writeln!(
            svg,
            r##"<path d="M{LEFT} {y:.1}H{RIGHT}" stroke="#e3e3e3"/><text x="{}" y="{:.1}" text-anchor="end">{error}</text>"##,
            LEFT - 10.0,
            y + 5.0
        )?;
    }
    for epoch in epoch_ticks(scale.epochs) {
        let x = scale.x(epoch);
        writeln!(
            svg,
            r##"<path d="M{x:.1} {BOTTOM}v6" stroke="#777777"/><text x="{x:.1}" y="{}" text-anchor="middle">{epoch}</text>"##,
            BOTTOM + 23.0
        )?;
    }
    let (middle_x, middle_y) = ((LEFT + RIGHT) / 2.0, (TOP + BOTTOM) / 2.0);
    writeln!(
        svg,
        r##"<path d="M{LEFT} {TOP}V{BOTTOM}H{RIGHT}" fill="none" stroke="#777777"/>
<text x="{middle_x}" y="{}" text-anchor="middle">epoch</text>
<text transform="translate(22 {middle_y}) rotate(-90)" text-anchor="middle">mean squared error (logarithmic)</text>"##,
        BOTTOM + 48.0
    )
}

/// 1, 2 and 5 times the powers of ten, or the powers alone where that would be a crowd.
fn error_ticks(scale: &Scale) -> Vec<f64> {
    let powers = (scale.low.floor() as i32)..=(scale.high.ceil() as i32);
    let steps: &[u32] = if scale.high - scale.low < 4.0 { &[1, 2, 5] } else { &[1] };
    // Read rather than computed: the nearest number prints in few digits.
    let ticks = powers.flat_map(|power| steps.iter().map(move |step| format!("{step}e{power}")));
    ticks.filter_map(|tick| tick.parse().ok()).filter(|&tick| scale.shows(tick)).collect()
}

/// The first epoch and multiples of a round number, ten at most.
fn epoch_ticks(epochs: f64) -> Vec<f64> {
    let rounds = (0..).flat_map(|power| [1.0, 2.0, 5.0].map(|step| step * 10_f64.powi(power)));
    let step = rounds.into_iter().find(|step| epochs / step <= 10.0).unwrap_or(epochs);
    let multiples = (1..).map(|m| f64::from(m) * step).take_while(|&epoch| epoch <= epochs);
    std::iter::once(1.0).chain(multiples.filter(|&epoch| epoch > 1.0)).collect()
}

fn curve(svg: &mut String, scale: &Scale, run: &Run) -> std::fmt::Result {
    let colour = colour(run.recipe);
    let path: Vec<String> =
        points(run).map(|(epoch, error)| format!("{:.1} {:.1}", scale.x(epoch), scale.y(error))).collect();
    // Round caps make a dot of a single epoch.
    let path = if path.len() == 1 { format!("{}h0", path[0]) } else { path.join("L") };
    if !path.is_empty() {
        writeln!(
            svg,
            r#"<path d="M{path}" fill="none" stroke="{colour}" stroke-width="{}" stroke-linecap="round" stroke-linejoin="round"/>"#,
            if run.errors.len() == 1 { 7.0 } else { 2.2 }
        )?;
    }
    for (epoch, error) in printed(run).filter(|(_, error)| scale.shows(*error)) {
        let (x, y) = (scale.x(epoch), scale.y(error));
        writeln!(svg, r##"<circle cx="{x:.1}" cy="{y:.1}" r="3.5" fill="none" stroke="#222222"/>"##)?;
    }
    Ok(())
}

/// What the post prints for epochs of this run.
fn printed(run: &Run) -> impl Iterator<Item = (f64, f64)> {
    let done = run.printed().iter().filter(|(epoch, _)| *epoch <= run.epochs);
    done.map(|&(epoch, error)| (epoch as f64, error))
}

/// Each network's name and last error beside the end of its curve, moved apart where they would overlap.
fn labels(svg: &mut String, scale: &Scale, runs: &[Run]) -> std::fmt::Result {
    let mut ends: Vec<(&Run, f64, f64)> = (runs.iter())
        .filter_map(|run| points(run).last().map(|(epoch, error)| (run, scale.x(epoch), scale.y(error))))
        .collect();
    ends.sort_by(|a, b| a.2.total_cmp(&b.2));
    let mut free = TOP;
    let mut places: Vec<f64> = Vec::new();
    for (_, _, y) in &ends {
        places.push(y.max(free));
        free = y.max(free) + LABEL_GAP;
    }
    // Those pushed below the axis push the ones above them up.
    let mut free = BOTTOM;
    for place in places.iter_mut().rev() {
        *place = place.min(free);
        free = *place - LABEL_GAP;
    }
    for ((run, x, y), place) in ends.into_iter().zip(places) {
        let (colour, name, loss) = (colour(run.recipe), run.recipe.name(), run.loss());
        writeln!(
            svg,
            r#"<path d="M{:.1} {y:.1}L{} {place:.1}" stroke="{colour}" stroke-dasharray="2 3"/><text x="{}" y="{:.1}" fill="{colour}"><tspan font-weight="bold">{name}</tspan> {loss:.6}</text>"#,
            x + 4.0,
            RIGHT + 18.0,
            RIGHT + 24.0,
            place + 5.0,
        )?;
    }
    Ok(())
}
