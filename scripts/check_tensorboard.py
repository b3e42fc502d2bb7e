"""Compares a run's TensorBoard events, as the tensorboard package reads them, with its metrics.jsonl.

    .deps/peer/bin/python3 scripts/check_tensorboard.py RUN
"""

import json
import os
import struct
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator, SCALARS


def single(value):
    """The value as a 32-bit number, as an event holds it."""
    return struct.unpack("f", struct.pack("f", value))[0]


def expected_scalars(line):
    """Tags and values that an event of this line must have."""
    if line["kind"] == "step":
        values = {f"train/{name}": line[name] for name in ("loss", "lr", "grad_norm", "epoch")}
        for source, loss in line["losses"].items():
            values[f"train/{source}/loss"] = loss
        for source, accuracy in line.get("accuracy", {}).items():
            values[f"train/{source}/accuracy"] = accuracy
        for source, rewards in line["rewards"].items():
            values[f"train/{source}/reward_mean"] = rewards["mean"]
            values[f"train/{source}/reward_deviation"] = rewards["deviation"]
        return values
    if line["kind"] != "eval":
        return {}
    of = f"eval/{line['source']}/"
    values = {of + name: metric["value"] for name, metric in line["metrics"].items() if metric["value"] is not None}
    values[of + "reward_mean"] = line["rewards"]["mean"]
    return values


run = sys.argv[1]
events = EventAccumulator(run, size_guidance={SCALARS: 0})
events.Reload()
found = {tag: {event.step: event.value for event in events.Scalars(tag)} for tag in events.Tags()["scalars"]}
steps = compared = 0
with open(os.path.join(run, "metrics.jsonl"), encoding="utf-8") as lines:
    for line in map(json.loads, lines):
        steps += line["kind"] == "step"
        for tag, value in expected_scalars(line).items():
            have = found.get(tag, {}).get(line["step"])
            if have != single(value):
                sys.exit(f"step {line['step']}, {tag}: found {have}, expected {single(value)}")
            compared += 1
counts = {tag: len(values) for tag, values in found.items() if tag == "train/loss"}
if counts["train/loss"] != steps:
    sys.exit(f"train/loss: found {counts['train/loss']} steps, expected {steps}")
print(f"{steps} steps, {compared} numbers are equal")
