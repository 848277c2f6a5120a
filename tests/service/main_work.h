// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/service/evidence_check.h"

namespace spor::service {

// The main job, done once from activation to erasure. What the service answered is noted; whatever happened to it, the
// bytes that survived must hold the evidence of all of it, and the work must be able to go on from there.
class MainWork {
 public:
  virtual ~MainWork() = default;

 protected:
  static constexpr const char* kEnded = "customer_relationship_ended";
  static inline const std::vector<std::string> kPeople = {"1", "2", "3", "4", "new"};

  struct Released {
    uint64_t entry = 0;
    size_t values = 0;
  };
  struct Answered {
    bool activated = false;
    bool logged_in = false;
    std::optional<privacy::ImportCounts> imported, changed;
    std::optional<privacy::ClockCounts> clocks;
    std::optional<privacy::IngestCounts> ingested;
    std::vector<Released> released;
    size_t refused_reads = 0;
    std::optional<privacy::RunRecord> run;
  };

  static Rows Contacts() { return {ContactRow("1"), ContactRow("2"), ContactRow("3"), ContactRow("4")}; }
  static Rows Changed() { return {{"3", "Fornavn3", "Nytt", "nytt3@example.no", "9003"}}; }
  static std::string Events() { return EventLine("e1", "3") + EventLine("e2", "3") + EventLine("e3", "new"); }

  template <typename T>
  static std::optional<T> IfOk(Result<T> result) {
    return result.ok() ? std::optional<T>(std::move(*result)) : std::nullopt;
  }

  // Goes on after a step that failed, as clients do.
  void Scenario(World& world) {
    answered_.activated = world.Activate().ok();
    Told(world);
    answered_.logged_in = world.Login().ok();
    Told(world);
    answered_.imported = IfOk(world.Import("contact", kContactColumns, Contacts()));
    Told(world);
    Read(world, "person3@example.no");
    Told(world);
    answered_.clocks = IfOk(world.StartClock(kEnded, {{"1", "2026-01-31"}, {"2", "2026-01-31"}}));
    Told(world);
    answered_.ingested = IfOk(world.Ingest(Events()));
    Told(world);
    const auto refused = world.Read("external_id:3", "recruitment");
    answered_.refused_reads += !refused.ok() && refused.error().code() == Code::kDenied;
    Told(world);
    answered_.changed = IfOk(world.Import("contact", kContactColumns, Changed()));
    Told(world);
    answered_.run = IfOk(world.Run());
    Told(world);
    Read(world, "external_id:3");
    Told(world);
    Read(world, "external_id:4");
    Told(world);
  }
  void ExpectAllAnswered() {
    EXPECT_TRUE(answered_.activated && answered_.logged_in && answered_.clocks.has_value());
    EXPECT_EQ(answered_.imported->created, 4u);
    EXPECT_EQ(answered_.changed->updated, 1u);
    EXPECT_EQ(answered_.ingested->accepted, 3u);
    EXPECT_EQ(answered_.released.size(), 3u);
    EXPECT_EQ(answered_.refused_reads, 1u);
    EXPECT_EQ(answered_.run->people_forgotten, 2u);
  }
  void Read(World& world, const std::string& subject) {
    const auto answer = world.Read(subject, "newsletter");
    if (answer.ok()) answered_.released.push_back({answer->entry, ValuesOf(*answer).size()});
  }

  void CheckEvidence(World& world) {
    EvidenceCheck check(world, kPeople);
    for (const std::string& finding : check.Findings()) ADD_FAILURE() << finding;
    if (answered_.activated) {
      EXPECT_EQ(world.AuditSections("activation", "done").size(), 1u);
    }
    if (answered_.logged_in) {
      EXPECT_EQ(world.AuditSections("login", "done").size(), 1u);
    }
    EXPECT_GE(world.AuditSections("read", "refused").size(), answered_.refused_reads);
    CheckReleases(world, check);
    if (answered_.ingested) {
      for (const char* event : {"e1", "e2", "e3"}) EXPECT_TRUE(check.events().contains(event)) << event;
    }
    if (answered_.clocks && !answered_.run) {
      for (const char* id : {"1", "2"}) {
        const auto profile = world.ProfileOf(std::string("external_id:") + id);
        if (profile.ok()) {
          EXPECT_TRUE(profile->clocks.contains(kEnded));
        }
      }
    }
    if (answered_.changed) {
      EXPECT_CODE(kOk, world.ProfileOf("nytt3@example.no"));
    }
    if (answered_.run) {
      EXPECT_EQ(world.AuditSections("retention_end", "done").size(), 1u);
      EXPECT_EQ(privacy::FindRun(*world.parts().store, "last")->erased, answered_.run->erased);
    }
  }

  // Each answer has its own entry, which counts the values, and the person's log commits to what was given.
  void CheckReleases(World& world, const EvidenceCheck& check) {
    const std::vector<SeenSection> audit = world.AuditSections("read", "done");
    std::map<uint64_t, SeenSection> subject;
    for (const char* id : {"3", "4"}) {
      const auto profile = world.ProfileOf(std::string("external_id:") + id);
      if (!profile.ok()) continue;
      const auto* log = profile->FindUnit(privacy::kAccessLogCategory, "2026-11");
      if (log == nullptr) continue;
      for (const SeenSection& section : world.SubjectSections(log->unit)) subject[section.entry] = section;
    }
    for (const Released& released : answered_.released) {
      const auto at = std::find_if(audit.begin(), audit.end(),
                                   [&](const SeenSection& section) { return section.entry == released.entry; });
      ASSERT_NE(at, audit.end()) << "values were released without an entry";
      EXPECT_EQ((*at)["values"], std::to_string(released.values));
      ASSERT_TRUE(subject.contains(released.entry)) << "the person's log does not say so";
      size_t commitments = 0;
      for (const auto& [name, commitment] : subject[released.entry].fields) {
        if (name[0] != 'v' || name.find('.') != 5) continue;
        ++commitments;
        const auto [begin, end] = check.imported().equal_range(name.substr(6));
        const bool imported =
            std::any_of(begin, end, [&, &given = commitment](const auto& one) { return one.second == given; });
        EXPECT_TRUE(imported) << name;
      }
      EXPECT_EQ(commitments, released.values);
    }
  }

  // The same work again, on the bytes that survived, ends where it should.
  void GoOn(World& world) {
    world.clock.Advance(3600);
    if (world.totp.empty() || !world.Login().ok()) {
      world.activation_code = activation_code_;
      ASSERT_WORKS(world.Activate());
      ASSERT_WORKS(world.Login());
    }
    const auto imported = world.Import("contact", kContactColumns, Contacts());
    ASSERT_WORKS(imported);
    EXPECT_EQ(imported->created + imported->updated + imported->unchanged, 4u);
    const auto ingested = world.Ingest(Events());
    ASSERT_WORKS(ingested);
    EXPECT_EQ(ingested->accepted + ingested->repeated, 3u);
    if (answered_.ingested) {
      EXPECT_EQ(ingested->repeated, 3u);
    }
    ASSERT_WORKS(world.StartClock(kEnded, {{"1", "2026-01-31"}, {"2", "2026-01-31"}}));
    ASSERT_WORKS(world.Run());
    EXPECT_EQ(world.State()->overdue, 0u);
    EXPECT_CODE(kNotFound, world.ProfileOf("external_id:1"));
    EXPECT_CODE(kOk, world.Read("external_id:4", "newsletter"));
    EvidenceCheck check(world, kPeople);
    for (const std::string& finding : check.Findings()) ADD_FAILURE() << finding;
    EXPECT_EQ(check.events().size(), 3u);
  }

  // After each step: what is in `answered_` by now was answered.
  virtual void Told(World&) {}

  Answered answered_;
  std::string activation_code_;
};

}  // namespace spor::service
