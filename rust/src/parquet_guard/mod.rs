//! The one door to Parquet files, which strangers may have made. The `parquet` crate reads them; this
//! bounds what it would do to one that is made to take all time, memory or stack:
//! the schema's depth and width (footer), the lists of the footer and of page headers (thrift, by the types
//! in format; headers), and what a page's values may come to in memory (pages, lists).
mod footer;
mod format;
mod headers;
mod lists;
mod pages;
mod thrift;

use headers::CheckedFile;
use pages::{GuardedPages, Sums};
use parquet::bloom_filter::Sbbf;
use parquet::column::page::PageReader;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader, RowGroupMetaData};
use parquet::file::reader::{FileReader, RowGroupReader, SerializedPageReader};
use parquet::record::reader::RowIter;
use parquet::schema::types::Type;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

pub fn open(path: &Path) -> std::result::Result<impl FileReader + 'static, String> {
    let file = File::open(path).map_err(|e| e.to_string())?;
    footer::check(&file)?;
    let metadata = ParquetMetaDataReader::new().parse_and_finish(&file).map_err(text_of)?;
    Ok(GuardedFile { metadata, file: Arc::new(CheckedFile(file)) })
}

pub fn text_of(error: ParquetError) -> String {
    let text = error.to_string();
    let begin = ["Parquet error: ", "External: "].iter().find(|begin| text.starts_with(**begin));
    text[begin.map_or(0, |begin| begin.len())..].into()
}

struct GuardedFile {
    metadata: ParquetMetaData,
    file: Arc<CheckedFile>,
}

impl FileReader for GuardedFile {
    fn metadata(&self) -> &ParquetMetaData {
        &self.metadata
    }
    fn num_row_groups(&self) -> usize {
        self.metadata.num_row_groups()
    }
    fn get_row_group(&self, i: usize) -> Result<Box<dyn RowGroupReader + '_>> {
        let (metadata, file) = (self.metadata.row_group(i), self.file.clone());
        Ok(Box::new(GuardedGroup { metadata, file, sums: Arc::default() }))
    }
    fn get_row_iter(&self, projection: Option<Type>) -> Result<RowIter<'_>> {
        RowIter::from_file(projection, self)
    }
}

struct GuardedGroup<'a> {
    metadata: &'a RowGroupMetaData,
    file: Arc<CheckedFile>,
    sums: Arc<Sums>,
}

impl RowGroupReader for GuardedGroup<'_> {
    fn metadata(&self) -> &RowGroupMetaData {
        self.metadata
    }
    fn num_columns(&self) -> usize {
        self.metadata.num_columns()
    }
    fn get_column_page_reader(&self, i: usize) -> Result<Box<dyn PageReader>> {
        let chunk = self.metadata.column(i);
        let rows = usize::try_from(self.metadata.num_rows())?;
        let pages = SerializedPageReader::new(self.file.clone(), chunk, rows, None)?;
        Ok(Box::new(GuardedPages::new(pages, chunk.column_descr(), self.sums.clone())))
    }
    fn get_column_bloom_filter(&self, _: usize) -> Option<&Sbbf> {
        None
    }
    fn get_row_iter(&self, projection: Option<Type>) -> Result<RowIter<'_>> {
        RowIter::from_row_group(projection, self)
    }
}
