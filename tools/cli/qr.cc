// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/qr.h"

#include <qrencode.h>

#include <cerrno>
#include <memory>

#include "crypto/secret.h"

namespace spor::cli {
namespace {

constexpr size_t kMargin = 4;
constexpr std::string_view kBlackOnWhite = "\x1b[38;5;16;48;5;231m";
constexpr std::string_view kReset = "\x1b[0m";

// The dots hold an authenticator secret; libqrencode frees them as they are.
struct WipeAndFree {
  void operator()(QRcode* code) const {
    WipeMemory({code->data, static_cast<size_t>(code->width) * static_cast<size_t>(code->width)});
    QRcode_free(code);
  }
};

}  // namespace

Result<QrDots> MakeQr(std::string_view text) {
  const std::unique_ptr<QRcode, WipeAndFree> code(QRcode_encodeData(
      static_cast<int>(text.size()), reinterpret_cast<const unsigned char*>(text.data()), 0, QR_ECLEVEL_M));
  if (code == nullptr) {
    if (errno == ENOMEM) return Status(Code::kInternal, "QR code: no memory");
    return Status(Code::kInvalidArgument, "QR code: a text of 1 to about 2,300 bytes is wanted");
  }
  const auto width = static_cast<size_t>(code->width);
  QrDots dots(width, std::vector<bool>(width));
  for (size_t y = 0; y < width; ++y) {
    for (size_t x = 0; x < width; ++x) dots[y][x] = (code->data[y * width + x] & 1) != 0;
  }
  return dots;
}

std::string DrawQr(const QrDots& dots) {
  const size_t side = dots.size() + 2 * kMargin;
  const auto dark = [&](size_t y, size_t x) {
    if (y < kMargin || x < kMargin || y >= dots.size() + kMargin || x >= dots.size() + kMargin) return false;
    return static_cast<bool>(dots[y - kMargin][x - kMargin]);
  };
  std::string out;
  for (size_t y = 0; y < side; y += 2) {
    out += kBlackOnWhite;
    for (size_t x = 0; x < side; ++x) {
      const bool upper = dark(y, x);
      const bool lower = dark(y + 1, x);
      out += upper && lower ? "\u2588" : upper ? "\u2580" : lower ? "\u2584" : " ";
    }
    out += kReset;
    out += '\n';
  }
  return out;
}

}  // namespace spor::cli
