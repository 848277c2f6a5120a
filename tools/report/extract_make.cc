// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>

#include "ledger/blobs.h"
#include "tools/report/evidence.h"
#include "tools/report/extract_words.h"

namespace spor::report {
namespace {

using ledger::UnitId;

constexpr size_t kMaxReason = 1000;
constexpr int kDecideAgain = 8;
constexpr uint64_t kReadTogether = 64;

std::string MakeReport(const ReportParts& parts, const ExtractRequest& request) {
  const bool person = !request.subject.empty();
  const privacy::Policy& policy = *parts.policy;
  JsonWriter json;
  json.BeginObject().Key("made_at").String(privacy::FormatUtc(parts.clock->Now()));
  json.Key("from").String(privacy::FormatDate(request.from)).Key("to").String(privacy::FormatDate(request.to));
  json.Key("scope").String(person ? "person" : "period").Key("controller").String(policy.controller);
  json.Key("policy").BeginObject().Key("id").String(policy.policy_id).Key("version").String(policy.version);
  json.Key("number").Uint(policy.number).EndObject();
  // What may name the person stands in a section sealed under a key of hers, never beside the audit trail.
  json.Key("reason");
  if (person) {
    json.Null();
  } else {
    json.String(request.reason);
  }
  json.Key("limits").Raw(WordingsJson(ExtractLimits()));
  return json.EndObject().Take();
}

ArtefactMaker::Start StartOf(const ReportParts& parts, const ExtractRequest& request) {
  ArtefactMaker::Start start;
  start.kind = "extract";
  start.report = MakeReport(parts, request);
  start.fields = {ledger::DateField("from", static_cast<uint32_t>(request.from.days)),
                  ledger::DateField("to", static_cast<uint32_t>(request.to.days))};
  if (request.subject.empty()) start.fields.push_back(ledger::TextField("reason", request.reason));
  return start;
}

// One entry as it goes into the extract: audit sections opened, those of `own` too, everything else closed.
using OwnSections = std::map<uint8_t, std::pair<UnitId, Bytes>>;
Result<std::vector<DisclosedSection>> Disclose(const AuditedEntry& audited, const OwnSections& own, SectionKeys& keys) {
  std::vector<DisclosedSection> sections(audited.entry.sections.size());
  const auto open = [&](uint8_t number, const UnitId& unit, ByteView blob) -> Status {
    if (number >= sections.size()) return Status(Code::kCorrupt, "a sealed section has no entry");
    Result<Opening> opening = keys.Open(audited.entry, number, unit, blob);
    if (!opening.ok() && opening.error().code() != Code::kNotFound) return opening.error();
    sections[number].state = opening.ok() ? DisclosedSection::State::kOpening : DisclosedSection::State::kDestroyed;
    if (opening.ok()) sections[number].opening = std::move(*opening);
    return OkStatus();
  };
  for (const AuditedEntry::Section& section : audited.audits) {
    RETURN_IF_ERROR(open(section.number, section.unit, section.blob));
  }
  for (const auto& [number, section] : own) RETURN_IF_ERROR(open(number, section.first, section.second));
  // An audit section is the first of its event. With one section alone it may be a person's: that stays "closed".
  if (audited.audit_destroyed && sections.size() > 1) sections[0].state = DisclosedSection::State::kDestroyed;
  return sections;
}

// The whole period in one piece, with the entry before and the one behind it, so that nothing can be missing between.
Status AddPeriod(const ReportParts& parts, const ExtractRequest& request, ArtefactMaker& maker) {
  ASSIGN_OR_RETURN(EntryRange period, EntriesOf(parts, request.from, request.to));
  period.end = std::min(period.end, maker.event() + 1);  // complete up to the extract's own entry
  period.begin = std::min(period.begin, period.end);
  const EntryRange shown{period.begin == 0 ? 0 : period.begin - 1, std::min(period.end, maker.event()) + 1};
  ASSIGN_OR_RETURN(const std::vector<Hash32> proof,
                   ledger::RangeProof(parts.ledger->nodes(), shown.begin, shown.end, maker.checkpoint().size));
  DocumentWriter& out = maker.document();
  JsonWriter range;
  range.BeginObject().Key("begin").Uint(shown.begin).Key("end").Uint(shown.end);
  out.Member("range", range.Key("proof").String(HashesBase64(proof)).EndObject().Take());
  out.BeginArray("entries");
  SectionKeys keys(parts);
  ASSIGN_OR_RETURN(const AuditedReader reader, AuditedReader::Open(parts));
  RETURN_IF_ERROR(reader.ForEach(shown.begin, shown.end, [&](AuditedEntry& audited) -> Status {
    std::vector<DisclosedSection> sections(audited.entry.sections.size());
    if (audited.index >= period.begin && audited.index < period.end) {
      ASSIGN_OR_RETURN(sections, Disclose(audited, {}, keys));
    }
    out.Element(RangeEntryJson(audited.bytes, sections));
    return OkStatus();
  }));
  out.EndArray();
  return OkStatus();
}

// Every section of hers in the period, by entry.
Result<std::map<uint64_t, OwnSections>> OwnSectionsOf(const ReportParts& parts, const privacy::Profile& profile,
                                                      const EntryRange& period) {
  std::set<UnitId> units = {profile.identity};
  for (const privacy::SubjectUnit& unit : profile.units) units.insert(unit.unit);
  std::map<uint64_t, OwnSections> own;
  for (const UnitId& unit : units) {
    RETURN_IF_ERROR(
        ledger::ScanSubjectBlobs(*parts.store, unit, period.begin, period.end, [&](const ledger::StoredBlob& blob) {
          own[blob.entry][blob.section] = {blob.unit, ToBytes(blob.blob)};
          return true;
        }));
  }
  return own;
}

Status AddPerson(const ReportParts& parts, const ExtractRequest& request, const privacy::Profile& profile,
                 ArtefactMaker& maker) {
  ASSIGN_OR_RETURN(EntryRange period, EntriesOf(parts, request.from, request.to));
  period.end = std::min(period.end, maker.event() + 1);
  ASSIGN_OR_RETURN(const auto own, OwnSectionsOf(parts, profile, period));
  maker.document().BeginArray("entries");
  SectionKeys keys(parts);
  ASSIGN_OR_RETURN(const AuditedReader reader, AuditedReader::Open(parts));
  for (auto next = own.begin(); next != own.end();) {
    // Entries that lie close together are read in one go.
    const uint64_t begin = next->first;
    uint64_t end = begin;
    for (auto last = next; last != own.end() && last->first < end + kReadTogether; ++last) end = last->first + 1;
    RETURN_IF_ERROR(reader.ForEach(begin, end, [&](AuditedEntry& audited) -> Status {
      if (next == own.end() || next->first != audited.index) return OkStatus();
      ASSIGN_OR_RETURN(std::vector<DisclosedSection> disclosed, Disclose(audited, next->second, keys));
      ASSIGN_OR_RETURN(const std::string json,
                       maker.Proven({audited.index, audited.bytes, audited.entry, std::move(disclosed), {}}));
      maker.document().Element(json);
      ++next;
      return OkStatus();
    }));
  }
  maker.document().EndArray();
  return OkStatus();
}

Result<std::string> ExtractOfPerson(const ReportParts& parts, const auth::Actor& actor, const ExtractRequest& request) {
  ASSIGN_OR_RETURN(const privacy::SubjectId subject, parts.subjects->Resolve(request.subject));
  Status status;
  for (int attempt = 0; attempt < kDecideAgain; ++attempt) {
    const ledger::Expectation unchanged = parts.ledger->Expect(privacy::SubjectBook::SubjectStripe(subject));
    ASSIGN_OR_RETURN(const privacy::Profile profile, parts.subjects->Get(subject));
    ASSIGN_OR_RETURN(PersonSection person, PersonSectionFor(parts, profile));
    person.expects.push_back(unchanged);
    person.fields = {ledger::TextField("action", "extract"), ledger::TextField("reason", request.reason),
                     ledger::BytesField("subject", subject)};
    ArtefactMaker::Start start = StartOf(parts, request);
    start.person = std::move(person);
    Result<ArtefactMaker> maker = ArtefactMaker::Begin(parts, actor, start);
    status = maker.status();
    if (maker.ok()) {
      RETURN_IF_ERROR(AddPerson(parts, request, profile, *maker));
      return maker->document().Take();
    }
    if (status.code() != Code::kConflict) break;
  }
  return status;
}

}  // namespace

Result<std::string> MakeExtract(const ReportParts& parts, const auth::Actor& actor, const ExtractRequest& request) {
  RETURN_IF_ERROR(parts.auth->Allow(actor, auth::Action::kExtract));
  if (request.reason.empty() || request.reason.size() > kMaxReason || !privacy::IsUtf8(request.reason)) {
    return Status(Code::kInvalidArgument, "a reason of 1 to 1,000 bytes is needed: --reason TEXT");
  }
  if (request.to < request.from) {
    return Status(Code::kInvalidArgument, "the period ends before it begins: give --from before --to");
  }
  if (!request.subject.empty()) return ExtractOfPerson(parts, actor, request);
  ASSIGN_OR_RETURN(ArtefactMaker maker, ArtefactMaker::Begin(parts, actor, StartOf(parts, request)));
  RETURN_IF_ERROR(AddPeriod(parts, request, maker));
  return maker.document().Take();
}

}  // namespace spor::report
