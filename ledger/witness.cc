// SPDX-License-Identifier: Apache-2.0
#include "ledger/witness.h"

#include <algorithm>

#include "ledger/add_checkpoint.h"
#include "ledger/cosignature.h"
#include "ledger/merkle.h"

namespace spor::ledger {
namespace {

// The lines of `note` that trusted keys made. kFailed if one of them does not verify, or if there is none.
Result<std::string> TrustedLines(const Note& note, const std::vector<VerifierKey>& keys) {
  std::string lines;
  for (const VerifierKey& key : keys) {
    const Status verified = VerifyNote(note, key);
    if (verified.code() == Code::kNotFound) continue;
    RETURN_IF_ERROR(verified);
    for (const NoteSignature& signature : note.signatures) {
      const bool own = signature.name == key.name && signature.key_id == key.key_id;
      if (own) lines += FormatSignatureLine(signature);
    }
  }
  if (lines.empty()) return Status(Code::kFailed, "no signature by a key that this witness trusts");
  return lines;
}

// The note with the unused bits of every signature's base64 cleared. Others' decoders ignore them; ours does not, and a
// signature that is written in such a way counts as one that does not verify, not as a note that is none.
std::string WithCanonicalBase64(std::string_view note) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out(note);
  for (size_t end = note.rfind("\n\n"); (end = out.find("=\n", end)) != std::string::npos; ++end) {
    const bool two = end > 1 && out[end - 1] == '=';
    char& last = out[end - (two ? 2 : 1)];
    const size_t value = kAlphabet.find(last);
    if (value != std::string_view::npos) last = kAlphabet[value & (two ? 0x30 : 0x3c)];
  }
  return out;
}

// kFailed unless `next` goes on from `seen`, whose size is the request's old size.
Status CheckConsistent(const Checkpoint& seen, const Checkpoint& next, const std::vector<Hash32>& proof) {
  if (next.size == 0 && next.root != EmptyRoot()) return Status(Code::kFailed, "an empty tree has another root");
  if (seen.size == 0 || seen.size == next.size) {
    if (!proof.empty()) return Status(Code::kFailed, "between these sizes it must be empty");
    if (seen.size != 0 && seen.root != next.root)
      return Status(Code::kFailed, "another root was cosigned at this size");
    return OkStatus();
  }
  return VerifyConsistency(seen.size, next.size, proof, seen.root, next.root);
}

WitnessVerdict& Refuse(WitnessVerdict& verdict, int status, const std::string& text) {
  verdict.status = status;
  verdict.body = text + "\n";
  return verdict;
}

}  // namespace

Result<Checkpoint> NewestSeen(const std::string& origin, const WitnessedLog& log) {
  if (log.note.empty()) return Checkpoint{origin, 0, EmptyRoot(), {}};
  ASSIGN_OR_RETURN(const Note note, ParseNote(log.note));
  return ParseCheckpoint(note.text);
}

Status TrustLog(WitnessState& state, const VerifierKey& key) {
  if (key.type != KeyType::kEd25519) {
    return Status(Code::kInvalidArgument,
                  "this is a witness's key, not a log's: give the log_vkey that spor init printed");
  }
  const auto known = state.find(key.name);
  if (known == state.end()) {
    if (state.size() == kMaxWitnessedLogs) {
      return Status(Code::kInvalidArgument, "a witness takes at most 64 logs: make another one for this log");
    }
    state[key.name].keys = {key};
    return OkStatus();
  }
  std::vector<VerifierKey>& keys = known->second.keys;
  const bool trusted = std::any_of(keys.begin(), keys.end(), [&](const VerifierKey& k) { return k.key == key.key; });
  if (trusted) return Status(Code::kConflict, "this key of " + Shown(key.name) + " is trusted already");
  if (keys.size() == kMaxKeysPerLog)
    return Status(Code::kInvalidArgument, "a witness trusts at most 8 keys of one log");
  keys.push_back(key);
  return OkStatus();
}

WitnessVerdict JudgeAddCheckpoint(const WitnessState& state, std::string_view request) {
  WitnessVerdict verdict;
  const Result<AddCheckpoint> asked = ParseAddCheckpoint(request);
  if (!asked.ok()) return Refuse(verdict, 400, asked.error().message());
  verdict.old_size = asked->old_size;
  const std::string canonical = WithCanonicalBase64(asked->note);
  const Result<Note> note = ParseNote(canonical);
  if (!note.ok()) return Refuse(verdict, 400, "invalid input: " + note.error().message());
  const Result<Checkpoint> next = ParseCheckpoint(note->text);
  if (!next.ok()) return Refuse(verdict, 400, "invalid checkpoint: " + next.error().message());
  verdict.origin = next->origin;
  verdict.size = next->size;

  const auto log = state.find(next->origin);
  if (log == state.end()) return Refuse(verdict, 404, "unknown log: add its key with spor witness add-log");
  if (canonical != asked->note) return Refuse(verdict, 403, "invalid signature: its base64 has unused bits set");
  const Result<std::string> lines = TrustedLines(*note, log->second.keys);
  if (!lines.ok()) return Refuse(verdict, 403, "invalid signature: " + lines.error().message());
  if (asked->old_size > next->size)
    return Refuse(verdict, 400, "invalid input: the old size is above the checkpoint's");

  const Result<Checkpoint> seen = NewestSeen(next->origin, log->second);
  if (!seen.ok()) return Refuse(verdict, 500, "the state of this witness is damaged");
  if (asked->old_size != seen->size) {
    verdict.content_type = kTlogSizeType;
    verdict.status = 409;
    verdict.body = EncodeTlogSize(seen->size);
    return verdict;
  }
  if (const Status consistent = CheckConsistent(*seen, *next, asked->proof); !consistent.ok()) {
    return Refuse(verdict, 422, "the consistency proof does not verify: " + consistent.message());
  }
  verdict.status = 200;
  verdict.text = note->text;
  verdict.note = note->text + "\n" + *lines;
  return verdict;
}

Result<WitnessVerdict> Witness::Add(std::string_view request) {
  WitnessVerdict verdict;
  uint64_t now = 0;
  RETURN_IF_ERROR(store_.Update([&](WitnessState& state) -> Result<bool> {
    verdict = JudgeAddCheckpoint(state, request);
    if (verdict.status != 200) return false;
    // Stamped here, where nobody else changes the state: at this second nothing larger has been cosigned.
    now = static_cast<uint64_t>(std::max<UnixSeconds>(clock_.Now(), 0));
    WitnessedLog& log = state[verdict.origin];
    log.note = verdict.note;
    log.time_s = now;
    return true;
  }));
  if (verdict.status == 200) verdict.body = Cosign(verdict.text, name_, now, signer_);
  return verdict;
}

}  // namespace spor::ledger
