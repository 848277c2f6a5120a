// SPDX-License-Identifier: Apache-2.0
#include "ledger/tile_path.h"

#include <charconv>

#include "crypto/codec.h"

namespace spor::ledger {
namespace {

constexpr std::string_view kPrefix = "tile/";
constexpr std::string_view kEntries = "entries/";
constexpr std::string_view kPartial = ".p/";
constexpr uint64_t kGroup = 1000;  // an index goes out three digits at a time

Status BadPath() {
  return Status(Code::kInvalidArgument,
                "not the path of a tile: tile/LEVEL/INDEX or tile/entries/INDEX, partial ones .p/WIDTH");
}

std::string ThreeDigits(uint64_t n) {
  const std::string digits = std::to_string(n);
  return std::string(3 - digits.size(), '0') + digits;
}

std::string FormatIndex(uint64_t index) {
  std::string out = ThreeDigits(index % kGroup);
  for (index /= kGroup; index > 0; index /= kGroup) out = "x" + ThreeDigits(index % kGroup) + "/" + out;
  return out;
}

// A decimal number without leading zeros, up to `max`.
Result<uint64_t> ParseNumber(std::string_view text, uint64_t max) {
  uint64_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc() || end != text.data() + text.size() || n > max || text != std::to_string(n))
    return BadPath();
  return n;
}

// Reads leniently; that the path is as it would be written is checked on the whole.
Result<uint64_t> ParseIndex(std::string_view text) {
  uint64_t index = 0;
  while (true) {
    const bool more = text.starts_with('x');
    if (more) text.remove_prefix(1);
    if (text.size() < 3) return BadPath();
    for (const char c : text.substr(0, 3)) {
      if (c < '0' || c > '9') return BadPath();
      const auto digit = static_cast<uint64_t>(c - '0');
      if (index > (UINT64_MAX - digit) / 10) return BadPath();
      index = index * 10 + digit;
    }
    text.remove_prefix(3);
    if (!more) break;
    if (!text.starts_with('/')) return BadPath();
    text.remove_prefix(1);
  }
  return text.empty() ? Result<uint64_t>(index) : Result<uint64_t>(BadPath());
}

}  // namespace

std::string FormatTilePath(const TilePath& path) {
  CHECK(path.level <= kMaxTileLevel && path.width >= 1 && path.width <= kTileWidth);
  std::string out(kPrefix);
  if (path.kind == TilePath::Kind::kEntries) {
    CHECK(path.level == 0);
    out += kEntries;
  } else {
    out += std::to_string(path.level) + "/";
  }
  out += FormatIndex(path.index);
  if (path.width < kTileWidth) out += std::string(kPartial) + std::to_string(path.width);
  return out;
}

Result<TilePath> ParseTilePath(std::string_view path) {
  std::string_view rest = path;
  if (!rest.starts_with(kPrefix)) return BadPath();
  rest.remove_prefix(kPrefix.size());
  TilePath out;
  if (rest.starts_with(kEntries)) {
    out.kind = TilePath::Kind::kEntries;
    rest.remove_prefix(kEntries.size());
  } else {
    const size_t slash = rest.find('/');
    if (slash == std::string_view::npos) return BadPath();
    ASSIGN_OR_RETURN(const uint64_t level, ParseNumber(rest.substr(0, slash), kMaxTileLevel));
    out.level = static_cast<uint8_t>(level);
    rest.remove_prefix(slash + 1);
  }
  if (const size_t partial = rest.find(kPartial); partial != std::string_view::npos) {
    ASSIGN_OR_RETURN(const uint64_t width, ParseNumber(rest.substr(partial + kPartial.size()), kTileWidth - 1));
    if (width == 0) return BadPath();
    out.width = static_cast<uint16_t>(width);
    rest = rest.substr(0, partial);
  }
  ASSIGN_OR_RETURN(out.index, ParseIndex(rest));
  return FormatTilePath(out) == path ? Result<TilePath>(out) : Result<TilePath>(BadPath());
}

uint16_t TileWidthAt(uint8_t level, uint64_t index, uint64_t size) {
  const uint64_t hashes = level >= 8 ? 0 : size >> (8 * level);
  const uint64_t full = hashes / kTileWidth;
  if (index < full) return kTileWidth;
  return index == full ? static_cast<uint16_t>(hashes % kTileWidth) : 0;
}

TileNode TileOfNode(uint32_t level, uint64_t index) {
  CHECK(level <= 8u * kMaxTileLevel + 7);
  const uint32_t height = level % 8;
  // The low bits of `index` that count inside the tile; those above them number the tile.
  const uint32_t inside = 8 - height;
  TileNode out;
  out.tile_level = static_cast<uint8_t>(level / 8);
  out.tile_index = index >> inside;
  out.height = static_cast<uint8_t>(height);
  out.first = static_cast<uint8_t>((index << height) % kTileWidth);
  return out;
}

Bytes EncodeEntryBundle(const std::vector<Bytes>& entries) {
  CHECK(entries.size() <= kTileWidth);
  Writer out;
  for (const Bytes& entry : entries) out.Str16(entry);
  return out.Take();
}

Result<std::vector<Bytes>> ParseEntryBundle(ByteView bundle) {
  std::vector<Bytes> entries;
  Reader reader(bundle);
  while (reader.left() > 0 && entries.size() < kTileWidth) entries.push_back(ToBytes(reader.Str16(0xffff)));
  if (!reader.Finish("entry bundle").ok()) {
    return Status(Code::kInvalidArgument, "entry bundle: cut short, or more than 256 entries");
  }
  return entries;
}

}  // namespace spor::ledger
