// SPDX-License-Identifier: Apache-2.0
#include "tools/report/key_succession.h"

#include <algorithm>

namespace spor::report {
namespace {

using ledger::EntryKind;

constexpr std::string_view kLogKeysMember = "log_keys";
constexpr std::string_view kClosedOriginsMember = "closed_origins";
constexpr size_t kMaxConsistencyHashes = 128;

Status Failed(std::string what) { return Status(Code::kFailed, std::move(what)); }

Result<DisclosedEntry> EntryOf(const ledger::Ledger& ledger, uint64_t index, uint64_t size) {
  DisclosedEntry entry;
  entry.index = index;
  ASSIGN_OR_RETURN(entry.bytes, ledger.reader().EntryBytes(index));
  ASSIGN_OR_RETURN(entry.entry, ledger::ParseEntry(entry.bytes));
  ASSIGN_OR_RETURN(entry.proof, ledger::InclusionProof(ledger.nodes(), index, size));
  return entry;
}

template <typename Body>
Status ReadBody(const DisclosedEntry& entry, EntryKind kind, Result<Body> (*parse)(ByteView), Body& body) {
  if (entry.entry.kind != kind || !entry.sections.empty()) return Failed("an entry about keys is of another kind");
  Result<Body> parsed = parse(entry.entry.body);
  if (!parsed.ok()) return Failed(parsed.error().message());
  body = std::move(*parsed);
  return OkStatus();
}

Result<EndorsedKey> ReadLogKey(const JsonValue& value) {
  RETURN_IF_ERROR(ExpectMembers(value, {"entry", "checkpoint", "consistency"}));
  EndorsedKey out;
  ASSIGN_OR_RETURN(out.entry, ReadProvenEntry(*value.Find("entry")));
  RETURN_IF_ERROR(ReadBody(out.entry, EntryKind::kLogKey, ledger::ParseLogKey, out.body));
  const Result<std::string> note = value.GetString("checkpoint");
  if (!note.ok()) return Failed("the checkpoint that covers a log key is no string");
  out.checkpoint_note = *note;
  ASSIGN_OR_RETURN(out.checkpoint, ReadUnverifiedCheckpoint(out.checkpoint_note));
  ASSIGN_OR_RETURN(out.consistency, GetHashes(value, "consistency", kMaxConsistencyHashes));
  return out;
}

Result<ClosedOrigin> ReadClosedOrigin(const JsonValue& value) {
  RETURN_IF_ERROR(ExpectMembers(value, {"closing", "genesis"}));
  ClosedOrigin out;
  ASSIGN_OR_RETURN(out.closing, ReadProvenEntry(*value.Find("closing")));
  RETURN_IF_ERROR(ReadBody(out.closing, EntryKind::kCloseOrigin, ledger::ParseCloseOrigin, out.body));
  ASSIGN_OR_RETURN(out.genesis, ReadProvenEntry(*value.Find("genesis")));
  RETURN_IF_ERROR(ReadBody(out.genesis, EntryKind::kGenesis, ledger::ParseGenesis, out.successor));
  const std::vector<std::string>& notes = out.successor.predecessors;
  const bool lost_known = out.body.reason != ledger::CloseReason::kAnchorLost;
  if (notes.size() != (lost_known ? 2 : 1)) return Failed("a successor does not name both heads of its predecessor");
  ASSIGN_OR_RETURN(out.surviving, ReadUnverifiedCheckpoint(notes[0]));
  if (!lost_known) return out;
  ASSIGN_OR_RETURN(const ledger::Checkpoint lost, ReadUnverifiedCheckpoint(notes[1]));
  if (lost.origin == out.surviving.origin && ledger::LogPoint{lost.size, lost.root} == out.body.lost) return out;
  return Failed("a successor names another lost head than the closing of its predecessor");
}

template <typename T>
Result<std::vector<T>> ReadList(const JsonValue& value, Result<T> (*read)(const JsonValue&)) {
  if (!value.is_array() || value.array().empty()) return Failed("a list of keys or origins is none, or empty");
  std::vector<T> out;
  for (const JsonValue& element : value.array()) {
    ASSIGN_OR_RETURN(T item, read(element));
    out.push_back(std::move(item));
  }
  return out;
}

const TrustedKey* PinnedAt(const Trust& trust, uint64_t start_index) {
  const auto found = std::find_if(trust.keys.begin(), trust.keys.end(),
                                  [&](const TrustedKey& key) { return key.start_index == start_index; });
  return found == trust.keys.end() ? nullptr : &*found;
}

// The endorsement stands in a checkpoint of this log that `old_key` signed.
Status CheckEndorsement(const EndorsedKey& endorsed, const ledger::VerifierKey& old_key,
                        const ledger::Checkpoint& checkpoint) {
  const std::string name = "the log key of entry " + std::to_string(endorsed.entry.index);
  const uint64_t size = endorsed.checkpoint.size;
  if (endorsed.body.first_index != endorsed.entry.index + 2 || size > endorsed.body.first_index) {
    return Failed(name + " may not sign from where it says");
  }
  if (!ledger::OpenCheckpoint(endorsed.checkpoint_note, old_key).ok()) {
    return Failed(name + " is not endorsed by the key before it");
  }
  if (!VerifyEntry(endorsed.entry, endorsed.checkpoint).ok()) {
    return Failed(name + " is not in the checkpoint that shall cover it");
  }
  if (ledger::VerifyConsistency(size, checkpoint.size, endorsed.consistency, endorsed.checkpoint.root, checkpoint.root)
          .ok()) {
    return OkStatus();
  }
  return Failed(name + " was endorsed in another log than this");
}

std::string PointText(const ledger::LogPoint& point) {
  return std::to_string(point.size) + " (" + Base64Encode(point.root) + ")";
}

Result<std::vector<std::string>> LogKeysJson(const ledger::Ledger& ledger, const ledger::Checkpoint& checkpoint) {
  std::vector<std::string> elements;
  const ledger::LogKeys keys = ledger.keys();
  for (const uint64_t index : keys.origins().back().endorsements) {
    if (index >= checkpoint.size) break;
    ASSIGN_OR_RETURN(const std::string note, ledger.reader().StoredEndorsement(index));
    ASSIGN_OR_RETURN(const ledger::Checkpoint covering, keys.Open(note));
    ASSIGN_OR_RETURN(const DisclosedEntry entry, EntryOf(ledger, index, covering.size));
    ASSIGN_OR_RETURN(const std::vector<Hash32> consistency,
                     ledger::ConsistencyProof(ledger.nodes(), covering.size, checkpoint.size));
    JsonWriter json;
    json.BeginObject().Key("entry").Raw(ProvenEntryJson(entry)).Key("checkpoint").String(note);
    elements.push_back(json.Key("consistency").String(HashesBase64(consistency)).EndObject().Take());
  }
  return elements;
}

Result<std::vector<std::string>> ClosedOriginsJson(const ledger::Ledger& ledger, const ledger::Checkpoint& checkpoint) {
  std::vector<std::string> elements;
  const ledger::LogKeys keys = ledger.keys();
  for (const ledger::LogKeys::Origin& origin : keys.origins()) {
    if (!origin.closed_at) break;
    ASSIGN_OR_RETURN(const DisclosedEntry closing, EntryOf(ledger, *origin.closed_at, checkpoint.size));
    ASSIGN_OR_RETURN(const DisclosedEntry genesis, EntryOf(ledger, *origin.closed_at + 1, checkpoint.size));
    JsonWriter json;
    json.BeginObject().Key("closing").Raw(ProvenEntryJson(closing));
    elements.push_back(json.Key("genesis").Raw(ProvenEntryJson(genesis)).EndObject().Take());
  }
  return elements;
}

}  // namespace

Result<SuccessionMembers> SuccessionOf(const ledger::Ledger& ledger, const ledger::Checkpoint& checkpoint) {
  SuccessionMembers members;
  ASSIGN_OR_RETURN(std::vector<std::string> keys, LogKeysJson(ledger, checkpoint));
  if (!keys.empty()) members.emplace_back(kLogKeysMember, std::move(keys));
  ASSIGN_OR_RETURN(std::vector<std::string> closed, ClosedOriginsJson(ledger, checkpoint));
  if (!closed.empty()) members.emplace_back(kClosedOriginsMember, std::move(closed));
  return members;
}

Result<ReadSuccessionResult> ReadSuccession(const JsonValue::Object& document, size_t at) {
  ReadSuccessionResult out;
  const auto next_is = [&](std::string_view key) {
    return at + out.members < document.size() && document[at + out.members].key == key;
  };
  if (next_is(kLogKeysMember)) {
    ASSIGN_OR_RETURN(out.succession.keys, ReadList(document[at + out.members].value, ReadLogKey));
    ++out.members;
  }
  if (next_is(kClosedOriginsMember)) {
    ASSIGN_OR_RETURN(out.succession.closed, ReadList(document[at + out.members].value, ReadClosedOrigin));
    ++out.members;
  }
  return out;
}

Result<std::vector<TrustedKey>> FollowKeys(const std::vector<EndorsedKey>& endorsed, const Trust& trust,
                                           const ledger::Checkpoint& checkpoint) {
  std::vector<TrustedKey> keys = trust.keys;
  uint64_t before = 0;
  for (const EndorsedKey& next : endorsed) {
    if (next.entry.index <= before) return Failed("the log keys are out of order");
    before = next.entry.index;
    ASSIGN_OR_RETURN(const ledger::VerifierKey old_key, KeyFor(keys, next.checkpoint.size));
    RETURN_IF_ERROR(CheckEndorsement(next, old_key, checkpoint));
    const uint64_t start = next.body.first_index;
    if (const TrustedKey* pinned = PinnedAt(trust, start)) {
      if (pinned->vkey.key == next.body.next_key) continue;
      return Failed("the trust file pins another log key from entry " + std::to_string(start) + " on");
    }
    if (start <= keys.back().start_index) return Failed("the trust file knows of no log key that begins there");
    keys.push_back({ledger::MakeVerifierKey(trust.origin, next.body.next_key), start});
  }
  return keys;
}

Status CheckClosedOrigins(const std::vector<ClosedOrigin>& closed, const std::string& origin, const Hash32& ledger_id,
                          const ledger::Checkpoint& checkpoint) {
  for (size_t i = 0; i < closed.size(); ++i) {
    const ClosedOrigin& one = closed[i];
    RETURN_IF_ERROR(VerifyEntry(one.closing, checkpoint));
    RETURN_IF_ERROR(VerifyEntry(one.genesis, checkpoint));
    const std::string& next_closed = i + 1 < closed.size() ? closed[i + 1].surviving.origin : origin;
    if (one.body.surviving.size != one.closing.index || one.genesis.index != one.closing.index + 1 ||
        one.successor.ledger_id != ledger_id || one.successor.origin != next_closed ||
        one.surviving.size > one.closing.index) {
      return Failed("the closing at entry " + std::to_string(one.closing.index) + " and its successor do not fit");
    }
    if (i > 0 && closed[i - 1].genesis.index >= one.closing.index) return Failed("the closed origins are out of order");
  }
  return OkStatus();
}

privacy::Wording ClosedWords(const ClosedOrigin& closed) {
  const std::string from = Shown(closed.surviving.origin);
  const std::string to = Shown(closed.successor.origin);
  const std::string left = PointText(closed.body.surviving);
  const std::string lost = PointText(closed.body.lost);
  const bool known = closed.body.reason != ledger::CloseReason::kAnchorLost;
  return {"Sporet «" + from + "» ble avsluttet etter et tap og fortsetter som «" + to + "». Igjen var " + left +
              " innførsler; " + (known ? "signert var " + lost + "." : "hvor mange som var signert, er ikke kjent."),
          "The origin '" + from + "' was closed after a loss and goes on as '" + to + "'. Left were " + left +
              " entries; " + (known ? "signed were " + lost + "." : "how many had been signed is not known.")};
}

}  // namespace spor::report
