"""Trains and evaluates the peers that laurel is compared with; runs in the peer environment.

    peer_run.py start BACKBONE FOLDER --pad-token TOKEN      a starting folder with a head
    peer_run.py rows IN OUT [--shuffle SEED] [--limit N]     rows as message lists
    peer_run.py pairs START TRAIN DEV OUT.json [options]     TRL's RewardTrainer
    peer_run.py ratings START TRAIN DEV OUT.json [options]   transformers' Trainer, regression

TRAIN and DEV are files that `rows` wrote; TRAIN is read in its order. OUT.json gets the settings,
every step's loss and the metrics; OUT.rewards.jsonl the rewards of DEV, row by row.
"""

import argparse
import json
import pathlib
import resource
import tempfile
import time

import torch
from datasets import Dataset
from transformers import (AutoModelForSequenceClassification, AutoTokenizer,
                          DataCollatorWithPadding, TrainingArguments)
from trl import RewardConfig, RewardTrainer

from peer_common import (RegressionTrainer, StepLog, StepLosses, be_quiet, make_start, pair_metrics,
                         rating_metrics, read_rows, rewards_of, shuffled_messages,
                         train, training_options, write_rows)


class PairTrainer(StepLosses, RewardTrainer):
    """TRL's RewardTrainer, its losses kept."""


def token_ids(tokenizer, messages):
    return tokenizer.apply_chat_template(messages, tokenize=True, return_dict=True)["input_ids"]


def pair_trainer(arguments, tokenizer):
    config = RewardConfig(
        **training_options(arguments.steps, arguments.batch, arguments.lr, arguments.scratch,
                           arguments.accumulate, arguments.schedule),
        max_length=arguments.max_length, center_rewards_coefficient=None, disable_dropout=True)
    rows = read_rows(arguments.train)
    return PairTrainer(model=str(arguments.start), args=config, callbacks=[StepLog()],
                       processing_class=tokenizer, train_dataset=Dataset.from_list(rows))


def rating_trainer(arguments, tokenizer):
    rows = [{"input_ids": token_ids(tokenizer, row["prompt"] + row["response"]),
             "labels": float(row["score"])} for row in read_rows(arguments.train)]
    rows = [row for row in rows if len(row["input_ids"]) <= arguments.max_length]
    model = AutoModelForSequenceClassification.from_pretrained(
        arguments.start, dtype=torch.float32)
    config = TrainingArguments(**training_options(
        arguments.steps, arguments.batch, arguments.lr, arguments.scratch, arguments.accumulate,
        arguments.schedule))
    return RegressionTrainer(
        model=model, args=config, callbacks=[StepLog()], train_dataset=Dataset.from_list(rows),
        processing_class=tokenizer, data_collator=DataCollatorWithPadding(tokenizer))


def evaluate_pairs(model, tokenizer, rows):
    sides = {side: [token_ids(tokenizer, row[side]) for row in rows]
             for side in ("chosen", "rejected")}
    both = rewards_of(model, sides["chosen"] + sides["rejected"], tokenizer.pad_token_id)
    chosen, rejected = both[:len(rows)], both[len(rows):]
    longer = [len(row["chosen"][-1]["content"]) > len(row["rejected"][-1]["content"])
              for row in rows]
    rewards = [{"chosen_reward": c, "rejected_reward": r} for c, r in zip(chosen, rejected)]
    return pair_metrics(chosen, rejected, longer), rewards


def evaluate_ratings(model, tokenizer, rows):
    ids = [token_ids(tokenizer, row["prompt"] + row["response"]) for row in rows]
    rewards = rewards_of(model, ids, tokenizer.pad_token_id)
    metrics = rating_metrics(rewards, [row["score"] for row in rows])
    return metrics, [{"reward": reward} for reward in rewards]


def run(arguments):
    torch.set_num_threads(arguments.threads)
    tokenizer = AutoTokenizer.from_pretrained(arguments.start)
    pairs = arguments.command == "pairs"
    with tempfile.TemporaryDirectory() as scratch:
        arguments.scratch = scratch
        trainer = (pair_trainer if pairs else rating_trainer)(arguments, tokenizer)
        begin = time.time()
        losses, grad_norms = train(trainer)
        seconds = time.time() - begin
    dev = read_rows(arguments.dev)[:arguments.dev_limit]
    evaluate = evaluate_pairs if pairs else evaluate_ratings
    metrics, rewards = evaluate(trainer.model, tokenizer, dev)
    result = {
        "peer": "trl.RewardTrainer" if pairs else "transformers.Trainer",
        "steps": arguments.steps, "batch": arguments.batch,
        "accumulate": arguments.accumulate, "lr": arguments.lr,
        "schedule": arguments.schedule,
        "max_length": arguments.max_length, "train_seconds": seconds,
        "peak_gib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
        "metrics": {name: float(value) for name, value in metrics.items()},
        "losses": losses, "grad_norms": grad_norms,
    }
    arguments.out.write_text(json.dumps(result, indent=1) + "\n")
    write_rows(arguments.out.with_suffix(".rewards.jsonl"), rewards)
    print(json.dumps(result["metrics"], indent=1))


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    start = commands.add_parser("start")
    start.add_argument("backbone")
    start.add_argument("folder")
    start.add_argument("--pad-token")
    start.add_argument("--seed", type=int, default=1)
    rows = commands.add_parser("rows")
    rows.add_argument("source")
    rows.add_argument("out")
    rows.add_argument("--shuffle", type=int)
    rows.add_argument("--limit", type=int)
    for name, batch in (("pairs", 8), ("ratings", 32)):
        command = commands.add_parser(name)
        for path in ("start", "train", "dev", "out"):
            command.add_argument(path, type=pathlib.Path)
        command.add_argument("--steps", type=int, default=150)
        command.add_argument("--batch", type=int, default=batch)
        command.add_argument("--accumulate", type=int, default=1,
                             help="micro-batches a step; less padding, the same mean")
        command.add_argument("--lr", type=float, default=1e-5)
        command.add_argument("--schedule", choices=("constant", "linear"), default="constant",
                             help="linear: from lr to zero over the steps")
        command.add_argument("--max-length", type=int, default=512)
        command.add_argument("--threads", type=int, default=2)
        command.add_argument("--dev-limit", type=int)
    arguments = parser.parse_args()
    be_quiet()
    if arguments.command == "start":
        make_start(arguments.backbone, arguments.folder, arguments.seed, arguments.pad_token)
    elif arguments.command == "rows":
        write_rows(arguments.out, shuffled_messages(
            read_rows(arguments.source), arguments.shuffle, arguments.limit))
    else:
        run(arguments)


if __name__ == "__main__":
    main()
