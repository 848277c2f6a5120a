// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/checkpoint.h"
#include "ledger/section.h"
#include "tools/report/document.h"

// Entries as artefacts carry them: bytes, proof, and what is disclosed of their sections.
namespace spor::report {

// Longer than any inclusion proof of 64-bit trees.
inline constexpr size_t kMaxProofHashes = 64;
// A range has up to two edges.
inline constexpr size_t kMaxRangeHashes = 128;

// What discloses one section: the unit whose key sealed it, the section's seed, and the sealed blob.
struct Opening {
  ledger::UnitId unit{};
  Hash32 seed{};
  Bytes blob;
};

struct DisclosedSection {
  enum class State {
    kClosed,     // the artefact does not disclose it
    kDestroyed,  // the maker says that key or blob is gone: nobody can open it any more
    kOpening,
  };
  State state = State::kClosed;
  Opening opening;
};

struct DisclosedEntry {
  uint64_t index = 0;
  Bytes bytes;
  ledger::Entry entry;
  std::vector<DisclosedSection> sections;  // one for each of the entry's
  std::vector<Hash32> proof;               // empty for an entry of a range
};

// {"index":..,"entry":"..","proof":"..","sections":[..]}; of a range {"entry":"..","sections":[..]}.
std::string ProvenEntryJson(const DisclosedEntry& entry);
std::string RangeEntryJson(ByteView bytes, const std::vector<DisclosedSection>& sections);

// kFailed for whatever is not exactly that.
Result<DisclosedEntry> ReadProvenEntry(const JsonValue& value);
Result<DisclosedEntry> ReadRangeEntry(const JsonValue& value, uint64_t index);

// The RFC 6962 audit path of the entry against the checkpoint.
Status VerifyEntry(const DisclosedEntry& entry, const ledger::Checkpoint& checkpoint);

// Opens section `number` with what the artefact discloses. kFailed if it does not open, kNotFound if it is not
// disclosed.
Result<std::vector<ledger::Field>> OpenDisclosed(const Hash32& ledger_id, const DisclosedEntry& entry, size_t number);

// The field's value as people read it; nothing for a field that is not there.
std::optional<std::string> FieldText(const std::vector<ledger::Field>& fields, std::string_view name);
// The same, and nothing for one of another type: what proves something says it in one way only.
std::optional<std::string> FieldText(const std::vector<ledger::Field>& fields, std::string_view name,
                                     ledger::FieldType type);
std::string FieldText(const ledger::Field& field);

}  // namespace spor::report
