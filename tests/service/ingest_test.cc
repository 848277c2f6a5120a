// SPDX-License-Identifier: Apache-2.0
#include <thread>

#include "tests/service/world_fixture.h"

namespace spor::service {
namespace {

class IngestTest : public WorldTest {
 protected:
  void SetUp() override {
    WorldTest::SetUp();
    ASSERT_WORKS(world.Import("contact", kContactColumns, {ContactRow("1"), ContactRow("2")}));
  }
  // accepted, repeated, refused
  using Counts = std::array<uint64_t, 3>;
  Counts Ingest(const std::string& lines) {
    last = world.Ingest(lines);
    EXPECT_CODE(kOk, last);
    return last.ok() ? Counts{last->accepted, last->repeated, last->refused} : Counts{};
  }
  // event id -> how often it is in the ledger, as all sections of this person's units open.
  std::map<std::string, int> EventsOf(const std::string& id) {
    std::map<std::string, int> seen;
    const auto profile = world.ProfileOf("external_id:" + id);
    for (const auto& unit : profile->units) {
      for (const SeenSection& section : world.SubjectSections(unit.unit)) {
        if (!section["event_id"].empty()) ++seen[section["event_id"]];
      }
    }
    return seen;
  }

  Result<privacy::IngestCounts> last = Status(Code::kInternal, "");
};

TEST_F(IngestTest, StoresEachEventOnceWithWhatItSays) {
  const std::string line =
      EventLine("e1", "1", "contact", "newsletter", R"(,"fields":{"email":"person1@example.no"},"details":{"list":7})");
  EXPECT_EQ(Ingest(line + "\n\r\n" + EventLine("e2", "2")), (Counts{2, 0, 0}));
  EXPECT_EQ(last->lines, 4u);
  const auto profile = world.ProfileOf("external_id:1");
  std::vector<SeenSection> sections = world.SubjectSections(profile->FindUnit(1, "")->unit);
  std::erase_if(sections, [](const auto& section) { return section["event_id"].empty(); });
  ASSERT_EQ(sections.size(), 1u);
  EXPECT_EQ(sections[0]["event_id"], "e1");
  EXPECT_EQ(sections[0]["f.email"], "person1@example.no");
  EXPECT_EQ(sections[0]["details"], R"({"list":7})");
  const std::vector<SeenSection> audit = world.AuditSections("send", "done");
  ASSERT_EQ(audit.size(), 2u);
  EXPECT_EQ(audit[0].entry, sections[0].entry);
  EXPECT_EQ(audit[0]["purpose"], "newsletter");
  EXPECT_EQ(audit[0]["basis"], "legitimate_interest");
  EXPECT_EQ(audit[0]["event_time"], "2026-11-24T09:30:00Z");
  EXPECT_EQ(last->entry, audit[0].entry);
}

TEST_F(IngestTest, TheSameAgainIsRepeatedAndAddsNothing) {
  const std::string lines = EventLine("e1", "1") + EventLine("e2", "1");
  EXPECT_EQ(Ingest(lines), (Counts{2, 0, 0}));
  const uint64_t events = world.EventEntries();
  EXPECT_EQ(Ingest(lines), (Counts{0, 2, 0}));
  ASSERT_WORKS(world.Open());
  EXPECT_EQ(Ingest(lines + EventLine("e3", "1")), (Counts{1, 2, 0}));
  EXPECT_EQ(world.EventEntries(), events + 1);
  EXPECT_EQ(EventsOf("1"), (std::map<std::string, int>{{"e1", 1}, {"e2", 1}, {"e3", 1}}));
}

TEST_F(IngestTest, AnotherBodyUnderAKnownIdIsAConflict) {
  EXPECT_EQ(Ingest(EventLine("e1", "1")), (Counts{1, 0, 0}));
  EXPECT_EQ(Ingest(EventLine("e1", "2")), (Counts{0, 0, 1}));
  EXPECT_NE(last->reasons[0].reason.find("another content"), std::string::npos);
  EXPECT_EQ(EventsOf("2").size(), 0u);
  EXPECT_EQ(Refusals("ingest", "malformed_or_conflicting"), 1u);
}

TEST_F(IngestTest, DuplicatesInsideOneBatchCountOnce) {
  EXPECT_EQ(Ingest(EventLine("e1", "1") + EventLine("e1", "1") + EventLine("e1", "2")), (Counts{1, 1, 1}));
  EXPECT_EQ(last->reasons[0].row, 3u);
  EXPECT_EQ(EventsOf("1"), (std::map<std::string, int>{{"e1", 1}}));
}

TEST_F(IngestTest, WhatIsRefusedLeavesItsIdFree) {
  std::string nobody = EventLine("e1", "1");
  nobody.replace(nobody.find(R"({"external_id":"1"})"), 19, R"({"email":"nobody@example.no"})");
  EXPECT_EQ(Ingest(nobody + EventLine("e1", "1")), (Counts{1, 0, 1}));
  EXPECT_EQ(EventsOf("1"), (std::map<std::string, int>{{"e1", 1}}));
}

TEST_F(IngestTest, UnknownFieldsPurposesAndMalformedLinesAreRefusedOneByOne) {
  const std::string lines = EventLine("a", "1", "contact", "newsletter", R"(,"fields":{"shoe_size":"43"})") +
                            EventLine("b", "1", "contact", "gossip") + EventLine("c", "1", "secrets") +
                            "{}\nnonsense\n" + EventLine("d", "1", "contact", "newsletter", R"(,"extra":1)") +
                            EventLine("good", "1") + EventLine("e", "   ");
  EXPECT_EQ(Ingest(lines), (Counts{1, 0, 7}));
  ASSERT_EQ(last->reasons.size(), 7u);
  EXPECT_NE(last->reasons[0].reason.find("shoe_size"), std::string::npos);
  EXPECT_EQ(last->reasons[6].row, 8u);
  EXPECT_EQ(EventsOf("1"), (std::map<std::string, int>{{"good", 1}}));
  ASSERT_EQ(world.AuditSections("ingest", "refused").size(), 1u);
  EXPECT_EQ(world.AuditSections("ingest", "refused")[0]["events"], "7");
}

TEST_F(IngestTest, DetailsHaveAtMostFourKibibytes) {
  const auto details = [](size_t bytes) { return ",\"details\":\"" + std::string(bytes - 2, 'x') + "\""; };
  EXPECT_EQ(Ingest(EventLine("fits", "1", "contact", "newsletter", details(4096))), (Counts{1, 0, 0}));
  EXPECT_EQ(Ingest(EventLine("long", "1", "contact", "newsletter", details(4097))), (Counts{0, 0, 1}));
}

TEST_F(IngestTest, ABatchHasAtMost1024Lines) {
  std::string lines;
  for (int i = 0; i < 1024; ++i) lines += EventLine("e" + std::to_string(i), "1");
  EXPECT_EQ(Ingest(lines), (Counts{1024, 0, 0}));
  EXPECT_CODE(kInvalidArgument, world.Ingest(lines + EventLine("one more", "1")));
  EXPECT_EQ(EventsOf("1").size(), 1024u);
}

TEST_F(IngestTest, AnUnknownExternalIdBecomesAPerson) {
  EXPECT_EQ(Ingest(EventLine("e1", "new") + EventLine("e2", "new")), (Counts{2, 0, 0}));
  EXPECT_EQ(EventsOf("new").size(), 2u);
  EXPECT_EQ(world.parts().subjects->people(), 3);
  const auto imported = world.Import("contact", kContactColumns, {ContactRow("new")});
  EXPECT_EQ(imported->created, 1u);
  EXPECT_EQ(world.parts().subjects->people(), 3);
  EXPECT_EQ(EventsOf("new").size(), 2u);
}

TEST_F(IngestTest, EventsOfCategoriesCutByYearGoToTheAccessLog) {
  EXPECT_EQ(Ingest(EventLine("e1", "1", "payment_history", "accounting")), (Counts{1, 0, 0}));
  const auto profile = world.ProfileOf("external_id:1");
  const auto* log = profile->FindUnit(privacy::kAccessLogCategory, "2026-11");
  ASSERT_NE(log, nullptr);
  EXPECT_EQ(world.SubjectSections(log->unit).size(), 1u);
}

TEST_F(IngestTest, TheSameBatchFromTwoThreadsStoresEachEventOnce) {
  for (int round = 0; round < 8; ++round) {
    std::string lines;
    for (int i = 0; i < 40; ++i) {
      lines += EventLine(std::to_string(round) + "-" + std::to_string(i), "p" + std::to_string(i % 7));
    }
    std::array<Counts, 2> counts{};
    const auto ingest = [&](size_t which) {
      const auto answer = world.Ingest(lines);
      EXPECT_CODE(kOk, answer);
      if (answer.ok()) counts[which] = {answer->accepted, answer->repeated, answer->refused};
    };
    std::thread first(ingest, 0), second(ingest, 1);
    first.join();
    second.join();
    EXPECT_EQ(counts[0][0] + counts[1][0], 40u);
    EXPECT_EQ(counts[0][1] + counts[1][1], 40u);
  }
  int events = 0;
  for (int person = 0; person < 7; ++person) {
    for (const auto& [id, times] : EventsOf("p" + std::to_string(person))) {
      EXPECT_EQ(times, 1) << id;
      ++events;
    }
  }
  EXPECT_EQ(events, 8 * 40);
}

TEST_F(IngestTest, ASteadyStreamKeepsNobodyWaitingWhoNeedsThePeopleAlone) {
  std::atomic<bool> stop{false};
  std::vector<std::thread> stream;
  for (int thread = 0; thread < 4; ++thread) {
    stream.emplace_back([&, thread] {
      for (int i = 0; !stop; ++i) {
        EXPECT_CODE(kOk, world.Ingest(EventLine(std::to_string(thread) + "." + std::to_string(i), "1")));
      }
    });
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  std::atomic<bool> had_it{false};
  std::thread alone([&] {
    const std::unique_lock lock(*world.parts().people_lock);
    had_it = true;
  });
  for (int tenth = 0; tenth < 100 && !had_it; ++tenth) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_TRUE(had_it);
  stop = true;
  for (std::thread& thread : stream) thread.join();
  alone.join();
}

TEST_F(IngestTest, ManyLargeBatchesAtOnceAllSucceed) {
  constexpr int kThreads = 24;
  const auto ingest = [&](int thread) {
    std::string lines;
    for (int i = 0; i < 400; ++i) {
      lines += EventLine(std::to_string(thread) + "." + std::to_string(i), std::to_string(1 + i % 2));
    }
    EXPECT_CODE(kOk, world.Ingest(lines));
  };
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) threads.emplace_back(ingest, thread);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(world.memory->Table(ledger::Family::kEventId).size(), kThreads * 400u);
}

}  // namespace
}  // namespace spor::service
