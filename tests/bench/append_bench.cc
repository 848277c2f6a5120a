// SPDX-License-Identifier: Apache-2.0
// Durable append of sealed, provable events beside plain RocksDB, in one run; prints a Markdown report.
//
//   append_bench [BATCHES [DIRECTORY [CALLERS]]]
//       defaults: 200 batches of 1,024 in each round, the temporary directory, two callers more than cores
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "tests/bench/events.h"

namespace spor::ledger {
namespace {

using bench::Events;
using bench::kAuditUnit;
using bench::kSubjects;
using doubles::TestLog;
using Clock = std::chrono::steady_clock;

constexpr size_t kBatch = 1024;
constexpr int kRounds = 3;

double SecondsSince(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// Processor time of this thread, or of the process: what work costs whoever else is busy on the machine.
double CpuSeconds(clockid_t clock = CLOCK_THREAD_CPUTIME_ID) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

double Median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

std::unique_ptr<rocksdb::DB> OpenPlain(const std::string& directory) {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.compression = rocksdb::kNoCompression;
  options.max_background_jobs = 2;
  rocksdb::DB* db = nullptr;
  CHECK(rocksdb::DB::Open(options, directory, &db).ok());
  return std::unique_ptr<rocksdb::DB>(db);
}

std::string KeyOf(uint64_t number) {
  const Bytes key = IndexKey(number);
  return std::string(AsText(key));
}

void PutSynced(rocksdb::DB& db, rocksdb::WriteBatch& batch) {
  rocksdb::WriteOptions options;
  options.sync = true;
  CHECK(db.Write(options, &batch).ok());
}

// (a): rows of `row_bytes` each, 1,024 to a synced batch, by one thread. Rows a second.
double PlainRate(rocksdb::DB& db, size_t batches, size_t row_bytes, uint64_t& next) {
  Bytes noise(row_bytes + kBatch);
  RandomFill(noise);
  const Clock::time_point start = Clock::now();
  for (size_t b = 0; b < batches; ++b) {
    rocksdb::WriteBatch batch;
    for (size_t i = 0; i < kBatch; ++i) {
      batch.Put(KeyOf(next++), rocksdb::Slice(reinterpret_cast<const char*>(noise.data()) + i, row_bytes));
    }
    PutSynced(db, batch);
  }
  return static_cast<double>(batches * kBatch) / SecondsSince(start);
}

// (b): callers seal 1,024 events each and submit them. Events a second.
double LedgerRate(Ledger& ledger, const Events& events, size_t batches, unsigned callers) {
  std::atomic<size_t> left{batches};
  std::vector<std::thread> threads;
  const Clock::time_point start = Clock::now();
  for (unsigned t = 0; t < callers; ++t) {
    threads.emplace_back([&] {
      for (size_t mine = left--; mine > 0 && mine <= batches; mine = left--) {
        Proposal proposal;
        for (size_t i = 0; i < kBatch; ++i) proposal.entries.push_back(events.Next(mine * kBatch + i));
        CHECK(ledger.Submit(std::move(proposal)).ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  return static_cast<double>(batches * kBatch) / SecondsSince(start);
}

// Where the time of one event goes, each stage by itself on one thread; microseconds of processor time,
// and of the clock for what waits for the disk.
struct Profile {
  double seal = 0, append = 0, finish = 0, store = 0, store_clock = 0, map = 0;
  size_t bytes = 0;  // of the rows of entries and blobs
};

Profile ProfileStages(const TestLog& log, Store& store, const Events& events, size_t batches) {
  LogAppender appender(store, TestLog::kOrigin, &log.signer);
  CHECK(appender.Load(store).ok());
  Profile out;
  double bytes = 0;
  for (size_t b = 0; b < batches; ++b) {
    std::vector<EntryDraft> drafts;
    double start = CpuSeconds();
    for (size_t i = 0; i < kBatch; ++i) drafts.push_back(events.Next(b * kBatch + i));
    out.seal += CpuSeconds() - start;
    start = CpuSeconds();
    appender.Begin(static_cast<uint32_t>(TestLog::kStart));
    for (EntryDraft& draft : drafts) appender.Add(std::move(draft));
    out.append += CpuSeconds() - start;
    start = CpuSeconds();
    const Batch batch = appender.Finish();
    out.finish += CpuSeconds() - start;
    for (const Batch::Change& change : batch.changes()) {
      if (change.family == Family::kTile || change.family == Family::kMeta) continue;
      bytes += static_cast<double>(change.key.size() + change.value.size());
    }
    const Clock::time_point written = Clock::now();
    start = CpuSeconds();
    CHECK(store.Write(batch, Durability::kSynced).ok());
    out.store += CpuSeconds() - start;
    out.store_clock += SecondsSince(written);
    appender.Commit();
  }
  // A head over 100,000 units of which one for every 16 events has moved.
  UnitMaps maps;
  constexpr uint32_t kUnits = 100000;
  for (uint32_t n = 0; n < kUnits; ++n) {
    CHECK(maps.Apply(UnitOp::Create(TestLog::Unit(n), 1, {0, 20000}, 1, {}), 3, nullptr).ok());
  }
  HeadBody head;
  maps.FillHead(head);
  const double start = CpuSeconds();
  for (size_t b = 0; b < batches; ++b) {
    for (size_t i = 0; i < kBatch / 16; ++i) {
      const uint32_t n = static_cast<uint32_t>((b * 64 + i) * 7919 % kUnits);
      const bool moved = maps.due().Find(EncodeDueMapKey({0, 20001}, TestLog::Unit(n))).has_value();
      const DueKey from{0, moved ? 20001u : 20000u}, to{0, moved ? 20000u : 20001u};
      CHECK(maps.Apply(UnitOp::Redue(TestLog::Unit(n), from, to, 0, 1, RedueReason::kClock), 3, nullptr).ok());
    }
    maps.FillHead(head);
  }
  out.map = CpuSeconds() - start;
  for (double* stage : {&out.seal, &out.append, &out.finish, &out.store, &out.store_clock, &out.map}) {
    *stage *= 1e6 / static_cast<double>(batches * kBatch);
  }
  out.bytes = static_cast<size_t>(bytes / static_cast<double>(batches * kBatch));
  return out;
}

// One at a time, taken in turn so that all see the same disk; medians in milliseconds.
struct Latencies {
  double put = 0, submit = 0, receipt = 0;
};

Latencies SingleLatencies(rocksdb::DB& plain, Ledger& ledger, const Events& events, size_t row_bytes, uint64_t& next) {
  std::vector<double> puts, submits, receipts;
  const std::string value(row_bytes, 'x');
  const auto timed = [](std::vector<double>& into, const auto& work) {
    const Clock::time_point start = Clock::now();
    work();
    into.push_back(SecondsSince(start) * 1e3);
  };
  for (uint64_t i = 0; i < 2000; ++i) {
    timed(puts, [&] {
      rocksdb::WriteBatch batch;
      batch.Put(KeyOf(next++), value);
      PutSynced(plain, batch);
    });
    timed(submits, [&] {
      Proposal proposal;
      proposal.entries.push_back(events.Next(i));
      CHECK(ledger.Submit(std::move(proposal)).ok());
    });
    timed(receipts, [&] {
      Proposal proposal;
      proposal.entries.push_back(events.Next(i));
      proposal.head = Proposal::Head::kNow;
      const Result<Receipt> receipt = ledger.Submit(std::move(proposal));
      CHECK(receipt.ok() && ledger.Prove(receipt->first_entry, *receipt).ok());
    });
  }
  return {Median(puts), Median(submits), Median(receipts)};
}

double BytesIn(const std::string& directory) {
  double bytes = 0;
  for (const auto& file : std::filesystem::directory_iterator(directory))
    bytes += static_cast<double>(file.file_size());
  return bytes;
}

std::unique_ptr<Store> CreateStore(const std::string& directory) {
  StoreOptions options;
  options.mode = StoreOptions::Mode::kCreate;
  auto store = OpenRocksStore(directory, options);
  CHECK(store.ok());
  return std::move(*store);
}

Status CreateLog(TestLog& log, Store& store) {
  std::vector<UnitOp> ops = {log.CreateOp(kAuditUnit, {2, 21000})};
  for (uint32_t n = 0; n < kSubjects; ++n) ops.push_back(log.CreateOp(n + 2, {0, 20400}));
  return log.Create(store, ops);
}

// Opens it as the service does, read-only against the anchor and then for writing; milliseconds.
double OpenOnce(TestLog& log, const std::string& directory) {
  const Clock::time_point start = Clock::now();
  StoreOptions options;
  options.before_writing = [&](const Store& store) {
    return CheckAgainstAnchor(store, log.options.anchor_directory).status();
  };
  const auto store = OpenRocksStore(directory, options);
  CHECK(store.ok() && log.Open(**store).ok());
  return SecondsSince(start) * 1e3;
}

void Run(size_t batches, const std::string& directory, unsigned callers) {
  std::filesystem::create_directories(directory);
  TestLog log(directory + "/anchor");
  log.options.head_interval = std::chrono::seconds(1);
  const Events events(log.ledger_id);

  Profile profile;
  {
    TestLog other(directory + "/anchor-profile");
    const std::unique_ptr<Store> store = CreateStore(directory + "/profile");
    CHECK(CreateLog(other, *store).ok());
    profile = ProfileStages(other, *store, events, std::max<size_t>(batches / 4, 1));
  }
  std::unique_ptr<Store> store = CreateStore(directory + "/ledger");
  CHECK(CreateLog(log, *store).ok());
  const double empty = BytesIn(directory + "/ledger");
  auto ledger = log.Open(*store);
  CHECK(ledger.ok());
  const std::unique_ptr<rocksdb::DB> plain = OpenPlain(directory + "/plain");
  uint64_t next = 0;
  std::vector<double> plain_rates, ledger_rates;
  double plain_cpu = 0, ledger_cpu = 0;
  for (int round = 0; round < kRounds; ++round) {
    const double start = CpuSeconds(CLOCK_PROCESS_CPUTIME_ID);
    plain_rates.push_back(PlainRate(*plain, batches, profile.bytes, next));
    const double between = CpuSeconds(CLOCK_PROCESS_CPUTIME_ID);
    ledger_rates.push_back(LedgerRate(**ledger, events, batches, callers));
    plain_cpu += between - start;
    ledger_cpu += CpuSeconds(CLOCK_PROCESS_CPUTIME_ID) - between;
  }
  const double count = static_cast<double>(batches * kBatch * kRounds);
  const double to_micros = 1e6 / count;
  const Latencies single = SingleLatencies(*plain, **ledger, events, profile.bytes, next);
  ledger->reset();
  store.reset();
  const double first_open = OpenOnce(log, directory + "/ledger");
  const double second_open = OpenOnce(log, directory + "/ledger");
  const double disk = (BytesIn(directory + "/ledger") - empty) / count;
  const double json = static_cast<double>(events.Json(batches * kBatch).size());
  const double a = Median(plain_rates), b = Median(ledger_rates);
  std::printf("%zu batches of %zu, median of %d rounds, %u callers, %u cores, %zu bytes of rows an event\n\n", batches,
              kBatch, kRounds, callers, std::thread::hardware_concurrency(), profile.bytes);
  std::printf("| work | measured | ratio | must | aim | processor |\n|---|---|---|---|---|---|\n");
  std::printf("| plain RocksDB, synced batches of 1,024, the same bytes | %.0f rows/s | | | | %.1f us |\n", a,
              plain_cpu * to_micros);
  std::printf("| sealed, provable events, durable, batches of 1,024 | %.0f events/s | %.2f | 0.3 | 0.5 | %.1f us |\n",
              b, b / a, ledger_cpu * to_micros);
  std::printf("| one synced RocksDB put, median | %.3f ms | | | | |\n", single.put);
  std::printf("| one event, one caller, durable answer, median | %.3f ms | %.2f | 1.5 | 1.15 | |\n", single.submit,
              single.submit / single.put);
  std::printf("| the same with signed receipt, anchor synced, median | %.3f ms | %.2f | 2.2 | 1.6 | |\n",
              single.receipt, single.receipt / single.put);
  std::printf("| opening it, checked against the anchor: first, again | %.0f, %.0f ms | | | | |\n", first_open,
              second_open);
  std::printf("| bytes on disk, for %.0f of JSON | %.0f | %.2f | 2.5 | 1.8 | |\n\n", json, disk, disk / json);
  std::printf("| stage, one thread | us an event |\n|---|---|\n");
  std::printf("| seal two sections | %.2f |\n| encode, hash, build rows | %.2f |\n| tiles and state | %.2f |\n",
              profile.seal, profile.append, profile.finish);
  std::printf("| write | %.2f |\n| maps, one unit moved for 16 events | %.2f |\n", profile.store, profile.map);
  std::printf("| write and sync, by the clock | %.2f |\n", profile.store_clock);
}

}  // namespace
}  // namespace spor::ledger

int main(int argc, char** argv) {
  if (!spor::InitCrypto().ok()) return 1;
  const size_t batches = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 200;
  const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
  const unsigned callers = argc > 3 ? static_cast<unsigned>(std::strtoul(argv[3], nullptr, 10)) : cores + 2;
  if (batches == 0 || callers == 0) {
    return std::fprintf(stderr, "append_bench [BATCHES [DIRECTORY [CALLERS]]]\n"), 2;
  }
  const std::string parent = argc > 2 ? argv[2] : std::filesystem::temp_directory_path().string();
  const std::string directory = parent + "/spor-append-bench-" + std::to_string(getpid());
  spor::ledger::Run(batches, directory, callers);
  std::filesystem::remove_all(directory);
}
