# SPDX-License-Identifier: Apache-2.0
"""The tree of RFC 6962 and its proofs, and the same as static files: docs/formats/log.md and tiles.md."""
import pathlib

from decoding import Cursor, Refused, at, need, sha256

WIDTH = 256


def leaf_hash(entry):
    return sha256(b"\0" + entry)


def node_hash(left, right):
    return sha256(b"\1" + left + right)


def split(size):
    """The leaves of the left subtree: the largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1


class Tree:
    """The tree over `leaves`, hashes of entries; makes roots and proofs as RFC 6962, section 2.1, defines them."""

    def __init__(self, leaves):
        self.leaves, self.known = leaves, {}

    def root(self, begin, end):
        if end - begin < 2:
            return self.leaves[begin] if end > begin else sha256(b"")
        if (begin, end) not in self.known:
            middle = begin + split(end - begin)
            self.known[begin, end] = node_hash(self.root(begin, middle), self.root(middle, end))
        return self.known[begin, end]

    def inclusion(self, index, size, begin=0):
        if size - begin == 1:
            return []
        middle = begin + split(size - begin)
        if index < middle:
            return self.inclusion(index, middle, begin) + [self.root(middle, size)]
        return self.inclusion(index, size, middle) + [self.root(begin, middle)]

    def consistency(self, old, size, begin=0, whole=True):
        if old == size:
            return [] if whole else [self.root(begin, size)]
        middle = begin + split(size - begin)
        if old <= middle:
            return self.consistency(old, middle, begin, whole) + [self.root(middle, size)]
        return self.consistency(old, size, middle, False) + [self.root(begin, middle)]


class GrowingTree:
    """The same, as leaves come one by one: of the hashes only those of perfect subtrees are kept, left to right."""

    def __init__(self):
        self.size, self.perfect = 0, []

    def add(self, leaf):
        self.size += 1
        self.perfect.append(leaf)
        size = self.size
        while not size & 1:
            right = self.perfect.pop()
            self.perfect[-1], size = node_hash(self.perfect[-1], right), size >> 1

    def root(self):
        *others, root = self.perfect or [sha256(b"")]
        for left in reversed(others):
            root = node_hash(left, root)
        return root


def verify_inclusion(leaf, index, size, proof, root):
    """RFC 9162, 2.1.3.2."""
    need(index < size, "the index is not below the size")
    node, last, here = index, size - 1, leaf
    for other in proof:
        need(last, "the inclusion proof has hashes too many")
        if node & 1 or node == last:
            here = node_hash(other, here)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            here = node_hash(here, other)
        node, last = node >> 1, last >> 1
    need(last == 0, "the inclusion proof has hashes too few")
    need(here == root, "the inclusion proof does not lead to the root")


def verify_consistency(old, size, old_root, root, proof):
    """RFC 9162, 2.1.4.2."""
    need(0 < old <= size, "a consistency proof is from a size above 0 to one that is not smaller")
    if old == size:
        need(not proof, "the consistency proof has hashes too many")
        need(old_root == root, "the roots of one size differ")
        return
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    need(path, "the consistency proof has hashes too few")
    node, last = old - 1, size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    was = now = path[0]
    for other in path[1:]:
        need(last, "the consistency proof has hashes too many")
        if node & 1 or node == last:
            was, now = node_hash(other, was), node_hash(other, now)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            now = node_hash(now, other)
        node, last = node >> 1, last >> 1
    need(last == 0, "the consistency proof has hashes too few")
    need(was == old_root, "the consistency proof does not lead to the old root")
    need(now == root, "the consistency proof does not lead to the new root")


def tile_path(level, index, width=WIDTH):
    """`level` is a number, or "entries" for a bundle."""
    groups = [f"{index % 1000:03}"]
    while index := index // 1000:
        groups.insert(0, f"x{index % 1000:03}")
    return f"tile/{level}/{'/'.join(groups)}" + (f".p/{width}" if width < WIDTH else "")


def perfect_root(hashes):
    while len(hashes) > 1:
        hashes = [node_hash(*pair) for pair in zip(hashes[::2], hashes[1::2])]
    return hashes[0]


def parse_bundle(data, width):
    cursor, entries = Cursor(data), []
    while cursor.place < len(data):
        entries.append(cursor.take(cursor.uint(2)))
    need(len(entries) == width, f"has {len(entries)} entries, not {width}")
    return entries


class TileTree:
    """The exported tree below `directory`, as far as a checkpoint of `size` entries goes. Nothing is believed before
    it leads to `root`: `check_hashes` first, then `entries`."""

    def __init__(self, directory, size, root):
        self.directory, self.size, self.root = pathlib.Path(directory), size, root
        self.levels = []  # of each level, the hashes of the tree

    def read(self, level, index, width):
        """The path, the bytes, and how much a file holds: a partial one may be gone once the full one is there."""
        for wide in (width, WIDTH):
            path = tile_path(level, index, wide)
            if (self.directory / path).is_file():
                return path, (self.directory / path).read_bytes(), wide
        raise Refused("is not there", tile_path(level, index, width))

    @staticmethod
    def widths(count):
        return [WIDTH] * (count // WIDTH) + [count % WIDTH] * (count % WIDTH > 0)

    def check_hashes(self):
        level = 0
        while count := self.size >> 8 * level:
            hashes = []
            for index, width in enumerate(self.widths(count)):
                path, tile, wide = self.read(level, index, width)
                with at(path):
                    need(len(tile) == 32 * wide, f"has {len(tile)} bytes, not {32 * wide}")
                hashes += [tile[i:i + 32] for i in range(0, 32 * width, 32)]
            self.levels.append(hashes)
            level += 1
        with at("the partial tiles"):
            need(self.root_of_partial_tiles() == self.root, "do not give the root of the checkpoint")
        for level in reversed(range(len(self.levels) - 1)):
            for index, expected in enumerate(self.levels[level + 1]):
                with at(tile_path(level, index)):
                    need(
                        perfect_root(self.levels[level][WIDTH * index:WIDTH * (index + 1)]) == expected,
                        "does not give its hash in the tile above")

    def root_of_partial_tiles(self):
        """Each bit of the size is a perfect subtree; those of one tile level lie in its partial tile, left to right."""
        subtrees = []
        for hashes in reversed(self.levels):
            place = len(hashes) - len(hashes) % WIDTH
            for bit in reversed(range(8)):
                if len(hashes) >> bit & 1:
                    subtrees.append(perfect_root(hashes[place:place + (1 << bit)]))
                    place += 1 << bit
        root = subtrees.pop() if subtrees else sha256(b"")
        while subtrees:
            root = node_hash(subtrees.pop(), root)
        return root

    def entries(self):
        """Each entry in order, checked against its hash."""
        for index, width in enumerate(self.widths(self.size)):
            path, data, wide = self.read("entries", index, width)
            with at(path):
                bundle = parse_bundle(data, wide)[:width]
                for place, entry in enumerate(bundle):
                    need(
                        leaf_hash(entry) == self.levels[0][WIDTH * index + place],
                        f"entry {WIDTH * index + place} does not give its hash in tile level 0")
            yield from bundle
