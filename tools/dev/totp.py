#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Time-based one-time codes (RFC 6238, HMAC-SHA-1, 6 digits, 30 s) for the demo and for tests: what a telephone shows.

    totp.py code [--step N | --offset N]   the code of step N, or of the present one plus N (default 0)
    totp.py wrong                          a code that no step near the present one has
    totp.py step                           the number of the present step
    totp.py fresh SECONDS                  waits, if need be, until the present step lasts SECONDS more; prints its number

`code` and `wrong` read the secret from standard input: base32, with or without padding, or an otpauth:// address.
"""
import argparse
import base64
import hashlib
import hmac
import struct
import sys
import time
import urllib.parse

STEP_SECONDS = 30
DIGITS = 6


def secret_bytes(text):
    """The key behind base32 text or an otpauth:// address. ValueError for anything else."""
    text = text.strip()
    if text.startswith("otpauth://"):
        text = urllib.parse.parse_qs(urllib.parse.urlsplit(text).query)["secret"][0]
    text = text.replace(" ", "").rstrip("=").upper()
    return base64.b32decode(text + "=" * (-len(text) % 8))


def code_at(key, step):
    digest = hmac.new(key, struct.pack(">Q", step), hashlib.sha1).digest()
    start = digest[-1] & 15
    number = struct.unpack(">I", digest[start:start + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def wrong_code(key, step):
    near = {code_at(key, near_step) for near_step in range(max(0, step - 3), step + 4)}
    return next(code for code in ("000000", "123456", "314159", "271828", "161803", "141421", "577215", "662607")
                if code not in near)


def present_step(now=None):
    return int(time.time() if now is None else now) // STEP_SECONDS


def fresh_step(seconds):
    left = STEP_SECONDS - time.time() % STEP_SECONDS
    if left < seconds:
        print(f"waiting {left:.0f} s for a fresh code", file=sys.stderr)
        time.sleep(left + 0.1)
    return present_step()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words = parser.add_subparsers(dest="word", required=True)
    code = words.add_parser("code")
    code.add_argument("--step", type=int)
    code.add_argument("--offset", type=int, default=0)
    words.add_parser("wrong")
    words.add_parser("step")
    words.add_parser("fresh").add_argument("seconds", type=float)
    args = parser.parse_args()
    if args.word == "step":
        print(present_step())
    elif args.word == "fresh":
        print(fresh_step(args.seconds))
    elif args.word == "wrong":
        print(wrong_code(secret_bytes(sys.stdin.read()), present_step()))
    else:
        step = present_step() + args.offset if args.step is None else args.step
        print(code_at(secret_bytes(sys.stdin.read()), step))


if __name__ == "__main__":
    main()
