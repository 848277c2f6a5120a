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

constexpr size_t kSlabBytes = size_t{4} << 20;
constexpr size_t kSmallest = 32;
constexpr size_t kLink = sizeof(void*);
constexpr size_t kClasses = 9;  // 32, 64 ... 8,192 bytes

// 32 bytes << class, the smallest that holds `size`; kClasses if none does.
size_t ClassOf(size_t size) {
  size_t index = 0;
  while (index < kClasses && (kSmallest << index) < size) ++index;
  return index;
}

// One locked region, because sodium_malloc costs 28 us and several pages for each record. Cells of a few sizes are cut
// from it once and then go round in lists of free ones; what does not fit gets a locked mapping of its own.
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
    if (uint8_t* cell = TakeCell(ClassOf(size))) return cell;
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
    const size_t index = ClassOf(size);
    MutexLock lock(mutex_);
    std::memcpy(data, &free_[index], kLink);  // the list runs through the free cells themselves
    free_[index] = data;
  }

  bool locked() const { return locked_; }

 private:
  uint8_t* TakeCell(size_t index) {
    if (index >= kClasses) return nullptr;
    MutexLock lock(mutex_);
    if (uint8_t* cell = free_[index]) {
      std::memcpy(&free_[index], cell, kLink);
      std::memset(cell, 0, kLink);
      return cell;
    }
    const size_t bytes = kSmallest << index;
    if (kSlabBytes - cut_ < bytes) return nullptr;
    uint8_t* cell = base_ + cut_;
    cut_ += bytes;
    return cell;
  }

  Mutex mutex_;
  uint8_t* base_ = nullptr;
  std::atomic<bool> locked_{false};
  size_t cut_ GUARDED_BY(mutex_) = 0;
  std::array<uint8_t*, kClasses> free_ GUARDED_BY(mutex_) = {};
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
  // Not from what RandomFill() drew ahead, which lies in memory that is not locked.
  SecretBytes out(size);
  randombytes_buf(out.data_, out.size_);
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
