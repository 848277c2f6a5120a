// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "privacy/json.h"
#include "tools/cli/options.h"
#include "tools/service/http.h"

namespace spor::cli {

// The socket of --socket, else of --home, else of SPOR_HOME. Wrong usage when none is given.
Outcome<std::string> SocketPath(const Arguments& arguments);

// Calls the service. An answer with an error becomes the Failure that belongs to it.
//
// Threads: one.
class ServiceClient {
 public:
  enum class Session { kNone, kFromFile };
  // Connects at the first call. With kFromFile the session file is read here.
  static Outcome<ServiceClient> Open(const Arguments& arguments, Session session);

  Outcome<privacy::JsonValue> Get(std::string_view target);
  // `body` and the answer's text are wiped; of the tree only the caller can.
  Outcome<privacy::JsonValue> Post(std::string_view target, std::string body);
  // For calls that may be made again: waits and repeats while the service says that it is busy.
  Outcome<privacy::JsonValue> PostPatiently(std::string_view target, const std::string& body,
                                            std::string_view content_type = "application/json");
  // The answer's body as it came.
  Outcome<std::string> GetBytes(std::string_view target);
  Outcome<std::string> PostBytes(std::string_view target, std::string body);

 private:
  explicit ServiceClient(std::string socket) : http_(std::move(socket)) {}
  service::HttpClient http_;
};

}  // namespace spor::cli
