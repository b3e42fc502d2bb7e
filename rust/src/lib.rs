//! The C border: what rust/laurel_rust.h declares. No panic leaves this library.
mod border;
mod date;
mod decoder;
mod generation_tags;
mod parquet_footer;
mod parquet_lists;
mod parquet_page_headers;
mod parquet_pages;
mod parquet_rows;
mod python;
mod safetensors_header;
mod sha;
mod strings;
mod template;
mod thrift;
mod tokenizer;
mod tokenizer_border;
