// SPDX-License-Identifier: Apache-2.0
#include "tools/report/entry_words.h"

#include "ledger/bodies.h"
#include "ledger/merkle.h"
#include "ledger/note.h"
#include "privacy/calendar.h"
#include "tools/report/figures.h"

namespace spor::report {
namespace {

using ledger::Entry;
using ledger::EntryKind;
using ledger::OpType;
using ledger::UnitOp;

std::string_view RedueReasonText(uint8_t reason) {
  static constexpr std::array<std::string_view, 6> kTexts = {"",       "clock",   "correction",
                                                             "policy", "hold_on", "hold_off"};
  return reason < kTexts.size() ? kTexts[reason] : "";
}

std::string_view EraseReasonText(uint8_t reason) {
  static constexpr std::array<std::string_view, 6> kTexts = {"",         "due",        "request",
                                                             "unlawful", "anonymised", "replayed"};
  return reason < kTexts.size() ? kTexts[reason] : "";
}

void WriteDue(JsonWriter& json, const char* class_key, const char* due_key, const ledger::DueKey& due) {
  json.Key(class_key).String(ClassText(due.retention_class)).Key(due_key).String(DueText(due.due));
}

void WriteOp(JsonWriter& json, const UnitOp& op, const PolicyNames& names) {
  static constexpr std::array<std::string_view, 4> kTypes = {"", "create", "move", "erase"};
  json.BeginObject().Key("operation").String(kTypes[static_cast<size_t>(op.type)]);
  json.Key("unit").String(HexEncode(op.unit));
  switch (op.type) {
    case OpType::kCreate:
      json.Key("category").String(names.category(op.category)).Key("rule").String(names.rule(op.rule));
      WriteDue(json, "class", "due", op.due);
      json.Key("key_commit").String(HexEncode(op.key_commit));
      break;
    case OpType::kRedue:
      WriteDue(json, "old_class", "old_due", op.old_due);
      WriteDue(json, "class", "due", op.due);
      json.Key("rule").String(names.rule(op.rule)).Key("held").Bool(op.held != 0);
      json.Key("reason").String(RedueReasonText(op.reason));
      break;
    case OpType::kErase:
      WriteDue(json, "class", "due", op.old_due);
      json.Key("reason").String(EraseReasonText(op.reason));
      break;
  }
  json.EndObject();
}

void WriteTable(JsonWriter& json, const char* key, const std::vector<ledger::PolicyTableRow>& rows) {
  json.Key(key).BeginArray();
  for (const ledger::PolicyTableRow& row : rows) json.String(std::to_string(row.number) + " " + row.key);
  json.EndArray();
}

// Each writes the members of one kind's body; false if the body does not parse.
bool WriteGenesis(JsonWriter& json, const Bytes& bytes) {
  const Result<ledger::GenesisBody> body = ledger::ParseGenesis(bytes);
  if (!body.ok()) return false;
  json.BeginObject().Key("origin").String(body->origin).Key("ledger_id").String(HexEncode(body->ledger_id));
  json.Key("log_vkey").String(ledger::FormatVerifierKey(ledger::MakeVerifierKey(body->origin, body->log_key)));
  json.Key("predecessors").Uint(body->predecessors.size()).EndObject();
  return true;
}

bool WriteHead(JsonWriter& json, const Bytes& bytes) {
  const Result<ledger::HeadBody> head = ledger::ParseHead(bytes);
  if (!head.ok()) return false;
  json.BeginObject().Key("previous_head");
  head->previous_head == ledger::kNoEntry ? json.Null() : json.Uint(head->previous_head);
  json.Key("alive").Uint(head->live_n).Key("live_root").String(HexEncode(head->live_root));
  json.Key("due_root").String(HexEncode(head->due_root));
  json.Key("earliest_due").String(head->min_due >= ledger::kUndecided ? "none" : DueText(head->min_due));
  json.Key("not_started").Uint(head->not_started).Key("undecided").Uint(head->undecided).Key("held").Uint(head->held);
  json.Key("key_generation").Uint(head->root_generation);
  json.Key("slots_digest").String(HexEncode(head->slots_digest));
  json.Key("policy_digest").String(HexEncode(head->policy_digest));
  json.Key("legal_day").String(DueText(head->legal_day));
  json.Key("bootstrap").Bool((head->flags & ledger::kFlagBootstrap) != 0);
  json.Key("break_glass").Bool((head->flags & ledger::kFlagBreakGlass) != 0);
  json.Key("time_unsynchronised").Bool((head->flags & ledger::kFlagTimeUnsynchronised) != 0).EndObject();
  return true;
}

bool WritePolicy(JsonWriter& json, const Bytes& bytes) {
  const Result<ledger::PolicyBody> body = ledger::ParsePolicyBody(bytes);
  if (!body.ok()) return false;
  json.BeginObject().Key("number").Uint(body->version).Key("digest").String(HexEncode(body->digest));
  WriteTable(json, "categories", body->categories);
  WriteTable(json, "rules", body->rules);
  json.EndObject();
  return true;
}

bool WriteSlots(JsonWriter& json, const Bytes& bytes) {
  const Result<ledger::SlotsBody> body = ledger::ParseSlotsBody(bytes);
  if (!body.ok()) return false;
  json.BeginObject().Key("key_generation").Uint(body->root_generation);
  json.Key("slots_digest").String(HexEncode(body->slots_digest)).EndObject();
  return true;
}

bool WriteIntent(JsonWriter& json, const Bytes& bytes) {
  const Result<ledger::IntentBody> body = ledger::ParseIntent(bytes);
  if (!body.ok()) return false;
  json.BeginObject().Key("old_generation").Uint(body->generation_old).Key("new_generation").Uint(body->generation_new);
  json.Key("units").Uint(body->units).Key("units_digest").String(HexEncode(body->units_digest)).EndObject();
  return true;
}

bool WriteErase(JsonWriter& json, const Bytes& bytes) {
  const Result<ledger::EraseBody> body = ledger::ParseErase(bytes);
  if (!body.ok()) return false;
  json.BeginObject().Key("intent").Uint(body->intent).Key("old_generation").Uint(body->generation_old);
  json.Key("new_generation").Uint(body->generation_new).Key("units").Uint(body->units_total);
  json.Key("sections_dropped").Uint(body->sections_dropped_total).Key("part").Uint(uint64_t{body->part} + 1);
  json.Key("parts").Uint(body->parts).EndObject();
  return true;
}

bool WriteDestroyed(JsonWriter& json, const Bytes& bytes) {
  const Result<ledger::DestroyedBody> body = ledger::ParseDestroyed(bytes);
  if (!body.ok()) return false;
  json.BeginObject().Key("erase").Uint(body->erase).Key("old_generation").Uint(body->generation_old);
  json.Key("gone_everywhere").String(DueText(body->everywhere_day)).Key("copies").Uint(body->copies).EndObject();
  return true;
}

void WriteBody(JsonWriter& json, const Entry& entry) {
  bool written = false;
  switch (entry.kind) {
    case EntryKind::kGenesis: written = WriteGenesis(json, entry.body); break;
    case EntryKind::kHead: written = WriteHead(json, entry.body); break;
    case EntryKind::kPolicy: written = WritePolicy(json, entry.body); break;
    case EntryKind::kSlots: written = WriteSlots(json, entry.body); break;
    case EntryKind::kEraseIntent: written = WriteIntent(json, entry.body); break;
    case EntryKind::kErase: written = WriteErase(json, entry.body); break;
    case EntryKind::kRootDestroyed: written = WriteDestroyed(json, entry.body); break;
    default: break;
  }
  if (written) return;
  // Of a kind whose body says nothing in words, or one that does not parse: the bytes.
  entry.body.empty() ? json.Null() : json.String(HexEncode(entry.body));
}

}  // namespace

PolicyNames NamesOf(const privacy::Policy& policy) {
  const auto category = [&policy](uint16_t number) {
    if (const privacy::Category* found = policy.FindCategory(number)) return found->key;
    const char* reserved = ReservedCategoryKey(number);
    return reserved != nullptr ? std::string(reserved) : std::to_string(number);
  };
  const auto rule = [&policy](uint16_t number) {
    const privacy::Rule* found = policy.FindRule(number);
    return found != nullptr ? found->key : std::to_string(number);
  };
  return {category, rule};
}

Result<std::string> EntryJson(uint64_t index, ByteView bytes, const PolicyNames& names) {
  ASSIGN_OR_RETURN(const Entry entry, ledger::ParseEntry(bytes));
  JsonWriter json;
  json.BeginObject().Key("index").Uint(index).Key("kind").String(ledger::EntryKindName(entry.kind));
  json.Key("time").String(privacy::FormatUtc(entry.time_s));
  json.Key("time_oslo").String(privacy::FormatOslo(entry.time_s));
  json.Key("seal_id").String(HexEncode(entry.seal_id)).Key("sections").BeginArray();
  for (const ledger::SectionClear& section : entry.sections) {
    json.BeginObject().Key("tag").String(HexEncode(section.tag)).Key("root").String(HexEncode(section.root));
    json.EndObject();
  }
  json.EndArray().Key("body");
  WriteBody(json, entry);
  json.Key("operations").BeginArray();
  for (const UnitOp& op : entry.ops) WriteOp(json, op, names);
  json.EndArray().Key("leaf_hash").String(HexEncode(ledger::LeafHash(bytes)));
  return json.Key("entry").String(Base64Encode(bytes)).EndObject().Take();
}

}  // namespace spor::report
