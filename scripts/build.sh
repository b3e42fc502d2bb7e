#!/usr/bin/env bash
# Configures build/ once and builds everything into it, or the named targets: scripts/build.sh laurel
set -euo pipefail
cd "$(dirname "$0")/.."
configure=(cmake -S . -B build -G Ninja)
[ -z "${LAUREL_TORCH:-}" ] || configure+=("-DLAUREL_TORCH=$LAUREL_TORCH")
"${configure[@]}" >build.log 2>&1 || { cat build.log >&2; exit 1; }
rm build.log
cmake --build build --target "${@:-all}"
