// SPDX-License-Identifier: Apache-2.0
#include "vault/key_copy.h"

#include "crypto/hash.h"
#include "tests/vault/vault_checks.h"
#include "vault/custody.h"

// Copies of the keys, and the register of who has one.
namespace spor::vault {
namespace {

class KeyCopyTest : public ::testing::Test {
 protected:
  KeyCopyTest() { std::filesystem::create_directory(dir_ / "world"); }
  void SetUp() override {
    world_.Found();
    units_ = world_.Create(12);
  }
  BoxSecretKey Secret() const { return ReadSlotSecret(world_.paths().slot_secret_file)->Clone(); }
  Bytes Copied() {
    Result<Bytes> copied = world_.vault().CopyKeys();
    EXPECT_TRUE(copied.ok()) << copied.error().message();
    return *copied;
  }
  void Register(const RootCopy& copy) {
    ledger::Proposal proposal;
    ASSERT_TRUE(AddRootCopy(world_.vault().keys(), copy, proposal.writes).ok());
    ASSERT_TRUE(world_.ledger().Submit(std::move(proposal)).ok());
  }
  ledger::DestroyedBody EraseOne(size_t which) {
    const Result<EraseResult> erased = world_.Erase({units_[which]});
    EXPECT_TRUE(erased.ok()) << erased.error().message();
    return *ledger::ParseDestroyed(world_.ledger().reader().EntryAt(erased->destroyed_entry)->body);
  }

  doubles::TempDir dir_;
  World world_{dir_ / "world", World::Disk::kMemory};
  std::vector<TestUnit> units_;
};

TEST_F(KeyCopyTest, HoldsEveryKeyAndOpensWithASlot) {
  const Bytes bytes = Copied();
  const Result<OpenedKeyCopy> opened = OpenKeyCopy(bytes, Secret());
  ASSERT_TRUE(opened.ok()) << opened.error().message();
  EXPECT_EQ(opened->copy.generation, 1u);
  EXPECT_EQ(opened->copy.ledger_id, world_.ledger_id());
  EXPECT_TRUE(SecretEquals(opened->slots.root.Reveal(), world_.SlotFile(1)->root.Reveal()));
  const std::vector<ledger::UnitId> units = UnitsOf(opened->copy.rows);
  EXPECT_TRUE(std::is_sorted(units.begin(), units.end()));
  for (const TestUnit& unit : units_) EXPECT_TRUE(std::binary_search(units.begin(), units.end(), unit.id));
}

// Another store with these rows and nothing else opens the same keys.
TEST_F(KeyCopyTest, ItsRowsAreAKeyTree) {
  const Result<OpenedKeyCopy> opened = OpenKeyCopy(Copied(), Secret());
  ASSERT_TRUE(opened.ok());
  doubles::MemoryStore store;
  ledger::Batch batch;
  for (const KeyRow& row : opened->copy.rows) batch.Put(ledger::Family::kKey, row.key, row.value);
  ASSERT_TRUE(store.Write(batch, ledger::Durability::kSynced).ok());
  KeyTree tree(store, world_.ledger_id());
  ASSERT_TRUE(tree.Open(opened->slots.root.Clone(), opened->slots.generation).ok());
  for (const TestUnit& unit : units_) {
    ASSERT_TRUE(tree.OpenUnit(unit.id).ok());
    EXPECT_TRUE(SecretEquals(tree.OpenUnit(unit.id)->Reveal(), world_.vault().keys().OpenUnit(unit.id)->Reveal()));
  }
  EXPECT_TRUE(tree.OpenService(ServiceKey::kIndex).ok());
}

TEST_F(KeyCopyTest, WithoutTheErased) {
  ASSERT_TRUE(world_.Erase({units_[3]}).ok());
  const Result<OpenedKeyCopy> opened = OpenKeyCopy(Copied(), Secret());
  ASSERT_TRUE(opened.ok()) << opened.error().message();
  EXPECT_EQ(opened->copy.generation, 2u);
  const std::vector<ledger::UnitId> units = UnitsOf(opened->copy.rows);
  EXPECT_FALSE(std::binary_search(units.begin(), units.end(), units_[3].id));
  EXPECT_TRUE(std::binary_search(units.begin(), units.end(), units_[4].id));
}

TEST_F(KeyCopyTest, EveryChangedByteIsRefused) {
  const Bytes bytes = Copied();
  const BoxSecretKey secret = Secret();
  for (size_t i = 0; i < bytes.size(); i += 7) {
    Bytes changed = bytes;
    changed[i] ^= 1;
    EXPECT_FALSE(OpenKeyCopy(changed, secret).ok()) << i;
  }
  for (size_t size = 0; size < bytes.size(); size += 131) {
    EXPECT_FALSE(OpenKeyCopy(ByteView(bytes).first(size), secret).ok()) << size;
  }
  EXPECT_EQ(OpenKeyCopy(bytes, BoxSecretKey::Random()).status().code(), Code::kUnauthenticated);
}

TEST_F(KeyCopyTest, TheRegisterSaysUntilWhenAnErasureIsNotEverywhere) {
  const uint32_t today = EraseOne(0).everywhere_day;
  EXPECT_EQ(EraseOne(1).copies, 0u);
  const RootCopy far{Id16{1}, 3, 1795512600, today + 90, "safe in the office"};
  const RootCopy near{Id16{2}, 1, 1795512600, today + 5, "bank"};
  Register(far);
  Register(near);
  const Result<std::vector<RootCopy>> copies = RootCopies(world_.store(), world_.vault().keys());
  ASSERT_TRUE(copies.ok());
  ASSERT_EQ(copies->size(), 2u);
  EXPECT_EQ((*copies)[0].place, far.place);
  EXPECT_EQ((*copies)[1].keep_until, near.keep_until);

  const ledger::DestroyedBody first = EraseOne(2);  // destroys root 3
  EXPECT_EQ(first.copies, 2u);
  EXPECT_EQ(first.everywhere_day, today + 91);
  const auto clear = [](const RootCopy& copy) {
    return Writer().Raw(copy.id).U32(copy.generation).U64(copy.made).U32(copy.keep_until).Take();
  };
  EXPECT_EQ(first.register_digest, Sha256({clear(far), clear(near)}));

  ledger::Proposal proposal;
  EndRootCopy(far.id, proposal.writes);
  ASSERT_TRUE(world_.ledger().Submit(std::move(proposal)).ok());
  const ledger::DestroyedBody second = EraseOne(4);
  EXPECT_EQ(second.copies, 1u);
  EXPECT_EQ(second.everywhere_day, today + 6);
}

TEST_F(KeyCopyTest, ACopyOfANewerRootOpensNothingErasedBefore) {
  const uint32_t today = EraseOne(0).everywhere_day;
  Register({Id16{1}, 9, 1795512600, today + 90, "of a later root"});
  const ledger::DestroyedBody destroyed = EraseOne(1);
  EXPECT_EQ(destroyed.copies, 0u);
  EXPECT_EQ(destroyed.everywhere_day, today);
}

// The place is sealed, and bound to its row.
TEST_F(KeyCopyTest, APlaceIsNotInTheClearAndCannotBeMoved) {
  Register({Id16{1}, 1, 1795512600, 30000, "behind the picture"});
  Register({Id16{2}, 1, 1795512600, 30000, "under the carpet"});
  const Bytes row = *(*world_.store().Get(ledger::Family::kKey, CustodyRow(Id16{1})));
  EXPECT_EQ(std::string(AsText(row)).find("picture"), std::string::npos);
  ledger::Batch batch;
  batch.Put(ledger::Family::kKey, CustodyRow(Id16{2}), row);
  ASSERT_TRUE(world_.store().Write(batch, ledger::Durability::kSynced).ok());
  EXPECT_FALSE(RootCopies(world_.store(), world_.vault().keys()).ok());
}

}  // namespace
}  // namespace spor::vault
