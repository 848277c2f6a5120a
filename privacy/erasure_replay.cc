// SPDX-License-Identifier: Apache-2.0
#include "privacy/erasure_replay.h"

#include <algorithm>

#include "vault/key_copy.h"

namespace spor::privacy {
namespace {

// How a profile names the run, where the run itself is lost.
constexpr std::string_view kRestored = "restored";

// Where the due map has these units (ascending).
Result<std::vector<vault::EraseUnit>> WithDueDays(const ledger::Store& store, const std::vector<UnitId>& units) {
  std::vector<vault::EraseUnit> found;
  Status bad;
  RETURN_IF_ERROR(store.Scan(ledger::Family::kDue, {}, {}, [&](ByteView key, ByteView) {
    const Result<ledger::DueMapKey> parsed = ledger::ParseDueMapKey(key);
    if (!parsed.ok()) return bad = parsed.error(), false;
    if (std::binary_search(units.begin(), units.end(), parsed->unit)) {
      found.push_back({parsed->unit, parsed->due, ledger::EraseReason::kReplayed});
    }
    return true;
  }));
  RETURN_IF_ERROR(bad);
  if (found.size() != units.size()) return Status(Code::kCorrupt, "a living unit stands in the due map not once");
  return found;
}

// Takes the units out of what is known of the people who stay.
Status ForgetUnits(const Parts& parts, const std::set<UnitId>& units, vault::EraseRequest& request) {
  return parts.subjects->ForEach(units, [&](const Profile& before) -> Status {
    Profile after = before;
    for (const SubjectUnit& unit : before.units) {
      if (!units.contains(unit.unit)) continue;
      after.erased.push_back({unit.unit, unit.category, std::string(kRestored)});
      for (Identifier& identifier : after.identifiers) identifier.sources.erase(unit.unit);
      std::erase_if(after.units, [&](const SubjectUnit& one) { return one.unit == unit.unit; });
    }
    if (after.units.size() == before.units.size()) return OkStatus();
    std::erase_if(after.identifiers, [](const Identifier& identifier) {
      return identifier.kind == IdentifierKind::kEmail && identifier.sources.empty();
    });
    ASSIGN_OR_RETURN(const vault::UnitKey key, parts.vault->keys().OpenUnit(before.identity));
    request.touches.push_back(SubjectBook::SubjectStripe(before.subject));
    return parts.subjects->Put(after, key, &before, request.writes);
  });
}

}  // namespace

Result<ReplayedErasures> ReplayErasures(const Parts& parts) {
  ASSIGN_OR_RETURN(const std::vector<UnitId> units, vault::UnitsWithoutKey(*parts.store));
  ASSIGN_OR_RETURN(const std::vector<vault::EraseUnit> all, WithDueDays(*parts.store, units));
  ReplayedErasures replayed;
  for (size_t done = 0; done < all.size();) {
    vault::EraseRequest request;
    const size_t count = std::min(all.size() - done, vault::kMaxUnitsPerGeneration);
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(done);
    request.units.assign(begin, begin + static_cast<std::ptrdiff_t>(count));
    std::set<UnitId> now;
    for (const vault::EraseUnit& unit : request.units) now.insert(unit.unit);
    ASSIGN_OR_RETURN(const uint64_t people, parts.subjects->RemoveKeyless(now, request.writes));
    RETURN_IF_ERROR(ForgetUnits(parts, {units.begin(), units.end()}, request));
    RETURN_IF_ERROR(parts.vault->MakeEraser(*parts.ledger).Run(std::move(request)).status());
    parts.subjects->PeopleChanged(-static_cast<int64_t>(people));
    replayed.people += people;
    done += count;
  }
  replayed.units = all.size();
  return replayed;
}

}  // namespace spor::privacy
