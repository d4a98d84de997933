//! Curves over epochs, as a picture: SVG.

use std::fmt::{Result, Write};

/// How wide a picture is, at least.
const WIDTH: f64 = 880.0;
/// How wide a letter of a label is, at most.
const LETTER: f64 = 8.5;
/// How high the title and the line below it are.
const HEAD: f64 = 62.0;
/// How high a panel is.
const PANEL: f64 = 458.0;
/// Where curves may be, in a panel.
const LEFT: f64 = 92.0;
const RIGHT: f64 = 690.0;
const TOP: f64 = 16.0;
const BOTTOM: f64 = 396.0;
/// What labels at the ends of curves need to be read.
const LABEL_GAP: f64 = 20.0;

/// Colours that are told apart with any kind of colour vision.
const COLOURS: [&str; 7] = ["#0072b2", "#009e73", "#d55e00", "#aa4499", "#56b4e9", "#b8860b", "#555555"];

/// A picture of panels, one below the other.
pub struct Chart {
    /// What it shows, for those who do not see it.
    pub title: String,
    /// The line in bold.
    pub heading: String,
    /// The line below it.
    pub subtitle: String,
    /// From top to bottom.
    pub panels: Vec<Panel>,
}

/// Curves over the same epochs.
pub struct Panel {
    /// What is measured.
    pub label: String,
    /// How high a value lies.
    pub scale: Scale,
    /// The curves.
    pub curves: Vec<Curve>,
}

/// How high a value lies.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Ten times as much is as far everywhere; only numbers above 0 are shown.
    Logarithmic,
    /// As much more is as far everywhere.
    Linear,
}

/// A value, epoch by epoch.
pub struct Curve {
    /// What stands at its end.
    pub name: String,
    /// Which of the colours it has.
    pub colour: usize,
    /// Whether it is dashed.
    pub dashed: bool,
    /// Epochs, counted from 1, and values.
    pub points: Vec<(f64, f64)>,
    /// Points that are circled.
    pub circles: Vec<(f64, f64)>,
    /// Digits of the last value behind the name.
    pub digits: usize,
}

impl Chart {
    /// The picture.
    pub fn svg(&self) -> String {
        let mut svg = String::new();
        self.write(&mut svg).expect("a string takes all that is written to it");
        svg
    }

    fn write(&self, svg: &mut String) -> Result {
        let height = HEAD + PANEL * self.panels.len() as f64;
        let letters = |curve: &Curve| curve.name.chars().count() + curve.digits + 5;
        let longest =
            self.panels.iter().flat_map(|panel| panel.curves.iter().map(letters)).max().unwrap_or(0);
        let width = (RIGHT + LABEL_GAP + LETTER * longest as f64).max(WIDTH);
        writeln!(
            svg,
            r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" font-family="sans-serif" font-size="14" fill="#222222">
<title>{}</title>
<rect width="{width}" height="{height}" fill="#ffffff"/>
<text x="{LEFT}" y="32" font-size="19" font-weight="bold">{}</text>
<text x="{LEFT}" y="55" fill="#555555">{}</text>"##,
            escape(&self.title),
            escape(&self.heading),
            escape(&self.subtitle)
        )?;
        for (n, panel) in self.panels.iter().enumerate() {
            writeln!(svg, r#"<g transform="translate(0 {})">"#, HEAD + PANEL * n as f64)?;
            let frame = Frame::of(panel);
            frame.axes(svg, &panel.label)?;
            for curve in &panel.curves {
                frame.curve(svg, curve)?;
            }
            frame.labels(svg, &panel.curves)?;
            writeln!(svg, "</g>")?;
        }
        writeln!(svg, "</svg>")
    }
}

/// Text that is no markup.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// From epochs and values to places in a panel.
struct Frame {
    scale: Scale,
    epochs: f64,
    /// Values, or their powers of ten.
    low: f64,
    high: f64,
}

impl Frame {
    fn of(panel: &Panel) -> Frame {
        let mut frame =
            Frame { scale: panel.scale, epochs: 1.0, low: f64::INFINITY, high: f64::NEG_INFINITY };
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

    /// A value on the axis.
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
        BOTTOM - (self.height(value) - self.low) / (self.high - self.low) * (BOTTOM - TOP)
    }

    /// The points of a curve that have a place on the axis.
    fn shown(&self, curve: &Curve) -> impl Iterator<Item = (f64, f64)> {
        let any = self.scale == Scale::Linear;
        curve.points.iter().copied().filter(move |(_, value)| value.is_finite() && (any || *value > 0.0))
    }

    fn axes(&self, svg: &mut String, label: &str) -> Result {
        for value in self.ticks() {
            let y = self.y(value);
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
                r##"<path d="M{x:.1} {BOTTOM}v6" stroke="#777777"/><text x="{x:.1}" y="{}" text-anchor="middle">{epoch}</text>"##,
                BOTTOM + 23.0
            )?;
        }
        let (middle_x, middle_y) = ((LEFT + RIGHT) / 2.0, (TOP + BOTTOM) / 2.0);
        let scale = if self.scale == Scale::Logarithmic { " (logarithmic)" } else { "" };
        writeln!(
            svg,
            r##"<path d="M{LEFT} {TOP}V{BOTTOM}H{RIGHT}" fill="none" stroke="#777777"/>
<text x="{middle_x}" y="{}" text-anchor="middle">epoch</text>
<text transform="translate(22 {middle_y}) rotate(-90)" text-anchor="middle">{}{scale}</text>"##,
            BOTTOM + 48.0,
            escape(label)
        )
    }

    /// 1, 2 and 5 times the powers of ten, all digits times them where these would be few, or the powers alone where they
    /// would be a crowd; or multiples of one of them.
    fn ticks(&self) -> Vec<f64> {
        let shows = |value: &f64| (self.low..=self.high).contains(&self.height(*value));
        // Read rather than computed: the nearest number prints in few digits.
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
        // Round caps make a dot of a single epoch.
        let (path, width) = match &path[..] {
            [] => return Ok(()),
            [dot] => (format!("{dot}h0"), 7.0),
            _ => (path.join("L"), 2.2),
        };
        let dashes = if curve.dashed { r#" stroke-dasharray="6 5""# } else { "" };
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

    /// Each curve's name and last value beside its end, moved apart where they would overlap.
    fn labels(&self, svg: &mut String, curves: &[Curve]) -> Result {
        let mut ends: Vec<(&Curve, f64, f64, f64)> = (curves.iter())
            .filter_map(|curve| {
                self.shown(curve).last().map(|(epoch, value)| (curve, value, self.x(epoch), self.y(value)))
            })
            .collect();
        ends.sort_by(|a, b| a.3.total_cmp(&b.3));
        let mut free = TOP;
        let mut places: Vec<f64> = Vec::new();
        for (.., y) in &ends {
            places.push(y.max(free));
            free = y.max(free) + LABEL_GAP;
        }
        // Those pushed below the axis push the ones above them up.
        let mut free = BOTTOM;
        for place in places.iter_mut().rev() {
            *place = place.min(free);
            free = *place - LABEL_GAP;
        }
        for ((curve, value, x, y), place) in ends.into_iter().zip(places) {
            let (colour, name, digits) =
                (COLOURS[curve.colour % COLOURS.len()], escape(&curve.name), curve.digits);
            writeln!(
                svg,
                r#"<path d="M{:.1} {y:.1}L{} {place:.1}" stroke="{colour}" stroke-dasharray="2 3"/><text x="{}" y="{:.1}" fill="{colour}"><tspan font-weight="bold">{name}</tspan> {value:.digits$}</text>"#,
                x + 4.0,
                RIGHT + 18.0,
                RIGHT + 24.0,
                place + 5.0,
            )?;
        }
        Ok(())
    }
}

/// The first epoch and multiples of a round number, ten at most.
fn epoch_ticks(epochs: f64) -> Vec<f64> {
    let rounds = (0..300).flat_map(|power| [1.0, 2.0, 5.0].map(|step| step * 10_f64.powi(power)));
    let step = rounds.into_iter().find(|step| epochs / step <= 10.0).unwrap_or(epochs);
    let multiples = (1..).map(|m| f64::from(m) * step).take_while(|&epoch| epoch <= epochs);
    std::iter::once(1.0).chain(multiples.filter(|&epoch| epoch > 1.0)).collect()
}
