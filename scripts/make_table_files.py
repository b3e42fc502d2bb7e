"""Makes tests/data/files/samples/tables: the same rows as `datasets` and pandas write them into every container.

    make_table_files.py [FOLDER]       needs datasets 4.7 or newer, pandas and pyarrow (the peer environment has them)

    flat.jsonl      pairs of strings with quotes, line breaks and a margin; flat.*.csv and .tsv hold the same
    labels.jsonl    who is preferred as a name; the others hold a ClassLabel's number, and the names as metadata
    messages.jsonl  messages with tool calls; the others hold columns of type JSON
    *.parquet, *.feather, *.arrow; saved/ and splits/ as save_to_disk writes them
"""

import json
import pathlib
import shutil
import sys

import datasets
import pandas as pd
from datasets import ClassLabel, Dataset, DatasetDict, Features, Json, List, Value

folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent / "tests/data/files/samples/tables")
folder.mkdir(parents=True, exist_ok=True)
datasets.disable_progress_bars()


def write_lines(name, rows):
    (folder / name).write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))


def message(role, content, **more):
    return {"role": role, "content": content} | more


flat = [{"prompt": f"w{i}, \"w1\"\nw2\r\nw3 \u00e4", "chosen": f" w{i + 1}", "rejected": ["\tw2", " w3; w4", " \"w5\""][i % 3],
         "margin": [1, 0.5, 2][i % 3]} for i in range(6)]
write_lines("flat.jsonl", flat)
frame = pd.DataFrame(flat)
Dataset.from_list(flat).to_csv(folder / "flat.datasets.csv")
for ending, options in (("csv", {}), ("tsv", {"sep": "\t"}), ("csv.gz", {"compression": {"method": "gzip", "mtime": 0}}),
                        ("csv.xz", {})):
    frame.to_csv(folder / f"flat.pandas.{ending}", index=False, **options)
frame.to_feather(folder / "flat.pandas.feather")
frame.to_parquet(folder / "flat.pandas.parquet", index=False)

names = ["a", "b", "tie"]
labels = [{"prompt": f"w{i}", "response_a": f" w{i + 1}", "response_b": f" w{i + 2}", "preferred": i % 3,
           "rater": {"group": i % 2, "marks": [1, 0]}} for i in range(6)]
sides = ClassLabel(names=["left", "right"])
features = Features({"prompt": Value("string"), "response_a": Value("string"), "response_b": Value("string"),
                     "preferred": ClassLabel(names=names), "rater": {"group": sides, "marks": List(sides)}})
write_lines("labels.jsonl", [row | {"preferred": names[row["preferred"]],
                                    "rater": {"group": sides.names[row["rater"]["group"]], "marks": ["right", "left"]}} for row in labels])
labelled = Dataset.from_list(labels, features=features)
labelled.to_parquet(folder / "labels.parquet")

calls = [{"type": "function", "function": {"name": "look", "arguments": {"at": 1, "also": [None, {"x": "\u00e4"}]}}}]
messages = [{"chosen": [message("user", f"w{i}"), message("assistant", None, tool_calls=calls), message("tool", "w3", name="look"),
                        message("assistant", f"w{i + 1}")],
             "rejected": [message("user", f"w{i}"), message("assistant", f"w{i + 2}")],
             "tools": [{"type": "function", "function": {"name": "look", "parameters": {"n": i}}}]} for i in range(3)]
write_lines("messages.jsonl", messages)
mixed = Dataset.from_list(messages, features=Features({"chosen": List(Json()), "rejected": List(Json()), "tools": Json()}))
mixed.to_parquet(folder / "messages.parquet")

for name, data, shards in (("saved", labelled, 2), ("saved_messages", mixed, 1)):
    shutil.rmtree(folder / name, ignore_errors=True)
    data.save_to_disk(folder / name, num_shards=shards)
shutil.rmtree(folder / "splits", ignore_errors=True)
DatasetDict({"train": labelled, "test": labelled.select(range(2))}).save_to_disk(folder / "splits")
