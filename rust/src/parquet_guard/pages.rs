//! Bounds on what the pages of a Parquet file may turn into: a page of a few bytes can stand for a list
//! of billions, or for a dictionary's longest text over and over.
use super::headers::CheckedFile;
use super::lists::{damaged, Lists};
use parquet::basic::{Encoding, Type};
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::SerializedPageReader;
use parquet::schema::types::ColumnDescriptor;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

const MAX_ELEMENTS: u64 = 2_000_000; // of all lists of a row
const MAX_TEXT: u64 = 512 << 20; // bytes that a row's values can have by their pages
const MAX_PAGE_BYTES: u64 = 1 << 30; // of all columns at a time

fn refuse<T>(text: String) -> Result<T> {
    Err(ParquetError::General(text))
}

/// Sums over the columns of a row group, of what each has at present.
#[derive(Default)]
pub struct Sums {
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

pub struct GuardedPages {
    pages: SerializedPageReader<CheckedFile>,
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
    pub fn new(
        pages: SerializedPageReader<CheckedFile>,
        column: &ColumnDescriptor,
        sums: Arc<Sums>,
    ) -> Self {
        GuardedPages {
            pages,
            sums,
            values: column.physical_type(),
            fixed_length: u64::try_from(column.type_length()).unwrap_or(0),
            dictionary_bytes: 0,
            largest: 0,
            lists: Lists::new(column.max_rep_level()),
            elements: Part::default(),
            text: Part::default(),
            page_bytes: Part::default(),
        }
    }

    /// The longest text of a dictionary, which is stored as lengths and texts in turn.
    fn largest_in(&self, dictionary: &[u8]) -> u64 {
        if self.values != Type::BYTE_ARRAY {
            return self.fixed_length;
        }
        let (mut rest, mut largest) = (dictionary, 0);
        while let Some((length, texts)) = rest.split_first_chunk() {
            let length = u32::from_le_bytes(*length) as usize;
            let Some(after) = texts.get(length..) else { break };
            largest = largest.max(length as u64);
            rest = after;
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
        let most = MAX_PAGE_BYTES;
        let live = self.dictionary_bytes.saturating_add(bytes);
        self.page_bytes.set(&self.sums.page_bytes, live, most, "bytes of pages at a time")?;
        self.elements.set(
            &self.sums.elements,
            elements,
            MAX_ELEMENTS,
            "elements of a row's lists",
        )?;
        self.text.set(&self.sums.text, text, MAX_TEXT, "bytes of a row at most")
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
