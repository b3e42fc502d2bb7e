#!/usr/bin/env bash
# Formats all C++ and CUDA files; --check only says which would change and fails if any would.
set -euo pipefail
cd "$(dirname "$0")/.."
mode=(-i)
[ "${1:-}" != "--check" ] || mode=(--dry-run -Werror)
git ls-files -co --exclude-standard '*.h' '*.cpp' '*.cu' '*.cuh' | grep -v '^rust/' | xargs -r clang-format-16 "${mode[@]}"
