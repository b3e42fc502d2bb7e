"""Ten configs and what is done with each, in the spelling of the program before. spelling.py makes the new one.

Between them: every format and loss, every number that a row may say, phases and shares, several attributes, slices,
balanced sampling, population weights, bf16, recomputation, resuming in the middle, keep_best, steps that are not
finite; and of every command that writes something: train, eval --json, score, export, check.
"""

import dataclasses

STEP = "run/checkpoints/step-{:08d}"


@dataclasses.dataclass
class Command:
    arguments: list  # of the program
    code: int = 0    # that it ends with


@dataclasses.dataclass
class Cut:
    """As if the run had been killed after a step: what it wrote later is removed, but for metrics.jsonl."""
    run: str
    step: int


@dataclasses.dataclass
class Case:
    name: str
    model: tuple  # family, tokenizer, whether it has a reward head
    config: dict
    work: list


def source(name, format, train, loss, **more):
    def paths(names):
        return [f"../data/{file}.jsonl" for file in names.split()]
    if "eval" in more:
        more["eval"] = paths(more["eval"])
    return {"name": name, "format": format, "train": paths(train), "loss": loss} | more


def config(name, sources, train, **model):
    return {"model": {"path": f"../models/{name}", "max_length": 256} | model,
            "sources": sources,
            "data": {"threads": 2},
            "train": {"batch_size": 8, "lr": 0.002, "tokens_per_micro_batch": 512} | train,
            "run": {"folder": "run", "device": "cpu", "threads": 2}}


def case(name, model, sources, train, work, **options):
    return Case(name, model, config(name, sources, train, **options), work)


def train(*options, code=0):
    return Command(["train", "CONFIG", *options], code)


def check(*options, code=0):
    return Command(["check", "CONFIG", *options], code)


def data(file):
    return f"../inputs/data/{file}.jsonl"


def evaluate(model, file, name=None, *options):
    """To evaluations/NAME.json."""
    return Command(["eval", model, data(file), "--threads", "2", "--json", f"evaluations/{name or file}.json", *options])


def score(model, file, name=None, *options):
    """To scored/NAME.jsonl."""
    return Command(["score", model, data(file), f"scored/{name or file}.jsonl", "--threads", "2", *options])


def export(folder, *options, model="run"):
    return Command(["export", model, folder, *options])


PAIRS = case(
    "pairs", ("qwen2", "marks", False),
    [source("every_way", "pairwise", "sliced_pairs",
            {"type": "bradley_terry", "label_smoothing": 0.05, "center": 0.01, "l2": 0.02}, text="chat", eval_fraction=0.25, slices=["domain"]),
     source("strong", "pairwise", "strong_pairs pairs_ties", {"type": "bradley_terry", "scaled": True}, text="chat", limit=30),
     source("dialogues", "pairwise", "pairs_messages pairs_messages_prompt", {"type": "focal", "gamma": 1.5, "center": 0.02},
            eval="pairs_messages"),
     source("hinge", "pairwise", "pairs_a_b", {"type": "hinge", "margin": 0.5, "l2": 0.01}, text="chat", eval="pairs_eval",
            loss_weight=0.5)],
    {"epochs": 1.5, "schedule": {"type": "linear", "warmup": 0.2, "final": 0.3}, "weight_decay": 0.1},
    [check(), train(),
     evaluate("run", "sliced_pairs", None, "--source", "every_way", "--slice", "domain", "--text", "chat"),
     evaluate("run/export", "pairs_eval", None, "--text", "chat"),
     score("run", "pairs_messages"), score("run", "pairs_ties"), score("run/export", "pairs_train"),
     export("bf16", "--dtype", "bf16"), export("fp16", "--dtype", "fp16"), score("bf16", "pairs_a_b", "of_bf16")])

TEXTS = case(
    "texts", ("llama", "first", False),
    [source("margins", "pairwise", "pairs_whole_text", {"type": "bradley_terry"}, text="plain", eval="pairs_whole_text"),
     source("distances", "pairwise", "distances", {"type": "margin_squared_error", "center": 0.01},
            columns={"chosen": "better", "rejected": "worse"}),
     source("all_fade", "pairwise", "pairs_train", {"type": "focal", "fade": "all"}, text="plain", limit=40, eval="pairs_eval")],
    {"steps": 6, "shuffle": False, "group_by_prompt": False, "betas": [0.8, 0.95], "eps": 1e-6, "max_grad_norm": 0.5,
     "recompute": "inputs", "schedule": {"type": "constant"}, "eval_every": "end"},
    [train(),
     train("--set", "run.folder=left", "--set", "model.over_length=truncate_prompt_left", "--set", "model.max_length=120",
           "--set", "train.group_by_prompt=true",
           "--set", "train.recompute=none", "--set", "train.shuffle=true", "--set", "train.seed=7"),
     train("--set", "run.folder=drop", "--set", "model.over_length=drop", "--set", "model.max_length=150"),
     check("--set", "model.over_length=error", "--overwrite", code=3),
     evaluate("left", "pairs_whole_text", None, "--source", "margins"), score("run", "pairs_eval"),
     score("left", "distances", None, "--columns", '{"chosen": "better", "rejected": "worse"}')],
    max_length=48, over_length="truncate_response_right")

TIES = case(
    "ties", ("llama3", "header", False),
    [source("leads", "pairwise", "sliced_pairs", {"type": "rao_kupper", "center": 0.01}, text="chat", eval="pairs_a_b"),
     source("ties", "pairwise", "sliced_pairs", {"type": "davidson", "l2": 0.01}, text="chat", eval="sliced_pairs"),
     source("stars", "pointwise", "ratings_train ratings_messages", {"type": "ordinal", "levels": 5, "l2": 0.01}, text="chat",
            eval="ratings_eval")],
    {"steps": 8, "eval_every": 2, "save_every": 2, "keep_last": 1, "keep_best": "ties.log_loss", "lr": 0.03},
    [train(),
     evaluate("run", "ratings_eval", None, "--source", "stars", "--text", "chat"),
     evaluate("run", "sliced_pairs", None, "--source", "ties", "--text", "chat"),
     export("best", "--step", "best"), export("last", "--step", "last", "--dtype", "bf16"), score("best", "ratings_eval")],
    template_date="2025-01-31")

RATINGS = case(
    "ratings", ("qwen3", "thinking", False),
    [source("people", "pointwise", "annotated_parts", {"type": "gaussian", "beta": 0.5, "l2": 0.01}, text="chat",
            eval="annotated_parts", attributes=["helpfulness", "verbosity"], attribute_weights={"verbosity": 0.5},
            annotators="each", annotator_scaling="standardize", score_scaling="standardize"),
     source("some_judged", "pointwise", "ratings_attributes", {"type": "huber", "delta": 0.7}, text="chat",
            eval="ratings_attributes", attributes=["helpfulness", "verbosity"], score_scaling="standardize"),
     source("most", "pointwise", "sliced_ratings", {"type": "quantile", "level": 0.8}, text="chat", columns={"helpfulness": "score"},
            attributes=["helpfulness"], population={"young": 0.7, "old": 0.3}, population_of="group", slices=["group", "domain"],
            eval="sliced_ratings"),
     source("median", "pointwise", "ratings_annotators", {"type": "absolute_error", "l2": 0.1}, text="chat",
            columns={"verbosity": "scores"}, attributes=["verbosity"], annotator_scaling="center"),
     source("parts", "segments", "rated_parts", {"type": "squared_error"}, text="chat", attributes=["sound", "clear"],
            eval="rated_parts", reduction="last")],
    {"epochs": 1, "recompute": "gate_up", "tokens_per_micro_batch": 300},
    [check(), train(),
     evaluate("run", "annotated_parts", None, "--source", "people", "--text", "chat"),
     evaluate("run", "rated_parts", None, "--source", "parts", "--text", "chat"),
     score("run", "ratings_attributes"), score("run", "rated_parts", None, "--text", "chat"),
     export("one", "--reward", "verbosity"), export("all", "--all-outputs", "--dtype", "bf16"), score("one", "ratings_eval"),
     score("all", "ratings_eval", "of_all")],
    template_kwargs={"enable_thinking": False})

LISTS = case(
    "lists", ("mistral", "brackets", False),
    [source("choices", "ranked", "ranked", {"type": "plackett_luce", "ties": "breslow", "position_weighting": "discount",
                                            "center": 0.05}, text="chat", eval="ranked"),
     source("first_two", "ranked", "ranked", {"type": "plackett_luce", "top_k": 2, "l2": 0.1}, text="chat"),
     source("couples", "ranked", "ranked", {"type": "all_pairs", "ties": "half", "center": 0.01}, text="chat"),
     source("amounts", "ranked", "ranked", {"type": "listnet", "temperature": 2.0}, text="chat"),
     source("top", "ranked", "ranked", {"type": "lambda", "top_k": 2, "gain": "linear", "l2": 0.01}, text="chat"),
     source("order", "ranked", "ranked", {"type": "lambda", "weighting": "lambda_rank", "sigma": 0.5}, text="chat"),
     source("places", "ranked", "ranked", {"type": "adr_mse", "alpha": 0.5}, text="chat", eval="ranked")],
    {"steps": 12, "batch_size": 14},
    [train(), evaluate("run", "ranked", None, "--source", "places", "--text", "chat"), score("run", "ranked", None, "--text", "chat"),
     train("--set", "run.folder=exponential", "--set", "sources.choices.loss.position_weighting=exponential",
           "--set", "sources.choices.loss.ties=efron", "--set", "sources.couples.loss.ties=skip",
           "--set", "sources.order.loss.weighting=ndcg2", "--set", "sources.top.loss.gain=exponential")])

SEGMENTS = case(
    "segments", ("llama", "blocks", False),
    [source("steps", "segments", "segments_train", {"type": "binary_cross_entropy", "l2": 0.01}, text="chat", count_by="group",
            reduction="min", eval="segments_eval"),
     source("spans", "segments", "segments_spans", {"type": "squared_error"}, text="chat", eval="segments_spans", reduction="sum")],
    {"epochs": 1},
    [check(), train(),
     evaluate("run", "segments_eval", None, "--source", "steps", "--text", "chat"),
     evaluate("run", "segments_spans", None, "--source", "spans", "--text", "chat", "--reduction", "last"),
     score("run", "segments_eval", None, "--text", "chat", "--reduction", "min"),
     score("run/export", "segments_spans", None, "--text", "chat", "--separator", " "),
     train("--set", "run.folder=shorter", "--set", "model.over_length=truncate_response_right", "--set", "model.max_length=90")])

FROM_SCORES = case(
    "from_scores", ("qwen2", "marks", False),
    [source("gaps", "pointwise", "sliced_ratings", {"type": "bradley_terry", "center": 0.01}, text="chat",
            pairs_from_scores={"min_gap": 1, "margin": "gap", "weight": "pair"}, slices=["domain", "group"], sampling="balanced",
            balanced_by="domain", eval_fraction=0.2),
     source("of_lists", "ranked", "ranked", {"type": "hinge"}, text="chat", pairs_from_scores={"max_responses": 3}),
     source("mean", "pointwise", "ratings_annotators", {"type": "huber"}, text="chat", score_scaling="standardize",
            annotator_scaling="center", eval="ratings_annotators"),
     source("shares", "pointwise", "sliced_ratings", {"type": "squared_error", "l2": 0.01}, text="chat", slices=["group"],
            population={"young": 2, "old": 1}, population_of="group")],
    {"steps": 10, "batch_size": 12},
    [check(), train(), evaluate("run", "sliced_ratings", None, "--source", "mean", "--slice", "domain", "--slice", "group",
                                "--text", "chat"),
     evaluate("run", "ranked", None, "--text", "chat"), score("run", "sliced_ratings", None, "--text", "chat")])

MIXED = case(
    "mixed", ("llama", "thinking", False),
    [source("ratings", "pointwise", "ratings_attributes", {"type": "gaussian"}, text="chat", eval="ratings_attributes",
            attributes=["helpfulness", "verbosity"], score_scaling="standardize", share=2, active={"from": 0.0, "to": 0.75}),
     source("pairs", "pairwise", "pairs_train", {"type": "bradley_terry"}, text="chat", eval="pairs_eval", share=3, loss_weight=0.7,
            merge={"helpfulness": 1.0, "verbosity": -0.3}, active={"from": 0.25, "to": 1.0}),
     source("lists", "ranked", "ranked", {"type": "plackett_luce"}, text="chat", share=1, active={"from": 0.5, "to": 1.0},
            merge={"helpfulness": 0.5, "verbosity": 0.5})],
    {"steps": 12, "schedule": {"type": "cosine", "restart": True, "warmup": 0.4}, "eval_every": 3, "save_every": 3, "keep_last": 9},
    [check(), train(), Cut("run", 6), train("--set", "run.resume=auto"),
     train("--set", f"run.resume={STEP.format(3)}"),
     train("--set", "run.folder=further", "--set", f"run.resume={STEP.format(9)}"),
     export("merged", "--merge", "lists"), export("one", "--reward", "helpfulness", "--dtype", "bf16"),
     export("all", "--all-outputs", "--step", "9"),
     evaluate("run", "pairs_eval", None, "--source", "pairs", "--text", "chat"),
     evaluate("merged", "ranked", None, "--text", "chat"), score("run", "ranked", None, "--text", "chat")])

BF16 = case(
    "bf16", ("qwen3", "thinking", False),
    [source("pairs", "pairwise", "pairs_train", {"type": "bradley_terry", "center": 0.01}, text="chat", eval="pairs_eval"),
     source("ratings", "pointwise", "ratings_train", {"type": "squared_error"}, text="chat", eval="ratings_eval",
            score_scaling="standardize")],
    {"steps": 8, "precision": "bf16", "moments": "bf16", "recompute": "gate_up", "eval_every": 4, "save_every": 2, "lr": 3e-4,
     "tokens_per_micro_batch": 1024},
    [train(), Cut("run", 6), train("--set", "run.resume=required"),
     train("--set", "run.folder=nearest", "--set", "train.stochastic_rounding=false", "--set", "train.moments=fp32",
           "--set", "train.recompute=inputs"),
     evaluate("run", "pairs_eval", None, "--source", "pairs", "--text", "chat", "--precision", "bf16"),
     evaluate("run", "ratings_eval", None, "--source", "ratings", "--text", "chat", "--precision", "fp32"),
     score("run", "pairs_eval", None, "--text", "chat", "--precision", "bf16"), export("bf16", "--dtype", "bf16")])

KEPT = case(
    "kept", ("llama", "blocks", True),
    [source("rated", "pointwise", "overflowing", {"type": "squared_error"}, text="plain", eval="ratings_eval"),
     source("pairs", "pairwise", "pairs_train", {"type": "bradley_terry"}, text="plain", limit=16)],
    {"epochs": 1, "shuffle": False, "nan_budget": 1, "schedule": {"type": "constant"}},
    [evaluate("../inputs/models/kept", "pairs_eval", "before", "--text", "plain"),
     score("../inputs/models/kept", "ratings_eval", "before", "--text", "plain"),
     train(), train("--set", "run.folder=stopped", "--set", "train.nan_budget=0", code=6),
     Command(["check", "--replay", "stopped/nonfinite-step-00000002.json", "--threads", "2"], 6),
     train("--set", "model.path=run", "--set", "run.folder=more", "--set", "sources.rated.eval=[]",
           "--set", "model.head=keep", "--set", "train.nan_budget=9", "--set", "data.special_text=plain",
           "--set", "train.tokens_per_micro_batch=4096"),
     train("--set", "model.head=new", "--set", "model.head_seed=5", "--set", "run.folder=new", "--set", "data.cache=false"),
     score("more", "pairs_eval")])

CASES = [PAIRS, TEXTS, TIES, RATINGS, LISTS, SEGMENTS, FROM_SCORES, MIXED, BF16, KEPT]
