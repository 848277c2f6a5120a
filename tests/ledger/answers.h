// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include "tests/doubles/test_log.h"

namespace spor::ledger {

// What a ledger has answered, whatever happened to it: what must be true of it for ever.
struct Answers {
  struct Told {
    uint64_t index = 0;
    std::optional<Hash32> leaf;
  };
  std::map<std::string, Told> entries;  // by the event's name
  std::map<uint64_t, std::string> indices;
  std::vector<std::string> checkpoints;  // given out, or in the anchor
  std::vector<UnitId> erased;
  bool created = false;

  void Entry(const std::string& name, uint64_t index, std::optional<Hash32> leaf = std::nullopt) {
    entries[name] = {index, leaf};
    const auto [at, fresh] = indices.emplace(index, name);
    EXPECT_TRUE(fresh || at->second == name)
        << "entry " << index << " was promised to " << at->second << " and " << name;
  }
};

// The log verifies, nothing answered is lost or there twice, and no checkpoint contradicts it or another one.
inline void ExpectKept(const doubles::TestLog& log, const Store& store, const Answers& answers) {
  EXPECT_EQ(log.Damage(store), "");
  const LogReader reader(store);
  const auto found = doubles::EventsIn(store);
  for (const auto& [name, told] : answers.entries) {
    ASSERT_EQ(found.count(name), 1u) << name << " is lost";
    EXPECT_EQ(found.find(name)->second, told.index) << name;
    if (told.leaf) {
      EXPECT_EQ(LeafHash(*reader.EntryBytes(told.index)), *told.leaf) << name;
    }
  }
  for (const auto& event : found) EXPECT_EQ(found.count(event.first), 1u) << event.first;
  const Result<LogState> state = reader.State();
  ASSERT_TRUE(state.ok()) << state.error().message();
  CompactTree tree;
  std::vector<Hash32> roots = {tree.Root()};
  ASSERT_TRUE(reader
                  .Scan(0, state->size,
                        [&](uint64_t, ByteView bytes) {
                          tree.Add(LeafHash(bytes));
                          roots.push_back(tree.Root());
                          return true;
                        })
                  .ok());
  // Each is a prefix of this one log, hence of each other.
  for (const std::string& note : answers.checkpoints) {
    const Result<Checkpoint> checkpoint = OpenCheckpoint(note, log.key());
    ASSERT_TRUE(checkpoint.ok()) << checkpoint.error().message();
    ASSERT_LT(checkpoint->size, roots.size()) << "a checkpoint was given out for what is lost";
    EXPECT_EQ(roots[checkpoint->size], checkpoint->root) << "the log has forked at " << checkpoint->size;
  }
  for (const UnitId& unit : answers.erased) {
    const auto row = store.Get(Family::kLive, unit);
    EXPECT_TRUE(row.ok() && !row->has_value()) << "an erased unit is back";
  }
}

}  // namespace spor::ledger
