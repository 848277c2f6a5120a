// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "crypto/bytes.h"

namespace spor {

// Appends big-endian integers and byte strings to one buffer. Cannot fail; lengths are the caller's promise, checked.
class Writer {
 public:
  // Room for `reserve` bytes is made at once; more than that still fits.
  explicit Writer(size_t reserve = 0) { out_.reserve(reserve); }
  Writer& U8(uint8_t v) { return out_.push_back(v), *this; }
  Writer& U16(uint16_t v) { return Int(v); }
  Writer& U32(uint32_t v) { return Int(v); }
  Writer& U64(uint64_t v) { return Int(v); }
  Writer& Raw(ByteView bytes) { return Append(out_, bytes), *this; }
  Writer& Raw(std::string_view text) { return Raw(AsBytes(text)); }
  // A byte string behind its length, in one, two or four bytes.
  Writer& Str8(std::string_view text) { return CHECK8(text.size()), U8(static_cast<uint8_t>(text.size())), Raw(text); }
  Writer& Str16(ByteView b) { return CHECK16(b.size()), U16(static_cast<uint16_t>(b.size())), Raw(b); }
  Writer& Str32(ByteView b) { return U32(static_cast<uint32_t>(b.size())), Raw(b); }
  const Bytes& bytes() const { return out_; }
  Bytes Take() { return std::move(out_); }

 private:
  static void CHECK8(size_t n) { CHECK(n <= 0xff); }
  static void CHECK16(size_t n) { CHECK(n <= 0xffff); }
  template <typename T>
  Writer& Int(T v) {
    std::array<uint8_t, sizeof(T)> bytes;
    for (size_t i = sizeof(T); i-- > 0; v = static_cast<T>(v >> 8)) bytes[i] = static_cast<uint8_t>(v);
    return Raw(bytes);
  }
  Bytes out_;
};

// The one bounded decoder. Every read checks what is left before it takes; the first failure sticks, later reads
// return zeroes, and Finish() says kCorrupt. Trailing bytes are a failure of Finish().
class Reader {
 public:
  explicit Reader(ByteView bytes) : rest_(bytes) {}
  uint8_t U8() { return Int<uint8_t>(); }
  uint16_t U16() { return Int<uint16_t>(); }
  uint32_t U32() { return Int<uint32_t>(); }
  uint64_t U64() { return Int<uint64_t>(); }
  // A view of the next `n` bytes; empty after a failure.
  ByteView Raw(size_t n) {
    if (failed_ || n > rest_.size()) return Fail(), ByteView();
    ByteView taken = rest_.first(n);
    rest_ = rest_.subspan(n);
    return taken;
  }
  template <size_t N>
  std::array<uint8_t, N> Fixed() {
    std::array<uint8_t, N> out{};
    if (ByteView taken = Raw(N); taken.size() == N) std::copy(taken.begin(), taken.end(), out.begin());
    return out;
  }
  ByteView Str8(size_t max) { return Limited(U8(), max); }
  ByteView Str16(size_t max) { return Limited(U16(), max); }
  ByteView Str32(size_t max) { return Limited(U32(), max); }
  void Fail() { failed_ = true, rest_ = {}; }
  bool failed() const { return failed_; }
  size_t left() const { return rest_.size(); }
  // kCorrupt, naming `what`, after any failed read or with bytes left over.
  Status Finish(std::string_view what) const {
    if (failed_) return Status(Code::kCorrupt, std::string(what) + ": malformed or cut short");
    if (!rest_.empty()) return Status(Code::kCorrupt, std::string(what) + ": trailing bytes");
    return OkStatus();
  }

 private:
  ByteView Limited(size_t n, size_t max) { return n > max ? (Fail(), ByteView()) : Raw(n); }
  template <typename T>
  T Int() {
    T v = 0;
    for (uint8_t byte : Raw(sizeof(T))) v = static_cast<T>(static_cast<T>(v << (sizeof(T) > 1 ? 8 : 0)) | byte);
    return v;
  }
  ByteView rest_;
  bool failed_ = false;
};

}  // namespace spor
