// SPDX-License-Identifier: Apache-2.0
#include "ledger/map_proof.h"

#include "crypto/codec.h"
#include "crypto/hash.h"
#include "ledger/map.h"
#include "ledger/pruned_map.h"

namespace spor::ledger {
namespace {

Status Failed(const char* what) { return Status(Code::kFailed, std::string("map proof: ") + what); }

void PutUvarint(Writer& out, uint32_t v) {
  for (; v >= 0x80; v >>= 7) out.U8(static_cast<uint8_t>(v | 0x80));
  out.U8(static_cast<uint8_t>(v));
}

// In its shortest form, up to two bytes: no bit or length of a map is above that.
uint32_t Uvarint(Reader& in) {
  const uint32_t low = in.U8();
  if (low < 0x80) return low;
  const uint32_t high = in.U8();
  if (high == 0 || high >= 0x80) in.Fail();
  return (low & 0x7f) | high << 7;
}

ByteView Str(Reader& in, size_t max) {
  const size_t size = Uvarint(in);
  if (size > max) in.Fail();
  return in.Raw(size);
}

}  // namespace

// The pruned map of one key holds the same path, written from the root down.
Bytes Map::Prove(ByteView key) {
  const Bytes pruned = Prune({ToBytes(key)}, ShowSmallest::kNo);
  struct Step {
    uint32_t bit;
    Hash32 sibling;
  };
  std::vector<Step> steps;
  Reader in(pruned);
  uint8_t type = in.U8();
  const auto sibling = [&] {
    CHECK(in.U8() == PrunedWriter::kPruned);
    return in.Fixed<32>();
  };
  while (type == PrunedWriter::kInner) {
    const uint32_t bit = in.U16();
    steps.push_back({bit, MapKeyBit(key, bit) ? sibling() : Hash32{}});
    type = in.U8();
  }
  Writer out;
  if (type == PrunedWriter::kLeaf) {
    const ByteView nearest = in.Str8(kMaxMapKey);
    const ByteView value = in.Str8(kMaxMapValue);
    if (!PublicEquals(nearest, key)) {
      PutUvarint(out, static_cast<uint32_t>(nearest.size()));
      out.Raw(nearest);
      PutUvarint(out, static_cast<uint32_t>(value.size()));
      out.Raw(value);
    }
  }
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
    if (!MapKeyBit(key, step->bit)) step->sibling = sibling();
    PutUvarint(out, step->bit);
    out.Raw(step->sibling);
  }
  CHECK(in.Finish("pruned map").ok());
  return out.Take();
}

Status VerifyMapProof(const Hash32& root, ByteView key, std::optional<ByteView> value, ByteView proof) {
  if (key.size() > kMaxMapKey || (value && value->size() > kMaxMapValue))
    return Failed("no map holds such a key or value");
  if (root == Sha256(ByteView())) {
    return !value && proof.empty() ? OkStatus() : Failed("the map is empty");
  }
  Reader in(proof);
  // The leaf at which a search for `key` ends: its own, or another one that shows that it is not there.
  ByteView leaf_key = key;
  ByteView leaf_value = value.value_or(ByteView());
  if (!value) {
    leaf_key = Str(in, kMaxMapKey);
    leaf_value = Str(in, kMaxMapValue);
    if (in.failed() || PublicEquals(leaf_key, key)) return Failed("it does not show another leaf");
  }
  Hash32 hash = MapLeafHash(leaf_key, leaf_value);
  uint32_t below = UINT32_MAX;
  while (in.left() > 0) {
    const uint32_t bit = Uvarint(in);
    const Hash32 sibling = in.Fixed<32>();
    if (in.failed() || bit >= below) return Failed("cut short, or its bits do not fall");
    const bool side = MapKeyBit(key, bit);
    if (MapKeyBit(leaf_key, bit) != side) return Failed("a search for the key does not end at this leaf");
    hash = side ? MapInnerHash(bit, sibling, hash) : MapInnerHash(bit, hash, sibling);
    below = bit;
  }
  return !in.failed() && hash == root ? OkStatus() : Failed("it is of another map");
}

}  // namespace spor::ledger
