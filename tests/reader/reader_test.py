# SPDX-License-Identifier: Apache-2.0
"""The second reader agrees with the program, and with the worked bytes of the documents.

    SPOR_MAKE_LOG=build/release/tests/make_log [SPOR_SEED=N] [SPOR_MORE=N] /usr/bin/python3 reader_test.py

The tests of damage_test.py and forged_*test.py run with it; SPOR_MORE is how many times as many random cases.
"""
import hmac
import re
import sys
import unittest

import both
from artefacts import parse_trust
from both import DOCUMENTS, counts, large_log, log_verdicts, program_says, receipt_verdicts, rng, small_log
from decoding import Refused, sha256
from entries import OPS, RECOVERY, Map, parse_entry, u
from notes import WitnessPolicy, cosigned_at, open_checkpoint, parse_note, parse_tlog_proof, parse_vkey, verify_note
from replay import Replay
from sections import open_section, xchacha20_keystream
from spor_reader import check_receipt
from tree import Tree, leaf_hash, parse_bundle, tile_path, verify_consistency, verify_inclusion


def worked(page):
    """The blocks of a page that carry bytes or text, by name."""
    document = (DOCUMENTS / f"{page}.md").read_text()
    found = {}
    for block in re.findall(r"^```hex\n(.*?)^```$", document, re.S | re.M):
        for name, digits in re.findall(r"^(\S+)  +((?:[0-9a-f]+\n +)*[0-9a-f]+)$", block, re.M):
            found[name] = bytes.fromhex("".join(digits.split()))
    for name, text in re.findall(r"^```text (\S+)\n(.*?)^```$", document, re.S | re.M):
        found[name] = text
    return found


def derive(key, label, context):
    return hmac.digest(key, u(len(label), 1) + label + context, "sha256")


class DocumentTest(unittest.TestCase):
    """The worked bytes of docs/formats, read by what was written from docs/formats."""

    def test_log(self):
        log, entry = worked("log"), worked("entry")
        entries = parse_bundle(log["entry_row_0"], 5) + [entry["event_entry"]]
        replay = Replay()
        for data in entries:
            replay.add(data)
        self.assertEqual(replay.previous_head, 4)
        self.assertEqual((entries[1], entries[3]), (log["slots_entry"], entry["ops_entry"]))
        tree = Tree([leaf_hash(data) for data in entries])
        self.assertEqual((tree.leaves[0], tree.leaves[3], tree.leaves[4]),
                         (log["leaf_0"], log["leaf_3"], log["leaf_4"]))
        self.assertEqual((tree.root(0, 5), tree.root(0, 6)), (log["root_5"], log["root_6"]))
        self.assertEqual(b"".join(tree.inclusion(3, 5)), log["inclusion_3_of_5"])
        self.assertEqual(replay.origins.present.genesis["ledger_id"], entry["ledger_id"])
        self.assertEqual(len(parse_entry(entry["erase_entry"]).operations), 1)

    def test_maps(self):
        maps = worked("map")
        live, due = Map(), Map()
        for operation in parse_entry(worked("entry")["ops_entry"]).operations:
            live.insert(operation.unit, u(operation.category, 2) + u(3, 8) + operation.key_commit)
            due.insert(
                u(operation.cls, 1) + u(operation.due, 4) + operation.unit,
                u(operation.rule, 2) + u(0, 1) + u(3, 8))
        self.assertEqual((live.root(), due.root()), (maps["live_root"], maps["due_root"]))
        self.assertEqual(due.smallest(), maps["due_key"])
        self.assertEqual(due.get(maps["due_key"]), maps["due_value"])

    def test_notes(self):
        note, cosigned, policy = worked("note"), worked("cosignature"), worked("witness-policy")
        key = parse_vkey(note["verifier_key"].strip())
        checkpoint, parsed = open_checkpoint(note["checkpoint"].encode(), key)
        self.assertEqual((checkpoint.size, checkpoint.root), (5, worked("log")["root_5"]))
        witnessed = parse_note((note["checkpoint"] + cosigned["cosignature"]).encode())
        witness = parse_vkey(cosigned["witness_key"].strip())
        self.assertEqual((cosigned_at(witnessed, witness), cosigned_at(parsed, witness)), (1754352060, None))
        rule = WitnessPolicy(policy["policy"].encode())
        both_lines = note["checkpoint"] + cosigned["cosignature"] + policy["second_cosignature"]
        self.assertEqual(rule.quorum_time(parse_note(both_lines.encode())), 1754352060)
        with self.assertRaises(Refused):
            rule.quorum_time(witnessed)
        proof = parse_tlog_proof(worked("tlog-proof")["proof"].encode())
        verify_note(parse_note(proof.checkpoint), key)
        verify_inclusion(worked("log")["leaf_3"], proof.index, 5, proof.hashes, checkpoint.root)

    def test_section(self):
        section, entry = worked("section"), worked("entry")
        event = parse_entry(entry["event_entry"])
        seal_key = derive(section["unit_key"], b"spor/seal/v1", entry["ledger_id"])
        self.assertEqual(seal_key, section["seal_key"])
        outer = xchacha20_keystream(seal_key, event.seal_id + u(1, 1) + bytes(7), 48)
        self.assertEqual((outer[:16], outer[16:]), (section["tag"], section["seed"]))
        self.assertEqual(event.sections[1], (section["tag"], section["section_root"]))
        fields = open_section(entry["ledger_id"], event, 1, section["unit"], section["seed"], section["blob"])
        self.assertEqual([f.name for f in fields], [b"count", b"due", b"purpose"])

    def test_tiles(self):
        tiles = worked("tiles")
        for line in tiles["paths"].splitlines():
            *words, path = line.split()
            level, index, width = words
            self.assertEqual(tile_path("entries" if level == "e" else level, int(index), int(width)), path)
        self.assertEqual(parse_bundle(tiles["bundle"], 3), [b"first", b"", b"third"])


class LogTest(unittest.TestCase):

    def test_both_accept_what_make_log_made(self):
        for log in (small_log(), large_log()):
            self.assertEqual(log_verdicts(log.tree, log.vkey), (None, None))
            counts[f"entries of a log that both accept: {len(log.entries)}"] += 1
        self.assertGreaterEqual(len(large_log().entries), 10000)

    def test_another_key_is_refused_by_both(self):
        """Every file is right, but nobody whom we know signed it."""
        reader, program = log_verdicts(small_log().tree, large_log().vkey)
        self.assertTrue(reader and program)

    def test_operations_are_of_every_kind(self):
        """Otherwise accepting the logs would say little."""
        kinds = {parse_entry(e).kind for e in small_log().entries}
        operations = {o.type for e in small_log().entries for o in parse_entry(e).operations}
        self.assertEqual((kinds, operations), (set(range(1, 13)) - {RECOVERY}, {1, 2, 3}))
        self.assertTrue(any(parse_entry(e).kind == OPS for e in large_log().entries))


class ProofTest(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.tree = Tree([leaf_hash(e) for e in small_log().entries[:300]])
        cls.rng = rng("proofs")

    def refuses_changed(self, verify, proof, name):
        """One hash changed, one removed, one added: each wrong."""
        place = self.rng.randrange(len(proof) + 1)
        changes = [proof[:place] + [self.rng.randbytes(32)] + proof[place:]]
        if place < len(proof):
            changes += [proof[:place] + proof[place + 1:], proof[:place] + [sha256(proof[place])] + proof[place + 1:]]
        for changed in changes:
            with self.assertRaises(Refused):
                verify(changed)
            counts[f"{name} proofs with a change, refused"] += 1

    def test_roots(self):
        for size, root in small_log().lines("roots.txt"):
            self.assertEqual(self.tree.root(0, int(size)).hex(), root)
            counts["roots that both give"] += 1

    def test_inclusion(self):
        for size, index, text in small_log().lines("inclusion.txt"):
            size, index = int(size), int(index)
            proof, leaf, root = self.tree.inclusion(index, size), self.tree.leaves[index], self.tree.root(0, size)
            self.assertEqual(b"".join(proof).hex() or "-", text)
            verify_inclusion(leaf, index, size, proof, root)
            counts["inclusion proofs that both make, verified"] += 1
            if self.rng.random() < 0.1 or size < 20:
                self.refuses_changed(lambda p: verify_inclusion(leaf, index, size, p, root), proof, "inclusion")
                for wrong in (index + 1, size, size + index):
                    with self.assertRaises(Refused):
                        verify_inclusion(leaf, wrong, size, proof, root)

    def test_consistency(self):
        for old, size, text in small_log().lines("consistency.txt"):
            old, size = int(old), int(size)
            proof, roots = self.tree.consistency(old, size), (self.tree.root(0, old), self.tree.root(0, size))
            self.assertEqual(b"".join(proof).hex() or "-", text)
            verify_consistency(old, size, *roots, proof)
            counts["consistency proofs that both make, verified"] += 1
            if self.rng.random() < 0.1 or size < 20:
                self.refuses_changed(lambda p: verify_consistency(old, size, *roots, p), proof, "consistency")
                lies = [(0, sha256(b""), roots[1], []), (old, sha256(roots[0]), roots[1], proof),
                        (old, roots[0], sha256(roots[1]), proof), (size + 1, *roots, proof)]
                for start, before, after, hashes in lies:
                    with self.assertRaises(Refused):
                        verify_consistency(start, size, before, after, hashes)


class ReceiptTest(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.trust = parse_trust(small_log().trust.read_bytes())

    def test_receipts_say_what_they_must(self):
        expected = {}
        for word, file, *rest in small_log().lines("receipts/expected.txt"):
            expected.setdefault(file, {"fields": []})
            if word == "receipt":
                expected[file]["receipt"] = (int(rest[0]), rest[1] == "opened")
            else:
                expected[file]["fields"].append(rest)
        for path in small_log().receipts:
            found = check_receipt(path.read_bytes(), self.trust)
            self.assertEqual((found["index"], found["disclosed"]), expected[path.name]["receipt"])
            fields = [[str(number), f.name.decode(), str(f.type),
                       f.value.hex() or "-"] for number, fields in found["fields"].items() for f in fields]
            self.assertEqual(fields, expected[path.name]["fields"])
            counts["receipts accepted by both"] += 1
            counts["fields opened in receipts, as the program opened them"] += len(fields)
            self.assertEqual(check_receipt(path.read_bytes(), None, small_log().key())["fields"], found["fields"])
        self.assertIsNone(program_says("--check-receipt", *small_log().receipts, small_log().trust))
        self.assertGreaterEqual(len({e["receipt"][1] for e in expected.values()}), 2)

    def test_another_trust_file_is_refused_by_both(self):
        trust = parse_trust(large_log().trust.read_bytes())
        reader, program = receipt_verdicts(small_log().receipts[0].read_bytes(), trust, large_log().trust)
        self.assertTrue(reader and program)


def main():
    if not both.MAKE_LOG:
        sys.exit("SPOR_MAKE_LOG must name the program make_log")
    print(f"seed {both.SEED}")
    try:
        tests = unittest.defaultTestLoader.loadTestsFromNames(
            ["reader_test", "damage_test", "forged_test", "forged_notes_test", "forged_origins_test", "forged_receipts_test"])
        result = unittest.TextTestRunner(verbosity=2).run(tests)
    finally:
        both.clean_up()
    for name, count in sorted(counts.items()):
        print(f"{count:8}  {name}")
    sys.exit(not result.wasSuccessful())


if __name__ == "__main__":
    main()
