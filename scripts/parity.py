"""Compares laurel's first losses with TRL's RewardTrainer and transformers' Trainer.

    parity.py --laurel build/laurel                     tiny random models (Llama, Gemma 2,
                                                        ModernBERT), seconds
    parity.py --laurel build/laurel --backbone FOLDER   a real one too, minutes

Runs in the peer environment. Every case starts both programs from one sequence-classification
folder, on one file in its order, batch 8, AdamW without decay, clip 1, constant lr, fp32, and
compares the loss of each step; exits with 1 where one differs by more than 0.3 %.
"""

import argparse
import json
import pathlib
import random
import subprocess
import sys
import tempfile

import torch
from datasets import Dataset
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import (AutoModelForCausalLM, AutoModelForSequenceClassification, AutoTokenizer,
                          DataCollatorWithPadding, Gemma2Config, LlamaConfig,
                          ModernBertConfig, PreTrainedTokenizerFast, TrainingArguments)
from trl import RewardConfig, RewardTrainer

from peer_common import (RegressionTrainer, StepLog, StepLosses, as_messages, be_quiet, make_start,
                         read_rows, train, training_options, write_rows)

BATCH, MAX_LENGTH, TOLERANCE = 8, 512, 0.003
WORDS = ("the a of reward model answer question because tree river good bad long short is was "
         "not never 1 22 345 Paris école 東京 ( ) ? ! , .").split()
TEMPLATE = ("{{ bos_token }}{% for message in messages %}{{ '<|' + message['role'] + '|>\n' + "
            "message['content'] + '<|end|>\n' }}{% endfor %}")


class PairTrainer(StepLosses, RewardTrainer):
    """TRL's RewardTrainer, its losses kept."""


def sentence(rng, low, high):
    return " ".join(rng.choices(WORDS, k=rng.randint(low, high)))


def synthetic_rows(count):
    """Pairs with a prompt, a margin and a score, of very different lengths."""
    rng = random.Random(7)
    return [{"prompt": sentence(rng, 3, 30), "chosen": sentence(rng, 1, 60),
             "rejected": sentence(rng, 1, 40), "margin": rng.random(),
             "score": round(rng.random() * 4, 2)} for _ in range(count)]


def tiny_tokenizer():
    """Byte-level BPE that adds a beginning token itself, and a template that writes one."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    special = ["<pad>", "<s>", "<|end|>", "<|user|>", "<|assistant|>"]
    rng = random.Random(3)
    tokenizer.train_from_iterator(
        [sentence(rng, 20, 40) for _ in range(50)],
        trainers.BpeTrainer(vocab_size=400, special_tokens=special, show_progress=False,
                            initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", special_tokens=[("<s>", tokenizer.token_to_id("<s>"))])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="<|end|>", pad_token="<pad>",
        chat_template=TEMPLATE)


def make_tiny(folder, config_class=LlamaConfig, **options):
    tokenizer = tiny_tokenizer()
    torch.manual_seed(5)
    model = AutoModelForCausalLM.from_config(config_class(
        vocab_size=len(tokenizer), hidden_size=48, intermediate_size=96, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=MAX_LENGTH,
        bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id, initializer_range=0.1, **options))
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def make_tiny_encoder(folder):
    """A ModernBERT with a head and without a template: its texts are the tokenizer's pairs."""
    tokenizer = tiny_tokenizer()
    tokenizer.chat_template = None
    tokenizer.add_special_tokens({"cls_token": "<s>", "sep_token": "<|end|>"})
    begin, end = tokenizer.cls_token_id, tokenizer.sep_token_id
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A <|end|>", pair="<s> $A <|end|> $B <|end|>",
        special_tokens=[("<s>", begin), ("<|end|>", end)])
    torch.manual_seed(5)
    model = AutoModelForSequenceClassification.from_config(ModernBertConfig(
        vocab_size=len(tokenizer), hidden_size=48, intermediate_size=96, num_hidden_layers=3,
        num_attention_heads=4, max_position_embeddings=MAX_LENGTH, local_attention=16,
        pad_token_id=tokenizer.pad_token_id, bos_token_id=begin, cls_token_id=begin,
        eos_token_id=end, sep_token_id=end, num_labels=1, problem_type="regression",
        initializer_range=0.1, classifier_bias=True))
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def pair_cases(rows):
    """name -> (rows both programs read, loss options of laurel)."""
    plain = [{key: row[key] for key in ("prompt", "chosen", "rejected")} for row in rows]
    implicit = [{key: row["prompt"] + " " + row[key] for key in ("chosen", "rejected")}
                for row in plain]
    messages = [as_messages(row) for row in plain]
    explicit = [{"prompt": row["chosen"][:1], "chosen": row["chosen"][1:],
                 "rejected": row["rejected"][1:]} for row in messages]
    cases = {"messages": (messages, {}), "messages, explicit prompt": (explicit, {}),
             "strings": (implicit, {}), "strings, explicit prompt": (plain, {})}
    if "margin" in rows[0]:
        with_margin = [pair | {"margin": row["margin"]} for pair, row in zip(messages, rows)]
        cases["messages, margin and center"] = (with_margin, {"center": 0.01})
    return cases


def rating_rows(rows):
    """Ratings as messages, made from the pairs where the rows are pairs."""
    if "response" in rows[0]:
        return [as_messages(row) for row in rows]
    rng = random.Random(9)
    return [as_messages({"prompt": row["prompt"], "response": row["chosen"],
                         "score": row.get("score", rng.random())}) for row in rows]


def trl_losses(start, rows, options, loss):
    config = RewardConfig(**options, max_length=MAX_LENGTH,
                          center_rewards_coefficient=loss.get("center"))
    trainer = PairTrainer(model=str(start), args=config, train_dataset=Dataset.from_list(rows),
                          processing_class=AutoTokenizer.from_pretrained(start),
                          callbacks=[StepLog(quiet=True)])
    return train(trainer)


def text_ids(tokenizer, row):
    """Message lists by the template, strings as a pair of texts."""
    if isinstance(row["prompt"], str):
        return tokenizer(row["prompt"], row["response"])["input_ids"]
    return tokenizer.apply_chat_template(row["prompt"] + row["response"], tokenize=True,
                                         return_dict=True)["input_ids"]


def transformers_losses(start, rows, options, train_pad_row=False):
    """With train_pad_row, the embedding of the pad token has its gradient, which nn.Embedding's padding_idx drops."""
    tokenizer = AutoTokenizer.from_pretrained(start)
    data = [{"labels": float(row["score"]), "input_ids": text_ids(tokenizer, row)} for row in rows]
    model = AutoModelForSequenceClassification.from_pretrained(start, dtype=torch.float32)
    if train_pad_row:
        model.get_input_embeddings().padding_idx = None
    trainer = RegressionTrainer(
        model=model,
        args=TrainingArguments(**options), train_dataset=Dataset.from_list(data),
        processing_class=tokenizer, data_collator=DataCollatorWithPadding(tokenizer),
        callbacks=[StepLog(quiet=True)])
    return train(trainer)


def laurel_losses(laurel, folder, start, rows, source, steps, lr):
    """Losses and gradient norms from metrics.jsonl of a run in the folder."""
    folder.mkdir(parents=True)
    write_rows(folder / "rows.jsonl", rows)
    config = {
        "model": {"path": str(start.resolve()), "max_length": MAX_LENGTH, "over_length": "drop"},
        "sources": [{"name": "rows", "train": ["rows.jsonl"]} | source],
        "train": {"steps": steps, "batch_size": BATCH, "shuffle": False, "seed": 1, "lr": lr,
                  "schedule": {"type": "constant"}, "weight_decay": 0.0, "max_grad_norm": 1.0,
                  "eval_every": 0},
        "run": {"folder": str((folder / "run").resolve()), "device": "cpu"},
    }
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    subprocess.run([laurel, "train", str(folder / "config.json")], check=True,
                   stdout=sys.stderr)
    lines = [line for line in read_rows(folder / "run/metrics.jsonl") if line["kind"] == "step"]
    return [line["loss"] for line in lines], [line["grad_norm"] for line in lines]


def compare(name, ours, theirs):
    """Prints one row per step; returns whether all losses agree."""
    worst = max((abs(a - b) / abs(b) for a, b in zip(ours[0], theirs[0])), default=1.0)
    complete = len(ours[0]) == len(theirs[0])
    print(f"\n{name}\nstep  {'laurel':>12}  {'peer':>12}  {'relative':>9}  "
          f"{'|g| laurel':>12}  {'|g| peer':>12}")
    for step, (a, b, c, d) in enumerate(
            zip(ours[0], theirs[0], ours[1], theirs[1]), 1):
        print(f"{step:4}  {a:12.7f}  {b:12.7f}  {abs(a - b) / abs(b):9.1e}  {c:12.6f}  {d:12.6f}")
    passed = complete and worst <= TOLERANCE
    print(f"{'equal' if passed else 'DIFFERENT'}: largest relative difference {worst:.1e}, "
          f"allowed {TOLERANCE:.1e}, {len(ours[0])} of {len(theirs[0])} steps", flush=True)
    return passed


def run_cases(laurel, start, rows, work, steps, lr, only=None):
    count = steps * BATCH
    cases = {} if "response" in rows[0] else pair_cases(rows[:count])
    passed = []
    for number, (name, (data, loss)) in enumerate(cases.items()):
        if only and name not in only:
            continue
        options = training_options(steps, BATCH, lr, work / f"trl_{number}")
        peer = trl_losses(start, data, options, loss)
        source = {"format": "pairwise", "loss": {"type": "bradley_terry"} | loss}
        ours = laurel_losses(laurel, work / f"pairs_{number}", start, data, source, steps, lr)
        passed.append(compare(f"{start.name}: pairs, {name}", ours, peer))
    data = rating_rows(rows[:count])
    options = training_options(steps, BATCH, lr, work / "trainer")
    peer = transformers_losses(start, data, options)
    source = {"format": "pointwise", "loss": {"type": "squared_error"}}
    ours = laurel_losses(laurel, work / "ratings", start, data, source, steps, lr)
    passed.append(compare(f"{start.name}: ratings", ours, peer))
    return all(passed)


def pad_in_texts(laurel, start, rows, work, steps, lr):
    """A pad token that texts contain: laurel trains its row, transformers leaves it as it is."""
    data = rating_rows(rows[:steps * BATCH])
    source = {"format": "pointwise", "loss": {"type": "squared_error"}}
    ours = laurel_losses(laurel, work / "ratings", start, data, source, steps, lr)
    peers = [transformers_losses(start, data, training_options(steps, BATCH, lr, work / name), row)
             for name, row in (("trained", True), ("left", False))]
    passed = compare("pad token in texts: ratings, its row trained", ours, peers[0])
    print(f"with padding_idx, as transformers has it: |g| {peers[1][1][0]:.6f} in step 1, "
          f"loss {peers[1][0][-1]:.7f} in step {steps}")
    return passed and peers[1][1][0] < 0.9999 * ours[1][0]


def encoder_case(laurel, start, rows, work, steps, lr):
    data = [{"prompt": row["prompt"], "response": row["chosen"], "score": row["score"]} for row in rows]
    peer = transformers_losses(start, data, training_options(steps, BATCH, lr, work / "trainer"))
    source = {"format": "pointwise", "text": "pair", "loss": {"type": "squared_error"}}
    ours = laurel_losses(laurel, work / "ratings", start, data, source, steps, lr)
    return compare("modernbert: ratings of pairs of texts", ours, peer)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--laurel", required=True, help="the program")
    parser.add_argument("--backbone", type=pathlib.Path, help="a real model's folder")
    parser.add_argument("--pad-token", help="of the backbone, if its own ends texts")
    parser.add_argument("--rows", type=pathlib.Path, help="rows of strings for the backbone")
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--work", type=pathlib.Path, help="keep everything in this new folder")
    arguments = parser.parse_args()
    laurel = str(pathlib.Path(arguments.laurel).resolve())
    be_quiet()
    with tempfile.TemporaryDirectory() as temporary:
        work = arguments.work or pathlib.Path(temporary)
        work.mkdir(parents=True, exist_ok=True)
        make_tiny(work / "tiny_backbone")
        make_start(work / "tiny_backbone", work / "tiny")
        rows = synthetic_rows(arguments.steps * BATCH)
        passed = run_cases(laurel, work / "tiny", rows, work / "tiny_runs", arguments.steps, 1e-3)
        make_start(work / "tiny_backbone", work / "pad_in_texts", pad_token="<|user|>")
        passed &= pad_in_texts(laurel, work / "pad_in_texts", rows, work / "pad_runs", arguments.steps, 1e-3)
        make_tiny(work / "gemma2_backbone", Gemma2Config, head_dim=16, sliding_window=24,
                  query_pre_attn_scalar=8, attn_logit_softcapping=4.0)
        make_start(work / "gemma2_backbone", work / "gemma2")
        passed &= run_cases(laurel, work / "gemma2", rows, work / "gemma2_runs", arguments.steps,
                            1e-3, only=("messages",))
        make_tiny_encoder(work / "modernbert")
        passed &= encoder_case(laurel, work / "modernbert", rows, work / "modernbert_runs",
                               arguments.steps, 1e-3)
        if arguments.backbone:
            make_start(arguments.backbone, work / "real", pad_token=arguments.pad_token)
            rows = read_rows(arguments.rows) if arguments.rows else rows
            passed &= run_cases(laurel, work / "real", rows, work / "real_runs",
                                arguments.steps, 1e-5,
                                only=("messages", "strings", "strings, explicit prompt"))
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main()
