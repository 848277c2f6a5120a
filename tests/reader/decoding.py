# SPDX-License-Identifier: Apache-2.0
"""What every part of the reader needs: refusing, hashing, and taking bytes apart without believing them."""
import base64
import binascii
import contextlib
import hashlib
import re

DECIMAL = re.compile(r"(0|[1-9][0-9]*)\Z", re.ASCII)


class Refused(Exception):
    """Something is not as the documents say: `where` it lies, and `what` is wrong with it."""

    def __init__(self, what, where=""):
        super().__init__(f"{where}: {what}" if where else what)
        self.what, self.where = what, where


def need(condition, what):
    if not condition:
        raise Refused(what)


@contextlib.contextmanager
def at(where):
    """Whatever is refused inside lies at `where`, unless something inside knows better."""
    try:
        yield
    except Refused as refused:
        raise Refused(refused.what, refused.where or where) from None


def sha256(data):
    return hashlib.sha256(data).digest()


def from_base64(text, what):
    """RFC 4648, section 4, in its one canonical form."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Refused(f"{what} is not base64") from None
    need(base64.b64encode(data).decode() == text, f"{what} is not canonical base64")
    return data


def from_decimal(text, what, limit=2**64 - 1):
    # The length comes first: Python takes long to read a number of a million digits.
    need(DECIMAL.match(text) and len(text) <= 20 and int(text) <= limit, f"{what} is not a number in its one form")
    return int(text)


class Cursor:
    """Takes big-endian integers and bytes from the front of `data`."""

    def __init__(self, data):
        self.data, self.place = data, 0

    def take(self, count):
        end = self.place + count
        need(end <= len(self.data), "is cut short")
        taken, self.place = self.data[self.place:end], end
        return taken

    def uint(self, count):
        return int.from_bytes(self.take(count), "big")

    def end(self):
        need(self.place == len(self.data), "has bytes behind it")
