//! Checks the header of a safetensors file with the reference implementation and lists its tensors.
use crate::ffi::{bytes, guard, Bytes, Message};
use safetensors::tensor::Metadata;
use serde_json::json;
use std::ffi::c_char;

// The reference implementation's limit.
const MAX_HEADER: u64 = 100_000_000;

/// Size of the JSON part, from the file's first eight bytes.
fn header_size(first: &[u8], file_size: u64) -> Result<u64, String> {
    let first: [u8; 8] = first
        .get(..8)
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| format!("found {} bytes, expected a safetensors file", first.len()))?;
    let size = u64::from_le_bytes(first);
    if size > MAX_HEADER {
        return Err(format!("found a header of {size} bytes, expected at most {MAX_HEADER}"));
    }
    if size + 8 > file_size {
        return Err(format!("found {file_size} bytes, expected a header of {size} and its data"));
    }
    Ok(size)
}

fn check(header: &[u8], file_size: u64) -> Result<String, String> {
    let size = header_size(header, file_size)? as usize;
    let text = header.get(8..8 + size).ok_or("the header is not complete")?;
    let text = std::str::from_utf8(text).map_err(|_| "the header is not UTF-8".to_string())?;
    refuse_repeated_names(text)?;
    let metadata: Metadata =
        serde_json::from_str(text).map_err(|e| format!("invalid header: {e}"))?;
    let (begin, data) = (8 + size, metadata.data_len() as u64);
    if begin as u64 + data != file_size {
        let expected = begin as u64 + data;
        return Err(format!("found {file_size} bytes, the header describes {expected}"));
    }
    let mut tensors = Vec::new();
    for name in metadata.offset_keys() {
        let info = metadata.info(&name).ok_or("a tensor without description")?;
        tensors.push(json!({
            "name": name, "dtype": format!("{:?}", info.dtype), "shape": info.shape,
            "begin": begin + info.data_offsets.0, "end": begin + info.data_offsets.1,
        }));
    }
    Ok(json!({"data_begin": begin, "tensors": tensors}).to_string())
}

/// serde keeps the last of two equal keys; a file that names a tensor twice is malformed.
fn refuse_repeated_names(text: &str) -> Result<(), String> {
    struct Names;
    impl<'de> serde::de::Visitor<'de> for Names {
        type Value = Option<String>;
        fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
            f.write_str("an object")
        }
        fn visit_map<A: serde::de::MapAccess<'de>>(
            self,
            mut map: A,
        ) -> Result<Self::Value, A::Error> {
            let mut names = std::collections::HashSet::new();
            while let Some((name, _)) = map.next_entry::<String, serde::de::IgnoredAny>()? {
                if !names.insert(name.clone()) {
                    return Ok(Some(name));
                }
            }
            Ok(None)
        }
    }
    use serde::Deserializer;
    let mut json = serde_json::Deserializer::from_str(text);
    match json.deserialize_map(Names).map_err(|e| format!("invalid header: {e}"))? {
        Some(name) => Err(format!("found the tensor {name} twice")),
        None => Ok(()),
    }
}

#[no_mangle]
unsafe extern "C" fn laurel_safetensors_check(
    header: *const c_char,
    size: usize,
    file_size: u64,
    json: *mut Bytes,
) -> Message {
    guard(|| {
        *json = Bytes::from_string(check(bytes(header, size), file_size)?);
        Ok(())
    })
}

#[test]
fn a_header_is_listed_with_offsets_from_the_start_of_the_file() {
    let text = r#"{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#;
    let mut file = (text.len() as u64).to_le_bytes().to_vec();
    file.extend(text.as_bytes());
    let listed: serde_json::Value =
        serde_json::from_str(&check(&file, file.len() as u64 + 8).unwrap()).unwrap();
    assert_eq!(listed["tensors"][0]["begin"], file.len());
    assert_eq!(listed["tensors"][0]["dtype"], "F32");
    assert!(check(&file, file.len() as u64).unwrap_err().contains("the header describes"));
    let twice = text.replace("}}", r#"},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#);
    let mut file = (twice.len() as u64).to_le_bytes().to_vec();
    file.extend(twice.as_bytes());
    assert_eq!(check(&file, file.len() as u64 + 8).unwrap_err(), "found the tensor w twice");
}
