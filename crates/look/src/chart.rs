//! Curves over epochs, as an SVG picture.

use std::fmt::{Result, Write};

use crate::digits::short;
use crate::markup::Text;
use crate::svg::COLOURS;

pub use crate::svg::MARK;

/// The minimum width of a picture.
const WIDTH: f64 = 880.0;
/// The maximum width of a letter of a label.
const LETTER: f64 = 8.5;
/// The maximum width of a letter of the heading.
const LARGE_LETTER: f64 = 11.5;
/// The height of the heading with the line below it, and the height of the legend.
const HEAD: f64 = 62.0;
const LEGEND: f64 = 26.0;
/// The area of the curves in a panel that has few labels.
const LEFT: f64 = 92.0;
const RIGHT: f64 = 690.0;
const TOP: f64 = 16.0;
const BOTTOM: f64 = 396.0;
/// The height of the axis below the curves.
const AXIS: f64 = 62.0;
/// The minimum distance between labels at the ends of curves.
const LABEL_GAP: f64 = 20.0;
/// The margin around the picture.
const MARGIN: f64 = 20.0;
/// The SVG attribute of a dashed line.
const DASHES: &str = r#" stroke-dasharray="6 5""#;

/// A picture of panels, one below the other.
pub struct Chart {
    /// A description of the picture, for readers who cannot see the picture.
    pub title: String,
    /// The line in bold.
    pub heading: String,
    /// The line below the heading.
    pub subtitle: String,
    /// The meaning of dashed and solid curves, if there are both kinds.
    pub legend: Vec<Key>,
    /// The panels, from top to bottom.
    pub panels: Vec<Panel>,
}

/// Curves over the same epochs.
pub struct Panel {
    /// The quantity that the curves show.
    pub label: String,
    /// How values are placed on the axis.
    pub scale: Scale,
    /// The curves.
    pub curves: Vec<Curve>,
}

/// How values are placed on the axis.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Equal ratios have equal distances. Only numbers above 0 are shown.
    Logarithmic,
    /// Equal differences have equal distances.
    Linear,
}

/// A value, epoch by epoch.
pub struct Curve {
    /// The text at the end of the curve: the name in bold, and the text behind the name.
    pub name: String,
    /// What the value belongs to, behind the name.
    pub of: &'static str,
    /// The index of the colour of the curve.
    pub colour: usize,
    /// Whether the curve is dashed.
    pub dashed: bool,
    /// Pairs of epoch, counted from 1, and value.
    pub points: Vec<(f64, f64)>,
    /// Points that have a circle around them.
    pub circles: Vec<(f64, f64)>,
    /// How the last value is written at the end of the curve.
    pub written: fn(f64) -> String,
}

/// A line of the legend.
pub struct Key {
    /// The kind of curves.
    pub what: &'static str,
    /// Whether the curves of this kind are dashed.
    pub dashed: bool,
}

impl Chart {
    /// The picture as SVG.
    pub fn svg(&self) -> String {
        let mut svg = String::new();
        self.write(&mut svg).expect("a string takes all that is written to it");
        svg
    }

    fn write(&self, svg: &mut String) -> Result {
        let frames: Vec<Frame> = self.panels.iter().map(Frame::of).collect();
        let head = if self.legend.is_empty() { HEAD } else { HEAD + LEGEND };
        let height = head + frames.iter().map(Frame::tall).sum::<f64>();
        let width = self.wide();
        writeln!(
            svg,
            r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" font-family="sans-serif" font-size="14" fill="#222222">
{MARK}
<title>{}</title>
<rect width="{width}" height="{height}" fill="#ffffff"/>
<text x="{LEFT}" y="32" font-size="19" font-weight="bold">{}</text>
<text x="{LEFT}" y="55" fill="#555555">{}</text>"##,
            Text(&self.title),
            Text(&self.heading),
            Text(&self.subtitle)
        )?;
        let mut left = LEFT;
        for Key { what, dashed } in &self.legend {
            let dashes = if *dashed { DASHES } else { "" };
            writeln!(
                svg,
                r##"<path d="M{left} {}h40" stroke="#222222" stroke-width="2.2"{dashes}/><text x="{}" y="{}">{what}</text>"##,
                HEAD + 10.0,
                left + 48.0,
                HEAD + 15.0
            )?;
            left += 48.0 + LETTER * what.chars().count() as f64 + MARGIN;
        }
        let mut top = head;
        for (panel, frame) in self.panels.iter().zip(&frames) {
            writeln!(svg, r#"<g transform="translate(0 {top})">"#)?;
            frame.axes(svg, &panel.label)?;
            for curve in &panel.curves {
                frame.curve(svg, curve)?;
            }
            frame.labels(svg, &panel.curves)?;
            writeln!(svg, "</g>")?;
            top += frame.tall();
        }
        writeln!(svg, "</svg>")
    }

    /// The width with which all texts fit.
    fn wide(&self) -> f64 {
        let letters = |text: &str, letter: f64| letter * text.chars().count() as f64;
        let curves = self.panels.iter().flat_map(|panel| &panel.curves);
        let labels = curves.map(|curve| RIGHT + 24.0 + letters(&curve.label().concat(), LETTER));
        let head = [letters(&self.heading, LARGE_LETTER), letters(&self.subtitle, LETTER)];
        labels.chain(head.map(|wide| LEFT + wide)).map(|wide| (wide + MARGIN).ceil()).fold(WIDTH, f64::max)
    }
}

impl Curve {
    /// The text at the end of the curve: the name, and the rest.
    fn label(&self) -> [String; 2] {
        let last = self.points.last().map(|(_, value)| (self.written)(*value)).unwrap_or_default();
        let of = if self.of.is_empty() { String::new() } else { format!(" {}", self.of) };
        [self.name.clone(), format!("{of} {last}")]
    }
}

/// Converts epochs and values to places in a panel.
struct Frame {
    scale: Scale,
    epochs: f64,
    /// The lowest and the highest value, or the logarithms of both to base 10.
    low: f64,
    high: f64,
    /// The bottom of the area of the curves.
    bottom: f64,
}

impl Frame {
    fn of(panel: &Panel) -> Frame {
        let (low, high) = (f64::INFINITY, f64::NEG_INFINITY);
        // Many labels need a higher panel.
        let bottom = BOTTOM.max(TOP + LABEL_GAP * (panel.curves.len() as f64 - 1.0));
        let mut frame = Frame { scale: panel.scale, epochs: 1.0, low, high, bottom };
        for curve in &panel.curves {
            for (epoch, value) in frame.shown(curve).collect::<Vec<_>>() {
                frame.epochs = frame.epochs.max(epoch);
                frame.low = frame.low.min(frame.height(value));
                frame.high = frame.high.max(frame.height(value));
            }
        }
        if frame.low > frame.high {
            (frame.low, frame.high) = (-1.0, 0.0);
        }
        let least = if frame.scale == Scale::Linear { 0.5 } else { 0.05 };
        let margin = ((frame.high - frame.low) * 0.06).max(least);
        Frame { low: frame.low - margin, high: frame.high + margin, ..frame }
    }

    /// The height of the panel with its axis.
    fn tall(&self) -> f64 {
        self.bottom + AXIS
    }

    /// The position of a value on the axis.
    fn height(&self, value: f64) -> f64 {
        if self.scale == Scale::Logarithmic { value.log10() } else { value }
    }

    fn x(&self, epoch: f64) -> f64 {
        if self.epochs > 1.0 {
            LEFT + (epoch - 1.0) / (self.epochs - 1.0) * (RIGHT - LEFT)
        } else {
            (LEFT + RIGHT) / 2.0
        }
    }

    fn y(&self, value: f64) -> f64 {
        self.bottom - (self.height(value) - self.low) / (self.high - self.low) * (self.bottom - TOP)
    }

    /// The points of a curve that can be placed on the axis.
    fn shown(&self, curve: &Curve) -> impl Iterator<Item = (f64, f64)> {
        let any = self.scale == Scale::Linear;
        curve.points.iter().copied().filter(move |(_, value)| value.is_finite() && (any || *value > 0.0))
    }

    fn axes(&self, svg: &mut String, label: &str) -> Result {
        let bottom = self.bottom;
        for value in self.ticks() {
            let (y, value) = (self.y(value), short(value));
            writeln!(
                svg,
                r##"<path d="M{LEFT} {y:.1}H{RIGHT}" stroke="#e3e3e3"/><text x="{}" y="{:.1}" text-anchor="end">{value}</text>"##,
                LEFT - 10.0,
                y + 5.0
            )?;
        }
        for epoch in epoch_ticks(self.epochs) {
            let x = self.x(epoch);
            writeln!(
                svg,
                r##"<path d="M{x:.1} {bottom}v6" stroke="#777777"/><text x="{x:.1}" y="{}" text-anchor="middle">{epoch}</text>"##,
                bottom + 23.0
            )?;
        }
        let (middle_x, middle_y) = ((LEFT + RIGHT) / 2.0, (TOP + bottom) / 2.0);
        let scale = if self.scale == Scale::Logarithmic { " (logarithmic)" } else { "" };
        writeln!(
            svg,
            r##"<path d="M{LEFT} {TOP}V{bottom}H{RIGHT}" fill="none" stroke="#777777"/>
<text x="{middle_x}" y="{}" text-anchor="middle">epoch</text>
<text transform="translate(22 {middle_y}) rotate(-90)" text-anchor="middle">{}{scale}</text>"##,
            bottom + 48.0,
            Text(label)
        )
    }

    /// The values of the ticks. On a linear axis they are multiples of 1, 2 or 5 times a power of ten. On a logarithmic
    /// axis they are 1, 2 and 5 times the powers of ten; on a short axis all digits times the powers of ten; on a long
    /// axis only the powers of ten.
    fn ticks(&self) -> Vec<f64> {
        let shows = |value: &f64| (self.low..=self.high).contains(&self.height(*value));
        // Parsed rather than computed, because the parsed number is printed with few digits.
        let read = |text: String| text.parse::<f64>().ok();
        if self.scale == Scale::Logarithmic {
            let powers = (self.low.floor() as i32)..=(self.high.ceil() as i32);
            let steps: &[u32] = match self.high - self.low {
                ..0.8 => &[1, 2, 3, 4, 5, 6, 7, 8, 9],
                ..4.0 => &[1, 2, 5],
                _ => &[1],
            };
            let ticks = powers.flat_map(|power| steps.iter().map(move |step| format!("{step}e{power}")));
            return ticks.filter_map(read).filter(shows).collect();
        }
        let range = self.high - self.low;
        let steps = (-12..300).flat_map(|power| [1i64, 2, 5].map(|step| (step, power)));
        let fits = |&(step, power): &(i64, i32)| range / (step as f64 * 10f64.powi(power)) <= 10.0;
        let Some((step, power)) = steps.into_iter().find(fits) else { return Vec::new() };
        let size = step as f64 * 10f64.powi(power);
        let (first, last) = ((self.low / size).ceil() as i64, (self.high / size).floor() as i64);
        (first..=last).filter_map(|n| read(format!("{}e{power}", n * step))).filter(shows).collect()
    }

    fn curve(&self, svg: &mut String, curve: &Curve) -> Result {
        let colour = COLOURS[curve.colour % COLOURS.len()];
        let path: Vec<String> = self
            .shown(curve)
            .map(|(epoch, value)| format!("{:.1} {:.1}", self.x(epoch), self.y(value)))
            .collect();
        // Round line caps show a single epoch as a dot.
        let (path, width) = match &path[..] {
            [] => return Ok(()),
            [dot] => (format!("{dot}h0"), 7.0),
            _ => (path.join("L"), 2.2),
        };
        let dashes = if curve.dashed && path.contains('L') { DASHES } else { "" };
        writeln!(
            svg,
            r#"<path d="M{path}" fill="none" stroke="{colour}" stroke-width="{width}" stroke-linecap="round" stroke-linejoin="round"{dashes}/>"#
        )?;
        for &(epoch, value) in &curve.circles {
            if (self.low..=self.high).contains(&self.height(value)) {
                let (x, y) = (self.x(epoch), self.y(value));
                writeln!(svg, r##"<circle cx="{x:.1}" cy="{y:.1}" r="3.5" fill="none" stroke="#222222"/>"##)?;
            }
        }
        Ok(())
    }

    /// The name and the last value of each curve beside its end. Labels that would overlap are moved apart.
    fn labels(&self, svg: &mut String, curves: &[Curve]) -> Result {
        let mut ends: Vec<(&Curve, f64, f64)> = (curves.iter())
            .filter_map(|curve| {
                self.shown(curve).last().map(|(epoch, value)| (curve, self.x(epoch), self.y(value)))
            })
            .collect();
        ends.sort_by(|a, b| a.2.total_cmp(&b.2));
        let mut free = TOP;
        let mut places: Vec<f64> = Vec::new();
        for (.., y) in &ends {
            places.push(y.max(free));
            free = y.max(free) + LABEL_GAP;
        }
        // Labels below the axis are moved up, and push the labels above them up.
        let mut free = self.bottom;
        for place in places.iter_mut().rev() {
            *place = place.min(free);
            free = *place - LABEL_GAP;
        }
        for ((curve, x, y), place) in ends.into_iter().zip(places) {
            let colour = COLOURS[curve.colour % COLOURS.len()];
            let [name, rest] = curve.label().map(Text);
            writeln!(
                svg,
                r#"<path d="M{:.1} {y:.1}H{RIGHT}L{} {place:.1}" fill="none" stroke="{colour}" stroke-dasharray="1 4"/><text x="{}" y="{:.1}" fill="{colour}"><tspan font-weight="bold">{name}</tspan>{rest}</text>"#,
                x + 4.0,
                RIGHT + 18.0,
                RIGHT + 24.0,
                place + 5.0,
            )?;
        }
        Ok(())
    }
}

/// The ticks of the epochs: the first epoch and multiples of a round number; at most ten.
fn epoch_ticks(epochs: f64) -> Vec<f64> {
    let rounds = (0..300).flat_map(|power| [1.0, 2.0, 5.0].map(|step| step * 10_f64.powi(power)));
    let step = rounds.into_iter().find(|step| epochs / step <= 10.0).unwrap_or(epochs);
    let multiples = (1..).map(|m| f64::from(m) * step).take_while(|&epoch| epoch <= epochs);
    std::iter::once(1.0).chain(multiples.filter(|&epoch| epoch > 1.0)).collect()
}
