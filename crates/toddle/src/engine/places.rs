//! Where the values of inference lie: a value that nothing reads any more leaves its memory to later ones.

use super::frame::{FramePlan, NodeFrame};

impl FramePlan {
    /// Gives each value its memory. What no later node reads leaves its memory to later values.
    pub fn share_memory(&mut self) {
        const NEVER: usize = usize::MAX;
        // The node that reads or writes each value last.
        let mut last = vec![0; self.values.len()];
        for (n, node) in self.nodes.iter().enumerate() {
            node.values().for_each(|value| last[value] = n);
        }
        self.outputs
            .iter()
            .map(|output| output.value)
            .chain(self.whole)
            .for_each(|value| last[value] = NEVER);
        self.places = vec![NEVER; self.values.len()];
        for value in (0..self.inputs.len()).chain(self.whole) {
            self.places[value] = self.memory.len();
            self.memory.push(self.values[value]);
        }
        let mut free: Vec<usize> = Vec::new();
        for n in 0..self.nodes.len() {
            let NodeFrame { y, .. } = self.nodes[n];
            if self.places[y] == NEVER {
                let length = self.values[y];
                // The smallest memory that is large enough, or else the largest.
                let fit = |&at: &usize| {
                    let memory = self.memory[free[at]];
                    (memory < length, memory.abs_diff(length))
                };
                let found = (0..free.len()).min_by_key(fit).map(|at| free.swap_remove(at));
                let place = found.unwrap_or(self.memory.len());
                self.memory.resize(self.memory.len().max(place + 1), 0);
                self.memory[place] = self.memory[place].max(length);
                self.places[y] = place;
            }
            for value in self.nodes[n].values() {
                if last[value] == n {
                    free.push(self.places[value]);
                    last[value] = NEVER;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::plan::Mode;
    use crate::engine::{Family, Groups};
    use crate::{Dense, NetworkSpec, Residual, Shape, Tanh};

    #[test]
    fn in_inference_values_lie_where_earlier_ones_were() {
        let line = || NetworkSpec::new(Shape::vector(8)).add(Dense::new(9)).add(Tanh).add(Dense::new(7));
        let inner = Residual::new().add(Tanh).add(Tanh);
        for (spec, elements) in [
            (line(), 9 + 9),
            (line().add(Tanh).add(Tanh).add(Dense::new(2)), 9 + 9),
            // The input of the block is needed until its sum.
            (line().add(inner), 9 + 9 + 7),
        ] {
            let network = spec.build::<f32>(0).unwrap();
            let plan = |mode| FramePlan::new(&network, Family::Row, mode, &Groups::one(&network));
            let (infer, train) = (plan(Mode::Infer), plan(Mode::Gradient));
            assert_eq!(infer.memory.iter().sum::<usize>(), elements, "{:?}", infer.memory);
            assert_eq!(infer.values, train.values);
            // A training reads all values on its way back.
            assert_eq!(train.memory, train.values);
        }
    }
}
