// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "crypto/hash.h"
#include "ledger/unit_maps.h"
#include "tools/report/certificate.h"
#include "tools/report/proven_times.h"

namespace spor::report {
namespace {

using ledger::OpType;
using ledger::PrunedMap;
using ledger::UnitId;
using ledger::UnitOp;

Status Failed(std::string what) { return Status(Code::kFailed, std::move(what)); }

Status CheckInclusion(const Artefact& artefact, const Certificate& c) {
  const auto verify = [&](const DisclosedEntry& entry) { return VerifyEntry(entry, artefact.checkpoint); };
  if (c.before_body.own_index != c.before.index || c.after_body.own_index != c.after.index) {
    return Failed("a head stands in another place than it says");
  }
  RETURN_IF_ERROR(verify(c.policy));
  RETURN_IF_ERROR(verify(c.before));
  RETURN_IF_ERROR(verify(c.after));
  for (const CertificateGeneration& g : c.generations) {
    RETURN_IF_ERROR(verify(g.intent));
    for (const DisclosedEntry& entry : g.erase) RETURN_IF_ERROR(verify(entry));
    RETURN_IF_ERROR(verify(g.head));
    RETURN_IF_ERROR(verify(g.destroyed));
  }
  for (const DisclosedEntry& entry : c.moves) RETURN_IF_ERROR(verify(entry));
  return OkStatus();
}

// Intent, erase entries, head and destruction of each generation, one after the other between the two heads.
Status CheckOrder(const Artefact& artefact, const Certificate& c) {
  uint64_t last = c.before.index;
  const auto follows = [&](const DisclosedEntry& entry) {
    const bool later = entry.index > last;
    last = entry.index;
    return later;
  };
  if (c.policy.index >= c.before.index) return Failed("the policy entry is not before the run");
  for (const CertificateGeneration& g : c.generations) {
    bool in_order = follows(g.intent);
    for (const DisclosedEntry& entry : g.erase) in_order = follows(entry) && in_order;
    if (!in_order || !follows(g.head) || !follows(g.destroyed)) return Failed("the run's entries are not in order");
  }
  const bool nothing = c.generations.empty() && c.after.index >= c.before.index;
  if (!nothing && c.after.index <= last) return Failed("the second head is not after the run");
  if (artefact.event.index <= c.after.index) return Failed("the certificate was recorded before the run ended");
  return OkStatus();
}

// Every time that the report states, and every entry's.
Status CheckCertificateTimes(const Artefact& artefact, const Certificate& c) {
  std::vector<ProvenTime> times = {TimeOf(c.policy), TimeOf(c.before), TimeOf(c.after)};
  for (const DisclosedEntry& entry : c.moves) times.push_back(TimeOf(entry));
  for (const CertificateGeneration& g : c.generations) {
    for (const DisclosedEntry* entry : {&g.intent, &g.head, &g.destroyed}) times.push_back(TimeOf(*entry));
    for (const DisclosedEntry& entry : g.erase) times.push_back(TimeOf(entry));
    RETURN_IF_ERROR(CheckLegalDay(g.head, g.head_body));
  }
  RETURN_IF_ERROR(CheckLegalDay(c.before, c.before_body));
  RETURN_IF_ERROR(CheckLegalDay(c.after, c.after_body));
  RETURN_IF_ERROR(CheckTimes(artefact, std::move(times)));
  ASSIGN_OR_RETURN(const UnixSeconds started, ReadTime(*artefact.report, "started"));
  ASSIGN_OR_RETURN(const UnixSeconds finished, ReadTime(*artefact.report, "finished"));
  const Result<std::string> as_of = artefact.report->GetString("as_of");
  if (!as_of.ok() || *as_of != privacy::FormatDate(privacy::OsloDay(started))) {
    return Failed("'as_of' is not the day on which the run started");
  }
  const bool around = c.generations.empty() || (started <= c.generations.front().intent.entry.time_s &&
                                                finished >= c.generations.back().destroyed.entry.time_s);
  if (!around || finished < started || finished > artefact.event.entry.time_s) {
    return Failed("the run did not start and finish around what it erased");
  }
  return OkStatus();
}

Status CheckIntents(const Certificate& c) {
  uint64_t erased = 0;
  for (const CertificateGeneration& g : c.generations) {
    std::vector<UnitId> units;
    for (size_t part = 0; part < g.erase.size(); ++part) {
      const ledger::EraseBody& body = g.erase_bodies[part];
      if (body.intent != g.intent.index || body.part != part || body.parts != g.erase.size() ||
          body.generation_old != g.intent_body.generation_old || body.generation_new != g.intent_body.generation_new ||
          body.units_total != g.intent_body.units) {
        return Failed("an erase entry does not belong to its intent, or one is missing");
      }
      for (const UnitOp& op : g.erase[part].entry.ops) units.push_back(op.unit);
    }
    if (units.size() != g.intent_body.units) return Failed("another number of units was erased than announced");
    std::sort(units.begin(), units.end());
    Sha256Stream digest;
    for (const UnitId& unit : units) digest.Update(unit);
    if (digest.Finish() != g.intent_body.units_digest) return Failed("other units were erased than announced");
    erased += units.size();
  }
  // How many were created meanwhile is not shown, so there may be more.
  if (c.after_body.live_n + erased < c.before_body.live_n) return Failed("more units are gone than were erased");
  return OkStatus();
}

// The erasure of each listed unit; for scope "run" these are all there are.
Result<std::vector<CertificateUnit>> ErasedUnits(const Artefact& artefact, const Certificate& c) {
  std::map<UnitId, CertificateUnit> erased;
  for (const CertificateGeneration& g : c.generations) {
    for (const DisclosedEntry& entry : g.erase) {
      for (const UnitOp& op : entry.entry.ops) {
        if (op.type != OpType::kErase) return Failed("an erase entry holds another operation");
        erased[op.unit] = {
            op.unit, 0, 0, op.old_due, static_cast<ledger::EraseReason>(op.reason), g.intent_body.generation_new};
      }
    }
  }
  const Result<std::string> scope = artefact.report->GetString("scope");
  if (!scope.ok() || (*scope != "run" && *scope != "person" && *scope != "unit")) return Failed("unknown scope");
  if (*scope == "run" && erased.size() != c.units.size()) return Failed("not every erased unit is listed");
  std::vector<CertificateUnit> units;
  for (const UnitId& unit : c.units) {
    const auto found = erased.find(unit);
    if (found == erased.end()) return Failed("unit " + HexEncode(unit) + " was not erased in this run");
    units.push_back(found->second);
  }
  return units;
}

// What the disclosed operations between the first head and the erasure did to the units.
using Moves = std::map<UnitId, std::vector<UnitOp>>;
Result<Moves> CollectMoves(const Certificate& c) {
  Moves moves;
  for (const DisclosedEntry& entry : c.moves) {
    if (entry.index <= c.before.index || entry.index >= c.after.index) return Failed("a move is outside the run");
    for (const UnitOp& op : entry.entry.ops) {
      if (std::binary_search(c.units.begin(), c.units.end(), op.unit)) moves[op.unit].push_back(op);
    }
  }
  return moves;
}

Status CheckLive(const Certificate& c, const Moves& moves, std::vector<CertificateUnit>& units) {
  if (c.live_before.root() != c.before_body.live_root) return Failed("the map of living units is not the head's");
  for (CertificateUnit& unit : units) {
    const PrunedMap::Lookup found = c.live_before.Find(unit.unit);
    const auto moved = moves.find(unit.unit);
    if (moved != moves.end() && moved->second.front().type == OpType::kCreate) {
      if (found.answer != PrunedMap::Answer::kAbsent) return Failed("a unit was created twice");
      unit.category = moved->second.front().category;
      continue;
    }
    if (found.answer != PrunedMap::Answer::kPresent) {
      return Failed("unit " + HexEncode(unit.unit) + " is not shown to have been there");
    }
    const Result<ledger::LiveValue> value = ledger::ParseLiveValue(found.value);
    if (!value.ok()) return Failed(value.error().message());
    unit.category = value->category;
  }
  return OkStatus();
}

// Follows the unit from where the first head has it to where it was erased; fills its rule.
Status FollowDue(const Certificate& c, const Moves& moves, CertificateUnit& unit) {
  const auto moved = moves.find(unit.unit);
  const bool created = moved != moves.end() && moved->second.front().type == OpType::kCreate;
  uint8_t held = 0;
  ledger::DueKey due = moved == moves.end() ? unit.due : moved->second.front().old_due;
  if (!created) {
    const PrunedMap::Lookup found = c.due_before.Find(ledger::EncodeDueMapKey(due, unit.unit));
    const Result<ledger::DueValue> value = ledger::ParseDueValue(found.value);
    if (found.answer != PrunedMap::Answer::kPresent || !value.ok()) {
      return Failed("unit " + HexEncode(unit.unit) + " is not shown under its deadline");
    }
    unit.rule = value->rule;
    held = value->held;
  }
  for (size_t i = 0; moved != moves.end() && i < moved->second.size(); ++i) {
    const UnitOp& op = moved->second[i];
    const bool fits = op.type == OpType::kCreate ? i == 0 : op.type == OpType::kRedue && op.old_due == due;
    if (!fits) return Failed("the moves of a unit do not follow from each other");
    due = op.due;
    unit.rule = op.rule;
    held = op.held;
  }
  const bool asked = unit.reason == ledger::EraseReason::kRequest || unit.reason == ledger::EraseReason::kUnlawful;
  if (held != 0 && !asked) return Failed("unit " + HexEncode(unit.unit) + " was held when it was erased");
  return due == unit.due ? OkStatus() : Failed("a unit was erased under another deadline than it had");
}

Status CheckDue(const Certificate& c, const Moves& moves, std::vector<CertificateUnit>& units) {
  if (c.due_before.root() != c.before_body.due_root) return Failed("the map of deadlines is not the head's");
  std::map<uint32_t, uint32_t> legal_day;
  for (const CertificateGeneration& g : c.generations) {
    legal_day[g.intent_body.generation_new] = g.head_body.legal_day;
  }
  for (CertificateUnit& unit : units) RETURN_IF_ERROR(FollowDue(c, moves, unit));
  for (const CertificateUnit& unit : units) {
    if (unit.reason != ledger::EraseReason::kDue || unit.category == privacy::kIdentityCategory) continue;
    const uint64_t day = legal_day[unit.generation];
    // A promised maximum is gone before its day begins; a minimum by law may go from its day on.
    const uint64_t limit = unit.due.retention_class == 0 ? day + 1 : day;
    if (unit.due.retention_class > 1 || unit.due.due > limit) {
      return Failed("unit " + HexEncode(unit.unit) + " was not due");
    }
  }
  return OkStatus();
}

Status CheckGone(const Certificate& c) {
  if (c.live_after.root() != c.after_body.live_root) return Failed("the later map of living units is not the head's");
  for (const UnitId& unit : c.units) {
    if (c.live_after.Find(unit).answer != PrunedMap::Answer::kAbsent) {
      return Failed("unit " + HexEncode(unit) + " is not shown to be gone");
    }
  }
  return OkStatus();
}

// Each generation follows the one before, from the first head's to the second's: none is left out.
Status CheckRootDestroyed(const Certificate& c) {
  uint32_t generation = c.before_body.root_generation;
  for (const CertificateGeneration& g : c.generations) {
    if (g.intent_body.generation_old != generation) return Failed("a generation of the root key is left out");
    generation = g.intent_body.generation_new;
    if (g.destroyed_body.generation_old != g.intent_body.generation_old || g.destroyed_body.erase <= g.intent.index ||
        g.destroyed_body.erase > g.erase.back().index || g.head_body.root_generation != g.intent_body.generation_new ||
        g.intent_body.generation_new != g.intent_body.generation_old + 1) {
      return Failed("the destruction of root key " + std::to_string(g.intent_body.generation_old) +
                    " is not the one that the erasure owes");
    }
  }
  if (c.after_body.root_generation != generation) return Failed("a generation of the root key is left out");
  return OkStatus();
}

// The earliest day of class 0 at the second head, by its map. kFailed if the map does not show it.
Result<ledger::DueDay> EarliestDueByMap(const Certificate& c) {
  if (c.due_after.root() != c.after_body.due_root) return Failed("the later map of deadlines is not the head's");
  const PrunedMap::Smallest smallest = c.due_after.SmallestKey();
  if (smallest.answer == PrunedMap::Answer::kNotShown) return Failed("the earliest deadline is not shown");
  if (smallest.answer == PrunedMap::Answer::kAbsent) return ledger::kNotStarted;
  const Result<ledger::DueMapKey> key = ledger::ParseDueMapKey(smallest.key);
  if (!key.ok()) return Failed(key.error().message());
  return key->due.retention_class == 0 ? key->due.due : ledger::kNotStarted;
}

bool ErasesListed(const Certificate& c, const CertificateGeneration& g) {
  return std::any_of(g.erase.begin(), g.erase.end(), [&](const DisclosedEntry& entry) {
    return std::any_of(entry.entry.ops.begin(), entry.entry.ops.end(),
                       [&](const UnitOp& op) { return std::binary_search(c.units.begin(), c.units.end(), op.unit); });
  });
}

CertificateFacts Recompute(const Artefact& artefact, const Certificate& c, std::vector<CertificateUnit> units,
                           bool nothing_overdue) {
  CertificateFacts facts;
  facts.before = {c.before.index, c.before.entry.time_s, c.before_body};
  facts.after = {c.after.index, c.after.entry.time_s, c.after_body};
  facts.units = std::move(units);
  for (const CertificateGeneration& g : c.generations) {
    if (!ErasesListed(c, g)) continue;
    facts.erased_live_at = std::max(facts.erased_live_at, g.erase.back().entry.time_s);
    facts.everywhere_day = std::max(facts.everywhere_day, g.destroyed_body.everywhere_day);
    facts.copies = std::max<uint32_t>(facts.copies, g.destroyed_body.copies);
  }
  facts.nothing_overdue = nothing_overdue;
  const auto categories = artefact.report->GetArray("categories");
  for (size_t i = 0; categories.ok() && i < categories->size(); ++i) {
    const Result<int64_t> number = (*categories)[i].GetInt("number");
    const Result<std::string> promised = (*categories)[i].GetString("promised");
    if (!number.ok() || !promised.ok() || *number < 0 || *number > UINT16_MAX) continue;
    facts.promised_anonymous[static_cast<uint16_t>(*number)] = *promised == "anonymise";
  }
  return facts;
}

Status CheckCounts(const Artefact& artefact, const CertificateFacts& facts) {
  for (const auto& [key, json] : CertificateFigures(facts)) {
    const JsonValue* value = artefact.report->Find(key);
    if (value == nullptr || CompactJson(*value) != json)
      return Failed("'" + key + "' does not follow from the entries");
  }
  return OkStatus();
}

// How many units went for which reason; no deadline is claimed for those that had none to meet.
privacy::Wording ReasonsSentence(const std::vector<CertificateUnit>& units) {
  std::map<ledger::EraseReason, size_t> by;
  size_t identity = 0;
  for (const CertificateUnit& unit : units) {
    const bool with_last = unit.reason == ledger::EraseReason::kDue && unit.category == privacy::kIdentityCategory;
    with_last ? ++identity : ++by[unit.reason];
  }
  const auto n = [&](ledger::EraseReason reason) { return std::to_string(by[reason]); };
  return {n(ledger::EraseReason::kDue) + " hadde nådd slettefristen, " + n(ledger::EraseReason::kRequest) +
              " ble slettet etter krav, " + n(ledger::EraseReason::kUnlawful) + " fordi behandlingen var ulovlig, " +
              n(ledger::EraseReason::kAnonymised) + " etter anonymisering, " + std::to_string(identity) +
              " er identiteter, som slettes sammen med det siste om personen.",
          n(ledger::EraseReason::kDue) + " had reached their deadline, " + n(ledger::EraseReason::kRequest) +
              " were erased by request, " + n(ledger::EraseReason::kUnlawful) + " as unlawfully processed, " +
              n(ledger::EraseReason::kAnonymised) + " after anonymisation, " + std::to_string(identity) +
              " are identities, which go with the last data of the person."};
}

// By the head's own day; which day that is, the witnesses say if they can. Answers whether nothing was overdue.
bool CheckOverdue(const Artefact& artefact, const Certificate& c, Checks& checks) {
  const Result<ledger::DueDay> earliest = EarliestDueByMap(c);
  if (!earliest.ok()) return checks.Add("nothing_overdue", earliest.error()), false;
  if (*earliest > c.after_body.legal_day) {
    const privacy::Wording day = DayWords(artefact, c.after_body.legal_day, *earliest);
    return checks.Add("nothing_overdue", OkStatus(), day.nb, day.en), true;
  }
  checks.NotCovered("nothing_overdue", Checks::Need::kRequired,
                    "Etter kjøringen var noe fortsatt over slettefristen; det står i beviset.",
                    "After the run something was still overdue; the certificate says so.");
  return false;
}

}  // namespace

Status VerifyCertificate(const Artefact& artefact, Checks& checks) {
  ASSIGN_OR_RETURN(const Certificate c, ReadCertificate(artefact));
  const Status included = CheckInclusion(artefact, c);
  checks.Add("inclusion", included.ok() ? CheckOrder(artefact, c) : included);
  const Status recorded = CheckRecorded(artefact, "certificate");
  const std::string run = artefact.report->GetString("run").ok() ? *artefact.report->GetString("run") : "";
  checks.Add("recorded", recorded.ok() ? CheckEventField(artefact, "run", ledger::FieldType::kText, run) : recorded);
  const bool same = c.policy_body.digest == c.before_body.policy_digest;
  checks.Add("policy",
             same ? CheckPolicy(*artefact.report, c.policy_body)
                  : Failed("the policy entry is not the one in force at the first head"),
             kPolicyProvenNb, kPolicyProvenEn);
  checks.Add("intent_matches_erasures", CheckIntents(c));
  Result<std::vector<CertificateUnit>> units = ErasedUnits(artefact, c);
  checks.Add("units_erased", units.status());
  if (!units.ok()) units = std::vector<CertificateUnit>();
  const Result<Moves> moves = CollectMoves(c);
  const std::string n = std::to_string(units->size());
  checks.Add("units_were_live", moves.ok() ? CheckLive(c, *moves, *units) : moves.error(), n + " enheter.",
             n + " units.");
  const Status due = moves.ok() ? CheckDue(c, *moves, *units) : moves.error();
  const privacy::Wording reasons = ReasonsSentence(*units);
  checks.Add("units_due", due, reasons.nb, reasons.en);
  checks.Add("units_gone", CheckGone(c));
  checks.Add("old_root_destroyed", CheckRootDestroyed(c));
  checks.Add("times", CheckCertificateTimes(artefact, c));
  checks.Add("words", CheckWords(*artefact.report, "limits", WordingsJson(CertificateLimits())));
  const bool nothing_overdue = CheckOverdue(artefact, c, checks);
  const CertificateFacts facts = Recompute(artefact, c, std::move(*units), nothing_overdue);
  checks.Add("counts", CheckCounts(artefact, facts));
  const std::string day = facts.erased_live_at == 0 ? "-" : DueText(facts.everywhere_day);
  checks.NotCovered("erased_everywhere", Checks::Need::kStated,
                    "Oppgitt dato: " + day + ". At det ikke finnes uregistrerte kopier, kan ingen bevise.",
                    "Stated day: " + day + ". That there is no unregistered copy nobody can prove.");
  return OkStatus();
}

}  // namespace spor::report
