// SPDX-License-Identifier: Apache-2.0
#include "ledger/merkle.h"
#include "privacy/calendar.h"
#include "tools/report/artefact.h"
#include "tools/report/extract_content.h"
#include "tools/report/extract_words.h"
#include "tools/report/proven_times.h"
#include "tools/report/replayed.h"

namespace spor::report {
namespace {

Status Failed(std::string what) { return Status(Code::kFailed, std::move(what)); }

struct Period {
  privacy::LegalDate from;
  privacy::LegalDate to;
  bool Holds(const DisclosedEntry& entry) const {
    const privacy::LegalDate day = privacy::OsloDay(entry.entry.time_s);
    return day >= from && day <= to;
  }
};

Result<Period> ReadPeriod(const Artefact& artefact) {
  RETURN_IF_ERROR(ExpectMembers(
      *artefact.report, {"made_at", "from", "to", "scope", "controller", "policy", "reason", "content", "limits"}));
  const auto date = [&](std::string_view key) {
    const Result<std::string> text = artefact.report->GetString(key);
    return text.ok() ? privacy::ParseDate(*text) : Result<privacy::LegalDate>(text.error());
  };
  const Result<privacy::LegalDate> from = date("from");
  const Result<privacy::LegalDate> to = date("to");
  if (!from.ok() || !to.ok() || *to < *from) return Failed("the period is none");
  return Period{*from, *to};
}

// Takes the entries one by one: those that the report binds, then, in a period, those written after it, closed.
class ContentChecker {
 public:
  explicit ContentChecker(const Artefact& artefact) : artefact_(artefact) {
    const JsonValue* said = artefact.report->Find("content");
    const Result<uint64_t> bound = GetIndex(*said, "entries");
    if (bound.ok()) bound_ = *bound;
    said_ = CompactJson(*said);
  }

  void Add(const DisclosedEntry& entry) {
    const bool bound = seen_++ < bound_;
    if (bound) content_.Add(entry.index, entry.bytes, entry.sections);
    for (size_t i = 0; status_.ok() && i < entry.sections.size(); ++i) status_ = CheckSection(entry, i, bound);
  }

  void Finish(Checks& checks) {
    checks.Add("sections", status_, content_.Nb(), content_.En());
    const bool same = content_.Json() == said_;
    checks.Add("content_recorded", same ? OkStatus() : Failed("the report counts or binds other entries or sections"));
  }

 private:
  Status CheckSection(const DisclosedEntry& entry, size_t i, bool bound) const {
    if (!bound && entry.sections[i].state != DisclosedSection::State::kClosed) {
      return Failed("entry " + std::to_string(entry.index) + " is opened, but not bound by the report");
    }
    if (entry.sections[i].state != DisclosedSection::State::kOpening) return OkStatus();
    const Status opened = OpenDisclosed(artefact_.ledger_id, entry, i).status();
    return opened.ok() ? opened : Failed("entry " + std::to_string(entry.index) + ": " + opened.message());
  }

  const Artefact& artefact_;
  std::string said_;
  uint64_t bound_ = 0;
  uint64_t seen_ = 0;
  ExtractContent content_;
  Status status_;
};

// The period's bounds: what stands before it is earlier, and it ends at a later entry or at the extract's own.
Status CheckBounds(const Artefact& artefact, const Period& period, uint64_t begin, uint64_t end,
                   const DisclosedEntry& first, const DisclosedEntry& last) {
  if (begin != 0 && privacy::OsloDay(first.entry.time_s) >= period.from) {
    return Failed("the period may have begun before the first entry shown");
  }
  const bool ends_later = privacy::OsloDay(last.entry.time_s) > period.to;
  if (!ends_later && end != artefact.event.index + 1) return Failed("the period may go on after the last entry shown");
  return OkStatus();
}

// Streams over the entries: of a long period not all are held parsed at once.
Status VerifyPeriod(const Artefact& artefact, const Period& period, Checks& checks) {
  RETURN_IF_ERROR(ExpectOwnMembers(artefact, {"range", "entries"}));
  const JsonValue& range = *artefact.document.Find("range");
  RETURN_IF_ERROR(ExpectMembers(range, {"begin", "end", "proof"}));
  ASSIGN_OR_RETURN(const uint64_t begin, GetIndex(range, "begin"));
  ASSIGN_OR_RETURN(const uint64_t end, GetIndex(range, "end"));
  ASSIGN_OR_RETURN(const std::vector<Hash32> proof, GetHashes(range, "proof", kMaxRangeHashes));
  const auto entries = artefact.document.GetArray("entries");
  if (!entries.ok() || entries->empty() || end < begin || entries->size() != end - begin) {
    return Failed("another number of entries is given than the range has");
  }
  std::vector<Hash32> leaves;
  leaves.reserve(entries->size());
  DisclosedEntry first;
  DisclosedEntry last;
  ContentChecker content(artefact);
  LogReplay replay;
  std::vector<ProvenTime> times;
  for (size_t i = 0; i < entries->size(); ++i) {
    ASSIGN_OR_RETURN(DisclosedEntry entry, ReadRangeEntry((*entries)[i], begin + i));
    leaves.push_back(ledger::LeafHash(entry.bytes));
    content.Add(entry);
    times.push_back(TimeOf(entry));
    if (begin == 0) replay.Add(entry.index, entry.entry);
    last = std::move(entry);
    if (i == 0) first = last;
  }
  Status complete = ledger::VerifyRange(begin, artefact.checkpoint.size, leaves, proof, artefact.checkpoint.root);
  if (complete.ok()) complete = CheckBounds(artefact, period, begin, end, first, last);
  const std::string n = std::to_string(entries->size());
  checks.Add("range_complete", complete, n + " innførsler.", n + " entries.");
  content.Finish(checks);
  checks.Add("times", CheckTimes(artefact, std::move(times)));
  if (begin == 0) {
    checks.Add("replayed", replay.status());
  } else {
    checks.NotCovered("replayed", Checks::Need::kStated, "Uttrekket begynner ikke ved den første innførselen.",
                      "The extract does not begin at the first entry.");
  }
  return OkStatus();
}

Status VerifyPerson(const Artefact& artefact, const Period& period, Checks& checks) {
  RETURN_IF_ERROR(ExpectOwnMembers(artefact, {"entries"}));
  const auto entries = artefact.document.GetArray("entries");
  if (!entries.ok()) return Failed("the entries are no list");
  Status included;
  ContentChecker content(artefact);
  std::vector<ProvenTime> times;
  std::optional<uint64_t> before;
  for (const JsonValue& value : *entries) {
    ASSIGN_OR_RETURN(const DisclosedEntry entry, ReadProvenEntry(value));
    Status here = VerifyEntry(entry, artefact.checkpoint);
    if (!period.Holds(entry)) here = Failed("entry " + std::to_string(entry.index) + " is not of the period");
    if (before && *before >= entry.index) here = Failed("the entries are out of order");
    before = entry.index;
    if (included.ok()) included = here;
    content.Add(entry);
    times.push_back(TimeOf(entry));
  }
  const std::string n = std::to_string(entries->size());
  checks.Add("inclusion", included, n + " innførsler.", n + " entries.");
  content.Finish(checks);
  checks.Add("times", CheckTimes(artefact, std::move(times)));
  checks.NotCovered("range_complete", Checks::Need::kStated,
                    "At dette er alt om personen, kan ikke bevises uten de andres nøkler.",
                    "That this is everything about the person can't be proven without others' keys.");
  return OkStatus();
}

Status CheckReason(const Artefact& artefact, bool person) {
  RETURN_IF_ERROR(CheckRecorded(artefact, "extract"));
  for (const std::string_view key : {"from", "to"}) {
    RETURN_IF_ERROR(CheckEventField(artefact, key, ledger::FieldType::kDate, *artefact.report->GetString(key)));
  }
  const JsonValue& reason = *artefact.report->Find("reason");
  if (!person) {
    if (!reason.is_string() || reason.string().empty()) return Failed("the reason is missing");
    return CheckEventField(artefact, "reason", ledger::FieldType::kText, reason.string());
  }
  if (!reason.is_null()) return Failed("a reason about a person stands outside her section");
  ASSIGN_OR_RETURN(const std::vector<ledger::Field> fields, OpenDisclosed(artefact.ledger_id, artefact.event, 1));
  const std::optional<std::string> text = FieldText(fields, "reason", ledger::FieldType::kText);
  return text && !text->empty() ? OkStatus() : Failed("the person's section holds no reason");
}

}  // namespace

Status VerifyExtract(const Artefact& artefact, Checks& checks) {
  ASSIGN_OR_RETURN(const Period period, ReadPeriod(artefact));
  const Result<std::string> scope = artefact.report->GetString("scope");
  if (!scope.ok() || (*scope != "period" && *scope != "person")) return Failed("unknown scope");
  const bool person = *scope == "person";
  const Status reason = CheckReason(artefact, person);
  checks.Add("reason_recorded", reason.code() == Code::kNotFound ? Failed(reason.message()) : reason);
  checks.Add("words", CheckWords(*artefact.report, "limits", WordingsJson(ExtractLimits())));
  return person ? VerifyPerson(artefact, period, checks) : VerifyPeriod(artefact, period, checks);
}

}  // namespace spor::report
