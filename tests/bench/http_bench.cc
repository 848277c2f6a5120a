// SPDX-License-Identifier: Apache-2.0
// 64 callers, one event each, over HTTP on a Unix socket: the service beside a bare Beast server that seals, hashes and
// group-commits the same events, in one run; prints a Markdown report.
//
//   http_bench [SECONDS [DIRECTORY]]      defaults: 5 seconds for each of three rounds, the temporary directory
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>

#include "tests/bench/bare_server.h"
#include "tests/doubles/world.h"
#include "tools/service/service.h"
#include "tools/service/unix_socket.h"

namespace spor::service {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr int kCallers = 64;
constexpr int kRounds = 3;
constexpr uint32_t kPeople = 10000;

double CpuSeconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

double Median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

std::string EventJson(uint64_t number) {
  return "{\"event_id\":\"5f0c7a52-7c0e-4c3b-9f0a-" + std::to_string(number) +
         "\",\"time\":\"2026-11-24T09:30:00Z\",\"kind\":\"processing\",\"action\":\"send\",\"category\":\"contact\"," +
         "\"purpose\":\"newsletter\",\"subject\":{\"external_id\":\"" + std::to_string(number * 7919 % kPeople) +
         "\"},\"details\":{\"template\":\"Nyhetsbrev november\",\"channel\":\"email\"}}\n";
}

// ---- the callers ----

struct Load {
  std::vector<double> millis;  // of each answered request
  double seconds = 0;
  double cpu = 0;
};

// One connection of a caller that waits for the answer before it sends the next event.
struct Caller {
  UniqueFd fd;
  std::string answer;
  SteadyClock::time_point sent;

  void Send(const std::string& token, uint64_t number) {
    const std::string body = EventJson(number);
    const std::string message = "POST /v1/ingest HTTP/1.1\r\nHost: spor\r\nAuthorization: Bearer " + token +
                                "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    sent = SteadyClock::now();
    CHECK(send(fd.get(), message.data(), message.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(message.size()));
  }
  // Whether the answer is complete; it must be a 200.
  bool Receive() {
    std::array<char, 4096> block;
    const ssize_t n = recv(fd.get(), block.data(), block.size(), 0);
    CHECK(n > 0);
    answer.append(block.data(), static_cast<size_t>(n));
    const size_t head = answer.find("\r\n\r\n");
    if (head == std::string::npos) return false;
    constexpr std::string_view kLength = "Content-Length: ";
    const size_t length = answer.find(kLength);
    CHECK(answer.starts_with("HTTP/1.1 200") && length < head);
    const size_t body = std::strtoul(answer.data() + length + kLength.size(), nullptr, 10);
    if (answer.size() < head + 4 + body) return false;
    answer.clear();
    return true;
  }
};

// One thread drives all callers, so that the client costs as little as it can and both servers the same.
Load Drive(const std::string& socket_path, const std::string& token, double seconds, uint64_t& next) {
  std::vector<Caller> callers(kCallers);
  const UniqueFd poll(epoll_create1(EPOLL_CLOEXEC));
  for (size_t i = 0; i < callers.size(); ++i) {
    callers[i].fd = std::move(*ConnectUnix(socket_path));
    epoll_event event{EPOLLIN, {.u64 = i}};
    CHECK(epoll_ctl(poll.get(), EPOLL_CTL_ADD, callers[i].fd.get(), &event) == 0);
  }
  Load load;
  const double cpu = CpuSeconds();
  const auto start = SteadyClock::now();
  const auto end = start + std::chrono::duration<double>(seconds);
  for (Caller& caller : callers) caller.Send(token, next++);
  for (size_t busy = callers.size(); busy > 0;) {
    std::array<epoll_event, kCallers> events;
    const int ready = epoll_wait(poll.get(), events.data(), kCallers, -1);
    for (int i = 0; i < ready; ++i) {
      Caller& caller = callers[events[static_cast<size_t>(i)].data.u64];
      if (!caller.Receive()) continue;
      const auto now = SteadyClock::now();
      load.millis.push_back(std::chrono::duration<double, std::milli>(now - caller.sent).count());
      if (now < end) {
        caller.Send(token, next++);
      } else {
        --busy;
      }
    }
  }
  load.seconds = std::chrono::duration<double>(SteadyClock::now() - start).count();
  load.cpu = CpuSeconds() - cpu;
  return load;
}

// ---- the comparison ----

// A home with people in it, and a session of its administrator.
std::string Prepare(doubles::World& world) {
  CHECK(world.Found().ok() && world.Activate().ok());
  world.clock.Advance(30);
  auto session = world.auth().Login(world.user, world.Password(), world.CodeNow(), getuid());
  CHECK(session.ok());
  world.actor = session->actor;
  doubles::Rows people;
  for (uint32_t n = 0; n < kPeople; ++n) {
    const std::string id = std::to_string(n);
    people.push_back({id, "Fornavn" + id, "Etternavn" + id, "person" + id + "@example.no"});
  }
  const auto imported = world.Import("contact", {"external_id", "first_name", "last_name", "email"}, people);
  CHECK(imported.ok() && imported->created == kPeople);
  world.Close();
  return std::string(AsText(session->token.Reveal()));
}

struct Side {
  std::vector<double> rates, p50, p99, cpu;
  void Add(Load load) {
    const double events = static_cast<double>(load.millis.size());
    std::sort(load.millis.begin(), load.millis.end());
    rates.push_back(events / load.seconds);
    p50.push_back(load.millis[load.millis.size() / 2]);
    p99.push_back(load.millis[load.millis.size() * 99 / 100]);
    cpu.push_back(load.cpu * 1e6 / events);
  }
  void Print(const char* name, const std::string& ratio) const {
    std::printf("| %s | %.0f | %s | %.2f | %.2f | %.1f us |\n", name, Median(rates), ratio.c_str(), Median(p50),
                Median(p99), Median(cpu));
  }
};

void Run(double seconds, const std::string& directory) {
  std::filesystem::create_directories(directory);
  doubles::World world(directory, doubles::World::Disk::kRocks);
  const std::string token = Prepare(world);
  const std::string service_socket = directory + "/service.sock", bare_socket = directory + "/bare.sock";
  auto service = Service::Start(world.places(), service_socket, world.options);
  CHECK(service.ok());
  Side ours, bare;
  {
    bench::BareServer server(bare_socket, directory + "/bare");
    uint64_t next = 0;
    for (int round = 0; round < kRounds; ++round) {
      bare.Add(Drive(bare_socket, token, seconds, next));
      ours.Add(Drive(service_socket, token, seconds, next));
    }
  }
  std::printf("%d callers, one event each, %d rounds of %.0f s, %u cores, %u people; client in the same process\n\n",
              kCallers, kRounds, seconds, std::thread::hardware_concurrency(), kPeople);
  std::printf("| server | events/s | ratio | p50 ms | p99 ms | processor |\n|---|---|---|---|---|---|\n");
  bare.Print("bare: seal, hash, group commit", "");
  char ratio[64];
  std::snprintf(ratio, sizeof ratio, "%.2f (must 0.7, aim 1.0)", Median(ours.rates) / Median(bare.rates));
  ours.Print("the service: /v1/ingest", ratio);
}

}  // namespace
}  // namespace spor::service

int main(int argc, char** argv) {
  if (!spor::InitCrypto().ok()) return 1;
  const double seconds = argc > 1 ? std::strtod(argv[1], nullptr) : 5;
  if (seconds <= 0) return std::fprintf(stderr, "http_bench [SECONDS [DIRECTORY]]\n"), 2;
  const std::string parent = argc > 2 ? argv[2] : std::filesystem::temp_directory_path().string();
  const std::string directory = parent + "/spor-http-bench-" + std::to_string(getpid());
  spor::service::Run(seconds, directory);
  std::filesystem::remove_all(directory);
}
