// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "crypto/codec.h"
#include "crypto/hash.h"
#include "ledger/anchor_check.h"
#include "tests/doubles/ram_dir.h"
#include "tests/service/world_fixture.h"

// A home on RocksDB that is as small as one can be that has everything: several starts, an erasure, table files, a
// write-ahead log, entries behind the newest anchor.
namespace spor::service {

// One category, one purpose.
inline const std::string kSmallPolicy = R"toml([meta]
schema = "spor-policy/1"
policy_id = "small"
version = "1"
number = 1
statement_date = 2022-06-03
statement_sha256 = "dd9834f21deba6e2feb303b061a496fc1f3bf912fdb22b52013710df06a48f65"
approved_by = "tester"
[controller]
name = "Kurs AS"
[service_rules]
access_log = "log"
evidence = "log"
identity = "identity"
staff = "log"
[[legal_bases]]
key = "contract"
article = "6(1)(b)"
nb = "x"
en = "x"
[[clocks]]
key = "customer_relationship_ended"
nb = "x"
en = "x"
[[rules]]
number = 901
key = "log"
status = "approved"
decision = "D-1"
approved_by = "tester"
nb = "x"
en = "x"
terms = [{clock = "customer_relationship_ended", period = "P13M"}]
[[rules]]
number = 902
key = "identity"
status = "stated"
nb = "x"
en = "x"
terms = []
[[rules]]
number = 1
key = "contact"
status = "stated"
nb = "x"
en = "x"
terms = [{clock = "customer_relationship_ended", period = "P0D"}]
[[decisions]]
id = "D-1"
question = "x"
question_nb = "x"
taken = "x"
taken_nb = "x"
[[categories]]
number = 1
key = "contact"
nb = "x"
en = "x"
identifier_field = "email"
fields = [{key = "first_name", nb = "x", en = "x"}, {key = "last_name", nb = "x", en = "x"},
          {key = "email", nb = "x", en = "x"}, {key = "phone", nb = "x", en = "x"}]
[[categories.purposes]]
key = "newsletter"
nb = "x"
en = "x"
basis = "contract"
rule = "contact"
fields = ["first_name", "email"]
)toml";

// Every row of a store as one value; two stores with the same digest give the same answers.
inline Result<Hash32> DigestOf(const ledger::Store& store) {
  Sha256Stream hash;
  for (size_t i = 0; i < ledger::kFamilies; ++i) {
    hash.Update(Bytes{static_cast<uint8_t>(i)});
    RETURN_IF_ERROR(store.Scan(static_cast<ledger::Family>(i), {}, {}, [&](ByteView key, ByteView value) {
      hash.Update(Writer().Str32(key).Str32(value).bytes());
      return true;
    }));
  }
  return hash.Finish();
}

// Remembers the digest of the rows after each batch.
class RecordingStore final : public ledger::Store {
 public:
  struct State {
    Hash32 rows{};
    uint64_t log_size = 0;
  };
  RecordingStore(std::unique_ptr<ledger::Store> inner, std::vector<State>& states)
      : inner_(std::move(inner)), states_(states) {
    Remember();
  }
  Result<std::optional<Bytes>> Get(ledger::Family family, ByteView key) const override {
    return inner_->Get(family, key);
  }
  Status Scan(ledger::Family family, ByteView begin, ByteView end, const Visitor& visitor) const override {
    return inner_->Scan(family, begin, end, visitor);
  }
  Result<std::optional<std::pair<Bytes, Bytes>>> Before(ledger::Family family, ByteView key) const override {
    return inner_->Before(family, key);
  }
  Status Write(const ledger::Batch& batch, ledger::Durability durability) override {
    RETURN_IF_ERROR(inner_->Write(batch, durability));
    Remember();
    return OkStatus();
  }
  Status Rewrite(const std::vector<ledger::Family>& families) override { return inner_->Rewrite(families); }
  Status CheckFiles() const override { return inner_->CheckFiles(); }

 private:
  void Remember() { states_.push_back({*DigestOf(*inner_), ledger::LogReader(*inner_).State()->size}); }

  std::unique_ptr<ledger::Store> inner_;
  std::vector<State>& states_;
};

// Made once in `directory`: "master" is the home as a kill leaves it, "older.N" are copies from before.
class SmallHome {
 public:
  explicit SmallHome(const std::string& directory) : directory_(directory) {}

  // The states from the anchored one on, the newest last: what may be answered after a loss of what lies behind.
  const std::vector<RecordingStore::State>& after_anchor() const { return states_; }
  UnixSeconds time() const { return time_; }

  void Make() {
    const std::string place = directory_ + "/live";
    std::filesystem::create_directory(place);
    World world(place, World::Disk::kRocks);
    ASSERT_WORKS(world.Found(kSmallPolicy));
    ASSERT_WORKS(world.Activate());
    ASSERT_WORKS(world.Login());
    Keep("older.0");
    ASSERT_WORKS(world.Import("contact", kContactColumns, {ContactRow("1"), ContactRow("2"), ContactRow("3")}));
    Keep("older.1");
    ASSERT_WORKS(world.Open());
    ASSERT_WORKS(world.Login());
    ASSERT_WORKS(world.Ingest(EventLine("a", "2") + EventLine("b", "3")));
    Keep("older.2");
    ASSERT_WORKS(world.Open());
    ASSERT_WORKS(world.Login());
    ASSERT_WORKS(world.Read("external_id:2", "newsletter"));
    Keep("older.3");
    // The last start, over a store that notes each state.
    world.Close();
    auto store = ledger::OpenRocksStore(world.places().home + "/db", {ledger::StoreOptions::Mode::kOpen});
    ASSERT_WORKS(store);
    ASSERT_WORKS(world.OpenOver(std::make_unique<RecordingStore>(std::move(*store), states_)));
    ASSERT_WORKS(world.Login());
    ASSERT_WORKS(world.Read("external_id:3", "newsletter"));
    Keep("older.4");
    ASSERT_WORKS(world.StartClock("customer_relationship_ended", {{"1", "2026-01-31"}}));
    ASSERT_WORKS(world.Run());
    Keep("older.5");
    ASSERT_WORKS(world.Read("external_id:2", "newsletter"));
    ASSERT_WORKS(world.ledger().Publish());
    Keep("older.6");
    ASSERT_WORKS(world.Ingest(EventLine("c", "2")));
    ASSERT_WORKS(world.Ingest(EventLine("d", "3")));
    Keep("master");
    const size_t states = states_.size();  // closing adds another
    const auto check = ledger::CompareWithAnchor(*world.parts().store, directory_ + "/master/home.anchor");
    ASSERT_WORKS(check);
    ASSERT_EQ(check->finding, ledger::AnchorCheck::Finding::kMatches);
    const uint64_t size = check->anchored.size;
    world.Close();
    states_.resize(states);
    std::erase_if(states_, [&](const auto& state) { return state.log_size < size; });
    ASSERT_GE(states_.size(), 3u) << "a head came right behind the events";
    time_ = world.clock.Now();
  }

 private:
  // Again if a file went meanwhile: RocksDB deletes what it does not need any more when it likes.
  void Keep(const std::string& name) const {
    std::error_code error;
    for (int tries = 0; tries < 100; ++tries) {
      std::filesystem::remove_all(directory_ + "/" + name);
      std::filesystem::copy(directory_ + "/live", directory_ + "/" + name, std::filesystem::copy_options::recursive,
                            error);
      if (!error) return;
    }
    FAIL() << error.message();
  }

  const std::string directory_;
  std::vector<RecordingStore::State> states_;
  UnixSeconds time_ = 0;
};

}  // namespace spor::service
