// SPDX-License-Identifier: Apache-2.0
// Opening a large log as the service does at start, and what it costs to use: memory, proofs, appending, erasing;
// prints Markdown. Run it at two sizes to see the growth.
//
//   open_bench [EVENTS [DIRECTORY]]      defaults: 1,000,000, the temporary directory. The log stays there.
#include <random>
#include <thread>

#include "tests/bench/reference_log.h"

namespace spor::bench {
namespace {

constexpr int kOpens = 5;
constexpr int kProofs = 20000;
constexpr int kBatches = 200;

void Row(const char* work, double value, const char* unit, double processor, const char* must, const char* aim) {
  std::printf("| %s | %.3g %s | %.3g %s | %s | %s |\n", work, value, unit, processor, unit, must, aim);
}

// Opens and closes; each time with some 8 MB behind the newest table files, as a service leaves them.
Status Opens(ReferenceLog& log) {
  std::vector<double> store, ledger, whole, processor;
  for (int i = 0; i < kOpens; ++i) {
    const Stopwatch watch;
    RETURN_IF_ERROR(log.OpenStore());
    const double first = watch.Stop().clock;
    RETURN_IF_ERROR(log.OpenLedger());
    const Time all = watch.Stop();
    store.push_back(first);
    ledger.push_back(all.clock - first);
    whole.push_back(all.clock);
    processor.push_back(all.processor);
    if (i + 1 == kOpens) break;
    RETURN_IF_ERROR(log.LearnUnits());
    for (int batch = 0; batch < 16; ++batch) RETURN_IF_ERROR(log.ledger().Submit(log.Batch()).status());
    log.Close();
  }
  Row("open, anchor checked", Quantile(whole, 0.5), "s", Quantile(processor, 0.5), "1", "0.2");
  std::printf("| of that: the store, read-only and compared with the anchor, then for writing | %.3g s | | | |\n",
              Quantile(store, 0.5));
  std::printf("| of that: keys, maps read and compared with the newest head | %.3g s | | | |\n", Quantile(ledger, 0.5));
  return OkStatus();
}

Status Proofs(ReferenceLog& log) {
  std::mt19937_64 random(7);
  std::vector<double> micros;
  const uint64_t size = log.ledger().size();
  const Stopwatch all;
  for (int i = 0; i < kProofs; ++i) {
    const uint64_t index = random() % size;
    const Stopwatch watch;
    ASSIGN_OR_RETURN(const std::vector<Hash32> proof, ledger::InclusionProof(log.ledger().nodes(), index, size));
    micros.push_back(watch.Stop().clock * 1e6);
    CHECK(!proof.empty());
  }
  Row("inclusion proof of a random entry, median", Quantile(micros, 0.5), "us", all.Stop().processor * 1e6 / kProofs,
      "100", "50");
  std::printf("| the same, 99th percentile | %.3g us | | | |\n", Quantile(micros, 0.99));
  return OkStatus();
}

Status Appends(ReferenceLog& log) {
  std::vector<double> millis;
  double processor = 0;
  for (int i = 0; i < kBatches; ++i) {
    ledger::Proposal batch = log.Batch();
    const Stopwatch watch;
    RETURN_IF_ERROR(log.ledger().Submit(std::move(batch)).status());
    const Time time = watch.Stop();
    millis.push_back(time.clock * 1e3);
    processor += time.processor * 1e3;
  }
  Row("durable append of 1,024 sealed events, median", Quantile(millis, 0.5), "ms", processor / kBatches, "", "");
  std::printf("| the same, 99th percentile | %.3g ms | | | |\n", Quantile(millis, 0.99));
  return OkStatus();
}

Status Erasures(ReferenceLog& log) {
  for (const auto& [units, times, label] : {std::tuple<size_t, size_t, const char*>{1, 5, "erase 1 unit, keys rotated"},
                                            {1000, 3, "erase 1,000 units, keys rotated"}}) {
    std::vector<double> millis, processor;
    for (size_t i = 0; i < times; ++i) {
      const Stopwatch watch;
      RETURN_IF_ERROR(log.Erase(units).status());
      const Time time = watch.Stop();
      millis.push_back(time.clock * 1e3);
      processor.push_back(time.processor * 1e3);
    }
    Row(label, Quantile(millis, 0.5), "ms", Quantile(processor, 0.5), "", "");
  }
  return OkStatus();
}

Status Run(ReferenceLog& log, uint64_t events) {
  RETURN_IF_ERROR(log.Ensure(events));
  std::printf("%llu events, %u cores\n\n| work | by the clock | processor | must | aim |\n|---|---|---|---|---|\n",
              static_cast<unsigned long long>(events), std::thread::hardware_concurrency());
  RETURN_IF_ERROR(Opens(log));
  std::printf("| memory when open | %.0f MB | | 500 MB | 200 MB |\n", MegabytesOf("VmRSS"));
  RETURN_IF_ERROR(Proofs(log));
  RETURN_IF_ERROR(log.LearnUnits());
  RETURN_IF_ERROR(Appends(log));
  std::printf("| memory after 20,000 proofs and 200 batches | %.0f MB | | 500 MB | 200 MB |\n", MegabytesOf("VmRSS"));
  RETURN_IF_ERROR(Erasures(log));
  std::printf("| memory, the most at any time | %.0f MB | | | |\n\n", MegabytesOf("VmHWM"));
  return OkStatus();
}

}  // namespace
}  // namespace spor::bench

int main(int argc, char** argv) {
  if (!spor::InitCrypto().ok()) return 1;
  const uint64_t events = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
  if (events == 0) return std::fprintf(stderr, "open_bench [EVENTS [DIRECTORY]]\n"), 2;
  const std::string parent = argc > 2 ? argv[2] : std::filesystem::temp_directory_path().string() + "/spor-bench";
  spor::bench::ReferenceLog log(parent + "/" + std::to_string(events));
  const spor::Status done = spor::bench::Run(log, events);
  if (!done.ok()) return std::fprintf(stderr, "%s\n", done.message().c_str()), 1;
}
