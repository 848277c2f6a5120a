// SPDX-License-Identifier: Apache-2.0
#include "tools/report/evidence.h"

#include <algorithm>

#include "ledger/blobs.h"
#include "ledger/bodies.h"
#include "ledger/replay.h"

namespace spor::report {
namespace {

constexpr int kDecideAgain = 8;
constexpr uint64_t kChunk = 8192;

Result<ledger::SealedSection> SealForPerson(const ReportParts& parts, const Id16& seal_id,
                                            const PersonSection& person) {
  ASSIGN_OR_RETURN(const ledger::UnitKey key, parts.vault->keys().OpenUnit(person.unit));
  const Hash32& ledger_id = parts.vault->ledger_id();
  return ledger::SealSection({ledger_id, ledger::EntryKind::kEvent, seal_id, 1, person.unit},
                             ledger::SealKey(ledger_id, key).Reveal(), ledger::BlobPlace::kSubject, person.fields);
}

}  // namespace

Result<Opening> SectionKeys::Open(const ledger::Entry& entry, uint8_t section, const ledger::UnitId& unit,
                                  ByteView blob) {
  const Hash32& ledger_id = parts_.vault->ledger_id();
  auto known = seal_keys_.find(unit);
  if (known == seal_keys_.end()) {
    ASSIGN_OR_RETURN(const ledger::UnitKey key, parts_.vault->keys().OpenUnit(unit));
    known = seal_keys_.emplace(unit, ledger::SealKey(ledger_id, key)).first;
  }
  Opening opening;
  opening.unit = unit;
  const SecretBytes seed =
      ledger::SectionSeed({ledger_id, entry.kind, entry.seal_id, section, unit}, known->second.Reveal());
  ASSIGN_OR_RETURN(opening.seed, ToHash32(seed.Reveal()));
  opening.blob = ToBytes(blob);
  return opening;
}

Result<PersonSection> PersonSectionFor(const ReportParts& parts, const privacy::Profile& profile) {
  PersonSection section;
  section.unit = profile.identity;
  std::string newest;
  for (const privacy::SubjectUnit& unit : profile.units) {
    if (unit.category != privacy::kAccessLogCategory || unit.period < newest) continue;
    newest = unit.period;
    section.unit = unit.unit;
  }
  section.expects = {parts.ledger->Expect(ledger::StripeOf("unit", section.unit))};
  // Read again after the version: a unit erased in between is noticed here, one erased later by the sequencer.
  RETURN_IF_ERROR(parts.vault->keys().OpenUnit(section.unit).status());
  return section;
}

Status ArtefactMaker::Submit(const auth::Actor& actor, const Start& start) {
  ledger::EntryDraft draft;
  draft.seal_id = RandomArray<16>();
  std::vector<ledger::Field> fields = auth::AuditFields(&actor, start.kind, "done");
  fields.insert(fields.end(), start.fields.begin(), start.fields.end());
  fields.push_back(ledger::BytesField("report_digest", ReportDigest(start.report)));
  ASSIGN_OR_RETURN(ledger::SealedSection audit,
                   parts_.audit->Seal(auth::AuditClass::kEvidence, draft.seal_id, 0, std::move(fields)));
  draft.sections.push_back(std::move(audit));
  ledger::Proposal proposal;
  if (start.person) {
    ASSIGN_OR_RETURN(ledger::SealedSection person, SealForPerson(parts_, draft.seal_id, *start.person));
    draft.sections.push_back(std::move(person));
    proposal.expects = start.person->expects;
  }
  sections_ = draft.sections;
  proposal.entries.push_back(std::move(draft));
  const std::unique_ptr<ledger::Precondition> valid = parts_.auth->StillValid(actor);
  proposal.precondition = valid.get();
  ASSIGN_OR_RETURN(const ledger::Receipt receipt, parts_.ledger->Submit(std::move(proposal)));
  event_ = receipt.first_entry;
  return OkStatus();
}

Status ArtefactMaker::Record(const auth::Actor& actor, const Start& start) {
  Status status;
  for (int attempt = 0; attempt < kDecideAgain; ++attempt) {
    status = Submit(actor, start);
    if (status.code() == Code::kNotFound) {
      // A machine that slept past the end of a month: its audit units are made now.
      RETURN_IF_ERROR(parts_.audit->EnsureUnits(*parts_.ledger));
    } else if (status.code() != Code::kConflict || start.person) {
      break;
    }
  }
  return status;
}

Result<ArtefactMaker> ArtefactMaker::Recorded(const ReportParts& parts, const auth::Actor& actor, const Start& start) {
  ArtefactMaker maker(parts);
  RETURN_IF_ERROR(maker.Record(actor, start));
  ASSIGN_OR_RETURN(maker.note_, parts.ledger->Publish());
  if (parts.witnesses != nullptr) maker.note_ = parts.witnesses->NewestCosigned();
  ASSIGN_OR_RETURN(maker.checkpoint_, ReadUnverifiedCheckpoint(maker.note_));
  return maker;
}

Result<ArtefactMaker> ArtefactMaker::Begin(const ReportParts& parts, const auth::Actor& actor, const Start& start) {
  ASSIGN_OR_RETURN(ArtefactMaker maker, Recorded(parts, actor, start));
  DocumentWriter& out = maker.document_;
  out.Text("format", "spor-" + std::string(start.kind) + "/1");
  JsonWriter named;
  named.BeginObject().Key("origin").String(maker.checkpoint_.origin);
  named.Key("ledger_id").String(HexEncode(parts.vault->ledger_id()));
  const uint64_t begin = parts.ledger->keys().origins().back().genesis_index;
  ASSIGN_OR_RETURN(const std::vector<Hash32> genesis, maker.ProofOf(begin));
  out.Member("ledger", named.Key("genesis_proof").String(HashesBase64(genesis)).EndObject().Take());
  out.Text("checkpoint", maker.note_);
  out.Member("report", start.report);
  ASSIGN_OR_RETURN(const DisclosedEntry event, maker.Event());
  out.Member("event", ProvenEntryJson(event));
  RETURN_IF_ERROR(maker.AddSuccession());
  return maker;
}

Result<DisclosedEntry> ArtefactMaker::Event() const {
  DisclosedEntry event;
  event.index = event_;
  ASSIGN_OR_RETURN(event.bytes, parts_.ledger->reader().EntryBytes(event_));
  ASSIGN_OR_RETURN(event.entry, ledger::ParseEntry(event.bytes));
  ASSIGN_OR_RETURN(event.proof, ProofOf(event_));
  SectionKeys keys(parts_);
  for (const ledger::SealedSection& section : sections_) {
    const auto number = static_cast<uint8_t>(event.sections.size());
    ASSIGN_OR_RETURN(Opening opening, keys.Open(event.entry, number, section.unit, section.blob));
    event.sections.push_back({DisclosedSection::State::kOpening, std::move(opening)});
  }
  return event;
}

// How the keys that a verifier may have pinned lead to this checkpoint; nothing for a log that never changed its key.
Status ArtefactMaker::AddSuccession() {
  ASSIGN_OR_RETURN(const SuccessionMembers members, SuccessionOf(*parts_.ledger, checkpoint_));
  for (const auto& [member, elements] : members) {
    document_.BeginArray(member);
    for (const std::string& element : elements) document_.Element(element);
    document_.EndArray();
  }
  return OkStatus();
}

Result<std::vector<Hash32>> ArtefactMaker::ProofOf(uint64_t index) const {
  return ledger::InclusionProof(parts_.ledger->nodes(), index, checkpoint_.size);
}

Result<std::string> ArtefactMaker::Proven(uint64_t index, std::vector<DisclosedSection> sections) const {
  DisclosedEntry entry;
  entry.index = index;
  ASSIGN_OR_RETURN(entry.bytes, parts_.ledger->reader().EntryBytes(index));
  ASSIGN_OR_RETURN(entry.entry, ledger::ParseEntry(entry.bytes));
  entry.sections = std::move(sections);
  return Proven(std::move(entry));
}

Result<std::string> ArtefactMaker::Proven(DisclosedEntry entry) const {
  ASSIGN_OR_RETURN(entry.proof, ProofOf(entry.index));
  entry.sections.resize(entry.entry.sections.size());
  return ProvenEntryJson(entry);
}

Result<EntryRange> EntriesOf(const ReportParts& parts, privacy::LegalDate from, privacy::LegalDate to) {
  if (to < from) return Status(Code::kInvalidArgument, "the period ends before it begins: give --from before --to");
  const auto clamp = [](UnixSeconds instant) {
    return static_cast<uint32_t>(std::clamp<UnixSeconds>(instant, 0, UINT32_MAX));
  };
  const ledger::LogReader reader = parts.ledger->reader();
  EntryRange range;
  ASSIGN_OR_RETURN(range.begin, reader.FirstAt(clamp(privacy::OsloStart(from))));
  ASSIGN_OR_RETURN(range.end, reader.FirstAt(clamp(privacy::OsloStart({to.days + 1}))));
  return range;
}

Result<uint64_t> NewestPolicy(const ReportParts& parts, uint64_t end) {
  std::optional<uint64_t> found;
  RETURN_IF_ERROR(parts.ledger->reader().Scan(0, end, [&](uint64_t index, ByteView bytes) {
    if (ledger::PeekKind(bytes) == static_cast<uint8_t>(ledger::EntryKind::kPolicy)) found = index;
    return true;
  }));
  if (!found) return Status(Code::kCorrupt, "the ledger has no policy entry");
  return *found;
}

Result<AuditedReader> AuditedReader::Open(const ReportParts& parts) {
  AuditedReader reader(parts);
  for (const auth::AuditTrail::Month& month : reader.months_) {
    const Result<ledger::UnitKey> key = parts.vault->keys().OpenUnit(month.unit);
    if (!key.ok() && key.error().code() != Code::kNotFound) return key.error();
    if (!key.ok()) reader.destroyed_.insert({month.year, month.month});
  }
  return reader;
}

Result<std::vector<AuditedEntry>> AuditedReader::ReadChunk(uint64_t begin, uint64_t end) const {
  std::vector<AuditedEntry> chunk;
  chunk.reserve(end - begin);
  Status bad;
  RETURN_IF_ERROR(parts_.ledger->reader().Scan(begin, end, [&](uint64_t index, ByteView bytes) {
    Result<ledger::Entry> entry = ledger::ParseEntry(bytes);
    if (!entry.ok()) return bad = entry.error(), false;
    chunk.push_back({index, ToBytes(bytes), std::move(*entry), {}, false});
    return true;
  }));
  RETURN_IF_ERROR(bad);
  for (const auth::AuditTrail::Month& month : months_) {
    RETURN_IF_ERROR(ledger::ScanAuditBlobs(*parts_.store, month.unit, begin, end, [&](const ledger::StoredBlob& blob) {
      chunk[blob.entry - begin].audits.push_back({blob.section, blob.unit, ToBytes(blob.blob)});
      return true;
    }));
  }
  return chunk;
}

Status AuditedReader::ForEach(uint64_t begin, uint64_t end, const Visitor& visitor) const {
  for (uint64_t at = begin; at < end; at += kChunk) {
    ASSIGN_OR_RETURN(std::vector<AuditedEntry> chunk, ReadChunk(at, std::min(end, at + kChunk)));
    for (AuditedEntry& entry : chunk) {
      const privacy::LegalDate day = privacy::OsloDay(entry.entry.time_s);
      entry.audit_destroyed =
          entry.audits.empty() && destroyed_.contains({privacy::YearOf(day), privacy::MonthOf(day)});
      RETURN_IF_ERROR(visitor(entry));
    }
  }
  return OkStatus();
}

}  // namespace spor::report
