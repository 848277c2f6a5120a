// SPDX-License-Identifier: Apache-2.0
#include "ledger/pruned_map.h"

#include "crypto/hash.h"
#include "ledger/map.h"

namespace spor::ledger {
namespace {

constexpr uint32_t kMaxDepth = 300;

Status Malformed(const char* what) { return Status(Code::kCorrupt, std::string("map proof: ") + what); }

}  // namespace

Result<PrunedMap> PrunedMap::Parse(ByteView bytes) {
  PrunedMap map;
  if (bytes.size() == 1 && bytes[0] == PrunedWriter::kEmpty) {
    map.nodes_.push_back({PrunedWriter::kEmpty, 0, 0, 0, {}, {}});
    map.root_ = Sha256(ByteView());
    return map;
  }
  Reader in(bytes);
  std::vector<std::pair<uint32_t, bool>> above;
  ASSIGN_OR_RETURN(map.root_node_, map.ParseNode(in, 0, 0, above, map.root_));
  RETURN_IF_ERROR(in.Finish("map proof"));
  return map;
}

Result<uint32_t> PrunedMap::ParseNode(Reader& in, uint32_t min_bit, uint32_t depth,
                                      std::vector<std::pair<uint32_t, bool>>& above, Hash32& hash) {
  if (depth > kMaxDepth) return Malformed("too deep");
  Node node;
  node.type = in.U8();
  switch (node.type) {
    case PrunedWriter::kPruned: hash = in.Fixed<32>(); break;
    case PrunedWriter::kLeaf:
      node.key = ToBytes(in.Str8(kMaxMapKey));
      node.value = ToBytes(in.Str8(kMaxMapValue));
      for (const auto& [bit, side] : above) {
        if (MapKeyBit(node.key, bit) != side) return Malformed("a leaf stands under the wrong branch");
      }
      hash = MapLeafHash(node.key, node.value);
      break;
    case PrunedWriter::kInner: {
      node.bit = in.U16();
      if (node.bit < min_bit) return Malformed("branch bits do not increase");
      Hash32 left;
      Hash32 right;
      above.emplace_back(node.bit, false);
      ASSIGN_OR_RETURN(node.left, ParseNode(in, node.bit + 1, depth + 1, above, left));
      above.back().second = true;
      ASSIGN_OR_RETURN(node.right, ParseNode(in, node.bit + 1, depth + 1, above, right));
      above.pop_back();
      hash = MapInnerHash(node.bit, left, right);
      break;
    }
    default: return Malformed("unknown node");
  }
  if (in.failed()) return Malformed("cut short");
  nodes_.push_back(std::move(node));
  return static_cast<uint32_t>(nodes_.size() - 1);
}

PrunedMap::Lookup PrunedMap::Find(ByteView key) const {
  const Node* node = &nodes_[root_node_];
  while (node->type == PrunedWriter::kInner) node = &nodes_[MapKeyBit(key, node->bit) ? node->right : node->left];
  if (node->type == PrunedWriter::kPruned) return {};
  if (node->type == PrunedWriter::kLeaf && PublicEquals(node->key, key)) return {Answer::kPresent, node->value};
  return {Answer::kAbsent, {}};
}

PrunedMap::Smallest PrunedMap::SmallestKey() const {
  const Node* node = &nodes_[root_node_];
  while (node->type == PrunedWriter::kInner) node = &nodes_[node->left];
  if (node->type == PrunedWriter::kPruned) return {};
  if (node->type == PrunedWriter::kEmpty) return {Answer::kAbsent, {}, {}};
  return {Answer::kPresent, node->key, node->value};
}

std::optional<std::vector<std::pair<ByteView, ByteView>>> PrunedMap::Range(ByteView first, ByteView last) const {
  std::vector<std::pair<ByteView, ByteView>> found;
  // From left to right. What is pruned lies between the leaves shown on either side of it: it holds nothing of the
  // range if the one on its right is not above `first`, or the one on its left not below `last`.
  bool open = false;
  bool past = false;
  std::vector<uint32_t> stack = {root_node_};
  while (!stack.empty()) {
    const Node& node = nodes_[stack.back()];
    stack.pop_back();
    if (node.type == PrunedWriter::kInner) {
      stack.push_back(node.right);
      stack.push_back(node.left);
    } else if (node.type == PrunedWriter::kPruned) {
      open |= !past;
    } else if (node.type == PrunedWriter::kLeaf) {
      const bool above_first = MapKeyLess(first, node.key);
      if (open && above_first) return std::nullopt;
      open = false;
      past = !MapKeyLess(node.key, last);
      const bool inside = (above_first || PublicEquals(first, node.key)) && !MapKeyLess(last, node.key);
      if (inside) found.emplace_back(node.key, node.value);
    }
  }
  if (open) return std::nullopt;
  return found;
}

}  // namespace spor::ledger
