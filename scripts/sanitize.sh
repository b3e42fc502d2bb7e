#!/usr/bin/env bash
# Builds the program and its tests with one of the compiler's sanitizers in build-KIND/ and runs the suite there.
# usage: scripts/sanitize.sh address|undefined|thread
# thread: the folders without torch, and the tests of what runs in parallel to the loop; see tests/sanitize/threads.txt.
set -euo pipefail
cd "$(dirname "$0")/.."

kind=${1:-}
[[ "$kind" =~ ^(address|undefined|thread)$ ]] ||
  { echo "sanitize: found \"$kind\", expected address, undefined or thread" >&2; exit 2; }
folder=build-$kind
lists=$PWD/tests/sanitize
export ASAN_OPTIONS="detect_container_overflow=0:detect_leaks=1:${ASAN_OPTIONS:-}"
export LSAN_OPTIONS="suppressions=$lists/leaks.txt:print_suppressions=0:${LSAN_OPTIONS:-}"
export UBSAN_OPTIONS="print_stacktrace=1:${UBSAN_OPTIONS:-}"
export TSAN_OPTIONS="suppressions=$lists/threads.txt:halt_on_error=1:second_deadlock_stack=1:${TSAN_OPTIONS:-}"

# The Rust library is the same in every build.
mkdir -p "$folder" build/rust
[ -e "$folder/rust" ] || ln -s ../build/rust "$folder/rust"
configure=(cmake -S . -B "$folder" -G Ninja "-DLAUREL_SANITIZE=$kind" -DLAUREL_NVCC=NO)
[ -z "${LAUREL_TORCH:-}" ] || configure+=("-DLAUREL_TORCH=$LAUREL_TORCH")
"${configure[@]}" >"$folder/configure.log" 2>&1 || { cat "$folder/configure.log" >&2; exit 1; }

if [ "$kind" != thread ]; then
  cmake --build "$folder"
  ctest --test-dir "$folder" --output-on-failure -LE long
  exit
fi
cmake --build "$folder" --target core_tests text_tests data_tests
ctest --test-dir "$folder" --output-on-failure -R '^(core|text)$'
# Where torch is linked: what hands work from thread to thread.
export OMP_NUM_THREADS=1
"$folder/tests/data/data_tests" --gtest_brief=1 --gtest_filter='Load*:BatchPrefetcher*'
