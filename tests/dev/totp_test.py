# SPDX-License-Identifier: Apache-2.0
"""The code generator against RFC 6238, appendix B (its eight digits end in our six)."""
import base64
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools/dev"))

import totp  # noqa: E402

KEY = b"12345678901234567890"


class TotpTest(unittest.TestCase):
    def test_rfc_6238(self):
        for seconds, code in [(59, "94287082"), (1111111109, "07081804"), (1111111111, "14050471"),
                              (1234567890, "89005924"), (2000000000, "69279037"), (20000000000, "65353130")]:
            self.assertEqual(totp.code_at(KEY, totp.present_step(seconds)), code[-6:])

    def test_secret_as_text_and_as_address(self):
        text = base64.b32encode(b"seventeen bytes!!").decode().rstrip("=")
        for form in (text, text.lower() + "\n", f"otpauth://totp/Spor:ida?issuer=Spor&secret={text}&period=30"):
            self.assertEqual(totp.secret_bytes(form), b"seventeen bytes!!")

    def test_wrong_code_is_wrong(self):
        step = totp.present_step(59)
        self.assertNotIn(totp.wrong_code(KEY, step), {totp.code_at(KEY, step + n) for n in (-1, 0, 1)})


if __name__ == "__main__":
    unittest.main()
