// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "crypto/secret.h"
#include "tools/service/tcp_socket.h"

namespace spor::service {

struct HttpRequest {
  std::string method;        // "GET", "POST"
  std::string target;        // "/v1/whoami"
  std::string body;          // wiped after the handler has returned
  std::string bearer_token;  // of "Authorization: Bearer TOKEN", or empty; wiped after the handler has returned
  uint32_t peer_uid = 0;     // the user at the other end (SO_PEERCRED); UINT32_MAX over TCP
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;  // wiped after it is sent
};

// {"error":{"code":CODE,"message":MESSAGE}} with the HTTP status that belongs to the code.
HttpResponse ErrorResponse(const Status& error);

// Answers one request. Called from many threads at once.
using HttpHandler = std::function<HttpResponse(HttpRequest& request)>;

struct HttpServerOptions {
  std::string socket_path;
  std::optional<TcpAddress> tcp;  // listen here instead of at a Unix socket
  size_t max_body_bytes = size_t{64} << 20;
  int max_connections = 64;  // one thread each; further ones wait until one is free
  std::chrono::milliseconds idle_timeout = std::chrono::minutes(2);  // of a connection between two requests
  // The longest that one request may take to arrive, and one answer to be fetched. Zero: as long as it keeps moving.
  std::chrono::milliseconds message_timeout{0};
};

// HTTP/1.1 over a Unix socket that only its owner may open (mode 0600), or over TCP, where anybody may who can reach
// it.
//
// Threads: the handler is called from up to `max_connections` threads; Stop() from any, but not from a handler.
// Ownership: owns its Unix socket's file, which it removes when stopped.
// Errors: a body over the limit is answered 413, what is no HTTP 400; both close the connection.
class HttpServer {
 public:
  // Removes a socket that a dead service left behind. kConflict when a live one answers there, or when something that
  // is no socket stands in its place; kInvalidArgument when the path is longer than a socket's may be.
  static Result<std::unique_ptr<HttpServer>> Start(const HttpServerOptions& options, HttpHandler handler);
  // Takes no new requests, lets those under way finish and be answered, then returns. Idempotent.
  void Stop();
  // The TCP port that it listens at; 0 with a Unix socket.
  uint16_t port() const;
  ~HttpServer();

 private:
  class Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// What a client of a stranger puts up with.
struct HttpClientLimits {
  std::chrono::milliseconds timeout{0};  // of a whole call, connecting included; zero: none
  uint64_t max_answer_bytes = uint64_t{2} << 30;
};

// Talks to an HttpServer over one kept-alive connection, which is made when it is first needed.
//
// Threads: one.
// Errors: kLater always means "not reachable": nothing listens there, or the connection broke or the time was up before
// the answer, and then whether the request was carried out is unknown. An answer with an error status is an
// HttpResponse, no error. kInvalidArgument for an answer above the limit.
class HttpClient {
 public:
  explicit HttpClient(std::string socket_path);
  HttpClient(TcpAddress address, HttpClientLimits limits);
  ~HttpClient();
  HttpClient(HttpClient&&) noexcept;
  HttpClient& operator=(HttpClient&&) noexcept;

  // Sent with every later request; empty to send none.
  void SetBearerToken(SecretBytes token);
  Result<HttpResponse> Get(std::string_view target);
  // `body` is wiped when it is sent.
  Result<HttpResponse> Post(std::string_view target, std::string body,
                            std::string_view content_type = "application/json");

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace spor::service
