// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>

#include "tools/report/artefact.h"
#include "tools/report/report.h"

// What the makers of artefacts share: the event that comes first, and what discloses a section.
namespace spor::report {

// Opens the seeds of sections while their unit keys live.
//
// Threads: one at a time. Security: seal keys are in locked memory; a seed that goes into an artefact opens one section
// and nothing else.
class SectionKeys {
 public:
  explicit SectionKeys(const ReportParts& parts) : parts_(parts) {}
  // kNotFound when the unit is erased.
  Result<Opening> Open(const ledger::Entry& entry, uint8_t section, const ledger::UnitId& unit, ByteView blob);

 private:
  const ReportParts& parts_;
  std::map<ledger::UnitId, SecretBytes> seal_keys_;
};

// Where a section about one person goes, and what must not have moved when it does.
struct PersonSection {
  ledger::UnitId unit{};
  std::vector<ledger::Expectation> expects;
  std::vector<ledger::Field> fields;
};
// The newest access log of the person, or else her identity unit.
Result<PersonSection> PersonSectionFor(const ReportParts& parts, const privacy::Profile& profile);

// Records `action` as done by `actor`, with `fields` beside the usual ones, and makes what leaves afterwards: nothing
// is handed out unless the event is durable.
class ArtefactMaker {
 public:
  struct Start {
    std::string_view kind;  // also the action
    std::string report;     // one compact JSON object; its digest goes into the event
    std::vector<ledger::Field> fields;
    std::optional<PersonSection> person;
  };
  // Records, and begins the document: format, ledger, checkpoint, report, event.
  static Result<ArtefactMaker> Begin(const ReportParts& parts, const auth::Actor& actor, const Start& start);
  // Records and publishes, for what has another form than a document.
  static Result<ArtefactMaker> Recorded(const ReportParts& parts, const auth::Actor& actor, const Start& start);

  DocumentWriter& document() { return document_; }
  const ledger::Checkpoint& checkpoint() const { return checkpoint_; }
  const std::string& note() const { return note_; }  // the checkpoint as it was signed
  uint64_t event() const { return event_; }
  // The event, its sections opened, with its proof.
  Result<DisclosedEntry> Event() const;
  // An entry with its proof; sections that are not given stay closed.
  Result<std::string> Proven(uint64_t index, std::vector<DisclosedSection> sections = {}) const;
  // The same of an entry at hand; fills in its proof.
  Result<std::string> Proven(DisclosedEntry entry) const;
  Result<std::vector<Hash32>> ProofOf(uint64_t index) const;

 private:
  explicit ArtefactMaker(const ReportParts& parts) : parts_(parts) {}
  Status Record(const auth::Actor& actor, const Start& start);
  Status Submit(const auth::Actor& actor, const Start& start);
  Status AddSuccession();

  const ReportParts& parts_;
  std::string note_;
  ledger::Checkpoint checkpoint_;
  DocumentWriter document_;
  uint64_t event_ = 0;
  std::vector<ledger::SealedSection> sections_;
};

// The entries of a period: those whose time falls on the Oslo days from..to.
struct EntryRange {
  uint64_t begin = 0;
  uint64_t end = 0;
};
// kInvalidArgument if `to` is before `from`.
Result<EntryRange> EntriesOf(const ReportParts& parts, privacy::LegalDate from, privacy::LegalDate to);

// Index of the newest policy entry below `end`; kCorrupt if there is none.
Result<uint64_t> NewestPolicy(const ReportParts& parts, uint64_t end);

// An entry with the audit sections that lie beside it.
struct AuditedEntry {
  uint64_t index = 0;
  Bytes bytes;
  ledger::Entry entry;
  struct Section {
    uint8_t number = 0;
    ledger::UnitId unit{};
    Bytes blob;
  };
  std::vector<Section> audits;
  bool audit_destroyed = false;  // the audit key of its month is gone, and no audit section is there
};
// Reads entries with their audit sections. Threads: one at a time.
class AuditedReader {
 public:
  static Result<AuditedReader> Open(const ReportParts& parts);
  // Entries [begin, end) in order, a bounded number of them in memory at a time.
  using Visitor = std::function<Status(AuditedEntry&)>;
  Status ForEach(uint64_t begin, uint64_t end, const Visitor& visitor) const;

 private:
  explicit AuditedReader(const ReportParts& parts) : parts_(parts), months_(parts.audit->Months()) {}
  Result<std::vector<AuditedEntry>> ReadChunk(uint64_t begin, uint64_t end) const;

  const ReportParts& parts_;
  std::vector<auth::AuditTrail::Month> months_;
  std::set<std::pair<int, int>> destroyed_;  // (year, month) of which an audit key no longer opens
};

}  // namespace spor::report
