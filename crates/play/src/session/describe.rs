//! The nodes of a network, and the layers that there are, in words and numbers.

use serde_json::Value;
use toddle::{Float, LayerSpec, Loss, Network};
use toddle_run::cost;
use toddle_run::experiment::{Form, Key, Keys};

use super::work::shape;
use crate::protocol::{Field, Kind, Net, Node, OutPort, Parameter, Port, Setting};

/// The nodes of a network that is trained with `loss`.
pub fn network<T: Float>(network: &Network<T>, loss: &Loss) -> Net {
    let inputs = network.inputs();
    let mut fields: Vec<_> =
        inputs.iter().map(|input| toddle_run::field::Field::of_input(input.shape)).collect();
    let mut nodes = Vec::new();
    for (n, node) in network.nodes().iter().enumerate() {
        let spec = node.layer().map(|layer| layer.spec());
        let from = node.inputs();
        let field = match &spec {
            Some(spec) => fields[from[0]].after(spec, network.shape(from[0])),
            None => from[1..].iter().fold(fields[from[0]].clone(), |field, &other| field.or(&fields[other])),
        };
        let range = network.layout().layer(n);
        let params = network.layout().params().iter();
        let parameters = params.filter(|param| range.contains(&param.range.start)).map(|param| Parameter {
            name: param.name.clone(),
            shape: param.shape.clone(),
            count: param.range.len(),
            place: param.range.start,
        });
        nodes.push(Node {
            name: node.name().into(),
            kind: node.kind().into(),
            text: spec.as_ref().map_or(node.kind().into(), LayerSpec::to_string),
            layer: spec.as_ref().and_then(|spec| serde_json::to_value(spec).ok()),
            from: from.iter().map(|&value| network.value_name(value).into()).collect(),
            shape: shape(node.output()),
            meaning: meaning(node.kind()),
            formula: formula(node.kind()),
            parameters: parameters.collect(),
            multiply_adds: spec
                .as_ref()
                .map_or(0, |spec| cost::multiply_adds(spec, network.shape(from[0]), node.output())),
            bytes: node.output().size() * size_of::<T>(),
            field: field_of(&field),
        });
        fields.push(field);
    }
    let outputs = network.outputs().iter().map(|output| OutPort {
        name: output.name.clone(),
        from: network.value_name(output.value).into(),
        loss: output.loss(loss).to_string(),
        weight: output.weight,
    });
    Net {
        parameters: network.layout().len(),
        inputs: inputs
            .iter()
            .map(|input| Port { name: input.name.clone(), shape: shape(input.shape) })
            .collect(),
        outputs: outputs.collect(),
        nodes,
    }
}

fn field_of(field: &toddle_run::field::Field) -> Field {
    match field {
        toddle_run::field::Field::All => Field { size: [0, 0], stride: [0.0, 0.0], all: true },
        toddle_run::field::Field::Window { input, size, apart } => {
            Field { size: [size.0, size.1], stride: [apart.0, apart.1], all: size == input }
        }
    }
}

/// What a kind of layer does, in one sentence.
fn meaning(kind: &str) -> String {
    let kinds = Keys::get().layers();
    kinds.iter().find(|other| other.name == kind).map_or(String::new(), |kind| sentence(&kind.meaning))
}

/// The formula of a kind of layer.
pub fn formula(kind: &str) -> String {
    let kinds = Keys::get().layers();
    kinds.iter().find(|other| other.name == kind).map_or(String::new(), |kind| formula_of(&kind.details))
}

/// The first formula of some paragraphs: a text between backticks with an equals sign.
fn formula_of(details: &[String]) -> String {
    let texts = details.iter().flat_map(|text| text.split('`').skip(1).step_by(2));
    texts.into_iter().find(|text| text.contains(" = ")).unwrap_or_default().to_owned()
}

/// The first sentence of a text.
fn sentence(text: &str) -> String {
    match text.find(". ") {
        Some(end) => text[..=end].to_owned(),
        None => text.to_owned(),
    }
}

/// The kinds of layers, with their settings.
pub fn kinds() -> Vec<Kind> {
    let keys = Keys::get();
    let kind = |kind: &toddle_run::experiment::Kind| Kind {
        kind: kind.name.clone(),
        meaning: sentence(&kind.meaning),
        formula: formula_of(&kind.details),
        settings: kind.keys.iter().map(|key| setting(keys, key)).collect(),
    };
    // A layer of a program's own needs the program.
    keys.layers().iter().filter(|kind| kind.name != "custom").map(kind).collect()
}

fn setting(keys: &Keys, key: &Key) -> Setting {
    let form = keys.resolve(&key.form);
    let choices = match form {
        Form::Choice(choices) => {
            choices.iter().filter(|choice| choice.value.is_none()).map(|choice| choice.name.clone()).collect()
        }
        _ => Vec::new(),
    };
    let r#type = match form {
        Form::Number(number) if number.is_whole => "integer",
        Form::Number(_) => "number",
        Form::Flag => "boolean",
        Form::Choice(_) => "choice",
        _ => "other",
    };
    Setting {
        key: key.name.clone(),
        meaning: key.meaning.clone(),
        r#type: r#type.into(),
        default: key.default.clone().unwrap_or(Value::Null),
        required: key.is_required,
        example: key.example.clone().unwrap_or(Value::Null),
        choices,
    }
}
