#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints a JSON file for people: indented, long lists and long texts cut. show_json.py FILE"""
import json
import pathlib
import sys

MAX_ITEMS = 3
MAX_TEXT = 100


def shorten(value):
    if isinstance(value, dict):
        return {key: shorten(inner) for key, inner in value.items()}
    if isinstance(value, list):
        more = [f"... {len(value) - MAX_ITEMS} more"] if len(value) > MAX_ITEMS else []
        return [shorten(inner) for inner in value[:MAX_ITEMS]] + more
    if isinstance(value, str) and len(value) > MAX_TEXT:
        return f"{value[:MAX_TEXT]}... ({len(value)} characters)"
    return value


def main():
    value = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    print(json.dumps(shorten(value), indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
