"""Writes tests/data/shapes/: twelve rows each of published layouts that load as they are, and layouts that mislead.

Field names, types and nesting are those of the published sets; the text is neutral and made here. `works` are read
without a mapping and must give no warning; `misleading` are read wrongly by a natural config, and must be told.
"""

import json
import pathlib

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "tests" / "data" / "shapes"
ROWS = 12


def question(i):
    return f"What is {i} plus {i + 3}, please?"


def better(i):
    return f"It is {2 * i + 3}." if i % 2 else f"The sum of the two numbers is {2 * i + 3}."


def worse(i):
    return f"I believe that it is {2 * i + 4}, but ask somebody else." if i % 2 else f"Perhaps {i}."


def user(text):
    return {"role": "user", "content": text}


def assistant(text):
    return {"role": "assistant", "content": text}


def dialogue(i, answer):
    return [user(question(i)), assistant(answer)]


def human(i, answer=""):
    return f"\n\nHuman: {question(i)}\n\nAssistant:{answer}"


def works():
    every = range(ROWS)
    yield "trl_explicit_strings", [{"prompt": question(i), "chosen": " " + better(i), "rejected": " " + worse(i)} for i in every]
    yield "trl_implicit_strings", [{"chosen": f"{question(i)} {better(i)}", "rejected": f"{question(i)} {worse(i)}"} for i in every]
    yield "trl_implicit_messages", [{"chosen": dialogue(i, better(i)), "rejected": dialogue(i, worse(i)), "margin": .5 + i} for i in every]
    yield "trl_explicit_messages", [{"prompt": [user(question(i))], "chosen": [assistant(better(i))], "rejected": [assistant(worse(i))]} for i in every]
    yield "trl_stepwise", [{"prompt": question(i), "completions": ["Let me think.", better(i)], "labels": [True, i % 2 == 0]} for i in every]
    yield "openrlhf_mixture", [{"rejected": dialogue(i, worse(i)), "rejected_score": 1.5, "chosen_score": 3.5 + i, "chosen": dialogue(i, better(i))} for i in every]
    yield "nemo_rl_binary", [{"prompt": question(i), "chosen": better(i), "rejected": worse(i)} for i in every]
    yield "anthropic_hh", [{"chosen": human(i, " " + better(i)), "rejected": human(i, " " + worse(i))} for i in every]
    yield "dahoas_full_hh", [{"prompt": human(i), "response": " " + better(i), "chosen": " " + better(i), "rejected": " " + worse(i)} for i in every]
    yield "helpsteer", [{"prompt": question(i), "response": better(i) if i % 3 else worse(i), "helpfulness": i % 5, "correctness": (i + 1) % 5, "coherence": 4 - i % 2,
                         "complexity": i % 3, "verbosity": i % 4} for i in every]
    yield "helpsteer2_disagreements", [{"prompt": question(i), "response": better(i), "helpfulness": [i % 5, (i + 1) % 5, i % 4], "correctness": [3, i % 5, 4],
                                        "coherence": [4, 4, i % 5], "complexity": [1, 2, i % 3], "verbosity": [i % 3, 1, 2]} for i in every]
    yield "math_shepherd_trl", [{"prompt": question(i), "completions": ["Step 1: I add the numbers.", f"Step 2: {better(i)}", "Step 3: That is all."],
                                 "labels": [True, True, i % 3 == 0]} for i in every]
    yield "reward_bench", [{"prompt": question(i), "chosen": better(i), "chosen_model": "gpt-4", "rejected": worse(i), "rejected_model": "a small model",
                            "subset": "alpacaeval-easy", "id": i} for i in every]
    yield "skywork_80k", [{"chosen": dialogue(i, better(i)), "rejected": dialogue(i, worse(i)), "source": "a mixture of several sets"} for i in every]
    yield "magpie_dpo", [{"uuid": f"0000-{i}", "instruction": question(i), "model": "a model", "gen_input_configs": {"temperature": 1.0, "input_generator": "a model"},
                          "intent": "The user wants to know a sum of two numbers.", "knowledge": "One needs arithmetic to answer it.", "difficulty": "easy",
                          "difficulty_generator": "a model", "input_quality": "good", "quality_explanation": "The question is clear and specific.",
                          "quality_generator": "a model", "task_category": "Math", "other_task_category": ["Reasoning"], "task_category_generator": "a model",
                          "llama_guard_2": "safe", "min_neighbor_distance": .25, "repeat_count": 0, "responses": [better(i), worse(i), "A third answer of the model."],
                          "reward_scores": [.2, .1, .05], "chosen": dialogue(i, better(i)), "rejected": dialogue(i, worse(i))} for i in every]


def misleading():
    every = range(ROWS)
    yield "question_as_strings", [{"question": question(i), "chosen": better(i), "rejected": worse(i)} for i in every]
    yield "intel_orca", [{"system": "You are brief and kind.", "question": question(i), "chosen": better(i), "rejected": worse(i)} for i in every]
    yield "alpaca", [{"instruction": "Answer the question below.", "input": question(i), "chosen": better(i), "rejected": worse(i), "system": "You are brief and kind.",
                      "history": [["Good morning to you.", "Good morning, what can I do?"]]} for i in every]
    yield "safer_response_id", [{"prompt": question(i), "response_0": better(i) if i % 2 else worse(i), "response_1": worse(i) if i % 2 else better(i),
                                 "is_response_0_safe": i % 2 == 1, "is_response_1_safe": i % 2 == 0, "safer_response_id": 1 - i % 2} for i in every]
    yield "autoj", [{"scenario": "arithmetic", "label": 1 - i % 2, "prompt": question(i), "response 1": better(i) if i % 2 else worse(i),
                     "response 2": worse(i) if i % 2 else better(i)} for i in every]
    yield "json_as_text", [{"id": str(i), "prompt": json.dumps([question(i)]), "response_a": json.dumps([better(i)]), "response_b": json.dumps([worse(i)]),
                            "winner_model_a": 1, "winner_model_b": 0, "winner_tie": 0} for i in every]
    yield "vectors", [{"messages": dialogue(i, better(i)), "label": [3 + i % 2, 1, -100 if i % 3 else 70]} for i in every]
    yield "marked_in_chat", [{"prompt": human(i), "chosen": " " + better(i), "rejected": " " + worse(i)} for i in every]
    yield "helpsteer2_multiturn", [{"prompt": f"{question(i)}\n<extra_id_1>Assistant\n{better(i)}\n<extra_id_1>User\nAnd one more?" if i % 4 == 0 else question(i),
                                    "response": worse(i), "helpfulness": i % 5} for i in every]
    yield "triplets", [{"query": question(i), "positive": better(i), "negative_1": worse(i), "negative_2": "Nobody knows.", "negative_3": "It depends."} for i in every]
    yield "scores_to_4", [{"prompt": question(i), "response": better(i), "score": i % 5} for i in every]
    yield "scores_to_100", [{"prompt": question(i), "response": worse(i), "score": 9 * i} for i in every]


def main():
    for kind, shapes in (("works", works()), ("misleading", misleading())):
        (FOLDER / kind).mkdir(parents=True, exist_ok=True)
        for name, rows in shapes:
            lines = "".join(json.dumps(row) + "\n" for row in rows)
            (FOLDER / kind / f"{name}.jsonl").write_text(lines)


if __name__ == "__main__":
    main()
