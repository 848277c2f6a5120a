// SPDX-License-Identifier: Apache-2.0
#include "privacy/run_record.h"

#include <charconv>

#include "crypto/codec.h"

namespace spor::privacy {
namespace {

constexpr std::string_view kRunPrefix = "run";
constexpr uint8_t kRunVersion = 2;
constexpr uint8_t kWithoutRestricted = 1;  // still read

}  // namespace

Bytes RunRow(uint32_t number) { return Writer().Raw(kRunPrefix).U32(number).Take(); }

Bytes EncodeRun(const RunRecord& run) {
  Writer out;
  out.U8(kRunVersion).U32(run.number).U32(static_cast<uint32_t>(run.as_of.days));
  out.U64(static_cast<uint64_t>(run.started)).U64(static_cast<uint64_t>(run.finished));
  out.U64(run.begin_entry).U64(run.end_entry).U64(run.head_before).U64(run.head_after);
  out.U64(run.erased).U64(run.erased_instead_of_anonymised).U64(run.held).U64(run.people_forgotten);
  out.U64(run.restricted_people);
  out.U16(static_cast<uint16_t>(run.generations.size()));
  for (const RunRecord::Generation& g : run.generations) {
    out.U64(g.intent_entry).U64(g.erase_entry).U16(g.erase_parts).U64(g.head).U64(g.destroyed_entry);
    out.U32(g.generation).U32(g.units).U32(g.sections_dropped);
  }
  return out.Take();
}

Result<RunRecord> ParseRun(ByteView bytes) {
  Reader in(bytes);
  const uint8_t version = in.U8();
  if (version != kRunVersion && version != kWithoutRestricted) {
    return Status(Code::kTooNew, "retention run: unknown version");
  }
  RunRecord run;
  run.number = in.U32();
  run.as_of.days = static_cast<int32_t>(in.U32());
  run.started = static_cast<int64_t>(in.U64());
  run.finished = static_cast<int64_t>(in.U64());
  run.begin_entry = in.U64();
  run.end_entry = in.U64();
  run.head_before = in.U64();
  run.head_after = in.U64();
  run.erased = in.U64();
  run.erased_instead_of_anonymised = in.U64();
  run.held = in.U64();
  run.people_forgotten = in.U64();
  if (version != kWithoutRestricted) run.restricted_people = in.U64();
  const uint16_t generations = in.U16();
  for (uint16_t i = 0; i < generations && !in.failed(); ++i) {
    RunRecord::Generation g;
    g.intent_entry = in.U64();
    g.erase_entry = in.U64();
    g.erase_parts = in.U16();
    g.head = in.U64();
    g.destroyed_entry = in.U64();
    g.generation = in.U32();
    g.units = in.U32();
    g.sections_dropped = in.U32();
    run.generations.push_back(g);
  }
  RETURN_IF_ERROR(in.Finish("retention run"));
  return run;
}

Result<uint32_t> LastRunNumber(const ledger::Store& store) {
  ASSIGN_OR_RETURN(const auto row, store.Before(ledger::Family::kState, RunRow(~uint32_t{0})));
  if (!row || row->first.size() != RunRow(0).size() || !AsText(row->first).starts_with(kRunPrefix)) return uint32_t{0};
  return Reader(ByteView(row->first).subspan(kRunPrefix.size())).U32();
}

Result<RunRecord> FindRun(const ledger::Store& store, std::string_view id) {
  ASSIGN_OR_RETURN(const uint32_t last, LastRunNumber(store));
  uint32_t number = last;
  if (id != "last") {
    const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), number);
    if (error != std::errc() || end != id.data() + id.size()) {
      return Status(Code::kInvalidArgument, "RUN is the number that `spor retention run` printed, or \"last\"");
    }
  }
  ASSIGN_OR_RETURN(const std::optional<Bytes> row, store.Get(ledger::Family::kState, RunRow(number)));
  if (row) return ParseRun(*row);
  return Status(Code::kNotFound, last == 0 ? "there has been no retention run yet: start one with `spor retention run`"
                                           : "there is no such run; the runs are 1 to " + std::to_string(last));
}

}  // namespace spor::privacy
