// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <thread>

#include "tools/service/api.h"

namespace spor::service {

// A home, its API and the socket it is served on, with the regular work in between.
//
// Threads: Start(), Wait() and the destructor from one thread; RequestStop() from any, also from a signal watcher.
class Service {
 public:
  static Result<std::unique_ptr<Service>> Start(const HomePlaces& places, const std::string& socket_path,
                                                const HomeOptions& options);
  // Until RequestStop(), or until the ledger has stopped by itself: then the failure.
  Status Wait();
  void RequestStop();
  ~Service();

 private:
  Service() = default;
  void TickLoop();

  std::unique_ptr<Home> home_;
  std::unique_ptr<Api> api_;
  std::unique_ptr<HttpServer> server_;
  std::thread ticker_;
  Mutex mutex_;
  CondVar changed_;
  bool stop_ GUARDED_BY(mutex_) = false;
  Status failure_ GUARDED_BY(mutex_);
};

}  // namespace spor::service
