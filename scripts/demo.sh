#!/usr/bin/env bash
# From a clone to three exported reward models on a real small backbone: pairs, ratings, and both together.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh
scripts/build.sh laurel
if [ ! -x .deps/tools/bin/python ]; then
  python3 -m venv .deps/tools
  .deps/tools/bin/pip install --quiet --disable-pip-version-check numpy==2.4.6 gguf==0.19.0
fi
.deps/tools/bin/python scripts/get_backbone.py smollm2-135m models/smollm2-135m

for run in pairs ratings mixed; do
  echo
  echo "== laurel train configs/$run.json"
  build/laurel train "configs/$run.json" --overwrite
done
echo
echo "== laurel eval runs/pairs data/pairs_eval.jsonl"
build/laurel eval runs/pairs data/pairs_eval.jsonl --text chat
echo
echo "== laurel score runs/mixed data/ratings_eval.jsonl -  (first rows)"
build/laurel score runs/mixed data/ratings_eval.jsonl runs/scored.jsonl
head -n 3 runs/scored.jsonl

cat <<END

This was a demo of a few steps on the project's own examples, not a result.
  backbone   models/smollm2-135m
  runs       runs/pairs  runs/ratings  runs/mixed   (laurel.json, metrics.jsonl, log.txt, final/)
  exports    runs/pairs/export  runs/ratings/export  runs/mixed/export   (load them with transformers)
  rewards    runs/scored.jsonl
Train on your own rows: copy configs/pairs.json, change "train" and "eval", and run
  build/laurel check YOUR.json && build/laurel train YOUR.json
END
