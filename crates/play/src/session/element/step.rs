//! What one step of the optimizer does to one weight.

use toddle::{Float, LayerSpec};
use toddle_data::Augment;

use super::Gradients;
use crate::protocol::{Forward, Slot, Step};
use crate::session::work::Work;

impl<T: Float + From<f32>> Work<T> {
    /// What the optimizer does to the weight of a term, if it takes one step now with the gradient of one input
    /// alone. None if the element has no weights, or if they are not trained.
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
        let group = trainer.groups().of_element(at)?;
        let (optimizer, rate) = (trainer.optimizer(), trainer.rate());
        let (before, gradient) = (self.network.weights()[at], gradients.weights[at]);
        let buffers = trainer.buffers();
        let names = optimizer.slots();
        let of_slot = |name: &&str| buffers.iter().find(|(other, _)| other == name).map(|(_, slot)| slot[at]);
        let slots: Vec<T> = names.iter().map(of_slot).collect::<Option<_>>()?;

        let (mut weight, mut moved) = ([before], slots.clone());
        let mut each: Vec<&mut [T]> = moved.chunks_mut(1).collect();
        let step = group.step::<T>(&optimizer, trainer.state().steps + 1, rate);
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
            rate: rate * group.rate,
            optimizer: optimizer.to_string(),
            slots: names.iter().enumerate().map(slot).collect(),
            after: weight[0].to_f64(),
            note: self.left_out(),
        })
    }

    /// What the training does to samples, layers and gradients besides, in words.
    fn left_out(&self) -> String {
        let fit = &self.experiment.train.fit;
        let has = |is: fn(&LayerSpec) -> bool| {
            self.network.nodes().iter().any(|node| node.layer().is_some_and(|layer| is(&layer.spec())))
        };
        use LayerSpec::{BatchNorm, Dropout, GaussianNoise, SpatialDropout};
        let all = [
            (self.experiment.augment != Augment::default(), "changes of the sample"),
            (fit.mixup.is_some() || fit.cutmix.is_some(), "a second sample that is mixed in"),
            (has(|is| matches!(is, Dropout(_) | SpatialDropout(_) | GaussianNoise(_))), "dropout and noise"),
            (has(|is| matches!(is, BatchNorm(_))), "the statistics of the batch in batch norm"),
            (fit.class_weights.is_some(), "the weight of the class"),
            (fit.accumulate > 1, "the other batches of the step"),
            (fit.clip.is_some(), "clipping, which depends on all gradients"),
        ];
        let words: Vec<&str> = all.iter().filter(|(is, _)| *is).map(|(_, words)| *words).collect();
        match words.split_last() {
            None => String::new(),
            Some((only, [])) => format!("without {only}"),
            Some((last, others)) => format!("without {} and {last}", others.join(", ")),
        }
    }
}
