"""The peer of bench/race_encoder.py; runs in the peer environment (scripts/setup_peer.sh).

    peer_encoder.py start BACKBONE FOLDER   an encoder with a new head of one row, without dropout
    peer_encoder.py train START ROWS        transformers' Trainer, regression; prints one JSON object

ROWS are prompt, response and score; prompt and response become the tokenizer's pair of texts. With --dev ROWS
the object has the model's rewards of them.
"""

import argparse
import json
import math
import pathlib
import tempfile
import time

import torch
from datasets import Dataset
from transformers import (AutoModelForSequenceClassification, AutoTokenizer, DataCollatorWithPadding,
                          TrainingArguments)

from peer import FirstStep
from peer_common import RegressionTrainer, StepLog, be_quiet, read_rows, train, training_options


def make_start(arguments):
    model = AutoModelForSequenceClassification.from_pretrained(
        arguments.backbone, num_labels=1, dtype=torch.float32, hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        weight = model.classifier.weight
        weight.copy_(torch.randn(weight.shape, generator=generator) / math.sqrt(weight.shape[1] + 1))
        model.classifier.bias.zero_()
    model.config.problem_type = "regression"
    model.save_pretrained(arguments.folder)
    AutoTokenizer.from_pretrained(arguments.backbone).save_pretrained(arguments.folder)


def encoded(tokenizer, rows, max_length):
    """As laurel: rows that are too long are not cut."""
    batch = tokenizer([row["prompt"] for row in rows], [row["response"] for row in rows],
                      truncation=False, padding=False)
    if max(map(len, batch["input_ids"])) > max_length:
        raise SystemExit(f"found a row of more than {max_length} tokens")
    return [dict(zip(batch, values)) for values in zip(*batch.values())]


@torch.no_grad()
def rewards_of(model, tokenizer, rows, batch=64):
    """In batches sorted by length."""
    model.eval()
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]["input_ids"]))
    rewards = [0.0] * len(rows)
    for start in range(0, len(rows), batch):
        part = order[start:start + batch]
        inputs = tokenizer.pad([rows[i] for i in part], return_tensors="pt")
        for i, logit in zip(part, model(**inputs).logits[:, 0].tolist()):
            rewards[i] = logit
    return rewards


def run_train(arguments):
    tokenizer = AutoTokenizer.from_pretrained(arguments.start)
    given = read_rows(arguments.rows)
    rows = encoded(tokenizer, given, arguments.max_length)
    data = Dataset.from_list([{**row, "labels": float(of["score"])} for row, of in zip(rows, given)])
    model = AutoModelForSequenceClassification.from_pretrained(arguments.start, dtype=torch.float32)
    first_step = FirstStep()
    with tempfile.TemporaryDirectory() as scratch:
        options = TrainingArguments(**training_options(
            arguments.steps, arguments.batch, arguments.lr, scratch,
            accumulate=arguments.batch // arguments.micro_batch))
        losses, norms = train(RegressionTrainer(
            model=model, args=options, callbacks=[StepLog(quiet=True), first_step],
            train_dataset=data, processing_class=tokenizer,
            data_collator=DataCollatorWithPadding(tokenizer)))
    result = {"first_step": first_step.time, "losses": losses, "grad_norms": norms}
    if arguments.dev:
        dev = encoded(tokenizer, read_rows(arguments.dev), arguments.max_length)
        result["rewards"] = rewards_of(model, tokenizer, dev)
    print(json.dumps(result))


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    start, training = commands.add_parser("start"), commands.add_parser("train")
    start.add_argument("backbone")
    start.add_argument("folder")
    training.add_argument("start")
    training.add_argument("rows")
    training.add_argument("--dev", type=pathlib.Path)
    training.add_argument("--steps", type=int, required=True)
    training.add_argument("--batch", type=int, default=32)
    training.add_argument("--micro-batch", type=int, default=32)
    training.add_argument("--lr", type=float, default=5e-5)
    training.add_argument("--max-length", type=int, default=128)
    training.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    be_quiet()
    if arguments.command == "start":
        make_start(arguments)
    else:
        torch.set_num_threads(arguments.threads)
        run_train(arguments)


if __name__ == "__main__":
    main()
