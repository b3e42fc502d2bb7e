//! A walk in bounded time through Thrift's compact protocol, in which Parquet files describe themselves.
//! What the Parquet reader would read as other bytes than this walk is refused: else that reader could be
//! led to where nothing was checked.
const MAX_DEPTH: usize = 40;

// The types of values; 1 and 2 are true and false.
const BYTE: u8 = 3;
const I16: u8 = 4;
const I32: u8 = 5;
const I64: u8 = 6;
const DOUBLE: u8 = 7;
const BINARY: u8 = 8;
pub const LIST: u8 = 9;
const SET: u8 = 10;
const MAP: u8 = 11;
pub const STRUCT: u8 = 12;
const UUID: u8 = 13;

/// What the reader takes a field for.
pub enum Kind {
    Any, // it does not know it, and skips it
    Bool,
    Byte,
    Int,
    Double,
    Binary,
    List(&'static Kind),
    Struct(Fields),
}

/// The fields of a struct from 1 on; the reader skips all others.
pub type Fields = &'static [Kind];

#[derive(Debug, PartialEq)]
pub struct Damaged;
pub type Parse<T> = Result<T, Damaged>;

pub struct Thrift<'a>(pub &'a [u8]);

impl Thrift<'_> {
    fn byte(&mut self) -> Parse<u8> {
        let (&first, rest) = self.0.split_first().ok_or(Damaged)?;
        self.0 = rest;
        Ok(first)
    }

    fn number(&mut self) -> Parse<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(Damaged)
    }

    fn signed(&mut self) -> Parse<i64> {
        let number = self.number()?;
        Ok((number >> 1) as i64 ^ -((number & 1) as i64))
    }

    /// Number and type of the next field; None at the end of the struct.
    pub fn field(&mut self, before: i64) -> Parse<Option<(i64, u8)>> {
        let byte = self.byte()?;
        if byte & 0x0F == 0 {
            return Ok(None);
        }
        let id = match byte >> 4 {
            0 => self.signed()?,
            step => before.wrapping_add(step.into()),
        };
        // The reader cuts off what a number has beyond its 16 bits.
        i16::try_from(id).map_err(|_| Damaged)?;
        Ok(Some((id, byte & 0x0F)))
    }

    /// The value of a field that the reader takes for an integer of 32 bits.
    pub fn integer(&mut self, is: u8) -> Parse<i32> {
        match is {
            I16 | I32 | I64 => i32::try_from(self.signed()?).map_err(|_| Damaged),
            _ => Err(Damaged),
        }
    }

    /// Size and type of the elements.
    pub fn list(&mut self) -> Parse<(u64, u8)> {
        let byte = self.byte()?;
        let size = match byte >> 4 {
            15 => self.number()?,
            size => size.into(),
        };
        // An element takes a byte at least.
        if size > self.0.len() as u64 {
            return Err(Damaged);
        }
        Ok((size, byte & 0x0F))
    }

    pub fn pass_struct(&mut self, fields: Fields) -> Parse<()> {
        let mut id = 0;
        while let Some((next, is)) = self.field(id)? {
            id = next;
            self.pass_field(fields, id, is)?;
        }
        Ok(())
    }

    /// Goes after the value of field `id`, which `is` the type that the file says.
    pub fn pass_field(&mut self, fields: Fields, id: i64, is: u8) -> Parse<()> {
        match usize::try_from(id - 1).ok().and_then(|at| fields.get(at)) {
            None | Some(Kind::Any) => self.skip(is, false, 0),
            Some(kind) => self.pass_known(kind, is),
        }
    }

    fn pass_known(&mut self, kind: &Kind, is: u8) -> Parse<()> {
        match (kind, is) {
            (Kind::List(of), LIST) => {
                let (size, is) = self.list()?;
                (0..size).try_for_each(|_| self.pass_known(of, is))
            }
            (Kind::Struct(fields), STRUCT) => self.pass_struct(fields),
            (Kind::Bool, 1 | 2)
            | (Kind::Byte, BYTE)
            | (Kind::Int, I16 | I32 | I64)
            | (Kind::Double, DOUBLE)
            | (Kind::Binary, BINARY) => self.skip(is, false, 0),
            _ => Err(Damaged),
        }
    }

    fn skip_bytes(&mut self, count: u64) -> Parse<()> {
        let count = usize::try_from(count).map_err(|_| Damaged)?;
        self.0 = self.0.get(count..).ok_or(Damaged)?;
        Ok(())
    }

    /// `inside`: of a list or a map. A Boolean takes a byte there, but none when the reader skips it: then
    /// a list of billions takes no bytes at all. Parquet has no such lists.
    fn skip(&mut self, is: u8, inside: bool, depth: usize) -> Parse<()> {
        if depth > MAX_DEPTH {
            return Err(Damaged);
        }
        match is {
            1 | 2 if inside => Err(Damaged),
            1 | 2 => Ok(()),
            BYTE => self.skip_bytes(1),
            I16 | I32 | I64 => self.number().map(|_| ()),
            DOUBLE => self.skip_bytes(8),
            UUID => self.skip_bytes(16),
            BINARY => {
                let size = self.number()?;
                self.skip_bytes(size)
            }
            LIST | SET => {
                let (size, of) = self.list()?;
                (0..size).try_for_each(|_| self.skip(of, true, depth + 1))
            }
            MAP => {
                let size = self.number()?;
                let of = if size > 0 { self.byte()? } else { 0 };
                (0..size).try_for_each(|_| {
                    self.skip(of >> 4, true, depth + 1)?;
                    self.skip(of & 0x0F, true, depth + 1)
                })
            }
            STRUCT => {
                let mut id = 0;
                while let Some((next, is)) = self.field(id)? {
                    id = next;
                    self.skip(is, false, depth + 1)?;
                }
                Ok(())
            }
            _ => Err(Damaged),
        }
    }
}

#[test]
fn what_the_reader_would_read_otherwise_is_refused() {
    let skipped = |is: u8, bytes: &[u8]| Thrift(bytes).skip(is, false, 0).is_ok();
    assert!(skipped(LIST, &[0x25, 2, 4])); // two integers
    assert!(skipped(LIST, &[0x01])); // no Booleans
    assert!(!skipped(LIST, &[0x11, 1])); // a Boolean
    assert!(!skipped(MAP, &[1, 0x15, 1, 2])); // a Boolean and an integer
    assert!(skipped(STRUCT, &[0x11, 0]));
    assert!(!skipped(LIST, &[0xFD, 0xFF, 0xFF, 0xFF, 0xFF, 0x07])); // billions of UUIDs
    let field = |bytes: &[u8]| Thrift(bytes).field(0);
    assert_eq!(field(&[0x05, 0xFE, 0xFF, 0x03]), Ok(Some((32767, I32))));
    assert_eq!(field(&[0x05, 0x80, 0x80, 0x04]), Err(Damaged));
    let integer = |is: u8, bytes: &[u8]| Thrift(bytes).integer(is);
    assert_eq!(integer(I32, &[0xFF, 0xFF, 0xFF, 0xFF, 0x0F]), Ok(i32::MIN));
    assert_eq!(integer(I32, &[0x80, 0x80, 0x80, 0x80, 0x10]), Err(Damaged));
    assert_eq!(integer(BINARY, &[2]), Err(Damaged));
}

#[test]
fn a_known_field_has_its_own_type() {
    use Kind::{Any, Binary, Bool, Int, List, Struct};
    const FIELDS: Fields = &[Int, List(&Binary), Struct(&[Bool]), Any];
    let passed = |bytes: &[u8]| {
        let mut thrift = Thrift(bytes);
        thrift.pass_struct(FIELDS).is_ok() && thrift.0.is_empty()
    };
    assert!(passed(&[0x16, 2, 0x19, 0x18, 1, b'a', 0x1C, 0x11, 0, 0]));
    assert!(passed(&[0x29, 0x00, 0x28, 1, b'a', 0])); // an empty list, an unknown text
    assert!(passed(&[0x05, 0x01, 2, 0])); // a field of number -1
    assert!(!passed(&[0x18, 1, b'a', 0])); // a text for a number
    assert!(!passed(&[0x29, 0x15, 2, 0])); // a list of numbers for one of texts
    assert!(!passed(&[0x3C, 0x15, 2, 0, 0])); // a number for a Boolean
    assert!(!passed(&[0x2A, 0x18, 1, b'a', 0])); // a set for a list
}
