// SPDX-License-Identifier: Apache-2.0
#include "tools/report/proven_entry.h"

#include <algorithm>

#include "crypto/codec.h"
#include "ledger/merkle.h"
#include "privacy/calendar.h"

namespace spor::report {
namespace {

constexpr std::string_view kClosed = "closed";
constexpr std::string_view kDestroyed = "opening_destroyed";

void WriteSections(JsonWriter& json, const std::vector<DisclosedSection>& sections) {
  json.Key("sections").BeginArray();
  for (const DisclosedSection& section : sections) {
    switch (section.state) {
      case DisclosedSection::State::kClosed: json.String(kClosed); break;
      case DisclosedSection::State::kDestroyed: json.String(kDestroyed); break;
      case DisclosedSection::State::kOpening:
        json.BeginObject().Key("unit").String(HexEncode(section.opening.unit));
        json.Key("seed").String(Base64Encode(section.opening.seed));
        json.Key("blob").String(Base64Encode(section.opening.blob)).EndObject();
        break;
    }
  }
  json.EndArray();
}

Result<DisclosedSection> ReadSection(const JsonValue& value) {
  DisclosedSection section;
  if (value.is_string()) {
    if (value.string() != kClosed && value.string() != kDestroyed) {
      return Status(Code::kFailed, "a section is neither opened, closed nor destroyed");
    }
    section.state = value.string() == kClosed ? DisclosedSection::State::kClosed : DisclosedSection::State::kDestroyed;
    return section;
  }
  RETURN_IF_ERROR(ExpectMembers(value, {"unit", "seed", "blob"}));
  section.state = DisclosedSection::State::kOpening;
  ASSIGN_OR_RETURN(const Bytes unit, GetHex(value, "unit", sizeof(ledger::UnitId)));
  ASSIGN_OR_RETURN(section.opening.unit, ToId16(unit));
  ASSIGN_OR_RETURN(const std::vector<Hash32> seed, GetHashes(value, "seed", 1));
  if (seed.size() != 1) return Status(Code::kFailed, "a section's seed has 32 bytes");
  section.opening.seed = seed[0];
  ASSIGN_OR_RETURN(section.opening.blob, GetBase64(value, "blob"));
  return section;
}

Status ReadEntry(const JsonValue& value, DisclosedEntry& out) {
  ASSIGN_OR_RETURN(out.bytes, GetBase64(value, "entry"));
  Result<ledger::Entry> entry = ledger::ParseEntry(out.bytes);
  if (!entry.ok()) return Status(Code::kFailed, entry.error().message());
  out.entry = std::move(*entry);
  const auto sections = value.GetArray("sections");
  if (!sections.ok() || sections->size() != out.entry.sections.size()) {
    return Status(Code::kFailed, "an entry and the sections given for it do not agree in number");
  }
  out.sections.reserve(sections->size());
  for (const JsonValue& section : *sections) {
    ASSIGN_OR_RETURN(DisclosedSection read, ReadSection(section));
    out.sections.push_back(std::move(read));
  }
  return OkStatus();
}

}  // namespace

std::string ProvenEntryJson(const DisclosedEntry& entry) {
  JsonWriter json;
  json.BeginObject().Key("index").Uint(entry.index).Key("entry").String(Base64Encode(entry.bytes));
  json.Key("proof").String(HashesBase64(entry.proof));
  WriteSections(json, entry.sections);
  return json.EndObject().Take();
}

std::string RangeEntryJson(ByteView bytes, const std::vector<DisclosedSection>& sections) {
  JsonWriter json;
  json.BeginObject().Key("entry").String(Base64Encode(bytes));
  WriteSections(json, sections);
  return json.EndObject().Take();
}

Result<DisclosedEntry> ReadProvenEntry(const JsonValue& value) {
  RETURN_IF_ERROR(ExpectMembers(value, {"index", "entry", "proof", "sections"}));
  DisclosedEntry out;
  ASSIGN_OR_RETURN(out.index, GetIndex(value, "index"));
  ASSIGN_OR_RETURN(out.proof, GetHashes(value, "proof", kMaxProofHashes));
  RETURN_IF_ERROR(ReadEntry(value, out));
  return out;
}

Result<DisclosedEntry> ReadRangeEntry(const JsonValue& value, uint64_t index) {
  RETURN_IF_ERROR(ExpectMembers(value, {"entry", "sections"}));
  DisclosedEntry out;
  out.index = index;
  RETURN_IF_ERROR(ReadEntry(value, out));
  return out;
}

Status VerifyEntry(const DisclosedEntry& entry, const ledger::Checkpoint& checkpoint) {
  Status status = ledger::VerifyInclusion(entry.index, checkpoint.size, ledger::LeafHash(entry.bytes), entry.proof,
                                          checkpoint.root);
  if (status.ok()) return status;
  return Status(Code::kFailed, "entry " + std::to_string(entry.index) + ": " + status.message());
}

Result<std::vector<ledger::Field>> OpenDisclosed(const Hash32& ledger_id, const DisclosedEntry& entry, size_t number) {
  if (number >= entry.sections.size() || entry.sections[number].state != DisclosedSection::State::kOpening) {
    return Status(Code::kNotFound, "the section is not disclosed");
  }
  const Opening& opening = entry.sections[number].opening;
  const ledger::SealContext context{ledger_id, entry.entry.kind, entry.entry.seal_id, static_cast<uint8_t>(number),
                                    opening.unit};
  return ledger::OpenSection(context, opening.seed, entry.entry.sections[number], opening.blob);
}

std::string FieldText(const ledger::Field& field) {
  Reader in(field.value);
  switch (field.type) {
    case ledger::FieldType::kUint:
      if (field.value.size() == 8) return std::to_string(in.U64());
      break;
    case ledger::FieldType::kDate:
      if (field.value.size() == 4) {
        const uint32_t days = in.U32();
        // Beyond the calendar's range a number is all that can be said.
        if (days > 2'900'000) return std::to_string(days);
        return privacy::FormatDate({static_cast<int32_t>(days)});
      }
      break;
    case ledger::FieldType::kText:
    case ledger::FieldType::kJson:
    case ledger::FieldType::kList: return std::string(AsText(field.value));
    case ledger::FieldType::kBytes:
    case ledger::FieldType::kVaultCommitment: break;
  }
  return HexEncode(field.value);
}

std::optional<std::string> FieldText(const std::vector<ledger::Field>& fields, std::string_view name) {
  const auto field = std::find_if(fields.begin(), fields.end(), [&](const auto& f) { return f.name == name; });
  return field == fields.end() ? std::nullopt : std::optional(FieldText(*field));
}

std::optional<std::string> FieldText(const std::vector<ledger::Field>& fields, std::string_view name,
                                     ledger::FieldType type) {
  const auto field =
      std::find_if(fields.begin(), fields.end(), [&](const auto& f) { return f.name == name && f.type == type; });
  return field == fields.end() ? std::nullopt : std::optional(FieldText(*field));
}

}  // namespace spor::report
