"""Whether laurel reads the shapes of $LAUREL_DATA/shapes as the programs that they come from do: scores every row by laurel and by
transformers, on the texts that TRL 1.16 makes of it (run), or that the rule of its program makes (stated below), and prints the
largest difference of a reward. Equal rewards mean equal tokens.

    LAUREL_DATA=... .deps/peer/bin/python scripts/check_shape_texts.py REWARD_MODEL     with a chat template
"""

import argparse
import gzip
import json
import os
import pathlib
import subprocess
import tempfile

import datasets
from transformers import AutoModelForSequenceClassification, AutoTokenizer
from trl import RewardConfig, RewardTrainer

from peer_common import be_quiet, read_rows, rewards_of, training_options

ROOT = pathlib.Path(__file__).resolve().parent.parent
ROLES = {"human": "user", "gpt": "assistant", "system": "system", "user": "user", "assistant": "assistant"}
TEXTS = ("prompt", "response", "chosen", "rejected", "response_a", "response_b", "responses")
TOLERANCE = 1e-4


def turn(role, text):
    return [{"role": role, "content": text}] if text else []


def joined(messages):
    return [message | {"content": "".join(part["text"] for part in message["content"])} for message in messages]


def history(row):
    return [message for question, answer in row.get("history") or []
            for message in turn("user", question) + turn("assistant", answer)]


def query(row):
    return "\n".join(text for text in (row["instruction"], row.get("input")) if text)


def from_value(messages):
    return [message for each in messages for message in turn(ROLES[each["from"]], each["value"])]


def dialogue(text):
    messages = []
    for part in text.split("\n\nHuman: ")[1:]:
        question, *answers = part.split("\n\nAssistant: ")
        messages += turn("user", question.strip()) + turn("assistant", "".join(answers).strip())
    return messages


# The messages of each response, in the order of laurel's fields. The rules as the programs' documentation and code state them.
def llamafactory_alpaca(row):
    start = turn("system", row["system"]) + history(row) + turn("user", query(row))
    return [start + turn("assistant", row[key]) for key in ("chosen", "rejected")]


def llamafactory_sharegpt(row):
    start = turn("system", row.get("system")) + from_value(row["conversations"])
    return [start + from_value([row[key]]) for key in ("chosen", "rejected")]


def swift_query_history(row):
    start = turn("system", row["system"]) + history(row) + turn("user", row["query"])
    return [start + turn("assistant", row[key]) for key in ("response", "rejected_response")]


def swift_rejected_response(row):
    return [row["messages"], row["messages"][:-1] + turn("assistant", row["rejected_response"])]


def axolotl(question):
    return lambda row: [turn("system", row["system"]) + turn("user", row[question]) + turn("assistant", row[key])
                        for key in ("chosen", "rejected")]


def nemo_rl(row):
    best_first = sorted(row["completions"], key=lambda each: each["rank"])
    return [row["context"] + each["completion"] for each in best_first]


def appended(prompt, *answers):
    return lambda row: [row[prompt] + (row[key] if isinstance(row[key], list) else turn("assistant", row[key]))
                        for key in answers]


def single_turn(prompt, *answers):
    return lambda row: [turn("user", row[prompt]) + turn("assistant", row[key]) for key in answers]


RULES = {
    "llamafactory_alpaca": ("LLaMA-Factory", llamafactory_alpaca),
    "llamafactory_sharegpt": ("LLaMA-Factory", llamafactory_sharegpt),
    "llamafactory_kto_alpaca": ("LLaMA-Factory", lambda row: [
        turn("system", row.get("system")) + history(row) + turn("user", query(row)) + turn("assistant", row["output"])]),
    "llamafactory_kto_messages": ("LLaMA-Factory", lambda row: [row["messages"]]),
    "swift_kto": ("ms-swift", lambda row: [row["messages"]]),
    "swift_multi_regression": ("ms-swift", lambda row: [row["messages"]]),
    "swift_rejected_response": ("ms-swift", swift_rejected_response),
    "swift_query_history": ("ms-swift", swift_query_history),
    "axolotl_bt_input": ("axolotl", axolotl("input")),
    "axolotl_intel": ("axolotl", axolotl("question")),
    "axolotl_chat_template": ("axolotl", lambda row: [row["messages"] + [row[key]] for key in ("chosen", "rejected")]),
    "nemo_rl": ("NeMo-RL", nemo_rl),
    "helpsteer3_preference": ("NeMo-RL", appended("context", "response1", "response2")),
    "hh_made": ("its card", lambda row: [dialogue(row["chosen"]), dialogue(row["rejected"])]),
    "pku_saferlhf": ("its card", lambda row: [
        turn("user", row["prompt"]) + turn("assistant", row[f"response_{side}"]) for side in (0, 1)]),
    "webgpt": ("its card", lambda row: [
        turn("user", row["question"]["full_text"]) + turn("assistant", row[key]) for key in ("answer_0", "answer_1")]),
    "beavertails": ("its card", single_turn("prompt", "response")),
    "openai_preference": ("OpenAI's documentation", lambda row: [
        row["input"]["messages"] + row[key] for key in ("preferred_output", "non_preferred_output")]),
    "rewardbench2": ("its code", lambda row: [
        turn("user", row["prompt"]) + turn("assistant", text) for text in row["chosen"] + row["rejected"]]),
    "rmbench": ("its code", lambda row: [
        turn("user", row["prompt"]) + turn("assistant", text) for text in row["chosen"] + row["rejected"]]),
    "content_parts": ("the template, of joined parts", lambda row: [joined(row[key]) for key in ("chosen", "rejected")]),
}
# Read by TRL itself, with the columns that it needs alone: it refuses a string `prompt` beside whole dialogues.
BY_TRL = {"ultrafeedback_binarized": ["chosen", "rejected"]}


def file_rows(path):
    if path.suffix == ".parquet":
        return datasets.load_dataset("parquet", data_files=str(path), split="train").to_list()
    text = gzip.decompress(path.read_bytes()).decode() if path.suffix == ".gz" else path.read_text()
    return json.loads(text) if path.suffix == ".json" else [json.loads(line) for line in text.splitlines()]


def ids_of_trl(rows, columns, model, tokenizer, folder):
    data = datasets.Dataset.from_list([{key: row[key] for key in columns} for row in rows])
    options = RewardConfig(**training_options(1, 1, 1e-5, str(folder)), max_length=None)
    made = RewardTrainer(model=model, args=options, train_dataset=data, processing_class=tokenizer).train_dataset
    return [ids for row in made for ids in (row["chosen_ids"], row["rejected_ids"])]


def rewards_by_laurel(laurel, model, mapping, path, folder):
    out = folder / "scored.jsonl"
    fields = {name: mapping["fields"][name] for name in TEXTS if name in mapping["fields"]}
    command = [laurel, "score", model, path, out, "--format", mapping["format"], "--text", mapping["text"],
               "--fields", json.dumps(fields)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{path.name}: {done.stderr.strip().splitlines()[-1]}")
    rewards = []
    for row in read_rows(out):
        for key in ("reward", "rewards", "chosen_reward", "rejected_reward", "response_a_reward", "response_b_reward"):
            if key in row:
                rewards += row[key] if isinstance(row[key], list) else [row[key]]
    out.unlink()
    return rewards


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("--laurel", type=pathlib.Path, default=ROOT / "build/laurel")
    arguments = parser.parse_args()
    be_quiet()
    data = pathlib.Path(os.environ["LAUREL_DATA"]) / "shapes"
    mappings = json.loads((data / "shapes.json").read_text())
    tokenizer = AutoTokenizer.from_pretrained(arguments.model)
    model = AutoModelForSequenceClassification.from_pretrained(arguments.model)
    worst = 0
    print("| file | texts by | responses | largest difference of a reward |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for shape, (program, rule) in (RULES | {key: ("TRL, run", None) for key in BY_TRL}).items():
            mapping = mappings[shape]
            rows = file_rows(data / mapping["file"])
            if rule:
                ids = [tokenizer.apply_chat_template(messages, tokenize=True, return_dict=False)
                       for row in rows for messages in rule(row)]
            else:
                ids = ids_of_trl(rows, BY_TRL[shape], model, tokenizer, folder)
            theirs = rewards_of(model, ids, tokenizer.pad_token_id)
            mine = rewards_by_laurel(arguments.laurel, arguments.model, mapping, data / mapping["file"], folder)
            if len(mine) != len(theirs):
                raise SystemExit(f"{shape}: {len(mine)} rewards by laurel, {len(theirs)} expected")
            difference = max(abs(a - b) for a, b in zip(mine, theirs))
            worst = max(worst, difference)
            print(f"| {mapping['file']} | {program} | {len(mine)} | {difference:.1e} |", flush=True)
    raise SystemExit(worst > TOLERANCE)


if __name__ == "__main__":
    main()
