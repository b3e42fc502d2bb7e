"""The peers of the races; runs in the peer environment (scripts/setup_peer.sh).

    peer.py train MODEL ROWS MODE   TRL's RewardTrainer; prints one JSON object
    peer.py score MODEL ROWS OUT    transformers, batches of 32 sorted by length

ROWS are pairs as message lists. MODE is fp32, weights (bf16 weights) or autocast (bf16 autocast
over fp32 weights), and may end in +checkpointing. --adapter is a PEFT folder, whose base MODEL is:
its LoRA matrices and its head are trained from where they stand.
"""

import argparse
import json
import pathlib
import sys
import tempfile
import time

import torch
from datasets import Dataset
from peft import PeftModel
from transformers import AutoModelForSequenceClassification, AutoTokenizer, TrainerCallback
from trl import RewardConfig

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "scripts"))
from peer_common import (StepLog, be_quiet, read_rows, rewards_of, train, training_options,
                         write_rows)
from peer_run import PairTrainer, token_ids


class FirstStep(TrainerCallback):
    """Notes when the first step begins."""

    time = None

    def on_step_begin(self, args, state, control, **kwargs):
        self.time = self.time or time.time()


def trainer_of(arguments, scratch, first_step):
    mode = arguments.mode.removesuffix("+checkpointing")
    options = training_options(arguments.steps, arguments.batch, arguments.lr, scratch,
                               arguments.accumulate) | {
        "bf16": mode == "autocast", "gradient_checkpointing": mode != arguments.mode}
    dtype = torch.bfloat16 if mode == "weights" else torch.float32
    model = AutoModelForSequenceClassification.from_pretrained(
        arguments.model, num_labels=1, dtype=dtype)
    if arguments.adapter:
        model = PeftModel.from_pretrained(model, arguments.adapter, is_trainable=True)
    config = RewardConfig(**options, max_length=arguments.max_length,
                          center_rewards_coefficient=None)
    return PairTrainer(model=model, args=config,
                       callbacks=[StepLog(quiet=True), first_step],
                       processing_class=AutoTokenizer.from_pretrained(arguments.model),
                       train_dataset=Dataset.from_list(read_rows(arguments.rows)))


def run_train(arguments):
    first_step = FirstStep()
    with tempfile.TemporaryDirectory() as scratch:
        losses, norms = train(trainer_of(arguments, scratch, first_step))
    print(json.dumps({"first_step": first_step.time, "losses": losses, "grad_norms": norms}))


def run_score(arguments):
    tokenizer = AutoTokenizer.from_pretrained(arguments.model)
    model = AutoModelForSequenceClassification.from_pretrained(
        arguments.model, dtype=torch.bfloat16 if arguments.mode == "weights" else torch.float32)
    rows = read_rows(arguments.rows)
    ids = [token_ids(tokenizer, row[side]) for row in rows for side in ("chosen", "rejected")]
    rewards = rewards_of(model, ids, tokenizer.pad_token_id)
    write_rows(arguments.out, [{"chosen_reward": rewards[i], "rejected_reward": rewards[i + 1]}
                               for i in range(0, len(rewards), 2)])
    print(json.dumps({"tokens": sum(map(len, ids))}))


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    training, scoring = commands.add_parser("train"), commands.add_parser("score")
    for command in (training, scoring):
        command.add_argument("model")
        command.add_argument("rows")
        command.add_argument("--threads", type=int, default=2)
    training.add_argument("mode")
    training.add_argument("--steps", type=int, required=True)
    training.add_argument("--batch", type=int, default=8)
    training.add_argument("--lr", type=float, default=1e-5)
    training.add_argument("--max-length", type=int, default=1024)
    training.add_argument("--accumulate", type=int, default=1, help="micro-batches a step")
    training.add_argument("--adapter", help="a PEFT folder to go on from")
    scoring.add_argument("out")
    scoring.add_argument("--mode", choices=("fp32", "weights"), default="fp32")
    arguments = parser.parse_args()
    be_quiet()
    torch.set_num_threads(arguments.threads)
    (run_train if arguments.command == "train" else run_score)(arguments)


if __name__ == "__main__":
    main()
