"""What has another name than before, and what is left out of the comparison: the witness's only tables.

A pattern is a list of names: of folders in a path ("checkpoints/step-*"), of keys in a document and of dots in a
tensor's name ("sets.*.units"). In a name, * stands for any characters; ** alone stands for any number of names.
A pattern also means everything below it. The new name has its *s filled from the old one's, in order; what lies
below moves along. Of several patterns the first that fits is taken. Places in a list count as names: "sources.*.loss".
Numbers are never changed here: there is no table for them.
"""

# Files of a work folder: run folders, exports, written results. "**/NAME" is a file in any of them.
FILES = {}

# Tensors, in any file of tensors.
TENSORS = {
    "scalars": "loss_parameters",
    "touched": "seen_rows",
}

# Options of a config, which laurel.json and the run.json of a checkpoint repeat, and `--set`.
OPTIONS = {"sources.*.merge": "sources.*.reward_weights"}

# Enumerated words of options, by the new option: {"train.recompute": {"gate_up": "..."}}.
OPTION_WORDS = {}

# Options of the command line: {"--merge": "--combine"}; a word of one: {"--reduction": {"min": "..."}}, by the new option.
FLAGS = {"--merge": "--combine"}
FLAG_WORDS = {}

# Keys of laurel's own documents, by the file's new pattern.
EVALUATION = {
    "unjudged": "unlabelled",
    "sets.*/stated": "sets.*/predicted_deviations",
    "metrics.judged_ties": "metrics.label_ties",
    "slices.*.*.metrics.judged_ties": "slices.*.*.metrics.label_ties",
}
KEYS = {
    "**/metrics.jsonl*": {
        "slots": "groups",
        "rows": "scored_positions",
        "positions": "scored_positions",
        "unique_tokens": "computed_tokens",
        "wait": "data_wait",
        **EVALUATION,
    },
    "**/run.json": {
        "data.slots": "sampler.groups",
        "data.dealt": "sampler.sampled",
        "data.sources.*.turn": "sampler.sources.*.total_taken",
        "data": "sampler",
        "facts": "environment",
        "config.sources.*.merge": "config.sources.*.reward_weights",
    },
    "**/reward_config.json": {
        "read": "pooling",
        "folded": "combined",
        "sources.*.merge": "sources.*.reward_weights",
        "sources.*.scalars": "sources.*.loss_parameters",
    },
    "**/manifest.json": {},
    "**/nonfinite-step-*.json": {
        "groups.*.place": "groups.*.location",
        "groups.*.judgement.reads": "groups.*.label.positions",
        "groups.*.judgement": "groups.*.label",
        "groups.*.responses.*.reads": "groups.*.responses.*.positions",
    },
    "**/evaluations/*.json": EVALUATION,
    "**/scored/*.jsonl": {},
}

# Enumerated words in them, by file and new key.
WORDS = {
    "**/metrics.jsonl*": {},
    "**/run.json": {},
    "**/reward_config.json": {},
    "**/nonfinite-step-*.json": {"groups.*.label.type": {"scores": "ratings"}},
    "**/evaluations/*.json": {},
}

# New keys that are not compared: times, durations, rates, identities of a run, versions, and the sizes and hashes of
# files that hold renamed keys (the files themselves are compared).
LEFT_OUT = {
    "**/metrics.jsonl*": ["time", "seconds", "data_wait"],
    "**/run.json": ["run", "metrics_bytes", "laurel", "revision", "environment.laurel", "environment.revision"],
    "**/manifest.json": ["**.size", "**.sha256"],
    "**/nonfinite-step-*.json": ["laurel"],
    "**/evaluations/*.json": ["time"],
}

# Files that are not compared, only their being there: texts for people.
TEXTS = ["**/log.txt", "**/README.md"]

# Files that are not even looked for.
IGNORED = ["inputs", "cache", "*/output", "**/run.lock"]
