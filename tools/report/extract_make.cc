// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "crypto/utf8.h"
#include "tools/report/disclosure.h"
#include "tools/report/extract_content.h"
#include "tools/report/extract_words.h"

namespace spor::report {
namespace {

constexpr size_t kMaxReason = 1000;
constexpr int kDecideAgain = 8;
constexpr uint64_t kReadTogether = 64;

// What the extract discloses, made before the event that binds it. Entries written after it stay closed.
struct Shown {
  ExtractContent content;
  std::vector<DisclosedEntry> entries;  // of a person
  std::vector<std::string> lines;       // of a period
};

Result<std::string> MakeReport(const ReportParts& parts, const ExtractRequest& request, Shown& shown) {
  const bool person = !request.subject.empty();
  const privacy::Policy& policy = *parts.policy;
  ASSIGN_OR_RETURN(const UnixSeconds made_at, parts.ledger->reader().NextTime(*parts.clock));
  JsonWriter json;
  json.BeginObject().Key("made_at").String(privacy::FormatUtc(made_at));
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
  json.Key("content").Raw(shown.content.Json());
  json.Key("limits").Raw(WordingsJson(ExtractLimits()));
  return json.EndObject().Take();
}

Result<ArtefactMaker::Start> StartOf(const ReportParts& parts, const ExtractRequest& request, Shown& shown) {
  ArtefactMaker::Start start;
  start.kind = "extract";
  ASSIGN_OR_RETURN(start.report, MakeReport(parts, request, shown));
  start.fields = {ledger::DateField("from", static_cast<uint32_t>(request.from.days)),
                  ledger::DateField("to", static_cast<uint32_t>(request.to.days))};
  if (request.subject.empty()) start.fields.push_back(ledger::TextField("reason", request.reason));
  return start;
}

// The period's entries, and what is shown: those with the one before and the one behind, so that nothing can be missing
// between. A period that goes on ends at entry `last`.
struct PeriodRange {
  EntryRange period;
  EntryRange shown;
};
Result<PeriodRange> RangeOf(const ReportParts& parts, const ExtractRequest& request, uint64_t last) {
  PeriodRange out;
  ASSIGN_OR_RETURN(out.period, EntriesOf(parts, request.from, request.to));
  out.period.end = std::min(out.period.end, last + 1);
  out.period.begin = std::min(out.period.begin, out.period.end);
  out.shown = {out.period.begin == 0 ? 0 : out.period.begin - 1, std::min(out.period.end, last) + 1};
  return out;
}

// Nothing yet of a period that has not begun: what is shown of it is known only after the event.
Result<Shown> DisclosePeriod(const ReportParts& parts, const ExtractRequest& request) {
  const uint64_t last = parts.ledger->size() - 1;
  ASSIGN_OR_RETURN(const PeriodRange range, RangeOf(parts, request, last));
  Shown out;
  if (range.period.begin > last) return out;
  SectionKeys keys(parts);
  ASSIGN_OR_RETURN(const AuditedReader reader, AuditedReader::Open(parts));
  RETURN_IF_ERROR(reader.ForEach(range.shown.begin, range.shown.end, [&](AuditedEntry& audited) -> Status {
    std::vector<DisclosedSection> sections(audited.entry.sections.size());
    if (audited.index >= range.period.begin && audited.index < range.period.end) {
      ASSIGN_OR_RETURN(sections, Disclose(audited, {}, keys));
    }
    out.content.Add(audited.index, audited.bytes, sections);
    out.lines.push_back(RangeEntryJson(audited.bytes, sections));
    return OkStatus();
  }));
  return out;
}

// What was shown beforehand, then the entries up to the end or the extract's own, closed.
Status AddPeriod(const ReportParts& parts, const ExtractRequest& request, const Shown& before, ArtefactMaker& maker) {
  ASSIGN_OR_RETURN(const PeriodRange range, RangeOf(parts, request, maker.event()));
  const EntryRange& shown = range.shown;
  ASSIGN_OR_RETURN(const std::vector<Hash32> proof,
                   ledger::RangeProof(parts.ledger->nodes(), shown.begin, shown.end, maker.checkpoint().size));
  DocumentWriter& out = maker.document();
  JsonWriter json;
  json.BeginObject().Key("begin").Uint(shown.begin).Key("end").Uint(shown.end);
  out.Member("range", json.Key("proof").String(HashesBase64(proof)).EndObject().Take());
  out.BeginArray("entries");
  for (const std::string& line : before.lines) out.Element(line);
  ASSIGN_OR_RETURN(const AuditedReader reader, AuditedReader::Open(parts));
  RETURN_IF_ERROR(reader.ForEach(shown.begin + before.lines.size(), shown.end, [&](AuditedEntry& audited) {
    out.Element(RangeEntryJson(audited.bytes, std::vector<DisclosedSection>(audited.entry.sections.size())));
    return OkStatus();
  }));
  out.EndArray();
  return OkStatus();
}

Result<Shown> DisclosePerson(const ReportParts& parts, const ExtractRequest& request, const privacy::Profile& profile) {
  ASSIGN_OR_RETURN(const EntryRange period, EntriesOf(parts, request.from, request.to));
  ASSIGN_OR_RETURN(const auto own, OwnSectionsOf(parts, profile, period));
  Shown out;
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
      out.content.Add(audited.index, audited.bytes, disclosed);
      out.entries.push_back({audited.index, audited.bytes, audited.entry, std::move(disclosed), {}});
      ++next;
      return OkStatus();
    }));
  }
  return out;
}

Result<std::string> FinishPerson(ArtefactMaker& maker, Shown& shown) {
  maker.document().BeginArray("entries");
  for (DisclosedEntry& entry : shown.entries) {
    ASSIGN_OR_RETURN(const std::string json, maker.Proven(std::move(entry)));
    maker.document().Element(json);
  }
  maker.document().EndArray();
  return maker.document().Take();
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
    ASSIGN_OR_RETURN(Shown shown, DisclosePerson(parts, request, profile));
    ASSIGN_OR_RETURN(ArtefactMaker::Start start, StartOf(parts, request, shown));
    start.person = std::move(person);
    Result<ArtefactMaker> maker = ArtefactMaker::Begin(parts, actor, start);
    status = maker.status();
    if (maker.ok()) return FinishPerson(*maker, shown);
    if (status.code() != Code::kConflict) break;
  }
  return status;
}

}  // namespace

Result<std::string> MakeExtract(const ReportParts& parts, const auth::Actor& actor, const ExtractRequest& request) {
  RETURN_IF_ERROR(parts.auth->Allow(actor, auth::Action::kExtract));
  if (request.reason.empty() || request.reason.size() > kMaxReason || !IsUtf8(request.reason)) {
    return Status(Code::kInvalidArgument, "a reason of 1 to 1,000 bytes is needed: --reason TEXT");
  }
  if (request.to < request.from) {
    return Status(Code::kInvalidArgument, "the period ends before it begins: give --from before --to");
  }
  if (!request.subject.empty()) return ExtractOfPerson(parts, actor, request);
  ASSIGN_OR_RETURN(Shown shown, DisclosePeriod(parts, request));
  ASSIGN_OR_RETURN(const ArtefactMaker::Start start, StartOf(parts, request, shown));
  ASSIGN_OR_RETURN(ArtefactMaker maker, ArtefactMaker::Begin(parts, actor, start));
  RETURN_IF_ERROR(AddPeriod(parts, request, shown, maker));
  return maker.document().Take();
}

}  // namespace spor::report
