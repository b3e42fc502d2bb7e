"""Makes the golden models of ropes whose frequencies depend on more than theta and a factor.

    make_golden_rope.py [FOLDER]   default tests/golden/models; runs in the peer environment

As make_golden.py, which has the format: tiny random models with the rewards and gradients of rows
that are computed one by one.

    llama_yarn      a ramp over all four frequencies, factor 4, attention_factor from it
    llama_dynamic   theta grows with a row longer than 12 tokens, by its own length
    llama_longrope  rows longer than 12 tokens have long_factor, others short_factor

Rows 3 and 4 begin with the same six tokens and lie on different sides of the bound. With --tables it
prints what transformers computes for the tables of tests/ops/rope_test.cpp and of
tests/model/families/llama/config_test.cpp instead.
"""

import argparse
import pathlib
import shutil

import torch
import transformers
from transformers import AutoModelForSequenceClassification, LlamaConfig
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

from make_golden import SHAPE, randomise, write_golden

YARN = {"rope_type": "yarn", "rope_theta": 10000.0, "factor": 4.0, "beta_fast": 16.0,
        "beta_slow": 0.5, "original_max_position_embeddings": 512}
DYNAMIC = {"rope_type": "dynamic", "rope_theta": 10000.0, "factor": 3.0}
LONGROPE = {"rope_type": "longrope", "rope_theta": 10000.0, "factor": 4.0,
            "short_factor": [1.0, 1.25, 1.5, 2.0], "long_factor": [2.0, 3.0, 5.0, 8.0],
            "original_max_position_embeddings": 12}
CONFIGS = {
    "llama_yarn": LlamaConfig(**SHAPE | {"max_position_embeddings": 2048}, rope_parameters=YARN),
    "llama_dynamic": LlamaConfig(**SHAPE | {"max_position_embeddings": 12}, rope_parameters=DYNAMIC),
    "llama_longrope": LlamaConfig(**SHAPE | {"max_position_embeddings": 48},
                                  rope_parameters=LONGROPE),
}


def print_table(title, positions, parameters, length=None):
    config = LlamaConfig(**SHAPE | {"max_position_embeddings": positions},
                         rope_parameters=parameters)
    frequencies, factor = ROPE_INIT_FUNCTIONS[parameters["rope_type"]](config, seq_len=length)
    print(title, "length", length, [f"{f:.9g}" for f in frequencies.tolist()], "factor", factor)


def print_tables():
    print_table("yarn", 2048, YARN)
    print_table("yarn, no ends given", 2048, {key: value for key, value in YARN.items()
                                              if not key.startswith("beta")})
    print_table("yarn, not truncated", 2048, YARN | {"truncate": False})
    print_table("yarn, mscale", 2048, YARN | {"mscale": 0.7, "mscale_all_dim": 1.3})
    print_table("yarn, mscale alone", 2048, YARN | {"mscale": 0.7})
    print_table("yarn, factor null", 2048, YARN | {"factor": None})
    print_table("yarn, attention_factor", 2048, YARN | {"attention_factor": 0.5})
    for length in (12, 13, 40):
        print_table("dynamic", 12, DYNAMIC, length)
        print_table("longrope", 48, LONGROPE, length)
    print_table("longrope, no factor", 48, {key: value for key, value in LONGROPE.items()
                                            if key != "factor"})
    print_table("longrope, attention_factor", 48, LONGROPE | {"attention_factor": 1.5})


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=pathlib.Path,
                        default=pathlib.Path(__file__).parents[1] / "tests/golden/models")
    parser.add_argument("--tables", action="store_true")
    arguments = parser.parse_args()
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    if arguments.tables:
        return print_tables()
    generator = torch.Generator().manual_seed(22)
    for name, config in CONFIGS.items():
        folder = arguments.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        model = AutoModelForSequenceClassification.from_config(config, dtype=torch.float32)
        randomise(model, generator)
        model.to(torch.bfloat16).save_pretrained(folder)
        rewards = write_golden(folder, generator)
        print(name, "rewards", [round(r, 4) for r in rewards.tolist()])
        for path in [folder, *folder.iterdir()]:
            path.chmod(0o755 if path.is_dir() else 0o644)


if __name__ == "__main__":
    main()
