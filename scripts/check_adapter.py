"""Checks that PEFT scores an adapter folder that laurel wrote as laurel does.

    check_adapter.py --laurel build/laurel --adapter FOLDER --rows FILE --text chat|plain

Loads the folder as its model card says, with AutoPeftModelForSequenceClassification (no tensor may
be missing or unexpected), and compares its rewards with `laurel score FOLDER` one by one, in
left-padded batches of 8, and after merge_and_unload. Rows as for check_export.py, whose texts are
scored too. Runs in the peer environment.
"""

import argparse
import pathlib
import sys
import warnings

import torch
from peft import AutoPeftModelForSequenceClassification
from transformers import AutoTokenizer

from check_export import TEXTS, collect, laurel_scores, one_by_one, padded
from peer_common import as_messages, be_quiet, read_rows


def load(folder):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = AutoPeftModelForSequenceClassification.from_pretrained(
            folder, num_labels=1, dtype=torch.float32).eval()
    missing = [str(entry.message) for entry in caught if "adapter keys" in str(entry.message)]
    if missing:
        sys.exit(f"{folder}: {missing}")
    model.config.pad_token_id = tokenizer.pad_token_id
    return model, tokenizer


@torch.no_grad()
def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--laurel", required=True, help="the program")
    parser.add_argument("--adapter", required=True, type=pathlib.Path)
    parser.add_argument("--rows", required=True, type=pathlib.Path)
    parser.add_argument("--text", required=True, choices=("chat", "plain"))
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--tolerance", type=float, default=1e-4)
    arguments = parser.parse_args()
    be_quiet()
    model, tokenizer = load(arguments.adapter)
    given = read_rows(arguments.rows)[:2 * arguments.count]
    pairs = bool(given) and "chosen" in given[0]
    rows = [{"prompt": "", **({"chosen": text, "rejected": "No."} if pairs else {"response": text})}
            for text in TEXTS]
    keys = ("prompt", "response", "chosen", "rejected")
    rows += [{key: row[key] for key in keys if key in row} for row in given]
    if arguments.text == "chat":
        rows = [as_messages({"score": 0, **row}) for row in rows]
    scored = laurel_scores(str(pathlib.Path(arguments.laurel).resolve()), arguments.adapter, rows,
                           ["--text", "plain"] if arguments.text == "plain" else [])
    ids, ours = collect(tokenizer, scored, arguments.count + len(TEXTS))
    passed = True
    for name, way in {"one by one": one_by_one, "left-padded by 8": padded("left"),
                      "merged, one by one": one_by_one}.items():
        if name.startswith("merged"):
            model = model.merge_and_unload()
        theirs = way(model, tokenizer, ids)
        worst = max(abs(a - b) for a, b in zip(ours, theirs))
        passed &= worst <= arguments.tolerance
        print(f"{name:22} {len(ids)} texts, largest difference {worst:.1e}"
              f"{'' if worst <= arguments.tolerance else '  TOO LARGE'}")
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main()
