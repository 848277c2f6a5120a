// SPDX-License-Identifier: Apache-2.0
#include "ledger/rocks_shown.h"

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <algorithm>

namespace spor::ledger {
namespace {

class FirstBytes final : public rocksdb::FSSequentialFileOwnerWrapper {
 public:
  FirstBytes(std::unique_ptr<rocksdb::FSSequentialFile> file, uint64_t size)
      : FSSequentialFileOwnerWrapper(std::move(file)), size_(size), left_(size) {}

  rocksdb::IOStatus Read(size_t n, const rocksdb::IOOptions& options, rocksdb::Slice* result, char* scratch,
                         rocksdb::IODebugContext* debug) override {
    const size_t some = static_cast<size_t>(std::min<uint64_t>(n, left_));
    const rocksdb::IOStatus read = FSSequentialFileOwnerWrapper::Read(some, options, result, scratch, debug);
    if (read.ok()) left_ -= result->size();
    return read;
  }
  rocksdb::IOStatus Skip(uint64_t n) override {
    const uint64_t some = std::min(n, left_);
    left_ -= some;
    return FSSequentialFileOwnerWrapper::Skip(some);
  }
  rocksdb::IOStatus PositionedRead(uint64_t offset, size_t n, const rocksdb::IOOptions& options, rocksdb::Slice* result,
                                   char* scratch, rocksdb::IODebugContext* debug) override {
    const size_t some = offset >= size_ ? 0 : static_cast<size_t>(std::min<uint64_t>(n, size_ - offset));
    return FSSequentialFileOwnerWrapper::PositionedRead(offset, some, options, result, scratch, debug);
  }

 private:
  const uint64_t size_;
  uint64_t left_;
};

class Shown final : public rocksdb::FileSystemWrapper {
 public:
  Shown(std::string name, uint64_t size)
      : FileSystemWrapper(rocksdb::FileSystem::Default()), end_("/" + name), size_(size) {}
  const char* Name() const override { return "spor-shown"; }

  rocksdb::IOStatus NewSequentialFile(const std::string& path, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSSequentialFile>* file,
                                      rocksdb::IODebugContext* debug) override {
    const rocksdb::IOStatus opened = FileSystemWrapper::NewSequentialFile(path, options, file, debug);
    if (opened.ok() && path.ends_with(end_)) *file = std::make_unique<FirstBytes>(std::move(*file), size_);
    return opened;
  }

 private:
  const std::string end_;
  const uint64_t size_;
};

}  // namespace

std::unique_ptr<rocksdb::Env> ShowOnly(const std::string& name, uint64_t size) {
  return rocksdb::NewCompositeEnv(std::make_shared<Shown>(name, size));
}

}  // namespace spor::ledger
