// SPDX-License-Identifier: Apache-2.0
#include "auth/totp.h"

#include "tests/auth/home.h"
#include "tests/doubles/vectors.h"

namespace spor::auth {
namespace {

constexpr UnixSeconds kNow = 1773144000;  // starts a step

SecretBytes RfcSecret() { return SecretBytes::CopyOf(AsBytes("12345678901234567890")); }

std::string CodeOf(const SecretBytes& secret, uint64_t step) {
  return CodeAt(ToBytes(secret.Reveal()), static_cast<UnixSeconds>(step) * kTotpStepSeconds);
}

TEST(TotpVectors, Rfc6238) {
  SPOR_NEED_VECTORS("crypto/rfc/rfc6238_appendix_b.json");
  simdjson::dom::parser parser;
  const simdjson::dom::element file = parser.load(doubles::VectorsPath("crypto/rfc/rfc6238_appendix_b.json").string());
  int checked = 0;
  for (const simdjson::dom::element vector : file["vectors"]) {
    if (doubles::Text(vector, "algorithm") != "SHA1") continue;
    const UnixSeconds time = static_cast<UnixSeconds>(int64_t(vector["time"]));
    const SecretBytes secret = SecretBytes::CopyOf(AsBytes(doubles::Text(vector, "secret_ascii")));
    const std::string code(doubles::Text(vector, "totp_last6"));
    const TotpCheck check = CheckTotp(secret, code, time, TotpStep(time) - 1);
    EXPECT_EQ(check.verdict, TotpVerdict::kAccepted) << time;
    EXPECT_EQ(check.step, TotpStep(time)) << time;
    EXPECT_EQ(Base32Encode(secret.Reveal()), doubles::Text(vector, "secret_base32"));
    ++checked;
  }
  EXPECT_EQ(checked, 6);
}

TEST(TotpVectors, Rfc4226CountsAreSteps) {
  SPOR_NEED_VECTORS("crypto/rfc/rfc4226_appendix_d.json");
  simdjson::dom::parser parser;
  const simdjson::dom::element file = parser.load(doubles::VectorsPath("crypto/rfc/rfc4226_appendix_d.json").string());
  const SecretBytes secret = SecretBytes::CopyOf(AsBytes(doubles::Text(file, "secret_ascii")));
  int checked = 0;
  for (const simdjson::dom::element vector : file["vectors"]) {
    const uint64_t count = uint64_t(int64_t(vector["count"]));
    if (count == 0) continue;  // step 0 stands for "none used yet" and is never accepted
    const UnixSeconds time = static_cast<UnixSeconds>(count) * kTotpStepSeconds;
    const TotpCheck check = CheckTotp(secret, doubles::Text(vector, "hotp6"), time, count - 1);
    EXPECT_EQ(check.verdict, TotpVerdict::kAccepted) << count;
    EXPECT_EQ(check.step, count);
    ++checked;
  }
  EXPECT_GE(checked, 9);
}

TEST(Totp, WindowIsOneStepEitherWay) {
  const SecretBytes secret = RfcSecret();
  const uint64_t step = TotpStep(kNow);
  const std::string code = CodeOf(secret, step);
  ASSERT_EQ(code.size(), 6U);
  for (const int offset : {-1, 0, 1}) {
    const TotpCheck check = CheckTotp(secret, code, kNow + offset * kTotpStepSeconds, 0);
    EXPECT_EQ(check.verdict, TotpVerdict::kAccepted) << offset;
    EXPECT_EQ(check.step, step) << offset;
  }
  for (const int offset : {-3, -2, 2, 3}) {
    EXPECT_EQ(CheckTotp(secret, code, kNow + offset * kTotpStepSeconds, 0).verdict, TotpVerdict::kWrong) << offset;
  }
  EXPECT_EQ(CheckTotp(secret, code, kNow + kTotpStepSeconds + 29, 0).verdict, TotpVerdict::kAccepted);
  EXPECT_EQ(CheckTotp(secret, code, kNow - kTotpStepSeconds - 1, 0).verdict, TotpVerdict::kWrong);
}

TEST(Totp, StepMustBeStrictlyLaterThanTheLastOne) {
  const SecretBytes secret = RfcSecret();
  const uint64_t step = TotpStep(kNow);
  const std::string code = CodeOf(secret, step);
  EXPECT_EQ(CheckTotp(secret, code, kNow, step - 1).verdict, TotpVerdict::kAccepted);
  for (const uint64_t last : {step, step + 1, step + 1000}) {
    const TotpCheck check = CheckTotp(secret, code, kNow, last);
    EXPECT_EQ(check.verdict, TotpVerdict::kReplayed) << last;
    EXPECT_EQ(check.step, 0U);
  }
}

TEST(Totp, OnlySixAsciiDigitsAreACode) {
  const SecretBytes secret = RfcSecret();
  const std::string code = CodeOf(secret, TotpStep(kNow));
  const std::string inner_zero = code.substr(0, 3) + std::string(1, '\0') + code.substr(4);
  for (const std::string& wrong :
       {std::string(), code.substr(0, 5), code + "0", "0" + code, " " + code, code + " ", code + "\n",
        code.substr(0, 3) + " " + code.substr(3), code.substr(0, 5) + "x", "+" + code.substr(1), "-" + code.substr(1),
        inner_zero, std::string("\xef\xbc\x91\xef\xbc\x92"), std::string("??????"), std::string(100000, '1')}) {
    EXPECT_EQ(CheckTotp(secret, wrong, kNow, 0).verdict, TotpVerdict::kWrong) << wrong.substr(0, 20);
  }
}

TEST(Totp, PairMustBeAdjacentAndInOrder) {
  const SecretBytes secret = RfcSecret();
  const uint64_t step = TotpStep(kNow);
  std::array<std::string, 5> codes;  // of the steps -2 .. +2
  for (size_t i = 0; i < codes.size(); ++i) codes[i] = CodeOf(secret, step - 2 + i);
  for (size_t first = 0; first < codes.size(); ++first) {
    for (size_t second = 0; second < codes.size(); ++second) {
      const bool good = second == first + 1 && first >= 1 && second <= 3;
      const std::optional<uint64_t> used = CheckTotpPair(secret, codes[first], codes[second], kNow);
      EXPECT_EQ(used.has_value(), good) << first << " " << second;
      if (good) {
        EXPECT_EQ(used.value_or(0), step - 2 + second);
      }
    }
  }
  EXPECT_FALSE(CheckTotpPair(secret, "", "", kNow));
  EXPECT_FALSE(CheckTotpPair(secret, codes[2] + " ", codes[3], kNow));
}

TEST(Totp, NearTheEpochNothingWraps) {
  const SecretBytes secret = RfcSecret();
  for (const UnixSeconds now : {-100, 0, 29, 30}) {
    EXPECT_EQ(CheckTotp(secret, "000000", now, 0).verdict, TotpVerdict::kWrong);
    EXPECT_FALSE(CheckTotpPair(secret, "000000", "000000", now));
  }
}

TEST(Totp, UriIsWhatAuthenticatorAppsRead) {
  EXPECT_EQ(OtpauthUri("kari", "GEZDGNBV"), "otpauth://totp/Spor:kari?secret=GEZDGNBV&issuer=Spor");
  EXPECT_EQ(OtpauthUri("k+n@x.no", "A"), "otpauth://totp/Spor:k%2Bn%40x.no?secret=A&issuer=Spor");
  EXPECT_EQ(OtpauthUri("a&b", "A"), "otpauth://totp/Spor:a%26b?secret=A&issuer=Spor");
}

}  // namespace
}  // namespace spor::auth
