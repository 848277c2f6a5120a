// SPDX-License-Identifier: Apache-2.0
#include "privacy/json.h"
#include "tools/service/http.h"

namespace spor::service {
namespace {

int HttpStatus(Code code) {
  switch (code) {
    case Code::kOk: return 200;
    case Code::kInvalidArgument: return 400;
    case Code::kUnauthenticated: return 401;
    case Code::kDenied: return 403;
    case Code::kNotFound: return 404;
    case Code::kConflict: return 409;
    case Code::kFailed: return 422;
    case Code::kLater: return 503;
    case Code::kIo: return 503;
    default: return 500;
  }
}

}  // namespace

HttpResponse ErrorResponse(const Status& error) {
  privacy::JsonWriter json;
  json.BeginObject().Key("error").BeginObject();
  json.Key("code").String(CodeName(error.code())).Key("message").String(error.message()).EndObject().EndObject();
  return {HttpStatus(error.code()), "application/json", json.Take()};
}

}  // namespace spor::service
