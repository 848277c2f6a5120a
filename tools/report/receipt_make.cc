// SPDX-License-Identifier: Apache-2.0
#include "crypto/utf8.h"
#include "tools/report/disclosure.h"
#include "tools/report/log_proof.h"
#include "tools/report/receipt.h"

namespace spor::report {
namespace {

constexpr size_t kMaxReason = 1000;
constexpr int kDecideAgain = 8;

// Everything but the entry's sections and the disclosure.
Result<Receipt> ReceiptUnder(const ReportParts& parts, uint64_t index, const std::string& note) {
  Receipt receipt;
  ASSIGN_OR_RETURN(const ledger::Checkpoint checkpoint, ReadUnverifiedCheckpoint(note));
  receipt.origin = checkpoint.origin;
  receipt.ledger_id = parts.vault->ledger_id();
  receipt.checkpoint = note;
  const ledger::NodeSource& nodes = parts.ledger->nodes();
  const uint64_t begin = parts.ledger->keys().origins().back().genesis_index;
  ASSIGN_OR_RETURN(receipt.genesis_proof, ledger::InclusionProof(nodes, begin, checkpoint.size));
  ASSIGN_OR_RETURN(receipt.succession, SuccessionOf(*parts.ledger, checkpoint));
  ASSIGN_OR_RETURN(receipt.entry.proof, ledger::InclusionProof(nodes, index, checkpoint.size));
  receipt.entry.index = index;
  ASSIGN_OR_RETURN(receipt.entry.bytes, parts.ledger->reader().EntryBytes(index));
  ASSIGN_OR_RETURN(receipt.entry.entry, ledger::ParseEntry(receipt.entry.bytes));
  receipt.entry.sections.resize(receipt.entry.entry.sections.size());
  return receipt;
}

// The entry with what may be opened of it: audit sections, and those of a person where she is asked for.
Result<DisclosedEntry> DiscloseOne(const ReportParts& parts, uint64_t index, const privacy::Profile* person) {
  OwnSections own;
  if (person != nullptr) {
    ASSIGN_OR_RETURN(auto found, OwnSectionsOf(parts, *person, {index, index + 1}));
    if (found.empty()) {
      return Status(Code::kNotFound,
                    "entry " + std::to_string(index) + " holds nothing that is sealed for this person");
    }
    own = std::move(found.begin()->second);
  }
  SectionKeys keys(parts);
  ASSIGN_OR_RETURN(const AuditedReader reader, AuditedReader::Open(parts));
  DisclosedEntry out;
  RETURN_IF_ERROR(reader.ForEach(index, index + 1, [&](AuditedEntry& audited) -> Status {
    ASSIGN_OR_RETURN(std::vector<DisclosedSection> sections, Disclose(audited, own, keys));
    out = {index, audited.bytes, audited.entry, std::move(sections), {}};
    return OkStatus();
  }));
  return out;
}

Result<std::string> ReportOf(const ReportParts& parts, const ReceiptRequest& request, const DisclosedEntry& shown) {
  const bool person = !request.subject.empty();
  ASSIGN_OR_RETURN(const UnixSeconds made_at, parts.ledger->reader().NextTime(*parts.clock));
  JsonWriter json;
  json.BeginObject().Key("made_at").String(privacy::FormatUtc(made_at)).Key("index").Uint(request.index);
  json.Key("scope").String(person ? "person" : "audit").Key("reason");
  // What may name the person stands in a section sealed under a key of hers.
  if (person) {
    json.Null();
  } else {
    json.String(request.reason);
  }
  return json.Key("content").Raw(ReceiptContentJson(shown)).EndObject().Take();
}

Result<std::string> OpenReceipt(const ReportParts& parts, const auth::Actor& actor, const ReceiptRequest& request) {
  ArtefactMaker::Start start;
  start.kind = "receipt";
  std::optional<privacy::Profile> profile;
  if (!request.subject.empty()) {
    ASSIGN_OR_RETURN(const privacy::SubjectId subject, parts.subjects->Resolve(request.subject));
    const ledger::Expectation unchanged = parts.ledger->Expect(privacy::SubjectBook::SubjectStripe(subject));
    ASSIGN_OR_RETURN(profile, parts.subjects->Get(subject));
    ASSIGN_OR_RETURN(start.person, PersonSectionFor(parts, *profile));
    start.person->expects.push_back(unchanged);
    start.person->fields = {ledger::TextField("action", start.kind), ledger::TextField("reason", request.reason),
                            ledger::BytesField("subject", subject)};
  }
  ASSIGN_OR_RETURN(DisclosedEntry shown, DiscloseOne(parts, request.index, profile ? &*profile : nullptr));
  ASSIGN_OR_RETURN(start.report, ReportOf(parts, request, shown));
  start.fields = {ledger::UintField("entry", request.index)};
  if (!profile) start.fields.push_back(ledger::TextField("reason", request.reason));
  ASSIGN_OR_RETURN(const ArtefactMaker maker, ArtefactMaker::Recorded(parts, actor, start));
  ASSIGN_OR_RETURN(Receipt receipt, ReceiptUnder(parts, request.index, maker.note()));
  receipt.entry.sections = std::move(shown.sections);
  ReceiptDisclosure disclosure{start.report, {}};
  ASSIGN_OR_RETURN(disclosure.event, maker.Event());
  receipt.disclosure = std::move(disclosure);
  return FormatReceipt(receipt);
}

}  // namespace

Result<std::string> MakeReceipt(const ReportParts& parts, const auth::Actor& actor, const ReceiptRequest& request) {
  RETURN_IF_ERROR(parts.auth->Allow(
      actor, request.open == ReceiptRequest::Open::kYes ? auth::Action::kExtract : auth::Action::kLog));
  if (request.open == ReceiptRequest::Open::kNo) {
    ASSIGN_OR_RETURN(const CoveredEntry covered, CoverEntry(parts, request.index));
    ASSIGN_OR_RETURN(const Receipt receipt, ReceiptUnder(parts, request.index, covered.note));
    return FormatReceipt(receipt);
  }
  if (request.reason.empty() || request.reason.size() > kMaxReason || !IsUtf8(request.reason)) {
    return Status(Code::kInvalidArgument, "to open an entry, a reason of 1 to 1,000 bytes is needed: --reason TEXT");
  }
  ASSIGN_OR_RETURN(const CoveredEntry covered, CoverEntry(parts, request.index));
  ASSIGN_OR_RETURN(const ledger::Entry entry, ledger::ParseEntry(covered.bytes));
  if (entry.sections.empty()) {
    return Status(Code::kNotFound, "entry " + std::to_string(request.index) +
                                       " holds nothing sealed: a receipt without --open shows all of it");
  }
  Status status;
  for (int attempt = 0; attempt < kDecideAgain; ++attempt) {
    Result<std::string> receipt = OpenReceipt(parts, actor, request);
    if (receipt.ok() || receipt.error().code() != Code::kConflict) return receipt;
    status = receipt.error();
  }
  return status;
}

}  // namespace spor::report
