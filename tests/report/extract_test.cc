// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/report/world.h"
#include "tools/report/document.h"

namespace spor::report {
namespace {

constexpr const char* kReason = "tilsyn 26/17 <script>alert(1)</script>";

class ExtractTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    world = new World;
    trust = new std::string(world->Trust());
    period = new std::string(Make(""));
    person = new std::string(Make("external_id:kunde"));
  }
  static void TearDownTestSuite() {
    delete person;
    delete period;
    delete trust;
    delete world;
  }
  static std::string Make(const std::string& subject) {
    const Result<std::string> made =
        MakeExtract(world->reports, world->actor, {MakeDate(2026, 3, 1), MakeDate(2026, 3, 31), subject, kReason});
    EXPECT_TRUE(made.ok()) << made.error().message();
    return made.ok() ? *made : std::string();
  }
  // The text with the line of entry `n` of the list taken out.
  static std::string WithoutEntry(const std::string& text, size_t n) {
    size_t at = text.find("\"entries\":[\n") + 12;
    for (size_t i = 0; i < n; ++i) at = text.find('\n', at) + 1;
    return text.substr(0, at) + text.substr(text.find('\n', at) + 1);
  }

  static World* world;
  static std::string* trust;
  static std::string* period;
  static std::string* person;
};
World* ExtractTest::world = nullptr;
std::string* ExtractTest::trust = nullptr;
std::string* ExtractTest::period = nullptr;
std::string* ExtractTest::person = nullptr;

TEST_F(ExtractTest, OfAPeriodVerifies) {
  ExpectVerified(*period, *trust);
  const Result<Verification> verification = Verify(*period, *trust);
  for (const char* name : {"range_complete", "sections", "reason_recorded"}) {
    EXPECT_EQ(ResultOf(*verification, name), "verified") << name;
  }
  EXPECT_EQ(Verify(*period, "")->result, "not_covered");
}

TEST_F(ExtractTest, OfAPersonVerifiesButIsNotKnownToBeComplete) {
  ExpectVerified(*person, *trust);
  const Result<Verification> verification = Verify(*person, *trust);
  EXPECT_EQ(ResultOf(*verification, "range_complete"), "not_covered");
  EXPECT_EQ(person->find("tilsyn"), std::string::npos) << "the reason stands in the clear";
  const Result<JsonValue> document = ParseDocument(*person);
  ASSERT_TRUE(document.ok());
  EXPECT_GE(ListOf(&*document, "entries").size(), 4u) << "two imports, a read, a clock";
}

TEST_F(ExtractTest, EveryByteCounts) {
  ExpectEveryByteCounts(*period, *trust);
  ExpectEveryByteCounts(*person, *trust);
}

TEST_F(ExtractTest, AMissingEntryFails) {
  const std::string shorter = WithoutEntry(*period, 7);
  ExpectFailed(shorter, *trust, "form");
  const Result<JsonValue> document = ParseDocument(*period);
  const std::string end = std::to_string(ListOf(&*document, "entries").size());
  const std::string fewer = std::to_string(ListOf(&*document, "entries").size() - 1);
  ExpectFailed(Replaced(shorter, "\"end\":" + end, "\"end\":" + fewer), *trust, "range_complete");
}

// The same document with another range, its proof made anew: whoever keeps the log can do that.
std::string WithRange(const World& world, const std::string& text, int64_t begin_by, int64_t end_by) {
  const Result<JsonValue> document = ParseDocument(text);
  const auto begin = static_cast<uint64_t>(*document->Find("range")->GetInt("begin") + begin_by);
  const auto end = static_cast<uint64_t>(*document->Find("range")->GetInt("end") + end_by);
  const std::string note = *document->GetString("checkpoint");
  const uint64_t size = std::stoull(note.substr(note.find('\n') + 1));
  const auto proof = ledger::RangeProof(world.reports.ledger->nodes(), begin, end, size);
  EXPECT_TRUE(proof.ok());
  DocumentWriter out;
  for (const JsonValue::Member& member : document->object()) {
    if (member.key == "range") {
      JsonWriter range;
      range.BeginObject().Key("begin").Uint(begin).Key("end").Uint(end);
      out.Member("range", range.Key("proof").String(HashesBase64(*proof)).EndObject().Take());
    } else if (member.key == "entries") {
      const JsonValue::Array& entries = member.value.array();
      out.BeginArray("entries");
      const auto last = static_cast<int64_t>(entries.size()) + end_by;
      for (int64_t i = begin_by; i < last; ++i) out.Element(CompactJson(entries[static_cast<size_t>(i)]));
      out.EndArray();
    } else {
      out.Member(member.key, CompactJson(member.value));
    }
  }
  return out.Take();
}

TEST_F(ExtractTest, AShortenedPeriodFailsAlsoWithItsOwnProof) {
  World later;
  later.Wait(86400);
  const std::string from_start =
      *MakeExtract(later.reports, later.actor, {MakeDate(2026, 3, 11), MakeDate(2026, 3, 11), "", "dag to"});
  const std::string to_end =
      *MakeExtract(later.reports, later.actor, {MakeDate(2026, 3, 10), MakeDate(2026, 3, 10), "", "dag en"});
  const std::string trust_file = later.Trust();
  ExpectVerified(WithRange(later, from_start, 0, 0), trust_file);
  ExpectFailed(WithRange(later, from_start, 1, 0), trust_file, "range_complete");
  ExpectFailed(WithRange(later, from_start, 0, -1), trust_file, "range_complete");
  ExpectFailed(WithRange(later, to_end, 0, -1), trust_file, "range_complete");
  ExpectFailed(WithRange(later, to_end, 1, 0), trust_file, "range_complete");
}

// Nobody needs a key for these: the event binds what was opened.
TEST_F(ExtractTest, AnOpenedSectionThatIsClosedOrLostFails) {
  for (const std::string* text : {period, person}) {
    const size_t at = text->find("{\"unit\":\"", text->find("\"entries\":[\n"));
    const size_t end = text->find('}', at) + 1;
    for (const char* instead : {"\"closed\"", "\"opening_destroyed\""}) {
      ExpectFailed(text->substr(0, at) + instead + text->substr(end), *trust, "content_recorded");
    }
    ExpectFailed(text->substr(0, at) + "\"lost\"" + text->substr(end), *trust, "form");
  }
}

TEST_F(ExtractTest, AnEntryOfThePersonLeftOutFails) {
  ExpectFailed(WithoutEntry(*person, 1), *trust, "content_recorded");
  const Result<JsonValue> document = ParseDocument(*person);
  const std::string bound = "\"content\":{\"entries\":" + std::to_string(ListOf(&*document, "entries").size());
  const std::string fewer = "\"content\":{\"entries\":" + std::to_string(ListOf(&*document, "entries").size() - 1);
  ExpectFailed(Replaced(*person, bound, fewer), *trust, "reason_recorded");
  ExpectFailed(Replaced(*person, bound, fewer), *trust, "content_recorded");
}

TEST_F(ExtractTest, AnotherReasonFails) {
  ExpectFailed(Replaced(*period, "tilsyn 26/17", "tilsyn 26/18"), *trust, "reason_recorded");
}

TEST_F(ExtractTest, OfAnEmptyPeriodShowsThatItIsEmpty) {
  for (const auto& [from, to] : {std::pair(MakeDate(2020, 1, 1), MakeDate(2020, 12, 31)),
                                 std::pair(MakeDate(2030, 1, 1), MakeDate(2030, 12, 31))}) {
    const Result<std::string> made = MakeExtract(world->reports, world->actor, {from, to, "", "ingenting"});
    ASSERT_TRUE(made.ok()) << made.error().message();
    ExpectVerified(*made, *trust);
    const Result<JsonValue> document = ParseDocument(*made);
    EXPECT_EQ(ListOf(&*document, "entries").size(), 1u);
  }
}

TEST_F(ExtractTest, OfAPastPeriodEndsAtTheNextEntry) {
  World later;
  later.Wait(86400);
  later.ReadPerson("external_id:kunde", "dagen etter");
  const Result<std::string> made =
      MakeExtract(later.reports, later.actor, {MakeDate(2026, 3, 10), MakeDate(2026, 3, 10), "", "i går"});
  ASSERT_TRUE(made.ok()) << made.error().message();
  ExpectVerified(*made, later.Trust());
  // Without the entry behind it, the period might go on.
  const Result<JsonValue> document = ParseDocument(*made);
  const size_t count = ListOf(&*document, "entries").size();
  EXPECT_LT(count, later.reports.ledger->size());
}

TEST_F(ExtractTest, WantsAReasonAndAPeriod) {
  const auto code = [&](const ExtractRequest& request) {
    return MakeExtract(world->reports, world->actor, request).status().code();
  };
  EXPECT_EQ(code({MakeDate(2026, 3, 1), MakeDate(2026, 3, 2), "", ""}), Code::kInvalidArgument);
  EXPECT_EQ(code({MakeDate(2026, 3, 1), MakeDate(2026, 3, 2), "", std::string(1001, 'x')}), Code::kInvalidArgument);
  EXPECT_EQ(code({MakeDate(2026, 3, 2), MakeDate(2026, 3, 1), "", "x"}), Code::kInvalidArgument);
  EXPECT_EQ(code({MakeDate(2026, 3, 1), MakeDate(2026, 3, 2), "external_id:ingen", "x"}), Code::kNotFound);
}

TEST_F(ExtractTest, WhatWasErasedInTimeIsDestroyedNotFailed) {
  World later;
  later.Run();
  later.Wait(UnixSeconds{420} * 86400);
  later.Run();
  const Result<std::string> made =
      MakeExtract(later.reports, later.actor, {MakeDate(2026, 3, 1), MakeDate(2026, 3, 31), "", "gammelt"});
  ASSERT_TRUE(made.ok()) << made.error().message();
  ExpectVerified(*made, later.Trust());
  EXPECT_NE(made->find("\"opening_destroyed\""), std::string::npos);
}

}  // namespace
}  // namespace spor::report
