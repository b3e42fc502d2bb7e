"""Do several heads know where a reward model errs? Heads on one backbone, beside |mean margin|.

    .deps/peer/bin/python scripts/heads_experiment.py --data $LAUREL_DATA --model models/minilm-rm

Trains on 2,560 pairs of ukp_train.jsonl, without three topics and without 1,000 pairs of the others, and judges both. 8 heads on one backbone,
each drawn for itself, each with an Exp(1) weight for every prompt, trained together in PyTorch with TRL's options. An error is a pair that
the mean margin ranks wrongly; what finds errors is judged by the area under the ROC curve. Centring rewards on a reference set
would cancel in margins.
"""

import argparse
import json
import pathlib
import random

import numpy as np
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

SEED, RESAMPLES, PAIRS, BATCH, HEADS = 1, 2000, 2560, 8, 8


def read_rows(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def parts_of(rows):
    """Pairs to train on, others of the same topics, and those of three topics left out."""
    topics = set(random.Random(SEED).sample(sorted({row["subset"] for row in rows}), 3))
    rest = [row for row in rows if row["subset"] not in topics]
    random.Random(SEED).shuffle(rest)
    return rest[1000:1000 + PAIRS], {"in topic": rest[:1000],
                                     "out of topic": [row for row in rows if row["subset"] in topics]}


class Heads:
    """HEADS heads on one backbone: the classifier of `model` has a row for each."""

    def __init__(self, folder):
        torch.manual_seed(SEED)
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32)
        width = self.model.classifier.in_features
        self.model.classifier = torch.nn.Linear(width, HEADS)  # a draw for each row
        torch.nn.init.normal_(self.model.classifier.weight, std=(width + 1) ** -0.5)

    def margins(self, rows):
        """(pairs, HEADS)"""
        texts = [row["chosen"] for row in rows] + [row["rejected"] for row in rows]
        batch = self.tokenizer([row["prompt"] for row in rows] * 2, texts, padding=True, truncation=True, max_length=512,
                               return_tensors="pt")
        rewards = self.model(**batch).logits
        return rewards[:len(rows)] - rewards[len(rows):]

    def train(self, rows):
        prompts = sorted({row["prompt"] for row in rows})
        weight = torch.distributions.Exponential(1.0).sample((len(prompts), HEADS))
        number = torch.tensor([prompts.index(row["prompt"]) for row in rows])
        weight = weight[number] / weight[number].mean(0)  # (pairs, HEADS), mean 1 for each head
        optimizer = torch.optim.AdamW(self.model.parameters(), lr=1e-4, weight_decay=0.0)
        assert len(rows) % BATCH == 0
        steps = len(rows) // BATCH
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 - step / steps)
        self.model.train()
        for step in range(steps):
            part = slice(step * BATCH, (step + 1) * BATCH)
            loss = -(weight[part] * torch.nn.functional.logsigmoid(self.margins(rows[part]))).mean()
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
        self.model.eval()

    @torch.no_grad()
    def judge(self, rows):
        return torch.cat([self.margins(rows[i:i + 32]) for i in range(0, len(rows), 32)]).double().numpy()


def auc(score, error, weight):
    """Weighted area under the ROC curve; ties count a half."""
    _, number = np.unique(score, return_inverse=True)
    wrong = np.bincount(number, weight * error)
    right = np.bincount(number, weight * ~error)
    below = np.cumsum(right) - right
    return (wrong * (below + right / 2)).sum() / (wrong.sum() * right.sum())


def judge(name, margins, rows):
    """Areas, and the paired difference to -|mean margin| with 95 % over responses (a pair counts as the product of its draws)."""
    mean, deviation = margins.mean(1), margins.std(1, ddof=1)
    error = mean <= 0
    finders = {"-|mean|": -np.abs(mean), "deviation": deviation, "deviation/|mean|": deviation / np.abs(mean)}
    ones = np.ones(len(rows))
    areas = {what: auc(score, error, ones) for what, score in finders.items()}
    texts, number = np.unique([row[key] for row in rows for key in ("chosen", "rejected")], return_inverse=True)
    number, draw = number.reshape(-1, 2), np.random.default_rng(SEED)
    found = {what: [] for what in list(finders)[1:]}
    for _ in range(RESAMPLES):
        count = np.bincount(draw.integers(len(texts), size=len(texts)), minlength=len(texts))
        weight = count[number[:, 0]] * count[number[:, 1]]
        base = auc(finders["-|mean|"], error, weight)
        for what, values in found.items():
            values.append(auc(finders[what], error, weight) - base)
    print(f"{name}: {len(rows)} pairs, accuracy {1 - error.mean():.4f}; each alone {(margins > 0).mean(0).round(4).tolist()}")
    for what, area in areas.items():
        more = ""
        if what in found:
            low, high = np.quantile(found[what], [0.025, 0.975])
            more = f"  {area - areas['-|mean|']:+.4f} ({low:+.4f} to {high:+.4f})"
        print(f"  {what:18} {area:.4f}{more}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, required=True, help="folder with ukp_train.jsonl")
    parser.add_argument("--model", type=pathlib.Path, required=True, help="an encoder, such as models/minilm-rm")
    options = parser.parse_args()
    train, judged = parts_of(read_rows(options.data / "ukp_train.jsonl"))
    heads = Heads(options.model)
    heads.train(train)
    for name, rows in judged.items():
        judge(f"{HEADS} heads, {name}", heads.judge(rows), rows)


main()
