"""A config and a command line of cases.py in the new spelling, by the tables of renames.py."""

import renames
from documents import leaves_of
from patterns import first_fitting, renamed


def word(table, names, value):
    pattern = first_fitting(table, names)
    return table[pattern].get(value, value) if pattern is not None and isinstance(value, str) else value


def put(value, names, leaf):
    """Sets a leaf of nested objects and lists, which are made on the way; lists are filled in their order."""
    for name, following in zip(names, names[1:] + (None,)):
        inner = leaf if following is None else [] if following.isdigit() else {}
        if isinstance(value, list):
            if int(name) == len(value):
                value.append(inner)
            value = value[int(name)]
        else:
            value = value.setdefault(name, inner)


def new_config(config):
    spelled = {}
    for names, leaf in leaves_of(config).items():
        new, _ = renamed(renames.OPTIONS, names)
        put(spelled, new, word(renames.OPTION_WORDS, new, leaf))
    return spelled


def new_path(case, path):
    """Of a file that a program has written: a path in the case's folder."""
    if path.startswith("../"):
        return path
    new, _ = renamed(renames.FILES, (case, *path.split("/")), "/")
    return "/".join(new[1:])


def new_setting(case, setting):
    """Of --set PATH=VALUE."""
    path, value = setting.split("=", 1)
    new, _ = renamed(renames.OPTIONS, tuple(path.split(".")))
    value = word(renames.OPTION_WORDS, new, value)
    return ".".join(new) + "=" + (new_path(case, value) if path == "run.resume" else value)


def new_arguments(case, arguments):
    spelled = []
    flag = None  # the one before, in the new spelling
    for argument in arguments:
        if flag == "--set":
            spelled.append(new_setting(case, argument))
        elif argument.startswith("--"):
            spelled.append(renames.FLAGS.get(argument, argument))
        elif flag in renames.FLAG_WORDS:
            spelled.append(renames.FLAG_WORDS[flag].get(argument, argument))
        elif "/" in argument:
            spelled.append(new_path(case, argument))
        else:
            spelled.append(argument)
        flag = spelled[-1] if argument.startswith("--") else None
    return spelled
