// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>

#include "crypto/mutex.h"
#include "ledger/store.h"

namespace spor::doubles {

// An in-memory Store with the contract of the real one. A copy is what a crash at this moment would leave.
//
// Threads: any, like every Store; Table() only while nobody else is at work.
class MemoryStore final : public ledger::Store {
 public:
  using Rows = std::map<Bytes, Bytes>;

  MemoryStore() = default;
  MemoryStore(const MemoryStore& other) {
    MutexLock lock(other.mutex_);
    tables_ = other.tables_;
  }
  MemoryStore& operator=(const MemoryStore&) = delete;

  Result<std::optional<Bytes>> Get(ledger::Family family, ByteView key) const override {
    MutexLock lock(mutex_);
    const Rows& rows = tables_[static_cast<size_t>(family)];
    const auto row = rows.find(ToBytes(key));
    return row == rows.end() ? std::optional<Bytes>() : std::optional(row->second);
  }

  Status Scan(ledger::Family family, ByteView begin, ByteView end, const Visitor& visitor) const override {
    // The rows are copied out first, so that a visitor may read the store.
    Rows found;
    {
      MutexLock lock(mutex_);
      const Rows& rows = tables_[static_cast<size_t>(family)];
      const auto last = end.empty() ? rows.end() : rows.lower_bound(ToBytes(end));
      for (auto row = rows.lower_bound(ToBytes(begin)); row != last && row != rows.end(); ++row) found.insert(*row);
    }
    for (const auto& [key, value] : found) {
      if (!visitor(key, value)) break;
    }
    return OkStatus();
  }

  Result<std::optional<std::pair<Bytes, Bytes>>> Before(ledger::Family family, ByteView key) const override {
    MutexLock lock(mutex_);
    const Rows& rows = tables_[static_cast<size_t>(family)];
    const auto after = rows.upper_bound(ToBytes(key));
    if (after == rows.begin()) return std::optional<std::pair<Bytes, Bytes>>();
    const auto row = std::prev(after);
    return std::optional(std::pair<Bytes, Bytes>(row->first, row->second));
  }

  Status Write(const ledger::Batch& batch, ledger::Durability) override {
    MutexLock lock(mutex_);
    for (const ledger::Batch::Change& change : batch.changes()) {
      Rows& rows = tables_[static_cast<size_t>(change.family)];
      switch (change.type) {
        case ledger::Batch::Change::Type::kPut: rows[change.key] = change.value; break;
        case ledger::Batch::Change::Type::kDelete: rows.erase(change.key); break;
        case ledger::Batch::Change::Type::kDeleteRange:
          if (change.key < change.value) rows.erase(rows.lower_bound(change.key), rows.lower_bound(change.value));
          break;
      }
    }
    return OkStatus();
  }

  Status Rewrite(const std::vector<ledger::Family>&) override { return OkStatus(); }
  Status CheckFiles() const override { return OkStatus(); }

  // For tests that damage or count rows.
  Rows& Table(ledger::Family family) NO_THREAD_SAFETY_ANALYSIS { return tables_[static_cast<size_t>(family)]; }

 private:
  mutable Mutex mutex_;
  std::array<Rows, ledger::kFamilies> tables_ GUARDED_BY(mutex_);
};

}  // namespace spor::doubles
