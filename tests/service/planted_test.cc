// SPDX-License-Identifier: Apache-2.0
#include "tests/service/byte_search.h"
#include "tests/service/world_fixture.h"

// Nothing personal in the clear: unusual texts go in wherever a user can put one, and are found in no byte of any file.
namespace spor::service {
namespace {

class PlantedTest : public ::testing::Test {
 protected:
  PlantedTest() : world(dir_.path(), World::Disk::kRocks) {}

  // A text that nothing else holds, remembered under `what`.
  std::string Plant(const std::string& what) {
    std::string text = "qzplanted" + std::to_string(planted_.size()) + what + "xq";
    planted_[what] = text;
    search.Add(what, text);
    return text;
  }
  std::string Planted(const std::string& what) const { return planted_.at(what); }
  void ExpectNothing(const std::string& when) {
    for (const std::string& found : search.In(dir_.path())) ADD_FAILURE() << when << ": " << found;
    EXPECT_GT(search.files(), 8u) << "the search looked at too little";
    EXPECT_GT(search.bytes(), 50000u);
  }

  // As they are shown, and without their hyphens.
  void AddCodes(const std::string& what, const std::vector<std::string>& codes) {
    for (const std::string& code : codes) {
      search.Add(what, code);
      std::string bare = code;
      std::erase(bare, '-');
      search.Add(what + " without hyphens", bare);
    }
  }
  void Enrol() {
    world.user = Plant("user");
    world.password = Plant("password");
    ASSERT_WORKS(world.Found());
    search.Add("activation code", world.activation_code);
    ASSERT_WORKS(world.Activate());
    search.Add("one-time secret", std::string(AsText(world.totp)));
    search.Add("one-time secret in base32", Base32Encode(world.totp));
    ASSERT_WORKS(world.Login());
    search.Add("session token", world.token);
    AddCodes("recovery code", world.recovery_codes);
    EXPECT_CODE(kUnauthenticated, world.auth().Login(Plant("unknownuser"), SecretBytes::CopyOf(AsBytes(Plant("guess"))),
                                                     "123456", World::kUid));
  }
  // A second person, from the invitation to the removal.
  void Colleagues() {
    const std::string name = Plant("colleague");
    const auto invitation = world.home().accounts().Invite(world.actor, name, {auth::Role::kOperator});
    ASSERT_WORKS(invitation);
    AddCodes("code of an invitation", {invitation->code});
    ExpectNothing("after the invitation");
    doubles::Colleague colleague{name, Plant("colleaguepassword"), {}, "", {}};
    const Result<Bytes> secret = world.ActivateWith(name, invitation->code, colleague.password);
    ASSERT_WORKS(secret);
    colleague.totp = *secret;
    search.Add("one-time secret of the colleague", std::string(AsText(*secret)));
    ASSERT_WORKS(world.Login(colleague));
    search.Add("session token of the colleague", colleague.token);
    auth::AccountKeeper& accounts = world.home().accounts();
    EXPECT_CODE(kNotFound, accounts.Suspend(world.actor, Plant("unknowncolleague"), Plant("accountreason")));
    ASSERT_WORKS(accounts.ChangeRoles(world.actor, name, {auth::Role::kDpo}, {}, Plant("accountreason2")));
    ASSERT_WORKS(accounts.Remove(world.actor, name, Plant("accountreason3")));
  }
  void Import() {
    const std::string& id = Plant("externalid");
    ASSERT_WORKS(world.Import("contact", kContactColumns,
                              {{id, Plant("first"), Plant("last"), Plant("mail") + "@example.no", Plant("phone")},
                               {"2", "b", "b", "b@example.no", "2"}}));
    ASSERT_WORKS(
        world.Import("contact", kContactColumns,
                     {{id, Plant("first2"), Plant("last2"), Plant("mail2") + "@example.no", Plant("phone2")}}));
    ASSERT_WORKS(world.Import("evaluations", {"external_id", "course", "course_date", "comment", "participant_name"},
                              {{id, Plant("course"), "2026-10-01", Plant("comment"), Plant("participant")}}));
    ASSERT_WORKS(world.Import("payment_history", kPaymentColumns,
                              {{id, Plant("orderer"), "2026-10-01", Plant("item")},
                               {Plant("refusedrow"), Plant("refusedname"), Plant("refuseddate"), "x"}}));
    EXPECT_CODE(kInvalidArgument, world.Import("contact", {"external_id", Plant("column")}, {{id, Plant("value")}}));
    EXPECT_CODE(kInvalidArgument, world.Import(Plant("category"), kContactColumns, {}));
  }
  void Events() {
    const std::string line = EventLine(Plant("eventid"), Planted("externalid"), "contact", "newsletter",
                                       R"(,"fields":{"job_title":")" + Plant("field") + R"("},"details":{")" +
                                           Plant("detailkey") + "\":\"" + Plant("detail") + "\"}");
    EXPECT_EQ(world.Ingest(line + EventLine(Plant("eventid2"), Plant("newperson")))->accepted, 2u);
    const auto refused = world.Ingest(EventLine(Plant("eventid3"), "2", Plant("eventcategory")) + "{\"" +
                                      Plant("member") + "\":1}\n" + Plant("nojson") + "\n");
    EXPECT_EQ(refused->refused, 3u);
  }
  void Reads() {
    ASSERT_WORKS(world.Read(Planted("mail2") + "@example.no", "newsletter", Plant("reason"), "contact"));
    ASSERT_WORKS(world.Read("external_id:" + Planted("externalid"), "advertising", Plant("reason2")));
    EXPECT_CODE(kNotFound, world.Read(Plant("nobody") + "@example.no", "newsletter", Plant("reason3")));
    EXPECT_CODE(kNotFound, world.Read("external_id:" + Plant("nobody2"), "newsletter"));
    EXPECT_CODE(kInvalidArgument, world.Read(Plant("nosubject"), "newsletter"));
    EXPECT_CODE(kDenied, world.Read("external_id:2", Plant("purpose"), Plant("reason4")));
    EXPECT_CODE(kDenied, world.Read("external_id:2", "newsletter", "r", "contact", {Plant("askedfield")}));
    EXPECT_CODE(kInvalidArgument, world.Read("external_id:2", "newsletter", "r", Plant("readcategory")));
  }
  void Retain() {
    EXPECT_CODE(kInvalidArgument, world.StartClock(Plant("clock"), {}));
    ASSERT_WORKS(world.StartClock("customer_relationship_ended",
                                  {{Planted("externalid"), "2026-01-31"}, {Plant("clockperson"), Plant("clockdate")}}));
    const auto run = world.Run();
    ASSERT_WORKS(run);
    EXPECT_GT(run->erased, 0u);
    const HttpResponse extract = world.Call(
        "POST", "/v1/extract", R"({"from":"2026-11-24","to":"2026-11-24","reason":")" + Plant("extractreason") + "\"}",
        world.token);
    EXPECT_EQ(extract.status, 200) << extract.body;
  }

 private:
  doubles::TempDir dir_;
  std::map<std::string, std::string> planted_;

 protected:
  ByteSearch search;
  World world;
};

TEST_F(PlantedTest, NothingThatAUserPutsInIsInAnyByteOfAnyFile) {
  Enrol();
  Colleagues();
  Import();
  ExpectNothing("after the imports");
  Events();
  Reads();
  ExpectNothing("after events and reads");
  Retain();
  ExpectNothing("after retention");
  world.Close();
  ExpectNothing("after the stop");
  ASSERT_WORKS(world.Open());
  ExpectNothing("after the next start");
  world.Close();
  EXPECT_EQ(world.Damage(), "");
}

TEST_F(PlantedTest, TheSearchFindsEachFormAtEachPlace) {
  const std::string text = Plant("control");
  const std::string directory = world.directory() + "/deep";
  std::filesystem::create_directory(directory);
  const auto found_in = [&](const std::string& content) {
    std::ofstream(directory + "/file", std::ios::binary)
        << std::string(5000, '\xfe') << content << std::string(99, 'z');
    return search.In(world.directory());
  };
  std::string big, little;
  for (const char c : text) {
    big += std::string(1, '\0') + c;
    little += std::string(1, c) + '\0';
  }
  EXPECT_EQ(found_in(text), (std::vector<std::string>{"control as UTF-8 in file"}));
  EXPECT_EQ(found_in(big), (std::vector<std::string>{"control as UTF-16BE in file"}));
  EXPECT_EQ(found_in(little), (std::vector<std::string>{"control as UTF-16LE in file"}));
  EXPECT_EQ(found_in(HexEncode(AsBytes(text))), (std::vector<std::string>{"control as hex in file"}));
  for (const std::string before : {"", "1", "22", "333", "4444"}) {
    EXPECT_EQ(found_in(Base64Encode(AsBytes(before + text + "tail"))),
              (std::vector<std::string>{"control as base64+" + std::to_string(before.size() % 3) + " in file"}));
  }
  EXPECT_TRUE(found_in(text.substr(1)).empty());
}

}  // namespace
}  // namespace spor::service
