// SPDX-License-Identifier: Apache-2.0
#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/file_checksum.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/slice.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include "crypto/mutex.h"
#include "ledger/rocks_backup.h"
#include "ledger/rocks_files.h"
#include "ledger/rocks_shown.h"
#include "ledger/rocks_tables.h"
#include "ledger/store.h"

namespace spor::ledger {
namespace {

rocksdb::Slice ToSlice(ByteView bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
ByteView ToView(const rocksdb::Slice& slice) { return {reinterpret_cast<const uint8_t*>(slice.data()), slice.size()}; }

// RocksDB's texts can hold key bytes; only the class of the failure leaves this file.
Status FromRocks(const rocksdb::Status& status, const char* doing) {
  if (status.ok()) return OkStatus();
  const std::string what = std::string("the store failed while ") + doing + ": ";
  if (status.IsCorruption()) return Status(Code::kCorrupt, what + "stored bytes are damaged; stop and run `spor fsck`");
  if (status.IsIOError() && status.ToString().find("lock") != std::string::npos) {
    return Status(Code::kIo, what + "the data directory is in use by another process");
  }
  return Status(Code::kIo,
                what + "code " + std::to_string(static_cast<int>(status.code())) + "; check the disk, then reopen");
}

// The table that the store keeps for itself: number of the newest batch, name and size of the manifest.
constexpr const char* kOwnFamily = "store";
constexpr std::string_view kManifestKey = "manifest";

rocksdb::DBOptions DatabaseOptions(StoreOptions::Mode mode, rocksdb::WALRecoveryMode recovery) {
  rocksdb::DBOptions options;
  options.create_if_missing = mode == StoreOptions::Mode::kCreate;
  options.create_missing_column_families = mode == StoreOptions::Mode::kCreate;
  options.error_if_exists = mode == StoreOptions::Mode::kCreate;
  options.paranoid_checks = true;
  options.flush_verify_memtable_count = true;
  options.recycle_log_file_num = 0;
  options.wal_compression = rocksdb::kNoCompression;
  options.max_total_wal_size = uint64_t{16} << 20;
  options.wal_recovery_mode = recovery;
  // All tables stand at the same batch whatever is lost: what is left is always all that was written up to some batch.
  options.atomic_flush = true;
  options.file_checksum_gen_factory = rocksdb::GetFileChecksumGenCrc32cFactory();
  options.max_bgerror_resume_count = 0;
  options.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  options.keep_log_file_num = 4;
  options.max_background_jobs = 2;
  options.max_file_opening_threads = 4;  // made anew for every table of the store
  return options;
}

rocksdb::ColumnFamilyOptions FamilyOptions(Family family, const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::ColumnFamilyOptions options;
  options.compression = rocksdb::kNoCompression;
  options.write_buffer_size = size_t{16} << 20;
  const bool erasable = family == Family::kKey || family == Family::kRecord || family == Family::kSubjectBlob ||
                        family == Family::kIndex || family == Family::kAccount;
  options.target_file_size_base = size_t{erasable ? 8u : 32u} << 20;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.block_size = 8 << 10;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.format_version = 5;
  table.checksum = rocksdb::kXXH3;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

class RocksStore final : public Store {
 public:
  RocksStore(std::unique_ptr<rocksdb::Env> env, std::unique_ptr<rocksdb::DB> db,
             std::vector<rocksdb::ColumnFamilyHandle*> handles, std::string directory)
      : env_(std::move(env)), db_(std::move(db)), handles_(std::move(handles)), directory_(std::move(directory)) {}
  ~RocksStore() override {
    for (auto* handle : handles_) db_->DestroyColumnFamilyHandle(handle);
    db_->Close();
  }

  Result<std::optional<Bytes>> Get(Family family, ByteView key) const override { return Read(Handle(family), key); }

  Status Scan(Family family, ByteView begin, ByteView end, const Visitor& visitor) const override {
    rocksdb::ReadOptions options;
    const rocksdb::Slice upper = ToSlice(end);
    if (!end.empty()) options.iterate_upper_bound = &upper;
    const std::unique_ptr<rocksdb::Iterator> row(db_->NewIterator(options, Handle(family)));
    for (row->Seek(ToSlice(begin)); row->Valid(); row->Next()) {
      if (!visitor(ToView(row->key()), ToView(row->value()))) break;
    }
    return FromRocks(row->status(), "scanning");
  }

  Result<std::optional<std::pair<Bytes, Bytes>>> Before(Family family, ByteView key) const override {
    const std::unique_ptr<rocksdb::Iterator> row(db_->NewIterator(rocksdb::ReadOptions(), Handle(family)));
    row->SeekForPrev(ToSlice(key));
    RETURN_IF_ERROR(FromRocks(row->status(), "scanning"));
    if (!row->Valid()) return std::optional<std::pair<Bytes, Bytes>>();
    return std::optional(std::make_pair(ToBytes(ToView(row->key())), ToBytes(ToView(row->value()))));
  }

  Status Write(const Batch& batch, Durability durability) override {
    rocksdb::WriteBatch rows(batch.bytes() + batch.changes().size() * 16 + 64);
    MutexLock lock(mutex_);
    RETURN_IF_ERROR(failed_);
    // First, so that the write-ahead log can be followed without knowing any other row.
    const Bytes number = EncodeBatchNumber(newest_batch_ + 1);
    rows.Put(handles_.back(), ToSlice(AsBytes(kBatchNumberKey)), ToSlice(number));
    for (const Batch::Change& change : batch.changes()) {
      auto* handle = Handle(change.family);
      switch (change.type) {
        case Batch::Change::Type::kPut: rows.Put(handle, ToSlice(change.key), ToSlice(change.value)); break;
        case Batch::Change::Type::kDelete: rows.Delete(handle, ToSlice(change.key)); break;
        case Batch::Change::Type::kDeleteRange:
          rows.DeleteRange(handle, ToSlice(change.key), ToSlice(change.value));
          break;
      }
    }
    return Write(rows, durability);
  }

  Result<BackupInfo> BackUp(const std::string& directory, const std::string& note) override {
    {
      MutexLock lock(mutex_);
      RETURN_IF_ERROR(failed_);
    }
    return BackUpDatabase(*db_, directory, note);
  }

  Status Rewrite(const std::vector<Family>& families) override {
    RETURN_IF_ERROR(FromRocks(db_->Flush(rocksdb::FlushOptions(), handles_), "flushing"));
    rocksdb::CompactRangeOptions options;
    options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
    for (Family family : families) {
      RETURN_IF_ERROR(FromRocks(db_->CompactRange(options, Handle(family), nullptr, nullptr), "compacting"));
    }
    return OkStatus();
  }

  Status CheckFiles() const override {
    return FromRocks(db_->VerifyFileChecksums(rocksdb::ReadOptions()), "checking its table files");
  }

  // Whether what RocksDB has opened is all that `log` and `manifest` say.
  Status CheckWhole(const WriteAheadLog& log, const Manifest& manifest) {
    RETURN_IF_ERROR(CheckTables(*db_, handles_));
    ASSIGN_OR_RETURN(const std::optional<Bytes> before, Read(handles_.back(), AsBytes(kManifestKey)));
    if (before) {
      ASSIGN_OR_RETURN(const Manifest known, ParseManifest(*before));
      RETURN_IF_ERROR(CheckManifest(manifest, known));
    }
    ASSIGN_OR_RETURN(const uint64_t flushed, FlushedBatch(*db_, handles_.back()));
    ASSIGN_OR_RETURN(const uint64_t newest, ledger::NewestBatch(log, flushed));
    return LoadNewestBatch(newest);
  }
  // Reads the number of the newest batch. kCorrupt if RocksDB has not found all batches up to `at_least`.
  Status LoadNewestBatch(uint64_t at_least) {
    MutexLock lock(mutex_);
    ASSIGN_OR_RETURN(const std::optional<Bytes> row, Read(handles_.back(), AsBytes(kBatchNumberKey)));
    if (row) {
      ASSIGN_OR_RETURN(newest_batch_, ParseBatchNumber(*row));
    }
    if (newest_batch_ >= at_least) return OkStatus();
    return Refused("only " + std::to_string(newest_batch_) + " of " + std::to_string(at_least) +
                   " batches can be read");
  }
  uint64_t newest_batch() const {
    MutexLock lock(mutex_);
    return newest_batch_;
  }
  // Notes how long the manifest is that this start has written: shorter it must never be again.
  Status NoteManifest() {
    ASSIGN_OR_RETURN(const Manifest manifest, SyncManifest(directory_));
    MutexLock lock(mutex_);
    rocksdb::WriteBatch rows;
    rows.Put(handles_.back(), ToSlice(AsBytes(kBatchNumberKey)), ToSlice(EncodeBatchNumber(newest_batch_ + 1)));
    rows.Put(handles_.back(), ToSlice(AsBytes(kManifestKey)), ToSlice(EncodeManifest(manifest)));
    return Write(rows, Durability::kSynced);
  }

 private:
  rocksdb::ColumnFamilyHandle* Handle(Family family) const { return handles_[static_cast<size_t>(family)]; }

  Result<std::optional<Bytes>> Read(rocksdb::ColumnFamilyHandle* handle, ByteView key) const {
    rocksdb::PinnableSlice value;
    const rocksdb::Status status = db_->Get(rocksdb::ReadOptions(), handle, ToSlice(key), &value);
    if (status.IsNotFound()) return std::optional<Bytes>();
    if (!status.ok()) return FromRocks(status, "reading");
    return std::optional<Bytes>(ToBytes(ToView(value)));
  }

  // One batch at a time: the numbers stand in the log in their order. After a failure its outcome is unknown.
  Status Write(rocksdb::WriteBatch& rows, Durability durability) REQUIRES(mutex_) {
    rocksdb::WriteOptions options;
    options.sync = durability == Durability::kSynced;
    const Status written = FromRocks(db_->Write(options, &rows), "writing");
    if (!written.ok()) return failed_ = written;
    ++newest_batch_;
    return OkStatus();
  }

  const std::unique_ptr<rocksdb::Env> env_;  // none: the machine's files as they are
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;  // by family; the store's own last
  const std::string directory_;
  mutable Mutex mutex_;
  uint64_t newest_batch_ GUARDED_BY(mutex_) = 0;
  Status failed_ GUARDED_BY(mutex_);
};

using Opened = Result<std::unique_ptr<RocksStore>>;

Opened OpenDatabase(const std::string& directory, StoreOptions::Mode mode, rocksdb::WALRecoveryMode recovery,
                    const Manifest& manifest) {
  const auto cache = rocksdb::NewLRUCache(size_t{64} << 20);
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (size_t i = 0; i < kFamilies; ++i) {
    const Family family = static_cast<Family>(i);
    const std::string name =
        family == Family::kMeta ? rocksdb::kDefaultColumnFamilyName : std::string(FamilyName(family));
    families.emplace_back(name, FamilyOptions(family, cache));
  }
  families.emplace_back(kOwnFamily, FamilyOptions(Family::kMeta, cache));
  rocksdb::DBOptions options = DatabaseOptions(mode, recovery);
  std::unique_ptr<rocksdb::Env> env = manifest.unfinished ? ShowOnly(manifest.name, manifest.size) : nullptr;
  if (env) options.env = env.get();
  rocksdb::DB* db = nullptr;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  RETURN_IF_ERROR(FromRocks(mode == StoreOptions::Mode::kReadOnly
                                ? rocksdb::DB::OpenForReadOnly(options, directory, families, &handles, &db)
                                : rocksdb::DB::Open(options, directory, families, &handles, &db),
                            "opening"));
  return std::make_unique<RocksStore>(std::move(env), std::unique_ptr<rocksdb::DB>(db), std::move(handles), directory);
}

Opened Create(const std::string& directory) {
  ASSIGN_OR_RETURN(auto store, OpenDatabase(directory, StoreOptions::Mode::kCreate,
                                            rocksdb::WALRecoveryMode::kAbsoluteConsistency, Manifest()));
  RETURN_IF_ERROR(store->NoteManifest());
  return Opened(std::move(store));
}

// Of what RocksDB does with a damaged log only the strictest is used, and only on a log that was read through before:
// it is whole, or what lies behind its last record is a write that never ended, which nobody was answered for.
rocksdb::WALRecoveryMode RecoveryOf(const WriteAheadLog& log) {
  return log.unfinished ? rocksdb::WALRecoveryMode::kPointInTimeRecovery
                        : rocksdb::WALRecoveryMode::kAbsoluteConsistency;
}

Opened OpenReadOnly(const std::string& directory, const WriteAheadLog& log, const Manifest& manifest) {
  ASSIGN_OR_RETURN(auto store, OpenDatabase(directory, StoreOptions::Mode::kReadOnly, RecoveryOf(log), manifest));
  RETURN_IF_ERROR(store->CheckWhole(log, manifest));
  return Opened(std::move(store));
}

}  // namespace

Result<std::unique_ptr<Store>> OpenRocksStore(const std::string& directory, const StoreOptions& options) {
  if (options.mode == StoreOptions::Mode::kCreate) {
    ASSIGN_OR_RETURN(std::unique_ptr<RocksStore> store, Create(directory));
    return std::unique_ptr<Store>(std::move(store));
  }
  ASSIGN_OR_RETURN(const WriteAheadLog log, ReadWriteAheadLog(directory));
  ASSIGN_OR_RETURN(const Manifest manifest, ReadManifest(directory));
  // Opening for writing deletes what the manifest does not name: first everything must be there.
  ASSIGN_OR_RETURN(std::unique_ptr<RocksStore> store, OpenReadOnly(directory, log, manifest));
  if (options.mode == StoreOptions::Mode::kReadOnly) return std::unique_ptr<Store>(std::move(store));
  if (options.before_writing) RETURN_IF_ERROR(options.before_writing(*store));
  const uint64_t newest = store->newest_batch();
  store.reset();
  ASSIGN_OR_RETURN(store, OpenDatabase(directory, StoreOptions::Mode::kOpen, RecoveryOf(log), manifest));
  RETURN_IF_ERROR(store->LoadNewestBatch(newest));
  RETURN_IF_ERROR(store->NoteManifest());
  return std::unique_ptr<Store>(std::move(store));
}

}  // namespace spor::ledger
