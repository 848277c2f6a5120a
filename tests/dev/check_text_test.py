# SPDX-License-Identifier: Apache-2.0
"""Plants one forbidden thing at a time in a copy of the tree: check_text must find it, and nothing else."""
import pathlib
import tempfile
import unittest

from tree_copy import TreeCopy

import check_text

SPDX = "// SPDX-License-Identifier: Apache-2.0\n"


class CheckTextTest(unittest.TestCase):
    def setUp(self):
        self.tree = TreeCopy(lambda root: check_text.check(root)[1])
        self.addCleanup(self.tree.close)

    def expect(self, path, text, *parts):
        self.tree.write(path, text)
        findings = self.tree.new_findings()
        self.assertEqual(len(findings), 1 if parts else 0, findings)
        for part in parts:
            self.assertIn(part, findings[0])

    def test_clean_file(self):
        self.expect("crypto/planted.cc", SPDX + "int planted = 0;\n")

    def test_comparison_in_variable_time(self):
        self.expect("auth/planted.cc", SPDX + "bool b = mem" "cmp(x, y, 1) == 0;\n", "planted.cc:2", "SecretEquals")

    def test_unfinished_mark(self):
        self.expect("docs/planted.md", "later: TO" "DO\n", "docs/planted.md:1", "unfinished")

    def test_path_of_one_machine(self):
        self.expect("docs/planted.md", "see /wo" "rk/place/file\n", "path of one machine")

    def test_path_below_another_folder_passes(self):
        self.expect("docs/planted.md", "keys/root/slot-0 and https://example.com/root/a\n")

    def test_claim(self):
        self.expect("docs/planted.md", "The log is immu" "table.\n", "tamper-evident")

    def test_quoted_claim_passes(self):
        self.expect("docs/planted.md", 'We never say "immu' 'table".\n')

    def test_long_file(self):
        self.expect("crypto/planted.cc", SPDX + "\n" * check_text.MAX_LINES, "401 lines")

    def test_long_test_passes(self):
        self.expect("tests/crypto/planted_test.cc", SPDX + "\n" * check_text.MAX_LINES)

    def test_missing_licence_line(self):
        self.expect("crypto/planted.h", "#pragma once\n", "SPDX")

    def test_missing_licence_line_in_a_script_without_ending(self):
        self.expect("tools/dev/planted", "#!/usr/bin/env bash\n", "SPDX")

    def test_hidden_script_is_checked(self):
        self.expect(".ci/planted", "#!/usr/bin/env bash\n", "SPDX")

    def test_dead_link(self):
        self.expect("docs/planted.md", "[a](https://example.com) [b](nowhere.md#part)\n", "nowhere.md")

    def test_format_that_is_not_listed(self):
        self.expect("docs/formats/planted.md", "# Planted\n", "README.md", "planted.md")

    def test_nothing_to_check(self):
        with tempfile.TemporaryDirectory() as name:
            self.assertIn("nothing to check", check_text.check(pathlib.Path(name))[1][0])


if __name__ == "__main__":
    unittest.main()
