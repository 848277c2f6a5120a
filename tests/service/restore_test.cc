// SPDX-License-Identifier: Apache-2.0
#include "tools/service/restore.h"

#include "crypto/files.h"
#include "tests/doubles/temp_dir.h"
#include "tests/service/world_fixture.h"
#include "tools/service/key_copies.h"
#include "vault/key_copy.h"

// A home made again from backups, with what was erased since staying erased.
namespace spor::service {
namespace {

namespace fs = std::filesystem;

constexpr const char* kEnded = "customer_relationship_ended";
constexpr const char* kNext = "world.example/log-2";

class RestoreTest : public ::testing::Test {
 protected:
  RestoreTest() { fs::create_directory(dir_ / "world"); }
  void SetUp() override {
#ifdef __SANITIZE_THREAD__
    GTEST_SKIP() << "RocksDB's backup engine has threads of its own, whose locks the thread sanitizer does not see";
#endif
    ASSERT_WORKS(world_.Begin());
    ASSERT_WORKS(world_.Import("contact", kContactColumns, {ContactRow("1"), ContactRow("2"), ContactRow("3")}));
    ASSERT_WORKS(world_.Import("payment_history", kPaymentColumns, {{"3", "N", "2026-06-01", "a"}}));
    ASSERT_WORKS(world_.StartClock(kEnded, {{"1", "2026-05-31"}}));
  }
  std::string Backups() const { return dir_ / "backups"; }
  std::string Copy(const std::string& name) const { return dir_ / name; }
  Result<MadeBackup> BackUp() { return MakeBackup(world_.parts(), world_.actor, Backups()); }
  void CopyKeys(const std::string& name) {
    const privacy::LegalDate until{privacy::OsloDay(world_.clock.Now()).days + 30};
    ASSERT_WORKS(MakeKeyCopy(world_.parts(), world_.actor, {Copy(name), until, "safe"}));
  }
  // Person 1 goes, and so does person 3's contact: her payment stays.
  void EraseOne() {
    ASSERT_WORKS(world_.StartClock(kEnded, {{"3", "2026-05-31"}}));
    ASSERT_WORKS(world_.GoTo("2027-02-28"));
    const auto run = world_.Run();
    ASSERT_WORKS(run);
    ASSERT_GE(run->erased, 3u);
  }
  void LoseHome() {
    world_.Close();
    fs::remove_all(world_.places().home);
  }
  RestoreRequest Request(const std::string& key_copy = "") const {
    RestoreRequest request;
    request.backups = Backups();
    if (!key_copy.empty()) request.key_copy = Copy(key_copy);
    request.loss.new_origin = kNext;
    request.loss.reason = "the disk died";
    return request;
  }
  Result<Restored> Restore(const RestoreRequest& request, const ConfirmRestore& confirm = nullptr) {
    return RestoreHome(
        world_.places(), request, world_.options, confirm ? confirm : [](const RestorePlan&) { return OkStatus(); });
  }
  // As the service does after a start.
  void ExpectOpens() {
    EXPECT_EQ(world_.Damage(), "");
    ASSERT_WORKS(world_.Open());
    ASSERT_WORKS(world_.Login());
  }
  void ExpectReadable(const std::string& id) {
    const auto answer = world_.Read("external_id:" + id, "newsletter");
    ASSERT_WORKS(answer);
    EXPECT_EQ(ValuesOf(*answer)["contact.email"], "person" + id + "@example.no");
  }
  bool Nothing() const { return !fs::exists(world_.places().home); }

  doubles::TempDir dir_;
  World world_{dir_ / "world", World::Disk::kRocks};
};

TEST_F(RestoreTest, ErasedDataStaysErasedAndTheRestCanBeRead) {
  ASSERT_WORKS(BackUp());
  EraseOne();
  CopyKeys("keys");
  ASSERT_WORKS(world_.Import("contact", kContactColumns, {ContactRow("4")}));
  ASSERT_WORKS(world_.ledger().Publish());
  const uint64_t size = world_.ledger().size();
  LoseHome();

  RestorePlan plan;
  const Result<Restored> restored = Restore(Request("keys"), [&](const RestorePlan& told) {
    plan = told;
    EXPECT_TRUE(Nothing()) << "nobody gets in before the erasures are replayed";
    return OkStatus();
  });
  ASSERT_WORKS(restored);
  EXPECT_GE(plan.units_to_erase, 3u);
  EXPECT_TRUE(plan.keys_from_copy);
  ASSERT_TRUE(plan.loss.has_value());
  EXPECT_EQ(plan.loss->check.anchored.size, size);
  EXPECT_EQ(restored->units_erased, plan.units_to_erase);
  EXPECT_EQ(restored->people_forgotten, 1u);
  ExpectOpens();
  ExpectReadable("2");
  EXPECT_CODE(kNotFound, world_.Read("external_id:1", "newsletter"));
  EXPECT_CODE(kNotFound, world_.Read("external_id:4", "newsletter"));  // it came after the backup
  const auto third = world_.ProfileOf("external_id:3");
  ASSERT_WORKS(third);
  EXPECT_FALSE(third->erased.empty());
  EXPECT_TRUE(vault::UnitsWithoutKey(*world_.parts().store)->empty());
  ASSERT_EQ(world_.AuditSections("restore", "done").size(), 1u);
  EXPECT_EQ(world_.AuditSections("restore_end", "done")[0]["units_erased"], std::to_string(restored->units_erased));
  EXPECT_EQ(world_.ledger().keys().genesis().origin, kNext);
  // The next erasure goes its way.
  ASSERT_WORKS(world_.StartClock(kEnded, {{"2", "2026-05-31"}}));
  EXPECT_GE(world_.Run()->erased, 1u);
  world_.Close();
  EXPECT_EQ(world_.Damage(), "");
}

TEST_F(RestoreTest, WithoutTheNewestKeysNothingIsRestored) {
  CopyKeys("old-keys");
  ASSERT_WORKS(BackUp());
  EraseOne();
  CopyKeys("keys");
  LoseHome();
  EXPECT_CODE(kInvalidArgument, Restore(Request()));
  EXPECT_CODE(kInvalidArgument, Restore(Request("old-keys")));  // it would bring back what was erased
  EXPECT_TRUE(Nothing());
  ASSERT_WORKS(Restore(Request("keys")));
}

// That the test above can fail: with the old slot file the old keys open what was erased.
TEST_F(RestoreTest, WithTheOldSlotFileTheOldKeysOpenEverything) {
  CopyKeys("old-keys");
  ASSERT_WORKS(BackUp());
  fs::copy(world_.places().keys_dir, dir_ / "stolen", fs::copy_options::recursive);
  EraseOne();
  LoseHome();
  fs::remove_all(world_.places().keys_dir);
  fs::rename(dir_ / "stolen", world_.places().keys_dir);
  ASSERT_WORKS(Restore(Request()));
  ASSERT_WORKS(world_.Open());
  ASSERT_WORKS(world_.Login());
  ExpectReadable("1");
}

TEST_F(RestoreTest, WithoutKeysDirectoryAndAnchorTheCopyAndARecoveryKeyAreEnough) {
  const BoxSecretKey paper = BoxSecretKey::Random();
  ASSERT_WORKS(
      world_.home().keys().AddSlot(world_.actor, {vault::SlotType::kRecoveryKey, BoxPublicKey(paper), "paper", {}}));
  ASSERT_WORKS(BackUp());
  CopyKeys("keys");
  LoseHome();
  for (const std::string& gone :
       {world_.places().keys_dir, world_.places().slot_secret_file, world_.places().anchor_dir}) {
    fs::remove_all(gone);
  }
  world_.options.slot_secret = &paper;
  EXPECT_CODE(kInvalidArgument, Restore(Request("keys")));  // nobody has said that the anchor is lost
  EXPECT_FALSE(fs::exists(world_.places().keys_dir));
  RestoreRequest request = Request("keys");
  request.loss.anchor_lost = true;
  const Result<Restored> restored = Restore(request);
  ASSERT_WORKS(restored);
  EXPECT_TRUE(restored->plan.slots_from_copy);
  ASSERT_WORKS(world_.Open());
  ASSERT_WORKS(world_.Login());
  ExpectReadable("1");
}

TEST_F(RestoreTest, WhereNothingIsLostTheLogGoesOnAsItWas) {
  const Result<MadeBackup> made = BackUp();
  ASSERT_WORKS(made);
  // What came after the backup's checkpoint was never anchored: the event that says it is done.
  const std::string anchor = dir_ / "anchor-then";
  fs::copy(world_.places().anchor_dir, anchor, fs::copy_options::recursive);
  LoseHome();
  fs::remove_all(world_.places().anchor_dir);
  fs::rename(anchor, world_.places().anchor_dir);
  RestoreRequest request = Request();
  request.loss = {};
  const Result<Restored> restored = Restore(request);
  ASSERT_WORKS(restored);
  EXPECT_FALSE(restored->plan.loss.has_value());
  EXPECT_EQ(restored->units_erased, 0u);
  ExpectOpens();
  EXPECT_EQ(world_.ledger().keys().genesis().origin, World::kOrigin);
  ExpectReadable("1");
}

TEST_F(RestoreTest, ARefusedPlanChangesNothingOutside) {
  ASSERT_WORKS(BackUp());
  EraseOne();
  CopyKeys("keys");
  LoseHome();
  const auto anchored = [&] { return *ReadSmallFile(world_.places().anchor_dir + "/anchor.0", 1 << 16); };
  const std::string before = anchored();
  EXPECT_CODE(kDenied, Restore(Request("keys"), [](const RestorePlan&) { return Status(Code::kDenied, "no"); }));
  EXPECT_TRUE(Nothing());
  EXPECT_EQ(anchored(), before);
  RestoreRequest nameless = Request("keys");
  nameless.loss.new_origin.clear();
  EXPECT_CODE(kInvalidArgument, Restore(nameless));
  ASSERT_WORKS(Restore(Request("keys")));
  EXPECT_CODE(kConflict, Restore(Request("keys")));  // there is a home now
}

// Everything but the last step was done: calling it again finishes.
TEST_F(RestoreTest, AnInterruptedRestoreGoesOn) {
  ASSERT_WORKS(BackUp());
  EraseOne();
  CopyKeys("keys");
  LoseHome();
  const std::string in_the_way = world_.places().home + "/in-the-way";
  EXPECT_CODE(kIo, Restore(Request("keys"), [&](const RestorePlan&) {
                fs::create_directories(in_the_way);
                return OkStatus();
              }));
  fs::remove_all(world_.places().home);
  const Result<Restored> again = Restore(Request("keys"));
  ASSERT_WORKS(again);
  EXPECT_EQ(again->plan.units_to_erase, 0u) << "they were replayed the first time";
  ExpectOpens();
  ExpectReadable("2");
  EXPECT_CODE(kNotFound, world_.Read("external_id:1", "newsletter"));
}

TEST_F(RestoreTest, BackupsAreListedCheckedAndOfOneLedger) {
  ASSERT_WORKS(BackUp());
  ASSERT_WORKS(world_.Import("contact", kContactColumns, {ContactRow("5")}));
  ASSERT_WORKS(BackUp());
  const Result<std::vector<MadeBackup>> backups = ReadBackups(Backups());
  ASSERT_WORKS(backups);
  ASSERT_EQ(backups->size(), 2u);
  EXPECT_GT((*backups)[1].note.size, (*backups)[0].note.size);
  EXPECT_EQ((*backups)[0].note.origin, World::kOrigin);
  for (uint32_t number : {0, 1, 2}) {
    const Result<VerifiedBackup> checked = CheckBackup(Backups(), number, false, nullptr);
    ASSERT_WORKS(checked);
    EXPECT_EQ(checked->log->first_damaged, "");
  }
  EXPECT_FALSE(fs::exists(Backups() + "/verify.tmp"));
  EXPECT_CODE(kNotFound, CheckBackup(Backups(), 7, true, nullptr));
  EXPECT_CODE(kNotFound, ReadBackups(dir_ / "nowhere"));
  fs::create_directory(dir_ / "full");
  std::ofstream(dir_ / "full" + "/file") << "x";
  EXPECT_CODE(kConflict, MakeBackup(world_.parts(), world_.actor, dir_ / "full"));
  EXPECT_CODE(kInvalidArgument, MakeBackup(world_.parts(), world_.actor, "backups"));
  std::ofstream(Backups() + "/spor-backups") << "spor backups 1 " << std::string(64, '0') << "\n";
  EXPECT_CODE(kConflict, BackUp());
  auth::Actor auditor = world_.actor;
  auditor.roles = {auth::Role::kAuditor};
  EXPECT_CODE(kDenied, MakeBackup(world_.parts(), auditor, Backups()));
}

TEST_F(RestoreTest, ADamagedBackupIsNoticed) {
  ASSERT_WORKS(BackUp());
  LoseHome();
  size_t files = 0;
  for (const fs::directory_entry& file : fs::recursive_directory_iterator(Backups())) {
    if (!file.is_regular_file() || file.path().extension() != ".sst") continue;
    std::fstream bytes(file.path(), std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekg(100);
    const char before = static_cast<char>(bytes.get());
    const auto put = [&](char byte) {
      bytes.seekp(100);
      bytes.put(byte);
      bytes.flush();
    };
    SCOPED_TRACE(file.path().string());
    put(static_cast<char>(before ^ 1));
    EXPECT_CODE(kCorrupt, CheckBackup(Backups(), 0, true, nullptr));
    EXPECT_CODE(kCorrupt, Restore(Request()));
    put(before);
    ++files;
  }
  EXPECT_GE(files, 5u);
  EXPECT_TRUE(Nothing());
  ASSERT_WORKS(Restore(Request()));
}

}  // namespace
}  // namespace spor::service
