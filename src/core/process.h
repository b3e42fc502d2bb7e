// What is changed for the whole process and not for one object: only `main` calls it.
#pragma once

namespace laurel {

// Opens standard descriptors that are closed on /dev/null: the first file that is opened would
// otherwise get the number of standard output or error, and what is printed would go into it.
void open_closed_standard_descriptors();

// A write beyond the file size limit (ulimit -f) is a write error like any other.
void ignore_file_size_signal();

// A closed pipe is a write error like any other, not the end of the process.
void ignore_broken_pipes();

// A panic in the Rust library becomes an error message here; its own report would come twice.
void silence_rust_panics();

// Ends it with this exit code once what was printed is written. LibTorch would first take its tables
// of operators apart, which takes about as long as making them, and which nothing needs.
[[noreturn]] void end_process(int code);

}  // namespace laurel
