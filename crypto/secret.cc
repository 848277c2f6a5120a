// SPDX-License-Identifier: Apache-2.0
#include "crypto/secret.h"

#include <pthread.h>
#include <sodium.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <atomic>

#include "crypto/mutex.h"

namespace spor {
namespace {

constexpr size_t kCell = 32;
constexpr size_t kSlabBytes = size_t{4} << 20;
constexpr size_t kCells = kSlabBytes / kCell;

// One locked region cut into 32-byte cells, because sodium_malloc costs 28 us and several pages for each record.
// Runs of cells are found first-fit from a moving hint; what does not fit gets a locked mapping of its own.
class Slab {
 public:
  Slab() {
    void* memory = mmap(nullptr, kSlabBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(memory != MAP_FAILED);
    base_ = static_cast<uint8_t*>(memory);
    locked_ = mlock(base_, kSlabBytes) == 0;
    madvise(base_, kSlabBytes, MADV_DONTDUMP);
    madvise(base_, kSlabBytes, MADV_WIPEONFORK);
  }

  uint8_t* Take(size_t size) {
    const size_t need = (size + kCell - 1) / kCell;
    if (need <= kCells / 8) {
      MutexLock lock(mutex_);
      for (size_t start : {hint_, size_t{0}}) {
        if (uint8_t* found = FindRun(start, need)) return found;
      }
    }
    void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(memory != MAP_FAILED);
    if (mlock(memory, size) != 0) locked_ = false;
    madvise(memory, size, MADV_DONTDUMP);
    return static_cast<uint8_t*>(memory);
  }

  void Give(uint8_t* data, size_t size) {
    sodium_memzero(data, size);
    if (data < base_ || data >= base_ + kSlabBytes) {
      munmap(data, size);
      return;
    }
    MutexLock lock(mutex_);
    const size_t first = static_cast<size_t>(data - base_) / kCell;
    for (size_t i = 0; i < (size + kCell - 1) / kCell; ++i) used_[first + i] = false;
  }

  bool locked() const { return locked_; }

 private:
  uint8_t* FindRun(size_t start, size_t need) REQUIRES(mutex_) {
    size_t run = 0;
    for (size_t i = start; i < kCells; ++i) {
      run = used_[i] ? 0 : run + 1;
      if (run < need) continue;
      const size_t first = i + 1 - need;
      for (size_t k = first; k <= i; ++k) used_[k] = true;
      hint_ = i + 1 < kCells ? i + 1 : 0;
      return base_ + first * kCell;
    }
    return nullptr;
  }

  Mutex mutex_;
  uint8_t* base_ = nullptr;
  std::atomic<bool> locked_{false};
  size_t hint_ GUARDED_BY(mutex_) = 0;
  std::array<bool, kCells> used_ GUARDED_BY(mutex_) = {};
};

Slab& TheSlab() {
  static Slab& slab = *new Slab;  // never destroyed: secrets in statics may outlive it
  return slab;
}

}  // namespace

SecretBytes::SecretBytes(size_t size) : data_(size == 0 ? nullptr : TheSlab().Take(size)), size_(size) {}

SecretBytes SecretBytes::CopyOf(ByteView bytes) {
  SecretBytes out(bytes.size());
  if (!bytes.empty()) std::memcpy(out.data_, bytes.data(), bytes.size());
  return out;
}

SecretBytes SecretBytes::Random(size_t size) {
  SecretBytes out(size);
  RandomFill(out.RevealMutable());
  return out;
}

SecretBytes::~SecretBytes() {
  if (data_ != nullptr) TheSlab().Give(data_, size_);
}

SecretBytes::SecretBytes(SecretBytes&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
  if (this != &other) {
    if (data_ != nullptr) TheSlab().Give(data_, size_);
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

bool SecretEquals(ByteView a, ByteView b) {
  return a.size() == b.size() && (a.empty() || sodium_memcmp(a.data(), b.data(), a.size()) == 0);
}

void WipeMemory(std::span<uint8_t> bytes) { sodium_memzero(bytes.data(), bytes.size()); }
void WipeMemory(std::string& text) {
  sodium_memzero(text.data(), text.size());
  text.clear();
}

namespace {

// Counts the forks that led to this process, so that a child drops what its parent drew ahead.
std::atomic<uint64_t> fork_count{0};

uint64_t ForkCount() {
  [[maybe_unused]] static const int registered = pthread_atfork(nullptr, nullptr, [] { ++fork_count; });
  return fork_count.load(std::memory_order_relaxed);
}

}  // namespace

void RandomFill(std::span<uint8_t> out) {
  if (out.empty()) return;
  // A system call per draw costs more than sealing a field; small draws are cut from a block drawn ahead.
  constexpr size_t kAhead = 4096;
  thread_local std::array<uint8_t, kAhead> ahead;
  thread_local size_t left = 0;
  thread_local uint64_t drawn_after_forks = 0;
  if (out.size() > kAhead / 8) {
    randombytes_buf(out.data(), out.size());
    return;
  }
  const uint64_t forks = ForkCount();
  if (left < out.size() || drawn_after_forks != forks) {
    randombytes_buf(ahead.data(), kAhead);
    left = kAhead;
    drawn_after_forks = forks;
  }
  uint8_t* from = ahead.data() + kAhead - left;
  std::memcpy(out.data(), from, out.size());
  sodium_memzero(from, out.size());
  left -= out.size();
}

Status InitCrypto() {
  if (sodium_init() < 0) return Status(Code::kInternal, "libsodium did not start");
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0);
  return OkStatus();
}

bool SecretMemoryLocked() { return TheSlab().locked(); }

}  // namespace spor
