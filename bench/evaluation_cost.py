"""What an evaluation costs beside scoring the same pairs, and a report over many rows.

    python3 bench/evaluation_cost.py --model MODEL --rows PAIRS.jsonl [--pairs 10000] [--report-rows 100000]

`laurel eval` does what `laurel score` does, and then metrics with intervals of 1,000 draws, calibration, length and slices:
both are timed as a whole, in turn. The report is that of a small random model, evaluated once.
"""

import argparse
import json
import pathlib
import statistics
import tempfile
import time

from larger_than_memory import write_model
from measure import add_options, first_rows, machine, read_lines, run, table, write_json, write_lines


def timed_pair(arguments, rows, work):
    """Seconds of score and of eval, for each repeat."""
    seconds = {"score": [], "eval": []}
    threads = ["--threads", arguments.threads]
    for repeat in range(arguments.repeats):
        for what in list(seconds)[::1 if repeat % 2 == 0 else -1]:
            command = [arguments.laurel, what, arguments.model, rows]
            command += [work / "scored.jsonl"] if what == "score" else []
            done = run(command + threads, arguments.threads)
            seconds[what].append(done.seconds)
            print(f"repeat {repeat + 1}: {what} {done.seconds:.2f} s", flush=True)
    return seconds


def time_report(arguments, work):
    """Seconds and bytes of the report of a run that was evaluated on many rows."""
    write_model(work / "model")
    pairs = [{"prompt": f"What of {i}? ", "chosen": f"The answer {i} is good.", "rejected": f"No {i % 97}."}
             for i in range(arguments.report_rows)]
    rows = write_lines(work / "many.jsonl", pairs)
    config = work / "many.json"
    config.write_text(json.dumps({
        "model": {"path": str(work / "model"), "max_length": 128},
        "sources": [{"name": "many", "format": "pairwise", "text": "plain", "train": [str(rows)], "eval": [str(rows)],
                     "loss": "bradley_terry"}],
        "train": {"steps": 1, "batch_size": 8, "lr": 1e-4, "save_every": 0}, "run": {"folder": str(work / "many"), "device": "cpu"}}))
    run([arguments.laurel, "train", config], arguments.threads)
    began = time.perf_counter()
    run([arguments.laurel, "report", work / "many"], arguments.threads)
    return time.perf_counter() - began, (work / "many/report.html").stat().st_size


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser, "models/smollm2-135m-rm")
    parser.add_argument("--rows", type=pathlib.Path, required=True, help="pairs, repeated until there are --pairs")
    parser.add_argument("--pairs", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--report-rows", type=int, default=100_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.work) as name:
        work = pathlib.Path(name)
        rows = write_lines(work / "pairs.jsonl", first_rows(read_lines(arguments.rows), arguments.pairs))
        seconds = timed_pair(arguments, rows, work)
        report_seconds, report_bytes = time_report(arguments, work)
    score, evaluate = (statistics.median(seconds[what]) for what in ("score", "eval"))
    table(("what", "measured"), [
        (f"score, {arguments.pairs} pairs", f"{score:.2f} s"), ("eval, the same", f"{evaluate:.2f} s"),
        ("more, as a part of scoring", f"{(evaluate - score) / score:.2%}"),
        (f"report over {arguments.report_rows} rows", f"{report_seconds:.2f} s, {report_bytes / 2**20:.2f} MiB")])
    if arguments.out:
        write_json(arguments.out, {"machine": machine(), "seconds": seconds, "report": [report_seconds, report_bytes]})


main()
