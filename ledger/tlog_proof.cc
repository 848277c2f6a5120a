// SPDX-License-Identifier: Apache-2.0
#include "ledger/tlog_proof.h"

#include <charconv>

namespace spor::ledger {
namespace {

constexpr std::string_view kHeader = "c2sp.org/tlog-proof@v1";
constexpr std::string_view kExtra = "extra ";
constexpr std::string_view kIndex = "index ";

Status BadProof(const char* what) { return Status(Code::kInvalidArgument, std::string("tlog-proof: ") + what); }

// The next line without its newline; nothing when there is no newline left.
std::optional<std::string_view> NextLine(std::string_view& text) {
  const size_t end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

Result<uint64_t> ParseIndex(std::string_view digits) {
  uint64_t index = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
  if (error != std::errc() || end != digits.data() + digits.size() || digits != std::to_string(index)) {
    return BadProof("the index is not a decimal number");
  }
  return index;
}

}  // namespace

std::string FormatTlogProof(const TlogProof& proof) {
  std::string out = std::string(kHeader) + "\n";
  if (proof.extra && !proof.extra->empty()) out += std::string(kExtra) + Base64Encode(*proof.extra) + "\n";
  out += std::string(kIndex) + std::to_string(proof.index) + "\n";
  for (const Hash32& hash : proof.hashes) out += Base64Encode(hash) + "\n";
  return out + "\n" + proof.checkpoint;
}

Result<TlogProof> ParseTlogProof(std::string_view text) {
  if (text.size() > kMaxTlogProofBytes) return BadProof("longer than 4 MiB");
  if (NextLine(text) != kHeader) return BadProof("the first line is not c2sp.org/tlog-proof@v1");
  TlogProof out;
  std::optional<std::string_view> line = NextLine(text);
  if (line && line->starts_with(kExtra)) {
    ASSIGN_OR_RETURN(out.extra, Base64Decode(line->substr(kExtra.size())));
    if (out.extra->empty()) return BadProof("an extra line without data");
    line = NextLine(text);
  }
  if (!line || !line->starts_with(kIndex)) return BadProof("no index line");
  ASSIGN_OR_RETURN(out.index, ParseIndex(line->substr(kIndex.size())));
  for (line = NextLine(text); line && !line->empty(); line = NextLine(text)) {
    if (out.hashes.size() == kMaxTlogProofHashes) return BadProof("more hashes than any tree needs");
    ASSIGN_OR_RETURN(const Bytes raw, Base64Decode(*line));
    const Result<Hash32> hash = ToHash32(raw);
    if (!hash.ok()) return BadProof("a hash does not have 32 bytes");
    out.hashes.push_back(*hash);
  }
  if (!line) return BadProof("no empty line before the checkpoint");
  if (!text.ends_with('\n')) return BadProof("no checkpoint, or its last line does not end");
  out.checkpoint = text;
  return out;
}

}  // namespace spor::ledger
