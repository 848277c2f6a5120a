// SPDX-License-Identifier: Apache-2.0
// The parts that fsck is made of, each by itself.
#include <gtest/gtest.h>

#include <random>
#include <set>
#include <thread>

#include "ledger/chunk_line.h"
#include "ledger/erased_units.h"
#include "ledger/first_damage.h"
#include "ledger/section_table.h"

namespace spor::ledger {
namespace {

using Kind = FirstDamage::Kind;

TEST(FirstDamage, TheFirstInTheLogWhateverTheOrderOfFinding) {
  struct Finding {
    uint64_t entry;
    Kind kind;
    const char* text;
  };
  std::vector<Finding> findings = {{7, Kind::kEntry, "first"},    {7, Kind::kRule, "second"},
                                   {7, Kind::kSection, "a"},      {7, Kind::kSection, "b"},
                                   {8, Kind::kEntry, "later"},    {kNoEntry, Kind::kState, "s"},
                                   {kNoEntry, Kind::kCount, "c"}, {kNoEntry, Kind::kFiles, "f"}};
  for (size_t n = findings.size(); n > 0; --n) {
    // Of the last n, in every kind of order, always the first one.
    std::vector<Finding> some(findings.end() - static_cast<std::ptrdiff_t>(n), findings.end());
    for (uint32_t seed = 0; seed < 20; ++seed) {
      const Finding expected = findings[findings.size() - n];
      std::shuffle(some.begin(), some.end(), std::mt19937(seed));
      FirstDamage damage;
      EXPECT_EQ(damage.text(), "");
      EXPECT_EQ(damage.entry(), kNoEntry);
      for (const Finding& finding : some) damage.Note(finding.entry, finding.kind, finding.text);
      EXPECT_EQ(damage.text(), expected.text);
      EXPECT_EQ(damage.entry(), expected.entry);
    }
  }
}

TEST(ErasedUnits, AgreeWithASet) {
  ErasedUnits units;
  std::set<UnitId> twin;
  std::mt19937_64 random(3);
  // Few different ids, all alike in their first half; the zero id is one of them.
  const auto any = [&] {
    UnitId unit{};
    const uint16_t n = static_cast<uint16_t>(random() % 5000);
    unit[14] = static_cast<uint8_t>(n >> 8);
    unit[15] = static_cast<uint8_t>(n);
    return unit;
  };
  EXPECT_FALSE(units.Contains(any()));
  for (int step = 0; step < 20000; ++step) {
    const UnitId unit = any();
    ASSERT_EQ(units.Contains(unit), twin.contains(unit)) << step;
    if (step % 3 != 0) continue;
    units.Add(unit);
    twin.insert(unit);
  }
  EXPECT_TRUE(units.Contains(UnitId{}) == twin.contains(UnitId{}));
}

TEST(SectionTable, FindsEveryRoot) {
  SectionTable table;
  std::vector<Bytes> entries;
  std::mt19937 random(5);
  for (int i = 0; i < 500; ++i) {
    Bytes sections(random() % 5 * kSectionBytes);
    for (uint8_t& byte : sections) byte = static_cast<uint8_t>(random());
    table.Add(sections);
    entries.push_back(std::move(sections));
  }
  size_t count = 0;
  for (size_t n = 0; n < entries.size(); ++n) {
    for (uint8_t section = 0; section < 5; ++section) {
      const auto root = table.Root(n, section);
      ASSERT_EQ(root.has_value(), section < entries[n].size() / kSectionBytes);
      if (!root) continue;
      ++count;
      EXPECT_EQ(*root, Reader(ByteView(entries[n]).subspan(section * kSectionBytes + 16)).U64());
    }
  }
  EXPECT_EQ(table.sections(), count);
  EXPECT_FALSE(table.Root(entries.size(), 0));
}

// Makers of different speed, takers of different speed: each taker sees every chunk in order.
TEST(ChunkLine, EveryTakerSeesAllInOrder) {
  constexpr uint64_t kChunks = 200;
  ChunkLine line(kChunks, 3);
  std::array<std::vector<uint64_t>, 3> seen;
  std::vector<std::function<void()>> jobs;
  for (int maker = 0; maker < 3; ++maker) {
    jobs.push_back([&, maker] {
      while (const auto number = line.Claim()) {
        if (*number % 7 == static_cast<uint64_t>(maker)) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        LogChunk chunk;
        chunk.begin = *number;
        line.Put(*number, std::move(chunk));
      }
    });
  }
  for (size_t taker = 0; taker < seen.size(); ++taker) {
    jobs.push_back([&, taker] {
      for (uint64_t number = 0; const auto chunk = line.Take(taker, number); ++number) {
        if (number % 50 == taker) std::this_thread::sleep_for(std::chrono::milliseconds(5));
        seen[taker].push_back(chunk->begin);
        if (taker == 2 && number == 60) break;
      }
      line.Leave(taker);
    });
  }
  uint64_t ticks = 0;
  RunBesideEachOther(jobs, [&] { ++ticks; });
  EXPECT_GT(ticks, 0u);
  EXPECT_EQ(line.done(), kChunks);
  EXPECT_EQ(seen[0].size(), kChunks);
  EXPECT_EQ(seen[1], seen[0]);
  EXPECT_EQ(seen[2].size(), 61u);
  for (uint64_t i = 0; i < seen[0].size(); ++i) ASSERT_EQ(seen[0][i], i);
}

TEST(ChunkLine, StopsForMakersAndTakers) {
  ChunkLine line(1000, 1);
  ASSERT_EQ(line.Claim(), 0u);
  ASSERT_EQ(line.Claim(), 1u);
  line.Put(0, {});
  EXPECT_NE(line.Take(0, 0), nullptr);
  std::thread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    line.StopAt(1);
  });
  EXPECT_EQ(line.Take(0, 1), nullptr) << "it was claimed, but is not needed any more";
  stopper.join();
  EXPECT_FALSE(line.Claim());
}

}  // namespace
}  // namespace spor::ledger
