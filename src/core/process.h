// What is changed for the whole process and not for one object: only `main` calls it.
#pragma once

namespace laurel {

// A closed pipe is a write error like any other, not the end of the process.
void ignore_broken_pipes();

// A panic in the Rust library becomes an error message here; its own report would come twice.
void silence_rust_panics();

}  // namespace laurel
