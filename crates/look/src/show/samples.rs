//! The sample among the training samples, as the last hidden layer sees them.

use toddle::Float;
use toddle_data::Dataset;

use super::{Scene, Shown, cell};
use crate::digits::significant;
use crate::error::LookError;
use crate::picture::{Sheet, sample_pixels};
use crate::plot;
use crate::why::{Hidden, nearest, plane};

/// The number of neighbours that are shown.
const NEIGHBOURS: usize = 9;
/// The most samples on a map.
const POINTS: usize = 1000;
/// The most values of samples among which neighbours are looked for.
const VALUES: usize = 1 << 24;

impl<T: Float + From<f32>> Scene<'_, T> {
    /// The training samples that are nearest to the sample in the last hidden layer.
    ///
    /// # Errors
    /// The network has no hidden layer, or the samples are no pictures.
    pub fn neighbours(&self, train: &Dataset) -> Result<Shown, LookError> {
        let hidden = Hidden::of(self.network)?;
        let Some(sample) = self.sample() else { return Err(self.no_picture("neighbours cannot be shown")) };
        let (values, places) = self.values(&hidden, train, VALUES / train.size().max(1))?;
        let near = nearest(&values, &hidden.values(&self.x)?, NEIGHBOURS);
        let mut cells = vec![cell(sample, vec!["the sample".to_owned()])];
        for neighbour in near {
            let place = places[neighbour.sample];
            let lines = vec![train.caption(place), format!("{place}: {}", significant(neighbour.distance))];
            cells.extend(sample_pixels(self.model, train, place).map(|pixels| cell(pixels, lines)));
        }
        Ok(Shown::Sheet(Sheet {
            title: format!("The training samples nearest to {}", self.caption),
            subtitle: format!("by their distance in {}, among {} samples", hidden.name(), places.len()),
            columns: 5,
            cells,
        }))
    }

    /// A map of samples in the last hidden layer.
    ///
    /// # Errors
    /// The network has no hidden layer, or there are fewer than two samples.
    pub fn map(&self, dataset: &Dataset) -> Result<Shown, LookError> {
        let hidden = Hidden::of(self.network)?;
        let (values, places) = self.values(&hidden, dataset, POINTS)?;
        let map = plane(&values, hidden.width())?;
        let labels: Vec<u32> =
            places.iter().filter_map(|&place| dataset.labels().get(place).copied()).collect();
        let [first, second] = map.shares.map(|share| 100.0 * share);
        let title = format!("{} samples in {}", places.len(), hidden.name());
        let subtitle = format!("two principal components: {first:.1} % and {second:.1} % of the variance");
        Ok(Shown::Chart(plot::map(&title, &subtitle, &map.points, &labels, dataset.class_names())))
    }

    /// The elements of at most `most` samples in the hidden layer, evenly spread over the set, and the places of these samples.
    fn values(
        &self,
        hidden: &Hidden<T>,
        dataset: &Dataset,
        most: usize,
    ) -> Result<(Vec<f64>, Vec<usize>), LookError> {
        let count = dataset.len().min(most);
        let places: Vec<usize> = (0..count).map(|n| n * dataset.len() / count).collect();
        let (mut one, mut values) = (vec![0.0; dataset.size()], Vec::new());
        for some in places.chunks(512) {
            let mut x: Vec<T> = Vec::with_capacity(some.len() * one.len());
            for &place in some {
                dataset.write_input(place, &mut one);
                x.extend(one.iter().map(|&x| T::from(x)));
            }
            values.extend(hidden.values(&x)?);
        }
        Ok((values, places))
    }
}
