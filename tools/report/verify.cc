// SPDX-License-Identifier: Apache-2.0
#include "tools/report/verify.h"

#include <optional>

#include "tools/report/log_proof.h"
#include "tools/report/receipt.h"

namespace spor::report {
namespace {

Status VerifyKind(const Artefact& artefact, Checks& checks) {
  if (artefact.kind == "certificate") return VerifyCertificate(artefact, checks);
  if (artefact.kind == "review") return VerifyReview(artefact, checks);
  return VerifyExtract(artefact, checks);
}

}  // namespace

Result<Verification> Verify(std::string_view artefact, std::string_view trust) {
  std::optional<Trust> pinned;
  if (!trust.empty()) {
    ASSIGN_OR_RETURN(pinned, ParseTrust(trust));
  }
  if (IsTlogProof(artefact)) return VerifyReceipt(artefact, pinned ? &*pinned : nullptr);
  ASSIGN_OR_RETURN(JsonValue document, ParseDocument(artefact));
  if (IsLogProof(document)) return VerifyLogProof(std::move(document), pinned ? &*pinned : nullptr);
  const Result<std::string> format = document.GetString("format");
  Result<Artefact> read = ReadArtefact(std::move(document));
  Checks checks;
  if (!read.ok()) {
    // Of a file that does not say what it is there is nothing to say check by check.
    if (!format.ok() || !format->starts_with("spor-")) return read.error();
    checks.Add("form", read.error());
    return checks.Finish("unknown");
  }
  CheckTrust(*read, pinned ? &*pinned : nullptr, checks);
  checks.Add("form", VerifyKind(*read, checks));
  return checks.Finish(read->kind);
}

}  // namespace spor::report
