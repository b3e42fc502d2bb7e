"""A recipe for pairs of arguments (ukp_train.jsonl), chosen without its test, and then its test, read once.

    recipe_experiment.py choose|judge --laurel build/laurel --data $LAUREL_DATA --model FOLDER --work FOLDER
    recipe_experiment.py choose-again|judge-again|choose-third|judge-third ...

choose: trains each of CANDIDATES on a part of the pairs, without three topics, and measures it on those. What is done already
is not done again. judge: trains RECIPE, which choose found, and TRL's default options (RewardConfig: rate
1e-4, linear to 0, 8 pairs a step) for one pass over ukp_train.jsonl, and compares them on ukp_dev.jsonl, beside a
model of lengths and a TF-IDF model of words. choose-again, judge-again: a second recipe, against TRL's options for
as many pairs, on six other topics left out, three at a time; its test is the second reading of ukp_dev.jsonl. choose-third, judge-third:
the second with label smoothing, on the same six topics; its test is the third reading. All runs begin with the same folder, which has a head
(scripts/peer_run.py start).

judge-topics --strict FOLDER: the third recipe as it was frozen, against TRL's options, one pass each with the seeds SEEDS, on the four
topics of the published set that are in neither file. FOLDER is data/UKPConvArg1Strict-CSV of UKPLab/acl2016-convincing-arguments; its other
twelve topics must give exactly the rows of the two files. What is judged was fixed before any of the four was read: the difference of the
accuracies' means over the seeds, 95 % over responses. Looked at afterwards: log-losses after one temperature for each of the two, fitted on
ukp_dev.jsonl to the runs of judge-third.

Needs numpy and scikit-learn.
"""

import argparse
import collections
import hashlib
import json
import pathlib
import random
import subprocess
import sys
import time

import numpy as np

from word_models import length_model, read_rows, tfidf_pair_model

SEED, RESAMPLES, MOST_PASSES = 1, 10_000, 3
TRL = {"lr": 1e-4, "batch_size": 8, "schedule": {"type": "linear", "warmup": 0, "final": 0}}
LORA = {"train": "lora"}
PAIRS = 2560  # of a candidate that does not say how many
CANDIDATES = {
    "trl_defaults": {"train": TRL},
    "all_3e-5": {"train": {"lr": 3e-5, "batch_size": 16}},
    "lora_1e-3": {"train": {"lr": 1e-3, "batch_size": 8}, "model": LORA},
    "all_1e-4_dropout": {"train": {"lr": 1e-4, "batch_size": 8}, "model": {"dropout": 0.1}},
    "all_2e-4": {"train": {"lr": 2e-4, "batch_size": 8}},
    "all_2e-4_ema": {"train": {"lr": 2e-4, "batch_size": 8, "average": {"ema": {"decay": 0.98}}}},
    # Few arguments in many pairs: a longer run sees each more often.
    "trl_defaults_1280_pairs": {"train": TRL, "pairs": 1280},
    "trl_defaults_5040_pairs": {"train": TRL, "pairs": 5040},
}

# The second attempt: one pass, with what should make one of few arguments generalise.
SECOND = {"train": TRL | {"average": {"ema": {"decay": 0.995}}}, "model": {"dropout": 0.1}}
SECOND_PAIRS, SECOND_TOPICS = 4600, 3  # for each of two parts: four runs, 2.5 passes

# The third: the second was too sure of itself on topics it had not seen.
THIRD = SECOND | {"loss": {"label_smoothing": 0.1}}

SEEDS = (1, 2, 3)  # of judge-topics

RECIPE = "trl_defaults"  # its options, but PAIRS pairs in all, not one pass: the best in accuracy, balanced and log-loss


def hash_of(rows):
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


def write_rows(path, rows):
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def left_out_topics(rows):
    topics = sorted({row["subset"] for row in rows})
    return set(random.Random(SEED).sample(topics, 3))


def split_by(rows, topics):
    """The rows of these topics, and the others in a fixed random order."""
    rest = [row for row in rows if row["subset"] not in topics]
    random.Random(SEED).shuffle(rest)
    return [row for row in rows if row["subset"] in topics], rest


def strict_rows(folder):
    """Rows of UKPConvArg1Strict as ukp_train.jsonl has them, from its lines of id, a1 or a2, argument 1, argument 2."""
    for path in sorted(folder.glob("*.csv")):
        topic, stance = (part.strip("-") for part in path.stem.split("_", 1))
        debate, side = topic.replace("-", " "), stance.replace("-", " ")
        prompt = f"Debate: {debate}. Stance: {side}. Give a convincing argument."
        for text in path.read_text(encoding="utf-8").split("\n"):
            if text and not text.startswith("#"):
                _, better, *arguments = text.split("\t")
                first, second = (argument.replace("<br/>", "\n").strip() for argument in arguments)
                chosen, rejected = (first, second) if better == "a1" else (second, first)
                yield {"prompt": prompt, "chosen": chosen, "rejected": rejected, "subset": topic}


def config_of(options, folder, train, pairs, recipe):
    batch = recipe["train"]["batch_size"]
    schedule = {"type": "linear", "warmup": 0.1, "final": 0}
    return {"model": {"path": str(options.model.resolve()), "max_length": options.max_length,
                      "over_length": "truncate_prompt_left"} | recipe.get("model", {}),
            "sources": [{"name": "ukp", "format": "pairwise", "text": options.text, "train": [str(train)],
                         "loss": {"type": "bradley_terry"} | recipe.get("loss", {})}],
            "train": {"schedule": schedule, "steps": pairs // batch, "eval_every": 0, "save_every": 0} | recipe["train"],
            "run": {"folder": str(folder / "run"), "device": "cpu"}}


def trained(options, name, rows, pairs, recipe, judged):
    """Margins of `judged` by a run over the first `pairs` pairs; of an earlier call, if it was the same."""
    folder = options.work / name
    folder.mkdir(parents=True, exist_ok=True)
    train, test, out = folder / "train.jsonl", folder / "judged.jsonl", folder / "scored.jsonl"
    config = config_of(options, folder, train, pairs, recipe)
    path = folder / "config.json"
    key = config | {"rows": hash_of(rows[:pairs]), "judged": hash_of(judged), "start": options.model_sha256}
    if not (out.exists() and path.with_suffix(".key").exists() and json.loads(path.with_suffix(".key").read_text()) == key):
        out.unlink(missing_ok=True)
        write_rows(train, rows[:pairs])
        write_rows(test, judged)
        path.write_text(json.dumps(config))
        began = time.monotonic()
        for command in (["train", path, "--overwrite"], ["score", folder / "run", test, out]):
            run = subprocess.run([options.laurel, *command], text=True, capture_output=True)
            if run.returncode != 0:
                sys.exit(f"laurel {command[0]} failed: {run.stderr}")
        path.with_suffix(".key").write_text(json.dumps(key))
        print(f"{name}: {config['train']['steps']} steps, {time.monotonic() - began:.0f} s", flush=True)
    return np.array([row["chosen_reward"] - row["rejected_reward"] for row in read_rows(out)])


def right_of(margins):
    return np.where(margins == 0, 0.5, margins > 0)


def measured(margins, rows):
    longer = np.array([len(row["chosen"]) > len(row["rejected"]) for row in rows])
    right = right_of(margins)
    return {"accuracy": right.mean(), "balanced": (right[longer].mean() + right[~longer].mean()) / 2,
            "log_loss": np.logaddexp(0, -margins).mean()}


def line(name, margins, rows):
    print(f"{name:32}" + "".join(f"{key} {value:.4f}  " for key, value in measured(margins, rows).items()), flush=True)


def choose(options, rows):
    topics = left_out_topics(rows)
    judged, rest = split_by(rows, topics)
    pairs = {name: recipe.get("pairs", PAIRS) for name, recipe in CANDIDATES.items()}
    assert max(pairs.values()) <= len(rest) and sum(pairs.values()) <= MOST_PASSES * len(rows)
    print(f"left out: {', '.join(sorted(topics))}: {len(judged)} pairs; {len(CANDIDATES)} candidates, "
          f"{sum(pairs.values()) / len(rows):.2f} passes in all")
    for name, recipe in CANDIDATES.items():
        line(name, trained(options, name, rest, pairs[name], recipe, judged), judged)
    everything = np.ones(len(rest), bool)
    line("lengths", length_model(rest)(judged), judged)
    line("TF-IDF", tfidf_pair_model(rest, everything, np.arange(len(rest)) % 5 != 0)(judged), judged)


def paired_difference(gain, rows):
    """Of accuracies, 95 % by the pigeonhole bootstrap of responses: a pair counts as the product of its two responses' draws."""
    texts, number = np.unique([text for row in rows for text in (row["chosen"], row["rejected"])], return_inverse=True)
    number = number.reshape(-1, 2)
    draw, found = np.random.default_rng(SEED), []
    for _ in range(RESAMPLES):
        count = np.bincount(draw.integers(len(texts), size=len(texts)), minlength=len(texts))
        weight = count[number[:, 0]] * count[number[:, 1]]
        found.append((weight * gain).sum() / weight.sum())
    return gain.mean(), *np.quantile(found, [0.025, 0.975])


def best_scale(margins):
    """What rewards are multiplied by so that the log-loss is least: 1 / temperature."""
    scales = np.exp(np.linspace(np.log(0.05), np.log(5), 1001))
    return scales[np.argmin([np.logaddexp(0, -scale * margins).mean() for scale in scales])]


def difference(right_of_ours, right_of_theirs, rows):
    gain, low, high = paired_difference(right_of_ours - right_of_theirs, rows)
    print(f"accuracy, recipe - TRL's defaults: {gain:+.4f} (95 % over responses: {low:+.4f} to {high:+.4f})", flush=True)


def choose_again(options, rows, name, recipe):
    topics = sorted({row["subset"] for row in rows} - left_out_topics(rows))
    random.Random(SEED).shuffle(topics)
    for part in range(2):
        left_out = set(topics[part * SECOND_TOPICS:(part + 1) * SECOND_TOPICS])
        judged, rest = split_by(rows, left_out)
        print(f"left out: {', '.join(sorted(left_out))}: {len(judged)} pairs; {len(rest)} others")
        theirs = trained(options, f"again_trl_{part}", rest, SECOND_PAIRS, {"train": TRL}, judged)
        ours = trained(options, f"again_{name}_{part}", rest, SECOND_PAIRS, recipe, judged)
        line(name, ours, judged)
        line("TRL's options", theirs, judged)
        line("lengths", length_model(rest)(judged), judged)
        difference(right_of(ours), right_of(theirs), judged)


def judge(options, rows, name, recipe, pairs):
    dev = read_rows(options.data / "ukp_dev.jsonl")
    random.Random(SEED).shuffle(rows)
    ours = trained(options, name, rows, pairs, recipe, dev)
    theirs = trained(options, "trl_one_pass", rows, len(rows), {"train": TRL}, dev)
    everything = np.ones(len(rows), bool)
    line("recipe", ours, dev)
    line("TRL's defaults", theirs, dev)
    line("lengths", length_model(rows)(dev), dev)
    line("TF-IDF", tfidf_pair_model(rows, everything, np.arange(len(rows)) % 5 != 0)(dev), dev)
    difference(right_of(ours), right_of(theirs), dev)


def judge_topics(options, rows):
    known = [*rows, *read_rows(options.data / "ukp_dev.jsonl")]
    topics = {row["subset"] for row in known}
    everything = list(strict_rows(options.strict))
    count_of = lambda some: collections.Counter(json.dumps(row, sort_keys=True) for row in some)
    if count_of(row for row in everything if row["subset"] in topics) != count_of(known):
        sys.exit(f"the twelve known topics of {options.strict} do not give the rows of ukp_train.jsonl and ukp_dev.jsonl")
    judged = [row for row in everything if row["subset"] not in topics]
    print(f"judged: {', '.join(sorted({row['subset'] for row in judged}))}: {len(judged)} pairs", flush=True)
    random.Random(SEED).shuffle(rows)
    arms = {"recipe": THIRD, "TRL's defaults": {"train": TRL}}
    margins = {(arm, seed): trained(options, f"topics_{arm[:3]}_{seed}", rows, len(rows),
                                     recipe | {"train": recipe["train"] | {"seed": seed}}, judged)
               for seed in SEEDS for arm, recipe in arms.items()}
    for (arm, seed), found in margins.items():
        line(f"{arm}, seed {seed}", found, judged)
    line("lengths", length_model(rows)(judged), judged)
    line("TF-IDF", tfidf_pair_model(rows, np.ones(len(rows), bool), np.arange(len(rows)) % 5 != 0)(judged), judged)
    dev = read_rows(options.data / "ukp_dev.jsonl")
    for (arm, recipe), name in zip(arms.items(), ("recipe_third", "trl_one_pass")):
        scale = best_scale(trained(options, name, rows, len(rows), recipe, dev))
        for seed in SEEDS:
            line(f"{arm}, seed {seed}, x {scale:.2f}", scale * margins[arm, seed], judged)
            print(f"  best scale on these: {best_scale(margins[arm, seed]):.2f}")
    mean = {arm: np.mean([right_of(margins[arm, seed]) for seed in SEEDS], axis=0) for arm in arms}
    difference(mean["recipe"], mean["TRL's defaults"], judged)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=[*(f"{what}{attempt}" for what in ("choose", "judge") for attempt in ("", "-again", "-third")), "judge-topics"])
    parser.add_argument("--laurel", type=pathlib.Path, default="build/laurel")
    parser.add_argument("--data", type=pathlib.Path, required=True, help="folder with ukp_train.jsonl and ukp_dev.jsonl")
    parser.add_argument("--model", type=pathlib.Path, required=True, help="the folder that all runs begin with")
    parser.add_argument("--work", type=pathlib.Path, required=True, help="where runs go")
    parser.add_argument("--strict", type=pathlib.Path, help="folder of the published pairs, for judge-topics")
    parser.add_argument("--text", default="auto", help="the source's text rule")
    parser.add_argument("--max-length", type=int, default=512)
    options = parser.parse_args()
    if options.what == "judge-topics" and not options.strict:
        parser.error("judge-topics needs --strict")
    options.model_sha256 = hashlib.sha256((options.model / "model.safetensors").read_bytes()).hexdigest()
    rows = read_rows(options.data / "ukp_train.jsonl")
    if options.what == "choose":
        choose(options, rows)
    elif options.what == "choose-again":
        choose_again(options, rows, "second", SECOND)
    elif options.what == "choose-third":
        choose_again(options, rows, "third", THIRD)
    elif options.what == "judge":
        judge(options, rows, "recipe", CANDIDATES[RECIPE], PAIRS)
    elif options.what == "judge-topics":
        judge_topics(options, rows)
    elif options.what == "judge-again":
        judge(options, rows, "recipe_again", SECOND, len(rows))
    else:
        judge(options, rows, "recipe_third", THIRD, len(rows))


main()
