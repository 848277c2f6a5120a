// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "crypto/bytes.h"
#include "crypto/clock.h"

// The leaf of the log, byte for byte as in docs/formats/entry.md.
namespace spor::ledger {

using UnitId = Id16;

inline constexpr uint8_t kEntryVersion = 1;
inline constexpr size_t kMaxEntryBytes = 65535;
inline constexpr size_t kMaxSections = 4;
inline constexpr size_t kSectionBytes = 48;

enum class EntryKind : uint8_t {
  kGenesis = 1,
  kEvent = 2,
  kOps = 3,
  kHead = 4,
  kEraseIntent = 5,
  kErase = 6,
  kRootDestroyed = 7,
  kPolicy = 8,
  kSlots = 9,
  kLogKey = 10,
  kRecovery = 11,
  kCloseOrigin = 12,
};
std::string_view EntryKindName(EntryKind kind);

// Days since 1970-01-01 in Oslo, or one of the two values below.
using DueDay = uint32_t;
inline constexpr DueDay kNotStarted = 0xffffffff;
inline constexpr DueDay kUndecided = 0xfffffffe;

struct DueKey {
  uint8_t retention_class = 0;  // 0 maximum, 1 minimum by law, 2 review
  DueDay due = kNotStarted;
  auto operator<=>(const DueKey&) const = default;
};

enum class OpType : uint8_t { kCreate = 1, kRedue = 2, kErase = 3 };
enum class RedueReason : uint8_t { kClock = 1, kCorrection = 2, kPolicy = 3, kHoldOn = 4, kHoldOff = 5 };
// kReplayed: erased before, in a part of the log that is lost, and again after the data was restored.
enum class EraseReason : uint8_t { kDue = 1, kRequest = 2, kUnlawful = 3, kAnonymised = 4, kReplayed = 5 };

// One operation on a unit, in the clear.
struct UnitOp {
  OpType type = OpType::kCreate;
  UnitId unit{};
  uint16_t category = 0;  // create
  uint16_t rule = 0;      // create, redue
  DueKey old_due;         // redue, erase: where the unit stands now
  DueKey due;             // create, redue: where it goes
  uint8_t held = 0;       // redue: 0 free, 1 held
  uint8_t reason = 0;     // redue, erase
  Hash32 key_commit{};    // create

  static UnitOp Create(const UnitId& unit, uint16_t category, DueKey due, uint16_t rule, const Hash32& key_commit);
  static UnitOp Redue(const UnitId& unit, DueKey old_due, DueKey due, uint8_t held, uint16_t rule, RedueReason reason);
  static UnitOp Erase(const UnitId& unit, DueKey old_due, EraseReason reason);
  bool operator==(const UnitOp&) const = default;
};

struct SectionClear {
  Id16 tag{};
  Hash32 root{};
  bool operator==(const SectionClear&) const = default;
};

struct Entry {
  EntryKind kind = EntryKind::kEvent;
  uint32_t time_s = 0;
  Id16 seal_id{};
  std::vector<SectionClear> sections;
  Bytes body;
  std::vector<UnitOp> ops;
  bool operator==(const Entry&) const = default;
};

// An encoded entry, its parts where they lie.
struct EntryView {
  EntryKind kind = EntryKind::kEvent;
  uint32_t time_s = 0;
  ByteView seal_id;
  ByteView sections;  // tag[16] | root[32], one behind the other
  ByteView body;
  uint16_t op_count = 0;
  ByteView ops;
};

// CHECKs that the entry obeys the rules of its kind and fits kMaxEntryBytes.
Bytes EncodeEntry(const Entry& entry);
// kTooNew for another version, kCorrupt for every other deviation: unknown kind or operation, sections in a head,
// operations outside kOps and kErase, units not strictly ascending, trailing bytes.
Result<Entry> ParseEntry(ByteView bytes);
// The same without copying, and without looking into operations: enough for kinds that have none.
Result<EntryView> ViewEntry(ByteView bytes);

// How many operations of this type fit one entry, body included.
size_t MaxOpsPerEntry(OpType type);

}  // namespace spor::ledger
