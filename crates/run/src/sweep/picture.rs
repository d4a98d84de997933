//! The pictures of a sweep's page, as SVG: parallel coordinates, and curves over epochs.

use std::fmt::{Result, Write};

use serde_json::Value;
use toddle_look::axis::range;
use toddle_look::markup::Text;

use super::axis::{Axis, Scale};
use super::report::plain;
use super::settings::{Goal, Sweep};

/// The width of a picture, and the area of its lines.
const WIDTH: f64 = 1000.0;
const LEFT: f64 = 80.0;
const RIGHT: f64 = 920.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 360.0;
/// The most letters of a label.
const LABEL: usize = 24;

/// A point of the space.
pub struct Line {
    /// What a reader sees who points at the line.
    pub name: String,
    /// The share of points that are better.
    pub rank: f64,
    /// The value of each setting.
    pub values: Vec<Value>,
    /// The number of the goal; none if a training has failed.
    pub goal: Option<f64>,
    /// The goal's numbers of each of its trainings: pairs of an epoch and a number.
    pub curves: Vec<Vec<(f64, f64)>>,
}

impl Line {
    fn path(&self, svg: &mut String, points: &[(f64, f64)]) -> Result {
        // Round ends show a single epoch as a dot.
        let path = match points {
            [] => return Ok(()),
            [(x, y)] => format!("{x:.1} {y:.1}h0"),
            points => points.iter().map(|(x, y)| format!("{x:.1} {y:.1}")).collect::<Vec<_>>().join("L"),
        };
        let class = if self.rank == 0.0 { "class=\"best\" " } else { "" };
        let opacity = if self.rank == 0.0 { 1.0 } else { 0.75 - 0.6 * self.rank };
        let name = Text(&self.name);
        writeln!(
            svg,
            "<path {class}stroke-linecap=\"round\" stroke-linejoin=\"round\" stroke-opacity=\"{opacity:.2}\" d=\"M{path}\"><title>{name}</title></path>"
        )
    }
}

/// Where numbers lie between the top of a picture and its bottom.
struct Ruler {
    low: f64,
    high: f64,
    scale: Scale,
}

impl Ruler {
    /// The ruler of a goal's `numbers`; none if there are none. Losses differ by factors, and accuracies by parts. A loss of 0 or less
    /// has no logarithm.
    fn of(numbers: impl Iterator<Item = f64>, goal: Goal) -> Option<Ruler> {
        let [low, high] = range(numbers)?;
        let is_linear = goal == Goal::Accuracy || low <= 0.0;
        Some(Ruler { low, high, scale: if is_linear { Scale::Linear } else { Scale::Logarithmic } })
    }

    fn y(&self, number: f64) -> f64 {
        let at = |number: f64| if self.scale == Scale::Logarithmic { number.ln() } else { number };
        let range = at(self.high) - at(self.low);
        let part = if range > 0.0 { (at(number) - at(self.low)) / range } else { 0.5 };
        BOTTOM - part * (BOTTOM - TOP)
    }
}

/// A line for each point: its settings, and what came out, on parallel axes.
pub fn coordinates(svg: &mut String, sweep: &Sweep, lines: &[Line]) -> Result {
    begin(svg, "Settings and results of all points")?;
    // Labels stand above the lines.
    let mut labels = String::new();
    let count = sweep.space.len();
    let x = |axis: usize| LEFT + (RIGHT - LEFT) * axis as f64 / count as f64;
    let mut places: Vec<Vec<(f64, f64)>> = vec![Vec::new(); lines.len()];
    for (n, (key, axis)) in sweep.space.iter().enumerate() {
        let name = key.rsplit_once('.').map_or(&**key, |(_, name)| name);
        rule(svg, x(n), name, key)?;
        match axis {
            Axis::List(values) => {
                let y = |value: &Value| {
                    let place = values.iter().position(|of| of == value).unwrap_or(0);
                    let steps = values.len().saturating_sub(1).max(1) as f64;
                    BOTTOM - place as f64 / steps * (BOTTOM - TOP)
                };
                for value in values {
                    tick(&mut labels, x(n), y(value), &plain(value))?;
                }
                places
                    .iter_mut()
                    .zip(lines)
                    .for_each(|(places, line)| places.push((x(n), y(&line.values[n]))));
            }
            Axis::Range(range) => {
                let ruler = Ruler { low: range.from, high: range.to, scale: range.scale };
                for end in [range.from, range.to] {
                    tick(&mut labels, x(n), ruler.y(end), &end.to_string())?;
                }
                for (places, line) in places.iter_mut().zip(lines) {
                    places.push((x(n), ruler.y(line.values[n].as_f64().unwrap_or(range.from))));
                }
            }
        }
    }
    rule(svg, RIGHT, sweep.goal.words(), sweep.goal.words())?;
    if let Some(ruler) = Ruler::of(lines.iter().filter_map(|line| line.goal), sweep.goal) {
        for end in [ruler.low, ruler.high] {
            tick(&mut labels, RIGHT, ruler.y(end), &sweep.goal.shown(Some(end)))?;
        }
        for (line, places) in lines.iter().zip(&mut places).rev() {
            // A line that has failed ends before the goal.
            places.extend(line.goal.map(|goal| (RIGHT, ruler.y(goal))));
            line.path(svg, places)?;
        }
    }
    writeln!(svg, "{labels}</svg>")
}

/// The goal's number over the epochs, for each training.
pub fn curves(svg: &mut String, goal: Goal, lines: &[Line]) -> Result {
    begin(svg, "The number of the goal, epoch by epoch")?;
    let points = || lines.iter().flat_map(|line| line.curves.iter().flatten().copied());
    let most = points().map(|(epoch, _)| epoch).fold(1.0, f64::max);
    let x = |epoch: f64| LEFT + (RIGHT - LEFT) * (epoch - 1.0) / (most - 1.0).max(1.0);
    rule(svg, LEFT, "", goal.words())?;
    writeln!(svg, "<path class=\"axis\" d=\"M{LEFT} {BOTTOM}H{RIGHT}\"/>")?;
    for epoch in [1.0, most] {
        writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{}\" text-anchor=\"middle\">epoch {epoch}</text>",
            x(epoch),
            BOTTOM + 26.0
        )?;
    }
    if let Some(ruler) = Ruler::of(points().map(|(_, number)| number), goal) {
        for end in [ruler.low, ruler.high] {
            tick(svg, LEFT, ruler.y(end), &goal.shown(Some(end)))?;
        }
        for line in lines.iter().rev() {
            for curve in &line.curves {
                let places: Vec<_> =
                    curve.iter().map(|(epoch, number)| (x(*epoch), ruler.y(*number))).collect();
                line.path(svg, &places)?;
            }
        }
    }
    writeln!(svg, "</svg>")
}

fn begin(svg: &mut String, title: &str) -> Result {
    let height = BOTTOM + 40.0;
    writeln!(svg, "<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{title}\">")
}

fn rule(svg: &mut String, x: f64, name: &str, title: &str) -> Result {
    writeln!(
        svg,
        "<path class=\"axis\" d=\"M{x:.1} {TOP}V{BOTTOM}\"/><text x=\"{x:.1}\" y=\"20\" text-anchor=\"middle\">{}<title>{}</title></text>",
        Text(name),
        Text(title)
    )
}

fn tick(svg: &mut String, x: f64, y: f64, label: &str) -> Result {
    let (x, y) = (x - 8.0, y + 4.0);
    let mut label: String = label.chars().take(LABEL + 1).collect();
    if label.chars().count() > LABEL {
        label.pop();
        label.push('…');
    }
    let label = Text(&label);
    writeln!(svg, "<text class=\"faint\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"end\">{label}</text>")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The heights of the curve of these losses.
    fn heights(losses: &[f64]) -> Vec<f64> {
        let curve = losses.iter().enumerate().map(|(n, loss)| (n as f64 + 1.0, *loss)).collect();
        let (name, values) = ("point 1".to_owned(), Vec::new());
        let line = Line { name, rank: 0.0, values, goal: losses.last().copied(), curves: vec![curve] };
        let mut svg = String::new();
        curves(&mut svg, Goal::Loss, &[line]).expect("a picture");
        let path = svg.split("d=\"M").last().and_then(|path| path.split('"').next()).expect("a path");
        path.split('L')
            .map(|place| place.split(' ').nth(1).expect("a height").parse().expect("a number"))
            .collect()
    }

    #[test]
    fn losses_that_have_no_logarithm_are_drawn_too() {
        // Equal ratios have equal distances.
        assert_eq!(heights(&[100.0, 10.0, 1.0]), [40.0, 200.0, 360.0]);
        // A loss of 0, and the log-likelihoods of a density, have equal differences.
        assert_eq!(heights(&[1.0, 0.5, 0.0]), [40.0, 200.0, 360.0]);
        assert_eq!(heights(&[-1.0, -2.0, -5.0]), [40.0, 120.0, 360.0]);
        assert_eq!(heights(&[3.0, 3.0]), [200.0, 200.0]);
    }
}
