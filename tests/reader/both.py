# SPDX-License-Identifier: Apache-2.0
"""Both readers side by side, on logs that make_log makes: for tests."""
import collections
import functools
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

MAKE_LOG = os.environ.get("SPOR_MAKE_LOG", "")
SEED = int(os.environ.get("SPOR_SEED") or time.time_ns() % 2**32)
MORE = int(os.environ.get("SPOR_MORE") or 1)  # so many times as many random cases
DOCUMENTS = pathlib.Path(__file__).resolve().parents[2] / "docs/formats"

try:
    import nacl  # noqa: F401
except ImportError:
    print(f"python3-nacl is missing ({sys.executable}); ./dev setup installs it")
    sys.exit(1 if os.environ.get("CI") == "true" else 77)

from decoding import Refused  # noqa: E402
from notes import open_checkpoint, parse_vkey  # noqa: E402
from spor_reader import check_log, check_receipt  # noqa: E402
from tree import TileTree  # noqa: E402

counts = collections.Counter()
SCRATCH = pathlib.Path(tempfile.mkdtemp(prefix="spor-reader-"))


def rng(name):
    """The same numbers for the same test and seed, whatever else runs."""
    return random.Random(f"{SEED} {name}")


class MadeLog:
    """A log by make_log, as its README says."""

    def __init__(self, entries, receipts, proofs):
        self.directory = SCRATCH / f"made{entries}"
        subprocess.run([MAKE_LOG, self.directory, str(entries),
                        str(receipts), str(proofs)],
                       check=True,
                       stdout=subprocess.DEVNULL)
        self.tree, self.vkey = self.directory / "log", self.directory / "log.vkey"
        self.trust = self.directory / "trust.json"
        self.receipts = sorted(self.directory.glob("receipts/*.tlog-proof"))

    def key(self):
        return parse_vkey(self.vkey.read_text()[:-1])

    @functools.cached_property
    def entries(self):
        checkpoint, _ = open_checkpoint((self.tree / "checkpoint").read_bytes(), self.key())
        tiles = TileTree(self.tree, checkpoint.size, checkpoint.root)
        tiles.check_hashes()
        return list(tiles.entries())

    def lines(self, name):
        return [line.split(" ") for line in (self.directory / name).read_text().splitlines()]


@functools.cache
def small_log():
    return MadeLog(1000, 24 * MORE, 300)


@functools.cache
def large_log():
    return MadeLog(10000, 0, 0)


def program_says(*words):
    """What is wrong according to the program; None if nothing is."""
    run = subprocess.run([MAKE_LOG, *map(str, words)], capture_output=True, timeout=120)
    if run.returncode not in (0, 1):
        raise AssertionError(f"make_log ended with {run.returncode}: {run.stderr.decode(errors='replace')}")
    return run.stdout.decode(errors="replace").partition("refused: ")[2] or "refused" if run.returncode else None


def reader_says(check, *what):
    """The same of the second reader, with the place in front."""
    try:
        check(*what)
        return None
    except Refused as refused:
        return str(refused)


def log_verdicts(directory, vkey, policy=None):
    """(the second reader's, the program's)"""
    key = parse_vkey(pathlib.Path(vkey).read_text()[:-1])
    words = ["--check", directory, vkey]
    if policy is not None:
        words.append(SCRATCH / "policy")
        words[-1].write_bytes(policy)
    return reader_says(check_log, directory, key, policy), program_says(*words)


def forged_verdicts(log, entries, policy=None, note=None):
    """The same of `entries` under the key of a forged log."""
    directory = SCRATCH / "forged"
    shutil.rmtree(directory, ignore_errors=True)
    log.write(directory, entries, note)
    return log_verdicts(directory, directory.with_suffix(".vkey"), policy)


def receipt_verdicts(data, trust, trust_file):
    file = SCRATCH / "receipt.tlog-proof"
    file.write_bytes(data)
    return reader_says(check_receipt, data, trust), program_says("--check-receipt", file, trust_file)


def entry_named(verdict):
    """The number of the entry that a verdict blames, if it blames one."""
    match = re.match(r"entry (\d+): ", verdict or "")
    return match and int(match[1])


def clean_up():
    shutil.rmtree(SCRATCH)
