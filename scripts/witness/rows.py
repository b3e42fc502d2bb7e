"""Rows beside those of data/: what no file there has."""

import json
import random

TOPICS = ("rain", "bread", "trains", "the sea", "maps", "snow", "a garden", "clocks")
WORDS = ("bad", "poor", "fair", "good", "great")


def sliced_ratings(draw, count):
    """Several responses to a prompt, of domains of unequal size, by two groups of annotators."""
    rows = []
    for i in range(count):
        topic, score = TOPICS[i // 3 % len(TOPICS)], draw.randrange(1, 6)
        rows.append({"prompt": f"Rate a text about {topic}, number {i // 3}.",
                     "response": f"A {WORDS[score - 1]} text about {topic}" + " and more" * draw.randrange(4) + ".",
                     "score": score, "weight": draw.choice((0.5, 1, 1, 2)),
                     "domain": draw.choice(("poems", "code", "code", "code", "code")),
                     "group": draw.choice(("young", "old", "old"))})
    return rows


def sliced_pairs(draw, count):
    """Two pairs for each prompt, with everything that a row may say of its pair, one way each."""
    rows = []
    for i in range(count):
        topic = TOPICS[i // 2 % len(TOPICS)]
        row = {"prompt": f"Say something about {topic}, number {i // 2}.", "domain": "short" if i % 5 else "long"}
        row["response_a"] = f"A {draw.choice(WORDS)} answer about {topic}" + ", with care" * draw.randrange(5) + "."
        row["response_b"] = f"No {topic}, {i}."
        row |= draw.choice(({"preferred": "a"}, {"preferred": "b"}, {"preferred": "tie"}, {"preference": 0.8},
                            {"votes_a": 5, "votes_b": 2, "votes_tie": 1}, {"votes_a": 1, "votes_b": 3, "weight": 4}))
        rows.append(row)
    return rows


def strong_pairs(draw, count):
    return [row | {"strength": draw.choice((1, 2, 0.5))} for row in sliced_pairs(draw, count)]


def distances(draw, count):
    """Pairs with a margin, as another model would give it."""
    return [{"prompt": f"Number {i}: ", "better": f"It is {draw.choice(WORDS)}.", "worse": f"Is it {i}?",
             "margin": draw.choice((0.25, 1, -0.5, 0))} for i in range(count)]


def rated_parts(draw, count):
    """Segments judged for two attributes."""
    rows = []
    for i in range(count):
        parts = [f"Part {part} is {draw.choice(WORDS)}." for part in range(draw.randrange(1, 5))]
        rows.append({"prompt": f"Task {i}.", "completions": parts,
                     "sound": [draw.choice((0, 0.25, 1)) for _ in parts], "clear": [draw.choice((None, 1, 0)) for _ in parts]})
        if i % 4 == 0:
            del rows[-1]["clear"]
        elif not any(label is not None for label in rows[-1]["clear"]):
            rows[-1]["clear"][0] = 1
    return rows


def annotated_parts(draw, count):
    """Ratings of two attributes by several people, some of whom gave none."""
    names = ["ann", "bo", "cy"]
    rows = []
    for i in range(count):
        row = {"prompt": f"Rate {TOPICS[i % 8]} once more.", "response": f"It is {WORDS[i % 5]}, {i}.", "annotators": names}
        for attribute in ("helpfulness", "verbosity"):
            row[attribute] = [draw.choice((None, i % 5 + 1, draw.randrange(1, 6))) for _ in names]
            row[attribute][i % 3] = i % 5 + 1
        rows.append(row)
    return rows


def overflowing(draw, count):
    """Ratings, of which the squared error of the sixth is not finite."""
    rows = [{"prompt": f"Rate {i}. ", "response": f"It is {WORDS[i % 5]}.", "score": i % 5 + 1} for i in range(count)]
    rows[5]["score"] = 3e38
    return rows


def write_rows(folder):
    makers = (sliced_ratings, sliced_pairs, strong_pairs, distances, rated_parts, annotated_parts, overflowing)
    counts = (90, 48, 24, 24, 24, 32, 16)
    for seed, (maker, count) in enumerate(zip(makers, counts)):
        lines = [json.dumps(row) + "\n" for row in maker(random.Random(seed), count)]
        (folder / f"{maker.__name__}.jsonl").write_text("".join(lines))
