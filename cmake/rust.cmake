# The imported target laurel_rust: the static library of rust/, built by cargo when its sources change.
set(LAUREL_RUST_FOLDER "${PROJECT_SOURCE_DIR}/rust")
set(LAUREL_RUST_LIBRARY "${CMAKE_BINARY_DIR}/rust/release/liblaurel_rust.a")

# Debian 12 has a newer Rust beside its own: cargo-web and rustc-web.
find_program(CARGO NAMES cargo cargo-web HINTS "$ENV{CARGO_HOME}/bin" "$ENV{HOME}/.cargo/bin"
             REQUIRED)
find_program(RUSTC NAMES rustc rustc-web HINTS "$ENV{CARGO_HOME}/bin" "$ENV{HOME}/.cargo/bin"
             REQUIRED)

set(LAUREL_RUST_ENVIRONMENT "RUSTC=${RUSTC}")
set(LAUREL_RUST_OPTIONS "")
if(LAUREL_FUZZ)
  # Coverage for libFuzzer. With a named target, cargo keeps the flags from what it runs itself.
  set(target x86_64-unknown-linux-gnu)
  set(LAUREL_RUST_LIBRARY "${CMAKE_BINARY_DIR}/rust/${target}/release/liblaurel_rust.a")
  set(LAUREL_RUST_OPTIONS "--target=${target}")
  string(CONCAT flags "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4"
         " -Cllvm-args=-sanitizer-coverage-inline-8bit-counters"
         " -Cllvm-args=-sanitizer-coverage-pc-table"
         " -Cllvm-args=-sanitizer-coverage-trace-compares")
  list(APPEND LAUREL_RUST_ENVIRONMENT "RUSTFLAGS=${flags}")
endif()

# No USES_TERMINAL: Ninja would hold back all other output, failures too, until cargo ends. Declared
# before any file of src/, so that Ninja starts it among the first: it takes longest.
file(GLOB_RECURSE LAUREL_RUST_SOURCES CONFIGURE_DEPENDS "${LAUREL_RUST_FOLDER}/src/*.rs")
add_custom_command(
  OUTPUT "${LAUREL_RUST_LIBRARY}"
  COMMAND ${CMAKE_COMMAND} -E env ${LAUREL_RUST_ENVIRONMENT}
          "${CARGO}" build --release --locked --quiet ${LAUREL_RUST_OPTIONS}
          --manifest-path "${LAUREL_RUST_FOLDER}/Cargo.toml" --target-dir "${CMAKE_BINARY_DIR}/rust"
  # cargo leaves the file's time alone when nothing changed; ninja would then run it every time.
  COMMAND ${CMAKE_COMMAND} -E touch "${LAUREL_RUST_LIBRARY}"
  DEPENDS ${LAUREL_RUST_SOURCES} "${LAUREL_RUST_FOLDER}/Cargo.toml"
          "${LAUREL_RUST_FOLDER}/Cargo.lock"
  COMMENT "Building the Rust library"
  VERBATIM)
add_custom_target(laurel_rust_build DEPENDS "${LAUREL_RUST_LIBRARY}")

# Its header is in the source tree, so only what links it has to wait: the library's full path is a
# dependency of that step, and Ninja finds the command above by it. Makefiles know a target's own
# commands only, and there the objects wait as well.
add_library(laurel_rust INTERFACE IMPORTED GLOBAL)
if(NOT CMAKE_GENERATOR MATCHES "Ninja")
  add_dependencies(laurel_rust laurel_rust_build)
endif()
target_include_directories(laurel_rust INTERFACE "${LAUREL_RUST_FOLDER}")
target_link_libraries(laurel_rust INTERFACE "${LAUREL_RUST_LIBRARY}" dl pthread m)
