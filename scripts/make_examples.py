#!/usr/bin/env python3
"""Writes data/*.jsonl: small examples of every row shape, the same bytes every time.

Each question has a full answer (5), a short one (4), and from templates an unsure one (3), one that
says nothing (2) and one that refuses (1). Prompts of evaluation never appear in training.
"""

import json
import pathlib
import random

# question, what it is about, full answer, short answer
QUESTIONS = [
    ("Why is the sky blue?", "the colour of the sky",
     "Air scatters blue light much more strongly than red light, so blue reaches our eyes from "
     "every direction.",
     "Because air scatters blue light more than red light."),
    ("How long should I boil an egg for a firm yolk?", "boiling eggs",
     "Put the egg into boiling water for about ten minutes, then cool it in cold water so that it "
     "peels easily.",
     "About ten minutes in boiling water."),
    ("What causes the seasons?", "the seasons",
     "The Earth's axis is tilted, so each half of the planet gets more direct sunlight during one "
     "part of the year.",
     "The tilt of the Earth's axis."),
    ("How do I remove a red wine stain from cotton?", "wine stains",
     "Blot the stain, rinse it with cold water, cover it with salt or soap, wait half an hour and "
     "wash it as usual.",
     "Blot it, rinse with cold water and wash with soap."),
    ("Why do cats purr?", "purring cats",
     "Cats purr by moving muscles in the throat; they do it when content, and also to calm "
     "themselves when ill.",
     "Mostly because they are content, sometimes to calm themselves."),
    ("What is the boiling point of water at sea level?", "boiling water",
     "At sea level water boils at 100 degrees Celsius, which is 212 degrees Fahrenheit; higher up "
     "it boils sooner.",
     "100 degrees Celsius."),
    ("How can I fall asleep faster?", "falling asleep",
     "Keep regular hours, leave screens alone for the last hour, and keep the bedroom dark, quiet "
     "and cool.",
     "Keep regular hours and a dark, cool room."),
    ("Who wrote Pride and Prejudice?", "that novel",
     "Jane Austen wrote it; the novel was published in 1813 and follows Elizabeth Bennet and Mr "
     "Darcy.",
     "Jane Austen."),
    ("How often should I water a cactus?", "watering a cactus",
     "Water it only when the soil is completely dry, about every two weeks in summer and once a "
     "month in winter.",
     "Every two weeks in summer, less in winter."),
    ("What does a database index do?", "database indexes",
     "An index keeps the values of a column in sorted order, so the database finds rows without "
     "reading the whole table.",
     "It lets the database find rows without reading the whole table."),
    ("Why does bread rise?", "rising bread",
     "Yeast turns sugar into carbon dioxide, and the gluten of the dough holds the gas in "
     "bubbles, so the loaf grows.",
     "Yeast makes gas, and the dough holds it."),
    ("How do I change a flat bicycle tyre?", "a flat tyre",
     "Take the wheel off, lift the tyre with levers, replace the tube, check for glass, and pump "
     "it up again.",
     "Take the wheel off, replace the tube and pump it up."),
    ("What is the capital of Australia?", "that capital",
     "The capital of Australia is Canberra, which was built as a compromise between Sydney and "
     "Melbourne.",
     "Canberra."),
    ("Why do leaves turn red in autumn?", "autumn leaves",
     "As the days shorten, trees break down green chlorophyll, and the yellow and red pigments in "
     "the leaf show.",
     "The green chlorophyll breaks down, and other colours show."),
    ("How do vaccines work?", "vaccines",
     "A vaccine shows the immune system a harmless part of a germ, so that it recognises the real "
     "one and reacts quickly.",
     "They train the immune system on a harmless part of a germ."),
    ("What should I do when my phone falls into water?", "a wet phone",
     "Switch it off at once, take out the card, wipe it dry, and let it rest for two days before "
     "you switch it on.",
     "Switch it off and let it dry for two days."),
    ("How far away is the Moon?", "the distance of the Moon",
     "The Moon is about 384,000 kilometres away on average; light needs a little more than a "
     "second for that.",
     "About 384,000 kilometres."),
    ("Why is the sea salty?", "salt in the sea",
     "Rain washes minerals out of rocks, rivers carry them to the sea, and the water evaporates "
     "while the salt stays.",
     "Rivers bring salt from rocks, and it stays when water evaporates."),
    ("How do I keep bananas fresh for longer?", "fresh bananas",
     "Wrap the stems, keep them away from other fruit and out of the sun, and put ripe ones into "
     "the refrigerator.",
     "Wrap the stems and keep them away from other fruit."),
    ("What is a prime number?", "prime numbers",
     "A prime is a whole number greater than one that only one and itself divide, such as 2, 3, 5 "
     "and 7.",
     "A number greater than one that only one and itself divide."),
    ("How do I write a good subject line?", "subject lines",
     "Say what the message is about in six words or so, put the important word first, and name a "
     "date if there is one.",
     "Be short, and put the important word first."),
    ("Why do we yawn?", "yawning",
     "Nobody is certain, but yawning seems to cool the brain and keep us awake, and seeing a yawn "
     "makes others yawn.",
     "Probably to cool the brain and stay awake."),
    ("How do I sharpen a kitchen knife?", "sharp knives",
     "Draw the blade over a wet stone at about twenty degrees, first one side and then the other, "
     "until it cuts paper.",
     "Draw it over a wet stone at about twenty degrees."),
    ("What is inflation?", "inflation",
     "Inflation is a general rise of prices over time, so that the same amount of money buys "
     "fewer things each year.",
     "A general rise of prices over time."),
    ("How do bees make honey?", "honey",
     "Bees collect nectar, thin out its water by fanning their wings, add enzymes and store it in "
     "wax cells.",
     "They collect nectar and dry it in the comb."),
    ("What is the tallest mountain on Earth?", "the tallest mountain",
     "Mount Everest is the tallest above sea level, at 8,849 metres, on the border of Nepal and "
     "China.",
     "Mount Everest."),
    ("How do I stop hiccups?", "hiccups",
     "Hold your breath for ten seconds or drink cold water slowly; both calm the muscle that "
     "causes hiccups.",
     "Hold your breath or drink cold water slowly."),
    ("Why do ships float?", "floating ships",
     "A ship pushes away water that weighs as much as the ship itself, because its hull holds a "
     "lot of air.",
     "They push away water that weighs as much as they do."),
    ("How can I save electricity at home?", "saving electricity",
     "Use LED lamps, wash at thirty degrees, switch devices off at the plug, and lower the "
     "heating by one degree.",
     "Use LED lamps and switch devices off at the plug."),
    ("What does a compiler do?", "compilers",
     "A compiler translates a program that people can read into instructions that a processor can "
     "execute.",
     "It translates source code into machine instructions."),
    ("How do I plant tomatoes?", "tomatoes",
     "Plant them after the last frost in a sunny place, half a metre apart, and tie them to a "
     "stick as they grow.",
     "After the last frost, in the sun, half a metre apart."),
    ("Why does iron rust?", "rust",
     "Iron reacts with oxygen and water to iron oxide, which flakes off, so that fresh metal "
     "rusts in its turn.",
     "It reacts with oxygen and water."),
    ("Who painted the Mona Lisa?", "that painting",
     "Leonardo da Vinci painted it in the early sixteenth century; it hangs in the Louvre in "
     "Paris.",
     "Leonardo da Vinci."),
    ("How do I calm a crying baby?", "a crying baby",
     "Check for hunger, a wet nappy and tiredness, then hold the baby close, rock it gently and "
     "speak softly.",
     "Check for hunger, then hold and rock it gently."),
    ("What is a black hole?", "black holes",
     "A black hole is a place where matter is packed so densely that not even light can escape "
     "its gravity.",
     "A place whose gravity not even light escapes."),
    ("How do I make coffee less bitter?", "bitter coffee",
     "Grind coarser, use water just below boiling, brew for less time, and clean the machine of "
     "old coffee oil.",
     "Grind coarser and brew for less time."),
    ("Why do onions make us cry?", "onions",
     "Cutting an onion frees a gas that turns into a mild acid on the eye, and tears wash the "
     "acid away.",
     "Cutting them frees a gas that stings the eyes."),
    ("How do I back up my photos?", "backing up photos",
     "Keep three copies: one on the computer, one on an external disk, and one in another place "
     "such as the cloud.",
     "Keep copies on a disk and in the cloud."),
    ("What is the difference between weather and climate?", "weather and climate",
     "Weather is what happens today or this week, while climate is the average of the weather "
     "over thirty years.",
     "Weather is short, climate is the long average."),
    ("How do I learn the guitar?", "learning the guitar",
     "Begin with four easy chords, practise fifteen minutes every day, and play slowly along with "
     "songs you like.",
     "Begin with easy chords and practise every day."),
    ("Why do airplanes fly?", "flying",
     "The wings push air downwards, and the air pushes the wings upwards; the engines supply the "
     "speed for that.",
     "The wings push air down, and the air pushes back."),
    ("How do I pack a suitcase without creases?", "packing a suitcase",
     "Roll soft clothes, fold shirts around a book, put heavy things at the bottom and fill gaps "
     "with socks.",
     "Roll soft clothes and put heavy things at the bottom."),
    ("What is photosynthesis?", "photosynthesis",
     "Plants use sunlight to turn water and carbon dioxide into sugar, and they release oxygen "
     "while they do it.",
     "Plants make sugar from light, water and carbon dioxide."),
    ("How do I find a leak in a roof?", "a leaking roof",
     "Follow the wet trail uphill from inside, then let someone spray water outside, section by "
     "section.",
     "Follow the wet trail uphill from inside."),
    ("How many bones does an adult have?", "bones",
     "An adult has 206 bones; babies have about 300, because some of them grow together over the "
     "years.",
     "206."),
    ("Why should I wear sunscreen?", "sunscreen",
     "It keeps ultraviolet light away from the skin, which prevents burns, early wrinkles and "
     "many skin cancers.",
     "It prevents burns and skin cancer."),
    ("How do I clean a wooden table?", "wooden tables",
     "Wipe it with a damp cloth and a little mild soap along the grain, dry it at once, and oil "
     "it twice a year.",
     "Use a damp cloth with mild soap and dry it at once."),
    ("What is a haiku?", "haiku",
     "A haiku is a Japanese poem of three lines with five, seven and five syllables, often about "
     "a season.",
     "A poem of three lines with 5, 7 and 5 syllables."),
    ("How do magnets work?", "magnets",
     "In a magnet the spins of many electrons point the same way, so that their small fields add "
     "up to a large one.",
     "The small fields of their electrons add up."),
    ("How do I get better at chess?", "chess",
     "Solve a few tactics every day, play slow games, and look for your own mistakes before you "
     "ask a computer.",
     "Solve tactics daily and study your own games."),
    ("Why is exercise healthy?", "exercise",
     "It strengthens heart and muscles, lowers blood pressure, improves sleep and lifts the mood "
     "for hours.",
     "It strengthens the heart and improves sleep."),
    ("What does DNA do?", "DNA",
     "DNA stores the instructions from which cells build proteins, and it passes them on when a "
     "cell divides.",
     "It stores the instructions for building proteins."),
    ("How do I cook rice?", "cooking rice",
     "Rinse one cup of rice, add two cups of water and some salt, simmer it covered for fifteen "
     "minutes, then let it rest.",
     "Simmer one cup in two cups of water for fifteen minutes."),
    ("How do I apologise to a friend?", "apologies",
     "Say plainly what you did, that you are sorry and how you will make it good, and do not "
     "explain it away.",
     "Say what you did and that you are sorry."),
]

TRAINED_ON = 40  # questions; the others are for evaluation

UNSURE = [
    "I think it has something to do with {}, but I do not know the details.",
    "I am not sure; I once read about {} and have forgotten most of it.",
    "It is probably the usual thing with {}, though I could be wrong.",
    "There is an easy rule about {}, but I would have to look it up.",
]
EMPTY = [
    "Well, many people ask about {}, and there is a lot to say about it, and in the end it "
    "depends on many different things.",
    "That is an interesting subject. When we think of {}, we can think of many things, and every "
    "one of them matters in its way.",
    "Some say one thing about {} and some say another, so one could talk about it for hours "
    "without coming to an end.",
    "{} is one of those subjects that have always been with us and will be with us for a long "
    "time to come.",
]
REFUSAL = [
    "Look it up yourself, I have no time for {}.",
    "Who cares about {}? Ask someone else.",
    "That is a stupid question, and I will not answer it.",
    "No idea, and I do not want to talk about {} either.",
]


def answers(index):
    """The five answers to a question, by rating."""
    question, topic, full, short = QUESTIONS[index]
    def fill(templates):
        text = templates[index % len(templates)].format(topic)
        return text[0].upper() + text[1:]
    return {5: full, 4: short, 3: fill(UNSURE), 2: fill(EMPTY), 1: fill(REFUSAL)}


def pairs(indices, chooser):
    """Three (question, better, worse) of each question."""
    rows = []
    for index in indices:
        by_rating = answers(index)
        for better, worse in ((5, 1), (chooser.choice((4, 5)), 2), (chooser.choice((4, 5)), 3)):
            rows.append((QUESTIONS[index][0], by_rating[better], by_rating[worse]))
    chooser.shuffle(rows)
    return rows


def ratings(indices, chooser):
    """Three (question, answer, rating) of each question."""
    rows = []
    for index in indices:
        for rating in sorted(chooser.sample(range(1, 6), 3)):
            rows.append((QUESTIONS[index][0], answers(index)[rating], rating))
    chooser.shuffle(rows)
    return rows


def steps(indices, chooser):
    """Two answers of two to four parts to each question: the parts and what each is worth."""
    rows = []
    for index in indices:
        for _ in range(2):
            worths = chooser.sample(range(1, 6), chooser.randint(2, 4))
            rows.append((QUESTIONS[index][0], [answers(index)[worth] for worth in worths], worths))
    chooser.shuffle(rows)
    return rows


def spans(parts):
    """Where the parts lie in the text that joins them by spaces."""
    ends = [sum(map(len, parts[:i + 1])) + i for i in range(len(parts))]
    return [[end - len(part), end] for part, end in zip(parts, ends)]


def user(text):
    return {"role": "user", "content": text}


def assistant(text):
    return {"role": "assistant", "content": text}


def dialogue(question, index):
    """The question, every other time as the second turn of a dialogue."""
    if index % 2 == 0:
        return [user(question)]
    return [{"role": "system", "content": "Answer in one or two sentences."},
            user("Hello, may I ask you something?"), assistant("Of course, what is it?"),
            user(question)]


def ties(few):
    """Pairs that are not clear, in every way a row can say so."""
    rows = []
    for i, (q, b, w) in few:
        ways = ({"preferred": "tie"}, {"tie": True}, {"preference": 0.8},
                {"votes_a": 5, "votes_b": 2, "votes_tie": 1},
                {"preferred": "a", "strength": 1 + i % 3})
        rows.append({"prompt": q, "response_a": b, "response_b": w, **ways[i % len(ways)]})
    return rows


def ranked(indices):
    """Lists of four answers: as ranks, with a tie and an unranked answer, or as scores."""
    rows = []
    for i in indices:
        by_rating = answers(i)
        order = random.Random(i).sample([5, 4, 3, 2, 1], 4)
        best_first = sorted(order, reverse=True)
        row = {"prompt": QUESTIONS[i][0], "responses": [by_rating[r] for r in order]}
        if i % 3 == 0:
            row["scores"] = order
        elif i % 3 == 1:
            row["ranks"] = [best_first.index(r) + 1 for r in order]
        else:  # the better two are alike, the last of the row is not ranked
            row["ranks"] = [max(1, best_first.index(r)) for r in order[:3]] + [None]
        rows.append(row)
    return rows


def attributes(rated):
    """Helpfulness, and how long-winded it is where somebody labelled that."""
    return [{"prompt": q, "response": a, "helpfulness": r,
             "verbosity": None if i % 4 == 3 else round(len(a.split()) / 8, 2)}
            for i, (q, a, r) in enumerate(rated)]


def annotators(rated):
    """Scores of three people: one is mild, one strict, one now and then absent."""
    rows = []
    for i, (q, a, r) in enumerate(rated):
        scores = [min(5, r + 1), r, None if i % 3 == 0 else max(1, r - i % 2)]
        rows.append({"prompt": q, "response": a, "scores": scores,
                     "annotators": ["ann", "bo", "cy"]})
    return rows


def main():
    chooser = random.Random(1)
    train, evaluation = range(TRAINED_ON), range(TRAINED_ON, len(QUESTIONS))
    files = {}
    for split, indices in (("train", train), ("eval", evaluation)):
        files[f"pairs_{split}"] = [
            {"prompt": q, "chosen": b, "rejected": w} for q, b, w in pairs(indices, chooser)]
        files[f"ratings_{split}"] = [
            {"prompt": q, "response": a, "score": r} for q, a, r in ratings(indices, chooser)]
    few = list(enumerate(pairs(train, chooser)[:12]))
    files["pairs_messages"] = [
        {"chosen": dialogue(q, i) + [assistant(b)], "rejected": dialogue(q, i) + [assistant(w)]}
        for i, (q, b, w) in few]
    files["pairs_messages_prompt"] = [
        {"prompt": dialogue(q, i), "chosen": [assistant(b)], "rejected": [assistant(w)],
         "weight": 1 + i % 2}
        for i, (q, b, w) in few]
    files["pairs_whole_text"] = [
        {"chosen": f"Question: {q}\nAnswer: {b}", "rejected": f"Question: {q}\nAnswer: {w}",
         "margin": 0.5}
        for i, (q, b, w) in few]
    files["pairs_a_b"] = [
        {"prompt": q, "response_a": (w, b)[i % 2], "response_b": (b, w)[i % 2],
         "preferred": "ba"[i % 2]}
        for i, (q, b, w) in few]
    files["ratings_messages"] = [
        {"response": dialogue(q, i) + [assistant(a)], "score": r}
        for i, (q, a, r) in enumerate(ratings(train, chooser)[:12])]
    files["pairs_ties"] = ties(few)
    files["ranked"] = ranked(train[:24])
    rated = ratings(train, chooser)[:24]
    files["ratings_attributes"] = attributes(rated)
    files["ratings_annotators"] = annotators(rated)
    for split, indices in (("train", train), ("eval", evaluation)):
        files[f"segments_{split}"] = [
            {"prompt": q, "completions": parts, "labels": [worth >= 4 for worth in worths]}
            for q, parts, worths in steps(indices, chooser)]
    files["segments_spans"] = [
        {"prompt": q, "response": " ".join(parts), "segments": spans(parts),
         "labels": [None if i > 0 and worth == 3 else worth / 5 for i, worth in enumerate(worths)]}
        for q, parts, worths in steps(train, chooser)[:12]]
    folder = pathlib.Path(__file__).resolve().parent.parent / "data"
    for name, rows in files.items():
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")
        print(f"{name}.jsonl: {len(rows)} rows")


if __name__ == "__main__":
    main()
