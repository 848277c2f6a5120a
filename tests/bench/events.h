// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/log_appender.h"
#include "tests/doubles/test_log.h"

namespace spor::bench {

inline constexpr uint32_t kSubjects = 10000;
inline constexpr uint32_t kAuditUnit = 1;

// An application's event: who did what to whom; an audit section of 6 fields and a subject section of 4.
class Events {
  using TestLog = doubles::TestLog;
  using Fields = std::vector<ledger::Field>;

 public:
  explicit Events(const Hash32& ledger_id)
      : ledger_id_(ledger_id), audit_key_(ledger::SealKey(ledger_id, TestLog::KeyOf(kAuditUnit))) {
    for (uint32_t n = 0; n < kSubjects; ++n) {
      keys_.push_back(TestLog::KeyOf(n + 2));
      units_.push_back(TestLog::Unit(n + 2));
    }
  }

  ledger::EntryDraft Next(uint64_t number) const {
    const size_t n = number % kSubjects;
    ledger::EntryDraft draft;
    draft.seal_id = RandomArray<16>();
    draft.sections.reserve(2);
    draft.sections.push_back(
        Seal(draft, audit_unit_, audit_key_, ledger::BlobPlace::kAudit,
             {Text("kind", kKind), Text("actor", kActor), Text("purpose", kPurpose), Text("legal_basis", kBasis),
              Text("result", kResult), ledger::UintField("fields", 4)}));
    draft.sections.push_back(Seal(draft, units_[n], ledger::SealKey(ledger_id_, keys_[n]), ledger::BlobPlace::kSubject,
                                  {ledger::BytesField("subject", units_[n]), Text("event_id", EventId(number)),
                                   Text("fields", kFields), Text("reason", kReason)}));
    return draft;
  }

  // The same event as an application would write it.
  std::string Json(uint64_t number) const {
    return "{\"event_id\":\"" + EventId(number) + "\",\"time\":\"2026-11-24T09:30:00Z\",\"kind\":\"" + kKind +
           "\",\"actor\":\"" + kActor + "\",\"purpose\":\"" + kPurpose + "\",\"legal_basis\":\"" + kBasis +
           "\",\"result\":\"" + kResult + "\",\"subject\":\"" + HexEncode(units_[number % kSubjects]) +
           "\",\"fields\":[\"name\",\"email\",\"phone\",\"course\"],\"reason\":\"" + kReason + "\"}\n";
  }

 private:
  static constexpr const char* kKind = "person.read";
  static constexpr const char* kActor = "application:course-system";
  static constexpr const char* kPurpose = "course_administration";
  static constexpr const char* kBasis = "contract";
  static constexpr const char* kResult = "ok";
  static constexpr const char* kFields = "name\nemail\nphone\ncourse";
  static constexpr const char* kReason = "Kursbekreftelse sendt etter telefonsamtale";

  static ledger::Field Text(const char* name, std::string_view value) { return ledger::TextField(name, value); }
  static std::string EventId(uint64_t number) { return "5f0c7a52-7c0e-4c3b-9f0a-" + std::to_string(number); }
  ledger::SealedSection Seal(const ledger::EntryDraft& draft, const ledger::UnitId& unit, const SecretBytes& key,
                             ledger::BlobPlace place, const Fields& fields) const {
    const auto number = static_cast<uint8_t>(draft.sections.size());
    return ledger::SealSection({ledger_id_, draft.kind, draft.seal_id, number, unit}, key.Reveal(), place, fields);
  }

  const Hash32 ledger_id_;
  const ledger::UnitId audit_unit_ = TestLog::Unit(kAuditUnit);
  const SecretBytes audit_key_;
  std::vector<ledger::UnitKey> keys_;
  std::vector<ledger::UnitId> units_;
};

}  // namespace spor::bench
