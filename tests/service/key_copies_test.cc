// SPDX-License-Identifier: Apache-2.0
#include "tools/service/key_copies.h"

#include "crypto/files.h"
#include "tests/service/world_fixture.h"
#include "vault/key_copy.h"

namespace spor::service {
namespace {

class KeyCopiesTest : public WorldTest {
 protected:
  std::string File(const std::string& name) const { return world.places().home + "." + name; }
  privacy::LegalDate In(int days) const { return {privacy::OsloDay(world.clock.Now()).days + days}; }
  Result<vault::RootCopy> Make(const KeyCopyRequest& request) {
    return MakeKeyCopy(world.home().parts(), world.actor, request);
  }
  size_t Registered() { return ListKeyCopies(world.home().parts(), world.actor)->size(); }
};

TEST_F(KeyCopiesTest, IsRegisteredRecordedAndOpens) {
  const Result<vault::RootCopy> made = Make({File("copy"), In(30), "safe"});
  ASSERT_WORKS(made);
  const Result<std::string> bytes = ReadSmallFile(File("copy"), 1 << 24);
  ASSERT_WORKS(bytes);
  const Result<BoxSecretKey> secret = vault::ReadSlotSecret(world.places().slot_secret_file);
  ASSERT_WORKS(secret);
  ASSERT_WORKS(vault::OpenKeyCopy(AsBytes(*bytes), *secret));
  EXPECT_EQ(std::filesystem::status(File("copy")).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  const std::vector<SeenSection> events = world.AuditSections("key_copy", "done");
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0]["place"], "safe");
  EXPECT_NE(events[0]["actor"], "");
  EXPECT_EQ(Registered(), 1u);
  ASSERT_WORKS(world.Open());
  ASSERT_WORKS(world.Login());
  EXPECT_EQ(Registered(), 1u) << "after a restart";

  ASSERT_WORKS(EndKeyCopy(world.home().parts(), world.actor, made->id, "shredded"));
  EXPECT_EQ(Registered(), 0u);
  EXPECT_EQ(world.AuditSections("key_copy_end", "done").size(), 1u);
  EXPECT_CODE(kNotFound, EndKeyCopy(world.home().parts(), world.actor, made->id, "again"));
}

TEST_F(KeyCopiesTest, WhatIsRefusedIsNeitherWrittenNorRegistered) {
  EXPECT_CODE(kInvalidArgument, Make({"copy", In(30), "safe"}));
  EXPECT_CODE(kInvalidArgument, Make({File("copy"), In(-1), "safe"}));
  EXPECT_CODE(kInvalidArgument, Make({File("copy"), In(6 * 366), "safe"}));
  EXPECT_CODE(kInvalidArgument, Make({File("copy"), In(30), ""}));
  EXPECT_CODE(kInvalidArgument, Make({File("copy"), In(30), std::string(201, 'x')}));
  EXPECT_CODE(kInvalidArgument, Make({File("copy"), In(30), "\xff"}));
  EXPECT_CODE(kNotFound, Make({File("nowhere") + "/copy", In(30), "safe"}));
  EXPECT_CODE(kConflict, Make({world.places().slot_secret_file, In(30), "safe"}));
  EXPECT_FALSE(std::filesystem::exists(File("copy")));
  EXPECT_EQ(Registered(), 0u);
  EXPECT_EQ(world.AuditSections("key_copy", "done").size(), 0u);
}

TEST_F(KeyCopiesTest, WhatCannotBeWrittenIsNoLongerRegistered) {
  EXPECT_FALSE(Make({"/proc/copy", In(30), "nowhere"}).ok());
  EXPECT_EQ(Registered(), 0u);
  EXPECT_EQ(world.AuditSections("key_copy_end", "done").size(), 1u);
}

TEST_F(KeyCopiesTest, NoneDuringARunAndNoneWithoutPermission) {
  {
    const Result<vault::RotationTurn> turn = world.home().parts().vault->TakeRotationTurn();
    ASSERT_WORKS(turn);
    EXPECT_CODE(kLater, Make({File("copy"), In(30), "safe"}));
  }
  auth::Actor other = world.actor;
  other.roles = {auth::Role::kOperator};
  EXPECT_CODE(kDenied, MakeKeyCopy(world.home().parts(), other, {File("copy"), In(30), "safe"}));
  EXPECT_FALSE(std::filesystem::exists(File("copy")));
}

}  // namespace
}  // namespace spor::service
