#!/usr/bin/env bash
# Makes .deps/peer, the Python environment of the peers (TRL, transformers) and golden makers; idempotent.
set -euo pipefail
cd "$(dirname "$0")/.."

list=scripts/peer_requirements.txt
folder=.deps/peer
if [ -f "$folder/installed.txt" ] && cmp -s "$list" "$folder/installed.txt"; then
  exit 0
fi
[ -x "$folder/bin/python" ] || python3 -m venv "$folder"
"$folder/bin/pip" install -q --no-deps -r "$list"
"$folder/bin/python" -c "from trl import RewardTrainer" > /dev/null
cp "$list" "$folder/installed.txt"
echo "$folder is ready"
