"""Writes tests/golden/text/template_probes.json: what transformers renders of small chat templates.

Run in the peer environment: python scripts/make_golden_templates.py
Each probe is a template and messages on which another engine than Jinja's, or other rules than Python's,
could differ. "error": transformers refuses it too.
"""

import json
import pathlib

from transformers import AutoTokenizer

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "tests" / "golden" / "text"
TOKENIZER = AutoTokenizer.from_pretrained(FOLDER / "header")

LINES = "a\nb\r\nc\rd\x0be\x0cf\x1cg\x1dh\x1ei\x85j\u2028k\u2029l\n"
ODD = "\u200b\u200c\u200d\u200e\u202e\u2060\ufeff\u00ad\u0378\ue000\U000e0001\U000f0000\u2028\u3000\u00a0 é中😀\U0001f468\u200d\U0001f469"


def user(content, **fields):
    return [{"role": "user", "content": content, **fields}]


ORDERED = [{"content": "q", "role": "user"}, {"name": "n", "content": "a", "role": "assistant", "z": 1, "b": None}]
CALLS = user("q") + [{"role": "assistant", "content": "a", "tool_calls": [
    {"type": "function", "function": {"name": "f", "arguments": {"x": ODD, "n": [1, 2.5, True, None]}}}]}]
BIG = 123456789012345678901234567890

# Printed for each message m.
PRINTED = {
    "key_order": [("m | tojson", ORDERED), ("m.items() | list", ORDERED), ("m.keys() | list", ORDERED),
                  ("m", ORDERED), ("m | list", ORDERED), ("m.values() | list", ORDERED), ("m | dictsort", ORDERED),
                  ("m | tojson(indent=2)", ORDERED), ("m | first", ORDERED), ("m | length", ORDERED)],
    "repr": [("[m.content]", user(ODD)), ("m", CALLS), ("m.tool_calls | tojson", CALLS), ("m.tool_calls", CALLS),
             ("[m.content]", user("'\"")), ("[m.content]", user("\x00\x07\x1b\x7f\x85\xa0\xad")),
             ("[m.content]", user("\u0600\u061c\u070f\u180e\u2000\u2001\u200f\u202f\u205f\u2064\u206f\ufff9\ufffe\uffff")),
             ("[m.content]", user("\U000110bd\U0001bca0\U0001d173\U000e007f\U0010ffff\U00030000\u0380")),
             ("[m.content] | string", user("\u200b")), ("'' ~ [m.content]", user("\u200b")),
             ("[m.content] | join(', ')", user("\u200b")), ("'%r' % m.content", user("\u200b")),
             ("'%s' % [m.content]", user("\u200b'"))],
    "splitlines": [("m.content.splitlines()", user(LINES)), ("m.content.splitlines(true)", user(LINES)),
                   ("m.content.splitlines(keepends=True) | length", user(LINES)), ("m.content.splitlines()", user("")),
                   ("m.content.splitlines()", user("\n\n")), ("m.content.splitlines() | join('|')", user(LINES))],
    "indent": [("m.content | indent(2)", user(LINES)), ("m.content | indent(2, true)", user(LINES)),
               ("m.content | indent(2, blank=true)", user("a\n\nb\r\n\r\nc\n")), ("m.content | indent", user("a\n\nb")),
               ("m.content | indent('> ')", user("a\n\nb\n")), ("m.content | indent(0)", user("a\r\nb")),
               ("m.content | indent(width=3, first=True, blank=True)", user("\n a\n"))],
    "integers": [("m.n", user("", n=BIG)), ("m.n | tojson", user("", n=BIG)), ("m", user("", n=[BIG, -BIG])),
                 ("m.n + 1", user("", n=9223372036854775807)), ("m.n * m.n", user("", n=9223372036854775807)),
                 ("m.n", user("", n=18446744073709551615)), ("m.n + 1", user("", n=18446744073709551615)),
                 ("m.n == 123456789012345678901234567890", user("", n=BIG)), ("m.n is number", user("", n=BIG)),
                 ("m.n is integer", user("", n=BIG)), ("2 ** 70", user("")), ("-7 // 2", user("")),
                 ("-7 % 3", user("")), ("7 / 2", user("")), ("m.n > 5", user("", n=BIG)),
                 ("m.n | string | length", user("", n=BIG)), ("m.n", user("", n=-9223372036854775808)),
                 ("m.n", user("", n=-9223372036854775809)), ("m.n | abs", user("", n=-9223372036854775808)),
                 ("m.n ~ ''", user("", n=BIG)), ("2 ** 3", user("")), ("2 ** -1", user("")), ("7 % -3", user("")),
                 ("10 ** 20", user("")), ("9223372036854775807 + 1", user("")),
                 ("123456789012345678901234567890", user("")), ("m.n % 10", user("", n=BIG)),
                 ("m.n - 1", user("", n=BIG)), ("-m.n", user("", n=BIG)), ("m.n // 7", user("", n=BIG)),
                 ("m.n is odd", user("", n=BIG)), ("m.n | int", user("", n=BIG)), ("m.n in [1]", user("", n=BIG))],
    "floats": [("m.n", user("", n=n)) for n in (1.0, 1e16, 1e-5, -0.0, 0.1, 1e22, 123456789.123456789, 1e100)]
    + [("m.n | tojson", user("", n=1e16)), ("m.n | round(2)", user("", n=2.675)), ("m.n | round", user("", n=2.5)),
       ("m.n | int", user("", n=2.7)), ("m.n | round(1, 'floor')", user("", n=2.79)), ("0.1 + 0.2", user("")),
       ("m.n | float", user("", n="1e3")), ("m.n | float", user("", n="x")), ("1 / 3", user("")),
       ("m.n | string", user("", n=1e-7)), ("m.n == 2", user("", n=2.0)), ("m.n // 1", user("", n=2.5))],
    "defined": [("m.content.strip is defined", user("x")), ("m.content.nothing is defined", user("x")),
                ("m.items is defined", user("x")), ("m.content is defined", user("x")), ("m.x is defined", user("x")),
                ("m.get is defined", user("x")), ("m['strip'] is defined", user("x")), ("[].append is defined", user("x")),
                ("m.content.upper is callable", user("x")), ("m.content.strip is undefined", user("x")),
                ("m.content.strip is none", user("x")), ("(m.content.strip is defined) and m.content.strip()", user(" x ")),
                ("1 if m.content.split else 2", user("x")), ("m.content.items is defined", user("x")),
                ("m.content['strip'] is defined", user("x")), ("m.keys is defined", user("x")),
                ("m.content.items is undefined", user("x")), ("m.content.startswith is defined", user("x"))],
    "tuples": [("(m.role, m.content)", user("x")), ("(1,)", user("")), ("()", user("")), ("(1, 2) | tojson", user("")),
               ("[(1, 2), [3]]", user("")), ("(1, 2) == [1, 2]", user("")), ("[] == ()", user("")),
               ("(1, 2) == (1, 2)", user("")), ("(1, 2) + (3,)", user("")), ("m.items() | list | string", user("x")),
               ("m.items() | first", user("x")), ("(1, 2) is sequence", user("")), ("(1, 2)[0]", user("")),
               ("'%s %s' % (1, 'b')", user("")), ("(1, 2) | list", user("")), ("(1, 2) | join('-')", user("")),
               ("m | dictsort | first", user("x")), ("(3, 1) | sort", user("")), ("(1, 2)[:1]", user("")),
               ("'a b'.partition(' ')", user("")), ("'a b'.rpartition(' ')", user("")), ("(1, 2) | string", user("")),
               ("'' ~ (1, 2)", user("")), ("(1, 2) * 2", user("")), ("(1, 2) | length", user("")), ("1 in (1, 2)", user("")),
               ("'abc'.startswith(('x', 'a'))", user("")), ("((1, 2), 3)", user("")), ("[1, 2] | batch(1) | list", user(""))],
    "truth": [("1 == true", user("")), ("true == 1", user("")), ("0 == false", user("")), ("1 == 1.0", user("")),
              ("true + 1", user("")), ("'1' == 1", user("")), ("none == false", user("")), ("[true] == [1]", user("")),
              ("1 in [true]", user("")), ("true is number", user("")), ("true is integer", user("")),
              ("true is boolean", user("")), ("[1, true] | unique | list", user("")), ("{1: 'a'}[true]", user("")),
              ("true < 2", user("")), ("m.x == none", user("")), ("true | int", user("")), ("true | string", user("")),
              ("2 == true", user("")), ("true == 1.0", user("")), ("1 != true", user("")), ("m == m", user(""))],
    "strings": [("m.content.casefold()", user("Straße ΑΣ ﬁ İ")), ("m.content | upper", user("straße ﬁ")),
                ("m.content.upper()", user("straße ŉ")), ("m.content.lower()", user("ΑΣ İ")), ("m.content | lower", user("ΑΣ")),
                ("m.content | capitalize", user("ßA bC ﬁX")), ("m.content.capitalize()", user("ǆA ﬁX")),
                ("m.content | title", user("it's a-b ßc ǆd")), ("m.content.title()", user("it's a-b ßc ǆd")),
                ("m.content.swapcase()", user("aBß")), ("m.content | int", user("1_0")), ("m.content | int", user("\uff11\uff12")),
                ("m.content | int", user(" 42 ")), ("m.content | int", user("1e3")), ("m.content | int", user("-0x1")),
                ("m.content | int(base=16)", user("ff")), ("m.content | int(7)", user("x")), ("m.content | int", user("12.9")),
                ("m.content | int", user("99999999999999999999")), ("m.content | int", user("\u0663")), ("m.content | float", user("1_0.5")),
                ("m.content.isdigit()", user("\u0663²")), ("m.content.isnumeric()", user("½")), ("m.content.isalpha()", user("é中")),
                ("m.content.isdecimal()", user("²")), ("m.content.isalnum()", user("a1")), ("m.content.isspace()", user("\x1c\u2028")),
                ("m.content.isupper()", user("AB1")), ("m.content.islower()", user("ab1")), ("m.content.istitle()", user("Ab")),
                ("m.content.zfill(5)", user("-1")), ("m.content.center(7, '*')", user("ab")), ("m.content.ljust(4) ~ '|'", user("ab")),
                ("m.content.rjust(4)", user("ab")), ("m.content | center(7)", user("ab")), ("m.content.replace('a', 'b', 1)", user("aa")),
                ("m.content | replace('a', 'b')", user("aa")), ("m.content.find('b')", user("éb")), ("m.content.count('a')", user("aaa")),
                ("m.content.index('b')", user("éb")), ("m.content.rfind('b')", user("bb")), ("m.content.expandtabs(4)", user("a\tb")),
                ("m.content | wordcount", user("a b-c é")), ("m.content | truncate(5)", user("hello world foo")), ("m.content | trim", user("\x1c x \u3000")),
                ("m.content.strip('x')", user("xax")), ("m.content.split()", user(" a\u3000b\x1cc ")), ("m.content.split(',')", user("a,,b")),
                ("m.content.split(None, 1)", user(" a b c ")), ("m.content.rsplit(' ', 1)", user("a b c")), ("m.content[::-1]", user("aé😀")),
                ("m.content[1:3]", user("aé😀x")), ("m.content[-1]", user("aé😀")), ("m.content | length", user("é😀")),
                ("m.content | reverse", user("aé")), ("m.content | list", user("aé")), ("m.content | first", user("éa")),
                ("m.content | last", user("éa")), ("m.content * 2", user("ab")), ("m.content | e", user("<&'\">")), ("m.content | urlencode", user("a b/é")),
                ("m.content | striptags", user("<b>a</b> c")), ("m.content | wordwrap(5)", user("hello world")), ("'%05.1f|%x|%5s' % (2.25, 255, 'a')", user("")),
                ("'{:>5}|{!r}|{}'.format(1, 'a', none)", user("")), ("m.content | format('x')", user("%s!")), ("m.content.join(['a', 'b'])", user("-")),
                ("m.content.translate({97: 'b'})", user("a")), ("m.content.encode()", user("a")), ("m.content | string", user("a")),
                ("m.content.removeprefix('a')", user("ab")), ("m.content.isidentifier()", user("a1")), ("m.content | safe", user("<")),
                ("m.content.endswith('b')", user("ab")), ("m.content > 'a'", user("b")), ("'a' in m.content", user("ba")), ("m.content.isascii()", user("é")),
                ("m.content.isprintable()", user("\u200b"))],
    "values": [("none", user("")), ("m.x", user("")), ("[none, true, 1.0, 'a']", user("")), ("{'a': none, 'b': [1]}", user("")),
               ("m.x.y", user("")), ("m.x ~ 'a'", user("")), ("[m.x]", user("")), ("m.x | default('d')", user("")),
               ("m.n | default('d', true)", user("", n="")), ("dict(a=1, b='x')", user("")), ("range(3)", user("")), ("range(3) | list", user("")),
               ("range(5, 0, -2) | list", user("")), ("[3, 1, 2] | sort(reverse=true)", user("")), ("['b', 'A'] | sort", user("")),
               ("[1, 2] | sum", user("")), ("[1.5, 2] | sum", user("")), ("[3, 1] | min", user("")), ("[] | max", user("")), ("[1, 2, 3][::2]", user("")),
               ("[[1, 2], [3]] | map('length') | list", user("")), ("messages | map(attribute='role') | list", user("")),
               ("messages | selectattr('role', 'equalto', 'user') | list | length", user("")), ("messages | groupby('role')", user("x")),
               ("messages | rejectattr('x', 'defined') | list | length", user("")), ("{'b': 1, 'a': 2} | dictsort", user("")), ("[1, 2] + [3]", user("")),
               ("[1] * 3", user("")), ("{'a': 1}.get('b', 2)", user("")), ("{'a': 1}.get('b')", user("")), ("{'a': 1} | length", user("")), ("'a' in {'a': 1}", user("")),
               ("[1, [2, 'x']] | tojson", user("")), ("'<é>' | tojson", user("")), ("{'é': 1.0} | tojson(ensure_ascii=true)", user("")),
               ("none | tojson", user("")), ("{2: 1, none: 2} | tojson", user("")), ("{'b': 1, 'a': 2} | tojson(sort_keys=true)", user("")), ("m | items | list", user("x")),
               ("[1, 2] | first", user("")), ("[] | first", user("")), ("m is mapping", user("")), ("[] is iterable", user("")), ("'a' is string", user("")),
               ("{1: 2, 'a': 3}", user("")), ("1 if true", user("")), ("1 if false", user("")), ("not 1", user("")), ("1 and 2", user("")), ("0 or 'x'", user("")),
               ("[1, 2, 3] | batch(2) | list", user("")), ("[1, 2, 3] | slice(2) | list", user("")), ("['a', 'A'] | unique | list", user("")), ("[1, 2] | last", user("")),
               ("[1, 2].index(2)", user("")), ("[1, 1].count(1)", user("")), ("[1].append(2)", user("")), ("{'a': 1}.items()", user("")), ("{'a': 1}.keys()", user("")),
               ("{'a': 1}.values()", user("")), ("m.pop('role')", user("")), ("m.update({})", user("")), ("[1, 2] | pprint", user("")), ("m | attr('role')", user("")), ("1 | filesizeformat", user("")),
               ("m | xmlattr", user("")), ("[1, 2] | map('string') | join", user("")), ("[[1, 'a']] | join", user("")), ("m.content is eq('x')", user("x")), ("3 is divisibleby(3)", user("")),
               ("3 is odd", user("")), ("'A' is upper", user("")), ("m.content is in(['x'])", user("x")), ("none is none", user("")), ("m is sameas(m)", user("")), ("'upper' is filter", user("")),
               ("1.5 is float", user("")), ("1 is integer", user("")), ("[1, 2] | string", user("")), ("cycler('a', 'b').next()", user("")), ("namespace(a=1).a", user("")),
               ("m.content.__class__", user("x")), ("m._x", user("x", _x=1)), ("[1, 2, 3][1:]", user("")), ("[0][5]", user("")), ("m['role']", user("")), ("messages[-1].role", user("")), ("messages[5]", user(""))],
}

# Whole templates.
WHOLE = [
    ("{% autoescape true %}{{ messages[0].content }}{% endautoescape %}", user("<&")),
    ("{% for m in messages %}{{ loop.index }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.revindex0 }}{% endfor %}", user("x") + user("y")),
    ("{% for m in messages %}{{ loop.cycle('a', 'b') }}{{ loop.changed(m.role) }}{{ loop.previtem is defined }}{% endfor %}", user("x") + user("y")),
    ("{% for k, v in messages[0].items() %}{{ k }}={{ v }};{% endfor %}", ORDERED),
    ("{% for k in messages[0] %}{{ k }};{% endfor %}", ORDERED),
    ("{% macro f(a, b='x') %}<{{ a }}{{ b }}>{% endmacro %}{{ f(1) }}{{ f(1, b=2) }}", user("")),
    ("{% set ns = namespace(n=0) %}{% for m in messages %}{% set ns.n = ns.n + 1 %}{% endfor %}{{ ns.n }}", user("x") + user("y")),
    ("{% set x %}a{{ 1 }}{% endset %}{{ x | upper }}", user("")),
    ("{% filter upper %}abc{% endfilter %}", user("")),
    ("{% for m in messages if m.content == 'y' %}{{ m.content }}{% else %}none{% endfor %}", user("x") + user("y")),
    ("{% for m in messages %}{% if loop.index > 1 %}{% break %}{% endif %}{{ m.content }}{% endfor %}", user("x") + user("y")),
    ("{% for m in messages %}{% if loop.index < 2 %}{% continue %}{% endif %}{{ m.content }}{% endfor %}", user("x") + user("y")),
    ("{%- if true -%} a {%- endif -%} b", user("")), ("  {% if true %}  \n a\n  {% endif %}\n b", user("")),
    ("{# c #}\n a {#- d -#} b", user("")), ("{% raw %}{{ x }}{% endraw %}", user("")), ("a\n\n", user("")), ("{{ 'a\\nb\\u00e9\\x41' }}", user("")),
    ("{{ raise_exception('no ' ~ 1) }}", user("")), ("{% set a, b = (1, 2) %}{{ a }}{{ b }}", user("")), ("{% for a, b in [(1, 2), [3, 4]] %}{{ a }}{{ b }}{% endfor %}", user("")),
    ("{% with a = 1 %}{{ a }}{% endwith %}", user("")), ("{% call(x) f() %}{% endcall %}", user("")), ("{% do [].append(1) %}", user("")), ("{{ unknown() }}", user("")), ("{{ messages | nofilter }}", user("")),
    ("{% macro f() %}{{ caller() }}{% endmacro %}{% call f() %}x{% endcall %}", user("")), ("{% for m in messages recursive %}{{ m.content }}{% endfor %}", user("x")), ("{% set x = 1 %}{% for m in messages %}{% set x = 2 %}{% endfor %}{{ x }}", user("x")),
    ("{% include 'x' %}", user("")), ("{% generation %}a{% endgeneration %}", user("")), ("{{ messages[0].content.strip() if messages[0].content.strip is defined else '?' }}", user(" a ")), ("{% for l in messages[0].content.splitlines() %}> {{ l }}\n{% endfor %}", user(LINES)),
    ("{{ messages }}", ORDERED + CALLS), ("{{ messages | tojson }}", ORDERED + CALLS), ("{{ messages | tojson(indent=4) }}", CALLS), ("{{ tools is none }}{{ documents is none }}{{ add_generation_prompt }}", user("")),
    ("{{ messages[0].content is string and messages[0].n is not mapping }}", user("x", n=1)), ("{{ (messages | last).content }}", user("x") + user("y")), ("{{ messages[1:] | length }}{{ messages[::-1][0].content }}", user("x") + user("y")),
    ("{{ '\u200b' }}{{ ['\u200b'] }}", user("")), ("{{ messages[0]['tool_calls'][0]['function']['arguments'] | items | list }}", CALLS[1:]), ("{{ 1_000 }}{{ 0x1f }}{{ 0b11 }}{{ 1e3 }}{{ 1.5e-7 }}", user("")), ("{{ \"a\" 'b' }}", user("")),
]


def rendered(template, messages):
    try:
        text = TOKENIZER.apply_chat_template(messages, chat_template=template, tokenize=False)
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}
    return {"text": text}


def main():
    probes = []
    for kind, list_of in PRINTED.items():
        for expression, messages in list_of:
            template = "{% for m in messages %}{{ " + expression + " }}\n{% endfor %}"
            probes.append({"kind": kind, "template": template, "messages": messages, **rendered(template, messages)})
    for template, messages in WHOLE:
        probes.append({"kind": "whole", "template": template, "messages": messages, **rendered(template, messages)})
    # ASCII, so that what cannot be seen can be read; one probe a line.
    lines = ",\n".join(json.dumps(probe) for probe in probes)
    (FOLDER / "template_probes.json").write_text(f"[\n{lines}\n]\n")
    print(f"{len(probes)} probes, {sum('error' in probe for probe in probes)} refused by transformers")


if __name__ == "__main__":
    main()
