#!/usr/bin/env python3
"""Writes NOTICE: every part that the program is linked with, its version, its licence, and each licence text once.

usage: make_notice.py            needs cargo's downloaded crates, .deps/ and the Debian packages of scripts/setup.sh
       make_notice.py --check    whether NOTICE names what Cargo.lock and setup.sh pin; needs none of these
"""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import textwrap

ROOT = pathlib.Path(__file__).resolve().parent.parent
NOTICE = ROOT / "NOTICE"
NOT_LINKED = "Cargo.lock also names what only builds, or other systems use; none of it is in the program:"
APACHE = "Apache-2.0"
LICENCE_FILE = re.compile(r"(?i)^(licen[cs]e|copying|notice)")
# Headers and libraries of the system: package, name, SPDX.
PACKAGES = [("nlohmann-json3-dev", "nlohmann_json", "MIT"), ("libcxxopts-dev", "cxxopts", "MIT"),
            ("libspdlog-dev", "spdlog", "MIT"), ("libfmt-dev", "fmt", "MIT")]
# Crates without a licence file, and the crate of the same authors and repository that has it.
SAME_TEXT = {"alloc-stdlib": "alloc-no-stdlib"}
# What LibTorch brings without a text of its licence.
IN_TORCH = [("oneMKL", "Intel Simplified Software License"),
            ("libgomp", "GPL-3.0-or-later WITH GCC-exception-3.1"),
            ("libgfortran", "GPL-3.0-or-later WITH GCC-exception-3.1")]
NVIDIA = ("proprietary, NVIDIA CUDA Toolkit EULA (https://docs.nvidia.com/cuda/eula/): downloaded by "
          "scripts/setup.sh, not part of laurel")
HEAD = f"""laurel, licensed under the Apache License 2.0 (LICENSE)

The program is linked with the parts of this table. Written by scripts/make_notice.py, and checked by
scripts/test.sh. Where a part may be used under one of several licences, laurel uses it under {APACHE} if that is one of
them, whose text is in LICENSE. All other texts are below, with the parts that they are of.

The C and C++ libraries of the system and of the compiler (glibc, libstdc++, libgcc) are linked as those have them.
"""


def pinned():
    """Part and version of what scripts/setup.sh downloads and the program loads."""
    setup = (ROOT / "scripts/setup.sh").read_text()
    version = {name: re.search(rf"^{name}=(\S+)$", setup, re.M).group(1)
               for name in ("TORCH_VERSION", "CUDA_RUNTIME_VERSION", "CUDA_CUPTI_VERSION")}
    return {"LibTorch": version["TORCH_VERSION"], "nvidia-cuda-runtime": version["CUDA_RUNTIME_VERSION"],
            "nvidia-cuda-cupti": version["CUDA_CUPTI_VERSION"]}


def locked():
    """Every package of Cargo.lock but laurel's own, as "name version"."""
    lock = (ROOT / "rust/Cargo.lock").read_text()
    found = re.findall(r'\[\[package\]\]\nname = "(.*)"\nversion = "(.*)"\nsource', lock)
    return {f"{name} {version}" for name, version in found}


def is_apache(text):
    """Whether a text is the Apache License alone, but for the name of an owner."""
    return "TERMS AND CONDITIONS FOR USE" in text and "apache.org/licenses" in text and len(text) < 11_700


class Texts:
    """Licence texts, each once, with the parts that they are of."""

    def __init__(self):
        self.users = {}  # text without its white space -> (text, parts)

    def add(self, text, part):
        text = text.replace("\r\n", "\n").replace("\f", "").strip("\n").rstrip()
        if is_apache(text) or "GNU GENERAL PUBLIC LICENSE" in text:  # the second of zstd's two, of which it has the first
            return
        parts = self.users.setdefault(" ".join(text.split()), (text, []))[1]
        if part not in parts:
            parts.append(part)


def licence_files(folder):
    """Of a crate and of the C sources in it."""
    return sorted(path for pattern in ("*", "*/*") for path in folder.glob(pattern)
                  if path.is_file() and LICENCE_FILE.match(path.name) and path.suffix not in (".rs", ".c", ".h"))


def linked_crates():
    """The packages in the static library of rust/: no build scripts, no macros."""
    cargo = shutil.which("cargo") or "cargo-web"
    told = subprocess.run([cargo, "metadata", "--locked", "--format-version", "1", "--filter-platform",
                           "x86_64-unknown-linux-gnu", "--manifest-path", ROOT / "rust/Cargo.toml"],
                          check=True, stdout=subprocess.PIPE)
    metadata = json.loads(told.stdout)
    packages = {package["id"]: package for package in metadata["packages"]}
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    linked, left = set(), [metadata["resolve"]["root"]]
    while left:
        here = left.pop()
        if here in linked:
            continue
        linked.add(here)
        for dependency in nodes[here]["deps"]:
            is_macro = any("proc-macro" in target["kind"] for target in packages[dependency["pkg"]]["targets"])
            if not is_macro and any(kind["kind"] is None for kind in dependency["dep_kinds"]):
                left.append(dependency["pkg"])
    linked.discard(metadata["resolve"]["root"])
    return sorted((packages[i] for i in linked), key=lambda package: (package["name"], package["version"]))


def add_crates(rows, texts):
    crates = linked_crates()
    folders = {crate["name"]: pathlib.Path(crate["manifest_path"]).parent for crate in crates}
    for crate in crates:
        name, folder = crate["name"], folders[SAME_TEXT.get(crate["name"], crate["name"])]
        licence = crate["license"].replace("/", " OR ").replace("  ", " ")
        rows.append((name, crate["version"], licence))
        files = licence_files(folder)
        if " OR " in licence and APACHE in licence:
            files = [path for path in files if path.name.upper().startswith("NOTICE")]
        elif not files and licence != APACHE:  # whose text is in LICENSE
            sys.exit(f"make_notice: found no licence file of {name} in {folder}, expected one or an entry in SAME_TEXT")
        if "Unlicense OR MIT" in licence:
            files = [folder / "LICENSE-MIT"]
        for path in files:
            texts.add(path.read_text(), name)


def debian_texts(package):
    """The copyright lines of what is not documentation, tests or packaging, and the licence after them."""
    stanzas = re.split(r"\n\n+", pathlib.Path(f"/usr/share/doc/{package}/copyright").read_text())
    field = re.compile(r"^(Files|Copyright|License):[ \t]*(.*(?:\n[ \t].*)*)", re.M)
    fields = [dict(field.findall(stanza)) for stanza in stanzas]
    bodies = {}
    for stanza in fields:
        name, _, body = stanza.get("License", "").partition("\n")
        if body:
            bodies[name] = re.sub(r"(?m)^ \.?", "", body)
    for stanza in fields:
        files = stanza.get("Files", "debian/")
        if not re.match(r"(debian|tests?|tools|docs?|support)/", files):
            owners = "\n".join(line.strip() for line in stanza["Copyright"].splitlines())
            yield f"Copyright {owners}\n\n{bodies[stanza['License'].partition(chr(10))[0]]}"


def add_packages(rows, texts):
    for package, name, licence in PACKAGES:
        told = subprocess.run(["dpkg-query", "-W", "-f=${Version}", package], check=True, stdout=subprocess.PIPE, text=True)
        version = re.sub(r"^\d+:|[+-].*", "", told.stdout)
        rows.append((name, version, f"{licence} (Debian's {package})"))
        for text in debian_texts(package):
            texts.add(text, name)


def add_torch(rows, texts):
    versions = pinned()
    folder = ROOT / f".deps/torch-{versions['LibTorch']}/torch-{versions['LibTorch']}.dist-info/licenses"
    if not folder.is_dir():
        sys.exit(f"make_notice: found no {folder}; run scripts/setup.sh")
    rows.append(("LibTorch", versions["LibTorch"], "BSD-3-Clause; parts of it as below"))
    texts.add((folder / "LICENSE").read_text(), "LibTorch")
    for path in sorted((folder / "third_party").rglob("*")):
        if path.is_file():
            parts = [part for part in path.relative_to(folder / "third_party").parts[:-1]
                     if part not in ("external", "third_party", "3rdparty")]
            texts.add(path.read_text(), "LibTorch: " + "/".join(parts))
    rows.extend((part, "LibTorch's", licence) for part, licence in IN_TORCH)
    for part in ("nvidia-cuda-runtime", "nvidia-cuda-cupti"):
        rows.append((part, versions[part], NVIDIA))


def write():
    rows, texts = [], Texts()
    add_torch(rows, texts)
    add_packages(rows, texts)
    rows.append(("Rust's standard library", "the compiler's", f"MIT OR {APACHE}"))
    libraries = len(rows)
    add_crates(rows, texts)
    others = sorted(locked() - {f"{name} {version}" for name, version, _ in rows[libraries:]})
    out = [HEAD, "| part | version | licence (SPDX) |", "|---|---|---|"]
    out += [f"| {name} | {version} | {licence} |" for name, version, licence in rows]
    out += ["", NOT_LINKED, *textwrap.wrap(", ".join(others) + ".", 100, break_on_hyphens=False), ""]
    for text, parts in texts.users.values():
        out += ["-" * 100, "Of " + ", ".join(parts), "-" * 100, "", text, ""]
    NOTICE.write_text("\n".join(line.rstrip() for line in "\n".join(out).splitlines()) + "\n")
    print(f"NOTICE: {len(rows)} parts, {len(texts.users)} texts, {NOTICE.stat().st_size} bytes")


def check():
    if not NOTICE.is_file():
        return ["there is no NOTICE"]
    text = NOTICE.read_text()
    rows = {f"{name} {version}" for name, version in re.findall(r"^\| (\S+) \| (\S+) \|", text, re.M)}
    others = text.partition(NOT_LINKED)[2].partition(".\n\n")[0]
    named = rows | set(" ".join(others.split()).split(", ") if others else [])
    wanted = {part: "rust/Cargo.lock" for part in locked()}
    wanted.update({f"{part} {version}": "scripts/setup.sh" for part, version in pinned().items()})
    wrong = [f"{where} has {part}, which NOTICE lacks" for part, where in sorted(wanted.items()) if part not in named]
    unpinned = {name for _, name, _ in PACKAGES} | {name for name, _ in IN_TORCH}
    wrong += [f"NOTICE has no row for {name}" for name in sorted(unpinned - {part.split()[0] for part in rows})]
    gone = sorted(part for part in named - set(wanted) if part.split()[0] not in unpinned | {"part"})
    return wrong + [f"NOTICE has {part}, which neither rust/Cargo.lock nor scripts/setup.sh has" for part in gone]


def main():
    if sys.argv[1:] == ["--check"]:
        wrong = check()
        for line in wrong:
            print(f"make_notice: {line}; run scripts/make_notice.py", file=sys.stderr)
        sys.exit(1 if wrong else 0)
    if sys.argv[1:]:
        sys.exit(f"make_notice: found {' '.join(sys.argv[1:])}, expected nothing or --check")
    write()


if __name__ == "__main__":
    main()
