// SPDX-License-Identifier: Apache-2.0
#include "crypto/aead.h"
#include "crypto/hash.h"
#include "crypto/labels.h"
#include "tests/vault/vault_checks.h"

namespace spor::vault {
namespace {

// Somebody who has copies of the store and opens whatever the keys in his hands open, without regard to what belongs
// where: every key on every row under every purpose, until nothing new comes out.
class Attacker {
 public:
  explicit Attacker(const Hash32& ledger_id) : ledger_id_(ledger_id) {}

  void Learn(ByteView key) {
    if (keys_.insert(ToBytes(key)).second) fresh_.push_back(ToBytes(key));
  }
  void TakeStore(const ledger::Store& store) {
    for (Family family : {Family::kKey, Family::kRecord, Family::kSubjectBlob}) {
      const Status scanned = store.Scan(family, {}, {}, [&](ByteView key, ByteView value) {
        (family == Family::kKey ? wraps_ : values_).insert({ToBytes(key), ToBytes(value)});
        return true;
      });
      EXPECT_TRUE(scanned.ok());
    }
  }
  // Slot secrets open slot files; a slot file holds a root.
  void TakeSlotFile(const Result<Bytes>& file, const BoxSecretKey& secret) {
    if (!file.ok()) return;
    const Result<OpenedSlots> opened = OpenSlotFile(*file, ledger_id_, secret);
    if (opened.ok()) Learn(opened->root.Reveal());
  }
  void OpenAllKeys() {
    while (!fresh_.empty()) {
      const Bytes key = std::move(fresh_.back());
      fresh_.pop_back();
      for (std::string_view purpose :
           {label::kWrapBranch, label::kWrapNode, label::kWrapUnit, label::kWrapService, label::kSlotsMac}) {
        const SecretBytes wrap = Derive(key, purpose, {});
        for (const auto& [row_key, row] : wraps_) {
          Bytes ad = ToBytes(ledger_id_);
          Append(ad, row_key);
          if (const Result<SecretBytes> opened = Open(wrap.Reveal(), ad, row); opened.ok()) Learn(opened->Reveal());
        }
      }
    }
  }
  // How many of the units have an info row or a vault field that one of the keys opens.
  size_t Opened(const World& world, const std::vector<TestUnit>& units) const {
    size_t opened = 0;
    for (const TestUnit& unit : units) {
      const FieldPlace place = world.PlaceOf(unit.id);
      const Bytes field_row = FieldRow(unit.id, place.record, place.field);
      const bool any = std::any_of(keys_.begin(), keys_.end(), [&](const Bytes& bytes) {
        const UnitKey key = UnitKey::CopyOf(bytes);
        return std::any_of(values_.begin(), values_.end(), [&](const auto& row) {
          return (row.first == field_row && OpenField(key, place, row.second).ok()) ||
                 (row.first == UnitInfoRow(unit.id) && OpenUnitInfo(ledger_id_, key, unit.id, row.second).ok());
        });
      });
      if (any) ++opened;
    }
    return opened;
  }

 private:
  const Hash32 ledger_id_;
  std::set<Bytes> keys_;
  std::vector<Bytes> fresh_;
  std::set<std::pair<Bytes, Bytes>> wraps_;
  std::set<std::pair<Bytes, Bytes>> values_;
};

class EraserAttackTest : public ::testing::Test {
 protected:
  EraserAttackTest() { std::filesystem::create_directory(dir_ / "world"); }
  void SetUp() override {
    world_.Found();
    // Under few leaf nodes, so that erased units have neighbours at every height.
    survivors_ = world_.Create(24, [](size_t i) {
      UnitId id = RandomArray<16>();
      id[0] = static_cast<uint8_t>(i % 3);
      id[1] = static_cast<uint8_t>(i % 4);
      return id;
    });
    erased_.assign(survivors_.begin(), survivors_.begin() + 8);
    survivors_.erase(survivors_.begin(), survivors_.begin() + 8);
    old_slot_file_ = *world_.slots().Read(1);
  }
  // Everything that is anywhere, but for the slot file of the destroyed generation: the secret of every slot, the
  // store of before, of every moment in between and of now, and both slot files as they are now.
  void EraseAndArm() {
    attacker_ = std::make_unique<Attacker>(world_.ledger_id());
    attacker_->TakeStore(world_.store());
    const Result<EraseResult> result = world_.Erase(erased_, [&](EraseStep) {
      attacker_->TakeStore(world_.store());
      return OkStatus();
    });
    ASSERT_TRUE(result.ok()) << result.error().message();
    attacker_->TakeStore(world_.store());
    secret_ = std::move(*ReadSlotSecret(world_.paths().slot_secret_file));
    for (uint32_t which : {0u, 1u}) attacker_->TakeSlotFile(world_.slots().Read(which), secret_);
    attacker_->Learn(secret_.Reveal());
  }

  doubles::TempDir dir_;
  World world_{dir_ / "world", World::Disk::kMemory};
  std::vector<TestUnit> survivors_;
  std::vector<TestUnit> erased_;
  Bytes old_slot_file_;
  BoxSecretKey secret_;
  std::unique_ptr<Attacker> attacker_;
};

TEST_F(EraserAttackTest, WithoutTheOldSlotFileNoErasedValueOpens) {
  EraseAndArm();
  attacker_->OpenAllKeys();
  EXPECT_EQ(attacker_->Opened(world_, survivors_), survivors_.size()) << "the attacker is too weak to prove anything";
  EXPECT_EQ(attacker_->Opened(world_, erased_), 0u);
}

TEST_F(EraserAttackTest, WithACopyOfTheOldSlotFileEveryErasedValueOpens) {
  EraseAndArm();
  attacker_->TakeSlotFile(old_slot_file_, secret_);
  attacker_->OpenAllKeys();
  EXPECT_EQ(attacker_->Opened(world_, erased_), erased_.size()) << "every copy of a slot file is a copy of a root";
}

TEST_F(EraserAttackTest, OneUnitsKeyOpensNothingElse) {
  attacker_ = std::make_unique<Attacker>(world_.ledger_id());
  attacker_->TakeStore(world_.store());
  attacker_->Learn(erased_[0].key);
  attacker_->OpenAllKeys();
  EXPECT_EQ(attacker_->Opened(world_, erased_), 1u);
  EXPECT_EQ(attacker_->Opened(world_, survivors_), 0u);
}

TEST_F(EraserAttackTest, AnErasureThatWasGivenUpLeavesNoSecondWayIn) {
  // Rows of an abandoned generation 2 lie in the copies; its slot file is overwritten by the erasure that follows.
  attacker_ = std::make_unique<Attacker>(world_.ledger_id());
  const auto given_up = world_.Erase({survivors_[0]}, [&](EraseStep step) {
    return step == EraseStep::kSlotWritten ? Status(Code::kInternal, "stop") : OkStatus();
  });
  ASSERT_FALSE(given_up.ok());
  const Bytes abandoned = *world_.slots().Read(2);
  EraseAndArm();
  attacker_->OpenAllKeys();
  EXPECT_EQ(attacker_->Opened(world_, erased_), 0u);
  attacker_->TakeSlotFile(abandoned, secret_);
  attacker_->OpenAllKeys();
  EXPECT_GT(attacker_->Opened(world_, erased_), 0u) << "a copy of an abandoned slot file counts as a copy too";
}

}  // namespace
}  // namespace spor::vault
