// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "crypto/bytes.h"
#include "crypto/clock.h"

namespace spor::ledger {

// The tables of the store. Each has its own key order; the owner of its rows is the room named.
enum class Family : uint8_t {
  kMeta = 0,         // ledger: state of the log, latest checkpoint; slots digest
  kEntry = 1,        // ledger: u64 first index -> (u16 len | entry)*
  kTile = 2,         // ledger: u8 level | u64 tile -> 256 hashes; full tiles only
  kLive = 3,         // ledger: unit -> leaf value of the live map
  kDue = 4,          // ledger: class | due | unit -> leaf value of the due map
  kSubjectBlob = 5,  // ledger: unit | u64 entry | u8 section -> fields_hash | blob
  kAuditBlob = 6,    // ledger: unit | u64 first entry -> (u64 entry | u8 section | fields_hash | u32 len | blob)*
  kKey = 7,          // vault: wrapped keys
  kRecord = 8,       // vault: unit | record | field -> sealed value
  kIndex = 9,        // privacy: blind indexes
  kEventId = 10,     // privacy: keyed hash of a client event id -> keyed digest, entry
  kAccount = 11,     // auth: accounts, sessions
  kState = 12,       // privacy: policy text, subjects, runs
};
inline constexpr size_t kFamilies = 13;
std::string_view FamilyName(Family family);

// One atomic change: physical puts, deletes and range deletes, in order. Serialisable; never carries a root or a slot.
class Batch {
 public:
  struct Change {
    enum class Type : uint8_t { kPut, kDelete, kDeleteRange } type;
    Family family;
    Bytes key;
    Bytes value;  // of a range: its exclusive end
  };
  void Put(Family family, Bytes key, Bytes value) {
    bytes_ += key.size() + value.size();
    changes_.push_back({Change::Type::kPut, family, std::move(key), std::move(value)});
  }
  void Delete(Family family, Bytes key) { changes_.push_back({Change::Type::kDelete, family, std::move(key), {}}); }
  // Every key k with begin <= k < end.
  void DeleteRange(Family family, Bytes begin, Bytes end) {
    changes_.push_back({Change::Type::kDeleteRange, family, std::move(begin), std::move(end)});
  }
  void Append(Batch other) {
    bytes_ += other.bytes_;
    for (Change& change : other.changes_) changes_.push_back(std::move(change));
  }
  bool empty() const { return changes_.empty(); }
  size_t bytes() const { return bytes_; }
  const std::vector<Change>& changes() const { return changes_; }

 private:
  std::vector<Change> changes_;
  size_t bytes_ = 0;
};

enum class Durability { kSynced, kBuffered };

// What there is to say of one backup.
struct BackupInfo {
  uint32_t number = 0;  // 1, 2, 3 ...
  UnixSeconds made = 0;
  uint64_t bytes = 0;  // of the store, also of files that it shares with other backups
  uint32_t files = 0;
  std::string note;  // what BackUp() was given
};

// The smallest key that is greater than every key starting with `prefix` (which must not be all 0xff).
Bytes PrefixEnd(ByteView prefix);

// Ordered tables of bytes with atomic batches.
//
// Durability: Write(kSynced) returns OK only after the batch survives power loss; it is applied whole or not at all.
// Consistency: a read sees every batch whose Write() has returned, and never part of one.
// Threads: any. Write() calls are applied one after the other.
// Errors: kIo means that the outcome is unknown: the owner must stop, reopen and compare. Nothing is ever retried.
class Store {
 public:
  // Sees rows in key order; returns false to stop.
  using Visitor = std::function<bool(ByteView key, ByteView value)>;

  virtual ~Store() = default;
  virtual Result<std::optional<Bytes>> Get(Family family, ByteView key) const = 0;
  // Rows with begin <= key < end; an empty `end` means to the last row.
  virtual Status Scan(Family family, ByteView begin, ByteView end, const Visitor& visitor) const = 0;
  // The last row with key <= `key`, if any.
  virtual Result<std::optional<std::pair<Bytes, Bytes>>> Before(Family family, ByteView key) const = 0;
  virtual Status Write(const Batch& batch, Durability durability) = 0;
  // Moves the rows of these tables out of the write-ahead log into table files and drops overwritten versions from
  // the ranges given, so that old bytes leave the disk. Used after an erasure.
  virtual Status Rewrite(const std::vector<Family>& families) = 0;
  // Compares every stored byte with its checksum; kCorrupt if one is not what was written.
  virtual Status CheckFiles() const = 0;
  // A consistent copy of everything, `note` with it, into a directory of backups (backup.h); writes go on meanwhile.
  virtual Result<BackupInfo> BackUp(const std::string& directory, const std::string& note);
};

struct StoreOptions {
  enum class Mode { kCreate, kOpen, kReadOnly } mode = Mode::kOpen;
  // kOpen: sees the store as it is, read-only, before anything is written; what it returns is returned.
  std::function<Status(const Store&)> before_writing = nullptr;
};
// The embedded default. kIo if the directory is locked by another process, kCorrupt if what is there is not everything
// that was written up to some batch, but for a last batch whose writing never ended. Nothing is written then.
Result<std::unique_ptr<Store>> OpenRocksStore(const std::string& directory, const StoreOptions& options);

// Of the library behind it, as it is loaded now: "7.8.3".
std::string StoreVersion();

}  // namespace spor::ledger
