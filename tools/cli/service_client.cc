// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/service_client.h"

#include <chrono>
#include <cstdlib>
#include <thread>

#include "tools/cli/session_file.h"

namespace spor::cli {
namespace {

using privacy::JsonValue;

constexpr int kTries = 7;  // 0.1 s, 0.2 s, ... 3.2 s between them
constexpr size_t kMaxAnswerBytes = size_t{2} << 30;

ExitCode ExitOf(int http_status, std::string_view code) {
  switch (http_status) {
    case 400:
    case 403:
    case 409:
    case 413:
    case 422: return ExitCode::kRefused;
    case 401: return ExitCode::kNotLoggedIn;
    case 404: return ExitCode::kNotFound;
    case 503: return code == CodeName(Code::kLater) ? ExitCode::kRefused : ExitCode::kInternal;
    default: return ExitCode::kInternal;
  }
}

Failure FailureOf(const service::HttpResponse& answer) {
  Failure failure{ExitCode::kInternal, "internal", "the service answered HTTP " + std::to_string(answer.status)};
  if (Result<JsonValue> json = privacy::ParseJson(answer.body); json.ok()) {
    if (const JsonValue* error = json->Find("error"); error != nullptr) {
      if (Result<std::string> code = error->GetString("code"); code.ok()) failure.code = *code;
      if (Result<std::string> text = error->GetString("message"); text.ok()) failure.message = *text;
    }
  }
  failure.exit = ExitOf(answer.status, failure.code);
  return failure;
}

Outcome<std::string> BodyOf(Result<service::HttpResponse> answer) {
  if (!answer.ok()) {
    if (answer.error().code() != Code::kLater) return answer.error();
    return FailureFrom(Status(Code::kLater, answer.error().message() + "; start it with: spor serve --home DIR"));
  }
  if (answer->status != 200) return FailureOf(*answer);
  return std::move(answer->body);
}

Outcome<JsonValue> JsonOf(Outcome<std::string> body) {
  if (!body.has_value()) return body.error();
  Result<JsonValue> json = privacy::ParseJson(*body, {.max_bytes = kMaxAnswerBytes, .secret = true});
  WipeMemory(*body);
  if (!json.ok()) return Failure{ExitCode::kInternal, "internal", "the service's answer: " + json.error().message()};
  return std::move(*json);
}

std::string WithoutScheme(std::string path) {
  constexpr std::string_view kScheme = "unix:";
  return path.starts_with(kScheme) ? path.substr(kScheme.size()) : path;
}

}  // namespace

Outcome<std::string> SocketPath(const Arguments& arguments) {
  if (std::optional<std::string> socket = arguments.Find("socket")) return WithoutScheme(*socket);
  if (std::optional<std::string> home = arguments.Find("home")) return *home + "/spor.sock";
  const char* home = std::getenv("SPOR_HOME");
  if (home != nullptr && *home != '\0') return std::string(home) + "/spor.sock";
  return WrongUsage("which service? give --home DIR or --socket PATH, or set SPOR_HOME");
}

Outcome<ServiceClient> ServiceClient::Open(const Arguments& arguments, Session session) {
  ASSIGN_OR_RETURN(std::string socket, SocketPath(arguments));
  ServiceClient client(std::move(socket));
  if (session == Session::kFromFile) {
    ASSIGN_OR_RETURN(SecretBytes token, ReadSessionFile(SessionFilePath(arguments)));
    client.http_.SetBearerToken(std::move(token));
  }
  return client;
}

Outcome<JsonValue> ServiceClient::Get(std::string_view target) { return JsonOf(BodyOf(http_.Get(target))); }

Outcome<JsonValue> ServiceClient::Post(std::string_view target, std::string body) {
  return JsonOf(BodyOf(http_.Post(target, std::move(body))));
}

Outcome<JsonValue> ServiceClient::PostPatiently(std::string_view target, const std::string& body,
                                                std::string_view content_type) {
  auto pause = std::chrono::milliseconds(100);
  for (int left = kTries - 1;; --left) {
    Outcome<JsonValue> answer = JsonOf(BodyOf(http_.Post(target, body, content_type)));
    if (answer.has_value() || left == 0 || answer.error().code != CodeName(Code::kLater)) return answer;
    std::this_thread::sleep_for(pause);
    pause *= 2;
  }
}

Outcome<std::string> ServiceClient::GetBytes(std::string_view target) { return BodyOf(http_.Get(target)); }

Outcome<std::string> ServiceClient::PostBytes(std::string_view target, std::string body) {
  return BodyOf(http_.Post(target, std::move(body)));
}

}  // namespace spor::cli
