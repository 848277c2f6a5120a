// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>

#include "ledger/store.h"

namespace spor::doubles {

// Passes every call to another Store, counts them, and lets one of them fail with kIo: either before the other store
// sees it, or after, so that the caller is told of a failure that did not happen. Only that one call fails: whoever
// goes on afterwards is not stopped here.
//
// Threads: any. Ownership: borrows the other store.
class FaultStore final : public ledger::Store {
 public:
  enum class How { kNotPersisted, kPersisted };

  explicit FaultStore(ledger::Store& inner) : inner_(inner) {}

  // The `call`-th call from now on fails; the first one is 1, and 0 means none.
  void FailAt(uint64_t call, How how) {
    calls_ = 0;
    how_ = how;
    fail_at_ = call;
  }
  uint64_t calls() const { return calls_; }
  bool has_failed() const { return fail_at_ != 0 && calls_ >= fail_at_; }

  Result<std::optional<Bytes>> Get(ledger::Family family, ByteView key) const override {
    if (Next()) return Failure();
    return inner_.Get(family, key);
  }
  Status Scan(ledger::Family family, ByteView begin, ByteView end, const Visitor& visitor) const override {
    if (!Next()) return inner_.Scan(family, begin, end, visitor);
    if (how_ == How::kPersisted) {
      Status scanned = inner_.Scan(family, begin, end, visitor);
      if (!scanned.ok()) return scanned;
    }
    return Failure();
  }
  Result<std::optional<std::pair<Bytes, Bytes>>> Before(ledger::Family family, ByteView key) const override {
    if (Next()) return Failure();
    return inner_.Before(family, key);
  }
  Status Write(const ledger::Batch& batch, ledger::Durability durability) override {
    return Change([&] { return inner_.Write(batch, durability); });
  }
  Status Rewrite(const std::vector<ledger::Family>& families) override {
    return Change([&] { return inner_.Rewrite(families); });
  }
  Status CheckFiles() const override { return Next() ? Failure() : inner_.CheckFiles(); }

 private:
  static Status Failure() { return Status(Code::kIo, "injected failure"); }
  bool Next() const { return ++calls_ == fail_at_; }
  template <typename Act>
  Status Change(const Act& act) {
    if (!Next()) return act();
    if (how_ == How::kPersisted) {
      Status done = act();
      if (!done.ok()) return done;
    }
    return Failure();
  }

  ledger::Store& inner_;
  mutable std::atomic<uint64_t> calls_{0};
  std::atomic<uint64_t> fail_at_{0};
  std::atomic<How> how_{How::kNotPersisted};
};

}  // namespace spor::doubles
