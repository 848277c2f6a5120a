// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "crypto/aead.h"
#include "crypto/labels.h"
#include "vault/key_rows.h"

// KeyTree's rotation: what is beside an erased key is wrapped again under new keys, up to a new root.
namespace spor::vault {

using ledger::Batch;
using ledger::Family;

namespace {

constexpr size_t kRowsPerBatch = 8192;

}  // namespace

Status ScanNewest(const ledger::Store& store, ByteView range, size_t prefix_size, uint32_t generation,
                  const RowVisitor& visit) {
  Bytes best_key;
  Bytes best_row;
  Status failed;
  const auto flush = [&] {
    if (!best_key.empty() && failed.ok()) failed = visit(best_key, best_row);
    best_key.clear();
  };
  RETURN_IF_ERROR(store.Scan(Family::kKey, range, ledger::PrefixEnd(range), [&](ByteView key, ByteView row) {
    if (key.size() != prefix_size + 4) return failed = Status(Code::kCorrupt, "a key row is malformed"), false;
    if (!best_key.empty() && !PublicEquals(ByteView(best_key).first(prefix_size), key.first(prefix_size))) flush();
    if (GenerationOf(key) <= generation) best_key = ToBytes(key), best_row = ToBytes(row);
    return failed.ok();
  }));
  flush();
  return failed;
}

Result<std::optional<std::pair<Bytes, Bytes>>> NewestRow(const ledger::Store& store, ByteView prefix,
                                                         uint32_t generation) {
  const Bytes key = WithGeneration(ToBytes(prefix), generation);
  ASSIGN_OR_RETURN(auto row, store.Before(Family::kKey, key));
  if (!row || row->first.size() != key.size() || !PublicEquals(ByteView(row->first).first(prefix.size()), prefix)) {
    return std::optional<std::pair<Bytes, Bytes>>();
  }
  return row;
}

// Units under one leaf node: the survivors are wrapped under its new key.
Status KeyTree::StageNode(uint16_t prefix, const std::vector<UnitId>& erased, const SecretBytes& new_key,
                          Staged& staged, Batch& batch) {
  SecretBytes old_key;
  {
    MutexLock lock(mutex_);
    ASSIGN_OR_RETURN(const SecretBytes* node, Node(prefix, nullptr));
    old_key = node->Clone();
  }
  const Bytes range = Writer().Raw("U").U16(prefix).Take();
  return ScanNewest(store_, range, 17, staged.generation - 1, [&](ByteView row_key, ByteView row) -> Status {
    UnitId unit;
    std::copy_n(row_key.begin() + 1, unit.size(), unit.begin());
    if (std::binary_search(erased.begin(), erased.end(), unit)) return OkStatus();
    ASSIGN_OR_RETURN(const SecretBytes key, OpenRow(old_key.Reveal(), label::kWrapUnit, row_key, row));
    const Bytes new_row = WithGeneration(UnitPrefix(unit), staged.generation);
    batch.Put(Family::kKey, new_row, WrapRow(new_key.Reveal(), label::kWrapUnit, new_row, key.Reveal()));
    ++staged.rewrapped_units;
    return OkStatus();
  });
}

// Leaf nodes under one branch that has erased units: every one is wrapped under the branch's new key.
Status KeyTree::StageBranch(uint8_t branch, const std::map<uint16_t, SecretBytes>& new_nodes, Staged& staged,
                            Batch& batch) {
  SecretBytes old_key;
  {
    MutexLock lock(mutex_);
    ASSIGN_OR_RETURN(const SecretBytes* found, Branch(branch, nullptr));
    old_key = found->Clone();
  }
  const SecretBytes& new_key = staged.branches.emplace(branch, SecretBytes::Random(32)).first->second;
  const Bytes range = Writer().Raw("N").U8(branch).Take();
  return ScanNewest(store_, range, 3, staged.generation - 1, [&](ByteView row_key, ByteView row) -> Status {
    const uint16_t prefix = Reader(row_key.subspan(1)).U16();
    const Bytes new_row = WithGeneration(NodePrefix(prefix), staged.generation);
    const auto changed = new_nodes.find(prefix);
    SecretBytes key;
    if (changed != new_nodes.end()) {
      key = changed->second.Clone();
    } else {
      ASSIGN_OR_RETURN(key, OpenRow(old_key.Reveal(), label::kWrapNode, row_key, row));
    }
    batch.Put(Family::kKey, new_row, WrapRow(new_key.Reveal(), label::kWrapNode, new_row, key.Reveal()));
    return OkStatus();
  });
}

// Everything that hangs directly under the root. A next log key is not among it: it would be lost with the old root.
Status KeyTree::StageRoot(Staged& staged, Batch& batch) {
  ASSIGN_OR_RETURN(const bool unfinished, HasNextLogKey());
  if (unfinished) return Status(Code::kLater, "the log key is being replaced: restart the service, then erase again");
  RETURN_IF_ERROR(
      ScanNewest(store_, Bytes{'B'}, 2, staged.generation - 1, [&](ByteView row_key, ByteView row) -> Status {
        const uint8_t branch = row_key[1];
        const Bytes new_row = WithGeneration(BranchPrefix(branch), staged.generation);
        const auto changed = staged.branches.find(branch);
        SecretBytes key;
        if (changed != staged.branches.end()) {
          key = changed->second.Clone();
        } else {
          MutexLock lock(mutex_);
          ASSIGN_OR_RETURN(key, OpenRow(root_.Reveal(), label::kWrapBranch, row_key, row));
        }
        batch.Put(Family::kKey, new_row, WrapRow(staged.root.Reveal(), label::kWrapBranch, new_row, key.Reveal()));
        return OkStatus();
      }));
  for (ServiceKey service : kServiceKeys) {
    ASSIGN_OR_RETURN(const SecretBytes key, OpenService(service));
    const Bytes new_row = ServiceRow(service, staged.generation);
    batch.Put(Family::kKey, new_row, WrapRow(staged.root.Reveal(), label::kWrapService, new_row, key.Reveal()));
  }
  return OkStatus();
}

Result<KeyTree::Staged> KeyTree::Stage(const std::vector<UnitId>& erased, const RowSink& sink) {
  Staged staged;
  {
    MutexLock lock(mutex_);
    CHECK(rotating_ && !staging_);
    staging_ = true;
    staged.generation = generation_ + 1;
  }
  staged.root = RootKey::Random();
  Batch batch;
  batch.Put(Family::kKey, StagingRow(), Writer().U32(staged.generation).Take());
  const auto drain = [&](size_t limit) -> Status {
    if (batch.changes().size() < limit) return OkStatus();
    Batch full = std::move(batch);
    batch = Batch();
    return sink(std::move(full));
  };
  // Once this is durable, so is everything that was wrapped before staging began: the scans below see it.
  RETURN_IF_ERROR(drain(0));
  std::map<uint8_t, std::map<uint16_t, SecretBytes>> new_nodes;
  for (const UnitId& unit : erased) {
    const uint16_t prefix = PrefixOf(unit);
    if (!staged.prefixes.empty() && staged.prefixes.back() == prefix) continue;
    staged.prefixes.push_back(prefix);
    const SecretBytes& key = new_nodes[unit[0]].emplace(prefix, SecretBytes::Random(32)).first->second;
    RETURN_IF_ERROR(StageNode(prefix, erased, key, staged, batch));
    RETURN_IF_ERROR(drain(kRowsPerBatch));
  }
  for (const auto& [branch, nodes] : new_nodes) {
    RETURN_IF_ERROR(StageBranch(branch, nodes, staged, batch));
    RETURN_IF_ERROR(drain(kRowsPerBatch));
  }
  RETURN_IF_ERROR(StageRoot(staged, batch));
  RETURN_IF_ERROR(drain(0));
  return staged;
}

Status KeyTree::BeginRotation() {
  MutexLock lock(mutex_);
  if (rotating_) return Status(Code::kLater, "another erasure is being carried out: ask again when it has ended");
  rotating_ = true;
  return OkStatus();
}

void KeyTree::EndRotation() {
  MutexLock lock(mutex_);
  rotating_ = staging_ = false;
}

void KeyTree::AddFlip(const Staged& staged, const std::vector<UnitId>& erased, Batch& batch) const {
  batch.Put(Family::kKey, GenerationRow(), Writer().U32(staged.generation).Take());
  batch.Delete(Family::kKey, StagingRow());
  for (const UnitId& unit : erased) {
    batch.DeleteRange(Family::kKey, WithGeneration(UnitPrefix(unit), 0),
                      WithGeneration(UnitPrefix(unit), ~uint32_t{0}));
  }
}

void KeyTree::Switch(Staged& staged) {
  MutexLock lock(mutex_);
  root_ = staged.root.Clone();
  generation_ = staged.generation;
  DropCaches();
  staging_ = false;
}

void KeyTree::EndStaging() {
  MutexLock lock(mutex_);
  staging_ = false;
}

Status KeyTree::DropStaged(const RowSink& sink) {
  ASSIGN_OR_RETURN(const std::optional<Bytes> marker, store_.Get(Family::kKey, StagingRow()));
  if (!marker) return OkStatus();
  const uint32_t now = generation();
  Batch batch;
  RETURN_IF_ERROR(store_.Scan(Family::kKey, {}, {}, [&](ByteView key, ByteView) {
    if (key.size() > 4 && GenerationOf(key) > now) batch.Delete(Family::kKey, ToBytes(key));
    return true;
  }));
  batch.Delete(Family::kKey, StagingRow());
  return sink(std::move(batch));
}

Status KeyTree::DropSuperseded(const Staged* staged, const RowSink& sink) const {
  const uint32_t now = generation();
  Batch batch;
  Bytes previous;
  const auto look = [&](ByteView key, ByteView) {
    if (key.size() <= 4 || GenerationOf(key) > now) return true;
    // Rows of one object stand side by side, oldest first.
    if (previous.size() == key.size() &&
        PublicEquals(ByteView(previous).first(key.size() - 4), key.first(key.size() - 4)))
      batch.Delete(Family::kKey, previous);
    previous = ToBytes(key);
    return true;
  };
  const auto drop = [&](ByteView begin, ByteView end) -> Status {
    RETURN_IF_ERROR(store_.Scan(Family::kKey, begin, end, look));
    return batch.changes().size() < kRowsPerBatch ? OkStatus() : sink(std::exchange(batch, Batch()));
  };
  const auto drop_range = [&](const Bytes& range) { return drop(range, ledger::PrefixEnd(range)); };
  if (staged == nullptr) {
    RETURN_IF_ERROR(drop({}, {}));
  } else {
    for (uint16_t prefix : staged->prefixes) RETURN_IF_ERROR(drop_range(Writer().Raw("U").U16(prefix).Take()));
    for (const auto& [branch, key] : staged->branches) RETURN_IF_ERROR(drop_range(Writer().Raw("N").U8(branch).Take()));
    RETURN_IF_ERROR(drop_range(Bytes{'B'}));
    RETURN_IF_ERROR(drop_range(Bytes{'S'}));
  }
  return batch.empty() ? OkStatus() : sink(std::move(batch));
}

}  // namespace spor::vault
