// SPDX-License-Identifier: Apache-2.0
#include "ledger/witness_state.h"

#include <charconv>

#include "crypto/hash.h"

namespace spor::ledger {
namespace {

constexpr std::string_view kFormat = "spor-witness/1";
constexpr std::string_view kFamily = "spor-witness/";
constexpr std::string_view kLog = "log ";
constexpr std::string_view kCheckpoint = "checkpoint ";
constexpr std::string_view kChecksum = "sha256 ";

Status Damaged() { return Status(Code::kCorrupt, "the state of the witness is damaged"); }

std::string ChecksumLine(std::string_view above) {
  return std::string(kChecksum) + HexEncode(Sha256(AsBytes(above))) + "\n";
}

// "TIME BASE64" behind the word.
Status TakeCheckpoint(std::string_view rest, WitnessedLog& log) {
  const size_t space = rest.find(' ');
  if (space == std::string_view::npos) return Damaged();
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + space, log.time_s);
  if (error != std::errc() || end != rest.data() + space) return Damaged();
  ASSIGN_OR_RETURN(const Bytes note, Base64Decode(rest.substr(space + 1)));
  log.note = AsText(note);
  return OkStatus();
}

Status TakeLine(std::string_view line, std::string& origin, WitnessState& state) {
  if (line.starts_with(kLog)) {
    ASSIGN_OR_RETURN(const VerifierKey key, ParseVerifierKey(line.substr(kLog.size())));
    origin = key.name;
    return TrustLog(state, key);
  }
  if (!line.starts_with(kCheckpoint) || origin.empty()) return Damaged();
  WitnessedLog& log = state[origin];
  RETURN_IF_ERROR(TakeCheckpoint(line.substr(kCheckpoint.size()), log));
  ASSIGN_OR_RETURN(const Checkpoint seen, NewestSeen(origin, log));
  return seen.origin == origin ? OkStatus() : Damaged();
}

bool OfAnotherVersion(std::string_view text) {
  const size_t end = text.find('\n');
  if (end == std::string_view::npos || !text.starts_with(kFamily)) return false;
  const std::string_view version = text.substr(kFamily.size(), end - kFamily.size());
  return !version.empty() && version.find_first_not_of("0123456789") == std::string_view::npos &&
         text.substr(0, end) != kFormat;
}

}  // namespace

std::string EncodeWitnessState(const WitnessState& state) {
  std::string out = std::string(kFormat) + "\n";
  for (const auto& [origin, log] : state) {
    for (const VerifierKey& key : log.keys) out += std::string(kLog) + FormatVerifierKey(key) + "\n";
    if (log.note.empty()) continue;
    out += std::string(kCheckpoint) + std::to_string(log.time_s) + " " + Base64Encode(AsBytes(log.note)) + "\n";
  }
  return out + ChecksumLine(out);
}

Result<WitnessState> ParseWitnessState(std::string_view text) {
  if (OfAnotherVersion(text)) {
    return Status(Code::kTooNew, "the state of the witness was written by a newer program: use that one");
  }
  WitnessState state;
  std::string origin;
  std::string_view rest = text;
  for (bool begun = false; !rest.empty(); begun = true) {
    const size_t end = rest.find('\n');
    if (end == std::string_view::npos) return Damaged();
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    if (line.starts_with(kChecksum) || !begun) continue;
    if (!TakeLine(line, origin, state).ok()) return Damaged();
  }
  // One comparison says the rest: order, checksum, spelling, nothing left over.
  if (EncodeWitnessState(state) != text) return Damaged();
  return state;
}

}  // namespace spor::ledger
