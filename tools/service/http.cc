// SPDX-License-Identifier: Apache-2.0
#include "tools/service/http.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <deque>
#include <set>
#include <thread>
#include <utility>
#include <vector>

// Under sanitizers GCC 12 takes boost::optional's storage for uninitialised.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

#include "crypto/mutex.h"
#include "tools/service/timed_socket.h"

// Beast reads and writes HTTP here, over plain sockets of our own: one thread a connection, no event loop,
// because a handler blocks on the disk anyway. This is the only file that includes it (it is dear to compile).
namespace spor::service {
namespace {

namespace http = boost::beast::http;
namespace net = boost::asio;
using boost::system::error_code;

constexpr int kStallMillis = 30'000;                 // the longest pause inside a message
constexpr std::chrono::milliseconds kLinger{2'000};  // for a refused caller to fetch the answer
constexpr size_t kMaxBuffers = 16;
constexpr std::string_view kBearer = "Bearer ";

// Wipes what it frees: header fields and read buffers hold session tokens and passwords.
template <typename T>
struct WipingAllocator {
  using value_type = T;
  WipingAllocator() = default;
  template <typename U>
  explicit WipingAllocator(const WipingAllocator<U>&) {}
  T* allocate(size_t n) { return std::allocator<T>().allocate(n); }
  void deallocate(T* data, size_t n) {
    WipeMemory({reinterpret_cast<uint8_t*>(data), n * sizeof(T)});
    std::allocator<T>().deallocate(data, n);
  }
  template <typename U>
  bool operator==(const WipingAllocator<U>&) const {
    return true;
  }
};

using Fields = http::basic_fields<WipingAllocator<char>>;
using Buffer = boost::beast::basic_flat_buffer<WipingAllocator<char>>;

error_code LastError() { return error_code(errno, boost::system::system_category()); }

// A TimedSocket as Beast's SyncStream.
class SocketStream : public TimedSocket {
 public:
  using TimedSocket::TimedSocket;

  template <typename Buffers>
  size_t read_some(const Buffers& buffers, error_code& error) {
    Parts parts(buffers);
    const ssize_t moved = Receive(parts.message);
    error = moved < 0 ? LastError() : moved == 0 ? error_code(net::error::eof) : error_code();
    return moved < 0 ? 0 : static_cast<size_t>(moved);
  }
  template <typename Buffers>
  size_t write_some(const Buffers& buffers, error_code& error) {
    Parts parts(buffers);
    const ssize_t moved = Send(parts.message);
    error = moved < 0 ? LastError() : error_code();
    return moved < 0 ? 0 : static_cast<size_t>(moved);
  }
  // Beast asks for the throwing forms to exist; we call only the others.
  template <typename Buffers>
  size_t read_some(const Buffers&) {
    CHECK(false);
  }
  template <typename Buffers>
  size_t write_some(const Buffers&) {
    CHECK(false);
  }

 private:
  struct Parts {
    template <typename Buffers>
    explicit Parts(const Buffers& buffers) {
      message.msg_iov = parts;
      for (auto it = net::buffer_sequence_begin(buffers); it != net::buffer_sequence_end(buffers); ++it) {
        if (message.msg_iovlen == kMaxBuffers) break;
        const auto& part = *it;
        parts[message.msg_iovlen++] = {const_cast<void*>(static_cast<const void*>(part.data())), part.size()};
      }
    }
    iovec parts[kMaxBuffers];
    msghdr message{};
  };
};

// The header first, by itself: when the body's first bytes come with it, Beast 1.74 forgets that the length which the
// header announced is above the limit.
template <typename Parser>
void ReadMessage(SocketStream& stream, Buffer& buffer, Parser& parser, error_code& error) {
  http::read_header(stream, buffer, parser, error);
  if (!error) http::read(stream, buffer, parser, error);
}

}  // namespace

class HttpServer::Impl {
 public:
  Impl(HttpServerOptions options, HttpHandler handler, UniqueFd listener)
      : options_(std::move(options)),
        handler_(std::move(handler)),
        listener_(std::move(listener)),
        wake_(eventfd(0, EFD_CLOEXEC)) {
    CHECK(wake_.get() >= 0);
    acceptor_ = std::thread([this] { Accept(); });
  }

  void Stop() EXCLUDES(mutex_) {
    {
      MutexLock lock(mutex_);
      if (stopping_.exchange(true)) return;
      for (int fd : serving_) shutdown(fd, SHUT_RD);
      for (int fd : waiting_) close(fd);
      waiting_.clear();
      changed_.NotifyAll();
    }
    const uint64_t one = 1;
    CHECK(write(wake_.get(), &one, sizeof(one)) == sizeof(one));
    acceptor_.join();
    for (std::thread& worker : workers_) worker.join();
    if (!options_.tcp) unlink(options_.socket_path.c_str());
  }
  uint16_t port() const { return options_.tcp ? PortOf(listener_.get()) : 0; }

 private:
  void Accept() EXCLUDES(mutex_) {
    while (!stopping_) {
      pollfd ready[2] = {{listener_.get(), POLLIN, 0}, {wake_.get(), POLLIN, 0}};
      if (poll(ready, 2, TimedSocket::kForever) < 0 || ready[1].revents != 0 || ready[0].revents == 0) continue;
      const int fd = accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) {
        // Out of descriptors: one will be given back; don't spin meanwhile.
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
        continue;
      }
      MutexLock lock(mutex_);
      while (open_ == options_.max_connections && !stopping_) changed_.Wait(mutex_);
      if (stopping_) {
        close(fd);
        return;
      }
      ++open_;
      waiting_.push_back(fd);
      if (waiting_.size() > idle_workers_) workers_.emplace_back([this] { Work(); });
      changed_.NotifyAll();
    }
  }

  void Work() EXCLUDES(mutex_) {
    while (true) {
      int fd = -1;
      {
        MutexLock lock(mutex_);
        ++idle_workers_;
        while (waiting_.empty() && !stopping_) changed_.Wait(mutex_);
        --idle_workers_;
        if (stopping_) return;
        fd = waiting_.front();
        waiting_.pop_front();
        serving_.insert(fd);
      }
      Serve(fd);
      MutexLock lock(mutex_);
      serving_.erase(fd);
      close(fd);
      --open_;
      changed_.NotifyAll();
    }
  }

  void Serve(int fd) {
    SocketStream stream(fd);
    Buffer buffer;
    const uint32_t peer = options_.tcp ? UINT32_MAX : PeerUser(fd);
    while (!stopping_) {
      stream.set_limit(std::chrono::milliseconds(0));
      stream.set_wait(static_cast<int>(options_.idle_timeout.count()));
      if (buffer.size() == 0 && !stream.WaitFor(POLLIN)) return;
      stream.set_wait(kStallMillis);
      stream.set_limit(options_.message_timeout);
      http::request_parser<http::string_body, WipingAllocator<char>> parser;
      parser.body_limit(options_.max_body_bytes);
      error_code error;
      ReadMessage(stream, buffer, parser, error);
      if (error) return Refuse(fd, stream, error);
      HttpResponse answer = Handle(parser.get(), peer);
      const bool keep = parser.get().keep_alive() && !stopping_;
      stream.set_limit(options_.message_timeout);
      if (!Write(stream, std::move(answer), keep)) return;
      if (!keep) return;
      if (buffer.size() == 0) buffer.shrink_to_fit();  // gives the bytes back to be wiped
    }
  }

  HttpResponse Handle(http::request<http::string_body, Fields>& message, uint32_t peer) {
    HttpRequest request;
    request.method = std::string(message.method_string());
    request.target = std::string(message.target());
    request.body = std::move(message.body());
    request.peer_uid = peer;
    const std::string_view authorization(message[http::field::authorization].data(),
                                         message[http::field::authorization].size());
    if (authorization.starts_with(kBearer)) request.bearer_token = authorization.substr(kBearer.size());
    HttpResponse answer;
    try {
      answer = handler_(request);
    } catch (const std::exception&) {
      answer = ErrorResponse(Status(Code::kInternal, "the request met a fault in the service"));
    }
    WipeMemory(request.body);
    WipeMemory(request.bearer_token);
    return answer;
  }

  static bool Write(SocketStream& stream, HttpResponse answer, bool keep_alive) {
    http::response<http::string_body> message;
    message.result(static_cast<unsigned>(answer.status));
    message.set(http::field::content_type, answer.content_type);
    message.set(http::field::cache_control, "no-store");
    message.body() = std::move(answer.body);
    message.keep_alive(keep_alive);
    message.prepare_payload();
    error_code error;
    http::write(stream, message, error);
    WipeMemory(message.body());
    return !error;
  }

  // Answers what could not be read. Of a Unix socket that is closed with bytes unread the caller still gets the answer;
  // over TCP the answer would be lost with it, so what is still on its way is read and thrown away for a moment.
  void Refuse(int fd, SocketStream& stream, const error_code& error) {
    const bool too_large = error == http::error::body_limit;
    if (!too_large && (error.category() != http::make_error_code(http::error::bad_method).category() ||
                       error == http::error::end_of_stream || error == http::error::partial_message)) {
      return;
    }
    const std::string text =
        too_large ? "request body above the limit of " + std::to_string(options_.max_body_bytes) + " bytes"
                  : "not an HTTP request: " + error.message();
    HttpResponse answer = ErrorResponse(Status(Code::kInvalidArgument, text));
    if (too_large) answer.status = 413;
    stream.set_limit(kLinger);
    if (!Write(stream, std::move(answer), false) || !options_.tcp) return;
    shutdown(fd, SHUT_WR);
    std::array<char, 65536> thrown_away;
    error_code ended;
    while (!ended) stream.read_some(net::buffer(thrown_away), ended);
  }

  const HttpServerOptions options_;
  const HttpHandler handler_;
  const UniqueFd listener_;
  const UniqueFd wake_;
  std::atomic<bool> stopping_{false};
  Mutex mutex_;
  CondVar changed_;
  std::deque<int> waiting_ GUARDED_BY(mutex_);
  std::set<int> serving_ GUARDED_BY(mutex_);
  int open_ GUARDED_BY(mutex_) = 0;
  size_t idle_workers_ GUARDED_BY(mutex_) = 0;
  std::vector<std::thread> workers_;  // grown by the acceptor alone
  std::thread acceptor_;
};

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() { Stop(); }
void HttpServer::Stop() { impl_->Stop(); }
uint16_t HttpServer::port() const { return impl_->port(); }

Result<std::unique_ptr<HttpServer>> HttpServer::Start(const HttpServerOptions& options, HttpHandler handler) {
  CHECK(options.max_connections > 0 && handler);
  ASSIGN_OR_RETURN(UniqueFd listener, options.tcp ? ListenTcp(*options.tcp) : ListenUnix(options.socket_path));
  auto impl = std::make_unique<Impl>(options, std::move(handler), std::move(listener));
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

class HttpClient::Impl {
 public:
  explicit Impl(std::string path) : path_(std::move(path)), shown_(path_), host_("spor") {}
  Impl(TcpAddress address, HttpClientLimits limits)
      : address_(std::move(address)), limits_(limits), shown_(FormatTcpAddress(*address_)), host_(shown_) {}

  void SetBearerToken(SecretBytes token) { token_ = std::move(token); }

  Result<HttpResponse> Send(http::verb verb, std::string_view target, std::string body, std::string_view type) {
    http::request<http::string_body, Fields> message(verb, {target.data(), target.size()}, 11);
    message.set(http::field::host, host_);
    if (!token_.empty()) SetAuthorization(message);
    if (verb == http::verb::post) message.set(http::field::content_type, {type.data(), type.size()});
    message.body() = std::move(body);
    message.prepare_payload();
    const Deadline deadline =
        limits_.timeout.count() == 0 ? Deadline::max() : std::chrono::steady_clock::now() + limits_.timeout;
    Result<HttpResponse> answer = Exchange(message, deadline);
    WipeMemory(message.body());
    if (!answer.ok()) fd_ = UniqueFd();
    return answer;
  }

 private:
  void SetAuthorization(Fields& fields) {
    const std::string_view token = AsText(token_.Reveal());
    std::string value;
    value.reserve(kBearer.size() + token.size());
    value.append(kBearer).append(token);
    fields.set(http::field::authorization, value);
    WipeMemory(value);
  }

  // A kept connection on which something can be read has been closed by the other side.
  bool Usable() const {
    if (fd_.get() < 0) return false;
    pollfd state{fd_.get(), POLLIN, 0};
    return poll(&state, 1, 0) == 0;
  }

  Result<HttpResponse> Exchange(const http::request<http::string_body, Fields>& message, Deadline deadline) {
    if (!Usable()) {
      fd_ = UniqueFd();
      ASSIGN_OR_RETURN(fd_, address_ ? ConnectTcp(*address_, deadline) : ConnectUnix(path_));
    }
    SocketStream stream(fd_.get());
    stream.set_deadline(deadline);
    error_code written;
    http::write(stream, message, written);
    // Even after a failed write: the service may have refused the request and said why before it was through.
    Buffer buffer;
    http::response_parser<http::string_body> parser;
    parser.body_limit(limits_.max_answer_bytes);
    error_code error;
    ReadMessage(stream, buffer, parser, error);
    if (error == http::error::body_limit) {
      return Status(Code::kInvalidArgument, "the answer of " + shown_ + " has more than " +
                                                std::to_string(limits_.max_answer_bytes) + " bytes; ask for less");
    }
    if (error) {
      return Status(Code::kLater, "the connection to " + shown_ + " broke before the answer (" +
                                      (written ? written : error).message() +
                                      "); whether the request was carried out is unknown");
    }
    auto answer = parser.release();
    if (!answer.keep_alive()) fd_ = UniqueFd();
    const auto type = answer[http::field::content_type];
    return HttpResponse{static_cast<int>(answer.result_int()), std::string(type.data(), type.size()),
                        std::move(answer.body())};
  }

  const std::string path_;
  const std::optional<TcpAddress> address_;
  const HttpClientLimits limits_;
  const std::string shown_;
  const std::string host_;
  SecretBytes token_;
  UniqueFd fd_;
};

HttpClient::HttpClient(std::string socket_path) : impl_(std::make_unique<Impl>(std::move(socket_path))) {}
HttpClient::HttpClient(TcpAddress address, HttpClientLimits limits)
    : impl_(std::make_unique<Impl>(std::move(address), limits)) {}
HttpClient::~HttpClient() = default;
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;
void HttpClient::SetBearerToken(SecretBytes token) { impl_->SetBearerToken(std::move(token)); }

Result<HttpResponse> HttpClient::Get(std::string_view target) {
  return impl_->Send(http::verb::get, target, std::string(), {});
}

Result<HttpResponse> HttpClient::Post(std::string_view target, std::string body, std::string_view content_type) {
  return impl_->Send(http::verb::post, target, std::move(body), content_type);
}

}  // namespace spor::service
