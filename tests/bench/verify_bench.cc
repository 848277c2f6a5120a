// SPDX-License-Identifier: Apache-2.0
// Verifying a whole log from its entries beside the hashing that nobody can do without, in one run; prints Markdown.
//
//   verify_bench [EVENTS [DIRECTORY]]      defaults: 1,000,000, the temporary directory. The log stays there.
#include <cstdio>
#include <thread>

#include "ledger/fsck.h"
#include "ledger/pruned_map.h"
#include "ledger/replay.h"
#include "ledger/tiles.h"
#include "tests/bench/reference_log.h"

namespace spor::bench {
namespace {

using ledger::EntryKind;

// All entries in one piece of memory, and where each begins.
struct Entries {
  Bytes bytes;
  std::vector<uint64_t> ends;
  ByteView operator[](size_t i) const {
    const uint64_t begin = i == 0 ? 0 : ends[i - 1];
    return ByteView(bytes).subspan(begin, ends[i] - begin);
  }
};

// Nodes of both maps that the heads of the log need hashed: those that changed since the head before, each once.
struct MapNodes {
  uint64_t live_leaves = 0, due_leaves = 0, inners = 0;
};

// Counts the shown leaves and inner nodes of a pruned map.
void CountNodes(ByteView pruned, uint64_t& leaves, uint64_t& inners) {
  for (Reader in(pruned); in.left() > 0;) {
    switch (in.U8()) {
      case 0: in.Raw(sizeof(Hash32)); break;
      case 1: in.Str8(0xff), in.Str8(0xff), ++leaves; break;
      case 2: in.U16(), ++inners; break;
      default: break;
    }
  }
}

MapNodes CountMapNodes(const Entries& entries) {
  MapNodes out;
  ledger::UnitMaps maps;
  std::vector<Bytes> live, due;
  for (size_t i = 0; i < entries.ends.size(); ++i) {
    const uint8_t kind = ledger::PeekKind(entries[i]);
    if (kind == static_cast<uint8_t>(EntryKind::kEvent)) continue;
    const auto entry = ledger::ParseEntry(entries[i]);
    CHECK(entry.ok());
    for (const ledger::UnitOp& op : entry->ops) {
      CHECK(maps.Apply(op, i, nullptr).ok());
      if (op.type != ledger::OpType::kRedue) live.push_back(ToBytes(op.unit));
      if (op.type != ledger::OpType::kCreate) due.push_back(ledger::EncodeDueMapKey(op.old_due, op.unit));
      if (op.type != ledger::OpType::kErase) due.push_back(ledger::EncodeDueMapKey(op.due, op.unit));
    }
    if (entry->kind != EntryKind::kHead) continue;
    std::sort(live.begin(), live.end());
    std::sort(due.begin(), due.end());
    if (!live.empty()) CountNodes(maps.live().Prune(live, ledger::Map::ShowSmallest::kNo), out.live_leaves, out.inners);
    if (!due.empty()) CountNodes(maps.due().Prune(due, ledger::Map::ShowSmallest::kNo), out.due_leaves, out.inners);
    live.clear();
    due.clear();
  }
  return out;
}

template <typename Work>
Time OnAllCores(const Work& work) {
  const size_t cores = std::max(1u, std::thread::hardware_concurrency());
  std::vector<std::thread> threads;
  const Stopwatch watch;
  for (size_t t = 0; t < cores; ++t) threads.emplace_back([&, t] { work(t, cores); });
  for (std::thread& thread : threads) thread.join();
  return watch.Stop();
}

// One SHA-256 for each entry and one for each node of the tree, entries in memory, both cores.
Time HashLog(const Entries& entries) {
  return OnAllCores([&](size_t t, size_t cores) {
    const size_t count = entries.ends.size();
    ledger::CompactTree tree;
    for (size_t i = count * t / cores; i < count * (t + 1) / cores; ++i) tree.Add(ledger::LeafHash(entries[i]));
    CHECK(tree.Root() != Hash32{});
  });
}

// One SHA-256 for each node of the maps, of nodes that lie ready.
Time HashMapNodes(const MapNodes& nodes) {
  return OnAllCores([&](size_t t, size_t cores) {
    Hash32 hash{static_cast<uint8_t>(t)};
    const Bytes unit(16), live(ledger::kLiveValueBytes), due(ledger::kDueKeyBytes), value(ledger::kDueValueBytes);
    for (uint64_t i = t; i < nodes.live_leaves; i += cores) hash = ledger::MapLeafHash(unit, live);
    for (uint64_t i = t; i < nodes.due_leaves; i += cores) hash = ledger::MapLeafHash(due, value);
    for (uint64_t i = t; i < nodes.inners; i += cores) hash = ledger::MapInnerHash(20, hash, hash);
    CHECK(hash != Hash32{});
  });
}

Status Run(ReferenceLog& log, uint64_t events) {
  RETURN_IF_ERROR(log.Ensure(events));
  ASSIGN_OR_RETURN(const std::unique_ptr<ledger::Store> store,
                   ledger::OpenRocksStore(log.database(), {ledger::StoreOptions::Mode::kReadOnly}));
  Entries entries;
  const ledger::LogReader reader(*store);
  ASSIGN_OR_RETURN(const ledger::LogState state, reader.State());
  RETURN_IF_ERROR(reader.Scan(0, state.size, [&](uint64_t, ByteView bytes) {
    Append(entries.bytes, bytes);
    entries.ends.push_back(entries.bytes.size());
    return true;
  }));
  const MapNodes nodes = CountMapNodes(entries);
  const Time raw_log = HashLog(entries);
  const Time raw_maps = HashMapNodes(nodes);
  entries = {};

  Progress progress("verifying", state.size);
  const Stopwatch watch;
  std::optional<Time> verified;
  const auto tell = [&](ledger::FsckStage stage, uint64_t done, uint64_t) {
    if (stage == ledger::FsckStage::kEntries) return progress.Set(done);
    if (!verified) verified = watch.Stop();
  };
  ASSIGN_OR_RETURN(const ledger::FsckReport report, ledger::Fsck(*store, log.anchor(), tell));
  const Time whole = watch.Stop();
  if (!report.first_damaged.empty()) return Status(Code::kCorrupt, report.first_damaged);
  CHECK(verified.has_value());

  const double count = static_cast<double>(report.entries);
  std::printf(
      "%.0f entries, %llu heads, %llu operations, %llu live units, %u cores; entries in memory for the raw "
      "hashing, in RocksDB for fsck\n\n",
      count, static_cast<unsigned long long>(report.heads), static_cast<unsigned long long>(report.operations),
      static_cast<unsigned long long>(report.units), std::thread::hardware_concurrency());
  std::printf(
      "| work | seconds | processor | entries/s | ratio | by processor | must | aim |\n"
      "|---|---:|---:|---:|---:|---:|---|---|\n");
  const auto row = [&](const char* what, const Time& time) {
    std::printf("| %s | %.2f | %.2f | %.0f |", what, time.clock, time.processor, count / time.clock);
  };
  row("raw: SHA-256 of every entry and every node of the tree", raw_log);
  std::printf(" | | | |\n");
  row("raw: SHA-256 of every map node that a head needs", raw_maps);
  std::printf(" | | | |\n");
  row("fsck of the log: entries, tiles, maps, heads, rules, signatures", *verified);
  const Time raw{raw_log.clock + raw_maps.clock, raw_log.processor + raw_maps.processor};
  std::printf(" %.2f | %.2f | 0.5 | 0.8 |\n", raw.clock / verified->clock, raw.processor / verified->processor);
  std::printf("| of that, against the raw hashing without the maps | | | | %.2f | %.2f | | |\n",
              raw_log.clock / verified->clock, raw_log.processor / verified->processor);
  row("fsck of everything: also map rows and every sealed section", whole);
  std::printf(" | | | |\n\nMap nodes hashed: %llu live leaves, %llu due leaves, %llu inner nodes.\n",
              static_cast<unsigned long long>(nodes.live_leaves), static_cast<unsigned long long>(nodes.due_leaves),
              static_cast<unsigned long long>(nodes.inners));
  return OkStatus();
}

}  // namespace
}  // namespace spor::bench

int main(int argc, char** argv) {
  if (!spor::InitCrypto().ok()) return 1;
  const uint64_t events = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
  if (events == 0) return std::fprintf(stderr, "verify_bench [EVENTS [DIRECTORY]]\n"), 2;
  const std::string parent = argc > 2 ? argv[2] : std::filesystem::temp_directory_path().string() + "/spor-bench";
  spor::bench::ReferenceLog log(parent + "/" + std::to_string(events));
  const spor::Status done = spor::bench::Run(log, events);
  if (!done.ok()) return std::fprintf(stderr, "%s\n", done.message().c_str()), 1;
}
