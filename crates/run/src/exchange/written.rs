//! What is written, by form.

use toddle_exchange::{Module, Needs, Source, arrays, c, keras, onnx, pytorch, rust};

use super::check::{self, Outcome};
use super::{Export, Form, Leaving, meaning, prepared};
use crate::error::Error;

/// What is written.
pub enum Written {
    /// A file of ONNX.
    Onnx(Vec<u8>, onnx::Export),
    Pytorch(Module),
    Keras(Module),
    C(Source),
    Rust(Source),
    Npz(Vec<u8>),
    Safetensors(Vec<u8>),
}

impl Written {
    /// The network `leaving` in the form that `export` says.
    pub fn new(export: &Export, leaving: &Leaving) -> Result<Written, Error> {
        let Leaving { network, name, .. } = leaving;
        if export.preparation {
            prepared::check(export.to, leaving)?;
        }
        let comment = meaning::comment(export.to, &meaning::in_words(&leaving.about));
        let with_comment = |mut source: Source| {
            source.text.insert_str(0, &comment);
            source
        };
        let commented = |mut module: Module| {
            module.source.insert_str(0, &comment);
            module
        };
        let written = match export.to {
            Form::Onnx => {
                let batch = export.batch.map(|batch| batch.get() as usize);
                let export = onnx::Export { batch, preparation: export.preparation };
                onnx::encode(network, &leaving.about, &export).map(|file| Written::Onnx(file, export))
            }
            Form::Pytorch => {
                pytorch::encode(network, name, leaving.fit.as_ref()).map(commented).map(Written::Pytorch)
            }
            Form::Keras => keras::encode(network, name).map(commented).map(Written::Keras),
            Form::C => match &leaving.int8 {
                Some(int8) => c::encode_int8(&int8.quantized, name, &leaving.x),
                None => c::encode(network, name, &leaving.x),
            }
            .map(with_comment)
            .map(Written::C),
            Form::Rust => rust::encode(network, name, &leaving.x).map(with_comment).map(Written::Rust),
            Form::Npz => Ok(Written::Npz(arrays::npz(&arrays::of(network)))),
            Form::Safetensors => Ok(Written::Safetensors(arrays::safetensors(&arrays::of(network)))),
        };
        Ok(written?)
    }

    /// The content of the file.
    pub fn content(&self) -> &[u8] {
        match self {
            Written::Onnx(file, _) | Written::Npz(file) | Written::Safetensors(file) => file,
            Written::Pytorch(module) | Written::Keras(module) => module.source.as_bytes(),
            Written::C(source) | Written::Rust(source) => source.text.as_bytes(),
        }
    }

    /// The content of a second file, which has the name of the first one with this ending.
    pub fn beside(&self) -> Option<(&'static str, &[u8])> {
        match self {
            Written::Pytorch(module) => Some(("pytorch.safetensors", &module.weights)),
            Written::Keras(module) => Some(("keras.npz", &module.weights)),
            _ => None,
        }
    }

    /// What the user should know about it, as lines.
    pub fn notes(&self) -> String {
        let source = match self {
            Written::C(source) | Written::Rust(source) => source,
            Written::Pytorch(Module { note: Some(note), .. }) => return format!("{note}\n"),
            _ => return String::new(),
        };
        let Source { needs, is_plain, .. } = source;
        let Needs { flash, ram, multiply_adds } = needs;
        let fast =
            "fast convolutions are written as plain ones: the last digits differ from those of toddle\n";
        let fast = if *is_plain { fast } else { "" };
        format!("weights {flash} bytes, values {ram} bytes, {multiply_adds} multiply-adds\n{fast}")
    }

    /// Asks the other program.
    pub fn check(&self, leaving: &Leaving) -> Result<Outcome, Error> {
        match self {
            Written::Onnx(file, export) => check::onnx(leaving, file, export),
            Written::Pytorch(module) => check::pytorch(leaving, module),
            Written::Keras(module) => check::keras(leaving, module),
            Written::C(source) => check::c(&leaving.name, source.text.as_bytes()),
            Written::Rust(source) => check::rust(leaving, source.text.as_bytes()),
            Written::Npz(file) => check::arrays(leaving, file, "npz", "numpy"),
            Written::Safetensors(file) => check::arrays(leaving, file, "safetensors", "numpy safetensors"),
        }
    }
}
