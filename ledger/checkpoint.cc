// SPDX-License-Identifier: Apache-2.0
#include "ledger/checkpoint.h"

#include <charconv>

#include "crypto/utf8.h"

namespace spor::ledger {

std::string FormatCheckpoint(const Checkpoint& checkpoint) {
  std::string text =
      checkpoint.origin + "\n" + std::to_string(checkpoint.size) + "\n" + Base64Encode(checkpoint.root) + "\n";
  for (const std::string& line : checkpoint.extensions) text += line + "\n";
  return text;
}

Result<Checkpoint> ParseCheckpoint(std::string_view text) {
  const auto bad = [](const char* what) { return Status(Code::kInvalidArgument, std::string("checkpoint: ") + what); };
  if (text.size() > kMaxNoteBytes || !IsUtf8(text)) return bad("too long or not UTF-8");
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos) return bad("a line does not end");
    if (end == 0) return bad("an empty line");
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  if (lines.size() < 3) return bad("fewer than three lines");
  Checkpoint out;
  out.origin = lines[0];
  const char* const last = lines[1].data() + lines[1].size();
  const auto [end, error] = std::from_chars(lines[1].data(), last, out.size);
  if (error != std::errc() || end != last || lines[1] != std::to_string(out.size)) return bad("bad size");
  ASSIGN_OR_RETURN(const Bytes root, Base64Decode(lines[2]));
  const Result<Hash32> hash = ToHash32(root);
  if (!hash.ok()) return bad("the root hash does not have 32 bytes");
  out.root = *hash;
  out.extensions.assign(lines.begin() + 3, lines.end());
  return out;
}

std::string SignCheckpoint(const Checkpoint& checkpoint, const Signer& signer) {
  return SignNote(FormatCheckpoint(checkpoint), checkpoint.origin, signer);
}

Result<Checkpoint> OpenCheckpoint(std::string_view note, const VerifierKey& key) {
  ASSIGN_OR_RETURN(const Note parsed, ParseNote(note));
  if (Status status = VerifyNote(parsed, key); !status.ok()) {
    return status.code() == Code::kNotFound
               ? Status(Code::kFailed, "the checkpoint is not signed by the expected log key")
               : status;
  }
  ASSIGN_OR_RETURN(Checkpoint checkpoint, ParseCheckpoint(parsed.text));
  if (!checkpoint.extensions.empty()) {
    return Status(Code::kInvalidArgument, "checkpoint: extension lines are not used by this log");
  }
  if (checkpoint.origin != key.name) return Status(Code::kFailed, "the checkpoint is of another origin");
  return checkpoint;
}

}  // namespace spor::ledger
