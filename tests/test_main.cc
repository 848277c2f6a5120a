// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "crypto/secret.h"

int main(int argc, char** argv) {
  if (!spor::InitCrypto().ok()) return 1;
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
