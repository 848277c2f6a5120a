// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "crypto/sign.h"
#include "ledger/entry.h"

// Bodies of the entries that are not events; docs/formats/entry.md, "Bodies". Encode never fails, Parse says kCorrupt.
namespace spor::ledger {

inline constexpr uint16_t kLogFormat = 1;
inline constexpr size_t kMaxOriginBytes = 255;
inline constexpr uint64_t kNoEntry = ~uint64_t{0};

// SHA-256("spor/ledger/v1" | origin | 0x0A | log public key): binds keys and associated data to one ledger.
Hash32 LedgerId(std::string_view origin, const PublicKey32& log_key);

struct GenesisBody {
  uint16_t format = kLogFormat;
  std::string origin;
  PublicKey32 log_key{};
  Hash32 ledger_id{};
  std::vector<std::string> predecessors;  // signed checkpoints of origins this one succeeds
};
Bytes Encode(const GenesisBody& body);
Result<GenesisBody> ParseGenesis(ByteView bytes);

enum HeadFlag : uint32_t { kFlagBootstrap = 1, kFlagBreakGlass = 2, kFlagTimeUnsynchronised = 4 };

struct HeadBody {
  uint64_t own_index = 0;
  uint64_t previous_head = kNoEntry;
  Hash32 live_root{};
  uint64_t live_n = 0;
  Hash32 due_root{};
  uint64_t due_n = 0;
  uint32_t min_due = kNotStarted;  // earliest day of class 0; kNotStarted when there is none
  uint64_t not_started = 0;
  uint64_t undecided = 0;
  uint64_t held = 0;
  uint32_t root_generation = 0;
  Hash32 slots_digest{};
  Hash32 policy_digest{};
  uint32_t legal_day = 0;
  uint32_t flags = 0;
};
Bytes Encode(const HeadBody& body);
Result<HeadBody> ParseHead(ByteView bytes);

struct PolicyTableRow {
  uint16_t number = 0;
  uint8_t retention_class = 0;  // 0 for categories
  std::string key;
};
struct PolicyBody {
  Hash32 digest{};
  uint32_t version = 0;
  std::vector<PolicyTableRow> categories;
  std::vector<PolicyTableRow> rules;
};
Bytes Encode(const PolicyBody& body);
Result<PolicyBody> ParsePolicyBody(ByteView bytes);

struct SlotsBody {
  uint32_t root_generation = 0;
  Hash32 slots_digest{};
};
Bytes Encode(const SlotsBody& body);
Result<SlotsBody> ParseSlotsBody(ByteView bytes);

struct IntentBody {
  uint32_t generation_old = 0;
  uint32_t generation_new = 0;
  uint32_t units = 0;
  Hash32 units_digest{};  // SHA-256 of the ascending unit ids
};
Bytes Encode(const IntentBody& body);
Result<IntentBody> ParseIntent(ByteView bytes);

struct EraseBody {
  uint64_t intent = 0;
  uint32_t generation_old = 0;
  uint32_t generation_new = 0;
  uint32_t units_total = 0;
  uint32_t sections_dropped_total = 0;
  uint16_t part = 0;
  uint16_t parts = 0;
};
Bytes Encode(const EraseBody& body);
Result<EraseBody> ParseErase(ByteView bytes);

struct DestroyedBody {
  uint64_t erase = 0;  // index of the last erase entry
  uint32_t generation_old = 0;
  uint32_t everywhere_day = 0;  // first day on which no registered copy of an older root exists
  uint16_t copies = 0;          // registered copies of older roots still out
  Hash32 register_digest{};
};
Bytes Encode(const DestroyedBody& body);
Result<DestroyedBody> ParseDestroyed(ByteView bytes);

// Endorses the next key of the same origin: it signs checkpoints of more than `first_index` entries.
struct LogKeyBody {
  PublicKey32 next_key{};
  uint64_t first_index = 0;  // the first index that may be the last of a checkpoint it signs
};
Bytes Encode(const LogKeyBody& body);
Result<LogKeyBody> ParseLogKey(ByteView bytes);

// Why an origin ended.
enum class CloseReason : uint8_t {
  kShorter = 1,     // more entries were signed than are left
  kDiffers = 2,     // the entries left are not those that were signed
  kAnchorLost = 3,  // nobody can say what was signed last
};
std::string_view CloseReasonName(CloseReason reason);

struct LogPoint {
  uint64_t size = 0;
  Hash32 root{};
  bool operator==(const LogPoint&) const = default;
};
struct CloseOriginBody {
  CloseReason reason = CloseReason::kShorter;
  LogPoint surviving;  // everything before this entry
  LogPoint lost;       // the newest checkpoint known; zero for kAnchorLost
};
Bytes Encode(const CloseOriginBody& body);
Result<CloseOriginBody> ParseCloseOrigin(ByteView bytes);

}  // namespace spor::ledger
