//! The film, which `film.js` plays.

use std::fmt::{Result, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::digits::short;
use crate::film::{Film, Frame, Quantised};
use crate::inside::Histogram;
use crate::markup::Text;

/// The most bytes of feature maps and filters in a page, before they are written as Base64.
const MOST_BYTES: usize = 700_000;
/// The most samples whose feature maps are in a page.
const SAMPLES: usize = 4;

/// The most layers whose weights are in a page.
const LAYERS: usize = 12;

/// Writes the film, with a slider for the epochs. There are so many `runs` on the page.
pub(super) fn write(page: &mut String, film: &Film, runs: usize) -> Result {
    let last = film.frames.len() - 1;
    let epoch = film.frames[last].epoch;
    write!(
        page,
        "<p>Move the slider from the network before its first step to the network after its last.</p>\n\
         <div class=\"film\"><label>Epoch <output>{epoch}</output> <input type=\"range\" min=\"0\" max=\"{last}\" value=\"{last}\"></label>\n"
    )?;
    if let Some((name, _)) = &film.head.filters {
        writeln!(page, "<p>Filters of {}</p>\n<div class=\"maps\" data-part=\"filters\"></div>", Text(name))?;
    }
    if let Some((name, _)) = film.head.maps.first() {
        writeln!(
            page,
            "<p>Feature maps of {} for some samples</p>\n<div data-part=\"maps\"></div>",
            Text(name)
        )?;
    }
    if !film.head.classes.is_empty() {
        page.push_str("<p>Confusion: true classes in rows, answers in columns. The darker, the larger the share of the row.</p>\n<div class=\"maps\" data-part=\"confusion\"></div>\n");
    }
    page.push_str("<p>Weights of each layer</p>\n<div class=\"flow\" data-part=\"weights\"></div>\n");
    // In JSON, this is the same letter. In HTML, it cannot end the script.
    let data = data(film, MOST_BYTES / runs).to_string().replace('<', "\\u003c");
    writeln!(
        page,
        "<script type=\"application/json\">{data}</script>\n<noscript>The film needs JavaScript.</noscript></div>"
    )
}

/// What the script needs of the film, with at most so many bytes of filters and maps.
fn data(film: &Film, most: usize) -> Value {
    let head = &film.head;
    let filters = head.filters.as_ref().map(|(_, shape)| *shape);
    let maps = head.maps.first().map(|(_, shape)| *shape);
    let size = |shape: &[usize]| shape.iter().product::<usize>();
    let rest = most.saturating_sub(film.frames.len() * filters.map_or(0, |shape| size(&shape)));
    let of_sample = film.frames.len() * maps.map_or(0, |shape| size(&shape));
    let samples = rest.checked_div(of_sample).unwrap_or(0).min(SAMPLES).min(head.samples.len());
    let frames: Vec<Value> = film.frames.iter().map(|frame| of_frame(frame, maps, samples)).collect();
    json!({
        "filters": filters,
        "maps": maps,
        "captions": head.captions[..samples],
        "classes": head.classes,
        "frames": frames,
    })
}

fn of_frame(frame: &Frame, maps: Option<[usize; 3]>, samples: usize) -> Value {
    let size = samples * maps.map_or(0, |shape| shape.iter().product::<usize>());
    let range = |kept: &Quantised| json!([kept.low, kept.high]);
    let bytes = |kept: &Quantised, count: usize| STANDARD.encode(&kept.bytes[..count.min(kept.bytes.len())]);
    json!({
        "epoch": frame.epoch,
        "filters": frame.filters.as_ref().map(|kept| bytes(kept, usize::MAX)),
        "range": frame.filters.as_ref().map(range),
        "maps": frame.maps.first().map(|kept| bytes(kept, size)),
        "says": frame.says[..samples.min(frame.says.len())],
        "confusion": frame.confusion,
        "weights": frame.histograms.iter().take(LAYERS).map(weights).collect::<Vec<_>>(),
    })
}

fn weights(Histogram { name, low, high, counts }: &Histogram) -> Value {
    json!({ "name": name, "range": [short(*low), short(*high)], "counts": counts })
}
