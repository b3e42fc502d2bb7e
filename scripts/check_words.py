"""Fails where a name that was replaced by the field's own comes back: identifiers and keys, not words of English."""

import re
import subprocess
import sys

OLD = """
AttentionPlan Batcher BatchPlan Bundle ComparisonPull DealState DealtGroup EncodedText FirstSeen HeadKept
Judged Judgement Judgements LaneTokens LlamaKept LoopState NewFile OpenedModel PairwiseUnits PlaceInRun
PointwiseUnits RankedUnits RatingPull RawRows ReadRule ResponseFacts RowOrigin RowShape RunSaver RunState SlotDealer
SmallFiles StepPlan StepPlanner TextFolder UnitLoss after_neighbour deal_state encode_written first_scalar
gather_ratings initial_scalars lanes_of place_text read_begin read_end record_scalars score_pairs dealt
slots
small_files unit_loss unjudged
""".split()
SKIPPED = ("scripts/check_words.py", "scripts/witness/", "tests/fuzz/corpus/")

assert len(OLD) <= 60
word = re.compile(r"(?<![\w-])(" + "|".join(OLD) + r")(?![\w-])")
problems = []
for file in subprocess.check_output(["git", "ls-files"], text=True).split("\n"):
    if not file or file.startswith(SKIPPED):
        continue
    try:
        text = open(file, encoding="utf-8").read()
    except (UnicodeDecodeError, FileNotFoundError):
        continue
    for number, line in enumerate(text.split("\n"), 1):
        if found := word.search(line):
            problems.append(f"{file}:{number}: found {found[1]}, which has another name now")
print("\n".join(problems[:50]), file=sys.stderr, end="\n" if problems else "")
sys.exit(1 if problems else 0)
