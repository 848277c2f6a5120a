// SPDX-License-Identifier: Apache-2.0
#include "ledger/rocks_tables.h"

#include <rocksdb/db.h>
#include <rocksdb/metadata.h>
#include <rocksdb/options.h>
#include <rocksdb/slice.h>
#include <rocksdb/sst_file_reader.h>
#include <rocksdb/table_properties.h>

#include <algorithm>

#include "ledger/rocks_files.h"

namespace spor::ledger {
namespace {

Status Damaged(const std::string& path) { return Refused(path + " is damaged"); }

Status CheckChecksums(const std::string& path) {
  rocksdb::SstFileReader reader{rocksdb::Options()};
  return reader.Open(path).ok() && reader.VerifyChecksum().ok() ? OkStatus() : Damaged(path);
}

Result<uint64_t> BatchNumberIn(const std::string& path) {
  rocksdb::SstFileReader reader{rocksdb::Options()};
  if (!reader.Open(path).ok()) return Damaged(path);
  const std::unique_ptr<rocksdb::Iterator> row(reader.NewIterator(rocksdb::ReadOptions()));
  const rocksdb::Slice key(kBatchNumberKey.data(), kBatchNumberKey.size());
  row->Seek(key);
  if (!row->status().ok()) return Damaged(path);
  if (!row->Valid() || row->key() != key) return uint64_t{0};
  return ParseBatchNumber(AsBytes(row->value().ToStringView()));
}

}  // namespace

Status CheckTables(rocksdb::DB& db, const std::vector<rocksdb::ColumnFamilyHandle*>& families) {
  for (rocksdb::ColumnFamilyHandle* family : families) {
    rocksdb::TablePropertiesCollection tables;
    if (!db.GetPropertiesOfAllTables(family, &tables).ok()) return Damaged("a table file");
    for (const auto& [path, properties] : tables) {
      if (properties == nullptr) return Damaged(path);
      // Such files are few and live shortly: an erasure rewrites them.
      if (properties->num_range_deletions > 0) RETURN_IF_ERROR(CheckChecksums(path));
    }
  }
  return OkStatus();
}

Result<uint64_t> FlushedBatch(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family) {
  rocksdb::ColumnFamilyMetaData tables;
  db.GetColumnFamilyMetaData(family, &tables);
  uint64_t newest = 0;
  for (const rocksdb::LevelMetaData& level : tables.levels) {
    for (const rocksdb::SstFileMetaData& file : level.files) {
      ASSIGN_OR_RETURN(const uint64_t number, BatchNumberIn(file.db_path + file.name));
      newest = std::max(newest, number);
    }
  }
  return newest;
}

}  // namespace spor::ledger
