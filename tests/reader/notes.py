# SPDX-License-Identifier: Apache-2.0
"""Signed notes, checkpoints, cosignatures, witness policies, tlog-proofs: docs/formats/note.md, cosignature.md,
witness-policy.md, tlog-proof.md."""
import collections
import re

import nacl.exceptions
import nacl.signing

from decoding import Refused, from_base64, from_decimal, need, sha256

LOG, WITNESS = 1, 4  # types of keys
SPACES = re.compile("[\u0009-\u000d\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]")

Note = collections.namedtuple("Note", "text lines")  # lines: (name, key id, signature)
Key = collections.namedtuple("Key", "name key_id type public")
Checkpoint = collections.namedtuple("Checkpoint", "origin size root extensions")
TlogProof = collections.namedtuple("TlogProof", "extra index hashes checkpoint")


def check_name(name):
    need(name and "+" not in name and not SPACES.search(name), "a key's name is empty or holds a space or a plus")


def as_text(data, what):
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise Refused(f"{what} is not UTF-8") from None


def parse_note(data):
    need(len(data) <= 128 << 10, "the note is above 128 KiB")
    note = as_text(data, "the note")
    need(all(c >= " " or c == "\n" for c in note), "the note holds a control character")
    parting = note.rfind("\n\n")
    need(parting >= 0, "the note has no empty line")
    text, signatures = note[:parting + 1], note[parting + 2:]
    need(signatures.endswith("\n"), "the note has no signature line, or its last line has no end")
    lines = []
    for line in signatures[:-1].split("\n"):
        words = line.split(" ")
        need(len(words) == 3 and words[0] == "\u2014", "the note has a signature line that is none")
        check_name(words[1])
        signature = from_base64(words[2], "a signature")
        need(len(signature) >= 5, "a signature is too short")
        lines.append((words[1], signature[:4], signature[4:]))
    need(len(lines) <= 64, "the note has more than 64 signature lines")
    return Note(text.encode(), lines)


def make_key(name, key_type, public):
    return Key(name, sha256(name.encode() + b"\n" + bytes([key_type]) + public)[:4], key_type, public)


def parse_vkey(text):
    words = text.split("+", 2)
    need(len(words) == 3, "a verifier key is name+id+key")
    check_name(words[0])
    public = from_base64(words[2], "a verifier key")
    need(len(public) == 33 and public[0] in (LOG, WITNESS), "a verifier key is of another type or length")
    key = make_key(words[0], public[0], public[1:])
    need(words[1] == key.key_id.hex(), "a verifier key's id is not its own")
    return key


def signed(key, message, signature):
    try:
        nacl.signing.VerifyKey(key.public).verify(message, signature)
        return True
    except (nacl.exceptions.BadSignatureError, nacl.exceptions.ValueError, ValueError):
        return False


def verify_note(note, key):
    need(key.type == LOG, "the key is no log's")
    mine = [signature for name, key_id, signature in note.lines if (name, key_id) == (key.name, key.key_id)]
    need(mine, f"the note has no signature of {key.name}")
    need(all(signed(key, note.text, signature) for signature in mine), f"the signature of {key.name} does not verify")


def parse_checkpoint(text):
    body = text.decode()
    need(body.endswith("\n"), "the checkpoint's last line has no end")
    lines = body[:-1].split("\n")
    need(len(lines) >= 3 and all(lines), "the checkpoint has less than three lines, or an empty one")
    root = from_base64(lines[2], "the checkpoint's root")
    need(len(root) == 32, "the checkpoint's root is not 32 bytes")
    return Checkpoint(lines[0], from_decimal(lines[1], "the checkpoint's size"), root, lines[3:])


def open_checkpoint(data, key):
    """The checkpoint of one of our own logs, and its note."""
    note = parse_note(data)
    verify_note(note, key)
    checkpoint = parse_checkpoint(note.text)
    need(not checkpoint.extensions, "the checkpoint has extension lines")
    need(checkpoint.origin == key.name, "the checkpoint's origin is not the key's name")
    return checkpoint, note


def cosigned_at(note, witness):
    """When `witness` cosigned the checkpoint in `note`; None if it did not."""
    times = []
    for name, key_id, signature in note.lines:
        if (name, key_id) != (witness.name, witness.key_id):
            continue
        time = int.from_bytes(signature[:8], "big")
        message = b"cosignature/v1\ntime %d\n" % time + note.text
        need(
            len(signature) == 72 and time < 2**63 and signed(witness, message, signature[8:]),
            f"the cosignature of {witness.name} does not verify")
        times.append(time)
    return max(times, default=None)


class WitnessPolicy:

    def __init__(self, data):
        need(len(data) <= 64 << 10, "the policy is above 64 KiB")
        need(all(b in (9, 10) or b >= 32 and b != 127 for b in data), "the policy holds a control character")
        need(not data or data.endswith(b"\n"), "the policy's last line has no end")
        # Names are octets: latin-1 keeps each as one character.
        self.logs, self.witnesses, self.groups, self.quorum = [], {}, {}, None
        self.taken = set()
        for line in data.decode("latin-1").split("\n")[:-1]:
            words = [word for word in re.split("[ \t]+", line) if word]
            if words and not words[0].startswith("#"):
                getattr(self, "read_" + words[0], self.read_other)(*words[1:])
        need(self.quorum, "the policy has no quorum line")
        need(max(map(len, (self.logs, self.witnesses, self.groups))) <= 64, "the policy has more than 64 of a sort")

    def read_other(self, *_):
        raise Refused("the policy has a line that begins with another word")

    def read_log(self, *words):
        need(len(words) in (1, 2), "a log line is log VKEY [URL]")
        key = parse_vkey(words[0].encode("latin-1").decode())
        need(key.type == LOG and key.public not in self.logs, "a log's key is of another type, or there twice")
        self.logs.append(key.public)

    def read_witness(self, *words):
        need(len(words) in (2, 3), "a witness line is witness NAME VKEY [URL]")
        self.new_name(words[0])
        key = parse_vkey(words[1].encode("latin-1").decode())
        need(key.public not in [w.public for w in self.witnesses.values()], "two witnesses have one key")
        self.witnesses[words[0]] = make_key(key.name, WITNESS, key.public)

    def read_group(self, *words):
        need(len(words) >= 3, "a group line is group NAME all|any|NUMBER MEMBER...")
        name, number, *members = words
        self.new_name(name)
        for member in members:
            need(member in self.witnesses or member in self.groups, f"group {name} names somebody unknown")
            need(member not in self.taken, f"{member} is a member of two groups")
            self.taken.add(member)
        needed = {"all": len(members), "any": 1}.get(number) or from_decimal(number, "a threshold")
        need(1 <= needed <= len(members), f"group {name} can never be met, or always is")
        self.groups[name] = (needed, members)

    def read_quorum(self, *words):
        need(len(words) == 1 and not self.quorum, "the policy has two quorum lines, or one with other words")
        need(words[0] in self.witnesses or words[0] in self.groups or words[0] == "none", "the quorum is unknown")
        self.quorum = words[0]

    def new_name(self, name):
        need(name not in ("none", "all", "any") and name not in self.witnesses and name not in self.groups,
             f"the policy defines {name} twice, or it is a word of the format")

    def quorum_time(self, note):
        """The quorum time of the checkpoint in `note`; None where the policy asks for nobody."""
        time = self.time(note)
        need(time is not None or self.quorum == "none", "the checkpoint is not cosigned by the quorum")
        return time

    def time(self, note):
        """The same, and None without quorum; refuses a cosignature that does not verify."""
        times = {name: cosigned_at(note, key) for name, key in self.witnesses.items()}
        if self.quorum == "none":
            return None
        for name, (needed, members) in self.groups.items():  # in the order of the file: members come first
            known = sorted((times[m] for m in members if times[m] is not None), reverse=True)
            times[name] = known[needed - 1] if len(known) >= needed else None
        return times[self.quorum]


def parse_tlog_proof(data):
    need(len(data) <= 4 << 20, "the proof is above 4 MiB")
    head, parting, checkpoint = data.partition(b"\n\n")
    need(parting, "the proof has no empty line")
    lines = as_text(head, "the proof").split("\n")
    need(lines.pop(0) == "c2sp.org/tlog-proof@v1", "the proof begins with another line")
    extra = None
    if lines and lines[0].startswith("extra "):
        extra = from_base64(lines.pop(0)[6:], "the extra line")
        need(extra, "the extra line has no data")
    need(lines and lines[0].startswith("index "), "the proof has no index line")
    index = from_decimal(lines.pop(0)[6:], "the index")
    hashes = [from_base64(line, "a hash of the proof") for line in lines]
    need(
        len(hashes) <= 63 and all(len(h) == 32 for h in hashes), "the proof has too many hashes, or one of no 32 bytes")
    need(checkpoint.endswith(b"\n"), "the proof has no checkpoint, or its last line has no end")
    return TlogProof(extra, index, hashes, checkpoint)
