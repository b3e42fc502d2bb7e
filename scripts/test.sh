#!/usr/bin/env bash
# Sets up, checks format and layers, builds, runs the whole test suite; the last lines are ctest's.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh
scripts/format.sh --check
python3 scripts/check_layers.py
scripts/build.sh
ctest --test-dir build --output-on-failure
