// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include "tests/doubles/world.h"

namespace spor::service {

using doubles::Rows;
using doubles::SeenSection;
using doubles::World;

inline Status StatusOf(const Status& status) { return status; }
template <typename T>
Status StatusOf(const Result<T>& result) {
  return result.status();
}

#define EXPECT_CODE(expected, result)                                                           \
  do {                                                                                          \
    const Status seen_status = StatusOf(result);                                                \
    EXPECT_EQ(CodeName(seen_status.code()), CodeName(Code::expected)) << seen_status.message(); \
  } while (false)
#define ASSERT_WORKS(result)                                \
  do {                                                      \
    const Status seen_status = StatusOf(result);            \
    ASSERT_TRUE(seen_status.ok()) << seen_status.message(); \
  } while (false)

inline const std::vector<std::string> kContactColumns = {"external_id", "first_name", "last_name", "email", "phone"};
inline const std::vector<std::string> kPurchaseColumns = {"external_id", "product", "price", "purchase_date"};
inline const std::vector<std::string> kPaymentColumns = {"external_id", "orderer_name", "order_date", "item_no"};

// An invented person; every value is unlike those of the others.
inline std::vector<std::string> ContactRow(const std::string& id) {
  return {id, "Fornavn" + id, "Etternavn" + id, "person" + id + "@example.no", "900" + id};
}

inline std::string EventLine(const std::string& event_id, const std::string& person,
                             const std::string& category = "contact", const std::string& purpose = "newsletter",
                             const std::string& more = "") {
  return "{\"event_id\":\"" + event_id + "\",\"time\":\"2026-11-24T09:30:00Z\",\"kind\":\"processing\"," +
         "\"action\":\"send\",\"category\":\"" + category + "\",\"purpose\":\"" + purpose +
         "\",\"subject\":{\"external_id\":\"" + person + "\"}" + more + "}\n";
}

// field -> value over all records of an answer.
inline std::map<std::string, std::string> ValuesOf(const privacy::ReadAnswer& answer) {
  std::map<std::string, std::string> values;
  for (const privacy::ReadRecord& record : answer.records) {
    for (const auto& [name, value] : record.fields) {
      values[record.category + "." + name] = AsText(value.Reveal());
    }
  }
  return values;
}

// A world in memory with its administrator logged in.
class WorldTest : public ::testing::Test {
 protected:
  WorldTest() : world(dir_ / "w") { std::filesystem::create_directory(dir_ / "w"); }
  void SetUp() override { ASSERT_WORKS(world.Begin()); }
  void TearDown() override {
    world.Close();
    EXPECT_EQ(world.Damage(), "");
  }

  size_t Refusals(const std::string& action, const std::string& reason) const {
    size_t count = 0;
    for (const SeenSection& section : world.AuditSections(action, "refused")) count += section["reason"] == reason;
    return count;
  }

 private:
  doubles::TempDir dir_;

 protected:
  World world;
};

}  // namespace spor::service
