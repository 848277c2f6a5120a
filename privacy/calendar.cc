// SPDX-License-Identifier: Apache-2.0
#include "privacy/calendar.h"

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace spor::privacy {
namespace {

namespace ch = std::chrono;

constexpr int64_t kDaySeconds = 86'400;
constexpr int kFirstSummerTimeYear = 1996;
// A period longer than this is a slip of the pen; it also keeps every sum far from overflow.
constexpr int64_t kMaxPeriodMonths = 200 * 12;
constexpr int64_t kMaxPeriodDays = 200 * 366;

constexpr int32_t DayNumber(ch::year_month_day ymd) {
  return static_cast<int32_t>(ch::sys_days(ymd).time_since_epoch().count());
}
constexpr int32_t kFirstDay = DayNumber(ch::year_month_day(ch::year(1), ch::January, ch::day(1)));
constexpr int32_t kLastDay = DayNumber(ch::year_month_day(ch::year(9999), ch::December, ch::day(31)));

// Arithmetic that leaves the calendar stops at its ends: 9999-12-31 is in use out there as "never".
LegalDate Saturated(int64_t days) {
  return LegalDate{static_cast<int32_t>(std::clamp<int64_t>(days, kFirstDay, kLastDay))};
}

ch::year_month_day Civil(LegalDate date) { return ch::sys_days(ch::days(Saturated(date.days).days)); }

int64_t FloorDays(UnixSeconds instant) {
  int64_t days = instant / kDaySeconds;
  return instant % kDaySeconds < 0 ? days - 1 : days;
}

LegalDate LastSunday(int year, int month) {
  LegalDate last = LastDayOfMonth(MakeDate(year, month, 1));
  return LegalDate{last.days - Weekday(last) % 7};
}

// Directive 2000/84/EC: summer time runs between the last Sundays of March and October, both at 01:00 UTC.
bool SummerTimeAt(UnixSeconds instant) {
  const int year = YearOf(Saturated(FloorDays(instant)));
  if (year < kFirstSummerTimeYear) return false;
  const int64_t begin = LastSunday(year, 3).days * kDaySeconds + 3600;
  const int64_t end = LastSunday(year, 10).days * kDaySeconds + 3600;
  return begin <= instant && instant < end;
}

// Reads exactly `text.size()` decimal digits; -1 for anything else.
int Digits(std::string_view text) {
  int value = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return text.empty() ? -1 : value;
}

std::string Printed(const char* format, int a, int b, int c) {
  char text[40];
  std::snprintf(text, sizeof text, format, a, b, c);
  return text;
}

}  // namespace

Result<LegalDate> ParseDate(std::string_view text) {
  const Status error(Code::kInvalidArgument, "date '" + Shown(text) + "': write an existing day as 2027-02-28");
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return error;
  const int year = Digits(text.substr(0, 4)), month = Digits(text.substr(5, 2)), day = Digits(text.substr(8, 2));
  if (year < 1 || month < 1 || day < 1) return error;
  const ch::year_month_day ymd(ch::year(year), ch::month(static_cast<unsigned>(month)),
                               ch::day(static_cast<unsigned>(day)));
  if (!ymd.ok()) return error;
  return LegalDate{DayNumber(ymd)};
}

std::string FormatDate(LegalDate date) {
  const auto ymd = Civil(date);
  return Printed("%04d-%02d-%02d", int(ymd.year()), int(unsigned(ymd.month())), int(unsigned(ymd.day())));
}

std::string FormatDateNorwegian(LegalDate date) {
  const auto ymd = Civil(date);
  return Printed("%02d.%02d.%04d", int(unsigned(ymd.day())), int(unsigned(ymd.month())), int(ymd.year()));
}

// The parts of a period stand in the order Y M D, each at most once; weeks stand alone (ISO 8601).
Result<Period> ParsePeriod(std::string_view text) {
  const Status error(Code::kInvalidArgument,
                     "period '" + Shown(text) + "': write years, months and days as P5Y, P9M, P7D, P2W or P0D");
  if (text.size() < 3 || text[0] != 'P') return error;
  std::string_view units = text.back() == 'W' ? "W" : "YMD";
  int64_t months = 0, days = 0;
  for (std::string_view rest = text.substr(1); !rest.empty();) {
    const size_t length = std::min(rest.find_first_not_of("0123456789"), rest.size());
    if (length == rest.size() || length == 0 || length > 5 || (length > 1 && rest[0] == '0')) return error;
    const size_t unit = units.find(rest[length]);
    if (unit == std::string_view::npos) return error;
    const int64_t value = Digits(rest.substr(0, length));
    switch (rest[length]) {
      case 'Y': months += value * 12; break;
      case 'M': months += value; break;
      case 'W': days += value * 7; break;
      default: days += value; break;
    }
    units.remove_prefix(unit + 1);
    rest.remove_prefix(length + 1);
  }
  if (months > kMaxPeriodMonths || days > kMaxPeriodDays) {
    return Status(Code::kInvalidArgument, "period '" + Shown(text) + "' is longer than 200 years");
  }
  return Period{static_cast<int32_t>(months), static_cast<int32_t>(days)};
}

std::string FormatPeriod(Period period) {
  std::string text = "P";
  if (period.months != 0) {
    text += period.months % 12 == 0 ? std::to_string(period.months / 12) + "Y" : std::to_string(period.months) + "M";
  }
  if (period.days != 0 || period.months == 0) text += std::to_string(period.days) + "D";
  return text;
}

LegalDate MakeDate(int year, int month, int day) {
  CHECK(year >= 1 && year <= 9999 && month >= 1 && day >= 1);
  const ch::year_month_day ymd(ch::year(year), ch::month(static_cast<unsigned>(month)),
                               ch::day(static_cast<unsigned>(day)));
  CHECK(ymd.ok());
  return LegalDate{DayNumber(ymd)};
}

int YearOf(LegalDate date) { return int(Civil(date).year()); }
int MonthOf(LegalDate date) { return int(unsigned(Civil(date).month())); }

LegalDate LastDayOfMonth(LegalDate date) {
  const auto ymd = Civil(date);
  return LegalDate{DayNumber(ch::sys_days(ymd.year() / ymd.month() / ch::last))};
}

int Weekday(LegalDate date) { return static_cast<int>(ch::weekday(ch::sys_days(ch::days(date.days))).iso_encoding()); }

LegalDate OsloDay(UnixSeconds instant) {
  const UnixSeconds first = int64_t{kFirstDay} * kDaySeconds, last = int64_t{kLastDay} * kDaySeconds;
  const UnixSeconds near = std::clamp(instant, first, last + kDaySeconds - 1);
  return Saturated(FloorDays(near + (SummerTimeAt(near) ? 7200 : 3600)));
}

// The clock changes at 02:00 or 03:00 local time, so midnight exists exactly once on every day.
UnixSeconds OsloStart(LegalDate date) {
  const UnixSeconds summer_start = Saturated(date.days).days * kDaySeconds - 7200;
  return SummerTimeAt(summer_start) ? summer_start : summer_start + 3600;
}

std::string FormatUtc(UnixSeconds instant) {
  const LegalDate date = Saturated(FloorDays(instant));
  const int second = static_cast<int>(std::clamp<int64_t>(instant - date.days * kDaySeconds, 0, kDaySeconds - 1));
  return FormatDate(date) + Printed("T%02d:%02d:%02dZ", second / 3600, second / 60 % 60, second % 60);
}

std::string FormatOslo(UnixSeconds instant) {
  const bool summer = SummerTimeAt(instant);
  std::string text = FormatUtc(instant + (summer ? 7200 : 3600));
  text[text.find('T')] = ' ';
  text.pop_back();
  return text + (summer ? " (+02:00)" : " (+01:00)");
}

Result<UnixSeconds> ParseUtc(std::string_view text) {
  const Status error(Code::kInvalidArgument, "time '" + Shown(text) + "': write UTC as 2026-11-24T05:29:21Z");
  if (text.size() != 20 || text[10] != 'T' || text[13] != ':' || text[16] != ':' || text[19] != 'Z') return error;
  const Result<LegalDate> date = ParseDate(text.substr(0, 10));
  const int hour = Digits(text.substr(11, 2)), minute = Digits(text.substr(14, 2)), second = Digits(text.substr(17, 2));
  if (!date.ok() || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return error;
  return date->days * kDaySeconds + hour * 3600 + minute * 60 + second;
}

LegalDate AddPeriod(LegalDate event, Period period) {
  const auto ymd = Civil(event);
  const auto month = ymd.year() / ymd.month() + ch::months(period.months);
  if (int(month.year()) > 9999) return LegalDate{kLastDay};
  if (int(month.year()) < 1) return LegalDate{kFirstDay};
  ch::year_month_day end = month / ymd.day();
  if (!end.ok()) end = month / ch::last;
  return Saturated(int64_t{DayNumber(end)} + period.days);
}

LegalDate RetentionDue(LegalDate event, Period period) { return Saturated(int64_t{AddPeriod(event, period).days} + 1); }

// The Gregorian computus by its astronomical parts: the golden number places the paschal full moon, Easter is the
// Sunday after it.
LegalDate EasterSunday(int year) {
  const int golden = year % 19, century = year / 100;
  const int solar = century - century / 4, lunar = (8 * century + 13) / 25;
  int epact_days = (19 * golden + solar - lunar + 15) % 30;  // days from 21 March to the full moon
  if (epact_days == 29 || (epact_days == 28 && golden > 10)) --epact_days;
  const LegalDate full_moon{MakeDate(year, 3, 21).days + epact_days};
  return LegalDate{full_moon.days + 7 - Weekday(full_moon) % 7};
}

bool IsWorkingDay(LegalDate date, const Holidays& holidays) {
  if (Weekday(date) >= 6) return false;
  const std::string month_day = FormatDate(date).substr(5);
  for (const std::string& fixed : holidays.fixed) {
    if (fixed == month_day) return false;
  }
  const int from_easter = date.days - EasterSunday(YearOf(date)).days;
  const auto& offsets = holidays.easter_offsets;
  return std::find(offsets.begin(), offsets.end(), from_easter) == offsets.end();
}

LegalDate StatutoryDeadline(LegalDate event, Period period, const Holidays& holidays) {
  LegalDate end = AddPeriod(event, period);
  // Art. 3(5) can only bind short periods; a month or more always holds two working days.
  int missing = period.months == 0 && period.days >= 2 && period.days < 31 ? 2 : 0;
  for (LegalDate day{event.days + 1}; missing > 0 && day <= end; ++day.days) missing -= IsWorkingDay(day, holidays);
  while (end.days < kLastDay && (missing > 0 || !IsWorkingDay(end, holidays))) {
    ++end.days;
    missing -= IsWorkingDay(end, holidays);
  }
  return end;
}

}  // namespace spor::privacy
