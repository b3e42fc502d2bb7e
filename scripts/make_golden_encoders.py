"""Makes the encoders of tests/golden/models: tiny random models with rewards and gradients.

    make_golden_encoders.py [FOLDER] [--only NAME...]

FOLDER is tests/golden/models by default; runs in the peer environment. The files are those of
make_golden.py, each folder with a generator of its own.

    bert            token types, and the names that TensorFlow's checkpoints had (LayerNorm.gamma)
    roberta         one token type
    xlm_roberta     likewise
    modernbert_cls  read at the first token; layers full, local, local; no biases
    modernbert_mean the mean of all tokens; layers full, local, full; all biases; old spelling

golden.json also has "bf16_rewards", those of transformers in bf16, and for bert "second_text": where
token type 1 begins, -1 for none. Two rows have the pad token inside.
"""

import argparse
import json
import math
import pathlib
import shutil

import torch
from safetensors.torch import load_file, save_file
from transformers import (AutoModelForSequenceClassification, BertConfig, ModernBertConfig,
                          RobertaConfig, XLMRobertaConfig)

from make_golden import random_rows, write_json

SHAPE = {"vocab_size": 48, "hidden_size": 32, "intermediate_size": 40, "num_hidden_layers": 2,
         "num_attention_heads": 4, "max_position_embeddings": 64, "num_labels": 1,
         "problem_type": "regression"}
MODERN = SHAPE | {"num_hidden_layers": 3, "pad_token_id": 0, "bos_token_id": 1, "cls_token_id": 1,
                  "eos_token_id": 2, "sep_token_id": 2, "local_attention": 4}
OLD_MODERN = {"global_attn_every_n_layers": 2, "global_rope_theta": 500.0, "local_rope_theta": 20.0}
CONFIGS = {
    "bert": (100, BertConfig(**SHAPE, pad_token_id=0)),
    "roberta": (101, RobertaConfig(**SHAPE, type_vocab_size=1, layer_norm_eps=1e-5)),
    "xlm_roberta": (102, XLMRobertaConfig(**SHAPE, type_vocab_size=1, layer_norm_eps=1e-5)),
    "modernbert_cls": (103, ModernBertConfig(**MODERN, rope_parameters={
        "full_attention": {"rope_type": "default", "rope_theta": 1000.0},
        "sliding_attention": {"rope_type": "default", "rope_theta": 10.0}})),
    "modernbert_mean": (104, ModernBertConfig(
        **MODERN, **OLD_MODERN, classifier_pooling="mean", norm_bias=True, attention_bias=True,
        mlp_bias=True, classifier_bias=True)),
}
SECOND_TEXT = {"bert": [-1, 1, 3, -1, 7, 12]}


def randomise(model, generator):
    """Random weights of every tensor, rounded to values that bf16 and fp16 hold exactly."""
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        if name.lower().endswith("norm.weight"):
            noise = 1 + 0.3 * noise
        elif parameter.dim() == 1:
            noise = 0.3 * noise
        else:
            noise = noise / math.sqrt(parameter.shape[-1])
        parameter.data.copy_(noise.bfloat16().half().float())


def use_old_layers(folder):
    """The config.json of ModernBERT as transformers 4 wrote it."""
    path = folder / "config.json"
    config = json.loads(path.read_text())
    for key in ("rope_parameters", "layer_types"):
        del config[key]
    path.write_text(json.dumps(config | OLD_MODERN, indent=2) + "\n")


def use_old_names(folder):
    """The names of layer norms that TensorFlow's checkpoints had, and a buffer of transformers 4."""
    path = folder / "model.safetensors"
    old = {name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias",
                                                                       "LayerNorm.beta"): tensor
           for name, tensor in load_file(path).items()}
    old["bert.embeddings.position_ids"] = torch.arange(64).unsqueeze(0)
    save_file(old, path, metadata={"format": "pt"})


def load(folder, dtype):
    """The folder again, as a reader will."""
    return AutoModelForSequenceClassification.from_pretrained(
        folder, dtype=dtype, attn_implementation="eager").eval()


def reward(model, ids, second_text):
    inputs = {"input_ids": torch.tensor([ids])}
    if second_text >= 0:
        inputs["token_type_ids"] = torch.tensor([[int(i >= second_text) for i in range(len(ids))]])
    return model(**inputs).logits[0, 0]


def write_golden(folder, generator):
    model = load(folder, torch.float64)
    rows = random_rows((1, 2, 5, 9, 16, 23), generator)
    rows[4][:6] = rows[3][:6]
    rows[2][2] = rows[5][7] = model.config.pad_token_id
    second = SECOND_TEXT.get(folder.name, [-1] * len(rows))
    c = torch.randn(len(rows), generator=generator).tolist()
    rewards = torch.stack([reward(model, ids, begin) for ids, begin in zip(rows, second)])
    (rewards * torch.tensor(c, dtype=torch.float64)).sum().backward()
    golden = {"rows": rows, "rewards": rewards.tolist(), "c": c}
    if folder.name in SECOND_TEXT:
        golden["second_text"] = second
    narrow = load(folder, torch.bfloat16)
    with torch.no_grad():
        golden["bf16_rewards"] = [reward(narrow, ids, begin).item()
                                  for ids, begin in zip(rows, second)]
    write_json(folder / "golden.json", golden)
    gradients = {name: p.grad.float().contiguous() for name, p in model.named_parameters()}
    save_file(gradients, folder / "golden.safetensors", metadata={"format": "pt"})
    return rewards


def make(folder, seed, config):
    generator = torch.Generator().manual_seed(seed)
    shutil.rmtree(folder, ignore_errors=True)
    model = AutoModelForSequenceClassification.from_config(config, dtype=torch.float32)
    randomise(model, generator)
    model.to(torch.bfloat16).save_pretrained(folder)
    if folder.name == "bert":
        use_old_names(folder)
    if folder.name == "modernbert_mean":
        use_old_layers(folder)
    rewards = write_golden(folder, generator)
    count = sum(p.numel() for p in model.parameters())
    print(folder.name, count, "parameters, rewards", [round(r, 4) for r in rewards.tolist()])
    for path in folder.rglob("*"):
        path.chmod(0o644)
    folder.chmod(0o755)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=pathlib.Path,
                        default=pathlib.Path(__file__).parents[1] / "tests/golden/models")
    parser.add_argument("--only", nargs="+", choices=CONFIGS, default=list(CONFIGS))
    arguments = parser.parse_args()
    for name in arguments.only:
        make(arguments.folder / name, *CONFIGS[name])


if __name__ == "__main__":
    main()
