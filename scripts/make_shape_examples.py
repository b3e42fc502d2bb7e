#!/usr/bin/env python3
"""Writes tests/data/records/shapes/: a small file in the layout of each published data set that
laurel's shapes read, and mappings.json, what fields map each by hand. The same bytes every time.

All texts are ours. A better answer holds the word "Right", a worse one "Wrong", a question
"Question": tests see from the texts alone whether a label was turned round.
"""

import json
import pathlib

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "tests" / "data" / "records" / "shapes"
TOPICS = ["rain", "bread", "maps", "clocks"]
SYSTEM = "Be brief."
FILES, MAPPINGS = {}, {}


def question(topic):
    return f"Question about {topic}?"


def right(topic):
    return f"Right: {topic} are well known."


def wrong(topic):
    return f"Wrong, nobody knows {topic}."


def message(role, content):
    return {"role": role, "content": content}


def user(topic):
    return [message("user", question(topic))]


def whole(topic, answer):
    return user(topic) + [message("assistant", answer)]


def add(name, rows, format, fields, text="chat", **options):
    """A file, and the options that map it; a row, or a list of some, is made of each topic and its number."""
    made = [rows(topic, i) for i, topic in enumerate(TOPICS)]
    FILES[name] = sum(made, []) if isinstance(made[0], list) else made
    MAPPINGS[name] = {"format": format, "text": text, **options, "fields": fields}


def good(i):
    return i % 2 == 0


def answer(topic, i):
    return right(topic) if good(i) else wrong(topic)


def sides(topic, i):
    """Two answers; the first is the better one in even rows."""
    return (right(topic), wrong(topic)) if good(i) else (wrong(topic), right(topic))


def marked(*texts):
    names = ["Human", "Assistant"]
    return "".join(f"\n\n{names[i % 2]}: {text}" for i, text in enumerate(texts))


SIGN = "'tie' if {0} == 0 else 'a' if {0} < 0 else 'b'"
HISTORY = [["Hello.", "Hi."]]
TURNS = "(history | map('first') | list | turns(history | map('last') | list))"
LINES = "([instruction, input] | lines | user)"


def unpaired():
    add("trl_unpaired_std",
        lambda t, i: {"prompt": question(t), "completion": answer(t, i), "label": good(i)},
        "pointwise", {"prompt": "prompt", "response": "completion", "score": "label|int"})
    add("trl_unpaired_conv",
        lambda t, i: {"prompt": user(t), "completion": [message("assistant", answer(t, i))],
                      "label": good(i)},
        "pointwise", {"prompt": "prompt", "response": "completion", "score": "label|int"})
    add("llamafactory_kto_alpaca",
        lambda t, i: {"instruction": question(t), "input": "", "output": answer(t, i),
                      "kto_tag": good(i)},
        "pointwise", {"prompt": LINES, "response": "output", "score": "kto_tag|int"})
    for name in ["llamafactory_kto_messages", "swift_kto"]:
        add(name, lambda t, i: {"messages": whole(t, answer(t, i)), "label": good(i)},
            "pointwise", {"response": "messages", "score": "label|int"})
    add("beavertails",
        lambda t, i: {"prompt": question(t), "response": answer(t, i),
                      "category": {"violence": not good(i)}, "is_safe": good(i)},
        "pointwise", {"prompt": "prompt", "response": "response", "score": "is_safe|int"})


def messages():
    def parts(t, text):
        return [message(m["role"], [{"type": "text", "text": m["content"]}])
                for m in whole(t, text)]
    add("content_parts",
        lambda t, i: {"chosen": parts(t, right(t)), "rejected": parts(t, wrong(t))},
        "pairwise", {"chosen": "chosen | messages", "rejected": "rejected | messages"})
    add("nemo_rl",
        lambda t, i: {"context": user(t), "completions": [
            {"rank": 0 if a == right(t) else 1, "completion": [message("assistant", a)]}
            for a in sides(t, i)], "task_name": "t"},
        "ranked", {
            "prompt": "context",
            "responses": "completions|sort(attribute='rank')|map(attribute='completion')|list",
            "ranks": "range(1,(completions|length)+1)|list"})
    add("llamafactory_sharegpt",
        lambda t, i: {"conversations": [{"from": "system", "value": SYSTEM},
                                        {"from": "human", "value": question(t)}],
                      "chosen": {"from": "gpt", "value": right(t)},
                      "rejected": {"from": "gpt", "value": wrong(t)}},
        "pairwise", {name: f"{source} | messages('from', 'value')" for name, source in
                     [("prompt", "conversations"), ("chosen", "chosen"), ("rejected", "rejected")]})
    add("swift_rejected_response",
        lambda t, i: {"messages": [message("system", SYSTEM)] + whole(t, right(t)),
                      "rejected_response": wrong(t), "margin": 0.5},
        "pairwise", {"prompt": "row.messages[:-1]", "chosen": "row.messages[-1:]",
                     "rejected": "rejected_response", "margin": "margin"})
    add("swift_rejected_messages",
        lambda t, i: {"messages": whole(t, right(t)), "rejected_messages": whole(t, wrong(t))},
        "pairwise", {"chosen": "messages", "rejected": "rejected_messages"})
    add("axolotl_chat_template",
        lambda t, i: {"messages": [message("system", SYSTEM)] + user(t),
                      "chosen": message("assistant", right(t)),
                      "rejected": message("assistant", wrong(t))},
        "pairwise", {"prompt": "messages", "chosen": "[chosen]", "rejected": "[rejected]"})
    add("openai_preference",
        lambda t, i: {"input": {"messages": user(t), "tools": [], "parallel_tool_calls": True},
                      "preferred_output": [message("assistant", right(t))],
                      "non_preferred_output": [message("assistant", wrong(t))]},
        "pairwise", {"prompt": "input.messages", "chosen": "preferred_output",
                     "rejected": "non_preferred_output"})
    add("ultrafeedback_binarized",
        lambda t, i: {"prompt": question(t), "prompt_id": f"{i:064x}",
                      "chosen": whole(t, right(t)), "rejected": whole(t, wrong(t)),
                      "messages": whole(t, right(t)), "score_chosen": 8.5, "score_rejected": 3.0},
        "pairwise", {"chosen": "chosen", "rejected": "rejected"})


def joined():
    """Prompts of several fields."""
    add("llamafactory_alpaca",
        lambda t, i: {"instruction": "Answer the question.", "input": question(t),
                      "chosen": right(t), "rejected": wrong(t), "system": SYSTEM,
                      "history": HISTORY},
        "pairwise", {"prompt": f"(row.system | system) + {TURNS} + {LINES}", "chosen": "chosen",
                     "rejected": "rejected"})
    add("swift_query_history",
        lambda t, i: {"system": SYSTEM, "query": question(t), "response": right(t),
                      "rejected_response": wrong(t), "history": HISTORY},
        "pairwise", {"prompt": f"(row.system | system) + {TURNS} + (query | user)",
                     "chosen": "response", "rejected": "rejected_response"})
    for name, key in [("axolotl_bt_input", "input"), ("axolotl_intel", "question")]:
        add(name, lambda t, i, key=key: {"system": SYSTEM, key: question(t), "chosen": right(t),
                                         "rejected": wrong(t)},
            "pairwise", {"prompt": f"(row.system | system) + ({key} | user)", "chosen": "chosen",
                         "rejected": "rejected"})
    add("argilla_intel_orca",
        lambda t, i: {"system": SYSTEM, "input": question(t), "chosen": right(t),
                      "rejected": wrong(t), "generations": list(sides(t, i)),
                      "order": ["chosen", "rejected"], "labelling_model": "m",
                      "labelling_prompt": [message("system", "x"), message("user", "y")],
                      "raw_labelling_response": "9\n2", "rating": [9.0, 2.0], "rationale": "x",
                      "status": "unchanged", "original_chosen": right(t),
                      "original_rejected": wrong(t), "chosen_score": 9.0, "in_gsm8k_train": False},
        "pairwise", {"prompt": "(row.system | system) + (input | user)", "chosen": "chosen",
                     "rejected": "rejected"})
    add("openrlhf_template",
        lambda t, i: {"question": question(t), "good": right(t), "bad": wrong(t), "margin": 1},
        "pairwise", {"prompt": "'User: ' ~ question ~ '\nAssistant: '", "chosen": "good",
                     "rejected": "bad", "margin": "margin"}, text="plain")
    add("summarize_comparisons",
        lambda t, i: {"info": {"id": f"t{i}", "post": question(t), "title": "A title",
                               "subreddit": "askx", "site": None, "article": None},
                      "summaries": [{"text": " " + a, "policy": "p", "note": None}
                                    for a in sides(t, i)],
                      "choice": i % 2, "worker": "w", "batch": "b", "split": "train",
                      "extra": {"confidence": None}},
        "pairwise", {
            "prompt": "'SUBREDDIT: r/' ~ info.subreddit ~ '\n\nTITLE: ' ~ info.title ~ "
                      "'\n\nPOST: ' ~ info.post ~ '\n\nTL;DR:'",
            "response_a": "summaries[0].text", "response_b": "summaries[1].text",
            "preferred": "'ab'[choice]"},
        text="plain")


def marked_texts():
    add("hh_made",
        lambda t, i: {key: marked(question(t), "In general?", "Yes.", text)
                      for key, text in [("chosen", right(t)), ("rejected", wrong(t))]},
        "pairwise", {"chosen": "chosen | dialogue", "rejected": "rejected | dialogue"})
    add("full_hh_rlhf",
        lambda t, i: {"prompt": marked(question(t), ""), "response": right(t), "chosen": right(t),
                      "rejected": wrong(t)},
        "pairwise", {"prompt": "prompt | dialogue"})
    def helpsteer(t, i):
        prompt = question(t)
        if good(i):
            prompt = f"Hello.\n<extra_id_1>Assistant\nHi.\n<extra_id_1>User\n{prompt}"
        return {"prompt": prompt, "response": answer(t, i), "helpfulness": 4 if good(i) else 1,
                "correctness": 3, "coherence": 4, "complexity": 0, "verbosity": 1}
    add("helpsteer2_multiturn", helpsteer, "pointwise",
        {"prompt": "('<extra_id_1>User\n' ~ prompt) | "
                   "dialogue('<extra_id_1>User\n', '<extra_id_1>Assistant\n')",
         "response": "response", "helpfulness": "helpfulness", "verbosity": "verbosity"},
        attributes=["helpfulness", "verbosity"])
    add("nectar",
        lambda t, i: {"prompt": f"\n\nHuman: {question(t)} \n\nAssistant: ",
                      "answers": [{"answer": a, "model": "m", "rank": 1.0 if a == right(t) else 2.0}
                                  for a in sides(t, i)],
                      "turns": 1, "num_responses": 2, "source": ["x"], "good_natured": True},
        "ranked", {"prompt": "prompt | dialogue",
                   "responses": "answers|map(attribute='answer')|list",
                   "ranks": "answers|map(attribute='rank')|map('int')|list"})


def two_sides():
    """The first or the second is better, or neither."""
    def sign(name, keys, label):
        def row(t, i):
            a, b = sides(t, i)
            return {**{keys[0]: question(t) if keys[0] == "prompt" else user(t), keys[1]: a,
                       keys[2]: b}, label: 0 if i == 3 else -2 if good(i) else 2}
        add(name, row, "pairwise", {"prompt": keys[0], "response_a": keys[1], "response_b": keys[2],
                                    "preferred": SIGN.format(label)})
    sign("helpsteer2_preference", ["prompt", "response_1", "response_2"], "preference_strength")
    sign("helpsteer3_preference", ["context", "response1", "response2"], "overall_preference")
    def webgpt(t, i):
        a, b = sides(t, i)
        score = 0.0 if i == 3 else 0.33 if good(i) else -1.0
        return {"question": {"dataset": "eli5", "id": f"q{i}", "full_text": question(t)},
                "quotes_0": {"title": ["x"], "extract": ["y"]}, "answer_0": a,
                "tokens_0": {"prefix": [1], "completion": [2]}, "score_0": score,
                "quotes_1": {"title": ["x"], "extract": ["y"]}, "answer_1": b,
                "tokens_1": {"prefix": [1], "completion": [2]}, "score_1": -score}
    add("webgpt", webgpt, "pairwise",
        {"prompt": "question.full_text", "response_a": "answer_0", "response_b": "answer_1",
         "preferred": SIGN.format("(-score_0)")})
    add("llmbar",
        lambda t, i: {"input": question(t), "output_1": sides(t, i)[0], "output_2": sides(t, i)[1],
                      "label": 1 + i % 2},
        "pairwise", {"prompt": "input", "response_a": "output_1", "response_b": "output_2",
                     "preferred": "'ab'[label-1]"})
    add("autoj_pairwise",
        lambda t, i: {"scenario": "x", "label": 2 if i == 3 else i % 2, "prompt": question(t),
                      "response 1": sides(t, i)[0], "response 2": sides(t, i)[1]},
        "pairwise", {"prompt": "prompt", "response_a": "row['response 1']",
                     "response_b": "row['response 2']", "preferred": "['a','b','tie'][label]"})
    def saferlhf(t, i):
        row = {"prompt": question(t), "prompt_source": "x"}
        for k, text in enumerate(sides(t, i)):
            row |= {f"response_{k}": text, f"response_{k}_source": "m",
                    f"is_response_{k}_safe": True, f"response_{k}_severity_level": 0}
        return row | {"better_response_id": i % 2, "safer_response_id": i % 2}
    add("pku_saferlhf", saferlhf, "pairwise",
        {"prompt": "prompt", "response_a": "response_0", "response_b": "response_1",
         "preferred": "'ab'[better_response_id]"})
    for name in ["arena_33k", "mt_bench_human"]:
        add(name,
            lambda t, i: {"question_id": f"q{i}", "model_a": "m1", "model_b": "m2",
                          "winner": "tie (bothbad)" if i == 3 else ["model_a", "model_b"][i % 2],
                          "judge": "j", "conversation_a": whole(t, sides(t, i)[0]),
                          "conversation_b": whole(t, sides(t, i)[1]), "turn": 1},
            "pairwise", {"response_a": "conversation_a", "response_b": "conversation_b",
                         "preferred": "{'model_a':'a','model_b':'b'}[winner]|default('tie')"})
    def arena(t, i):
        texts = {"prompt": question(t), "response_a": sides(t, i)[0], "response_b": sides(t, i)[1]}
        won = [int(good(i)), int(i == 1), int(i == 3)]
        return {"id": str(30192 + i), "model_a": "m1", "model_b": "m2",
                **{key: json.dumps([text]) for key, text in texts.items()},
                **{f"winner_{key}": str(n)
                   for key, n in zip(["model_a", "model_b", "tie"], won)}}
    for name in ["arena_55k_converted", "arena_55k_csv"]:
        add(name, arena, "pairwise",
            {"response_a": "(prompt | parse_json) | turns(response_a | parse_json)",
             "response_b": "(prompt | parse_json) | turns(response_b | parse_json)",
             "votes_a": "winner_model_a|int", "votes_b": "winner_model_b|int",
             "votes_tie": "winner_tie|int"})
    add("shp",
        lambda t, i: {"post_id": f"p{i}", "domain": "x", "history": question(t),
                      "human_ref_A": sides(t, i)[0], "human_ref_B": sides(t, i)[1],
                      "labels": int(good(i)), "score_A": 9, "score_B": 4},
        "pairwise", {"prompt": "history", "response_a": "human_ref_A",
                     "response_b": "human_ref_B", "preference": "labels"})


def named_sides():
    def pair(name, prompt, chosen, rejected, more=None, **fields):
        add(name, lambda t, i: {prompt: question(t), chosen: right(t), rejected: wrong(t),
                                **(more or {})},
            "pairwise", {"prompt": prompt, "chosen": chosen, "rejected": rejected, **fields})
    pair("argilla_ultrafeedback", "instruction", "chosen_response", "rejected_response")
    pair("stack_exchange_paired", "question", "response_j", "response_k")
    pair("query_positive_negative", "query", "positive", "negative")
    pair("query_positive_negative_score", "query", "positive", "negative", {"score": 1.5},
         margin="score")


def lists():
    def completion(a, t):
        rating = "5" if a == right(t) else "2"
        return {"annotations": {"honesty": {"Rating": rating, "Rationale": "x"},
                                "helpfulness": {"Rating": "N/A", "Rationale": "x", "Type": ["1"]}},
                "custom_system_prompt": SYSTEM, "model": "m", "principle": "helpfulness",
                "response": a, "critique": "x", "fine-grained_score": float(rating),
                "overall_score": float(rating)}
    for name in ["ultrafeedback_full", "ultrafeedback_full_parquet"]:
        add(name,
            lambda t, i: {"source": "x", "instruction": question(t), "models": ["m1", "m2"],
                          "completions": [completion(a, t) for a in sides(t, i)],
                          "correct_answers": ["None"], "incorrect_answers": ["None"]},
            "ranked", {"prompt": "instruction",
                       "responses": "completions|map(attribute='response')|list",
                       "scores": "(completions|map(attribute='annotations.honesty.Rating')|list) "
                                 "| number"})
    add("rewardbench2",
        lambda t, i: {"id": str(i), "prompt": question(t), "chosen": [right(t)],
                      "rejected": [wrong(t), wrong(t) + " So.", wrong(t) + " Well."],
                      "num_correct": 1, "num_incorrect": 3, "total_completions": 4,
                      "models": ["a", "b", "c", "d"], "subset": "Factuality"},
        "ranked", {"prompt": "prompt", "responses": "chosen + rejected",
                   "scores": "[1]*(chosen|length) + [0]*(rejected|length)"})
    add("rmbench",
        lambda t, i: {"id": i, "prompt": question(t),
                      "chosen": [right(t), right(t) + " Indeed.", f"**{right(t)}**"],
                      "rejected": [wrong(t), wrong(t) + " Indeed.", f"**{wrong(t)}**"],
                      "domain": "chat"},
        "ranked", {"prompt": "prompt", "responses": "chosen + rejected",
                   "scores": "[1]*(chosen|length) + [0]*(rejected|length)"})
    add("distilabel_ultrafeedback",
        lambda t, i: {"instruction": question(t), "generations": [*sides(t, i), "Unrated."],
                      "ratings": [*([5, 1] if good(i) else [1, 5]), None]},
        "ranked", {"prompt": "instruction", "responses": "generations", "scores": "ratings"})
    add("snorkel_pair_rm",
        lambda t, i: {"prompt": question(t), "chosen": whole(t, right(t)),
                      "rejected": whole(t, wrong(t)), "all_generated_responses": list(sides(t, i)),
                      "all_rm_scores": [2.5, -1.0] if good(i) else [-1.0, 2.5]},
        "ranked", {"prompt": "prompt", "responses": "all_generated_responses",
                   "scores": "all_rm_scores"})
    add("query_docs_labels",
        lambda t, i: {"query": question(t), "docs": list(sides(t, i)),
                      "labels": [int(good(i)), int(not good(i))]},
        "ranked", {"prompt": "query", "responses": "docs", "scores": "labels"})


def scores():
    add("swift_multi_regression",
        lambda t, i: {"messages": whole(t, answer(t, i)), "label": [float(good(i)), -1.0, 0.5]},
        "pointwise", {"response": "messages", "a": "label[0]", "b": "label[1]", "c": "label[2]"},
        attributes=["a", "b", "c"])
    add("prometheus_feedback",
        lambda t, i: {"orig_instruction": question(t), "orig_response": answer(t, i),
                      "orig_reference_answer": right(t), "orig_criteria": "Is it right?",
                      "orig_feedback": "x", "orig_score": "5" if good(i) else "1",
                      "instruction": "###Task ...", "output": "x [RESULT] 5"},
        "pointwise", {"prompt": "orig_instruction", "response": "orig_response",
                      "score": "orig_score|float"})
    for name in ["ce_labeled_csv", "ce_labeled_tsv"]:
        add(name, lambda t, i: {"query": question(t), "passage": answer(t, i),
                                "label": str(int(good(i)))},
            "pointwise", {"prompt": "query", "response": "passage", "score": "label|int"})
    add("sentence_pair_score",
        lambda t, i: {"sentence1": question(t), "sentence2": answer(t, i),
                      "score": 4.5 if good(i) else 0.5},
        "pointwise", {"prompt": "sentence1", "response": "sentence2"})


def steps():
    add("processbench",
        lambda t, i: {"id": f"x-{i}", "generator": "m", "problem": question(t),
                      "steps": [right(t), answer(t, i), "So that is it."],
                      "final_answer_correct": good(i), "label": -1 if good(i) else 1},
        "segments", {"prompt": "problem", "completions": "steps",
                     "labels": "[true]*(steps|length) if label<0 else [true]*label + [false] + "
                               "[none]*((steps|length)-label-1)"})
    def shepherd(t, i):
        texts = [f"Step 1: {right(t)}", f"Step 2: {answer(t, i)}"]
        marks = ["+", "+" if good(i) else "-"]
        return {"input": question(t) + " " + "\n".join(f"{text} ки" for text in texts),
                "label": question(t) + " " + "\n".join(f"{text} {mark}"
                                                       for text, mark in zip(texts, marks)),
                "task": "GSM8K"}
    add("math_shepherd", shepherd, "segments",
        {"prompt": "input.split(' Step 1: ')[0]",
         "completions": "('Step 1: ' ~ (input.split(' Step 1: ')[1:]|join)).split(' ки')[:-1]"
                        "|map('trim')|list",
         "labels": "label.split('\n')|map('last')|map('replace','+','1')|map('replace','-','0')"
                   "|map('int')|list"})


def several():
    """Rows that make several groups, and several that make one."""
    add("prm800k",
        lambda t, i: {"labeler": "x", "question": {"problem": question(t), "ground_truth_answer": "1"},
                      "label": {"steps": [
                          {"completions": [{"text": right(t), "rating": 1, "flagged": False}],
                           "human_completion": None, "chosen_completion": 0},
                          {"completions": [{"text": answer(t, i), "rating": 1 if good(i) else -1, "flagged": False}],
                           "human_completion": None, "chosen_completion": None}],
                          "total_time": 1, "finish_reason": "solution"}},
        "segments", {}, expand="prm800k")

    def reply(t, i, rank):
        return {"message_id": f"{t}{rank}", "parent_id": t, "role": "assistant", "rank": rank,
                "text": sides(t, 0)[rank]}

    def tree(t, i):
        return {"message_tree_id": t, "tree_state": "ready_for_export", "prompt": {
            "message_id": t, "text": question(t), "role": "prompter",
            "replies": [reply(t, i, rank) | {"replies": []} for rank in (1, 0)]}}

    def messages_of_tree(t, i):
        root = {"message_id": t, "parent_id": None, "role": "prompter", "rank": None, "text": question(t)}
        return [{"message_tree_id": t} | each for each in (root, reply(t, i, 1), reply(t, i, 0))]
    add("oasst_trees", tree, "ranked", {}, expand="oasst")
    add("oasst_messages", messages_of_tree, "ranked", {}, expand="oasst")

    def marked_by_nemo(t, text):
        return {"text": f"<extra_id_0>System\n{SYSTEM}\n<extra_id_1>User\n{question(t)}\n"
                        f"<extra_id_1>Assistant\n{text}\n<extra_id_2>"}
    marks = "dialogue('<extra_id_1>User\\n', '<extra_id_1>Assistant\\n', '<extra_id_0>System\\n')"
    add("nemo_aligner", lambda t, i: [marked_by_nemo(t, right(t)), marked_by_nemo(t, wrong(t))],
        "pairwise", {key: f"rows[{i}].text | replace('<extra_id_2>', '') | {marks}"
                     for i, key in enumerate(("chosen", "rejected"))}, rows_per_group=2)


# Files whose shape has another name.
SHAPES = {
    "trl_unpaired_std": "trl_unpaired", "trl_unpaired_conv": "trl_unpaired",
    "llamafactory_kto_messages": "messages_label", "swift_kto": "messages_label",
    "axolotl_bt_input": "system_input", "axolotl_intel": "intel_orca",
    "argilla_intel_orca": "system_input", "hh_made": "anthropic_hh",
    "helpsteer2_multiturn": "helpsteer2", "helpsteer3_preference": "helpsteer3",
    "ultrafeedback_full": "ultrafeedback", "ultrafeedback_full_parquet": "ultrafeedback",
    "summarize_comparisons": "summarize_from_feedback", "rewardbench2": "reward_bench_2",
    "rmbench": "rm_bench", "autoj_pairwise": "auto_j", "arena_33k": "chatbot_arena",
    "mt_bench_human": "chatbot_arena", "arena_55k_converted": "lmsys_arena_55k",
    "arena_55k_csv": "lmsys_arena_55k", "ce_labeled_csv": "query_passage_label",
    "ce_labeled_tsv": "query_passage_label", "openrlhf_template": None,
    "swift_multi_regression": None,
}


def main():
    for part in [unpaired, messages, joined, marked_texts, two_sides, named_sides, lists, scores,
                 steps, several]:
        part()
    FOLDER.mkdir(parents=True, exist_ok=True)
    table = {}
    for name, rows in FILES.items():
        lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
        (FOLDER / f"{name}.jsonl").write_text("".join(lines))
        table[name] = {"shape": SHAPES.get(name, name), **MAPPINGS[name]}
    (FOLDER / "mappings.json").write_text(json.dumps(table, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
