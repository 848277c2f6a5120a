#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks words that must not stand in the tree, SPDX lines, lengths of files, links, and the list of docs/formats.

    check_text.py [--root DIR]             exit code 1 on any finding, and when there was nothing to check
    check_text.py [--root DIR] --list EXT  prints the files with these endings instead
"""
import argparse
import pathlib
import re
import subprocess
import sys

from check_rooms import source_tree

MAX_LINES = 400
CODE = (".h", ".cc")
SCRIPTS = (".py", ".sh")
LINK = re.compile(r"\]\(([^)\s]+)\)")

# What is searched, in which files, except where, and what to write instead. Split so that this file passes itself.
WORDS = [
    (re.compile(r"\bmem" r"cmp\b"), lambda p: p.endswith(CODE), {"crypto/bytes.h"},
     "compares in variable time: SecretEquals for secrets, PublicEquals for the rest"),
    (re.compile(r"\b(?:TO" r"DO|FIX" r"ME|X" r"XX)\b"), lambda p: True, set(),
     "is an unfinished mark: finish it or open a ticket"),
    (re.compile(r"(?<![\w.}])/(?:work|root|farm)/"), lambda p: True, set(),
     "is a path of one machine: use a path relative to the tree"),
    (re.compile(r"(?<![\"'`])\b(?:immutable|compliant)\b", re.IGNORECASE), lambda p: p.endswith(".md"), set(),
     "claims too much: tamper-evident; which rule is followed and how to check it"),
]


def hidden_but_ours(root):
    """Files of the folders that source_tree leaves out and that belong to the tree."""
    return [p.relative_to(root).as_posix() for p in sorted((root / ".ci").glob("*")) if p.is_file()]


def files_of(root):
    """Every text file of the tree: as git lists them where it can, else all that is not build output."""
    git = ["git", "-c", "safe.directory=*", "-C", str(root)]
    if (root / ".git").exists():
        listed = subprocess.run([*git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                                capture_output=True, check=True).stdout.decode()
        paths = sorted(set(p for p in listed.split("\0") if p and (root / p).is_file()))
    else:
        paths = [(folder / name).as_posix() for folder, _, files in source_tree(root) for name in files]
        paths += hidden_but_ours(root)
    return [p for p in paths if p != "LICENSE"]


def is_script(path, text):
    return path.endswith(SCRIPTS) or text.startswith("#!")


def check_words(path, text):
    for pattern, applies, exempt, advice in WORDS:
        if not applies(path) or path in exempt:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            for match in pattern.finditer(line):
                yield f"{path}:{number}: '{match.group(0)}' {advice}"


def check_shape(path, text):
    lines = text.splitlines()
    if path.endswith(CODE) or is_script(path, text):
        if not any("SPDX-License-Identifier: Apache-2.0" in line for line in lines[:2]):
            yield f"{path}:1: lacks the line SPDX-License-Identifier: Apache-2.0"
        if len(lines) > MAX_LINES and not path.startswith("tests/"):
            yield f"{path}: has {len(lines)} lines, more than {MAX_LINES}: split it by noun"


def check_links(root, path, text):
    if not path.endswith(".md"):
        return
    for number, line in enumerate(text.splitlines(), 1):
        for target in LINK.findall(line):
            target = target.split("#")[0]
            if target and ":" not in target and not (root / path).parent.joinpath(target).exists():
                yield f"{path}:{number}: links to {target}, which does not exist"


def check_listed(root):
    """The first page of the formats names every other one: a page that nobody finds is read by nobody."""
    pages = root / "docs/formats"
    index = pages / "README.md"
    listed = set(LINK.findall(index.read_text(encoding="utf-8"))) if index.is_file() else set()
    for page in sorted(pages.glob("*.md")):
        if page != index and page.name not in listed:
            yield f"docs/formats/README.md: does not list {page.name}"


def check(root):
    """Returns (files checked, findings)."""
    findings, checked = [], 0
    for path in files_of(root):
        try:
            text = (root / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        checked += 1
        findings += check_words(path, text)
        findings += check_shape(path, text)
        findings += check_links(root, path, text)
    findings += check_listed(root)
    if checked == 0:
        findings.append(f"{root}: nothing to check: no text file")
    return checked, findings


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parents[2])
    parser.add_argument("--list", nargs="+", metavar="EXT", help="print the files with these endings")
    args = parser.parse_args()
    if args.list:
        print("\n".join(p for p in files_of(args.root) if p.endswith(tuple(args.list))))
        return 0
    checked, findings = check(args.root)
    print("\n".join(findings + [f"text: {checked} files, {len(findings)} findings"]))
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
