// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/vault/vault_checks.h"

namespace spor::vault {

class EraserTest : public ::testing::Test {
 protected:
  void SetUp() override { world_.Found(); }
  // Every third unit gets a second section about it, in the audit table.
  void AddAuditSections(const std::vector<TestUnit>& units) {
    for (size_t i = 0; i < units.size(); i += 3) {
      ASSERT_TRUE(world_.Submit(world_.Event(units[i], ledger::BlobPlace::kAudit)).ok());
    }
  }
  // The first `count` units go; `units` keeps the others.
  static std::vector<TestUnit> TakeFirst(std::vector<TestUnit>& units, size_t count) {
    const auto end = units.begin() + static_cast<std::ptrdiff_t>(count);
    std::vector<TestUnit> taken(units.begin(), end);
    units.erase(units.begin(), end);
    return taken;
  }
  template <typename Body>
  Body BodyAt(uint64_t index, Result<Body> (*parse)(ByteView)) {
    const Result<ledger::Entry> entry = world_.ledger().reader().EntryAt(index);
    EXPECT_TRUE(entry.ok());
    const Result<Body> body = parse(entry->body);
    EXPECT_TRUE(body.ok()) << "entry " << index;
    return body.ok() ? *body : Body();
  }

  doubles::TempDir dir_;
  World world_{dir_ / "world", World::Disk::kMemory};

  EraserTest() { std::filesystem::create_directory(dir_ / "world"); }
};

}  // namespace spor::vault
