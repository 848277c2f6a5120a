// SPDX-License-Identifier: Apache-2.0
#include "tools/service/http.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tools/service/unix_socket.h"

namespace spor::service {
namespace {

namespace fs = std::filesystem;

HttpResponse Echo(HttpRequest& request) {
  return {200, "text/plain",
          request.method + " " + request.target + " " + request.bearer_token + " " + std::to_string(request.peer_uid) +
              " " + request.body};
}

class Http : public testing::Test {
 protected:
  Http() {
    std::string name = (fs::temp_directory_path() / "spor_http_XXXXXX").string();
    dir_ = mkdtemp(name.data());
    options_.socket_path = (dir_ / "s.sock").string();
  }
  ~Http() override {
    server_.reset();
    fs::remove_all(dir_);
  }
  void Start(HttpHandler handler = Echo) {
    Result<std::unique_ptr<HttpServer>> started = HttpServer::Start(options_, std::move(handler));
    ASSERT_TRUE(started.ok()) << started.error().message();
    server_ = std::move(*started);
  }
  Code StartCode() { return HttpServer::Start(options_, Echo).status().code(); }
  HttpClient Client() { return HttpClient(options_.socket_path); }
  // Sends bytes as they are and reads until the other side closes.
  std::string Raw(std::string_view bytes) {
    Result<UniqueFd> fd = ConnectUnix(options_.socket_path);
    if (!fd.ok()) return "unreachable";
    EXPECT_EQ(send(fd->get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
    std::string answer;
    char block[4096];
    for (ssize_t n = 0; (n = recv(fd->get(), block, sizeof(block), 0)) > 0;)
      answer.append(block, static_cast<size_t>(n));
    return answer;
  }

  fs::path dir_;
  HttpServerOptions options_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(Http, CarriesMethodTargetTokenBodyAndPeer) {
  Start();
  HttpClient client = Client();
  client.SetBearerToken(SecretBytes::CopyOf(AsBytes("t0k3n")));
  Result<HttpResponse> answer = client.Post("/v1/x?y=1", "a\0b");
  ASSERT_TRUE(answer.ok()) << answer.error().message();
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->content_type, "text/plain");
  EXPECT_EQ(answer->body, "POST /v1/x?y=1 t0k3n " + std::to_string(getuid()) + " a");
  EXPECT_EQ(client.Get("/")->body, "GET / t0k3n " + std::to_string(getuid()) + " ");
}

TEST_F(Http, KeepsOneConnectionForManyRequests) {
  std::atomic<int> served{0};
  options_.max_connections = 1;
  Start([&](HttpRequest&) { return ++served, HttpResponse{}; });
  HttpClient client = Client();
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(client.Get("/").ok());
  EXPECT_EQ(served, 200);
}

TEST_F(Http, TakesTwoRequestsInOneWrite) {
  Start();
  const std::string answer =
      Raw("GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_NE(answer.find("GET /a"), std::string::npos);
  EXPECT_NE(answer.find("GET /b"), std::string::npos);
}

TEST_F(Http, ServesSixtyFourClientsAtOnce) {
  // Every handler waits until all 64 are inside: fewer threads would never get there.
  std::atomic<int> inside{0};
  Start([&](HttpRequest& request) {
    ++inside;
    while (inside < 64) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return HttpResponse{200, "text/plain", request.body};
  });
  std::atomic<int> right{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 64; ++i) {
    clients.emplace_back([&, i] {
      HttpClient client = Client();
      for (int k = 0; k < 5; ++k) {
        const std::string text = std::to_string(i) + "/" + std::to_string(k);
        Result<HttpResponse> answer = client.Post("/", text);
        right += answer.ok() && answer->body == text;
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(right, 64 * 5);
}

TEST_F(Http, AFurtherClientWaitsForAFreeThread) {
  options_.max_connections = 1;
  Start();
  auto first = std::make_unique<HttpClient>(Client());
  ASSERT_TRUE(first->Get("/").ok());
  std::atomic<bool> answered{false};
  std::thread second([&] { answered = Client().Get("/").ok(); });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_FALSE(answered);
  first.reset();
  second.join();
  EXPECT_TRUE(answered);
}

TEST_F(Http, RefusesABodyOverTheLimitAndSaysSo) {
  options_.max_body_bytes = 1000;
  std::atomic<int> handled{0};
  Start([&](HttpRequest&) { return ++handled, HttpResponse{}; });
  HttpClient client = Client();
  EXPECT_EQ(client.Post("/", std::string(1000, 'x'))->status, 200);
  EXPECT_EQ(client.Post("/", std::string(1001, 'x'))->status, 413);
  Result<HttpResponse> refused = client.Post("/", std::string(8 << 20, 'x'));
  ASSERT_TRUE(refused.ok()) << refused.error().message();
  EXPECT_EQ(refused->status, 413);
  EXPECT_NE(refused->body.find("1000 bytes"), std::string::npos);
  EXPECT_EQ(handled, 1);
  EXPECT_EQ(client.Get("/")->status, 200);
}

TEST_F(Http, CarriesLargeBodiesBothWays) {
  Start([](HttpRequest& request) { return HttpResponse{200, "text/plain", request.body + request.body}; });
  const std::string body(32 << 20, 'x');
  Result<HttpResponse> answer = Client().Post("/", body);
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->body.size(), 2 * body.size());
}

TEST_F(Http, AnswersNonsenseWith400) {
  Start();
  EXPECT_TRUE(Raw("HELLO\r\n\r\n").starts_with("HTTP/1.1 400"));
  EXPECT_TRUE(Raw("GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n").starts_with("HTTP/1.1 400"));
  EXPECT_TRUE(Raw("GET / HTTP/1.1\r\nA: " + std::string(20'000, 'x') + "\r\n\r\n").starts_with("HTTP/1.1 400"));
  EXPECT_EQ(Client().Get("/")->status, 200);
}

TEST_F(Http, AHandlerThatThrowsIs500) {
  Start([](HttpRequest&) -> HttpResponse { throw std::runtime_error("boom"); });
  Result<HttpResponse> answer = Client().Get("/");
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->status, 500);
  EXPECT_EQ(answer->body.find("boom"), std::string::npos);
}

TEST_F(Http, ErrorsBecomeStatusAndJson) {
  const HttpResponse denied = ErrorResponse(Status(Code::kDenied, "no \"purpose\""));
  EXPECT_EQ(denied.status, 403);
  EXPECT_EQ(denied.body, R"({"error":{"code":"denied","message":"no \"purpose\""}})");
  EXPECT_EQ(ErrorResponse(Status(Code::kInvalidArgument, "")).status, 400);
  EXPECT_EQ(ErrorResponse(Status(Code::kUnauthenticated, "")).status, 401);
  EXPECT_EQ(ErrorResponse(Status(Code::kNotFound, "")).status, 404);
  EXPECT_EQ(ErrorResponse(Status(Code::kConflict, "")).status, 409);
  EXPECT_EQ(ErrorResponse(Status(Code::kFailed, "")).status, 422);
  EXPECT_EQ(ErrorResponse(Status(Code::kLater, "")).status, 503);
  EXPECT_EQ(ErrorResponse(Status(Code::kIo, "")).status, 503);
  EXPECT_EQ(ErrorResponse(Status(Code::kCorrupt, "")).status, 500);
  EXPECT_EQ(ErrorResponse(Status(Code::kInternal, "")).status, 500);
}

TEST_F(Http, StopLetsARequestFinishAndClosesIdleConnections) {
  std::atomic<bool> entered{false};
  Start([&](HttpRequest&) {
    entered = true;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    return HttpResponse{200, "text/plain", "done"};
  });
  HttpClient idle = Client();
  ASSERT_TRUE(idle.Get("/").ok());
  entered = false;
  std::string body;
  std::thread caller([&] { body = Client().Get("/")->body; });
  while (!entered) std::this_thread::yield();
  const auto start = std::chrono::steady_clock::now();
  server_->Stop();
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
  caller.join();
  EXPECT_EQ(body, "done");
  EXPECT_FALSE(fs::exists(options_.socket_path));
  EXPECT_EQ(idle.Get("/").status().code(), Code::kLater);
}

TEST_F(Http, AnIdleConnectionIsClosedAndMadeAgain) {
  options_.idle_timeout = std::chrono::milliseconds(20);
  Start();
  HttpClient client = Client();
  ASSERT_TRUE(client.Get("/").ok());
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_TRUE(client.Get("/").ok());
}

TEST_F(Http, UnreachableIsKLater) {
  EXPECT_EQ(Client().Get("/").status().code(), Code::kLater);
  HttpClient long_path(std::string(200, 'x'));
  EXPECT_EQ(long_path.Get("/").status().code(), Code::kInvalidArgument);
}

TEST_F(Http, AConnectionThatBreaksIsKLater) {
  Result<UniqueFd> listener = ListenUnix(options_.socket_path);
  ASSERT_TRUE(listener.ok());
  std::thread peer([&] { close(accept(listener->get(), nullptr, nullptr)); });
  EXPECT_EQ(Client().Post("/", "x").status().code(), Code::kLater);
  peer.join();
}

TEST_F(Http, TheSocketIsForItsOwnerOnly) {
  Start();
  struct stat found {};
  ASSERT_EQ(lstat(options_.socket_path.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777, 0600u);
}

TEST_F(Http, RemovesAStaleSocketAndRefusesALiveOne) {
  { ASSERT_TRUE(ListenUnix(options_.socket_path).ok()); }
  ASSERT_TRUE(fs::exists(options_.socket_path));
  Start();
  EXPECT_EQ(StartCode(), Code::kConflict);
  EXPECT_TRUE(Client().Get("/").ok());
}

TEST_F(Http, RefusesAPathThatIsNoSocket) {
  std::ofstream(options_.socket_path) << "precious";
  EXPECT_EQ(StartCode(), Code::kConflict);
  EXPECT_EQ(fs::file_size(options_.socket_path), 8u);
  options_.socket_path = (dir_ / std::string(150, 'x')).string();
  EXPECT_EQ(StartCode(), Code::kInvalidArgument);
}

// The same over TCP, at a port of loopback that the system chooses.
class HttpOverTcp : public Http {
 protected:
  HttpOverTcp() { options_.tcp = TcpAddress{"127.0.0.1", 0}; }
  HttpClient TcpClient(std::chrono::milliseconds timeout = std::chrono::seconds(5), uint64_t max_answer = 1 << 20) {
    return HttpClient({"127.0.0.1", server_->port()}, {timeout, max_answer});
  }
  UniqueFd Connected() {
    Result<UniqueFd> fd =
        ConnectTcp({"127.0.0.1", server_->port()}, std::chrono::steady_clock::now() + std::chrono::seconds(5));
    EXPECT_TRUE(fd.ok());
    return fd.ok() ? std::move(*fd) : UniqueFd();
  }
};

TEST_F(HttpOverTcp, CarriesRequestsAndKnowsNoPeer) {
  Start();
  HttpClient client = TcpClient();
  Result<HttpResponse> answer = client.Post("/x", "body");
  ASSERT_TRUE(answer.ok()) << answer.error().message();
  EXPECT_EQ(answer->body, "POST /x  " + std::to_string(UINT32_MAX) + " body");
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(client.Get("/").ok());
  EXPECT_FALSE(fs::exists(options_.socket_path));
}

TEST_F(HttpOverTcp, ARefusedCallerStillGetsTheAnswer) {
  options_.max_body_bytes = 1000;
  Start();
  for (int i = 0; i < 5; ++i) {
    Result<HttpResponse> refused = TcpClient().Post("/", std::string(4 << 20, 'x'));
    ASSERT_TRUE(refused.ok()) << refused.error().message();
    EXPECT_EQ(refused->status, 413);
  }
}

TEST_F(HttpOverTcp, OneWhoSendsTooSlowlyIsCutOff) {
  options_.message_timeout = std::chrono::milliseconds(200);
  options_.max_connections = 1;
  Start();
  const UniqueFd slow = Connected();
  const auto start = std::chrono::steady_clock::now();
  std::thread drip([&] {
    for (int i = 0; i < 100; ++i) {
      if (send(slow.get(), "G", 1, MSG_NOSIGNAL) != 1) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  });
  // The only place is free again although the slow one still talks.
  EXPECT_TRUE(TcpClient().Get("/").ok());
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(1500));
  drip.join();
}

TEST_F(HttpOverTcp, ACallTakesNoLongerThanItsLimit) {
  Start([](HttpRequest&) {
    std::this_thread::sleep_for(std::chrono::milliseconds(600));
    return HttpResponse{};
  });
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(TcpClient(std::chrono::milliseconds(100)).Get("/").status().code(), Code::kLater);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(500));
}

TEST_F(HttpOverTcp, AnAnswerAboveTheLimitIsRefused) {
  Start([](HttpRequest&) { return HttpResponse{200, "text/plain", std::string(5000, 'x')}; });
  EXPECT_EQ(TcpClient(std::chrono::seconds(5), 4999).Get("/").status().code(), Code::kInvalidArgument);
  EXPECT_TRUE(TcpClient(std::chrono::seconds(5), 5000).Get("/").ok());
}

TEST_F(HttpOverTcp, AnAnswerWithoutAnHonestLengthIsCutOffAtTheLimit) {
  const std::string head = "HTTP/1.1 200 OK\r\nConnection: close\r\n";
  const std::string block(4000, 'x');
  const std::string chunk = "fa0\r\n" + block + "\r\n";
  for (const std::string& answer :
       {head + "\r\n" + block + block, head + "Transfer-Encoding: chunked\r\n\r\n" + chunk + chunk,
        head + "Content-Length: 8000\r\n\r\n" + block + block, head + "Content-Length: 99999999999\r\n\r\n" + block}) {
    Result<UniqueFd> listener = ListenTcp({"127.0.0.1", 0});
    ASSERT_TRUE(listener.ok());
    std::thread liar([&] {
      const UniqueFd fd(accept(listener->get(), nullptr, nullptr));
      char request[4096];
      EXPECT_GT(recv(fd.get(), request, sizeof(request), 0), 0);
      EXPECT_GT(send(fd.get(), answer.data(), answer.size(), MSG_NOSIGNAL), 0);
      recv(fd.get(), request, sizeof(request), 0);  // until the client has had enough
    });
    HttpClient client({"127.0.0.1", PortOf(listener->get())}, {std::chrono::seconds(5), 5000});
    EXPECT_EQ(client.Post("/", "x").status().code(), Code::kInvalidArgument) << answer.substr(0, 80);
    liar.join();
  }
}

TEST_F(HttpOverTcp, ATakenPortIsKConflictAndAnotherMachinesHostKInvalidArgument) {
  Start();
  options_.tcp->port = server_->port();
  EXPECT_EQ(StartCode(), Code::kConflict);
  options_.tcp = TcpAddress{"192.0.2.1", 0};
  EXPECT_EQ(StartCode(), Code::kInvalidArgument);
}

TEST_F(HttpOverTcp, NobodyThereIsKLater) {
  Start();
  const uint16_t port = server_->port();
  server_.reset();
  EXPECT_EQ(HttpClient({"127.0.0.1", port}, {}).Get("/").status().code(), Code::kLater);
  EXPECT_EQ(HttpClient({"no-such-host.invalid", 80}, {std::chrono::seconds(2), 1000}).Get("/").status().code(),
            Code::kLater);
}

TEST(TcpAddressText, IsReadAndWritten) {
  for (const std::string text : {"127.0.0.1:8090", "[::1]:0", "laptop.example.no:65535"}) {
    Result<TcpAddress> address = ParseTcpAddress(text);
    ASSERT_TRUE(address.ok()) << text;
    EXPECT_EQ(FormatTcpAddress(*address), text);
  }
  for (const char* text : {"", ":80", "host", "host:", "host:65536", "host:-1", "host:80x", "::1:80", "[]:80", "a b:80",
                           "user@host:80", "host/x:80"}) {
    EXPECT_EQ(ParseTcpAddress(text).status().code(), Code::kInvalidArgument) << text;
  }
}

}  // namespace
}  // namespace spor::service
