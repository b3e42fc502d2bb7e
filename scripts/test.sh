#!/usr/bin/env bash
# Sets up, checks format and layers, builds, runs the whole test suite; the last lines are ctest's.
# --long: instead of the suite, the tests that would exceed its five minutes, and 30 seconds of each fuzz target.
# --sanitize address|undefined|thread: the suite under a sanitizer, in a build folder of its own.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ "${1:-}" = --sanitize ]; then
  scripts/setup.sh
  exec scripts/sanitize.sh "${2:-}"
fi
chosen=(-LE long)
setup=()
[ "${1:-}" != --long ] || { chosen=(-L long); setup=(--fuzz); }
scripts/setup.sh "${setup[@]}"
scripts/format.sh --check
python3 scripts/check_layers.py
python3 scripts/check_catalogue.py
python3 scripts/make_notice.py --check
scripts/build.sh
ctest --test-dir build -j 2 --output-on-failure "${chosen[@]}"
[ "${1:-}" != --long ] || scripts/fuzz.sh 30
