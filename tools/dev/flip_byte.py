#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Copies a file and flips the lowest bit of one byte of the copy: flip_byte.py FILE COPY [OFFSET] (the middle)."""
import pathlib
import sys


def main():
    source, copy = map(pathlib.Path, sys.argv[1:3])
    data = bytearray(source.read_bytes())
    offset = int(sys.argv[3]) if len(sys.argv) > 3 else len(data) // 2
    data[offset] ^= 1
    copy.write_bytes(data)
    print(f"{copy}: byte {offset} of {len(data)} is {data[offset]:#04x}, was {data[offset] ^ 1:#04x}")


if __name__ == "__main__":
    main()
