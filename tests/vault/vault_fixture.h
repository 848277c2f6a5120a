// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "ledger/anchor_check.h"
#include "ledger/blobs.h"
#include "ledger/fsck.h"
#include "ledger/unit_maps.h"
#include "tests/doubles/fault_store.h"
#include "tests/doubles/memory_store.h"
#include "tests/doubles/temp_dir.h"
#include "tests/doubles/test_day.h"
#include "vault/key_rows.h"
#include "vault/vault.h"

namespace spor::vault {

using ledger::EntryKind;
using ledger::Family;

// One unit as a test remembers it: its key, and one vault field whose value is "held " and the id in hexadecimal.
struct TestUnit {
  UnitId id{};
  ledger::DueKey due;
  Bytes key;
  uint64_t event = 0;  // the entry with its subject section
};

// A store, a vault and a ledger in one directory, that can be closed, reopened, and copied as a crash would leave it.
class World {
 public:
  enum class Disk { kMemory, kRocks };
  static constexpr std::string_view kOrigin = "ledger.example/vault";
  static constexpr uint16_t kCategory = 7;
  static constexpr uint32_t kDueDay = 20500;

  World(const std::string& directory, Disk disk) : directory_(directory), disk_(disk) {}

  void Found() {
    OpenStore(ledger::StoreOptions::Mode::kCreate);
    const SigningKey log_key = SigningKey::Random();
    const Signer signer(log_key);
    ledger_id_ = ledger::LedgerId(kOrigin, signer.public_key());
    Result<Vault::Founded> founded = Vault::Found(*fault_, paths(), ledger_id_, log_key);
    ASSERT_TRUE(founded.ok()) << founded.error().message();
    ledger::Ledger::Genesis genesis;
    genesis.genesis = {ledger::kLogFormat, std::string(kOrigin), signer.public_key(), ledger_id_, {}};
    genesis.slots = founded->slots;
    genesis.policy = {Hash32{}, 1, {{kCategory, 0, "contact"}}, {{1, 0, "nine_months"}}};
    genesis.extra = std::move(founded->rows);
    genesis.facts.root_generation = 1;
    genesis.facts.slots_digest = founded->slots.slots_digest;
    ASSERT_TRUE(ledger::Ledger::Create(Options(&signer), std::move(genesis)).ok());
    const Status opened = Open();
    ASSERT_TRUE(opened.ok()) << opened.message();
  }

  // What the service does at start, in its order.
  Status Open() {
    Close();
    if (!fault_) OpenStore(ledger::StoreOptions::Mode::kOpen);
    ASSIGN_OR_RETURN(const ledger::LogKeys log_keys, ledger::CheckAgainstAnchor(*fault_, directory_ + "/anchor"));
    ledger_id_ = log_keys.genesis().ledger_id;
    ASSIGN_OR_RETURN(vault_, Vault::Open(*fault_, paths(), ledger_id_));
    ASSIGN_OR_RETURN(signer_, vault_->LogSigner());
    ASSIGN_OR_RETURN(ledger_, ledger::Ledger::Open(Options(signer_.get())));
    return vault_->FinishErasure(*ledger_);
  }
  void Close() {
    ledger_.reset();
    vault_.reset();
    if (disk_ == Disk::kRocks) fault_.reset(), store_.reset();
  }
  // What a crash at this moment would leave, in another directory. Memory only; not opened.
  std::unique_ptr<World> CrashCopy(const std::string& directory) const {
    auto copy = std::make_unique<World>(directory, disk_);
    std::filesystem::copy(directory_, directory, std::filesystem::copy_options::recursive);
    copy->store_ = std::make_unique<doubles::MemoryStore>(static_cast<const doubles::MemoryStore&>(*store_));
    copy->fault_ = std::make_unique<doubles::FaultStore>(*copy->store_);
    return copy;
  }

  // Creates units, each with an info row, one vault field and one event about it; `id` names them, or they are random.
  std::vector<TestUnit> Create(size_t count, const std::function<UnitId(size_t)>& id = {}) {
    std::vector<TestUnit> units;
    while (units.size() < count) {
      ledger::Proposal proposal;
      const size_t first = units.size();
      for (size_t i = first; i < std::min(count, first + 500); ++i) {
        units.push_back(Draft(id ? id(i) : RandomArray<16>(), proposal));
      }
      const Result<ledger::Receipt> receipt = ledger_->Submit(std::move(proposal));
      EXPECT_TRUE(receipt.ok()) << receipt.status().message();
      for (size_t i = first; receipt.ok() && i < units.size(); ++i) units[i].event = receipt->first_entry + i - first;
    }
    return units;
  }
  TestUnit Draft(const UnitId& id, ledger::Proposal& proposal) const {
    TestUnit unit{id, {0, kDueDay}, {}, 0};
    const UnitKey key = UnitKey::Random();
    unit.key = ToBytes(key.Reveal());
    const UnitInfo info{Subject(id), kCategory, "2025"};
    proposal.ops.push_back(ledger::UnitOp::Create(id, kCategory, unit.due, 1, ledger::KeyCommit(ledger_id_, id, key)));
    proposal.new_units.push_back({id, key.Clone()});
    proposal.writes.Put(Family::kRecord, UnitInfoRow(id), SealUnitInfo(ledger_id_, key, id, info));
    const VaultValue value{FieldType::kText, 1, SecretBytes::CopyOf(AsBytes(Held(id))), RandomArray<32>()};
    const FieldPlace place = PlaceOf(id);
    proposal.writes.Put(Family::kRecord, FieldRow(id, place.record, place.field), SealField(key, place, value));
    proposal.entries.push_back(Event(unit, ledger::BlobPlace::kSubject));
    return unit;
  }
  ledger::EntryDraft Event(const TestUnit& unit, ledger::BlobPlace place) const {
    ledger::EntryDraft event{EntryKind::kEvent, RandomArray<16>(), {}, {}};
    const ledger::SealContext context{ledger_id_, EntryKind::kEvent, event.seal_id, 0, unit.id};
    const SecretBytes seal_key = ledger::SealKey(ledger_id_, UnitKey::CopyOf(unit.key));
    event.sections.push_back(
        ledger::SealSection(context, seal_key.Reveal(), place, {ledger::TextField("what", "looked at")}));
    return event;
  }
  Status Submit(ledger::EntryDraft event) {
    ledger::Proposal proposal;
    proposal.entries.push_back(std::move(event));
    return ledger_->Submit(std::move(proposal)).status();
  }

  static EraseRequest Request(const std::vector<TestUnit>& units) {
    EraseRequest request;
    for (const TestUnit& unit : units) request.units.push_back({unit.id, unit.due, ledger::EraseReason::kDue});
    return request;
  }
  Result<EraseResult> Erase(const std::vector<TestUnit>& units, Eraser::StepHook hook = {}) {
    Eraser eraser = vault_->MakeEraser(*ledger_);
    eraser.set_step_hook(std::move(hook));
    return eraser.Run(Request(units));
  }

  static std::string Held(const UnitId& id) { return "held " + HexEncode(id); }
  static Id16 Subject(const UnitId& id) {
    Id16 subject = id;
    subject[15] ^= 0xff;
    return subject;
  }
  FieldPlace PlaceOf(const UnitId& id) const { return {ledger_id_, Subject(id), kCategory, id, "email"}; }

  std::vector<EntryKind> Kinds(uint64_t begin) const {
    std::vector<EntryKind> kinds;
    const uint64_t end = ledger_->size();
    EXPECT_TRUE(ledger_->reader()
                    .Scan(begin, end,
                          [&](uint64_t, ByteView bytes) {
                            kinds.push_back(ledger::ParseEntry(bytes)->kind);
                            return true;
                          })
                    .ok());
    return kinds;
  }
  std::vector<Bytes> Keys(Family family, ByteView prefix = {}) const {
    std::vector<Bytes> keys;
    const Bytes end = prefix.empty() ? Bytes() : ledger::PrefixEnd(prefix);
    EXPECT_TRUE(fault_
                    ->Scan(family, prefix, end,
                           [&](ByteView key, ByteView) {
                             keys.push_back(ToBytes(key));
                             return true;
                           })
                    .ok());
    return keys;
  }

  VaultPaths paths() const { return {directory_ + "/keys", directory_ + "/slot-secret"}; }
  std::string anchor() const { return directory_ + "/anchor"; }
  SlotDirectory slots() const { return SlotDirectory(paths().keys_directory); }
  Result<OpenedSlots> SlotFile(uint32_t generation) const {
    ASSIGN_OR_RETURN(const Bytes file, slots().Read(generation));
    ASSIGN_OR_RETURN(const BoxSecretKey secret, ReadSlotSecret(paths().slot_secret_file));
    return OpenSlotFile(file, ledger_id_, secret);
  }
  const Hash32& ledger_id() const { return ledger_id_; }
  ledger::Store& store() { return *store_; }
  const ledger::Store& store() const { return *store_; }
  doubles::FaultStore& fault() { return *fault_; }
  doubles::MemoryStore& memory() { return static_cast<doubles::MemoryStore&>(*store_); }
  Vault& vault() { return *vault_; }
  const Vault& vault() const { return *vault_; }
  ledger::Ledger& ledger() { return *ledger_; }
  const ledger::Ledger& ledger() const { return *ledger_; }

 private:
  void OpenStore(ledger::StoreOptions::Mode mode) {
    if (disk_ == Disk::kMemory) {
      store_ = std::make_unique<doubles::MemoryStore>();
    } else {
      Result<std::unique_ptr<ledger::Store>> opened = ledger::OpenRocksStore(directory_ + "/data", {mode});
      ASSERT_TRUE(opened.ok()) << opened.error().message();
      store_ = std::move(*opened);
    }
    fault_ = std::make_unique<doubles::FaultStore>(*store_);
  }
  ledger::LedgerOptions Options(const Signer* signer) const {
    ledger::LedgerOptions options;
    options.origin = kOrigin;
    options.anchor_directory = anchor();
    options.store = fault_.get();
    options.clock = &clock_;
    options.legal_day = &day_;
    options.keeper = vault_ ? &vault_->keys() : nullptr;
    options.signer = signer;
    options.head_interval = std::chrono::hours(1);  // heads come when something asks for one
    return options;
  }

  const std::string directory_;
  const Disk disk_;
  FakeClock clock_{1'760'000'000};
  doubles::UtcDay day_;
  Hash32 ledger_id_{};
  std::unique_ptr<ledger::Store> store_;
  std::unique_ptr<doubles::FaultStore> fault_;
  std::unique_ptr<Vault> vault_;
  std::unique_ptr<Signer> signer_;
  std::unique_ptr<ledger::Ledger> ledger_;
};

}  // namespace spor::vault
