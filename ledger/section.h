// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "crypto/secret.h"
#include "ledger/entry.h"

// Sections: what an event says, sealed under a unit's key; docs/formats/section.md.
namespace spor::ledger {

struct UnitKeyTag {};
using UnitKey = SecretKey<UnitKeyTag>;

inline constexpr size_t kMaxFieldName = 64;
inline constexpr size_t kMaxFieldValue = 8192;
inline constexpr size_t kMaxFields = 64;

enum class FieldType : uint8_t {
  kText = 1,             // UTF-8
  kUint = 2,             // u64, big-endian
  kDate = 3,             // u32 days since 1970-01-01
  kBytes = 4,            // identifiers and digests
  kJson = 5,             // UTF-8 JSON from outside, kept as it came
  kList = 6,             // UTF-8 names separated by 0x0A
  kVaultCommitment = 7,  // 32 bytes: commitment to a vault field
};

struct Field {
  std::string name;
  FieldType type = FieldType::kText;
  Bytes value;
  bool operator==(const Field&) const = default;
};
Field TextField(std::string name, std::string_view value);
Field UintField(std::string name, uint64_t value);
Field DateField(std::string name, uint32_t days);
Field BytesField(std::string name, ByteView value);

// Which of the two blob tables the section belongs to.
enum class BlobPlace : uint8_t { kSubject, kAudit };

// A section ready for the log: the clear part and what lies beside it.
struct SealedSection {
  SectionClear clear;
  BlobPlace place = BlobPlace::kSubject;
  UnitId unit{};
  Hash32 fields_hash{};
  Bytes blob;
};

// key_commit = SHA-256("spor/unit-key/v1" | ledger_id | unit | key): in the create operation and the live map.
Hash32 KeyCommit(const Hash32& ledger_id, const UnitId& unit, const UnitKey& key);

// K_seal = Derive(unit key, "spor/seal/v1", ledger_id): one per unit, worth caching while many sections are sealed.
SecretBytes SealKey(const Hash32& ledger_id, const UnitKey& key);

struct SealContext {
  Hash32 ledger_id;
  EntryKind kind;
  Id16 seal_id;
  uint8_t section;  // 0..3
  UnitId unit;
};

// Seals `fields` (sorted by name here; names must differ; within the limits above). CHECKs the limits.
SealedSection SealSection(const SealContext& context, ByteView seal_key, BlobPlace place,
                          const std::vector<Field>& fields);

// What discloses one whole section: 32 bytes, from which blob key and salts follow.
SecretBytes SectionSeed(const SealContext& context, ByteView seal_key);
// The tag that `seal_key` gives this section: whoever holds the key can recognise its sections.
Id16 SectionTag(const SealContext& context, ByteView seal_key);

// Opens a section with its seed and checks everything against `clear`: blob hash, every commitment, the root.
// kFailed when anything differs.
Result<std::vector<Field>> OpenSection(const SealContext& context, ByteView seed, const SectionClear& clear,
                                       ByteView blob);

// root = SHA-256("spor/section/v1" | SHA-256(blob) | fields_hash)
Hash32 SectionRoot(ByteView blob, const Hash32& fields_hash);

}  // namespace spor::ledger
