# SPDX-License-Identifier: Apache-2.0
"""Receipts whose every hash, seal and signature is right, and one statement is not: both readers give the same verdict.
Run by reader_test.py."""
import unittest

from both import SCRATCH, counts, receipt_verdicts
from entries import EVENT, HEAD, OPS, POLICY, u
from forge import ForgedReceipt, create, encode_entry, text
from sections import BYTES, COMMITMENT, DATE, JSON, TEXT, UNSIGNED, Field


class ForgedReceiptTest(unittest.TestCase):

    def verdicts(self, scope, **lies):
        receipt = ForgedReceipt(scope, **lies)
        trust = SCRATCH / "forged-trust.json"
        trust.write_text(receipt.trust_file())
        return receipt_verdicts(receipt.bytes(), receipt.trust, trust)

    def check(self, name, good, scope, **lies):
        reader, program = self.verdicts(scope, **lies)
        with self.subTest(name, scope=scope):
            self.assertEqual((reader is None, program is None), (good, good), f"{reader} / {program}")
        counts["forged receipts: both " + ("accept" if good else "refuse")] += 1

    def test_what_may_be(self):
        for scope in ("closed", "audit", "person"):
            self.check("as it ought to be", True, scope)
            self.check("of one time", True, scope, genesis_time=ForgedReceipt.SHOWN)
            self.check("an entry without sections", True, scope, shown_sections=[])
        for name, lies in {
                "destroyed": {"sections": ["opening_destroyed", "closed"]}, "all closed": {"sections": ["closed"] * 2},
                "a field more": {"event_fields": {"zone": text("zone", "x")}}
        }.items():
            self.check(name, True, "audit", **lies)
            self.check(name, True, "person", **lies)
        self.check("a reason in both sections", True, "person", audit_reason=text("reason", "a reason"))
        self.check("a subject in text", True, "person", her_fields={"subject": text("subject", "x")})
        self.check("no subject", True, "person", her_fields={"subject": None})
        self.check("another action of hers", True, "person", her_fields={"action": text("action", "read")})
        self.check("made 900 s before", True, "audit", report_lies={"made_at": "2026-02-02T02:28:20Z"})

    def test_values_are_not_judged(self):
        """Fields and bodies that are not what their type says: shown as they are, and no reason to refuse."""
        for value in (Field(b"a", TEXT, b"\xff"), Field(b"a", UNSIGNED, bytes(7)), Field(b"a", DATE, bytes(5)),
                      Field(b"a", COMMITMENT, bytes(31)), Field(b"a", JSON, b"{"), Field(b"\xff", TEXT,
                                                                                         b""), Field(b"", TEXT, b"")):
            self.check(str(value), True, "audit", shown_sections=[[value], []])
        for kind, body in ((HEAD, bytes(200)), (HEAD, b"x"), (POLICY, b"x"), (OPS, b"x"), (12, b"x")):
            self.check(f"kind {kind}", True, "closed", shown_kind=kind, shown_sections=[], shown_body=body)

    def test_what_may_not_be(self):
        operations = encode_entry(EVENT, ForgedReceipt.SHOWN, b"", [create(bytes(16))])
        self.check("an event with operations", False, "closed", shown=operations)
        for scope in ("audit", "person"):
            for name, lies in {
                    "another action": {"event_fields": {"action": text("action", "read")}},
                    "no action": {"event_fields": {"action": None}},
                    "an action of bytes": {"event_fields": {"action": Field(b"action", BYTES, b"receipt")}},
                    "another result": {"event_fields": {"result": text("result", "denied")}},
                    "another entry": {"event_fields": {"entry": Field(b"entry", UNSIGNED, u(1, 8))}},
                    "an entry in text": {"event_fields": {"entry": text("entry", "2")}},
                    "another digest": {"event_fields": {"report_digest": Field(b"report_digest", BYTES, bytes(32))}},
                    "made after the event": {"report_lies": {"made_at": "2026-02-02T02:43:21Z"}},
                    "made long before": {"report_lies": {"made_at": "2026-02-02T02:28:19Z"}},
                    "of another entry": {"report_lies": {"index": 1}},
                    "another scope": {"report_lies": {"scope": "all"}},
                    "a number of another sort": {"report_lies": {"index": "2"}},
                    "a time of another form": {"report_lies": {"made_at": "2026-02-02 02:43:20"}},
                    "a content that is not": {"report_lies": {"content": {"entries": 1}}},
                    "another content": {"content_lies": {"digest": bytes(32).hex()}},
                    "more opened": {"content_lies": {"opened": 3}},
                    "true for one": {"content_lies": {"entries": True}},
                    "false for none": {"content_lies": {"destroyed": False}},
                    "more padding": {"padding": bytes(32)},
                    "padding of another sort": {"padding": bytes(31) + b"\1"},
                    "a section of another root": {"another_root": bytes(48)},
                    "an event of another kind": {"event_kind": OPS},
                    "an event before": {"event_before": True, "shown_time": ForgedReceipt.EVENT},
                    "back in time": {"event_time": ForgedReceipt.SHOWN - 1},
                    "before genesis": {"genesis_time": ForgedReceipt.SHOWN + 1},
                    "an event that is closed": {"event_opened": ["closed"] * (2 if scope == "person" else 1)},
                    "another index of the event": {"event_lies": {"index": 2}},
                    "no proof": {"event_lies": {"proof": ""}},
                    "another ledger": {"ledger_lies": {"ledger_id": bytes(32).hex()}},
                    "another origin": {"ledger_lies": {"origin": "other.example"}},
                    "no genesis": {"ledger_lies": {"genesis_proof": ""}},
                    "sections missing": {"sections": ["closed"]},
                    "another format": {"extra_lies": {"format": "spor-receipt/2"}},
                    "a member more": {"extra_lies": {"more": 1}},
                    "white space": {"rewrite": lambda t: t.replace(":", ": ", 1)},
                    "an escape that is none": {"rewrite": lambda t: t.replace("spor-receipt", "\\u0073por-receipt")},
                    "a number as a fraction": {"rewrite": lambda t: t.replace('"index":2', '"index":2.0')},
                    "a member twice": {
                        "rewrite": lambda t: t.replace('{"format"', '{"format":"spor-receipt/1","format"')
                    },
                    "half a character": {"rewrite": lambda t: t.replace("spor-receipt", "\\ud800")},
            }.items():
                self.check(name, False, scope, **lies)
        for lies in ({"ledger_id": bytes(32).hex()}, {"origin": "other.example"}, {"genesis_proof": ""}):
            self.check(f"closed, {lies}", False, "closed", ledger_lies=lies)
        self.check("another reason", False, "audit", event_fields={"reason": text("reason", "another")})
        self.check("no reason", False, "audit", event_fields={"reason": None})
        self.check("no reason of hers", False, "person", her_fields={"reason": None})
        self.check("an empty reason of hers", False, "person", her_fields={"reason": text("reason", "")})
        self.check("a reason of hers in bytes", False, "person", her_fields={"reason": Field(b"reason", BYTES, b"x")})
        self.check("an empty reason",
                   False,
                   "audit",
                   event_fields={"reason": text("reason", "")},
                   report_lies={"reason": ""})
        self.check("a reason in the open", False, "person", report_lies={"reason": "a reason"})
        self.check("no reason in the report", False, "audit", report_lies={"reason": None})
        self.check("opened without an event",
                   False,
                   "closed",
                   sections=[{"unit": "00", "seed": "", "blob": ""}, "closed"])
        self.check("destroyed without an event", False, "closed", sections=["opening_destroyed", "closed"])
