# SPDX-License-Identifier: Apache-2.0
"""Receipts and the trust file: docs/formats/receipt.md and artefacts.md."""
import collections
import datetime
import json
import re

from decoding import Refused, at, from_base64, need, sha256
from entries import EVENT, GENESIS, parse_body, parse_entry
from notes import LOG, open_checkpoint, parse_checkpoint, parse_note, parse_tlog_proof, parse_vkey
from sections import BYTES, TEXT, UNSIGNED, Field, open_section
from tree import leaf_hash, verify_inclusion

Trust = collections.namedtuple("Trust", "origin genesis ledger_id keys")  # keys: (start index, key)
Shown = collections.namedtuple("Shown", "index data entry proof sections")  # an entry and what is opened of it
Opening = collections.namedtuple("Opening", "unit seed blob")
CLOSED, DESTROYED = "closed", "opening_destroyed"
ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
HASHES_MAX = 64


def no(_):
    raise Refused("a number is not whole")


def parse_json(data, write):
    """The object in `data`, of which `write` gives the one text that it may have."""
    try:
        value = json.loads(data.decode(), parse_float=no, parse_constant=no)
        need(write(value).encode() == data, "the JSON is not written in its one form")
    except (UnicodeError, RecursionError, ValueError):
        raise Refused("is not JSON in UTF-8") from None
    return value


def quoted(text):
    return '"' + re.sub('["\\\\\x00-\x1f\x7f]', lambda m: ESCAPES.get(m[0]) or f"\\u{ord(m[0]):04x}", text) + '"'


def compact(value):
    if isinstance(value, dict):
        return "{" + ",".join(f"{quoted(name)}:{compact(member)}" for name, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(compact, value)) + "]"
    return quoted(value) if isinstance(value, str) else json.dumps(value)


def in_lines(value):
    need(isinstance(value, dict), "is no object")
    members = []
    for name, member in value.items():
        lines = isinstance(member, list) and member
        members.append(f"{quoted(name)}:" +
                       ("[\n" + ",\n".join(map(compact, member)) + "\n]" if lines else compact(member)))
    return "{\n" + ",\n".join(members) + "\n}\n"


def members(value, names):
    """The members of an object that has exactly these, in this order."""
    need(isinstance(value, dict) and list(value) == names.split(), f"the object is not {{{names}}}")
    return value.values()


def text(value, what):
    need(isinstance(value, str), f"{what} is no text")
    return value


def number(value, what):
    need(type(value) is int and 0 <= value < 2**64, f"{what} is no whole number")
    return value


def binary(value, what, size=None):
    data = from_base64(text(value, what), what)
    need(size is None or len(data) == size, f"{what} has another length")
    return data


def hexadecimal(value, what, size):
    need(re.fullmatch(f"[0-9a-f]{{{2 * size}}}", text(value, what), re.ASCII),
         f"{what} is not {size} bytes in hexadecimal")
    return bytes.fromhex(value)


def hashes(value, what):
    data = binary(value, what)
    need(len(data) % 32 == 0 and len(data) <= 32 * HASHES_MAX, f"{what} is no list of hashes")
    return [data[i:i + 32] for i in range(0, len(data), 32)]


def unix_time(value, what):
    form = "%Y-%m-%dT%H:%M:%SZ"
    try:
        time = datetime.datetime.strptime(text(value, what), form)
    except ValueError:
        raise Refused(f"{what} is no time") from None
    need(time.strftime(form) == value, f"{what} is no time")
    return int(time.replace(tzinfo=datetime.timezone.utc).timestamp())


def parse_trust(data):
    form, origin, genesis, ledger_id, vkeys, policy, approvers = members(
        parse_json(data, in_lines), "format origin genesis ledger_id log_vkeys witness_policy approver_keys")
    need(form == "spor-trust/1" and policy is None and approvers == [], "the trust file is of another format")
    genesis, ledger_id = binary(genesis, "the genesis"), hexadecimal(ledger_id, "the ledger id", 32)
    entry = parse_entry(genesis)
    need(entry.kind == GENESIS, "the genesis is another entry")
    body = parse_body(entry)
    need((body["origin"], body["ledger_id"]) == (text(origin, "the origin").encode(), ledger_id),
         "the genesis is of another origin or ledger")
    need(isinstance(vkeys, list) and 1 <= len(vkeys) <= 64, "the trust file has no keys, or more than 64")
    keys = []
    for vkey in vkeys:
        vkey, start = members(vkey, "vkey start_index")
        keys.append((number(start, "a start index"), parse_vkey(text(vkey, "a key"))))
        need(keys[-1][1].type == LOG and keys[-1][1].name == origin, "a key is of another type or name")
    need(keys[0][1].public == body["key"], "the first key is not the genesis entry's")
    need(all(a[0] < b[0] for a, b in zip(keys, keys[1:])), "the keys do not ascend by start index")
    return Trust(origin, genesis, ledger_id, keys)


def parse_shown(index, data, proof, sections):
    data = binary(data, "an entry")
    entry = parse_entry(data)
    need(isinstance(sections, list) and len(sections) == len(entry.sections), "an entry has another number of sections")
    opened = []
    for section in sections:
        if section not in (CLOSED, DESTROYED):
            unit, seed, blob = members(section, "unit seed blob")
            section = Opening(hexadecimal(unit, "a unit", 16), binary(seed, "a seed", 32), binary(blob, "a blob"))
        opened.append(section)
    return Shown(index, data, entry, proof, opened)


class Receipt:
    """A receipt whose form is right. Nothing of it is believed before `verify`."""

    def __init__(self, data):
        proof = parse_tlog_proof(data)
        need(proof.extra is not None, "the receipt has no extra line")
        self.note = proof.checkpoint
        self.extra = parse_json(proof.extra, compact)
        form, ledger, shown, disclosure = members(self.extra, "format ledger shown disclosure")
        need(form == "spor-receipt/1", "the receipt is of another format")
        origin, ledger_id, genesis_proof = members(ledger, "origin ledger_id genesis_proof")
        self.origin, self.ledger_id = text(origin, "the origin"), hexadecimal(ledger_id, "the ledger id", 32)
        self.genesis_proof = hashes(genesis_proof, "the genesis proof")
        entry, sections = members(shown, "entry sections")
        self.shown = parse_shown(proof.index, entry, proof.hashes, sections)
        need(parse_checkpoint(parse_note(self.note).text).origin == self.origin, "the checkpoint is of another origin")
        self.event = self.report = None
        if disclosure is None:
            need(all(s == CLOSED for s in self.shown.sections), "a section is opened, but no event says so")
        else:
            self.read_disclosure(disclosure)

    def read_disclosure(self, disclosure):
        report, event = members(disclosure, "report event")
        index, entry, proof, sections = members(event, "index entry proof sections")
        self.event = parse_shown(number(index, "the event's index"), entry, hashes(proof, "the event's proof"),
                                 sections)
        self.report_digest = sha256(b"spor/report/v1" + compact(report).encode())
        self.report = dict(zip(report, members(report, "made_at index scope reason content")))
        self.made_at = unix_time(self.report["made_at"], "made_at")
        need(number(self.report["index"], "the report's index") == self.shown.index, "the report is of another entry")
        need(self.report["scope"] in ("audit", "person"), "the report has another scope")
        if self.report["scope"] == "audit":
            need(text(self.report["reason"], "the reason"), "the reason is empty")
        need((self.report["reason"] is None) == (self.report["scope"] == "person"), "a reason stands where none may")
        members(self.report["content"], "entries opened closed destroyed digest")

    def verify(self, trust=None, key=None, policy=None):
        """Refuses what fails. With a key alone the genesis entry is not covered. Returns what was found."""
        checkpoint, note = self.open_checkpoint(trust, key)
        with at("cosigned_time"):
            cosigned = policy.quorum_time(note) if policy else None
        with at("inclusion"):
            verify_inclusion(leaf_hash(self.shown.data), self.shown.index, checkpoint.size, self.shown.proof,
                             checkpoint.root)
        with at("sections"):
            fields = self.open(self.shown)
        if self.event:
            self.check_event(checkpoint)
        with at("times"):
            self.check_times(trust)
        return {
            "index": self.shown.index, "size": checkpoint.size, "disclosed": self.event is not None,
            "genesis_covered": trust is not None, "cosigned_at": cosigned, "fields": fields
        }

    def open_checkpoint(self, trust, key):
        size = parse_checkpoint(parse_note(self.note).text).size
        if trust:
            with at("trust"):
                need((self.origin, self.ledger_id) == (trust.origin, trust.ledger_id), "the ledger is another one")
                keys = [key for start, key in trust.keys if start < size]
                need(keys, "no key may sign so small a checkpoint")
                key = keys[-1]
        with at("checkpoint_signature"):
            checkpoint, note = open_checkpoint(self.note, key)
        if trust:
            with at("trust"):
                verify_inclusion(leaf_hash(trust.genesis), 0, checkpoint.size, self.genesis_proof, checkpoint.root)
        return checkpoint, note

    def open(self, shown):
        """The fields of each section that is opened, by its number."""
        return {
            number: open_section(self.ledger_id, shown.entry, number, *section)
            for number, section in enumerate(shown.sections) if isinstance(section, Opening)
        }

    def check_event(self, checkpoint):
        with at("content_recorded"):
            kinds = [s if s in (CLOSED, DESTROYED) else "opened" for s in self.shown.sections]
            shown = compact(self.extra["shown"]).encode()
            digest = sha256(b"spor/report/v1%d " % self.shown.index + shown + b"\n").hex()
            need(
                self.report["content"] == {
                    "entries": 1, "opened": kinds.count("opened"), "closed": kinds.count(CLOSED),
                    "destroyed": kinds.count(DESTROYED), "digest": digest
                }, "the content is not what is shown")
        with at("recorded"):
            event = self.event
            verify_inclusion(leaf_hash(event.data), event.index, checkpoint.size, event.proof, checkpoint.root)
            need(event.entry.kind == EVENT and event.index > self.shown.index, "the event is none, or stands before")
            sections = {number: {f.name: f for f in fields} for number, fields in self.open(event).items()}
            for field in (Field(b"action", TEXT, b"receipt"), Field(b"result", TEXT, b"done"),
                          Field(b"entry", UNSIGNED,
                                self.shown.index.to_bytes(8, "big")), Field(b"report_digest", BYTES,
                                                                            self.report_digest)):
                need(sections.get(0, {}).get(field.name) == field, f"the event has another {field.name.decode()}")
        with at("reason_recorded"):
            self.check_reason(sections)

    def check_reason(self, sections):
        if self.report["scope"] == "audit":
            need(sections[0].get(b"reason") == Field(b"reason", TEXT, self.report["reason"].encode()),
                 "the event has another reason")
        else:
            reason = sections.get(1, {}).get(b"reason")
            need(reason and reason.type == TEXT and reason.value, "the person's section of the event has no reason")

    def check_times(self, trust):
        times = [(self.shown.index, self.shown.entry.time)]
        if trust:
            times.append((0, parse_entry(trust.genesis).time))
        if self.event:
            times.append((self.event.index, self.event.entry.time))
            need(self.event.entry.time - 900 <= self.made_at <= self.event.entry.time,
                 "made_at is not within 900 s before the event")
        in_order = [time for _, time in sorted(times)]
        need(in_order == sorted(in_order), "the entries are not in order of time")
