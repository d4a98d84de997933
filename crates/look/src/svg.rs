//! Lines, areas and text, as an SVG picture.
//!
//! Pictures use only the colours of this module, as plain attributes. So every program shows a file. The style sheet of a report
//! replaces these colours by those of a light or a dark page.

use std::fmt::{Display, Write};

use crate::markup::Text;

/// The comment that marks an SVG file as drawn by toddle.
pub const MARK: &str = "<!-- drawn by toddle -->";

/// The colours of the background, of text, of less important text, of axes, and of the lines behind a curve.
pub(crate) const PAPER: &str = "#ffffff";
pub(crate) const INK: &str = "#222222";
pub(crate) const FAINT: &str = "#555555";
pub(crate) const AXIS: &str = "#777777";
pub(crate) const GRID: &str = "#e3e3e3";

/// Colours that people with any kind of colour vision can distinguish.
pub(crate) const COLOURS: [&str; 7] =
    ["#0072b2", "#009e73", "#d55e00", "#aa4499", "#56b4e9", "#b8860b", "#555555"];

/// The size of text, and the largest width of a letter.
pub(crate) const SIZE: f64 = 13.0;
pub(crate) const LETTER: f64 = 7.6;

/// Where text stands in relation to its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// A picture that is drawn.
#[derive(Debug)]
pub(crate) struct Svg {
    width: f64,
    height: f64,
    title: String,
    body: String,
}

impl Svg {
    /// An empty picture. The title is for readers who cannot see the picture.
    pub fn new(width: f64, height: f64, title: impl Display) -> Svg {
        Svg { width, height, title: Text(title).to_string(), body: String::new() }
    }

    /// The picture as a file.
    pub fn finish(self) -> String {
        let Svg { width, height, title, body } = self;
        format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" font-family="sans-serif" font-size="{SIZE}" fill="{INK}" role="img">
{MARK}
<title>{title}</title>
<rect width="{width}" height="{height}" fill="{PAPER}"/>
{body}</svg>
"#
        )
    }

    /// Text at a place: the left end, the middle or the right end of its base line.
    pub fn text(&mut self, [x, y]: [f64; 2], anchor: Anchor, fill: &str, text: impl Display) {
        self.styled([x, y], anchor, fill, "", text);
    }

    /// Text in bold.
    pub fn bold(&mut self, [x, y]: [f64; 2], anchor: Anchor, text: impl Display) {
        self.styled([x, y], anchor, INK, r#" font-weight="bold""#, text);
    }

    /// Text that is read from bottom to top.
    pub fn upward(&mut self, [x, y]: [f64; 2], anchor: Anchor, fill: &str, text: impl Display) {
        let turn = format!(r#" transform="rotate(-90 {x:.1} {y:.1})""#);
        self.styled([x, y], anchor, fill, &turn, text);
    }

    fn styled(&mut self, [x, y]: [f64; 2], anchor: Anchor, fill: &str, style: &str, text: impl Display) {
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => r#" text-anchor="middle""#,
            Anchor::End => r#" text-anchor="end""#,
        };
        let fill = if fill == INK { String::new() } else { format!(r#" fill="{fill}""#) };
        self.push(format_args!(r#"<text x="{x:.1}" y="{y:.1}"{anchor}{fill}{style}>{}</text>"#, Text(text)));
    }

    /// An area. The title is shown beside the pointer.
    pub fn area(&mut self, [x, y]: [f64; 2], [width, height]: [f64; 2], fill: &str, title: impl Display) {
        let title = Text(title).to_string();
        let title = if title.is_empty() { title } else { format!("<title>{title}</title>") };
        self.push(format_args!(
            r#"<rect x="{x:.2}" y="{y:.2}" width="{width:.2}" height="{height:.2}" fill="{fill}">{title}</rect>"#
        ));
    }

    /// An area in a colour of which `share` is seen, the rest is the background.
    pub fn tint(&mut self, [x, y]: [f64; 2], [width, height]: [f64; 2], fill: &str, share: f64) {
        self.push(format_args!(
            r#"<rect x="{x:.2}" y="{y:.2}" width="{width:.2}" height="{height:.2}" fill="{fill}" fill-opacity="{share:.3}"/>"#
        ));
    }

    /// A path of lines.
    pub fn line(&mut self, path: impl Display, stroke: &str, width: f64) {
        self.push(format_args!(r#"<path d="{path}" fill="none" stroke="{stroke}" stroke-width="{width}"/>"#));
    }

    /// A dashed path of lines.
    pub fn dashed(&mut self, path: impl Display, stroke: &str) {
        self.push(format_args!(
            r#"<path d="{path}" fill="none" stroke="{stroke}" stroke-width="1.5" stroke-dasharray="5 4"/>"#
        ));
    }

    /// A dot. The title is shown beside the pointer.
    pub fn dot(&mut self, [x, y]: [f64; 2], fill: &str, title: impl Display) {
        self.push(format_args!(
            r#"<circle cx="{x:.1}" cy="{y:.1}" r="3" fill="{fill}" fill-opacity="0.65"><title>{}</title></circle>"#,
            Text(title)
        ));
    }

    /// A picture of pixels, whose address holds its bytes.
    pub fn image(&mut self, [x, y]: [f64; 2], [width, height]: [f64; 2], uri: &str) {
        self.push(format_args!(
            r#"<image x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}" style="image-rendering:pixelated" href="{uri}"/>"#
        ));
    }

    fn push(&mut self, element: impl Display) {
        writeln!(self.body, "{element}").expect("a text takes any text");
    }
}

/// The width of text at most.
pub(crate) fn wide(text: &str) -> f64 {
    LETTER * text.chars().count() as f64
}

/// The first letters of a text that is too long.
pub(crate) fn shortened(text: &str, letters: usize) -> String {
    match text.chars().count() > letters {
        true => text.chars().take(letters.saturating_sub(1)).chain("…".chars()).collect(),
        false => text.to_owned(),
    }
}
