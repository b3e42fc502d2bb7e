"""What the peer scripts share: starting folders with a head, rows as messages, exact metrics."""

import json
import math
import random
import warnings

import datasets
import numpy as np
import torch
import transformers
from transformers import (AutoModelForSequenceClassification, AutoTokenizer, PrinterCallback,
                          Trainer, TrainerCallback)


def read_rows(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def write_rows(path, rows):
    with open(path, "w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def as_messages(row):
    """A row of strings as message lists: implicit-prompt pair, or prompt and response."""
    user = [{"role": "user", "content": row["prompt"]}]

    def answer(key):
        return [{"role": "assistant", "content": row[key]}]

    if "chosen" in row:
        return {"chosen": user + answer("chosen"), "rejected": user + answer("rejected")}
    return {"prompt": user, "response": answer("response"), "score": row["score"]}


def make_start(backbone, folder, seed=1, pad_token=None):
    """Writes an fp32 sequence-classification folder: the backbone, a fresh one-row head, a pad.

    The pad must not be the end of sequence, or the end of a plain text would not be read.
    """
    tokenizer = AutoTokenizer.from_pretrained(backbone)
    tokenizer.pad_token = pad_token or tokenizer.pad_token
    if tokenizer.pad_token_id == tokenizer.eos_token_id:
        raise SystemExit("the pad token is the end of sequence; choose another with --pad-token")
    model = AutoModelForSequenceClassification.from_pretrained(
        backbone, num_labels=1, dtype=torch.float32)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        std = 1 / math.sqrt(model.config.hidden_size + 1)
        model.score.weight.copy_(
            torch.randn(model.score.weight.shape, generator=generator) * std)
    model.config.problem_type = "regression"
    model.config.pad_token_id = tokenizer.pad_token_id
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def shuffled_messages(rows, seed, limit):
    rows = list(rows)
    if seed is not None:
        random.Random(seed).shuffle(rows)
    return [as_messages(row) for row in rows[:limit]]


class StepLosses:
    """Mixin of a Trainer that keeps each micro-batch's loss unrounded."""

    def compute_loss(self, model, inputs, return_outputs=False, **kwargs):
        result = super().compute_loss(model, inputs, return_outputs, **kwargs)
        loss = result[0] if return_outputs else result
        self.__dict__.setdefault("micro_losses", []).append(loss.item())
        return result

    def step_losses(self):
        """Each step's loss: the mean over its micro-batches, which are of one size."""
        count = self.args.gradient_accumulation_steps
        steps = np.array(self.micro_losses).reshape(-1, count)
        return steps.mean(axis=1).tolist()


class RegressionTrainer(StepLosses, Trainer):
    """transformers' Trainer on problem_type regression: mean squared error on raw scores."""


class StepLog(TrainerCallback):
    """Keeps gradient norms as the steps complete, and prints them."""

    def __init__(self, quiet=False):
        self.grad_norms, self.quiet = [], quiet

    def on_log(self, args, state, control, logs=None, **kwargs):
        if logs and "grad_norm" in logs:
            self.grad_norms.append(float(logs["grad_norm"]))
            if not self.quiet:
                print(state.global_step, logs.get("loss"), logs["grad_norm"], flush=True)


def be_quiet():
    """No progress bars and no load reports: the scripts check what they load themselves."""
    warnings.filterwarnings("ignore", category=FutureWarning, module="transformers")
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    datasets.disable_progress_bars()


def train(trainer):
    """Runs a trainer without its own printer; returns losses and gradient norms by step."""
    trainer.remove_callback(PrinterCallback)
    trainer.train()
    log = next(c for c in trainer.callback_handler.callbacks if isinstance(c, StepLog))
    return trainer.step_losses(), log.grad_norms


def training_options(steps, batch, lr, output, accumulate=1, schedule="constant"):
    """What both trainers are told: AdamW without decay, clip 1, no warm-up, file order, fp32."""
    return {
        "output_dir": str(output), "max_steps": steps,
        "per_device_train_batch_size": batch // accumulate,
        "gradient_accumulation_steps": accumulate,
        "learning_rate": lr, "lr_scheduler_type": schedule,
        "optim": "adamw_torch", "weight_decay": 0.0, "adam_beta1": 0.9, "adam_beta2": 0.999,
        "adam_epsilon": 1e-8, "max_grad_norm": 1.0, "train_sampling_strategy": "sequential",
        "bf16": False, "fp16": False, "gradient_checkpointing": False, "use_cpu": True,
        "logging_steps": 1, "logging_nan_inf_filter": False, "report_to": "none",
        "save_strategy": "no", "dataloader_pin_memory": False, "disable_tqdm": True, "seed": 1,
    }


@torch.no_grad()
def rewards_of(model, sequences, pad, batch=32):
    """Reward of each id sequence, right-padded in batches sorted by length; equal ones once."""
    model.eval()
    unique = sorted(set(map(tuple, sequences)), key=len)
    found = {}
    for start in range(0, len(unique), batch):
        part = unique[start:start + batch]
        width = max(map(len, part))
        ids = torch.tensor([list(ids) + [pad] * (width - len(ids)) for ids in part])
        mask = torch.tensor([[1] * len(ids) + [0] * (width - len(ids)) for ids in part])
        logits = model(input_ids=ids, attention_mask=mask).logits[:, 0]
        found.update(zip(part, logits.double().tolist()))
    return [found[tuple(ids)] for ids in sequences]


def pair_metrics(chosen, rejected, longer):
    """Exact over the set; a tie counts one half. `longer`: the chosen answer is the longer one."""
    chosen, rejected = np.array(chosen), np.array(rejected)
    longer = np.array(longer)
    win = (chosen > rejected) + 0.5 * (chosen == rejected)
    margin = chosen - rejected
    return {
        "n": len(win), "accuracy": win.mean(), "ties": int((chosen == rejected).sum()),
        "n_longer": int(longer.sum()),
        "accuracy_longer": win[longer].mean(), "accuracy_not_longer": win[~longer].mean(),
        "mean_of_longer_and_not_longer": (win[longer].mean() + win[~longer].mean()) / 2,
        "longer_wins": float(longer.mean()),
        "log_loss": float(np.logaddexp(0, -margin).mean()), "margin": margin.mean(),
    }


def rating_metrics(reward, score):
    from scipy.stats import pearsonr, spearmanr
    reward, score = np.array(reward), np.array(score)
    mse = ((reward - score) ** 2).mean()
    return {
        "n": len(score), "mse": mse, "mae": np.abs(reward - score).mean(),
        "r2": 1 - mse / score.var(), "pearson": pearsonr(reward, score)[0],
        "spearman": spearmanr(reward, score)[0],
    }
