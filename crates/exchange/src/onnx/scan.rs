//! The memory that the messages of a file take, before they are decoded.
//!
//! A message of two bytes in a file can take hundreds in memory. So a small file could take all memory that there is. The
//! files of networks are mostly weights, which are not copied.

use std::mem::size_of;

use super::proto::{AttributeProto, NodeProto, TensorProto, ValueInfoProto};
use crate::ExchangeError;

/// The memory that messages may take, besides twice the length of the file.
const ROOM: usize = 32 << 20;
/// A list that grows has room for twice its elements, and its old place is still there while it is moved.
const GROWTH: usize = 3;
/// The most bytes of a small message in memory.
const SMALL: usize = 64;

/// How deeply messages that toddle reads lie in one another.
const DEEPEST: usize = 8;

/// The kinds of messages, as far as their memory differs.
#[derive(Clone, Copy)]
enum Kind {
    Model,
    Graph,
    Node,
    Attribute,
    Tensor,
    /// Holds a tensor in its first field.
    Sparse,
    Port,
    Small,
}

impl Kind {
    fn size(self) -> usize {
        match self {
            Kind::Model | Kind::Graph => 0,
            Kind::Node => size_of::<NodeProto>(),
            Kind::Attribute => size_of::<AttributeProto>(),
            Kind::Tensor | Kind::Sparse => size_of::<TensorProto>(),
            Kind::Port => size_of::<ValueInfoProto>(),
            Kind::Small => SMALL,
        }
    }

    /// The message in field `number`.
    fn child(self, number: u64) -> Option<Kind> {
        Some(match (self, number) {
            (Kind::Model, 7) => Kind::Graph,
            (Kind::Graph, 1) => Kind::Node,
            (Kind::Graph, 5) | (Kind::Attribute, 5) | (Kind::Sparse, 1) => Kind::Tensor,
            (Kind::Graph, 11 | 12) => Kind::Port,
            (Kind::Graph, 15) => Kind::Sparse,
            (Kind::Node, 5) => Kind::Attribute,
            (Kind::Model, 8 | 14 | 25) | (Kind::Tensor, 13) => Kind::Small,
            // Types, shapes and sizes lie in one another.
            (Kind::Port, 2) | (Kind::Small, 1 | 2) => Kind::Small,
            _ => return None,
        })
    }

    /// The number of bytes in memory for one byte of field `number`, which holds no message.
    fn bytes(self, number: u64) -> usize {
        match (self, number) {
            // Parts of the file.
            (Kind::Tensor, 9) | (Kind::Attribute, 4) => 0,
            // A number of eight bytes can have one byte in the file.
            (Kind::Tensor, 1 | 5 | 7) | (Kind::Attribute, 7 | 8) => 8 * GROWTH,
            (Kind::Tensor, 4 | 10) => GROWTH,
            _ => 1,
        }
    }
}

/// Checks that the messages of `file` take memory in proportion to the file.
pub(super) fn check(file: &[u8]) -> Result<(), ExchangeError> {
    let most = ROOM + 2 * file.len();
    let takes = weigh(Kind::Model, file, most, DEEPEST);
    if takes <= most {
        return Ok(());
    }
    Err(ExchangeError::new(
        "the ONNX file cannot be read",
        format_args!("a file of {} bytes whose parts take at most {most} bytes of memory", file.len()),
        format_args!("{takes} bytes or more"),
        "weights in raw form, and fewer nodes",
    ))
}

/// The memory that the fields of a message take, or a number above `most`. At most `depth` messages lie in one another.
fn weigh(kind: Kind, mut message: &[u8], most: usize, depth: usize) -> usize {
    let mut total = 0usize;
    // What cannot be read is refused later.
    while let Some((tag, rest)) = varint(message) {
        let number = tag >> 3;
        let (length, rest) = match tag & 7 {
            0 => match varint(rest) {
                Some((_, after)) => (rest.len() - after.len(), rest),
                None => break,
            },
            1 => (8, rest),
            5 => (4, rest),
            2 => match varint(rest) {
                Some((length, after)) => (length as usize, after),
                None => break,
            },
            _ => break,
        };
        let Some((field, after)) = rest.split_at_checked(length) else { break };
        message = after;
        total += match kind.child(number) {
            Some(child) if tag & 7 == 2 && depth > 0 => {
                GROWTH * child.size() + weigh(child, field, most, depth - 1)
            }
            // A text or an empty part takes its place in a list, too.
            _ => GROWTH * size_of::<String>() + kind.bytes(number).saturating_mul(length),
        };
        if total > most {
            break;
        }
    }
    total
}

/// The number at the beginning of `bytes`, and the bytes behind it.
fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut number = 0;
    for (n, &byte) in bytes.iter().take(10).enumerate() {
        number |= u64::from(byte & 0x7f) << (7 * n as u32).min(63);
        if byte < 0x80 {
            return Some((number, &bytes[n + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A message with `content` in field `number`.
    fn field(number: u8, content: &[u8]) -> Vec<u8> {
        let mut message = vec![number << 3 | 2];
        let mut length = content.len();
        while length > 0x7f {
            message.push(length as u8 | 0x80);
            length >>= 7;
        }
        message.push(length as u8);
        [message, content.to_vec()].concat()
    }

    #[test]
    fn many_empty_messages_are_refused() {
        let nodes = |count: usize| field(7, &field(1, &[]).repeat(count));
        check(&nodes(1000)).unwrap();
        let fault = check(&nodes(200_000)).unwrap_err();
        assert_eq!(fault.remedy, "weights in raw form, and fewer nodes");
    }

    #[test]
    fn large_weights_are_not() {
        check(&field(7, &field(5, &field(9, &vec![0; 1 << 20])))).unwrap();
    }

    #[test]
    fn messages_may_lie_in_one_another_as_deep_as_they_like() {
        let mut message = Vec::new();
        for _ in 0..2000 {
            message = field(2, &message);
        }
        check(&field(7, &field(11, &message))).unwrap();
        check(&[0x0a, 0xff]).unwrap();
        check(b"no model").unwrap();
    }
}
