// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "crypto/labels.h"
#include "ledger/unit_maps.h"
#include "vault/key_rows.h"

// KeyTree's check after a rotation, before the old root goes: nothing is taken from a cache, and nothing on trust.
namespace spor::vault {

using ledger::Family;

namespace {

Status Wrong(const char* what) { return Status(Code::kCorrupt, std::string("keys read back: ") + what); }

}  // namespace

struct KeyTree::ReadBack {
  const KeyTree& tree;
  RootKey root;
  uint32_t generation;

  Result<SecretBytes> Key(ByteView above, std::string_view purpose, ByteView prefix) const {
    ASSIGN_OR_RETURN(const auto row, NewestRow(tree.store_, prefix, generation));
    if (!row) return Wrong("one is missing");
    return tree.OpenRow(above, purpose, row->first, row->second);
  }

  Result<SecretBytes> BranchKey(uint8_t branch) const {
    return Key(root.Reveal(), label::kWrapBranch, BranchPrefix(branch));
  }

  Status AllNodes(uint8_t branch) const {
    ASSIGN_OR_RETURN(const SecretBytes key, BranchKey(branch));
    const Bytes range = Writer().Raw("N").U8(branch).Take();
    return ScanNewest(tree.store_, range, 3, generation, [&](ByteView row_key, ByteView row) {
      return tree.OpenRow(key.Reveal(), label::kWrapNode, row_key, row).status();
    });
  }

  // One is enough to tell whether the branch key is the right one.
  Status FirstNode(uint8_t branch) const {
    ASSIGN_OR_RETURN(const SecretBytes key, BranchKey(branch));
    const Bytes range = Writer().Raw("N").U8(branch).Take();
    std::optional<uint16_t> first;
    RETURN_IF_ERROR(tree.store_.Scan(Family::kKey, range, ledger::PrefixEnd(range), [&](ByteView row_key, ByteView) {
      first = Reader(row_key.subspan(1)).U16();
      return false;
    }));
    return first ? Key(key.Reveal(), label::kWrapNode, NodePrefix(*first)).status() : OkStatus();
  }

  // Every branch key, and below it every leaf-node key where `all` says so.
  Status Branches(const std::function<bool(uint8_t)>& all) const {
    return ScanNewest(tree.store_, Bytes{'B'}, 2, generation, [&](ByteView row_key, ByteView) {
      return all(row_key[1]) ? AllNodes(row_key[1]) : FirstNode(row_key[1]);
    });
  }

  // Every unit key under one leaf node, against the live map. Gives how many live units there are.
  Result<uint64_t> Units(uint16_t prefix) const {
    std::map<UnitId, Hash32> live;
    const Bytes begin = Writer().U16(prefix).Take();
    const Bytes end = prefix == 0xffff ? Bytes() : ledger::PrefixEnd(begin);
    RETURN_IF_ERROR(tree.store_.Scan(Family::kLive, begin, end, [&](ByteView key, ByteView value) {
      const Result<Id16> unit = ToId16(key);
      const Result<ledger::LiveValue> parsed = ledger::ParseLiveValue(value);
      if (unit.ok() && parsed.ok()) live[*unit] = parsed->key_commit;
      return true;
    }));
    ASSIGN_OR_RETURN(const SecretBytes branch, BranchKey(static_cast<uint8_t>(prefix >> 8)));
    ASSIGN_OR_RETURN(const SecretBytes node, Key(branch.Reveal(), label::kWrapNode, NodePrefix(prefix)));
    uint64_t opened = 0;
    const Bytes range = Writer().Raw("U").U16(prefix).Take();
    RETURN_IF_ERROR(ScanNewest(tree.store_, range, 17, generation, [&](ByteView row_key, ByteView row) -> Status {
      UnitId unit;
      std::copy_n(row_key.begin() + 1, unit.size(), unit.begin());
      ASSIGN_OR_RETURN(SecretBytes key, tree.OpenRow(node.Reveal(), label::kWrapUnit, row_key, row));
      const auto known = live.find(unit);
      if (known == live.end()) return CreatedMeanwhile(unit);
      ++opened;
      if (ledger::KeyCommit(tree.ledger_id_, unit, UnitKey(std::move(key))) == known->second) return OkStatus();
      return Wrong("a unit's key is not the one that the live map commits to");
    }));
    if (opened != live.size()) return Wrong("a living unit has none");
    return opened;
  }

  Status CreatedMeanwhile(const UnitId& unit) const {
    ASSIGN_OR_RETURN(const auto row, tree.store_.Get(Family::kLive, unit));
    return row ? OkStatus() : Wrong("one belongs to no living unit");
  }
};

Status KeyTree::VerifyKeys(const Staged* staged) const {
  ReadBack back{*this, {}, 0};
  {
    MutexLock lock(mutex_);
    back.root = root_.Clone();
    back.generation = generation_;
  }
  std::vector<uint16_t> prefixes;
  if (staged != nullptr) {
    prefixes = staged->prefixes;
  } else {
    // Both sides, so that neither a living unit without a leaf node nor a leaf node with dead units is missed.
    const auto add = [&](ByteView id) {
      const uint16_t prefix = Reader(id).U16();
      if (prefixes.empty() || prefixes.back() != prefix) prefixes.push_back(prefix);
      return true;
    };
    RETURN_IF_ERROR(store_.Scan(Family::kLive, {}, {}, [&](ByteView key, ByteView) { return add(key); }));
    RETURN_IF_ERROR(store_.Scan(Family::kKey, Bytes{'U'}, Bytes{'U' + 1},
                                [&](ByteView key, ByteView) { return add(key.subspan(1)); }));
    std::sort(prefixes.begin(), prefixes.end());
    prefixes.erase(std::unique(prefixes.begin(), prefixes.end()), prefixes.end());
  }
  RETURN_IF_ERROR(
      back.Branches([&](uint8_t branch) { return staged == nullptr || staged->branches.contains(branch); }));
  uint64_t opened = 0;
  for (uint16_t prefix : prefixes) {
    ASSIGN_OR_RETURN(const uint64_t here, back.Units(prefix));
    opened += here;
  }
  if (staged != nullptr && opened < staged->rewrapped_units) return Wrong("fewer open than were wrapped again");
  for (ServiceKey service : kServiceKeys) {
    RETURN_IF_ERROR(back.Key(back.root.Reveal(), label::kWrapService, ServicePrefix(service)).status());
  }
  return OkStatus();
}

}  // namespace spor::vault
