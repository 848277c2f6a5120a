// SPDX-License-Identifier: Apache-2.0
#include "tools/service/witness_client.h"

#include <thread>

#include "ledger/add_checkpoint.h"
#include "ledger/cosignature.h"
#include "tools/service/http.h"

namespace spor::service {
namespace {

constexpr std::string_view kScheme = "http://";
constexpr uint64_t kMaxAnswerBytes = 16 << 10;  // a few signature lines
constexpr UnixSeconds kMaxAheadSeconds = 600;
constexpr int kMaxTries = 4;  // others may ask the same witness meanwhile

using Kind = WitnessAnswer::Kind;

std::string Entries(uint64_t n) { return std::to_string(n) + (n == 1 ? " entry" : " entries"); }

// The size in a 409; nothing if it holds none, as older witnesses answer when they know another root.
std::optional<uint64_t> SizeIn(const HttpResponse& answer) {
  if (!answer.content_type.starts_with(ledger::kTlogSizeType)) return std::nullopt;
  const Result<uint64_t> size = ledger::ParseTlogSize(answer.body);
  return size.ok() ? std::optional(*size) : std::nullopt;
}

WitnessAnswer Forked(uint64_t size) {
  return {Kind::kForked, size, 0, "", "what it has seen of " + Entries(size) + " is not how this log begins"};
}

WitnessAnswer Refused(int status) {
  std::string text = "answers HTTP " + std::to_string(status);
  if (status == 404) text += ": it does not know this log, or the URL is wrong";
  if (status == 403) text += ": it does not trust this log's key";
  return {Kind::kRefused, std::nullopt, 0, "", text};
}

WitnessAnswer Cosigned(const ledger::WitnessPolicy::Witness& witness, const CosignRequest& request,
                       std::string_view lines) {
  Result<VerifiedLine> verified = VerifyLines(request.note, lines, witness.vkey, request.now);
  if (!verified.ok()) {
    return {Kind::kUntrusted, std::nullopt, 0, "", "its answer is not used: " + verified.error().message()};
  }
  return {Kind::kCosigned, request.size, verified->time_s, std::move(verified->line),
          "has cosigned " + Entries(request.size)};
}

}  // namespace

Result<WitnessUrl> ParseWitnessUrl(std::string_view url) {
  const auto bad = [&] {
    return Status(Code::kInvalidArgument,
                  "'" + Shown(url) +
                      "' is no URL of a witness such as http://laptop.example.no:8090; https is "
                      "not spoken yet (what goes over it is signed and public)");
  };
  if (!url.starts_with(kScheme)) return bad();
  std::string_view rest = url.substr(kScheme.size());
  const size_t slash = std::min(rest.find('/'), rest.size());
  std::string host(rest.substr(0, slash));
  const size_t bracket = host.rfind(']');
  if (host.find(':', bracket == std::string::npos ? 0 : bracket) == std::string::npos) host += ":80";
  Result<TcpAddress> address = ParseTcpAddress(host);
  if (!address.ok() || address->port == 0) return bad();
  std::string_view prefix = rest.substr(slash);
  while (prefix.ends_with('/')) prefix.remove_suffix(1);
  for (const unsigned char c : prefix) {
    if (c <= ' ' || c >= 0x7f || c == '?' || c == '#') return bad();
  }
  return WitnessUrl{std::move(*address), std::string(prefix) + "/add-checkpoint"};
}

Result<std::string> MakeAddCheckpoint(const CosignRequest& request, uint64_t old_size) {
  CHECK(old_size <= request.size);
  ledger::AddCheckpoint body{old_size, {}, request.note};
  if (old_size != 0 && old_size != request.size) {
    ASSIGN_OR_RETURN(body.proof, ledger::ConsistencyProof(*request.nodes, old_size, request.size));
  }
  return ledger::EncodeAddCheckpoint(body);
}

Result<VerifiedLine> VerifyLines(std::string_view note, std::string_view lines, const ledger::VerifierKey& witness,
                                 UnixSeconds now) {
  ASSIGN_OR_RETURN(const ledger::Note own, ledger::ParseNote(note));
  ASSIGN_OR_RETURN(const ledger::Note answer, ledger::ParseNote(own.text + "\n" + std::string(lines)));
  std::optional<VerifiedLine> newest;
  for (const ledger::NoteSignature& signature : answer.signatures) {
    if (signature.name != witness.name || signature.key_id != witness.key_id) continue;
    ASSIGN_OR_RETURN(const uint64_t time, ledger::VerifyCosignature({own.text, {signature}}, witness));
    if (time > static_cast<uint64_t>(std::max<UnixSeconds>(now, 0) + kMaxAheadSeconds)) {
      return Status(Code::kFailed, "the cosignature is dated " + std::to_string(time) + ", ours says " +
                                       std::to_string(now) + ": compare the clocks");
    }
    if (!newest || time > newest->time_s) newest = VerifiedLine{time, ledger::FormatSignatureLine(signature)};
  }
  if (!newest) return Status(Code::kNotFound, "no cosignature by the key that the policy names");
  return *newest;
}

WitnessAnswer AskWitness(const ledger::WitnessPolicy::Witness& witness, const CosignRequest& request,
                         uint64_t known_size, Deadline deadline) {
  const Result<WitnessUrl> url = ParseWitnessUrl(witness.url);
  if (!url.ok()) return {Kind::kRefused, std::nullopt, 0, "", url.error().message()};
  std::optional<uint64_t> told;
  uint64_t old_size = std::min(known_size, request.size);
  for (int attempt = 0; attempt < kMaxTries && MillisUntil(deadline) > 0; ++attempt) {
    Result<std::string> body = MakeAddCheckpoint(request, old_size);
    if (!body.ok()) return {Kind::kRefused, told, 0, "", body.error().message()};
    const std::chrono::milliseconds left(std::max(1, MillisUntil(deadline)));  // zero would be no limit
    Result<HttpResponse> answer =
        HttpClient(url->address, {left, kMaxAnswerBytes}).Post(url->path, std::move(*body), "text/plain");
    if (!answer.ok()) return {Kind::kUnreachable, told, 0, "", answer.error().message()};
    const std::optional<uint64_t> seen = SizeIn(*answer);
    switch (answer->status) {
      case 200: return Cosigned(witness, request, answer->body);
      case 422: return Forked(old_size);
      case 409: break;
      default: return Refused(answer->status);
    }
    if (!seen) return Forked(old_size);
    if (*seen > request.size) {
      return {Kind::kAhead, seen, 0, "", "has seen " + Entries(*seen) + ", here are " + Entries(request.size)};
    }
    if (*seen == old_size) return {Kind::kUntrusted, seen, 0, "", "answers 409 with the size that it was asked from"};
    told = seen;
    old_size = *seen;
  }
  return {Kind::kUnreachable, told, 0, "", "did not come to an answer in time"};
}

std::vector<std::optional<WitnessAnswer>> AskWitnesses(const ledger::WitnessPolicy& policy,
                                                       const CosignRequest& request,
                                                       const std::vector<uint64_t>& known_sizes,
                                                       const std::vector<bool>& skip, Deadline deadline) {
  std::vector<std::optional<WitnessAnswer>> answers(policy.witnesses().size());
  std::vector<std::thread> threads;
  for (size_t i = 0; i < answers.size(); ++i) {
    if (skip[i] || policy.witnesses()[i].url.empty()) continue;
    threads.emplace_back([&, i] { answers[i] = AskWitness(policy.witnesses()[i], request, known_sizes[i], deadline); });
  }
  for (std::thread& thread : threads) thread.join();
  return answers;
}

}  // namespace spor::service
