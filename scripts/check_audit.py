#!/usr/bin/env python3
"""Compares the counts of `laurel audit --json` on pairs of strings with those of plain Python, which compares all pairs of rows that share anything.

    laurel audit CONFIG --json audit.json; scripts/check_audit.py --train train.jsonl --eval eval.jsonl --audit audit.json
"""

import argparse
import collections
import json
import re
import unicodedata


def words(text):
    text = re.sub("(?<=\\w)['\u2019\u02bc](?=\\w)", "", unicodedata.normalize("NFKC", text))
    return re.findall(r"[^\W_]+", text.upper().lower())


def shingles(text):
    found = words(text)
    size = min(3, len(found))
    return frozenset(tuple(found[i:i + size]) for i in range(len(found) - size + 1)) if found else frozenset()


def near(a, b, known={}):
    if a == b or words(a) == words(b):
        return True
    a, b = known.setdefault(a, shingles(a)), known.setdefault(b, shingles(b))
    return bool(a and b) and len(a & b) / len(a | b) >= 0.8


def rows_of(file):
    with open(file, encoding="utf-8") as lines:
        return [tuple(json.loads(line)[field].strip() for field in ("prompt", "chosen", "rejected")) for line in lines]


def near_pairs(rows):
    """(i, j, agree) of different texts, for all rows that share a run of words in their responses."""
    by_shingle = collections.defaultdict(list)
    first = {}
    for i, (prompt, chosen, rejected) in enumerate(rows):
        if first.setdefault((prompt, *sorted((chosen, rejected))), i) == i:
            for shingle in shingles(chosen) | shingles(rejected):
                by_shingle[shingle].append(i)
    shared = collections.Counter()
    for places in by_shingle.values():
        for n, i in enumerate(places):
            shared.update((i, j) for j in places[n + 1:])
    for (i, j), count in shared.items():
        a, b = rows[i], rows[j]
        least = min(len(shingles(text)) for text in a[1:] + b[1:])
        if count < 0.8 * least or not near(a[0], b[0]):
            continue
        if near(a[1], b[1]) and near(a[2], b[2]):
            yield i, j, True
        elif near(a[1], b[2]) and near(a[2], b[1]):
            yield i, j, False


def clusters(pairs):
    parent = {}

    def root(i):
        while parent.setdefault(i, i) != i:
            i = parent[i]
        return i

    for i, j in pairs:
        parent[root(i)] = root(j)
    return sum(1 for i in parent if root(i) != i)


def cyclic_components(rows):
    """Prompts' sets of three or more responses that reach each other, by the majority's edges."""
    votes = collections.defaultdict(collections.Counter)
    for prompt, chosen, rejected in rows:
        if chosen != rejected:
            votes[prompt][chosen, rejected] += 1
    count = 0
    for of in votes.values():
        after = collections.defaultdict(set)
        for (a, b), n in of.items():
            if n > of[b, a]:
                after[a].add(b)
        reach = {}
        for start in list(after):
            seen, stack = set(), [start]
            while stack:
                for node in after.get(stack.pop(), ()):
                    if node not in seen:
                        seen.add(node)
                        stack.append(node)
            reach[start] = seen
        components = {frozenset(b for b in reach[a] if a in reach.get(b, ())) for a in reach if a in reach[a]}
        count += len(components)
    return count


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--train", required=True)
    parser.add_argument("--eval")
    parser.add_argument("--audit", required=True)
    arguments = parser.parse_args()
    train = rows_of(arguments.train)
    held = rows_of(arguments.eval) if arguments.eval else []
    counted = collections.Counter()
    for rows in (train, held):
        counted["exact_duplicates"] += sum(n - 1 for n in collections.Counter(rows).values())
        wins = {row for row in rows if row[1] != row[2]}
        counted["contradictory_pairs"] += sum((p, b, a) in wins for p, a, b in wins) // 2
        counted["identical_responses"] += sum(a == b for _, a, b in rows)
        counted["preference_cycles"] += cyclic_components(rows)
        found = list(near_pairs(rows))
        counted["near_duplicates"] += clusters([(i, j) for i, j, agree in found if agree])
        counted["near_contradictions"] += sum(not agree for _, _, agree in found)

    def key(row):
        return (" ".join(words(row[0])), *sorted(" ".join(words(text)) for text in row[1:]))

    known, prompts = {key(row) for row in train}, {row[0] for row in train}
    counted["rows_in_eval"] = sum(key(row) in known for row in held)
    counted["prompts_in_eval"] = sum(row[0] in prompts and key(row) not in known for row in held)
    audit = json.load(open(arguments.audit, encoding="utf-8"))
    reported = collections.Counter()
    for finding in audit["findings"]:
        reported[finding["kind"]] += finding["count"]
    for kind, count in counted.items():
        print(f"{kind:22} laurel {reported[kind]:6}   Python {count:6}{'' if reported[kind] == count else '   DIFFERENT'}")


main()
