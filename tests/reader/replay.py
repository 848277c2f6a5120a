# SPDX-License-Identifier: Apache-2.0
"""The replay of a whole log: docs/formats/entry.md and map.md."""
import collections

from decoding import at, need, sha256
from entries import (CREATE, DESTROYED, ERASE, GENESIS, HEAD, INTENT, NO_DAY, NO_HEAD, NOT_STARTED, POLICY, REDUE,
                     SLOTS, UNDECIDED, Map, parse_body, parse_entry, u)
from origins import Origins
from tree import GrowingTree, leaf_hash


class Replay:
    """What the entries of a log give, one after the other; refuses the first that does not fit those before it."""

    def __init__(self):
        self.size, self.time, self.previous_head = 0, 0, NO_HEAD
        self.live, self.due, self.ever = Map(), Map(), set()
        self.figures = {"not_started": 0, "undecided": 0, "held": 0}
        self.origins, self.tree = Origins(), GrowingTree()
        self.generation, self.slots_digest, self.policy_digest = 0, bytes(32), bytes(32)
        self.intents, self.erasure, self.finished = {}, None, {}  # finished: its root is still to be destroyed
        self.fresh_origin = False  # a successor origin began, and its slots have not come yet
        self.begun = None  # index and old generation of slots that begin a generation, until it is seen what for
        self.erasures = 0
        self.kinds = collections.Counter()
        self.operations = collections.Counter()

    def add(self, data):
        with at(f"entry {self.size}"):
            entry = parse_entry(data)
            need(entry.time >= self.time, "is older than the entry before")
            body = parse_body(entry)
            self.origins.see(self.size, entry.kind, body, self.tree.root())
            for operation in entry.operations:
                self.apply(operation)
            self.see(entry, body)
            self.kinds[entry.kind] += 1
            self.time = entry.time
            self.size += 1
            self.tree.add(leaf_hash(data))
            if entry.kind == HEAD:
                self.origins.newest = (self.size, self.tree.root())

    def apply(self, operation):
        unit = operation.unit
        if operation.type == CREATE:
            need(unit not in self.ever, "creates a unit that is there, or was")
            self.ever.add(unit)
            self.live.insert(unit, u(operation.category, 2) + u(self.size, 8) + operation.key_commit)
            self.set_due(operation, state=0)
        elif operation.type == REDUE:
            need(self.live.get(unit) is not None, "moves a unit that is not alive")
            self.drop_due(operation.old_cls, operation.old_due, unit)
            self.set_due(operation, operation.state)
        else:
            need(self.live.get(unit) is not None, "erases a unit that is not alive")
            self.drop_due(operation.cls, operation.due, unit)
            self.live.remove(unit)
        self.operations[operation.type] += 1

    def set_due(self, operation, state):
        key = u(operation.cls, 1) + u(operation.due, 4) + operation.unit
        self.due.insert(key, u(operation.rule, 2) + u(state, 1) + u(self.size, 8))
        self.count(operation.due, state, 1)

    def drop_due(self, cls, due, unit):
        key = u(cls, 1) + u(due, 4) + unit
        value = self.due.get(key)
        need(value is not None, "names another class or day than a unit has")
        self.due.remove(key)
        self.count(due, value[2], -1)

    def count(self, due, state, step):
        self.figures["not_started"] += step * (due == NOT_STARTED)
        self.figures["undecided"] += step * (due == UNDECIDED)
        self.figures["held"] += step * state

    def see(self, entry, body):
        if entry.kind == GENESIS:
            self.fresh_origin = self.size > 0
        elif entry.kind == SLOTS:
            self.check_slots(body)
        elif entry.kind == POLICY:
            self.policy_digest = body["digest"]
        elif entry.kind == HEAD:
            self.check_head(body)
        elif entry.kind == INTENT:
            need(body["new"] == body["old"] + 1 and body["old"] == self.generation, "intends another generation")
            self.intents[self.size] = body
        elif entry.kind == ERASE:
            self.check_erase(entry, body)
        elif entry.kind == DESTROYED:
            self.end_rotation()
            need(self.finished.pop(body["erase"], None) == body["old"], "does not name the erasure whose root it ends")

    def check_slots(self, slots):
        """Those of the next generation begin an erasure or a rotation that erases nothing."""
        old, new = self.generation, slots["generation"]
        fresh, self.fresh_origin = self.fresh_origin, False
        if fresh and new > old:  # the rotations between are in the part of the log that is lost
            self.finished, self.begun, self.intents = {}, None, {}
            old = new
        if old and new != old:
            need(new == old + 1, "are slots of another generation than this one or the next")
            need(not self.finished and not self.begun, "are slots before the root of the last erasure is destroyed")
            self.begun = (self.size, old)
        self.generation, self.slots_digest = new, slots["slots_digest"]

    def end_rotation(self):
        """Where a generation began and no erasure came: then an intent of no units must have said so."""
        if self.begun:
            index, old = self.begun
            need(any((intent["units"], intent["old"]) == (0, old) for intent in self.intents.values()),
                 "ends a generation that no erasure and no intent of nothing began")
            self.finished[index], self.begun = old, None

    def expected_head(self):
        """What a head here must say; nothing about its legal day and flags."""
        smallest = self.due.smallest()
        earliest = int.from_bytes(smallest[1:5], "big") if smallest and smallest[0] == 0 else NO_DAY
        return {
            "index": self.size, "previous_head": self.previous_head, "live_root": self.live.root(),
            "live_units": self.live.count, "due_root": self.due.root(), "due_rows": self.due.count,
            "earliest_due": earliest, "generation": self.generation, "slots_digest": self.slots_digest,
            "policy_digest": self.policy_digest, **self.figures
        }

    def check_head(self, head):
        need(self.erasure is None, "stands between the parts of an erasure")
        for name, value in self.expected_head().items():
            need(head[name] == value, f"is a head whose {name} is not what the entries before it give")
        self.previous_head = self.size

    def check_erase(self, entry, body):
        intent = self.intents.get(body["intent"])
        need(intent, "names no intent that is still to be carried out")
        need(body["new"] == self.generation, "is an erasure without the slots of its new generation")
        for name in ("old", "new", "units"):
            need(body[name] == intent[name], f"names another {name} than its intent")
        if self.erasure is None:
            need(self.begun, "is an erasure of a generation that another one began")
            self.begun = None
            self.erasure = {"body": body, "part": 0, "units": []}
        first = self.erasure["body"]
        need(
            all(body[name] == first[name] for name in body if name != "part") and body["part"] == self.erasure["part"],
            "is not the next part of its erasure")
        self.erasure["part"] += 1
        self.erasure["units"] += [operation.unit for operation in entry.operations]
        if self.erasure["part"] == body["parts"]:
            units = sorted(self.erasure["units"])
            need(
                len(units) == body["units"] and sha256(b"".join(units)) == intent["digest"],
                "erases other units than its intent says")
            self.erasure = None
            self.finished[self.size] = body["old"]
            self.erasures += 1
            del self.intents[body["intent"]]
