// SPDX-License-Identifier: Apache-2.0
#include "crypto/secret.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>
#include <set>
#include <thread>

#include "crypto/hash.h"

namespace spor {
namespace {

static_assert(!std::is_copy_constructible_v<SecretBytes> && !std::is_copy_assignable_v<SecretBytes>);

TEST(Secret, MovesAndLeavesNothingBehind) {
  SecretBytes a = SecretBytes::CopyOf(AsBytes("secret"));
  const uint8_t* data = a.Reveal().data();
  SecretBytes b = std::move(a);
  EXPECT_EQ(b.Reveal().data(), data);
  EXPECT_TRUE(a.empty());  // NOLINT(bugprone-use-after-move): that is what is tested
  EXPECT_TRUE(a.Reveal().empty());
  SecretBytes c = SecretBytes::CopyOf(AsBytes("other"));
  c = std::move(b);
  EXPECT_EQ(AsText(c.Reveal()), "secret");
  SecretBytes& self = c;
  c = std::move(self);
  EXPECT_EQ(AsText(c.Reveal()), "secret");
}

// The slab stays mapped, so that what a freed secret left there can be looked at. Its first bytes may link free cells.
TEST(Secret, IsWipedWhenFreed) {
  const uint8_t* data = nullptr;
  {
    const SecretBytes secret = SecretBytes::CopyOf(AsBytes("a secret of 32 bytes and no more"));
    data = secret.Reveal().data();
    EXPECT_EQ(AsText({data, 8}), "a secret");
  }
  EXPECT_NE(AsText({data, 8}), "a secret");
  for (size_t i = 8; i < 31; ++i) EXPECT_EQ(data[i], 0) << i;
  SecretBytes target = SecretBytes::CopyOf(AsBytes("some old content"));
  data = target.Reveal().data();
  target = SecretBytes::CopyOf(AsBytes("new content"));
  EXPECT_EQ(data[10], 0) << "assignment wipes the old one";
}

TEST(Secret, ClonesAreApart) {
  const SecretBytes a = SecretBytes::Random(48);
  SecretBytes b = a.Clone();
  EXPECT_TRUE(SecretEquals(a.Reveal(), b.Reveal()));
  b.RevealMutable()[0] ^= 1;
  EXPECT_FALSE(SecretEquals(a.Reveal(), b.Reveal()));
}

TEST(Secret, ManyOfAllSizesNeverOverlap) {
  std::mt19937 random(9);
  std::vector<std::pair<SecretBytes, uint8_t>> live;
  for (int step = 0; step < 20000; ++step) {
    if (live.size() > 500 || (!live.empty() && random() % 3 == 0)) {
      const size_t at = random() % live.size();
      for (uint8_t byte : live[at].first.Reveal()) ASSERT_EQ(byte, live[at].second);
      live[at] = std::move(live.back());
      live.pop_back();
      continue;
    }
    const size_t size = 1 + random() % (random() % 50 == 0 ? 300000 : 200);
    const uint8_t fill = static_cast<uint8_t>(random());
    live.emplace_back(SecretBytes(size), fill);
    for (uint8_t& byte : live.back().first.RevealMutable()) {
      ASSERT_EQ(byte, 0) << "fresh memory is empty";
      byte = fill;
    }
  }
}

TEST(Secret, MoreThanTheSlabHolds) {
  std::vector<SecretBytes> live;
  for (int i = 0; i < 400; ++i) live.push_back(SecretBytes::CopyOf(Bytes(20000, static_cast<uint8_t>(i))));
  for (int i = 0; i < 400; ++i) {
    for (uint8_t byte : live[static_cast<size_t>(i)].Reveal()) ASSERT_EQ(byte, static_cast<uint8_t>(i));
  }
}

TEST(Secret, ThreadsShareTheSlab) {
  std::vector<std::thread> threads;
  for (uint8_t t = 0; t < 8; ++t) {
    threads.emplace_back([t] {
      for (int i = 0; i < 3000; ++i) {
        const SecretBytes secret = SecretBytes::CopyOf(Bytes(1 + static_cast<size_t>(i) % 100, t));
        for (uint8_t byte : secret.Reveal()) ASSERT_EQ(byte, t);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(Secret, KeysHave32Bytes) {
  struct Tag {};
  EXPECT_TRUE(SecretKey<Tag>().empty());
  EXPECT_EQ(SecretKey<Tag>::Random().Reveal().size(), 32u);
  EXPECT_DEATH(SecretKey<Tag>::CopyOf(Bytes(31)), "CHECK");
}

TEST(Secret, Equality) {
  EXPECT_TRUE(SecretEquals(ByteView(), ByteView()));
  EXPECT_TRUE(SecretEquals(AsBytes("abc"), AsBytes("abc")));
  EXPECT_FALSE(SecretEquals(AsBytes("abc"), AsBytes("abd")));
  EXPECT_FALSE(SecretEquals(AsBytes("abc"), AsBytes("ab")));
}

TEST(Secret, WipeMemory) {
  std::string text = "password that is long enough to lie on the heap";
  const char* data = text.data();
  WipeMemory(text);
  EXPECT_TRUE(text.empty());
  EXPECT_EQ(data[1], '\0');
  std::array<uint8_t, 4> bytes = {1, 2, 3, 4};
  WipeMemory(bytes);
  EXPECT_EQ(bytes, (std::array<uint8_t, 4>{}));
}

TEST(Random, DrawsOfAllSizesDiffer) {
  std::set<Bytes> seen;
  for (int i = 0; i < 2000; ++i) {
    for (size_t size : {16, 24, 500, 600}) {
      Bytes draw(size);
      RandomFill(draw);
      EXPECT_TRUE(seen.insert(draw).second);
    }
  }
  RandomFill({});
}

// Random bytes are drawn ahead; a child process must not draw the same ones again.
TEST(Random, AChildDrawsOthers) {
  (void)RandomArray<16>();
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto draw = RandomArray<16>();
    _exit(write(ends[1], draw.data(), draw.size()) == 16 ? 0 : 1);
  }
  std::array<uint8_t, 16> theirs{};
  ASSERT_EQ(read(ends[0], theirs.data(), theirs.size()), 16);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_NE(RandomArray<16>(), theirs);
}

}  // namespace
}  // namespace spor
