// SPDX-License-Identifier: Apache-2.0
#include "privacy/calendar.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace spor::privacy {
namespace {

const Holidays kNorway{{"01-01", "05-01", "05-17", "12-25", "12-26"}, {-3, -2, 0, 1, 39, 49, 50}};

LegalDate D(std::string_view text) { return ParseDate(text).value(); }
Period P(std::string_view text) { return ParsePeriod(text).value(); }
UnixSeconds T(std::string_view text) { return ParseUtc(text).value(); }

struct DeadlineCase {
  const char* event;
  const char* period;
  const char* end;
};

TEST(StatutoryDeadline, FollowsRegulation1182) {
  const DeadlineCase cases[] = {
      {"2027-03-05", "P1M", "2027-04-05"},  // received on the 5th, due on the 5th
      {"2027-08-31", "P1M", "2027-09-30"},  // missing day
      {"2027-01-29", "P1M", "2027-03-01"},  // 28 February 2027 is a Sunday
      {"2027-01-30", "P1M", "2027-03-01"}, {"2027-01-31", "P1M", "2027-03-01"},
      {"2028-01-31", "P1M", "2028-02-29"},  // leap year
      {"2027-02-25", "P1M", "2027-03-30"},  // into Easter
      {"2027-12-01", "P1M", "2028-01-03"},  // into New Year and a weekend
      {"2026-11-24", "P1M", "2026-12-24"},  // Christmas Eve is a working day
      {"2026-11-30", "P3M", "2027-03-01"},  // answer and extension, counted once from receipt
      {"2028-01-31", "P3M", "2028-05-02"},  // Sunday, then 1 May
  };
  for (const auto& c : cases) {
    EXPECT_EQ(FormatDate(StatutoryDeadline(D(c.event), P(c.period), kNorway)), c.end) << c.event << " " << c.period;
  }
}

TEST(StatutoryDeadline, CountedTwiceClampsTwice) {
  EXPECT_EQ(FormatDate(AddPeriod(AddPeriod(D("2027-01-31"), P("P1M")), P("P2M"))), "2027-04-28");
  EXPECT_EQ(FormatDate(AddPeriod(D("2027-01-31"), P("P3M"))), "2027-04-30");
}

TEST(StatutoryDeadline, ShortPeriodsHoldTwoWorkingDays) {
  EXPECT_EQ(FormatDate(StatutoryDeadline(D("2027-10-15"), P("P2D"), kNorway)), "2027-10-19");  // Friday to Tuesday
  EXPECT_EQ(FormatDate(StatutoryDeadline(D("2027-10-12"), P("P2D"), kNorway)), "2027-10-14");
  EXPECT_EQ(FormatDate(StatutoryDeadline(D("2027-03-24"), P("P3D"), kNorway)), "2027-03-31");  // over Easter
}

TEST(RetentionDue, NeverRollsPastADayOff) {
  const DeadlineCase cases[] = {
      {"2026-05-31", "P9M", "2027-03-01"}, {"2026-05-30", "P9M", "2027-03-01"},
      {"2026-05-29", "P9M", "2027-03-01"}, {"2026-05-28", "P9M", "2027-03-01"},
      {"2027-05-31", "P9M", "2028-03-01"},  // last day 29 February 2028
      {"2026-12-31", "P5Y", "2032-01-01"},  // accounting year 2026
      {"2027-12-31", "P5Y", "2033-01-01"}, {"2024-02-29", "P1Y", "2025-03-01"},
      {"2027-06-04", "P0D", "2027-06-05"},  // "at once" ends with the day of the event
      {"2027-06-01", "P2W", "2027-06-16"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(FormatDate(RetentionDue(D(c.event), P(c.period))), c.end) << c.event << " " << c.period;
  }
}

TEST(RetentionDue, StopsAtTheEndOfTheCalendar) {
  EXPECT_EQ(FormatDate(RetentionDue(D("9999-12-31"), P("P5Y"))), "9999-12-31");
  EXPECT_EQ(FormatDate(RetentionDue(D("9999-06-01"), P("P9M"))), "9999-12-31");
  EXPECT_EQ(FormatDate(StatutoryDeadline(D("9999-12-31"), P("P1M"), kNorway)), "9999-12-31");
}

TEST(OsloTime, DueDaysBeginAtLocalMidnight) {
  EXPECT_EQ(FormatUtc(OsloStart(D("2027-03-01"))), "2027-02-28T23:00:00Z");  // winter
  EXPECT_EQ(FormatUtc(OsloStart(D("2027-07-01"))), "2027-06-30T22:00:00Z");  // summer
  EXPECT_EQ(FormatUtc(OsloStart(D("2027-03-28"))), "2027-03-27T23:00:00Z");  // the clock goes forward later that day
  EXPECT_EQ(FormatUtc(OsloStart(D("2027-03-29"))), "2027-03-28T22:00:00Z");
  EXPECT_EQ(FormatUtc(OsloStart(D("2027-10-31"))), "2027-10-30T22:00:00Z");  // the clock goes back later that day
  EXPECT_EQ(FormatUtc(OsloStart(D("2027-11-01"))), "2027-10-31T23:00:00Z");
  EXPECT_EQ(FormatUtc(OsloStart(D("1995-07-01"))), "1995-06-30T23:00:00Z");  // before the rule
}

TEST(OsloTime, ADayHas23Or25HoursWhenTheClockChanges) {
  const auto hours = [](const char* day) { return (OsloStart(LegalDate{D(day).days + 1}) - OsloStart(D(day))) / 3600; };
  EXPECT_EQ(hours("2027-03-28"), 23);
  EXPECT_EQ(hours("2027-10-31"), 25);
  EXPECT_EQ(hours("2027-03-27"), 24);
}

TEST(OsloTime, SeventyTwoHoursAreRealHours) {
  const UnixSeconds plain = T("2026-11-20T15:45:00Z");  // Friday 16:45 in Oslo
  EXPECT_EQ(FormatUtc(plain + 72 * 3600), "2026-11-23T15:45:00Z");
  const UnixSeconds aware = T("2027-03-26T14:10:00Z");  // Friday 15:10 +01:00
  const UnixSeconds end = aware + 72 * 3600;            // Monday 16:10 +02:00
  EXPECT_EQ(end - OsloStart(OsloDay(end)), 16 * 3600 + 10 * 60);
  EXPECT_EQ(FormatDate(OsloDay(end)), "2027-03-29");
}

TEST(OsloTime, EverySecondBelongsToTheDayThatHoldsIt) {
  for (int32_t day = D("1994-12-01").days; day < D("2041-01-01").days; ++day) {
    const UnixSeconds start = OsloStart(LegalDate{day});
    ASSERT_EQ(OsloDay(start).days, day);
    ASSERT_EQ(OsloDay(start - 1).days, day - 1);
  }
}

TEST(OsloTime, OddInstantsStayInRange) {
  EXPECT_EQ(FormatDate(OsloDay(INT64_MAX)), "9999-12-31");
  EXPECT_EQ(FormatDate(OsloDay(INT64_MIN)), "0001-01-01");
  EXPECT_EQ(FormatUtc(INT64_MAX), "9999-12-31T23:59:59Z");
  EXPECT_EQ(FormatUtc(-1), "1969-12-31T23:59:59Z");
}

TEST(Holidays, Of2027AreTheElevenDaysOfTheLaw) {
  const std::set<std::string> expected = {"01-01", "03-25", "03-26", "03-28", "03-29", "05-01",
                                          "05-06", "05-16", "05-17", "12-25", "12-26"};
  for (LegalDate day = D("2027-01-01"); day <= D("2027-12-31"); ++day.days) {
    const bool off = Weekday(day) >= 6 || expected.count(FormatDate(day).substr(5)) > 0;
    EXPECT_EQ(IsWorkingDay(day, kNorway), !off) << FormatDate(day);
  }
}

TEST(Holidays, EvesAreWorkingDays) {
  EXPECT_TRUE(IsWorkingDay(D("2026-12-24"), kNorway));
  EXPECT_TRUE(IsWorkingDay(D("2026-12-31"), kNorway));
}

TEST(Holidays, EasterFallsWhereTheTablesHaveIt) {
  const char* known[] = {"1818-03-22", "1943-04-25", "1954-04-18", "1981-04-19", "2000-04-23", "2008-03-23",
                         "2019-04-21", "2024-03-31", "2025-04-20", "2026-04-05", "2027-03-28", "2028-04-16",
                         "2038-04-25", "2049-04-18", "2076-04-19", "2285-03-22"};
  for (const char* day : known) EXPECT_EQ(FormatDate(EasterSunday(YearOf(D(day)))), day);
}

// The slow twin walks the calendar day by day from a known Thursday and asks no formula but the leap-year rule.
struct Twin {
  int year = 1970, month = 1, day = 1, weekday = 4;
  int MonthLength() const {
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    const int lengths[] = {31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return lengths[month - 1];
  }
  void Next() {
    weekday = weekday % 7 + 1;
    if (++day <= MonthLength()) return;
    day = 1;
    if (++month > 12) month = 1, ++year;
  }
};

TEST(Calendar, AgreesWithATwinThatCountsDays) {
  Twin twin;
  for (int32_t days = 0; twin.year < 2405; ++days, twin.Next()) {
    const LegalDate date{days};
    ASSERT_EQ(MakeDate(twin.year, twin.month, twin.day), date);
    ASSERT_EQ(YearOf(date), twin.year);
    ASSERT_EQ(MonthOf(date), twin.month);
    ASSERT_EQ(Weekday(date), twin.weekday);
    ASSERT_EQ(LastDayOfMonth(date).days, days + twin.MonthLength() - twin.day);
  }
}

// Adds months one at a time and keeps the wanted day of the month aside.
LegalDate SlowAdd(LegalDate event, Period period) {
  Twin twin;
  for (int32_t days = 0; days < event.days; ++days) twin.Next();
  const int wanted = twin.day;
  for (int m = 0; m < period.months; ++m) {
    if (++twin.month > 12) twin.month = 1, ++twin.year;
  }
  return LegalDate{MakeDate(twin.year, twin.month, std::min(wanted, twin.MonthLength())).days + period.days};
}

TEST(AddPeriod, AgreesWithATwinThatCountsMonths) {
  std::mt19937 random(7);
  for (int i = 0; i < 3000; ++i) {
    const LegalDate event{static_cast<int32_t>(random() % 40'000)};
    const Period period{static_cast<int32_t>(random() % 150), static_cast<int32_t>(random() % 40)};
    ASSERT_EQ(AddPeriod(event, period), SlowAdd(event, period)) << FormatDate(event) << " " << FormatPeriod(period);
  }
}

TEST(StatutoryDeadline, AgreesWithATwinThatListsWorkingDays) {
  std::mt19937 random(11);
  for (int i = 0; i < 3000; ++i) {
    const LegalDate event{static_cast<int32_t>(20'000 + random() % 4'000)};
    const Period period{static_cast<int32_t>(random() % 5), static_cast<int32_t>(random() % 12)};
    if (period == Period{}) continue;
    const LegalDate plain = SlowAdd(event, period), end = StatutoryDeadline(event, period, kNorway);
    ASSERT_GE(end, plain);
    ASSERT_TRUE(IsWorkingDay(end, kNorway));
    int held = 0, after_plain = 0;
    for (LegalDate day{event.days + 1}; day <= end; ++day.days) {
      held += IsWorkingDay(day, kNorway);
      after_plain += day >= plain && IsWorkingDay(day, kNorway);
    }
    const bool needs_two = period.months > 0 || period.days >= 2;
    ASSERT_GE(held, needs_two ? 2 : 1) << FormatDate(event) << " " << FormatPeriod(period);
    ASSERT_TRUE(after_plain == 1 || held == 2) << "later than need be: " << FormatDate(end);
  }
}

TEST(ParseDate, TakesExistingDaysOnly) {
  EXPECT_EQ(FormatDateNorwegian(D("2027-02-28")), "28.02.2027");
  EXPECT_EQ(D("1970-01-01").days, 0);
  for (const char* bad : {"", "2027-02-29", "2027-13-01", "2027-00-10", "0000-01-01", "2027-2-28", "28.02.2027",
                          "2027-02-28 ", "2027-02-2x", "+027-02-28", "2027/02/28"}) {
    EXPECT_EQ(ParseDate(bad).status().code(), Code::kInvalidArgument) << bad;
  }
}

TEST(ParseUtc, TakesOneFormOnly) {
  EXPECT_EQ(FormatUtc(T("2026-11-24T05:29:21Z")), "2026-11-24T05:29:21Z");
  for (const char* bad :
       {"2026-11-24", "2026-11-24T05:29:21", "2026-11-24T05:29:21+01:00", "2026-11-24T24:00:00Z",
        "2026-11-24T05:60:00Z", "2026-11-24T05:29:60Z", "2026-11-31T05:29:21Z", "2026-11-24t05:29:21Z"}) {
    EXPECT_EQ(ParseUtc(bad).status().code(), Code::kInvalidArgument) << bad;
  }
}

TEST(ParsePeriod, ReadsYearsMonthsDaysAndWeeks) {
  EXPECT_EQ(P("P9M"), (Period{9, 0}));
  EXPECT_EQ(P("P1Y6M10D"), (Period{18, 10}));
  EXPECT_EQ(P("P2W"), (Period{0, 14}));
  EXPECT_EQ(P("P0D"), (Period{0, 0}));
  for (const char* text : {"P0D", "P7D", "P9M", "P13M", "P5Y", "P9M14D"}) EXPECT_EQ(FormatPeriod(P(text)), text);
}

TEST(ParsePeriod, RefusesWhatIsNotAPeriod) {
  for (const char* bad :
       {"",      "P",     "9M",   "P9",    "PM",   "P9m",   "P-9M",    "P9M1Y",    "P1M1M", "P1Y2W",
        "P2W1D", "PT24H", "P09M", "P9.5M", "P9M ", "P201Y", "P99999D", "P999999D", "p9M",   "P1W1W"}) {
    EXPECT_EQ(ParsePeriod(bad).status().code(), Code::kInvalidArgument) << bad;
  }
}

}  // namespace
}  // namespace spor::privacy
