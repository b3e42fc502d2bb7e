"""Reads a file as leaves: {tuple of names: value}, numbers as the text that stands in the file."""

import json
import struct


class Number(str):
    """A number by its digits: 1 and 1.0 differ, and so do -0.0 and 0.0."""


class Tensor:
    def __init__(self, dtype, shape, data):
        self.dtype, self.shape, self.data = dtype, shape, data

    def __eq__(self, other):
        return (isinstance(other, Tensor)
                and (self.dtype, self.shape, self.data) == (other.dtype, other.shape, other.data))

    def __str__(self):
        return f"{self.dtype}{self.shape} of {len(self.data)} bytes"


def shown(value):
    if isinstance(value, (Number, Tensor)):
        return str(value)
    return json.dumps(value, ensure_ascii=False)


def once(pairs):
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise ValueError(f"a key twice: {names}")
    return dict(pairs)


def parsed(text):
    return json.loads(text, parse_int=Number, parse_float=Number, parse_constant=Number, object_pairs_hook=once)


def leaves_of(value, names=()):
    if isinstance(value, dict) and value:
        return {at: leaf for name, inner in value.items() for at, leaf in leaves_of(inner, names + (name,)).items()}
    if isinstance(value, list) and value:
        return {at: leaf for i, inner in enumerate(value) for at, leaf in leaves_of(inner, names + (str(i),)).items()}
    return {names: value}


def tensors_of(data):
    """Of the bytes of a safetensors file: its metadata and tensors."""
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + length], object_pairs_hook=once)
    leaves = {("__metadata__", name): text for name, text in header.pop("__metadata__", {}).items()}
    begin = 8 + length
    for name, entry in header.items():
        first, end = entry["data_offsets"]
        leaves[tuple(name.split("."))] = Tensor(entry["dtype"], entry["shape"], data[begin + first:begin + end])
    covered = sum(entry["data_offsets"][1] - entry["data_offsets"][0] for entry in header.values())
    if begin + covered != len(data):
        raise ValueError(f"{len(data)} bytes, but header and tensors have {begin + covered}")
    return leaves
