// SPDX-License-Identifier: Apache-2.0
#include <filesystem>

#include "crypto/files.h"
#include "tests/doubles/ram_dir.h"
#include "tests/service/world_fixture.h"
#include "tools/service/accept_loss.h"

// Somebody puts an older copy back: of the data, of the data and what guards it, of everything.
namespace spor::service {
namespace {

namespace fs = std::filesystem;

class RestoredTest : public ::testing::Test {
 protected:
  RestoredTest() : world((fs::create_directory(dir_ / "live"), dir_ / "live"), World::Disk::kRocks) {}
  void SetUp() override {
    ASSERT_WORKS(world.Begin());
    ASSERT_WORKS(world.Import("contact", kContactColumns, {ContactRow("1"), ContactRow("2")}));
    world.Close();
    Copy("live", "older");
    ASSERT_WORKS(world.Open());
    ASSERT_WORKS(world.Login());
  }
  void EraseOne() {
    ASSERT_WORKS(world.StartClock("customer_relationship_ended", {{"1", "2026-01-31"}}));
    ASSERT_WORKS(world.Run());
  }
  void SomethingHappens() { ASSERT_WORKS(world.Ingest(EventLine("e1", "2"))); }
  void Copy(const std::string& from, const std::string& to) const {
    fs::remove_all(dir_ / to);
    fs::copy(dir_ / from, dir_ / to, fs::copy_options::recursive);
  }
  void PutBack(const std::vector<std::string>& places) {
    world.Close();
    for (const std::string& place : places) Copy("older/" + place, "live/" + place);
  }

  // The files of the database, but for RocksDB's own log.
  std::map<std::string, std::string> Files() const {
    std::map<std::string, std::string> files;
    for (const auto& file : fs::directory_iterator(dir_ / "live/home/db")) {
      const std::string name = file.path().filename().string();
      if (!name.starts_with("LOG")) files[name] = *ReadSmallFile(file.path().string(), size_t{1} << 24);
    }
    return files;
  }

  doubles::RamDir dir_;
  World world;
};

TEST_F(RestoredTest, OlderDataIsRefusedBecauseOfTheAnchor) {
  SomethingHappens();
  PutBack({"home"});
  const auto before = Files();
  EXPECT_CODE(kCorrupt, world.Open());
  EXPECT_TRUE(Files() == before) << "it was written to";
  EXPECT_NE(world.Damage(), "");
}

TEST_F(RestoredTest, OlderDataFromBeforeAnErasureIsRefusedEvenWithItsAnchor) {
  EraseOne();
  PutBack({"home", "home.anchor"});
  EXPECT_CODE(kCorrupt, world.Open());  // its keys were destroyed
}

TEST_F(RestoredTest, OlderKeysAreRefused) {
  EraseOne();
  PutBack({"home.keys"});
  EXPECT_CODE(kCorrupt, world.Open());
  EXPECT_NE(world.Damage(), "");
}

// What an administrator without any copy can do about a damaged write-ahead log; docs/operations.md says so.
TEST_F(RestoredTest, ADamagedLogIsRefusedAndWhatIsLeftWithoutItNeedsAnAcceptedLoss) {
  SomethingHappens();
  ASSERT_WORKS(world.ledger().Publish());
  world.Close();
  std::string log;
  for (const auto& file : fs::directory_iterator(dir_ / "live/home/db")) {
    if (file.path().extension() == ".log") log = file.path().string();
  }
  std::string content = *ReadSmallFile(log, size_t{1} << 24);
  content[content.size() / 2] ^= 1;
  ASSERT_WORKS(OverwriteFileInPlace(log, AsBytes(content)));
  const auto accept = [&] {
    LossRequest request;
    request.new_origin = "world.example/log-2";
    request.reason = "disk failure";
    return AcceptLoss(world.places(), request, world.options, [](const Loss&) { return OkStatus(); });
  };
  const Status refused = world.Open();
  EXPECT_CODE(kCorrupt, refused);
  EXPECT_NE(refused.message().find(log + " is damaged"), std::string::npos) << refused.message();
  EXPECT_CODE(kCorrupt, accept());  // nobody knows what is left
  fs::remove(log);
  EXPECT_CODE(kCorrupt, world.Open());  // the anchor knows better
  ASSERT_WORKS(accept());
  ASSERT_WORKS(world.Open());
  ASSERT_WORKS(world.Login());
  EXPECT_CODE(kOk, world.ProfileOf("external_id:2"));
}

// This is the limit of what one machine can notice: only who holds a later checkpoint can.
TEST_F(RestoredTest, OlderDataWithItsAnchorIsNotNoticedButContradictsEveryLaterCheckpoint) {
  SomethingHappens();
  const auto given = world.ledger().Publish();
  ASSERT_WORKS(given);
  const std::string key = ledger::FormatVerifierKey(
      ledger::MakeVerifierKey(World::kOrigin, ledger::ParseGenesis(world.ledger().reader().EntryAt(0)->body)->log_key));
  PutBack({"home", "home.anchor"});
  ASSERT_WORKS(world.Open());
  const auto then = ledger::OpenCheckpoint(*given, *ledger::ParseVerifierKey(key));
  ASSERT_WORKS(then);
  EXPECT_GT(then->size, world.ledger().size());
  ASSERT_WORKS(world.Login());
  while (world.ledger().size() < then->size)
    ASSERT_WORKS(world.Ingest(EventLine("x" + std::to_string(world.ledger().size()), "2")));
  ASSERT_WORKS(world.ledger().Publish());
  EXPECT_NE(*ledger::RootAt(world.ledger().nodes(), then->size), then->root);
}

}  // namespace
}  // namespace spor::service
