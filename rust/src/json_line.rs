//! Rows of tables as lines of JSON: what all kinds of tables share.
use crate::ffi::panic_text;
use std::io::{Error, ErrorKind, Result as WriteResult, Write};
use std::panic::{catch_unwind, AssertUnwindSafe};

/// The end of `lines`, which takes no more than `left` bytes and says so by FileTooLarge.
pub struct Line<'a> {
    pub lines: &'a mut Vec<u8>,
    pub left: usize,
}

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> WriteResult<usize> {
        let count = bytes.len().min(self.left);
        self.lines.extend(&bytes[..count]);
        self.left -= count;
        if count < bytes.len() {
            return Err(ErrorKind::FileTooLarge.into());
        }
        Ok(count)
    }
    fn flush(&mut self) -> WriteResult<()> {
        Ok(())
    }
}

pub fn write_json(value: impl serde::Serialize, to: &mut Line) -> WriteResult<()> {
    serde_json::to_writer(to, &value).map_err(Error::from)
}

/// JSON has neither NaN, which pandas writes for a missing number, nor infinities.
pub fn write_float(value: f64, finite: impl serde::Serialize, to: &mut Line) -> WriteResult<()> {
    if value.is_nan() {
        to.write_all(b"null")
    } else if value.is_infinite() {
        write_json(if value > 0.0 { "Infinity" } else { "-Infinity" }, to)
    } else {
        write_json(finite, to)
    }
}

/// Cells of type binary are text where they are UTF-8: pandas and others write texts so.
pub fn write_bytes(bytes: &[u8], to: &mut Line) -> WriteResult<()> {
    match std::str::from_utf8(bytes) {
        Ok(text) => write_json(text, to),
        Err(_) => write!(to, "{{\"binary_bytes\":{}}}", bytes.len()),
    }
}

/// Separators of a list or an object that is being written.
pub struct Commas(bool);

impl Commas {
    pub fn new() -> Self {
        Commas(false)
    }
    pub fn next(&mut self, to: &mut Line) -> WriteResult<()> {
        match std::mem::replace(&mut self.0, true) {
            true => to.write_all(b","),
            false => Ok(()),
        }
    }
}

/// At most so many rows at once, and no further one once they have so many bytes; a row of more than
/// `row_bytes` is cut after the first byte too many.
pub struct Limits {
    pub rows: usize,
    pub bytes: usize,
    pub row_bytes: usize,
}

/// An error is returned once the rows before it have been returned, and from then on.
#[derive(Default)]
pub struct Lines {
    error: Option<String>,
}

impl Lines {
    /// A line for each row that `row` writes; it returns false after the last one. Damaged files may make
    /// it panic; which row it was must still be known.
    pub fn next(
        &mut self,
        limits: Limits,
        mut row: impl FnMut(&mut Line) -> WriteResult<bool>,
    ) -> Result<Vec<u8>, String> {
        let mut lines = Vec::new();
        let mut rows = 0;
        while self.error.is_none() && rows < limits.rows && lines.len() < limits.bytes {
            let whole = lines.len();
            let mut line = Line { lines: &mut lines, left: limits.row_bytes.saturating_add(1) };
            match catch_unwind(AssertUnwindSafe(|| row(&mut line))) {
                Ok(Ok(false)) => break,
                Ok(Err(e)) if e.kind() != ErrorKind::FileTooLarge => {
                    self.error = Some(e.to_string())
                }
                Ok(_) => {
                    lines.push(b'\n');
                    rows += 1;
                }
                Err(panic) => self.error = Some(panic_text(panic)),
            }
            if self.error.is_some() {
                lines.truncate(whole);
            }
        }
        match &self.error {
            Some(text) if rows == 0 => Err(text.clone()),
            _ => Ok(lines),
        }
    }
}

#[test]
fn a_row_is_written_no_further_than_it_may_be_long() {
    let mut lines = b"x\n".to_vec();
    let text = "a".repeat(1 << 20);
    let error = write_json(text, &mut Line { lines: &mut lines, left: 10 }).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::FileTooLarge);
    assert_eq!(lines, b"x\n\"aaaaaaaaa");
}

#[test]
fn a_row_that_fails_comes_after_the_rows_before_it() {
    let mut lines = Lines::default();
    let mut count = 0;
    let mut next = |rows: usize| {
        let limits = Limits { rows, bytes: 1000, row_bytes: 10 };
        lines.next(limits, |to| {
            count += 1;
            match count {
                1 => to.write_all(b"one").map(|()| true),
                2 => to.write_all(b"as long as no row may be").map(|()| true),
                3 => to.write_all(b"th").and_then(|()| panic!("at the third")),
                _ => unreachable!(),
            }
        })
    };
    assert_eq!(next(10).unwrap(), b"one\nas long as \n");
    assert_eq!(next(10).unwrap_err(), "internal error: at the third");
    assert_eq!(next(10).unwrap_err(), "internal error: at the third");
}
