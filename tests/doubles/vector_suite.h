// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>

#include "tests/doubles/vectors.h"

// Third-party vectors as parameterised tests, one for each case, with a line that counts them at the end of the suite.
//
// A suite derives from VectorTest<itself> and has kName, kMinimum (what its file held when it was written) and
// Cases(), which is empty without vectors; SPOR_VECTOR_SUITE instantiates it. A file that lost cases fails, and with
// CI=true one that is not there.
namespace spor::doubles {

template <typename Suite>
class VectorTest : public ::testing::TestWithParam<size_t> {
 public:
  static void TearDownTestSuite() {
    std::printf("tlog vectors: %s %zu of %zu\n", Suite::kName, passed_, Suite::Cases().size());
  }
  static void CheckCount() {
    if (Suite::Cases().empty() && !VectorsRequired()) GTEST_SKIP() << "no vectors: set SPOR_VECTORS";
    ASSERT_GE(Suite::Cases().size(), Suite::kMinimum) << Suite::kName << " lost cases, or is not there";
  }

 protected:
  const auto& Case() const { return Suite::Cases()[GetParam()]; }
  void TearDown() override { passed_ += HasFailure() ? 0 : 1; }

 private:
  static inline size_t passed_ = 0;
};

// The elements of a JSON array, or of several arrays of one object one behind the other; they live for ever.
struct NamedCase {
  std::string section;  // the array it is from; empty if the file is one array
  simdjson::dom::element value;
};
inline std::vector<NamedCase> JsonCases(const std::string& relative, const std::vector<std::string>& sections = {}) {
  std::vector<NamedCase> cases;
  const std::filesystem::path path = VectorsPath(relative);
  if (!std::filesystem::exists(path)) return cases;
  static std::vector<std::unique_ptr<simdjson::dom::parser>> parsers;
  parsers.push_back(std::make_unique<simdjson::dom::parser>());
  const simdjson::dom::element all = parsers.back()->load(path.string());
  if (sections.empty()) {
    for (simdjson::dom::element value : simdjson::dom::array(all)) cases.push_back({"", value});
  }
  for (const std::string& section : sections) {
    for (simdjson::dom::element value : simdjson::dom::array(all[section])) cases.push_back({section, value});
  }
  return cases;
}

}  // namespace spor::doubles

#define SPOR_VECTOR_SUITE(Suite)                                                             \
  GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Suite);                                      \
  INSTANTIATE_TEST_SUITE_P(Case, Suite, ::testing::Range(size_t{0}, Suite::Cases().size())); \
  TEST(VectorCount, Suite) { Suite::CheckCount(); }
