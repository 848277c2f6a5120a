// SPDX-License-Identifier: Apache-2.0
#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/slice.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

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

rocksdb::DBOptions DatabaseOptions(StoreOptions::Mode mode) {
  rocksdb::DBOptions options;
  options.create_if_missing = mode == StoreOptions::Mode::kCreate;
  options.create_missing_column_families = mode == StoreOptions::Mode::kCreate;
  options.error_if_exists = mode == StoreOptions::Mode::kCreate;
  options.paranoid_checks = true;
  options.flush_verify_memtable_count = true;
  options.recycle_log_file_num = 0;
  options.wal_compression = rocksdb::kNoCompression;
  options.max_total_wal_size = uint64_t{16} << 20;
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kAbsoluteConsistency;
  options.max_bgerror_resume_count = 0;
  options.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  options.keep_log_file_num = 4;
  options.max_background_jobs = 2;
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
  RocksStore(std::unique_ptr<rocksdb::DB> db, std::vector<rocksdb::ColumnFamilyHandle*> handles)
      : db_(std::move(db)), handles_(std::move(handles)) {}
  ~RocksStore() override {
    for (auto* handle : handles_) db_->DestroyColumnFamilyHandle(handle);
    db_->Close();
  }

  Result<std::optional<Bytes>> Get(Family family, ByteView key) const override {
    rocksdb::PinnableSlice value;
    const rocksdb::Status status = db_->Get(rocksdb::ReadOptions(), Handle(family), ToSlice(key), &value);
    if (status.IsNotFound()) return std::optional<Bytes>();
    if (!status.ok()) return FromRocks(status, "reading");
    return std::optional<Bytes>(ToBytes(ToView(value)));
  }

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
    rocksdb::WriteBatch out(batch.bytes() + batch.changes().size() * 16);
    for (const Batch::Change& change : batch.changes()) {
      auto* handle = Handle(change.family);
      switch (change.type) {
        case Batch::Change::Type::kPut: out.Put(handle, ToSlice(change.key), ToSlice(change.value)); break;
        case Batch::Change::Type::kDelete: out.Delete(handle, ToSlice(change.key)); break;
        case Batch::Change::Type::kDeleteRange:
          out.DeleteRange(handle, ToSlice(change.key), ToSlice(change.value));
          break;
      }
    }
    rocksdb::WriteOptions options;
    options.sync = durability == Durability::kSynced;
    return FromRocks(db_->Write(options, &out), "writing");
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

 private:
  rocksdb::ColumnFamilyHandle* Handle(Family family) const { return handles_[static_cast<size_t>(family)]; }

  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;
};

}  // namespace

Result<std::unique_ptr<Store>> OpenRocksStore(const std::string& directory, const StoreOptions& options) {
  const auto cache = rocksdb::NewLRUCache(size_t{64} << 20);
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (size_t i = 0; i < kFamilies; ++i) {
    const Family family = static_cast<Family>(i);
    const std::string name =
        family == Family::kMeta ? rocksdb::kDefaultColumnFamilyName : std::string(FamilyName(family));
    families.emplace_back(name, FamilyOptions(family, cache));
  }
  rocksdb::DBOptions database = DatabaseOptions(options.mode);
  rocksdb::DB* db = nullptr;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  const auto open = [&] {
    return options.mode == StoreOptions::Mode::kReadOnly
               ? rocksdb::DB::OpenForReadOnly(database, directory, families, &handles, &db)
               : rocksdb::DB::Open(database, directory, families, &handles, &db);
  };
  rocksdb::Status status = open();
  if (status.IsCorruption() && options.mode != StoreOptions::Mode::kCreate) {
    // A process that died while it wrote leaves a record that ends with the file. Nobody was answered for it, so that
    // it may go; damage anywhere before it is still refused.
    database.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
    status = open();
  }
  RETURN_IF_ERROR(FromRocks(status, "opening"));
  return std::unique_ptr<Store>(new RocksStore(std::unique_ptr<rocksdb::DB>(db), std::move(handles)));
}

}  // namespace spor::ledger
