"""What the races share: processes timed from outside, laurel's configs and metrics, tables."""

import itertools
import json
import os
import pathlib
import subprocess
import tempfile
import time
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parent.parent
PEER_PYTHON = ROOT / ".deps/peer/bin/python"
PEER = ROOT / "bench/peer.py"
EXAMPLES = ROOT / "data/pairs_train.jsonl"


@dataclass
class Finished:
    start: float  # unix seconds
    seconds: float
    peak_gib: float  # largest resident set of the process
    out: str


def run(command, threads):
    """Runs a program to its end, timed from outside."""
    command = [str(word) for word in command]
    environment = os.environ | {"OMP_NUM_THREADS": str(threads), "HF_HUB_OFFLINE": "1",
                                "TOKENIZERS_PARALLELISM": "false"}
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
        start, clock = time.time(), time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=errors, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - clock
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        errors.seek(0)
        if process.returncode != 0:
            raise SystemExit(f"{' '.join(command)}\nended with {process.returncode}:\n"
                             f"{errors.read()[-3000:]}")
        return Finished(start, seconds, usage.ru_maxrss / 2**20, out.read())


def read_lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def write_lines(path, rows):
    with open(path, "w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    return path


def message_rows(path, work):
    """The rows of a file as message lists; peer_run.py turns strings into them."""
    rows = read_lines(path)
    if isinstance(rows[0]["chosen"], str):
        out = work / "messages.jsonl"
        run([PEER_PYTHON, ROOT / "scripts/peer_run.py", "rows", path, out], 1)
        rows = read_lines(out)
    return rows


def first_rows(rows, count):
    """So many rows, from the beginning again where there are fewer."""
    return list(itertools.islice(itertools.cycle(rows), count))


def train_config(path, model, sources, train, run_options):
    """Writes a config of laurel for a run of a fixed rate, in file order, without evaluation."""
    config = {
        "model": model | {"over_length": "error"}, "sources": sources,
        "train": {"shuffle": False, "seed": 1, "schedule": {"type": "constant"},
                  "weight_decay": 0.0, "max_grad_norm": 1.0, "eval_every": 0} | train,
        "run": {"device": "cpu"} | run_options,
    }
    path.write_text(json.dumps(config, indent=2) + "\n")
    return path


def read_metrics(folder):
    """The lines of steps, and the time at which the first step began."""
    lines = read_lines(folder / "metrics.jsonl")
    begin = next(line["time"] for line in lines if line.get("event") == "start")
    return [line for line in lines if line["kind"] == "step"], begin


def table(head, rows):
    """A Markdown table; the first column is text."""
    print("| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |")
    print(flush=True)


def machine():
    """The processor, its cores that this process may use, and its bf16 instructions."""
    text = pathlib.Path("/proc/cpuinfo").read_text()
    fields = dict(line.split(":", 1) for line in text.split("\n\n")[0].splitlines())
    fields = {key.strip(): value.strip() for key, value in fields.items()}
    bf16 = [flag for flag in ("amx_bf16", "avx512_bf16") if flag in fields["flags"].split()]
    return (f"{fields['model name']} (family {fields['cpu family']}, model {fields['model']}), "
            f"{len(os.sched_getaffinity(0))} cores, bf16: {' '.join(bf16) or 'none'}")


def add_options(parser, model):
    parser.add_argument("--laurel", type=pathlib.Path, default=ROOT / "build/laurel")
    parser.add_argument("--model", type=pathlib.Path, default=ROOT / model,
                        help="a folder that the programs load")
    parser.add_argument("--precision", choices=("fp32", "bf16"), default="fp32")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--max-length", type=int, default=1024)
    parser.add_argument("--out", type=pathlib.Path, help="write everything measured as JSON")
    parser.add_argument("--work", type=pathlib.Path, help="where run folders go while they exist")


def write_json(path, value):
    if path:
        path.write_text(json.dumps(value, indent=1) + "\n")
