// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "crypto/clock.h"
#include "crypto/result.h"

namespace spor::privacy {

// A calendar day in Europe/Oslo, counted from 1970-01-01. Range 0001-01-01 to 9999-12-31; arithmetic stops at its ends.
struct LegalDate {
  int32_t days = 0;
  auto operator<=>(const LegalDate&) const = default;
};

// An ISO 8601 period of years, months and days ("P9M", "P5Y", "P7D", "P0D"); weeks ("P2W") are read as days.
struct Period {
  int32_t months = 0;
  int32_t days = 0;
  auto operator<=>(const Period&) const = default;
};

// "2027-02-28". kInvalidArgument for anything but an existing day in exactly that form.
Result<LegalDate> ParseDate(std::string_view text);
std::string FormatDate(LegalDate date);           // 2027-02-28
std::string FormatDateNorwegian(LegalDate date);  // 28.02.2027
Result<Period> ParsePeriod(std::string_view text);
std::string FormatPeriod(Period period);

LegalDate MakeDate(int year, int month, int day);  // CHECKs that the day exists
int YearOf(LegalDate date);
int MonthOf(LegalDate date);
LegalDate LastDayOfMonth(LegalDate date);
int Weekday(LegalDate date);  // 1 Monday .. 7 Sunday (ISO 8601)

// The legal day in Oslo at an instant: CET/CEST by the EU rule (last Sundays of March and October, 01:00 UTC), in force
// in Norway since 1996; earlier instants use +01:00.
LegalDate OsloDay(UnixSeconds instant);
// The instant at which the legal day begins in Oslo (00:00 local).
UnixSeconds OsloStart(LegalDate date);
std::string FormatUtc(UnixSeconds instant);           // 2026-11-24T05:29:21Z
std::string FormatOslo(UnixSeconds instant);          // 2026-11-24 06:29:21 (+01:00)
Result<UnixSeconds> ParseUtc(std::string_view text);  // that form only

// Regulation (EEC, Euratom) 1182/71 art. 3(2)(c): the event day is not counted; the period ends on the day with the
// same date, or the month's last day where that date is missing.
LegalDate AddPeriod(LegalDate event, Period period);
// First day on which data under a promised maximum must not exist: the day after AddPeriod(). No roll-forward.
LegalDate RetentionDue(LegalDate event, Period period);

// Public holidays, as policy data: fixed "MM-DD" and offsets in days from Easter Sunday.
struct Holidays {
  std::vector<std::string> fixed;
  std::vector<int> easter_offsets;
};
LegalDate EasterSunday(int year);  // Gregorian computus
bool IsWorkingDay(LegalDate date, const Holidays& holidays);
// Art. 3(4): a statutory period that would end on a Saturday, Sunday or public holiday ends on the next working day.
// Art. 3(5): a period of two days or more holds at least two working days.
LegalDate StatutoryDeadline(LegalDate event, Period period, const Holidays& holidays);

}  // namespace spor::privacy
