// SPDX-License-Identifier: Apache-2.0
#include "vault/key_tree.h"

#include "crypto/aead.h"
#include "crypto/codec.h"
#include "crypto/hash.h"
#include "crypto/labels.h"
#include "vault/key_copy.h"
#include "vault/key_rows.h"

namespace spor::vault {

using ledger::Batch;
using ledger::Family;

namespace {

// A megabyte of the four that are locked; the keys of all leaf nodes take two.
constexpr size_t kMaxCachedUnits = 32768;

}  // namespace

Bytes KeyTree::AssociatedData(ByteView row_key) const {
  Bytes ad = ToBytes(ledger_id_);
  Append(ad, row_key);
  return ad;
}

Bytes KeyTree::WrapRow(ByteView key, std::string_view purpose, ByteView row_key, ByteView plaintext) const {
  const SecretBytes wrap = Derive(key, purpose, {});
  return Seal(wrap.Reveal(), AssociatedData(row_key), plaintext);
}

Result<SecretBytes> KeyTree::OpenRow(ByteView key, std::string_view purpose, ByteView row_key, ByteView row) const {
  const SecretBytes wrap = Derive(key, purpose, {});
  ASSIGN_OR_RETURN(SecretBytes plain, spor::Open(wrap.Reveal(), AssociatedData(row_key), row));
  if (plain.size() != 32) return Status(Code::kCorrupt, "a wrapped key has the wrong size");
  return plain;
}

void KeyTree::Found(RootKey root, const SecretBytes& log_seed, Batch& batch) {
  MutexLock lock(mutex_);
  root_ = std::move(root);
  generation_ = 1;
  for (ServiceKey service : kServiceKeys) {
    PutService(service, service == ServiceKey::kLogSigning ? log_seed.Clone() : SecretBytes::Random(32), batch);
  }
  batch.Put(Family::kKey, GenerationRow(), Writer().U32(generation_).Take());
}

void KeyTree::PutService(ServiceKey service, const SecretBytes& key, Batch& batch) const {
  const Bytes row = ServiceRow(service, generation_);
  batch.Put(Family::kKey, row, WrapRow(root_.Reveal(), label::kWrapService, row, key.Reveal()));
}

void KeyTree::AddNextLogKey(const SigningKey& seed, Batch& batch) const {
  MutexLock lock(mutex_);
  PutService(ServiceKey::kNextLogSigning, SecretBytes::CopyOf(seed.Reveal()), batch);
}

void KeyTree::AddLogKey(const SecretBytes& seed, Batch& batch) const {
  MutexLock lock(mutex_);
  PutService(ServiceKey::kLogSigning, seed, batch);
  batch.Delete(Family::kKey, ServiceRow(ServiceKey::kNextLogSigning, generation_));
}

void KeyTree::ForgetLogKeys() {
  MutexLock lock(mutex_);
  services_.erase(ServiceKey::kLogSigning);
  services_.erase(ServiceKey::kNextLogSigning);
}

Result<Bytes> KeyTree::Copy(Bytes slot_file) const {
  KeyCopy copy;
  RootKey root;
  {
    MutexLock lock(mutex_);
    CHECK(rotating_);
    copy.generation = generation_;
    root = root_.Clone();
  }
  copy.ledger_id = ledger_id_;
  copy.slot_file = std::move(slot_file);
  ASSIGN_OR_RETURN(copy.rows, KeyRowsInForce(store_, copy.generation));
  return EncodeKeyCopy(copy, root);
}

Result<bool> KeyTree::HasNextLogKey() const {
  ASSIGN_OR_RETURN(const auto row, NewestRow(store_, ServicePrefix(ServiceKey::kNextLogSigning), generation()));
  return row.has_value();
}

Result<uint32_t> KeyTree::StoredGeneration(const ledger::Store& store) {
  ASSIGN_OR_RETURN(const std::optional<Bytes> row, store.Get(Family::kKey, GenerationRow()));
  if (!row || row->size() != 4) return Status(Code::kCorrupt, "the key generation is missing from the store");
  return Reader(*row).U32();
}

Status KeyTree::Open(RootKey root, uint32_t generation) {
  MutexLock lock(mutex_);
  root_ = std::move(root);
  generation_ = generation;
  DropCaches();
  return OkStatus();
}

void KeyTree::DropCaches() {
  branches_.clear();
  nodes_.clear();
  services_.clear();
  units_.clear();
}

uint32_t KeyTree::generation() const {
  MutexLock lock(mutex_);
  return generation_;
}

Result<const SecretBytes*> KeyTree::Branch(uint8_t branch, Batch* create) const {
  if (const auto found = branches_.find(branch); found != branches_.end()) return &found->second;
  ASSIGN_OR_RETURN(const auto row, NewestRow(store_, BranchPrefix(branch), generation_));
  SecretBytes key;
  if (row) {
    ASSIGN_OR_RETURN(key, OpenRow(root_.Reveal(), label::kWrapBranch, row->first, row->second));
  } else {
    if (create == nullptr) return Status(Code::kNotFound, "no such unit");
    key = SecretBytes::Random(32);
    const Bytes row_key = WithGeneration(BranchPrefix(branch), generation_);
    create->Put(Family::kKey, row_key, WrapRow(root_.Reveal(), label::kWrapBranch, row_key, key.Reveal()));
  }
  return &branches_.emplace(branch, std::move(key)).first->second;
}

Result<const SecretBytes*> KeyTree::Node(uint16_t prefix, Batch* create) const {
  if (const auto found = nodes_.find(prefix); found != nodes_.end()) return &found->second;
  ASSIGN_OR_RETURN(const SecretBytes* branch, Branch(static_cast<uint8_t>(prefix >> 8), create));
  ASSIGN_OR_RETURN(const auto row, NewestRow(store_, NodePrefix(prefix), generation_));
  SecretBytes key;
  if (row) {
    ASSIGN_OR_RETURN(key, OpenRow(branch->Reveal(), label::kWrapNode, row->first, row->second));
  } else {
    if (create == nullptr) return Status(Code::kNotFound, "no such unit");
    key = SecretBytes::Random(32);
    const Bytes row_key = WithGeneration(NodePrefix(prefix), generation_);
    create->Put(Family::kKey, row_key, WrapRow(branch->Reveal(), label::kWrapNode, row_key, key.Reveal()));
  }
  return &nodes_.emplace(prefix, std::move(key)).first->second;
}

Status KeyTree::WrapInto(const std::vector<ledger::NewUnit>& units, Batch& batch) {
  for (const ledger::NewUnit& unit : units) {
    ASSIGN_OR_RETURN(const SecretBytes* node, Node(PrefixOf(unit.unit), &batch));
    const Bytes row_key = WithGeneration(UnitPrefix(unit.unit), generation_);
    batch.Put(Family::kKey, row_key, WrapRow(node->Reveal(), label::kWrapUnit, row_key, unit.key.Reveal()));
  }
  return OkStatus();
}

Status KeyTree::Wrap(const std::vector<ledger::NewUnit>& units, Batch& batch) {
  MutexLock lock(mutex_);
  if (staging_) return Status(Code::kLater, "an erasure is being carried out: ask again in a moment");
  Batch rows;
  if (Status wrapped = WrapInto(units, rows); !wrapped.ok()) {
    // The rows are given up, so the keys in them must not stay cached: what is wrapped under them would be lost.
    for (const Batch::Change& change : rows.changes()) {
      Reader key(change.key);
      const uint8_t kind = key.U8();
      if (kind == 'B') branches_.erase(key.U8());
      if (kind == 'N') nodes_.erase(key.U16());
    }
    return wrapped;
  }
  batch.Append(std::move(rows));
  return OkStatus();
}

Result<UnitKey> KeyTree::OpenUnit(const UnitId& unit) const {
  for (;;) {
    uint32_t now = 0;
    {
      MutexLock lock(mutex_);
      if (const auto known = units_.find(unit); known != units_.end()) return UnitKey(known->second.Clone());
      now = generation_;
    }
    ASSIGN_OR_RETURN(const auto row, NewestRow(store_, UnitPrefix(unit), now));
    Result<SecretBytes> key = Status(Code::kNotFound, "no such unit: it never existed or is erased");
    if (row) {
      MutexLock lock(mutex_);
      const Result<const SecretBytes*> node = Node(PrefixOf(unit), nullptr);
      if (node.ok()) {
        key = OpenRow((*node)->Reveal(), label::kWrapUnit, row->first, row->second);
        if (key.ok() && generation_ == now) {
          if (units_.size() >= kMaxCachedUnits) units_.clear();
          units_.emplace(unit, key->Clone());
        }
      } else if (node.error().code() == Code::kNotFound) {
        key = Status(Code::kCorrupt, "the key above a unit's key is missing from the store");
      } else {
        key = node.error();
      }
    }
    if (key.ok()) return UnitKey(std::move(*key));
    // A flip that came between takes rows away or makes an old row fail under the new node key: read again.
    if (generation() == now) return key.error();
  }
}

Result<SecretBytes> KeyTree::OpenService(ServiceKey key) const {
  MutexLock lock(mutex_);
  if (const auto known = services_.find(key); known != services_.end()) return known->second.Clone();
  ASSIGN_OR_RETURN(const auto row, NewestRow(store_, ServicePrefix(key), generation_));
  if (!row) return Status(Code::kCorrupt, "a service key is missing from the store");
  ASSIGN_OR_RETURN(SecretBytes opened, OpenRow(root_.Reveal(), label::kWrapService, row->first, row->second));
  return services_.emplace(key, std::move(opened)).first->second.Clone();
}

}  // namespace spor::vault
