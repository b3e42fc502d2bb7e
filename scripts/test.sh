#!/usr/bin/env bash
# Sets up, checks format and layers, builds, runs the whole test suite; the last lines are ctest's.
# --long: instead of the suite, the tests that would exceed its five minutes.
set -euo pipefail
cd "$(dirname "$0")/.."
chosen=(-LE long)
[ "${1:-}" != --long ] || chosen=(-L long)
scripts/setup.sh
scripts/format.sh --check
python3 scripts/check_layers.py
python3 scripts/check_catalogue.py
scripts/build.sh
ctest --test-dir build --output-on-failure "${chosen[@]}"
