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
TENSORS = {}

# Options of a config, which laurel.json and the run.json of a checkpoint repeat, and `--set`.
OPTIONS = {}

# Enumerated words of options, by the new option: {"train.recompute": {"gate_up": "..."}}.
OPTION_WORDS = {}

# Options of the command line: {"--merge": "--combine"}; a word of one: {"--reduction": {"min": "..."}}, by the new option.
FLAGS = {}
FLAG_WORDS = {}

# Keys of laurel's own documents, by the file's new pattern.
KEYS = {
    "**/metrics.jsonl*": {},
    "**/run.json": {},
    "**/reward_config.json": {},
    "**/manifest.json": {},
    "**/nonfinite-step-*.json": {},
    "**/evaluations/*.json": {},
    "**/scored/*.jsonl": {},
}

# Enumerated words in them, by file and new key.
WORDS = {
    "**/metrics.jsonl*": {},
    "**/run.json": {},
    "**/reward_config.json": {},
    "**/evaluations/*.json": {},
}

# New keys that are not compared: times, durations, rates, identities of a run, versions, and the sizes and hashes of
# files that hold renamed keys (the files themselves are compared).
LEFT_OUT = {
    "**/metrics.jsonl*": ["time", "seconds", "wait"],
    "**/run.json": ["run", "metrics_bytes", "laurel", "revision", "facts.laurel", "facts.revision"],
    "**/manifest.json": ["**.size", "**.sha256"],
    "**/nonfinite-step-*.json": ["laurel"],
    "**/evaluations/*.json": ["time"],
}

# Files that are not compared, only their being there: texts for people.
TEXTS = ["**/log.txt", "**/README.md"]

# Files that are not even looked for.
IGNORED = ["inputs", "cache", "*/output", "**/run.lock"]
