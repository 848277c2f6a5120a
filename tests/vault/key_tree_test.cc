// SPDX-License-Identifier: Apache-2.0
#include "vault/key_tree.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/doubles/fault_store.h"
#include "tests/doubles/memory_store.h"
#include "vault/key_rows.h"

namespace spor::vault {
namespace {

using ledger::Batch;
using ledger::Durability;
using ledger::Family;
using ledger::NewUnit;

// Lets something happen right after a row before a key was looked up, once.
class TurningStore final : public ledger::Store {
 public:
  explicit TurningStore(ledger::Store& inner) : inner_(inner) {}
  Result<std::optional<Bytes>> Get(Family family, ByteView key) const override { return inner_.Get(family, key); }
  Status Scan(Family family, ByteView begin, ByteView end, const Visitor& visitor) const override {
    return inner_.Scan(family, begin, end, visitor);
  }
  Result<std::optional<std::pair<Bytes, Bytes>>> Before(Family family, ByteView key) const override {
    auto row = inner_.Before(family, key);
    if (then) std::exchange(then, nullptr)();
    return row;
  }
  Status Write(const Batch& batch, Durability durability) override { return inner_.Write(batch, durability); }
  Status Rewrite(const std::vector<Family>& families) override { return inner_.Rewrite(families); }
  Status CheckFiles() const override { return inner_.CheckFiles(); }

  mutable std::function<void()> then;

 private:
  ledger::Store& inner_;
};

class KeyTreeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    root_ = RootKey::Random();
    Batch batch;
    tree_.Found(root_.Clone(), log_seed_, batch);
    Write(batch);
  }
  void Write(const Batch& batch) { ASSERT_TRUE(store_.Write(batch, Durability::kSynced).ok()); }
  // Wraps units with these ids and makes the rows durable.
  std::vector<NewUnit> Make(const std::vector<UnitId>& ids) {
    std::vector<NewUnit> units;
    for (const UnitId& id : ids) units.push_back({id, UnitKey::Random()});
    Batch batch;
    EXPECT_TRUE(tree_.Wrap(units, batch).ok());
    Write(batch);
    return units;
  }
  static UnitId Id(uint8_t first, uint8_t second, uint8_t last) {
    UnitId id{};
    id[0] = first, id[1] = second, id[15] = last;
    return id;
  }
  static bool Opens(const KeyTree& tree, const NewUnit& unit) {
    const Result<UnitKey> key = tree.OpenUnit(unit.unit);
    return key.ok() && SecretEquals(key->Reveal(), unit.key.Reveal());
  }
  doubles::MemoryStore::Rows& Rows() { return store_.Table(Family::kKey); }
  static Bytes Row(const UnitId& id) { return WithGeneration(UnitPrefix(id), 1); }

  doubles::MemoryStore store_;
  const Hash32 ledger_id_ = RandomArray<32>();
  const SecretBytes log_seed_ = SecretBytes::Random(32);
  RootKey root_;
  KeyTree tree_{store_, ledger_id_};
};

TEST_F(KeyTreeTest, FiveThousandUnitsOpenAtOnceAndAfterReopening) {
  std::vector<NewUnit> units;
  for (int round = 0; round < 10; ++round) {
    std::vector<UnitId> ids;
    for (int i = 0; i < 500; ++i) ids.push_back(RandomArray<16>());
    for (NewUnit& unit : Make(ids)) units.push_back(std::move(unit));
  }
  for (const NewUnit& unit : units) ASSERT_TRUE(Opens(tree_, unit));
  KeyTree again(store_, ledger_id_);
  ASSERT_TRUE(again.Open(root_.Clone(), 1).ok());
  for (const NewUnit& unit : units) ASSERT_TRUE(Opens(again, unit));
}

TEST_F(KeyTreeTest, RowsAboveUnitsExistOnlyWhereUnitsDo) {
  Make({Id(1, 2, 3), Id(1, 2, 4), Id(1, 5, 6)});
  const size_t services = kServiceKeys.size();
  EXPECT_EQ(Rows().size(), 1 + services + 1 + 2 + 3) << "generation, services, a branch, two nodes, three units";
}

TEST_F(KeyTreeTest, AnUnknownUnitIsNotFound) {
  Make({Id(1, 2, 3)});
  EXPECT_EQ(tree_.OpenUnit(Id(1, 2, 4)).status().code(), Code::kNotFound);
  EXPECT_EQ(tree_.OpenUnit(Id(1, 3, 3)).status().code(), Code::kNotFound);
  EXPECT_EQ(tree_.OpenUnit(Id(9, 9, 9)).status().code(), Code::kNotFound);
}

TEST_F(KeyTreeTest, AnotherRootOpensNothing) {
  const std::vector<NewUnit> units = Make({Id(1, 2, 3)});
  KeyTree other(store_, ledger_id_);
  ASSERT_TRUE(other.Open(RootKey::Random(), 1).ok());
  EXPECT_EQ(other.OpenUnit(units[0].unit).status().code(), Code::kCorrupt);
  for (ServiceKey service : kServiceKeys) EXPECT_EQ(other.OpenService(service).status().code(), Code::kCorrupt);
}

TEST_F(KeyTreeTest, AnotherLedgersRowsOpenNothing) {
  const std::vector<NewUnit> units = Make({Id(1, 2, 3)});
  KeyTree other(store_, RandomArray<32>());
  ASSERT_TRUE(other.Open(root_.Clone(), 1).ok());
  EXPECT_EQ(other.OpenUnit(units[0].unit).status().code(), Code::kCorrupt);
  EXPECT_EQ(other.OpenService(ServiceKey::kIndex).status().code(), Code::kCorrupt);
}

TEST_F(KeyTreeTest, ServiceKeysAreFiveDifferentOnesAndTheLogSeedIsTheOneGiven) {
  std::set<Bytes> seen;
  for (ServiceKey service : kServiceKeys) seen.insert(ToBytes(tree_.OpenService(service)->Reveal()));
  EXPECT_EQ(seen.size(), kServiceKeys.size());
  EXPECT_TRUE(SecretEquals(tree_.OpenService(ServiceKey::kLogSigning)->Reveal(), log_seed_.Reveal()));
  Rows()[ServiceRow(ServiceKey::kIndex, 1)] = Rows()[ServiceRow(ServiceKey::kState, 1)];
  Rows().erase(ServiceRow(ServiceKey::kState, 1));
  KeyTree again(store_, ledger_id_);
  ASSERT_TRUE(again.Open(root_.Clone(), 1).ok());
  EXPECT_EQ(again.OpenService(ServiceKey::kIndex).status().code(), Code::kCorrupt) << "moved from another";
  EXPECT_EQ(again.OpenService(ServiceKey::kState).status().code(), Code::kCorrupt) << "missing";
}

TEST_F(KeyTreeTest, ARowMovedToAnotherUnitDoesNotOpen) {
  const auto code = [&](const UnitId& id) {
    KeyTree again(store_, ledger_id_);
    EXPECT_TRUE(again.Open(root_.Clone(), 1).ok());
    return again.OpenUnit(id).status().code();
  };
  const std::vector<NewUnit> units = Make({Id(1, 2, 3), Id(1, 2, 4), Id(1, 9, 5), Id(8, 2, 6)});
  const Bytes moved = Rows()[Row(units[0].unit)];
  for (size_t i = 1; i < units.size(); ++i) {
    Rows()[Row(units[i].unit)] = moved;
    EXPECT_EQ(code(units[i].unit), Code::kCorrupt) << i;
  }
  EXPECT_EQ(code(units[0].unit), Code::kOk);
}

TEST_F(KeyTreeTest, ANodeOrBranchMovedToAnotherPlaceDoesNotOpen) {
  const std::vector<NewUnit> units = Make({Id(1, 2, 3), Id(1, 9, 4), Id(8, 2, 5)});
  const auto node = [](uint16_t prefix) { return WithGeneration(NodePrefix(prefix), 1); };
  const auto branch = [](uint8_t number) { return WithGeneration(BranchPrefix(number), 1); };
  const doubles::MemoryStore::Rows whole = Rows();
  const auto code = [&](const Bytes& to, const Bytes& from, const UnitId& id) {
    Rows() = whole;
    Rows()[to] = whole.at(from);
    KeyTree again(store_, ledger_id_);
    EXPECT_TRUE(again.Open(root_.Clone(), 1).ok());
    return again.OpenUnit(id).status().code();
  };
  EXPECT_EQ(code(node(0x0109), node(0x0102), units[1].unit), Code::kCorrupt);
  EXPECT_EQ(code(branch(8), branch(1), units[2].unit), Code::kCorrupt);
  EXPECT_EQ(code(Row(units[0].unit), node(0x0102), units[0].unit), Code::kCorrupt);
}

TEST_F(KeyTreeTest, EachFlippedBitOfARowIsRefused) {
  const std::vector<NewUnit> units = Make({Id(1, 2, 3)});
  const Bytes whole = Rows()[Row(units[0].unit)];
  for (size_t bit = 0; bit < whole.size() * 8; ++bit) {
    Rows()[Row(units[0].unit)][bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    ASSERT_EQ(tree_.OpenUnit(units[0].unit).status().code(), Code::kCorrupt) << "bit " << bit;
    Rows()[Row(units[0].unit)] = whole;
  }
}

TEST_F(KeyTreeTest, AUnitWhoseNodeIsMissingIsDamagedNotErased) {
  const std::vector<NewUnit> units = Make({Id(1, 2, 3)});
  Rows().erase(WithGeneration(NodePrefix(0x0102), 1));
  KeyTree again(store_, ledger_id_);
  ASSERT_TRUE(again.Open(root_.Clone(), 1).ok());
  EXPECT_EQ(again.OpenUnit(units[0].unit).status().code(), Code::kCorrupt);
}

TEST_F(KeyTreeTest, RowsOfALaterGenerationAreNotSeen) {
  const std::vector<NewUnit> units = Make({Id(1, 2, 3)});
  Rows()[WithGeneration(UnitPrefix(units[0].unit), 2)] = Bytes(72);
  Rows()[WithGeneration(NodePrefix(0x0102), 2)] = Bytes(72);
  Rows()[ServiceRow(ServiceKey::kIndex, 2)] = Bytes(72);
  KeyTree again(store_, ledger_id_);
  ASSERT_TRUE(again.Open(root_.Clone(), 1).ok());
  EXPECT_TRUE(Opens(again, units[0]));
  EXPECT_TRUE(again.OpenService(ServiceKey::kIndex).ok());
}

TEST_F(KeyTreeTest, AWrapThatFailsHalfWayLeavesNoKeyInTheCache) {
  doubles::FaultStore faulty(store_);
  KeyTree tree(faulty, ledger_id_);
  ASSERT_TRUE(tree.Open(root_.Clone(), 1).ok());
  std::vector<NewUnit> units;
  units.push_back({Id(1, 2, 3), UnitKey::Random()});
  units.push_back({Id(4, 5, 6), UnitKey::Random()});
  for (uint64_t call = 1; call <= 4; ++call) {
    faulty.FailAt(call, doubles::FaultStore::How::kNotPersisted);
    Batch given_up;
    EXPECT_EQ(tree.Wrap(units, given_up).code(), Code::kIo);
    EXPECT_TRUE(given_up.empty());
  }
  faulty.FailAt(0, doubles::FaultStore::How::kNotPersisted);
  Batch batch;
  ASSERT_TRUE(tree.Wrap(units, batch).ok());
  Write(batch);
  KeyTree again(store_, ledger_id_);
  ASSERT_TRUE(again.Open(root_.Clone(), 1).ok());
  for (const NewUnit& unit : units) EXPECT_TRUE(Opens(again, unit)) << "its key hangs under rows that were given up";
}

TEST_F(KeyTreeTest, AFailedWrapLeavesWhatTheSameRoundWrappedBefore) {
  doubles::FaultStore faulty(store_);
  KeyTree tree(faulty, ledger_id_);
  ASSERT_TRUE(tree.Open(root_.Clone(), 1).ok());
  std::vector<NewUnit> first, second;
  first.push_back({Id(1, 2, 3), UnitKey::Random()});
  second.push_back({Id(1, 7, 3), UnitKey::Random()});
  Batch round;
  ASSERT_TRUE(tree.Wrap(first, round).ok());
  faulty.FailAt(1, doubles::FaultStore::How::kNotPersisted);
  EXPECT_FALSE(tree.Wrap(second, round).ok());
  ASSERT_TRUE(tree.Wrap(second, round).ok());
  Write(round);
  KeyTree again(store_, ledger_id_);
  ASSERT_TRUE(again.Open(root_.Clone(), 1).ok());
  EXPECT_TRUE(Opens(again, first[0]));
  EXPECT_TRUE(Opens(again, second[0]));
}

TEST_F(KeyTreeTest, AGenerationThatChangesWhileAUnitIsOpenedIsNoDamage) {
  TurningStore turning(store_);
  KeyTree tree(turning, ledger_id_);
  ASSERT_TRUE(tree.Open(root_.Clone(), 1).ok());
  const std::vector<NewUnit> units = Make({Id(1, 2, 3), Id(1, 2, 4)});
  ASSERT_TRUE(Opens(tree, units[1])) << "and the node key is known";
  turning.then = [&] {
    ASSERT_TRUE(tree.BeginRotation().ok());
    const auto sink = [&](Batch rows) { return store_.Write(rows, Durability::kSynced); };
    Result<KeyTree::Staged> staged = tree.Stage({units[1].unit}, sink);
    ASSERT_TRUE(staged.ok());
    Batch flip;
    tree.AddFlip(*staged, {units[1].unit}, flip);
    Write(flip);
    tree.Switch(*staged);
    ASSERT_TRUE(tree.DropSuperseded(&*staged, sink).ok());
    tree.EndRotation();
  };
  EXPECT_TRUE(Opens(tree, units[0])) << "its old row was read, and the node key above it is a new one";
  EXPECT_EQ(tree.generation(), 2u);
  EXPECT_EQ(tree.OpenUnit(units[1].unit).status().code(), Code::kNotFound);
}

TEST_F(KeyTreeTest, TheGenerationMustBeThere) {
  EXPECT_EQ(*KeyTree::StoredGeneration(store_), 1u);
  Rows()[GenerationRow()] = Bytes(3);
  EXPECT_EQ(KeyTree::StoredGeneration(store_).status().code(), Code::kCorrupt);
  Rows().erase(GenerationRow());
  EXPECT_EQ(KeyTree::StoredGeneration(store_).status().code(), Code::kCorrupt);
}

}  // namespace
}  // namespace spor::vault
