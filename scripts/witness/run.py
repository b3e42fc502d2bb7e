"""Runs a program over all cases, in a folder of its own."""

import json
import os
import re
import shutil
import subprocess
import time

import spelling
from cases import CASES, Command
from models import write_model
from rows import write_rows

THREADS = "2"


def write_inputs(folder, root, new):
    """Models, rows and configs, the latter in the new spelling or the old one."""
    inputs = folder / "inputs"
    (inputs / "configs").mkdir(parents=True)
    shutil.copytree(root / "data", inputs / "data")
    write_rows(inputs / "data")
    for seed, case in enumerate(CASES):
        family, tokenizer, head = case.model
        write_model(inputs / "models" / case.name, root / "tests/golden/text" / tokenizer, family, head, seed)
        config = spelling.new_config(case.config) if new else case.config
        (inputs / "configs" / f"{case.name}.json").write_text(json.dumps(config, indent=1))


def environment(folder):
    """The machine's, but for what would choose devices, threads or instructions of its own."""
    kept = {name: value for name, value in os.environ.items()
            if not re.match(r"OMP_|MKL_|KMP_|ONEDNN_|DNNL_|ATEN_|LAUREL_|CUDA_", name)}
    return kept | {"OMP_NUM_THREADS": THREADS, "MKL_NUM_THREADS": THREADS, "OMP_WAIT_POLICY": "passive", "CUDA_VISIBLE_DEVICES": "",
                   "XDG_CACHE_HOME": str(folder / "cache")}


class Failed(Exception):
    """A command did not end as it should have."""


def cut(folder, work, path_of):
    """Removes checkpoints of later steps, final/ and export/ of a run in the case's folder."""
    for checkpoint in (folder / path_of(f"{work.run}/checkpoints")).iterdir():
        if int(re.search(r"\d+", checkpoint.name).group()) > work.step:
            shutil.rmtree(checkpoint)
    for made in ("final", "export"):
        shutil.rmtree(folder / path_of(f"{work.run}/{made}"))


def run_command(program, folder, case, number, command, new):
    """What it prints goes to output/. Throws Failed."""
    arguments = [f"../inputs/configs/{case.name}.json" if argument == "CONFIG" else argument for argument in command.arguments]
    if new:
        arguments = spelling.new_arguments(case.name, arguments)
    output = folder / case.name / "output" / f"{number:02d}-{command.arguments[0]}"
    with open(f"{output}.out", "w") as out, open(f"{output}.err", "w") as err:
        done = subprocess.run([program, *arguments], cwd=folder / case.name, env=environment(folder), stdin=subprocess.DEVNULL,
                              stdout=out, stderr=err)
    if done.returncode != command.code:
        with open(f"{output}.err") as err:
            told = err.read().strip()[-1500:]
        raise Failed(f"{case.name}: laurel {' '.join(arguments)}\n  exit code {done.returncode}, expected {command.code}: {told}")


def run_case(program, folder, case, new):
    def path_of(path):
        return spelling.new_path(case.name, path) if new else path
    for made in ("output", "evaluations", "scored"):
        (folder / case.name / made).mkdir(parents=True)
    for number, work in enumerate(case.work, 1):
        if isinstance(work, Command):
            run_command(program, folder, case, number, work, new)
        else:
            cut(folder / case.name, work, path_of)


def run_cases(program, folder, root, new):
    """Texts about the commands that did not end as expected; what follows one in its case is left out."""
    write_inputs(folder, root, new)
    failures = []
    for case in CASES:
        begin = time.monotonic()
        try:
            run_case(program, folder, case, new)
        except Failed as failure:
            failures.append(str(failure))
            print(failure)
        print(f"  {case.name}: {time.monotonic() - begin:.0f} s", flush=True)
    return failures
