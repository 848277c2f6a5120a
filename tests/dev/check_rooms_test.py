# SPDX-License-Identifier: Apache-2.0
"""Breaks a copy of the tree in one way at a time: check_rooms must say so, and say nothing else."""
import pathlib
import shutil
import tempfile
import unittest

from tree_copy import ROOT, TreeCopy

import check_rooms


class CheckRoomsTest(unittest.TestCase):
    def setUp(self):
        self.tree = TreeCopy(lambda root: check_rooms.check(root).findings)
        self.addCleanup(self.tree.close)

    def expect(self, path, text, *parts):
        """Writes a file that includes `text`; the one new finding holds every one of `parts`."""
        self.tree.write(path, f"// SPDX-License-Identifier: Apache-2.0\n{text}\n")
        findings = self.tree.new_findings()
        self.assertEqual(len(findings), 1 if parts else 0, findings)
        for part in parts:
            self.assertIn(part, findings[0])

    def test_room_may_include_itself_and_what_is_left_of_it(self):
        self.expect("ledger/planted.cc", '#include <vector>\n#include <sys/stat.h>\n#include "crypto/bytes.h"')

    def test_room_to_the_right(self):
        self.expect("crypto/planted.h", '#include "privacy/policy.h"', "crypto/planted.h:2", "right of crypto")

    def test_rooms_in_tools_are_told_apart(self):
        self.tree.write("tools/service/planted.h", "\n")
        self.expect("tools/report/planted.cc", '#  include "tools/service/planted.h"', "tools/service is right of")

    def test_test_of_a_lower_room_includes_a_higher_one(self):
        self.expect("tests/crypto/planted_test.cc", '#include "privacy/policy.h"', "privacy is right of crypto")

    def test_bench_may_include_any_room(self):
        self.expect("tests/bench/planted.cc", '#include "privacy/policy.h"')

    def test_product_includes_a_test(self):
        self.tree.write("tests/ledger/planted.h", "\n")
        self.expect("ledger/planted.cc", '#include "tests/ledger/planted.h"', "does not include tests")

    def test_library_outside_its_fence(self):
        self.expect("vault/planted.cc", "#include <sodium.h>", "libsodium is allowed only in")

    def test_database_in_a_header(self):
        self.expect("ledger/planted.h", "#include <rocksdb/db.h>", "RocksDB is allowed only in ledger/rocks_*.cc")

    def test_http_library_outside_its_file(self):
        self.expect("tools/service/planted.cc", "#include <boost/beast/http.hpp>", "only in tools/service/http.cc")

    def test_unknown_library(self):
        self.expect("auth/planted.cc", "#include <curl/curl.h>", "no library of rooms.json")

    def test_include_not_from_the_root(self):
        self.expect("crypto/planted.cc", '#include "bytes.h"', "not from the root")

    def test_missing_file(self):
        self.expect("ledger/planted.cc", '#include "crypto/nowhere.h"', "does not exist")

    def test_include_by_macro(self):
        self.expect("ledger/planted.cc", "#include HEADER", "not a plain file name")

    def test_file_outside_the_rooms(self):
        self.expect("network/planted.cc", "#include <vector>", "lies in no room")

    def test_forbidden_folder(self):
        self.expect("crypto/utils/planted.py", "", "crypto/utils", "without a noun")

    def test_missing_readme(self):
        self.tree.remove("crypto/README.md")
        self.assertEqual(self.tree.new_findings(), ["crypto: has no README.md that says what lives here"])

    def test_nothing_to_check(self):
        with tempfile.TemporaryDirectory() as name:
            empty = pathlib.Path(name)
            (empty / "tools/dev").mkdir(parents=True)
            shutil.copyfile(ROOT / "tools/dev/rooms.json", empty / "tools/dev/rooms.json")
            self.assertIn("nothing to check", check_rooms.check(empty).findings[-1])


if __name__ == "__main__":
    unittest.main()
