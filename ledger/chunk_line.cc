// SPDX-License-Identifier: Apache-2.0
#include "ledger/chunk_line.h"

#include <algorithm>
#include <chrono>
#include <thread>

namespace spor::ledger {

uint64_t ChunkLine::Slowest() const { return *std::min_element(position_.begin(), position_.end()); }

void ChunkLine::Forget() {
  made_.erase(made_.begin(), made_.lower_bound(Slowest()));
  changed_.NotifyAll();
}

std::optional<uint64_t> ChunkLine::Claim() {
  MutexLock lock(mutex_);
  while (next_ < limit_ && next_ >= Slowest() + kWindow) changed_.Wait(mutex_);
  if (next_ >= limit_) return std::nullopt;
  return next_++;
}

void ChunkLine::Put(uint64_t number, LogChunk chunk) {
  MutexLock lock(mutex_);
  if (number >= Slowest()) made_[number] = std::make_shared<const LogChunk>(std::move(chunk));
  changed_.NotifyAll();
}

std::shared_ptr<const LogChunk> ChunkLine::Take(size_t taker, uint64_t number) {
  MutexLock lock(mutex_);
  position_[taker] = number;
  Forget();
  for (;;) {
    if (number >= limit_) return nullptr;
    if (const auto found = made_.find(number); found != made_.end()) return found->second;
    changed_.Wait(mutex_);
  }
}

void ChunkLine::Leave(size_t taker) {
  MutexLock lock(mutex_);
  position_[taker] = ~uint64_t{0} - kWindow;
  Forget();
}

void ChunkLine::StopAt(uint64_t number) {
  MutexLock lock(mutex_);
  limit_ = std::min(limit_, number);
  changed_.NotifyAll();
}

uint64_t ChunkLine::done() const {
  MutexLock lock(mutex_);
  return std::min(Slowest(), limit_);
}

void RunBesideEachOther(const std::vector<std::function<void()>>& jobs, const std::function<void()>& tick) {
  Mutex mutex;
  CondVar ended;
  size_t left = jobs.size();
  std::vector<std::thread> threads;
  for (const auto& job : jobs) {
    threads.emplace_back([&, job] {
      job();
      MutexLock lock(mutex);
      --left;
      ended.NotifyAll();
    });
  }
  for (bool going = true; going;) {
    tick();
    MutexLock lock(mutex);
    if (left > 0) ended.WaitFor(mutex, std::chrono::milliseconds(100));
    going = left > 0;
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace spor::ledger
