// SPDX-License-Identifier: Apache-2.0
#include "tests/service/world_fixture.h"

namespace spor::service {
namespace {

class MainJobTest : public WorldTest {};

TEST_F(MainJobTest, OnePersonWalksThroughAllRooms) {
  const auto imported = world.Import("contact", kContactColumns, {ContactRow("1"), ContactRow("2")});
  ASSERT_WORKS(imported);
  EXPECT_EQ(imported->created, 2u);
  const auto events = world.Ingest(EventLine("e1", "1"));
  ASSERT_WORKS(events);
  EXPECT_EQ(events->accepted, 1u);

  const auto read = world.Read("person1@example.no", "newsletter");
  ASSERT_WORKS(read);
  EXPECT_EQ(ValuesOf(*read), (std::map<std::string, std::string>{{"contact.first_name", "Fornavn1"},
                                                                 {"contact.last_name", "Etternavn1"},
                                                                 {"contact.email", "person1@example.no"}}));
  EXPECT_EQ(world.AuditSections("read", "done").size(), 1u);

  ASSERT_WORKS(world.StartClock("customer_relationship_ended", {{"1", "2026-02-01"}}));
  EXPECT_CODE(kDenied, world.Read("person1@example.no", "newsletter"));  // past its time, and not yet erased
  const auto run = world.Run();
  ASSERT_WORKS(run);
  EXPECT_EQ(run->erased, 2u);  // contact and identity; the access log stays
  EXPECT_EQ(run->people_forgotten, 1u);
  EXPECT_CODE(kNotFound, world.Read("person1@example.no", "newsletter"));
  EXPECT_CODE(kOk, world.Read("external_id:2", "newsletter"));
  ASSERT_WORKS(world.Open());
  EXPECT_CODE(kNotFound, world.Read("external_id:1", "newsletter"));
  EXPECT_CODE(kOk, world.Read("external_id:2", "newsletter"));
}

}  // namespace
}  // namespace spor::service
