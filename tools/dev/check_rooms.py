#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the order of the rooms and the fences around libraries, as tools/dev/rooms.json lists them.

    check_rooms.py [--root DIR]

A file may include its own room and the rooms left of it. A test in tests/ROOM may include what ROOM may, and the
tests of rooms left of it. A library's headers appear only in the files that rooms.json names. Exit code 1 on any
finding, and when there was nothing to check.
"""
import argparse
import fnmatch
import json
import os
import pathlib
import re
import sys

INCLUDE = re.compile(r"^\s*#\s*include\s*(.*?)\s*(//.*)?$")
QUOTED = re.compile(r'^([<"])([^<>"]+)[>"]')
SKIPPED_FOLDERS = re.compile(r"^(\..*|build(-.*)?|demo-home.*|__pycache__)$")


def source_tree(root):
    """Yields (folder, subfolders, files), paths relative to root, without build output and hidden folders."""
    for folder, subfolders, files in os.walk(root):
        subfolders[:] = sorted(s for s in subfolders if not SKIPPED_FOLDERS.match(s))
        yield pathlib.Path(folder).relative_to(root), subfolders, sorted(files)


class Checker:
    def __init__(self, root, plan):
        self.root, self.plan = root, plan
        self.rank = {room: n for n, room in enumerate(plan["rooms"])}
        self.by_name = {room.split("/")[-1]: room for room in plan["rooms"]}
        self.findings = []
        self.files = self.includes = 0

    def report(self, where, text):
        self.findings.append(f"{where}: {text}")

    def room_of(self, path):
        """The room of a path of the tree, or None."""
        parts = path.split("/")
        if parts[0] == "tests":
            return self.by_name.get(parts[1]) if len(parts) > 2 else self.plan["rooms"][0]
        folder = "/".join(parts[:-1])
        return folder if folder in self.rank else None

    def check_include(self, path, line, target):
        where, room = f"{path}:{line}", self.room_of(path)
        own = target.split("/")[0] in {r.split("/")[0] for r in self.rank} | {"tests"}
        if (self.root / target).is_file():
            self.check_own(where, path, room, target)
        elif own:
            self.report(where, f"includes {target}, which does not exist")
        else:
            self.check_library(where, path, target)

    def check_own(self, where, path, room, target):
        other = self.room_of(target)
        in_tests = path.startswith("tests/")
        if target.startswith("tests/") and not in_tests:
            self.report(where, f"includes {target}: the product does not include tests")
        elif other is None and not (in_tests and (room is None or target.startswith("tests/doubles/"))):
            self.report(where, f"includes {target}, which lies in no room")
        elif room is not None and other is not None and self.rank[other] > self.rank[room]:
            self.report(where, f"includes {target}: {other} is right of {room}. Declare an interface in {room} instead")

    def check_library(self, where, path, target):
        for library in self.plan["libraries"]:
            if re.fullmatch(library["header"], target):
                if not any(fnmatch.fnmatch(path, pattern) for pattern in library["only"]):
                    allowed = ", ".join(library["only"])
                    self.report(where, f"includes {target}: {library['name']} is allowed only in {allowed}")
                return
        if not any(re.fullmatch(pattern, target) for pattern in self.plan["system_headers"]):
            self.report(where, f"includes {target}: not from the root of the tree, and no library of rooms.json")

    def check_file(self, path):
        self.files += 1
        folder = path.split("/")[1] if path.startswith("tests/") and path.count("/") > 1 else ""
        if self.room_of(path) is None and folder not in self.plan["test_folders_without_room"]:
            self.report(path, "lies in no room of rooms.json")
            return
        for number, line in enumerate((self.root / path).read_text(encoding="utf-8").splitlines(), 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            self.includes += 1
            quoted = QUOTED.match(match.group(1))
            if not quoted:
                self.report(f"{path}:{number}", "includes something that is not a plain file name")
            else:
                self.check_include(path, number, quoted.group(2))

    def check_folders(self):
        for folder, subfolders, files in source_tree(self.root):
            for name in subfolders:
                if name in self.plan["forbidden_folders"]:
                    self.report(folder / name, "is a folder without a noun of the design; give its files a room")
            for name in files:
                if name.endswith((".h", ".cc")):
                    self.check_file((folder / name).as_posix())

    def check_rooms(self):
        for room in self.plan["rooms"]:
            readme, tests = self.root / room / "README.md", self.root / "tests" / room.split("/")[-1]
            if not any((self.root / room).glob("*.cc")):
                self.report(room, "has no source file")
            if not readme.is_file() or not readme.read_text(encoding="utf-8").strip():
                self.report(room, "has no README.md that says what lives here")
            if not any(tests.glob("*_test.cc")):
                self.report(room, f"has no test: tests/{tests.name}/*_test.cc")


def check(root):
    """Returns a Checker after its work."""
    plan = json.loads((root / "tools/dev/rooms.json").read_text(encoding="utf-8"))
    checker = Checker(root, plan)
    checker.check_folders()
    checker.check_rooms()
    if checker.files == 0 or checker.includes == 0:
        checker.report(root, "nothing to check: no source file with an include")
    return checker


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parents[2])
    checker = check(parser.parse_args().root)
    for finding in checker.findings:
        print(finding)
    print(f"rooms: {checker.files} files, {checker.includes} includes, {len(checker.findings)} findings")
    return 1 if checker.findings else 0


if __name__ == "__main__":
    sys.exit(main())
