// SPDX-License-Identifier: Apache-2.0
#include "ledger/log_keys.h"

#include <algorithm>

namespace spor::ledger {
namespace {

// The head that covers a log-key entry stands directly behind it: the last that the old key signs.
constexpr uint64_t kEndorsementSpan = 2;

Status Breaks(const char* what) { return Status(Code::kCorrupt, what); }

}  // namespace

bool ConcernsKeys(EntryKind kind) {
  return kind == EntryKind::kGenesis || kind == EntryKind::kLogKey || kind == EntryKind::kCloseOrigin;
}

Status LogKeys::Observe(uint64_t index, const Entry& entry) {
  Status seen;
  switch (entry.kind) {
    case EntryKind::kGenesis: {
      ASSIGN_OR_RETURN(GenesisBody body, ParseGenesis(entry.body));
      seen = ObserveGenesis(index, std::move(body));
      break;
    }
    case EntryKind::kLogKey: {
      ASSIGN_OR_RETURN(const LogKeyBody body, ParseLogKey(entry.body));
      seen = ObserveKey(index, body);
      break;
    }
    case EntryKind::kCloseOrigin: {
      ASSIGN_OR_RETURN(const CloseOriginBody body, ParseCloseOrigin(entry.body));
      seen = ObserveClosing(index, body);
      break;
    }
    default: return OkStatus();
  }
  if (seen.ok()) entries_.push_back(index);
  return seen;
}

Status LogKeys::ObserveGenesis(uint64_t index, GenesisBody body) {
  if (origins_.empty()) {
    if (index != 0 || !body.predecessors.empty()) return Breaks("a log begins with a genesis without predecessors");
  } else {
    const Origin& closed = origins_.back();
    if (!closed.closed_at || *closed.closed_at + 1 != index) {
      return Breaks("genesis stands at the beginning or directly behind the closing of an origin");
    }
    if (body.ledger_id != closed.genesis.ledger_id) return Breaks("a successor inherits the ledger id");
    const bool known = std::any_of(origins_.begin(), origins_.end(),
                                   [&](const Origin& origin) { return origin.genesis.origin == body.origin; });
    if (known || !IsNew(body.log_key)) return Breaks("a successor has an origin and a key of its own");
    const CloseReason reason = closed.closing.reason;
    const size_t notes = reason == CloseReason::kAnchorLost ? 1 : 2;
    if (body.predecessors.size() != notes) return Breaks("a successor names the checkpoints of both heads");
    for (const std::string& predecessor : body.predecessors) {
      const Result<Note> note = ParseNote(predecessor);
      if (!note.ok() || note->signatures.size() != 1) return Breaks("a predecessor has one signature and no more");
    }
    const Result<Checkpoint> surviving = OpenIn(closed, body.predecessors[0]);
    if (!surviving.ok() || surviving->size > closed.closing.surviving.size) {
      return Breaks("the surviving checkpoint that a successor names is not its predecessor's");
    }
    const Result<Checkpoint> lost = notes > 1 ? OpenIn(closed, body.predecessors[1]) : surviving;
    if (!lost.ok() || (notes > 1 && LogPoint{lost->size, lost->root} != closed.closing.lost)) {
      return Breaks("the lost checkpoint that a successor names is not its predecessor's");
    }
  }
  Origin origin;
  origin.genesis_index = index;
  origin.keys.push_back({MakeVerifierKey(body.origin, body.log_key), index + 1});
  origin.genesis = std::move(body);
  origins_.push_back(std::move(origin));
  return OkStatus();
}

Status LogKeys::ObserveKey(uint64_t index, const LogKeyBody& body) {
  if (origins_.empty() || origins_.back().closed_at) return Breaks("a key is endorsed where there is no origin");
  Origin& origin = origins_.back();
  if (index + 1 < origin.keys.back().first_size) return Breaks("a key is endorsed before the one before it may sign");
  if (body.first_index != index + kEndorsementSpan) {
    return Breaks("an endorsed key signs from behind the head that covers its endorsement");
  }
  if (!IsNew(body.next_key)) return Breaks("a key is endorsed that this log had already");
  origin.keys.push_back({MakeVerifierKey(origin.genesis.origin, body.next_key), body.first_index + 1});
  origin.endorsements.push_back(index);
  return OkStatus();
}

Status LogKeys::ObserveClosing(uint64_t index, const CloseOriginBody& body) {
  if (origins_.empty() || origins_.back().closed_at) return Breaks("an origin is closed where there is none");
  if (body.surviving.size != index) return Breaks("the closing of an origin says another size than it stands at");
  origins_.back().closed_at = index;
  origins_.back().closing = body;
  return OkStatus();
}

Status LogKeys::CheckEnd() const {
  if (!origins_.empty() && !origins_.back().closed_at) return OkStatus();
  return Breaks("the log ends without an origin");
}

const VerifierKey& LogKeys::KeyIn(const Origin& origin, uint64_t size) {
  const Key* key = &origin.keys.front();
  for (const Key& candidate : origin.keys) {
    if (candidate.first_size <= size) key = &candidate;
  }
  return key->vkey;
}

Result<Checkpoint> LogKeys::OpenIn(const Origin& origin, std::string_view note) {
  ASSIGN_OR_RETURN(const Note parsed, ParseNote(note));
  ASSIGN_OR_RETURN(const Checkpoint said, ParseCheckpoint(parsed.text));
  if (said.size < origin.keys.front().first_size) {
    return Status(Code::kFailed, "the checkpoint is of before its origin began");
  }
  return OpenCheckpoint(note, KeyIn(origin, said.size));
}

bool LogKeys::IsNew(const PublicKey32& key) const {
  return std::none_of(origins_.begin(), origins_.end(), [&](const Origin& origin) {
    return std::any_of(origin.keys.begin(), origin.keys.end(), [&](const Key& k) { return k.vkey.key == key; });
  });
}

Result<LogKeys> LoadLogKeys(const LogReader& reader) {
  ASSIGN_OR_RETURN(const std::vector<uint64_t> indexes, reader.KeyEntries());
  LogKeys keys;
  for (const uint64_t index : indexes) {
    ASSIGN_OR_RETURN(const Entry entry, reader.EntryAt(index));
    if (!ConcernsKeys(entry.kind))
      return Status(Code::kCorrupt, "the row of key entries names an entry of another kind");
    const Status seen = keys.Observe(index, entry);
    if (!seen.ok()) return Status(seen.code(), "entry " + std::to_string(index) + ": " + seen.message());
  }
  RETURN_IF_ERROR(keys.CheckEnd());
  return keys;
}

}  // namespace spor::ledger
