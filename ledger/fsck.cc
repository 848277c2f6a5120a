// SPDX-License-Identifier: Apache-2.0
#include "ledger/fsck.h"

#include "crypto/codec.h"
#include "ledger/blobs.h"
#include "ledger/replay.h"

namespace spor::ledger {
namespace {

// Walks the entries once and rebuilds everything that follows from them.
class Checker {
 public:
  Checker(const Store& store, FsckReport& report) : store_(store), report_(report), scratch_(store) {}

  Status Walk(const LogState& state, const FsckProgress& progress) {
    const LogReader reader(store_);
    const Status scanned = reader.Scan(0, state.size, [&](uint64_t index, ByteView bytes) {
      if (Status entry = Entry(index, bytes); !entry.ok())
        return Damaged("entry " + std::to_string(index) + ": " + entry.message());
      ++report_.entries;
      if (progress && index % 4096 == 0) progress(index, state.size);
      return true;
    });
    if (!scanned.ok()) {
      if (scanned.code() != Code::kCorrupt) return scanned;
      Damaged(scanned.message());
    }
    return OkStatus();
  }

  void Finish(const LogState& state, const std::string& anchor_directory) {
    if (last_head_ != state.last_head) Damaged("log state: the newest head is entry " + std::to_string(last_head_));
    if (last_time_ != state.last_time) Damaged("log state: the newest entry has another time");
    const LogReader reader(store_);
    if (reader.EntryBytes(state.size).ok()) Damaged("log state: there are entries behind its end");
    const VerifierKey key = MakeVerifierKey(genesis_.origin, genesis_.log_key);
    const Result<std::string> note = reader.StoredCheckpoint();
    const Result<Checkpoint> stored = note.ok() ? OpenCheckpoint(*note, key) : Result<Checkpoint>(note.error());
    if (!stored.ok()) {
      Damaged("stored checkpoint: " + stored.error().message());
    } else if (stored->size != last_head_ + 1 || stored->root != root_at_head_) {
      Damaged("stored checkpoint: does not match the entries");
    }
    if (const Result<GenesisBody> anchored = CheckAgainstAnchor(store_, anchor_directory); !anchored.ok()) {
      Damaged("anchor: " + anchored.error().message());
    }
    CheckMapRows();
    CheckBlobs();
    report_.units = maps_.live().size();
    report_.origin = genesis_.origin;
  }

 private:
  bool Damaged(const std::string& what) {
    if (report_.first_damaged.empty()) report_.first_damaged = what;
    return false;
  }
  static Status Bad(const char* what) { return Status(Code::kCorrupt, what); }

  Status Entry(uint64_t index, ByteView bytes) {
    ASSIGN_OR_RETURN(const ledger::Entry entry, ParseEntry(bytes));
    if (entry.time_s < last_time_) return Bad("its time is before that of the entry before it");
    last_time_ = entry.time_s;
    if ((index == 0) != (entry.kind == EntryKind::kGenesis))
      return Bad("genesis stands at the beginning and only there");
    if (index == 0) {
      ASSIGN_OR_RETURN(genesis_, ParseGenesis(entry.body));
    }
    // Heads speak of what stands before them.
    if (entry.kind == EntryKind::kHead) RETURN_IF_ERROR(CheckHead(index, entry));
    for (const UnitOp& op : entry.ops) RETURN_IF_ERROR(maps_.Apply(op, index, nullptr));
    report_.operations += entry.ops.size();
    first_section_.push_back(static_cast<uint32_t>(roots_.size()));
    for (const SectionClear& section : entry.sections) roots_.push_back(Reader(section.root).U64());
    report_.sections += entry.sections.size();
    const Hash32 leaf = LeafHash(bytes);
    tree_.Add(leaf);
    if (entry.kind == EntryKind::kHead) root_at_head_ = tree_.Root();
    return CheckTiles(leaf);
  }

  Status CheckHead(uint64_t index, const ledger::Entry& entry) {
    ASSIGN_OR_RETURN(const HeadBody head, ParseHead(entry.body));
    HeadBody expected = head;
    expected.own_index = index;
    expected.previous_head = report_.heads == 0 ? kNoEntry : last_head_;
    maps_.FillHead(expected);
    if (Encode(expected) != Encode(head)) return Bad("the head does not say what the operations before it give");
    last_head_ = index;
    ++report_.heads;
    return OkStatus();
  }

  Status CheckTiles(const Hash32& leaf) {
    Batch rows;
    scratch_.Stage({leaf}, rows);
    for (const Batch::Change& change : rows.changes()) {
      ASSIGN_OR_RETURN(const std::optional<Bytes> row, store_.Get(change.family, change.key));
      if (!row || *row != change.value) return Bad("a tile that ends here does not match the entries");
      ++report_.tiles;
    }
    return OkStatus();
  }

  void CheckMapRows() {
    UnitMaps rows;
    const Status loaded = rows.Load(store_);
    if (!loaded.ok()) {
      Damaged("map rows: " + loaded.message());
    } else if (rows.live().Root() != maps_.live().Root() || rows.due().Root() != maps_.due().Root()) {
      Damaged("map rows: differ from what the operations give");
    }
  }

  void CheckBlobs() {
    const Status scanned = ScanAllBlobs(store_, [&](const StoredBlob& blob) {
      ++report_.blobs_present;
      const size_t at =
          blob.entry < first_section_.size() ? first_section_[blob.entry] + size_t{blob.section} : roots_.size();
      const size_t end = blob.entry + 1 < first_section_.size() ? first_section_[blob.entry + 1] : roots_.size();
      if (at >= end || Reader(SectionRoot(blob.blob, blob.fields_hash)).U64() != roots_[at]) {
        return Damaged("entry " + std::to_string(blob.entry) + ": its sealed section " + std::to_string(blob.section) +
                       " is not what the entry commits to");
      }
      if (!maps_.live().Find(blob.unit)) {
        return Damaged("entry " + std::to_string(blob.entry) + ": a sealed section lies under a unit that is not live");
      }
      return true;
    });
    if (!scanned.ok()) Damaged("sealed sections: " + scanned.message());
  }

  const Store& store_;
  FsckReport& report_;
  TileTree scratch_;
  CompactTree tree_;
  UnitMaps maps_;
  GenesisBody genesis_;
  uint32_t last_time_ = 0;
  uint64_t last_head_ = 0;
  Hash32 root_at_head_{};
  std::vector<uint32_t> first_section_;
  std::vector<uint64_t> roots_;  // the first 8 bytes of each section's root
};

}  // namespace

Result<FsckReport> Fsck(const Store& store, const std::string& anchor_directory, const FsckProgress& progress) {
  FsckReport report;
  ASSIGN_OR_RETURN(const LogState state, LogReader(store).State());
  Checker checker(store, report);
  RETURN_IF_ERROR(checker.Walk(state, progress));
  if (report.first_damaged.empty()) checker.Finish(state, anchor_directory);
  return report;
}

}  // namespace spor::ledger
