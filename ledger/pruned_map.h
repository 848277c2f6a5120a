// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "crypto/codec.h"

// A Merkle Patricia map with most of it pruned to hashes: one proof for any number of keys; docs/formats/map.md.
//
//   node = 0x00 hash[32]                                  a pruned subtree
//        | 0x01 u8 len | key | u8 len | value             a leaf
//        | 0x02 u16 bit | node | node                     an inner node, left side first
//   map  = 0x03 (empty) | node                            in one piece, nothing behind it
namespace spor::ledger {

class PrunedWriter {
 public:
  enum Node : uint8_t { kPruned = 0, kLeaf = 1, kInner = 2, kEmpty = 3 };
  void Empty() { out_.U8(kEmpty); }
  void Pruned(const Hash32& hash) { out_.U8(kPruned).Raw(hash); }
  void Leaf(ByteView key, ByteView value) { out_.U8(kLeaf).Str8(AsText(key)).Str8(AsText(value)); }
  void Inner(uint32_t bit) { out_.U8(kInner).U16(static_cast<uint16_t>(bit)); }
  Bytes Take() { return out_.Take(); }

 private:
  Writer out_;
};

class PrunedMap {
 public:
  // Parses and hashes. kCorrupt when malformed: bits not increasing downwards, a shown leaf on the wrong side of a bit
  // above it, more than 300 levels, trailing bytes.
  static Result<PrunedMap> Parse(ByteView bytes);
  const Hash32& root() const { return root_; }

  enum class Answer { kPresent, kAbsent, kNotShown };
  struct Lookup {
    Answer answer = Answer::kNotShown;
    ByteView value;  // of a present key; lives as long as the map
  };
  Lookup Find(ByteView key) const;
  // The smallest key of the whole map: kNotShown if it is pruned away, kAbsent if the map is empty.
  struct Smallest {
    Answer answer = Answer::kNotShown;
    ByteView key;
    ByteView value;
  };
  Smallest SmallestKey() const;
  // Every key from `first` to `last` with its value, in order; nothing if one of them may be pruned away. Views live as
  // long as the map.
  std::optional<std::vector<std::pair<ByteView, ByteView>>> Range(ByteView first, ByteView last) const;

 private:
  struct Node {
    uint8_t type = 0;
    uint32_t bit = 0;
    uint32_t left = 0;
    uint32_t right = 0;
    Bytes key;
    Bytes value;
  };
  struct ParseState;
  Result<uint32_t> ParseNode(Reader& in, uint32_t min_bit, uint32_t depth,
                             std::vector<std::pair<uint32_t, bool>>& above, Hash32& hash);
  std::vector<Node> nodes_;
  uint32_t root_node_ = 0;
  Hash32 root_{};
};

}  // namespace spor::ledger
