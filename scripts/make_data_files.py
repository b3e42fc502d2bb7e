"""Makes tests/data/files/samples: the same rows in every kind of file that is read, and files that are not whole.

    make_data_files.py [FOLDER]        default tests/data/files/samples; needs pyarrow (the peer environment has it)

    rows.jsonl          what every other file says, a line each; nested.* hold the same
    rows.jsonl.gz, ...  .zst, .xz: two members, frames, streams
    nested.KIND.parquet messages in lists of structs; KIND is the compression; row groups of 3 rows
    nested.KIND.arrow   the same; batches of 3 rows, in a stream or, by compression, in a file
    pages.parquet       rows.jsonl's columns in small pages with checksums and without dictionaries, version 2
    long_list.parquet   a row whose list of three million numbers takes a few bytes
    long_text.parquet   a row whose list names a text of a megabyte a thousand times
    types.parquet       a column for every kind of value, with what it becomes in types.jsonl
"""

import datetime
import decimal
import gzip
import json
import lzma
import math
import pathlib
import sys

import pyarrow as pa
import pyarrow.parquet as pq

folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent / "tests/data/files/samples")
folder.mkdir(parents=True, exist_ok=True)

MESSAGE = pa.struct([("role", pa.string()), ("content", pa.string()), ("name", pa.string())])
SCHEMA = pa.schema([("prompt", pa.list_(MESSAGE)), ("chosen", pa.list_(MESSAGE)), ("rejected", pa.large_string()),
                    ("weight", pa.float32()), ("votes", pa.list_(pa.float64())), ("subset", pa.dictionary(pa.int8(), pa.string()))])


def message(role, content, name=None):
    return {"role": role, "content": content} | ({"name": name} if name else {})


def row(i):
    prompt = [message("user", f"w{i} \u00e4\u4e2d\U0001F600 \"\\\n", "Ada" if i % 3 == 0 else None)]
    if i % 2:
        prompt.insert(0, message("system", ""))
    votes = [None, [], [1.0, None, 0.25], None][i % 4]
    return {"prompt": prompt, "chosen": [message("assistant", f"w{i + 1}")], "rejected": f"w{i + 2}",
            "weight": 0.1 if i % 2 else None, "votes": votes, "subset": ["a", "b"][i % 2]}


rows = [row(i) for i in range(8)]
lines = [json.dumps(r, ensure_ascii=False) + "\n" for r in rows]


def halves():
    return ["".join(part).encode() for part in (lines[:4], lines[4:])]


def zstandard(data):
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as out:
        out.write(data)
    return sink.getvalue().to_pybytes()


(folder / "rows.jsonl").write_text("".join(lines))
(folder / "rows.jsonl.gz").write_bytes(b"".join(gzip.compress(part, mtime=0) for part in halves()))
(folder / "rows.jsonl.zst").write_bytes(b"".join(zstandard(part) for part in halves()))

(folder / "rows.jsonl.xz").write_bytes(b"".join(lzma.compress(part) for part in halves()))

table = pa.Table.from_pylist(rows, SCHEMA)
for kind in ("none", "snappy", "gzip", "zstd", "lz4", "brotli"):
    pq.write_table(table, folder / f"nested.{kind}.parquet", compression=kind, row_group_size=3, store_schema=False)
for kind in ("stream", "none", "lz4", "zstd"):
    options = pa.ipc.IpcWriteOptions(compression=None if kind in ("stream", "none") else kind, unify_dictionaries=True)
    make = pa.ipc.new_stream if kind == "stream" else pa.ipc.new_file
    with make(folder / f"nested.{kind}.arrow", SCHEMA, options=options) as out:
        out.write_table(table, 3)
pq.write_table(table, folder / "pages.parquet", compression="zstd", data_page_version="2.0", data_page_size=1,
               write_batch_size=2, use_dictionary=False, write_page_checksum=True, store_schema=False)

# name, type, value, what it becomes
UTC = datetime.timezone.utc
when = datetime.datetime(2024, 2, 29, 12, 30, 1, 250000, UTC)
TYPES = [
    ("bool", pa.bool_(), True, True),
    ("int8", pa.int8(), -128, -128),
    ("int16", pa.int16(), -300, -300),
    ("int32", pa.int32(), -70000, -70000),
    ("int64", pa.int64(), -2**63, -2**63),
    ("uint8", pa.uint8(), 255, 255),
    ("uint32", pa.uint32(), 2**32 - 1, 2**32 - 1),
    ("uint64", pa.uint64(), 2**64 - 1, 2**64 - 1),
    ("float16", pa.float16(), 0.5, 0.5),
    ("float32", pa.float32(), 0.1, 0.1),
    ("float64", pa.float64(), 1e-300, 1e-300),
    ("nan", pa.float64(), math.nan, None),
    ("infinity", pa.float32(), -math.inf, "-Infinity"),
    ("string", pa.string(), "\u00e4\u0001\u2028", "\u00e4\u0001\u2028"),
    ("binary", pa.binary(), b"\xff\x00", {"binary_bytes": 2}),
    ("text_as_binary", pa.binary(), "\u00e4".encode(), "\u00e4"),
    ("uuid", pa.binary(16), b"\xff123456789abcdef", {"binary_bytes": 16}),
    ("decimal", pa.decimal128(10, 2), decimal.Decimal("-3.50"), -3.5),
    ("small_decimal", pa.decimal128(3, 3), decimal.Decimal("0.007"), 0.007),
    ("date", pa.date32(), when.date(), "2024-02-29"),
    ("milliseconds", pa.timestamp("ms", "UTC"), when, "2024-02-29 12:30:01.250 +00:00"),
    ("microseconds", pa.timestamp("us", "UTC"), when, "2024-02-29 12:30:01.250000 +00:00"),
    ("time", pa.time64("us"), datetime.time(1, 2, 3, 4), "01:02:03.000004"),
    ("nothing", pa.null(), None, None),
    ("lists", pa.list_(pa.list_(pa.int32())), [[1, None], [], None], [[1, None], [], None]),
    ("empty_list", pa.list_(pa.string()), [], []),
    ("no_list", pa.list_(pa.string()), None, None),
    ("map", pa.map_(pa.string(), pa.int32()), [("b", 2), ("a", None)], {"b": 2, "a": None}),
    ("struct", pa.struct([("a", pa.struct([("b", pa.int32()), ("c", pa.string())])), ("d", pa.list_(pa.int32()))]),
     {"a": {"b": 1, "c": None}, "d": None}, {"a": {"b": 1}}),
    ("structs", pa.list_(pa.struct([("a", pa.list_(pa.struct([("b", pa.int32())])))])),
     [{"a": [{"b": 1}, {"b": None}]}, {"a": []}, {"a": None}, None],
     [{"a": [{"b": 1}, {}]}, {"a": []}, {}, None]),
]
schema = pa.schema([(name, kind) for name, kind, _, _ in TYPES])
pq.write_table(pa.Table.from_pylist([{name: value for name, _, value, _ in TYPES}] * 2, schema),
               folder / "types.parquet", store_schema=False)
with pa.ipc.new_stream(folder / "types.arrow", schema) as out:
    out.write_table(pa.Table.from_pylist([{name: value for name, _, value, _ in TYPES}] * 2, schema))
line = json.dumps({name: expected for name, _, _, expected in TYPES}, ensure_ascii=False) + "\n"
(folder / "types.jsonl").write_text(line * 2)

SMALL = dict(compression="zstd", store_schema=False, write_statistics=False)
zeros = pa.array([[], [0] * 3_000_000], pa.list_(pa.int32()))
pq.write_table(pa.table({"response": ["a", "b"], "numbers": zeros}), folder / "long_list.parquet", **SMALL)
texts = pa.array([["a" * 1_000_000] * 1000], pa.list_(pa.string()))
pq.write_table(pa.table({"responses": texts}), folder / "long_text.parquet", dictionary_pagesize_limit=1 << 22, **SMALL)
