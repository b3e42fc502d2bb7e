"""Writes tests/golden/benchmarks/: small files in the layouts of published benchmarks, made here, and the scores that the
benchmarks' own code gives to 100 files of random rewards for them.

Run in .deps/peer: python scripts/make_golden_benchmarks.py --reward-bench REPO --rm-bench REPO --judge-bench REPO --rmb REPO
Each REPO is a git repository, bare ones too, whose HEAD is read: allenai/reward-bench, THU-KEG/RM-Bench, ScalerLab/JudgeBench and
Zhou-Zoey/RMB-Reward-Model-Benchmark. Their scoring functions are run as they are; nothing of theirs is stored but numbers. Means over
sections, which RewardBench's and RMB's tables show and their code does not compute, are taken here, and RMB's best of N by its rule for
pairs: the best answer against each other one.
"""

import argparse
import ast
import asyncio
import collections
import contextlib
import copy
import io
import json
import pathlib
import subprocess
import typing

import datasets
import numpy as np
import pandas as pd

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "tests" / "golden" / "benchmarks"
FILES = 100
MASK = (1 << 64) - 1


def mix64(x):
    """As in core/random.h."""
    x = (x + 0x9E3779B97F4A7C15) & MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return x ^ (x >> 31)


def rewards_of(file, rows):
    """The rewards of one file, by row and answer, as in tests/eval/benchmark_golden_test.cpp: ties are frequent in even files, and right
    answers are better by up to three quarters of the range."""
    levels = 9 if file % 2 == 0 else 2001
    return [[(mix64(1000003 * file + 101 * i + k) >> 32) % levels / 8 + (file % 4 * levels / 32 if right else 0)
             for k, right in enumerate(row)] for i, row in enumerate(rows)]


# Rows

def question(i):
    return f"Which number comes after {i}?"


def answer(i, k):
    return f"After {i} comes {i + 1 + k}." if k else f"It is {i + 1}."


def reward_bench_rows(subsets):
    rows = []
    for number, subset in enumerate(subsets):
        for _ in range(2 + number % 3):
            i = len(rows)
            rows.append({"prompt": question(i), "chosen": answer(i, 0), "chosen_model": "made", "rejected": answer(i, 1),
                         "rejected_model": "made", "subset": subset, "id": i})
    return rows


def row_of_lists(i, id, subset, right, wrong):
    return {"id": id, "prompt": question(i), "chosen": [f"{answer(i, 0)}{'!' * k}" for k in range(right)],
            "rejected": [answer(i, 1 + k) for k in range(wrong)], "num_correct": right, "num_incorrect": wrong,
            "total_completions": right + wrong, "models": ["made"] * (right + wrong), "subset": subset}


def reward_bench_2_rows():
    rows = []
    for number, subset in enumerate(["Factuality", "Precise IF", "Math", "Safety", "Focus"]):
        for _ in range(3 + number % 2):
            rows.append(row_of_lists(len(rows), str(len(rows)), subset, 1, 3))
    for prompt in range(8):
        if prompt != 6:
            rows.append(row_of_lists(len(rows), f"ref:{prompt}", "Ties", 1, 2 + prompt % 3))
        if prompt != 7:
            rows.append(row_of_lists(len(rows), f"tied:{prompt}", "Ties", 2 + prompt % 2, 1 + prompt % 3))
    return rows


def styles(i, k):
    text = answer(i, k)
    return [text, f"{text} One counts on by one.", f"**{text}**\n\n* One counts on by one."]


def rm_bench_rows():
    rows = []
    for domain, count in [("chat", 4), ("code", 3), ("math", 5), ("safety-refuse", 3), ("safety-response", 2)]:
        for _ in range(count):
            i = len(rows)
            rows.append({"id": i, "prompt": question(i), "chosen": styles(i, 0), "rejected": styles(i, 1), "domain": domain})
    return rows


def judge_bench_rows():
    rows = []
    for source in ["mmlu-pro-law", "mmlu-pro-math", "livebench-reasoning", "livebench-math", "livecodebench"]:
        for _ in range(4):
            i = len(rows)
            a_is_right = i % 3 != 1
            rows.append({"pair_id": f"pair-{i}", "original_id": i, "source": source, "question": question(i), "response_model": "made",
                         "response_A": answer(i, 0 if a_is_right else 1), "response_B": answer(i, 1 if a_is_right else 0),
                         "label": "A>B" if a_is_right else "B>A"})
    return rows


def dialogue(i):
    messages = [{"role": "user", "content": question(i), "language": "English"}]
    if i % 3 == 0:
        messages = [{"role": "user", "content": "Can you count?", "language": "English"},
                    {"role": "assistant", "content": "Yes."}] + messages
    return messages


def of_made(text):
    return {"llm_name": "made", "answer": text}


def rmb_rows():
    pairs, lists = [], []
    for path, count in [("Helpfulness/Code/Documentation", 4), ("Helpfulness/Chat/Discussion", 3), ("Harmlessness/S1", 5),
                        ("Harmlessness/multi", 2)]:
        for _ in range(count):
            i = len(pairs)
            pairs.append({"pair_uid": str(i), "conversation_input": dialogue(i), "chosen": of_made(answer(i, 0)),
                          "reject": of_made(answer(i, 1)), "category_path": f"Pairwise_set/{path}"})
            lists.append({"conversation_input": dialogue(i), "bon_best": of_made(answer(i, 0)),
                          "loser_list": [of_made(answer(i, 1 + k)) for k in range(2 + i % 3)], "bon_uid": str(i),
                          "category_path": f"BoN_set/{path}"})
    return pairs, lists


# The benchmarks' own code

def source_of(repository, path):
    return subprocess.run(["git", "-C", repository, "show", f"HEAD:{path}"], check=True, capture_output=True, text=True).stdout


def definitions(source, names, known=()):
    """Functions and classes of a file, by name, without its imports."""
    nodes = [node for node in ast.parse(source).body if getattr(node, "name", None) in names]
    if len(nodes) != len(names):
        raise SystemExit(f"expected {names}, found {[node.name for node in nodes]}")
    space = {"np": np, "pd": pd, "Dataset": datasets.Dataset, "defaultdict": collections.defaultdict, **vars(typing), **dict(known)}
    exec(compile(ast.Module(nodes, []), "benchmark", "exec"), space)
    return [space[name] for name in names]


def pair_rule(source):
    """The list comprehension of a script that makes results of the scores of pairs."""
    found = {ast.unparse(node) for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ListComp) and "chosen > rejected" in ast.unparse(node)}
    rule = min(found, key=len)
    if not rule.startswith("[1 if chosen > rejected else 0 for"):
        raise SystemExit(f"found no rule for pairs: {found}")
    names = [name.id for name in ast.walk(ast.parse(rule)) if isinstance(name, ast.Name) and name.id.startswith("scores_")]
    return lambda chosen, rejected: eval(rule, {"zip": zip, **dict(zip(names, [chosen, rejected]))})


def mean(values):
    return sum(values) / len(values)


def by_key(keys, values):
    groups = collections.defaultdict(list)
    for key, value in zip(keys, values):
        groups[key].append(value)
    return groups


def reward_bench(repository, rows, files):
    constants = {}
    exec(source_of(repository, "rewardbench/constants.py"), constants)
    [sections_of] = definitions(source_of(repository, "rewardbench/utils.py"), ["calculate_scores_per_section"])
    rule = pair_rule(source_of(repository, "scripts/run_rm.py"))
    for rewards in files:
        results = rule(*zip(*rewards))
        subsets = {name: mean(values) for name, values in by_key([row["subset"] for row in rows], results).items()}
        sections = sections_of(constants["EXAMPLE_COUNTS"], constants["SUBSET_MAPPING"], subsets)
        yield {"total": mean(sections.values()), **sections, **{f"subsets/{name}": value for name, value in subsets.items()}}


def reward_bench_2(repository, rows, files):
    reroll, _, ties_of = definitions(source_of(repository, "rewardbench/utils.py"),
                                     ["reroll_and_score_dataset", "_compute_prompt_stats", "process_single_model"])
    completions = [row["total_completions"] for row in rows]
    for rewards in files:
        flat = [{"subset": row["subset"], "id": row["id"], "scores": score} for row, scores in zip(rows, rewards) for score in scores]
        scored = reroll(datasets.Dataset.from_list(flat), completions, cols_to_combine=["scores"])
        scored = scored.add_column("num_correct", [row["num_correct"] for row in rows])
        frame = scored.to_pandas()
        subsets = {name: mean(list(part["results"])) for name, part in frame.groupby("subset")}
        with np.errstate(all="ignore"):
            subsets["Ties"] = ties_of(datasets.Dataset.from_pandas(frame[frame["subset"] == "Ties"], preserve_index=False))[1]
        yield {"total": mean(subsets.values()), **subsets, "ties/score": subsets["Ties"]}


def rm_bench(repository, rows, files):
    accuracy, _ = definitions(source_of(repository, "scripts/utils.py"), ["compute_accuracy", "split_dataset_by_domain"])
    for rewards in files:
        results = [{**copy.deepcopy(row), "score_chosen": scores[:3], "score_rejected": scores[3:]} for row, scores in zip(rows, rewards)]
        with contextlib.redirect_stdout(io.StringIO()):
            found = accuracy(results)
        names = {"total_avg_acc": "total", "hard_acc": "hard", "normal_acc": "normal", "easy_acc": "easy"}
        found = {names.get(name, name): value for name, value in found.items()}
        yield {"total": mean(found.values()), **found}


def judge_bench(repository, rows, files):
    metrics = {}
    exec(source_of(repository, "utils/metrics.py"), metrics)
    [judge_class] = definitions(source_of(repository, "utils/judges.py"), ["GRMReward"], {"Judge": object})

    async def judged(judge, row):
        a, b = row["response_A"], row["response_B"]
        return {**row, "judgments": [await judge.get_judgment(row["question"], a, b), await judge.get_judgment(row["question"], b, a)]}

    async def all_judged(judge):
        return [await judged(judge, row) for row in rows]

    for rewards in files:
        known = {(row["question"], row[f"response_{name}"]): score for row, scores in zip(rows, rewards) for name, score in zip("AB", scores)}
        judge = object.__new__(judge_class)
        judge.model_name = "made"
        judge.get_reward = lambda messages: known[messages[0]["content"], messages[1]["content"]]
        pairs = asyncio.run(all_judged(judge))
        found = {}
        for place, both in [("", True), ("first_order/", False)]:
            for source in ["", "mmlu-pro", "livebench-reasoning", "livebench-math", "livecodebench"]:
                score = metrics["compute_final_metrics"](pairs, both, include_fn=lambda pair: pair["source"].startswith(source))
                found[f"{place}{source or 'micro'}"] = score / 100
            found[f"{place}macro"] = mean(list(found.values())[-4:])
        yield found


def rmb(repository, rows, files):
    rule = pair_rule(source_of(repository, "eval/scripts/my_run_rm.py"))
    names = {"Pairwise_set": "pairs", "BoN_set": "best_of_n"}
    for rewards in files:
        results = [min(rule([scores[0]] * (len(scores) - 1), scores[1:])) for scores in rewards]
        paths = [row["category_path"].split("/") for row in rows]
        sections = {key: mean(values) for key, values in by_key([f"{p[1].lower()} {names[p[0]]}" for p in paths], results).items()}
        categories = by_key([f"{names[p[0]]}/{p[1]}/{p[2]}" for p in paths], results)
        yield {"total": mean(sections.values()), **sections, **{key: mean(values) for key, values in categories.items()}}


def scores(right, own_code):
    """By name of a metric, its value in each file."""
    columns = collections.defaultdict(list)
    for found in own_code([rewards_of(file, right) for file in range(FILES)]):
        for name, value in found.items():
            columns[name].append(round(float(value), 12))
    return columns


def write(name, rows):
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (FOLDER / name).write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n" if name.endswith(".json") else lines)


def lists_of(rows):
    return [[True] * len(row["chosen"]) + [False] * len(row["rejected"]) for row in rows]


def main():
    parser = argparse.ArgumentParser()
    for name in ["reward-bench", "rm-bench", "judge-bench", "rmb"]:
        parser.add_argument(f"--{name}", required=True)
    repositories = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    constants = {}
    exec(source_of(repositories.reward_bench, "rewardbench/constants.py"), constants)
    pairs, best, styled, judged = reward_bench_rows(sum(constants["SUBSET_MAPPING"].values(), [])), reward_bench_2_rows(), rm_bench_rows(), judge_bench_rows()
    chat = [{key: value for key, value in row.items() if key != "domain"} for row in styled if row["domain"] == "chat"]
    rmb_pairs, rmb_lists = rmb_rows()
    write("reward_bench.jsonl", pairs)
    write("reward_bench_2.jsonl", best)
    write("rm_bench.json", styled)
    write("rm_bench_chat.json", chat)
    write("judge_bench.jsonl", judged)
    write("rmb_pairs.json", rmb_pairs)
    write("rmb_best_of_n.json", rmb_lists)
    right_of_rmb = [[True, False]] * len(rmb_pairs) + [[True] + [False] * len(row["loser_list"]) for row in rmb_lists]
    cases = [("reward-bench", ["reward_bench.jsonl"], [[True, False]] * len(pairs), lambda files: reward_bench(repositories.reward_bench, pairs, files)),
             ("reward-bench-2", ["reward_bench_2.jsonl"], lists_of(best), lambda files: reward_bench_2(repositories.reward_bench, best, files)),
             ("rm-bench", ["rm_bench.json"], lists_of(styled), lambda files: rm_bench(repositories.rm_bench, styled, files)),
             ("rm-bench", ["rm_bench_chat.json"], lists_of(chat), lambda files: rm_bench(repositories.rm_bench, chat, files)),
             ("judge-bench", ["judge_bench.jsonl"], [[row["label"] == "A>B", row["label"] == "B>A"] for row in judged],
              lambda files: judge_bench(repositories.judge_bench, judged, files)),
             ("rmb", ["rmb_pairs.json", "rmb_best_of_n.json"], right_of_rmb, lambda files: rmb(repositories.rmb, rmb_pairs + rmb_lists, files))]
    golden = [{"benchmark": name, "files": files, "scores": scores(right, own_code)} for name, files, right, own_code in cases]
    (FOLDER / "scores.json").write_text("[" + ",\n".join(json.dumps(case) for case in golden) + "]\n")


if __name__ == "__main__":
    main()
