//! How long the lists of a Parquet column are, by the repetition levels of its pages.
use parquet::basic::Encoding;
use parquet::errors::{ParquetError, Result};

pub fn damaged() -> ParquetError {
    ParquetError::General("a page's repetition levels are damaged".into())
}

/// Follows a column's repetition levels, where 0 begins a row, without making values of them.
pub struct Lists {
    width: usize, // bits of a level; 0: no lists
    row: u64,     // elements of the row that the last page ended in
    most: u64,
}

impl Lists {
    pub fn new(max_level: i16) -> Self {
        Lists { width: (16 - max_level.leading_zeros()) as usize, row: 0, most: 0 }
    }

    /// 0 without lists.
    pub fn longest(&self) -> u64 {
        self.most
    }

    fn add(&mut self, level: u64, count: u64) {
        self.row = if level == 0 { 1 } else { self.row + count };
        self.most = self.most.max(self.row);
    }

    pub fn read_page(&mut self, page: &[u8], values: u32, encoding: Encoding) -> Result<()> {
        if self.width == 0 || values == 0 {
            return Ok(());
        }
        if encoding != Encoding::RLE {
            self.add(1, values.into()); // an encoding of the past: as if it were one list
            return Ok(());
        }
        let (size, rest) = page.split_first_chunk().ok_or_else(damaged)?;
        let levels = rest.get(..u32::from_le_bytes(*size) as usize).ok_or_else(damaged)?;
        self.read_levels(levels, values)
    }

    /// Runs of one level, and levels one by one in groups of eight.
    pub fn read_levels(&mut self, mut levels: &[u8], values: u32) -> Result<()> {
        let mut left = if self.width == 0 { 0 } else { u64::from(values) };
        while left > 0 {
            let header = take_number(&mut levels).ok_or_else(damaged)?;
            if header & 1 == 0 {
                let size = self.width.div_ceil(8);
                let level = levels.get(..size).ok_or_else(damaged)?;
                let level = level.iter().rev().fold(0, |sum, &byte| sum << 8 | u64::from(byte));
                levels = &levels[size..];
                let count = (header >> 1).min(left);
                if count == 0 {
                    return Err(damaged());
                }
                self.add(level, count);
                left -= count;
            } else {
                let groups = usize::try_from(header >> 1).map_err(|_| damaged())?;
                let size = groups.saturating_mul(self.width).min(levels.len());
                let count = (size as u64 * 8 / self.width as u64).min(left);
                if count == 0 {
                    return Err(damaged());
                }
                for i in 0..count as usize {
                    self.add(bits_at(levels, i * self.width, self.width), 1);
                }
                levels = &levels[size..];
                left -= count;
            }
        }
        Ok(())
    }
}

fn take_number(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (&first, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(first & 0x7F) << shift;
        if first < 0x80 {
            return Some(number);
        }
    }
    None
}

/// Only whether they are all 0 matters.
fn bits_at(bytes: &[u8], begin: usize, count: usize) -> u64 {
    (begin..begin + count).fold(0, |any, bit| any | u64::from(bytes[bit / 8] >> (bit % 8) & 1))
}

#[test]
fn the_longest_list_is_found_in_runs_and_in_packed_levels_and_over_pages() {
    let mut lists = Lists::new(1);
    // A run of one 0, a run of 200 ones; then eight levels 0 1 1 0 1 0 0 1.
    lists.read_levels(&[0x02, 0, 0x90, 0x03, 1, 0x03, 0b1001_0110], 209).unwrap();
    assert_eq!((lists.longest(), lists.row), (201, 2));
    lists.read_levels(&[0x90, 0x03, 1], 200).unwrap();
    assert_eq!((lists.longest(), lists.row), (202, 202));
    assert!(lists.read_levels(&[0x02, 0], 2).is_err());
    assert!(lists.read_levels(&[0x00, 0], 2).is_err());
    let mut deeper = Lists::new(2);
    deeper.read_levels(&[0x03, 0b0001_1000, 0b0000_0001], 8).unwrap(); // 0 2 1 0 1 0 0 0
    assert_eq!(deeper.longest(), 3);
    let mut none = Lists::new(0);
    none.read_page(&[], 1000, Encoding::RLE).unwrap();
    assert_eq!(none.longest(), 0);
}
