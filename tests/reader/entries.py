# SPDX-License-Identifier: Apache-2.0
"""Entries and the maps: docs/formats/entry.md and map.md."""
import collections
import types

from decoding import Cursor, need, sha256

GENESIS, EVENT, OPS, HEAD, INTENT, ERASE, DESTROYED, POLICY, SLOTS, LOG_KEY, RECOVERY, CLOSE = range(1, 13)
CREATE, REDUE, ERASED = 1, 2, 3
NOT_STARTED, UNDECIDED, NO_DAY = 2**32 - 1, 2**32 - 2, 2**32 - 1
NO_HEAD = 2**64 - 1

Entry = collections.namedtuple("Entry", "kind time seal_id sections body operations")  # sections: (tag, root)


def u(value, count):
    return value.to_bytes(count, "big")


def parse_operation(cursor, kind):
    operation = types.SimpleNamespace(type=cursor.uint(1), unit=cursor.take(16))
    need(operation.type in ((CREATE, REDUE) if kind == OPS else (ERASED, )), "an operation has no place in this kind")
    if operation.type == CREATE:
        operation.category, operation.cls, operation.rule = cursor.uint(2), cursor.uint(1), cursor.uint(2)
        operation.due, operation.key_commit = cursor.uint(4), cursor.take(32)
    elif operation.type == REDUE:
        operation.old_cls, operation.old_due, operation.cls = cursor.uint(1), cursor.uint(4), cursor.uint(1)
        operation.due, operation.state, operation.rule = cursor.uint(4), cursor.uint(1), cursor.uint(2)
        need(operation.old_cls <= 2 and operation.state <= 1, "an operation's class or state is outside its list")
        need(1 <= cursor.uint(1) <= 5, "an operation's reason is outside its list")
    else:
        operation.cls, operation.due = cursor.uint(1), cursor.uint(4)
        need(1 <= cursor.uint(1) <= 5, "an operation's reason is outside its list")
    need(operation.cls <= 2, "an operation's class is outside its list")
    return operation


def parse_entry(data):
    need(len(data) <= 65535, "is longer than an entry may be")
    cursor = Cursor(data)
    version, kind, time, seal_id = cursor.uint(1), cursor.uint(1), cursor.uint(4), cursor.take(16)
    need(version == 1, "is too new" if version else "has version 0")
    need(1 <= kind <= 12, f"is of the unknown kind {kind}")
    count = cursor.uint(1)
    need(count <= 4 and not (count and kind == HEAD), "has more sections than its kind may have")
    sections = [(cursor.take(16), cursor.take(32)) for _ in range(count)]
    body = cursor.take(cursor.uint(2))
    count = cursor.uint(2)
    need(not count or kind in (OPS, ERASE), "has operations, which its kind has not")
    operations = [parse_operation(cursor, kind) for _ in range(count)]
    need(all(a.unit < b.unit for a, b in zip(operations, operations[1:])), "has units that do not strictly ascend")
    cursor.end()
    return Entry(kind, time, seal_id, sections, body, operations)


def parse_genesis(cursor):
    need(cursor.uint(2) == 1, "has a genesis of another format, perhaps too new")
    length = cursor.uint(2)
    need(length <= 255, "has an origin above 255 bytes")
    origin, key, ledger_id = cursor.take(length), cursor.take(32), cursor.take(32)
    predecessors = []
    for _ in range(cursor.uint(1)):
        length = cursor.uint(2)
        need(length <= 4096, "has a predecessor above 4,096 bytes")
        predecessors.append(cursor.take(length))
    need(predecessors or ledger_id == sha256(b"spor/ledger/v1" + origin + b"\n" + key),
         "has a ledger id that does not follow from origin and key")
    return {"origin": origin, "key": key, "ledger_id": ledger_id, "predecessors": predecessors}


def parse_table(cursor):
    rows = [(cursor.uint(2), cursor.uint(1), cursor.take(cursor.uint(1))) for _ in range(cursor.uint(2))]
    need(all(a[0] < b[0] for a, b in zip(rows, rows[1:])), "has a table whose numbers do not ascend")
    need(all(row[1] <= 2 for row in rows), "has a table with a class outside its list")
    return rows


def parse_policy(cursor):
    return {
        "digest": cursor.take(32), "version": cursor.uint(4), "categories": parse_table(cursor),
        "rules": parse_table(cursor)
    }


# Names of fields and how many bytes each has; 16 and more are bytes, fewer an integer.
FIELDS = {
    HEAD: "index 8 previous_head 8 live_root 32 live_units 8 due_root 32 due_rows 8 earliest_due 4 not_started 8 "
          "undecided 8 held 8 generation 4 slots_digest 32 policy_digest 32 legal_day 4 flags 4",
    INTENT: "old 4 new 4 units 4 digest 32",
    ERASE: "intent 8 old 4 new 4 units 4 sections_dropped 4 part 2 parts 2",
    DESTROYED: "erase 8 old 4 everywhere_day 4 copies 2 register_digest 32",
    SLOTS: "generation 4 slots_digest 32",
    LOG_KEY: "endorse 1 next_key 32 first_index 8",
    CLOSE: "reason 1 surviving_size 8 surviving_root 32 lost_size 8 lost_root 32",
}
SHORTER, DIFFERS, ANCHOR_LOST = 1, 2, 3  # reasons of a closing


def parse_fields(kind, cursor):
    words = FIELDS[kind].split()
    body = {}
    for name, count in zip(words[::2], map(int, words[1::2])):
        body[name] = cursor.take(count) if count >= 16 else cursor.uint(count)
    need(body.get("flags", 0) <= 7, "has flags outside the three")
    need(kind != ERASE or body["part"] < body["parts"], "is a part that is not below parts")
    need(kind != LOG_KEY or body["endorse"] == 1, "does something else with a key than endorse it")
    if kind == CLOSE:
        check_closing(body)
    return body


def check_closing(body):
    need(body["surviving_size"], "closes an origin of which nothing survives")
    surviving, lost = ((body[name + "_size"], body[name + "_root"]) for name in ("surviving", "lost"))
    fits = {
        SHORTER: lost[0] > surviving[0], DIFFERS: 0 < lost[0] <= surviving[0] and lost != surviving,
        ANCHOR_LOST: lost == (0, bytes(32))
    }
    need(fits.get(body["reason"]), "closes an origin for no reason, or for one that its sizes and roots do not fit")


def parse_body(entry):
    """The body as a dictionary; that of events, operations and the reserved kind is nothing that a reader knows."""
    cursor = Cursor(entry.body)
    if entry.kind == GENESIS:
        body = parse_genesis(cursor)
    elif entry.kind == POLICY:
        body = parse_policy(cursor)
    elif entry.kind in FIELDS:
        body = parse_fields(entry.kind, cursor)
    else:
        return {}
    cursor.end()
    return body


def uvarint(value):
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


class Inner:

    def __init__(self, bit, left, right):
        self.bit, self.sides, self.hash = bit, [left, right], None


class Leaf:

    def __init__(self, key, value):
        self.key, self.value = key, value
        self.hash = sha256(b"\0" + uvarint(len(key)) + key + uvarint(len(value)) + value)


def bit_of(key, bit):
    return key[bit >> 3] >> (7 - (bit & 7)) & 1


class Map:
    """A Merkle Patricia map over keys of one length. Hashes are kept until something below them changes."""

    def __init__(self):
        self.top, self.count = None, 0

    def way(self, key):
        """The inner nodes from the top towards `key`, and the leaf at the end."""
        nodes, node = [], self.top
        while isinstance(node, Inner):
            nodes.append(node)
            node = node.sides[bit_of(key, node.bit)]
        return nodes, node

    def get(self, key):
        leaf = self.way(key)[1]
        return leaf.value if leaf and leaf.key == key else None

    def hang(self, nodes, key, node):
        """Puts `node` below the last of `nodes` (the way to `key`), or at the top."""
        for inner in nodes:
            inner.hash = None
        if nodes:
            nodes[-1].sides[bit_of(key, nodes[-1].bit)] = node
        else:
            self.top = node

    def insert(self, key, value):
        """`key` must not be there."""
        self.count += 1
        nodes, leaf = self.way(key)
        new = Leaf(key, value)
        if leaf is None:
            self.top = new
            return
        differing = int.from_bytes(key, "big") ^ int.from_bytes(leaf.key, "big")
        bit = 8 * len(key) - differing.bit_length()
        above = [node for node in nodes if node.bit < bit]
        below = nodes[len(above)] if len(above) < len(nodes) else leaf
        self.hang(above, key, Inner(bit, below, new) if bit_of(key, bit) else Inner(bit, new, below))

    def remove(self, key):
        """`key` must be there."""
        self.count -= 1
        nodes, _ = self.way(key)
        if not nodes:
            self.top = None
            return
        last = nodes.pop()
        self.hang(nodes, key, last.sides[1 - bit_of(key, last.bit)])

    def root(self):
        return self.hash_of(self.top) if self.top else sha256(b"")

    def hash_of(self, node):
        if node.hash is None:
            node.hash = sha256(b"\1" + uvarint(node.bit) + b"".join(map(self.hash_of, node.sides)))
        return node.hash

    def smallest(self):
        node = self.top
        while isinstance(node, Inner):
            node = node.sides[0]
        return node.key if node else None
