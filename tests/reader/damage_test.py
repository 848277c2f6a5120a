# SPDX-License-Identifier: Apache-2.0
"""Random damage to the files of a log and to receipts: both readers give the same verdict. Run by reader_test.py."""
import shutil
import unittest

import tree
from artefacts import parse_trust
from both import MORE, SCRATCH, counts, large_log, log_verdicts, receipt_verdicts, rng, small_log
from forge import ForgedLog, write_tree


def flip(data, rng, _):
    place = rng.randrange(len(data))
    return data[:place] + bytes([data[place] ^ 1 << rng.randrange(8)]) + data[place + 1:]


def cut(data, rng, _):
    return data[:rng.randrange(len(data))]


def lengthen(data, rng, _):
    """Also by an entry of no bytes, as a bundle has it."""
    return data + rng.choice((b"\0\0", rng.randbytes(1), rng.randbytes(32)))


def swap_inside(data, rng, _):
    """Two pieces of 32 bytes change places: in tiles, two hashes."""
    a, b = sorted(32 * rng.randrange(len(data) // 32 + 1) for _ in range(2))
    return data[:a] + data[b:b + 32] + data[a + 32:b] + data[a:a + 32] + data[b + 32:]


def randomise(data, rng, _):
    return rng.randbytes(len(data))


def replace(data, rng, others):
    return rng.choice(others)


def drop(data, rng, _):
    return None


DAMAGES = (flip, flip, flip, cut, lengthen, swap_inside, randomise, replace, drop)


class DamageTest(unittest.TestCase):

    def copy_with_overtaken_files(self, log):
        """A copy of the tree, beside which lie the partial files that an earlier export left. Those are not covered."""
        directory = SCRATCH / "damaged"
        shutil.rmtree(directory, ignore_errors=True)
        for size in (100, 300):
            write_tree(directory, log.entries[:size])
        overtaken = {p for p in directory.rglob("*") if p.is_file()}
        shutil.copytree(log.tree, directory, dirs_exist_ok=True)
        files = sorted(p for p in directory.rglob("*") if p.is_file())
        covered = {directory / p.relative_to(log.tree) for p in log.tree.rglob("*")}
        return directory, files, overtaken - covered

    def damage(self, log, times):
        random = rng(f"damage {len(log.entries)}")
        directory, files, not_covered = self.copy_with_overtaken_files(log)
        for _ in range(times):
            file = random.choice([directory / "checkpoint", *files, *random.sample(files, len(files) // 2)])
            how = random.choice(DAMAGES)
            good = file.read_bytes()
            bad = how(good, random, [f.read_bytes() for f in random.sample(files, 3)])
            if bad == good:
                continue
            file.unlink() if bad is None else file.write_bytes(bad)
            reader, program = log_verdicts(directory, log.vkey)
            what = f"{how.__name__} {file.relative_to(directory)}: {reader} / {program}"
            self.assertEqual(reader is None, program is None, f"the readers disagree: {what}")
            self.assertEqual(reader is None, file in not_covered, what)
            counts[f"damaged logs of {len(log.entries)}: both " +
                   ("accept, not covered" if not reader else "refuse")] += 1
            if reader:
                self.assertTrue(self.names(reader, file, directory), what)
            file.write_bytes(good)
        self.assertEqual(log_verdicts(directory, log.vkey), (None, None))

    @staticmethod
    def names(verdict, file, directory):
        """The second reader names the damaged file; of partial tiles it can only say that one of them is it."""
        path = str(file.relative_to(directory))
        return verdict.startswith((path, "the partial tiles") if ".p/" in path else path)

    def test_small_log(self):
        self.damage(small_log(), 160 * MORE)

    def test_large_log(self):
        self.damage(large_log(), 60 * MORE)

    def test_two_files_change_places(self):
        random = rng("places")
        directory, files, not_covered = self.copy_with_overtaken_files(small_log())
        for _ in range(15 * MORE):
            one, other = random.sample(files, 2)
            goods = one.read_bytes(), other.read_bytes()
            one.write_bytes(goods[1]), other.write_bytes(goods[0])
            reader, program = log_verdicts(directory, small_log().vkey)
            harmless = goods[0] == goods[1] or {one, other} <= not_covered
            self.assertEqual((reader is None, program is None), (harmless, harmless),
                             f"{one} {other}: {reader} / {program}")
            counts["logs with two files swapped: both " + ("accept, not covered" if harmless else "refuse")] += 1
            one.write_bytes(goods[0]), other.write_bytes(goods[1])

    def test_full_files_take_the_place_of_partial_ones(self):
        """An export that was stopped before its checkpoint leaves the older checkpoint with some newer, full files."""
        directory = SCRATCH / "older"
        log = small_log()
        heads = [i for i in range(257, 700) if log.entries[i][1] == 4]
        size = heads[0] + 1
        self.assertNotEqual(size % 256, 0)
        forged = ForgedLog(log.entries)
        forged.entries = forged.entries[:size - 1]
        forged.entries.append(forged.head(forged.replayed()))
        whole = forged.entries + log.entries[size:]
        write_tree(directory, whole)
        (directory / "checkpoint").write_bytes(forged.checkpoint(whole[:size]))
        forged.write(SCRATCH / "older-key", whole[:size])
        vkey = SCRATCH / "older-key.vkey"
        missing = directory / tree.tile_path(1, 0, 1)
        missing.parent.mkdir(parents=True, exist_ok=True)
        missing.write_bytes(tree.perfect_root([tree.leaf_hash(e) for e in whole[:256]]))
        self.assertEqual(log_verdicts(directory, vkey), (None, None))
        for path in (tree.tile_path(0, 1), tree.tile_path("entries", 1)):
            good = (directory / path).read_bytes()
            for bad in (flip(good[:32], rng(path), ()) + good[32:], good[:-1], good + b"\0"):
                (directory / path).write_bytes(bad)
                reader, program = log_verdicts(directory, vkey)
                self.assertTrue(reader and program, f"{path}: {reader} / {program}")
                counts["full files in the place of partial ones, damaged: both refuse"] += 1
            (directory / path).write_bytes(good)

    def test_receipts(self):
        random = rng("receipts")
        trust = parse_trust(small_log().trust.read_bytes())
        receipts = [path.read_bytes() for path in small_log().receipts]
        for n in range(120 * MORE):
            good = receipts[n % len(receipts)]
            how = random.choice(DAMAGES[:-1] + (self.swap_lines, ))
            bad = how(good, random, receipts)
            if bad in receipts:
                continue
            reader, program = receipt_verdicts(bad, trust, small_log().trust)
            self.assertTrue(reader and program, f"{how.__name__}: {reader} / {program}")
            counts["damaged receipts: both refuse"] += 1

    @staticmethod
    def swap_lines(data, random, others):
        """A line of another receipt in the place of one."""
        lines, others = data.split(b"\n"), random.choice(others).split(b"\n")
        place = random.randrange(min(len(lines), len(others)))
        return b"\n".join([*lines[:place], others[place], *lines[place + 1:]])
