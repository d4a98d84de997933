//! The film, which `film.js` plays.

use std::fmt::{Result, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::sections::more;
use crate::digits::short;
use crate::film::{Film, Frame, Quantised};
use crate::inside::Histogram;
use crate::markup::Text;

/// The most bytes of feature maps and filters in a page, before they are written as Base64. The filters have at most half of them.
const MOST_BYTES: usize = 700_000;
/// The most filters in a page.
const FILTERS: usize = 64;
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
        "<p>The slider chooses an epoch. At its left end is the network before the first step, and at its right end the network after the last step.</p>\n\
         <div class=\"film\"><label>Epoch <output>{epoch}</output> <input type=\"range\" min=\"0\" max=\"{last}\" value=\"{last}\"></label>\n"
    )?;
    let extent = Extent::of(film, MOST_BYTES / runs);
    if let (Some((name, [all, ..])), Some([shown, ..])) = (&film.head.filters, extent.filters) {
        writeln!(page, "<p>Filters of {}</p>\n<div class=\"maps\" data-part=\"filters\"></div>", Text(name))?;
        more(page, "filters", shown, *all)?;
    }
    if let (Some((name, _)), Some(_)) = (film.head.maps.first(), extent.maps) {
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
    let data = data(film, &extent).to_string().replace('<', "\\u003c");
    writeln!(
        page,
        "<script type=\"application/json\">{data}</script>\n<noscript>The film needs JavaScript.</noscript></div>"
    )
}

/// How much of a film is in a page.
struct Extent {
    /// The number of filters, channels, rows and columns. None: no filters.
    filters: Option<[usize; 4]>,
    /// The shape of the feature maps of a sample. None: no maps.
    maps: Option<[usize; 3]>,
    /// The number of samples whose maps are in the page.
    samples: usize,
}

impl Extent {
    /// With at most so many bytes of filters and maps.
    fn of(film: &Film, most: usize) -> Extent {
        let (head, frames) = (&film.head, film.frames.len());
        let filters = head.filters.as_ref().and_then(|&(_, [count, channels, height, width])| {
            let shown = count.min(FILTERS).min(most / 2 / (frames * channels * height * width).max(1));
            (shown > 0).then_some([shown, channels, height, width])
        });
        let rest = most - frames * filters.map_or(0, |shape| size(&shape));
        let maps = head.maps.first().map(|(_, shape)| *shape);
        let of_sample = frames * maps.map_or(0, |shape| size(&shape));
        let samples = rest.checked_div(of_sample).unwrap_or(0).min(SAMPLES).min(head.samples.len());
        Extent { filters, maps: maps.filter(|_| samples > 0), samples }
    }
}

/// The number of elements of a shape.
fn size(shape: &[usize]) -> usize {
    shape.iter().product()
}

/// What the script needs of the film.
fn data(film: &Film, extent: &Extent) -> Value {
    let frames: Vec<Value> = film.frames.iter().map(|frame| of_frame(frame, extent)).collect();
    json!({
        "filters": extent.filters,
        "maps": extent.maps,
        "captions": film.head.captions[..extent.samples],
        "classes": film.head.classes,
        "frames": frames,
    })
}

fn of_frame(frame: &Frame, extent: &Extent) -> Value {
    let of_filters = extent.filters.map_or(0, |shape| size(&shape));
    let of_maps = extent.samples * extent.maps.map_or(0, |shape| size(&shape));
    let range = |kept: &Quantised| json!([kept.low, kept.high]);
    let bytes = |kept: &Quantised, count: usize| STANDARD.encode(&kept.bytes[..count.min(kept.bytes.len())]);
    json!({
        "epoch": frame.epoch,
        "filters": frame.filters.as_ref().map(|kept| bytes(kept, of_filters)),
        "range": frame.filters.as_ref().map(range),
        "maps": frame.maps.first().map(|kept| bytes(kept, of_maps)),
        "says": frame.says[..extent.samples.min(frame.says.len())],
        "confusion": frame.confusion,
        "weights": frame.histograms.iter().take(LAYERS).map(weights).collect::<Vec<_>>(),
    })
}

fn weights(Histogram { name, low, high, counts }: &Histogram) -> Value {
    json!({ "name": name, "range": [short(*low), short(*high)], "counts": counts })
}
