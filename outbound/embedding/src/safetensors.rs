//! Reads a safetensors file from its beginning to its end, a tensor at a time, believing nothing that it says of itself.

use std::collections::BTreeMap;
use std::io::{self, Read};

use serde::Deserialize;

/// Longest header that is read; that of the model has 11 KB.
const LONGEST_HEADER: u64 = 1 << 20;
/// Largest tensor that is taken in; the largest of the model has 47 MB.
const LARGEST_TENSOR: usize = 64 << 20;
/// Bytes read at once.
const BLOCK: usize = 1 << 16;

/// What is wrong with a file.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Damage(pub(crate) String);

impl From<io::Error> for Damage {
    fn from(error: io::Error) -> Self {
        Self(match error.kind() {
            io::ErrorKind::UnexpectedEof => "it ends too early".to_owned(),
            _ => format!("it cannot be read: {error}"),
        })
    }
}

#[derive(Deserialize)]
struct Entry {
    dtype: String,
    shape: Vec<usize>,
    data_offsets: [usize; 2],
}

/// A tensor whose values come next.
#[derive(Debug)]
pub(crate) struct Tensor {
    /// Its name.
    pub(crate) name: String,
    /// Its dimensions, the outer one first.
    pub(crate) shape: Vec<usize>,
    /// How many numbers.
    pub(crate) count: usize,
    /// Whether they are `f32`.
    pub(crate) is_float: bool,
    bytes: usize,
}

impl Tensor {
    /// Refuses any other shape, and numbers that are not `f32`.
    pub(crate) fn expect(&self, shape: &[usize]) -> Result<(), Damage> {
        if self.shape == shape && self.is_float {
            return Ok(());
        }
        Err(Damage(format!("its tensor {} has the shape {:?} rather than {shape:?}", self.name, self.shape)))
    }
}

/// The tensors of a file, in their order there.
pub(crate) struct Reader<R> {
    file: R,
    tensors: std::vec::IntoIter<Tensor>,
    block: Vec<u8>,
}

impl<R: Read> Reader<R> {
    /// Reads the header.
    pub(crate) fn open(mut file: R) -> Result<Self, Damage> {
        let mut length = [0; 8];
        file.read_exact(&mut length)?;
        let length = u64::from_le_bytes(length);
        if length > LONGEST_HEADER {
            return Err(Damage(format!("its header claims {length} bytes")));
        }
        let mut header = Vec::new();
        file.by_ref().take(length).read_to_end(&mut header)?;
        let tensors = tensors(&header)?;
        Ok(Self { file, tensors: tensors.into_iter(), block: vec![0; BLOCK] })
    }

    /// The next tensor, whose values must then be read or skipped, all of them.
    pub(crate) fn next(&mut self) -> Result<Option<Tensor>, Damage> {
        let tensor = self.tensors.next();
        if tensor.is_none() && self.file.read(&mut [0])? != 0 {
            return Err(Damage("something follows on its last tensor".to_owned()));
        }
        Ok(tensor)
    }

    /// Reads as many `f32` as there is room for.
    pub(crate) fn read(&mut self, values: &mut [f32]) -> Result<(), Damage> {
        for values in values.chunks_mut(BLOCK / 4) {
            let block = &mut self.block[..values.len() * 4];
            self.file.read_exact(block)?;
            for (value, bytes) in values.iter_mut().zip(block.as_chunks::<4>().0) {
                *value = f32::from_le_bytes(*bytes);
            }
        }
        Ok(())
    }

    /// Passes over a tensor.
    pub(crate) fn skip(&mut self, tensor: &Tensor) -> Result<(), Damage> {
        let mut left = tensor.bytes;
        while left > 0 {
            let block = &mut self.block[..left.min(BLOCK)];
            self.file.read_exact(block)?;
            left -= block.len();
        }
        Ok(())
    }
}

/// The tensors that a header announces, if each begins where the one before ends.
fn tensors(header: &[u8]) -> Result<Vec<Tensor>, Damage> {
    let unreadable = |error: serde_json::Error| Damage(format!("its header is not understood: {error}"));
    let mut entries: BTreeMap<String, serde_json::Value> =
        serde_json::from_slice(header).map_err(unreadable)?;
    entries.remove("__metadata__");
    let mut tensors = Vec::with_capacity(entries.len());
    for (name, entry) in entries {
        let Entry { dtype, shape, data_offsets: [start, end] } =
            serde_json::from_value(entry).map_err(unreadable)?;
        let size = match dtype.as_str() {
            "F32" => 4,
            "I64" => 8,
            _ => return Err(Damage(format!("its tensor {name} is of type {dtype}"))),
        };
        let count = shape.iter().try_fold(1_usize, |count, side| count.checked_mul(*side));
        let bytes = count.and_then(|count| count.checked_mul(size)).filter(|bytes| *bytes <= LARGEST_TENSOR);
        let (Some(count), Some(bytes)) = (count, bytes) else {
            return Err(Damage(format!("its tensor {name} claims the shape {shape:?}")));
        };
        if start.checked_add(bytes) != Some(end) {
            return Err(Damage(format!("its tensor {name} is not as long as its shape")));
        }
        tensors.push((start, Tensor { name, shape, count, is_float: dtype == "F32", bytes }));
    }
    tensors.sort_by_key(|(start, _)| *start);
    let mut position = 0;
    for (start, tensor) in &tensors {
        if *start != position {
            return Err(Damage(format!("its tensor {} is not where the one before it ends", tensor.name)));
        }
        position += tensor.bytes;
    }
    Ok(tensors.into_iter().map(|(_, tensor)| tensor).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(header: &str, data: &[u8]) -> Vec<u8> {
        let mut file = (header.len() as u64).to_le_bytes().to_vec();
        file.extend(header.as_bytes());
        file.extend(data);
        file
    }

    fn damage(file: &[u8]) -> String {
        let read = || {
            let mut reader = Reader::open(file)?;
            while let Some(tensor) = reader.next()? {
                reader.skip(&tensor)?;
            }
            Ok::<_, Damage>(())
        };
        read().err().map_or_else(|| "none".to_owned(), |damage| damage.0)
    }

    #[test]
    fn tensors_come_in_the_order_of_the_file() {
        let header = r#"{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]},
            "b":{"dtype":"I64","shape":[1,1],"data_offsets":[0,8]}}"#;
        let mut data = 7_u64.to_le_bytes().to_vec();
        data.extend(1.5_f32.to_le_bytes());
        data.extend((-2.0_f32).to_le_bytes());
        let file = file(header, &data);
        let mut reader = Reader::open(file.as_slice()).unwrap();
        let first = reader.next().unwrap().unwrap();
        assert!(first.name == "b" && first.expect(&[1, 1]).is_err());
        reader.skip(&first).unwrap();
        let second = reader.next().unwrap().unwrap();
        second.expect(&[2]).unwrap();
        let mut values = [0.0; 2];
        reader.read(&mut values).unwrap();
        assert_eq!(values.map(f32::to_bits), [1.5, -2.0].map(f32::to_bits));
        assert!(reader.next().unwrap().is_none());
    }

    #[test]
    fn lies_are_found_out() {
        let one = |shape: &str, offsets: &str| {
            format!(r#"{{"a":{{"dtype":"F32","shape":{shape},"data_offsets":{offsets}}}}}"#)
        };
        assert_eq!(damage(&file(&one("[2]", "[0,8]"), &[0; 8])), "none");
        assert!(damage(&u64::MAX.to_le_bytes()).contains("claims"));
        assert!(damage(&[1, 2]).contains("too early"));
        assert!(damage(&file("{", &[])).contains("not understood"));
        assert!(damage(&file(&one("[2]", "[0,8]"), &[0; 7])).contains("too early"));
        assert!(damage(&file(&one("[2]", "[0,8]"), &[0; 9])).contains("follows"));
        assert!(damage(&file(&one("[2]", "[0,9]"), &[0; 9])).contains("as long as"));
        assert!(damage(&file(&one("[2]", "[4,12]"), &[0; 12])).contains("where the one before"));
        assert!(damage(&file(&one("[18446744073709551615,3]", "[0,8]"), &[])).contains("claims the shape"));
        assert!(damage(&file(&one("[4611686018427387904]", "[0,0]"), &[])).contains("claims the shape"));
    }
}
