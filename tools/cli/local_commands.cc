// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/local_commands.h"

#include "crypto/hash.h"
#include "crypto/labels.h"

namespace spor::cli {
namespace {

Status NotBuilt(std::string_view what) {
  return Status(Code::kInternal, std::string(what) + " is not part of this build");
}

}  // namespace

Outcome<LocalAnswer> InitHome(const HomePlaces&, const std::string&, const std::string&) { return NotBuilt("init"); }
Outcome<LocalAnswer> FsckHome(const HomePlaces&) { return NotBuilt("fsck"); }
Outcome<LocalAnswer> VerifyArtefact(const std::string&, const std::string&) { return NotBuilt("verify"); }
Outcome<ExitCode> ServeHome(const HomePlaces&, const std::string&, const std::function<void()>&) {
  return NotBuilt("serve");
}

std::string RenderArtefactHtml(const privacy::JsonValue&) { return "<!doctype html>\n<title>Spor</title>\n"; }

std::string FingerprintOfTrust(std::string_view trust_file_bytes) {
  return HexEncode(Sha256({AsBytes(label::kTrustFingerprint), AsBytes(trust_file_bytes)}));
}

}  // namespace spor::cli
