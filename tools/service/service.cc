// SPDX-License-Identifier: Apache-2.0
#include "tools/service/service.h"

namespace spor::service {
namespace {

constexpr std::chrono::seconds kTick{5};

}  // namespace

Result<std::unique_ptr<Service>> Service::Start(const HomePlaces& places, const std::string& socket_path,
                                                const HomeOptions& options) {
  std::unique_ptr<Service> service(new Service());
  ASSIGN_OR_RETURN(service->home_, Home::Open(places, options));
  service->api_ = std::make_unique<Api>(*service->home_);
  HttpServerOptions http;
  http.socket_path = socket_path;
  ASSIGN_OR_RETURN(service->server_, HttpServer::Start(http, [api = service->api_.get()](HttpRequest& request) {
                     return api->Handle(request);
                   }));
  service->ticker_ = std::thread([raw = service.get()] { raw->TickLoop(); });
  return service;
}

void Service::TickLoop() {
  for (;;) {
    {
      MutexLock lock(mutex_);
      if (!stop_) changed_.WaitFor(mutex_, kTick);
      if (stop_) return;
    }
    Status status = home_->Tick();
    if (const Status health = home_->parts().ledger->health(); !health.ok()) status = health;
    if (status.ok() || status.code() == Code::kConflict) continue;
    MutexLock lock(mutex_);
    failure_ = status;
    stop_ = true;
    changed_.NotifyAll();
    return;
  }
}

Status Service::Wait() {
  MutexLock lock(mutex_);
  while (!stop_) changed_.Wait(mutex_);
  return failure_;
}

void Service::RequestStop() {
  MutexLock lock(mutex_);
  stop_ = true;
  changed_.NotifyAll();
}

Service::~Service() {
  RequestStop();
  if (ticker_.joinable()) ticker_.join();
  if (server_) server_->Stop();
  // What was counted since the last tick; if it can't be written the ledger has stopped, and Wait() has said so.
  if (home_) (void)home_->parts().auth->WriteCounted();
}

}  // namespace spor::service
