// SPDX-License-Identifier: Apache-2.0
#include "tests/service/world_fixture.h"

// Slots of the root key as an administrator changes them.
namespace spor::service {
namespace {

class KeysTest : public WorldTest {
 protected:
  static vault::Slot Paper(const BoxSecretKey& secret, std::string label = "safe") {
    return {vault::SlotType::kRecoveryKey, BoxPublicKey(secret), std::move(label), {}};
  }
  auth::KeyKeeper& Keys() { return world.home().keys(); }
  // Starts the service again with this secret instead of the file's.
  Status OpenWith(const BoxSecretKey& secret) {
    world.options.slot_secret = &secret;
    const Status opened = world.Open();
    world.options.slot_secret = nullptr;
    return opened;
  }
  size_t Done(const std::string& action) const { return world.AuditSections(action, "done").size(); }

  const BoxSecretKey secret_ = BoxSecretKey::Random();
};

TEST_F(KeysTest, AnAddedSlotOpensTheServiceAndTheLogSaysWhoAddedIt) {
  const Result<auth::KeyKeeper::State> added = Keys().AddSlot(world.actor, Paper(secret_));
  ASSERT_WORKS(added);
  EXPECT_EQ(added->generation, 2u);
  ASSERT_EQ(added->slots.size(), 2u);
  const std::vector<SeenSection> events = world.AuditSections("key_slot_add", "done");
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0]["slot"], "safe");
  EXPECT_EQ(events[0]["slot_type"], "recovery");
  EXPECT_NE(events[0]["actor"], "");
  ASSERT_WORKS(OpenWith(secret_));
  ASSERT_WORKS(world.Open());
}

TEST_F(KeysTest, TheDigestOfTheSlotsStandsInTheNewestHead) {
  ASSERT_WORKS(Keys().AddSlot(world.actor, Paper(secret_)));
  const Result<auth::KeyKeeper::State> state = Keys().Look(world.actor);
  ASSERT_WORKS(state);
  const Result<Bytes> file = vault::SlotDirectory(world.places().keys_dir).Read(2);
  ASSERT_WORKS(file);
  EXPECT_EQ(state->slots_digest, vault::SlotsDigest(*file));
}

TEST_F(KeysTest, ARemovedSlotOpensNothing) {
  ASSERT_WORKS(Keys().AddSlot(world.actor, Paper(secret_)));
  ASSERT_WORKS(Keys().RemoveSlot(world.actor, "safe"));
  EXPECT_EQ(Done("key_slot_remove"), 1u);
  EXPECT_CODE(kDenied, OpenWith(secret_));
  ASSERT_WORKS(world.Open());
}

TEST_F(KeysTest, TheLastSlotAndTheOneInUseStay) {
  EXPECT_CODE(kConflict, Keys().RemoveSlot(world.actor, "service"));
  ASSERT_WORKS(Keys().AddSlot(world.actor, Paper(secret_)));
  EXPECT_CODE(kConflict, Keys().RemoveSlot(world.actor, "service"));
  EXPECT_CODE(kNotFound, Keys().RemoveSlot(world.actor, "nobody"));
  ASSERT_WORKS(OpenWith(secret_));
  ASSERT_WORKS(world.Login());
  ASSERT_WORKS(Keys().RemoveSlot(world.actor, "service"));
  EXPECT_CODE(kDenied, world.Open());
  ASSERT_WORKS(OpenWith(secret_));
}

TEST_F(KeysTest, NamesAndKeysAreTakenOnce) {
  ASSERT_WORKS(Keys().AddSlot(world.actor, Paper(secret_)));
  EXPECT_CODE(kConflict, Keys().AddSlot(world.actor, Paper(BoxSecretKey::Random())));
  EXPECT_CODE(kConflict, Keys().AddSlot(world.actor, Paper(secret_, "another")));
  EXPECT_CODE(kInvalidArgument, Keys().AddSlot(world.actor, Paper(BoxSecretKey::Random(), "My Safe")));
  vault::Slot bare = Paper(BoxSecretKey::Random(), "bare");
  bare.type = vault::SlotType::kPassphrase;
  EXPECT_CODE(kInvalidArgument, Keys().AddSlot(world.actor, bare));
  EXPECT_EQ(Keys().Look(world.actor)->generation, 2u) << "nothing of that made a new root";
}

TEST_F(KeysTest, NoMoreThanTwelve) {
  for (size_t n = 1; n < vault::kMaxSlots; ++n) {
    ASSERT_WORKS(Keys().AddSlot(world.actor, Paper(BoxSecretKey::Random(), "s" + std::to_string(n))));
  }
  EXPECT_CODE(kInvalidArgument, Keys().AddSlot(world.actor, Paper(BoxSecretKey::Random(), "s12")));
}

TEST_F(KeysTest, WithoutTheRoleItIsRefusedAndRecorded) {
  auth::Actor auditor = world.actor;
  auditor.roles = {auth::Role::kAuditor};
  EXPECT_CODE(kDenied, Keys().AddSlot(auditor, Paper(secret_)));
  EXPECT_CODE(kDenied, Keys().RemoveSlot(auditor, "service"));
  EXPECT_CODE(kDenied, Keys().Rotate(auditor));
  EXPECT_EQ(Refusals("keys", "role"), 3u);
  ASSERT_WORKS(Keys().Look(auditor));
}

TEST_F(KeysTest, ASessionThatEndedMeanwhileChangesNothing) {
  const auth::Actor gone = world.actor;
  ASSERT_WORKS(world.auth().Logout(world.actor));
  EXPECT_CODE(kUnauthenticated, Keys().AddSlot(gone, Paper(secret_)));
  ASSERT_WORKS(world.Login());
  EXPECT_EQ(Keys().Look(world.actor)->generation, 1u);
  EXPECT_EQ(Done("key_slot_add"), 0u);
}

TEST_F(KeysTest, RotationKeepsPeopleReadable) {
  ASSERT_WORKS(world.Import("contact", kContactColumns, {ContactRow("K1")}));
  const Result<auth::KeyKeeper::State> rotated = Keys().Rotate(world.actor);
  ASSERT_WORKS(rotated);
  EXPECT_EQ(rotated->generation, 2u);
  EXPECT_EQ(Done("key_rotate"), 1u);
  const Result<privacy::ReadAnswer> read = world.Read("external_id:K1", "newsletter");
  ASSERT_WORKS(read);
  ASSERT_WORKS(world.Open());
}

TEST_F(KeysTest, ARunAndAChangeWaitForEachOther) {
  const Result<vault::RotationTurn> turn = world.home().parts().vault->TakeRotationTurn();
  ASSERT_WORKS(turn);
  EXPECT_CODE(kLater, Keys().Rotate(world.actor));
  EXPECT_CODE(kLater, world.Run());
}

TEST_F(KeysTest, OverTheApi) {
  const std::string key = HexEncode(BoxPublicKey(secret_));
  const auto post = [&](const std::string& target, const std::string& body) {
    return world.Call("POST", "/v1/keys/" + target, body, world.token);
  };
  const HttpResponse added =
      post("slots/add", R"({"type":"recovery","label":"safe","public_key":")" + key + R"(","wrapped_secret":""})");
  EXPECT_EQ(added.status, 200) << added.body;
  EXPECT_NE(added.body.find(R"("label":"safe","type":"recovery")"), std::string::npos) << added.body;
  EXPECT_EQ(post("slots/add", R"({"type":"magic","label":"x","public_key":")" + key + "\"}").status, 400);
  EXPECT_EQ(post("slots/add", R"({"type":"recovery","label":"x","public_key":"00"})").status, 400);
  EXPECT_EQ(post("slots/remove", R"({"label":"safe"})").status, 200);
  EXPECT_EQ(post("rotate", "").status, 200);
  EXPECT_NE(world.Call("GET", "/v1/keys", "", world.token).body.find("\"generation\":4"), std::string::npos);
}

// ---- with a home on the disk ----

class RecoverTest : public ::testing::Test {
 protected:
  RecoverTest() : world(dir_ / "w", World::Disk::kRocks) { std::filesystem::create_directory(dir_ / "w"); }
  void SetUp() override {
    ASSERT_WORKS(world.Begin());
    ASSERT_WORKS(
        world.home().keys().AddSlot(world.actor, {vault::SlotType::kRecoveryKey, BoxPublicKey(paper_), "safe", {}}));
    const SecretBytes phrase = SecretBytes::CopyOf(AsBytes(kPhrase));
    const Result<vault::Slot> slot = vault::MakePassphraseSlot("office", phrase, {1, uint64_t{1} << 20});
    ASSERT_WORKS(slot);
    ASSERT_WORKS(world.home().keys().AddSlot(world.actor, *slot));
    world.Close();
  }
  std::string NewSecret() const { return dir_ / "new.secret"; }

  static constexpr const char* kPhrase = "seks ord som ingen andre gjetter";
  const BoxSecretKey paper_ = BoxSecretKey::Random();
  doubles::TempDir dir_;
  World world;
};

TEST_F(RecoverTest, ARecoveryKeyGivesANewSecretFile) {
  std::filesystem::remove(world.places().slot_secret_file);
  EXPECT_CODE(kNotFound, world.Open());
  ASSERT_WORKS(RecoverHome(world.places(), paper_, "service-2", NewSecret()));
  const Result<BoxSecretKey> fresh = vault::ReadSlotSecret(NewSecret());
  ASSERT_WORKS(fresh);
  world.options.slot_secret = &*fresh;
  ASSERT_WORKS(world.Open());
  const std::vector<SeenSection> events = world.AuditSections("key_recover", "done");
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0]["opened_with"], "safe");
  EXPECT_EQ(events[0]["slot"], "service-2");
  world.Close();
}

TEST_F(RecoverTest, APassphraseUnlocksAndAWrongOneDoesNot) {
  const Result<BoxSecretKey> secret = UnlockHome(world.places(), SecretBytes::CopyOf(AsBytes(kPhrase)));
  ASSERT_WORKS(secret);
  EXPECT_CODE(kUnauthenticated, UnlockHome(world.places(), SecretBytes::CopyOf(AsBytes("noe helt annet enn det"))));
  ASSERT_WORKS(RecoverHome(world.places(), *secret, "service-2", NewSecret()));
}

TEST_F(RecoverTest, NothingIsLeftWhenItIsRefused) {
  EXPECT_CODE(kDenied, RecoverHome(world.places(), BoxSecretKey::Random(), "service-2", NewSecret()));
  EXPECT_FALSE(std::filesystem::exists(NewSecret()));
  EXPECT_CODE(kConflict, RecoverHome(world.places(), paper_, "safe", NewSecret()));
  EXPECT_FALSE(std::filesystem::exists(NewSecret()));
  EXPECT_CODE(kConflict, RecoverHome(world.places(), paper_, "service-2", world.places().slot_secret_file));
  ASSERT_WORKS(world.Open());
  EXPECT_EQ(world.home().keys().Look(world.actor)->slots.size(), 3u);
  world.Close();
}

}  // namespace
}  // namespace spor::service
