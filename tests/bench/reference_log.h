// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <future>
#include <random>

#include "ledger/anchor_check.h"
#include "tests/bench/measure.h"
#include "tests/doubles/test_day.h"
#include "vault/vault.h"

namespace spor::bench {

// The log that the large figures are measured on, in one directory that later runs use again: `events` events of two
// sections each, in batches of 1,024 with a head behind each; one unit for ten events, created as the log grows; every
// tenth unit erased again, in runs of up to 20,000 through the vault. Made by the ledger and the vault over RocksDB.
// Sections come from a pool of sealed ones, so that building is not mostly sealing; nothing else is left out.
class ReferenceLog {
 public:
  static constexpr std::string_view kOrigin = "reference.example/log";
  static constexpr size_t kBatch = 1024;
  static constexpr uint64_t kEventsToAUnit = 10;
  static constexpr size_t kEraseRun = 20000;
  static constexpr uint32_t kFirstDueDay = 21000;
  static constexpr uint32_t kDueDays = 3000;

  explicit ReferenceLog(std::string directory) : directory_(std::move(directory)) {}

  std::string database() const { return directory_ + "/db"; }
  std::string anchor() const { return directory_ + "/anchor"; }

  // Builds the log unless it is there already; in a child, so that nothing of it is left in the memory of this process.
  Status Ensure(uint64_t events) {
    const std::string mark = directory_ + "/complete." + std::to_string(events);
    if (std::filesystem::exists(mark)) return OkStatus();
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
    const pid_t child = fork();
    if (child == 0) {
      const Status built = Build(events);
      if (!built.ok()) std::fprintf(stderr, "building the reference log: %s\n", built.message().c_str());
      Close();
      _exit(built.ok() ? 0 : 1);
    }
    int state = 1;
    if (child < 0 || waitpid(child, &state, 0) != child || state != 0) {
      return Status(Code::kIo, "the reference log could not be built in " + directory_);
    }
    std::filesystem::create_directory(mark);
    return OkStatus();
  }

  // What the service does at start: the store, read-only and compared with the anchor before it is opened for writing,
  // and compared again; then keys and ledger.
  Status OpenStore() {
    const auto preflight = [this](const ledger::Store& before) {
      return ledger::CheckAgainstAnchor(before, anchor()).status();
    };
    ASSIGN_OR_RETURN(store_, ledger::OpenRocksStore(database(), {ledger::StoreOptions::Mode::kOpen, preflight}));
    ASSIGN_OR_RETURN(const ledger::LogKeys keys, ledger::CheckAgainstAnchor(*store_, anchor()));
    ledger_id_ = keys.genesis().ledger_id;
    return OkStatus();
  }
  Status OpenLedger() {
    ASSIGN_OR_RETURN(vault_, vault::Vault::Open(*store_, Paths(), ledger_id_));
    ASSIGN_OR_RETURN(signer_, vault_->LogSigner());
    ASSIGN_OR_RETURN(ledger_, ledger::Ledger::Open(Options(signer_.get())));
    ASSIGN_OR_RETURN(const ledger::LogState state, ledger_->reader().State());
    clock_.Set(state.last_time + 1);
    return vault_->FinishErasure(*ledger_);
  }
  void Close() {
    ledger_.reset();
    vault_.reset();
    store_.reset();
  }

  // Learns up to 20,000 live units of days all over the map, so that Batch() and Erase() can be called on a log that
  // was only opened.
  Status LearnUnits() {
    due_.clear();
    for (uint32_t i = 0; i < kDueDays && due_.size() < 20000; ++i) {
      const uint32_t day = kFirstDueDay + i * 97 % kDueDays;  // 97 and the number of days share no divisor
      RETURN_IF_ERROR(store_->Scan(ledger::Family::kDue, ledger::EncodeDueMapKey({0, day}, {}),
                                   ledger::EncodeDueMapKey({0, day + 1}, {}), [&](ByteView key, ByteView) {
                                     const auto parsed = ledger::ParseDueMapKey(key);
                                     if (parsed.ok())
                                       due_.push_back({parsed->unit, parsed->due, ledger::EraseReason::kDue});
                                     return true;
                                   }));
    }
    return due_.empty() ? Status(Code::kNotFound, "the reference log has no live units") : OkStatus();
  }
  // A batch of events about units at random.
  ledger::Proposal Batch() {
    ledger::Proposal proposal;
    for (size_t i = 0; i < kBatch; ++i) proposal.entries.push_back(Event());
    return proposal;
  }
  // Takes `count` live units at random and erases them.
  Result<vault::EraseResult> Erase(size_t count) {
    if (due_.size() <= count) return Status(Code::kInvalidArgument, "the reference log is too small for this erasure");
    vault::EraseRequest request;
    for (size_t i = 0; i < count; ++i) {
      std::swap(due_[random_() % due_.size()], due_.back());
      request.units.push_back(due_.back());
      due_.pop_back();
    }
    return vault_->MakeEraser(*ledger_).Run(std::move(request));
  }

  ledger::Store& store() { return *store_; }
  ledger::Ledger& ledger() { return *ledger_; }

 private:
  Status Build(uint64_t events) {
    RETURN_IF_ERROR(Found());
    const uint64_t units = events / kEventsToAUnit;
    uint64_t created = 0, erased = 0;
    Progress progress("building", events);
    std::future<Status> written;
    for (uint64_t done = 0; done < events; done += kBatch) {
      ledger::Proposal proposal = Batch();
      for (uint64_t wanted = (done + kBatch) / kEventsToAUnit; created < std::min(wanted, units); ++created) {
        AddUnit(proposal, {0, static_cast<uint32_t>(kFirstDueDay + random_() % kDueDays)}, kContact);
      }
      proposal.head = ledger::Proposal::Head::kNow;
      if (written.valid()) RETURN_IF_ERROR(written.get());
      clock_.Advance(1);
      // The next batch is drafted while this one is written.
      written = std::async(std::launch::async, [this, moved = std::make_shared<ledger::Proposal>(std::move(proposal))] {
        return ledger_->Submit(std::move(*moved)).status();
      });
      const size_t run = std::min<size_t>(kEraseRun, std::max<size_t>(units / 50, 1));
      if (created / 10 >= erased + run) {
        RETURN_IF_ERROR(written.get());
        RETURN_IF_ERROR(Erase(run).status());
        erased += run;
      }
      progress.Set(done);
    }
    return written.valid() ? written.get() : OkStatus();
  }

  Status Found() {
    ASSIGN_OR_RETURN(store_, ledger::OpenRocksStore(database(), {ledger::StoreOptions::Mode::kCreate}));
    const SigningKey log_key = SigningKey::Random();
    const Signer signer(log_key);
    const Hash32 ledger_id = ledger::LedgerId(kOrigin, signer.public_key());
    ASSIGN_OR_RETURN(vault::Vault::Founded founded, vault::Vault::Found(*store_, Paths(), ledger_id, log_key));
    ledger::Ledger::Genesis genesis;
    genesis.genesis = {ledger::kLogFormat, std::string(kOrigin), signer.public_key(), ledger_id, {}};
    genesis.slots = founded.slots;
    genesis.policy = {Hash32{}, 1, {{kContact, 0, "contact"}}, {{1, 0, "two_years"}}};
    genesis.extra = std::move(founded.rows);
    genesis.facts.root_generation = 1;
    genesis.facts.slots_digest = founded.slots.slots_digest;
    RETURN_IF_ERROR(ledger::Ledger::Create(Options(&signer), std::move(genesis)));
    ledger_id_ = ledger_id;
    RETURN_IF_ERROR(OpenLedger());
    ledger::Proposal first;
    AddUnit(first, {2, 30000}, kAudit);
    due_.clear();
    AddUnit(first, {0, 23000}, kContact);
    return ledger_->Submit(std::move(first)).status();
  }

  void AddUnit(ledger::Proposal& proposal, ledger::DueKey due, uint16_t category) {
    const vault::UnitInfo info{RandomArray<16>(), category, "2025"};
    vault::UnitDraft draft = vault::DraftUnit(vault_->ledger_id(), info, due, 1, proposal.writes);
    due_.push_back({draft.unit, due, ledger::EraseReason::kDue});
    proposal.ops.push_back(draft.op);
    proposal.new_units.push_back({draft.unit, std::move(draft.key)});
  }

  ledger::EntryDraft Event() {
    if (pool_.empty()) FillPool();
    const auto& [audit, subject] = pool_[random_() % pool_.size()];
    ledger::EntryDraft draft{ledger::EntryKind::kEvent, RandomArray<16>(), {audit, subject}, {}};
    draft.sections[1].unit = due_[random_() % due_.size()].unit;
    return draft;
  }
  void FillPool() {
    const ledger::UnitKey key = ledger::UnitKey::Random();
    const Hash32 ledger_id = vault_->ledger_id();
    const SecretBytes seal_key = ledger::SealKey(ledger_id, key);
    UnitId audit{};
    CHECK(store_
              ->Scan(ledger::Family::kLive, {}, {},
                     [&](ByteView unit, ByteView value) {
                       const auto live = ledger::ParseLiveValue(value);
                       if (!live.ok() || live->category != kAudit) return true;
                       audit = *ToId16(unit);
                       return false;
                     })
              .ok());
    for (int i = 0; i < 4096; ++i) {
      const Id16 id = RandomArray<16>();
      pool_.emplace_back(
          ledger::SealSection({ledger_id, ledger::EntryKind::kEvent, id, 0, audit}, seal_key.Reveal(),
                              ledger::BlobPlace::kAudit,
                              {ledger::TextField("kind", "person.read"), ledger::TextField("actor", "application")}),
          ledger::SealSection({ledger_id, ledger::EntryKind::kEvent, id, 1, audit}, seal_key.Reveal(),
                              ledger::BlobPlace::kSubject,
                              {ledger::BytesField("subject", audit), ledger::TextField("reason", "confirmation")}));
    }
  }

  vault::VaultPaths Paths() const { return {directory_ + "/keys", directory_ + "/slot-secret"}; }
  ledger::LedgerOptions Options(const Signer* signer) const {
    ledger::LedgerOptions options;
    options.origin = kOrigin;
    options.anchor_directory = anchor();
    options.store = store_.get();
    options.clock = &clock_;
    options.legal_day = &day_;
    options.keeper = vault_ ? &vault_->keys() : nullptr;
    options.signer = signer;
    options.head_interval = std::chrono::hours(1);  // heads come with the batches
    return options;
  }

  static constexpr uint16_t kContact = 7;
  static constexpr uint16_t kAudit = 3;
  using UnitId = ledger::UnitId;

  const std::string directory_;
  Hash32 ledger_id_{};
  FakeClock clock_{1'760'000'000};
  doubles::UtcDay day_;
  std::mt19937_64 random_{1};
  std::vector<vault::EraseUnit> due_;  // live units, all or some, but for the audit unit
  std::vector<std::pair<ledger::SealedSection, ledger::SealedSection>> pool_;
  std::unique_ptr<ledger::Store> store_;
  std::unique_ptr<vault::Vault> vault_;
  std::unique_ptr<Signer> signer_;
  std::unique_ptr<ledger::Ledger> ledger_;
};

}  // namespace spor::bench
