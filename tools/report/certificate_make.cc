// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>

#include "ledger/replay.h"
#include "privacy/run_record.h"
#include "tools/report/certificate.h"
#include "tools/report/evidence.h"

namespace spor::report {
namespace {

using ledger::Entry;
using ledger::EntryKind;
using ledger::UnitId;
using ledger::UnitOp;
using privacy::RunRecord;

// Where the entries of one generation are, and what they erased.
struct Places {
  RunRecord::Generation record;
  std::vector<uint64_t> erase;
  uint32_t last_time = 0;
  std::vector<UnitOp> ops;
  bool listed = false;  // erased one of the units that the certificate lists
};

struct Wanted {
  std::string_view scope;  // "run", "person" or "unit"
  std::set<UnitId> units;  // empty for the whole run
};

// Everything that the certificate needs of the ledger, before the event is recorded.
struct Draft {
  RunRecord run;
  std::vector<Places> generations;
  uint64_t policy_entry = 0;
  ledger::PolicyBody policy;
  std::set<uint64_t> moves;
  CertificateFacts facts;
  Bytes live_before;
  Bytes due_before;
  Bytes live_after;
  Bytes due_after;
};

Result<Wanted> WantedUnits(const ReportParts& parts, const CertificateRequest& request, const RunRecord& run) {
  constexpr std::string_view kUnitPrefix = "unit:";
  Wanted wanted{"run", {}};
  if (request.subject.empty()) return wanted;
  if (request.subject.starts_with(kUnitPrefix)) {
    const Result<Bytes> bytes = HexDecode(std::string_view(request.subject).substr(kUnitPrefix.size()));
    const Result<Id16> unit = bytes.ok() ? ToId16(*bytes) : Result<Id16>(bytes.error());
    if (!unit.ok()) return Status(Code::kInvalidArgument, "a unit is written unit: and 32 hexadecimal digits");
    return Wanted{"unit", {*unit}};
  }
  const Result<privacy::SubjectId> subject = parts.subjects->Resolve(request.subject);
  if (!subject.ok() && subject.error().code() == Code::kNotFound) {
    return Status(Code::kNotFound,
                  "nobody is found under this name: who is wholly erased cannot be looked up any more; give "
                  "unit:HEX, the number of a unit that the person got on a receipt");
  }
  if (!subject.ok()) return subject.error();
  ASSIGN_OR_RETURN(const privacy::Profile profile, parts.subjects->Get(*subject));
  wanted.scope = "person";
  for (const privacy::Profile::Erased& erased : profile.erased) {
    if (erased.run == std::to_string(run.number)) wanted.units.insert(erased.unit);
  }
  if (!wanted.units.empty()) return wanted;
  return Status(Code::kNotFound, "run " + std::to_string(run.number) + " erased nothing of this person");
}

Result<Places> FindPlaces(const ledger::LogReader& reader, const RunRecord::Generation& record) {
  Places places{record, {}, 0, {}, false};
  Status bad;
  RETURN_IF_ERROR(reader.Scan(record.intent_entry + 1, record.head, [&](uint64_t index, ByteView bytes) {
    if (ledger::PeekKind(bytes) != static_cast<uint8_t>(EntryKind::kErase)) return true;
    const Result<Entry> entry = ledger::ParseEntry(bytes);
    if (!entry.ok()) return bad = entry.error(), false;
    places.erase.push_back(index);
    places.last_time = entry->time_s;
    places.ops.insert(places.ops.end(), entry->ops.begin(), entry->ops.end());
    return true;
  }));
  RETURN_IF_ERROR(bad);
  if (places.erase.empty()) return Status(Code::kCorrupt, "the erase entries of a recorded run are not in the ledger");
  return places;
}

Result<CertificateFacts::Head> HeadAtIndex(const ledger::LogReader& reader, uint64_t index) {
  ASSIGN_OR_RETURN(const Entry entry, reader.EntryAt(index));
  if (entry.kind != EntryKind::kHead) return Status(Code::kCorrupt, "a recorded run names a head that is none");
  ASSIGN_OR_RETURN(ledger::HeadBody body, ledger::ParseHead(entry.body));
  return CertificateFacts::Head{index, entry.time_s, body};
}

// Operations on units that the first head does not know as they were erased: created or moved in between.
Result<std::map<UnitId, std::vector<UnitOp>>> FindMoves(const ledger::LogReader& reader, const std::set<UnitId>& units,
                                                        uint64_t begin, uint64_t end, Draft& draft) {
  std::map<UnitId, std::vector<UnitOp>> moves;
  if (units.empty()) return moves;
  Status bad;
  RETURN_IF_ERROR(reader.Scan(begin, end, [&](uint64_t index, ByteView bytes) {
    if (ledger::PeekKind(bytes) != static_cast<uint8_t>(EntryKind::kOps)) return true;
    const Result<Entry> entry = ledger::ParseEntry(bytes);
    if (!entry.ok()) return bad = entry.error(), false;
    for (const UnitOp& op : entry->ops) {
      if (!units.contains(op.unit)) continue;
      moves[op.unit].push_back(op);
      draft.moves.insert(index);
    }
    return true;
  }));
  RETURN_IF_ERROR(bad);
  return moves;
}

Status AddUnits(const Wanted& wanted, Draft& draft) {
  for (const Places& places : draft.generations) {
    for (const UnitOp& op : places.ops) {
      if (!wanted.units.empty() && !wanted.units.contains(op.unit)) continue;
      draft.facts.units.push_back(
          {op.unit, 0, 0, op.old_due, static_cast<ledger::EraseReason>(op.reason), places.record.generation});
    }
  }
  if (draft.facts.units.empty() && wanted.scope != "run") {
    return Status(Code::kNotFound, "run " + std::to_string(draft.run.number) + " did not erase this unit");
  }
  std::sort(draft.facts.units.begin(), draft.facts.units.end(),
            [](const auto& a, const auto& b) { return a.unit < b.unit; });
  return OkStatus();
}

// Fills category and rule of each unit from the maps at the first head, and prunes the four maps.
Status AddMaps(const ledger::LogReader& reader, Draft& draft) {
  CertificateFacts& facts = draft.facts;
  ASSIGN_OR_RETURN(ledger::UnitMaps maps, ledger::ReplayMaps(reader, facts.before.index));
  std::set<UnitId> unsettled;
  for (const CertificateUnit& unit : facts.units) {
    if (!maps.due().Find(ledger::EncodeDueMapKey(unit.due, unit.unit))) unsettled.insert(unit.unit);
  }
  ASSIGN_OR_RETURN(const auto moves, FindMoves(reader, unsettled, facts.before.index, facts.after.index, draft));
  std::vector<Bytes> live_keys;
  std::vector<Bytes> due_keys;
  for (CertificateUnit& unit : facts.units) {
    ledger::DueKey due = unit.due;
    if (const auto moved = moves.find(unit.unit); moved != moves.end()) {
      due = moved->second.front().old_due;
      unit.rule = moved->second.back().rule;
      unit.category = moved->second.front().category;
    }
    live_keys.push_back(ToBytes(unit.unit));
    due_keys.push_back(ledger::EncodeDueMapKey(due, unit.unit));
    if (const auto live = maps.live().Find(unit.unit)) {
      ASSIGN_OR_RETURN(const ledger::LiveValue value, ledger::ParseLiveValue(*live));
      unit.category = value.category;
    }
    if (const auto found = maps.due().Find(due_keys.back()); found && unit.rule == 0) {
      ASSIGN_OR_RETURN(const ledger::DueValue value, ledger::ParseDueValue(*found));
      unit.rule = value.rule;
    }
  }
  std::sort(due_keys.begin(), due_keys.end());
  draft.live_before = maps.live().Prune(live_keys, ledger::Map::ShowSmallest::kNo);
  draft.due_before = maps.due().Prune(due_keys, ledger::Map::ShowSmallest::kNo);
  RETURN_IF_ERROR(ledger::ReplayOnto(maps, reader, facts.before.index, facts.after.index));
  draft.live_after = maps.live().Prune(live_keys, ledger::Map::ShowSmallest::kNo);
  draft.due_after = maps.due().Prune({}, ledger::Map::ShowSmallest::kYes);
  return OkStatus();
}

Status AddFacts(const ReportParts& parts, const ledger::LogReader& reader, Draft& draft) {
  CertificateFacts& facts = draft.facts;
  for (const Places& places : draft.generations) {
    if (!places.listed) continue;
    facts.erased_live_at = std::max(facts.erased_live_at, places.last_time);
    ASSIGN_OR_RETURN(const Entry entry, reader.EntryAt(places.record.destroyed_entry));
    ASSIGN_OR_RETURN(const ledger::DestroyedBody body, ledger::ParseDestroyed(entry.body));
    facts.everywhere_day = std::max(facts.everywhere_day, body.everywhere_day);
    facts.copies = std::max<uint32_t>(facts.copies, body.copies);
  }
  facts.nothing_overdue = NothingOverdue(facts.after.body);
  for (const privacy::Category& category : parts.policy->categories) {
    if (!TableHolds(draft.policy.categories, category.number, category.key)) continue;
    facts.promised_anonymous[category.number] = category.anonymise_on_expiry;
  }
  return OkStatus();
}

Result<Draft> MakeDraft(const ReportParts& parts, const CertificateRequest& request) {
  Draft draft;
  ASSIGN_OR_RETURN(draft.run, privacy::FindRun(*parts.store, request.run));
  if (draft.run.finished == 0) {
    return Status(Code::kLater, "run " + std::to_string(draft.run.number) +
                                    " was interrupted: run retention again, then ask for that run's certificate");
  }
  ASSIGN_OR_RETURN(const Wanted wanted, WantedUnits(parts, request, draft.run));
  const ledger::LogReader reader = parts.ledger->reader();
  for (const RunRecord::Generation& record : draft.run.generations) {
    ASSIGN_OR_RETURN(Places places, FindPlaces(reader, record));
    places.listed = wanted.units.empty() || std::any_of(places.ops.begin(), places.ops.end(),
                                                        [&](const auto& op) { return wanted.units.contains(op.unit); });
    draft.generations.push_back(std::move(places));
  }
  RETURN_IF_ERROR(AddUnits(wanted, draft));
  ASSIGN_OR_RETURN(draft.facts.before, HeadAtIndex(reader, draft.run.head_before));
  ASSIGN_OR_RETURN(draft.facts.after, HeadAtIndex(reader, draft.run.head_after));
  ASSIGN_OR_RETURN(draft.policy_entry, NewestPolicy(parts, draft.run.head_before));
  ASSIGN_OR_RETURN(const Entry policy, reader.EntryAt(draft.policy_entry));
  ASSIGN_OR_RETURN(draft.policy, ledger::ParsePolicyBody(policy.body));
  RETURN_IF_ERROR(AddMaps(reader, draft));
  RETURN_IF_ERROR(AddFacts(parts, reader, draft));
  return draft;
}

std::string ScopeOf(const CertificateRequest& request) {
  if (request.subject.empty()) return "run";
  return request.subject.starts_with("unit:") ? "unit" : "person";
}

Result<std::string> MakeReport(const ReportParts& parts, const CertificateRequest& request, const Draft& draft) {
  const RunRecord& run = draft.run;
  ASSIGN_OR_RETURN(const UnixSeconds made_at, parts.ledger->reader().NextTime(*parts.clock));
  JsonWriter json;
  json.BeginObject().Key("made_at").String(privacy::FormatUtc(made_at));
  json.Key("run").String(std::to_string(run.number)).Key("scope").String(ScopeOf(request));
  json.Key("as_of").String(privacy::FormatDate(run.as_of));
  json.Key("started").String(privacy::FormatUtc(run.started));
  json.Key("finished").String(privacy::FormatUtc(run.finished));
  json.Key("controller").String(parts.policy->controller);
  json.Key("policy").Raw(PolicyJson(*parts.policy, draft.policy));
  json.Key("categories").Raw(CategoriesJson(*parts.policy, draft.policy));
  json.Key("rules").Raw(RulesJson(*parts.policy, draft.policy));
  json.Key("limits").Raw(WordingsJson(CertificateLimits()));
  for (const auto& [key, value] : CertificateFigures(draft.facts)) json.Key(key).Raw(value);
  return json.EndObject().Take();
}

Status AddGenerations(ArtefactMaker& maker, const Draft& draft) {
  maker.document().BeginArray("generations");
  for (const Places& places : draft.generations) {
    JsonWriter json;
    ASSIGN_OR_RETURN(const std::string intent, maker.Proven(places.record.intent_entry));
    json.BeginObject().Key("intent").Raw(intent).Key("erase").BeginArray();
    for (const uint64_t index : places.erase) {
      ASSIGN_OR_RETURN(const std::string erase, maker.Proven(index));
      json.Raw(erase);
    }
    ASSIGN_OR_RETURN(const std::string head, maker.Proven(places.record.head));
    ASSIGN_OR_RETURN(const std::string destroyed, maker.Proven(places.record.destroyed_entry));
    maker.document().Element(json.EndArray().Key("head").Raw(head).Key("destroyed").Raw(destroyed).EndObject().Take());
  }
  maker.document().EndArray();
  return OkStatus();
}

}  // namespace

Result<std::string> MakeCertificate(const ReportParts& parts, const auth::Actor& actor,
                                    const CertificateRequest& request) {
  RETURN_IF_ERROR(parts.auth->Allow(actor, auth::Action::kCertificate));
  ASSIGN_OR_RETURN(const Draft draft, MakeDraft(parts, request));
  ArtefactMaker::Start start;
  start.kind = "certificate";
  ASSIGN_OR_RETURN(start.report, MakeReport(parts, request, draft));
  start.fields = {ledger::TextField("run", std::to_string(draft.run.number)),
                  ledger::TextField("scope", ScopeOf(request))};
  ASSIGN_OR_RETURN(ArtefactMaker maker, ArtefactMaker::Begin(parts, actor, start));
  DocumentWriter& out = maker.document();
  ASSIGN_OR_RETURN(const std::string policy, maker.Proven(draft.policy_entry));
  ASSIGN_OR_RETURN(const std::string before, maker.Proven(draft.facts.before.index));
  ASSIGN_OR_RETURN(const std::string after, maker.Proven(draft.facts.after.index));
  out.Member("policy_entry", policy);
  out.Member("head_before", before);
  out.Member("head_after", after);
  RETURN_IF_ERROR(AddGenerations(maker, draft));
  out.BeginArray("moves");
  for (const uint64_t index : draft.moves) {
    ASSIGN_OR_RETURN(const std::string move, maker.Proven(index));
    out.Element(move);
  }
  out.EndArray();
  out.Text("live_before", Base64Encode(draft.live_before));
  out.Text("due_before", Base64Encode(draft.due_before));
  out.Text("live_after", Base64Encode(draft.live_after));
  out.Text("due_after", Base64Encode(draft.due_after));
  return out.Take();
}

}  // namespace spor::report
