// SPDX-License-Identifier: Apache-2.0
#include <sys/resource.h>
#include <unistd.h>
#include <cstdio>
#include <fstream>
#include <thread>
#include "ledger/fsck.h"
#include "ledger/unit_maps.h"
#include "tests/bench/reference_log.h"
using namespace spor;
using Clk = std::chrono::steady_clock;
static double Since(Clk::time_point t) { return std::chrono::duration<double>(Clk::now() - t).count(); }
static double Rss() {
  std::ifstream f("/proc/self/statm");
  long a, b;
  f >> a >> b;
  return b * 4096 / 1e6;
}
int main(int argc, char** argv) {
  if (!InitCrypto().ok()) return 1;
  bench::ReferenceLog log(argv[1]);
  const uint64_t events = strtoull(argv[2], nullptr, 10);
  auto t = Clk::now();
  Status s = log.Ensure(events);
  if (!s.ok()) return std::fprintf(stderr, "%s\n", s.message().c_str()), 1;
  std::printf("built %.1f s rss %.0f\n", Since(t), Rss());
  if (argc > 3) {
    auto store = ledger::OpenRocksStore(log.database(), {ledger::StoreOptions::Mode::kReadOnly});
    t = Clk::now();
    auto r = ledger::Fsck(**store, log.anchor(), nullptr);
    std::printf("fsck %.2f s, %s, entries %zu, rss %.0f\n", Since(t),
                r.ok() ? r->first_damaged.c_str() : r.error().message().c_str(), (size_t)r->entries, Rss());
    return 0;
  }
  t = Clk::now();
  {
    auto store = ledger::OpenRocksStore(log.database(), {ledger::StoreOptions::Mode::kReadOnly});
    std::printf("ro open %.3f s\n", Since(t));
    (void)ledger::CheckAgainstAnchor(**store, log.anchor()).status();
    std::printf("ro open+anchor %.3f s\n", Since(t));
  }
  t = Clk::now();
  {
    auto store = ledger::OpenRocksStore(log.database(), {ledger::StoreOptions::Mode::kOpen});
    std::printf("rw open %.3f s rss %.0f\n", Since(t), Rss());
    t = Clk::now();
    ledger::UnitMaps maps;
    (void)maps.Load(**store);
    std::printf("maps load %.3f s rss %.0f\n", Since(t), Rss());
    t = Clk::now();
    ledger::HeadBody h;
    maps.FillHead(h);
    std::printf("fill head %.3f s\n", Since(t));
  }
  t = Clk::now();
  s = log.Open();
  if (!s.ok()) return std::fprintf(stderr, "%s\n", s.message().c_str()), 1;
  std::printf("open %.3f s rss %.0f\n", Since(t), Rss());
  std::mt19937_64 rng(7);
  std::vector<double> lat;
  for (int i = 0; i < 5000; ++i) {
    const uint64_t size = log.ledger().size();
    const uint64_t index = rng() % size;
    t = Clk::now();
    auto p = ledger::InclusionProof(log.ledger().nodes(), index, size);
    lat.push_back(Since(t) * 1e6);
  }
  std::sort(lat.begin(), lat.end());
  std::printf("proof median %.1f us p99 %.1f us rss %.0f\n", lat[2500], lat[4950], Rss());
}
