"""Checks that transformers scores an export as laurel does.

    check_export.py --laurel build/laurel --export FOLDER --rows FILE --text chat|plain|pair

Loads the export with AutoModelForSequenceClassification (no tensor may be missing, unexpected or
misshapen) and compares its logits with `laurel score` on texts with indentation, blank lines and
digits, which tokenizers take apart in different ways, and on the first 50 rows that laurel scores:
one by one, in left- and right-padded batches of 8, and read at the last token of unpadded rows
without regard to the pad token. Encoders, which read the first token, are padded on the right alone. Runs in
the peer environment.

FILE holds rows of strings (prompt and response, or prompt, chosen and rejected; the prompt is
optional with plain). With `chat` they are given to laurel as message lists; with `plain` as they
are, to a model trained on plain strings, and with `pair` to an encoder, prompt and answer as a pair.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from peer_common import as_messages, be_quiet, read_rows, write_rows

TEXTS = [
    "def f(x):\n    if x > 1000:\n\t\treturn  x * 3.14159\n\n\n    return 20260131\n",
    "First paragraph.\n\nSecond, 12,500.75 in 2024.\n\n\n  - a list\n      - deeper",
    "e\u0301galite\u0301 \u212b \ufb01 na\u00efve \u6771\u4eac 1234567890 I'd we've THEY'RE", "  leading and trailing  ",
]
ANSWERS = {"response": "reward", "chosen": "chosen_reward", "rejected": "rejected_reward"}
PROBLEMS = ("missing_keys", "unexpected_keys", "mismatched_keys", "error_msgs")


def load(folder):
    if not (folder / "config.json").exists():
        sys.exit(f"{folder}: found no config.json, expected an export")
    model, report = AutoModelForSequenceClassification.from_pretrained(
        folder, dtype=torch.float32, output_loading_info=True)
    wrong = {key: report[key] for key in PROBLEMS if report[key]}
    if wrong or model.config.num_labels != 1:
        sys.exit(f"{folder}: {wrong or 'num_labels is not 1'}")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    if model.config.pad_token_id != tokenizer.pad_token_id:
        sys.exit(f"{folder}: pad token {model.config.pad_token_id} in config.json, "
                 f"{tokenizer.pad_token_id} in the tokenizer")
    return model.eval(), tokenizer


def laurel_scores(laurel, export, rows, options):
    with tempfile.TemporaryDirectory() as folder:
        source, scored = pathlib.Path(folder, "in.jsonl"), pathlib.Path(folder, "out.jsonl")
        write_rows(source, rows)
        subprocess.run([laurel, "score", str(export), str(source), str(scored), *options],
                       check=True, stdout=sys.stderr)
        return read_rows(scored)


def plain_ids(tokenizer, prompt, response):
    """The lines of docs/export.md and of the model card."""
    text = prompt + response
    if not text.endswith(tokenizer.eos_token):
        text += tokenizer.eos_token
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    # What the tokenizer puts around a text by itself, unless it is there.
    bare, whole = (tokenizer("a", add_special_tokens=own)["input_ids"] for own in (False, True))
    at = next(i for i in range(len(whole)) if whole[i:i + len(bare)] == bare)
    begin, end = whole[:at], whole[at + len(bare):]
    if ids[:len(begin)] != begin:
        ids = begin + ids
    if ids[len(ids) - len(end):] != end:
        ids += end
    return ids


def inputs_of(tokenizer, row, key, text):
    """What a user of transformers does with a row: the template, or the lines of the model card."""
    prompt = row.get("prompt")
    if isinstance(row[key], list):
        return {"input_ids": tokenizer.apply_chat_template(
            (prompt or []) + row[key], tokenize=True, return_dict=True)["input_ids"]}
    if text == "pair":
        texts = [row[key]] if prompt is None else [prompt, row[key]]
        return {name: values[0] for name, values in tokenizer(*[[each] for each in texts]).items()}
    return {"input_ids": plain_ids(tokenizer, prompt or "", row[key])}


def one_by_one(model, tokenizer, rows):
    return [model(**{name: torch.tensor([values]) for name, values in row.items()}).logits[0, 0].item()
            for row in rows]


def padded(side):
    def score(model, tokenizer, rows):
        rewards = []
        for start in range(0, len(rows), 8):
            batch = tokenizer.pad(rows[start:start + 8], padding_side=side, return_tensors="pt")
            rewards += model(**batch).logits[:, 0].tolist()
        return rewards
    return score


def last_token(model, tokenizer, rows):
    hidden = [model.base_model(input_ids=torch.tensor([row["input_ids"]])).last_hidden_state[0, -1]
              for row in rows]
    return [(model.score.weight[0] @ state).item() for state in hidden]


WAYS = {"one by one": one_by_one, "right-padded by 8": padded("right"),
        "left-padded by 8": padded("left"), "last token, unpadded": last_token}
WAYS_OF_ENCODERS = {name: WAYS[name] for name in ("one by one", "right-padded by 8")}


def collect(tokenizer, rows, count, text):
    """Inputs and laurel's rewards of the first `count` scored rows (a pair row gives two)."""
    inputs, rewards, taken = [], [], 0
    for row in rows:
        keys = [key for key, reward in ANSWERS.items() if row.get(reward) is not None]
        if keys and taken < count:
            taken += 1
            inputs += [inputs_of(tokenizer, row, key, text) for key in keys]
            rewards += [row[ANSWERS[key]] for key in keys]
    if taken < count:
        sys.exit(f"found {taken} rows with rewards, expected {count}")
    return inputs, rewards


@torch.no_grad()
def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--laurel", required=True, help="the program")
    parser.add_argument("--export", required=True, type=pathlib.Path)
    parser.add_argument("--rows", required=True, type=pathlib.Path)
    parser.add_argument("--text", required=True, choices=("chat", "plain", "pair"))
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--tolerance", type=float, default=1e-4)
    arguments = parser.parse_args()
    be_quiet()
    model, tokenizer = load(arguments.export)
    count = arguments.count + len(TEXTS)
    rows = [{"prompt": "", "response": text} for text in TEXTS]
    given = read_rows(arguments.rows)[:2 * arguments.count]
    if given and "chosen" in given[0]:
        rows = [{"prompt": "", "chosen": text, "rejected": "No."} for text in TEXTS]
    rows += [{key: row[key] for key in ("prompt", *ANSWERS) if key in row} for row in given]
    if arguments.text == "chat":
        rows = [as_messages({"score": 0, **row}) for row in rows]
    scored = laurel_scores(str(pathlib.Path(arguments.laurel).resolve()), arguments.export, rows,
                           ["--text", "plain"] if arguments.text == "plain" else [])
    assert len(scored) == len(rows), f"{len(rows)} rows in, {len(scored)} out"
    inputs, ours = collect(tokenizer, scored, count, arguments.text)
    print(json.dumps({"rows": count, "texts": len(inputs), "text": arguments.text,
                      "pad": tokenizer.pad_token, "eos": tokenizer.eos_token,
                      "end_in_pad": sum(row["input_ids"][-1] == tokenizer.pad_token_id for row in inputs)}))
    passed = True
    for name, way in (WAYS if hasattr(model, "score") else WAYS_OF_ENCODERS).items():
        theirs = way(model, tokenizer, inputs)
        worst = max(abs(a - b) for a, b in zip(ours, theirs))
        passed &= worst <= arguments.tolerance
        print(f"{name:22} largest difference {worst:.1e}"
              f"{'' if worst <= arguments.tolerance else '  TOO LARGE'}")
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main()
