// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <future>
#include <thread>

#include "crypto/clock.h"
#include "ledger/anchor.h"
#include "ledger/log_appender.h"
#include "ledger/tlog_proof.h"

namespace spor::ledger {

// The legal day of an instant; the privacy room's calendar implements it.
class LegalDay {
 public:
  virtual ~LegalDay() = default;
  virtual uint32_t At(UnixSeconds instant) const = 0;
};

// The sequencer is whoever has the turn to write, one thread at a time: the ledger's own, or that of a lone caller.

// Asked by the sequencer, in order, before a proposal is taken: does what was decided still hold? May add
// rows to the batch. kConflict means: decide again.
class Precondition {
 public:
  virtual ~Precondition() = default;
  virtual Status Check(UnixSeconds now, Batch& batch) const = 0;
};

struct NewUnit {
  UnitId unit{};
  UnitKey key;
};

// Wraps the keys of new units under the key tree; the vault implements it. Called by the sequencer.
class UnitKeeper {
 public:
  virtual ~UnitKeeper() = default;
  virtual Status Wrap(const std::vector<NewUnit>& units, Batch& batch) = 0;
};

// A version counter for everything that a decision can rely on, in 65,536 stripes: two objects that share a stripe
// cause a needless "decide again", never a missed one. Read the version first, then the state.
using Stripe = uint16_t;
Stripe StripeOf(std::string_view kind, ByteView id);
struct Expectation {
  Stripe stripe = 0;
  uint64_t version = 0;
};

// One request to the sequencer: it happens as a whole, durably, or not at all.
struct Proposal {
  std::vector<EntryDraft> entries;  // written in this order
  std::vector<UnitOp> ops;          // any order, at most one per unit
  std::vector<NewUnit> new_units;
  Batch writes;                      // the business change itself
  std::vector<Expectation> expects;  // versions relied on
  std::vector<Stripe> touches;       // versions that this moves on
  const Precondition* precondition = nullptr;
  std::optional<EraseBody> erase;                // ops are erasures and go into kErase entries, in a batch of their own
  std::unique_ptr<const Signer> next_signer;     // endorsed as the log's next key, in a batch of its own without ops
  std::function<void(HeadFacts&)> update_facts;  // forces a head into the batch
  std::function<void()> on_commit;               // after the write, before any answer; by the sequencer
  // With Head::kNow: the maps as the newest head holds them. Like on_commit; must not change them, nor take long.
  std::function<void(UnitMaps&)> at_head;
  enum class Placement { kShared, kAlone } placement = Placement::kShared;
  enum class Head { kWhenDue, kNow } head = Head::kWhenDue;
};

struct Receipt {
  uint64_t first_entry = 0;  // of the proposal's entries; the following ones come right behind
  uint32_t time_s = 0;
  uint64_t head = 0;  // index of the newest head when this was written
  // The newest published checkpoint, which covers all of this; only for a proposal with Head::kNow.
  std::string checkpoint{};
};

struct LedgerOptions {
  std::string origin;
  std::string anchor_directory;
  Store* store = nullptr;  // borrowed, like everything below; must outlive the ledger
  const Clock* clock = nullptr;
  const LegalDay* legal_day = nullptr;
  UnitKeeper* keeper = nullptr;
  const Signer* signer = nullptr;  // until another one is endorsed
  std::chrono::milliseconds head_interval{1000};
};

// The append-only log of one data directory, and the only writer of its store.
//
// Threads: any; Submit() returns when the batch that holds the proposal is durable.
// Ownership: owns its sequencer thread; borrows everything in LedgerOptions.
// Durability: once Submit() returns a Receipt, everything in the proposal survives power loss. A checkpoint is handed
// out only after it is in the anchor.
// Errors: after kIo or kCorrupt every later call fails with it until the directory is reopened; nothing is retried.
class Ledger {
 public:
  // Writes a new log: genesis, slots, policy, operations, head. `extra` rows go into the same batch.
  struct Genesis {
    GenesisBody genesis;
    SlotsBody slots;
    PolicyBody policy;
    std::vector<UnitOp> ops;
    Batch extra;
    HeadFacts facts;
  };
  static Status Create(const LedgerOptions& options, Genesis genesis);
  // Closes the origin of a stored log and begins a successor, in one batch behind the entries there are, and anchors
  // its first checkpoint. `options` has the successor's origin and signer; `entries` go between operations and head.
  // kInvalidArgument if origin, key or predecessors are not what LogKeys allows; nothing is written then.
  struct Succession {
    CloseOriginBody closing;
    Genesis first;
    std::vector<EntryDraft> entries;
  };
  static Status Succeed(const LedgerOptions& options, Succession succession);
  // kCorrupt if origin and signer are not those that the log's entries name for its next checkpoint.
  static Result<std::unique_ptr<Ledger>> Open(const LedgerOptions& options);
  ~Ledger();

  // kConflict: a version, unit or precondition moved; decide again. kInvalidArgument: two operations on one unit, an
  // erasure without `erase` or another operation with it, an entry above kMaxEntryBytes or of a kind that the ledger
  // writes itself, a next signer whose key this log had before. Nothing was written then.
  // With Head::kNow the answer waits for the anchor, too; if that fails, the failure is the answer, and whether the
  // proposal was written is unknown.
  Result<Receipt> Submit(Proposal proposal);
  // The proof of entry `index` under the checkpoint of `receipt`, whose proposal asked for it with Head::kNow.
  Result<TlogProof> Prove(uint64_t index, const Receipt& receipt) const;
  // A signed checkpoint that covers everything durable now: makes a head if there is anything new.
  Result<std::string> Publish();
  // The newest published checkpoint.
  std::string Checkpoint() const;
  uint64_t Version(Stripe stripe) const { return versions_[stripe].load(std::memory_order_acquire); }
  Expectation Expect(Stripe stripe) const { return {stripe, Version(stripe)}; }
  const NodeSource& nodes() const { return appender_.tiles(); }
  LogReader reader() const { return LogReader(*options_.store); }
  uint64_t size() const { return appender_.tiles().size(); }
  HeadFacts facts() const;
  // Who signs: a copy as of the newest durable entry.
  LogKeys keys() const;
  // The failure that stopped the ledger, or OK.
  Status health() const;

 private:
  struct Pending {
    Proposal proposal;
    std::promise<Result<Receipt>> answer;
  };
  struct Round;

  explicit Ledger(const LedgerOptions& options)
      : options_(options),
        anchor_(options.anchor_directory, MakeVerifierKey(options.origin, options.signer->public_key())),
        appender_(*options.store, options.origin, options.signer) {}
  void Run();
  bool HeadIsDue(UnixSeconds now) const;
  void SequenceAll(std::deque<std::unique_ptr<Pending>>& queue) EXCLUDES(mutex_);
  void Sequence(std::deque<std::unique_ptr<Pending>>& queue);
  Status Take(Round& round, Proposal& proposal);
  void Write(Round& round);
  void Answer(Round& round, const Status& anchored, bool asked_for_head);
  void Fail(const Status& status);

  LedgerOptions options_;
  Anchor anchor_;
  LogAppender appender_;  // for the sequencer only, but for tiles()
  std::vector<std::atomic<uint64_t>> versions_ = std::vector<std::atomic<uint64_t>>(1 << 16);
  std::chrono::steady_clock::time_point last_head_time_ = std::chrono::steady_clock::now();

  mutable Mutex mutex_;
  CondVar wake_;
  std::deque<std::unique_ptr<Pending>> queue_ GUARDED_BY(mutex_);
  HeadFacts facts_ GUARDED_BY(mutex_);
  LogKeys keys_ GUARDED_BY(mutex_);
  std::string published_ GUARDED_BY(mutex_);
  Status health_ GUARDED_BY(mutex_);
  bool stop_ GUARDED_BY(mutex_) = false;
  bool sequencing_ GUARDED_BY(mutex_) = false;  // somebody has the turn
  size_t last_round_ GUARDED_BY(mutex_) = 0;    // proposals taken by the last round that took any
  std::thread thread_;
};

}  // namespace spor::ledger
