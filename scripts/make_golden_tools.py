"""Writes tests/golden/text/tools.json: what transformers renders of rows with tools, documents and parts.

Run in the peer environment: python scripts/make_golden_tools.py
Each entry is a template of tests/golden/text/tools/, a row as TRL has it ("messages" is the whole dialogue), and
what apply_chat_template makes of it, called as TRL's RewardTrainer calls it. "joined": the text of the same row
whose lists of text parts are strings, for templates that do not read lists.
"""

import copy
import json
import pathlib

from transformers import AutoTokenizer

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "tests" / "golden" / "text"
TOKENIZER = AutoTokenizer.from_pretrained(FOLDER / "header")

WEATHER = {"type": "function", "function": {"name": "weather", "description": "The weather, \"now\" <é>.", "parameters": {
    "type": "object", "properties": {"town": {"type": "string", "enum": ["Graz", "Wels"]}, "days": {"type": "integer", "default": None}},
    "required": ["town"]}}}
CLOCK = {"type": "function", "function": {"name": "clock", "description": "The time.", "parameters": {"type": "object", "properties": {}}}}
DOCUMENTS = [{"title": "Graz", "text": "Graz lies on the Mur."}, {"title": "Wels", "text": "Wels lies on the Traun."}]


def call(arguments, name="weather"):
    return {"type": "function", "function": {"name": name, "arguments": arguments}}


SYSTEM = {"role": "system", "content": "Be brief."}
QUESTION = {"role": "user", "content": " How warm is it in Graz? "}
CALL_NULL = {"role": "assistant", "content": None, "tool_calls": [call({"town": "Graz", "days": 2})]}
CALL_ABSENT = {"role": "assistant", "tool_calls": [call({"town": "Graz"})]}
CALL_EMPTY = {"role": "assistant", "content": "", "tool_calls": [call({"town": "Graz"})]}
CALL_STRING = {"role": "assistant", "content": "I look.", "tool_calls": [call('{"town": "Graz"}')]}
ANSWER = {"role": "tool", "name": "weather", "content": "{\"celsius\": 21.5}"}
FINAL = {"role": "assistant", "content": "It is 21.5 degrees."}
PARTS = [{"role": "user", "content": [{"type": "text", "text": "How warm "}, {"type": "text", "text": " is it?"}]},
         {"role": "assistant", "content": [{"type": "text", "text": " Warm. "}]}]

ROWS = [
    {"messages": [SYSTEM, QUESTION, CALL_NULL, ANSWER, FINAL], "tools": [WEATHER, CLOCK]},
    {"messages": [QUESTION, CALL_NULL, ANSWER, FINAL], "tools": json.dumps([WEATHER, CLOCK])},
    {"messages": [QUESTION, CALL_ABSENT], "tools": [WEATHER]},
    {"messages": [QUESTION, CALL_EMPTY], "tools": [WEATHER]},
    {"messages": [QUESTION, CALL_STRING, ANSWER, FINAL], "tools": [WEATHER]},
    {"messages": [QUESTION, {**CALL_ABSENT, "tool_calls": [call({}, "clock"), call({"town": "Wels"})]}], "tools": [CLOCK, WEATHER]},
    {"messages": [SYSTEM, QUESTION, FINAL], "tools": []},
    {"messages": [SYSTEM, QUESTION, FINAL], "tools": None},
    {"messages": [SYSTEM, QUESTION, FINAL], "documents": DOCUMENTS},
    {"messages": [SYSTEM, QUESTION, FINAL], "tools": [CLOCK], "documents": DOCUMENTS,
     "chat_template_kwargs": {"tools_in_user_message": False, "enable_thinking": False}},
    {"messages": [SYSTEM, QUESTION, FINAL], "chat_template_kwargs": {"enable_thinking": None}},
    {"messages": [SYSTEM, QUESTION, FINAL], "chat_template_kwargs": {"bos_token": "<b>", "enable_thinking": False}},
    {"messages": PARTS},
]


def rendered(template, row):
    tools = row.get("tools")
    tools = json.loads(tools) if isinstance(tools, str) else tools
    kwargs = {"tools": tools, **row.get("chat_template_kwargs", {})}
    if "documents" in row:
        kwargs["documents"] = row["documents"]
    try:
        return {"text": TOKENIZER.apply_chat_template(row["messages"], chat_template=template, tokenize=False, **kwargs)}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


def joined(row):
    row = copy.deepcopy(row)
    for message in row["messages"]:
        message["content"] = "".join(part["text"] for part in message["content"])
    return row


def main():
    entries = []
    for file in sorted((FOLDER / "tools").glob("*.jinja")):
        template = file.read_text()
        for row in ROWS:
            entry = {"template": file.name, "row": row, **rendered(template, row)}
            if row["messages"] is PARTS:
                entry["joined"] = rendered(template, joined(row))["text"]
            entries.append(entry)
    lines = ",\n".join(json.dumps(entry) for entry in entries)
    (FOLDER / "tools.json").write_text(f"[\n{lines}\n]\n")
    print(f"{len(entries)} rows, {sum('error' in entry for entry in entries)} refused by transformers")


if __name__ == "__main__":
    main()
