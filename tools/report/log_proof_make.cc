// SPDX-License-Identifier: Apache-2.0
#include "ledger/merkle.h"
#include "ledger/tile_files.h"
#include "ledger/unit_maps.h"
#include "tools/report/entry_words.h"
#include "tools/report/map_facts.h"

namespace spor::report {
namespace {

using Shows = MapProofRequest::Shows;

constexpr int kDecideAgain = 8;
constexpr size_t kMaxListed = 100'000;

Result<std::string> NewestNote(const ReportParts& parts) {
  return parts.witnesses != nullptr ? parts.witnesses->BestKnown() : parts.ledger->Checkpoint();
}

Result<ledger::Checkpoint> NewestCheckpoint(const ReportParts& parts, std::string& note) {
  ASSIGN_OR_RETURN(note, NewestNote(parts));
  return ReadUnverifiedCheckpoint(note);
}

Result<DocumentWriter> BeginDocument(const ReportParts& parts, const ledger::Checkpoint& checkpoint,
                                     std::string_view note, std::string_view report) {
  DocumentWriter out;
  out.Text("format", kLogProofFormat);
  JsonWriter named;
  named.BeginObject().Key("origin").String(checkpoint.origin);
  named.Key("ledger_id").String(HexEncode(parts.vault->ledger_id()));
  const uint64_t begin = parts.ledger->keys().origins().back().genesis_index;
  ASSIGN_OR_RETURN(const std::vector<Hash32> genesis,
                   ledger::InclusionProof(parts.ledger->nodes(), begin, checkpoint.size));
  out.Member("ledger", named.Key("genesis_proof").String(HashesBase64(genesis)).EndObject().Take());
  out.Text("checkpoint", note);
  out.Member("report", report);
  ASSIGN_OR_RETURN(const SuccessionMembers members, SuccessionOf(*parts.ledger, checkpoint));
  for (const auto& [member, elements] : members) {
    out.BeginArray(member);
    for (const std::string& element : elements) out.Element(element);
    out.EndArray();
  }
  return out;
}

// The row of the due map under which a unit stands now; nothing if it is not alive.
Result<std::optional<Bytes>> DueKeyOf(const ledger::Store& store, const ledger::UnitId& unit) {
  std::optional<Bytes> found;
  RETURN_IF_ERROR(store.Scan(ledger::Family::kDue, {}, {}, [&](ByteView key, ByteView) {
    const Result<ledger::DueMapKey> parsed = ledger::ParseDueMapKey(key);
    if (parsed.ok() && parsed->unit == unit) found = ToBytes(key);
    return !found;
  }));
  return found;
}

// What the sequencer takes from the maps while they are those of the newest head.
struct Pruned {
  Bytes live;
  Bytes due;
  bool moved = false;  // the unit stands elsewhere by now
  bool too_many = false;
};

Pruned Prune(ledger::UnitMaps& maps, const MapProofRequest& request, const std::optional<Bytes>& due_key) {
  Pruned out;
  using Smallest = ledger::Map::ShowSmallest;
  switch (request.shows) {
    case Shows::kUnit:
      out.moved =
          maps.live().Find(request.unit).has_value() != due_key.has_value() || (due_key && !maps.due().Find(*due_key));
      out.live = maps.live().Prune({ToBytes(request.unit)}, Smallest::kNo);
      if (due_key) out.due = maps.due().Prune({*due_key}, Smallest::kNo);
      break;
    case Shows::kSmallest: out.due = maps.due().Prune({}, Smallest::kYes); break;
    case Shows::kDue: {
      const auto [first, last] = DueRange(request.by);
      std::optional<Bytes> range = maps.due().PruneRange(first, last, kMaxListed);
      out.too_many = !range.has_value();
      if (range) out.due = std::move(*range);
      break;
    }
  }
  return out;
}

Result<std::string> ReportOn(const MapFacts& facts, const MapProofRequest& request,
                             const std::optional<Bytes>& due_key) {
  switch (request.shows) {
    case Shows::kUnit: return UnitReport(facts, request.unit, due_key);
    case Shows::kSmallest: return SmallestReport(facts);
    case Shows::kDue: break;
  }
  return DueReport(facts, request.by);
}

Result<DisclosedEntry> HeadEntry(const ReportParts& parts, uint64_t index, uint64_t size) {
  DisclosedEntry head;
  head.index = index;
  ASSIGN_OR_RETURN(head.bytes, parts.ledger->reader().EntryBytes(index));
  ASSIGN_OR_RETURN(head.entry, ledger::ParseEntry(head.bytes));
  ASSIGN_OR_RETURN(head.proof, ledger::InclusionProof(parts.ledger->nodes(), index, size));
  return head;
}

std::string MapMember(const Bytes& map) {
  JsonWriter json;
  map.empty() ? json.Null() : json.String(Base64Encode(map));
  return json.Take();
}

Result<std::string> TryMapProof(const ReportParts& parts, const MapProofRequest& request) {
  std::optional<Bytes> due_key;
  if (request.shows == Shows::kUnit) {
    ASSIGN_OR_RETURN(due_key, DueKeyOf(*parts.store, request.unit));
  }
  Pruned pruned;
  ledger::Proposal proposal;
  proposal.head = ledger::Proposal::Head::kNow;
  proposal.at_head = [&](ledger::UnitMaps& maps) { pruned = Prune(maps, request, due_key); };
  ASSIGN_OR_RETURN(const ledger::Receipt receipt, parts.ledger->Submit(std::move(proposal)));
  if (pruned.moved) return Status(Code::kConflict, "the unit moved meanwhile: ask again");
  if (pruned.too_many) {
    return Status(Code::kInvalidArgument, "more than 100,000 units are due by that day: give an earlier one");
  }
  const std::string note = parts.witnesses != nullptr ? parts.witnesses->NewestCosigned() : receipt.checkpoint;
  ASSIGN_OR_RETURN(const ledger::Checkpoint checkpoint, ReadUnverifiedCheckpoint(note));
  ASSIGN_OR_RETURN(const DisclosedEntry head, HeadEntry(parts, receipt.head, checkpoint.size));
  MapFacts facts;
  facts.head_index = head.index;
  facts.head_time_s = head.entry.time_s;
  ASSIGN_OR_RETURN(facts.head, ledger::ParseHead(head.entry.body));
  if (!pruned.live.empty()) {
    ASSIGN_OR_RETURN(facts.live, ledger::PrunedMap::Parse(pruned.live));
  }
  if (!pruned.due.empty()) {
    ASSIGN_OR_RETURN(facts.due, ledger::PrunedMap::Parse(pruned.due));
  }
  ASSIGN_OR_RETURN(const std::string report, ReportOn(facts, request, due_key));
  ASSIGN_OR_RETURN(DocumentWriter out, BeginDocument(parts, checkpoint, note, report));
  out.Member("head", ProvenEntryJson(head));
  out.Member("live", MapMember(pruned.live));
  out.Member("due", MapMember(pruned.due));
  return out.Take();
}

}  // namespace

Result<CoveredEntry> CoverEntry(const ReportParts& parts, uint64_t index) {
  CoveredEntry out;
  ASSIGN_OR_RETURN(out.checkpoint, NewestCheckpoint(parts, out.note));
  if (index >= out.checkpoint.size) {
    const uint64_t size = parts.ledger->size();
    if (index >= size) {
      return Status(Code::kNotFound,
                    "the log has no entry " + std::to_string(index) + "; its newest is " + std::to_string(size - 1));
    }
    ASSIGN_OR_RETURN(out.note, parts.ledger->Publish());
    if (parts.witnesses != nullptr) out.note = parts.witnesses->NewestCosigned();
    ASSIGN_OR_RETURN(out.checkpoint, ReadUnverifiedCheckpoint(out.note));
  }
  ASSIGN_OR_RETURN(out.bytes, parts.ledger->reader().EntryBytes(index));
  return out;
}

Result<Bytes> ReadTile(const ReportParts& parts, const auth::Actor& actor, std::string_view name) {
  RETURN_IF_ERROR(parts.auth->Allow(actor, auth::Action::kLog));
  const Result<ledger::TilePath> path = ledger::ParseTilePath(name);
  if (!path.ok()) return Status(Code::kNotFound, path.error().message());
  ASSIGN_OR_RETURN(const ledger::Checkpoint checkpoint, ReadUnverifiedCheckpoint(parts.ledger->Checkpoint()));
  return ledger::TileFiles(*parts.store, parts.ledger->nodes()).Read(*path, checkpoint.size);
}

Result<std::string> TellEntry(const ReportParts& parts, const auth::Actor& actor, uint64_t index) {
  RETURN_IF_ERROR(parts.auth->Allow(actor, auth::Action::kLog));
  ASSIGN_OR_RETURN(const CoveredEntry covered, CoverEntry(parts, index));
  return EntryJson(index, covered.bytes, NamesOf(*parts.policy));
}

Result<std::string> MakeInclusionProof(const ReportParts& parts, const auth::Actor& actor, uint64_t index,
                                       std::optional<uint64_t> size) {
  RETURN_IF_ERROR(parts.auth->Allow(actor, auth::Action::kLog));
  ASSIGN_OR_RETURN(const CoveredEntry covered, CoverEntry(parts, index));
  const uint64_t of = size.value_or(covered.checkpoint.size);
  if (of > covered.checkpoint.size) {
    return Status(Code::kNotFound, "the newest published checkpoint has " + std::to_string(covered.checkpoint.size) +
                                       " entries, not " + std::to_string(of));
  }
  ASSIGN_OR_RETURN(const std::vector<Hash32> proof, ledger::InclusionProof(parts.ledger->nodes(), index, of));
  ASSIGN_OR_RETURN(const Hash32 root, ledger::RootAt(parts.ledger->nodes(), of));
  JsonWriter json;
  json.BeginObject().Key("index").Uint(index).Key("size").Uint(of);
  json.Key("leaf_hash").String(HexEncode(ledger::LeafHash(covered.bytes)));
  json.Key("root").String(HexEncode(root)).Key("proof").BeginArray();
  for (const Hash32& hash : proof) json.String(HexEncode(hash));
  json.EndArray().Key("checkpoint");
  of == covered.checkpoint.size ? json.String(covered.note) : json.Null();
  return json.EndObject().Take();
}

Result<std::string> MakeConsistencyProof(const ReportParts& parts, const auth::Actor& actor, uint64_t from,
                                         std::optional<uint64_t> to) {
  RETURN_IF_ERROR(parts.auth->Allow(actor, auth::Action::kLog));
  std::string note;
  ASSIGN_OR_RETURN(const ledger::Checkpoint checkpoint, NewestCheckpoint(parts, note));
  const uint64_t until = to.value_or(checkpoint.size);
  if (until > checkpoint.size) {
    return Status(Code::kNotFound, "the newest published checkpoint has " + std::to_string(checkpoint.size) +
                                       " entries, not " + std::to_string(until));
  }
  if (from == 0 || from > until) {
    return Status(Code::kInvalidArgument, "a log goes on from 1 or more entries, up to as many or more");
  }
  const ledger::NodeSource& nodes = parts.ledger->nodes();
  ASSIGN_OR_RETURN(const std::vector<Hash32> proof, ledger::ConsistencyProof(nodes, from, until));
  ASSIGN_OR_RETURN(const std::vector<Hash32> onwards, ledger::ConsistencyProof(nodes, until, checkpoint.size));
  ASSIGN_OR_RETURN(const Hash32 from_root, ledger::RootAt(nodes, from));
  ASSIGN_OR_RETURN(const Hash32 to_root, ledger::RootAt(nodes, until));
  JsonWriter report;
  report.BeginObject().Key("shows").String("consistency").Key("from").Uint(from);
  report.Key("from_root").String(HexEncode(from_root)).Key("to").Uint(until);
  report.Key("to_root").String(HexEncode(to_root)).EndObject();
  ASSIGN_OR_RETURN(DocumentWriter out, BeginDocument(parts, checkpoint, note, report.Take()));
  out.Text("from_to", HashesBase64(proof));
  out.Text("to_checkpoint", HashesBase64(onwards));
  return out.Take();
}

Result<std::string> MakeMapProof(const ReportParts& parts, const auth::Actor& actor, const MapProofRequest& request) {
  RETURN_IF_ERROR(parts.auth->Allow(actor, auth::Action::kLog));
  Result<std::string> proof = Status(Code::kConflict, "");
  for (int attempt = 0; attempt < kDecideAgain; ++attempt) {
    proof = TryMapProof(parts, request);
    if (proof.ok() || proof.error().code() != Code::kConflict) break;
  }
  return proof;
}

}  // namespace spor::report
