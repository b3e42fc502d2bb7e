//! Bounds on what the pages of a Parquet file may turn into: a page of a few bytes can stand for a list
//! of billions, or for a dictionary's longest text over and over.
use parquet::basic::{Encoding, Type};
use parquet::bloom_filter::Sbbf;
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};
use parquet::record::reader::RowIter;
use parquet::schema::types::Type as SchemaType;
use std::fs::File;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

const MOST_ELEMENTS: u64 = 2_000_000; // of all lists of a row
const MOST_TEXT: u64 = 512 << 20; // bytes that a row's values can have by their pages
const MOST_PAGE_BYTES: u64 = 1 << 30; // of all columns at a time

fn refuse<T>(text: String) -> Result<T> {
    Err(ParquetError::General(text))
}

/// Sums over the columns of a row group, of what each has at present.
#[derive(Default)]
struct Sums {
    elements: AtomicU64,
    text: AtomicU64,
    page_bytes: AtomicU64,
}

/// One column's part of a sum.
#[derive(Default)]
struct Part(u64);

impl Part {
    fn set(&mut self, sum: &AtomicU64, now: u64, most: u64, what: &str) -> Result<()> {
        let change = now.wrapping_sub(std::mem::replace(&mut self.0, now));
        let all = sum.fetch_add(change, Ordering::Relaxed).wrapping_add(change);
        if all > most {
            return refuse(format!("{what}: found {all}, expected at most {most}"));
        }
        Ok(())
    }
}

pub struct GuardedFile(pub SerializedFileReader<File>);

impl FileReader for GuardedFile {
    fn metadata(&self) -> &ParquetMetaData {
        self.0.metadata()
    }
    fn num_row_groups(&self) -> usize {
        self.0.num_row_groups()
    }
    fn get_row_group(&self, i: usize) -> Result<Box<dyn RowGroupReader + '_>> {
        Ok(Box::new(GuardedGroup { group: self.0.get_row_group(i)?, sums: Arc::default() }))
    }
    fn get_row_iter(&self, projection: Option<SchemaType>) -> Result<RowIter<'_>> {
        RowIter::from_file(projection, self)
    }
}

struct GuardedGroup<'a> {
    group: Box<dyn RowGroupReader + 'a>,
    sums: Arc<Sums>,
}

impl RowGroupReader for GuardedGroup<'_> {
    fn metadata(&self) -> &RowGroupMetaData {
        self.group.metadata()
    }
    fn num_columns(&self) -> usize {
        self.group.num_columns()
    }
    fn get_column_page_reader(&self, i: usize) -> Result<Box<dyn PageReader>> {
        let column = self.metadata().column(i).column_descr_ptr();
        Ok(Box::new(GuardedPages {
            pages: self.group.get_column_page_reader(i)?,
            sums: self.sums.clone(),
            values: column.physical_type(),
            fixed_length: u64::try_from(column.type_length()).unwrap_or(0),
            dictionary_bytes: 0,
            largest: 0,
            lists: Lists::new(column.max_rep_level()),
            elements: Part::default(),
            text: Part::default(),
            page_bytes: Part::default(),
        }))
    }
    fn get_column_bloom_filter(&self, i: usize) -> Option<&Sbbf> {
        self.group.get_column_bloom_filter(i)
    }
    fn get_row_iter(&self, projection: Option<SchemaType>) -> Result<RowIter<'_>> {
        RowIter::from_row_group(projection, self)
    }
}

struct GuardedPages {
    pages: Box<dyn PageReader>,
    sums: Arc<Sums>,
    values: Type,
    fixed_length: u64,
    dictionary_bytes: u64,
    largest: u64, // bytes of a value that may take fewer in its page
    lists: Lists,
    elements: Part,
    text: Part,
    page_bytes: Part,
}

impl GuardedPages {
    /// The longest text of a dictionary, which is stored as lengths and texts in turn.
    fn largest_in(&self, dictionary: &[u8]) -> u64 {
        if self.values != Type::BYTE_ARRAY {
            return self.fixed_length;
        }
        let (mut rest, mut largest) = (dictionary, 0);
        while let Some((length, texts)) = rest.split_first_chunk() {
            let length = u32::from_le_bytes(*length) as usize;
            let Some(behind) = texts.get(length..) else { break };
            largest = largest.max(length as u64);
            rest = behind;
        }
        largest
    }

    fn admit(&mut self, page: &Page) -> Result<()> {
        let bytes = page.buffer().len() as u64;
        match page {
            Page::DictionaryPage { buf, .. } => {
                self.dictionary_bytes = bytes;
                self.largest = self.largest.max(self.largest_in(buf));
            }
            Page::DataPage { buf, num_values, rep_level_encoding, .. } => {
                self.lists.read_page(buf, *num_values, *rep_level_encoding)?;
            }
            Page::DataPageV2 { buf, num_values, rep_levels_byte_len, .. } => {
                let levels = buf.get(..*rep_levels_byte_len as usize);
                self.lists.read_levels(levels.ok_or_else(damaged)?, *num_values)?;
            }
        }
        // Texts that share beginnings: none is longer than all that is stored of them.
        if page.encoding() == Encoding::DELTA_BYTE_ARRAY {
            self.largest = self.largest.max(bytes);
        }
        let elements = self.lists.longest();
        let text = self.largest.saturating_mul(elements.max(1));
        let most = MOST_PAGE_BYTES;
        let live = self.dictionary_bytes.saturating_add(bytes);
        self.page_bytes.set(&self.sums.page_bytes, live, most, "bytes of pages at a time")?;
        self.elements.set(
            &self.sums.elements,
            elements,
            MOST_ELEMENTS,
            "elements of a row's lists",
        )?;
        self.text.set(&self.sums.text, text, MOST_TEXT, "bytes that a row may come to")
    }
}

impl Iterator for GuardedPages {
    type Item = Result<Page>;
    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

impl PageReader for GuardedPages {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        let page = self.pages.get_next_page()?;
        if let Some(page) = &page {
            self.admit(page)?;
        }
        Ok(page)
    }
    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        self.pages.peek_next_page()
    }
    fn skip_next_page(&mut self) -> Result<()> {
        self.pages.skip_next_page()
    }
    fn at_record_boundary(&mut self) -> Result<bool> {
        self.pages.at_record_boundary()
    }
}

fn damaged() -> ParquetError {
    ParquetError::General("a page's repetition levels are damaged".into())
}

/// Follows a column's repetition levels, where 0 begins a row, without making values of them.
struct Lists {
    width: usize, // bits of a level; 0: no lists
    row: u64,     // elements of the row that the last page ended in
    most: u64,
}

impl Lists {
    fn new(max_level: i16) -> Self {
        Lists { width: (16 - max_level.leading_zeros()) as usize, row: 0, most: 0 }
    }

    /// 0 without lists.
    fn longest(&self) -> u64 {
        self.most
    }

    fn add(&mut self, level: u64, count: u64) {
        self.row = if level == 0 { 1 } else { self.row + count };
        self.most = self.most.max(self.row);
    }

    fn read_page(&mut self, page: &[u8], values: u32, encoding: Encoding) -> Result<()> {
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
    fn read_levels(&mut self, mut levels: &[u8], values: u32) -> Result<()> {
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
