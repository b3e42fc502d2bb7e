//! Looks through a Parquet footer before the reader does: that one recurses into the schema and reserves
//! memory for as many children as it names.
use super::format::{FOOTER, SCHEMA_ELEMENT};
use super::thrift::{Damaged, Parse, Thrift, LIST, STRUCT};
use std::fs::File;
use std::os::unix::fs::FileExt;

const MAX_FOOTER_BYTES: u64 = 256 << 20;
const MAX_ELEMENTS: u64 = 20_000;
const MAX_DEPTH: usize = 40;

const SCHEMA: i64 = 2; // the field of FileMetaData
const CHILDREN: i64 = 5; // the field of SchemaElement

/// How many children the next element of the schema says that it has.
fn next_children(thrift: &mut Thrift) -> Parse<i64> {
    let (mut id, mut children) = (0, 0);
    while let Some((next, kind)) = thrift.field(id)? {
        id = next;
        match id {
            CHILDREN => children = thrift.integer(kind)?.into(),
            _ => thrift.pass_field(SCHEMA_ELEMENT, id, kind)?,
        }
    }
    Ok(children)
}

enum Refused {
    Damaged,
    Because(String),
}

impl From<Damaged> for Refused {
    fn from(_: Damaged) -> Self {
        Refused::Damaged
    }
}

fn check_schema(thrift: &mut Thrift) -> Result<(), Refused> {
    let (elements, kind) = thrift.list()?;
    if kind != STRUCT {
        return Err(Refused::Damaged);
    }
    if elements > MAX_ELEMENTS {
        let found = format!("found {elements} columns and groups, expected at most {MAX_ELEMENTS}");
        return Err(Refused::Because(found));
    }
    let mut open: Vec<i64> = Vec::new(); // of each group around: children still to come
    for _ in 0..elements {
        let children = next_children(thrift)?;
        if !(0..elements as i64).contains(&children) {
            return Err(Refused::Damaged);
        }
        if let Some(left) = open.last_mut() {
            *left -= 1;
        }
        if children > 0 {
            open.push(children);
        }
        if open.len() > MAX_DEPTH {
            let found = format!("found groups nested deeper than {MAX_DEPTH} levels");
            return Err(Refused::Because(found));
        }
        while open.last() == Some(&0) {
            open.pop();
        }
    }
    Ok(())
}

fn check_footer(footer: &[u8]) -> Result<(), Refused> {
    let mut thrift = Thrift(footer);
    let mut id = 0;
    while let Some((next, kind)) = thrift.field(id)? {
        id = next;
        match (id, kind) {
            (SCHEMA, LIST) => check_schema(&mut thrift)?,
            _ => thrift.pass_field(FOOTER, id, kind)?,
        }
    }
    Ok(())
}

/// What is wrong with the file's very end is left to the reader, which says it well.
pub fn check(file: &File) -> Result<(), String> {
    let text = |e: std::io::Error| e.to_string();
    let size = file.metadata().map_err(text)?.len();
    if size < 12 {
        return Ok(());
    }
    let mut end = [0; 8];
    file.read_exact_at(&mut end, size - 8).map_err(text)?;
    let length = u64::from(u32::from_le_bytes([end[0], end[1], end[2], end[3]]));
    if &end[4..] != b"PAR1" || length + 8 > size {
        return Ok(());
    }
    if length > MAX_FOOTER_BYTES {
        return Err(format!(
            "found a footer of {length} bytes, expected at most {MAX_FOOTER_BYTES}"
        ));
    }
    let mut footer = vec![0; length as usize];
    file.read_exact_at(&mut footer, size - 8 - length).map_err(text)?;
    match check_footer(&footer) {
        Ok(()) => Ok(()),
        Err(Refused::Damaged) => Err("the footer that describes its columns is damaged".into()),
        Err(Refused::Because(found)) => Err(found),
    }
}

#[test]
fn schemas_that_are_too_deep_or_too_wide_are_refused() {
    // Field 1 (i32) = 0; field 2: a list of structs.
    let footer = |elements: &[&[u8]]| {
        let mut bytes = vec![0x15, 0x00, 0x19, 0xFC];
        let mut count = elements.len();
        while count >= 0x80 {
            bytes.push(count as u8 | 0x80);
            count >>= 7;
        }
        bytes.push(count as u8);
        bytes.extend(elements.concat());
        bytes.push(0);
        bytes
    };
    let said = |bytes: &[u8]| match check_footer(bytes) {
        Ok(()) => "fine".into(),
        Err(Refused::Damaged) => "damaged".into(),
        Err(Refused::Because(found)) => found,
    };
    let (group, leaf): (&[u8], &[u8]) = (&[0x55, 0x02, 0x00], &[0x48, 0x01, b'a', 0x00]);
    assert_eq!(said(&footer(&[group, leaf])), "fine");
    let deep: Vec<_> = std::iter::repeat(group).take(100_000).chain([leaf]).collect();
    assert!(said(&footer(&deep)).contains("found 100001 columns and groups, expected at most"));
    let deep: Vec<_> = std::iter::repeat(group).take(41).chain([leaf]).collect();
    assert_eq!(said(&footer(&deep)), "found groups nested deeper than 40 levels");
    assert_eq!(said(&footer(&[&[0x55, 0xFE, 0xFF, 0xFF, 0xFF, 0x0F, 0x00], leaf])), "damaged");
    assert_eq!(said(&footer(&[group, leaf])[..7]), "damaged");
    // What the reader takes for the schema, or for a number of children, by the field's number alone.
    let set = [&[0x15, 0x00, 0x1A], &footer(&[group, leaf])[3..]].concat();
    assert_eq!(said(&set), "damaged");
    assert_eq!(said(&footer(&[&[0x58, 0x02, b'a', b'a', 0x00], leaf])), "damaged");
    // A text where the reader takes a number, and would then read what is in the text.
    let hidden = [&[0x18, 4, 0x19, 0xFC], &footer(&[group, leaf])[2..]].concat();
    assert_eq!(said(&hidden), "damaged");
    assert_eq!(said(&footer(&[&[0x18, 2, 0x45, 2, 0x15, 2, 0x00], leaf])), "damaged");
}
