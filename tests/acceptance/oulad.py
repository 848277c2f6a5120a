#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The main job on real input: 28,785 students, 32,593 purchases, 173,912 events of the Open University data set.

    oulad.py --spor PROGRAM [--out DIR]

SPOR_DATA names the folder with oulad_export.py (default: shared/data beside the checkout). Prints a Markdown table of
the seconds of each step. Exit code 0 when everything was as it should be, 77 when the data is not there.
"""
import argparse
import csv
import datetime as dt
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time

from spor_client import Spor

ROOT = pathlib.Path(__file__).resolve().parents[2]
SKIP = 77
EVENTS = 173912
PURPOSE = "product_access"
MAX_ENTRIES_OF_A_REFUSAL = 10  # its own event, the reads around it, heads once a second; 100 stored people are more


def check(condition, text):
    if not condition:
        raise AssertionError(text)


def rows_of(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def count(value):
    """A number of units: as a number, or summed over a list of rules."""
    if isinstance(value, list):
        return sum(count(item) for item in value)
    if isinstance(value, dict):
        return value.get("units", value.get("count", 1))
    return int(value)


def nine_months_after(day):
    """The last day of the period, by hand: the same day nine months on, or that month's last."""
    month = day.month + 9
    year, month = day.year + (month - 1) // 12, (month - 1) % 12 + 1
    last = (dt.date(year + month // 12, month % 12 + 1, 1) - dt.timedelta(days=1)).day
    return dt.date(year, month, min(day.day, last))


class Acceptance:
    def __init__(self, spor, data, today):
        self.spor, self.data, self.today = spor, data, today
        self.table = []

    def step(self, name, rows, work):
        started = time.monotonic()
        answer = work()
        seconds = time.monotonic() - started
        self.table.append((name, rows, seconds))
        print(f"{name}: {seconds:.2f} s {answer[-1] if answer else ''}", flush=True)
        return answer[-1] if answer else {}

    def rows(self, name):
        return len(rows_of(self.data / name))

    def read(self, person, *more, expect=0):
        answer = self.spor.call("read", f"external_id:{person}", "--purpose", PURPOSE, "--category", "contact", *more,
                                "--reason", "acceptance test", expect=expect)
        return answer[-1] if answer else {}

    def enrol(self):
        created = self.step("init", 0, lambda: self.spor.call(
            "init", "--home", self.spor.home, "--policy", ROOT / "docs/examples/confex.toml",
            "--origin", "oulad.example/spor", session=False))
        self.spor.start()
        self.spor.activate(created["activation_code"])
        self.step("login", 0, self.spor.log_in)

    def import_file(self, category, name):
        rows = self.rows(name)
        answer = self.step(f"import {category}", rows, lambda: self.spor.call("import", category, self.data / name))
        check(answer["refused"] == 0, f"{name}: refused {answer['refused']}")
        # Rows of one record in the source merge, so that no more can be created than there are rows.
        check(0 < answer["created"] <= rows, f"{name}: created {answer['created']} of {rows}")
        return answer

    def imports(self):
        contacts = self.import_file("contact", "contacts.csv")
        check(contacts["created"] == self.rows("contacts.csv"), f"contacts: created {contacts['created']}")
        self.import_file("purchase_history", "purchases.csv")
        self.import_file("exam_results", "exam_results.csv")
        again = self.step("import contact again", self.rows("contacts.csv"),
                          lambda: self.spor.call("import", "contact", self.data / "contacts.csv"))
        check((again["created"], again["updated"]) == (0, 0), f"the same contacts again: {again}")

    def rejected_file(self):
        """A column that no category has refuses the whole file; nothing of it is stored."""
        person = rows_of(self.data / "rejected.csv")[0]["external_id"]
        before = self.read(person)
        answer = self.step("import of an unknown field, refused", self.rows("rejected.csv"), lambda: self.spor.call(
            "import", "contact", self.data / "rejected.csv", expect=1))
        check("disability" in str(answer) + self.spor.stderr, "the refusal does not name the column")
        after = self.read(person)
        check(after["fields"] == before["fields"], "fields changed")
        grown = after["entry"] - before["entry"]
        check(0 < grown <= MAX_ENTRIES_OF_A_REFUSAL, f"the ledger grew by {grown} entries")
        self.read(person, "--fields", "disability", expect=1)

    def events(self):
        check(sum(1 for _ in open(self.data / "events.ndjson", "rb")) == EVENTS, "events.ndjson is another file")
        first = self.step("ingest", EVENTS, lambda: self.spor.call("ingest", self.data / "events.ndjson"))
        check((first["accepted"], first["refused"]) == (EVENTS, 0), f"ingest: {first}")
        again = self.step("ingest again", EVENTS, lambda: self.spor.call("ingest", self.data / "events.ndjson"))
        check((again["accepted"], again["repeated"]) == (0, EVENTS), f"ingest again: {again}")

    def retention(self):
        ended = rows_of(self.data / "relationships.csv")
        started = self.step("clock start", len(ended), lambda: self.spor.call(
            "clock", "start", "customer_relationship_ended", "--file", self.data / "relationships.csv"))
        check(started["started"] > 0 and started["refused"] == 0, f"clock: {started}")
        past, present = self.past_and_present(ended)
        plan = self.step("retention plan", len(ended), lambda: self.spor.call("retention", "plan"))
        check(count(plan["due"]) >= len(past), f"due {plan['due']}, but {len(past)} people are past nine months")
        run = self.step("retention run", count(plan["due"]), lambda: self.spor.call("retention", "run"))
        check(count(run["erased"]) == count(plan["due"]), f"erased {run['erased']} of {plan['due']}")
        status = self.step("retention status", 0, lambda: self.spor.call("retention", "status"))
        check(count(status["overdue"]) == 0, f"overdue {status['overdue']}")
        check(count(self.spor.call("retention", "plan")[-1]["due"]) == 0, "something is due after the run")
        pick = random.Random(7)
        for person in pick.sample(past, min(20, len(past))):
            # Not found, or refused because nothing is left in this category: whoever passed an exam is still known.
            check(not self.read(person, expect=(0, 1, 4)).get("fields"), f"{person} should have no contact data")
        for person in pick.sample(present, min(20, len(present))):
            check(self.read(person)["fields"], f"{person} should still be here")
        return run["run"]

    def past_and_present(self, ended):
        """People on either side of the nine months, by a calculation of our own, some days off the border."""
        ends = {row["external_id"]: nine_months_after(dt.date.fromisoformat(row["date"])) for row in ended}
        few = dt.timedelta(days=3)
        past = sorted(person for person, end in ends.items() if end + few < self.today)
        present = sorted(person for person, end in ends.items() if end - few > self.today)
        check(past and present, f"{len(past)} past, {len(present)} present: the test needs both")
        print(f"{len(past)} of {len(ends)} people are past nine months", flush=True)
        return past, present

    def artefacts(self, run):
        trust = self.spor.folder / "trust.json"
        self.spor.call("trust", "--home", self.spor.home, "--out", trust, session=False)
        period = ["--from", f"{self.today.year}-01-01", "--to", self.today]
        for name, words in [("certificate", ["certificate", run]), ("review", ["review", *period]),
                            ("extract", ["extract", *period, "--reason", "acceptance test"])]:
            out = self.spor.folder / f"{name}.json"
            self.step(name, 0, lambda: self.spor.call(*words, "--out", out))
            answer = self.step(f"verify {name}", 0, lambda: self.spor.call(
                "verify", out, "--trust", trust, session=False))
            check(answer["result"] == "verified", f"{name}: {answer}")
            print(f"{name}: {out.stat().st_size / 1e6:.1f} MB", flush=True)

    def fsck(self):
        self.spor.stop()
        answer = self.step("fsck", 0, lambda: self.spor.call("fsck", "--home", self.spor.home, session=False))
        check(answer["entries"] > EVENTS, f"fsck: {answer}")
        name, _, seconds = self.table[-1]
        self.table[-1] = (name, answer["entries"], seconds)

    def print_table(self):
        print("\n| step | rows | seconds | rows/s |\n|---|---:|---:|---:|")
        for name, rows, seconds in self.table:
            amount, rate = (f"{rows:,}", f"{rows / seconds:,.0f}") if rows else ("", "")
            print(f"| {name} | {amount} | {seconds:.2f} | {rate} |")


def oslo_today():
    os.environ["TZ"] = "CET-1CEST,M3.5.0,M10.5.0/3"
    time.tzset()
    return dt.date.today()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--spor", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, help="keep everything in this new folder")
    args = parser.parse_args()
    export = pathlib.Path(os.environ.get("SPOR_DATA", ROOT.parent / "shared/data")) / "oulad_export.py"
    if not export.is_file():
        print(f"skipped: no {export}; set SPOR_DATA")
        return SKIP
    with tempfile.TemporaryDirectory(prefix="spor-oulad-") as temporary:
        folder = args.out or pathlib.Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, str(export), str(folder / "data")], check=True)
        acceptance = Acceptance(Spor(args.spor.resolve(), folder), folder / "data", oslo_today())
        try:
            acceptance.enrol()
            acceptance.imports()
            acceptance.rejected_file()
            acceptance.events()
            acceptance.artefacts(acceptance.retention())
            acceptance.fsck()
        finally:
            acceptance.print_table()
            if acceptance.spor.service:
                acceptance.spor.service.kill()
    return 0


if __name__ == "__main__":
    sys.exit(main())
