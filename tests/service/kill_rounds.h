// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>

#include "tests/service/evidence_check.h"

namespace spor::service {

inline constexpr int kChildOutput = 9;

// A child process works on a real home and prints what was acknowledged; the parent kills it at a random moment, opens
// the home again and compares. The child is this program again: after a bare fork RocksDB's threads would be missing.
class KillRounds {
 public:
  explicit KillRounds(uint32_t seed) : random_(seed), world_(dir_.path(), World::Disk::kRocks) {}

  void Begin(const Rows& contacts) {
    ASSERT_WORKS(world_.Begin());
    ASSERT_WORKS(world_.Import("contact", kContactColumns, contacts));
    world_.Close();
  }

  // Runs `work` in a child until it is killed, at most `longest` milliseconds after it printed `lines_before` lines.
  // Returns the lines that it printed whole.
  std::vector<std::string> Killed(const std::string& work, int round, int lines_before, int longest) {
    int ends[2];
    CHECK(pipe(ends) == 0);
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
      dup2(ends[1], kChildOutput);
      setenv("SPOR_KILL_WORK", work.c_str(), 1);
      setenv("SPOR_KILL_ROUND", std::to_string(round).c_str(), 1);
      setenv("SPOR_KILL_HOME", world_.directory().c_str(), 1);
      setenv("SPOR_KILL_TIME", std::to_string(world_.clock.Now()).c_str(), 1);
      setenv("SPOR_KILL_TOTP", HexEncode(world_.totp).c_str(), 1);
      execl("/proc/self/exe", "child", "--gtest_filter=KillChild.DISABLED_Works", "--gtest_also_run_disabled_tests",
            "--gtest_brief=1", nullptr);
      _exit(2);
    }
    close(ends[1]);
    std::string printed;
    for (char c = 0; std::count(printed.begin(), printed.end(), '\n') < lines_before; printed += c) {
      CHECK(read(ends[0], &c, 1) == 1);
    }
    usleep(std::uniform_int_distribution<useconds_t>(0, static_cast<useconds_t>(longest) * 1000)(random_));
    CHECK(kill(child, SIGKILL) == 0);
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child);
    EXPECT_TRUE(WIFSIGNALED(status)) << "the child ended by itself, with " << WEXITSTATUS(status);
    char more[4096];
    for (ssize_t n = 0; (n = read(ends[0], more, sizeof more)) > 0;) printed.append(more, static_cast<size_t>(n));
    close(ends[0]);
    world_.clock.Advance(60);  // the child used codes of its own
    std::vector<std::string> lines;
    for (size_t at = 0, end = 0; (end = printed.find('\n', at)) != std::string::npos; at = end + 1) {
      lines.push_back(printed.substr(at, end - at));
    }
    return lines;
  }

  // The home as the next start finds it: verified first, then opened with its administrator logged in.
  World& Reopened() {
    EXPECT_EQ(world_.Damage(), "");
    EXPECT_CODE(kOk, world_.Open());
    EXPECT_CODE(kOk, world_.Login());
    return world_;
  }
  void ExpectEvidence(const std::vector<std::string>& people, std::map<std::string, int>* events = nullptr) {
    EvidenceCheck check(world_, people);
    for (const std::string& finding : check.Findings()) ADD_FAILURE() << finding;
    if (events != nullptr) *events = check.events();
  }
  void Close() {
    world_.Close();
    EXPECT_EQ(world_.Damage(), "");
  }
  World& world() { return world_; }

 private:
  std::mt19937 random_;
  doubles::TempDir dir_;
  World world_;
};

// ---- what the child does and the parent expects, a round at a time ----

inline std::string EventName(int round, int batch, int i) {
  return std::to_string(round) + "." + std::to_string(batch) + "." + std::to_string(i);
}
inline std::string FiveLines(int round, int batch) {
  std::string text;
  for (int i = 0; i < 5; ++i) text += EventLine(EventName(round, batch, i), std::to_string(1 + i % 3));
  return text;
}
inline Rows EightContacts(int round, int chunk) {
  Rows some;
  for (int i = 0; i < 8; ++i) some.push_back(ContactRow(EventName(round, chunk, i)));
  return some;
}
inline Rows TwelveContacts(int round) {
  Rows some;
  for (int i = 0; i < 12; ++i) some.push_back(ContactRow(EventName(round, 0, i)));
  return some;
}
inline Rows EndedLongAgo(const Rows& contacts) {
  Rows ended;
  for (const auto& row : contacts) ended.push_back({row[0], "2026-01-31"});
  return ended;
}

inline void PrintLine(const std::string& line) {
  const std::string whole = line + "\n";
  if (write(kChildOutput, whole.data(), whole.size()) != static_cast<ssize_t>(whole.size())) _exit(4);
}
[[noreturn]] inline void IngestForEver(World& world, int round) {
  for (int batch = 0;; ++batch) {
    const auto counts = world.Ingest(FiveLines(round, batch));
    if (!counts.ok() || counts->accepted != 5) _exit(5);
    PrintLine(std::to_string(batch));
  }
}
[[noreturn]] inline void ImportForEver(World& world, int round) {
  const auto id = world.home().importer().Begin(world.actor, {"contact", kContactColumns, {}});
  if (!id.ok()) _exit(5);
  for (int chunk = 0;; ++chunk) {
    const auto counts = world.home().importer().Chunk(world.actor, *id, 1, EightContacts(round, chunk));
    if (!counts.ok() || counts->created != 8) _exit(6);
    PrintLine(std::to_string(chunk));
  }
}
// One person a run, so that there are many runs to be killed in.
[[noreturn]] inline void EraseOneByOne(World& world, int round) {
  if (!world.Import("contact", kContactColumns, TwelveContacts(round)).ok()) _exit(5);
  for (const auto& row : EndedLongAgo(TwelveContacts(round))) {
    if (!world.StartClock("customer_relationship_ended", {row}).ok()) _exit(6);
    PrintLine("ended " + row[0]);
    const auto run = world.Run();
    if (!run.ok() || run->people_forgotten != 1) _exit(7);
    PrintLine("erased " + row[0]);
  }
  for (;;) pause();
}

TEST(KillChild, DISABLED_Works) {
  const auto given = [](const char* name) { return std::string(getenv(name) != nullptr ? getenv(name) : ""); };
  if (given("SPOR_KILL_HOME").empty()) GTEST_SKIP() << "this is what the tests of kills start";
  World world(given("SPOR_KILL_HOME"), World::Disk::kRocks);
  world.clock.Set(std::stoll(given("SPOR_KILL_TIME")));
  world.totp = *HexDecode(given("SPOR_KILL_TOTP"));
  if (!world.Open().ok() || !world.Login().ok()) _exit(3);
  const std::string work = given("SPOR_KILL_WORK");
  const int round = std::stoi(given("SPOR_KILL_ROUND"));
  if (work == "ingest") IngestForEver(world, round);
  if (work == "import") ImportForEver(world, round);
  EraseOneByOne(world, round);
}

// Every acknowledged event is there once; the same lines again add nothing.
inline void KillDuringIngest(int rounds, uint32_t seed) {
  KillRounds kills(seed);
  ASSERT_NO_FATAL_FAILURE(kills.Begin({ContactRow("1"), ContactRow("2")}));
  std::vector<std::pair<int, int>> acknowledged;
  for (int round = 0; round < rounds; ++round) {
    for (const std::string& line : kills.Killed("ingest", round, 1, 150))
      acknowledged.emplace_back(round, std::stoi(line));
    World& world = kills.Reopened();
    std::map<std::string, int> events;
    kills.ExpectEvidence({"1", "2", "3"}, &events);
    for (const auto& [in_round, batch] : acknowledged) {
      for (int i = 0; i < 5; ++i) EXPECT_EQ(events[EventName(in_round, batch, i)], 1);
    }
    const uint64_t entries = world.EventEntries();
    for (const auto& [in_round, batch] : acknowledged) {
      if (in_round != round) continue;
      EXPECT_EQ(world.Ingest(FiveLines(in_round, batch))->repeated, 5u);
    }
    EXPECT_EQ(world.EventEntries(), entries);
    kills.Close();
  }
  EXPECT_GT(acknowledged.size(), static_cast<size_t>(2 * rounds));
}

// Every acknowledged chunk is stored; the same chunks again are unchanged, and nobody is there twice.
inline void KillDuringImport(int rounds, uint32_t seed) {
  KillRounds kills(seed);
  ASSERT_NO_FATAL_FAILURE(kills.Begin({}));
  std::vector<std::string> people;
  for (int round = 0; round < rounds; ++round) {
    const int chunks = static_cast<int>(kills.Killed("import", round, 1, 150).size());
    World& world = kills.Reopened();
    for (int chunk = 0; chunk < chunks; ++chunk) {
      const auto again = world.Import("contact", kContactColumns, EightContacts(round, chunk));
      ASSERT_WORKS(again);
      EXPECT_EQ(again->unchanged, 8u);
    }
    // The chunk that was under way is there whole or not at all.
    const auto last = world.Import("contact", kContactColumns, EightContacts(round, chunks));
    ASSERT_WORKS(last);
    EXPECT_TRUE(last->created == 8 || last->unchanged == 8) << last->created << " " << last->unchanged;
    for (int chunk = 0; chunk <= chunks; ++chunk) {
      for (const auto& row : EightContacts(round, chunk)) people.push_back(row[0]);
    }
    kills.ExpectEvidence(people);
    kills.Close();
  }
}

// Whatever was acknowledged as erased is gone, nothing is half gone, and the next run finishes the work.
inline void KillDuringRetention(int rounds, uint32_t seed) {
  KillRounds kills(seed);
  ASSERT_NO_FATAL_FAILURE(kills.Begin({ContactRow("stays")}));
  for (int round = 0; round < rounds; ++round) {
    const Rows contacts = TwelveContacts(round), ended = EndedLongAgo(contacts);
    std::vector<std::string> people = {"stays"};
    for (const auto& row : contacts) people.push_back(row[0]);
    const std::vector<std::string> lines = kills.Killed("retention", round, 3, 300);
    World& world = kills.Reopened();
    kills.ExpectEvidence(people);
    for (const std::string& line : lines) {
      if (!line.starts_with("erased ")) continue;
      EXPECT_CODE(kNotFound, world.ProfileOf("external_id:" + line.substr(7)));
    }
    ASSERT_WORKS(world.Run());
    for (const std::string& line : lines) {
      EXPECT_CODE(kNotFound, world.ProfileOf("external_id:" + line.substr(line.find(' ') + 1)));
    }
    EXPECT_EQ(world.State()->overdue, 0u);
    EXPECT_CODE(kOk, world.Read("external_id:stays", "newsletter"));
    // Nobody is left for the next round.
    ASSERT_WORKS(world.Import("contact", kContactColumns, contacts));
    ASSERT_WORKS(world.StartClock("customer_relationship_ended", ended));
    ASSERT_WORKS(world.Run());
    EXPECT_EQ(world.parts().subjects->people(), 1);
    kills.Close();
  }
}

}  // namespace spor::service
