// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "privacy/event_ingest.h"
#include "tests/privacy/due_policies.h"

namespace spor::privacy {
namespace {

const Policy& SmallPolicy() {
  static const Policy policy = [] {
    std::string text = kPolicyHead + ServiceRules() + RuleText(1, "r", R"({clock = "ended", period = "P9M"})");
    text += CategoryText(1, "one", {{"r", ""}}) + CategoryText(2, "two", {{"r", ""}}) +
            CategoryText(3, "three", {{"r", ""}});
    return ParsePolicy(text, "small.toml").value();
  }();
  return policy;
}

const std::string kGood = R"({"event_id":"crm-1","time":"2026-11-24T09:30:00Z","kind":"processing","action":"send",)"
                          R"("category":"one","purpose":"p0","subject":{"external_id":"17"},)"
                          R"("fields":{"result":"yes"},"details":{"to":["a",1,null]}})";

// The good line with one place replaced.
std::string With(const std::string& from, const std::string& to) {
  std::string line = kGood;
  const size_t at = line.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return line.replace(at, from.size(), to);
}

TEST(AppEvent, IsReadWithAllItsMembers) {
  const Result<AppEvent> event = ParseAppEvent(kGood, SmallPolicy());
  ASSERT_TRUE(event.ok()) << event.error().message();
  EXPECT_EQ(event->event_id, "crm-1");
  EXPECT_EQ(FormatUtc(event->time), "2026-11-24T09:30:00Z");
  EXPECT_EQ(event->kind, "processing");
  EXPECT_EQ(event->action, "send");
  EXPECT_EQ(event->category->key, "one");
  EXPECT_EQ(event->purpose->key, "p0");
  EXPECT_EQ(event->subject, "external_id:17");
  EXPECT_EQ(event->fields, (std::vector<std::pair<std::string, std::string>>{{"result", "yes"}}));
  EXPECT_EQ(event->details, R"({"to":["a",1,null]})");
}

TEST(AppEvent, MayLeaveOutFieldsAndDetails) {
  const Result<AppEvent> event =
      ParseAppEvent(With(R"(,"fields":{"result":"yes"},"details":{"to":["a",1,null]})", ""), SmallPolicy());
  ASSERT_TRUE(event.ok());
  EXPECT_TRUE(event->fields.empty());
  EXPECT_TRUE(event->details.empty());
}

TEST(AppEvent, TakesNumbersAndTruthAsText) {
  for (const auto& [json, text] :
       std::map<std::string, std::string>{{"-12", "-12"}, {"true", "true"}, {"false", "false"}, {"\"\"", ""}}) {
    const Result<AppEvent> event = ParseAppEvent(With("\"yes\"", json), SmallPolicy());
    ASSERT_TRUE(event.ok()) << json;
    EXPECT_EQ(event->fields[0].second, text);
  }
}

TEST(AppEvent, NamesItsSubjectInThreeWays) {
  const auto subject = [](const std::string& json) {
    const Result<AppEvent> event = ParseAppEvent(With(R"({"external_id":"17"})", json), SmallPolicy());
    return event.ok() ? event->subject : "refused";
  };
  EXPECT_EQ(subject(R"({"external_id":"  17 "})"), "external_id:17");
  EXPECT_EQ(subject(R"({"email":"a@b.no"})"), "a@b.no");
  EXPECT_EQ(subject(R"({"id":"00112233445566778899aabbccddeeff"})"), "00112233445566778899aabbccddeeff");
  EXPECT_EQ(subject(R"({"external_id":")" + std::string(256, 'x') + "\"}"), "external_id:" + std::string(256, 'x'));
}

TEST(AppEvent, EveryDeviationIsRefused) {
  const std::pair<std::string, std::string> cases[] = {
      {kGood, ""},
      {kGood, "[]"},
      {kGood, "nonsense"},
      {"}}", "}} x"},
      {"\"action\"", "\"act\""},
      {"\"event_id\":\"crm-1\"", "\"event_id\":\"\""},
      {"\"event_id\":\"crm-1\"", "\"event_id\":7"},
      {"\"event_id\":\"crm-1\"", "\"event_id\":\"" + std::string(129, 'x') + "\""},
      {"\"event_id\":\"crm-1\",", ""},
      {"\"event_id\":\"crm-1\"", "\"event_id\":\"a\",\"event_id\":\"b\""},
      {"\"time\":\"2026-11-24T09:30:00Z\",", ""},
      {"2026-11-24T09:30:00Z", "2026-11-24"},
      {"2026-11-24T09:30:00Z", "2026-11-24T09:30:00+01:00"},
      {"2026-11-24T09:30:00Z", "2026-02-30T09:30:00Z"},
      {"\"kind\":\"processing\",", ""},
      {"processing", "deleting"},
      {"\"action\":\"send\",", ""},
      {"\"send\"", "\"\""},
      {"\"send\"", "\"" + std::string(65, 'x') + "\""},
      {"\"category\":\"one\",", ""},
      {"\"one\"", "\"four\""},
      {"\"purpose\":\"p0\",", ""},
      {"\"p0\"", "\"p1\""},
      {",\"subject\":{\"external_id\":\"17\"}", ""},
      {"{\"external_id\":\"17\"}", "\"17\""},
      {"{\"external_id\":\"17\"}", "{}"},
      {"{\"external_id\":\"17\"}", "{\"external_id\":\"17\",\"email\":\"a@b.no\"}"},
      {"{\"external_id\":\"17\"}", "{\"name\":\"Kari\"}"},
      {"\"17\"", "17"},
      {"\"17\"", "\"\""},
      {"\"17\"", "\" \\t \""},
      {"\"17\"", "\"" + std::string(257, 'x') + "\""},
      {"{\"result\":\"yes\"}", "[\"yes\"]"},
      {"{\"result\":\"yes\"}", "{\"grade\":\"yes\"}"},
      {"\"yes\"", "1.5"},
      {"\"yes\"", "null"},
      {"\"yes\"", "{\"a\":1}"},
      {"\"yes\"", "\"" + std::string(4097, 'x') + "\""},
      {"[\"a\",1,null]", "\"" + std::string(4090, 'x') + "\""},
      {"[\"a\",1,null]", "\"\xff\""},
      {"}}", "},\"more\":1}"},
      {"\"yes\"", "\"" + std::string(kMaxEventBytes, 'x') + "\""},
  };
  for (const auto& [from, to] : cases) {
    const Result<AppEvent> event = ParseAppEvent(With(from, to), SmallPolicy());
    ASSERT_FALSE(event.ok()) << from << " -> " << to.substr(0, 80);
    EXPECT_EQ(event.error().code(), Code::kInvalidArgument) << from << " -> " << to.substr(0, 80);
  }
}

TEST(AppEvent, TheMessageNamesWhatTheCategoryHas) {
  EXPECT_NE(ParseAppEvent(With("{\"result\"", "{\"resutl\""), SmallPolicy()).error().message().find("result"),
            std::string::npos);
  EXPECT_NE(ParseAppEvent(With("\"p0\"", "\"p1\""), SmallPolicy()).error().message().find("p0"), std::string::npos);
  EXPECT_NE(ParseAppEvent(With("\"one\"", "\"oen\""), SmallPolicy()).error().message().find("three"),
            std::string::npos);
}

}  // namespace
}  // namespace spor::privacy
