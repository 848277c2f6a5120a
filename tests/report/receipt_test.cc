// SPDX-License-Identifier: Apache-2.0
#include "tools/report/receipt.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/report/world.h"

namespace spor::report {
namespace {

using Open = ReceiptRequest::Open;

constexpr const char* kReason = "sak 26/31, innsyn";

class ReceiptTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    world = new World;
    world->ReadPerson("kunde@example.no", "spurte igjen");
    read = world->reports.ledger->size() - 1;  // the read just made: an audit section and one of hers
    while (EntryAt(read).kind != ledger::EntryKind::kEvent) --read;
    trust = new std::string(world->Trust());
    closed = new std::string(Make({read, Open::kNo, "", ""}));
    audit = new std::string(Make({read, Open::kYes, "", kReason}));
    person = new std::string(Make({read, Open::kYes, "kunde@example.no", kReason}));
  }
  static void TearDownTestSuite() {
    delete person;
    delete audit;
    delete closed;
    delete trust;
    delete world;
  }
  static ledger::Entry EntryAt(uint64_t index) { return *world->reports.ledger->reader().EntryAt(index); }
  static std::string Make(const ReceiptRequest& request) {
    const Result<std::string> made = MakeReceipt(world->reports, world->actor, request);
    EXPECT_TRUE(made.ok()) << made.error().message();
    return made.ok() ? *made : std::string();
  }
  static Code Refused(const ReceiptRequest& request) {
    return MakeReceipt(world->reports, world->actor, request).status().code();
  }
  static Receipt Taken(const std::string& text) {
    Result<ReadReceiptResult> read_back = ReadReceipt(text);
    EXPECT_TRUE(read_back.ok());
    Receipt receipt;
    receipt.origin = read_back->artefact.origin;
    receipt.ledger_id = read_back->artefact.ledger_id;
    receipt.genesis_proof = read_back->artefact.genesis_proof;
    receipt.entry = read_back->entry;
    receipt.checkpoint = read_back->artefact.checkpoint_note;
    if (read_back->disclosed) {
      receipt.disclosure = {CompactJson(*read_back->artefact.report), read_back->artefact.event};
    }
    return receipt;
  }
  static std::string ResultAfter(const Receipt& receipt, std::string_view check) {
    const Result<Verification> verification = Verify(FormatReceipt(receipt), *trust);
    EXPECT_TRUE(verification.ok());
    EXPECT_NE(verification->result, "verified");
    return ResultOf(*verification, check);
  }

  static World* world;
  static uint64_t read;
  static std::string* trust;
  static std::string* closed;
  static std::string* audit;
  static std::string* person;
};
World* ReceiptTest::world = nullptr;
uint64_t ReceiptTest::read = 0;
std::string* ReceiptTest::trust = nullptr;
std::string* ReceiptTest::closed = nullptr;
std::string* ReceiptTest::audit = nullptr;
std::string* ReceiptTest::person = nullptr;

TEST_F(ReceiptTest, ClosedItShowsTheEntryAndNothingSealed) {
  ExpectVerified(*closed, *trust);
  const Result<Verification> verification = Verify(*closed, *trust);
  EXPECT_EQ(verification->kind, "receipt");
  EXPECT_EQ(ResultOf(*verification, "inclusion"), "verified");
  EXPECT_EQ(ResultOf(*verification, "times"), "verified");
  EXPECT_EQ(ResultOf(*verification, "sections"), "not_covered");
  EXPECT_EQ(ResultOf(*verification, "recorded"), "missing");
  const Result<ReadReceiptResult> receipt = ReadReceipt(*closed);
  ASSERT_TRUE(receipt.ok());
  EXPECT_EQ(receipt->entry.index, read);
  EXPECT_EQ(receipt->entry.bytes, *world->reports.ledger->reader().EntryBytes(read));
  EXPECT_FALSE(receipt->disclosed);
}

TEST_F(ReceiptTest, OpenedItSaysWhatTheAuditSectionHolds) {
  ExpectVerified(*audit, *trust);
  const Result<Verification> verification = Verify(*audit, *trust);
  for (const char* name : {"inclusion", "sections", "content_recorded", "recorded", "reason_recorded", "times"}) {
    EXPECT_EQ(ResultOf(*verification, name), "verified") << name;
  }
  const Result<ReadReceiptResult> receipt = ReadReceipt(*audit);
  ASSERT_TRUE(receipt.ok());
  const auto fields = OpenDisclosed(receipt->artefact.ledger_id, receipt->entry, 0);
  ASSERT_TRUE(fields.ok());
  EXPECT_EQ(FieldText(*fields, "action"), "read");
  EXPECT_EQ(OpenDisclosed(receipt->artefact.ledger_id, receipt->entry, 1).error().code(), Code::kNotFound);
  EXPECT_NE(audit->find("c2sp.org/tlog-proof@v1\nextra "), std::string::npos);
}

TEST_F(ReceiptTest, OfAPersonItOpensHerSectionAndKeepsTheReasonThere) {
  ExpectVerified(*person, *trust);
  const Result<ReadReceiptResult> receipt = ReadReceipt(*person);
  ASSERT_TRUE(receipt.ok());
  const auto fields = OpenDisclosed(receipt->artefact.ledger_id, receipt->entry, 1);
  ASSERT_TRUE(fields.ok());
  EXPECT_EQ(FieldText(*fields, "reason"), "spurte igjen");
  EXPECT_TRUE(receipt->artefact.report->Find("reason")->is_null());
}

TEST_F(ReceiptTest, WithoutATrustFileNothingAboutTheLogIsSaid) {
  for (const std::string* text : {closed, audit, person}) {
    const Result<Verification> verification = Verify(*text, "");
    ASSERT_TRUE(verification.ok());
    EXPECT_EQ(verification->result, "not_covered");
    EXPECT_EQ(ResultOf(*verification, "inclusion"), "not_covered");
  }
  EXPECT_NE(Verify(*closed, World().Trust())->result, "verified");
}

// A hundred changes of one bit each, of each sort of receipt, anywhere in the file.
TEST_F(ReceiptTest, EveryChangeIsNoticed) {
  std::mt19937 random(20261124);
  for (const std::string* text : {closed, audit, person}) {
    for (int i = 0; i < 100; ++i) {
      std::string changed = *text;
      changed[random() % changed.size()] ^= static_cast<char>(1 << random() % 8);
      const Result<Verification> verification = Verify(changed, *trust);
      EXPECT_TRUE(!verification.ok() || verification->result != "verified") << i;
    }
    for (size_t size = 0; size < text->size(); size += text->size() / 50) {
      const Result<Verification> verification = Verify(text->substr(0, size), *trust);
      EXPECT_TRUE(!verification.ok() || verification->result != "verified") << size;
    }
  }
}

TEST_F(ReceiptTest, WhatDoesNotHangTogetherFails) {
  Receipt other_index = Taken(*audit);
  ++other_index.entry.index;
  EXPECT_EQ(ResultAfter(other_index, "inclusion"), "failed");
  EXPECT_EQ(ResultAfter(other_index, "recorded"), "failed");

  Receipt less = Taken(*audit);
  less.entry.sections[0] = {};
  EXPECT_EQ(ResultAfter(less, "content_recorded"), "failed");

  Receipt destroyed = Taken(*audit);
  destroyed.entry.sections[1].state = DisclosedSection::State::kDestroyed;
  EXPECT_EQ(ResultAfter(destroyed, "content_recorded"), "failed");

  // One person's opening given out on the event of another receipt.
  Receipt unrecorded = Taken(*person);
  unrecorded.disclosure = Taken(*audit).disclosure;
  EXPECT_EQ(ResultAfter(unrecorded, "content_recorded"), "failed");

  Receipt no_event = Taken(*audit);
  no_event.disclosure.reset();
  EXPECT_EQ(ResultAfter(no_event, "sections"), "failed");

  Receipt called_destroyed = Taken(*closed);
  called_destroyed.entry.sections[0].state = DisclosedSection::State::kDestroyed;
  EXPECT_EQ(ResultAfter(called_destroyed, "sections"), "failed");

  Receipt other_words = Taken(*audit);
  const size_t at = other_words.disclosure->report.find("innsyn");
  other_words.disclosure->report.replace(at, 6, "ingen!");
  EXPECT_EQ(ResultAfter(other_words, "recorded"), "failed");
  EXPECT_EQ(ResultAfter(other_words, "reason_recorded"), "failed");

  Receipt other_seed = Taken(*audit);
  other_seed.entry.sections[0].opening.seed[0] ^= 1;
  EXPECT_EQ(ResultAfter(other_seed, "sections"), "failed");

  Receipt another_event = Taken(*audit);
  another_event.disclosure->event = Taken(*person).disclosure->event;
  EXPECT_EQ(ResultAfter(another_event, "recorded"), "failed");
}

TEST_F(ReceiptTest, WhatIsNoReceiptIsRefused) {
  EXPECT_EQ(Verify("c2sp.org/tlog-proof@v2\nindex 0\n\n", *trust)->result, "failed");
  ledger::TlogProof bare = *ledger::ParseTlogProof(*closed);
  bare.extra.reset();
  EXPECT_EQ(ResultOf(*Verify(ledger::FormatTlogProof(bare), *trust), "form"), "failed");
  ledger::TlogProof spaced = *ledger::ParseTlogProof(*closed);
  spaced.extra->push_back(' ');
  EXPECT_EQ(ResultOf(*Verify(ledger::FormatTlogProof(spaced), *trust), "form"), "failed");
  std::string newer(AsText(*spaced.extra));
  newer.pop_back();
  newer.replace(newer.find("spor-receipt/1"), 14, "spor-receipt/2");
  spaced.extra = ToBytes(AsBytes(newer));
  EXPECT_EQ(ResultOf(*Verify(ledger::FormatTlogProof(spaced), *trust), "form"), "failed");
}

TEST_F(ReceiptTest, OpeningIsRecordedFirstAndAsksForAReason) {
  const uint64_t before = world->reports.ledger->size();
  EXPECT_EQ(Refused({read, Open::kYes, "", ""}), Code::kInvalidArgument);
  EXPECT_EQ(Refused({read, Open::kYes, "", std::string(1001, 'x')}), Code::kInvalidArgument);
  EXPECT_EQ(Refused({read, Open::kYes, "eva@example.no", kReason}), Code::kNotFound);
  EXPECT_EQ(Refused({1, Open::kYes, "", kReason}), Code::kNotFound);
  EXPECT_EQ(Refused({1'000'000, Open::kNo, "", ""}), Code::kNotFound);
  EXPECT_EQ(Refused({1'000'000, Open::kYes, "", kReason}), Code::kNotFound);
  Make({read, Open::kNo, "", ""});
  EXPECT_EQ(world->reports.ledger->size(), before);
  const std::string opened = Make({read, Open::kYes, "", kReason});
  const Result<ReadReceiptResult> receipt = ReadReceipt(opened);
  ASSERT_TRUE(receipt.ok());
  EXPECT_EQ(receipt->artefact.event.index, before);
}

TEST_F(ReceiptTest, AnEntryNotYetCoveredGetsACheckpoint) {
  world->ReadPerson("kunde@example.no", "en gang til");
  const uint64_t newest = world->reports.ledger->size() - 1;
  const std::string receipt = Make({newest, Open::kNo, "", ""});
  ExpectVerified(receipt, *trust);
  EXPECT_GT(ReadReceipt(receipt)->artefact.checkpoint.size, newest);
}

TEST_F(ReceiptTest, EveryEntryOfTheLogHasOne) {
  const uint64_t size = world->reports.ledger->size();
  for (uint64_t index = 0; index < size; ++index) ExpectVerified(Make({index, Open::kNo, "", ""}), *trust);
}

// Who may: the whole table of roles.
TEST_F(ReceiptTest, RolesThatSeeTheLogGetItClosedAndThoseThatExtractGetItOpened) {
  for (int r = 1; r <= 9; ++r) {
    auth::Actor actor = world->actor;
    actor.roles = {static_cast<auth::Role>(r)};
    const auto allowed = [&](const ReceiptRequest& request) {
      return MakeReceipt(world->reports, actor, request).status().code() != Code::kDenied;
    };
    EXPECT_EQ(allowed({read, Open::kNo, "", ""}), auth::RolesAllow(actor.roles, auth::Action::kLog)) << r;
    EXPECT_EQ(allowed({read, Open::kYes, "", kReason}), auth::RolesAllow(actor.roles, auth::Action::kExtract)) << r;
  }
}

}  // namespace
}  // namespace spor::report
