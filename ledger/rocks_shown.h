// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

namespace rocksdb {
class Env;
}  // namespace rocksdb

namespace spor::ledger {

// The files of the machine, but that whoever reads the file called `name` sees its first `size` bytes only. RocksDB
// refuses a manifest that ends in a write that never ended, and nothing on the disk need be changed for it to open.
std::unique_ptr<rocksdb::Env> ShowOnly(const std::string& name, uint64_t size);

}  // namespace spor::ledger
