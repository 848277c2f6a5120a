// SPDX-License-Identifier: Apache-2.0
#include "tools/service/api.h"
#include "tools/service/log_key.h"

namespace spor::service {

Api::Answer Api::LogKeys(const Call&) { return DescribeLogKeys(home_.parts().ledger->keys()); }

Api::Answer Api::RotateLogKey(const Call& call) {
  ASSIGN_OR_RETURN(const ledger::LogKeys keys, home_.RotateLogKey(*call.actor));
  return DescribeLogKeys(keys);
}

}  // namespace spor::service
