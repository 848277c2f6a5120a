// SPDX-License-Identifier: Apache-2.0
#include "tools/service/witness_book.h"

#include <utility>

#include "crypto/codec.h"
#include "ledger/checkpoint.h"
#include "ledger/cosignature.h"

namespace spor::service {
namespace {

using ledger::Family;

constexpr std::string_view kBest = "cosigned";
constexpr std::string_view kSeen = "witness/";
constexpr std::string_view kAsked = "witness-asked/";

std::string NameOf(const ledger::VerifierKey& witness) {
  return witness.name + "+" + HexEncode(Writer().U32(witness.key_id).Take());
}

Bytes RowKey(std::string_view prefix, std::string_view name) {
  return ToBytes(AsBytes(std::string(prefix) + std::string(name)));
}

// Of notes that we made or checked ourselves.
std::string TextOf(const std::string& note) {
  const Result<ledger::Note> parsed = ledger::ParseNote(note);
  return parsed.ok() ? parsed->text : std::string();
}
std::string OriginOf(const std::string& note) {
  const Result<ledger::Checkpoint> checkpoint = ledger::ParseCheckpoint(TextOf(note));
  return checkpoint.ok() ? checkpoint->origin : std::string();
}
uint64_t SizeOf(const std::string& note) {
  const Result<ledger::Checkpoint> checkpoint = ledger::ParseCheckpoint(TextOf(note));
  return checkpoint.ok() ? checkpoint->size : 0;
}

// `note` with the signature lines of `other`, which has the same text. A note that would grow too long stays as it is.
std::string Union(const std::string& note, const std::string& other) {
  const Result<ledger::Note> parsed = ledger::ParseNote(other);
  if (!parsed.ok()) return note;
  std::string lines;
  for (const ledger::NoteSignature& signature : parsed->signatures) lines += ledger::FormatSignatureLine(signature);
  const Result<std::string> whole = ledger::AddSignatureLines(note, lines);
  return whole.ok() ? *whole : note;
}

}  // namespace

Status WitnessBook::Load(const ledger::Store& store, std::string_view origin) {
  const auto of_another = [&](const std::string& note) { return OriginOf(note) != origin; };
  ASSIGN_OR_RETURN(const std::optional<Bytes> best, store.Get(Family::kMeta, AsBytes(kBest)));
  if (best) best_ = AsText(*best);
  of_closed_origin_ = best && of_another(best_);
  Status bad;
  RETURN_IF_ERROR(
      store.Scan(Family::kMeta, AsBytes(kSeen), ledger::PrefixEnd(AsBytes(kSeen)), [&](ByteView key, ByteView value) {
        Reader reader(value);
        Seen seen;
        seen.size = reader.U64();
        seen.time_s = reader.U64();
        bad = reader.Finish("what a witness has seen");
        seen_[std::string(AsText(key.subspan(kSeen.size())))] = seen;
        return bad.ok();
      }));
  RETURN_IF_ERROR(bad);
  RETURN_IF_ERROR(
      store.Scan(Family::kMeta, AsBytes(kAsked), ledger::PrefixEnd(AsBytes(kAsked)), [&](ByteView key, ByteView value) {
        std::string& note = asked_[std::string(AsText(key.subspan(kAsked.size())))];
        note = AsText(value);
        of_closed_origin_ |= of_another(note);
        return true;
      }));
  if (of_closed_origin_) {
    best_.clear();
    seen_.clear();
    asked_.clear();
  }
  return OkStatus();
}

void WitnessBook::DropClosedOrigin(ledger::Batch& batch) {
  if (!std::exchange(of_closed_origin_, false)) return;
  batch.Delete(Family::kMeta, ToBytes(AsBytes(kBest)));
  for (const std::string_view prefix : {kSeen, kAsked}) {
    batch.DeleteRange(Family::kMeta, ToBytes(AsBytes(prefix)), ledger::PrefixEnd(AsBytes(prefix)));
  }
}

WitnessBook::Seen WitnessBook::SeenBy(const ledger::VerifierKey& witness) const {
  const auto found = seen_.find(NameOf(witness));
  return found == seen_.end() ? Seen() : found->second;
}

std::string WitnessBook::AskedOf(const ledger::VerifierKey& witness) const {
  const auto found = asked_.find(NameOf(witness));
  return found == asked_.end() ? std::string() : found->second;
}

std::string WitnessBook::WithKnownLines(const std::string& note) const {
  std::string whole = note;
  for (const std::string* known : {&best_, &newest_}) {
    if (!known->empty() && TextOf(*known) == TextOf(note)) whole = Union(whole, *known);
  }
  return whole;
}

std::vector<bool> WitnessBook::LinesIn(const std::string& note) const {
  std::vector<bool> has(policy_.witnesses().size());
  const Result<ledger::Note> parsed = ledger::ParseNote(note);
  if (!parsed.ok()) return has;
  for (size_t i = 0; i < has.size(); ++i) {
    has[i] = ledger::VerifyCosignature(*parsed, policy_.witnesses()[i].vkey).ok();
  }
  return has;
}

void WitnessBook::Consider(std::string note, ledger::Batch& batch) {
  if (newest_.empty() || TextOf(newest_) == TextOf(note) || SizeOf(note) > SizeOf(newest_)) newest_ = note;
  if (!best_.empty() && TextOf(best_) == TextOf(note)) {
    note = Union(best_, note);
  } else if (!best_.empty()) {
    const bool meets = Meets(note);
    const bool better = meets != Meets(best_) ? meets : SizeOf(note) > SizeOf(best_);
    if (!better) return;
  }
  best_ = std::move(note);
  batch.Put(Family::kMeta, ToBytes(AsBytes(kBest)), ToBytes(AsBytes(best_)));
}

void WitnessBook::Cosigned(const ledger::VerifierKey& witness, const std::string& note, uint64_t size,
                           const VerifiedLine& line, ledger::Batch& batch) {
  DropClosedOrigin(batch);
  const std::string known = WithKnownLines(note);
  const Result<ledger::Note> parsed = ledger::ParseNote(known);
  const Result<uint64_t> had = parsed.ok() ? ledger::VerifyCosignature(*parsed, witness) : parsed.error();
  // An older line that comes late does not replace a newer one.
  const Result<std::string> whole =
      had.ok() && *had >= line.time_s ? known : ledger::AddSignatureLines(known, line.line);
  if (!whole.ok()) return;
  Consider(*whole, batch);
  const std::string name = NameOf(witness);
  Seen& seen = seen_[name];
  seen.time_s = std::max(seen.time_s, line.time_s);
  seen.size = std::max(seen.size, size);
  batch.Put(Family::kMeta, RowKey(kSeen, name), Writer().U64(seen.size).U64(seen.time_s).Take());
  const auto asked = asked_.find(name);
  if (asked == asked_.end() || SizeOf(asked->second) > size) return;
  asked_.erase(asked);
  batch.Delete(Family::kMeta, RowKey(kAsked, name));
}

void WitnessBook::Learnt(const ledger::VerifierKey& witness, uint64_t size, ledger::Batch& batch) {
  DropClosedOrigin(batch);
  const std::string name = NameOf(witness);
  Seen& seen = seen_[name];
  if (seen.size == size) return;
  seen.size = size;
  batch.Put(Family::kMeta, RowKey(kSeen, name), Writer().U64(seen.size).U64(seen.time_s).Take());
}

void WitnessBook::Asked(const ledger::VerifierKey& witness, const std::string& note, ledger::Batch& batch) {
  DropClosedOrigin(batch);
  const std::string name = NameOf(witness);
  asked_[name] = note;
  batch.Put(Family::kMeta, RowKey(kAsked, name), ToBytes(AsBytes(note)));
}

}  // namespace spor::service
