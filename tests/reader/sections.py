# SPDX-License-Identifier: Apache-2.0
"""A sealed section and what it says, opened with its seed: docs/formats/section.md."""
import collections
import struct

import nacl.bindings
import nacl.exceptions

from decoding import Cursor, Refused, need, sha256

Field = collections.namedtuple("Field", "name type value")
TEXT, UNSIGNED, DATE, BYTES, JSON, LIST, COMMITMENT = range(1, 8)


def rounds(words):
    """The twenty rounds of ChaCha20, in place, without the addition at the end (RFC 8439, 2.3)."""

    def turn(a, b, c, d):
        for x, y, z, count in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            words[x] = words[x] + words[y] & 0xffffffff
            mixed = words[z] ^ words[x]
            words[z] = (mixed << count | mixed >> 32 - count) & 0xffffffff

    for _ in range(10):
        for column in range(4):
            turn(column, column + 4, column + 8, column + 12)
        for column in range(4):
            turn(column, (column + 1) % 4 + 4, (column + 2) % 4 + 8, (column + 3) % 4 + 12)


def xchacha20_keystream(key, nonce, count):
    """draft-irtf-cfrg-xchacha, from block 0. libsodium's binding has only the AEAD, which keeps block 0 to itself."""
    constants = struct.unpack("<4L", b"expand 32-byte k")
    state = [*constants, *struct.unpack("<8L", key), *struct.unpack("<4L", nonce[:16])]
    rounds(state)
    subkey, out = state[:4] + state[12:], b""
    while len(out) < count:
        start = [*constants, *subkey, len(out) // 64, 0, *struct.unpack("<2L", nonce[16:])]
        block = list(start)
        rounds(block)
        out += struct.pack("<16L", *(a + b & 0xffffffff for a, b in zip(block, start)))
    return out[:count]


def parse_plaintext(plaintext):
    need(plaintext and len(plaintext) % 32 == 0, "the section is not a multiple of 32 bytes")
    cursor = Cursor(plaintext)
    count, fields, encoded = cursor.uint(1), [], []
    need(count <= 64, "the section has more than 64 fields")
    for _ in range(count):
        begin = cursor.place
        name, kind = cursor.take(cursor.uint(1)), cursor.uint(1)
        value = cursor.take(cursor.uint(4))
        need(len(name) <= 64 and len(value) <= 8192 and 1 <= kind <= 7, "a field is above its limits, or of no type")
        fields.append(Field(name, kind, value))
        encoded.append(plaintext[begin:cursor.place])
    need(all(a.name < b.name for a, b in zip(fields, fields[1:])), "the names of fields do not ascend")
    padding = plaintext[cursor.place:]
    need(len(padding) < 32 and not any(padding), "the section's padding is too long or not zero")
    return fields, encoded


def open_section(ledger_id, entry, number, unit, seed, blob):
    """The fields of section `number`; refuses what does not open, or gives another root than the entry's."""
    data = ledger_id + bytes([entry.kind]) + entry.seal_id + bytes([number]) + unit
    blob_key = xchacha20_keystream(seed, bytes(24), 32)
    try:
        plaintext = nacl.bindings.crypto_aead_xchacha20poly1305_ietf_decrypt(blob, data, bytes(24), blob_key)
    except nacl.exceptions.CryptoError:
        raise Refused("the section does not open with its seed") from None
    fields, encoded = parse_plaintext(plaintext)
    salts = xchacha20_keystream(seed, bytes(24), 32 + 32 * len(fields))[32:]
    commitments = [sha256(b"spor/field/v1" + salts[32 * i:32 * i + 32] + field) for i, field in enumerate(encoded)]
    fields_hash = sha256(b"spor/fields/v1" + unit + bytes([len(fields)]) + b"".join(commitments))
    root = sha256(b"spor/section/v1" + sha256(blob) + fields_hash)
    need(root == entry.sections[number][1], "the section gives another root than the entry holds")
    return fields
