# SPDX-License-Identifier: Apache-2.0
"""A copy of this tree that a test may break, and the new findings of a check on it."""
import pathlib
import shutil
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools/dev"))

import check_text  # noqa: E402  (needs the path above)


class TreeCopy:
    """Text files only. `run(root)` returns the findings of a check as a list of lines."""

    def __init__(self, run):
        self.run = run
        self.folder = tempfile.TemporaryDirectory()
        self.root = pathlib.Path(self.folder.name)
        for path in check_text.files_of(ROOT):
            target = self.root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / path, target)
        self.before = set(run(self.root))

    def write(self, path, text):
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")

    def remove(self, path):
        (self.root / path).unlink()

    def new_findings(self):
        return sorted(set(self.run(self.root)) - self.before)

    def close(self):
        self.folder.cleanup()
