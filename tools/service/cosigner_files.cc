// SPDX-License-Identifier: Apache-2.0
// Cosigning by file, for machines that never meet.
#include "ledger/checkpoint.h"
#include "tools/service/cosigner.h"

namespace spor::service {
namespace {

std::string NamesOf(const ledger::WitnessPolicy& policy) {
  std::string names;
  for (const ledger::WitnessPolicy::Witness& witness : policy.witnesses()) {
    names += (names.empty() ? "" : ", ") + Shown(witness.name);
  }
  return names.empty() ? "nobody" : names;
}

Result<size_t> Find(const ledger::WitnessPolicy& policy, std::string_view name) {
  for (size_t i = 0; i < policy.witnesses().size(); ++i) {
    if (policy.witnesses()[i].name == name) return i;
  }
  return Status(Code::kNotFound, "the witness policy has no " + Shown(name) + "; it has " + NamesOf(policy));
}

Result<uint64_t> SizeOf(const std::string& note) {
  ASSIGN_OR_RETURN(const ledger::Note parsed, ledger::ParseNote(note));
  ASSIGN_OR_RETURN(const ledger::Checkpoint checkpoint, ledger::ParseCheckpoint(parsed.text));
  return checkpoint.size;
}

}  // namespace

Result<Cosigner::FileRequest> Cosigner::MakeRequest(std::string_view witness, std::optional<uint64_t> old_size) {
  ASSIGN_OR_RETURN(const size_t index, Find(options_.policy, witness));
  const ledger::VerifierKey& key = options_.policy.witnesses()[index].vkey;
  // What goes out is new, and the others cosign it as well: a quorum is met by one checkpoint.
  RETURN_IF_ERROR(ledger_.Publish().status());
  CosignRequest request{NewestCosigned(), 0, &ledger_.nodes(), clock_.Now()};
  ASSIGN_OR_RETURN(request.size, SizeOf(request.note));
  FileRequest out;
  out.size = request.size;
  ledger::Batch rows;
  {
    MutexLock lock(mutex_);
    out.old_size = old_size.value_or(book_.SeenBy(key).size);
    if (out.old_size > out.size) {
      return Status(Code::kConflict, Shown(witness) + " has seen " + std::to_string(out.old_size) +
                                         " entries, here are " + std::to_string(out.size) +
                                         ": this copy of the data is older than what it has seen");
    }
    book_.Asked(key, request.note, rows);
  }
  ASSIGN_OR_RETURN(out.body, MakeAddCheckpoint(request, out.old_size));
  RETURN_IF_ERROR(Write(std::move(rows)));
  return out;
}

Result<std::vector<std::string>> Cosigner::Accept(std::string_view lines) {
  if (lines.starts_with("old ")) {
    return Status(Code::kInvalidArgument,
                  "this is the request: take it to the witness (spor witness cosign), and bring back what that writes");
  }
  std::vector<std::string> stored;
  const std::string published = ledger_.Checkpoint();
  const UnixSeconds now = clock_.Now();
  ledger::Batch rows;
  {
    MutexLock lock(mutex_);
    for (const ledger::WitnessPolicy::Witness& witness : options_.policy.witnesses()) {
      for (const std::string& note : {book_.AskedOf(witness.vkey), book_.newest(), book_.best(), published}) {
        if (note.empty()) continue;
        const Result<VerifiedLine> line = VerifyLines(note, lines, witness.vkey, now);
        if (line.status().code() == Code::kInvalidArgument) return line.error();
        if (!line.ok()) continue;
        ASSIGN_OR_RETURN(const uint64_t size, SizeOf(note));
        book_.Cosigned(witness.vkey, note, size, *line, rows);
        stored.push_back(witness.name);
        break;
      }
    }
  }
  if (stored.empty()) {
    return Status(Code::kFailed,
                  "no line is by a witness of the policy over a checkpoint that it was asked for: make a new request "
                  "with `spor witness request`, and bring its answer back");
  }
  RETURN_IF_ERROR(Write(std::move(rows)));
  return stored;
}

}  // namespace spor::service
