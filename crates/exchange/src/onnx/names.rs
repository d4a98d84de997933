//! The names of a network's values in an ONNX graph, where every value needs one of its own.

use toddle::Network;

/// The name of each value: the inputs, and the outputs of the nodes.
///
/// A value has the name of its layer, and an output of the network its own name. A layer with the name of another
/// output gets the ending `.value`; an output with the name of an input gets the ending `.output`.
pub(super) struct Names {
    pub values: Vec<String>,
    /// The name of each output of the network. It differs from the name of its value if this value is an input.
    pub outputs: Vec<String>,
}

impl Names {
    pub fn of(network: &Network<f32>) -> Names {
        let inputs = network.inputs();
        let outputs: Vec<String> = network
            .outputs()
            .iter()
            .map(|output| match inputs.iter().any(|input| input.name == output.name) {
                true => format!("{}.output", output.name),
                false => output.name.clone(),
            })
            .collect();
        let mut values: Vec<String> = inputs.iter().map(|input| input.name.clone()).collect();
        for (n, node) in network.nodes().iter().enumerate() {
            let output = network.outputs().iter().position(|output| output.value == inputs.len() + n);
            values.push(match output {
                Some(output) => outputs[output].clone(),
                None if outputs.iter().any(|name| name == node.name()) => format!("{}.value", node.name()),
                None => node.name().into(),
            });
        }
        Names { values, outputs }
    }
}
