# SPDX-License-Identifier: Apache-2.0
"""Logs whose every hash and signature is right, and one statement is not: both readers refuse them, and blame the same
entry. Run by reader_test.py."""
import re
import unittest

import entries as e
from both import MORE, counts, entry_named, forged_verdicts, rng, small_log
from decoding import sha256
from entries import ERASE, EVENT, HEAD, INTENT, NOT_STARTED, OPS, POLICY, SLOTS, UNDECIDED, parse_entry, u
from forge import ForgedLog, create, encode_entry, encode_fields, erase, redue

# What the documents ask of a reader, and the program's own does not look at (docs/formats/entry.md, map.md).
ONLY_SECOND = re.compile(r"whose (generation|slots_digest|policy_digest) is not|erasure|inten[dt]|other units|"
                         r"that is there, or was|are slots of another")


def unit(number):
    return sha256(b"unit %d" % number)[:16]


def some_units(*numbers):
    return sorted(map(unit, numbers))


class ForgedLogTest(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        made = small_log().entries
        destroyed = next(i for i, entry in enumerate(made) if entry[1] == e.DESTROYED)
        end = next(i for i in range(destroyed, len(made)) if made[i][1] == HEAD) + 1
        cls.log = ForgedLog(made[:end])
        cls.replay = cls.log.replayed()
        cls.end, cls.time = end, cls.replay.time

    def accepted(self, name, *tail):
        """Both accept the log with `tail` and a right head behind it."""
        longer = ForgedLog(self.log.entries + list(tail))
        entries = [*longer.entries, longer.head(longer.replayed())]
        self.assertEqual(forged_verdicts(self.log, entries), (None, None), name)
        counts["forged logs: both accept"] += 1

    def refused(self, name, *tail, by_both=True):
        """Both refuse the last entry of `tail`."""
        entries = [*self.log.entries, *tail, self.log.head(self.replay)]
        self.refused_entry(name, entries, self.end + len(tail) - 1, by_both)

    def refused_entry(self, name, entries, number, by_both=True):
        reader, program = forged_verdicts(self.log, entries)
        self.assertEqual(entry_named(reader), number, f"{name}: {reader}")
        if by_both:
            self.assertEqual(entry_named(program), number, f"{name}: {program}")
            counts["forged logs: both refuse, and blame the same entry"] += 1
        else:
            self.assertRegex(reader, ONLY_SECOND, name)
            self.assertNotEqual(entry_named(program), number, f"{name}: the program sees it now: say so here")
            counts["forged logs: only the second reader looks"] += 1

    def ops(self, *operations, kind=OPS, body=b""):
        return encode_entry(kind, self.time, body, operations)

    def test_what_may_be(self):
        one, two = some_units(1, 2)
        new = self.ops(create(one), create(two))
        self.accepted("nothing more")
        self.accepted("units", new)
        self.accepted("an event with a body and sections", encode_entry(EVENT, self.time, b"free", (), [bytes(48)] * 4))
        self.accepted("no operations, but a body", self.ops(body=b"free"))
        self.accepted("sections in operations", encode_entry(OPS, self.time, b"", [create(one)], [bytes(48)]))
        self.accepted("classes and days", self.ops(create(one, 1, NOT_STARTED), create(two, 2, UNDECIDED)))
        self.accepted("overdue at once", self.ops(create(one, 0, 0)))
        self.accepted("a hold and its end", new, self.ops(redue(one, state=1, reason=4)),
                      self.ops(redue(one, (0, 30001), (2, 5), reason=5)))
        self.accepted("moved to the same day", new, self.ops(redue(one, new=(0, 30000))))
        self.accepted("a rule that no policy has", self.ops(create(one, rule=65535, category=65535)))

    def test_entries_that_do_not_parse(self):
        one, two = some_units(1, 2)
        good = encode_entry(EVENT, self.time)
        for name, entry in {
                "version 0": encode_entry(EVENT, self.time, version=0),
                "version 2": encode_entry(EVENT, self.time, version=2),
                "kind 0": encode_entry(0, self.time),
                "kind 13": encode_entry(13, self.time),
                "no bytes": b"",
                "one byte": b"\1",
                "five sections": encode_entry(EVENT, self.time, sections=[bytes(48)] * 5),
                "cut": good[:-1],
                "bytes behind": good + b"\0",
                "an event with operations": self.ops(create(one), kind=EVENT),
                "an erasure among operations": self.ops(erase(one)),
                "a create in an erasure": self.ops(create(one), kind=ERASE),
                "operation 0": self.ops(b"\0" + create(one)[1:]),
                "operation 4": self.ops(b"\4" + create(one)[1:]),
                "class 3": self.ops(create(one, cls=3)),
                "unit twice": self.ops(create(one), create(one)),
                "units that fall": self.ops(create(two), create(one)),
                "cut operation": self.ops(create(one)[:-1]),
        }.items():
            self.refused(name, entry)
        new = self.ops(create(one))
        for name, operation in {
                "old class 3": redue(one, (3, 30000)), "class 3": redue(one, new=(3, 1)),
                "state 2": redue(one, state=2), "reason 0": redue(one, reason=0), "reason 6": redue(one, reason=6)
        }.items():
            self.refused(name, new, self.ops(operation))
        self.refused("moved twice in one entry", new, self.ops(redue(one), redue(one, (0, 30001), (0, 30002))))

    def test_bodies(self):
        policy = bytes(32) + u(1, 4)
        row = u(1, 2) + u(0, 1) + u(1, 1) + b"a"
        table = u(1, 2) + row
        self.accepted("a policy", encode_entry(POLICY, self.time,
                                               policy + table + u(1, 2) + u(1, 2) + u(2, 1) + u(0, 1)))
        cases = {
            "rows twice": (POLICY, policy + u(2, 2) + row + row + u(0, 2)),
            "rows that fall": (POLICY, policy + u(2, 2) + u(2, 2) + row[2:] + row + u(0, 2)),
            "a rule of class 3": (POLICY, policy + u(0, 2) + u(1, 2) + u(1, 2) + u(3, 1) + u(0, 1)),
            "a category of class 3": (POLICY, policy + u(1, 2) + u(1, 2) + u(3, 1) + u(0, 1) + u(0, 2)),
            "a table cut short": (POLICY, policy + table),
            "a policy with bytes behind": (POLICY, policy + table + table + b"\0"),
            "slots": (SLOTS, bytes(35)),
            "slots with bytes behind": (SLOTS, bytes(37)),
            "an intent": (INTENT, bytes(43)),
            "an intent with bytes behind": (INTENT, bytes(45)),
            "an erasure": (ERASE, bytes(27)),
            "a part beyond": (ERASE, u(0, 8) + u(1, 4) + u(2, 4) + bytes(8) + u(2, 2) + u(2, 2)),
            "destroyed": (e.DESTROYED, bytes(49)),
            "destroyed with bytes behind": (e.DESTROYED, bytes(51)),
        }
        for name, (kind, body) in cases.items():
            self.refused(name, encode_entry(kind, self.time, body))

    def test_genesis(self):
        genesis = self.log.genesis_body
        for name, body in {
                "format 0": genesis(version=0), "format 2": genesis(version=2), "nothing behind": genesis(behind=b""),
                "a predecessor cut short": genesis(behind=b"\1"), "bytes behind": genesis(behind=b"\0\0"),
                "another ledger": genesis(ledger_id=bytes(32)),
                "a predecessor above 4,096 bytes": genesis(behind=b"\1" + u(4097, 2) + bytes(4097)
                                                           ), "an origin above 255 bytes": genesis(origin="o" * 256)
        }.items():
            self.refused_entry(name, [encode_entry(e.GENESIS, 0, body), *self.log.entries[1:]], 0)
        for name, body in {
                "another origin": genesis(origin="other.example"), "another key": genesis(key=bytes(32))
        }.items():
            entries = [encode_entry(e.GENESIS, 0, body), *self.log.entries[1:]]
            reader, program = forged_verdicts(self.log, entries)
            self.assertTrue(reader and program and reader.startswith("checkpoint: "), f"{name}: {reader} / {program}")
        self.refused("a second genesis", encode_entry(e.GENESIS, self.time, genesis()))
        self.refused_entry("no genesis", self.log.entries[1:], 0)

    def test_replay(self):
        one, two = some_units(1, 2)
        new = self.ops(create(one))
        dead = next(o.unit for entry in self.log.entries for o in parse_entry(entry).operations if o.type == e.ERASED)
        self.refused("time that goes back", encode_entry(EVENT, self.time - 1))
        self.refused("a unit created twice", new, self.ops(create(one)))
        self.refused("a unit moved that never was", self.ops(redue(two)))
        self.refused("a unit moved that is gone", self.ops(redue(dead)))
        self.refused("another day before", new, self.ops(redue(one, (0, 30002))))
        self.refused("another class before", new, self.ops(redue(one, (1, 30000))))
        self.refused("an id used again", self.ops(create(dead)), by_both=False)
        self.refused_entry("no head at the end", self.log.entries + [encode_entry(EVENT, self.time)], self.end)

    def test_heads(self):
        widths = dict(zip(e.FIELDS[HEAD].split()[::2], map(int, e.FIELDS[HEAD].split()[1::2])))
        truth = {**self.replay.expected_head(), "legal_day": 20000, "flags": 0}
        for name, width in widths.items():
            value = truth[name]
            lie = sha256(value) if width >= 16 else (value + 1) % 2**(8 * width)
            head = encode_entry(HEAD, self.time, encode_fields(HEAD, {**truth, name: lie}))
            if name in ("legal_day", "flags"):
                self.assertEqual(forged_verdicts(self.log, self.log.entries + [head]), (None, None), name)
            else:
                by_both = name not in ("generation", "slots_digest", "policy_digest")
                self.refused_entry(name, self.log.entries + [head], self.end, by_both)
        good = self.log.head(self.replay)
        body = parse_entry(good).body
        for name, head in {
                "flag 8": encode_entry(HEAD, self.time,
                                       body[:-1] + b"\x08"), "a section": encode_entry(HEAD,
                                                                                       self.time,
                                                                                       body,
                                                                                       sections=[bytes(48)]),
                "199 bytes": encode_entry(HEAD, self.time,
                                          body[:-1]), "201 bytes": encode_entry(HEAD, self.time, body + b"\0")
        }.items():
            self.refused_entry(name, self.log.entries + [head], self.end)

    def erasure(self, **lies):
        """Four units created and erased in two parts."""
        units, at = some_units(1, 2, 3, 4), self.end + 1
        told = {
            "digest": sha256(b"".join(units)), "units": 4, "new": 3, "intent": at, "places": (0, 1), "parts": 2,
            "second_new": 3, "slots": 3, "first": units[:2], "destroyed": 2, "named": at + 3, **lies
        }
        intent = {"old": 2, "new": told["new"], "units": told["units"], "digest": told["digest"]}
        body = {
            "intent": told["intent"], "old": 2, "new": told["new"], "units": told["units"], "sections_dropped": 7,
            "parts": told["parts"]
        }
        parts = [
            encode_entry(ERASE, self.time, encode_fields(ERASE, {**body, "part": part, "new": new}), map(erase, some))
            for part, new, some in ((told["places"][0], told["new"], told["first"]), (told["places"][1],
                                                                                      told["second_new"], units[2:]))
        ]
        end = {
            "erase": told["named"], "old": told["destroyed"], "everywhere_day": 30000, "copies": 0,
            "register_digest": bytes(32)
        }
        return [
            self.ops(*map(create, units)),
            encode_entry(INTENT, self.time, encode_fields(INTENT, intent)),
            encode_entry(SLOTS, self.time,
                         u(told["slots"], 4) + sha256(b"new slots")), *parts,
            encode_entry(e.DESTROYED, self.time, encode_fields(e.DESTROYED, end))
        ]

    def test_erasures(self):
        self.accepted("two parts", *self.erasure())
        self.accepted("only an intent", *self.erasure()[:2])
        for name, count, lies in (("another digest", 5, {"digest": bytes(32)}), ("another number", 5, {"units": 5}),
                                  ("no intent", 4, {"intent": self.end}), ("slots of before", 4, {"slots": 2}),
                                  ("the second part first", 4, {"places":
                                      (1, 0)}), ("one part twice", 5, {"places":
                                          (0, 0)}), ("parts that differ", 5, {"second_new": 4}),
                                  ("one unit left out", 5, {"first": some_units(1, 2, 3, 4)[:1]
                                                            }), ("another root destroyed", 6, {"destroyed": 1}),
                                  ("an intent destroyed", 6, {"named": self.end + 1}), ("a generation left out", 2,
                                                                                        {"new": 4, "second_new": 4})):
            self.refused(name, *self.erasure(**lies)[:count], by_both=False)
        half = ForgedLog(self.log.entries + self.erasure()[:4])
        self.refused("a head between the parts", *self.erasure()[:4], half.head(half.replayed()), by_both=False)

    def rotation(self, units=0, slots=3, old=2):
        """A new root key, and nothing is erased."""
        intent = {"old": 2, "new": 3, "units": units, "digest": sha256(b"")}
        end = {"erase": self.end + 1, "old": old, "everywhere_day": 30000, "copies": 0, "register_digest": bytes(32)}
        return [
            encode_entry(INTENT, self.time, encode_fields(INTENT, intent)),
            encode_entry(SLOTS, self.time, u(slots, 4) + sha256(b"new slots")),
            encode_entry(e.DESTROYED, self.time, encode_fields(e.DESTROYED, end))
        ]

    def test_rotations(self):
        self.accepted("nothing erased", *self.rotation())
        self.accepted("slots of the same generation", self.rotation(slots=2)[1])
        self.refused("announced as something else", *self.rotation(units=1), by_both=False)
        self.refused("another root destroyed", *self.rotation(old=1), by_both=False)
        self.refused("two generations at once", *self.rotation(slots=4)[:2], by_both=False)
        self.refused("the next before the root is destroyed", *self.rotation()[:2], self.rotation(slots=4)[1],
                     by_both=False)
        half = ForgedLog(self.log.entries + self.rotation(units=1)[:2])
        self.refused_entry("a generation for nothing", half.entries + [half.head(half.replayed())], self.end + 2, False)

    def test_any_byte(self):
        """Entries with random bytes changed, hashed and signed anew."""
        random = rng("any byte")
        rare = [i for i, entry in enumerate(self.log.entries) if entry[1] not in (EVENT, HEAD)]
        for _ in range(150 * MORE):
            number = random.choice((random.choice(rare), random.randrange(self.end), self.end - 1))
            entry = bytearray(self.log.entries[number])
            place = random.randrange(len(entry))
            change = random.choice("fffffsid")
            if change in "fs":
                entry[place] = entry[place] ^ 1 << random.randrange(8) if change == "f" else random.choice(
                    (0, 1, 2, 3, 6, 255))
            else:
                entry[place:place + 1] = random.randbytes(2) if change == "i" else b""
            reader, program = forged_verdicts(
                self.log, self.log.entries[:number] + [bytes(entry)] + self.log.entries[number + 1:])
            what = f"entry {number}, byte {place}: {reader} / {program}"
            if reader and ONLY_SECOND.search(reader):
                counts["entries with a changed byte: only the second reader looks"] += 1
                continue
            self.assertEqual(entry_named(reader), entry_named(program), what)
            self.assertEqual(reader is None, program is None, what)
            counts["entries with a changed byte: both " + ("refuse" if reader else "accept what no rule forbids")] += 1
