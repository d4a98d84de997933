//! The film of a training: `film.jsonl`.

use toddle::{Float, Network};
use toddle_data::Dataset;
use toddle_look::film::{Film, Frame, Recorder};

use super::FILM;
use super::metrics::Lines;
use crate::error::Error;
use crate::folder::Folder;
use crate::report;

/// Films a training, and writes each frame into the folder of the run.
///
/// A network that cannot be filmed has a film without frames: the training goes on.
pub struct Camera<T> {
    recorder: Recorder<T>,
    film: Film,
    file: Lines,
}

impl<T: Float + From<f32>> Camera<T> {
    /// Begins the film of the training of `network` for `epochs` epochs on `trained` samples. `done` of the epochs are done. The film
    /// watches samples of `dataset`, and keeps the frames of the folder that are due.
    ///
    /// # Errors
    /// The film cannot be written.
    pub fn begin(
        folder: &Folder,
        network: &Network<T>,
        dataset: &Dataset,
        trained: usize,
        [done, epochs]: [usize; 2],
    ) -> Result<Camera<T>, Error> {
        let recorder = Recorder::new(network, dataset, trained, epochs);
        let old = report::film(folder.path()).filter(|old| old.head == *recorder.head());
        let frames = old.map_or(Vec::new(), |old| old.frames);
        let frames: Vec<Frame> =
            frames.into_iter().filter(|frame| frame.epoch <= done && recorder.is_due(frame.epoch)).collect();
        let film = Film::of(&recorder, frames);
        let file = Lines::begin(folder, FILM, &film.to_lines())?;
        let mut camera = Camera { recorder, film, file };
        camera.after(done, network)?;
        Ok(camera)
    }

    /// Continues the film in a new folder.
    ///
    /// # Errors
    /// The film cannot be written.
    pub fn move_to(&mut self, folder: &Folder) -> Result<(), Error> {
        self.file = Lines::begin(folder, FILM, &self.film.to_lines())?;
        Ok(())
    }

    /// Films `network` after an epoch, if a frame is due.
    ///
    /// # Errors
    /// The film cannot be written.
    pub fn after(&mut self, epoch: usize, network: &Network<T>) -> Result<(), Error> {
        if self.recorder.is_due(epoch) { self.take(epoch, network) } else { Ok(()) }
    }

    /// Films `network` after its last epoch.
    ///
    /// # Errors
    /// The film cannot be written.
    pub fn take(&mut self, epoch: usize, network: &Network<T>) -> Result<(), Error> {
        let is_new = self.film.frames.last().is_none_or(|last| last.epoch < epoch);
        if let (true, Ok(frame)) = (is_new, self.recorder.frame(network, epoch)) {
            self.file.push(&frame.to_line())?;
            self.film.frames.push(frame);
        }
        Ok(())
    }
}
