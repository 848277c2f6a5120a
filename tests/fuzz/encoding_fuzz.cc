// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "crypto/codec.h"
#include "crypto/utf8.h"
#include "privacy/json.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/targets.h"

namespace spor::fuzz {

int FuzzBase64(ByteView input) {
  const Result<Bytes> decoded = Base64Decode(AsText(input));
  if (decoded.ok()) CHECK(Base64Encode(*decoded) == AsText(input));
  const Result<Bytes> back = Base64Decode(Base64Encode(input));
  CHECK(back.ok() && PublicEquals(*back, input));
  return 0;
}

int FuzzHex(ByteView input) {
  const Result<Bytes> decoded = HexDecode(AsText(input));
  if (decoded.ok()) {
    std::string lower(AsText(input));
    for (char& c : lower) c = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
    CHECK(HexEncode(*decoded) == lower);
  }
  const Result<Bytes> back = HexDecode(HexEncode(input));
  CHECK(back.ok() && PublicEquals(*back, input));
  return 0;
}

// The first half says what to read, the second is read: what was taken, written again, is the front of it.
int FuzzCodec(ByteView input) {
  const ByteView program = input.first(input.size() / 2);
  const ByteView data = input.subspan(program.size());
  Reader in(data);
  Writer out;
  for (const uint8_t step : program) {
    const size_t left = in.left();
    Writer taken;
    switch (step % 8) {
      case 0: taken.U8(in.U8()); break;
      case 1: taken.U16(in.U16()); break;
      case 2: taken.U32(in.U32()); break;
      case 3: taken.U64(in.U64()); break;
      case 4: taken.Raw(in.Raw(step / 8)); break;
      case 5: taken.Str8(AsText(in.Str8(step))); break;
      case 6: taken.Str16(in.Str16(step)); break;
      case 7: taken.Str32(in.Str32(step)); break;
    }
    if (in.failed()) break;
    CHECK(in.left() + taken.bytes().size() == left);
    out.Raw(taken.bytes());
  }
  CHECK(PublicEquals(out.bytes(), data.first(out.bytes().size())));
  CHECK(in.Finish("input").ok() == (!in.failed() && out.bytes().size() == data.size()));
  if (in.failed()) CHECK(in.left() == 0 && in.U64() == 0 && in.Raw(1).empty());
  return 0;
}

// Two decoders of UTF-8, ours and the one that reads JSON, agree.
int FuzzUtf8(ByteView input) {
  const std::string_view text = AsText(input);
  std::string json = "\"" + std::string(text) + "\"";
  std::replace_if(
      json.begin() + 1, json.end() - 1, [](char c) { return c == '"' || c == '\\' || (c >= 0 && c < 0x20); }, ' ');
  CHECK(IsUtf8(text) == privacy::ParseJson(json).ok());
  const std::string shown = Shown(text);
  CHECK(shown.size() <= 64 && IsUtf8(shown));
  CHECK(std::none_of(shown.begin(), shown.end(), [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; }));
  return 0;
}

}  // namespace spor::fuzz
