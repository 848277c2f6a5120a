// SPDX-License-Identifier: Apache-2.0
#include "ledger/tile_reader.h"
#include "tests/service/world_fixture.h"
#include "tools/report/receipt.h"
#include "tools/report/verify.h"

// The log's routes as a client of the API meets them.
namespace spor::service {
namespace {

class LogRoutesTest : public WorldTest {
 protected:
  void SetUp() override {
    WorldTest::SetUp();
    ASSERT_WORKS(world.Import("contact", kContactColumns, {ContactRow("1"), ContactRow("2")}));
    for (int batch = 0; batch < 3; ++batch) {
      std::string lines;
      for (int n = 0; n < 100; ++n) lines += EventLine(std::to_string(batch) + "-" + std::to_string(n), "1");
      ASSERT_WORKS(world.Ingest(lines));
    }
    ASSERT_WORKS(world.ledger().Publish());
  }

  HttpResponse Get(const std::string& name) { return world.Call("GET", "/v1/log/" + name, "", world.token); }
  HttpResponse Post(const std::string& name, const std::string& body) {
    return world.Call("POST", "/v1/log/" + name, body, world.token);
  }
  std::string Trust() { return world.Call("GET", "/v1/trust", "", "").body; }
  ledger::Checkpoint Published() { return *ledger::ParseCheckpoint(ledger::ParseNote(Get("checkpoint").body)->text); }
  static std::string Member(const HttpResponse& answer, const std::string& key) {
    const Result<privacy::JsonValue> json = privacy::ParseJson(answer.body);
    EXPECT_TRUE(json.ok()) << answer.body.substr(0, 200);
    const privacy::JsonValue* value = json.ok() ? json->Find(key) : nullptr;
    if (value == nullptr) return "";
    return value->is_string() ? value->string() : privacy::JsonWriter().Value(*value).Take();
  }
  void ExpectVerified(const HttpResponse& answer) {
    ASSERT_EQ(answer.status, 200) << answer.body;
    const Result<report::Verification> verification = report::Verify(answer.body, Trust());
    ASSERT_TRUE(verification.ok()) << verification.error().message();
    for (const report::Check& check : verification->checks) {
      EXPECT_TRUE(!check.required || check.result == "verified") << check.text_en;
    }
    EXPECT_EQ(verification->result, "verified");
  }
};

TEST_F(LogRoutesTest, TheCheckpointNeedsNoLogin) {
  const HttpResponse answer = world.Call("GET", "/v1/log/checkpoint", "", "");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.content_type, "text/plain; charset=utf-8");
  EXPECT_EQ(answer.body, world.ledger().Checkpoint());
}

TEST_F(LogRoutesTest, ATileClientReadsTheWholeLog) {
  const ledger::Checkpoint checkpoint = Published();
  ASSERT_GT(checkpoint.size, 256u);
  const auto reader = ledger::TileReader::Open(checkpoint, [&](const ledger::TilePath& path) -> Result<Bytes> {
    const HttpResponse answer = Get(ledger::FormatTilePath(path));
    if (answer.status != 200) return Status(Code::kNotFound, answer.body);
    EXPECT_EQ(answer.content_type, "application/octet-stream");
    return ToBytes(AsBytes(answer.body));
  });
  ASSERT_WORKS(reader.status());
  uint64_t next = 0;
  for (uint64_t bundle = 0; bundle * 256 < checkpoint.size; ++bundle) {
    const auto entries = reader->Bundle(bundle);
    ASSERT_WORKS(entries.status());
    for (const Bytes& entry : *entries) EXPECT_EQ(entry, *world.ledger().reader().EntryBytes(next++));
  }
  EXPECT_EQ(next, checkpoint.size);
}

TEST_F(LogRoutesTest, NothingLeavesThatIsNotPublished) {
  const uint64_t published = Published().size;
  ASSERT_WORKS(world.Ingest(EventLine("new", "1")));
  if (Published().size != published) GTEST_SKIP() << "the ledger published by itself meanwhile";
  ASSERT_GT(world.ledger().size(), published);
  const std::string width = std::to_string(world.ledger().size() % 256);
  const int entries = Get("tile/entries/001.p/" + width).status;
  const int hashes = Get("tile/0/001.p/" + width).status;
  if (Published().size != published) GTEST_SKIP() << "the ledger published by itself meanwhile";
  EXPECT_EQ(entries, 404);
  EXPECT_EQ(hashes, 404);
  EXPECT_EQ(Get("tile/0/001.p/" + std::to_string(published % 256)).status, 200);
}

TEST_F(LogRoutesTest, WhatIsNoTileIsNotFound) {
  for (const char* name : {"tile/", "tile/0/0", "tile/0/000.p/0", "tile/0/000.p/256", "tile/64/000", "tile/00/000",
                           "tile/0/000/", "tile/entries/x000/000", "tile/0/../../whoami", "tile/0/999", "nothing"}) {
    EXPECT_EQ(Get(name).status, 404) << name;
  }
  EXPECT_EQ(world.Call("POST", "/v1/log/tile/0/000", "{}", world.token).status, 400);
}

TEST_F(LogRoutesTest, AnEntryIsToldInWords) {
  const HttpResponse genesis = Post("entry", R"({"index":0})");
  EXPECT_EQ(Member(genesis, "kind"), "genesis");
  EXPECT_NE(Member(genesis, "body").find(World::kOrigin), std::string::npos);
  const Result<Bytes> bytes = Base64Decode(Member(genesis, "entry"));
  ASSERT_TRUE(bytes.ok());
  EXPECT_EQ(*bytes, *world.ledger().reader().EntryBytes(0));
  const HttpResponse ops = Post("entry", R"({"index":3})");
  EXPECT_NE(Member(ops, "operations").find("\"category\":\"audit\""), std::string::npos) << ops.body;
  for (uint64_t index = 0; index < world.ledger().size(); ++index) {
    EXPECT_EQ(Post("entry", "{\"index\":" + std::to_string(index) + "}").status, 200) << index;
  }
  EXPECT_EQ(Post("entry", R"({"index":1000000})").status, 404);
  EXPECT_EQ(Post("entry", R"({"index":-1})").status, 400);
  EXPECT_EQ(Post("entry", "{}").status, 400);
}

TEST_F(LogRoutesTest, InclusionIsProvenInAnySize) {
  const HttpResponse newest = Post("inclusion", R"({"index":7})");
  EXPECT_EQ(Member(newest, "checkpoint"), world.ledger().Checkpoint());
  const HttpResponse older = Post("inclusion", R"({"index":3,"size":5})");
  EXPECT_EQ(Member(older, "checkpoint"), "null");
  EXPECT_EQ(Member(older, "root"), HexEncode(*ledger::RootAt(world.ledger().nodes(), 5)));
  EXPECT_EQ(Post("inclusion", R"({"index":5,"size":5})").status, 400);
  EXPECT_EQ(Post("inclusion", R"({"index":5,"size":1000000})").status, 404);
}

TEST_F(LogRoutesTest, ConsistencyVerifiesOffline) {
  const std::string size = std::to_string(Published().size);
  for (const std::string& body : {std::string(R"({"from":1})"), std::string(R"({"from":100,"to":256})"),
                                  "{\"from\":" + size + "}", "{\"from\":255,\"to\":" + size + "}"}) {
    ExpectVerified(Post("consistency", body));
  }
  EXPECT_EQ(Post("consistency", R"({"from":0})").status, 400);
  EXPECT_EQ(Post("consistency", R"({"from":9,"to":8})").status, 400);
  EXPECT_EQ(Post("consistency", R"({"from":9,"to":1000000})").status, 404);
}

TEST_F(LogRoutesTest, WhatTheMapsHoldVerifiesOffline) {
  const privacy::Profile person = *world.ProfileOf("external_id:1");
  const std::string unit = HexEncode(person.identity);
  const HttpResponse alive = Post("maps", R"({"shows":"unit","unit":")" + unit + "\"}");
  ExpectVerified(alive);
  EXPECT_NE(Member(alive, "report").find("\"alive\":true"), std::string::npos);
  const HttpResponse gone = Post("maps", R"({"shows":"unit","unit":"00112233445566778899aabbccddeeff"})");
  ExpectVerified(gone);
  EXPECT_NE(Member(gone, "report").find("\"alive\":false"), std::string::npos);
  ExpectVerified(Post("maps", R"({"shows":"smallest"})"));
  ExpectVerified(Post("maps", R"({"shows":"due","by":"2040-12-31"})"));
  const HttpResponse none = Post("maps", R"({"shows":"due","by":"1990-01-01"})");
  ExpectVerified(none);
  EXPECT_NE(Member(none, "report").find("\"count\":0"), std::string::npos);
  for (const char* body : {"{}", R"({"shows":"unit"})", R"({"shows":"unit","unit":"00"})", R"({"shows":"due"})",
                           R"({"shows":"due","by":"soon"})", R"({"shows":"everything"})"}) {
    EXPECT_EQ(Post("maps", body).status, 400) << body;
  }
}

// Right after a change, without waiting for the next head.
TEST_F(LogRoutesTest, AMapProofIsAboutTheNewestState) {
  ASSERT_WORKS(world.StartClock("customer_relationship_ended", {{"1", "2026-11-20"}}));
  const HttpResponse due = Post("maps", R"({"shows":"due","by":"2027-12-31"})");
  ExpectVerified(due);
  EXPECT_EQ(Member(due, "report").find("\"count\":0"), std::string::npos);
}

TEST_F(LogRoutesTest, ReceiptsComeClosedOrOpened) {
  ASSERT_WORKS(world.Read("external_id:1", "product_access"));
  const uint64_t read = world.AuditSections("read", "done").back().entry;
  const std::string index = "\"index\":" + std::to_string(read);
  ExpectVerified(Post("receipt", "{" + index + ",\"open\":false}"));
  const size_t recorded = world.AuditSections("receipt", "done").size();
  ExpectVerified(Post("receipt", "{" + index + R"(,"open":true,"reason":"case 1"})"));
  ExpectVerified(Post("receipt", "{" + index + R"(,"open":true,"reason":"case 1","subject":"external_id:1"})"));
  EXPECT_EQ(world.AuditSections("receipt", "done").size(), recorded + 2);
  EXPECT_EQ(Post("receipt", "{" + index + ",\"open\":true}").status, 400);
  EXPECT_EQ(Post("receipt", "{" + index + R"(,"open":false,"reason":"case 1"})").status, 400);
  EXPECT_EQ(Post("receipt", "{" + index + "}").status, 400);
  EXPECT_EQ(Post("receipt", "{" + index + R"(,"open":true,"reason":"r","subject":"external_id:2"})").status, 404);
}

struct RouteCase {
  const char* method;
  const char* name;
  const char* body;
};
constexpr RouteCase kRoutes[] = {
    {"GET", "tile/0/000", ""},
    {"GET", "tile/entries/000", ""},
    {"POST", "entry", R"({"index":0})"},
    {"POST", "inclusion", R"({"index":0})"},
    {"POST", "consistency", R"({"from":1})"},
    {"POST", "maps", R"({"shows":"smallest"})"},
    {"POST", "receipt", R"({"index":0,"open":false})"},
    {"POST", "receipt", R"({"index":0,"open":true,"reason":"r"})"},
};

TEST_F(LogRoutesTest, WithoutASessionNothingButTheCheckpointIsGiven) {
  for (const RouteCase& route : kRoutes) {
    EXPECT_EQ(world.Call(route.method, std::string("/v1/log/") + route.name, route.body, "").status, 401) << route.name;
    EXPECT_EQ(world.Call(route.method, std::string("/v1/log/") + route.name, route.body, "wrong").status, 401);
  }
}

}  // namespace
}  // namespace spor::service
