// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <functional>
#include <memory>
#include <thread>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include "crypto/mutex.h"
#include "ledger/log_reader.h"
#include "ledger/merkle.h"
#include "ledger/section.h"

// What http_bench measures the service against: a Beast server on coroutines that seals, hashes and group-commits.
namespace spor::bench {

namespace net = boost::asio;
namespace http = boost::beast::http;
using ledger::SealedSection;
using ledger::TextField;

// One row for each event, one synced batch for all that wait.
class GroupCommit {
 public:
  explicit GroupCommit(const std::string& directory) {
    rocksdb::Options options;
    options.create_if_missing = true;
    options.compression = rocksdb::kNoCompression;
    rocksdb::DB* db = nullptr;
    CHECK(rocksdb::DB::Open(options, directory, &db).ok());
    db_.reset(db);
    thread_ = std::thread([this] { Run(); });
  }
  ~GroupCommit() {
    {
      MutexLock lock(mutex_);
      stop_ = true;
      wake_.NotifyOne();
    }
    thread_.join();
  }
  void Add(Bytes row, std::function<void()> done) {
    MutexLock lock(mutex_);
    waiting_.emplace_back(std::move(row), std::move(done));
    wake_.NotifyOne();
  }

 private:
  void Run() {
    for (;;) {
      std::vector<std::pair<Bytes, std::function<void()>>> rows;
      {
        MutexLock lock(mutex_);
        while (waiting_.empty() && !stop_) wake_.Wait(mutex_);
        if (waiting_.empty()) return;
        rows.swap(waiting_);
      }
      rocksdb::WriteBatch batch;
      for (const auto& [row, done] : rows) {
        const Bytes key = ledger::IndexKey(next_++);
        batch.Put(rocksdb::Slice(AsText(key).data(), key.size()), rocksdb::Slice(AsText(row).data(), row.size()));
      }
      rocksdb::WriteOptions options;
      options.sync = true;
      CHECK(db_->Write(options, &batch).ok());
      for (const auto& [row, done] : rows) done();
    }
  }

  std::unique_ptr<rocksdb::DB> db_;
  uint64_t next_ = 0;
  Mutex mutex_;
  CondVar wake_;
  std::vector<std::pair<Bytes, std::function<void()>>> waiting_ GUARDED_BY(mutex_);
  bool stop_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

// The sections that the service makes of the same event, sealed under keys at hand, and the entry's hash.
class Sealing {
 public:
  Bytes Row(const std::string& body) const {
    const Id16 seal_id = RandomArray<16>();
    const Bytes account(16, 1), session(32, 2);
    const SealedSection audit =
        Seal(seal_id, 0,
             {TextField("action", "send"), TextField("result", "done"), ledger::BytesField("actor", account),
              TextField("role", "bootstrap"), ledger::BytesField("session", session), TextField("kind", "processing"),
              TextField("category", "contact"), TextField("purpose", "newsletter"), TextField("basis", "consent"),
              TextField("event_time", "2026-11-24T09:30:00Z")});
    const SealedSection subject =
        Seal(seal_id, 1,
             {TextField("action", "send"), TextField("event_id", std::string_view(body).substr(13, 36)),
              TextField("category", "contact"), TextField("purpose", "newsletter"),
              ledger::BytesField("subject", account), TextField("details", std::string_view(body).substr(200))});
    ledger::Entry entry;
    entry.seal_id = seal_id;
    entry.sections = {audit.clear, subject.clear};
    Bytes row = ledger::EncodeEntry(entry);
    Append(row, ledger::LeafHash(row));
    for (const SealedSection* section : {&audit, &subject}) {
      Append(row, section->fields_hash);
      Append(row, section->blob);
    }
    return row;
  }

 private:
  SealedSection Seal(const Id16& seal_id, uint8_t number, const std::vector<ledger::Field>& fields) const {
    return ledger::SealSection({ledger_id_, ledger::EntryKind::kEvent, seal_id, number, unit_}, key_.Reveal(),
                               ledger::BlobPlace::kSubject, fields);
  }
  const Hash32 ledger_id_{};
  const ledger::UnitId unit_{};
  const SecretBytes key_ = SecretBytes::Random(32);
};

class BareServer {
 public:
  BareServer(const std::string& socket_path, const std::string& directory)
      : commit_(directory), acceptor_(io_, net::local::stream_protocol::endpoint(socket_path)) {
    net::co_spawn(io_, Accept(), net::detached);
    for (unsigned t = 0; t < std::max(1u, std::thread::hardware_concurrency()); ++t) {
      threads_.emplace_back([this] { io_.run(); });
    }
  }
  ~BareServer() {
    io_.stop();
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  net::awaitable<void> Accept() {
    for (;;) {
      net::local::stream_protocol::socket socket = co_await acceptor_.async_accept(net::use_awaitable);
      net::co_spawn(io_, Serve(std::move(socket)), net::detached);
    }
  }
  net::awaitable<void> Serve(net::local::stream_protocol::socket socket) {
    boost::beast::flat_buffer buffer;
    for (;;) {
      http::request<http::string_body> request;
      boost::system::error_code error;
      co_await http::async_read(socket, buffer, request, net::redirect_error(net::use_awaitable, error));
      if (error) co_return;  // the caller has hung up
      co_await Durable(sealing_.Row(request.body()));
      http::response<http::string_body> response(http::status::ok, 11);
      response.set(http::field::content_type, "application/json");
      response.body() = "{\"accepted\":1}";
      response.prepare_payload();
      co_await http::async_write(socket, response, net::use_awaitable);
    }
  }
  net::awaitable<void> Durable(Bytes row) {
    return net::async_initiate<const net::use_awaitable_t<>, void()>(
        [this](auto handler, Bytes bytes) {
          auto shared = std::make_shared<decltype(handler)>(std::move(handler));
          commit_.Add(std::move(bytes), [this, shared] { net::post(io_, [shared] { std::move (*shared)(); }); });
        },
        net::use_awaitable, std::move(row));
  }

  net::io_context io_{static_cast<int>(std::max(1u, std::thread::hardware_concurrency()))};
  GroupCommit commit_;
  const Sealing sealing_;
  net::local::stream_protocol::acceptor acceptor_;
  std::vector<std::thread> threads_;
};

}  // namespace spor::bench
