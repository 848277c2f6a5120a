// SPDX-License-Identifier: Apache-2.0
#include "privacy/json.h"

#include <gtest/gtest.h>

#include <chrono>

#include "crypto/utf8.h"

namespace spor::privacy {
namespace {

Code ParseCode(std::string_view text, const JsonOptions& options = {}) {
  return ParseJson(text, options).status().code();
}

std::string Rewritten(std::string_view text, JsonWriter::Style style = JsonWriter::Style::kCompact) {
  Result<JsonValue> value = ParseJson(text);
  if (!value.ok()) return value.error().message();
  return JsonWriter(style).Value(*value).Take();
}

std::string Nested(size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); }

TEST(Json, ReadsEveryType) {
  Result<JsonValue> value =
      ParseJson(R"( {"n":null,"t":true,"i":-9223372036854775808,"d":1.5,"s":"å","a":[1],"o":{}} )");
  ASSERT_TRUE(value.ok());
  EXPECT_TRUE(value->Find("n")->is_null());
  EXPECT_TRUE(*value->GetBool("t"));
  EXPECT_EQ(*value->GetInt("i"), INT64_MIN);
  EXPECT_EQ(value->Find("d")->number(), 1.5);
  EXPECT_EQ(*value->GetString("s"), "å");
  EXPECT_EQ(value->GetArray("a")->size(), 1u);
  EXPECT_TRUE((*value->GetObject("o"))->object().empty());
  EXPECT_EQ(value->Find("missing"), nullptr);
}

TEST(Json, KeepsTheOrderOfMembers) { EXPECT_EQ(Rewritten(R"({"z":1,"a":2,"m":3})"), R"({"z":1,"a":2,"m":3})"); }

TEST(Json, RefusesWhatRfc8259DoesNotAllow) {
  for (std::string_view text : {"",
                                " ",
                                "{",
                                "[1,]",
                                "{\"a\"}",
                                "{\"a\":1,}",
                                "nul",
                                "01",
                                "+1",
                                "1.",
                                ".5",
                                "'a'",
                                "[1] x",
                                "[1][2]",
                                "\"a\nb\"",
                                "\"\\x\"",
                                "NaN",
                                "1e999",
                                "// c\n1",
                                "\xEF\xBB\xBF"
                                "1"}) {
    EXPECT_EQ(ParseCode(text), Code::kInvalidArgument) << text;
  }
}

TEST(Json, RefusesAKeyThatStandsTwice) {
  EXPECT_EQ(ParseCode(R"({"a":1,"b":2,"a":1})"), Code::kInvalidArgument);
  EXPECT_EQ(ParseCode(R"([{"x":{"a":1,"\u0061":2}}])"), Code::kInvalidArgument);
  std::string many = "{\"first\":0";
  for (int i = 0; i < 40; ++i) many += ",\"k" + std::to_string(i) + "\":0";
  EXPECT_EQ(ParseCode(many + "}"), Code::kOk);
  EXPECT_EQ(ParseCode(many + ",\"k7\":1}"), Code::kInvalidArgument);
}

TEST(Json, RefusesBytesThatAreNoUtf8) {
  EXPECT_EQ(ParseCode("\"\xC3\xA5\""), Code::kOk);
  for (std::string_view bad : {"\xE5", "\xC0\x80", "\xED\xA0\x80", "\xF5\x80\x80\x80", "\xE2\x82"}) {
    EXPECT_EQ(ParseCode("\"" + std::string(bad) + "\""), Code::kInvalidArgument);
  }
}

TEST(Json, RefusesHalfASurrogatePair) {
  EXPECT_EQ(ParseCode(R"("\ud83d\ude00")"), Code::kOk);
  for (std::string_view bad : {R"("\ud83d")", R"("\ude00")", R"("\ud83dx")", R"({"\udc00":1})", R"("\ud83d\u0041")"}) {
    EXPECT_EQ(ParseCode(bad), Code::kInvalidArgument) << bad;
  }
}

TEST(Json, RefusesIntegersOutsideInt64) {
  EXPECT_EQ(ParseCode("9223372036854775807"), Code::kOk);
  EXPECT_EQ(ParseCode("9223372036854775808"), Code::kInvalidArgument);
  EXPECT_EQ(ParseCode("99999999999999999999"), Code::kInvalidArgument);
}

TEST(Json, StopsAtItsDepthLimit) {
  EXPECT_EQ(ParseCode(Nested(kMaxJsonDepth)), Code::kOk);
  EXPECT_EQ(ParseCode(Nested(kMaxJsonDepth + 1)), Code::kInvalidArgument);
  EXPECT_EQ(ParseCode(Nested(100'000)), Code::kInvalidArgument);
}

TEST(Json, StopsAtItsSizeLimit) {
  EXPECT_EQ(ParseCode("[1,2]", {.max_bytes = 5}), Code::kOk);
  EXPECT_EQ(ParseCode("[1,2]", {.max_bytes = 4}), Code::kInvalidArgument);
}

TEST(Json, AccessorsNameTheKey) {
  Result<JsonValue> value = ParseJson(R"({"name":1,"list":["a",2]})");
  ASSERT_TRUE(value.ok());
  EXPECT_EQ(value->GetString("name").error().message(), "'name' must be a string");
  EXPECT_EQ(value->GetString("none").error().message(), "'none' is missing");
  EXPECT_EQ(value->GetInt("list").status().code(), Code::kInvalidArgument);
  EXPECT_EQ(value->GetStrings("list").status().code(), Code::kInvalidArgument);
  EXPECT_FALSE(value->FindString("none")->has_value());
  EXPECT_EQ(value->FindString("name").status().code(), Code::kInvalidArgument);
  EXPECT_EQ(**value->FindInt("name"), 1);
  EXPECT_EQ(ParseJson("[1]")->GetInt("a").status().code(), Code::kInvalidArgument);
}

TEST(Json, ASecretTextIsStillReadRight) {
  const std::string text = R"({"password":"correct horse","list":["x"]})";
  Result<JsonValue> value = ParseJson(text, {.secret = true});
  ASSERT_TRUE(value.ok());
  EXPECT_EQ(*value->GetStringView("password"), "correct horse");
  value->WipeStrings();
  EXPECT_EQ(*value->GetString("password"), "");
}

TEST(Json, LargeAndSmallTextsGiveTheSame) {
  std::string text = "[";
  for (int i = 0; i < 30'000; ++i) text += (i > 0 ? ",\"" : "\"") + std::to_string(i) + "\"";
  text += "]";
  ASSERT_GT(text.size(), size_t{64} << 10);
  EXPECT_EQ(Rewritten(text), text);
}

TEST(Json, ReadsTenMegabytesInATenthOfASecondOrSo) {
  std::string text = "[";
  while (text.size() < size_t{10} << 20) text += R"({"index":12345,"hash":"0123456789abcdef","fields":{"a":"b"}},)";
  text += "0]";
  const auto start = std::chrono::steady_clock::now();
  ASSERT_TRUE(ParseJson(text).ok());
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));  // sanitizers are slow
}

TEST(JsonWriter, EscapesWhatMustBe) {
  std::string out;
  AppendJsonString(out, std::string_view("a\"\\\n\r\t\x01\0\x7f å😀", 16));
  EXPECT_EQ(out, "\"a\\\"\\\\\\n\\r\\t\\u0001\\u0000\\u007f å😀\"");
}

TEST(JsonWriter, ReplacesBytesThatAreNoUtf8) {
  for (std::string_view bad : {"\xE5", "\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "a\xE2\x82", "\xE2\x82x"}) {
    std::string out;
    AppendJsonString(out, bad);
    EXPECT_EQ(ParseCode(out), Code::kOk);
    EXPECT_NE(out.find("\xEF\xBF\xBD"), std::string::npos);
  }
}

TEST(JsonWriter, EveryByteStringComesBackAsUtf8) {
  for (int a = 0; a < 256; ++a) {
    for (int b = 0; b < 256; ++b) {
      const std::string text{static_cast<char>(a), static_cast<char>(b), '\x80', '"'};
      std::string out;
      AppendJsonString(out, text);
      Result<JsonValue> back = ParseJson(out);
      ASSERT_TRUE(back.ok()) << a << " " << b;
      if (IsUtf8(text)) {
        ASSERT_EQ(back->string(), text) << a << " " << b;
      }
    }
  }
}

TEST(JsonWriter, Indents) {
  EXPECT_EQ(Rewritten(R"({"a":[1,{"b":[]}],"c":{}})", JsonWriter::Style::kIndented),
            "{\n  \"a\": [\n    1,\n    {\n      \"b\": []\n    }\n  ],\n  \"c\": {}\n}");
}

TEST(JsonWriter, NumbersComeBackAsWhatTheyWere) {
  EXPECT_EQ(Rewritten("[2.0,1e300,-0.125,-1,1e-7]"), "[2.0,1e+300,-0.125,-1,1e-07]");
  EXPECT_EQ(JsonWriter().Uint(UINT64_MAX).Take(), "18446744073709551615");
}

TEST(JsonWriter, ChecksMisuse) {
  EXPECT_DEATH(JsonWriter().BeginObject().Int(1), "CHECK");
  EXPECT_DEATH(JsonWriter().BeginArray().Key("a"), "CHECK");
  EXPECT_DEATH(JsonWriter().BeginArray().EndObject(), "CHECK");
  EXPECT_DEATH(JsonWriter().BeginArray().Take(), "CHECK");
  EXPECT_DEATH(JsonWriter().Int(1).Int(2), "CHECK");
}

}  // namespace
}  // namespace spor::privacy
