# SPDX-License-Identifier: Apache-2.0
"""What the demo relies on in the invented people."""
import csv
import datetime as dt
import json
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools/dev"))

import make_people  # noqa: E402

TODAY = dt.date(2026, 11, 24)


def read_csv(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class MakePeopleTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.out = pathlib.Path(cls.folder.name) / "a"
        make_people.generate(cls.out, 2000, 3000, 20, TODAY)
        cls.contacts = read_csv(cls.out / "contacts.csv")
        cls.known = {row["external_id"] for row in cls.contacts} - {""}

    def test_same_arguments_same_bytes(self):
        again = pathlib.Path(self.folder.name) / "b"
        make_people.generate(again, 2000, 3000, 20, TODAY)
        for path in self.out.iterdir():
            self.assertEqual(path.read_bytes(), (again / path.name).read_bytes(), path.name)

    def test_counts(self):
        self.assertEqual(len(self.known), 2000)
        self.assertEqual(sum(row["external_id"] == "" for row in self.contacts), make_people.NAMELESS)
        self.assertEqual(len(self.contacts), 2000 + make_people.REPEATED + make_people.CHANGED + make_people.NAMELESS)

    def test_nobody_can_be_reached(self):
        for row in self.contacts:
            self.assertRegex(row["email"], r"^[a-z0-9.\-]+@(example\.(com|org|net)|[a-z]+\.example)$")
            self.assertRegex(row["phone"], r"^\+47 0\d \d\d \d\d \d\d$")

    def test_names_are_norwegian(self):
        names = "".join(row["first_name"] + row["last_name"] for row in self.contacts)
        self.assertTrue(set("æøåÅØ") <= set(names))

    def test_addresses_tell_people_apart(self):
        addresses = {row["external_id"]: row["email"] for row in self.contacts if row["external_id"]}
        self.assertEqual(len(set(addresses.values())), 2000)

    def test_every_record_belongs_to_someone_and_is_one_of_a_kind(self):
        for name in ("purchases", "exam_results"):
            rows = read_csv(self.out / f"{name}.csv")
            self.assertTrue({row["external_id"] for row in rows} <= self.known)
            self.assertEqual(len({(row["external_id"], row["product"]) for row in rows}), len(rows))

    def test_part_of_the_relationships_ended_more_than_nine_months_ago(self):
        rows = read_csv(self.out / "relationships.csv")
        past = sum(row["date"] < "2026-02-01" for row in rows)
        self.assertTrue(400 < past < len(rows) - 400 < 2000 - 800, (past, len(rows)))
        self.assertTrue(all(row["date"] < str(TODAY) for row in rows))

    def test_events(self):
        lines = (self.out / "events.ndjson").read_text(encoding="utf-8").splitlines()
        events = [json.loads(line) for line in lines]
        self.assertEqual(len({event["event_id"] for event in events}), 3000)
        self.assertEqual(list(events[0]), ["event_id", "time", "kind", "action", "category", "purpose", "subject",
                                           "fields", "details"])
        self.assertTrue({event["subject"]["external_id"] for event in events} <= self.known)
        self.assertTrue(all(event["time"] < str(TODAY) for event in events))


if __name__ == "__main__":
    unittest.main()
