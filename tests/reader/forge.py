# SPDX-License-Identifier: Apache-2.0
"""Writes logs and receipts that are signed and hashed as they must be, whatever they say: for tests of readers."""
import base64
import pathlib

import nacl.bindings
import nacl.signing

import tree
from artefacts import Trust, compact, in_lines
from decoding import sha256
from entries import (CREATE, ERASED, EVENT, FIELDS, GENESIS, HEAD, POLICY, REDUE, parse_body, parse_entry, u)
from notes import LOG, WITNESS, make_key
from replay import Replay
from sections import BYTES, TEXT, UNSIGNED, Field, xchacha20_keystream


def base64_of(data):
    return base64.b64encode(data).decode()


def encode_entry(kind, time, body=b"", operations=(), sections=(), seal_id=bytes(16), version=1):
    operations = list(operations)
    return b"".join([
        u(version, 1),
        u(kind, 1),
        u(time, 4), seal_id,
        u(len(sections), 1), *sections,
        u(len(body), 2), body,
        u(len(operations), 2), *operations
    ])


def create(unit, cls=0, due=30000, category=1, rule=1, key_commit=bytes(32)):
    return u(CREATE, 1) + unit + u(category, 2) + u(cls, 1) + u(rule, 2) + u(due, 4) + key_commit


def redue(unit, old=(0, 30000), new=(0, 30001), state=0, rule=1, reason=1):
    return u(REDUE, 1) + unit + u(old[0], 1) + u(old[1], 4) + u(new[0], 1) + u(new[1], 4) + u(state, 1) + u(
        rule, 2) + u(reason, 1)


def erase(unit, cls=0, due=30000, reason=1):
    return u(ERASED, 1) + unit + u(cls, 1) + u(due, 4) + u(reason, 1)


def encode_fields(kind, body):
    words = FIELDS[kind].split()
    return b"".join(u(body[n], int(c)) if int(c) < 16 else body[n] for n, c in zip(words[::2], words[1::2]))


def vkey_text(key):
    return f"{key.name}+{key.key_id.hex()}+{base64_of(bytes([key.type]) + key.public)}"


class Signer:

    def __init__(self, name, seed, key_type=LOG):
        self.secret = nacl.signing.SigningKey(seed)
        self.key = make_key(name, key_type, bytes(self.secret.verify_key))

    def line(self, text, time=None):
        """A signature line over `text`; a witness's with its time."""
        signature = b""
        if self.key.type == WITNESS:
            signature, text = u(time, 8), b"cosignature/v1\ntime %d\n" % time + text
        signature += self.secret.sign(text).signature
        return f"\u2014 {self.key.name} {base64_of(self.key.key_id + signature)}\n".encode()


class ForgedLog:
    """Entries under a key of the test's own."""
    ORIGIN = "forged.example/log"

    def __init__(self, entries):
        """Takes over the entries of another log; its genesis gets another origin and key."""
        self.signer = Signer(self.ORIGIN, bytes(range(32)))
        old = parse_entry(entries[0])
        self.entries = [encode_entry(GENESIS, old.time, self.genesis_body(), seal_id=old.seal_id), *entries[1:]]

    def genesis_body(self, version=1, origin=None, key=None, ledger_id=None, behind=b"\0"):
        origin, key = (origin or self.ORIGIN).encode(), key or self.signer.key.public
        ledger_id = ledger_id or sha256(b"spor/ledger/v1" + origin + b"\n" + key)
        return u(version, 2) + u(len(origin), 2) + origin + key + ledger_id + behind

    def replayed(self):
        replay = Replay()
        for entry in self.entries:
            replay.add(entry)
        return replay

    @staticmethod
    def head(replay, **lies):
        """A head behind the replayed entries, right but for `lies`."""
        truth = {**replay.expected_head(), "legal_day": replay.time // 86400, "flags": 0}
        return encode_entry(HEAD, replay.time, encode_fields(HEAD, {**truth, **lies}))

    def checkpoint(self, entries, **lies):
        truth = {
            "origin": self.ORIGIN, "size": len(entries),
            "root": tree.Tree([tree.leaf_hash(e) for e in entries]).root(0, len(entries))
        }
        told = {**truth, **lies}
        return self.note(f"{told['origin']}\n{told['size']}\n{base64_of(told['root'])}\n".encode())

    def note(self, text):
        return text + b"\n" + self.signer.line(text)

    def write(self, directory, entries, note=None):
        """The exported tree of `entries` and the verifier key beside it."""
        directory = pathlib.Path(directory)
        write_tree(directory, entries)
        (directory / "checkpoint").write_bytes(note or self.checkpoint(entries))
        directory.with_suffix(".vkey").write_text(vkey_text(self.signer.key) + "\n")


def write_tree(directory, entries):
    """All tiles and bundles."""

    def put(level, index, items):
        for first in range(0, len(items), tree.WIDTH):
            some = items[first:first + tree.WIDTH]
            file = pathlib.Path(directory) / tree.tile_path(level, index + first // tree.WIDTH, len(some))
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(b"".join(some))

    put("entries", 0, [u(len(e), 2) + e for e in entries])
    hashes, level = [tree.leaf_hash(e) for e in entries], 0
    while hashes:
        put(level, 0, hashes)
        full = len(hashes) // tree.WIDTH * tree.WIDTH
        hashes = [tree.perfect_root(hashes[i:i + tree.WIDTH]) for i in range(0, full, tree.WIDTH)]
        level += 1


def text(name, value):
    return Field(name.encode(), TEXT, value.encode())


def seal(ledger_id, kind, seal_id, number, unit, seed, fields, behind=b""):
    """A section: what stands in the entry (with a tag of zeroes), and the sealed blob."""
    keystream = xchacha20_keystream(seed, bytes(24), 32 + 32 * len(fields))
    encoded = [u(len(f.name), 1) + f.name + u(f.type, 1) + u(len(f.value), 4) + f.value for f in fields]
    plaintext = u(len(fields), 1) + b"".join(encoded)
    plaintext += bytes(-len(plaintext) % 32) + behind
    place = ledger_id + u(kind, 1) + seal_id + u(number, 1) + unit
    blob = nacl.bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(plaintext, place, bytes(24), keystream[:32])
    commitments = b"".join(
        sha256(b"spor/field/v1" + keystream[32 + 32 * i:64 + 32 * i] + e) for i, e in enumerate(encoded))
    fields_hash = sha256(b"spor/fields/v1" + unit + u(len(fields), 1) + commitments)
    return bytes(16) + sha256(b"spor/section/v1" + sha256(blob) + fields_hash), blob


class ForgedReceipt:
    """A receipt of an event with two sections, `scope` closed, audit or person, in a log of a few entries. Whatever
    stands in `lies` is not as it ought to be."""
    GENESIS, SHOWN, EVENT = 1770000000, 1770000100, 1770000200

    def __init__(self, scope, **lies):
        self.lies, self.scope = lies, scope
        self.log = ForgedLog([encode_entry(GENESIS, self.told("genesis_time", self.GENESIS))])
        self.ledger_id = parse_body(parse_entry(self.log.entries[0]))["ledger_id"]
        self.openings = {}
        shown = self.entry("shown", self.told("shown_kind", EVENT), self.told("shown_time", self.SHOWN),
                           self.told("shown_sections", [[text("action", "send")], [text("subject", "17")]]))
        shown = self.told("shown", shown)
        before = self.told("event_before", False)  # then the event takes the place of what else stands between
        self.log.entries += [shown] if before else [encode_entry(POLICY, self.GENESIS, bytes(40)), shown]
        self.index, self.event = 2, 1 if before else 3
        opened = {"closed": [], "audit": [0], "person": [0, 1]}[scope]
        self.shown = {"entry": base64_of(shown), "sections": self.told("sections", self.sections("shown", opened))}
        if scope != "closed":
            self.record()
        self.trust = Trust(ForgedLog.ORIGIN, self.log.entries[0], self.ledger_id, [(0, self.log.signer.key)], None)
        self.tree = tree.Tree([tree.leaf_hash(e) for e in self.log.entries])
        disclosure = None
        if scope != "closed":
            event = {
                "index": self.event, "entry": base64_of(self.log.entries[self.event]), "proof": self.proof(self.event),
                "sections": self.told("event_opened", self.sections("event", [0, 1] if scope == "person" else [0]))
            }
            disclosure = {"report": self.report, "event": {**event, **self.told("event_lies", {})}}
        ledger = {
            "origin": ForgedLog.ORIGIN, "ledger_id": self.ledger_id.hex(), "genesis_proof": self.proof(0),
            **self.told("ledger_lies", {})
        }
        extra = {"format": "spor-receipt/1", "ledger": ledger, "shown": self.shown, "disclosure": disclosure}
        self.extra = self.told("rewrite", lambda text: text)(compact({**extra, **self.told("extra_lies", {})}))

    def told(self, name, truth):
        return self.lies.get(name, truth)

    def entry(self, name, kind, time, sections):
        """An entry whose sections are sealed; how to open them is kept."""
        seal_id, sealed = sha256(name.encode())[:16], []
        for number, fields in enumerate(sections):
            unit, seed = sha256(b"unit %d" % number)[:16], sha256(f"{name} {number}".encode())
            clear, blob = seal(self.ledger_id, kind, seal_id, number, unit, seed, fields, self.told("padding", b""))
            sealed.append(clear if name == "event" else self.told("another_root", clear))
            self.openings[name, number] = {"unit": unit.hex(), "seed": base64_of(seed), "blob": base64_of(blob)}
        body = self.told(name + "_body", b"")
        return encode_entry(kind, time, body, sections=sealed, seal_id=seal_id)

    def sections(self, name, opened):
        count = max(number for owner, number in self.openings if owner == name) + 1 if (name, 0) in self.openings else 0
        return [self.openings[name, number] if number in opened else "closed" for number in range(count)]

    def record(self):
        """Writes the event that records the report, behind the entry that is shown."""
        states = [s if isinstance(s, str) else "opened" for s in self.shown["sections"]]
        told = b"spor/report/v1%d %s\n" % (self.index, compact(self.shown).encode())
        content = {
            "entries": 1, "opened": states.count("opened"), "closed": states.count("closed"),
            "destroyed": states.count("opening_destroyed"), "digest": sha256(told).hex(),
            **self.told("content_lies", {})
        }
        reason = "a reason"
        self.report = {
            "made_at": "2026-02-02T02:43:20Z", "index": self.index, "scope": self.scope,
            "reason": reason if self.scope == "audit" else None, "content": content, **self.told("report_lies", {})
        }
        fields = {
            "action": text("action", "receipt"), "actor": Field(b"actor", BYTES, bytes(16)),
            "entry": Field(b"entry", UNSIGNED, u(self.index, 8)), "reason": text("reason", reason),
            "report_digest": Field(b"report_digest", BYTES, sha256(b"spor/report/v1" + compact(self.report).encode())),
            "result": text("result", "done"), **self.told("event_fields", {})
        }
        hers = {
            "action": text("action", "receipt"), "reason": text("reason", reason),
            "subject": Field(b"subject", BYTES, bytes(16)), **self.told("her_fields", {})
        }
        if self.scope == "person":
            fields["reason"] = self.told("audit_reason", None)
        kept = [[f for f in some.values() if f] for some in ([fields, hers] if self.scope == "person" else [fields])]
        event = self.entry("event", self.told("event_kind", EVENT), self.told("event_time", self.EVENT), kept)
        self.log.entries.insert(self.event, event)

    def proof(self, index):
        return base64_of(b"".join(self.tree.inclusion(index, len(self.log.entries))))

    def bytes(self):
        proof = [base64_of(h) + "\n" for h in self.tree.inclusion(self.index, len(self.log.entries))]
        head = f"c2sp.org/tlog-proof@v1\nextra {base64_of(self.extra.encode())}\nindex {self.index}\n{''.join(proof)}\n"
        return head.encode() + self.log.checkpoint(self.log.entries)

    def trust_file(self):
        vkey = {"vkey": vkey_text(self.log.signer.key), "start_index": 0}
        return in_lines({
            "format": "spor-trust/1", "origin": ForgedLog.ORIGIN, "genesis": base64_of(self.trust.genesis),
            "ledger_id": self.ledger_id.hex(), "log_vkeys": [vkey], "witness_policy": None, "approver_keys": []
        })
