"""Makes tests/golden/lora: LoRA adapters of tests/golden/models/llama as PEFT computes them.

    make_golden_lora.py [FOLDER]    default tests/golden/lora; runs in the peer environment

    all     rank 4, alpha 8, all linear maps of the blocks
    some    rank 2, alpha 3, scaled by alpha / sqrt(r); q_proj, v_proj and down_proj

Each folder is one that PEFT wrote (adapter_config.json, adapter_model.safetensors with the head in
modules_to_save), A, B and the head random, and beside that

    golden.json         {"rows": [[ids], ...], "rewards": [...], "c": [...], "rewards_bf16": [...]}
                        rewards: each row alone, float64; bf16: of a bf16 backbone, whose adapters
                        and head PEFT keeps in fp32 (the head is cast to bf16 beside its input)
    golden.safetensors  fp32 gradients of L = sum c_i reward_i by A, B and the head, under the names
                        of the file's tensors without "base_model.model."
"""

import argparse
import json
import pathlib
import shutil

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import save_file
from transformers import AutoModelForSequenceClassification

BASE = pathlib.Path(__file__).parents[1] / "tests/golden/models/llama"
CONFIGS = {
    "all": {"r": 4, "lora_alpha": 8,
            "target_modules": ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj",
                               "down_proj"]},
    "some": {"r": 2, "lora_alpha": 3, "use_rslora": True,
             "target_modules": ["q_proj", "v_proj", "down_proj"]},
}


def load(dtype):
    return AutoModelForSequenceClassification.from_pretrained(
        BASE, dtype=dtype, attn_implementation="eager").eval()


def randomise(model, generator):
    for name, parameter in sorted(model.named_parameters()):
        if parameter.requires_grad:
            noise = torch.randn(parameter.shape, generator=generator)
            parameter.data.copy_((0.3 * noise).float())


def reward(model, ids):
    return model(input_ids=torch.tensor([ids])).logits[0, 0]


def write_adapter(folder, options, generator):
    config = LoraConfig(task_type="SEQ_CLS", **options)
    model = get_peft_model(load(torch.float32), config)
    randomise(model, generator)
    model.save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)
    settings = json.loads((folder / "adapter_config.json").read_text())
    settings["base_model_name_or_path"] = "models/llama"
    settings["target_modules"].sort()
    settings["modules_to_save"] = ["score"]
    (folder / "adapter_config.json").write_text(json.dumps(settings, indent=2) + "\n")


def write_golden(folder, generator):
    """Loads the folder again, as a reader will, and writes its rewards and gradients."""
    model = PeftModel.from_pretrained(load(torch.float64), folder, is_trainable=True)
    model.double().eval()
    golden = json.loads((BASE / "golden.json").read_text())
    rows = golden["rows"]
    c = torch.randn(len(rows), generator=generator).tolist()
    rewards = torch.stack([reward(model, ids) for ids in rows])
    (rewards * torch.tensor(c, dtype=torch.float64)).sum().backward()
    gradients = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            name = name.removeprefix("base_model.model.").replace(".default.", ".")
            gradients[name.replace("modules_to_save.", "")] = parameter.grad.float().contiguous()
    save_file(gradients, folder / "golden.safetensors", metadata={"format": "pt"})
    narrow = PeftModel.from_pretrained(load(torch.bfloat16), folder)
    narrow.eval()
    with torch.no_grad():
        rewards_bf16 = [reward(narrow, ids).item() for ids in rows]
    (folder / "golden.json").write_text(json.dumps(
        {"rows": rows, "rewards": rewards.tolist(), "c": c, "rewards_bf16": rewards_bf16}) + "\n")
    print(folder.name, "rewards", [round(r, 4) for r in rewards.tolist()], "in bf16",
          [round(r, 4) for r in rewards_bf16])


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=pathlib.Path,
                        default=pathlib.Path(__file__).parents[1] / "tests/golden/lora")
    root = parser.parse_args().folder
    generator = torch.Generator().manual_seed(21)
    shutil.rmtree(root, ignore_errors=True)
    for name, options in CONFIGS.items():
        write_adapter(root / name, options, generator)
        write_golden(root / name, generator)
    for path in root.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)


if __name__ == "__main__":
    main()
