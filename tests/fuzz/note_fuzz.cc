// SPDX-License-Identifier: Apache-2.0
#include <set>

#include "crypto/hash.h"
#include "ledger/checkpoint.h"
#include "ledger/cosignature.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/keys.h"
#include "tests/fuzz/targets.h"

namespace spor::fuzz {

using ledger::Note;

int FuzzNote(ByteView input) {
  const Result<Note> note = ledger::ParseNote(AsText(input));
  if (!note.ok()) return 0;
  CHECK(ledger::FormatNote(*note) == AsText(input));
  CHECK(note->text.ends_with('\n') && !note->signatures.empty());
  // Who holds no key signs nothing: only lines as the keys of the corpus would write them verify.
  if (ledger::VerifyNote(*note, LogKey()).ok()) {
    const std::string line = ledger::SignNote(note->text, kLogName, LogSigner()).substr(note->text.size() + 1);
    CHECK(AsText(input).find(line) != std::string_view::npos);
  }
  const Result<uint64_t> time = ledger::VerifyCosignature(*note, WitnessKey());
  if (time.ok()) {
    CHECK(AsText(input).find(ledger::Cosign(note->text, kWitnessName, *time, WitnessSigner())) !=
          std::string_view::npos);
  }
  return 0;
}

// A note, 0xff (which no note holds), and lines that are put behind it.
int FuzzSignatureLines(ByteView input) {
  const std::string_view text = AsText(input);
  const size_t split = std::min(text.find('\xff'), text.size());
  const std::string_view note = text.substr(0, split);
  const std::string_view lines = text.substr(std::min(split + 1, text.size()));
  const Result<std::string> joined = ledger::AddSignatureLines(note, lines);
  if (!joined.ok()) return 0;
  const Result<Note> before = ledger::ParseNote(note);
  const Result<Note> after = ledger::ParseNote(*joined);
  CHECK(before.ok() && after.ok() && after->text == before->text);
  CHECK(after->signatures.size() <= ledger::kMaxNoteSignatures && joined->size() <= ledger::kMaxNoteBytes);
  CHECK(*ledger::AddSignatureLines(*joined, lines) == *joined);
  // Each line that was added is there once, and none under its name and key id beside it.
  std::set<std::pair<std::string, uint32_t>> added;
  const Result<std::vector<ledger::NoteSignature>> parsed = ledger::ParseSignatureLines(lines);
  for (const auto& line : *parsed) added.emplace(line.name, line.key_id);
  size_t found = 0;
  for (const auto& line : after->signatures) found += added.contains({line.name, line.key_id}) ? 1 : 0;
  CHECK(found == added.size());
  return 0;
}

int FuzzVerifierKey(ByteView input) {
  const Result<ledger::VerifierKey> key = ledger::ParseVerifierKey(AsText(input));
  if (!key.ok()) return 0;
  CHECK(ledger::FormatVerifierKey(*key) == AsText(input));
  CHECK(ledger::MakeVerifierKey(key->name, key->key, key->type).key_id == key->key_id);
  return 0;
}

int FuzzCheckpoint(ByteView input) {
  const Result<ledger::Checkpoint> checkpoint = ledger::ParseCheckpoint(AsText(input));
  if (checkpoint.ok()) CHECK(ledger::FormatCheckpoint(*checkpoint) == AsText(input));
  return 0;
}

int FuzzSignedCheckpoint(ByteView input) {
  const Result<ledger::Checkpoint> opened = ledger::OpenCheckpoint(AsText(input), LogKey());
  if (!opened.ok()) return 0;
  const std::string signed_by_log = ledger::SignCheckpoint(*opened, LogSigner());
  const size_t text = ledger::FormatCheckpoint(*opened).size() + 1;
  CHECK(AsText(input).starts_with(std::string_view(signed_by_log).substr(0, text)));
  CHECK(AsText(input).find(std::string_view(signed_by_log).substr(text)) != std::string_view::npos);
  return 0;
}

}  // namespace spor::fuzz
