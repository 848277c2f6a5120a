#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A second reader of Spor's logs and receipts, written from docs/formats/. It shares no line with the program.

    spor_reader.py log DIR VKEY_FILE [--policy FILE] [--json]
    spor_reader.py receipt FILE (--trust FILE | --vkey FILE) [--policy FILE] [--json]
    spor_reader.py inclusion SIZE INDEX ROOT LEAF [HASH...] [--json]
    spor_reader.py consistency FROM TO FROM_ROOT TO_ROOT [HASH...] [--json]

Exit code 0: everything verifies; 1: something does not, and the first thing found is named; 2: wrong use. VKEY_FILE
holds one verifier key; hashes are in hexadecimal. --policy: the witnesses that must have cosigned.
"""
import argparse
import json
import pathlib
import sys

from artefacts import parse_trust
from decoding import Refused, at, need
from entries import HEAD
from notes import WitnessPolicy, open_checkpoint, parse_vkey
from receipts import Receipt
from replay import Replay
from tree import TileTree, verify_consistency, verify_inclusion


def read(path):
    try:
        return pathlib.Path(path).read_bytes()
    except OSError as error:
        raise Refused(f"can't be read ({error.strerror})") from None


def check_log(directory, key, policy_text=None):
    """Verifies the exported tree below `directory`: what is signed, every hash, every entry and what they give."""
    with at("checkpoint"):
        checkpoint, note = open_checkpoint(read(pathlib.Path(directory) / "checkpoint"), key)
        cosigned = None if policy_text is None else WitnessPolicy(policy_text).quorum_time(note)
    tiles = TileTree(directory, checkpoint.size, checkpoint.root)
    tiles.check_hashes()
    replay = Replay()
    for entry in tiles.entries():
        replay.add(entry)
    with at(f"entry {checkpoint.size - 1}"):
        need(replay.previous_head == checkpoint.size - 1, "the last entry of a checkpoint must be a head")
        replay.end_rotation()
    with at("checkpoint"):
        need(replay.origins.present.key_for(checkpoint.size) == key,
             "is of another origin, or signed by another key, than the entries give")
    return {
        "origin": checkpoint.origin, "origins": len(replay.origins.all), "size": checkpoint.size,
        "root": checkpoint.root.hex(), "time": replay.time,
        "heads": replay.kinds[HEAD], "live_units": replay.live.count, "operations": replay.operations.total(),
        "erasures": replay.erasures, "cosigned_at": cosigned, **replay.figures
    }


def check_receipt(data, trust=None, key=None, policy_text=None):
    with at("form"):
        receipt = Receipt(data)
    return receipt.verify(trust, key, None if policy_text is None else WitnessPolicy(policy_text))


def readable(found):
    """The findings of a receipt as JSON has them."""
    fields = {
        number: {f.name.decode(errors="replace"): {"type": f.type, "value": f.value.hex()}
                 for f in fields}
        for number, fields in found["fields"].items()
    }
    return {**found, "fields": fields}


def parse_key(data):
    return parse_vkey(data.decode(errors="replace").removesuffix("\n"))


def given(path, parse=bytes):
    """What the file that an option names holds; None without the option."""
    if not path:
        return None
    with at(path):
        return parse(read(path))


def run(args):
    if args.what == "log":
        return check_log(args.directory, given(args.vkey, parse_key), given(args.policy))
    if args.what == "receipt":
        with at(args.file):
            found = check_receipt(read(args.file), given(args.trust, parse_trust), given(args.vkey, parse_key),
                                  given(args.policy))
        return readable(found)
    proof = [bytes.fromhex(h) for h in args.hashes]
    first, second = bytes.fromhex(args.first), bytes.fromhex(args.second)
    if args.what == "inclusion":
        verify_inclusion(second, args.b, args.a, proof, first)
    else:
        verify_consistency(args.a, args.b, first, second, proof)
    return {}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words = parser.add_subparsers(dest="what", required=True)
    log = words.add_parser("log")
    log.add_argument("directory")
    log.add_argument("vkey")
    receipt = words.add_parser("receipt")
    receipt.add_argument("file")
    whose = receipt.add_mutually_exclusive_group(required=True)
    whose.add_argument("--trust")
    whose.add_argument("--vkey")
    for word in (log, receipt):
        word.add_argument("--policy")
    for name, names in (("inclusion", "SIZE INDEX ROOT LEAF"), ("consistency", "FROM TO FROM_ROOT TO_ROOT")):
        word = words.add_parser(name)
        for place, meta in zip(("a", "b", "first", "second"), names.split()):
            word.add_argument(place, metavar=meta, type=int if place in "ab" else str)
        word.add_argument("hashes", nargs="*")
    for word in words.choices.values():
        word.add_argument("--json", action="store_true")
    return parser.parse_args()


def main():
    args = arguments()
    try:
        found, damage = run(args), None
    except Refused as refused:
        found, damage = {}, {"where": refused.where, "what": refused.what}
    if args.json:
        print(json.dumps({"verdict": "refused" if damage else "accepted", "first_damage": damage, **found}))
    elif damage:
        print(f"REFUSED {damage['where']}: {damage['what']}")
    else:
        print("accepted", *(f"{name}={value}" for name, value in found.items()))
    return 1 if damage else 0


if __name__ == "__main__":
    sys.exit(main())
