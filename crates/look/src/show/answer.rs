//! Why the sample gets its answer.

use toddle::{Float, Shape};

use super::{Scene, Shown, cell};
use crate::digits::significant;
use crate::error::LookError;
use crate::picture::{Pixels, Sheet, signed};
use crate::plot;
use crate::why::{Nudge, Occlusion, STEPS, Why, by_pixel};

/// The largest change of an input that a nudge tries, as a part of the distance between the limits.
const MOST: f64 = 0.5;

impl<T: Float> Scene<'_, T> {
    /// Which inputs speak for an answer: gradient × input, integrated gradients, and for pictures the occlusion map. `class` is the place of
    /// the class; without it, it is the answer of the network.
    ///
    /// # Errors
    /// There is no such class, or the network has several inputs or outputs.
    pub fn saliency(&self, class: Option<usize>) -> Result<Shown, LookError> {
        let why = Why::new(self.network)?;
        let class = class.map_or_else(|| self.answer(&why), Ok)?;
        // A single score speaks for the second class, and against the first.
        let is_single = why.network().output().size() == 1;
        let output = if is_single { 0 } else { class };
        let is_against = is_single && class != self.class_of(0, 1);
        let name = self.name_of(class);
        let mut product = why.gradient_times_input(&self.x, output)?;
        let mut integral = why.integrated_gradients(&self.x, &self.background(), output, STEPS)?;
        if is_against {
            (product, integral) = (product.against(), integral.against());
        }
        let sums = format!(
            "the parts sum to {}, the scores differ by {}",
            significant(integral.sum),
            significant(integral.difference())
        );
        let title = format!("What speaks for {name}: {}", self.caption);
        let (Some(shape), Some(sample)) = (self.shape(), self.sample()) else {
            let names = self.input_names().into_iter().zip(integral.parts).collect::<Vec<_>>();
            return Ok(Shown::Chart(plot::bars(&format!("{title} ({sums})"), &names)));
        };
        let map = |parts: &[f64]| strongest(&by_pixel(parts, shape[0]), shape);
        let mut cells = vec![
            cell(sample, vec!["the sample".to_owned()]),
            cell(map(&product.parts), vec!["gradient × input".to_owned()]),
            cell(map(&integral.parts), vec!["integrated gradients".to_owned()]),
        ];
        // Vectors that are pictures have no channels, rows and columns for the network.
        if let Shape::Image { .. } = why.network().input() {
            let square = Occlusion::of(shape, self.limits.background.clone());
            let mut falls = why.occlusion(&self.x, output, &square)?.falls;
            if is_against {
                falls.iter_mut().for_each(|fall| *fall = -*fall);
            }
            cells.push(cell(strongest(&falls, shape), vec!["occlusion".to_owned()]));
        }
        let subtitle = format!("orange speaks for it, blue against it; integrated gradients: {sums}");
        Ok(Shown::Sheet(Sheet { title, subtitle, columns: 4, cells }))
    }

    /// A small change of all pixels, along the sign of the gradient, that turns the answer.
    ///
    /// # Errors
    /// The network answers with numbers, the samples are no pictures, or no change turns the answer.
    pub fn nudge(&self) -> Result<Shown, LookError> {
        if self.model.is_regression() {
            let (expected, got) = ("a network that answers with classes", "a regression");
            return Err(LookError::refused(
                "numbers are no answer that turns",
                expected,
                got,
                "another network",
            ));
        }
        let (Some(shape), Some(sample)) = (self.shape(), self.sample()) else {
            return Err(self.no_picture("a nudge cannot be shown"));
        };
        let nudge = Nudge { limits: self.limits.of.clone(), most: MOST };
        let Some(nudged) = Why::new(self.network)?.nudge(&self.x, &nudge)? else {
            let expected = format!("an answer that a change of at most {:.0} % turns", 100.0 * MOST);
            return Err(LookError::refused("nothing turns the answer", expected, "none", "another sample"));
        };
        let change: Vec<f64> = nudged.input.iter().zip(&self.x).map(|(is, was)| is - was.to_f64()).collect();
        let mut cells = vec![
            cell(sample, vec![format!("says {}", self.name_of(nudged.was))]),
            cell(strongest(&by_pixel(&change, shape[0]), shape), vec!["the change".to_owned()]),
        ];
        let after = self.picture(nudged.input.into_iter());
        cells.extend(after.map(|pixels| cell(pixels, vec![format!("says {}", self.name_of(nudged.is))])));
        Ok(Shown::Sheet(Sheet {
            title: format!("A nudge that turns the answer: {}", self.caption),
            subtitle: format!("each pixel changes by at most {:.2} % of its range", 100.0 * nudged.size),
            columns: 3,
            cells,
        }))
    }

    /// A name for each input of a row.
    fn input_names(&self) -> Vec<String> {
        let columns = self.model.meaning().and_then(|meaning| meaning.columns.as_ref());
        let names = columns.map_or(Vec::new(), |columns| columns.input_names());
        if names.len() == self.x.len() {
            names
        } else {
            (0..self.x.len()).map(|n| format!("input {n}")).collect()
        }
    }
}

/// A map of both signs; the strongest colour is its largest number.
fn strongest(map: &[f64], [_, height, width]: [usize; 3]) -> Pixels {
    let most = map.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
    signed(map, most, [height, width])
}
