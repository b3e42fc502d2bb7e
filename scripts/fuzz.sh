#!/usr/bin/env bash
# Builds the fuzz targets into build-fuzz/ and runs them one after the other; prints a table row for each.
# usage: scripts/fuzz.sh [SECONDS [TARGET...]]     default: 30 seconds each, all of tests/fuzz
# Inputs that made a target fail are in build-fuzz/found/TARGET-*; running the target on one reproduces it.
# New inputs are kept in build-fuzz/corpus/; tests/fuzz/corpus/ holds the small committed part.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-30}
shift || true
[[ "$seconds" =~ ^[0-9]+$ ]] || { echo "fuzz: found $seconds, expected a number of seconds" >&2; exit 2; }
targets=("$@")
[ $# -gt 0 ] || for source in tests/fuzz/*_fuzz.cpp; do
  name=${source##*/}
  targets+=("${name%_fuzz.cpp}")
done

compiler=$(command -v clang++-16 || command -v clang++ || true)
[ -n "$compiler" ] || { echo "fuzz: no clang++; run scripts/setup.sh --fuzz" >&2; exit 2; }
mkdir -p build-fuzz/found
configure=(cmake -S . -B build-fuzz -G Ninja "-DCMAKE_CXX_COMPILER=$compiler"
  -DLAUREL_FUZZ=ON -DLAUREL_TESTS=OFF -DLAUREL_SANITIZE=fuzzer-no-link,address,undefined)
[ -z "${LAUREL_TORCH:-}" ] || configure+=("-DLAUREL_TORCH=$LAUREL_TORCH")
"${configure[@]}" >build-fuzz/configure.log 2>&1 || { cat build-fuzz/configure.log >&2; exit 1; }
cmake --build build-fuzz --target "${targets[@]/%/_fuzz}" >build-fuzz/build.log 2>&1 ||
  { tail -50 build-fuzz/build.log >&2; exit 1; }
python3 scripts/make_fuzz_seeds.py build-fuzz/seeds

# LibTorch is not instrumented: what its containers hold looks overrun, and what it keeps looks lost.
export ASAN_OPTIONS="detect_container_overflow=0:allocator_may_return_null=0:${ASAN_OPTIONS:-}"
export LSAN_OPTIONS="suppressions=$PWD/tests/sanitize/leaks.txt:print_suppressions=0:${LSAN_OPTIONS:-}"
export UBSAN_OPTIONS="print_stacktrace=1:${UBSAN_OPTIONS:-}"
failed=0
echo "| target | seconds | executions | edges | corpus | findings |"
echo "|---|---|---|---|---|---|"
for target in "${targets[@]}"; do
  mkdir -p "build-fuzz/corpus/$target" "build-fuzz/seeds/$target" "tests/fuzz/corpus/$target"
  log=build-fuzz/$target.log
  status=0
  "build-fuzz/fuzz/${target}_fuzz" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2560 -max_len=65536 \
    -print_final_stats=1 -artifact_prefix="build-fuzz/found/$target-" "build-fuzz/corpus/$target" \
    "tests/fuzz/corpus/$target" "build-fuzz/seeds/$target" >"$log" 2>&1 || status=$?
  last=$(grep -aoE "cov: [0-9]+ ft: [0-9]+ corp: [0-9]+" "$log" | tail -1)
  runs=$(grep -a "stat::number_of_executed_units" "$log" | grep -oE "[0-9]+$" || echo "?")
  found=$(find build-fuzz/found -name "$target-*" | wc -l)
  read -r _ edges _ _ _ corpus <<<"${last:-? ? ? ? ? ?}"
  echo "| $target | $seconds | $runs | $edges | $corpus | $found |"
  if [ $status != 0 ]; then
    failed=1
    echo "fuzz: $target ended with $status; the end of $log:" >&2
    tail -40 "$log" >&2
  fi
done
exit $failed
