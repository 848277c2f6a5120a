# SPDX-License-Identifier: Apache-2.0
"""The text of artefacts, the trust file, proven entries, keys and origins: docs/formats/artefacts.md."""
import collections
import datetime
import json
import re

from decoding import Refused, from_base64, need
from entries import ANCHOR_LOST, CLOSE, GENESIS, LOG_KEY, parse_body, parse_entry
from notes import LOG, WitnessPolicy, make_key, open_checkpoint, parse_checkpoint, parse_note, parse_vkey
from tree import leaf_hash, verify_consistency, verify_inclusion

Trust = collections.namedtuple("Trust", "origin genesis ledger_id keys policy")  # keys: (start index, key)
Shown = collections.namedtuple("Shown", "index data entry proof sections")  # an entry and what is opened of it
Opening = collections.namedtuple("Opening", "unit seed blob")
Step = collections.namedtuple("Step", "shown body note consistency")  # from one key of the log to the next
Closed = collections.namedtuple("Closed", "closing end genesis begin")  # end, begin: their bodies
CLOSED, DESTROYED = "closed", "opening_destroyed"
ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
HASHES_MAX = 64


def no(_):
    raise Refused("a number is not whole")


def parse_json(data, write):
    """The object in `data`, of which `write` gives the one text that it may have."""
    try:
        value = json.loads(data.decode(), parse_float=no, parse_constant=no)
        need(write(value).encode() == data, "the JSON is not written in its one form")
    except (UnicodeError, RecursionError, ValueError):
        raise Refused("is not JSON in UTF-8") from None
    return value


def quoted(text):
    return '"' + re.sub('["\\\\\x00-\x1f\x7f]', lambda m: ESCAPES.get(m[0]) or f"\\u{ord(m[0]):04x}", text) + '"'


def compact(value):
    if isinstance(value, dict):
        return "{" + ",".join(f"{quoted(name)}:{compact(member)}" for name, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(compact, value)) + "]"
    return quoted(value) if isinstance(value, str) else json.dumps(value)


def in_lines(value):
    need(isinstance(value, dict), "is no object")
    members = []
    for name, member in value.items():
        lines = isinstance(member, list) and member
        members.append(f"{quoted(name)}:" +
                       ("[\n" + ",\n".join(map(compact, member)) + "\n]" if lines else compact(member)))
    return "{\n" + ",\n".join(members) + "\n}\n"


def members(value, names):
    """The members of an object that has exactly these, in this order."""
    need(isinstance(value, dict) and list(value) == names.split(), f"the object is not {{{names}}}")
    return value.values()


def text(value, what):
    need(isinstance(value, str), f"{what} is no text")
    return value


def number(value, what):
    need(type(value) is int and 0 <= value < 2**64, f"{what} is no whole number")
    return value


def binary(value, what, size=None):
    data = from_base64(text(value, what), what)
    need(size is None or len(data) == size, f"{what} has another length")
    return data


def hexadecimal(value, what, size):
    need(re.fullmatch(f"[0-9a-f]{{{2 * size}}}", text(value, what), re.ASCII),
         f"{what} is not {size} bytes in hexadecimal")
    return bytes.fromhex(value)


def hashes(value, what):
    data = binary(value, what)
    need(len(data) % 32 == 0 and len(data) <= 32 * HASHES_MAX, f"{what} is no list of hashes")
    return [data[i:i + 32] for i in range(0, len(data), 32)]


def unix_time(value, what):
    form = "%Y-%m-%dT%H:%M:%SZ"
    try:
        time = datetime.datetime.strptime(text(value, what), form)
    except ValueError:
        raise Refused(f"{what} is no time") from None
    need(time.strftime(form) == value, f"{what} is no time")
    return int(time.replace(tzinfo=datetime.timezone.utc).timestamp())


def parse_trust(data):
    form, origin, genesis, ledger_id, vkeys, policy, approvers = members(
        parse_json(data, in_lines), "format origin genesis ledger_id log_vkeys witness_policy approver_keys")
    need(form == "spor-trust/1" and approvers == [], "the trust file is of another format")
    genesis, ledger_id = binary(genesis, "the genesis"), hexadecimal(ledger_id, "the ledger id", 32)
    entry = parse_entry(genesis)
    need(entry.kind == GENESIS, "the genesis is another entry")
    body = parse_body(entry)
    need((body["origin"], body["ledger_id"]) == (text(origin, "the origin").encode(), ledger_id),
         "the genesis is of another origin or ledger")
    need(isinstance(vkeys, list) and 1 <= len(vkeys) <= 64, "the trust file has no keys, or more than 64")
    keys = []
    for vkey in vkeys:
        vkey, start = members(vkey, "vkey start_index")
        keys.append((number(start, "a start index"), parse_vkey(text(vkey, "a key"))))
        need(keys[-1][1].type == LOG and keys[-1][1].name == origin, "a key is of another type or name")
    need(keys[0][1].public == body["key"], "the first key is not the genesis entry's")
    need(all(a[0] < b[0] for a, b in zip(keys, keys[1:])), "the keys do not ascend by start index")
    need((keys[0][0] > 0) == bool(body["predecessors"]), "the first key does not start where its genesis stands")
    if policy is not None:
        policy = WitnessPolicy(text(policy, "the witness policy").encode())
        need(not policy.logs or any(key.public in policy.logs for _, key in keys), "the policy is for other logs")
    return Trust(origin, genesis, ledger_id, keys, policy)


def parse_shown(index, data, proof, sections):
    data = binary(data, "an entry")
    entry = parse_entry(data)
    need(isinstance(sections, list) and len(sections) == len(entry.sections), "an entry has another number of sections")
    opened = []
    for section in sections:
        if section not in (CLOSED, DESTROYED):
            unit, seed, blob = members(section, "unit seed blob")
            section = Opening(hexadecimal(unit, "a unit", 16), binary(seed, "a seed", 32), binary(blob, "a blob"))
        opened.append(section)
    return Shown(index, data, entry, proof, opened)


def parse_proven(value):
    index, entry, proof, sections = members(value, "index entry proof sections")
    return parse_shown(number(index, "an index"), entry, hashes(proof, "a proof"), sections)


def parse_about_keys(value):
    """A proven entry that says who signs."""
    shown = parse_proven(value)
    need(not shown.sections, "an entry about keys has sections")
    return shown


def parse_list(value, what):
    need(isinstance(value, list) and value, f"{what} is no list, or an empty one")
    return value


def proven(shown, checkpoint):
    verify_inclusion(leaf_hash(shown.data), shown.index, checkpoint.size, shown.proof, checkpoint.root)


def parse_steps(value):
    steps = []
    for step in parse_list(value, "log_keys"):
        entry, note, consistency = members(step, "entry checkpoint consistency")
        entry, note = parse_about_keys(entry), text(note, "a checkpoint").encode()
        need(entry.entry.kind == LOG_KEY, "a step is no log-key entry")
        steps.append(Step(entry, parse_body(entry.entry), note, hashes(consistency, "a consistency proof")))
    return steps


def key_for(keys, size):
    """Of (start index, key), the one that may sign a checkpoint of `size` entries."""
    right = [key for start, key in keys if start < size]
    need(right, "no key may sign so small a checkpoint")
    return right[-1]


def follow_keys(trust, steps, checkpoint):
    """The keys of the trust file and those that they endorse; `checkpoint` is what it must all lead to."""
    keys, last = list(trust.keys), -1
    for step in steps:
        index = step.shown.index
        need(index > last, "the steps are out of order")
        last = index
        need(step.body["first_index"] == index + 2, "a key is endorsed from another index on")
        size = parse_checkpoint(parse_note(step.note).text).size
        need(index < size <= index + 2, "a step's checkpoint is of another size")
        old, _ = open_checkpoint(step.note, key_for(keys, size))
        proven(step.shown, old)
        verify_consistency(old.size, checkpoint.size, old.root, checkpoint.root, step.consistency)
        key = make_key(trust.origin, LOG, step.body["next_key"])
        if index + 2 in dict(keys):
            need(dict(keys)[index + 2] == key, "a key is endorsed in the place of one that is pinned")
        else:
            need(keys[-1][0] < index + 2, "a key is endorsed that the trust file, which has later ones, does not know")
            keys.append((index + 2, key))
    return keys


def parse_origins(value):
    origins = []
    for origin in parse_list(value, "closed_origins"):
        closing, genesis = map(parse_about_keys, members(origin, "closing genesis"))
        need((closing.entry.kind, genesis.entry.kind) == (CLOSE, GENESIS), "a closing or its successor is none")
        origins.append(Closed(closing, parse_body(closing.entry), genesis, parse_body(genesis.entry)))
    return origins


def check_origins(origins, origin, ledger_id, checkpoint):
    """`origin` is that of `checkpoint`, to which all lead."""
    need(all(a.closing.index < b.closing.index for a, b in zip(origins, origins[1:])), "the closings do not ascend")
    begun = None  # the name of the origin before
    for closed in origins:
        proven(closed.closing, checkpoint)
        proven(closed.genesis, checkpoint)
        need(closed.end["surviving_size"] == closed.closing.index, "a closing is of another size than it stands at")
        need(closed.genesis.index == closed.closing.index + 1, "a successor does not stand behind the closing")
        need(closed.begin["ledger_id"] == ledger_id, "a successor is of another ledger")
        points = [parse_checkpoint(parse_note(data).text) for data in closed.begin["predecessors"]]
        need(len(points) == (1 if closed.end["reason"] == ANCHOR_LOST else 2), "a successor has other predecessors")
        need(points[0].size <= closed.closing.index, "a successor names no surviving checkpoint")
        need(len(points) == 1 or points[1][1:3] == (closed.end["lost_size"], closed.end["lost_root"]),
             "a successor names another lost checkpoint")
        need(all(point.origin == (begun or points[0].origin) for point in points), "another origin is closed")
        begun = closed.begin["origin"].decode(errors="replace")
    need(begun in (None, origin), "the last successor is another origin")
