// SPDX-License-Identifier: Apache-2.0
#include "ledger/fsck.h"

#include <algorithm>
#include <thread>

#include "ledger/anchor_check.h"
#include "ledger/fsck_chunks.h"
#include "ledger/fsck_maps.h"
#include "ledger/fsck_sections.h"
#include "ledger/log_rules.h"
#include "ledger/replaced.h"

namespace spor::ledger {
namespace {

using Kind = FirstDamage::Kind;

// First the log, read by as many threads as there are cores and taken in order by three: the rules, the live map, the
// due map. Then, with the maps at hand, everything that lies beside the log.
class Checker {
 public:
  Checker(const Store& store, const LogState& state, const FsckProgress& progress)
      : store_(store), state_(state), progress_(progress) {}

  Result<FsckReport> Run(const std::string& anchor_directory) {
    CheckLog();
    RETURN_IF_ERROR(failure_);
    if (damage_.entry() == kNoEntry) CheckEnds(anchor_directory);
    CheckBeside();
    RETURN_IF_ERROR(failure_);
    report_.entries = std::min(damage_.entry(), state_.size);
    report_.first_damaged = damage_.text();
    return report_;
  }

 private:
  enum Taker : size_t { kRules, kLive, kDue, kTakers };

  void CheckLog();
  void CheckRules(ChunkLine& line);
  void CheckEnds(const std::string& anchor_directory);
  void CheckSigned();
  void CheckBeside();
  void CheckMapRows();
  void CheckFiles();
  void CheckCount();

  void Damaged(Kind kind, const std::string& what) { damage_.Note(kNoEntry, kind, what); }
  // Stored bytes that the store itself finds damaged are damage; another failure to read ends it all.
  void Keep(const Status& status) {
    if (status.ok()) return;
    if (status.code() == Code::kCorrupt) return Damaged(Kind::kState, status.message());
    MutexLock lock(failure_mutex_);
    if (failure_.ok()) failure_ = status;
  }
  void Tell(FsckStage stage, uint64_t done, uint64_t total) const {
    if (progress_) progress_(stage, std::min(done, total), total);
  }
  static size_t Workers() { return std::max(1u, std::thread::hardware_concurrency()); }

  const Store& store_;
  const LogState state_;
  const FsckProgress& progress_;
  FirstDamage damage_;
  KeptChunks kept_;
  LogRules rules_;
  LiveReplay live_;
  DueReplay due_;
  FsckReport report_;
  Mutex failure_mutex_;
  Status failure_;
};

void Checker::CheckLog() {
  ChunkLine line(ChunkReader::ChunksOf(state_.size), kTakers);
  const auto read = [&] {
    ChunkReader reader(store_, state_.size, damage_, kept_);
    while (const std::optional<uint64_t> number = line.Claim()) {
      Result<LogChunk> chunk = reader.Read(*number);
      if (!chunk.ok()) return Keep(chunk.error()), line.StopAt(0);
      // What is before the damage is checked all the same, for something may be wrong there, too.
      if (damage_.entry() != kNoEntry) line.StopAt(damage_.entry() / LogChunk::kEntries + 1);
      line.Put(*number, std::move(*chunk));
    }
  };
  std::vector<std::function<void()>> jobs = {
      [&] { CheckRules(line); },
      [&] { ReplayHalf(live_, line, kLive, damage_); },
      [&] { ReplayHalf(due_, line, kDue, damage_); },
  };
  for (size_t i = 0; i < Workers(); ++i) jobs.push_back(read);
  RunBesideEachOther(jobs, [&] { Tell(FsckStage::kEntries, line.done() * LogChunk::kEntries, state_.size); });
  Tell(FsckStage::kEntries, std::min(damage_.entry(), state_.size), state_.size);
}

void Checker::CheckRules(ChunkLine& line) {
  uint32_t last_time = 0;
  const auto damaged = [&](uint64_t index, uint64_t number, const std::string& what) {
    damage_.Note(index, Kind::kRule, "entry " + std::to_string(index) + ": " + what);
    line.StopAt(number + 1);
    line.Leave(kRules);
  };
  for (uint64_t number = 0; const auto chunk = line.Take(kRules, number); ++number) {
    if (chunk->begin == chunk->end) break;
    if (chunk->first_time < last_time) {
      return damaged(chunk->begin, number, "its time is before that of the entry before it");
    }
    last_time = chunk->last_time;
    if (number == 0 && (chunk->statements.empty() || chunk->statements[0].first != 0)) {
      return damaged(0, number, "a log begins with a genesis");
    }
    for (const auto& [index, entry] : chunk->statements) {
      if (const Status good = rules_.Observe(index, entry); !good.ok()) return damaged(index, number, good.message());
      report_.operations += entry.ops.size();
    }
  }
  report_.heads = rules_.heads();
  if (last_time != state_.last_time) Damaged(Kind::kState, "log state: the newest entry has another time");
  line.Leave(kRules);
}

void Checker::CheckEnds(const std::string& anchor_directory) {
  if (const Status whole = rules_.Finish(); !whole.ok()) Damaged(Kind::kState, "end of the log: " + whole.message());
  if (rules_.last_head() != state_.last_head) {
    Damaged(Kind::kState, "log state: the newest head is entry " + std::to_string(rules_.last_head()));
  }
  const auto behind = [&](ByteView, ByteView) {
    Damaged(Kind::kState, "log state: there are entries behind its end");
    return false;
  };
  Keep(store_.Scan(Family::kEntry, IndexKey(state_.size), {}, behind));
  if (LogReader(store_).EntryBytes(state_.size).ok()) behind({}, {});
  const Result<uint64_t> tiles = kept_.CheckUpperTiles(store_, damage_);
  if (!tiles.ok()) return Keep(tiles.error());
  report_.tiles = *tiles;
  if (damage_.text().empty()) CheckSigned();
  if (!anchor_directory.empty()) {
    const Status anchored = CheckAgainstAnchor(store_, anchor_directory).status();
    if (!anchored.ok()) Damaged(Kind::kAnchor, "anchor: " + anchored.message());
  }
  report_.units = live_.map().size();
  report_.origin = rules_.keys().genesis().origin;
}

// What is signed or stated of the tree. The tiles are what the entries give, so that roots may be taken from them.
void Checker::CheckSigned() {
  const LogReader reader(store_);
  if (const Result<std::vector<uint64_t>> named = reader.KeyEntries(); !named.ok()) {
    return Keep(named.error());
  } else if (*named != rules_.keys().entries()) {
    Damaged(Kind::kState, "log state: the entries with the log's keys are others than its row names");
  }
  TileTree tree(store_);
  std::vector<Hash32> leaves;
  Keep(reader.Scan(state_.size / 256 * 256, state_.size, [&](uint64_t, ByteView bytes) {
    leaves.push_back(LeafHash(bytes));
    return true;
  }));
  Keep(tree.Load(state_.size, leaves));
  const auto is_root = [&](const LogPoint& point) {
    const Result<Hash32> root = RootAt(tree, point.size);
    return root.ok() && *root == point.root;
  };
  for (const LogRules::StatedRoot& stated : rules_.stated_roots()) {
    if (is_root(stated.point)) continue;
    damage_.Note(stated.entry, Kind::kRule,
                 "entry " + std::to_string(stated.entry) + ": it states another root than the entries before it give");
  }
  // A note says what the tree says at `size`, signed by the key whose turn it was.
  const auto check = [&](const Result<std::string>& note, uint64_t size, const LogKeys::Origin& origin,
                         const std::string& what) {
    const Result<Checkpoint> opened = note.ok() ? LogKeys::OpenIn(origin, *note) : Result<Checkpoint>(note.error());
    if (!opened.ok()) return Damaged(Kind::kCheckpoint, what + ": " + opened.error().message());
    if (opened->size != size || !is_root({size, opened->root})) {
      Damaged(Kind::kCheckpoint, what + ": does not match the entries");
    }
  };
  for (const LogRules::Endorsement& endorsement : rules_.endorsements()) {
    for (const LogKeys::Origin& origin : rules_.keys().origins()) {
      if (std::find(origin.endorsements.begin(), origin.endorsements.end(), endorsement.entry) ==
          origin.endorsements.end()) {
        continue;
      }
      check(reader.StoredEndorsement(endorsement.entry), endorsement.size, origin,
            "checkpoint that endorses a key, entry " + std::to_string(endorsement.entry));
    }
  }
  check(reader.StoredCheckpoint(), state_.last_head + 1, rules_.keys().origins().back(), "stored checkpoint");
}

void Checker::CheckBeside() {
  const bool log_is_good = damage_.entry() == kNoEntry;
  report_.sections = kept_.sections();
  SectionCheck sections(store_, kept_, damage_);
  std::vector<std::function<void()>> jobs;
  for (size_t i = 0; i < Workers(); ++i) jobs.push_back([&] { Keep(sections.Work()); });
  if (log_is_good) jobs.push_back([&] { CheckMapRows(); });
  jobs.push_back([&] { CheckFiles(); });
  const uint64_t total = report_.sections - std::min(report_.sections, rules_.sections_dropped());
  RunBesideEachOther(jobs, [&] { Tell(FsckStage::kSections, sections.present(), total); });
  report_.blobs_present = sections.present();
  if (!log_is_good) return;
  sections.CheckUnits(live_.map());
  if (report_.blobs_present + rules_.sections_dropped() != report_.sections) {
    Damaged(Kind::kCount, "sealed sections: " + std::to_string(report_.blobs_present) + " are there, but the log has " +
                              std::to_string(report_.sections) + ", of which erasures dropped " +
                              std::to_string(rules_.sections_dropped()));
  }
}

void Checker::CheckMapRows() {
  UnitMaps rows;
  ReplacedRows replaced;
  if (const Status loaded = rows.Load(store_); !loaded.ok()) {
    return loaded.code() == Code::kIo ? Keep(loaded) : Damaged(Kind::kMapRows, "map rows: " + loaded.message());
  }
  if (rows.live().Root() != live_.map().Root() || rows.due().Root() != due_.map().Root()) {
    return Damaged(Kind::kMapRows, "map rows: differ from what the operations give");
  }
  const Result<Bytes> bytes = replaced.Load(store_);
  if (!bytes.ok()) return Keep(bytes.error());
  const Status same = CheckMapsAgainstHead(rows, LogReader(store_), state_, *bytes);
  if (!same.ok()) Damaged(Kind::kMapRows, "map rows: " + same.message());
}

// Rows that the log says nothing of, and what lies between rows.
void Checker::CheckFiles() {
  const Status files = store_.CheckFiles();
  if (files.code() == Code::kIo) return Keep(files);
  if (!files.ok()) Damaged(Kind::kFiles, "stored files: " + files.message());
}

}  // namespace

Result<FsckReport> Fsck(const Store& store, const std::string& anchor_directory, const FsckProgress& progress) {
  ASSIGN_OR_RETURN(const LogState state, LogReader(store).State());
  return Checker(store, state, progress).Run(anchor_directory);
}

}  // namespace spor::ledger
