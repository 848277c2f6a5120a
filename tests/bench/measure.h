// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <string>
#include <vector>

// What the large benchmarks measure with.
namespace spor::bench {

struct Time {
  double clock = 0;
  double processor = 0;  // of all threads: on a busy machine the better measure
};

class Stopwatch {
 public:
  Time Stop() const {
    const auto now = std::chrono::steady_clock::now();
    return {std::chrono::duration<double>(now - start_).count(), Processor() - processor_};
  }

 private:
  static double Processor() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
  }
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  const double processor_ = Processor();
};

// The value that a share of them do not exceed.
inline double Quantile(std::vector<double> values, double share) {
  const size_t at = std::min(values.size() - 1, static_cast<size_t>(share * static_cast<double>(values.size())));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at), values.end());
  return values[at];
}

// "VmRSS" or "VmHWM" of this process, in MB.
inline double MegabytesOf(const std::string& what) {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    if (word != what + ":") continue;
    double kilobytes = 0;
    status >> kilobytes;
    return kilobytes * 1024 / 1e6;
  }
  return 0;
}

// How many of something by the clock: a line on standard error every second, with the time that is left.
class Progress {
 public:
  Progress(const char* label, uint64_t total) : label_(label), total_(total) {}
  void Set(uint64_t done) {
    const auto now = std::chrono::steady_clock::now();
    if (now - shown_ < std::chrono::seconds(1) || done == 0) return;
    shown_ = now;
    const double rate = static_cast<double>(done) / std::chrono::duration<double>(now - start_).count();
    std::fprintf(stderr, "%s: %llu of %llu, %.0f/s, %.0f s left\n", label_, static_cast<unsigned long long>(done),
                 static_cast<unsigned long long>(total_), rate, static_cast<double>(total_ - done) / rate);
  }

 private:
  const char* label_;
  const uint64_t total_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point shown_ = start_;
};

}  // namespace spor::bench
