#!/usr/bin/env bash
# Shows that this tree computes the same numbers as the commit before the renaming: runs both programs over ten configs
# and compares every tensor by its bytes and every document by its keys, under the tables of scripts/witness/renames.py.
#
#   scripts/witness.sh                   builds the commit's program unless it is there, and build/'s program, and compares
#   scripts/witness.sh BEFORE AFTER      compares these two programs
#   scripts/witness.sh --compare         compares what is there from last time, under the tables as they are now
#   scripts/witness.sh --self-test       changes what is there from last time value by value: is each change noticed?
#
# Exit code: 0 agrees, 1 differs, 2 could not be done. Everything lands in build-witness/.
set -euo pipefail
cd "$(dirname "$0")/.."

BEFORE=415b1a1  # the commit before the first move

build() {  # SOURCE BUILD: the program alone
  local torch=${LAUREL_TORCH:-$PWD/.deps/torch-2.15.0/torch}
  cmake -S "$1" -B "$2" -G Ninja -DLAUREL_TESTS=OFF "-DLAUREL_TORCH=$torch" >"$2.log" 2>&1 ||
    { cat "$2.log" >&2; exit 2; }
  cmake --build "$2" --target laurel || exit 2
}

if [ $# = 0 ]; then
  tree=build-witness/$BEFORE
  program=$tree/build/laurel
  if [ ! -f "$tree/complete" ]; then
    mkdir -p build-witness
    git worktree prune
    [ -d "$tree" ] || git worktree add --detach "$tree" "$BEFORE"
    build "$tree" "$tree/build"
    touch "$tree/complete"
  fi
  # build/ keeps its settings: an existing one may build tests too.
  cmake -S . -B build -G Ninja >build-witness/build.log 2>&1 || { cat build-witness/build.log >&2; exit 2; }
  cmake --build build --target laurel || exit 2
  set -- "$program" build/laurel
fi
PYTHONDONTWRITEBYTECODE=1 exec python3 scripts/witness/witness.py "$@"
