//! What one step of the optimizer does to one weight.

use toddle::Float;

use super::Gradients;
use crate::protocol::{Forward, Slot, Step};
use crate::session::work::Work;

impl<T: Float + From<f32>> Work<T> {
    /// What the optimizer does to the weight of a term, if it takes one step now with the gradient of one input
    /// alone. None if the element has no weights or nothing is trained.
    pub(super) fn step(
        &self,
        gradients: &Gradients<T>,
        forward: &Forward,
        wanted: Option<usize>,
    ) -> Option<Step> {
        let term = match wanted {
            Some(n) => forward.terms.get(n)?,
            None => forward.terms.iter().find(|term| term.weight.is_some())?,
        };
        let (parameter, index) = (term.parameter.clone()?, term.weight?);
        let trainer = &self.training.as_ref()?.trainer;
        let at = self.network.layout().get(&parameter)?.range.start + index;
        let (optimizer, rate) = (trainer.fit().optimizer, trainer.rate());
        let (before, gradient) = (self.network.weights()[at], gradients.weights[at]);
        let buffers = trainer.buffers();
        let names = optimizer.slots();
        let of_slot = |name: &&str| buffers.iter().find(|(other, _)| other == name).map(|(_, slot)| slot[at]);
        let slots: Vec<T> = names.iter().map(of_slot).collect::<Option<_>>()?;

        let (mut weight, mut moved) = ([before], slots.clone());
        let mut each: Vec<&mut [T]> = moved.chunks_mut(1).collect();
        let step = optimizer.step::<T>(trainer.state().steps + 1, rate);
        step.update(self.machine.isa, &[gradient], &mut weight, &mut each);
        let slot = |(n, name): (usize, &&str)| Slot {
            name: (*name).into(),
            before: slots[n].to_f64(),
            after: moved[n].to_f64(),
        };
        Some(Step {
            parameter,
            index,
            before: before.to_f64(),
            gradient: gradient.to_f64(),
            rate,
            optimizer: optimizer.to_string(),
            slots: names.iter().enumerate().map(slot).collect(),
            after: weight[0].to_f64(),
            note: self.left_out(),
        })
    }

    /// What the training does to gradients besides, in words.
    fn left_out(&self) -> String {
        let fit = &self.experiment.train.fit;
        let mut words = Vec::new();
        if fit.clip.is_some() {
            words.push("clipping, which depends on all gradients");
        }
        if !fit.freeze.is_empty() || !fit.rates.is_empty() {
            words.push("the rates of groups of parameters");
        }
        if words.is_empty() { String::new() } else { format!("without {}", words.join(" and ")) }
    }
}
