//! Filters, feature maps, and the pictures that excite units.

use toddle::{Float, Shape};

use super::{Scene, Shown, cell};
use crate::digits::significant;
use crate::error::LookError;
use crate::inside::{filters, maps};
use crate::picture::Sheet;
use crate::why::{Excite, excite};

/// The most filters, the most maps of a layer, and the most units that are shown.
const FILTERS: usize = 128;
const MAPS: usize = 16;
const UNITS: usize = 20;

impl<T: Float> Scene<'_, T> {
    /// The filters of the first convolution.
    ///
    /// # Errors
    /// The network has no convolution.
    pub fn filters(&self) -> Result<Shown, LookError> {
        let Some(filters) = filters(self.network) else {
            let (expected, remedy) = ("a network with a convolution", "histograms, or another network");
            return Err(LookError::refused("there are no filters", expected, "none", remedy));
        };
        let [count, channels, height, width] = filters.shape;
        let cells = (0..count.min(FILTERS)).map(|f| cell(filters.picture(f), vec![f.to_string()]));
        Ok(Shown::Sheet(Sheet {
            title: format!("Filters of {}", filters.name),
            subtitle: format!(
                "{count} of {channels}×{height}×{width}; {}",
                match channels {
                    3 => format!("grey is 0, the largest weight is ±{}", significant(filters.most())),
                    _ => format!("blue −{0}, white 0, orange {0}", significant(filters.most())),
                }
            ),
            columns: 8,
            cells: cells.collect(),
        }))
    }

    /// The feature maps of the sample in the layer of this name, or in all layers that have some.
    ///
    /// # Errors
    /// No layer has feature maps, or the layer has none.
    pub fn maps(&self, layer: Option<&str>) -> Result<Shown, LookError> {
        let all = maps(self.network, &self.x)?;
        let names = all.iter().map(|maps| maps.name.clone()).collect::<Vec<_>>();
        let shown: Vec<_> =
            all.into_iter().filter(|maps| layer.is_none_or(|layer| layer == maps.name)).collect();
        if shown.is_empty() {
            let got = layer.unwrap_or("only vectors");
            let remedy = if names.is_empty() { "another network".to_owned() } else { names.join(", ") };
            let expected = "a layer whose output has rows and columns";
            return Err(LookError::refused("there are no feature maps", expected, got, remedy));
        }
        let each = if shown.len() == 1 { shown[0].shape[0] } else { MAPS };
        let cells = shown.iter().flat_map(|maps| {
            (0..maps.shape[0].min(each)).map(|c| cell(maps.picture(c), vec![format!("{} {c}", maps.name)]))
        });
        let sample = self.sample().map(|pixels| cell(pixels, vec!["the sample".to_owned()]));
        Ok(Shown::Sheet(Sheet {
            title: format!("Feature maps of {}", self.caption),
            subtitle: "in each layer, the least value is black and the greatest is white".into(),
            columns: 8,
            cells: sample.into_iter().chain(cells).collect(),
        }))
    }

    /// The pictures that excite units of a layer most: all units, or one. Without a layer, the classes.
    ///
    /// # Errors
    /// The samples are no pictures, or there is no such unit.
    pub fn excite(&self, layer: Option<&str>, unit: Option<usize>) -> Result<Shown, LookError> {
        if self.shape().is_none() {
            return Err(self.no_picture("no picture can excite a unit"));
        }
        let why = crate::why::Why::new(self.network)?;
        let last = why.network().outputs()[0].value;
        let scores = why.network().value_name(last).to_owned();
        let name = layer.unwrap_or(&scores);
        let part = crate::cut(self.network, name)?;
        let count = match part.output() {
            Shape::Image { channels, .. } => channels,
            Shape::Vector(size) => size,
        };
        let units = unit.map_or(0..count.min(UNITS), |unit| unit..unit + 1);
        let settings = Excite { limits: self.limits.widest(), ..Excite::default() };
        let mut cells = Vec::new();
        for unit in units {
            let excited = excite(self.network, name, unit, &settings)?;
            let called = if name == scores {
                self.name_of(self.class_of(unit, count))
            } else {
                format!("unit {unit}")
            };
            let lines =
                vec![called, format!("{} to {}", significant(excited.before), significant(excited.after))];
            cells.extend(self.picture(excited.input.into_iter()).map(|pixels| cell(pixels, lines)));
        }
        Ok(Shown::Sheet(Sheet {
            title: format!("What excites {name} most"),
            subtitle: "found by gradient ascent from weak noise; the value of the unit before and after"
                .into(),
            columns: 5,
            cells,
        }))
    }
}
