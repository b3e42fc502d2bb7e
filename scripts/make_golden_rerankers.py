"""Writes tests/golden/rerankers: tiny cross-encoders as the Hub has them, and their logits for pairs of texts.

Run with an environment that has transformers 5.23, after make_golden_pairs.py, whose tokenizers they have:
python scripts/make_golden_rerankers.py
"""

import json
import pathlib
import shutil

import torch
import transformers
from transformers import AutoModelForSequenceClassification, AutoTokenizer, BertConfig, XLMRobertaConfig

from make_golden_pairs import PAIRS, ROOT as TOKENIZERS

ROOT = pathlib.Path(__file__).resolve().parent.parent / "tests" / "golden" / "rerankers"
SIZES = {"hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 3, "intermediate_size": 40,
         "num_labels": 1, "initializer_range": 0.5, "hidden_dropout_prob": 0.1,
         "attention_probs_dropout_prob": 0.1}
# What CrossEncoder writes into config.json, by its age.
OLD = {"sbert_ce_default_activation_function": "torch.nn.modules.linear.Identity"}
NEW = {"sentence_transformers": {"activation_fn": "torch.nn.modules.activation.Sigmoid", "version": "5.0.0"}}


def bert(size):
    return "cls", BertConfig(vocab_size=size, max_position_embeddings=160, type_vocab_size=2, pad_token_id=0,
                             **SIZES, **OLD)


def xlm_roberta(size):
    return "pieces", XLMRobertaConfig(vocab_size=size, max_position_embeddings=420, type_vocab_size=1,
                                      pad_token_id=1, bos_token_id=0, eos_token_id=2, layer_norm_eps=1e-5,
                                      **SIZES, **NEW)


def logits_of(model, tokenizer, pairs):
    """In fp64, one by one, and padded in one batch: the same."""
    alone = [model(**tokenizer(*[[text] for text in pair], return_tensors="pt", padding=False,
                               truncation=False)).logits[0, 0].item() for pair in pairs]
    batch = tokenizer(*map(list, zip(*pairs)), return_tensors="pt", padding=True, truncation=False)
    together = model(**batch).logits[:, 0].tolist()
    assert max(abs(a - b) for a, b in zip(alone, together)) < 1e-9
    return alone


@torch.no_grad()
def write_folder(make):
    tokens, _ = make(1000)
    tokenizer = AutoTokenizer.from_pretrained(TOKENIZERS / tokens)
    torch.manual_seed(7)
    model = AutoModelForSequenceClassification.from_config(make(len(tokenizer))[1]).eval()
    for name, parameter in model.named_parameters():
        if parameter.dim() == 1:  # biases, and weights of norms
            parameter.normal_(1.0 if name.endswith("LayerNorm.weight") else 0.0, 0.3)
    folder = ROOT / make.__name__
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder)
    model = model.double()
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(TOKENIZERS / tokens / name, folder)
    rows = [pair for pair in PAIRS if max(map(len, pair)) < 100]
    singles = [[answer] for _, answer in rows if answer]
    golden = {"pairs": [{"prompt": pair[0], "response": pair[1], "logit": logit}
                        for pair, logit in zip(rows, logits_of(model, tokenizer, rows))],
              "single": [{"response": text[0], "logit": logit}
                         for text, logit in zip(singles, logits_of(model, tokenizer, singles))]}
    (folder / "golden.json").write_text(json.dumps(golden, ensure_ascii=False, indent=1) + "\n")
    found = [row["logit"] for row in golden["pairs"]]
    print(f"{folder.name}: {sum(file.stat().st_size for file in folder.iterdir())} bytes, logits from "
          f"{min(found):.2f} to {max(found):.2f}")


def main():
    transformers.logging.set_verbosity_error()
    for make in (bert, xlm_roberta):
        write_folder(make)


if __name__ == "__main__":
    main()
