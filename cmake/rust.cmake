# The imported target laurel_rust: the static library of rust/, built by cargo when its sources change.
set(LAUREL_RUST_FOLDER "${PROJECT_SOURCE_DIR}/rust")
set(LAUREL_RUST_LIBRARY "${CMAKE_BINARY_DIR}/rust/release/liblaurel_rust.a")

# Debian 12 has a newer Rust beside its own: cargo-web and rustc-web.
find_program(CARGO NAMES cargo cargo-web HINTS "$ENV{CARGO_HOME}/bin" "$ENV{HOME}/.cargo/bin"
             REQUIRED)
find_program(RUSTC NAMES rustc rustc-web HINTS "$ENV{CARGO_HOME}/bin" "$ENV{HOME}/.cargo/bin"
             REQUIRED)

file(GLOB LAUREL_RUST_SOURCES CONFIGURE_DEPENDS "${LAUREL_RUST_FOLDER}/src/*.rs")
add_custom_command(
  OUTPUT "${LAUREL_RUST_LIBRARY}"
  COMMAND ${CMAKE_COMMAND} -E env "RUSTC=${RUSTC}" "${CARGO}" build --release --locked --quiet
          --manifest-path "${LAUREL_RUST_FOLDER}/Cargo.toml" --target-dir "${CMAKE_BINARY_DIR}/rust"
  # cargo leaves the file's time alone when nothing changed; ninja would then run it every time.
  COMMAND ${CMAKE_COMMAND} -E touch "${LAUREL_RUST_LIBRARY}"
  DEPENDS ${LAUREL_RUST_SOURCES} "${LAUREL_RUST_FOLDER}/Cargo.toml"
          "${LAUREL_RUST_FOLDER}/Cargo.lock"
  COMMENT "Building the Rust library"
  USES_TERMINAL
  VERBATIM)
add_custom_target(laurel_rust_build DEPENDS "${LAUREL_RUST_LIBRARY}")

add_library(laurel_rust INTERFACE IMPORTED GLOBAL)
add_dependencies(laurel_rust laurel_rust_build)
target_include_directories(laurel_rust INTERFACE "${LAUREL_RUST_FOLDER}")
target_link_libraries(laurel_rust INTERFACE "${LAUREL_RUST_LIBRARY}" dl pthread m)
