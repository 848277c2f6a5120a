# SPDX-License-Identifier: Apache-2.0
"""Who signs a log, learnt from its entries: docs/formats/entry.md, "Keys of the log"."""
from decoding import Refused, need
from entries import ANCHOR_LOST, CLOSE, GENESIS, HEAD, LOG_KEY
from notes import LOG, make_key, open_checkpoint, parse_checkpoint, parse_note


class Origin:

    def __init__(self, index, genesis):
        try:
            self.name = genesis["origin"].decode()
        except UnicodeDecodeError:
            raise Refused("is a genesis whose origin is not UTF-8") from None
        self.genesis, self.closing = genesis, None
        self.keys = []  # (the smallest size that it signs, key)
        self.endorse(index + 1, genesis["key"])

    def endorse(self, size, public):
        self.keys.append((size, make_key(self.name, LOG, public)))

    def key_for(self, size):
        """The key that signs checkpoints of `size` entries."""
        keys = [key for first, key in self.keys if first <= size]
        need(keys, f"a checkpoint of {size} entries is of before its origin began")
        return keys[-1]


class Origins:
    """The origins of a log and their keys; refuses an entry that does not follow from those before it."""

    def __init__(self):
        self.all = []
        self.due = GENESIS  # the kind of entry that must come next, if one must
        self.newest = None  # size and root of the newest checkpoint, told by who replays the log

    @property
    def present(self):
        return self.all[-1]

    def see(self, index, kind, body, root):
        """Every entry in order; `root` is that of the entries before it."""
        need(self.due in (None, kind), {
            GENESIS: "is no genesis, as the first entry and that behind a closing are",
            HEAD: "is no head, which an endorsed key must have behind it"
        }.get(self.due))
        need(kind != GENESIS or self.due == GENESIS, "is a genesis in another place than at a beginning")
        self.due = {LOG_KEY: HEAD, CLOSE: GENESIS}.get(kind)
        if kind == GENESIS:
            self.begin(index, body)
        elif kind == LOG_KEY:
            need(body["first_index"] == index + 2, "endorses a key from another index on than behind the head")
            self.need_new(body["next_key"])
            self.present.endorse(index + 3, body["next_key"])
        elif kind == CLOSE:
            need((body["surviving_size"], body["surviving_root"]) == (index, root),
                 "closes an origin at another size or root than the log has there")
            self.present.closing = body

    def need_new(self, public):
        known = [key.public for origin in self.all for _, key in origin.keys]
        need(public not in known, "names a key that the log had before")

    def begin(self, index, genesis):
        if self.all:
            self.check_successor(genesis)
        else:
            need(not genesis["predecessors"], "is a first genesis with predecessors")
        self.all.append(Origin(index, genesis))

    def check_successor(self, genesis):
        closed = self.present
        need(genesis["ledger_id"] == closed.genesis["ledger_id"], "is a successor with another ledger id")
        need(genesis["origin"] not in [origin.genesis["origin"] for origin in self.all],
             "is a successor under a name that the log had before")
        self.need_new(genesis["key"])
        wanted = [self.newest]
        if closed.closing["reason"] != ANCHOR_LOST:
            wanted.append((closed.closing["lost_size"], closed.closing["lost_root"]))
        need(len(genesis["predecessors"]) == len(wanted), "is a successor with another number of predecessors")
        for data, point in zip(genesis["predecessors"], wanted):
            size = parse_checkpoint(parse_note(data).text).size
            checkpoint, note = open_checkpoint(data, closed.key_for(size))
            need(len(note.lines) == 1, "is a successor whose predecessor has more than one signature")
            need((checkpoint.size, checkpoint.root) == point, "is a successor of another checkpoint than it must name")
