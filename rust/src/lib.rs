//! The C interface (FFI) that rust/laurel_rust.h declares. No panic leaves this library.
mod ffi;
mod date;
mod decoder;
mod environment;
mod filters;
mod generation_tags;
mod json_dump;
mod parquet_guard;
mod parquet_rows;
mod python;
mod safetensors_header;
mod sha;
mod strings;
mod template;
mod tokenizer;
mod tokenizer_ffi;
mod tokenizer_limits;
