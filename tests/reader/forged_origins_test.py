# SPDX-License-Identifier: Apache-2.0
"""Logs whose keys and origins follow each other, and receipts of them, each with one statement that is not right: both
readers give the same verdict. Run by reader_test.py."""
import unittest

from artefacts import compact, in_lines, parse_trust
from both import MORE, SCRATCH, counts, entry_named, log_verdicts, receipt_verdicts, rng, small_log
from decoding import Refused, sha256
from entries import ANCHOR_LOST, CLOSE, DIFFERS, EVENT, GENESIS, HEAD, LOG_KEY, POLICY, SHORTER, SLOTS, u
from forge import Signer, base64_of, encode_entry, encode_fields, vkey_text, write_tree
from replay import Replay
from tree import Tree, leaf_hash

FIRST, SECOND = "first.example/log", "second.example/log"
# What the program's replay of an exported tree does not look at (docs/formats/entry.md).
ONLY_SECOND = ("another size or root than the log", "another checkpoint than it must name")


class Succession:
    """Two origins of two keys each. Entries 0 to 9 are of the first, 11 to 19 of the second; whatever stands in `lies`
    is not as it ought to be."""
    TIME, GENESIS, CLOSING, ENDORSED = 1770000000, 11, 10, 16

    def __init__(self, **lies):
        self.lies, self.entries = lies, []
        self.replay = Replay()
        self.keys = [Signer(name, bytes([n] * 32)) for n, name in enumerate((FIRST, FIRST, SECOND, SECOND))]
        self.ledger_id = sha256(b"spor/ledger/v1" + FIRST.encode() + b"\n" + self.keys[0].key.public)
        self.begin(self.told("first_genesis", self.genesis(FIRST, 0, self.told("first_predecessors", []))))
        self.add(self.told("fourth", encode_entry(EVENT, self.TIME)))
        self.endorse(1, "first")
        self.add(encode_entry(EVENT, self.TIME))
        self.add(self.head())
        self.add(encode_entry(EVENT, self.TIME))
        self.close()
        self.begin(self.told("successor", self.successor()))
        self.endorse(3, "second")
        self.add(encode_entry(EVENT, self.TIME))
        self.add(self.head())

    def told(self, name, truth):
        return self.lies.get(name, truth)

    def add(self, entry):
        self.entries.append(entry)
        if entry[1] == HEAD:
            self.replay.previous_head = len(self.entries) - 1

    def head(self):
        """Right, but for what the lies before it make wrong; there are no units."""
        self.replay.size = len(self.entries)
        truth = {**self.replay.expected_head(), "legal_day": self.TIME // 86400, "flags": 0}
        return encode_entry(HEAD, self.TIME, encode_fields(HEAD, truth))

    def begin(self, genesis):
        self.add(genesis)
        if len(self.entries) == 1:
            self.add(encode_entry(SLOTS, self.TIME, u(1, 4) + bytes(32)))
            self.add(encode_entry(POLICY, self.TIME, bytes(36) + u(0, 2) + u(0, 2)))
            self.replay.generation = 1
        else:
            for _ in range(3):
                self.add(encode_entry(EVENT, self.TIME))
        self.add(self.head())

    def genesis(self, name, key, predecessors, ledger_id=None):
        predecessors = b"".join(u(len(p), 2) + p for p in predecessors)
        body = u(1, 2) + u(len(name), 2) + name.encode() + self.keys[key].key.public + (ledger_id or self.ledger_id)
        count = 0 if not predecessors else self.told("count", predecessors.count(b"\xe2\x80\x94") or 1)
        return encode_entry(GENESIS, self.TIME, body + u(count, 1) + predecessors)

    def endorse(self, key, name):
        """A log-key entry and its head."""
        body = {"endorse": 1, "next_key": self.keys[key].key.public, "first_index": len(self.entries) + 2}
        body.update(self.told(name + "_endorsement", {}))
        self.add(encode_entry(LOG_KEY, self.TIME, encode_fields(LOG_KEY, body)))
        self.add(self.told("behind_" + name, self.head()))

    def close(self):
        self.lost = self.told("lost", (12, sha256(b"lost")))
        body = {
            "reason": self.told("reason", SHORTER), "surviving_size": self.CLOSING, "surviving_root": self.root(10),
            "lost_size": self.lost[0], "lost_root": self.lost[1], **self.told("closing", {})
        }
        self.add(self.told("tenth", encode_entry(CLOSE, self.TIME, encode_fields(CLOSE, body))))

    def successor(self):
        notes = [self.note(9, 1)]
        if self.told("reason", SHORTER) != ANCHOR_LOST:
            notes.append(self.note(*self.told("lost_note", (self.lost[0], 1, self.lost[1]))))
        return self.genesis(self.told("name", SECOND), self.told("key", 2), self.told("predecessors", notes),
                            self.told("ledger_id", None))

    def root(self, size):
        return Tree([leaf_hash(e) for e in self.entries]).root(0, size)

    def note(self, size, key, root=None):
        """A checkpoint by `key`, also one of a size that the log never had."""
        signer, root = self.keys[key], root or self.root(size)
        text = f"{signer.key.name}\n{size}\n{base64_of(root)}\n".encode()
        return text + b"\n" + signer.line(text)

    def verdicts(self, key=3, size=20):
        """(the second reader's, the program's) of the log as far as `size`, with a checkpoint by `key`."""
        directory = SCRATCH / f"succession{counts['logs of several keys and origins']}"
        counts["logs of several keys and origins"] += 1
        write_tree(directory, self.entries[:size])
        (directory / "checkpoint").write_bytes(self.note(size, key))
        directory.with_suffix(".vkey").write_text(vkey_text(self.keys[key].key) + "\n")
        return log_verdicts(directory, directory.with_suffix(".vkey"))


# What stands before a genesis that lies, and notes that it could name.
TRUTH = Succession()


class ForgedOriginsTest(unittest.TestCase):

    def accepted(self, name, lies=None, **how):
        with self.subTest(name):
            self.assertEqual(Succession(**(lies or {})).verdicts(**how), (None, None))

    def refused(self, number, name, lies, by_both=True, **how):
        with self.subTest(name):
            reader, program = Succession(**lies).verdicts(**how)
            self.assertIsNotNone(reader)
            self.assertEqual(entry_named(reader), number, reader)
            if by_both:
                self.assertIsNotNone(program)
                self.assertEqual(entry_named(program), number, f"{reader} / {program}")
            else:
                self.assertTrue(any(word in reader for word in ONLY_SECOND), reader)
                self.assertIsNone(program, "the program sees it now: say so here, and on the page")

    def test_what_may_be(self):
        self.accepted("as it ought to be")
        self.accepted("the anchor lost", {"reason": ANCHOR_LOST, "lost": (0, bytes(32))})
        self.accepted("of one size", {"reason": DIFFERS, "lost": (10, sha256(b"other"))})
        self.accepted("smaller", {"reason": DIFFERS, "lost": (8, sha256(b"other"))})
        for size, key in ((4, 0), (7, 0), (9, 1), (16, 2), (18, 2)):
            self.accepted(f"as far as {size}", size=size, key=key)

    def test_who_signs(self):
        for size, key in ((7, 1), (9, 0), (16, 1), (16, 3), (18, 3), (20, 2), (20, 1), (20, 0)):
            self.refused(None, f"{size} entries by key {key}", {}, size=size, key=key)

    def test_endorsements(self):
        for name, at in (("first", 5), ("second", self.at(Succession.ENDORSED))):
            for what, lie in {
                    "no endorsement": {"endorse": 2}, "at once": {"first_index": at + 1},
                    "far ahead": {"first_index": at + 3}, "the first key": {"next_key": TRUTH.keys[0].key.public}
            }.items():
                self.refused(at, f"{name}: {what}", {name + "_endorsement": lie})
            self.refused(at + 1, f"{name}: no head behind", {"behind_" + name: encode_entry(EVENT, Succession.TIME)})
        again = encode_fields(LOG_KEY, {"endorse": 1, "next_key": bytes(32), "first_index": 8})
        self.refused(6, "two in a row", {"behind_first": encode_entry(LOG_KEY, Succession.TIME, again)})
        self.refused(16, "a key of another origin", {"second_endorsement": {"next_key": TRUTH.keys[1].key.public}})
        for name, body in (("short", again[:-1]), ("long", again + b"\0")):
            self.refused(4, name, {"fourth": encode_entry(LOG_KEY, Succession.TIME, body)})

    @staticmethod
    def at(index):
        assert TRUTH.entries[index][1] in (LOG_KEY, CLOSE, GENESIS)
        return index

    def test_closings(self):
        at = self.at(Succession.CLOSING)
        for name, lies in {
                "size": {"closing": {"surviving_size": 9}}, "nothing survives": {"closing": {"surviving_size": 0}},
                "no reason": {"closing": {"reason": 0}}, "reason 4": {"closing": {"reason": 4}},
                "shorter, but it is not": {"lost": (10, sha256(b"lost"))},
                "differs, but is longer": {"reason": DIFFERS, "lost": (12, sha256(b"lost"))},
                "differs, but does not": {"reason": DIFFERS, "lost": (10, TRUTH.root(10))},
                "differs, but is empty": {"reason": DIFFERS, "lost": (0, sha256(b""))},
                "the anchor lost, but known": {"reason": ANCHOR_LOST}
        }.items():
            self.refused(at, name, lies)
        self.refused(at, "another root", {"closing": {"surviving_root": bytes(32)}}, by_both=False)
        body = TRUTH.entries[at][26:]
        self.refused(at + 1, "an event behind", {"successor": encode_entry(EVENT, Succession.TIME)})
        self.refused(at, "closed at the end", {}, size=at + 1, key=1)
        self.refused(4, "closed at another place", {"fourth": encode_entry(CLOSE, Succession.TIME, body)})

    def test_successors(self):
        at = self.at(Succession.GENESIS)
        surviving, lost = TRUTH.note(9, 1), TRUTH.note(12, 1, sha256(b"lost"))
        stranger = Signer("stranger.example", bytes(32)).line(b"x\n")
        for name, lies in {
                "another ledger": {"ledger_id": bytes(32)}, "the name of the first": {"name": FIRST},
                "the first key": {"key": 0}, "the second key": {"key": 1}, "no predecessor": {"predecessors": []},
                "one predecessor": {"predecessors": [surviving]},
                "three": {"predecessors": [surviving, lost, lost]}, "none that survives": {"predecessors": [lost, lost]},
                "none that is lost": {"predecessors": [surviving, surviving]},
                "the other way round": {"predecessors": [lost, surviving]},
                "by the first key": {"predecessors": [TRUTH.note(9, 0), lost]},
                "lost, by the first key": {"predecessors": [surviving, TRUTH.note(12, 0, sha256(b"lost"))]},
                "lost, of another size": {"lost_note": (13, 1, sha256(b"lost"))},
                "lost, of another root": {"lost_note": (12, 1, bytes(32))},
                "by its own key": {"predecessors": [TRUTH.note(9, 2), lost]},
                "two signatures": {"predecessors": [surviving + stranger, lost], "count": 2},
                "lost, two signatures": {"predecessors": [surviving, lost + stranger], "count": 2},
                "a log key in its place": {"successor": TRUTH.entries[5]},
        }.items():
            self.refused(at, name, lies)
        self.refused(at, "the anchor lost, but two named", {
            "reason": ANCHOR_LOST, "lost": (0, bytes(32)), "predecessors": [surviving, lost]
        })
        for name, note in (("an older one", TRUTH.note(4, 0)), ("another root", TRUTH.note(9, 1, bytes(32)))):
            self.refused(at, name, {"predecessors": [note, lost]}, by_both=False)
        self.refused(0, "a beginning with predecessors", {"first_predecessors": [surviving, lost]})
        self.refused(4, "in another place", {"fourth": TRUTH.entries[at]})
        self.refused(4, "the first again", {"fourth": TRUTH.entries[0]})


    def test_any_byte(self):
        """The entries about keys with random bytes changed, hashed and signed anew."""
        random = rng("any byte about keys")
        for _ in range(60 * MORE):
            log = Succession()
            number = random.choice((log.CLOSING, log.GENESIS, log.GENESIS, log.ENDORSED))
            entry = bytearray(log.entries[number])
            place = random.randrange(len(entry))
            entry[place] ^= 1 << random.randrange(8)
            log.entries[number] = bytes(entry)
            reader, program = log.verdicts()
            what = f"entry {number}, byte {place}: {reader} / {program}"
            if program is None and any(word in (reader or "") for word in ONLY_SECOND):
                counts["entries about keys with a changed byte: only the second reader looks"] += 1
                continue
            self.assertEqual(entry_named(reader), entry_named(program), what)
            self.assertEqual(reader is None, program is None, what)
            counts["entries about keys with a changed byte: both " + ("refuse" if reader else "accept")] += 1


class SuccessionReceipt:
    """A closed receipt of entry 4 of such a log, for who trusts the successor's first key. `pinned`: other keys."""

    def __init__(self, log=TRUTH, pinned=None, **lies):
        self.log, self.lies = log, lies
        self.tree = Tree([leaf_hash(e) for e in log.entries])
        self.pinned = pinned or [(Succession.GENESIS, log.keys[2].key)]
        self.ledger_id = log.ledger_id

    def proven(self, index, size=20, data=None, **more):
        """What stands in the place of an entry that is not in the tree of this size can't be proven."""
        data = data or self.log.entries[index]
        proof = self.tree.inclusion(index, size) if index < size else []
        return {"index": index, "entry": base64_of(data), "proof": base64_of(b"".join(proof)), "sections": [], **more}

    def step(self, size=18, key=2, index=Succession.ENDORSED, note=None, **more):
        return {
            "entry": self.proven(index, size, **more), "checkpoint": (note or self.log.note(size, key)).decode(),
            "consistency": base64_of(b"".join(self.tree.consistency(size, 20)))
        }

    def closing(self, closing=Succession.CLOSING, genesis=Succession.GENESIS, **more):
        return {"closing": self.proven(closing), "genesis": self.proven(genesis), **more}

    def bytes(self):
        ledger = {
            "origin": SECOND, "ledger_id": self.ledger_id.hex(),
            "genesis_proof": base64_of(b"".join(self.tree.inclusion(Succession.GENESIS, 20)))
        }
        extra = {
            "format": "spor-receipt/1", "ledger": ledger, "shown": {
                "entry": base64_of(self.log.entries[4]), "sections": []
            }, "disclosure": None, "log_keys": [self.step()], "closed_origins": [self.closing()], **self.lies
        }
        extra = {name: value for name, value in extra.items() if name == "disclosure" or value is not None}
        proof = "".join(base64_of(h) + "\n" for h in self.tree.inclusion(4, 20))
        head = f"c2sp.org/tlog-proof@v1\nextra {base64_of(compact(extra).encode())}\nindex 4\n{proof}\n"
        return head.encode() + self.log.note(20, 3)

    def trust_file(self):
        return in_lines({
            "format": "spor-trust/1", "origin": SECOND, "genesis": base64_of(self.log.entries[Succession.GENESIS]),
            "ledger_id": self.ledger_id.hex(),
            "log_vkeys": [{"vkey": vkey_text(key), "start_index": start} for start, key in self.pinned],
            "witness_policy": None, "approver_keys": []
        })


class ForgedSuccessionTest(unittest.TestCase):

    def check(self, good, name, receipt):
        trust = SCRATCH / "succession-trust.json"
        trust.write_text(receipt.trust_file())
        reader, program = receipt_verdicts(receipt.bytes(), parse_trust(trust.read_bytes()), trust)
        with self.subTest(name):
            self.assertEqual((reader is None, program is None), (good, good), f"{reader} / {program}")
        counts["receipts over keys and origins: both " + ("accept" if good else "refuse")] += 1

    def untrusted(self, name, pinned):
        """Both refuse the trust file itself."""
        receipt = SuccessionReceipt(pinned=pinned)
        trust = SCRATCH / "succession-trust.json"
        trust.write_text(receipt.trust_file())
        with self.subTest(name):
            self.assertRaises(Refused, parse_trust, trust.read_bytes())
            self.assertIsNotNone(receipt_verdicts(receipt.bytes(), parse_trust(small_log().trust.read_bytes()), trust)[1])

    def test_steps(self):
        make, keys = SuccessionReceipt(), TRUTH.keys
        first, next_start = (Succession.GENESIS, keys[2].key), Succession.ENDORSED + 2
        both_keys = [first, (next_start, keys[3].key)]
        self.check(True, "as it ought to be", make)
        self.check(True, "pinned already", SuccessionReceipt(pinned=both_keys))
        self.check(True, "pinned, and not told", SuccessionReceipt(pinned=both_keys, log_keys=None))
        self.check(True, "covered by the entry itself", SuccessionReceipt(log_keys=[make.step(size=17)]))
        self.check(False, "not told", SuccessionReceipt(log_keys=None))
        other = Signer(SECOND, bytes([9] * 32)).key
        self.check(False, "another pinned", SuccessionReceipt(pinned=[first, (next_start, other)]))
        self.check(False, "another pinned later", SuccessionReceipt(pinned=[first, (next_start + 1, other)]))
        self.untrusted("the next key alone", pinned=[(Succession.GENESIS, keys[3].key)])
        self.untrusted("a key of another origin", pinned=[first, (next_start, keys[1].key)])
        self.untrusted("from the beginning on", pinned=[(0, keys[2].key)])
        for name, steps in {
                "an empty list": [], "twice": [make.step(), make.step()],
                "not covered": [make.step(size=16)],
                "too late": [make.step(size=19)], "much too late": [make.step(size=20)],
                "by the next key": [make.step(key=3)], "by the key of another origin": [make.step(key=1)],
                "another root": [make.step(note=TRUTH.note(18, 2, bytes(32)))],
                "an event": [make.step(index=14)], "another entry": [make.step(data=TRUTH.entries[5])],
                "another index": [make.step(index=15, data=TRUTH.entries[16])],
                "of the first origin": [make.step(index=5, size=7, key=0)],
                "no proof": [{**make.step(), "entry": make.proven(16, 18, proof="")}],
                "sections": [{**make.step(), "entry": make.proven(16, 18, sections=["closed"])}],
                "not consistent": [{**make.step(), "consistency": ""}],
                "a member more": [{**make.step(), "more": 1}],
                "no list": make.step(),
        }.items():
            self.check(False, name, SuccessionReceipt(log_keys=steps))
        ahead = Succession(second_endorsement={"first_index": Succession.ENDORSED + 3})
        self.check(False, "another first index", SuccessionReceipt(ahead))

    def test_closed_origins(self):
        make = SuccessionReceipt()
        self.check(True, "not told", SuccessionReceipt(closed_origins=None))
        self.check(False, "a member behind", SuccessionReceipt(zone=1))
        self.check(False, "two origins in one", SuccessionReceipt(closed_origins=[make.closing(), make.closing(9, 15)]))
        for name, closed in {
                "an empty list": [], "twice": [make.closing(), make.closing()],
                "not the closing": [make.closing(closing=9)], "not the genesis": [make.closing(genesis=12)],
                "the first genesis": [make.closing(genesis=0)],
                "no proof": [make.closing() | {"closing": make.proven(10, proof="")}],
                "another index": [make.closing() | {"closing": make.proven(9, data=TRUTH.entries[10])}],
                "no proof of the genesis": [make.closing() | {"genesis": make.proven(11, proof="")}],
                "sections": [make.closing() | {"closing": make.proven(10, sections=["closed"])}],
                "a member more": [make.closing(more=1)],
        }.items():
            self.check(False, name, SuccessionReceipt(closed_origins=closed))
        note, lost = TRUTH.note(9, 1), sha256(b"lost")
        for good, name, lies in (
            (True, "an older checkpoint", {"predecessors": [TRUTH.note(4, 0), TRUTH.note(12, 1, lost)]}),
            (True, "by another key", {"predecessors": [TRUTH.note(9, 0), TRUTH.note(12, 1, lost)]}),
            (True, "another surviving root", {"closing": {"surviving_root": bytes(32)}}),
            (False, "one predecessor", {"predecessors": [note]}),
            (False, "three", {"predecessors": [note] * 3}),
            (False, "none that survives", {"predecessors": [TRUTH.note(12, 1, lost)] * 2}),
            (False, "another lost one", {"lost_note": (13, 1, lost)}),
            (False, "another lost root", {"lost_note": (12, 1, bytes(32))}),
            (False, "of two origins", {"predecessors": [note, TRUTH.note(12, 2, lost)]}),
            (False, "another size", {"closing": {"surviving_size": 9}}),
            (False, "a reason that does not fit", {"reason": DIFFERS, "lost": (12, lost)}),
        ):
            log = Succession(**lies)
            self.check(good, name, SuccessionReceipt(log))


class MadeReceiptTest(unittest.TestCase):
    """Receipts that the program made, with the trust files of before and after."""

    def test_trust_files_of_all_times(self):
        for name, good in (("trust.json", True), ("trust-before.json", True), ("trust-closed.json", False)):
            file = small_log().directory / name
            trust = parse_trust(file.read_bytes())
            for path in small_log().receipts:
                reader, program = receipt_verdicts(path.read_bytes(), trust, file)
                self.assertEqual((reader is None, program is None), (good, good), f"{name}: {reader} / {program}")
                counts[f"receipts with {name}: both " + ("accept" if good else "refuse")] += 1
