// SPDX-License-Identifier: Apache-2.0
#include "tools/service/doctor.h"

#include <sys/stat.h>

#include <fstream>
#include <functional>

#include "tests/doubles/temp_dir.h"
#include "tests/service/world_fixture.h"

namespace spor::service {
namespace {

HostFacts GoodHost() {
  const auto place = [](const char* name, const char* path, bool directory, uint64_t device) {
    PlaceFacts facts;
    facts.name = name;
    facts.path = path;
    facts.exists = facts.owned = true;
    facts.directory = directory;
    facts.mode = directory ? 0700 : 0600;
    facts.file_system = "ext4";
    facts.device = device;
    facts.free_bytes = uint64_t{1} << 40;
    facts.spinning = true;
    facts.encrypted = false;
    return facts;
  };
  HostFacts facts;
  facts.places = {place("data", "/srv/spor", true, 1), place("keys", "/srv/spor.keys", true, 2),
                  place("secret", "/srv/spor.secret", false, 2), place("anchor", "/srv/spor.anchor", true, 3)};
  facts.core_pattern = "core";
  facts.secrets_locked = true;
  facts.clock_synchronised = true;
  facts.sodium = "1.0.18";
  facts.openssl = "3.0.17";
  facts.rocksdb = "7.8.3";
  return facts;
}

std::string VerdictOf(const HostFacts& facts, const std::string& check) {
  std::string verdict = "none";
  for (const Diagnosis& diagnosis : Diagnose(facts)) {
    EXPECT_FALSE(diagnosis.text.nb.empty());
    EXPECT_FALSE(diagnosis.text.en.empty());
    if (diagnosis.check == check) verdict = VerdictName(diagnosis.verdict);
  }
  return verdict;
}

TEST(Doctor, AGoodHostIsGoodThroughout) {
  for (const Diagnosis& diagnosis : Diagnose(GoodHost())) {
    EXPECT_EQ(VerdictName(diagnosis.verdict), "good") << diagnosis.check << ": " << diagnosis.text.en;
  }
}

TEST(Doctor, EachFlawIsNamedByOneCheck) {
  struct Case {
    const char* check;
    const char* verdict;
    std::function<void(HostFacts&)> flaw;
  };
  const std::vector<Case> cases = {
      {"swap", "unsafe", [](HostFacts& f) { f.plain_swaps = {"/dev/sda2"}; }},
      {"swap", "unsafe", [](HostFacts& f) { f.hibernates = true; }},
      {"memory_lock", "attention", [](HostFacts& f) { f.secrets_locked = false; }},
      {"file_modes", "unsafe", [](HostFacts& f) { f.places[0].mode = 0750; }},
      {"file_modes", "unsafe", [](HostFacts& f) { f.places[2].mode = 0604; }},
      {"file_modes", "attention", [](HostFacts& f) { f.places[1].owned = false; }},
      {"places", "unsafe", [](HostFacts& f) { f.places[1].path = "/srv/spor/keys"; }},
      {"places", "unsafe", [](HostFacts& f) { f.places[3].path = "/srv/spor/anchor"; }},
      {"places", "attention", [](HostFacts& f) { f.places[3].device = 1; }},
      {"file_system", "not_covered", [](HostFacts& f) { f.places[1].file_system = "btrfs"; }},
      {"file_system", "not_covered", [](HostFacts& f) { f.places[1].file_system = ""; }},
      {"file_system", "attention", [](HostFacts& f) { f.places[1].exists = false; }},
      {"medium", "not_covered", [](HostFacts& f) { f.places[1].spinning = false; }},
      {"medium", "not_covered", [](HostFacts& f) { f.places[1].spinning = {}; }},
      {"medium", "attention", [](HostFacts& f) { f.places[1].spinning = false, f.places[1].encrypted = true; }},
      {"clock", "attention", [](HostFacts& f) { f.clock_synchronised = false; }},
      {"clock", "attention", [](HostFacts& f) { f.clock_synchronised = {}; }},
      {"user", "attention", [](HostFacts& f) { f.root = true; }},
      {"space", "attention", [](HostFacts& f) { f.places[0].free_bytes = 1000; }},
      {"libraries", "attention", [](HostFacts& f) { f.rocksdb = "8.9.1"; }},
  };
  for (const Case& one : cases) {
    HostFacts facts = GoodHost();
    one.flaw(facts);
    EXPECT_EQ(VerdictOf(facts, one.check), one.verdict) << one.check;
    for (const Diagnosis& other : Diagnose(facts)) {
      if (other.check == one.check) continue;
      EXPECT_EQ(VerdictName(other.verdict), "good") << one.check << " and " << other.check;
    }
  }
}

// A path that only begins like the data directory's is not inside it.
TEST(Doctor, BesideIsNotInside) {
  HostFacts facts = GoodHost();
  facts.places[1].path = "/srv/spor-keys";
  EXPECT_EQ(VerdictOf(facts, "places"), "good");
}

TEST(Doctor, ReadsThisMachine) {
  doubles::TempDir dir;
  const std::string home = dir / "home";
  std::filesystem::create_directory(home);
  chmod(home.c_str(), 0750);
  std::ofstream(home + ".secret") << "x";
  chmod((home + ".secret").c_str(), 0600);
  const HostFacts facts = ReadHostFacts(HomePlaces::Beside(home));
  ASSERT_EQ(facts.places.size(), 4u);
  EXPECT_TRUE(facts.places[0].exists && facts.places[0].directory && facts.places[0].owned);
  EXPECT_EQ(facts.places[0].mode, 0750u);
  EXPECT_GT(facts.places[0].free_bytes, 0u);
  EXPECT_FALSE(facts.places[1].exists);
  EXPECT_EQ(facts.places[2].mode, 0600u);
  EXPECT_EQ(facts.places[0].device, facts.places[2].device);
  EXPECT_EQ(VerdictOf(facts, "file_modes"), "unsafe");
  EXPECT_FALSE(facts.sodium.empty() || facts.openssl.empty() || facts.rocksdb.empty());
}

}  // namespace
}  // namespace spor::service
