// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/progress.h"

#include <algorithm>
#include <array>

namespace spor::cli {
namespace {

using std::chrono::steady_clock;

constexpr std::string_view kClearLine = "\r\x1b[K";
constexpr size_t kBarWidth = 30;
constexpr auto kRedraw = std::chrono::milliseconds(100);

int64_t SecondsSince(steady_clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::seconds>(steady_clock::now() - start).count();
}

// At the speed so far.
int64_t SecondsLeft(int64_t seconds, uint64_t done, uint64_t total) {
  return static_cast<int64_t>(static_cast<double>(seconds) * static_cast<double>(total - done) /
                              static_cast<double>(done)) +
         1;
}

}  // namespace

ProgressBar::ProgressBar(Console& console, std::string label, uint64_t total)
    : console_(console), label_(std::move(label)), total_(total), start_(steady_clock::now()) {}

ProgressBar::~ProgressBar() {
  if (drawn_ != steady_clock::time_point()) console_.NoteRaw(kClearLine);
}

void ProgressBar::Set(uint64_t done) {
  const auto now = steady_clock::now();
  if (!console_.error_is_terminal() || now - drawn_ < kRedraw) return;
  drawn_ = now;
  std::string line = std::string(kClearLine) + label_ + " ";
  if (total_ > 0) {
    const size_t filled = std::min<uint64_t>(kBarWidth, kBarWidth * done / total_);
    line += "[" + std::string(filled, '#') + std::string(kBarWidth - filled, '.') + "] " +
            std::to_string(std::min<uint64_t>(100, 100 * done / total_)) + " %  ";
  }
  line += std::to_string(done);
  if (total_ > 0) line += " of " + std::to_string(total_);
  const int64_t seconds = SecondsSince(start_);
  line += "  " + std::to_string(seconds) + " s";
  if (seconds > 0 && done > 0 && done < total_) {
    line += ", " + std::to_string(SecondsLeft(seconds, done, total_)) + " s left";
  }
  console_.NoteRaw(line);
}

Spinner::Spinner(Console& console, std::string label) : console_(console) {
  if (console_.error_is_terminal()) thread_ = std::thread([this, text = std::move(label)] { Turn(text); });
}

Spinner::~Spinner() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
}

void Spinner::Turn(const std::string& label) {
  constexpr std::array<char, 4> kPhases = {'|', '/', '-', '\\'};
  const auto start = steady_clock::now();
  bool drawn = false;
  for (size_t i = 0; !stop_; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    if (i < 10 || i % 3 != 0) continue;
    drawn = true;
    console_.NoteRaw(std::string(kClearLine) + kPhases[i / 3 % kPhases.size()] + " " + label + "  " +
                     std::to_string(SecondsSince(start)) + " s");
  }
  if (drawn) console_.NoteRaw(kClearLine);
}

}  // namespace spor::cli
