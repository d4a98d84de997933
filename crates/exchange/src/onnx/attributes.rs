//! The attributes of a node. Each must be asked for, so that none is passed over.

use std::collections::BTreeMap;

use super::proto::attribute_proto::AttributeType;
use super::proto::{AttributeProto, NodeProto, TensorProto};
use crate::ExchangeError;
use crate::numbers::decimal;

/// The attributes of a node that nobody has asked for yet.
pub(super) struct Attributes<'n> {
    node: &'n NodeProto,
    left: BTreeMap<&'n str, &'n AttributeProto>,
}

impl<'n> Attributes<'n> {
    pub fn of(node: &'n NodeProto) -> Result<Self, ExchangeError> {
        let mut left = BTreeMap::new();
        for attribute in &node.attribute {
            if left.insert(attribute.name(), attribute).is_some() {
                return Err(refused(node, "attributes with different names", attribute.name()));
            }
        }
        Ok(Attributes { node, left })
    }

    /// The attribute `name` of this type.
    fn take(&mut self, name: &str, kind: AttributeType) -> Result<Option<&'n AttributeProto>, ExchangeError> {
        let Some(found) = self.left.remove(name) else { return Ok(None) };
        if found.r#type() != i32::from(kind) || found.ref_attr_name.is_some() {
            let expected = format!("the attribute `{name}` of type {}", kind.as_str_name());
            return Err(refused(self.node, expected, format_args!("type {}", found.r#type())));
        }
        Ok(Some(found))
    }

    pub fn int(&mut self, name: &str, default: i64) -> Result<i64, ExchangeError> {
        Ok(self.take(name, AttributeType::Int)?.map_or(default, AttributeProto::i))
    }

    pub fn ints(&mut self, name: &str) -> Result<Option<&'n [i64]>, ExchangeError> {
        Ok(self.take(name, AttributeType::Ints)?.map(|found| &found.ints[..]))
    }

    /// A number, as its shortest decimal says. So 10⁻⁵ is 10⁻⁵ in `f64`, too.
    pub fn float(&mut self, name: &str, default: f64) -> Result<f64, ExchangeError> {
        let found = self.take(name, AttributeType::Float)?;
        Ok(found.map_or(default, |found| decimal(found.f())))
    }

    pub fn floats(&mut self, name: &str) -> Result<Option<&'n [f32]>, ExchangeError> {
        Ok(self.take(name, AttributeType::Floats)?.map(|found| &found.floats[..]))
    }

    pub fn text(&mut self, name: &str, default: &'static str) -> Result<String, ExchangeError> {
        let found = self.take(name, AttributeType::String)?;
        Ok(found.map_or(default.into(), |found| String::from_utf8_lossy(found.s()).into_owned()))
    }

    pub fn tensor(&mut self, name: &str) -> Result<Option<&'n TensorProto>, ExchangeError> {
        Ok(self.take(name, AttributeType::Tensor)?.and_then(|found| found.t.as_ref()))
    }

    /// Passes over attributes that change no output of inference.
    pub fn ignore(&mut self, names: &[&str]) {
        self.left.retain(|name, _| !names.contains(name));
    }

    /// Checks that every attribute was asked for.
    pub fn finish(self) -> Result<(), ExchangeError> {
        match self.left.keys().next() {
            None => Ok(()),
            Some(name) => Err(refused(
                self.node,
                "attributes that toddle knows",
                format_args!("the attribute `{name}`"),
            )),
        }
    }
}

/// The name of a node for people: its own, or that of its first output.
pub(super) fn name_of(node: &NodeProto) -> &str {
    match node.name() {
        "" => node.output.first().map_or("", String::as_str),
        name => name,
    }
}

/// The error that a node cannot be read.
pub(super) fn refused(
    node: &NodeProto,
    expected: impl std::fmt::Display,
    got: impl std::fmt::Display,
) -> ExchangeError {
    let what = format!("the node `{}` ({}) cannot be read", name_of(node), node.op_type());
    let remedy = "leaving it out, or other operators in its place, in the program that made the file";
    ExchangeError::new(what, expected, got, remedy)
}
