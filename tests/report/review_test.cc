// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/report/world.h"
#include "tools/report/document.h"
#include "tools/report/proven_entry.h"

namespace spor::report {
namespace {

class ReviewTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    world = new World;
    world->Run();
    trust = new std::string(world->Trust());
    const Result<std::string> made =
        MakeReview(world->reports, world->actor, {MakeDate(2026, 1, 1), MakeDate(2026, 12, 31)});
    ASSERT_TRUE(made.ok()) << made.error().message();
    review = new std::string(*made);
    Result<JsonValue> parsed = ParseDocument(*review);
    ASSERT_TRUE(parsed.ok());
    document = new JsonValue(std::move(*parsed));
  }
  static void TearDownTestSuite() {
    delete document;
    delete review;
    delete trust;
    delete world;
  }
  static const JsonValue& Report() { return *document->Find("report"); }
  static int64_t Zero(std::string_view key) {
    for (const JsonValue& figure : ListOf(&Report(), "zero_figures")) {
      if (*figure.GetString("key") != key) continue;
      return figure.Find("value")->is_null() ? -1 : *figure.GetInt("value");
    }
    return -2;
  }
  static int64_t Events(std::string_view action, std::string_view purpose, std::string_view result) {
    for (const JsonValue& row : ListOf(Report().Find("events"), "by_action")) {
      if (*row.GetString("action") == action && *row.GetString("purpose") == purpose &&
          *row.GetString("result") == result) {
        return *row.GetInt("count");
      }
    }
    return 0;
  }

  static World* world;
  static std::string* trust;
  static std::string* review;
  static JsonValue* document;
};
World* ReviewTest::world = nullptr;
std::string* ReviewTest::trust = nullptr;
std::string* ReviewTest::review = nullptr;
JsonValue* ReviewTest::document = nullptr;

TEST_F(ReviewTest, Verifies) {
  ExpectVerified(*review, *trust);
  const Result<Verification> verification = Verify(*review, *trust);
  for (const char* name : {"inclusion", "figures_recorded", "figures_from_heads", "policy"}) {
    EXPECT_EQ(ResultOf(*verification, name), "verified") << name;
  }
  EXPECT_EQ(ResultOf(*verification, "figures_from_events"), "not_covered");
  EXPECT_EQ(Verify(*review, "")->result, "not_covered");
}

TEST_F(ReviewTest, CountsWhatHappened) {
  EXPECT_EQ(Zero("overdue"), 0);
  EXPECT_EQ(Zero("without_second_factor"), 0);
  EXPECT_EQ(Zero("without_purpose"), 0);
  EXPECT_EQ(Zero("broken_checks"), 0);
  EXPECT_EQ(Zero("sends_after_opt_out"), -1) << "not measured is not zero";
  EXPECT_EQ(Events("read", "product_access", "done"), 1);
  EXPECT_EQ(Events("read", "", "refused"), 1);
  EXPECT_EQ(Events("send", "newsletter", "done"), 1);
  EXPECT_GE(*Report().Find("events")->GetInt("logins"), 1);
  EXPECT_EQ(ListOf(&Report(), "runs").size(), 1u);
  EXPECT_EQ(ListOf(&Report(), "promises").size(), 18u);
  EXPECT_EQ(ListOf(&Report(), "chapters").size(), 25u);
}

TEST_F(ReviewTest, OperationsBalance) {
  int64_t alive = 0;
  for (const JsonValue& row : ListOf(&Report(), "operations")) {
    alive += *row.GetInt("created") - *row.GetInt("erased");
  }
  EXPECT_EQ(alive, *Report().Find("heads")->Find("end")->GetInt("alive"));
}

TEST_F(ReviewTest, EveryByteCounts) { ExpectEveryByteCounts(*review, *trust); }

// The review with the heads of an older one, and what the report says of them.
std::string WithHeads(const World& world, const std::string& text, const std::string& older) {
  const Result<JsonValue> document = ParseDocument(text);
  const Result<JsonValue> from = ParseDocument(older);
  const std::string note = *document->GetString("checkpoint");
  const uint64_t size = std::stoull(note.substr(note.find('\n') + 1));
  DocumentWriter out;
  for (const JsonValue::Member& member : document->object()) {
    std::string json = CompactJson(member.value);
    if (member.key == "report") {
      json =
          Replaced(json, CompactJson(*member.value.Find("heads")), CompactJson(*from->Find("report")->Find("heads")));
    } else if (member.key == "head_end" || member.key == "head_next") {
      DisclosedEntry head = *ReadProvenEntry(*from->Find(member.key));
      head.proof = *ledger::InclusionProof(world.reports.ledger->nodes(), head.index, size);
      json = ProvenEntryJson(head);
    }
    out.Member(member.key, json);
  }
  return out.Take();
}

TEST_F(ReviewTest, AnotherFigureFails) {
  ExpectFailed(Replaced(*review, "\"key\":\"overdue\"", "\"key\":\"0verdue\""), *trust, "figures_from_heads");
  ExpectFailed(Replaced(*review, "\"not_started\":", "\"not_started\":1"), *trust, "figures_from_heads");
  ExpectFailed(Replaced(*review, "\"logins\":", "\"logins\":1"), *trust, "figures_recorded");
}

TEST_F(ReviewTest, TheLastHeadMustBeTheNewest) {
  const auto json = [&](const char* key) { return CompactJson(*document->Find(key)); };
  ExpectFailed(Replaced(*review, "\"head_next\":" + json("head_next"), "\"head_next\":" + json("head_end")), *trust,
               "figures_from_heads");
  World later;
  const Result<std::string> first =
      MakeReview(later.reports, later.actor, {MakeDate(2026, 3, 10), MakeDate(2026, 3, 10)});
  later.Wait(1800);
  const Result<std::string> second =
      MakeReview(later.reports, later.actor, {MakeDate(2026, 3, 10), MakeDate(2026, 3, 10)});
  ASSERT_TRUE(first.ok() && second.ok());
  ExpectVerified(*second, later.Trust());
  // The older heads, proven anew: a keeper can do that, and hide what happened since.
  ExpectFailed(WithHeads(later, *second, *first), later.Trust(), "figures_from_heads");
}

TEST_F(ReviewTest, OtherWordsFail) {
  ExpectFailed(Replaced(*review, "Hull i revisjonssporet", "Hull i revisjonsspora"), *trust, "words");
  ExpectFailed(Replaced(*review, "Samlet konklusjon", "Samla konklusjon"), *trust, "words");
  ExpectFailed(Replaced(*review, "\"judgement\":\"\"", "\"judgement\":\"x\""), *trust, "words");
}

TEST_F(ReviewTest, OfAPeriodThatNothingHappenedInIsRefused) {
  const auto code = [&](privacy::LegalDate from, privacy::LegalDate to) {
    return MakeReview(world->reports, world->actor, {from, to}).status().code();
  };
  EXPECT_EQ(code(MakeDate(2020, 1, 1), MakeDate(2020, 12, 31)), Code::kInvalidArgument);
  EXPECT_EQ(code(MakeDate(2026, 12, 31), MakeDate(2026, 1, 1)), Code::kInvalidArgument);
}

TEST_F(ReviewTest, ShowsWhatIsOverdue) {
  World late;
  const Result<std::string> made = MakeReview(late.reports, late.actor, {MakeDate(2026, 3, 10), MakeDate(2026, 3, 10)});
  ASSERT_TRUE(made.ok()) << made.error().message();
  ExpectVerified(*made, late.Trust());
  EXPECT_EQ(ResultOf(*Verify(*made, late.Trust()), "overdue"), "not_covered");
  const Result<JsonValue> parsed = ParseDocument(*made);
  EXPECT_EQ(*ListOf(parsed->Find("report"), "zero_figures")[0].GetInt("value"), 9) << "four people and kunde";
}

}  // namespace
}  // namespace spor::report
