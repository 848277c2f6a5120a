# SPDX-License-Identifier: Apache-2.0
"""Checkpoints, cosignatures and policies written in ways that are allowed or not: both readers give the same verdict.
Run by reader_test.py."""
import unittest

from both import counts, forged_verdicts, small_log
from decoding import sha256
from forge import ForgedLog, Signer, base64_of, vkey_text
from notes import WITNESS


class ForgedNoteTest(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.log = ForgedLog(small_log().entries[:5])

    def both_say(self, name, good, what, **given):
        reader, program = forged_verdicts(self.log, self.log.entries, **given)
        with self.subTest(name):
            self.assertEqual((reader is None, program is None), (good, good), f"{reader} / {program}")
        counts[f"{what}: both " + ("accept" if good else "refuse")] += 1

    def test_notes(self):
        """Checkpoints that are signed, and written in ways that are allowed or not."""
        text, mine = self.log.checkpoint(self.log.entries).split(b"\n\n")
        text, origin = text + b"\n", self.log.ORIGIN

        def line(name=origin, key_id=self.log.signer.key.key_id, rest=bytes(64), dash="\u2014"):
            return f"{dash} {name} {base64_of(key_id + rest)}\n".encode()

        def lines(*behind, before=mine):
            return text + b"\n" + before + b"".join(behind)

        def told(**lies):
            return self.log.checkpoint(self.log.entries, **lies)

        longest = line("long.example", rest=bytes(96000))
        room = (128 << 10) - len(lines(longest))
        for name, good, note in (("a stranger", True, lines(line("a.example"))), ("its name, another id", True,
                                                                                  lines(line(key_id=b"abcd"))),
                                 ("63 strangers", True, lines(line("a.example") * 63)), ("64 strangers", False,
                                                                                         lines(line("a.example") * 64)),
                                 ("the line twice", True, lines(mine)), ("a bad line beside it", False, lines(line())),
                                 ("a bad line before", False, lines(mine,
                                                                    before=line())), ("only a stranger", False,
                                                                                      lines(before=line("a.example"))),
                                 ("no signature", False, lines(line("a.example",
                                                                    rest=b""))), ("one byte", True,
                                                                                  lines(line("a.example", rest=b"x"))),
                                 ("a plus in a name", False, lines(line("a+b"))), ("a space in a name", False,
                                                                                   lines(line("a\u2003b"))),
                                 ("no name", False, lines(line(""))), ("a control byte in a name", False,
                                                                       lines(line("a\x01"))), ("DEL in a name", True,
                                                                                               lines(line("a\x7f"))),
                                 ("letters beyond ASCII", True,
                                  lines(line("\u00e6.example"))), ("no UTF-8", False,
                                                                   lines(line("a").replace(b"a", b"\xff", 1))),
                                 ("another dash", False,
                                  lines(line("a", dash="\u2013"))), ("two spaces", False,
                                                                     lines(line("a").replace(b" a ", b" a  "))),
                                 ("a space behind", False,
                                  lines(line("a")[:-1] + b" \n")), ("base64 without padding", False,
                                                                    lines(line("a", rest=bytes(3)).replace(b"==",
                                                                                                           b""))),
                                 ("unused bits", False, lines(line("a", rest=bytes(3)).replace(
                                     b"A==", b"B=="))), ("no end", False, lines()[:-1]), ("an empty line behind", False,
                                                                                          lines() + b"\n"),
                                 ("a line that is none", False,
                                  lines(b"x\n")), ("as long as may be", True,
                                                   lines(longest,
                                                         b"\xe2\x80\x94 " + b"n" * (room - 14) + b" AAAAAAA=\n")),
                                 ("longer", False, lines(longest,
                                                         b"\xe2\x80\x94 " + b"n" * (room - 13) + b" AAAAAAA=\n")),
                                 ("another origin", False, told(origin="other.example")), ("an origin with a line",
                                                                                           False,
                                                                                           told(origin="x\n" + origin)),
                                 ("a size of one more", False,
                                  told(size=len(self.log.entries) + 1)), ("one less", False,
                                                                          told(size=len(self.log.entries) - 1)),
                                 ("a leading zero", False,
                                  told(size=f"0{len(self.log.entries)}")), ("a sign", False,
                                                                            told(size=f"+{len(self.log.entries)}")),
                                 ("no size", False, told(size=0)), ("beyond 64 bits", False,
                                                                    told(size=2**64 + len(self.log.entries))),
                                 ("a root of 31 bytes", False,
                                  told(root=bytes(31))), ("another root", False,
                                                          told(root=bytes(32))), ("an extension", False,
                                                                                  self.log.note(text + b"more\n")),
                                 ("an empty line inside", False,
                                  self.log.note(text + b"\n")), ("two lines", False,
                                                                 self.log.note(text[:text.index(b"\n",
                                                                                                len(origin) + 1) +
                                                                                    1]))):
            self.both_say(name, good, "checkpoints", note=note)

    def test_witnesses(self):
        """Checkpoints with cosignatures, and a policy that asks for two of three."""
        witnesses = [Signer(f"w{i}.example", sha256(b"witness %d" % i), WITNESS) for i in range(3)]
        lines = "".join(f"witness w{i} {vkey_text(w.key)}\n" for i, w in enumerate(witnesses))
        policy, nobody = lines + "group any2 2 w0 w1 w2\nquorum any2\n", lines + "quorum none\n"
        note = self.log.checkpoint(self.log.entries)
        body = note[:note.index(b"\n\n") + 1]
        signed = [w.line(body, 1770000000 + i) for i, w in enumerate(witnesses)]
        stranger = Signer("w1.example", bytes(32), WITNESS).line(body, 5)
        other = witnesses[1].line(body + b"x\n", 5)
        for name, rule, behind, good in (("two", policy, signed[:2], True), ("three", policy, signed, True),
                                         ("one", policy, signed[:1], False), ("one twice", policy, signed[:1] * 2,
                                                                              False), ("a stranger", policy,
                                                                                       [signed[0], stranger], False),
                                         ("two and a stranger", policy, [*signed[:2],
                                                                         stranger], True), ("none", nobody, [], True),
                                         ("a bad one beside two", policy, [signed[0], signed[2], other],
                                          False), ("a bad one, none asked", nobody, [other],
                                                   False), ("a time beyond 63 bits", policy,
                                                            [*signed[:2], witnesses[2].line(body, 2**63)], False)):
            self.both_say(name, good, "cosigned checkpoints", policy=rule.encode(), note=note + b"".join(behind))

    def test_policies(self):
        vkeys = [vkey_text(Signer(f"w{i}.example", sha256(b"witness %d" % i), WITNESS).key) for i in range(3)]
        log = vkey_text(Signer("l.example", bytes(32)).key)
        as_log = [vkey_text(Signer(f"w{i}.example", sha256(b"witness %d" % i)).key) for i in range(3)]
        two, none = f"witness a {vkeys[0]}\nwitness b {vkeys[1]}\n", "quorum none\n"
        groups = "".join(f"group g{i} any {f'g{i - 1}' if i else 'a'}\n" for i in range(65))
        comment = "#" + "x" * ((64 << 10) - len(two + none) - 2)
        good = [
            two + none, none + two, " " + two + none,
            two.replace(" a", "\t a \t") + none, two + " \t\n\n" + none, two + "  # c\n" + none,
            two + "#\u00e6\n" + none,
            two.replace(" a ", " \u00e6 ") + none,
            two.replace(" a ", " log ") + none, two + "group g 1 a\n" + none,
            two + "group g 1 a\ngroup h all g b\n" + none, two + groups[:groups.index("group g64")] + none,
            f"log {log}\n" + two + none, f"log {log} https://l.example\n" + none,
            two + f"witness c {as_log[2]}\n" + none, f"log {as_log[0]}\n" + two + none, comment + "\n" + two + none
        ]
        bad = [
            "", two, two + none * 2, two + none[:-1], two + "quorum none # c\n", two + "#\x7f\n" + none,
            two + "#\0\n" + none, two + "quorum none\r\n", two + "quorum\vnone\n", two + "quorum x\n",
            two + "quorum g\ngroup g 1 a\n", two + "vkey x\n" + none, two + "group g 1 none\n" + none,
            two + "group g 01 a\n" + none, two + "group g 0 a\n" + none, two + "group g 3 a b\n" + none,
            two + "group g +1 a\n" + none, two + f"group g {'9' * 30} a\n" + none, two + "group g all\n" + none,
            two + "group g 1 a a\n" + none, two + "group g 1 a\ngroup h 1 a\n" + none, two + groups + none,
            two.replace(" a ", " all ") + none, two + "group none 1 a\n" + none, two + f"witness a {vkeys[2]}\n" + none,
            two + f"witness c {vkeys[0]}\n" + none, two + f"witness c {as_log[0]}\n" + none,
            two + f"witness c {vkeys[2]} u w\n" + none, f"log {log}\n" * 2 + none, f"log {log} u w\n" + none,
            f"log {vkeys[0]}\n" + none, comment + "x\n" + two + none, two + f"witness c {vkeys[2][:-1]}\n" + none,
            two + f"witness c {vkeys[2].replace('.', '!')}\n" + none
        ]
        for rule in good + bad:
            self.both_say(rule[-200:], rule in good, "policies", policy=rule.encode())
