# SPDX-License-Identifier: Apache-2.0
"""Receipts: docs/formats/receipt.md."""
from artefacts import (CLOSED, DESTROYED, Opening, check_origins, compact, follow_keys, hashes, hexadecimal, key_for,
                       members, number, parse_json, parse_origins, parse_proven, parse_shown, parse_steps, proven, text,
                       unix_time)
from decoding import at, need, sha256
from entries import EVENT, parse_entry
from notes import open_checkpoint, parse_checkpoint, parse_note, parse_tlog_proof
from sections import BYTES, TEXT, UNSIGNED, Field, open_section
from tree import leaf_hash, verify_inclusion


class Receipt:
    """A receipt whose form is right. Nothing of it is believed before `verify`."""

    def __init__(self, data):
        proof = parse_tlog_proof(data)
        need(proof.extra is not None, "the receipt has no extra line")
        self.note = proof.checkpoint
        self.extra = parse_json(proof.extra, compact)
        need(isinstance(self.extra, dict), "the extra line is no object")
        optional = [name for name in ("log_keys", "closed_origins") if name in self.extra]
        form, ledger, shown, disclosure, *succession = members(
            self.extra, " ".join(["format ledger shown disclosure", *optional]))
        need(form == "spor-receipt/1", "the receipt is of another format")
        origin, ledger_id, genesis_proof = members(ledger, "origin ledger_id genesis_proof")
        self.origin, self.ledger_id = text(origin, "the origin"), hexadecimal(ledger_id, "the ledger id", 32)
        self.genesis_proof = hashes(genesis_proof, "the genesis proof")
        succession = dict(zip(optional, succession))
        self.steps = parse_steps(succession["log_keys"]) if "log_keys" in succession else []
        self.closed = parse_origins(succession["closed_origins"]) if "closed_origins" in succession else []
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
        self.event = parse_proven(event)
        self.report_digest = sha256(b"spor/report/v1" + compact(report).encode())
        self.report = dict(zip(report, members(report, "made_at index scope reason content")))
        self.made_at = unix_time(self.report["made_at"], "made_at")
        need(number(self.report["index"], "the report's index") == self.shown.index, "the report is of another entry")
        need(self.report["scope"] in ("audit", "person"), "the report has another scope")
        if self.report["scope"] == "audit":
            need(text(self.report["reason"], "the reason"), "the reason is empty")
        need((self.report["reason"] is None) == (self.report["scope"] == "person"), "a reason stands where none may")
        *counts, _ = members(self.report["content"], "entries opened closed destroyed digest")
        for count in counts:
            number(count, "a number in the content")

    def verify(self, trust=None, key=None, policy=None):
        """Refuses what fails. With a key alone the genesis entry is not covered. Returns what was found."""
        checkpoint, note = self.open_checkpoint(trust, key)
        with at("cosigned_time"):
            cosigned = policy.quorum_time(note) if policy else None
            if not policy and trust and trust.policy:
                cosigned = trust.policy.time(note)
        with at("inclusion"):
            proven(self.shown, checkpoint)
        with at("sections"):
            fields = self.open(self.shown)
        if self.event:
            self.check_event(checkpoint)
        with at("times"):
            self.check_times(trust)
        return {
            "index": self.shown.index, "size": checkpoint.size, "disclosed": self.event is not None,
            "genesis_covered": trust is not None, "key_changes": len(self.steps), "origins_before": len(self.closed),
            "cosigned_at": cosigned, "fields": fields
        }

    def open_checkpoint(self, trust, key):
        said = parse_checkpoint(parse_note(self.note).text)
        if trust:
            with at("trust"):
                need((self.origin, self.ledger_id) == (trust.origin, trust.ledger_id), "the ledger is another one")
            with at("log_keys"):
                key = key_for(follow_keys(trust, self.steps, said), said.size)
        with at("checkpoint_signature"):
            checkpoint, note = open_checkpoint(self.note, key)
        if trust:
            with at("trust"):
                verify_inclusion(leaf_hash(trust.genesis), trust.keys[0][0], checkpoint.size, self.genesis_proof,
                                 checkpoint.root)
        with at("closed_origins"):
            check_origins(self.closed, self.origin, self.ledger_id, checkpoint)
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
            proven(event, checkpoint)
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
            times.append((trust.keys[0][0], parse_entry(trust.genesis).time))
        if self.event:
            times.append((self.event.index, self.event.entry.time))
            need(self.event.entry.time - 900 <= self.made_at <= self.event.entry.time,
                 "made_at is not within 900 s before the event")
        in_order = [time for _, time in sorted(times)]
        need(in_order == sorted(in_order), "the entries are not in order of time")
