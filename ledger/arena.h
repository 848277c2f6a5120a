// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "crypto/result.h"

namespace spor::ledger {

// Slots of `width` T each, named by numbers that stay valid; freed slots are used again. Grows by chunks, so that
// nothing ever moves and little is taken ahead.
//
// Threads: one at a time; readers of different slots do not disturb each other.
template <typename T>
class Arena {
 public:
  explicit Arena(size_t width = 1) : width_(width) {}
  // A slot with whatever it held before.
  uint32_t New() {
    if (!free_.empty()) {
      const uint32_t slot = free_.back();
      free_.pop_back();
      return slot;
    }
    if (next_ % kChunk == 0) chunks_.push_back(std::make_unique_for_overwrite<T[]>(kChunk * width_));
    return next_++;
  }
  void Free(uint32_t slot) { free_.push_back(slot); }
  T* At(uint32_t slot) { return &chunks_[slot / kChunk][slot % kChunk * width_]; }
  const T* At(uint32_t slot) const { return &chunks_[slot / kChunk][slot % kChunk * width_]; }

 private:
  static constexpr uint32_t kChunk = 4096;

  size_t width_;
  uint32_t next_ = 0;
  std::vector<std::unique_ptr<T[]>> chunks_;
  std::vector<uint32_t> free_;
};

}  // namespace spor::ledger
