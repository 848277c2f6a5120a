// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>

#include "tools/cli/console.h"

namespace spor::cli {

// A bar on standard error while something is counted up, with the time that is left. Shows nothing where standard error
// is no terminal.
class ProgressBar {
 public:
  // `total` 0: not known, only the count is shown.
  ProgressBar(Console& console, std::string label, uint64_t total);
  ~ProgressBar();  // clears the line
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  void Set(uint64_t done);

 private:
  Console& console_;
  const std::string label_;
  const uint64_t total_;
  const std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point drawn_;
};

// Elapsed seconds on standard error while one call takes its time. Shows nothing where that is no terminal, nor in the
// first half second.
//
// Threads: draws from one of its own; nothing else may write to standard error while it lives.
class Spinner {
 public:
  Spinner(Console& console, std::string label);
  ~Spinner();  // clears the line
  Spinner(const Spinner&) = delete;
  Spinner& operator=(const Spinner&) = delete;

 private:
  void Turn(const std::string& label);

  Console& console_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace spor::cli
